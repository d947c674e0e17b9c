"""Taking back what a person decided: an invitation nobody has opened, a rejection. By a named person with a reason, and
both decisions stay in the history. What has left the house cannot be recalled, so it is said. Used by the routes
`undoing`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from api import mailing
from api.reviewing import SHORTEST_REASON, person_of
from api.security import Recruiter
from api.stages import STAGE_OF
from api.telling import tell_of_undoing
from integrations import letters
from models.errors import BadRequest, Conflict
from models.records import Application, HumanDecision, Interview, Stage
from models.sentences import N_
from models.store import Store
from models.store.attempts import counting
from models.values import Person

if TYPE_CHECKING:
    from api.deps import App

WRITTEN = {"adverse": N_("the notice of the decision, by mail"), "outcome": N_("the rejection")}


@dataclass(frozen=True, slots=True)
class Undoable:
    """What of an application can be taken back now, and `sent`: what left the house by the rejection, in words."""

    advance: bool
    reject: bool
    sent: tuple[str, ...] = ()
    mailed: bool = False
    """The invitation was delivered: whoever takes it back writes to them."""


def undoable(store: Store, application: Application) -> Undoable:
    organisation_id = application.organisation_id
    interview = store.interview_of(organisation_id, application.id)
    if application.stage == "rejected":
        last = _rejection(store, application)
        return Undoable(advance=False, reject=last is not None, sent=_sent(store, application, last))
    if interview is not None and _unopened(interview) and application.stage == "invited":
        return Undoable(advance=True, reject=False, mailed=_mailed(store, interview))
    return Undoable(advance=False, reject=False)


def take_back(app: App, who: Recruiter, application_id: str, reason: str) -> str:
    """An invitation that nobody has opened: its link is void, and the application stands where it stood. Who had the
    message already is written to. Returns what was done, in words. Raises NotFound, Forbidden, BadRequest, Conflict."""
    organisation_id = who.organisation_id
    with app.database.store() as store:
        application = store.application(organisation_id, application_id)
        person, why = person_of(who), _why(reason)
        newest = store.interview_of(organisation_id, application_id)
        if newest is None or application.stage != "invited":
            raise Conflict("There is no invitation to take back. Reload to see where the application stands.")
        interview = store.interview(organisation_id, newest.id, lock=True)
        if not _unopened(interview):
            raise Conflict("The interview was opened, or is over: it cannot be taken back. Decide when it has ended.")
        _note(app, store, application, "advance_undone", person, why)
        store.set_interview_state(organisation_id, interview.id, "withdrawn", now=app.now, reason="taken back")
        store.set_stage(organisation_id, application_id, _before_inviting(application), now=app.now)
        mailed = _mailed(store, interview)
        for kind in ("invitation", "reminder", "nudge"):
            store.drop_unsent(organisation_id, f"{kind}:{interview.id}")
        if not mailed:
            return "Taken back. The link is void; no message had gone out, and none is sent."
        letter_to, key = mailing.invited(app, store, interview), f"taken_back:{interview.id}:{round(app.clock.now())}"
        letter = partial(letters.taken_back, letter_to, key=key, now=app.now)
        told = mailing.queue(app, store, interview, key, letter)
    if told:
        return "Taken back. The link is void. The invitation had reached them, so a message tells them."
    return "Taken back. The link is void. The invitation had reached them, and there is no address to tell them by."


def undo_rejection(app: App, who: Recruiter, application_id: str, reason: str) -> tuple[str, ...]:
    """Back to the stage it had. Returns what had left the house and cannot be recalled. Raises NotFound, Forbidden,
    BadRequest, Conflict."""
    organisation_id = who.organisation_id
    with app.database.store() as store:
        application = store.application(organisation_id, application_id)
        person, why = person_of(who), _why(reason)
        last = _rejection(store, application)
        if application.stage != "rejected" or last is None:
            raise Conflict("This application is not rejected. Reload to see where it stands.")
        sent = _sent(store, application, last)
        _note(app, store, application, "reject_undone", person, why)
        interview = store.interview_of(organisation_id, application_id)
        if interview is not None and interview.finish_reason == "rejected":
            interview = store.reopen_invitation(organisation_id, interview.id, now=app.now)
        store.set_stage(organisation_id, application_id, _stood(store, application, last), now=app.now)
        store.drop_unsent(organisation_id, f"adverse:{application_id}")
        tell_of_undoing(store, application, now=app.now)
    return sent


def _note(app: App, store: Store, application: Application, action: str, person: Person, reason: str) -> None:
    own, id = application.organisation_id, application.id
    store.record_decision(own, id, action=action, actor=person.signature, reason=reason, now=app.now, person=person)
    store.add_review_event(own, id, "decided", action, person=person, now=app.now)


def _why(reason: str) -> str:
    if len(reason.strip()) < SHORTEST_REASON:
        raise BadRequest("Say why, in a few words. They are kept with the decision.")
    return reason.strip()[:2000]


def _unopened(interview: Interview) -> bool:
    return interview.state == "invited" and interview.link_used_at is None and interview.started_at is None


def _mailed(store: Store, interview: Interview) -> bool:
    return store.was_sent(interview.organisation_id, f"invitation:{interview.id}")


def _before_inviting(application: Application) -> Stage:
    return "screened" if application.score is not None else "unreadable"


def _rejection(store: Store, application: Application) -> HumanDecision | None:
    made = store.decisions(application.organisation_id, application.id)
    return next((one for one in reversed(made) if one.action == "reject"), None)


def _stood(store: Store, application: Application, rejected: HumanDecision) -> Stage:
    """As the rejection noted it; of older ones as the interview tells."""
    noted: Stage | None = (rejected.basis or {}).get("stage")
    if noted is not None:
        return noted
    held = store.interviews_of(application.organisation_id, application.id)
    current = counting(held)
    if current is not None and store.report_of(application.organisation_id, current.id) is not None:
        return "reported"
    state = held[-1].state if held else ""
    return STAGE_OF.get(state, _before_inviting(application))


def _sent(store: Store, application: Application, rejected: HumanDecision | None) -> tuple[str, ...]:
    """What was delivered since the rejection and tells of it, and to whom."""
    if rejected is None:
        return ()
    found: Sequence[tuple[str, str]] = store.told_of_decision(application.organisation_id, application.id, rejected.at)
    return tuple(f"{WRITTEN[kind]}{f', to {to}' if to else ''}" for kind, to in found)
