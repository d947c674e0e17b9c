"""What the law wants candidates to be told: with the invitation, before the interview may begin, after a decision
against them; and that whoever wants to hear nothing more hears nothing more. Used by `api.stages` and by routes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email import policy
from email.parser import HeaderParser
from functools import partial
from typing import TYPE_CHECKING, Any

from api import mailing
from api.exporting import explained
from api.legal import law_of
from compliance import basis, business_days
from compliance.law import Law
from compliance.retention import deadline
from integrations import letters
from models.errors import Conflict
from models.records import Application, CandidateRequest, Delivery, Interview, NoticeKind
from models.store import Store

if TYPE_CHECKING:
    from api.deps import App

SILENT = "This person wants to hear nothing more from you, so nothing is sent and nobody is invited."
EARLY = (
    "This interview can be held from {day} on: the law gives you time after the notice that you were sent. You can "
    "book a time from that day on, and ask for another way of being assessed at once."
)
LOOK_BACK = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Said:
    """Words, and the rules that ask for them."""

    kind: NoticeKind
    text: str
    rules: tuple[str, ...]


# ---------------------------------------------------------------- with the invitation


def for_invitation(app: App, store: Store, application: Application) -> list[Said]:
    """What binds today where the work and its candidates are."""
    law, places = law_of(app.settings), store.jurisdictions(application.organisation_id, application.job_id)
    rules = law.binding(places, app.now.date(), "notice")
    told = [Said("invitation", one.text, (one.id,)) for one in rules if one.text and one.concerns("invitation")]
    asking = tuple(one.id for one in law.binding(places, app.now.date(), "source_notice"))
    sources = store.sources(application.organisation_id, application.candidate_id)
    if asking and sources:
        found = [(one, basis.of(one.origin)) for one in sources]
        if all(ground.to_tell for _, ground in found):  # who has applied once knows
            first, ground = found[0]
            told.append(Said("source", basis.source_notice(first.source, first.at.date(), ground), asking))
    return told


def record(app: App, store: Store, application: Application, said: Sequence[Said], *, channel: str) -> None:
    version = law_of(app.settings).version
    for one in said:
        store.add_notice(
            application.organisation_id,
            application.id,
            one.kind,
            one.text,
            rules=one.rules,
            law_version=version,
            channel=channel,
            now=app.now,
        )


def shown(store: Store, organisation_id: str, application_id: str) -> list[dict[str, Any]]:
    """JSON types, oldest first."""
    return [
        {
            "kind": one.kind,
            "rules": one.rules.split(","),
            "law_version": one.law_version,
            "text_sha256": one.text_sha256,
            "channel": one.channel,
            "at": one.at.isoformat(),
        }
        for one in store.notices(organisation_id, application_id)
    ]


# ---------------------------------------------------------------- before it may begin


def first_day(app: App, store: Store, application: Application) -> date | None:
    """Before which nobody is interviewed, counted from the first notice (or from today, where there is none yet)."""
    organisation_id = application.organisation_id
    places = store.jurisdictions(organisation_id, application.job_id)
    waits = law_of(app.settings).binding(places, app.now.date(), "waiting_period")
    days = max((one.days or 0 for one in waits if one.concerns("interview")), default=0)
    if not days:
        return None
    told = [one.at for one in store.notices(organisation_id, application.id) if one.kind == "invitation"]
    return business_days.after(business_days.day_of(min(told, default=app.now)), days)


def too_early(app: App, store: Store, interview: Interview) -> str:
    """Why it cannot be held yet; empty when it can, or has begun."""
    if interview.started_at is not None:
        return ""
    day = first_day(app, store, store.application(interview.organisation_id, interview.application_id))
    return EARLY.format(day=day) if day is not None and app.now < business_days.begins(day) else ""


# ---------------------------------------------------------------- to hear nothing more


def opt_out(app: App, organisation_id: str, candidate_id: str) -> datetime:
    with app.database.store() as store:
        since = store.opt_out(organisation_id, candidate_id, now=app.now).opted_out_at
    assert since is not None
    return since


def is_silenced(store: Store, delivery: Delivery) -> bool:
    """A message to somebody who wants none. What goes to the employer about them goes out."""
    if delivery.kind not in ("email", "sms") or delivery.application_id is None:
        return False
    candidate = store.application(delivery.organisation_id, delivery.application_id).candidate
    if candidate.opted_out_at is None:
        return False
    if delivery.kind == "sms":
        return True
    if not candidate.email:
        return False
    to = HeaderParser(policy=policy.SMTP).parsestr(str(delivery.payload["message"]))["To"]  # long ones are folded
    return any(one.addr_spec.lower() == candidate.email.strip().lower() for one in to.addresses) if to else False


# ---------------------------------------------------------------- answers and decisions in time


def due_on(app: App, store: Store, request: CandidateRequest) -> date | None:
    """By when it must be answered; None where it is, or nothing binds."""
    if request.answered_at is not None or request.kind == "withdrawal":
        return None
    interview = store.interview(request.organisation_id, request.interview_id)
    application = store.application(request.organisation_id, interview.application_id)
    places, law = store.jurisdictions(request.organisation_id, application.job_id), law_of(app.settings)
    asked = request.made_at.date()
    days = [deadline(law, places, asked, "answer_deadline", request.kind)]
    if request.kind == "recording":
        days.append(deadline(law, places, asked, "deletion_on_request", "media"))
    return min((day for day in days if day is not None), default=None)


def adverse(app: App, store: Store, organisation_id: str) -> list[dict[str, Any]]:
    """JSON types: rejections of which the law wants the candidate told, soonest first. `state`: sent, open or late."""
    law, rejected = law_of(app.settings), store.rejected_since(organisation_id, app.now - LOOK_BACK)
    found = [line for one, decided in rejected if (line := _adverse(app, store, law, one, decided)) is not None]
    return sorted(found, key=lambda one: (one["state"] == "sent", one["due_on"], one["application_id"]))


def adverse_of(app: App, store: Store, application: Application) -> dict[str, Any] | None:
    """The same of one application; None where nobody need be told."""
    decided = _decided(store, application) if application.stage == "rejected" else None
    return _adverse(app, store, law_of(app.settings), application, decided) if decided is not None else None


def _decided(store: Store, application: Application) -> datetime | None:
    """When it was rejected, the last time."""
    made = store.decisions(application.organisation_id, application.id)
    return max((one.at for one in made if one.action == "reject"), default=None)


def _adverse(app: App, store: Store, law: Law, application: Application, decided: datetime) -> dict[str, Any] | None:
    places = store.jurisdictions(application.organisation_id, application.job_id)
    due = deadline(law, places, decided.date(), "adverse_notice", "rejection")
    if due is None:
        return None
    told = store.notices(application.organisation_id, application.id)
    sent = [one.at for one in told if one.kind == "adverse" and one.at >= decided]  # not of one that was undone
    return {
        "application_id": application.id,
        "decided_at": decided.isoformat(),
        "due_on": due.isoformat(),
        "days_left": (due - app.now.date()).days,
        "state": "sent" if sent else "late" if app.now.date() > due else "open",
        "sent_at": min(sent).isoformat() if sent else None,
        "wants_no_mail": application.candidate.opted_out_at is not None,
    }


def send_adverse(app: App, organisation_id: str, application_id: str) -> bool:
    """False: it was sent before, of this decision. Raises NotFound, Conflict."""
    with app.database.store() as store:
        application = store.application(organisation_id, application_id)
        if application.stage != "rejected":
            raise Conflict("Nobody has decided against this application.")
        if application.candidate.opted_out_at is not None:
            raise Conflict(f"{SILENT} Hand the explanation over by other means.")
        earlier = [one.at for one in store.notices(organisation_id, application_id) if one.kind == "adverse"]
        decided = _decided(store, application)
        if earlier and (decided is None or max(earlier) >= decided):
            return False
        again = f":{len(earlier) + 1}" if earlier else ""
        text, key = explained(store, organisation_id, application_id), f"adverse:{application_id}{again}"
        who = mailing.addressed(app, store, application)
        letter = partial(letters.adverse, who, text, key=key, now=app.now)
        if not mailing.queue_for(app, store, application, key, letter):
            raise Conflict("There is no usable e-mail address. Hand the explanation over by other means.")
        rules = law_of(app.settings).binding(
            store.jurisdictions(organisation_id, application.job_id), app.now.date(), "adverse_notice"
        )
        record(app, store, application, [Said("adverse", text, tuple(one.id for one in rules))], channel="mail")
    return True
