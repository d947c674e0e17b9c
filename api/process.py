"""Which process of which machine something belongs to, and whether it still runs. Used by `api.holding`."""

from __future__ import annotations

import os
import socket

import psutil


def this_process() -> str:
    """`host:pid:second it was started`: never the same for two processes."""
    return f"{socket.gethostname()}:{os.getpid()}:{psutil.Process().create_time():.0f}"


def is_gone(process: str) -> bool:
    """A process of this very machine that is no more. Of another machine's nothing is known: False."""
    try:
        host, pid, started = process.rsplit(":", 2)
        if host != socket.gethostname():
            return False
        return bool(abs(psutil.Process(int(pid)).create_time() - float(started)) > 2)
    except (psutil.NoSuchProcess, ValueError):
        return True
