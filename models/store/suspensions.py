"""The switch that stops automated processing, for an organisation or one of its jobs. Part of `models.store.Store`; the
sweep asks with `case_runs` and `job_runs` (`models.store.system`)."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, aliased

from models.errors import Conflict, Suspended
from models.records import Application, Interview, Job, Organisation, Suspension
from models.store.base import Rows
from models.values import Person

WAITING = ("invited", "in_progress", "paused")
"""States of an interview that a suspension makes wait."""


@cache
def case_runs(application_id: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    """Nobody has suspended the processing of this application. A column that is empty names none. Made once for each
    column: the sweep asks it several times every two seconds."""
    case = aliased(Application)
    halted = select(Suspension.id).where(
        Suspension.resumed_at.is_(None),
        case.id == application_id,
        Suspension.organisation_id == case.organisation_id,
        or_(Suspension.job_id.is_(None), Suspension.job_id == case.job_id),
    )
    return ~halted.exists()


@cache
def job_runs() -> ColumnElement[bool]:
    """Nobody has suspended the job of the query."""
    return job_runs_of(Job.organisation_id, Job.id)


def job_runs_of(organisation_id: SQLColumnExpression[str], job_id: SQLColumnExpression[str]) -> ColumnElement[bool]:
    """Nobody has suspended this job, or all of its organisation."""
    halted = select(Suspension.id).where(
        Suspension.resumed_at.is_(None),
        Suspension.organisation_id == organisation_id,
        or_(Suspension.job_id.is_(None), Suspension.job_id == job_id),
    )
    return ~halted.exists()


class Suspensions(Rows):
    def suspend(
        self, organisation_id: str, *, job_id: str | None = None, reason: str, person: Person, now: datetime
    ) -> Suspension:
        """From this commit on nothing of the job, or of all jobs, is screened, invited, booked or judged; interviews
        under way are marked as cut off. Raises Conflict where that is suspended already."""
        self._lock(Organisation, organisation_id, organisation_id)  # of two who press at once, one is told
        for standing in self.suspensions(organisation_id):
            if standing.job_id == job_id:
                raise Conflict(f"{said(standing)} Nothing was changed.")
        jobs = select(Job.id).where(Job.organisation_id == organisation_id).order_by(Job.id)
        if job_id is not None:
            self._own(Job, organisation_id, job_id)
            jobs = jobs.where(Job.id == job_id)
        self._session.execute(jobs.with_for_update())  # an invitation that is being written goes first
        made = self._add(
            Suspension(
                organisation_id=organisation_id,
                job_id=job_id,
                reason=reason,
                suspended_by=person.signature,
                suspended_at=now,
            )
        )
        under_way = Interview.state.in_(["in_progress", "paused"])
        cut = update(Interview).where(Interview.id.in_(self._concerned(made)), under_way)
        self._session.execute(cut.values(cut_off_at=now), execution_options={"synchronize_session": False})
        kind, of = ("job", job_id) if job_id is not None else ("organisation", organisation_id)
        self._note(organisation_id, "processing.suspended", kind, of, person=person, reason=reason)  # type: ignore[arg-type]
        return made

    def resume(
        self, organisation_id: str, *, job_id: str | None = None, reason: str, person: Person, now: datetime
    ) -> Suspension:
        """The sweep goes on with what waited. Invitations stay open for as long as they could not be used. Raises
        Conflict where nothing is suspended."""
        self._lock(Organisation, organisation_id, organisation_id)
        if job_id is not None:
            self._own(Job, organisation_id, job_id)
        standing = next((one for one in self.suspensions(organisation_id) if one.job_id == job_id), None)
        if standing is None:
            whole = [] if job_id is None else [one for one in self.suspensions(organisation_id) if one.job_id is None]
            hint = " The whole organisation is: resume that." if whole else ""
            raise Conflict(f"Nothing is suspended here.{hint}")
        standing.resumed_by, standing.resumed_because, standing.resumed_at = person.signature, reason, now
        waited = select(Interview).where(
            Interview.id.in_(self._concerned(standing)),
            Interview.state.in_(WAITING),
            Interview.expires_at > standing.suspended_at,
        )
        for interview in self._session.scalars(waited):
            interview.expires_at += now - max(standing.suspended_at, interview.invited_at)
        self._session.flush()
        kind, of = ("job", job_id) if job_id is not None else ("organisation", organisation_id)
        self._note(organisation_id, "processing.resumed", kind, of, person=person, reason=reason)  # type: ignore[arg-type]
        return standing

    def suspensions(self, organisation_id: str, *, past: bool = False) -> list[Suspension]:
        """Those that stand, and with `past` all there ever were; oldest first."""
        query = select(Suspension).where(Suspension.organisation_id == organisation_id)
        if not past:
            query = query.where(Suspension.resumed_at.is_(None))
        return list(self._session.scalars(query.order_by(Suspension.suspended_at, Suspension.id)))

    def halted_job(self, organisation_id: str, job_id: str) -> Suspension | None:
        """What makes the work of a job wait, if anything."""
        self._own(Job, organisation_id, job_id)
        return self._standing(organisation_id, job_id)

    def halted(self, organisation_id: str, application_id: str) -> Suspension | None:
        """What makes an application wait, if anything."""
        return self._standing(organisation_id, self._own(Application, organisation_id, application_id).job_id)

    def _standing(self, organisation_id: str, job_id: str) -> Suspension | None:
        return next((one for one in self.suspensions(organisation_id) if one.job_id in (None, job_id)), None)

    def must_run(self, organisation_id: str, application_id: str) -> None:
        """Raises Suspended, with who, when and why."""
        if (standing := self.halted(organisation_id, application_id)) is not None:
            raise Suspended(f"{said(standing)} Resume it first.")

    def taken_up(self, organisation_id: str, interview_id: str) -> None:
        """The candidate goes on with what a suspension had cut off."""
        self._lock(Interview, organisation_id, interview_id).cut_off_at = None
        self._session.flush()

    @staticmethod
    def _concerned(suspension: Suspension) -> Any:
        """Ids of the interviews that it concerns."""
        query = select(Interview.id).join(Application, Interview.application_id == Application.id)
        query = query.where(Interview.organisation_id == suspension.organisation_id)
        return query.where(Application.job_id == suspension.job_id) if suspension.job_id is not None else query


def said(standing: Suspension) -> str:
    """Who, when and why, in one sentence."""
    what = "Automated processing" if standing.job_id is None else "Automated processing of this job"
    since = f"{standing.suspended_at:%Y-%m-%d %H:%M} UTC"
    return f"{what} was suspended by {standing.suspended_by} on {since}: {standing.reason.rstrip('.')}."
