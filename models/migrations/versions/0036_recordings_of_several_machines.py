"""a recording that several machines hold parts of: how far it got, and what is still missing

Revises: 0035
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("interviews") as table:
        table.add_column(sa.Column("captured", sa.BigInteger(), nullable=False, server_default="0"))
        table.add_column(sa.Column("captured_frames", sa.BigInteger(), nullable=False, server_default="0"))
        table.add_column(sa.Column("recording_missing", sa.JSON(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("interviews") as table:
        for name in ("recording_missing", "captured_frames", "captured"):
            table.drop_column(name)
