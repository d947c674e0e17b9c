"""Ways out besides mail, and who is told what: for programs and as a page. `api.channels` does it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from api import channels
from api.deps import App, Foyer, Signed, page
from api.news import NEWS
from api.security import Recruiter
from api.texting import USES
from models.errors import FoyerError

FIELDS = ("kind", "name", "url", "headers", "body", "sender", "key", "secret")
router = APIRouter(prefix="/v1/messages", tags=["messages"])
pages = APIRouter(include_in_schema=False)


class ChannelIn(BaseModel):
    model_config = ConfigDict(extra="forbid")
    kind: str = Field(max_length=16, description=", ".join(channels.KINDS))
    name: str = Field("", max_length=100)
    url: str = Field("", max_length=2_000, description="a gateway's address, or an incoming webhook; never told again")
    headers: str = Field("", max_length=4_000, description="of a gateway: `Name: value`, one a line; never told again")
    body: str = Field("", max_length=4_000, description="of a gateway: JSON or form with {to}, {text}, {sender}, {id}")
    sender: str = Field("", max_length=50)
    key: str = Field("", max_length=200, description="of a LiveKit server: an API key")
    secret: str = Field("", max_length=200, description="of that key; never told again")
    uses: list[str] = Field(
        default_factory=list, description=f"of texts: {', '.join(USES)}; of LiveKit: {', '.join(channels.CARRIES)}"
    )


class SwitchIn(BaseModel):
    model_config = ConfigDict(extra="forbid")
    enabled: bool


class ToIn(BaseModel):
    model_config = ConfigDict(extra="forbid")
    to: str = Field("", max_length=30, description="a telephone number, for text messages")


class TellIn(BaseModel):
    model_config = ConfigDict(extra="forbid")
    email: str = Field("", max_length=254, description="whom; or `channel_id`")
    channel_id: str = Field("", max_length=64)
    news: list[str] = Field(description=", ".join(NEWS))
    daily: bool = Field(default=False, description="once a day at seven instead of at once")
    undecided_days: int = Field(5, description="after how many days without a decision")


@router.get("/channels")
def listed(app: Foyer, who: Signed) -> list[dict[str, Any]]:
    """Without addresses, headers and other secrets."""
    with app.database.reading() as store:
        return [channels.described(row) for row in store.channels(who.organisation_id)]


@router.post("/channels", status_code=201)
def add(body: ChannelIn, app: Foyer, who: Signed) -> dict[str, Any]:
    """What is given here is kept sealed and never told again."""
    config = body.model_dump(include={"url", "headers", "body", "sender", "key", "secret"})
    return channels.described(channels.add(app, who, body.kind, body.name, config, body.uses))


@router.patch("/channels/{channel_id}")
def switch(channel_id: str, body: SwitchIn, app: Foyer, who: Signed) -> dict[str, Any]:
    with app.database.store() as store:
        row = store.switch_channel(who.organisation_id, channel_id, enabled=body.enabled, by=who.actor, now=app.now)
    return channels.described(row)


@router.delete("/channels/{channel_id}", status_code=204)
def remove(channel_id: str, app: Foyer, who: Signed) -> None:
    """Its secrets are forgotten, and nobody is told anything through it."""
    with app.database.store() as store:
        store.remove_channel(who.organisation_id, channel_id)


@router.post("/channels/{channel_id}/test")
def try_out(channel_id: str, body: ToIn, app: Foyer, who: Signed) -> dict[str, str]:
    """One message now; what the other side answered."""
    return {"answered": channels.try_out(app, who.organisation_id, channel_id, body.to)}


@router.get("/news")
def told(app: Foyer, who: Signed) -> list[dict[str, Any]]:
    """Who is told what."""
    with app.database.reading() as store:
        return [channels.told(row) for row in store.subscriptions(who.organisation_id)]


@router.post("/news", status_code=201)
def tell(body: TellIn, app: Foyer, who: Signed) -> dict[str, Any]:
    """From now on, to a person by mail or to everybody in a chat. News hold a job's title and a link, no names."""
    row = channels.subscribe(
        app,
        who,
        email=body.email,
        channel_id=body.channel_id,
        news=body.news,
        daily=body.daily,
        days=body.undecided_days,
    )
    return channels.told(row)


@router.patch("/news/{subscription_id}")
def switch_news(subscription_id: str, body: SwitchIn, app: Foyer, who: Signed) -> dict[str, Any]:
    with app.database.store() as store:
        row = store.switch_subscription(
            who.organisation_id, subscription_id, enabled=body.enabled, by=who.actor, now=app.now
        )
    return channels.told(row)


@router.delete("/news/{subscription_id}", status_code=204)
def stop(subscription_id: str, app: Foyer, who: Signed) -> None:
    with app.database.store() as store:
        store.remove_subscription(who.organisation_id, subscription_id)


# ---------------------------------------------------------------- the page


@pages.get("/messages/channels")
def channels_page(request: Request, app: Foyer, who: Signed) -> HTMLResponse:
    return _page(request, app, who)


@pages.post("/messages/channels")
async def add_page(request: Request, app: Foyer, who: Signed) -> Response:
    form = await request.form()
    said = {name: str(form.get(name, "")) for name in FIELDS}
    known = channels.CARRIES if said["kind"] == "livekit" else USES  # the form has the uses of all kinds
    uses = [str(one) for one in form.getlist("uses") if one in known]
    try:
        channels.add(app, who, said["kind"], said["name"], said, uses)
    except FoyerError as error:
        return _page(request, app, who, said=said, problem=error)
    return RedirectResponse("/messages/channels", status_code=303)


@pages.post("/messages/channels/{channel_id}/do")
def do_page(
    channel_id: str,
    request: Request,
    app: Foyer,
    who: Signed,
    act: Annotated[str, Form()] = "",
    to: Annotated[str, Form()] = "",
) -> Response:
    """on, off, remove or test."""
    with app.database.store() as store:
        store.channel(who.organisation_id, channel_id)
        if act in ("on", "off"):
            store.switch_channel(who.organisation_id, channel_id, enabled=act == "on", by=who.actor, now=app.now)
        elif act == "remove":
            store.remove_channel(who.organisation_id, channel_id)
    if act != "test":
        return RedirectResponse("/messages/channels", status_code=303)
    try:
        answered = channels.try_out(app, who.organisation_id, channel_id, to)
    except FoyerError as error:
        return _page(request, app, who, problem=error)
    return _page(request, app, who, message=f"The test was taken. Answer: {answered}")


@pages.post("/messages/news")
async def tell_page(request: Request, app: Foyer, who: Signed) -> Response:
    form = await request.form()
    to, days = str(form.get("to", "")), str(form.get("days", "5"))
    try:
        channels.subscribe(
            app,
            who,
            email=str(form.get("email", "")) if to in ("", "email") else "",
            channel_id=to if to not in ("", "email") else "",
            news=[str(one) for one in form.getlist("news")],
            daily=form.get("daily") == "yes",
            days=int(days) if days.isascii() and days.isdecimal() else 0,
        )
    except FoyerError as error:
        return _page(request, app, who, problem=error)
    return RedirectResponse("/messages/channels", status_code=303)


@pages.post("/messages/news/{subscription_id}/do")
def do_news_page(subscription_id: str, app: Foyer, who: Signed, act: Annotated[str, Form()] = "") -> Response:
    """on, off or remove."""
    with app.database.store() as store:
        store.subscription(who.organisation_id, subscription_id)
        if act in ("on", "off"):
            store.switch_subscription(
                who.organisation_id, subscription_id, enabled=act == "on", by=who.actor, now=app.now
            )
        elif act == "remove":
            store.remove_subscription(who.organisation_id, subscription_id)
    return RedirectResponse("/messages/channels", status_code=303)


def _page(
    request: Request,
    app: App,
    who: Recruiter,
    *,
    said: dict[str, str] | None = None,
    problem: FoyerError | None = None,
    message: str = "",
) -> HTMLResponse:
    mail = app.settings.mail
    with app.database.reading() as store:
        found = [channels.described(row) for row in store.channels(who.organisation_id)]
        told_now = [channels.told(row) for row in store.subscriptions(who.organisation_id)]
    shown = {
        "found": found,
        "names": {one["id"]: one["name"] for one in found},
        "told": told_now,
        "kinds": channels.KINDS,
        "uses": USES | channels.CARRIES,
        "carries": channels.CARRIES,
        "news": NEWS,
        "said": {**said, "secret": ""} if said else {"kind": "sms", "body": channels.BODY},
        "mail": f"{mail.smtp_host}:{mail.smtp_port}" if mail.smtp_host else "",
        "may_edit": "systems:write" in who.rights,
        "problem": problem.detail if problem is not None else "",
        "message": message,
    }
    status = problem.status if problem is not None else 200
    return page(
        request, "messages_channels.html", status=status, recruiter=who, section="messages", tab="channels", **shown
    )
