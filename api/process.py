"""Which process of which machine something belongs to, and whether it still runs. Used by `api.slots` for background
work and by `api.holding` for live interviews."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from functools import cache
from pathlib import Path

import psutil


@cache
def machine() -> str:
    """Where processes see each other by their number: this machine since it was started, and in a container its own
    space of numbers. Two containers that share a name are two machines."""
    found = [socket.gethostname()]
    with suppress(OSError):
        found.append(Path("/proc/sys/kernel/random/boot_id").read_text().strip())
        found.append(str(Path("/proc/self/ns/pid").stat().st_ino))
    return "/".join(found)


def this_process() -> str:
    """`machine:pid:second it was started`: never the same for two processes."""
    return f"{machine()}:{os.getpid()}:{psutil.Process().create_time():.0f}"


def is_gone(process: str) -> bool:
    """A process of this very machine that is no more. Of another machine's nothing is known: False."""
    return _on_this_machine(process) and not _runs(process)


def is_here(process: str) -> bool:
    """A process of this very machine that runs."""
    return _on_this_machine(process) and _runs(process)


def _on_this_machine(process: str) -> bool:
    return process.split(":", 1)[0] == machine()


def _runs(process: str) -> bool:
    try:
        _, pid, started = process.rsplit(":", 2)
        return bool(abs(psutil.Process(int(pid)).create_time() - float(started)) <= 2)
    except (psutil.NoSuchProcess, ValueError):
        return False
