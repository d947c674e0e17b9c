"""What went to whom and how it fared, for the page Messages and for programs. Used by `api.routes.sent`."""

from __future__ import annotations

import re
from datetime import datetime
from email import policy
from email.header import decode_header, make_header
from email.parser import HeaderParser
from email.utils import parseaddr
from typing import TYPE_CHECKING, Any

from integrations.templates import KINDS
from models.errors import BadRequest
from models.records import Delivery, DeliveryState
from models.sentences import N_
from models.store.messages import Listed

if TYPE_CHECKING:
    from api.deps import App

SHOWN = 50
LINK = re.compile(r"https?://\S+")
STATES: dict[str, tuple[DeliveryState, ...]] = {
    "waiting": ("pending", "failed"),
    "sent": ("delivered",),
    "failed": ("dead",),
    "bounced": ("bounced",),
}
WORDS = {
    **{kind: one.name for kind, one in KINDS.items()},
    "nudge": N_("Reminder"),
    "booking": N_("Booked time"),
    "retake": N_("Held again"),
    "request": N_("To you: a request"),
    "withdrawn": N_("Withdrawal"),
    "adverse": N_("Notice of the decision"),
    "test": N_("Test"),
    "expired": N_("Expired"),
    "news": N_("To you: news"),
    "digest": N_("To you: digest"),
    "code": N_("Code"),
    "account": N_("Account"),
}
"""What the key of a delivery begins with -> what it is."""


def listed(
    app: App, organisation_id: str, *, state: str = "", address: str = "", before: str = ""
) -> tuple[list[dict[str, Any]], str]:
    """SHOWN of them, newest first, JSON types; and where the rest begins, empty: that was all. Raises BadRequest."""
    if state and state not in STATES:
        raise BadRequest(f"A message is {', '.join(STATES)}; not {state!r}.")
    with app.database.reading() as store:
        found = store.messages(
            organisation_id,
            states=STATES.get(state, ()),
            address=address.strip(),
            before=_moment(before) if before else None,
            limit=SHOWN + 1,
        )
        shown = [described(one) for one in found[:SHOWN]]
    rest = found[SHOWN - 1].delivery if len(found) > SHOWN else None
    return shown, f"{rest.created_at.isoformat()}~{rest.id}" if rest is not None else ""


def described(one: Listed) -> dict[str, Any]:
    delivery = one.delivery
    to, subject = _headers(delivery)
    prefix = delivery.key.partition(":")[0]
    return {
        "id": delivery.id,
        "way": delivery.kind,
        "what": WORDS.get(prefix, "Message"),
        "to": to,
        "subject": subject,
        "about": one.candidate.name if one.candidate is not None else None,
        "job": one.job_title,
        "application_id": delivery.application_id,
        "state": state_of(delivery),
        "reason": delivery.last_error if delivery.state != "delivered" else None,
        "attempts": delivery.attempts,
        "created_at": delivery.created_at.isoformat(),
        "sent_at": delivery.delivered_at.isoformat() if delivery.delivered_at is not None else None,
        "next_at": delivery.next_at.isoformat() if delivery.next_at is not None else None,
        "address_bad": one.candidate is not None and one.candidate.bounced_at is not None,
    }


def state_of(delivery: Delivery) -> str:
    return next(name for name, states in STATES.items() if delivery.state in states)


def _headers(delivery: Delivery) -> tuple[str, str]:
    """To whom and under which subject. Only the headers are read: the rest of a page of messages is long."""
    if delivery.kind != "email":
        shown = LINK.sub("…", str(delivery.payload.get("text", "")))  # whose link it is, only they hold
        return str(delivery.payload.get("to", "")), shown[:120]
    text = str(delivery.payload.get("message", ""))
    if not text:
        return "", ""
    head = HeaderParser(policy=policy.compat32).parsestr(text.partition("\r\n\r\n")[0] + "\r\n\r\n", headersonly=True)
    return parseaddr(_plain(head["To"]))[1], _plain(head["Subject"])


def _plain(header: object) -> str:
    return " ".join(str(make_header(decode_header(str(header or "")))).split())


def _moment(text: str) -> tuple[datetime, str]:
    at, _, id = text.partition("~")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        raise BadRequest("`before` is what the answer before this one gave as `next`.") from None
    if moment.tzinfo is None:
        raise BadRequest("`before` is what the answer before this one gave as `next`.")
    return moment, id
