"""A small applicant tracking system for the demo and the tests: takes Standard Webhooks, checks each signature with the
public library, keeps each result once."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

MAX_BODY = 5_000_000


class Receiver:
    """Listens on loopback while the `with` block lasts. `failures` answers that many first requests with 503."""

    def __init__(self, folder: Path, *, failures: int = 0, port: int = 0) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._failures = folder, failures
        self._lock = threading.Lock()
        self._secrets: list[str] = []
        self.requests = 0
        self.rejected = 0
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = min(int(self.headers.get("content-length", 0)), MAX_BODY)
                self.send_response(receiver._take(self.rfile.read(length), dict(self.headers.items())))
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Quiet: the demo prints what matters."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/results"

    def __enter__(self) -> Receiver:
        threading.Thread(target=self._server.serve_forever, name="demo-ats", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def trust(self, secret: str) -> None:
        """Accept what is signed with this secret."""
        self._secrets.append(secret)

    def results(self) -> dict[str, dict[str, Any]]:
        """webhook-id -> accepted body."""
        with self._lock:
            return {file.stem: json.loads(file.read_text()) for file in sorted(self._folder.glob("*.json"))}

    def _take(self, body: bytes, headers: dict[str, str]) -> int:
        with self._lock:
            self.requests += 1
            if self.requests <= self._failures:
                return 503
            lower = {name.lower(): value for name, value in headers.items()}
            if not any(_verified(secret, body, lower) for secret in self._secrets):
                self.rejected += 1
                return 401
            name = "".join(letter for letter in lower["webhook-id"] if letter.isalnum() or letter in "-_")
            (self._folder / f"{name}.json").write_bytes(body)
            return 204


def _verified(secret: str, body: bytes, headers: dict[str, str]) -> bool:
    try:
        Webhook(secret).verify(body, headers)
    except WebhookVerificationError:
        return False
    return True
