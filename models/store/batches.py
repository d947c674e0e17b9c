"""Batches of files: taken in some at a time, found again when they are handed in twice, paused, resumed, cancelled.
Part of `models.store.Store`; the sweep asks with `batch_runs` (`models.store.system`)."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, delete, func, or_, select
from sqlalchemy.orm import aliased

from models.deeds import Action
from models.errors import Conflict, Suspended
from models.records import (
    Application,
    Batch,
    BatchState,
    Candidate,
    CandidateSource,
    Document,
    Job,
    Notice,
    Personal,
    new_id,
)
from models.store.applications import SAMPLE
from models.store.audit import Audit
from models.store.listed import among

WAITING_REASONS = ("scan", "held")
"""Reasons of an unreadable file that is still to be read: by the recogniser, or once the scanner gave its verdict."""


@dataclass(frozen=True, slots=True)
class Received:
    """A file that is stored and waits for its rows. `problem`: (reason, detail), where it cannot be read."""

    name: str
    key: str
    candidate_id: str
    sha256: str
    size: int
    problem: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """One batch, with what became of its files; as `BatchProgress`."""

    batch: Batch
    total: int
    waiting: int
    unreadable: int


@dataclass(frozen=True, slots=True)
class Unread:
    """A person of whom nothing but a file was ever there, and it was not read."""

    candidate_id: str
    sha256: str


def batch_runs() -> ColumnElement[bool]:
    """Nobody has paused or cancelled the batch of the query's application."""
    resting = select(Batch.id).where(Batch.id == Application.batch_id, Batch.state != "running")
    return ~resting.correlate(Application).exists()


def _unread() -> ColumnElement[bool]:
    never = select(Document.id).where(Document.id == Application.document_id, Document.parsed.is_(None))
    waits = (Application.stage == "unreadable") & Application.problem_reason.in_(WAITING_REASONS)
    return or_(Application.stage == "received", waits) & never.correlate(Application).exists()


def has_unread() -> ColumnElement[bool]:
    """Something of the query's batch is left that nobody read."""
    return select(Application.id).where(Application.batch_id == Batch.id, _unread()).correlate(Batch).exists()


class Batches(Audit):
    def file_key(self, organisation_id: str, name: str, size: int, sha256: str) -> str:
        """What the same file, handed in again under the same name, has in common; keyed, as it is made of a name."""
        digest = hashlib.sha256(f"{name}\0{size}\0{sha256}".encode()).hexdigest()
        return self._seal.blind(digest, organisation_id=organisation_id)

    def taken(self, organisation_id: str, batch_id: str, keys: Collection[str]) -> set[str]:
        """Those of these `file_key`s that the batch has already."""
        self._own(Batch, organisation_id, batch_id)
        query = select(Application.upload_key).where(
            Application.organisation_id == organisation_id,
            Application.batch_id == batch_id,
            Application.upload_key.in_(keys),
        )
        return {key for key in self._session.scalars(query) if key is not None}

    def receive(
        self,
        organisation_id: str,
        batch_id: str,
        files: Sequence[Received],
        *,
        now: datetime,
        source: str = "upload",
        origin: str = "upload",
    ) -> tuple[list[str], list[Received]]:
        """Rows for some files, in one go: ids of the new applications, and the files that were there already. Raises
        Conflict for a batch that was cancelled, and for somebody else's files in a sample. `origin`: as in
        `exchange.CandidateIntake`."""
        batch = self._lock(Batch, organisation_id, batch_id)
        if source != SAMPLE and self._own(Job, organisation_id, batch.job_id).is_sample:
            raise Conflict("This is the sample, of invented people. Create a job of your own for real ones.")
        if batch.state == "cancelled":
            raise Conflict("This batch was cancelled, so nothing more is taken into it. Start another one.")
        seen = self.taken(organisation_id, batch_id, [each.key for each in files])
        known: list[Received] = []
        fresh: list[Received] = []
        ids: list[str] = []
        for each in files:
            if each.key in seen:
                known.append(each)
                continue
            seen.add(each.key)
            fresh.append(each)
            ids.append(self._received(batch, each, now, source))
        batch.total += len(ids)
        self._session.flush()
        sources = [self._source(id, each, batch, now, source, origin) for id, each in zip(ids, fresh, strict=True)]
        self._session.add_all(sources)  # after what they refer to, which SQLAlchemy does not know as related
        self._session.flush()
        return ids, known

    def _received(self, batch: Batch, file: Received, now: datetime, source: str) -> str:
        own = batch.organisation_id
        candidate = Candidate(id=file.candidate_id, organisation_id=own, created_at=now)
        document = Document(
            id=new_id(),
            organisation_id=own,
            candidate=candidate,
            sha256=file.sha256,
            filename=Personal(file.name, subject=candidate.id),
            media_type="application/octet-stream",
            size=file.size,
            created_at=now,
        )
        application = Application(
            id=new_id(),
            organisation_id=own,
            job_id=batch.job_id,
            candidate=candidate,
            document=document,
            batch_id=batch.id,
            upload_key=file.key,
            source=source,
            stage="received" if file.problem is None else "unreadable",
            created_at=now,
            updated_at=now,
        )
        self._note(
            own,
            "application.received",
            "application",
            application.id,
            about=candidate.id,
            sha256=file.sha256,
            source=source,
        )
        if file.problem is not None:
            reason, detail = file.problem
            application.problem_reason = reason
            application.problem_detail = Personal(detail, subject=candidate.id)
            self._note(own, "application.unreadable", "application", application.id, about=candidate.id, reason=reason)
        self._session.add(application)
        return application.id

    @staticmethod
    def _source(
        application_id: str, file: Received, batch: Batch, now: datetime, source: str, origin: str
    ) -> CandidateSource:
        return CandidateSource(
            organisation_id=batch.organisation_id,
            candidate_id=file.candidate_id,
            key=f"upload:{application_id}",
            source=source,
            origin=origin,
            application_id=application_id,
            at=now,
            seen_at=now,
        )

    # ------------------------------------------------------------ what a person decides about it

    def set_batch(
        self, organisation_id: str, batch_id: str, state: BatchState, *, by: str, now: datetime
    ) -> tuple[Batch, bool]:
        """Paused, running again, or cancelled for good; and whether that is new. Raises Conflict for one that is
        cancelled."""
        batch = self._lock(Batch, organisation_id, batch_id)
        if batch.state == state:
            return batch, False
        if batch.state == "cancelled":
            raise Conflict("This batch was cancelled: the files that were not read are gone. Start another one.")
        batch.state, batch.changed_by, batch.changed_at = state, by, now
        if state == "cancelled":
            batch.complete = True
        self._note(organisation_id, _DEEDS[state], "batch", batch_id, job=batch.job_id)
        self._session.flush()
        return batch, True

    def expect(self, organisation_id: str, batch_id: str, number: int | None, *, complete: bool | None = None) -> Batch:
        """How many files are to come in all, as far as known; `complete`: nothing more is awaited, or something is."""
        batch = self._lock(Batch, organisation_id, batch_id)
        if number is not None:
            batch.expected = max(number, batch.expected or 0)
        batch.complete = batch.complete if complete is None else complete
        self._session.flush()
        return batch

    def must_read(self, organisation_id: str, application_id: str) -> None:
        """Raises Suspended where its batch is paused or cancelled."""
        self._own(Application, organisation_id, application_id)
        query = select(Batch.state).join(Application, Application.batch_id == Batch.id)
        state = self._session.scalar(
            query.where(Application.id == application_id, Application.organisation_id == organisation_id)
        )
        if state in ("paused", "cancelled"):
            raise Suspended(f"This file's batch is {state}. Resume the batch to have it read.")

    def drop_unread(self, organisation_id: str, batch_id: str, most: int) -> list[Unread]:
        """Of a cancelled batch, some of those whose file nobody has read: their rows go. Whoever was read stays."""
        batch = self._lock(Batch, organisation_id, batch_id)
        if batch.state != "cancelled":
            return []
        other = aliased(Application)
        again = select(other.id).where(other.candidate_id == Application.candidate_id, other.id != Application.id)
        query = (
            select(Application.id, Application.candidate_id, Application.document_id, Document.sha256)
            .join(Document, Document.id == Application.document_id)
            .where(Application.batch_id == batch_id, _unread(), ~again.exists())
            .order_by(Application.id)
            .limit(most)
        )
        found = self._session.execute(query).all()
        if not found:
            return []
        applications, candidates, documents, _ = (list(column) for column in zip(*found, strict=True))
        for candidate_id in candidates:
            self._forget_subject(candidate_id)
        for table in (Notice, CandidateSource):
            self._session.execute(delete(table).where(table.application_id.in_(applications)))
        self._session.execute(delete(Application).where(Application.id.in_(applications)))
        self._session.execute(delete(Document).where(Document.id.in_(documents)))
        self._session.execute(delete(Candidate).where(Candidate.id.in_(candidates)))
        batch.total -= len(found)
        self._session.flush()
        return [Unread(candidate_id, sha256) for _, candidate_id, _, sha256 in found]

    # ------------------------------------------------------------ what is shown

    def batch_counts(self, organisation_id: str, job_id: str, *, limit: int, offset: int = 0) -> list[Count]:
        """Newest first, each with what became of its files."""
        self._own(Job, organisation_id, job_id)
        query = select(Batch).where(Batch.organisation_id == organisation_id, Batch.job_id == job_id)
        page = query.order_by(Batch.created_at.desc(), Batch.id.desc()).limit(limit).offset(offset)
        batches = list(self._session.scalars(page))
        counted: dict[str, dict[str, int]] = {}
        grouped = select(Application.batch_id, Application.stage, func.count()).where(
            Application.batch_id.in_([batch.id for batch in batches])
        )
        for batch_id, stage, number in self._session.execute(grouped.group_by(Application.batch_id, Application.stage)):
            counted.setdefault(str(batch_id), {})[stage] = number
        return [
            Count(batch, sum(found.values()), found.get("received", 0), found.get("unreadable", 0))
            for batch in batches
            for found in [counted.get(batch.id, {})]
        ]

    def problem_counts(self, organisation_id: str, batch_id: str) -> dict[str, int]:
        """Files that could not be read, by reason, the most frequent first."""
        self._own(Batch, organisation_id, batch_id)
        query = (
            select(Application.problem_reason, func.count())
            .where(Application.batch_id == batch_id, Application.stage == "unreadable")
            .group_by(Application.problem_reason)
            .order_by(func.count().desc(), Application.problem_reason)
        )
        return {reason or "failed": number for reason, number in self._session.execute(query)}

    def problem_page(self, organisation_id: str, batch_id: str, *, limit: int, offset: int) -> list[Application]:
        """Some of `problems`, in the order they came."""
        self._own(Batch, organisation_id, batch_id)
        query = select(Application).where(
            Application.organisation_id == organisation_id,
            Application.batch_id == batch_id,
            Application.stage == "unreadable",
        )
        return list(self._session.scalars(query.order_by(Application.id).limit(limit).offset(offset)))

    def copies_count(self, organisation_id: str, batch_id: str) -> int:
        """Files of the batch whose very bytes another, earlier application of the same job has."""
        self._own(Batch, organisation_id, batch_id)
        query = select(func.count()).select_from(self._copies(self._shared(batch_id)).subquery())
        return self._session.scalar(query) or 0

    def copies_page(
        self, organisation_id: str, batch_id: str, *, limit: int, offset: int = 0
    ) -> list[tuple[Application, str]]:
        """Those files, each with the id of the earliest application that has the same bytes."""
        self._own(Batch, organisation_id, batch_id)
        pairs = self._copies(self._shared(batch_id)).order_by(Application.id).limit(limit).offset(offset)
        found = {id: first for id, first in self._session.execute(pairs)}  # noqa: C416 - typed
        query = select(Application).where(Application.id.in_(found), Application.organisation_id == organisation_id)
        return [(each, found[each.id]) for each in self._session.scalars(query.order_by(Application.id))]

    def _shared(self, batch_id: str) -> list[str]:
        """Applications of the batch whose bytes another document has, whoever's: few, and told by an index alone. Of a
        file that was deleted nothing is known."""
        same = aliased(Document)
        twice = select(same.id).where(same.sha256 == Document.sha256, same.id != Document.id).exists()
        query = select(Application.id).join(Document, Document.id == Application.document_id)
        return list(self._session.scalars(query.where(Application.batch_id == batch_id, Document.sha256 != "", twice)))

    @staticmethod
    def _copies(shared: Sequence[str]) -> Select[str, str]:
        other, same = aliased(Application), aliased(Document)
        job = func.coalesce(other.job_id, "")  # else SQLite looks at all of the job for each file, instead of one hash
        return (
            select(Application.id, func.min(other.id))
            .join(Document, Document.id == Application.document_id)
            .join(same, same.sha256 == Document.sha256)
            .join(other, (other.document_id == same.id) & (job == Application.job_id))
            .where(among(Application.id, shared), other.id < Application.id)
            .group_by(Application.id)
        )


_DEEDS: dict[BatchState, Action] = {
    "running": "batch.resumed",
    "paused": "batch.paused",
    "cancelled": "batch.cancelled",
}
