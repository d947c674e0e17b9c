"""people's wrapped keys, in PostgreSQL; beside SQLite they lie in a file of their own

Revises: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    op.create_table(
        "person_keys",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=128), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("master", sa.String(length=32), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="person_keys_pkey"),
        sa.UniqueConstraint("subject", "version", name="person_keys_subject_version"),
    )
    op.create_index("ix_person_keys_master", "person_keys", ["master"])


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_table("person_keys")
