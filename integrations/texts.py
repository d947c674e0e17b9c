"""Ways out besides mail: text messages over any gateway that takes a web request, and posts into a Slack or Teams
channel. `api.wiring` picks the Texter; `api.sending` calls it. Addresses are other people's, so every call is guarded
(`integrations.ssrf`), and no secret of a channel stands in what a refusal says."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus, urlsplit

import httpx2

from integrations.http import without
from integrations.ssrf import check_url, guarded_client
from integrations.webhook import RETRY, opening, retry_after
from models.errors import BadRequest, EngineError, PushRejected
from models.values import Receipt
from models.visible import visible

SECONDS = 15.0
LONGEST = 320
"""Characters of a text message: two of a phone's own."""
GAPS = {"to": "the telephone number, +49...", "text": "the message", "sender": "who sends", "id": "one message, one id"}
SAID = 300
"""Characters that are kept of an answer."""
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


@dataclass(frozen=True, slots=True)
class Gateway:
    """How a gateway wants to be asked. `body` is JSON or a form, with the gaps of GAPS; `headers` as lines
    `Name: value`."""

    url: str
    headers: str
    body: str
    sender: str = ""


def checked_gateway(gateway: Gateway, *, allow_private: bool) -> Gateway:
    """Raises BadRequest that says what is wrong with it."""
    check_url(gateway.url, allow_private=allow_private)
    unknown = [name for name in re.findall(r"\{(\w+)\}", gateway.body) if name not in GAPS]
    if unknown:
        raise BadRequest(f"There is no gap {{{unknown[0]}}}; there are {', '.join(f'{{{name}}}' for name in GAPS)}.")
    if "{to}" not in gateway.body or "{text}" not in gateway.body:
        raise BadRequest("The body must say where {to} and {text} stand.")
    headers_of(gateway.headers)
    if gateway.body.lstrip().startswith("{"):
        try:
            json.loads(_filled(gateway.body, dict.fromkeys(GAPS, "0")))
        except ValueError as broken:
            raise BadRequest(f"The body is no JSON once its gaps are filled: {broken}.") from broken
    return gateway


def headers_of(lines: str) -> dict[str, str]:
    """Raises BadRequest for a line that is no header."""
    found = {}
    for line in filter(None, (line.strip() for line in lines.splitlines())):
        name, colon, value = line.partition(":")
        if (
            not colon
            or not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name.strip())
            or not value.strip().isprintable()
        ):
            raise BadRequest(f"{line[:60]!r} is no header. Write one a line, like Authorization: Bearer ...")
        found[name.strip().lower()] = value.strip()
    if set(found) & {"host", "content-length", "transfer-encoding", "connection"}:
        raise BadRequest("Host, Content-Length, Transfer-Encoding and Connection are set by themselves.")
    return found


def _filled(body: str, values: Mapping[str, str]) -> str:
    """Each value is spelled so that it stays one value: within JSON as JSON does, in a form as forms do."""
    is_json = body.lstrip().startswith("{")

    def spelled(found: re.Match[str]) -> str:
        value = visible(values.get(found[1], found[0]))
        return json.dumps(value)[1:-1] if is_json else quote_plus(value)

    return re.sub(r"\{(to|text|sender|id)\}", spelled, body)


class HttpTexter:
    """A Texter over one gateway."""

    def __init__(self, gateway: Gateway, *, allow_private: bool) -> None:
        self._gateway, self._allow_private = gateway, allow_private
        self.name = f"text messages by {urlsplit(gateway.url).hostname}"

    def send(self, to: str, text: str, *, id: str) -> Receipt:
        gateway = self._gateway
        body = _filled(gateway.body, {"to": to, "text": text, "sender": gateway.sender, "id": id})
        kind = "application/json" if body.lstrip().startswith("{") else "application/x-www-form-urlencoded"
        headers = {"content-type": kind, **headers_of(gateway.headers)}
        secrets = [value for name, value in headers.items() if name != "content-type"]
        receipt = post(
            self.name, gateway.url, body.encode(), headers, secrets=secrets, allow_private=self._allow_private
        )
        return Receipt(reference=_reference(receipt.detail) or id, detail=receipt.detail, status=receipt.status)


class OutboxTexter:
    """A Texter that writes files for a person or a test to read. A retry rewrites its own file."""

    name = "outbox"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, to: str, text: str, *, id: str) -> Receipt:
        target = self._folder / f"{hashlib.sha256(id.encode()).hexdigest()[:16]}.txt"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            partial = target.with_suffix(".partial")
            with partial.open("w", encoding="utf-8") as file:
                file.write(f"To: {to}\n\n{text}\n")
                file.flush()
                os.fsync(file.fileno())
            partial.replace(target)
        except OSError as error:
            raise EngineError(f"The text could not be written to {self._folder}: {error}", retry=True) from error
        return Receipt(reference=id, detail=str(target))


def chat_body(kind: str, text: str, link: str) -> bytes:
    """As Slack's incoming webhooks and Teams' workflows take it."""
    text = visible(text)
    if kind == "slack":
        clean = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return json.dumps({"text": f"{clean}\n{link}" if link else clean}).encode()
    block: dict[str, Any] = {"type": "TextBlock", "text": text, "wrap": True}
    card: dict[str, Any] = {"type": "AdaptiveCard", "version": "1.4", "body": [block]}
    if link:
        card["actions"] = [{"type": "Action.OpenUrl", "title": "Open", "url": link}]
    content = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
    return json.dumps({"type": "message", "attachments": [content]}).encode()


def post_chat(kind: str, url: str, text: str, link: str, *, allow_private: bool) -> Receipt:
    """One attempt. The address itself is the secret. Raises PushRejected."""
    name, path = f"{kind} at {urlsplit(url).hostname}", urlsplit(url).path
    body, headers = chat_body(kind, text, link), {"content-type": "application/json"}
    return post(name, url, body, headers, secrets=[url, path.strip("/")], allow_private=allow_private)


def post(
    name: str, url: str, body: bytes, headers: Mapping[str, str], *, secrets: list[str], allow_private: bool
) -> Receipt:
    """One guarded request. Receipt.detail: how the answer begins. Raises PushRejected."""
    try:
        check_url(url, allow_private=allow_private)
        with (
            guarded_client(allow_private=allow_private, seconds=SECONDS) as client,
            client.stream("POST", url, content=body, headers={"user-agent": "Foyer", **headers}) as answer,
        ):
            said, status = opening(answer, characters=SAID), answer.status_code
            again = retry_after(answer.headers.get("retry-after"), datetime.now(UTC))
    except BadRequest as refused:
        raise PushRejected(without(refused.detail, secrets)) from refused
    except httpx2.TimeoutException as late:
        raise PushRejected(f"{name} did not answer within {SECONDS:g} s", retry=True) from late
    except httpx2.HTTPError as broken:
        raise PushRejected(f"{name} could not be reached ({without(str(broken), secrets)})", retry=True) from broken
    said = without(said, secrets)
    if 200 <= status < 300:
        return Receipt(reference="", detail=said, status=status)
    retry = status in RETRY or status >= 500
    raise PushRejected(f"{name} answered {status}: {said or 'no explanation'}", retry=retry, retry_after=again)


def _reference(said: str) -> str:
    """The gateway's id of the message, where its JSON tells one in a usual place."""
    with suppress(ValueError):
        found = json.loads(said)
        for key in ("id", "sid", "message_id", "messageId", "message-id"):
            if isinstance(found, dict) and isinstance(found.get(key), str | int):
                return str(found[key])[:200]
    return ""
