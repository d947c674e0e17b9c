"""versions of a job's interview kit

Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "job_kits",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("organisation_id", sa.String(length=64), nullable=False),
        sa.Column("job_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_job_kits_job_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_kits")),
        sa.UniqueConstraint("job_id", "version", name=op.f("uq_job_kits_job_id_version")),
    )
    op.create_index(op.f("ix_job_kits_job_id"), "job_kits", ["job_id"], unique=False)
    op.create_index(op.f("ix_job_kits_organisation_id"), "job_kits", ["organisation_id"], unique=False)
    # What was pinned before versions were kept is the first that is known.
    op.execute(
        "INSERT INTO job_kits (id, organisation_id, job_id, version, plan, author, note, saved_at) "
        "SELECT 'kit-' || id, organisation_id, id, plan_version, plan, '', 'Pinned before versions were kept', "
        "created_at FROM jobs WHERE plan IS NOT NULL"
    )


def downgrade() -> None:
    op.drop_table("job_kits")
