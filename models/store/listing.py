"""The interviews of a job, or of all jobs, as the console lists them: who has not come, who is under way, what ended.
Part of `models.store.Store`; `api.nudging` acts on them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased

from models.errors import NotFound
from models.records import Application, Booking, Candidate, Document, EntryCode, Interview, InterviewState, Job
from models.store.base import Rows

Shown = Literal["all", "invited", "opened", "in_progress", "paused", "completed", "expired", "withdrawn"]
"""What a list can be narrowed to. "opened": somebody came by the link, and has not begun; "invited": nobody has."""

OF_INTERVIEW = (
    *("id", "application_id", "state", "invited_at", "expires_at", "started_at", "completed_at", "finish_reason"),
)


@dataclass(frozen=True, slots=True)
class Listed:
    """One interview in a list. `opened`: somebody came by the link; `reminded_at`: the person, of whichever interview;
    `newest`: there is no later one of this application."""

    id: str
    application_id: str
    candidate_id: str
    job_id: str
    job: str
    name: str
    state: InterviewState
    stage: str
    opened: bool
    invited_at: datetime
    expires_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    finish_reason: str | None
    reminded_at: datetime | None
    booked_for: datetime | None
    silent: bool
    reachable: bool
    newest: bool
    bounced: bool = False
    """Mail to them comes back."""


class Listing(Rows):
    def interviews_listed(
        self,
        organisation_id: str,
        *,
        job_id: str | None = None,
        ids: Collection[str] | None = None,
        shown: Shown = "all",
        invited_before: datetime | None = None,
        limit: int = 50,
        offset: int = 0,
    ) -> list[Listed]:
        """Newest invitations first; where they are to be before some moment, those that wait longest. Raises NotFound
        for a job, or one of `ids`, that is not there."""
        if job_id is not None:
            self._own(Job, organisation_id, job_id)
        other, held = aliased(Interview), aliased(Application)
        reminded = (
            select(func.max(other.reminded_at))
            .join(held, other.application_id == held.id)
            .where(held.candidate_id == Application.candidate_id)
            .correlate(Application)
            .scalar_subquery()
        )
        later = select(other.id).where(
            other.application_id == Interview.application_id, other.attempt > Interview.attempt
        )
        order = Interview.invited_at.asc() if invited_before is not None else Interview.invited_at.desc()
        meant = select(Interview.id).where(Interview.organisation_id == organisation_id)
        meant = meant.where(*_narrowed(shown, invited_before))
        if job_id is not None:
            meant = meant.where(Interview.job_id == job_id)
        if ids is not None:
            meant = meant.where(Interview.id.in_(ids))
        listed = list(self._session.scalars(meant.order_by(order, Interview.id.desc()).limit(limit).offset(offset)))
        query = (
            select(
                *(getattr(Interview, name) for name in OF_INTERVIEW),
                *(Application.candidate_id, Application.job_id, Application.stage, Job.title.label("job")),
                *(Candidate.name.label("called"), Document.filename, Candidate.opted_out_at, Candidate.email_key),
                Candidate.bounced_at,
                *(_came().label("opened"), reminded.label("reminded_at")),
                *(Booking.state.label("booking"), Booking.starts_at.label("booked_for")),
                (~later.correlate(Interview).exists()).label("newest"),
            )
            .join(Application, Interview.application_id == Application.id)
            .join(Job, Application.job_id == Job.id)
            .join(Candidate, Application.candidate_id == Candidate.id)
            .join(Document, Application.document_id == Document.id)
            .outerjoin(Booking, Booking.interview_id == Interview.id)
            .where(Interview.id.in_(listed))
        )
        rows = self._session.execute(query.order_by(order, Interview.id.desc()))
        found = [_listed(dict(row._mapping)) for row in rows]
        if missing := set(ids or ()) - {one.id for one in found}:
            raise NotFound(f"There is no interview {min(missing)!r} here. Check the id; it may have been removed.")
        return found

    def interview_tally(self, organisation_id: str, *, job_id: str | None = None) -> dict[str, int]:
        """How many there are, as a list can be narrowed; what is zero is absent."""
        if job_id is not None:
            self._own(Job, organisation_id, job_id)
        states = select(Interview.state, func.count()).where(Interview.organisation_id == organisation_id)
        came = select(func.count()).select_from(Interview)
        came = came.where(Interview.organisation_id == organisation_id, *_narrowed("opened", None))
        if job_id is not None:
            states, came = states.where(Interview.job_id == job_id), came.where(Interview.job_id == job_id)
        by_state = self._session.execute(states.group_by(Interview.state))
        counts: dict[str, int] = {state: number for state, number in by_state}  # noqa: C416 - typed
        if opened := self._session.scalar(came) or 0:
            counts |= {"opened": opened, "invited": counts.get("invited", 0) - opened}
        return counts

    def reminded(self, organisation_id: str, interview_id: str, *, now: datetime) -> Interview:
        interview = self._lock(Interview, organisation_id, interview_id)
        interview.reminded_at = now
        self._session.flush()
        about = self._whose(interview_id)
        self._note(organisation_id, "interview.reminded", "interview", interview_id, about=about)
        return interview

    def extend(self, organisation_id: str, interview_id: str, until: datetime) -> Interview:
        """The same link opens it for longer; never for shorter."""
        interview = self._lock(Interview, organisation_id, interview_id)
        if until > interview.expires_at:
            interview.expires_at = until
            self._session.flush()
            about, to = self._whose(interview_id), until.isoformat()
            self._note(organisation_id, "interview.extended", "interview", interview_id, about=about, until=to)
        return interview


def _came() -> ColumnElement[bool]:
    """Somebody has opened the link: asked for a code, or booked a time."""
    code = select(EntryCode.id).where(EntryCode.interview_id == Interview.id).correlate(Interview)
    booked = select(Booking.id).where(Booking.interview_id == Interview.id).correlate(Interview)
    return code.exists() | booked.exists()


def _narrowed(shown: Shown, invited_before: datetime | None) -> list[ColumnElement[bool]]:
    if shown == "all":
        found: list[ColumnElement[bool]] = []
    elif shown in ("invited", "opened"):
        found = [Interview.state == "invited", _came() if shown == "opened" else ~_came()]
    else:
        found = [Interview.state == shown]
    return found if invited_before is None else [*found, Interview.invited_at <= invited_before]


def _listed(row: dict[str, Any]) -> Listed:
    called, filename, booking = row.pop("called"), row.pop("filename"), row.pop("booking")
    silent, bounced = row.pop("opted_out_at") is not None, row.pop("bounced_at") is not None
    reachable = row.pop("email_key") is not None and not bounced
    row |= {"name": called or filename, "silent": silent, "reachable": reachable, "newest": bool(row["newest"])}
    row["bounced"] = bounced
    row["opened"] = bool(row["opened"]) or row["started_at"] is not None
    row["booked_for"] = row["booked_for"] if booking == "booked" else None
    return Listed(**row)
