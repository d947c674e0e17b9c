"""The page for a candidate whom another system has sent on to us: what happens next. Nothing on it is about the person,
since whoever has its address can open it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api import brandings
from api.deps import App, Foyer, page
from api.order_desk import PAGE
from api.routes.room import way_out
from models.records import Remote
from models.sentences import N_

router = APIRouter(prefix=PAGE, include_in_schema=False)

UNKNOWN = (
    N_("This page is not there"),
    N_(
        "It may have been cut off on the way, or what it was about is over. If you expect an interview, look for an "
        "invitation in your e-mail."
    ),
)
STANDINGS = {
    "coming": (
        N_("Your invitation is on its way"),
        N_(
            "You will get an e-mail with your own link to the interview, at the address in your application. This "
            "usually takes a few minutes. You need not wait here."
        ),
    ),
    "sent": (
        N_("Your invitation has been sent"),
        N_(
            "It is an e-mail to the address in your application; if you do not see it, look among unwanted mail. The "
            "link in it opens your interview whenever it suits you."
        ),
    ),
    "begun": (
        N_("You have started your interview"),
        N_("Go on with the link in your invitation. What you have said so far is kept."),
    ),
    "completed": (
        N_("Your interview is over"),
        N_("Thank you. Nothing more is needed from you: a person reads it next, and you hear from them."),
    ),
    "ended": (
        N_("There is no interview to hold now"),
        N_("It was withdrawn, or its time is over. If you think this is wrong, please ask."),
    ),
}


@router.get("/{order_id}")
def order(order_id: str, request: Request, app: Foyer) -> Response:
    remote = _found(app, order_id)
    if remote is None:
        return way_out(request, app, *UNKNOWN, status=404)
    heading, text = STANDINGS[_standing(app, remote)]
    with app.database.reading() as store:
        branding = brandings.branding_of(app, store, remote.organisation_id)
        employer = brandings.employer(store, remote.organisation_id, branding)
    back = f"{PAGE}/{remote.id}/back" if _return(remote) else ""
    facts: dict[str, Any] = {
        "employer": employer,
        "back": back,
        "contact": branding.contact,
        "branding": brandings.shown(remote.organisation_id, branding),
    }
    return page(request, "order.html", heading=heading, text=text, **facts)


@router.get("/{order_id}/back")
def back(order_id: str, request: Request, app: Foyer) -> Response:
    """To where the candidate came from, as the other system said it; that address may name them, so it stands on no
    page."""
    remote = _found(app, order_id)
    address = _return(remote) if remote is not None else ""
    if not address:
        return way_out(request, app, *UNKNOWN, status=404)
    return RedirectResponse(address, status_code=303)


def _found(app: App, order_id: str) -> Remote | None:
    with app.database.asking() as system:
        return system.order(order_id)


def _return(remote: Remote) -> str:
    address = str((remote.data or {}).get("return_url") or "")
    return address if address.startswith(("https://", "http://")) else ""


def _standing(app: App, remote: Remote) -> str:
    if (remote.data or {}).get("cancelled"):
        return "ended"
    if remote.local_id is None:
        return "coming"
    with app.database.reading() as store:
        interview = store.interview_of(remote.organisation_id, remote.local_id)
        if interview is None:
            stage = store.application(remote.organisation_id, remote.local_id).stage
            return "ended" if stage in ("rejected", "withdrawn") else "coming"
        if interview.state == "invited":
            return "sent" if store.was_sent(remote.organisation_id, f"invitation:{interview.id}") else "coming"
    return {"in_progress": "begun", "paused": "begun", "completed": "completed"}.get(interview.state, "ended")
