"""Dialling in: the code that an invitation carries, whose interview it opens, why it may not be held by telephone, and
consent. The conversation before the interview is `interview.dial_in`; `api.calls` holds the line."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from api import bookings, brandings, notices
from api.legal import law_of
from api.security import digest
from api.suspending import HALTED
from interview.dial_in import CONSENT_VERSION, DIGITS, FINDS, Opened, Refused, Wrong, lines
from models.errors import Conflict, EngineError, FoyerError
from models.records import Interview, Job
from models.store import Store
from models.store.interviews import OVER
from models.values import InterviewPlan

if TYPE_CHECKING:
    from api.deps import App

NO_TELEPHONE = (
    "For this position an interview cannot be held by telephone. Please open the link in your invitation: there you "
    "can hold it in a browser, or ask to talk to a person."
)
OVER_NOW = "This interview is over, or its invitation has ended. To ask about it, reply to your invitation."
FULL = "All lines are taken just now. Please call again in some minutes, or open the link in your invitation."
ATTEMPTS = 20
"""Draws of six digits that nobody has. With ten thousand in use the first is free in 99 of 100 cases."""


@dataclass(frozen=True, slots=True)
class Number:
    """To be dialled, and the code to enter there."""

    number: str
    code: str

    @property
    def spelled(self) -> str:
        return f"{self.code[:4]} {self.code[4:7]} {self.code[7:]}"


# ---------------------------------------------------------------- the code


def issue(app: App, store: Store, job: Job, interview: Interview) -> Number | None:
    """A fresh code, in the caller's transaction, in place of one that was made before. None where this interview is
    not held by telephone."""
    channel = store.calling(interview.organisation_id, "telephone")
    if channel is None or not job.by_telephone or forbidden(app, store, interview):
        return None
    for _ in range(ATTEMPTS):
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
        first = app.signer.code_hash(interview.organisation_id, code[:FINDS])
        if store.dial_code(interview.organisation_id, first) is None:
            store.keep_dial_code(
                interview.organisation_id,
                interview.id,
                first=first,
                hash=app.signer.code_hash(interview.id, code),
                expires=interview.expires_at,
                now=app.now,
            )
            return Number(str(channel.config.get("sender", "")), code)
    raise EngineError("No free code for the telephone was found. Too many interviews are open at once.", retry=True)


def forbidden(app: App, store: Store, interview: Interview) -> bool:
    """Whether a rule of law that binds where the work is keeps consent from being given by telephone: a `prohibition`
    that names the telephone."""
    job_id = store.application(interview.organisation_id, interview.application_id).job_id
    places = store.jurisdictions(interview.organisation_id, job_id)
    rules = law_of(app.settings).binding(places, app.now.date(), "prohibition")
    return any("telephone" in rule.applies_to for rule in rules)


def tried(app: App, organisation_id: str, call_id: str, code: str) -> Opened | Refused | Wrong:
    """What is said to a code that was entered. A wrong one, one that is no more, and one that was tried too often are
    told alike."""
    first = app.signer.code_hash(organisation_id, code[:FINDS])
    with app.database.store() as store:
        if not store.may_dial(organisation_id, call_id, app.now):
            return Wrong(again=False)
        found = store.dial_code(organisation_id, first)
        whose = found.interview_id if found is not None else ""
        hashed = app.signer.code_hash(whose, code)
        if not store.dialled(organisation_id, call_id, first=first, hashes=[hashed], now=app.now):
            return Wrong(again=store.may_dial(organisation_id, call_id, app.now))
    with app.database.reading() as store:
        return _welcome(app, store, store.interview(organisation_id, whose))


def _welcome(app: App, store: Store, interview: Interview) -> Opened | Refused:
    plan = InterviewPlan.model_validate(interview.plan)
    application = store.application(interview.organisation_id, interview.application_id)
    job = store.job(interview.organisation_id, application.job_id)
    if problem := why_not(app, store, interview, job):
        return Refused(plan.language, f"{problem} {lines(plan.language).goodbye}")
    branding = brandings.branding_of(app, store, interview.organisation_id)
    told = [one.text for one in notices.for_invitation(app, store, application) if one.kind == "invitation"]
    return Opened(
        plan.language,
        employer=brandings.employer(store, interview.organisation_id, branding),
        job=job.title,
        minutes=plan.minutes,
        notices=tuple(told),
    )


def why_not(app: App, store: Store, interview: Interview, job: Job) -> str:
    """Why it cannot be held by telephone now, and what to do instead; empty where it can."""
    if interview.state in OVER or (interview.started_at is None and interview.expires_at <= app.now):
        return OVER_NOW
    if store.calling(interview.organisation_id, "telephone") is None or not job.by_telephone:
        return NO_TELEPHONE
    if forbidden(app, store, interview):
        return NO_TELEPHONE
    if store.halted(interview.organisation_id, interview.application_id) is not None:
        return HALTED
    if early := notices.too_early(app, store, interview):
        return early
    return "" if bookings.open_now(app, store, interview) else FULL


# ---------------------------------------------------------------- consent


def agreed(app: App, organisation_id: str, call_id: str) -> Interview | str:
    """Consent was given in this call: the interview, begun or gone on with; or why that cannot be any more."""
    session = digest(secrets.token_urlsafe(32))
    try:
        with app.database.store() as store:
            interview_id = store.call(organisation_id, call_id).interview_id or ""
            interview = store.interview(organisation_id, interview_id)
            language = InterviewPlan.model_validate(interview.plan).language
            opened = store.answer_call(
                organisation_id,
                call_id,
                interview_id,
                session_hash=session,
                consent_version=CONSENT_VERSION,
                consent_sha256=digest(lines(language).consent),
                now=app.now,
            )
            bookings.enter(app, store, opened)
            return opened
    except bookings.Full:
        return FULL
    except Conflict as halted:
        return halted.detail
    except FoyerError:
        return OVER_NOW
