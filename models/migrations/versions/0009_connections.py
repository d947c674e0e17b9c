"""other people's systems: connections, what things are called there, what they say

Revises: 0008
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def _id(name: str = "id", *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=64), nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _indexed(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)


def upgrade() -> None:
    _connections()
    _remotes()
    _inbox()
    _candidate_sources()
    _outcomes()
    with op.batch_alter_table("deliveries") as deliveries:
        deliveries.add_column(_id("connection_id", nullable=True))
        deliveries.add_column(sa.Column("done", sa.JSON(), nullable=False, server_default="{}"))
        deliveries.add_column(sa.Column("begun", sa.String(length=100), nullable=False, server_default=""))
        deliveries.create_foreign_key(
            op.f("fk_deliveries_connection_id"), "connections", ["connection_id"], ["id"], ondelete="SET NULL"
        )
        deliveries.create_index(op.f("ix_deliveries_connection_id"), ["connection_id"], unique=False)
    with op.batch_alter_table("applications") as applications:
        applications.add_column(sa.Column("answers", sa.LargeBinary(), nullable=True))
        applications.add_column(sa.Column("ordered", sa.Boolean(), nullable=False, server_default=sa.false()))


def _connections() -> None:
    op.create_table(
        "connections",
        _id(),
        _id("organisation_id"),
        sa.Column("vendor", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("settings", sa.LargeBinary(), nullable=False),
        sa.Column("tokens", sa.LargeBinary(), nullable=True),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("may_decide", sa.Boolean(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("progress", sa.JSON(), nullable=False),
        sa.Column("reading", sa.Integer(), nullable=False),
        _moment("polled_at", nullable=True),
        _moment("heard_at", nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        _moment("closed_until", nullable=True),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connections")),
    )
    _indexed("connections", "organisation_id")


def _remotes() -> None:
    op.create_table(
        "remotes",
        _id(),
        _id("organisation_id"),
        _id("connection_id"),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("remote_id", sa.String(length=300), nullable=False),
        _id("local_id", nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=True),
        _moment("seen_at"),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"], name=op.f("fk_remotes_connection_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remotes")),
        sa.UniqueConstraint("connection_id", "kind", "remote_id", name=op.f("uq_remotes_connection_id_kind_remote_id")),
    )
    _indexed("remotes", "organisation_id", "connection_id")
    op.create_index("ix_remotes_local_id_kind", "remotes", ["local_id", "kind"], unique=False)


def _inbox() -> None:
    op.create_table(
        "inbox",
        _id(),
        _id("organisation_id"),
        _id("connection_id"),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("event", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        _moment("next_at", nullable=True),
        sa.Column("problem", sa.LargeBinary(), nullable=True),
        _moment("received_at"),
        _moment("read_at", nullable=True),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"], name=op.f("fk_inbox_connection_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("connection_id", "key", name=op.f("uq_inbox_connection_id_key")),
    )
    _indexed("inbox", "organisation_id", "connection_id")
    op.create_index("ix_inbox_state_next_at", "inbox", ["state", "next_at"], unique=False)


def _candidate_sources() -> None:
    op.create_table(
        "candidate_sources",
        _id(),
        _id("organisation_id"),
        _id("candidate_id"),
        sa.Column("key", sa.String(length=200), nullable=False),
        _id("connection_id", nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("origin", sa.String(length=20), nullable=False),
        _id("application_id", nullable=True),
        _moment("at"),
        _moment("seen_at"),
        sa.ForeignKeyConstraint(["candidate_id"], ["candidates.id"], name=op.f("fk_candidate_sources_candidate_id")),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connections.id"],
            name=op.f("fk_candidate_sources_connection_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_candidate_sources_application_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_candidate_sources")),
        sa.UniqueConstraint("candidate_id", "key", name=op.f("uq_candidate_sources_candidate_id_key")),
    )
    _indexed("candidate_sources", "organisation_id", "candidate_id", "connection_id", "application_id")


def _outcomes() -> None:
    op.create_table(
        "outcomes",
        _id(),
        _id("organisation_id"),
        _id("application_id"),
        _id("connection_id", nullable=True),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        _moment("at"),
        _moment("received_at"),
        sa.ForeignKeyConstraint(["application_id"], ["applications.id"], name=op.f("fk_outcomes_application_id")),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connections.id"], name=op.f("fk_outcomes_connection_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outcomes")),
        sa.UniqueConstraint("application_id", "key", name=op.f("uq_outcomes_application_id_key")),
    )
    _indexed("outcomes", "organisation_id", "application_id", "connection_id")


def downgrade() -> None:
    with op.batch_alter_table("applications") as applications:
        applications.drop_column("ordered")
        applications.drop_column("answers")
    with op.batch_alter_table("deliveries") as deliveries:
        deliveries.drop_index(op.f("ix_deliveries_connection_id"))
        deliveries.drop_constraint(op.f("fk_deliveries_connection_id"), type_="foreignkey")
        deliveries.drop_column("begun")
        deliveries.drop_column("done")
        deliveries.drop_column("connection_id")
    for table in ("outcomes", "candidate_sources", "inbox", "remotes", "connections"):
        op.drop_table(table)
