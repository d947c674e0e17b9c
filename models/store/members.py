"""Who may see a job and is not of those who see all: hiring managers, and agencies that bring people for it. Part of
`models.store.Store`; `api.confining` asks here which job something belongs to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, select

from models.errors import BadRequest
from models.records import (
    AgencyLink,
    Application,
    Batch,
    CandidateRequest,
    Interview,
    Job,
    JobMember,
    Note,
    Personal,
    ReportLink,
    Round,
    User,
)
from models.store.base import Rows

_JOB: dict[str, Callable[[str], Select[str]]] = {
    "job_id": lambda id: select(Job.id).where(Job.id == id),
    "application_id": lambda id: select(Application.job_id).where(Application.id == id),
    "batch_id": lambda id: select(Batch.job_id).where(Batch.id == id),
    "interview_id": lambda id: _of_interview().where(Interview.id == id),
    "request_id": lambda id: (
        _of_interview()
        .join(CandidateRequest, CandidateRequest.interview_id == Interview.id)
        .where(CandidateRequest.id == id)
    ),
    "note_id": lambda id: (
        select(Application.job_id).join(Note, Note.application_id == Application.id).where(Note.id == id)
    ),
    "round_id": lambda id: select(Round.job_id).where(Round.id == id),
    "link_id": lambda id: (
        _of_interview().join(ReportLink, ReportLink.interview_id == Interview.id).where(ReportLink.id == id)
    ),
}
"""By the name of a path parameter: the job that what it names belongs to. What is not here belongs to none."""


def _of_interview() -> Select[str]:
    return (
        select(Application.job_id).select_from(Application).join(Interview, Interview.application_id == Application.id)
    )


@dataclass(frozen=True, slots=True)
class Brought:
    """A file that an agency sent, as the agency may know of it."""

    filename: str
    at: datetime
    state: str
    """received, read, or unreadable."""
    problem: str


class Members(Rows):
    def add_member(self, organisation_id: str, job_id: str, user_id: str, now: datetime) -> None:
        """Again changes nothing. Raises BadRequest for whoever sees all jobs anyway."""
        self._lock(Job, organisation_id, job_id)
        user = self._own(User, organisation_id, user_id)
        if user.role != "hiring_manager":
            raise BadRequest("Only hiring managers are given jobs one by one. People of other roles see all of them.")
        if user_id in {each.id for each in self.job_members(organisation_id, job_id)}:
            return
        self._add(JobMember(organisation_id=organisation_id, job_id=job_id, user_id=user_id, created_at=now))
        self._note(organisation_id, "job.member_added", "job", job_id, user=user_id)

    def drop_member(self, organisation_id: str, job_id: str, user_id: str) -> None:
        """From the next request on. Whoever was none is none."""
        self._lock(Job, organisation_id, job_id)
        self._own(User, organisation_id, user_id)
        mine = (JobMember.job_id == job_id) & (JobMember.user_id == user_id)
        if self._session.execute(delete(JobMember).where(mine).returning(JobMember.id)).first() is not None:
            self._note(organisation_id, "job.member_removed", "job", job_id, user=user_id)

    def job_members(self, organisation_id: str, job_id: str) -> list[User]:
        """In the order in which they were added."""
        self._own(Job, organisation_id, job_id)
        query = select(User).join(JobMember, JobMember.user_id == User.id).where(JobMember.job_id == job_id)
        return list(self._session.scalars(query.order_by(JobMember.id)))

    def job_behind(self, organisation_id: str, parameter: str, value: str) -> str | None:
        """The job that something named in an address belongs to; None: to none, or it is not there."""
        asked = _JOB.get(parameter)
        if asked is None:
            return None
        table: Any = {"job_id": Job, "batch_id": Batch, "round_id": Round}.get(parameter, Application)
        return self._session.scalar(asked(value).where(table.organisation_id == organisation_id))

    # ------------------------------------------------------------ agencies

    def add_agency(
        self, organisation_id: str, job_id: str, *, agency: str, hash: str, by: str, expires: datetime, now: datetime
    ) -> AgencyLink:
        self._own(Job, organisation_id, job_id)
        link = self._add(
            AgencyLink(
                organisation_id=organisation_id,
                job_id=job_id,
                agency=agency,
                hash=hash,
                made_by=by,
                created_at=now,
                expires_at=expires,
            )
        )
        self._note(organisation_id, "agency.added", "agency", link.id, job=job_id, agency=agency)
        return link

    def agencies(self, organisation_id: str, job_id: str) -> list[AgencyLink]:
        """Newest first, also those that open nothing any more."""
        self._own(Job, organisation_id, job_id)
        query = select(AgencyLink).where(AgencyLink.job_id == job_id)
        return list(self._session.scalars(query.order_by(AgencyLink.id.desc())))

    def revoke_agency(self, organisation_id: str, job_id: str, agency_id: str, now: datetime) -> AgencyLink:
        """From this commit on the link opens nothing; what it brought stays."""
        self._own(Job, organisation_id, job_id)
        link = self._lock(AgencyLink, organisation_id, agency_id)
        if link.revoked_at is None:
            self._note(organisation_id, "agency.revoked", "agency", agency_id)
        link.revoked_at = link.revoked_at or now
        self._session.flush()
        return link

    def from_agency(self, organisation_id: str, batch_id: str, agency_id: str, note: str) -> None:
        """Who brought these files, and what they said of their right to."""
        self._own(AgencyLink, organisation_id, agency_id)
        batch = self._lock(Batch, organisation_id, batch_id)
        batch.agency_id, batch.agency_note = agency_id, Personal(note, subject=organisation_id)
        self._session.flush()

    def brought(self, organisation_id: str, agency_id: str, *, limit: int) -> list[Brought]:
        """What this link brought, newest first: nothing of scores or decisions."""
        self._own(AgencyLink, organisation_id, agency_id)
        query = select(Application).join(Batch, Batch.id == Application.batch_id).where(Batch.agency_id == agency_id)
        found = self._session.scalars(query.order_by(Application.created_at.desc(), Application.id.desc()).limit(limit))
        states = {"received": "received", "unreadable": "unreadable"}
        return [
            Brought(
                each.document.filename,
                each.created_at,
                states.get(each.stage, "read"),
                (each.problem_detail or "") if each.stage == "unreadable" else "",
            )
            for each in found
        ]
