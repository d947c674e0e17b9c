"""who saved which version of what a job asks, and its threshold then

Revises: 0022
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "job_versions",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("organisation_id", sa.String(64), nullable=False),
        sa.Column("job_id", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("threshold", sa.Float(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_job_versions_job_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_versions")),
        sa.UniqueConstraint("job_id", "version", name=op.f("uq_job_versions_job_id_version")),
    )
    op.create_index(op.f("ix_job_versions_organisation_id"), "job_versions", ["organisation_id"])
    op.create_index(op.f("ix_job_versions_job_id"), "job_versions", ["job_id"])
    op.execute(
        "INSERT INTO job_versions (id, organisation_id, job_id, version, title, threshold, author, saved_at) "
        "SELECT id, organisation_id, id, requirements_version, title, threshold, '', NULL FROM jobs "
        "WHERE requirements_version > 0"
    )


def downgrade() -> None:
    op.drop_table("job_versions")
