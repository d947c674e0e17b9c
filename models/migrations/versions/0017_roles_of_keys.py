"""what a key opens: a role, and for programs scopes; keys made before stay administrators'

Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("api_keys", sa.Column("role", sa.String(32), nullable=False, server_default="admin"))
    op.add_column("api_keys", sa.Column("scopes", sa.JSON(none_as_null=True), nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("api_keys", "scopes")
    op.drop_column("api_keys", "role")
