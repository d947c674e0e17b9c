"""Which process is which, and what becomes of the work of one that is dead. Used by `api.pipeline`, which hands in what
only it may ask the workflow engine; `living` is for pages and figures.

Each process holds a slot (`worker-screen-0@1`: what it takes, the lowest free number, the version of its steps) by a
lease that it renews every HEARTBEAT_SECONDS. Who dies is missed at once on its own machine, since its process is gone,
and elsewhere when its lease has run out and nothing was heard of it for SEEN_SECONDS more (machines sleep and wake:
their processes get the time to say so). Then its work goes back into its queue. A process that had no time for its
heartbeat for LEASE_SECONDS keeps its slot; one that lost it ends, for others do its work by then."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Self

import structlog

from api.process import is_gone, is_here, this_process
from api.roles import ALL, ROLES, queues_of
from models.errors import FoyerError

if TYPE_CHECKING:
    from api.deps import App
    from models.records import Lease
    from models.store.system import System

log = structlog.get_logger("foyer.slots")

LEASE_SECONDS, HEARTBEAT_SECONDS, LOOK_SECONDS, SEEN_SECONDS, RESCUE_SECONDS = 10.0, 3.0, 2.0, 4.0, 5.0
"""A dead process's work is back in its queue after LEASE + SEEN + 2 LOOK = 18 s at the latest, and half a second later
somebody takes it. Where whoever puts it back dies over it, after RESCUE + SEEN + LOOK = 11 s more: still within half a
minute."""
LOST = 70
"""Exit code of a process that lost its slot."""
PREFIX = "executor:"
SLOTS = 256


@dataclass(frozen=True, slots=True)
class Holder:
    """A process as its lease names it: `process` as in `api.process`, the version of its steps, whose work it takes."""

    process: str
    version: str = ""
    roles: tuple[str, ...] = ()

    @classmethod
    def read(cls, text: str) -> Self:
        """Also of a process of before there were roles, which took all work."""
        where, *rest = text.split(":")
        if len(rest) < 4:
            return cls(text, "1", ALL)
        *process, version, roles = rest
        return cls(":".join((where, *process)), version, tuple(role for role in roles.split("+") if role))

    def __str__(self) -> str:
        return f"{self.process}:{self.version}:{'+'.join(self.roles)}"


@dataclass(frozen=True, slots=True)
class Living:
    """A process that tells that it lives. `lives` is false for one that no longer does and was not rescued yet."""

    executor: str
    holder: Holder
    until: datetime
    lives: bool


def living(system: System, now: datetime) -> list[Living]:
    """By name. `now`: as this process has it; the database's own clock counts where there is one."""
    at = system.clock(now)
    return [
        Living(lease.name.removeprefix(PREFIX), holder := Holder.read(lease.holder), lease.expires_at,
               lives=lease.expires_at > at and not is_gone(holder.process))
        for lease in system.leases(PREFIX)
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Standing:
    """Of one role: `waiting`, what could be done now and is not; `takers`, processes that live and take it. `speech`
    has no queue: what waits for it lies on the disks of others."""

    role: str
    waiting: int
    takers: int


def standing(system: System, now: datetime, due: Mapping[str, int] | None = None) -> list[Standing]:
    """By role. What is suspended or paused waits for nobody. `due`: of `System.waiting`, where it was asked already."""
    due = due if due is not None else system.waiting(now)
    alive = [one.holder.roles for one in living(system, now) if one.lives]
    waiting = {
        "screen": sum(number for queue in ("screen", "ocr") for *_, number in system.lines(queue)),
        "evaluate": len(system.unreported()),
        "deliver": due["delivery"] + due["inbox"],
    }
    return [Standing(role, waiting.get(role, 0), sum(role in roles for roles in alive)) for role in ROLES]


class Slots:
    """The slot of this process."""

    def __init__(self, app: App, kind: str, version: str, roles: Sequence[str]) -> None:
        """`kind`: what the process is, such as `worker-screen`."""
        self._app, self._kind, self._version = app, kind, version
        self._holder = Holder(this_process(), version, tuple(roles))
        self.executor = ""
        self._late: dict[tuple[str, datetime], float] = {}
        """(executor, end of its lease) of those that ought to have been heard of -> since when, by this process's own
        steady clock."""

    def take(self) -> str:
        """The lowest free slot: stable over restarts, never shared by two live processes. Raises FoyerError."""
        for number in range(SLOTS):
            executor = f"{self._kind}-{number}@{self._version}"
            if self._claim(executor, self._holder, starting=True):
                self.executor = executor
                return executor
        raise FoyerError(f"{SLOTS} {self._kind} processes already run on this database; stop some of them")

    def beat(self) -> None:
        """Ends the process when another took the slot: two of us would run the same steps."""
        with self._app.database.system() as system:
            kept = system.keep_lease(
                PREFIX + self.executor, str(self._holder), system.clock(self._app.now), LEASE_SECONDS
            )
        if not kept:
            log.critical("executor.lost", executor=self.executor)
            os._exit(LOST)

    def free(self) -> None:
        """What is left of its work is found by the others at their next look."""
        with self._app.database.system() as system:
            system.release_lease(PREFIX + self.executor, str(self._holder))

    def rescue(self, working: Callable[[], set[str]], resume: Callable[[str], int]) -> int:
        """What processes left behind goes back into its queue. `working`: executors that have work under way, asked
        before the leases, so that one that has just begun is not taken for dead. `resume`: puts all of one's back and
        says how many. Returns how many that were."""
        busy = working()
        with self._app.database.asking() as system:
            found = living(system, self._app.now)
        dead = self._dead(found) | (busy - {one.executor for one in found} - {self.executor})
        return sum(self._rescue(executor, resume) for executor in sorted(dead))

    def orphaned(self, versions: Sequence[str]) -> dict[str, list[str]]:
        """Version -> queues of this process whose work of that version no living process takes."""
        with self._app.database.asking() as system:
            found = [one.holder for one in living(system, self._app.now) if one.lives]
        taken = {(holder.version, role) for holder in found for role in holder.roles}
        return {
            version: queues
            for version in versions
            if (queues := queues_of([role for role in self._holder.roles if (version, role) not in taken]))
        }

    @contextmanager
    def alone(self, name: str) -> Iterator[bool]:
        """Whether this process may do what one at a time may do, until the block ends."""
        with self._app.database.system() as system:
            mine = system.acquire_lease(name, str(self._holder), system.clock(self._app.now), LEASE_SECONDS)
        try:
            yield mine
        finally:
            if mine:
                with self._app.database.system() as system:
                    system.release_lease(name, str(self._holder))

    def _dead(self, found: Sequence[Living]) -> set[str]:
        gone = {one.executor for one in found if is_gone(one.holder.process)}
        late = {(one.executor, one.until) for one in found if not one.lives and one.executor != self.executor}
        now = time.monotonic()
        self._late = {key: self._late.get(key, now) for key in late}
        return gone | {executor for (executor, _), since in self._late.items() if now - since >= SEEN_SECONDS}

    def _rescue(self, executor: str, resume: Callable[[str], int]) -> int:
        rescuer = replace(self._holder, roles=())  # holding two slots, it still works once
        if not self._claim(executor, rescuer, seconds=RESCUE_SECONDS):
            return 0  # of several rescuers one gets the dead one's lease
        resumed = resume(executor)
        with self._app.database.system() as system:
            system.release_lease(PREFIX + executor, str(rescuer))
        log.info("executor.rescued", executor=executor, resumed=resumed)
        return resumed

    def _claim(self, executor: str, holder: Holder, *, starting: bool = False, seconds: float = LEASE_SECONDS) -> bool:
        """A lease that nobody has, or a dead process. Who is `starting` takes none of a process that is there and was
        merely late: another slot will do."""
        name = PREFIX + executor
        with self._app.database.system() as system:
            now = system.clock(self._app.now)
            for lease in _called(system, name):
                known = Holder.read(lease.holder)
                if starting and is_here(known.process) and known != holder:
                    return False
                if is_gone(known.process):
                    system.release_lease(name, lease.holder)
            return system.acquire_lease(name, str(holder), now, seconds)


def _called(system: System, name: str) -> Iterator[Lease]:
    return (lease for lease in system.leases(name) if lease.name == name)
