"""What came back: delivery status notifications (RFC 3464) and the JSON that mail relays post. Pure; `api.bounces`
finds whose message it was."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import Message
from email.parser import HeaderParser
from email.utils import parseaddr
from typing import Any

from models.errors import BadRequest

LONGEST = 500
NOT_THE_ADDRESS = re.compile(r"5\.(2\.[234]|3\.\d+|4\.[02567]|5\.\d+|6\.\d+|7\.\d+)")
"""Permanent for this message (full, too large, refused by policy), and no word about whether the mailbox exists."""
HARD_WORDS = frozenset({"hard", "permanent", "hardbounce", "hard_bounce", "invalid", "suppressed"})
SOFT_WORDS = frozenset({"soft", "transient", "temporary", "softbounce", "soft_bounce", "deferred", "blocked", "block"})
BOUNCE_WORDS = frozenset({"bounce", "bounced", "failed", "failure", "dropped", "undeliverable"})


@dataclass(frozen=True, slots=True)
class Bounce:
    """`message_id` of what was sent, as `<...>`; empty where the other side does not say. `hard`: the address is
    bad."""

    recipient: str
    message_id: str
    hard: bool
    reason: str


def read(content: bytes) -> list[Bounce]:
    """A raw message, or JSON: an object, a list, or an object with a list in it. Raises BadRequest for what is neither;
    what tells of no failure gives nothing."""
    if content.lstrip()[:1] in (b"{", b"["):
        try:
            said = json.loads(content)
        except ValueError as broken:
            raise BadRequest(f"This is no JSON: {broken}.") from broken
        return [found for one in _events(said) if (found := _of_relay(one)) is not None]
    return _of_message(message_from_bytes(content, policy=policy.compat32))


# ---------------------------------------------------------------- RFC 3464


def _of_message(message: Message) -> list[Bounce]:
    status = next((part for part in message.walk() if part.get_content_type() == "message/delivery-status"), None)
    if status is None:
        raise BadRequest("This is no delivery status notification (RFC 3464): send the message as it came back.")
    blocks = [each for each in status.get_payload() if isinstance(each, Message)]  # the first is about the report
    original = _original(message)
    return [found for block in blocks if (found := _of_block(block, original)) is not None]


def _of_block(block: Message, message_id: str) -> Bounce | None:
    recipient = _address(block.get("Final-Recipient") or block.get("Original-Recipient") or "")
    if block.get("Action", "").strip().lower() != "failed" or not recipient:
        return None
    code = _code(block.get("Status", ""))
    said = _diagnostic(block.get("Diagnostic-Code", "")) or f"status {code or 'unknown'}"
    return Bounce(recipient, message_id, _is_hard(code, ""), said)


def _original(message: Message) -> str:
    """The Message-ID of what came back: in the copy of it, or of its headers."""
    for part in message.walk():
        kind = part.get_content_type()
        if kind == "message/rfc822":
            inner = part.get_payload(0)
            return str(inner.get("Message-ID", "")).strip() if isinstance(inner, Message) else ""
        if kind == "text/rfc822-headers":
            text = part.get_payload(decode=True)
            headers = HeaderParser().parsestr(text.decode("utf-8", "replace") if isinstance(text, bytes) else "")
            return str(headers.get("Message-ID", "")).strip()
    return ""


def _address(field: str) -> str:
    """`rfc822; <ann@example.org>`."""
    return parseaddr(field.partition(";")[2] or field)[1].strip()


def _diagnostic(field: str) -> str:
    kind, _, words = field.partition(";")
    return " ".join((words or kind).split())[:LONGEST]


# ---------------------------------------------------------------- relays


def _events(said: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(said, list):
        for each in said:
            yield from _events(each)
    elif isinstance(said, dict):
        inner = next((said[key] for key in ("events", "bounces", "messages") if isinstance(said.get(key), list)), None)
        if inner is not None:
            yield from _events(inner)
        else:
            yield _flat(said)


def _flat(said: Mapping[str, Any]) -> dict[str, Any]:
    """Names without case, hyphens and underscores; what lies within objects and one-element lists beside the rest."""
    found: dict[str, Any] = {}
    for key, value in said.items():
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if isinstance(value, dict):
            found = {**_flat(value), **found}
        else:
            found[re.sub(r"[^a-z]", "", key.lower())] = value
    return found


def _of_relay(one: Mapping[str, Any]) -> Bounce | None:
    recipient = _first(one, "recipient", "emailaddress", "email", "rcpt", "to", "address", "finalrecipient")
    kind = _first(one, "bouncetype", "type", "severity", "bounceclass", "class", "event").lower()
    code = _code(_first(one, "status", "enhancedstatus", "dsn", "code"))
    event = _first(one, "event", "recordtype", "type", "notificationtype", "eventtype").lower()
    failed = {kind, event} & (HARD_WORDS | SOFT_WORDS | BOUNCE_WORDS) or code.startswith(("4", "5"))
    if not recipient or not failed:
        return None
    reason = _first(one, "diagnosticcode", "reason", "diagnostic", "description", "error", "details", "response")
    reference = _first(one, "messageid", "smtpid", "headermessageid", "originalmessageid")
    message_id = f"<{reference.strip('<>')}>" if "@" in reference else ""
    return Bounce(parseaddr(recipient)[1], message_id, _is_hard(code, kind), " ".join(reason.split())[:LONGEST] or kind)


def _first(one: Mapping[str, Any], *names: str) -> str:
    return next((str(one[name]) for name in names if isinstance(one.get(name), str | int) and one[name] != ""), "")


def _code(text: str) -> str:
    """An enhanced status (RFC 3463), or empty."""
    return next(iter(re.findall(r"[245]\.\d{1,3}\.\d{1,3}", text)), "")


def _is_hard(code: str, kind: str) -> bool:
    if code:
        return code.startswith("5") and not NOT_THE_ADDRESS.match(code)
    return kind in HARD_WORDS
