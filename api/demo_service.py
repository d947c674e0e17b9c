"""The demo's service: `foyer serve` as a process of its own. Used by `foyer demo` and the browser tests."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx2

from models.errors import EngineError
from models.settings import Settings

READY_SECONDS = 60.0


@contextmanager
def service(home: Path, port: int) -> Iterator[str]:
    """`foyer serve` as a process of its own over `home`; stopped at the end. Yields its base URL when it is ready."""
    base = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ,
        "FOYER_HOME": str(home),
        "FOYER_BASE_URL": base,
        "FOYER_DATABASE_URL": "",
        "FOYER_QUEUE_URL": "",
        "FOYER_WEBHOOK_PRIVATE": "true",
    }
    log = home / "service.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own program with our own arguments
            [sys.executable, "-m", "api.cli", "serve", "--port", str(port)],
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_until_ready(base, process, log)
            yield base
        finally:
            process.terminate()
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_ready(base: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            raise EngineError(f"The service did not start: {log.read_text().strip().splitlines()[-1:]}; see {log}.")
        try:
            if httpx2.get(f"{base}/ready", timeout=2.0).status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.1)
    raise EngineError(f"The service was not ready within {READY_SECONDS:.0f} s; see {log}.")


def usual_port(settings: Settings) -> int:
    """The usual one if it is free: then the links in the demo's messages work with `foyer serve` later."""
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", settings.port))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
