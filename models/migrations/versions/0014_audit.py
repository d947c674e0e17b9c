"""the audit log: a chain of entries an organisation, what they commit to, whom its pseudonyms mean

Revises: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def _table(name: str, *columns: sa.Column[object] | sa.Constraint) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("organisation_id", sa.String(length=64), nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    op.create_index(op.f(f"ix_{name}_organisation_id"), name, ["organisation_id"], unique=False)


def upgrade() -> None:
    _table(
        "audit_events",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("object_kind", sa.String(length=20), nullable=False),
        sa.Column("object_id", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=True),
        sa.Column("commitment", sa.String(length=64), nullable=True),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.UniqueConstraint("organisation_id", "seq", name=op.f("uq_audit_events_organisation_id_seq")),
    )
    op.create_index("ix_audit_events_organisation_id_object_id", "audit_events", ["organisation_id", "object_id"])
    _table(
        "audit_details",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("candidate_id", sa.String(length=64), nullable=True),
        sa.Column("salt", sa.String(length=64), nullable=False),
        sa.Column("details", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["candidate_id"], ["candidates.id"], name=op.f("fk_audit_details_candidate_id")),
        sa.UniqueConstraint("organisation_id", "seq", name=op.f("uq_audit_details_organisation_id_seq")),
    )
    op.create_index(op.f("ix_audit_details_candidate_id"), "audit_details", ["candidate_id"], unique=False)
    _table(
        "audit_subjects",
        sa.Column("candidate_id", sa.String(length=64), nullable=False),
        sa.Column("alias", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["candidate_id"], ["candidates.id"], name=op.f("fk_audit_subjects_candidate_id")),
        sa.UniqueConstraint("alias", name=op.f("uq_audit_subjects_alias")),
    )
    op.create_index(op.f("ix_audit_subjects_candidate_id"), "audit_subjects", ["candidate_id"], unique=False)
    _table(
        "audit_people",
        sa.Column("person_key", sa.String(length=64), nullable=False),
        sa.Column("alias", sa.String(length=16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.UniqueConstraint("organisation_id", "person_key", name=op.f("uq_audit_people_organisation_id_person_key")),
        sa.UniqueConstraint("alias", name=op.f("uq_audit_people_alias")),
    )
    _table(
        "audit_heads",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checkpoint_seq", sa.Integer(), nullable=False),
        sa.Column("checkpoint_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("organisation_id", name=op.f("uq_audit_heads_organisation_id")),
    )
    _table(
        "audit_stubs",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("record", sa.JSON(none_as_null=True), nullable=False),
    )


def downgrade() -> None:
    for name in ("stubs", "heads", "people", "subjects", "details", "events"):
        op.drop_table(f"audit_{name}")
