"""What a call to another system says when it is refused, and who exchanges a token that was refused: over real HTTP."""

from __future__ import annotations

import io
import json
import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl

import pytest
import structlog

from api.observe import configure_logs
from integrations.auth import OAuth2, QueryKey
from integrations.http import HIDDEN, Caller, opening
from models.errors import PushRejected
from models.exchange import Request
from tests.simulators.base import Answer, Call, Fault, Refuse, Route, Simulator

KEY = "s3cret/key+with=signs"


class Kept:
    """Tokens in memory."""

    def __init__(self, **tokens: str) -> None:
        self._kept: dict[str, str] = dict(tokens)
        self._lock = threading.Lock()

    def read(self) -> Mapping[str, str]:
        return self._kept

    def write(self, tokens: Mapping[str, str]) -> None:
        self._kept = dict(tokens)

    @contextmanager
    def alone(self) -> Iterator[None]:
        with self._lock:
            yield


class Talkative(Simulator):
    """Repeats the address it was called by, as some systems do; gives tokens away and knows the newest alone."""

    def __init__(self) -> None:
        super().__init__()
        self.begin()

    def begin(self) -> None:
        self.access, self.refresh, self.exchanges = "", "refresh-0", 0

    def routes(self) -> list[tuple[str, str, Route]]:
        return [("GET", "/said", self._said), ("GET", "/guarded", self._guarded), ("POST", "/token", self._token)]

    def _said(self, call: Call) -> Answer:
        padding = "x" * int(call.query.get("padding", "0"))
        raise Refuse(Answer(403, {"error": f"{padding} no such key: {call.query.get('apikey')}"}), None)

    def _guarded(self, call: Call) -> Answer:
        if call.headers.get("authorization") != f"Bearer {self.access}":
            raise Refuse(Answer(401, {"error": call.headers.get("authorization")}), None)
        return Answer(json={"ok": True})

    def _token(self, call: Call) -> Answer:
        form = dict(parse_qsl(call.body.decode()))
        if form.get("refresh_token") != self.refresh:
            raise Refuse(Answer(400, {"error": f"spent: {form.get('refresh_token')}"}), None)
        self.exchanges += 1
        self.refresh, self.access = f"refresh-{self.exchanges}", f"access-{self.exchanges}"
        return Answer(json={"access_token": self.access, "refresh_token": self.refresh, "expires_in": 3600})


@pytest.fixture(scope="module")
def server() -> Iterator[Talkative]:
    with Talkative() as running:
        yield running
        assert running.violations == []


@pytest.fixture
def talkative(server: Talkative) -> Talkative:
    server.begin()
    return server


def keyed(url: str, **more: Any) -> Caller:
    auth = QueryKey("apikey", KEY)
    return Caller("A system", url, auth, Kept(), allow_private=True, secrets=[KEY], seconds=5.0, **more)


def signed(url: str, tokens: Kept) -> Caller:
    auth = OAuth2(f"{url}/token", "client", "client-secret", grant="refresh_token", in_body=True)
    return Caller("A system", url, auth, tokens, allow_private=True, seconds=5.0)


@pytest.mark.parametrize("padding", [0, 150, 165, 180])
def test_a_key_stands_in_no_refusal_even_where_the_text_is_cut(talkative: Talkative, padding: int) -> None:
    with pytest.raises(PushRejected) as refused:
        keyed(talkative.url, judge=opening_of).send(Request("GET", "said", query=(("padding", str(padding)),)))
    assert talkative.calls[-1].query["apikey"] == KEY
    for length in range(4, len(KEY) + 1):
        assert KEY[:length] not in str(refused.value)
    assert HIDDEN in refused.value.detail or padding > 150


def opening_of(response: Any) -> str | None:
    return opening(response) if response.status >= 400 else None


def test_a_key_stands_in_no_log_however_fine(talkative: Talkative, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(PushRejected):
        keyed(talkative.url).send(Request("GET", "said"))
    assert "s3cret" not in caplog.text


@pytest.mark.parametrize("broken", ["http://127.0.0.1:1", "http://127.0.0.1:99999999", "http://\x00/"])
def test_a_key_stands_in_no_failure_to_reach_anybody(broken: str) -> None:
    with pytest.raises(PushRejected) as refused:
        keyed(broken).send(Request("GET", "said"))
    assert "s3cret" not in str(refused.value)


def test_a_line_that_breaks_says_nothing_of_the_key(talkative: Talkative) -> None:
    talkative.faults.append(Fault(path="/said", cut=True))
    with pytest.raises(PushRejected) as refused:
        keyed(talkative.url).send(Request("GET", "said"))
    assert refused.value.retry
    assert "s3cret" not in str(refused.value)


def test_a_traceback_in_the_log_holds_no_variables() -> None:
    configure_logs("info")
    written = io.StringIO()
    try:
        structlog.configure(logger_factory=structlog.PrintLoggerFactory(written))
        resume = "somebody's resume"
        try:
            raise ValueError(len(resume))
        except ValueError as broken:
            structlog.get_logger().error("request.failed", exc_info=broken)
    finally:
        structlog.reset_defaults()
    [frame] = json.loads(written.getvalue())["exception"][0]["frames"]
    assert frame["name"] == "test_a_traceback_in_the_log_holds_no_variables"
    assert "somebody" not in written.getvalue()


def test_many_threads_with_a_spent_token_exchange_it_once(talkative: Talkative) -> None:
    tokens = Kept(refresh="refresh-0")
    together(6, signed(talkative.url, tokens))
    assert talkative.exchanges == 1
    assert tokens.read()["refresh"] == "refresh-1"


def test_many_threads_whose_token_is_refused_exchange_it_once(talkative: Talkative) -> None:
    """The one that comes late must not throw away what the first has just got."""
    tokens = Kept(access="void", expires_at="99999999999", refresh="refresh-0")
    together(6, signed(talkative.url, tokens))
    assert talkative.exchanges == 1


def test_a_spent_refresh_token_is_refused_in_words_without_it(talkative: Talkative) -> None:
    with pytest.raises(PushRejected, match="Authorise again") as refused:
        signed(talkative.url, Kept(refresh="refresh-of-long-ago")).send(Request("GET", "guarded"))
    assert refused.value.scope
    assert "long-ago" not in refused.value.detail


def together(count: int, service: Caller) -> None:
    """All at once; raises what one of them raised."""
    line, failed = threading.Barrier(count), []

    def call() -> None:
        line.wait()
        try:
            assert service.send(Request("GET", "guarded")).json == {"ok": True}
        except (PushRejected, AssertionError) as failure:
            failed.append(failure)

    threads = [threading.Thread(target=call) for _ in range(count)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    if failed:
        raise failed[0]
