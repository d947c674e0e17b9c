"""Messages around one interview: to whom, with what in them, and queued so that they survive a restart."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from email import policy
from email.message import EmailMessage
from functools import partial
from typing import TYPE_CHECKING

from api import brandings, messages
from api.adjusting import minutes_of
from integrations.mail import Invitation, wants_logo, with_logo
from integrations.templates import language_of
from models.errors import BadRequest
from models.records import Application, Interview
from models.store import Store
from models.values import InterviewPlan

if TYPE_CHECKING:
    from api.deps import App


def contact(app: App, store: Store, organisation_id: str) -> str:
    """Where a candidate can write to; empty where nobody reads mail."""
    return brandings.branding_of(app, store, organisation_id).contact


def address_of(app: App, path: str) -> str:
    """A page's address, as people outside reach it."""
    return app.settings.base_url.rstrip("/") + path


def invited(app: App, store: Store, interview: Interview, link: str = "") -> Invitation:
    """What messages to this candidate are made of. `link` is known only to who came with it: its hash is kept."""
    application = store.application(interview.organisation_id, interview.application_id)
    plan = InterviewPlan.model_validate(interview.plan)
    return addressed(
        app,
        store,
        application,
        interview=interview,
        minutes=minutes_of(store, interview),
        link=link,
        expires=interview.expires_at,
        language=plan.language,
    )


def addressed(
    app: App,
    store: Store,
    application: Application,
    *,
    interview: Interview | None = None,
    minutes: int | None = None,
    link: str = "",
    expires: datetime | None = None,
    language: str = "en",
) -> Invitation:
    """As `invited`, of an application that may have no interview."""
    organisation_id, language = application.organisation_id, language_of(language)
    branding, job = brandings.branding_of(app, store, organisation_id), store.job(organisation_id, application.job_id)
    return Invitation(
        candidate_name=application.candidate.name or "",
        candidate_email=application.candidate.email or "",
        organisation=brandings.employer(store, organisation_id, branding),
        job_title=job.title,
        minutes=job.minutes if minutes is None else minutes,
        link=link,
        expires=expires or app.now,
        contact=branding.contact,
        sender=app.settings.mail.sender,
        language=language,
        zone=brandings.zone_of(interview, branding),
        branding=branding,
        texts=messages.words_of(store, organisation_id, language),
    )


SECOND_THOUGHTS = timedelta(hours=1)
"""A rejection is written of only then: until then a person can take it back and nobody has heard of it."""


def by_itself(app: App, store: Store, kind: str, interview: Interview | None, application: Application) -> bool:
    """In the caller's transaction. False: it is not switched on, or there is no usable address."""
    if kind not in messages.sends(store, application.organisation_id):
        return False
    key = f"{kind}:{interview.id if interview is not None and kind != 'rejection' else application.id}"
    due = app.now + SECOND_THOUGHTS if kind == "rejection" else None
    if kind == "rejection":
        key = f"{key}:{round(app.clock.now())}"
    who = invited(app, store, interview) if interview is not None else addressed(app, store, application)
    letter = partial(messages.written, kind, who, key=key, now=due or app.now)
    return queue_for(app, store, application, key, letter, due=due)


def dressed(store: Store, organisation_id: str, message: EmailMessage) -> EmailMessage:
    """As it goes out: with the employer's logo, where its page shows one."""
    return with_logo(message, store.logo(organisation_id)) if wants_logo(message) else message


def queue(
    app: App,
    store: Store,
    interview: Interview,
    key: str,
    message: Callable[[], EmailMessage],
    *,
    due: datetime | None = None,
) -> bool:
    """Sent by the delivery workflow, at once or when `due`, in the caller's transaction. False, and nothing is queued,
    when there is no usable address."""
    application = store.application(interview.organisation_id, interview.application_id)
    return queue_for(app, store, application, key, message, due=due)


def queue_for(
    app: App,
    store: Store,
    application: Application,
    key: str,
    message: Callable[[], EmailMessage],
    *,
    due: datetime | None = None,
) -> bool:
    """As `queue`, of an application that may have no interview. Invented people get no mail but in the outbox."""
    if app.settings.mail.smtp_host and store.job(application.organisation_id, application.job_id).is_sample:
        return False
    try:
        text = message().as_string(policy=policy.SMTP)
    except BadRequest:
        return False
    store.add_delivery(
        application.organisation_id,
        kind="email",
        key=key,
        payload={"message": text},
        subject=application.candidate_id,
        application_id=application.id,
        now=app.now,
        due=due,
    )
    return True
