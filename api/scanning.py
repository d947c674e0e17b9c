"""The operator's own virus scanner, run on every file before anything of Foyer's reads it. Called by `api.stages`.

Wanted where FOYER_HOME holds a file scan.command with a command line; {file} in it is the path of a private copy,
without it the bytes come on standard input. Exit status 0 means clean, 1 found (as ClamAV has it), anything else that
the scanner failed: the file is held and tried again. No shell is involved, and the program sees no setting of Foyer's.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path

import structlog

from models.errors import UnreadableDocument

log = structlog.get_logger("foyer.scanning")

COMMAND = "scan.command"
SECONDS = 120.0
CLEAN, FOUND = 0, 1
HELD = "held"


def scan(home: Path, content: bytes, name: str, *, subject: str) -> None:
    """Nothing where no scanner is wanted. `subject`: the application, for the log, which keeps every verdict. Raises
    UnreadableDocument: infected, or held while the scanner gives no verdict."""
    try:
        line = (home / COMMAND).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return
    except (OSError, ValueError) as broken:
        raise _held(name, subject, f"{COMMAND} cannot be read") from broken
    try:
        with tempfile.TemporaryDirectory(prefix="foyer-scan-") as folder:  # 0700: nobody else looks in
            done = _run(shlex.split(line), content, Path(folder) / "file")
    except subprocess.TimeoutExpired as slow:
        raise _held(name, subject, f"it took longer than {SECONDS:g} s") from slow
    except (OSError, ValueError, IndexError) as broken:
        raise _held(name, subject, f"it could not be started ({type(broken).__name__})") from broken
    if done == FOUND:
        log.warning("file.scanned", application=subject, verdict="infected")
        detail = f"{name}: the virus scanner refuses this file. Do not open it; ask for another copy."
        raise UnreadableDocument(detail, reason="infected")
    if done != CLEAN:
        raise _held(name, subject, f"it ended with status {done}")
    log.info("file.scanned", application=subject, verdict="clean")


def _run(command: list[str], content: bytes, copy: Path) -> int:
    if any("{file}" in part for part in command):
        copy.write_bytes(content)
        command, content = [part.replace("{file}", str(copy)) for part in command], b""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FOYER_")}
    return subprocess.run(  # noqa: S603 - the operator's own command, without a shell
        command,
        input=content,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=SECONDS,
        check=False,
        env=environment,
    ).returncode


def _held(name: str, subject: str, why: str) -> UnreadableDocument:
    log.warning("file.scanned", application=subject, verdict=HELD, why=why)
    detail = (
        f"{name}: the virus scanner gave no verdict: {why}. The file is kept, unread, and tried again every minute."
    )
    return UnreadableDocument(detail, reason=HELD)
