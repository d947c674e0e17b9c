"""bounced addresses, ways to send besides mail, what recruiters are told; messages are listed

Revises: 0030
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "channels",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("organisation_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("config", sa.LargeBinary(), nullable=False),
        sa.Column("uses", sa.JSON(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channels")),
    )
    op.create_index(op.f("ix_channels_organisation_id"), "channels", ["organisation_id"])
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("organisation_id", sa.String(64), nullable=False),
        sa.Column("email", sa.LargeBinary(), nullable=True),
        sa.Column("channel_id", sa.String(64), nullable=True),
        sa.Column("news", sa.JSON(), nullable=False),
        sa.Column("daily", sa.Boolean(), nullable=False),
        sa.Column("undecided_days", sa.Integer(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("told_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_subscriptions_channel_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
    )
    op.create_index(op.f("ix_subscriptions_organisation_id"), "subscriptions", ["organisation_id"])
    op.create_index(op.f("ix_subscriptions_channel_id"), "subscriptions", ["channel_id"])
    op.add_column("candidates", sa.Column("bounced_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("candidates", sa.Column("bounce", sa.LargeBinary(), nullable=True))
    op.add_column("candidates", sa.Column("texts_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("brandings") as brandings:
        brandings.add_column(sa.Column("sends", sa.JSON(), nullable=False, server_default="[]"))
    op.create_index("ix_deliveries_reference", "deliveries", ["reference"])
    op.create_index(
        "ix_deliveries_organisation_id_kind_created_at", "deliveries", ["organisation_id", "kind", "created_at"]
    )


def downgrade() -> None:
    op.drop_index("ix_deliveries_organisation_id_kind_created_at", "deliveries")
    op.drop_index("ix_deliveries_reference", "deliveries")
    with op.batch_alter_table("brandings") as brandings:
        brandings.drop_column("sends")
    for column in ("texts_at", "bounce", "bounced_at"):
        op.drop_column("candidates", column)
    op.drop_table("subscriptions")
    op.drop_table("channels")
