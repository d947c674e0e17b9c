"""the talent pool: who agreed to be written to about other jobs, and searches that are kept

Revises: 0028
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0028"
branch_labels = None
depends_on = None

INDEXES = {
    "organisation_id_created_at": ("documents", ("created_at",)),
    "actor_seq": ("audit_events", ("actor", "seq")),
    "subject_seq": ("audit_events", ("subject", "seq")),
    "newest": ("deliveries", ("created_at", "id")),
    "newest_by_state": ("deliveries", ("state", "created_at", "id")),
}
"""What the pages of pool, audit log and deliveries look through."""


def upgrade() -> None:
    op.add_column("candidates", sa.Column("contact_agreed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("candidates", sa.Column("contact_agreed_how", sa.LargeBinary(), nullable=True))
    op.create_table(
        "saved_searches",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("organisation_id", sa.String(64), nullable=False),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("owner_name", sa.Text(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("search", sa.LargeBinary(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_searches")),
    )
    op.create_index(op.f("ix_saved_searches_organisation_id"), "saved_searches", ["organisation_id"])
    for name, (table, columns) in INDEXES.items():
        op.create_index(f"ix_{table}_{name}", table, ["organisation_id", *columns])


def downgrade() -> None:
    for name, (table, _) in INDEXES.items():
        op.drop_index(f"ix_{table}_{name}", table_name=table)
    op.drop_table("saved_searches")
    op.drop_column("candidates", "contact_agreed_how")
    op.drop_column("candidates", "contact_agreed_at")
