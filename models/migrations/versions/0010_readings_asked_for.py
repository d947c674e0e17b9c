"""readings that were asked for are counted apart from those from the beginning

Revises: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("connections", sa.Column("asked", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("connections", "asked")
