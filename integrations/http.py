"""One exchange with another system: credentials, address check, what an answer means. Connectors get it as `Service`.

It neither retries nor waits for long: a call that may be made again says so (`PushRejected.retry`), and one that may
have arrived nevertheless says that too (`unsure`). What it says never holds a key, whatever the other side repeats.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, quote_plus

import httpx2

from integrations.auth import Auth, Tokens
from integrations.ssrf import check_url, guarded_client
from integrations.webhook import RETRY, retry_after
from models.errors import BadRequest, PushRejected
from models.exchange import Request, Response

LARGEST = 40_000_000
"""Bytes of an answer: resumes and their base64 fit, nothing endless does."""
LONGEST_PACE = 30.0
HIDDEN = "[hidden]"
SHORTEST_SECRET = 4
"""Characters. What is shorter stands in every other word."""

for _name in ("httpx2", "httpcore2"):  # at a finer level they log whole addresses, and some of them hold a key
    logging.getLogger(_name).setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Refusal:
    """What an answer means where its status does not say it: a SOAP fault is a 500, whether the message was bad or the
    server ill. `retry`, `scope`: as in PushRejected."""

    words: str
    retry: bool = False
    scope: bool = False


class Pace:
    """Calls in time, `per_second` at most. Shared by all threads that use one connection in a process."""

    def __init__(self, per_second: float | None) -> None:
        self._gap = 1 / per_second if per_second else 0.0
        self._next = 0.0
        self._lock = threading.Lock()

    def wait(self) -> None:
        with self._lock:
            now = time.monotonic()
            at = max(now, self._next)
            self._next = at + self._gap
        if at > now:
            time.sleep(min(at - now, LONGEST_PACE))

    def hold(self, seconds: float) -> None:
        """The other side says that nothing is left of its allowance for so long."""
        with self._lock:
            self._next = max(self._next, time.monotonic() + min(seconds, LONGEST_PACE))


class Caller:
    """A Service over HTTP. `judge` knows a refusal in the clothes of a success, may put one in better words, and says
    what it means (`Refusal`) where the status would mislead. `secrets`, and the tokens, stand in no refusal."""

    def __init__(
        self,
        name: str,
        base_url: str,
        auth: Auth,
        tokens: Tokens,
        *,
        allow_private: bool,
        seconds: float = 30.0,
        pace: Pace | None = None,
        judge: Callable[[Response], str | Refusal | None] = lambda _: None,
        secrets: Collection[str] = (),
    ) -> None:
        self._name, self._base, self._auth, self._tokens = name, base_url.rstrip("/"), auth, tokens
        self._allow_private, self._seconds = allow_private, seconds
        self._pace, self._judge, self._secrets = pace or Pace(None), judge, secrets

    def send(self, request: Request) -> Response:
        try:
            return self._sent(request)
        except PushRejected as refused:
            refused.detail = self._without_secrets(refused.detail)
            refused.args = (refused.detail,)
            raise

    def _without_secrets(self, text: str) -> str:
        kept = self._tokens.read()
        return without(text, [*self._secrets, kept.get("access", ""), kept.get("refresh", "")])

    def _sent(self, request: Request) -> Response:
        if request.bare:
            return self._checked(request, self._exchange(request))
        sent = self._with_credentials(request)
        response = self._exchange(sent)
        if response.status == 401 and self._auth.renew(self._tokens, sent):
            response = self._exchange(self._with_credentials(request))
        return self._checked(request, response)

    def _with_credentials(self, request: Request) -> Request:
        """Only for the connection's own host: an address that came in a message is called `bare` or not at all."""
        address = self._address(request)
        if _origin(address) != _origin(self._base):
            raise PushRejected(f"{self._name}: {address[:200]!r} is not on its own host; it gets no credentials.")
        return self._auth.apply(request, self._tokens, self.send)

    def _exchange(self, request: Request) -> Response:
        self._pace.wait()
        changes = request.method != "GET"
        _origin(self._address(request))
        try:
            check_url(self._address(request), allow_private=self._allow_private)
            with (
                guarded_client(allow_private=self._allow_private, seconds=self._seconds) as client,
                client.stream(
                    request.method, self._address(request), params=list(request.query) or None, **_body(request)
                ) as answer,
            ):
                response = Response(
                    answer.status_code, {k.lower(): v for k, v in answer.headers.items()}, self._read(answer)
                )
        except BadRequest as refused:
            raise PushRejected(refused.detail) from refused
        except httpx2.InvalidURL as broken:
            raise PushRejected(f"The address of {self._name} is no web address ({broken}). Correct it.") from broken
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as broken:
            raise PushRejected(f"{self._name} could not be reached ({broken})", retry=True) from broken
        except httpx2.TimeoutException as late:
            detail = f"{self._name} did not answer within {self._seconds:g} s"
            raise PushRejected(detail, retry=True, unsure=changes) from late
        except httpx2.HTTPError as broken:
            detail = f"{self._name} broke off ({broken})"
            raise PushRejected(detail, retry=True, unsure=changes) from broken
        self._heed(response.headers)
        return response

    def _address(self, request: Request) -> str:
        return joined(self._base, request.path)

    def _read(self, answer: httpx2.Response) -> bytes:
        read = bytearray()
        for chunk in answer.iter_bytes(65_536):
            read += chunk
            if len(read) > LARGEST:
                raise PushRejected(f"{self._name} answered with more than {LARGEST // 1_000_000} MB.")
        return bytes(read)

    def _heed(self, headers: Mapping[str, str]) -> None:
        """X-RateLimit-Remaining 0 with a Reset, in seconds or as a moment: wait before the next call."""
        if headers.get("x-ratelimit-remaining") != "0":
            return
        with suppress(ValueError):
            reset = float(headers.get("x-ratelimit-reset", "1"))
            self._pace.hold(reset - time.time() if reset > 1e9 else reset)

    def _checked(self, request: Request, response: Response) -> Response:
        status, said = response.status, self._judge(response)
        if status < 300 and said is None:
            return response
        if 300 <= status < 400:
            raise PushRejected(f"{self._name} redirects ({status}); redirects are not followed.", answered=status)
        clean = self._without_secrets(response.body.decode("utf-8", "replace")).encode()  # before it is cut to length
        response = replace(response, body=clean)
        said = self._judge(response)
        changes = request.method != "GET"
        if isinstance(said, Refusal):
            raise PushRejected(
                f"{self._name} answered: {said.words}",
                retry=said.retry,
                unsure=changes and said.retry,
                scope=said.scope,
                answered=status,
            )
        raise PushRejected(
            f"{self._name} answered {status}: {said or opening(response) or 'no explanation'}",
            retry=status in RETRY or status >= 500,
            unsure=changes and (status == 408 or status >= 500),
            scope=status in (401, 403),
            retry_after=retry_after(response.headers.get("retry-after"), datetime.now(UTC)),
            answered=status,
        )


def joined(base: str, path: str) -> str:
    """Where a `Request.path` leads: it may be a whole address itself."""
    if path.startswith(("http://", "https://")):
        return path
    return f"{base.rstrip('/')}/{path.lstrip('/')}" if path else base.rstrip("/")


def without(text: str, secrets: Iterable[str]) -> str:
    """With HIDDEN for each of them, also as addresses spell it."""
    spelled = {form for each in secrets for form in (each, quote(each), quote(each, safe=""), quote_plus(each))}
    for each in sorted(spelled, key=len, reverse=True):
        if len(each) >= SHORTEST_SECRET:
            text = text.replace(each, HIDDEN)
    return text


def _origin(address: str) -> tuple[str, str, int | None]:
    """Scheme, host and port as the client that connects reads them. Raises PushRejected."""
    try:
        url = httpx2.URL(address)
    except httpx2.InvalidURL as broken:
        raise PushRejected(f"{address[:200]!r} is not a web address ({broken}).") from broken
    return url.scheme, url.host, url.port


def _body(request: Request) -> dict[str, Any]:
    headers = {"user-agent": "Foyer", "accept": "application/json", **request.headers}
    if request.files is not None:
        files = {key: (each.filename, each.content, each.media_type) for key, each in request.files.items()}
        return {"headers": headers, "data": dict(request.form or {}), "files": files}
    if request.form is not None:
        return {"headers": headers, "data": dict(request.form)}
    if request.content is not None:
        return {"headers": headers, "content": request.content}
    return {"headers": headers, "json": request.json} if request.json is not None else {"headers": headers}


def opening(response: Response) -> str:
    """The first words of an answer, for people."""
    return " ".join(response.body[:2_000].decode("utf-8", "replace").split())[:200]
