"""Python programs without the wait for their imports: `Forked` starts a module as `python -m` does, in a process that
is forked from one that has imported it already. `tests.flow.running` starts its services so: a start costs a fraction
of a second instead of eight, and so does that of a child (`models.child`). What is measured, or is about the start
itself, is started afresh (`Fresh`)."""

from __future__ import annotations

import gc
import importlib
import json
import multiprocessing
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.connection import arbitrary_address
from operator import attrgetter
from pathlib import Path
from typing import IO

from models import child
from models.settings import ROOT

READY = (
    *("alembic.command", "alembic.context", "api.app", "api.cli", "spacy", "uvicorn"),
    *("api.bulk_child", "bs4", "onnxruntime", "pocketsphinx", "pypdfium2", "pyttsx3", "screening.extract"),
)
"""What a service imports, and its children: spaCy (and with it torch) on their first work."""
MADE = (("api.addresses", "addresses"), ("matching.skills", "Vocabulary.load"))
"""What it makes once in a process, whatever its settings are."""
SHARED = "TEST_FORK_SERVER"
"""Names the socket of the one that all processes of a test run use."""


@dataclass(frozen=True)
class _Wanted:
    """What runs in the new process: `arguments` as after `python -m`."""

    arguments: list[str]
    environment: dict[str, str]


class ForkServer:
    """The process that all are forked from; it ends with the one that made this. In a test run of several processes the
    first of them makes it (`tests/conftest.py`), for all."""

    _own: ForkServer | None = None
    _starting = threading.Lock()

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="foyer-fork-")
        self.address = str(Path(self._folder.name) / "socket")
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(self.address)
        self._listening.listen(128)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("FOYER_")}
        environment["OMP_NUM_THREADS"] = "2"
        number = self._listening.fileno()
        arguments = [sys.executable, "-m", __name__, str(number)]
        self._process = subprocess.Popen(
            arguments, cwd=ROOT, env=environment, stdin=subprocess.PIPE, pass_fds=(number,)
        )
        self._listening.close()

    def share(self) -> None:
        """From now on processes that are started here use it; it starts when one of them does."""
        os.environ[SHARED] = self.address
        threading.Thread(target=self._start_when_asked, name="fork-server", daemon=True).start()

    def _start_when_asked(self) -> None:
        while self._listening.fileno() >= 0:
            if select.select([self._listening], [], [], 0.5)[0]:
                return self.start()

    def close(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            self._process.wait()
        self._listening.close()
        self._folder.cleanup()

    @classmethod
    def connected(cls) -> socket.socket:
        line = socket.socket(socket.AF_UNIX)
        line.connect(os.environ.get(SHARED) or cls._here().address)
        return line

    @classmethod
    def _here(cls) -> ForkServer:
        with cls._starting:
            if cls._own is None or cls._own._process is None or cls._own._process.poll() is not None:
                cls._own = cls()
                cls._own.start()
            return cls._own


class Forked:
    """Of a `subprocess.Popen` what the tests use. stdout and stderr go to `output`."""

    def __init__(self, arguments: list[str], environment: dict[str, str], output: IO[bytes]) -> None:
        self.args, self.returncode = arguments, None
        self._line = ForkServer.connected()
        asked = json.dumps({"arguments": arguments, "environment": environment}).encode()
        socket.send_fds(self._line, [len(asked).to_bytes(4, "big")], [output.fileno()])
        self._line.sendall(asked)
        self.pid = int.from_bytes(self._read(), "big")

    returncode: int | None

    def poll(self) -> int | None:
        if self.returncode is None and select.select([self._line], [], [], 0)[0]:
            self._end()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            if not select.select([self._line], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(self.args, timeout or 0.0)
            self._end()
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _end(self) -> None:
        self.returncode = os.waitstatus_to_exitcode(int.from_bytes(self._read(), "big"))
        self._line.close()

    def _read(self) -> bytes:
        found = self._line.recv(4, socket.MSG_WAITALL)
        if len(found) < 4:
            raise RuntimeError("the process that services are forked from has died")
        return found


def _forked_for(line: socket.socket) -> _Wanted | None:
    """In the new process what it is to run. In the one beside it, which waits for its end and says so, nothing."""
    size, (output,), _, _ = socket.recv_fds(line, 4, 1)
    asked = json.loads(line.recv(int.from_bytes(size, "big"), socket.MSG_WAITALL))
    if pid := os.fork():
        line.sendall(pid.to_bytes(4, "big"))
        _, status = os.waitpid(pid, 0)
        line.sendall(status.to_bytes(4, "big"))
        return None
    line.close()
    nothing = os.open(os.devnull, os.O_RDONLY)
    for opened, standard in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(opened, standard)
        os.set_inheritable(standard, True)
    os.close(nothing)
    os.close(output)
    return _Wanted(**asked)


def _next(listening: socket.socket) -> _Wanted | None:
    """Returns in forked processes alone, and at the end of the one whose stdin this is."""
    while True:
        readable, _, _ = select.select([listening, sys.stdin], [], [])
        if sys.stdin in readable:
            return None
        line, _ = listening.accept()
        if os.fork() == 0:
            listening.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            return _forked_for(line)
        line.close()


def _nursery() -> None:
    """The process that this one's children will be forked from: `multiprocessing`'s server of that kind, which would
    else be a new Python. It has no threads, as this process has none yet."""
    server = forkserver._forkserver  # type: ignore[attr-defined]
    address = arbitrary_address("AF_UNIX")  # type: ignore[attr-defined]
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(address)
    listening.listen()
    ends, lives = os.pipe()
    if (pid := os.fork()) == 0:
        os.close(lives)
        try:
            forkserver.main(listening.detach(), ends, [])  # type: ignore[attr-defined]
        finally:
            os._exit(0)
    listening.close()
    os.close(ends)
    server._forkserver_address, server._forkserver_alive_fd, server._forkserver_pid = address, lives, pid
    child.CONTEXT = multiprocessing.get_context("forkserver")


def main(number: int) -> None:
    """`number`: of the socket that listens."""
    for name in READY:
        importlib.import_module(name)
    for name, made in MADE:
        attrgetter(made)(importlib.import_module(name))()
    del sys.modules["api.cli"]  # it will run as the program itself
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(fileno=number) as listening:
        wanted = _next(listening)
    if wanted is None:
        os._exit(0)
    os.environ.clear()
    os.environ.update(wanted.environment)
    _nursery()
    name, *rest = wanted.arguments
    sys.argv = [name, *rest]
    runpy.run_module(name, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
