"""What every aggregate of the store builds on: a session, and rows that are found only by their own organisation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import String, func, inspect, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.orm.util import identity_key
from sqlalchemy.sql.functions import FunctionElement

from models.columns import seal_of
from models.deeds import Action, Deed, ObjectKind, acting
from models.engines import Seal
from models.errors import NotFound
from models.records import Application, Base, Interview, Stage, email_key, phone_key
from models.values import Person

Row = TypeVar("Row", bound=Base)


class month_of(FunctionElement[str]):
    """Of a moment, in UTC: "2026-11"."""

    type = String()
    inherit_cache = True


@compiles(month_of, "sqlite")
def _month_in_sqlite(element: month_of, compiler: Any, **kw: Any) -> str:
    return f"substr({compiler.process(element.clauses, **kw)}, 1, 7)"


@compiles(month_of, "postgresql")
def _month_in_postgresql(element: month_of, compiler: Any, **kw: Any) -> str:
    return f"to_char({compiler.process(element.clauses, **kw)} AT TIME ZONE 'UTC', 'YYYY-MM')"


_CALLED = {
    "Organisation": "organisation",
    "ApiKey": "API key",
    "User": "account",
    "BrowserSession": "session",
    "AccountLink": "link",
    "AgencyLink": "agency's link",
    "Job": "job",
    "Batch": "batch",
    "Candidate": "candidate",
    "Document": "document",
    "Application": "application",
    "Interview": "interview",
    "CandidateRequest": "request",
    "Report": "report",
    "ReportLink": "link",
    "Endpoint": "webhook endpoint",
    "Delivery": "delivery",
    "Connection": "connection",
    "InboxEvent": "message",
    "Remote": "order",
    "LegalHold": "legal hold",
    "SavedSearch": "saved search",
    "Round": "round of invitations",
    "Note": "note",
    "Sample": "sample",
    "Merge": "merge of two candidates",
    "Channel": "channel",
    "Subscription": "notice",
    "Call": "telephone call",
    "DialCode": "telephone code",
}


DECIDED: frozenset[Stage] = frozenset({"rejected", "withdrawn"})
"""Stages a person chose: what happens afterwards in an interview or a report does not undo them."""


def spent(came: datetime, done: datetime) -> int:
    """Seconds, beyond a hundred to two digits: so that a hundred thousand of them are some hundreds of values."""
    seconds = max(0, round((done - came).total_seconds()))
    return seconds if seconds < 100 else int(float(f"{seconds:.2g}"))


def clock(session: Session, now: datetime) -> datetime:
    """The database server's own time, so that machines whose clocks differ agree; on SQLite, whose processes share a
    machine, `now`."""
    if session.get_bind().dialect.name != "postgresql":
        return now
    at: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
    return at.astimezone(UTC)


class Rows:
    """Base of the aggregates. Methods never commit: `Database.store` does."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._deeds: list[Deed] = []

    def _note(
        self,
        organisation_id: str,
        action: Action,
        kind: ObjectKind,
        id: str,
        *,
        about: str | None = None,
        person: Person | None = None,
        **details: Any,
    ) -> None:
        """For the audit log, at the end of this transaction. `about`: the candidate's id; `person`: who did it, where
        that is surer than who is at the door; `details`: what is worth to be proved later, plain JSON."""
        who = acting()
        who = replace(who, person=person or who.person)
        kept: Mapping[str, Any] = {name: value for name, value in details.items() if value is not None}
        self._deeds.append(Deed(organisation_id, action, kind, id, about, kept, who))

    def _whose(self, interview_id: str) -> str:
        """The candidate of an interview."""
        query = select(Application.candidate_id).join(Interview, Interview.application_id == Application.id)
        return self._session.scalars(query.where(Interview.id == interview_id)).one()

    def _own(self, kind: type[Row], organisation_id: str, id: str) -> Row:
        """The row, if it is this organisation's. Raises NotFound; another organisation's row does not exist here."""
        known = self._session.identity_map.get(identity_key(kind, id))  # a page asks for its job a dozen times
        if known is not None and not inspect(known).expired and known.organisation_id == organisation_id:
            return known
        row = self._session.scalar(select(kind).where(kind.id == id, kind.organisation_id == organisation_id))
        return _found(row, kind, id)

    def _lock(self, kind: type[Row], organisation_id: str, id: str) -> Row:
        """As `_own`, as of now, and no other transaction changes it before this one ends."""
        query = select(kind).where(kind.id == id, kind.organisation_id == organisation_id)
        row = self._session.scalar(
            query.with_for_update(of=kind, key_share=True).execution_options(populate_existing=True)
        )
        return _found(row, kind, id)

    def _email_key(self, organisation_id: str, email: str) -> str:
        """What equal addresses have in common, for this organisation alone."""
        return self._seal.blind(email_key(email), organisation_id=organisation_id)

    def _phone_key(self, organisation_id: str, phone: str) -> str:
        return self._seal.blind(phone_key(phone), organisation_id=organisation_id)

    @property
    def _seal(self) -> Seal:
        return seal_of(self._session.get_bind().dialect)

    def _add(self, row: Row) -> Row:
        self._session.add(row)
        self._session.flush()
        return row


def _found(row: Row | None, kind: type[Row], id: str) -> Row:
    if row is None:
        raise NotFound(f"There is no {_CALLED[kind.__name__]} {id!r} here. Check the id; it may have been removed.")
    return row
