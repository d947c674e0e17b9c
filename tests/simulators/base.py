"""What every simulated system is built on: a real HTTP server on loopback, strict routes, faults on demand.

A call that no route knows, or that lacks what the vendor asks for, is answered as the vendor would and noted in
`violations`, which a test asserts to be empty at its end.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

PATIENCE = 60.0
"""Seconds after which a late answer comes even though the caller is still there."""


@dataclass(frozen=True)
class Call:
    """One request as it came. `path` without query; `parts` are the route's named groups."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    parts: dict[str, str] = field(default_factory=dict)

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None


@dataclass(frozen=True)
class Answer:
    status: int = 200
    json: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


class Refuse(Exception):
    """The vendor's refusal; `why` stands in `violations` unless it is None."""

    def __init__(self, answer: Answer, why: str | None) -> None:
        super().__init__(why)
        self.answer, self.why = answer, why


@dataclass
class Fault:
    """What goes wrong with the next `times` calls that match. `status`: answered instead of doing anything. `cut`: it
    is done, and the line breaks before an answer. `late`: it is done, and answered only once the caller has given up
    waiting (a timeout after success). `extra`: JSON objects in answers carry fields that nobody documented. `bare`: it
    is done, and this is answered for it."""

    method: str = ""
    path: str = ""
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False
    late: bool = False
    extra: bool = False
    bare: bytes | None = None
    times: int = 1

    def fits(self, call: Call) -> bool:
        return self.times > 0 and self.method in ("", call.method) and re.search(self.path, call.path) is not None


Route = Callable[[Call], Answer]


class Simulator:
    """Listens while the `with` block lasts. Subclasses add routes in `routes` and check credentials in `authorise`."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.violations: list[str] = []
        self.faults: list[Fault] = []
        self.outwaited = 0
        """Callers who hung up before a late answer came."""
        self._lock = threading.RLock()
        self._routes = [(method, re.compile(f"^{pattern}$"), route) for method, pattern, route in self.routes()]
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def routes(self) -> list[tuple[str, str, Route]]:
        """(method, pattern of the path, what answers)"""
        raise NotImplementedError

    def authorise(self, call: Call) -> None:
        """Raises Refuse."""

    def unknown(self, call: Call) -> Answer:
        """What the vendor says to a path it does not have."""
        return Answer(404, {"message": "not found"})

    def __enter__(self) -> Self:
        loop = self._server.serve_forever  # asked to stop, it looks every so many seconds
        threading.Thread(target=loop, args=(0.02,), name=type(self).__name__, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def made(self, method: str, path: str) -> list[Call]:
        """Calls that came, whatever became of them."""
        return [call for call in self.calls if call.method == method and re.search(path, call.path)]

    def need(self, call: Call, *names: str, status: int = 422) -> dict[str, Any]:
        """The body's object, or the refusal of one that lacks something."""
        body = call.json
        missing = [name for name in names if not isinstance(body, dict) or body.get(name) in (None, "")]
        if missing:
            raise Refuse(
                Answer(status, {"message": f"missing {missing}"}), f"{call.method} {call.path} lacks {missing}"
            )
        return dict(body)

    # ------------------------------------------------------------ answering

    def _handle(self, call: Call) -> tuple[Answer, Fault]:
        """The answer, and what happens to it on the way."""
        with self._lock:
            self.calls.append(call)
            fault = next((one for one in self.faults if one.fits(call)), None)
            if fault is not None:
                fault.times -= 1
                if fault.status:
                    return Answer(fault.status, {"message": "simulated"}, fault.headers), Fault()
            answer = self._routed(call)
            if fault is not None and fault.bare is not None:
                answer = Answer(answer.status, headers=answer.headers, body=fault.bare)
            if fault is not None and fault.extra:
                answer = Answer(answer.status, _with_more(answer.json), answer.headers, answer.body)
            return answer, fault or Fault()

    def _routed(self, call: Call) -> Answer:
        try:
            for method, pattern, route in self._routes:
                found = pattern.match(call.path)
                if method == call.method and found is not None:
                    self.authorise(call)
                    parts = {name: unquote(value or "") for name, value in found.groupdict().items()}
                    return route(Call(call.method, call.path, call.query, call.headers, call.body, parts))
        except Refuse as refused:
            if refused.why is not None:
                self.violations.append(refused.why)
            return refused.answer
        self.violations.append(f"no such call: {call.method} {call.path}")
        return self.unknown(call)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        simulator = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _any(self) -> None:
                parts = urlsplit(self.path)
                length = int(self.headers.get("content-length") or 0)
                headers = {name.lower(): value for name, value in self.headers.items()}
                query = dict(parse_qsl(parts.query, keep_blank_values=True))
                call = Call(self.command, parts.path, query, headers, self.rfile.read(length))
                answer, fault = simulator._handle(call)
                if fault.late:
                    self.connection.settimeout(PATIENCE)
                    simulator.outwaited += int(self.connection.recv(1) == b"")
                if fault.cut:
                    self.close_connection = True
                    self.connection.close()
                    return
                body = answer.body if answer.body is not None else b""
                if answer.json is not None:
                    body = json.dumps(answer.json).encode()
                self.send_response(answer.status)
                given = {"content-type": "application/json", **{k.lower(): v for k, v in answer.headers.items()}}
                for name, value in given.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _any

            def handle(self) -> None:
                try:
                    super().handle()
                except (OSError, ValueError):  # a line that was cut on purpose
                    return

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        return Handler


def _with_more(value: Any) -> Any:
    if isinstance(value, dict):
        return {**{key: _with_more(each) for key, each in value.items()}, "brand_new_field": {"a": [1]}}
    return [_with_more(each) for each in value] if isinstance(value, list) else value
