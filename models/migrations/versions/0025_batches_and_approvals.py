"""batches that are paused, cancelled and gone on with; approvals of jobs

Revises: 0027
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("batches", sa.Column("state", sa.String(16), server_default="running", nullable=False))
    op.add_column("batches", sa.Column("expected", sa.Integer(), nullable=True))
    op.add_column("batches", sa.Column("complete", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("batches", sa.Column("changed_by", sa.Text(), nullable=True))
    op.add_column("batches", sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_batches_state"), "batches", ["state"])
    op.add_column("applications", sa.Column("upload_key", sa.String(64), nullable=True))
    op.create_index("ix_applications_batch_id_upload_key", "applications", ["batch_id", "upload_key"], unique=True)
    op.add_column("jobs", sa.Column("needs_approval", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "job_approvals",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("organisation_id", sa.String(64), nullable=False),
        sa.Column("job_id", sa.String(64), nullable=False),
        sa.Column("requirements_version", sa.Integer(), nullable=False),
        sa.Column("plan_version", sa.Integer(), nullable=False),
        sa.Column("threshold", sa.Float(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_by", sa.Text(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_job_approvals_job_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_approvals")),
    )
    op.create_index(op.f("ix_job_approvals_organisation_id"), "job_approvals", ["organisation_id"])
    op.create_index(op.f("ix_job_approvals_job_id"), "job_approvals", ["job_id"])


def downgrade() -> None:
    op.drop_table("job_approvals")
    op.drop_column("jobs", "needs_approval")
    op.drop_index("ix_applications_batch_id_upload_key", "applications")
    op.drop_column("applications", "upload_key")
    op.drop_index(op.f("ix_batches_state"), "batches")
    for name in ("changed_at", "changed_by", "complete", "expected", "state"):
        op.drop_column("batches", name)
