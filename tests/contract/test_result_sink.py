"""ResultSink: the webhook against a real server, and the fake. Then what only a network can show."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from standardwebhooks import Webhook

from integrations.ssrf import guarded_client
from integrations.webhook import WebhookSink, new_secret
from models.engines import ResultSink
from models.errors import PushRejected
from models.values import AssessmentResult, Scorecard
from tests.fakes_integrations import FakeResultSink

SECRET = new_secret()
RESULT = AssessmentResult(
    id="0193-result",
    created_at=datetime(2026, 11, 22, 10, 0, tzinfo=UTC),
    organisation_id="org",
    job={"title": "Nurse"},
    candidate={"name": "Zoë 王"},
    application_id="app",
    scorecard=Scorecard(id="s", recommendation="no_decision", reason="Nothing was said."),
    report_url="https://foyer.example/reports/1",
)


@dataclass
class Receiver:
    """A receiver that answers as scripted (200 when the script is used up) and keeps what came."""

    url: str = ""
    script: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    state = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            state.requests.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            status, headers, answer = state.script.pop(0) if state.script else (200, {}, b'{"ok":true}')
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}/hooks"
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


def webhook(receiver: Receiver, timeout: float = 5.0) -> WebhookSink:
    return WebhookSink(receiver.url, SECRET, allow_private=True, timeout=timeout)


@pytest.fixture(params=["webhook", "fake"])
def pair(request: pytest.FixtureRequest, receiver: Receiver) -> tuple[ResultSink, ResultSink]:
    """A sink that accepts, and one that refuses for good at first."""
    if request.param == "fake":
        return FakeResultSink(), FakeResultSink([PushRejected("no", disable=True)])
    receiver.script = [(200, {}, b""), (200, {}, b""), (410, {}, b"gone")]
    return webhook(receiver), webhook(receiver)


def test_contract(pair: tuple[ResultSink, ResultSink]) -> None:
    accepting, refusing = pair
    assert accepting.name
    first, second = accepting.push(RESULT), accepting.push(RESULT)
    assert first.reference == second.reference == RESULT.id
    with pytest.raises(PushRejected) as caught:
        refusing.push(RESULT)
    assert (caught.value.retry, caught.value.disable) == (False, True)


def test_the_receiver_can_verify_what_it_gets(receiver: Receiver) -> None:
    assert webhook(receiver).push(RESULT).status == 200
    path, headers, body = receiver.requests[0]
    payload = Webhook(SECRET).verify(body, headers)
    assert path == "/hooks"
    assert headers["webhook-id"] == RESULT.id
    assert payload["data"]["candidate"] == {"name": "Zoë 王"}
    with pytest.raises(Exception, match="No matching signature"):
        Webhook(SECRET).verify(body.replace(b"Nurse", b"Nurze"), headers)


@pytest.mark.parametrize(
    ("status", "headers", "retry", "wish"),
    [
        (400, {}, False, None),
        (401, {}, False, None),
        (404, {}, False, None),
        (408, {}, True, None),
        (425, {}, True, None),
        (429, {"retry-after": "17"}, True, 17.0),
        (500, {}, True, None),
        (503, {"retry-after": "3"}, True, 3.0),
    ],
)
def test_statuses(receiver: Receiver, status: int, headers: dict[str, str], retry: bool, wish: float | None) -> None:
    receiver.script = [(status, headers, b"why \n not")]
    with pytest.raises(PushRejected, match=f"{status}: why not") as caught:
        webhook(receiver).push(RESULT)
    assert (caught.value.retry, caught.value.retry_after, caught.value.disable) == (retry, wish, False)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_not_followed(receiver: Receiver, status: int) -> None:
    receiver.script = [(status, {"location": receiver.url + "/elsewhere"}, b"")]
    with pytest.raises(PushRejected, match="redirects") as caught:
        webhook(receiver).push(RESULT)
    assert not caught.value.retry
    assert [path for path, *_ in receiver.requests] == ["/hooks"]


def test_a_long_answer_is_not_read(receiver: Receiver) -> None:
    receiver.script = [(200, {}, b"x" * 3_000_000)]
    assert len(webhook(receiver).push(RESULT).detail) == 200


def test_private_addresses_are_refused_without_permission(receiver: Receiver) -> None:
    """The name is only resolved when connecting, so this is the guard and not the check at registration."""
    port = receiver.url.rsplit(":", 1)[1]
    with pytest.raises(PushRejected, match="loopback") as caught:
        WebhookSink(f"https://localhost:{port}", SECRET).push(RESULT)
    assert not caught.value.retry
    assert receiver.requests == []


def test_nobody_there_is_worth_another_try(receiver: Receiver) -> None:
    with socketserver.TCPServer(("127.0.0.1", 0), socketserver.BaseRequestHandler) as closed:
        port = closed.server_address[1]
    with pytest.raises(PushRejected, match="could not be reached") as caught:
        WebhookSink(f"http://127.0.0.1:{port}/", SECRET, allow_private=True).push(RESULT)
    assert caught.value.retry


def test_a_receiver_that_drips_is_given_up_by_the_deadline() -> None:
    """Each byte comes well within any timeout between bytes; only the deadline of the whole exchange ends it."""
    stop = threading.Event()

    class Drip(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            try:
                self.request.recv(65_536)
                while not stop.wait(0.05):
                    self.request.sendall(b"H")
            except OSError:
                pass

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Drip) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        sink = WebhookSink(f"http://127.0.0.1:{server.server_address[1]}/", SECRET, allow_private=True, timeout=0.4)
        with pytest.raises(PushRejected) as caught:
            sink.push(RESULT)
        stop.set()
        server.shutdown()
        thread.join()
    assert caught.value.retry


def test_the_judged_address_is_the_one_called_and_the_name_is_kept(receiver: Receiver) -> None:
    """A rebinding name answers harmlessly first and differently next: it must be asked once, and still be named."""
    port = int(receiver.url.split(":")[2].split("/")[0])
    answers = [["127.0.0.1"], ["169.254.169.254"]]
    asked: list[str] = []

    def resolver(host: str, port: int) -> list[str]:
        asked.append(host)
        return answers[len(asked) - 1]

    with guarded_client(allow_private=True, seconds=5, resolver=resolver) as client:
        response = client.post(f"http://rebind.example:{port}/x", content=json.dumps({}))
    assert response.status_code == 200
    assert asked == ["rebind.example"]
    assert receiver.requests[0][1]["host"] == f"rebind.example:{port}"
