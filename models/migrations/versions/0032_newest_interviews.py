"""an organisation's interviews by when they ended: what wants a second opinion is looked for among the newest

Revises: 0031
"""

from __future__ import annotations

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

NAME = "ix_interviews_organisation_id_completed_at"


def upgrade() -> None:
    op.create_index(NAME, "interviews", ["organisation_id", "completed_at", "id"])


def downgrade() -> None:
    op.drop_index(NAME, table_name="interviews")
