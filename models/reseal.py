"""What was written before there were keys, or under a key that a newer one has replaced, is sealed as it would be now.
Used by `api.sealing`.

Values are exchanged one by one, and only where they are still what was read: the service may run meanwhile, and whoever
is killed goes on from the beginning, past what is done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Engine, LargeBinary, Row, Table, func, literal, select, type_coerce, update
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import ColumnElement

from models.columns import Sealed, SealedJson, secrets_of
from models.engines import BLIND, Seal
from models.errors import NotFound
from models.records import Application, Base, Candidate, Delivery, Document, Interview, Report

SECRETS = secrets_of("")
STEP = 200
"""Rows of one transaction."""
OF_ORGANISATIONS = frozenset({"endpoints", "connections"})
"""What lies sealed there lets the organisation into other systems."""


@dataclass(frozen=True, slots=True)
class Progress:
    table: str
    seen: int
    sealed: int
    last: bool = False


def reseal(engine: Engine, seal: Seal) -> Iterator[Progress]:
    """A table at a time, some rows at a time: counts from its beginning."""
    for each in Base.metadata.sorted_tables:
        names = [one.name for one in each.columns if isinstance(one.type, Sealed | SealedJson)]
        if not names:
            continue
        seen = sealed = 0
        after = ""
        while rows := _rows(engine, each, names, after):
            after = rows[-1].id
            seen += len(rows)
            sealed += _exchange(engine, seal, each, names, rows)
            yield Progress(each.name, seen, sealed)
        yield Progress(each.name, seen, sealed, last=True)


def rekey(engine: Engine, seal: Seal) -> int:
    """Addresses and numbers that are looked for by what anybody could compute are looked for by what takes the
    organisation's key. Returns how many people had such."""
    done, after = 0, ""
    old = (Candidate.email_key.not_like(f"{BLIND}%")) | (Candidate.phone_key.not_like(f"{BLIND}%"))
    columns = Candidate.id, Candidate.organisation_id, Candidate.email_key, Candidate.phone_key
    while True:
        with engine.connect() as connection:
            rows = connection.execute(
                select(*columns).where(Candidate.id > after, old).order_by(Candidate.id).limit(STEP)
            ).all()
        if not rows:
            return done
        with engine.begin() as connection:
            for row in rows:
                fresh = {
                    name: seal.blind(value, organisation_id=row.organisation_id)
                    for name, value in (("email_key", row.email_key), ("phone_key", row.phone_key))
                    if value is not None and not value.startswith(BLIND)
                }
                connection.execute(update(Candidate).where(Candidate.id == row.id).values(fresh))
        after = rows[-1].id
        done += len(rows)


def kept_files(engine: Engine) -> list[tuple[str, str]]:
    """(sha256, whose copy) of every file that a row names, by sha256."""
    of_interviews = select(Application.candidate_id).where(Application.id == Interview.application_id)
    of_reports = select(Application.candidate_id).where(Application.id == Report.application_id)
    wanted = (
        select(Document.sha256, Document.candidate_id),
        select(Interview.recording_sha256, of_interviews.scalar_subquery()),
        select(Report.html_sha256, of_reports.scalar_subquery()),
        select(Report.json_sha256, of_reports.scalar_subquery()),
    )
    with engine.connect() as connection:
        found = {(sha, whose) for query in wanted for sha, whose in connection.execute(query) if sha}
    return sorted(found)


def applicants(engine: Engine, interviews: Sequence[str]) -> set[str]:
    """Whose interviews these are."""
    of = select(Application.candidate_id).join(Interview, Interview.application_id == Application.id)
    with engine.connect() as connection:
        return set(connection.scalars(of.where(Interview.id.in_(interviews))))


def _rows(engine: Engine, of: Table, names: Sequence[str], after: str) -> Sequence[Row[Any]]:
    wanted = [type_coerce(of.c[name], LargeBinary).label(name) for name in names]
    query = select(of.c.id, _subject(of).label("of_whom"), *wanted).where(of.c.id > after)
    with engine.connect() as connection:
        return connection.execute(query.order_by(of.c.id).limit(STEP)).all()


def _exchange(engine: Engine, seal: Seal, of: Table, names: Sequence[str], rows: Sequence[Row[Any]]) -> int:
    """Each value that is not sealed as it would be now. Those of people who were erased meanwhile stay."""
    seal.prepare(sorted({row.of_whom for row in rows if not row.of_whom.startswith(SECRETS)}))
    fresh = []
    for row in rows:
        for name in names:
            value = getattr(row, name)
            with suppress(NotFound):
                if value is not None and not seal.is_newest(bytes(value), row.of_whom):
                    fresh.append((row.id, name, value, seal.seal(seal.unseal(bytes(value)), subject=row.of_whom)))
    if not fresh:
        return 0
    with engine.begin() as connection:
        for id, name, value, sealed in fresh:
            same = (of.c.id == id) & (type_coerce(of.c[name], LargeBinary) == value)
            connection.execute(update(of).where(same).values({name: literal(sealed, LargeBinary)}))
    return len(fresh)


def _subject(of: Table) -> ColumnElement[str]:
    """Whose data a row is: a person's, else the organisation's, as the store says when it writes."""
    if of.name in OF_ORGANISATIONS:
        return literal(secrets_of("")) + of.c.organisation_id
    if of.name == "candidates":
        return cast(ColumnElement[str], of.c.id)
    found: list[ColumnElement[Any]] = [of.c[name] for name in ("candidate_id", "subject") if name in of.c]
    if "delivery_id" in of.c:
        sent = select(Delivery.subject).where(Delivery.id == of.c.delivery_id).correlate(of)
        found.append(sent.scalar_subquery())
    if "application_id" in of.c:
        found.append(_applicant(of, of.c.application_id))
    if "interview_id" in of.c:
        found.append(_interviewed(of))
    if "local_id" in of.c:
        found.append(select(Candidate.id).where(Candidate.id == of.c.local_id).correlate(of).scalar_subquery())
        found.append(_applicant(of, of.c.local_id))
    return func.coalesce(*found, of.c.organisation_id) if found else cast(ColumnElement[str], of.c.organisation_id)


def _applicant(of: Table, application: ColumnElement[Any]) -> ColumnElement[Any]:
    applied = aliased(Application)
    return select(applied.candidate_id).where(applied.id == application).correlate(of).scalar_subquery()


def _interviewed(of: Table) -> ColumnElement[Any]:
    applied, held = aliased(Application), aliased(Interview)
    query = select(applied.candidate_id).join(held, held.application_id == applied.id)
    return query.where(held.id == of.c.interview_id).correlate(of).scalar_subquery()
