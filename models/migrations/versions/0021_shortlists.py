"""what a shortlist filters by and shows, beside the screening; indexes for lists of many

Revises: 0026
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0026"
branch_labels = None
depends_on = None

COUNTED = ("missing", "unclear", "flagged")
READ = (
    ["job_id", "stage", "score", "held", "decision"],
    ["job_id", "source"],
    ["batch_id", "stage"],
    ["organisation_id", "job_id", "stage"],
)
"""What pages count, each out of an index alone."""


def upgrade() -> None:
    op.add_column("applications", sa.Column("held", sa.Boolean(), nullable=True))
    for name in COUNTED:
        op.add_column("applications", sa.Column(name, sa.Integer(), nullable=True))
    op.add_column("screenings", sa.Column("brief", sa.LargeBinary(), nullable=True))
    op.drop_index("ix_applications_job_id_score", "applications")
    op.drop_index("ix_applications_job_id_stage", "applications")
    op.create_index("ix_applications_job_id_score", "applications", ["job_id", "score", "id"])
    for columns in READ:
        op.create_index(f"ix_applications_{'_'.join(columns[:3])}", "applications", columns)
    op.drop_index("ix_applications_batch_id", "applications")


def downgrade() -> None:
    op.create_index("ix_applications_batch_id", "applications", ["batch_id"])
    for columns in READ:
        op.drop_index(f"ix_applications_{'_'.join(columns[:3])}", "applications")
    op.drop_index("ix_applications_job_id_score", "applications")
    op.create_index("ix_applications_job_id_stage", "applications", ["job_id", "stage"])
    op.create_index("ix_applications_job_id_score", "applications", ["job_id", "score"])
    op.drop_column("screenings", "brief")
    for name in (*reversed(COUNTED), "held"):
        op.drop_column("applications", name)
