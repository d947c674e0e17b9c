"""The audit log's rows: appended at the end of the transaction that did the deed, in one chain an organisation, and
read by whoever verifies. Part of `models.store.Store`; `Database.store` calls `write_deeds` before it commits.

Nothing here changes an entry. Entries leave only at the old end, by `drop_audit`, which leaves a signed stub.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.exc import IntegrityError

from models.deeds import GENESIS, Acting, Action, AuditEvent, Deed, ObjectKind, commitment
from models.records import (
    Application,
    AuditDetails,
    AuditEntry,
    AuditHead,
    AuditPerson,
    AuditStub,
    AuditSubject,
    Candidate,
    Interview,
    Job,
    PersonalJson,
    account_key,
)
from models.store.base import Rows
from models.values import Person

READ_AT_ONCE = 1_000
Numbered = TypeVar("Numbered", AuditEntry, AuditDetails)


class Audit(Rows):
    # ------------------------------------------------------------ appending

    def write_deeds(self, now: datetime) -> None:
        """Whatever was noted in this transaction, as entries. The head's row is locked here, last of all locks, until
        the commit: writers of one organisation follow each other and cannot fork the chain or wait in a circle."""
        while self._deeds:  # by organisation, always in the same order, for the same reason
            organisation_id = min(deed.organisation_id for deed in self._deeds)
            mine = [deed for deed in self._deeds if deed.organisation_id == organisation_id]
            self._deeds[:] = [deed for deed in self._deeds if deed.organisation_id != organisation_id]
            head = self._head(organisation_id, now)
            subjects = self._aliases(organisation_id, [deed.about for deed in mine if deed.about is not None])
            actors: dict[tuple[str, str, Person | None], str] = {}
            for deed in mine:  # an upload notes many at once: nothing is asked for each
                who = (deed.who.kind, deed.who.id, deed.who.person)
                if who not in actors:
                    actors[who] = self._actor(organisation_id, deed.who)
                subject = None if deed.about is None else subjects[deed.about]
                self._append(head, deed, subject, actors[who], max(now, head.at))
            self._session.flush()

    def _append(self, head: AuditHead, deed: Deed, subject: str | None, actor: str, at: datetime) -> None:
        salt = secrets.token_hex(32) if deed.details else ""
        event = AuditEvent(
            organisation_id=deed.organisation_id,
            seq=head.seq + 1,
            at=at,
            actor=actor,
            action=deed.action,
            object_kind=deed.object_kind,
            object_id=subject if subject and deed.object_kind == "candidate" else deed.object_id,
            subject=subject,
            commitment=commitment(salt, deed.details) if deed.details else None,
        ).chained(head.hash)
        columns = {name: getattr(event, name) for name in AuditEvent.__slots__}
        self._session.add(AuditEntry(**columns))
        if deed.details:
            whose = deed.about or deed.organisation_id
            self._session.add(
                AuditDetails(
                    organisation_id=deed.organisation_id,
                    seq=event.seq,
                    candidate_id=deed.about,
                    salt=salt,
                    details=PersonalJson(deed.details, subject=whose),
                )
            )
        head.seq, head.hash, head.at = event.seq, event.hash, at

    def _head(self, organisation_id: str, now: datetime) -> AuditHead:
        query = select(AuditHead).where(AuditHead.organisation_id == organisation_id)
        query = query.with_for_update().execution_options(populate_existing=True)
        head = self._session.scalar(query)
        if head is None:
            try:
                with self._session.begin_nested():
                    self._session.add(
                        AuditHead(
                            organisation_id=organisation_id,
                            seq=0,
                            hash=GENESIS,
                            at=now,
                            checkpoint_seq=0,
                            checkpoint_at=now,
                        )
                    )
            except IntegrityError:  # another writer began the chain a moment ago
                pass
            head = self._session.scalars(query).one()
        return head

    def _actor(self, organisation_id: str, who: Acting) -> str:
        """`person:` and a pseudonym, `key:` or `connection:` and its id, or what acts by itself."""
        if who.person is None:
            return f"{who.kind}:{who.id}" if who.id else who.kind
        key = account_key(who.person)
        query = select(AuditPerson).where(AuditPerson.organisation_id == organisation_id, AuditPerson.person_key == key)
        person = self._session.scalar(query.order_by(AuditPerson.id).limit(1))
        if person is None:
            person = AuditPerson(
                organisation_id=organisation_id, person_key=key, name=who.person.name, alias=secrets.token_hex(8)
            )
            self._session.add(person)
        elif who.person.user_id and person.name != who.person.name:
            person.name = who.person.name  # of an account, the name it has now
        return f"person:{person.alias}"

    def _aliases(self, organisation_id: str, candidate_ids: Sequence[str]) -> dict[str, str]:
        """Candidate -> the random id that stands for them; who had none gets one."""
        found: dict[str, str] = {}
        wanted = list(dict.fromkeys(candidate_ids))
        for at in range(0, len(wanted), READ_AT_ONCE):
            some = wanted[at : at + READ_AT_ONCE]
            query = select(AuditSubject.candidate_id, AuditSubject.alias).where(AuditSubject.candidate_id.in_(some))
            for candidate_id, alias in self._session.execute(query.order_by(AuditSubject.id)):
                found.setdefault(candidate_id, alias)
        for candidate_id in wanted:
            if candidate_id not in found:
                found[candidate_id] = alias = secrets.token_hex(16)
                self._session.add(AuditSubject(organisation_id=organisation_id, candidate_id=candidate_id, alias=alias))
        self._session.flush()
        return found

    def _known_alias(self, candidate_id: str) -> str | None:
        query = select(AuditSubject.alias).where(AuditSubject.candidate_id == candidate_id)
        return self._session.scalar(query.order_by(AuditSubject.id).limit(1))

    # ------------------------------------------------------------ a person who goes, or is found to be another

    def _forget_subject(self, candidate_id: str) -> str | None:
        """Details, salts and the random id's meaning go; the entries stay, and tell of nobody. Returns the random id:
        None where nothing was ever noted of them."""
        self._deeds[:] = [
            replace(deed, about=None, details={}) if deed.about == candidate_id else deed for deed in self._deeds
        ]
        alias = self._known_alias(candidate_id)
        self._session.execute(delete(AuditDetails).where(AuditDetails.candidate_id == candidate_id))
        self._session.execute(delete(AuditSubject).where(AuditSubject.candidate_id == candidate_id))
        return alias

    def _one_subject(self, former_id: str, known_id: str) -> None:
        """Two candidates are one person: what was noted of the one is the other's, sealed for them."""
        for row in self._session.scalars(select(AuditDetails).where(AuditDetails.candidate_id == former_id)):
            row.candidate_id, row.details = known_id, PersonalJson(row.details, subject=known_id)
        for subject in self._session.scalars(select(AuditSubject).where(AuditSubject.candidate_id == former_id)):
            subject.candidate_id = known_id
        self._deeds[:] = [replace(deed, about=known_id) if deed.about == former_id else deed for deed in self._deeds]

    # ------------------------------------------------------------ reading

    def audit(
        self,
        organisation_id: str,
        *,
        action: str = "",
        of: str = "",
        actor: str = "",
        subject: str = "",
        job_id: str = "",
        after: datetime | None = None,
        before: datetime | None = None,
        behind: int | None = None,
        limit: int = 100,
    ) -> list[AuditEvent]:
        """Newest first, those with a number below `behind`. `of`: an object's id. An `action` that ends in a dot means
        all that begin so; `before` is exclusive. `job_id`: of the job, of its applications and their interviews."""
        query = select(AuditEntry).where(AuditEntry.organisation_id == organisation_id)
        given = {AuditEntry.object_id: of, AuditEntry.actor: actor, AuditEntry.subject: subject}
        query = query.where(*(column == value for column, value in given.items() if value))
        if action.endswith("."):
            query = query.where(AuditEntry.action.startswith(action, autoescape=True))
        elif action:
            query = query.where(AuditEntry.action == action)
        bounds: list[ColumnElement[bool]] = []
        if job_id:
            bounds.append(self._of_job(organisation_id, job_id))
        if after is not None:
            bounds.append(AuditEntry.at >= after)
        if before is not None:
            bounds.append(AuditEntry.at < before)
        if behind is not None:
            bounds.append(AuditEntry.seq < behind)
        found = self._session.scalars(query.where(*bounds).order_by(AuditEntry.seq.desc()).limit(limit))
        return [_event(row) for row in found]

    def _of_job(self, organisation_id: str, job_id: str) -> ColumnElement[bool]:
        self._own(Job, organisation_id, job_id)
        case = select(Application.id).where(Application.id == AuditEntry.object_id, Application.job_id == job_id)
        held = select(Interview.id).join(Application, Application.id == Interview.application_id)
        held = held.where(Interview.id == AuditEntry.object_id, Application.job_id == job_id)
        return or_(AuditEntry.object_id == job_id, case.exists(), held.exists())

    def audit_stands(self, organisation_id: str) -> tuple[int, str, int, datetime] | None:
        """(number and hash of the last entry, number and time of the last checkpoint); None: nothing was noted yet."""
        query = select(AuditHead).where(AuditHead.organisation_id == organisation_id)
        head = self._session.scalar(query)
        return None if head is None else (head.seq, head.hash, head.checkpoint_seq, head.checkpoint_at)

    def audit_chain(self, organisation_id: str) -> Iterator[AuditEvent]:
        """All entries by their number, as they lie there."""
        return (_event(row) for row in self._numbered(AuditEntry, organisation_id))

    def audit_behind(self, organisation_id: str, seq: int) -> list[AuditEvent]:
        """The entries that follow that number, READ_AT_ONCE at most."""
        query = select(AuditEntry).where(AuditEntry.organisation_id == organisation_id, AuditEntry.seq > seq)
        return [_event(row) for row in self._session.scalars(query.order_by(AuditEntry.seq).limit(READ_AT_ONCE))]

    def audit_details(self, organisation_id: str) -> Iterator[tuple[int, str, dict[str, Any]]]:
        """(number, salt, details) of every entry whose details are still there."""
        rows = self._numbered(AuditDetails, organisation_id)
        return ((row.seq, row.salt, row.details) for row in rows)

    def _numbered(self, table: type[Numbered], organisation_id: str) -> Iterator[Numbered]:
        """By their number, some at a time: whoever reads may stop at any of them."""
        query = select(table).where(table.organisation_id == organisation_id).order_by(table.seq).limit(READ_AT_ONCE)
        rows = self._session.scalars(query).all()
        while rows:
            yield from rows
            rows = self._session.scalars(query.where(table.seq > rows[-1].seq)).all()

    def audit_people(self, organisation_id: str) -> dict[str, str]:
        """Actor -> the name that person gave."""
        query = select(AuditPerson).where(AuditPerson.organisation_id == organisation_id)
        return {f"person:{row.alias}": row.name for row in self._session.scalars(query)}

    def audit_subject(self, organisation_id: str, candidate_id: str) -> str:
        """Under which random id the log speaks of somebody; empty: it does not."""
        self._own(Candidate, organisation_id, candidate_id)
        return self._known_alias(candidate_id) or ""

    def record_deed(
        self,
        organisation_id: str,
        action: Action,
        *,
        kind: ObjectKind,
        of: str,
        about: str | None = None,
        person: Person | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        """Something that no other method of the store does, such as a sign-in. `of`: the object's id; `about`: the
        candidate's."""
        self._note(organisation_id, action, kind, of, about=about, person=person, **(details or {}))

    # ------------------------------------------------------------ checkpoints and the old end

    def audit_head(self, organisation_id: str, *, now: datetime) -> AuditHead:
        """The chain's head, locked until this transaction ends."""
        return self._head(organisation_id, now)

    def audit_stub(self, organisation_id: str) -> dict[str, Any] | None:
        """The signed record that stands for entries that were purged: the newest."""
        query = select(AuditStub).where(AuditStub.organisation_id == organisation_id)
        row = self._session.scalar(query.order_by(AuditStub.seq.desc()).limit(1))
        return None if row is None else row.record

    def audit_before(self, organisation_id: str, before: datetime) -> tuple[AuditEvent, int] | None:
        """The last of the entries older than `before`, and how many they are; None: there is none."""
        old = (AuditEntry.organisation_id == organisation_id) & (AuditEntry.at < before)
        count = self._session.scalar(select(func.count()).select_from(AuditEntry).where(old)) or 0
        last = self._session.scalar(select(AuditEntry).where(old).order_by(AuditEntry.seq.desc()).limit(1))
        return None if last is None else (_event(last), count)

    def drop_audit(self, organisation_id: str, seq: int, stub: dict[str, Any]) -> None:
        """Entries up to `seq` go, with their details; `stub`, signed, stands for them. What may go is for
        `compliance.audit.purgeable` to say."""
        for table in (AuditDetails, AuditEntry):
            mine = (table.organisation_id == organisation_id) & (table.seq <= seq)
            self._session.execute(delete(table).where(mine))
        self._add(AuditStub(organisation_id=organisation_id, seq=seq, record=stub))


def _event(row: AuditEntry) -> AuditEvent:
    return AuditEvent(**{name: getattr(row, name) for name in AuditEvent.__slots__})
