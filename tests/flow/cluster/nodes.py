"""Processes of one Foyer on one PostgreSQL, as several machines run them: API nodes and workers that can be started,
stopped and killed each by itself. Used by the tests of this folder.

    with Cluster(tmp_path, postgres_server) as cluster:
        api = cluster.api("--no-worker")
        worker = cluster.worker("--queues", "screen,evaluate")
        api.upload(...); worker.kill(); worker.start()

Each node has a FOYER_HOME of its own unless it is given another's (`home=api.home`); keys are the same in all, files
lie in one folder that all share. By `machine` a node calls itself another machine: its death is then seen by its lease
alone."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import IO, Self, TypeVar
from uuid import uuid4

from tests.flow.forked import Forked
from tests.flow.running import Service, wait_for
from tests.postgres import PostgresServer

N = TypeVar("N", bound="Node")
KEYS = ("secret.key", "master.key", "vault.key", "admin.key")
"""What all homes hold the same of."""
PROGRAM = "tests.flow.cluster.elsewhere"


class Node(Service):
    """An API node: what `Service` can, and it is one of several. `options`: of `foyer serve`."""

    command = "serve"

    def __init__(self, home: Path, name: str, options: tuple[str, ...], **settings: str) -> None:
        super().__init__(home, **settings)
        self.name = name
        self.program = (PROGRAM, self.command, *options)  # type: ignore[assignment]
        self.log = home / f"{name}.log"

    @property
    def output(self) -> str:
        return self.log.read_text()

    def move(self, machine: str) -> None:
        """What is started next is on this machine, as a pod that is made anew elsewhere."""
        self._environment["NODE_MACHINE"] = machine


class Worker(Node):
    """`options`: of `foyer worker`. It has no address: it is there once it says so."""

    command = "worker"

    def start(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        begins = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as output:
            self.process = self._spawn(output)
        wait_for(lambda: self._started(begins), bool, f"worker started (see {self.log})")

    def _started(self, begins: int) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError(f"{self.name} died: {self.output[-3000:]}")
        return "Foyer worker started" in self.output[begins:]

    def _spawn(self, output: IO[bytes]) -> subprocess.Popen[bytes] | Forked:
        return Forked([*self.program], self._environment, output)


class Cluster:
    """One PostgreSQL with a database for Foyer and one for the queue, and the nodes on it. `settings`: for all."""

    def __init__(self, folder: Path, server: PostgresServer, **settings: str) -> None:
        self.folder, self._server = folder, server
        self._names = [f"foyer_{uuid4().hex[:12]}" for _ in range(2)]
        self.database, self.queue = (server.create(name) for name in self._names)
        self._settings = {
            "FOYER_DATABASE_URL": self.database,
            "FOYER_QUEUE_URL": self.queue,
            "FOYER_FILES_URL": str(folder / "files"),
            **settings,
        }
        self.nodes: list[Node] = []

    def api(self, *options: str, home: Path | None = None, machine: str = "", version: str = "") -> Node:
        """`foyer serve`, ready. `options`: such as --no-worker."""
        return self._node(Node, "api", options, home, machine, version)

    def worker(self, *options: str, home: Path | None = None, machine: str = "", version: str = "") -> Worker:
        """`foyer worker`, started. `options`: such as --queues, screen."""
        return self._node(Worker, "worker", options, home, machine, version)

    def _node(
        self, kind: type[N], word: str, options: tuple[str, ...], home: Path | None, machine: str, version: str
    ) -> N:
        name = f"{word}{sum(type(node) is kind for node in self.nodes) + 1}"
        home = home or self.folder / name
        self._give_keys(home)
        more = {"NODE_MACHINE": machine, "NODE_VERSION": version}
        node = kind(home, name, options, **self._settings, **{key: value for key, value in more.items() if value})
        self.nodes.append(node)
        node.start()
        return node

    def _give_keys(self, home: Path) -> None:
        """A home that is new gets the keys of those that are there, as whoever runs several machines copies them."""
        home.mkdir(parents=True, exist_ok=True)
        for name in KEYS:
            for other in (node.home / name for node in self.nodes):
                if other.exists() and not (home / name).exists():
                    shutil.copyfile(other, home / name)
                    (home / name).chmod(0o600)

    @property
    def outboxes(self) -> list[Path]:
        """Where mail of each node is written."""
        return sorted({node.home / "outbox" for node in self.nodes})

    def close(self) -> None:
        for node in self.nodes:
            node.stop()
        for name in self._names:
            self._server.drop(name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        self.close()
