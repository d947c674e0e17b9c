"""The installation's master keys, in FOYER_HOME/master.key. Used by `compliance.person_seal` to wrap people's keys.

The file holds one line a key, `ID VALUE`; the last one is the one that is used. VALUE is the key itself (base64), or,
where FOYER_HOME/master.command holds a command line, what that command has made of it: it is run with `wrap` or
`unwrap` as its last argument, takes bytes on standard input and gives bytes on standard output. So a key management
service can keep what opens everything: it is asked once a start, not once a person."""

from __future__ import annotations

import base64
import binascii
import fcntl
import hashlib
import hmac
import os
import shlex
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from models.errors import Conflict, EngineError

FILE, COMMAND = "master.key", "master.command"
BY_COMMAND = "command:"
LENGTH = 32
SECONDS = 30.0


class MasterKeys:
    """Thread-safe, and shared by processes through the file: a key that another process added is found by its id."""

    def __init__(self, home: Path) -> None:
        self._file, self._command = home / FILE, home / COMMAND
        self._lock = threading.Lock()
        self._known: dict[str, bytes] = {}
        self._current, self._read_at = "", (-1, -1, -1)

    def current(self, *, first: bool) -> tuple[str, bytes]:
        """(id, key) to wrap with. `first`: nothing was wrapped yet, so where there is no file one is made; else its
        absence is an error."""
        with self._lock:
            if not self._file.exists():
                if not first:
                    raise self._lost("master.key is missing, and people's keys are wrapped under it")
                self._write([self._line(os.urandom(LENGTH))], fresh=True)
            self._read()
            return self._current, self._known[self._current]

    def get(self, id: str) -> bytes:
        with self._lock:
            if id not in self._known:
                self._read()
            if id not in self._known:
                raise self._lost(f"People's keys are wrapped under the master key {id}, which master.key does not hold")
            return self._known[id]

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Within the block no other process changes keys: two at once would each throw away the other's. Raises
        Conflict."""
        with self._locked(fcntl.LOCK_EX, "Keys are being changed already, or a backup is taken"):
            yield

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """Within the block no key is changed or goes but by an erasure: for backups, of which several may be taken.
        Raises Conflict."""
        with self._locked(fcntl.LOCK_SH, "Keys are being changed"):
            yield

    @contextmanager
    def _locked(self, how: int, otherwise: str) -> Iterator[None]:
        descriptor = os.open(self._file.with_name(f".{FILE}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(descriptor, how | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Conflict(f"{otherwise}. Wait until that is done.") from None
            yield
        finally:
            os.close(descriptor)

    def add(self) -> str:
        """A new key, used from now on; the ones before stay until `keep_only`."""
        with self._lock:
            self._write([*self._lines(), self._line(os.urandom(LENGTH))])
            self._read()
            return self._current

    def keep_only(self, id: str) -> None:
        """Nothing is wrapped under any other any more."""
        with self._lock:
            left = [line for line in self._lines() if line.split()[0] == id]
            if not left:
                raise self._lost(f"Only the master key {id} should be left, which master.key does not hold")
            self._write(left)

    def _lines(self) -> list[str]:
        try:
            lines = self._file.read_text().splitlines()
        except FileNotFoundError:
            raise self._lost("master.key is missing") from None
        return [line for line in lines if line.strip()]

    def _read(self) -> None:
        found = self._file.stat() if self._file.exists() else None
        at = (found.st_mtime_ns, found.st_ino, found.st_size) if found is not None else (-1, -1, -1)
        if at == self._read_at and self._known:
            return
        lines = self._lines()
        for line in lines:
            id, _, value = line.partition(" ")
            if id not in self._known:
                self._known[id] = self._key(id, value.strip())
        if not lines:
            raise self._lost("master.key is empty")
        self._current, self._read_at = lines[-1].partition(" ")[0], at

    def _key(self, id: str, value: str) -> bytes:
        try:
            raw = base64.b64decode(value.removeprefix(BY_COMMAND), validate=True)
        except binascii.Error:
            raise self._lost(f"The line {id} of master.key is damaged") from None
        key = self._ask("unwrap", raw) if value.startswith(BY_COMMAND) else raw
        if len(key) != LENGTH or _id(key) != id:
            raise self._lost(f"The line {id} of master.key gives another key than the one it names")
        return key

    def _line(self, key: bytes) -> str:
        if self._command.exists():
            return f"{_id(key)} {BY_COMMAND}{base64.b64encode(self._ask('wrap', key)).decode()}"
        return f"{_id(key)} {base64.b64encode(key).decode()}"

    def _write(self, lines: list[str], *, fresh: bool = False) -> None:
        """Whole or not at all; of two processes that make the first, one wins and both read the winner's."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        beside = self._file.with_name(f".{FILE}.{os.getpid()}.{threading.get_ident()}")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write("".join(f"{line}\n" for line in lines))
            file.flush()
            os.fsync(file.fileno())
        if fresh:
            try:
                os.link(beside, self._file)
            except FileExistsError:
                pass
            finally:
                beside.unlink()
        else:
            beside.replace(self._file)
        folder = os.open(self._file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _ask(self, what: str, given: bytes) -> bytes:
        words = [*shlex.split(self._command.read_text().strip() if self._command.exists() else ""), what]
        if len(words) == 1:
            raise self._lost("master.key was wrapped by a command, and master.command is missing or empty")
        try:
            done = subprocess.run(words, input=given, capture_output=True, timeout=SECONDS, check=True)  # noqa: S603 - the operator's own
        except (OSError, subprocess.SubprocessError) as failed:
            said = (getattr(failed, "stderr", None) or b"").decode("utf-8", "replace").strip()[-200:]
            raise EngineError(
                f"master.command could not {what} the master key: {said or type(failed).__name__}. Run it by hand: "
                f"`{' '.join(words)}` takes bytes on standard input and gives bytes.",
                retry=True,
            ) from failed
        return done.stdout

    def _lost(self, what: str) -> EngineError:
        return EngineError(
            f"{what}. Put the right {FILE} back into {self._file.parent} from where you keep it; without it what is "
            "known of people cannot be read."
        )


def _id(key: bytes) -> str:
    """A name that tells keys apart and nothing about them."""
    return hmac.new(key, b"foyer master key", hashlib.sha256).hexdigest()[:16]
