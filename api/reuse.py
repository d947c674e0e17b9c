"""Someone who applies again may let an earlier interview stand for the new one, if they agree to it. Holding a new one
is what happens by itself. Without consent nothing of the earlier interview goes anywhere, also not that there was one.

Consent takes effect after HOLD: until then, and until the report is delivered, it is taken back with one press, or
by simply starting."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from api.security import digest
from models.errors import Conflict
from models.records import Interview, Reuse, one_name
from models.store import Store
from models.store.attempts import REUSED
from models.store.base import DECIDED
from models.values import InterviewPlan

if TYPE_CHECKING:
    from api.deps import App

HOLD = timedelta(hours=1)
"""To think it over: what is delivered cannot be called back."""
WITHIN = timedelta(days=180)
"""Older interviews are not used again: what somebody can do has moved on."""
TEXT_VERSION = "2026-11"
TEXT = (
    "Use my interview of {date} for this application: its transcript and recording, rated against this job's criteria, "
    "for a person who decides. The report says so. I can take this back until the report is delivered."
)


def offered(app: App, store: Store, interview: Interview) -> Interview | None:
    """The newest earlier interview that could stand for this one."""
    if interview.state != "invited" or interview.started_at is not None or interview.attempt > 1:
        return None
    application = store.application(interview.organisation_id, interview.application_id)
    if application.stage in DECIDED:
        return None
    for source in store.earlier_interviews(interview.organisation_id, application.id, app.now - WITHIN):
        earlier = store.application(interview.organisation_id, source.application_id).candidate
        if one_name(application.candidate.name, earlier.name) and _asks_the_same(interview, source):
            return source
    return None


def agree(app: App, interview: Interview) -> Reuse:
    """Consent to what is offered; again changes nothing. Raises Conflict."""
    with app.database.store() as store:
        interview = store.interview(interview.organisation_id, interview.id)
        source = offered(app, store, interview)
        if source is None:
            raise Conflict("There is no earlier interview that could be used here. Please start a new one.")
        return store.add_reuse(
            interview.organisation_id,
            interview.id,
            source_id=source.id,
            text_version=TEXT_VERSION,
            text_sha256=digest(text_for(source)),
            due_at=min(app.now + HOLD, interview.expires_at),
            now=app.now,
        )


def take_back(app: App, interview: Interview) -> None:
    """Consent is gone, and whatever came of it; a new interview can be held. Raises Conflict once it was delivered."""
    organisation_id = interview.organisation_id
    with app.database.store() as store:
        reuse = store.reuse_of(organisation_id, interview.id)
        used = reuse is not None and reuse.used_at is not None
        until = app.now + timedelta(days=app.settings.voice.link_days)
        subject = store.application(organisation_id, interview.application_id).candidate_id
        _, files = store.end_reuse(organisation_id, interview.id, expires_at=until, now=app.now)
    for sha256 in files:
        app.files.drop(sha256, subject=subject)
    if used:
        app.pipeline.unfinish(interview.id)


def carry_out(app: App, organisation_id: str, interview_id: str) -> None:
    """The time to think it over has passed. What cannot be used any more (its erasure was asked for) is not."""
    with app.database.store() as store:
        interview = store.interview(organisation_id, interview_id)
        reuse, source = store.reuse_of(organisation_id, interview_id), offered(app, store, interview)
        if reuse is None:
            return
        if source is None or source.id != reuse.source_id:
            store.end_reuse(organisation_id, interview_id, expires_at=interview.expires_at, now=app.now)
            return
        if not store.use_earlier(organisation_id, interview_id, app.now):
            return
        store.drop_unsent(organisation_id, f"reminder:{interview_id}:")  # of a time that was booked before
    app.pipeline.finish(organisation_id, interview_id)


def basis(store: Store, interview: Interview, *, cause: bool = True) -> str:
    """One sentence for report and receivers: which interview this is. Empty for the only one, held for this job.
    `cause`: with why it was held again, which a person may have put in words that are for the house alone."""
    reuse = store.reuse_of(interview.organisation_id, interview.id) if interview.finish_reason == REUSED else None
    if reuse is not None:
        held = store.held(interview)
        return (
            f"From the interview of {day(held)}, which was held for another application, with the candidate's consent "
            f"of {_written(reuse.given_at)} (text {reuse.text_version})."
        )
    attempts = store.interviews_of(interview.organisation_id, interview.application_id)
    if interview.attempt > 1:
        second = f"The second interview of this application; the first, of {day(attempts[0])}, is kept."
        return f"{second} Why it was held again: {interview.cause}" if cause else second
    return "The first of two interviews of this application; the second is kept." if len(attempts) > 1 else ""


def text_for(source: Interview) -> str:
    """What is agreed to."""
    return TEXT.format(date=day(source))


def day(interview: Interview) -> str:
    """When it was held, for people."""
    return _written(interview.completed_at or interview.invited_at)


def _written(moment: datetime) -> str:
    return f"{moment:%-d %B %Y}"


def _asks_the_same(interview: Interview, source: Interview) -> bool:
    """The same competencies in the same language: then its answers are answers here too."""
    plans = [InterviewPlan.model_validate(each.plan) for each in (interview, source)]
    asked = [({(one.id, one.name) for one in plan.competencies}, plan.language) for plan in plans]
    return asked[0] == asked[1]
