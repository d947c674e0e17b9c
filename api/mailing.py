"""Messages around one interview: to whom, with what in them, and queued so that they survive a restart."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.utils import parseaddr
from typing import TYPE_CHECKING

from api.adjusting import minutes_of
from integrations.mail import Invitation
from models.errors import BadRequest
from models.records import Application, Interview
from models.store import Store

if TYPE_CHECKING:
    from api.deps import App


def contact(app: App) -> str:
    """Where a candidate can write to; empty when the sender takes no mail."""
    address = parseaddr(app.settings.mail.sender)[1]
    local, _, domain = address.partition("@")
    return "" if domain in ("", "localhost") or local.replace("-", "") == "noreply" else address


def address_of(app: App, path: str) -> str:
    """A page's address, as people outside reach it."""
    return app.settings.base_url.rstrip("/") + path


def invited(app: App, store: Store, interview: Interview, link: str = "") -> Invitation:
    """What messages to this candidate are made of. `link` is known only to who came with it: its hash is kept."""
    organisation_id = interview.organisation_id
    application = store.application(organisation_id, interview.application_id)
    return Invitation(
        candidate_name=application.candidate.name or "",
        candidate_email=application.candidate.email or "",
        organisation=store.organisation(organisation_id).name,
        job_title=store.job(organisation_id, application.job_id).title,
        minutes=minutes_of(store, interview),
        link=link,
        expires=interview.expires_at,
        contact=contact(app),
        sender=app.settings.mail.sender,
    )


def addressed(app: App, store: Store, application: Application) -> Invitation:
    """As `invited`, of an application that may have no interview."""
    organisation_id = application.organisation_id
    job = store.job(organisation_id, application.job_id)
    return Invitation(
        candidate_name=application.candidate.name or "",
        candidate_email=application.candidate.email or "",
        organisation=store.organisation(organisation_id).name,
        job_title=job.title,
        minutes=job.minutes,
        link="",
        expires=app.now,
        contact=contact(app),
        sender=app.settings.mail.sender,
    )


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
