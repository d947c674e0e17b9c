"""a second interview of one application, and consent to use an earlier one again

Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("interviews") as interviews:
        interviews.add_column(sa.Column("attempt", sa.Integer(), nullable=False, server_default="1"))
        interviews.add_column(sa.Column("cause", sa.LargeBinary(), nullable=True))
        interviews.add_column(sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=True))
        interviews.drop_constraint(op.f("uq_interviews_application_id"), type_="unique")
        interviews.create_unique_constraint(op.f("uq_interviews_application_id_attempt"), ["application_id", "attempt"])
    op.create_table(
        "reuses",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("organisation_id", sa.String(length=64), nullable=False),
        sa.Column("interview_id", sa.String(length=64), nullable=False),
        sa.Column("source_id", sa.String(length=64), nullable=False),
        sa.Column("text_version", sa.String(length=64), nullable=False),
        sa.Column("text_sha256", sa.String(length=64), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["interview_id"], ["interviews.id"], name=op.f("fk_reuses_interview_id")),
        sa.ForeignKeyConstraint(["source_id"], ["interviews.id"], name=op.f("fk_reuses_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reuses")),
    )
    for column in ("organisation_id", "interview_id", "source_id"):
        op.create_index(op.f(f"ix_reuses_{column}"), "reuses", [column], unique=False)


def downgrade() -> None:
    """Refuses while an application has two interviews: the older schema could keep only one of them."""
    op.drop_table("reuses")
    with op.batch_alter_table("interviews") as interviews:
        interviews.drop_constraint(op.f("uq_interviews_application_id_attempt"), type_="unique")
        interviews.create_unique_constraint(op.f("uq_interviews_application_id"), ["application_id"])
        for column in ("chosen_at", "cause", "attempt"):
            interviews.drop_column(column)
