"""reviewers' ratings, what they opened, and the person behind a decision

Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("human_decisions", sa.Column("person", sa.Text(), nullable=True))
    op.add_column("human_decisions", sa.Column("basis", sa.JSON(none_as_null=True), nullable=True))
    op.create_table(
        "review_events",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("organisation_id", sa.String(length=64), nullable=False),
        sa.Column("application_id", sa.String(length=64), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("reviewer_key", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("what", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["application_id"], ["applications.id"], name=op.f("fk_review_events_application_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_events")),
    )
    for column in ("organisation_id", "application_id", "reviewer_key", "at"):
        op.create_index(op.f(f"ix_review_events_{column}"), "review_events", [column], unique=False)
    op.create_table(
        "reviews",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("organisation_id", sa.String(length=64), nullable=False),
        sa.Column("interview_id", sa.String(length=64), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("reviewer_key", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("report_id", sa.String(length=64), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["interview_id"], ["interviews.id"], name=op.f("fk_reviews_interview_id")),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_reviews_report_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
        sa.UniqueConstraint(
            "interview_id", "reviewer_key", "number", name=op.f("uq_reviews_interview_id_reviewer_key_number")
        ),
    )
    for column in ("organisation_id", "interview_id"):
        op.create_index(op.f(f"ix_reviews_{column}"), "reviews", [column], unique=False)


def downgrade() -> None:
    op.drop_table("reviews")
    op.drop_table("review_events")
    with op.batch_alter_table("human_decisions") as table:
        table.drop_column("basis")
        table.drop_column("person")
