"""What a person does about invitations that nobody has used: remind, keep open for longer, offer another way. For one
or many, said before; and the reminder that goes out by itself two days before the end. Used by `api.routes.overview`
and the sweep of `api.pipeline`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from email import policy
from email.parser import Parser
from functools import partial
from typing import TYPE_CHECKING, Literal

from api import mailing, texting
from api.bookings import remind as remind_of_booking
from api.reviewing import person_of
from api.security import Recruiter, digest
from integrations import letters
from integrations.mail import reminder
from models.errors import BadRequest
from models.records import Interview
from models.sentences import N_
from models.store import Store
from models.store.listing import Listed

if TYPE_CHECKING:
    from datetime import datetime

    from api.deps import App

MOST = 200
AHEAD = timedelta(days=2)
"""So long before an invitation ends a reminder goes out by itself."""
DAY = timedelta(days=1)
LONGEST_DAYS = 90
ALIKE = timedelta(hours=1)
"""So much longer is not longer: the same form pressed twice."""

Act = Literal["remind", "extend", "alternative"]
Why = Literal["over", "begun", "replaced", "silent", "address", "today", "halted", "longer", "offered"]
WHY: Mapping[str, str] = {
    "over": N_("Completed, expired or withdrawn. Invite them anew instead."),
    "begun": N_("They have begun."),
    "replaced": N_("There is a newer interview of theirs."),
    "silent": N_("They want to hear nothing more from you."),
    "address": N_("There is no usable e-mail address. Make a new link on their page and hand it on."),
    "today": N_("They were reminded within the last day."),
    "halted": N_("Automated processing is suspended, invitations with it. Resume it first."),
    "longer": N_("It is open for longer already."),
    "offered": N_("It was offered to them before."),
}
_LINK = re.compile(r"/i/([\w.~-]+)")


@dataclass(frozen=True, slots=True)
class Sorted:
    """Of those chosen: whom it concerns, and whom not and why."""

    can: tuple[Listed, ...]
    cannot: tuple[tuple[Listed, Why], ...]


def sorted_out(act: Act, chosen: Sequence[Listed], now: datetime, *, days: int = 7) -> Sorted:
    """Pure. Of one person's several invitations one is reminded of."""
    can: list[Listed] = []
    cannot: list[tuple[Listed, Why]] = []
    met: set[str] = set()
    for one in chosen:
        why = _stands_against(act, one, now, days)
        if why is None and act == "remind" and one.candidate_id in met:
            why = "today"
        if why is not None:
            cannot.append((one, why))
        else:
            met.add(one.candidate_id)
            can.append(one)
    return Sorted(tuple(can), tuple(cannot))


def _stands_against(act: Act, one: Listed, now: datetime, days: int) -> Why | None:
    if not one.newest:
        return "replaced"
    if one.state not in ("invited", "in_progress", "paused") or one.expires_at <= now:
        return "over"
    if act == "extend":
        return "longer" if one.expires_at >= now + timedelta(days=days) - ALIKE else None
    if one.state != "invited":
        return "begun"
    if one.silent or not one.reachable:
        return "silent" if one.silent else "address"
    if act == "remind" and one.reminded_at is not None and one.reminded_at > now - DAY:
        return "today"
    return None


def before(
    app: App, organisation_id: str, act: Act, ids: Sequence[str], *, days: int = 7, job_id: str | None = None
) -> Sorted:
    """What an act would do. Raises NotFound, BadRequest."""
    chosen = list(dict.fromkeys(ids))
    if not 0 < len(chosen) <= MOST:
        raise BadRequest(f"Choose between 1 and {MOST} interviews.")
    if not 1 <= days <= LONGEST_DAYS:
        raise BadRequest(f"An invitation can be kept open for 1 to {LONGEST_DAYS} days from now.")
    with app.database.reading() as store:
        found = store.interviews_listed(organisation_id, job_id=job_id, ids=chosen, limit=MOST)
        jobs = {one.job_id for one in found}
        halted = {id for id in jobs if store.halted_job(organisation_id, id) is not None}
        given = store.offered_before(organisation_id, chosen) if act == "alternative" else set()
    by = sorted_out(act, found, app.now, days=days)
    still: list[tuple[Listed, Why]] = [(one, "halted") for one in by.can if act == "remind" and one.job_id in halted]
    still += [(one, "offered") for one in by.can if one.id in given]
    stopped = {one.id for one, _ in still}
    return Sorted(tuple(one for one in by.can if one.id not in stopped), (*by.cannot, *still))


def do(app: App, who: Recruiter, act: Act, ids: Sequence[str], *, days: int = 7) -> Sorted:
    """Each in a transaction of its own; the same again changes nothing. Raises NotFound, Forbidden, BadRequest."""
    found = before(app, who.organisation_id, act, ids, days=days)
    person = person_of(who)
    done: list[Listed] = []
    left = list(found.cannot)
    for one in found.can:
        with app.database.store() as store:
            interview = store.interview(who.organisation_id, one.id, lock=True)
            if act == "remind" and _lately(interview, app.now):  # the same form a moment ago
                left.append((one, "today"))
                continue
            if act == "extend":
                store.extend(who.organisation_id, one.id, app.now + timedelta(days=days))
                sent = True
            elif act == "remind":
                sent = remind(app, store, interview)
            else:
                sent = offer(app, store, interview)
                store.record_decision(
                    who.organisation_id,
                    one.application_id,
                    action="alternative",
                    actor=person.signature,
                    reason="",
                    now=app.now,
                    person=person,
                )
        if sent:
            done.append(one)
        else:
            left.append((one, "address"))
    app.pipeline.deliver_due()
    return Sorted(tuple(done), tuple(left))


def remind(app: App, store: Store, interview: Interview) -> bool:
    """The invitation once more, with the link that they have; where that is not known any more, since it was handed on
    by a person, with a new one. False without a usable address; it counts as reminded, so that nobody tries on."""
    own, id = interview.organisation_id, interview.id
    link = _known_link(app, store, interview)
    if link is None:
        token = app.signer.link_token()
        link = mailing.address_of(app, f"/i/{token}")
        interview = store.renew_link(own, id, link_hash=digest(token), expires_at=interview.expires_at, now=app.now)
        remind_of_booking(app, store, interview, link)
    who, key = mailing.invited(app, store, interview, link), f"nudge:{id}:{app.now:%Y%m%dT%H%M%S}"
    store.reminded(own, id, now=app.now)
    case = store.application(interview.organisation_id, interview.application_id)
    texting.queue(app, store, case, who, "reminder", key, text="open")
    return mailing.queue(app, store, interview, key, partial(reminder, who, key=key, now=app.now))


def _lately(interview: Interview, now: datetime) -> bool:
    return interview.reminded_at is not None and interview.reminded_at > now - DAY


def remind_due(app: App, organisation_id: str, interview_id: str) -> None:
    """By itself, once, shortly before the end."""
    with app.database.store() as store:
        interview = store.interview(organisation_id, interview_id, lock=True)
        if interview.state == "invited" and (interview.reminded_at is None or interview.reminded_at <= app.now - AHEAD):
            remind(app, store, interview)


def offer(app: App, store: Store, interview: Interview) -> bool:
    """A person instead of software, or another form: how to ask for it. Once an interview."""
    who, key = mailing.invited(app, store, interview), f"alternative:{interview.id}"
    return mailing.queue(app, store, interview, key, partial(letters.alternative, who, key=key, now=app.now))


def _known_link(app: App, store: Store, interview: Interview) -> str | None:
    """From the invitation that was sent, if it is the one that still opens the interview."""
    for delivery in store.messages_of(
        interview.organisation_id, interview.application_id, f"invitation:{interview.id}"
    ):
        message = Parser(policy=policy.SMTP).parsestr(str(delivery.payload.get("message", "")))
        body = message.get_body(("plain",))
        for token in _LINK.findall(body.get_content() if body is not None else ""):
            if digest(token) == interview.link_hash:
                return mailing.address_of(app, f"/i/{token}")
    return None
