"""Text messages beside the mail: an invitation, a reminder, a code. Only where the organisation has switched them on,
there is a number, and the candidate has agreed, or the organisation writes to everybody who gave one. Used by
`api.stages`, `api.bookings` and `api.entry`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from integrations.fixed_words import moment
from integrations.mail import Invitation
from integrations.texts import LONGEST
from models.errors import FoyerError
from models.records import Application, Channel, new_id
from models.sentences import N_
from models.store import Store

if TYPE_CHECKING:
    from datetime import datetime

    from api.deps import App

log = structlog.get_logger("foyer.texting")

USES = {
    "invitation": N_("Invitations"),
    "reminder": N_("Reminders of booked times"),
    "code": N_("The one-time code"),
    "everybody": N_("Also to candidates who have not agreed on their page, where their application gives a number"),
}
"""What a channel for texts may be used for."""
_WORDS = {
    "en": {
        "invitation": "{employer}: your interview for {job}. Open it until {expires}: {link}",
        "reminder": "{employer}: your interview is {ahead}, {when}. {link}",
        "open": "{employer}: your interview for {job} is open until {expires}: {link}",
        "code": "{employer}: {digits} is your code for the interview. Nobody will ask you for it.",
    },
    "de": {
        "invitation": "{employer}: Ihr Interview für {job}. Offen bis {expires}: {link}",
        "reminder": "{employer}: Ihr Interview am {when}. {link}",
        "open": "{employer}: Ihr Interview für {job} ist noch offen, bis {expires}: {link}",
        "code": "{employer}: {digits} ist Ihr Code für das Interview. Niemand wird Sie danach fragen.",
    },
}


def queue(
    app: App,
    store: Store,
    application: Application,
    who: Invitation,
    use: str,
    key: str,
    *,
    due: datetime | None = None,
    text: str = "",
    **gaps: str,
) -> bool:
    """In the caller's transaction, beside the mail of the same `key`. `text`: which words, where not those of the
    use. False: none is sent."""
    channel = store.texting(application.organisation_id)
    if channel is None or not _may(channel, application, use):
        return False
    store.add_delivery(
        application.organisation_id,
        kind="sms",
        key=f"{key}:sms"[:200],
        payload={"to": application.candidate.phone, "text": words(who, text or use, **gaps)},
        subject=application.candidate_id,
        application_id=application.id,
        now=app.now,
        due=due,
    )
    return True


def send_code(app: App, application: Application, who: Invitation, digits: str) -> bool:
    """At once, as the mail with it. A gateway that fails keeps nobody out: the mail went too."""
    with app.database.reading() as store:
        channel = store.texting(application.organisation_id)
    if channel is None or not _may(channel, application, "code"):
        return False
    try:
        texter = app.engines.texter(channel.config)
        texter.send(application.candidate.phone or "", words(who, "code", digits=digits), id=new_id())
    except FoyerError as error:
        log.warning("code.not_texted", detail=error.detail)
        return False
    return True


def words(who: Invitation, use: str, **gaps: str) -> str:
    """Short enough, with the link whole: what is too long of the job's title goes."""
    text, title = _WORDS[who.language][use], who.job_title

    def filled(job: str) -> str:
        expires = moment(who.expires, who.zone, who.language)
        return text.format(employer=who.organisation[:60], job=job, expires=expires, link=who.link, **gaps)

    over = len(filled(title)) - LONGEST
    return filled(title[: max(10, len(title) - over - 1)] + "…") if over > 0 else filled(title)


def _may(channel: Channel, application: Application, use: str) -> bool:
    candidate = application.candidate
    if use not in channel.uses or not candidate.phone or candidate.opted_out_at is not None:
        return False
    return candidate.texts_at is not None or "everybody" in channel.uses
