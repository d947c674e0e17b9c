"""dialling in: codes and calls; which jobs may be interviewed for by telephone

Revises: 0036
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dial_codes",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("organisation_id", sa.String(64), nullable=False),
        sa.Column("interview_id", sa.String(64), nullable=False),
        sa.Column("first", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["interview_id"], ["interviews.id"], name=op.f("fk_dial_codes_interview_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dial_codes")),
        sa.UniqueConstraint("organisation_id", "first", name=op.f("uq_dial_codes_organisation_id_first")),
        sa.UniqueConstraint("interview_id", name=op.f("uq_dial_codes_interview_id")),
    )
    op.create_index(op.f("ix_dial_codes_organisation_id"), "dial_codes", ["organisation_id"])
    op.create_table(
        "calls",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("organisation_id", sa.String(64), nullable=False),
        sa.Column("room", sa.String(64), nullable=False),
        sa.Column("caller", sa.String(64), nullable=False),
        sa.Column("interview_id", sa.String(64), nullable=True),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("consented_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["interview_id"], ["interviews.id"], name=op.f("fk_calls_interview_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calls")),
        sa.UniqueConstraint("organisation_id", "room", name=op.f("uq_calls_organisation_id_room")),
    )
    op.create_index(op.f("ix_calls_organisation_id"), "calls", ["organisation_id"])
    op.create_index(op.f("ix_calls_interview_id"), "calls", ["interview_id"])
    op.create_index("ix_calls_organisation_id_caller_began_at", "calls", ["organisation_id", "caller", "began_at"])
    op.add_column("jobs", sa.Column("by_telephone", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    with op.batch_alter_table("jobs") as jobs:
        jobs.drop_column("by_telephone")
    op.drop_table("calls")
    op.drop_table("dial_codes")
