"""an interview's job beside it, and a screening's version in its index: what lists of a job count by

Revises: 0029
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("interviews", sa.Column("job_id", sa.String(64), nullable=True))
    theirs = "SELECT applications.job_id FROM applications WHERE applications.id = interviews.application_id"
    op.execute(f"UPDATE interviews SET job_id = ({theirs})")  # noqa: S608 # nosec B608 - no value is in it
    with op.batch_alter_table("interviews") as table:
        table.alter_column("job_id", existing_type=sa.String(64), nullable=False)
        table.create_foreign_key("fk_interviews_job_id", "jobs", ["job_id"], ["id"])
        table.create_index("ix_interviews_job_id_invited_at", ["job_id", "invited_at", "id"])
        table.create_index("ix_interviews_job_id_state", ["job_id", "state"])
    op.create_index(
        "ix_screenings_application_id_requirements_version", "screenings", ["application_id", "requirements_version"]
    )


def downgrade() -> None:
    op.drop_index("ix_screenings_application_id_requirements_version", table_name="screenings")
    with op.batch_alter_table("interviews") as table:
        table.drop_index("ix_interviews_job_id_state")
        table.drop_index("ix_interviews_job_id_invited_at")
        table.drop_constraint("fk_interviews_job_id", type_="foreignkey")
        table.drop_column("job_id")
