"""vectors in PostgreSQL, where pgvector is available

Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import VECTOR

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    available = sa.text("SELECT count(*) FROM pg_available_extensions WHERE name = 'vector'")
    if not op.get_bind().scalar(available):
        return
    op.execute("CREATE EXTENSION IF NOT EXISTS vector")
    op.create_table(
        "vectors",
        sa.Column("organisation_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("embedding", VECTOR(), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "name", "id", name="vectors_pkey"),
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TABLE IF EXISTS vectors")  # the extension may serve others: it stays
