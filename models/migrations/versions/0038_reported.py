"""when an interview's report was there, and what was looked at by kind: both are found without looking through all

Revises: 0037
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

NAME = "ix_interviews_unreported"
LOOKED_AT = "ix_review_events_organisation_id_what"


def upgrade() -> None:
    op.add_column("interviews", sa.Column("reported_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE interviews SET reported_at = "
        "(SELECT min(reports.created_at) FROM reports WHERE reports.interview_id = interviews.id)"
    )
    waits = sa.text("state = 'completed' AND reported_at IS NULL")
    op.create_index(NAME, "interviews", ["state", "id"], sqlite_where=waits, postgresql_where=waits)
    op.create_index(LOOKED_AT, "review_events", ["organisation_id", "what", "kind"])


def downgrade() -> None:
    op.drop_index(LOOKED_AT, table_name="review_events")
    op.drop_index(NAME, table_name="interviews")
    with op.batch_alter_table("interviews") as interviews:
        interviews.drop_column("reported_at")
