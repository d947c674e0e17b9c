"""what waits to be read, batch by batch: who is next is found without looking through everybody

Revises: 0034
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

NAME = "ix_applications_line"


def upgrade() -> None:
    waits = sa.text("stage = 'received'")
    columns = ["organisation_id", "job_id", "batch_id", "id"]
    op.create_index(NAME, "applications", columns, sqlite_where=waits, postgresql_where=waits)


def downgrade() -> None:
    op.drop_index(NAME, table_name="applications")
