"""Messages that were sent, mail that came back, and addresses that a person corrects: for programs and as a page."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from api import bounces, sent
from api.deps import Foyer, Signed, page
from models.sentences import N_

router = APIRouter(prefix="/v1", tags=["messages"])
pages = APIRouter(include_in_schema=False)

TABS = {"": N_("All"), "waiting": N_("Waiting"), "sent": N_("Sent"), "failed": N_("Failed"), "bounced": N_("Came back")}


class AddressIn(BaseModel):
    model_config = ConfigDict(extra="forbid")
    email: str = Field(max_length=254)
    again: bool = Field(default=False, description="what came back or was given up goes out again")


class SentOut(BaseModel):
    messages: list[dict[str, Any]]
    next: str = Field(description="give it as `before` for the rest; empty: that was all")


@router.get("/messages")
def messages(app: Foyer, who: Signed, state: str = "", address: str = "", before: str = "") -> SentOut:
    """What went to whom, newest first. `state`: waiting, sent, failed or bounced; `address`: a candidate's, whole."""
    found, rest = sent.listed(app, who.organisation_id, state=state, address=address, before=before)
    return SentOut(messages=found, next=rest)


@router.post("/messages/{delivery_id}/retry", status_code=202)
def retry(delivery_id: str, app: Foyer, who: Signed) -> dict[str, str]:
    """Send it again, now."""
    _again(app, who, delivery_id)
    return {"state": "waiting"}


@router.post("/bounces")
async def take_bounces(request: Request, app: Foyer, who: Signed) -> dict[str, list[dict[str, Any]]]:
    """Mail that came back: the raw message (RFC 3464), or the JSON that your mail relay posts. A hard bounce marks the
    address, and nothing more is sent there until it is corrected."""
    return {"bounces": bounces.take(app, who.organisation_id, await request.body())}


@router.post("/candidates/{candidate_id}/email")
def correct(candidate_id: str, body: AddressIn, app: Foyer, who: Signed) -> dict[str, Any]:
    """The address that mail reaches them at. What waits goes there; with `again` also what came back."""
    count = bounces.correct(app, who.organisation_id, candidate_id, body.email, again=body.again)
    return {"email": body.email.strip(), "sent_again": count}


def _again(app: Foyer, who: Signed, delivery_id: str) -> None:
    with app.database.store() as store:
        delivery = store.replay_delivery(who.organisation_id, delivery_id, now=app.now)
    app.pipeline.redeliver(delivery.id, delivery.attempts)


# ---------------------------------------------------------------- pages


@pages.get("/messages")
def messages_page(
    request: Request, app: Foyer, who: Signed, state: str = "", address: str = "", before: str = ""
) -> HTMLResponse:
    state = state if state in TABS else ""
    found, rest = sent.listed(app, who.organisation_id, state=state, address=address, before=before)
    asked = {"state": state, "address": address, "before": rest}
    shown: dict[str, Any] = {
        "listed": found,
        "rest": f"/messages?{urlencode(asked)}" if rest else "",
        "first": not before,
        "state": state,
        "states": TABS,
        "address": address,
        "may_write": "candidates:write" in who.rights,
        "may_retry": "results:write" in who.rights,
    }
    return page(request, "messages_sent.html", recruiter=who, section="messages", tab="sent", **shown)


@pages.post("/messages/{delivery_id}/retry")
def retry_page(delivery_id: str, app: Foyer, who: Signed) -> Response:
    _again(app, who, delivery_id)
    return RedirectResponse("/messages?state=waiting", status_code=303)


@pages.post("/applications/{application_id}/address")
def correct_page(
    application_id: str,
    app: Foyer,
    who: Signed,
    email: Annotated[str, Form()] = "",
    again: Annotated[str, Form()] = "",
) -> Response:
    with app.database.reading() as store:
        candidate_id = store.application(who.organisation_id, application_id).candidate_id
    bounces.correct(app, who.organisation_id, candidate_id, email, again=bool(again))
    return RedirectResponse(f"/applications/{application_id}", status_code=303)
