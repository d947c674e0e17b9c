"""the organisation's own sign-in: an OpenID Connect provider

Revises: 0023
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "identity_providers",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("organisation_id", sa.String(64), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("client_secret", sa.LargeBinary(), nullable=True),
        sa.Column("groups_claim", sa.String(100), nullable=False),
        sa.Column("roles", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("trusts_email", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("enforced", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("proven_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_providers")),
        sa.UniqueConstraint("organisation_id", name=op.f("uq_identity_providers_organisation_id")),
    )
    op.create_index(op.f("ix_identity_providers_organisation_id"), "identity_providers", ["organisation_id"])
    op.add_column("users", sa.Column("left_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("users", sa.Column("external_id", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("users", "external_id")
    op.drop_column("users", "left_at")
    op.drop_table("identity_providers")
