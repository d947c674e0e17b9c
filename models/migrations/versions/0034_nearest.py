"""the nearest of many vectors in PostgreSQL, without comparing all: HNSW over those of the bundled encoder

Revises: 0032
"""

from __future__ import annotations

from alembic import op
from sqlalchemy import inspect

revision = "0034"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql" and inspect(op.get_bind()).has_table("vectors"):
        op.execute(
            "CREATE INDEX ix_vectors_nearest ON vectors USING hnsw (CAST(embedding AS VECTOR(384)) vector_ip_ops) "
            "WHERE vector_dims(embedding) = 384"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP INDEX IF EXISTS ix_vectors_nearest")
