"""A scripted OpenAI-compatible service over real HTTP: transcriptions take the protocol's multipart form, speech and
chat take JSON. It plays its `replies` in order and keeps what it was sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Reply:
    """`drip`: seconds between its single bytes; the whole answer may take as long as it likes. `hang`: never comes."""

    body: bytes | str | dict[str, Any] = ""
    status: int = 200
    drip: float = 0.0
    hang: bool = False

    @property
    def content(self) -> bytes:
        if isinstance(self.body, dict):
            return json.dumps(self.body).encode()
        return self.body.encode() if isinstance(self.body, str) else self.body


@dataclass(frozen=True)
class Request:
    """`form`: the fields of a multipart form, each with all its values; `file`: the one it carried. `json`: else."""

    path: str
    headers: dict[str, str]
    form: dict[str, list[str]] = field(default_factory=dict)
    file: bytes = b""
    json: Any = None


class ScriptedService(ThreadingHTTPServer):
    """When its script is over, its last reply is given for ever. `routes`: what a path gets instead, until changed; a
    function makes the reply from the request."""

    daemon_threads = True

    def __init__(self, replies: Sequence[Reply]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.replies, self.given = list(replies), 0
        self.routes: dict[str, Reply | Callable[[Request], Reply]] = {}
        self.received: list[Request] = []
        self.closing = threading.Event()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def asked(self, path: str) -> list[Request]:
        return [request for request in self.received if request.path == path]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that lost their patience are part of the script."""


class _Handler(BaseHTTPRequestHandler):
    server: ScriptedService

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        request = self._read(content)
        self.server.received.append(request)
        reply = (
            self.server.routes.get(self.path)
            or self.server.replies[min(self.server.given, len(self.server.replies) - 1)]
        )
        reply = reply(request) if callable(reply) else reply
        self.server.given += 1
        if reply.hang:
            self.server.closing.wait()
            return
        self.send_response(reply.status)
        self.send_header("Content-Length", str(len(reply.content)))
        self.end_headers()
        if not reply.drip:
            self.wfile.write(reply.content)
            return
        for byte in reply.content:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            if self.server.closing.wait(reply.drip):
                return

    def _read(self, content: bytes) -> Request:
        headers = {name.lower(): value for name, value in self.headers.items()}
        if not headers["content-type"].startswith("multipart/form-data"):
            return Request(self.path, headers, json=json.loads(content))
        head = f"Content-Type: {headers['content-type']}\r\n\r\n".encode()
        form: dict[str, list[str]] = {}
        file = b""
        for part in BytesParser(policy=HTTP).parsebytes(head + content).iter_parts():
            name = part.get_param("name", header="content-disposition")
            if part.get_filename():
                file = part.get_payload(decode=True)
            else:
                form.setdefault(name, []).append(part.get_payload(decode=True).decode())
        return Request(self.path, headers, form, file)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def scripted_service(*replies: Reply) -> Iterator[ScriptedService]:
    service = ScriptedService(replies)
    thread = threading.Thread(target=service.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield service
    finally:
        service.closing.set()
        service.shutdown()
        thread.join()
        service.server_close()


def chat(content: str) -> Reply:
    """A chat completion that says `content`."""
    message = {"role": "assistant", "content": content}
    return Reply({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})
