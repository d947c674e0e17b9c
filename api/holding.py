"""Which process holds which live interview, over all API nodes of one database. Used by `api.rooms` alone.

A lease in the database names the socket that an interview is held over; its node renews it, and looks for claims: who
comes in on another node lays one, the holder saves everything and leaves, as for a newer socket of its own node. Of a
dead node's interviews the lease runs out, at once where the node was a process of the same machine. A node that was
only late gets SEEN_SECONDS more to say that it lives, by the clock of who asks: a machine that wakes, all nodes with
it, hands on no interview that nobody left. None of this has to be punctual for the log's sake: a room writes nothing
once its lease has another holder (`Store.still_holds`, in the transaction of each event)."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex
from typing import NamedTuple, Self

import structlog

from api.process import is_gone, this_process
from models.db import Database
from models.records import Interview
from models.store.holding import claim_on, room_of

log = structlog.get_logger("foyer.holding")

LEASE_SECONDS, RENEW_SECONDS, LOOK_SECONDS, SEEN_SECONDS = 7.0, 2.0, 0.5, 2.0
"""An interview of a node that died on another machine is whose page comes back after LEASE + SEEN + 2 LOOK = 10 s at
the latest. A node looks every LOOK_SECONDS who asks for an interview that it holds."""


class Holder(NamedTuple):
    """One socket's place at one interview. `session` and `tab` are marks: they tell only whether two are the same."""

    process: str
    node: str
    seat: str
    session: str
    tab: str

    @property
    def text(self) -> str:
        return "|".join(self)

    @property
    def is_gone(self) -> bool:
        """A process of this very machine that is no more."""
        return is_gone(self.process)

    @classmethod
    def parse(cls, text: str) -> Self:
        parts = text.split("|")
        return cls(*parts) if len(parts) == len(cls._fields) else cls(text, "", "", "", "")


@dataclass(frozen=True)
class Elsewhere:
    """Another node's hold on an interview. `late`: its lease ran out just now, and nobody else may have it yet."""

    holder: Holder
    late: bool


@dataclass(frozen=True)
class News:
    """What a look at the leases found, by interview: who was claimed by another node, and who was lost to one."""

    claimed: frozenset[str]
    lost: frozenset[str]


class Holding:
    """The leases of this process. All methods block."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database, self._now = database, now
        self._process, self._node = this_process(), token_hex(4)
        self._renewed = 0.0
        self._late: dict[str, tuple[datetime, float]] = {}
        """Interview -> (end of a lease that ran out, since when it is known here, by this process's steady clock)."""

    def holder(self, interview: Interview, tab: str) -> Holder:
        """A new one, for a socket that came in."""
        session = _mark(interview.session_hash or "")
        return Holder(self._process, self._node, token_hex(4), session, _mark(tab) if tab else "")

    def elsewhere(self, interview_id: str) -> Elsewhere | None:
        """Who holds it on another node, as far as that node may still be alive."""
        with self._database.asking() as system:
            lease = next(iter(system.leases(room_of(interview_id))), None)
            now = system.clock(self._now())
        known = Holder.parse(lease.holder) if lease is not None else None
        if lease is None or known is None or known.node == self._node or known.is_gone:
            self._late.pop(interview_id, None)
            return None
        if lease.expires_at > now:
            self._late.pop(interview_id, None)
            return Elsewhere(known, late=False)
        seen, since = self._late.get(interview_id, (None, 0.0))
        if seen != lease.expires_at:
            since = time.monotonic()
            self._late[interview_id] = (lease.expires_at, since)
        if time.monotonic() - since < SEEN_SECONDS:
            return Elsewhere(known, late=True)
        log.info("lease.ran_out", interview=interview_id, holder=known.process, since=lease.expires_at.isoformat())
        return None

    def claim(self, interview_id: str, holder: Holder) -> None:
        """Ask whoever holds it to leave. Whose claim it is makes no difference."""
        with self._database.system() as system:
            system.acquire_lease(claim_on(interview_id), holder.text, system.clock(self._now()), LEASE_SECONDS)

    def take(self, interview_id: str, holder: Holder) -> bool:
        """Hold it from now on. False: a live node was faster. Among the sockets of this node `api.rooms` sees to it
        that there is one."""
        name = room_of(interview_id)
        with self._database.system() as system:
            for lease in system.leases(name):
                known = Holder.parse(lease.holder)
                if known.node == self._node or known.is_gone:
                    system.release_lease(name, lease.holder)
            if not system.acquire_lease(name, holder.text, system.clock(self._now()), LEASE_SECONDS):
                return False
            system.drop_claim(interview_id)
        self._late.pop(interview_id, None)
        return True

    def release(self, interview_id: str, holder: Holder) -> None:
        with self._database.system() as system:
            system.release_lease(room_of(interview_id), holder.text)

    def look(self, held: dict[str, Holder]) -> News:
        """Renew what is held, when that is due, and see who wants it."""
        if time.monotonic() - self._renewed >= RENEW_SECONDS:
            with self._database.system() as system:
                system.renew_leases([each.text for each in held.values()], system.clock(self._now()), LEASE_SECONDS)
            self._renewed = time.monotonic()
        with self._database.asking() as system:
            holders, claims = system.rooms(held), system.claims(held, system.clock(self._now()))
        lost = {id for id, holder in held.items() if holders.get(id) != holder.text}
        mine = {id for id, by in claims.items() if Holder.parse(by).node != self._node}
        return News(claimed=frozenset(mine - lost), lost=frozenset(lost))


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
