"""what was erased, without a word about whom

Revises: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from models.columns import Utc

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "erasures",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("organisation_id", sa.String(length=64), nullable=False),
        sa.Column("subject_sha256", sa.String(length=64), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("counts", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("elsewhere", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("unfinished", sa.String(length=64), nullable=True),
        sa.Column("at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
    )
    op.create_index(op.f("ix_erasures_organisation_id"), "erasures", ["organisation_id"], unique=False)
    op.create_index(op.f("ix_erasures_subject_sha256"), "erasures", ["subject_sha256"], unique=False)


def downgrade() -> None:
    op.drop_table("erasures")
