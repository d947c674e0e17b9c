"""where jobs and organisations are in the eyes of the law; notices, legal holds, certificates of what was deleted

Revises: 0017
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("organisations", sa.Column("jurisdictions", sa.JSON(), nullable=True))
    op.add_column("organisations", sa.Column("purges", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("jobs", sa.Column("jurisdictions", sa.JSON(), nullable=True))
    op.add_column("candidates", sa.Column("opted_out_at", sa.DateTime(timezone=True), nullable=True))
    _table(
        "notices",
        sa.Column("application_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("law_version", sa.String(length=32), nullable=False),
        sa.Column("text_sha256", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["application_id"], ["applications.id"], name=op.f("fk_notices_application_id")),
        sa.UniqueConstraint(
            "application_id", "kind", "text_sha256", name=op.f("uq_notices_application_id_kind_text_sha256")
        ),
        indexed=("application_id",),
    )
    _table(
        "legal_holds",
        sa.Column("candidate_id", sa.String(length=64), nullable=True),
        sa.Column("job_id", sa.String(length=64), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("placed_by", sa.Text(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_by", sa.Text(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["candidate_id"], ["candidates.id"], name=op.f("fk_legal_holds_candidate_id")),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_legal_holds_job_id")),
        indexed=("candidate_id", "job_id"),
    )
    _table(
        "purges",
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("record_class", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("law_version", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        indexed=("subject",),
    )


def downgrade() -> None:
    for table in ("purges", "legal_holds", "notices"):
        op.drop_table(table)
    op.drop_column("candidates", "opted_out_at")
    op.drop_column("jobs", "jurisdictions")
    op.drop_column("organisations", "purges")
    op.drop_column("organisations", "jurisdictions")


def _table(name: str, *columns: sa.Column[object] | sa.Constraint, indexed: tuple[str, ...]) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("organisation_id", sa.String(length=64), nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    for column in ("organisation_id", *indexed):
        op.create_index(op.f(f"ix_{name}_{column}"), name, [column], unique=False)
