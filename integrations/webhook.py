"""Results pushed as signed web requests, as the Standard Webhooks specification asks (standardwebhooks.com, 1.0).
Called by the delivery step of `api.pipeline`; the demo's receiver verifies what this sends.

One push is one attempt: `next_attempt` says when the following one is due, the Delivery row remembers it.
"""

from __future__ import annotations

import json
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx2
from standardwebhooks import Webhook

from integrations.ssrf import check_url, guarded_client
from models.errors import BadRequest, PushRejected
from models.values import AssessmentResult, Receipt

RETRY_AFTER: tuple[int, ...] = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""Seconds between attempts, the specification's example schedule: ten attempts over about three days."""
ANSWER_SECONDS = 15.0
"""How long a receiver may take."""
JITTER = 0.1
"""Up to this share is added to a wait, so that a receiver coming back is not met by everyone at once."""

_LONGEST_WISH = 86_400.0
_BODY_READ = 4_096
RETRY = frozenset({408, 425, 429})
"""Refusals after which the same may be sent again, beside those from 500 on."""


def new_secret() -> str:
    """A fresh signing secret, `whsec_` and 32 random bytes in base64."""
    return "whsec_" + b64encode(secrets.token_bytes(32)).decode()


def result_body(result: AssessmentResult) -> bytes:
    """`{"type", "timestamp", "data"}`, the same bytes at every attempt. `data` reads back as an AssessmentResult; word
    timings stay home, they are bulk no ATS asks for."""
    data = result.model_dump(mode="json", exclude={"type": True, "transcript": {"__all__": {"words"}}})
    created = result.created_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return notice_body(result.type, created, data)


def next_attempt(attempts: int, *, now: float, retry_after: float | None, jitter: float) -> float | None:
    """When to try again after `attempts` failed ones (1 or more), seconds since the epoch; None: give up.

    `jitter` 0..1 comes from the caller. The receiver's Retry-After can lengthen a wait, up to a day, never shorten it.
    """
    if attempts > len(RETRY_AFTER):
        return None
    wait = RETRY_AFTER[attempts - 1] * (1 + JITTER * jitter)
    if retry_after is not None:
        wait = max(wait, min(retry_after, _LONGEST_WISH))
    return now + wait


def notice_body(type: str, at: str, data: Mapping[str, object]) -> bytes:
    """As `result_body`, of anything else that is told. `at`: UTC, ISO 8601."""
    body = {"type": type, "timestamp": at, "data": data}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


class WebhookSink:
    """A ResultSink for any receiver that verifies Standard Webhooks. Bad address or secret: BadRequest at once."""

    def __init__(self, url: str, secret: str, *, allow_private: bool = False, timeout: float | None = None) -> None:
        """`timeout`: ANSWER_SECONDS unless given."""
        check_url(url, allow_private=allow_private)
        self._signer = _signer(secret)
        self._url, self._allow_private = url, allow_private
        self._timeout = ANSWER_SECONDS if timeout is None else timeout
        self.name = f"webhook {urlsplit(url).hostname}"

    def push(self, result: AssessmentResult) -> Receipt:
        """One attempt. `webhook-id` is the result's id, so a receiver can tell a repeat from news."""
        return self.send(result.id, result_body(result))

    def send(self, id: str, body: bytes) -> Receipt:
        """One attempt to bring any body, under this `webhook-id`. Raises PushRejected."""
        now = datetime.now(UTC)  # UTC and aware: the library signs any other zone's time wrongly
        headers = {
            "content-type": "application/json",
            "accept-encoding": "identity",
            "user-agent": "Foyer",
            "webhook-id": id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._signer.sign(id, now, body.decode()),
        }
        try:
            with (
                guarded_client(allow_private=self._allow_private, seconds=self._timeout) as client,
                client.stream("POST", self._url, content=body, headers=headers) as response,
            ):
                return self._answer(response, id, now)
        except BadRequest as refused:
            raise PushRejected(refused.detail) from refused
        except httpx2.TimeoutException as late:
            raise PushRejected(f"{self.name} did not answer within {self._timeout:g} s", retry=True) from late
        except httpx2.HTTPError as broken:
            raise PushRejected(f"{self.name} could not be reached ({broken})", retry=True) from broken

    def _answer(self, response: httpx2.Response, id: str, now: datetime) -> Receipt:
        status = response.status_code
        if 200 <= status < 300:
            return Receipt(reference=id, detail=opening(response), status=status)
        if 300 <= status < 400:
            raise PushRejected(
                f"{self.name} redirects ({status}). Redirects are not followed: register the final address."
            )
        if status == 410:
            raise PushRejected(
                f"{self.name} is gone (410) and takes no more. Register it again to resume.", disable=True
            )
        raise PushRejected(
            f"{self.name} answered {status}: {opening(response) or 'no explanation'}",
            retry=status in RETRY or status >= 500,
            retry_after=retry_after(response.headers.get("retry-after"), now),
        )


def _signer(secret: str) -> Webhook:
    """The specification asks for 24 to 64 bytes; the library takes anything, and drops what is not base64."""
    try:
        key = b64decode(secret.removeprefix("whsec_"), validate=True)
    except ValueError:
        key = b""
    if not secret.startswith("whsec_") or not 24 <= len(key) <= 64:
        raise BadRequest("A webhook secret is 'whsec_' and 24 to 64 bytes in base64. Copy it again, whole.")
    return Webhook(secret)


def retry_after(header: str | None, now: datetime) -> float | None:
    """Seconds of a Retry-After header, which may hold seconds or a date; None when absent or unreadable."""
    if header is None:
        return None
    if header.strip().isdecimal():
        return float(header.strip())
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


def opening(response: httpx2.Response, *, characters: int = 200) -> str:
    """The first words of an answer. What follows the first 4 KiB is not read: it is not ours to trust."""
    read = bytearray()
    with suppress(httpx2.HTTPError):  # the status has decided already
        for chunk in response.iter_raw(_BODY_READ):
            read += chunk
            if len(read) >= _BODY_READ:
                break
    return " ".join(bytes(read[:_BODY_READ]).decode("utf-8", "replace").split())[:characters]
