"""`foyer serve` that kills itself (SIGKILL, as a power cut would) right before or right after a commit. Only tests
start it: nothing of this is in the product.

Every transaction that has changed a row, of Foyer's database and of the workflow engine's, is a commit point; its name
says which tables were written. There are two ways to choose where to die, by the environment.

KILLED_FILE=FILE KILLED_SIDE=before|after: at the first commit of each name that FILE does not list yet. Each death is
added to it, so that a life which is restarted dies once at every point. Without the file, nowhere.

KILLED_ARMED=FILE, whose lines say "17 after": at the 17th commit from now. The line is then gone, and the next one
counts from there. FILE.struck tells where it was.
"""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine.default import DefaultDialect

from api.cli import main
from tests.flow.running import Service

WRITES = re.compile(r'\s*(INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM)\s+"?([\w.]+)', re.I)
OF_A_WORKFLOW = re.compile(r"^(screen|ocr|rejudge|finish|deliver|inbox|poll):")
QUIET = {"leases", "alembic_version", "dbos_migrations"}
"""A heartbeat's commit is no point in an application's life; migrations are tested by themselves."""


class Points:
    """Notes what each transaction writes, and asks `dies` at its commit."""

    def __init__(self, dies: Callable[[str, str], None]) -> None:
        self._dies = dies
        self._written: dict[int, set[str]] = {}

    def watch(self) -> None:
        event.listen(Engine, "after_cursor_execute", self._executed)
        event.listen(Engine, "rollback", lambda connection: self._written.pop(_id(connection), None))
        commit = DefaultDialect.do_commit

        def committed(dialect: Any, connection: Any) -> None:
            raw = getattr(connection, "driver_connection", connection)
            name = "+".join(sorted(self._written.pop(id(raw), ())))
            if name:
                self._dies("before", name)
            commit(dialect, connection)
            if name:
                self._dies("after", name)

        DefaultDialect.do_commit = committed  # type: ignore[method-assign]

    def _executed(
        self, connection: Any, cursor: Any, statement: str, parameters: Any, _context: object, many: bool
    ) -> None:
        found = WRITES.match(statement)
        if found is None or (cursor.rowcount == 0 and found[1][0] not in "iI"):
            return
        verb, table = found[1].split()[0].lower(), found[2].lower().rpartition(".")[2]
        if table in QUIET:
            return
        first = parameters[0] if many and parameters else parameters
        values = list(first.values() if isinstance(first, dict) else first or ())
        name = f"{verb} {table}"
        if table == "interview_events":  # each kind of event of an interview is a point of its own
            name += f" {_kind_of_event()}"
        workflow = next(
            (m[1] for value in values if isinstance(value, str) and (m := OF_A_WORKFLOW.match(value))), None
        )
        if workflow is not None:
            name += f" of {workflow}"
        self._written.setdefault(_id(connection), set()).add(name)


def _id(connection: Any) -> int:
    return id(connection.connection.driver_connection)


def _kind_of_event() -> str:
    """As the room calls what it is about to keep: in the row it may be sealed."""
    frame: FrameType | None = sys._getframe()
    while frame is not None and frame.f_code.co_name != "_commit":
        frame = frame.f_back
    return str(getattr(frame.f_locals.get("event"), "type", "")) if frame is not None else ""


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
    threading.Event().wait()


def once_each(side: str, file: Path) -> Callable[[str, str], None]:
    lock = threading.Lock()

    def dies(now: str, name: str) -> None:
        if now != side or not file.exists():
            return
        with lock:
            if name not in file.read_text().splitlines():
                with file.open("a") as list_:
                    list_.write(name + "\n")
                die()

    return dies


def when_armed(file: Path) -> Callable[[str, str], None]:
    lock = threading.Lock()

    def dies(now: str, name: str) -> None:
        with lock:
            lines = file.read_text().splitlines() if file.exists() else []
            if not lines or lines[0].split()[1] != now:
                return
            left = int(lines[0].split()[0]) - 1
            file.write_text("\n".join([f"{left} {now}", *lines[1:]] if left else lines[1:]))
            if not left:
                with file.with_suffix(".struck").open("a") as struck:
                    struck.write(f"{now} {name}\n")
                die()

    return dies


class Mortal(Service):
    """Restarts whenever it is found dead. `deaths` counts."""

    program = ("tests.flow.killed_at", "serve")
    deaths = 0

    def _ready(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            assert self.process.returncode == -signal.SIGKILL, self.log.read_text()[-3000:]
            self.deaths += 1
            with self.log.open("ab") as output:
                self.process = self._spawn(output)
        return self._answers()  # it may have died again since


if __name__ == "__main__":
    if "KILLED_FILE" in os.environ:
        Points(once_each(os.environ["KILLED_SIDE"], Path(os.environ["KILLED_FILE"]))).watch()
    elif "KILLED_ARMED" in os.environ:
        Points(when_armed(Path(os.environ["KILLED_ARMED"]))).watch()
    main()
