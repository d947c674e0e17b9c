"""Batches, candidates, documents, applications, their screening and what people decided. Part of `Store`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import undefer

from models.deeds import content_hash
from models.errors import BadRequest, Conflict
from models.records import (
    Application,
    Batch,
    BatchState,
    Candidate,
    Document,
    Interview,
    Job,
    Personal,
    PersonalJson,
    Screening,
    Stage,
    new_id,
)
from models.store.base import spent
from models.store.shortlist import BEST_FIRST, Shortlists, Wanted
from models.values import ParsedResume, ScreeningResult

NEVER = -1
"""requirements_version of a screening that something else than the job has made old."""
SAMPLE = "sample"
"""`source` of the people of a sample job."""
STAGES: tuple[Stage, ...] = get_args(Stage)


@dataclass(frozen=True, slots=True)
class BatchProgress:
    """Of `total` applications: not read yet, read and scored, refused by the reader. They add up. `expected`: files
    that are to come in all, where that is known; `complete`: nothing more is awaited."""

    total: int
    waiting: int
    screened: int
    unreadable: int
    state: BatchState = "running"
    expected: int | None = None
    complete: bool = True


def outdated(version: int | None = None) -> ColumnElement[bool]:
    """Screened against an earlier version of what the job asks, and nobody decided or was invited since. Whose resume
    is deleted stays judged as they were. `version`: of the one job that is meant, else each application's own."""
    older = select(Screening.id).where(Screening.application_id == Application.id)
    if version is None:
        older = older.join(Job, Job.id == Application.job_id)
        older = older.where(Screening.requirements_version < Job.requirements_version)
    else:
        older = older.where(Screening.requirements_version < version)
    older = older.correlate(Application)
    read = select(Document.id).where(Document.id == Application.document_id, Document.parsed.is_not(None))
    return (Application.stage == "screened") & older.exists() & read.correlate(Application).exists()


def passing(version: int | None = None) -> ColumnElement[bool]:
    """The threshold, as it is now, or a person let them through, and they have no interview yet. `version` as in
    `outdated`."""
    return (
        or_(
            (Application.stage == "screened") & (Application.decision == "advance") & ~outdated(version),
            Application.stage == "advanced",
        )
        & Application.superseded_by.is_(None)
        & ~select(Interview.id).where(Interview.application_id == Application.id).exists()
    )


def due_for_invitation() -> ColumnElement[bool]:
    """Those who pass and do not wish to hear nothing more."""
    silent = select(Candidate.id).where(Candidate.id == Application.candidate_id, Candidate.opted_out_at.is_not(None))
    return passing() & ~silent.correlate(Application).exists()


class Applications(Shortlists):
    # ------------------------------------------------------------ batches

    def add_batch(
        self,
        organisation_id: str,
        *,
        job_id: str,
        name: str,
        now: datetime,
        expected: int | None = None,
        complete: bool = True,
    ) -> Batch:
        self._own(Job, organisation_id, job_id)
        batch = Batch(organisation_id=organisation_id, job_id=job_id, name=name, created_at=now)
        batch.expected, batch.complete = expected, complete
        return self._add(batch)

    def batch(self, organisation_id: str, id: str) -> Batch:
        return self._own(Batch, organisation_id, id)

    def batches(self, organisation_id: str, job_id: str) -> list[Batch]:
        """Newest first."""
        self._own(Job, organisation_id, job_id)
        query = select(Batch).where(Batch.organisation_id == organisation_id, Batch.job_id == job_id)
        return list(self._session.scalars(query.order_by(Batch.created_at.desc(), Batch.id.desc())))

    def batch_progress(self, organisation_id: str, batch_id: str) -> BatchProgress:
        batch = self._own(Batch, organisation_id, batch_id)
        query = (
            select(Application.stage, func.count())
            .where(Application.batch_id == batch_id)  # its own batch: its own applications, out of the index alone
            .group_by(Application.stage)
        )
        counts: dict[str, int] = {stage: number for stage, number in self._session.execute(query)}  # noqa: C416 - typed
        total, waiting, unreadable = sum(counts.values()), counts.get("received", 0), counts.get("unreadable", 0)
        return BatchProgress(
            total,
            waiting,
            total - waiting - unreadable,
            unreadable,
            state=batch.state,
            expected=batch.expected,
            complete=batch.complete,
        )

    def problems(self, organisation_id: str, batch_id: str) -> list[Application]:
        """The applications of a batch whose file could not be read, in the order they came."""
        self._own(Batch, organisation_id, batch_id)
        query = self._of(organisation_id).where(Application.batch_id == batch_id, Application.stage == "unreadable")
        return list(self._session.scalars(query.order_by(Application.id)))

    # ------------------------------------------------------------ applications

    def add_application(
        self,
        organisation_id: str,
        job_id: str,
        *,
        filename: str,
        sha256: str,
        size: int,
        media_type: str,
        batch_id: str | None,
        source: str,
        external_id: str | None,
        now: datetime,
        application_id: str | None = None,
        candidate_id: str | None = None,
        candidate: Candidate | None = None,
    ) -> Application:
        """A file has come in: a Candidate, a Document and an Application(received). `candidate`: somebody known.

        With an `application_id` that is known already the known application is returned and nothing added."""
        job = self._own(Job, organisation_id, job_id)
        if job.is_sample and source != SAMPLE:
            raise Conflict("This is the sample, of invented people. Create a job of your own for real ones.")
        batch = None if batch_id is None else self._lock(Batch, organisation_id, batch_id)
        if batch is not None and batch.job_id != job_id:
            raise BadRequest(f"The batch {batch.name!r} belongs to another job; add a batch to this one.")
        if (known := self._known(organisation_id, application_id)) is not None:
            return known
        if candidate_id is not None and self._session.get(Candidate, candidate_id) is not None:
            raise Conflict(f"The candidate {candidate_id!r} exists already; leave candidate_id out.")
        if candidate is None:
            candidate = Candidate(id=candidate_id or new_id(), organisation_id=organisation_id, created_at=now)
        document = Document(
            id=new_id(),
            organisation_id=organisation_id,
            candidate=candidate,
            sha256=sha256,
            filename=Personal(filename, subject=candidate.id),
            media_type=media_type,
            size=size,
            created_at=now,
        )
        application = Application(
            id=application_id or new_id(),
            organisation_id=organisation_id,
            job_id=job.id,
            candidate=candidate,
            document=document,
            batch_id=batch_id,
            external_id=external_id,
            source=source,
            stage="received",
            created_at=now,
            updated_at=now,
        )
        try:
            with nullcontext() if application_id is None else self._session.begin_nested():
                self._session.add(application)
                if batch is not None:
                    batch.total += 1
                self._session.flush()
        except IntegrityError:  # another process brought the same application a moment ago
            if (known := self._known(organisation_id, application_id)) is not None:
                return known
            raise
        self._note(
            organisation_id,
            "application.received",
            "application",
            application.id,
            about=candidate.id,
            sha256=sha256,
            source=source,
        )
        return application

    def add_candidate(
        self, organisation_id: str, *, name: str | None, email: str | None, phone: str | None, now: datetime
    ) -> Candidate:
        candidate = Candidate(id=new_id(), organisation_id=organisation_id, created_at=now)
        self._reach(candidate, name=name, email=email, phone=phone)
        return self._add(candidate)

    def reach_candidate(
        self, organisation_id: str, id: str, *, name: str | None, email: str | None, phone: str | None
    ) -> Candidate:
        """What a system says of somebody: fills what is not known yet, and stands in for what was only read in their
        files."""
        candidate = self._lock(Candidate, organisation_id, id)
        said = {"name": name, "email": email, "phone": phone}
        if any(value and getattr(candidate, field) not in (None, value) for field, value in said.items()):
            self._forget_what_files_say(candidate, said)
        self._reach(candidate, name=name, email=email, phone=phone)
        self._session.flush()
        return candidate

    def _forget_what_files_say(self, candidate: Candidate, said: Mapping[str, str | None]) -> None:
        """Of the fields that a system names itself."""
        query = select(Document.parsed).where(Document.candidate_id == candidate.id, Document.parsed.is_not(None))
        basics = [parsed["resume"]["basics"] for parsed in self._session.scalars(query) if parsed is not None]
        for field, value in said.items():
            if value and getattr(candidate, field) in {one.get(field) for one in basics}:
                setattr(candidate, field, None)

    def mark_ordered(
        self, organisation_id: str, id: str, *, ordered: bool | None = None, answers: Sequence[Mapping[str, str]] = ()
    ) -> None:
        """Another system ordered the interview; what its form was answered with. Other answers than were known let
        somebody who is screened be judged anew."""
        application = self._lock(Application, organisation_id, id)
        application.ordered = application.ordered if ordered is None else ordered
        said = {"answers": [dict(each) for each in answers]}
        if answers and application.answers != said:
            application.answers = PersonalJson(said, subject=application.candidate_id)
            older = update(Screening).where(Screening.application_id == id)
            self._session.execute(older.values(requirements_version=NEVER))
        self._session.flush()

    def _known(self, organisation_id: str, application_id: str | None) -> Application | None:
        known = None if application_id is None else self._session.get(Application, application_id)
        if known is not None and known.organisation_id != organisation_id:
            raise Conflict(f"The application id {known.id!r} is taken; leave it out to get a fresh one.")
        return known

    def application(self, organisation_id: str, id: str) -> Application:
        return self._own(Application, organisation_id, id)

    def applications(
        self,
        organisation_id: str,
        job_id: str,
        *,
        stage: str | None = None,
        batch_id: str | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> list[Application]:
        """Best score first, those without a score last."""
        return self.shortlist(organisation_id, job_id, Wanted(stage=stage, batch_id=batch_id), limit, offset)

    def applications_by(self, organisation_id: str, candidate_id: str) -> list[Application]:
        """All cases of a candidate, oldest first."""
        self._own(Candidate, organisation_id, candidate_id)
        query = self._of(organisation_id).where(Application.candidate_id == candidate_id)
        return list(self._session.scalars(query.order_by(Application.id)))

    def candidate(self, organisation_id: str, id: str) -> Candidate:
        return self._own(Candidate, organisation_id, id)

    def document(self, organisation_id: str, id: str) -> Document:
        """With its parsed content."""
        self._own(Document, organisation_id, id)
        query = select(Document).where(Document.id == id).options(undefer(Document.parsed))
        return self._session.scalars(query.execution_options(populate_existing=True)).one()

    def read_documents(self, organisation_id: str) -> list[str]:
        """Ids of all documents that were read."""
        query = select(Document.id).where(Document.organisation_id == organisation_id, Document.parsed.is_not(None))
        return list(self._session.scalars(query.order_by(Document.id)))

    def applications_of(self, organisation_id: str, document_ids: Collection[str]) -> dict[str, list[str]]:
        """Document id -> ids of its applications."""
        found: dict[str, list[str]] = {}
        query = self._of(organisation_id).where(Application.document_id.in_(document_ids)).order_by(Application.id)
        for application in self._session.scalars(query):
            found.setdefault(application.document_id, []).append(application.id)
        return found

    def parsed(self, organisation_id: str, application_id: str) -> ParsedResume | None:
        """The resume of an application, None until it was read."""
        application = self._own(Application, organisation_id, application_id)
        content = self.document(organisation_id, application.document_id).parsed
        return None if content is None else ParsedResume.model_validate(content)

    # ------------------------------------------------------------ reading and screening

    def record_parsed(self, organisation_id: str, application_id: str, parsed: ParsedResume, now: datetime) -> None:
        """Keeps what was read, and how to reach the person."""
        application = self._lock(Application, organisation_id, application_id)
        candidate, basics = application.candidate, parsed.resume.basics
        self._reach(candidate, name=basics.name, email=basics.email, phone=basics.phone)
        application.document.parsed = PersonalJson(parsed.model_dump(mode="json"), subject=candidate.id)
        application.updated_at = now
        self._session.flush()

    def record_problem(
        self, organisation_id: str, application_id: str, *, reason: str, detail: str, now: datetime
    ) -> Application:
        """The file cannot be read: stage unreadable. `reason` as in UnreadableDocument. A case that is past reading
        keeps its stage."""
        application = self._lock(Application, organisation_id, application_id)
        application.updated_at = now
        if application.stage == "received":
            application.stage = "unreadable"
        application.problem_reason = reason
        application.problem_detail = Personal(detail, subject=application.candidate_id)
        self._session.flush()
        whose = application.candidate_id
        self._note(organisation_id, "application.unreadable", "application", application_id, about=whose, reason=reason)
        return application

    def record_screening(
        self,
        organisation_id: str,
        application_id: str,
        result: ScreeningResult,
        *,
        requirements_version: int,
        now: datetime,
    ) -> Application:
        """Replaces an earlier screening. A case that has moved on keeps its stage, but not its old score."""
        application = self._lock(Application, organisation_id, application_id)
        query = select(Screening).where(Screening.application_id == application_id)
        screening = self._session.scalar(query)
        if screening is None:
            screening = Screening(organisation_id=organisation_id, application_id=application_id)
            self._session.add(screening)
        screening.requirements_version = requirements_version
        screening.result = PersonalJson(result.model_dump(mode="json"), subject=application.candidate_id)
        screening.created_at = now
        self._brief(application, screening, result)
        if application.stage in ("received", "unreadable"):
            application.stage = "screened"
        application.score, application.decision = result.score, result.decision
        if application.screen_seconds is None:
            application.screen_seconds = spent(application.created_at, now)
        application.problem_reason = application.problem_detail = None
        application.updated_at = now
        self._session.flush()
        self._note(
            organisation_id,
            "screening.made",
            "application",
            application_id,
            about=application.candidate_id,
            decision=result.decision,
            requirements_version=requirements_version,
            content=content_hash(result.model_dump(mode="json")),
        )
        return application

    def outdated(self, organisation_id: str, job_id: str, limit: int) -> list[str]:
        """Ids of applications to judge anew since the job asks for something else, oldest first."""
        self._own(Job, organisation_id, job_id)
        query = select(Application.id).where(
            Application.organisation_id == organisation_id, Application.job_id == job_id, outdated()
        )
        return list(self._session.scalars(query.order_by(Application.id).limit(limit)))

    def screened(self, organisation_id: str, job_id: str) -> list[tuple[str, ScreeningResult]]:
        """(application id, result) of everyone screened for what a job asks now and not decided on, oldest first."""
        query = (
            select(Application.id, Screening.result)
            .join(Screening, Screening.application_id == Application.id)
            .where(self._screened_now(organisation_id, job_id))
            .order_by(Application.id)
        )
        return [(id, ScreeningResult.model_validate(result)) for id, result in self._session.execute(query)]

    def _screened_now(self, organisation_id: str, job_id: str) -> ColumnElement[bool]:
        return and_(
            Application.organisation_id == organisation_id,
            Application.job_id == job_id,
            Application.stage == "screened",
            Screening.requirements_version == self._own(Job, organisation_id, job_id).requirements_version,
        )

    def near_threshold(
        self, organisation_id: str, job_id: str, threshold: float, most: int
    ) -> list[tuple[str, str | None, datetime]]:
        """(application id, name, when judged) of at most `most` of `screened`, those nearest to the threshold: half of
        them on each side of it, as far as there are so many; best first."""
        query = (
            select(Application.id, Candidate.name, Screening.created_at, Application.score)
            .join(Screening, Screening.application_id == Application.id)
            .join(Candidate, Candidate.id == Application.candidate_id)
            .where(self._screened_now(organisation_id, job_id))
            .limit(most)
        )
        score = Application.score
        above = self._session.execute(query.where(score >= threshold).order_by(score, Application.id)).all()
        below = self._session.execute(query.where(score < threshold).order_by(score.desc(), Application.id)).all()
        over = above[: max(most - most // 2, most - len(below))]
        found = sorted([*over, *below[: most - len(over)]], key=lambda row: (-(row[3] or 0.0), row[0]))
        return [(id, name, at) for id, name, at, _ in found]

    def screened_so_far(self, organisation_id: str, job_id: str) -> tuple[int, str, str]:
        """What changes with any of `screened`: how many they are, their last id, when the last of them was judged."""
        query = (
            select(func.count(), func.max(Application.id), func.max(Screening.created_at))
            .join(Screening, Screening.application_id == Application.id)
            .where(self._screened_now(organisation_id, job_id))
        )
        count, last, at = self._session.execute(query).one()
        return int(count), str(last), str(at)

    def screening(self, organisation_id: str, application_id: str) -> ScreeningResult | None:
        self._own(Application, organisation_id, application_id)
        row = self._session.scalar(select(Screening).where(Screening.application_id == application_id))
        return None if row is None else ScreeningResult.model_validate(row.result)

    # ------------------------------------------------------------ deciding

    def set_stage(
        self,
        organisation_id: str,
        application_id: str,
        stage: Stage,
        *,
        now: datetime,
        expected: Collection[str] | None = None,
    ) -> Application:
        """Raises Conflict when the current stage is none of `expected`."""
        if stage not in STAGES:
            raise BadRequest(f"There is no stage {stage!r}; the stages are {', '.join(STAGES)}.")
        application = self._lock(Application, organisation_id, application_id)
        if expected is not None and application.stage not in expected:
            raise Conflict(
                f"The application is {application.stage}, and only one that is {' or '.join(sorted(expected))} "
                f"can become {stage}. Reload to see where it stands."
            )
        application.stage, application.updated_at = stage, now
        if stage == "received":
            about = application.candidate_id
            self._note(organisation_id, "application.retried", "application", application_id, about=about)
        self._session.flush()
        return application

    def to_invite(self, organisation_id: str, job_id: str) -> list[Application]:
        """Whom the threshold or a person let through and who has no interview yet, best first."""
        self._own(Job, organisation_id, job_id)
        query = self._of(organisation_id).where(Application.job_id == job_id, due_for_invitation())
        return list(self._session.scalars(query.order_by(*BEST_FIRST)))

    def invited_count(self, organisation_id: str, job_id: str) -> int:
        """Applications of a job ever invited, whatever became of their interviews."""
        self._own(Job, organisation_id, job_id)
        query = select(func.count()).select_from(Interview).where(Interview.job_id == job_id, Interview.attempt == 1)
        return self._session.scalar(query) or 0

    def same_person(self, organisation_id: str, application_id: str) -> list[Application]:
        """Other applications with the same e-mail address or telephone number, oldest first."""
        candidate = self._own(Application, organisation_id, application_id).candidate
        keys = [(Candidate.email_key, candidate.email_key), (Candidate.phone_key, candidate.phone_key)]
        same = [column == key for column, key in keys if key is not None]
        if not same:
            return []
        query = self._of(organisation_id).join(Candidate, Application.candidate_id == Candidate.id)
        query = query.where(or_(*same), Application.id != application_id)
        return list(self._session.scalars(query.order_by(Application.id)))

    def _reach(self, candidate: Candidate, *, name: str | None, email: str | None, phone: str | None) -> None:
        """How to address somebody. What is known already stays: another system's own fields outrank a resume."""
        if name and not candidate.name:
            candidate.name = _personal(name, candidate.id)
        if email and not candidate.email:
            candidate.email = _personal(email, candidate.id)
            candidate.email_key = self._email_key(candidate.organisation_id, email)
        if phone and not candidate.phone:
            candidate.phone = _personal(phone, candidate.id)
            candidate.phone_key = self._phone_key(candidate.organisation_id, phone)

    @staticmethod
    def _of(organisation_id: str) -> Select[Application]:
        return select(Application).where(Application.organisation_id == organisation_id)


def _personal(text: str | None, subject: str) -> Personal | None:
    return None if text is None else Personal(text, subject=subject)
