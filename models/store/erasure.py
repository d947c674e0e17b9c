"""Forgetting a person: every row that is theirs, in one transaction. Part of `models.store.Store`; `api.erasing` calls
it and lets go of what lies outside the database."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select, update

from models.records import (
    Application,
    Base,
    Booking,
    Call,
    Candidate,
    CandidateRequest,
    CandidateSource,
    Connection,
    Consent,
    Delivery,
    DeliveryAttempt,
    DialCode,
    Document,
    EntryCode,
    Erasure,
    HumanDecision,
    InboxEvent,
    Interview,
    InterviewEvent,
    LegalHold,
    Merge,
    Note,
    Notice,
    OutcomeEvent,
    PersonalJson,
    Place,
    Remark,
    Remote,
    Report,
    ReportLink,
    Reuse,
    Review,
    ReviewEvent,
    RoundMember,
    SampleMember,
    Screening,
    email_key,
    phone_key,
)
from models.store.audit import Audit
from models.store.interviews import Interviews
from models.store.rights import certified

OF_INTERVIEWS: tuple[type[Base], ...] = (
    *(ReportLink, Review, Report, Remark, Consent, InterviewEvent, CandidateRequest, Booking, EntryCode),
    *(DialCode, Call),
)
"""Rows that hang on an interview by `interview_id`, those that others refer to last."""
OF_APPLICATIONS: tuple[type[Base], ...] = (
    *(ReviewEvent, HumanDecision, Screening, OutcomeEvent, CandidateSource, Notice, Note, RoundMember, SampleMember),
)
ALSO = "also"
"""In what a system calls a person: candidates of ours whom it has made the same person since."""
_OF_A_PERSON = re.compile(r"candidate|applica|person|profile|prospect|applicant|opportunit|contact|external", re.I)
"""Keys under which a message names somebody, or above an `id` that does."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What lies outside the database and must go too: files by sha256 that nobody else's rows name, interviews whose
    recordings and live rooms there may be, documents whose vectors there may be, `messages` (Message-ID) that were
    written to them or about them."""

    files: tuple[str, ...]
    copies: tuple[str, ...]
    """All of their files by sha256: whoever has the same has a copy of their own."""
    interviews: tuple[str, ...]
    documents: tuple[str, ...]
    applications: tuple[str, ...]
    deliveries: tuple[tuple[str, int], ...] = ()
    """With the attempts made."""
    messages: tuple[str, ...] = ()
    email: str = ""
    elsewhere: tuple[str, ...] = ()
    """Names of connected systems that know them."""


@dataclass(frozen=True, slots=True)
class _Named:
    """How messages of other systems may name them: addresses and numbers as they are looked for, ids by system."""

    emails: frozenset[str]
    phones: frozenset[str]
    ids: Mapping[str, frozenset[str]]
    keys: frozenset[tuple[str, str]]
    """(connection, key) of messages that are about them by their key alone."""


class Erasures(Interviews, Audit):
    def end_live(self, organisation_id: str, candidate_id: str, *, now: datetime) -> list[str]:
        """Interviews of a person who is to be forgotten, under way until now: nobody is let in any more. Raises
        NotFound."""
        self._lock(Candidate, organisation_id, candidate_id)
        query = select(Interview.id).join(Application, Application.id == Interview.application_id)
        query = query.where(Application.candidate_id == candidate_id, Interview.state.in_(["in_progress", "paused"]))
        live = list(self._session.scalars(query))
        for id in live:
            self.set_interview_state(organisation_id, id, "withdrawn", now=now, reason="erased")
        return live

    def erasure_of(self, organisation_id: str, candidate_id: str) -> Erasure | None:
        """The record of it, where they were erased."""
        query = select(Erasure).where(
            Erasure.organisation_id == organisation_id, Erasure.subject_sha256 == certified(candidate_id)
        )
        return self._session.scalar(query.order_by(Erasure.id).limit(1))

    def note_erasure(
        self, organisation_id: str, candidate_id: str, *, gone: Forgotten, person: str, because: str, now: datetime
    ) -> Erasure:
        """In the transaction of `erase_candidate`. It stays unfinished until `erasure_finished`."""
        counts = {
            "applications": len(gone.applications),
            "interviews": len(gone.interviews),
            "documents": len(gone.documents),
            "files": len(gone.copies),
            "messages": len(gone.messages),
        }
        return self._add(
            Erasure(
                organisation_id=organisation_id,
                subject_sha256=certified(candidate_id),
                person=person,
                because=because,
                counts=counts,
                elsewhere=list(gone.elsewhere),
                unfinished=candidate_id,
                at=now,
            )
        )

    def erasure_finished(self, organisation_id: str, candidate_id: str) -> None:
        """Nothing can be read of them any more, not even from a backup of the rows."""
        mine = (Erasure.organisation_id == organisation_id) & (Erasure.unfinished == candidate_id)
        self._session.execute(update(Erasure).where(mine).values(unfinished=None))

    def erase_candidate(self, organisation_id: str, candidate_id: str) -> Forgotten:
        """Raises NotFound."""
        candidate = self._lock(Candidate, organisation_id, candidate_id)
        applications = self._ids(Application, Application.candidate_id == candidate_id)
        documents = list(self._session.scalars(select(Document).where(Document.candidate_id == candidate_id)))
        interviews = self._ids(Interview, Interview.application_id.in_(applications))
        files, email = self._files(documents, interviews), candidate.email or ""
        elsewhere = self._systems_of([candidate_id, *applications])
        self._forget_messages(organisation_id, candidate, applications)
        self._forget_interviews(interviews)
        deliveries, messages = self._forget_deliveries(candidate_id, applications)
        for table in OF_APPLICATIONS:
            self._session.execute(delete(table).where(table.application_id.in_(applications)))  # type: ignore[attr-defined]
        merged = or_(Merge.kept_id == candidate_id, Merge.former_id == candidate_id)
        self._session.execute(delete(Merge).where(merged))
        for of_person in (CandidateSource, LegalHold):
            self._session.execute(delete(of_person).where(of_person.candidate_id == candidate_id))
        self._session.execute(delete(Remote).where(Remote.local_id.in_([candidate_id, *applications])))
        self._session.execute(delete(Interview).where(Interview.id.in_(interviews)))
        self._session.execute(delete(Application).where(Application.id.in_(applications)))
        self._session.execute(delete(Document).where(Document.candidate_id == candidate_id))
        alias = self._forget_subject(candidate_id)
        self._note(organisation_id, "candidate.erased", "candidate", alias or "unnoted")
        self._session.expire_all()
        self._session.delete(candidate)
        self._session.flush()
        return Forgotten(
            files=self._unused(files),
            copies=tuple(sorted(files)),
            interviews=tuple(interviews),
            documents=tuple(document.id for document in documents),
            applications=tuple(applications),
            deliveries=tuple(deliveries),
            messages=tuple(messages),
            email=email,
            elsewhere=elsewhere,
        )

    def _systems_of(self, ids: list[str]) -> tuple[str, ...]:
        query = select(Connection.name).join(Remote, Remote.connection_id == Connection.id)
        return tuple(sorted(set(self._session.scalars(query.where(Remote.local_id.in_(ids))))))

    def _ids(self, table: type[Base], condition: object) -> list[str]:
        return list(self._session.scalars(select(table.id).where(condition)))  # type: ignore[arg-type]

    def _files(self, documents: list[Document], interviews: list[str]) -> set[str]:
        reports = self._session.execute(
            select(Report.html_sha256, Report.json_sha256).where(Report.interview_id.in_(interviews))
        )
        recordings = self._session.scalars(select(Interview.recording_sha256).where(Interview.id.in_(interviews)))
        named = [document.sha256 for document in documents]
        return {sha for sha in (*named, *(sha for row in reports for sha in row), *recordings) if sha}

    def _forget_interviews(self, interviews: list[str]) -> None:
        mine = Reuse.interview_id.in_(interviews) | Reuse.source_id.in_(interviews)
        self._session.execute(delete(Reuse).where(mine))
        self._session.execute(delete(Place).where(Place.interview_id.in_(interviews)))
        for table in OF_INTERVIEWS:
            self._session.execute(delete(table).where(table.interview_id.in_(interviews)))  # type: ignore[attr-defined]

    def _forget_deliveries(self, candidate_id: str, applications: list[str]) -> tuple[list[tuple[str, int]], list[str]]:
        """Also those under way: their attempt finds nothing to record. Returns them, and the mail they were."""
        mine = (Delivery.subject == candidate_id) | Delivery.application_id.in_(applications)
        query = select(Delivery.id, Delivery.attempts, Delivery.kind, Delivery.reference).where(mine)
        found = list(self._session.execute(query))
        ids = select(Delivery.id).where(mine).scalar_subquery()
        self._session.execute(delete(DeliveryAttempt).where(DeliveryAttempt.delivery_id.in_(ids)))
        self._session.execute(delete(Delivery).where(mine))
        messages = [reference for _, _, kind, reference in found if kind == "email" and reference]
        return [(id, attempts) for id, attempts, *_ in found], messages

    def _unused(self, files: set[str]) -> tuple[str, ...]:
        """The same file can be several people's: it goes with the last of them."""
        kept = set(self._session.scalars(select(Document.sha256).where(Document.sha256.in_(files))))
        return tuple(sorted(files - kept))

    # ------------------------------------------------------------ what other systems said

    def _forget_messages(self, organisation_id: str, candidate: Candidate, applications: list[str]) -> None:
        """What waits to be read, or for a person, and names them; and what was kept of orders for them."""
        named = self._named_by(candidate, applications)
        for event in self._session.scalars(
            select(InboxEvent).where(
                InboxEvent.organisation_id == organisation_id,
                (InboxEvent.state != "read") | InboxEvent.key.in_([key for _, key in named.keys]),
            )
        ):
            ids = named.ids.get(event.connection_id, frozenset())
            if (event.connection_id, event.key) in named.keys or names_somebody(event.event, named, ids):
                order = event.key.removeprefix("order:")
                waiting = (Remote.connection_id == event.connection_id) & (Remote.kind == "order")
                waiting &= (Remote.remote_id == order) & Remote.local_id.is_(None)
                if order != event.key:
                    self._session.execute(delete(Remote).where(waiting))
                self._session.delete(event)
        for connection in self._session.scalars(
            select(Connection).where(Connection.organisation_id == organisation_id)
        ):
            if candidate.email and candidate.email.lower() in (connection.problem or "").lower():
                connection.problem = "What was wrong here named somebody who is erased. Test the connection."
        for remote in self._session.scalars(
            select(Remote).where(
                Remote.organisation_id == organisation_id, Remote.kind == "candidate", Remote.data.is_not(None)
            )
        ):
            also = (remote.data or {}).get(ALSO, [])
            if candidate.id in also and remote.local_id is not None:
                left = {**(remote.data or {}), ALSO: [each for each in also if each != candidate.id]}
                remote.data = PersonalJson(left, subject=remote.local_id)
        self._session.flush()

    def _named_by(self, candidate: Candidate, applications: list[str]) -> _Named:
        theirs = list(self._session.scalars(select(Remote).where(Remote.local_id.in_([candidate.id, *applications]))))
        ids: dict[str, set[str]] = {}
        for remote in theirs:
            ids.setdefault(remote.connection_id, set()).add(remote.remote_id)
        return _Named(
            emails=frozenset([email_key(candidate.email)] if candidate.email else []),
            phones=frozenset([phone_key(candidate.phone)] if candidate.phone else []),
            ids={connection: frozenset(found) for connection, found in ids.items()},
            keys=frozenset(
                (remote.connection_id, f"{kind}:{remote.remote_id}"[:200])
                for remote in theirs
                for kind in ("order", "item")
            ),
        )


def names_somebody(event: Mapping[str, Any], named: _Named, ids: Collection[str]) -> bool:
    """Does a message hold their address, their number, or an id of theirs where it names a person?"""
    for path, value in _values(event, ()):
        if "@" in value and email_key(value) in named.emails:
            return True
        if named.phones and sum(map(str.isdigit, value)) >= 7 and phone_key(value) in named.phones:
            return True
        if value in ids and any(_OF_A_PERSON.search(key) for key in path[-2:]):
            return True
    return False


def _values(found: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """(keys that lead to it, text or number as text)"""
    if isinstance(found, Mapping):
        for key, each in found.items():
            yield from _values(each, (*path, str(key)))
    elif isinstance(found, list):
        for each in found:
            yield from _values(each, path)
    elif isinstance(found, str | int) and not isinstance(found, bool):
        yield path, str(found)
