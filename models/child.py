"""A spawned child process that does one thing at a time and can be killed.

Readers of hostile files, the voice and the recognisers live in such children: what crashes, hangs or eats memory there
costs one answer, never the service. `screening.extract`, `interview.tts` and `interview.stt` build on it.

Always the spawn method: a child forked from a process that holds espeak, torch or threads hangs.
"""

from __future__ import annotations

import multiprocessing
import os
import queue
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.process import BaseProcess
from typing import Any

from models.errors import EngineError, FoyerError

Handler = Callable[[Any], Any]
"""Answers one request. Runs in the child; request and answer are pickled."""

CONTEXT: SpawnContext | ForkServerContext = multiprocessing.get_context("spawn")
"""Services of tests take the other, of a process that has imported all already."""


class Child:
    """One child. `start(*args)` runs in it once and returns its Handler; both must be importable by name.

    `ask` raises what the handler raised if that was a FoyerError; any other exception, a death or a time-out becomes an
    EngineError(retry=True), and the next `ask` finds a fresh child.
    """

    def __init__(
        self,
        start: Callable[..., Handler],
        *args: Any,
        memory: int | None = None,
        start_timeout: float = 60.0,
    ) -> None:
        self._start, self._args = start, args
        self._memory, self._start_timeout = memory, start_timeout
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None
        self._lock = threading.Lock()
        self.name = start.__name__

    def ask(self, request: Any, *, timeout: float) -> Any:
        """Send, wait at most `timeout` seconds (not counting the child's start), return the answer."""
        with self._lock:
            pipe = self._running()
            try:
                pipe.send(request)
                kind, answer = self._receive(pipe, timeout)
            except (EOFError, OSError) as gone:
                self._kill()
                raise EngineError(f"{self.name}: the worker process died", retry=True) from gone
        if kind == "error":
            raise answer
        return answer

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def warm(self) -> None:
        """Start the child now, so that the first `ask` need not wait for it."""
        with self._lock:
            self._running()

    def close(self) -> None:
        with self._lock:
            self._kill()

    def _receive(self, pipe: Connection, timeout: float) -> tuple[str, Any]:
        if not pipe.poll(timeout):
            self._kill()
            raise EngineError(f"{self.name}: no answer within {timeout:g} s; the worker was stopped", retry=True)
        received: tuple[str, Any] = pipe.recv()
        return received

    def _running(self) -> Connection:
        if self._process is not None and self._process.is_alive() and self._pipe is not None:
            return self._pipe
        self._kill()
        ours, theirs = CONTEXT.Pipe()
        process = CONTEXT.Process(target=_serve, args=(theirs, self._start, self._args, self._memory), daemon=True)
        process.start()
        theirs.close()
        self._process, self._pipe = process, ours
        try:
            kind, answer = self._receive(ours, self._start_timeout)
        except (EOFError, OSError) as gone:
            self._kill()
            raise EngineError(f"{self.name}: the worker process did not start", retry=True) from gone
        if kind == "error":
            self._kill()
            raise answer
        return ours

    def _kill(self) -> None:
        if self._pipe is not None:
            self._pipe.close()
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process.close()
        self._process = self._pipe = None


class ChildPool:
    """`size` equal children; `ask` takes a free one and waits while all are busy. Children start on first use."""

    def __init__(
        self,
        size: int,
        start: Callable[..., Handler],
        *args: Any,
        memory: int | None = None,
        start_timeout: float = 60.0,
    ) -> None:
        self._children = [Child(start, *args, memory=memory, start_timeout=start_timeout) for _ in range(size)]
        self._free: queue.LifoQueue[Child] = queue.LifoQueue()
        for child in self._children:
            self._free.put(child)

    def ask(self, request: Any, *, timeout: float) -> Any:
        child = self._free.get()
        try:
            return child.ask(request, timeout=timeout)
        finally:
            self._free.put(child)

    def warm(self) -> None:
        for child in self._children:
            child.warm()

    def close(self) -> None:
        for child in self._children:
            child.close()


def _serve(pipe: Connection, start: Callable[..., Handler], args: tuple[Any, ...], memory: int | None) -> None:
    """The child's life: prepare, say ready, answer until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.dup2(2, 1)  # engines print on stdout, which belongs to the parent's JSON
    sys.stdout = sys.stderr
    threading.Thread(target=_die_with_parent, args=(os.getppid(),), daemon=True).start()
    if memory is not None:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    try:
        handler = start(*args)
    except Exception as error:  # noqa: BLE001 - the edge of a process: every failure must reach the parent
        pipe.send(("error", _portable(error)))
        return
    pipe.send(("ready", None))
    with suppress(EOFError, OSError):
        while True:
            request = pipe.recv()
            try:
                answer = ("ok", handler(request))
            except Exception as error:  # noqa: BLE001 - as above
                answer = ("error", _portable(error))
            pipe.send(answer)


def _die_with_parent(parent: int) -> None:
    """A child busy in a long computation would outlive a killed parent; this ends it within a second."""
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)


def _portable(error: Exception) -> FoyerError:
    if isinstance(error, FoyerError):
        return error
    if isinstance(error, MemoryError):
        return EngineError("the worker ran out of memory", retry=False)
    return EngineError(f"{type(error).__name__}: {error}", retry=True)
