"""An interview is held once more: offered to the candidate after a technical failure, granted by a person for whatever
reason, once. Both interviews are kept; which of them counts follows from how they ended, or is chosen by a person."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from api import mailing
from api.suspending import HALTED
from integrations import letters
from interview.events import read_log
from interview.failures import Failure, technical_failure
from models.errors import Conflict
from models.records import Interview
from models.store import Store
from models.store.attempts import ONE_ONLY, REUSED
from models.store.base import DECIDED
from models.values import InterviewPlan

if TYPE_CHECKING:
    from api.deps import App

HELD = frozenset({"in_progress", "paused", "completed"})
NOTHING_FAILED = (
    "We see nothing technical that cost you a question, so the interview cannot be opened again by itself. If it was "
    "otherwise for you, please tell us: a person can open it."
)
UNDER_WAY = "The interview is open in a window right now. Close that window first."


def failure_of(store: Store, interview: Interview) -> Failure | None:
    """What went technically wrong in it, if anything."""
    if interview.state not in HELD or interview.finish_reason == REUSED:
        return None
    log = store.events(interview.organisation_id, interview.id)
    ended = interview.completed_at.timestamp() if interview.completed_at is not None else None
    plan = InterviewPlan.model_validate(interview.plan)
    return technical_failure(plan, read_log(log), until=ended)


def offered(app: App, store: Store, interview: Interview) -> Failure | None:
    """Why the candidate may hold it again by themselves; None: they may not."""
    if interview.attempt > 1 or app.rooms.is_live(store, interview):
        return None
    application = store.application(interview.organisation_id, interview.application_id)
    closed = store.job(interview.organisation_id, application.job_id).state != "open"
    return None if closed or application.stage in DECIDED else failure_of(store, interview)


def retake(app: App, interview: Interview) -> Interview:
    """The candidate takes the offer: their link leads to the new interview from now on, and the employer hears of it.
    Raises Conflict with whom to turn to."""
    organisation_id, application_id = interview.organisation_id, interview.application_id
    with app.database.store() as store:
        newest = store.interview_of(organisation_id, application_id)
        assert newest is not None
        if store.halted(organisation_id, application_id) is not None:
            raise Conflict(HALTED)
        if newest.attempt > 1:
            raise Conflict(_and_whom_to_ask(app, store, organisation_id, ONE_ONLY))
        failure = offered(app, store, newest)
        if failure is None:
            live = app.rooms.is_live(store, newest)
            raise Conflict(UNDER_WAY if live else _and_whom_to_ask(app, store, organisation_id, NOTHING_FAILED))
        second = store.add_retake(
            organisation_id, application_id, cause=failure.text, expires_at=_until(app), now=app.now
        )
        if to := mailing.contact(app, store, organisation_id):
            page = mailing.address_of(app, f"/applications/{application_id}")
            who, key = mailing.invited(app, store, second), f"retake:{second.id}"
            letter = partial(letters.held_again, who, failure.text, page, to=to, key=key, now=app.now)
            mailing.queue(app, store, second, key, letter)
    return second


def grant(app: App, organisation_id: str, application_id: str, *, actor: str, reason: str) -> Interview:
    """A person opens it again, by name and with a reason, and the candidate is told. Raises Conflict."""
    with app.database.store() as store:
        newest = store.interview_of(organisation_id, application_id)
        if newest is not None and app.rooms.is_live(store, newest):
            raise Conflict("The interview is under way. Open it again when it has ended.")
        store.must_run(organisation_id, application_id)
        store.record_decision(organisation_id, application_id, action="retake", actor=actor, reason=reason, now=app.now)
        second = store.add_retake(
            organisation_id,
            application_id,
            cause=f"{reason} (opened again by {actor})",
            expires_at=_until(app),
            now=app.now,
        )
        who, key = mailing.invited(app, store, second), f"retake:{second.id}"
        mailing.queue(app, store, second, key, partial(letters.once_more, who, key=key, now=app.now))
    return second


def choose(app: App, organisation_id: str, interview_id: str, *, actor: str, reason: str) -> None:
    """A person says which of two interviews counts; receivers get its report as the newest. Raises Conflict."""
    with app.database.store() as store:
        chosen = store.choose_interview(organisation_id, interview_id, app.now)
        action = f"interview {chosen.attempt} counts"
        store.record_decision(
            organisation_id, chosen.application_id, action=action, actor=actor, reason=reason, now=app.now
        )
        app.pipeline.outcomes.deliver_anew(store, chosen)
    app.pipeline.deliver_due()


def _and_whom_to_ask(app: App, store: Store, organisation_id: str, text: str) -> str:
    contact = mailing.contact(app, store, organisation_id)
    return f"{text} Write to {contact}." if contact else f'{text} Use "Talk to a person" below.'


def _until(app: App) -> datetime:
    return app.now + timedelta(days=app.settings.voice.link_days)
