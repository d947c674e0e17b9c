"""What the law asks to be remembered, and to be forgotten: jurisdictions, notices, legal holds, opting out, cases by
age, certificates of what was deleted. Part of `models.store.Store`; `api.retaining` and `api.notices` decide by it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, or_, select

from models.errors import BadRequest, Conflict
from models.records import (
    Application,
    Candidate,
    Document,
    HumanDecision,
    Interview,
    InterviewEvent,
    Job,
    LegalHold,
    Notice,
    NoticeKind,
    Organisation,
    OutcomeEvent,
    Personal,
    Purge,
    Remark,
)
from models.store.base import Rows

REMOVED = "removed"
"""A file's name when the file is gone."""


@dataclass(frozen=True, slots=True)
class Case:
    """An application by its age. `last`: when something happened in it (it came, it moved, somebody decided here or in
    another system)."""

    application_id: str
    candidate_id: str
    job_id: str
    document_id: str
    stage: str
    last: datetime
    has_document: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """An interview that is over. `ended`: when it was, or could have been, held."""

    interview_id: str
    application_id: str
    candidate_id: str
    job_id: str
    ended: datetime
    has_recording: bool
    has_transcript: bool


class Rights(Rows):
    # ------------------------------------------------------------ where

    def jurisdictions(self, organisation_id: str, job_id: str) -> tuple[str, ...]:
        """Of a job, or else of its organisation; empty where nobody has said."""
        own = self._own(Job, organisation_id, job_id).jurisdictions
        if own is None:
            own = self._own(Organisation, organisation_id, organisation_id).jurisdictions
        return tuple(own or ())

    def set_law(
        self, organisation_id: str, *, jurisdictions: Sequence[str] | None = None, purges: bool | None = None
    ) -> Organisation:
        """None: as it is."""
        here = self._lock(Organisation, organisation_id, organisation_id)
        if jurisdictions is not None:
            here.jurisdictions = list(jurisdictions)
        if purges is not None:
            here.purges = purges
        codes = list(jurisdictions) if jurisdictions is not None else None
        facts: dict[str, Any] = {"jurisdictions": codes, "purges": purges}
        self._note(organisation_id, "law.changed", "organisation", organisation_id, **facts)
        self._session.flush()
        return here

    # ------------------------------------------------------------ notices, and wishing for none

    def add_notice(
        self,
        organisation_id: str,
        application_id: str,
        kind: NoticeKind,
        text: str,
        *,
        rules: Sequence[str],
        law_version: str,
        channel: str,
        now: datetime,
    ) -> Notice:
        """The same words again: the first time counts."""
        self._lock(Application, organisation_id, application_id)
        digest = hashlib.sha256(text.encode()).hexdigest()
        query = select(Notice).where(Notice.application_id == application_id, Notice.kind == kind)
        known = self._session.scalar(query.where(Notice.text_sha256 == digest))
        return known or self._add(
            Notice(
                organisation_id=organisation_id,
                application_id=application_id,
                kind=kind,
                rules=",".join(rules),
                law_version=law_version,
                text_sha256=digest,
                channel=channel,
                at=now,
            )
        )

    def notices(self, organisation_id: str, application_id: str) -> list[Notice]:
        """Oldest first."""
        self._own(Application, organisation_id, application_id)
        query = select(Notice).where(Notice.application_id == application_id)
        return list(self._session.scalars(query.order_by(Notice.at, Notice.id)))

    def opt_out(self, organisation_id: str, candidate_id: str, *, now: datetime) -> Candidate:
        """The first time counts."""
        candidate = self._lock(Candidate, organisation_id, candidate_id)
        if candidate.opted_out_at is None:
            candidate.opted_out_at = now
            self._note(organisation_id, "candidate.opted_out", "candidate", candidate_id, about=candidate_id)
        self._session.flush()
        return candidate

    def rejected_since(self, organisation_id: str, since: datetime) -> list[tuple[Application, datetime]]:
        """Whose application stands rejected, and when that was decided last, oldest first."""
        when = func.max(HumanDecision.at)
        query = (
            select(Application, when)
            .join(HumanDecision, HumanDecision.application_id == Application.id)
            .where(Application.organisation_id == organisation_id, Application.stage == "rejected")
            .where(HumanDecision.action == "reject", HumanDecision.at >= since)
            .group_by(Application.id)
            .order_by(when, Application.id)
        )
        ids = [(id, at) for id, at in self._session.execute(query.with_only_columns(Application.id, when))]
        return [(self._own(Application, organisation_id, id), at) for id, at in ids]

    # ------------------------------------------------------------ legal holds

    def hold(
        self,
        organisation_id: str,
        *,
        candidate_id: str | None = None,
        job_id: str | None = None,
        reason: str,
        by: str,
        now: datetime,
    ) -> LegalHold:
        """Of a person, or of all who applied for a job."""
        if candidate_id is None and job_id is None:
            raise BadRequest("Say whose data are held: a candidate's, or those of a job.")
        if candidate_id is not None:
            self._own(Candidate, organisation_id, candidate_id)
        if job_id is not None:
            self._own(Job, organisation_id, job_id)
        made = self._add(
            LegalHold(
                organisation_id=organisation_id,
                candidate_id=candidate_id,
                job_id=job_id,
                reason=reason,
                placed_by=by,
                placed_at=now,
            )
        )
        facts: dict[str, Any] = {"job": job_id, "reason": reason, "by": by}
        self._note(organisation_id, "hold.placed", "hold", made.id, about=candidate_id, **facts)
        return made

    def holds(self, organisation_id: str) -> list[LegalHold]:
        """Those that stand, oldest first."""
        query = select(LegalHold).where(LegalHold.organisation_id == organisation_id, LegalHold.lifted_at.is_(None))
        return list(self._session.scalars(query.order_by(LegalHold.placed_at, LegalHold.id)))

    def lift_hold(self, organisation_id: str, hold_id: str, *, by: str, now: datetime) -> LegalHold:
        hold = self._lock(LegalHold, organisation_id, hold_id)
        if hold.lifted_at is None:
            hold.lifted_by, hold.lifted_at = by, now
            self._note(organisation_id, "hold.lifted", "hold", hold_id, about=hold.candidate_id, by=by)
        self._session.flush()
        return hold

    def is_held(self, organisation_id: str, candidate_id: str) -> bool:
        """By a hold of theirs, or of a job that they applied for. Raises NotFound."""
        self._own(Candidate, organisation_id, candidate_id)
        applied = select(Application.job_id).where(Application.candidate_id == candidate_id)
        query = select(LegalHold.id).where(
            LegalHold.organisation_id == organisation_id,
            LegalHold.lifted_at.is_(None),
            or_(LegalHold.candidate_id == candidate_id, LegalHold.job_id.in_(applied)),
        )
        return self._session.scalar(query.limit(1)) is not None

    def not_held(self, organisation_id: str, candidate_id: str) -> None:
        """Raises Conflict under a legal hold."""
        if self.is_held(organisation_id, candidate_id):
            raise Conflict("A legal hold stands on this person's data. Nothing is erased until somebody lifts it.")

    # ------------------------------------------------------------ by age

    def cases(self, organisation_id: str) -> list[Case]:
        """Oldest first."""
        decided, elsewhere = func.max(HumanDecision.at), func.max(OutcomeEvent.at)
        query = (
            select(Application)
            .join(Document, Document.id == Application.document_id)
            .outerjoin(HumanDecision, HumanDecision.application_id == Application.id)
            .outerjoin(OutcomeEvent, OutcomeEvent.application_id == Application.id)
            .outerjoin(Interview, Interview.application_id == Application.id)
            .where(Application.organisation_id == organisation_id)
            .group_by(Application.id)
        )
        columns = (Application.id, Application.candidate_id, Application.job_id, Application.document_id)
        rows = self._session.execute(
            query.with_only_columns(
                *columns,
                *(Application.stage, Application.updated_at, decided, elsewhere),
                *(func.max(Interview.completed_at), func.max(Document.sha256)),
            )
        )
        found = [
            Case(id, whose, job, file, stage, max(filter(None, (moved, *then))), bool(sha256))
            for id, whose, job, file, stage, moved, *then, sha256 in rows
        ]
        return sorted(found, key=lambda case: (case.last, case.application_id))

    def kept(self, organisation_id: str) -> list[Kept]:
        """Interviews of which a recording or a transcript is kept and that nobody can go on with, oldest first."""
        told = select(InterviewEvent.id).where(InterviewEvent.interview_id == Interview.id).exists()
        ended = func.coalesce(Interview.completed_at, Interview.expires_at)
        query = (
            select(
                *(Interview.id, Application.id, Application.candidate_id, Application.job_id),
                *(ended, Interview.recording_sha256.is_not(None), told),
            )
            .join(Application, Application.id == Interview.application_id)
            .where(Interview.organisation_id == organisation_id)
            .where(Interview.state.in_(["completed", "expired", "withdrawn"]))
            .where(told | Interview.recording_sha256.is_not(None))
        )
        found = [
            Kept(id, case, whose, job, when, bool(voice), bool(words))
            for id, case, whose, job, when, voice, words in self._session.execute(query)
        ]
        return sorted(found, key=lambda one: (one.ended, one.interview_id))

    # ------------------------------------------------------------ forgetting a part

    def forget_transcript(self, organisation_id: str, interview_id: str) -> int:
        """What was said, and what the candidate remarked on it; the report with its quotes stays. Rows deleted."""
        self._lock(Interview, organisation_id, interview_id)
        words = (InterviewEvent, Remark)
        return sum(
            self._session.execute(delete(each).where(each.interview_id == interview_id)).rowcount  # type: ignore[attr-defined]
            for each in words
        )

    def forget_document(self, organisation_id: str, document_id: str) -> str | None:
        """The file and what was read in it. Its sha256, where they have no other copy: it must go too."""
        document = self._lock(Document, organisation_id, document_id)
        sha256, whose = document.sha256, document.candidate_id
        document.sha256, document.parsed, document.size = "", None, 0
        document.filename = Personal(REMOVED, subject=whose)
        self._session.flush()
        others = select(Document.id).where(Document.sha256 == sha256, Document.candidate_id == whose).limit(1)
        return sha256 if sha256 and self._session.scalar(others) is None else None

    def is_named(self, organisation_id: str, sha256: str) -> bool:
        """Is it a file of anybody's, in whatever organisation? Before there were copies, one was kept for all."""
        self._own(Organisation, organisation_id, organisation_id)
        return self._session.scalar(select(Document.id).where(Document.sha256 == sha256).limit(1)) is not None

    # ------------------------------------------------------------ certificates

    def certify(
        self,
        organisation_id: str,
        candidate_id: str,
        record_class: str,
        *,
        number: int,
        because: str,
        law: str,
        now: datetime,
    ) -> Purge:
        """Raises NotFound: it is written before a person goes, in the same transaction."""
        self._own(Candidate, organisation_id, candidate_id)
        made = self._add(
            Purge(
                organisation_id=organisation_id,
                subject=certified(candidate_id),
                record_class=record_class,
                number=number,
                because=because,
                law_version=law,
                at=now,
            )
        )
        facts: dict[str, Any] = {"record_class": record_class, "number": number, "because": because, "law": law}
        self._note(organisation_id, "retention.purged", "certificate", made.id, about=candidate_id, **facts)
        return made

    def purges(self, organisation_id: str, limit: int = 1000) -> list[Purge]:
        """Newest first."""
        query = select(Purge).where(Purge.organisation_id == organisation_id)
        return list(self._session.scalars(query.order_by(Purge.at.desc(), Purge.id.desc()).limit(limit)))


def certified(candidate_id: str) -> str:
    """How a certificate names somebody: who has their id can tell that it was them, nobody else can."""
    return hashlib.sha256(candidate_id.encode()).hexdigest()
