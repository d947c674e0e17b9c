"""Ways out besides mail, as administrators set them up: text messages by a gateway, Slack and Teams by their incoming
webhooks; and who is told what. Used by `api.routes.channels`; `api.doctor` asks what works."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from api import brandings
from api.news import NEWS
from api.texting import USES
from integrations.ssrf import check_url
from integrations.texts import Gateway, checked_gateway, post_chat
from models.errors import BadRequest
from models.records import Channel, ChannelKind, Subscription, new_id
from models.sentences import N_

if TYPE_CHECKING:
    from api.deps import App
    from api.security import Recruiter

KINDS: dict[str, str] = {
    "sms": N_("Text messages"),
    "slack": N_("Slack"),
    "teams": N_("Microsoft Teams"),
    "livekit": N_("Telephone and WebRTC (LiveKit)"),
}
CARRIES = {
    "telephone": N_("Interviews by telephone, of jobs that allow it; the number is the sender"),
    "browser": N_("Interviews by WebRTC, for clients that ask for it"),
}
"""What a media server may be used for."""
BODY = '{"to": "{to}", "from": "{sender}", "text": "{text}"}'
"""What many gateways take; each says its own."""
MOST_DAYS = 90
SECRET = 16


def add(app: App, who: Recruiter, kind: str, name: str, config: dict[str, str], uses: Sequence[str]) -> Channel:
    """Raises BadRequest that says what is wrong. A text channel without an address writes files beside the mail."""
    wanted: ChannelKind
    match kind:
        case "sms" | "slack" | "teams" | "livekit":
            wanted = kind
        case _:
            raise BadRequest(f"There are channels of the kinds {', '.join(KINDS)}; not {kind!r}.")
    known = CARRIES if kind == "livekit" else USES
    if unknown := [use for use in uses if use not in known]:
        raise BadRequest(f"A channel of this kind is used for {', '.join(known)}; not {unknown[0]!r}.")
    clean = {key: config.get(key, "").strip() for key in ("url", "headers", "body", "sender")}
    if kind == "sms" and clean["url"]:
        checked_gateway(Gateway(**{**clean, "body": clean["body"] or BODY}), allow_private=app.settings.webhook_private)
        clean["body"] = clean["body"] or BODY
    elif kind == "livekit":
        clean = media_server(config, uses)
    elif kind != "sms":
        check_url(clean["url"], allow_private=app.settings.webhook_private)
        clean = {"url": clean["url"]}
    with app.database.store() as store:
        return store.add_channel(
            who.organisation_id,
            wanted,
            name=" ".join(name.split())[:100] or KINDS[kind],
            config=clean,
            uses=[use for use in known if use in uses] if kind in ("sms", "livekit") else [],
            by=who.actor,
            now=app.now,
        )


def media_server(config: dict[str, str], uses: Sequence[str]) -> dict[str, str]:
    """Raises BadRequest."""
    clean = {name: config.get(name, "").strip() for name in ("url", "key", "secret", "sender")}
    parts = urlsplit(clean["url"])
    if parts.scheme not in ("wss", "ws") or not parts.hostname:
        raise BadRequest("The address of a LiveKit server begins with wss:// (or ws:// in a network of your own).")
    if not clean["key"] or len(clean["secret"]) < SECRET:
        raise BadRequest(f"Give an API key of the LiveKit server, and its secret of at least {SECRET} characters.")
    digits = re.sub(r"[\s()/.-]", "", clean["sender"])
    if "telephone" in uses and not re.fullmatch(r"\+?\d{5,16}", digits):
        raise BadRequest("Give the number that candidates call as the sender, like +49 30 1234567.")
    return clean


def described(row: Channel) -> dict[str, Any]:
    """JSON types, and no secret: of the address its host."""
    address = str(row.config.get("url", ""))
    return {
        "id": row.id,
        "kind": row.kind,
        "name": row.name,
        "enabled": row.enabled,
        "host": urlsplit(address).hostname or "files in the outbox",
        **({"webhook": f"/calls/{row.id}", "number": row.config.get("sender", "")} if row.kind == "livekit" else {}),
        "uses": row.uses,
        "changed_by": row.changed_by,
        "changed_at": row.changed_at.isoformat(),
    }


def try_out(app: App, organisation_id: str, channel_id: str, to: str = "") -> str:
    """One message right now: to a number, or into the chat. Says what the other side answered. Raises BadRequest,
    EngineError, PushRejected."""
    with app.database.reading() as store:
        row = store.channel(organisation_id, channel_id)
    if row.kind == "livekit":
        raise BadRequest("A media server is tried out by calling its number, or by an interview.")
    if row.kind == "sms":
        number = "".join(char for char in to if char.isdigit() or char == "+")
        if not 7 <= len(number) <= 17:
            raise BadRequest("Say to which number the test goes, like +49 30 1234567.")
        receipt = app.engines.texter(row.config).send(number, "A test from Foyer: texts arrive.", id=new_id())
    else:
        url, private = str(row.config["url"]), app.settings.webhook_private
        receipt = post_chat(row.kind, url, "A test from Foyer: news arrive here.", "", allow_private=private)
    return receipt.detail or "taken"


# ---------------------------------------------------------------- who is told


def subscribe(
    app: App, who: Recruiter, *, email: str, channel_id: str, news: Sequence[str], daily: bool, days: int
) -> Subscription:
    """By mail to a person, or to everybody in a chat. Raises BadRequest, NotFound."""
    if unknown := [one for one in news if one not in NEWS]:
        raise BadRequest(f"Told can be {', '.join(NEWS)}; not {unknown[0]!r}.")
    if not news:
        raise BadRequest("Choose what is told.")
    if not 1 <= days <= MOST_DAYS:
        raise BadRequest(f"Nobody has decided for 1 to {MOST_DAYS} days.")
    address = brandings.address(email)
    if bool(address) == bool(channel_id):
        raise BadRequest("Say either an e-mail address or a channel.")
    with app.database.store() as store:
        if channel_id and store.channel(who.organisation_id, channel_id).kind in ("sms", "livekit"):
            raise BadRequest("News go by mail or into a chat.")
        return store.add_subscription(
            who.organisation_id,
            email=address or None,
            channel_id=channel_id or None,
            news=[one for one in NEWS if one in news],
            daily=daily,
            undecided_days=days,
            by=who.actor,
            now=app.now,
        )


def told(row: Subscription) -> dict[str, Any]:
    return {
        "id": row.id,
        "email": row.email,
        "channel_id": row.channel_id,
        "news": row.news,
        "daily": row.daily,
        "undecided_days": row.undecided_days,
        "enabled": row.enabled,
        "changed_by": row.changed_by,
    }
