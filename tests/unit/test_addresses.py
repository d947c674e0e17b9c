"""Where a connection's calls go, and with what: its own address, its token endpoint, addresses of messages."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from integrations.auth import Headers, OAuth2, QueryKey
from integrations.http import Caller
from models.errors import PushRejected
from models.exchange import Request

KEY = "Bearer the-key"
LOOPBACK = [
    *("127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]"),
    *("2130706433", "0x7f000001", "0x7f.0.0.1", "017700000001", "0177.0.0.1", "127.1", "127.0.1", "127.000.000.001"),
    *("①②⑦.⓪.⓪.①", "１２７.0.0.1", "127。0。0。1", "0", "0.0.0.0", "[::]", "[64:ff9b::127.0.0.1]", "[2002:7f00:1::]"),
]  # fmt: skip
"""This machine, in every manner of writing."""
METADATA = [
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "[::ffff:169.254.169.254]",
    "[64:ff9b::a9fe:a9fe]",
    "[fe80::1]",
]


class Tokens:
    def __init__(self) -> None:
        self._kept: dict[str, str] = {}

    def read(self) -> dict[str, str]:
        return self._kept

    def write(self, tokens: Any) -> None:
        self._kept = dict(tokens)

    @contextmanager
    def alone(self) -> Iterator[None]:
        yield


class Server:
    """Listens on this machine under every address it has; keeps (path, headers in lower case) of what comes."""

    def __init__(self, answer: Callable[[str], tuple[int, dict[str, str], bytes]]) -> None:
        self.calls: list[tuple[str, dict[str, str]]] = []
        self.accepted = 0
        server = self

        class Handler(BaseHTTPRequestHandler):
            def setup(self) -> None:
                server.accepted += 1
                super().setup()

            def do_GET(self) -> None:
                self.rfile.read(int(self.headers.get("content-length") or 0))
                server.calls.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                status, headers, body = answer(self.path)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        class BothFamilies(ThreadingHTTPServer):
            address_family = socket.AF_INET6

            def server_bind(self) -> None:
                self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
                super().server_bind()

        self._http = BothFamilies(("::", 0), Handler)
        self.port = self._http.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Server:
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()


def fine(path: str) -> tuple[int, dict[str, str], bytes]:
    return 200, {}, b'{"access_token": "fresh"}'


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(fine) as running:
        yield running


@pytest.fixture
def other() -> Iterator[Server]:
    with Server(fine) as running:
        yield running


def caller(base: str, *, auth: Any = None, private: bool = True) -> Caller:
    auth = auth or Headers({"authorization": KEY})
    return Caller("Theirs", base, auth, Tokens(), allow_private=private, seconds=5)


def refused(call: Callable[[], object]) -> PushRejected:
    with pytest.raises(PushRejected) as caught:
        call()
    return caught.value


# ---------------------------------------------------------------- which machines


@pytest.mark.parametrize("host", LOOPBACK + METADATA)
@pytest.mark.parametrize("way", ["base", "token", "message"])
def test_no_spelling_of_an_address_leads_inside(server: Server, host: str, way: str) -> None:
    inside = f"https://{host}:{server.port}"
    if way == "base":
        refused(lambda: caller(inside, private=False).send(Request("GET", "people")))
    elif way == "token":
        auth = OAuth2(f"{inside}/token", "id", "secret")
        refused(lambda: caller("https://ats.example", auth=auth, private=False).send(Request("GET", "people")))
    else:
        message = Request("GET", f"{inside}/resume.pdf", bare=True)
        refused(lambda: caller("https://ats.example", private=False).send(message))
    assert server.accepted == 0


@pytest.mark.parametrize("host", METADATA)
def test_metadata_stays_shut_where_the_own_network_is_open(host: str) -> None:
    failure = refused(lambda: caller("http://127.0.0.1").send(Request("GET", f"http://{host}/latest", bare=True)))
    assert not failure.retry


@pytest.mark.parametrize("address", ["http://ats.example/x", "https://user:pw@ats.example/x"])
def test_unencrypted_addresses_and_such_with_a_password_are_not_called(address: str) -> None:
    refused(lambda: caller(address, private=False).send(Request("GET", "people")))
    bare = Request("GET", address, bare=True)
    failure = refused(lambda: caller("https://own.example", private=False).send(bare))
    assert not failure.retry


class Names:
    """A resolver whose answers for one name follow a script; the last one stays. Literal addresses are as they are."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, name: str, *answers: str) -> None:
        self.asked = 0
        self._name, self._answers, self._real = name, answers, socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self._answer)

    def _answer(self, host: Any, port: Any, *rest: Any, **more: Any) -> Any:
        if host != self._name:
            return self._real(host, port, *rest, **more)
        answer = self._answers[min(self.asked, len(self._answers) - 1)]
        self.asked += 1
        return self._real(answer, port, *rest, **more)


def test_a_name_is_asked_for_once_and_what_was_judged_is_called(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = Names(monkeypatch, "rebind.example", "127.0.0.1", "169.254.169.254")
    own = caller(f"http://rebind.example:{server.port}")
    assert own.send(Request("GET", "people")).status == 200
    assert names.asked == 1, "a second question could have had another answer"
    assert server.calls[0][1]["host"] == f"rebind.example:{server.port}"
    failure = refused(lambda: own.send(Request("GET", "people")))
    assert "169.254.169.254" in failure.detail
    assert len(server.calls) == 1


def test_a_name_that_turns_inside_gets_neither_call_nor_secret(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Public when it was registered, this machine when it is called."""
    Names(monkeypatch, "rebind.example", "127.0.0.1")
    base = f"https://rebind.example:{server.port}"
    assert "loopback" in refused(lambda: caller(base, private=False).send(Request("GET", "x"))).detail
    token = OAuth2(f"{base}/token", "id", "secret")
    away = caller("https://ats.example", auth=token, private=False)
    assert "loopback" in refused(lambda: away.send(Request("GET", "x"))).detail
    assert server.accepted == 0


# ---------------------------------------------------------------- redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(other: Server, status: int) -> None:
    def elsewhere(path: str) -> tuple[int, dict[str, str], bytes]:
        return status, {"location": f"{other.url}/stolen"}, b""

    with Server(elsewhere) as server:
        own = caller(server.url)
        assert "redirects" in refused(lambda: own.send(Request("GET", "people"))).detail
        assert "redirects" in refused(lambda: own.send(Request("GET", f"{server.url}/file", bare=True))).detail
        signed = caller(server.url, auth=OAuth2(f"{server.url}/token", "id", "secret"))
        assert "redirects" in refused(lambda: signed.send(Request("GET", "people"))).detail
    assert other.accepted == 0


# ---------------------------------------------------------------- credentials


@pytest.mark.parametrize("auth", [Headers({"authorization": KEY}), QueryKey("apikey", "the-key")])
def test_credentials_go_to_the_connections_own_host(server: Server, auth: Any) -> None:
    own = caller(server.url, auth=auth)
    own.send(Request("GET", "people"))
    own.send(Request("GET", f"{server.url}/people?cursor=2"))  # as a page names the next one
    for path, headers in server.calls:
        assert "the-key" in path + headers.get("authorization", "")


def test_an_address_on_another_host_gets_no_credentials_and_no_call(server: Server, other: Server) -> None:
    own, host = caller(server.url), f"127.0.0.1:{server.port}"
    there = f"127.0.0.1:{other.port}"
    for address in (
        f"http://{there}/steal",
        f"https://{host}/steal",
        f"http://localhost:{server.port}/steal",
        f"http://{host}@{there}/steal",
        f"http://{there}\\@{host}/steal",
        f"http://{host}.{there}/steal",
        f"http://{there}#@{host}/",
        "http://[::1",
    ):
        assert not refused(lambda address=address: own.send(Request("GET", address))).retry  # type: ignore[misc]
    assert (server.accepted, other.accepted) == (0, 0)


@pytest.mark.parametrize("auth", [Headers({"authorization": KEY}), QueryKey("apikey", "the-key")])
def test_an_address_of_a_message_is_called_without_credentials(server: Server, other: Server, auth: Any) -> None:
    caller(server.url, auth=auth).send(Request("GET", f"{other.url}/resume.pdf?signature=1", bare=True))
    [(path, headers)] = other.calls
    assert path == "/resume.pdf?signature=1"
    assert "authorization" not in headers
    assert server.accepted == 0


@pytest.mark.parametrize("path", ["//{other}/x", "/\\{other}/x", "@{other}/x", "x?next=http://{other}"])
def test_a_path_stays_on_the_own_host_whatever_it_looks_like(server: Server, other: Server, path: str) -> None:
    caller(server.url).send(Request("GET", path.format(other=f"127.0.0.1:{other.port}")))
    assert (server.accepted, other.accepted) == (1, 0)


def test_a_fresh_token_is_exchanged_at_the_token_endpoint_alone(server: Server, other: Server) -> None:
    auth = OAuth2(f"{other.url}/token", "id", "secret")
    caller(server.url, auth=auth).send(Request("GET", "people"))
    assert [path for path, _ in other.calls] == ["/token"]
    assert other.calls[0][1]["authorization"].startswith("Basic ")
    assert server.calls[0][1]["authorization"] == "Bearer fresh"
