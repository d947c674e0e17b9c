"""A real `foyer serve` for the flow tests: a process of its own over a folder of its own, that can be killed and
started again on the same port."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import IO, Any, TypeVar

import httpx2
from sqlalchemy import text

from api.outbox import code_for, invitation_links
from models.db import engine_at, parse
from models.settings import ROOT
from tests.flow import kinds
from tests.flow.forked import Forked

T = TypeVar("T")

READY_SECONDS = 60.0
FEW = {"FOYER_SCREENING__PROCESSES": "1", "FOYER_VOICE__RECOGNISER_PROCESSES": "1"}
"""Each child costs a second before its first file."""


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(ask: Callable[[], T], enough: Callable[[T], bool], what: str, seconds: float = 60.0) -> T:
    until = time.monotonic() + seconds
    while not enough(found := ask()):
        if time.monotonic() > until:
            raise AssertionError(f"{what}: not within {seconds:g} s; last seen: {str(found)[:2000]}")
        time.sleep(0.1)
    return found


class Service:
    """`start`, `kill` (SIGKILL, as the power cut does) and `stop`; `api` is an authenticated client."""

    program = ("api.cli", "serve")
    """After `python -m`."""
    afresh = False
    """Whether it is a Python of its own from its first import, as where memory and starting are measured."""

    def __init__(self, home: Path, **settings: str) -> None:
        self.home, self.port = home, free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self._environment = {
            **os.environ,
            "FOYER_HOME": str(home),
            "FOYER_DATABASE_URL": kinds.url_of(home),
            "FOYER_BASE_URL": self.base,
            "FOYER_WEBHOOK_PRIVATE": "true",
            "FOYER_VOICE__LIVE_SESSIONS": "100",  # a module's tests open more rooms than they hold at once
            "OMP_NUM_THREADS": "2",
            **({} if self.afresh else FEW),
            **settings,
        }
        self.log = home / "service.log"
        self.process: subprocess.Popen[bytes] | Forked | None = None
        # The server ends an idle connection after five seconds; whoever sends just then hears nothing.
        self.api = httpx2.Client(base_url=self.base, timeout=60.0, limits=httpx2.Limits(keepalive_expiry=2.0))

    def start(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            self.process = self._spawn(output)
        wait_for(self._ready, bool, f"service ready (see {self.log})", READY_SECONDS)
        self.api.headers["Authorization"] = f"Bearer {(self.home / 'admin.key').read_text().strip()}"

    def _spawn(self, output: IO[bytes]) -> subprocess.Popen[bytes] | Forked:
        arguments = [*self.program, "--port", str(self.port)]
        if not self.afresh:
            return Forked(arguments, self._environment, output)
        line = [sys.executable, "-m", *arguments]
        return subprocess.Popen(line, env=self._environment, stdout=output, stderr=subprocess.STDOUT, cwd=ROOT)

    def sql(self, statement: str, **values: Any) -> list[Any]:
        """The rows it returns, or how many it changed, in its own database: what only time or bad luck would bring
        about, and what is written nowhere else."""
        engine = engine_at(parse(kinds.settings_of(self.home).store_url), migrating=True)
        with engine.begin() as connection:
            done = connection.execute(text(statement), values)
            return list(done.all()) if done.returns_rows else [done.rowcount]

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process = None

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self.kill()
        self.api.close()

    def get(self, path: str, **params: Any) -> Any:
        return self._checked(self.api.get(path, params=params))

    def post(self, path: str, body: Any) -> Any:
        return self._checked(self.api.post(path, json=body))

    def put(self, path: str, body: Any) -> Any:
        return self._checked(self.api.put(path, json=body))

    def upload(self, job_id: str, files: list[Path]) -> dict[str, Any]:
        parts = [("files", (file.name, file.read_bytes())) for file in files]
        accepted: dict[str, Any] = self._checked(self.api.post(f"/api/jobs/{job_id}/batches", files=parts))
        return accepted

    def invitations(self) -> dict[str, str]:
        """E-mail address -> link, from the messages written so far."""
        return invitation_links(self.home / "outbox")

    def enter(self, browser: httpx2.Client, link: str, code: str | None = None) -> httpx2.Response:
        """Consent, and the code, from the candidate's mail if it was not handed on: the answer that carries the room's
        cookie."""
        answer = browser.post(link + "/start", data={"consent": "yes"})
        code = code or code_for(answer.text, self.home / "outbox")
        if code is None:
            return answer
        return browser.post(link + "/code/check", data={"code": code, "then": "start", "consent": "yes"})

    def _ready(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError(f"the service died: {self.log.read_text()[-3000:]}")
        return self._answers()

    def _answers(self) -> bool:
        try:
            return self.api.get("/ready").status_code == 200
        except httpx2.TransportError:
            return False

    @staticmethod
    def _checked(answer: httpx2.Response) -> Any:
        assert answer.status_code < 400, f"{answer.request.url}: {answer.status_code} {answer.text[:1000]}"
        return answer.json() if answer.content else None


class Fresh(Service):
    afresh = True
