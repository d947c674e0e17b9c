"""`foyer worker`: background work alone, until it is told to stop. Used by `api.cli`."""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import closing

from api.app import build
from api.observe import configure_logs
from api.pipeline import DRAIN_SECONDS
from api.roles import roles_of
from models.settings import Settings


def work_until_stopped(settings: Settings, queues: str, at_once: int) -> None:
    """SIGTERM or Ctrl-C: takes nothing new, ends the steps in flight (`pipeline.DRAIN_SECONDS` at most), frees its
    slot. Another one ends it at once: what it was at is found as after a crash. Raises BadRequest."""
    roles = roles_of(queues)
    configure_logs(settings.log_level)
    app = build(settings, role="worker", roles=roles, at_once=at_once)
    stop = threading.Event()

    def asked(*_: object) -> None:
        if stop.is_set():
            os._exit(0)
        stop.set()

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, asked)
    app.pipeline.launch()
    print(f"Foyer worker started for {', '.join(roles)}; stop it with Ctrl-C", file=sys.stderr, flush=True)
    stop.wait()
    if app.pipeline.close(DRAIN_SECONDS):
        app.pipeline.abandon()
        os._exit(0)
    with closing(app.database):
        app.engines.close()
