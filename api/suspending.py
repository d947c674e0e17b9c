"""The kill switch: a person suspends automated processing of an organisation or one job, by name and with a reason, and
one resumes it. Used by the routes, `foyer suspend` and `foyer resume`; what it stops asks `Store.must_run` itself.

Nothing is taken off a queue: work waits in the state it is in, and the sweep of `api.pipeline` finds it there again."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import BaseModel

from models.errors import BadRequest, Conflict
from models.records import Suspension
from models.sentences import N_
from models.values import Person

if TYPE_CHECKING:
    from api.deps import App

HALTED = N_(
    "The employer has paused all interviews for now. It has nothing to do with you, and nothing you said is lost. You "
    "will hear from the employer, and can go on with the same link when interviews are resumed."
)
"""For candidates, wherever they meet it."""
SAY_WHO = "Say who you are: sign in with your name, or send it in the header Foyer-Person."


class SuspensionOut(BaseModel):
    """`job_id` None: all jobs. `resumed_at` None: it stands."""

    id: str
    job_id: str | None
    reason: str
    suspended_by: str
    suspended_at: datetime
    resumed_by: str | None
    resumed_because: str | None
    resumed_at: datetime | None


class SuspensionsOut(BaseModel):
    """`suspended`: all jobs; `jobs`: those that are suspended each for itself."""

    suspended: bool
    jobs: list[str]
    suspensions: list[SuspensionOut]


def suspend(app: App, organisation_id: str, *, job_id: str | None, reason: str, person: Person | None) -> SuspensionOut:
    """From now on. Raises BadRequest without a name or a reason, NotFound, Conflict where it is suspended already."""
    who = _named(person, reason)
    with app.database.store() as store:
        made = store.suspend(organisation_id, job_id=job_id or None, reason=reason.strip(), person=who, now=app.now)
        return shown(made)


def resume(app: App, organisation_id: str, *, job_id: str | None, reason: str, person: Person | None) -> SuspensionOut:
    """What waited goes on within seconds. Raises BadRequest without a name or a reason, NotFound, Conflict where
    nothing is suspended."""
    who = _named(person, reason)
    with app.database.store() as store:
        found = store.resume(organisation_id, job_id=job_id or None, reason=reason.strip(), person=who, now=app.now)
        return shown(found)


def rate_half(app: App, organisation_id: str, interview_id: str, *, reason: str, person: Person | None) -> None:
    """A person wants what was said before a suspension cut an interview off to be rated as it is; the candidate cannot
    go on with it any more. Raises NotFound, BadRequest without a name or a reason, Suspended, Conflict
    where nothing was cut."""
    with app.database.store() as store:
        interview = store.interview(organisation_id, interview_id, lock=True)
        who = _named(person, reason)
        store.must_run(organisation_id, interview.application_id)
        if interview.cut_off_at is None or interview.state not in ("in_progress", "paused"):
            raise Conflict("Only an interview that a suspension has cut off, and nobody has gone on with, is rated so.")
        if app.rooms.is_live(store, interview):
            raise Conflict("The candidate has come back and goes on with it. It is rated when it has ended.")
        store.record_decision(
            organisation_id,
            interview.application_id,
            action="rate what was said",
            actor=who.signature,
            reason=reason.strip(),
            now=app.now,
            person=who,
        )
        store.set_interview_state(organisation_id, interview_id, "completed", now=app.now, reason="abandoned")


def standing(app: App, organisation_id: str, *, past: bool = False) -> SuspensionsOut:
    """Who, when and why."""
    with app.database.reading() as store:
        rows = store.suspensions(organisation_id, past=past)
        now = [row for row in rows if row.resumed_at is None]
        return SuspensionsOut(
            suspended=any(row.job_id is None for row in now),
            jobs=[row.job_id for row in now if row.job_id is not None],
            suspensions=[shown(row) for row in rows],
        )


def shown(row: Suspension) -> SuspensionOut:
    return SuspensionOut.model_validate(row, from_attributes=True)


def _named(person: Person | None, reason: str) -> Person:
    if person is None:
        raise BadRequest(SAY_WHO)
    if len(reason.strip()) < 3:
        raise BadRequest("Say why, in a few words without anything about a candidate.")
    return person
