"""rounds of invitations, notes, samples from below the line; when somebody was reminded

Revises: 0018
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0018"
branch_labels = None
depends_on = None


def _table(name: str, references: dict[str, str], *columns: sa.Column[object], unique: list[str] | None = None) -> None:
    """With an id, its organisation, and what it refers to, as every table has them."""
    op.create_table(
        name,
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("organisation_id", sa.String(64), nullable=False),
        *(sa.Column(column, sa.String(64), nullable=False) for column in references),
        *columns,
        *(
            sa.ForeignKeyConstraint([column], [other], name=op.f(f"fk_{name}_{column}"))
            for column, other in references.items()
        ),
        *([sa.UniqueConstraint(*unique, name=op.f(f"uq_{name}_{'_'.join(unique)}"))] if unique else []),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    for column in ("organisation_id", *references):
        op.create_index(op.f(f"ix_{name}_{column}"), name, [column])


def upgrade() -> None:
    _table(
        "rounds",
        {"job_id": "jobs.id"},
        sa.Column("key", sa.String(100), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        unique=["organisation_id", "key"],
    )
    _table(
        "round_members",
        {"round_id": "rounds.id", "application_id": "applications.id"},
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("why", sa.String(32), nullable=False),
        unique=["round_id", "application_id"],
    )
    op.create_index("ix_round_members_state_round_id", "round_members", ["state", "round_id"])
    _table(
        "notes",
        {"application_id": "applications.id"},
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("author_key", sa.String(64), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
    )
    _table(
        "samples",
        {"job_id": "jobs.id", "round_id": "rounds.id"},
        sa.Column("key", sa.String(100), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("seed", sa.String(64), nullable=False),
        sa.Column("share", sa.Float(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("pool", sa.Integer(), nullable=False),
        sa.Column("pool_sha256", sa.String(64), nullable=False),
        sa.Column("threshold", sa.Float(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        unique=["organisation_id", "key"],
    )
    _table(
        "sample_members",
        {"sample_id": "samples.id", "application_id": "applications.id"},
        unique=["sample_id", "application_id"],
    )
    op.add_column("interviews", sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_interviews_organisation_id_invited_at", "interviews", ["organisation_id", "invited_at"])
    op.create_index("ix_interviews_state_expires_at", "interviews", ["state", "expires_at"])
    case = ["job_id", "stage", "decision", "score"]
    op.create_index("ix_applications_job_id_stage_decision_score", "applications", case)


def downgrade() -> None:
    op.drop_index("ix_applications_job_id_stage_decision_score", "applications")
    op.drop_index("ix_interviews_state_expires_at", "interviews")
    op.drop_index("ix_interviews_organisation_id_invited_at", "interviews")
    op.drop_column("interviews", "reminded_at")
    for table in ("sample_members", "samples", "notes", "round_members", "rounds"):
        op.drop_table(table)
