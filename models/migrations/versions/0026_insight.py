"""what insight counts, beside the rows it is counted from: scores of reports, times, outcomes, agreement of ratings

Revises: 0019
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0019"
branch_labels = None
depends_on = None

INDEXES = {
    "came": (("source", "stage", "decision", "created_at", "job_id", "score"), ""),
    "screened": (("source", "screen_seconds", "created_at", "job_id"), ""),
    "interviewed": (("source", "interview_seconds", "created_at", "job_id"), "interview_seconds IS NOT NULL"),
    "ended": (
        ("outcome", "source", "stage", "created_at", "job_id", "score", "overall", "outcome_at"),
        "outcome IS NOT NULL",
    ),
}
"""What `models.store.insight` reads."""
AT_ONCE = 5_000
ENDS = {"hired": "hired", "rejected": "rejected", "withdrew": "withdrew", "undone": None}


def upgrade() -> None:
    for name, kind in (
        *(("overall", sa.Float()), ("recommendation", sa.String(32)), ("screen_seconds", sa.Integer())),
        *(("interview_seconds", sa.Integer()), ("outcome", sa.String(20)), ("outcome_at", sa.DateTime(timezone=True))),
    ):
        op.add_column("applications", sa.Column(name, kind, nullable=True))
    for name in ("pairs", "same", "near"):
        op.add_column("reviews", sa.Column(name, sa.Integer(), nullable=True))
    _fill()
    for name, (columns, where) in INDEXES.items():
        only = sa.text(where) if where else None
        every = ["organisation_id", *columns]
        op.create_index(f"ix_applications_{name}", "applications", every, sqlite_where=only, postgresql_where=only)
    op.create_index("ix_reviews_organisation_id_at", "reviews", ["organisation_id", "at"])


def downgrade() -> None:
    op.drop_index("ix_reviews_organisation_id_at", table_name="reviews")
    for name in INDEXES:
        op.drop_index(f"ix_applications_{name}", table_name="applications")
    for name in ("near", "same", "pairs"):
        op.drop_column("reviews", name)
    for name in ("outcome_at", "outcome", "interview_seconds", "screen_seconds", "recommendation", "overall"):
        op.drop_column("applications", name)


def _fill() -> None:
    """Times and outcomes of what is there. Scores of reports are sealed: the service fills them in when it runs."""
    connection = op.get_bind()
    moment = sa.DateTime(timezone=True)
    applications = sa.table(
        "applications",
        *(sa.column("id", sa.String), sa.column("created_at", moment), sa.column("screen_seconds", sa.Integer)),
        *(sa.column("interview_seconds", sa.Integer), sa.column("outcome", sa.String), sa.column("outcome_at", moment)),
    )
    screenings = sa.table("screenings", sa.column("application_id", sa.String), sa.column("created_at", moment))
    interviews = sa.table(
        *("interviews", sa.column("application_id", sa.String), sa.column("completed_at", moment)),
        sa.column("attempt", sa.Integer),
    )
    outcomes = sa.table(
        *("outcomes", sa.column("application_id", sa.String), sa.column("id", sa.String)),
        *(sa.column("kind", sa.String), sa.column("at", moment)),
    )
    for field, table, at in (
        ("screen_seconds", screenings, screenings.c.created_at),
        ("interview_seconds", interviews, interviews.c.completed_at),
    ):
        query = sa.select(table.c.application_id, applications.c.created_at, at)
        query = query.join(applications, applications.c.id == table.c.application_id).where(at.is_not(None))
        rows = connection.execute(query.order_by(at.desc())).all()  # the first interview of several is written last
        _write(connection, applications, [{"of": id, field: _seconds(came, done)} for id, came, done in rows])
    told = sa.select(outcomes.c.application_id, outcomes.c.kind, outcomes.c.at).where(outcomes.c.kind.in_(ENDS))
    last = {id: (kind, at) for id, kind, at in connection.execute(told.order_by(outcomes.c.at, outcomes.c.id))}
    ended = [{"of": id, "outcome": ENDS[kind], "outcome_at": at} for id, (kind, at) in last.items() if ENDS[kind]]
    _write(connection, applications, ended)


def _write(connection: sa.Connection, table: sa.TableClause, rows: list[dict[str, object]]) -> None:
    if not rows:
        return
    change = sa.update(table).where(table.c.id == sa.bindparam("of"))
    change = change.values({name: sa.bindparam(name) for name in rows[0] if name != "of"})
    for start in range(0, len(rows), AT_ONCE):
        connection.execute(change, rows[start : start + AT_ONCE])


def _seconds(came: datetime, done: datetime) -> int:
    seconds = max(0, round((done - came).total_seconds()))
    return seconds if seconds < 100 else int(float(f"{seconds:.2g}"))
