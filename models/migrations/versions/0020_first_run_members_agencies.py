"""the first run (a sample job, its guide), who may see a job, agencies that bring people for one

Revises: 0021
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("organisations", sa.Column("guided_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("jobs", sa.Column("is_sample", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "job_members",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("organisation_id", sa.String(64), nullable=False),
        sa.Column("job_id", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_job_members_job_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_job_members_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_members")),
        sa.UniqueConstraint("job_id", "user_id", name=op.f("uq_job_members_job_id_user_id")),
    )
    op.create_table(
        "agency_links",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("organisation_id", sa.String(64), nullable=False),
        sa.Column("job_id", sa.String(64), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_agency_links_job_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agency_links")),
        sa.UniqueConstraint("hash", name=op.f("uq_agency_links_hash")),
    )
    for table, columns in {
        "job_members": ("organisation_id", "job_id", "user_id"),
        "agency_links": ("organisation_id", "job_id"),
    }.items():
        for column in columns:
            op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    with op.batch_alter_table("batches") as batches:
        batches.add_column(sa.Column("agency_id", sa.String(64), nullable=True))
        batches.add_column(sa.Column("agency_note", sa.LargeBinary(), nullable=True))
        batches.create_foreign_key(op.f("fk_batches_agency_id"), "agency_links", ["agency_id"], ["id"])
        batches.create_index(op.f("ix_batches_agency_id"), ["agency_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("batches") as batches:
        batches.drop_index(op.f("ix_batches_agency_id"))
        batches.drop_constraint(op.f("fk_batches_agency_id"), type_="foreignkey")
        batches.drop_column("agency_note")
        batches.drop_column("agency_id")
    op.drop_table("agency_links")
    op.drop_table("job_members")
    with op.batch_alter_table("jobs") as jobs:
        jobs.drop_column("is_sample")
    with op.batch_alter_table("organisations") as organisations:
        organisations.drop_column("guided_at")
