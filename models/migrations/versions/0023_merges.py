"""two candidates found to be one; applications set aside by another; an index for lists of interviews

Revises: 0025
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "merges",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("organisation_id", sa.String(64), nullable=False),
        sa.Column("kept_id", sa.String(64), nullable=False),
        sa.Column("former_id", sa.String(64), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("moved", sa.JSON(), nullable=False),
        sa.Column("filled", sa.JSON(), nullable=False),
        sa.Column("superseded", sa.JSON(), nullable=False),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["kept_id"], ["candidates.id"], name=op.f("fk_merges_kept_id")),
        sa.ForeignKeyConstraint(["former_id"], ["candidates.id"], name=op.f("fk_merges_former_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merges")),
    )
    for column in ("organisation_id", "kept_id", "former_id"):
        op.create_index(op.f(f"ix_merges_{column}"), "merges", [column])
    op.add_column("candidates", sa.Column("merged_into", sa.String(64), nullable=True))
    op.create_index(op.f("ix_candidates_merged_into"), "candidates", ["merged_into"])
    op.add_column("applications", sa.Column("superseded_by", sa.String(64), nullable=True))
    op.drop_index("ix_applications_job_id_stage_decision_score", "applications")
    op.create_index(
        "ix_applications_waiting",
        "applications",
        ["job_id", "stage", "decision", "score", "id"],
        sqlite_where=sa.text("superseded_by IS NULL"),
        postgresql_where=sa.text("superseded_by IS NULL"),
    )
    op.add_column("rounds", sa.Column("user_id", sa.String(64), nullable=False, server_default=""))
    of_state = ["organisation_id", "state", "invited_at"]
    op.create_index("ix_interviews_organisation_id_state_invited_at", "interviews", of_state)


def downgrade() -> None:
    op.drop_index("ix_interviews_organisation_id_state_invited_at", "interviews")
    op.drop_column("rounds", "user_id")
    op.drop_index("ix_applications_waiting", "applications")
    case = ["job_id", "stage", "decision", "score"]
    op.create_index("ix_applications_job_id_stage_decision_score", "applications", case)
    op.drop_column("applications", "superseded_by")
    op.drop_index("ix_candidates_merged_into", "candidates")
    op.drop_column("candidates", "merged_into")
    op.drop_table("merges")
