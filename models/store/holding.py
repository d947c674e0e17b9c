"""Leases on live interviews: which socket of which node holds one. Part of `models.store.Store` and of `System`."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from models.records import Interview, Lease
from models.store.base import Rows, clock

ROOM, CLAIM = "interview:", "claim:"


def room_of(interview_id: str) -> str:
    """The name of the lease on a live interview."""
    return f"{ROOM}{interview_id}"


def claim_on(interview_id: str) -> str:
    """The name of the lease of who waits for it."""
    return f"{CLAIM}{interview_id}"


class Held(Rows):
    def is_under_way(self, organisation_id: str, interview_id: str, now: datetime) -> bool:
        """Is it held over a socket of some node? Of one that died, for some seconds still."""
        self._own(Interview, organisation_id, interview_id)
        alive = Lease.expires_at > clock(self._session, now)
        query = select(Lease.id).where(Lease.name == room_of(interview_id), alive)
        return self._session.scalar(query) is not None

    def under_way(self, now: datetime) -> set[str]:
        """Ids of all interviews that are held over a socket, on any node."""
        query = select(Lease.name).where(Lease.name.startswith(ROOM), Lease.expires_at > clock(self._session, now))
        return {name.removeprefix(ROOM) for name in self._session.scalars(query)}

    def still_holds(self, organisation_id: str, interview_id: str, holder: str) -> bool:
        """Nobody has taken it, and nobody can before this transaction ends."""
        self._own(Interview, organisation_id, interview_id)
        query = select(Lease.holder).where(Lease.name == room_of(interview_id)).with_for_update(read=True)
        return self._session.scalar(query) == holder


class HeldRooms:
    """What a node asks about its leases."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def rooms(self, interview_ids: Collection[str]) -> dict[str, str]:
        """Interview -> its holder, also where the lease has run out."""
        return self._named(ROOM, interview_ids, None)

    def claims(self, interview_ids: Collection[str], now: datetime) -> dict[str, str]:
        """Interview -> who waits for it."""
        return self._named(CLAIM, interview_ids, now)

    def renew_leases(self, holders: Collection[str], now: datetime, seconds: float) -> None:
        """Of those that are theirs still."""
        until = now + timedelta(seconds=seconds)
        self._session.execute(update(Lease).where(Lease.holder.in_(holders)).values(expires_at=until))

    def drop_claim(self, interview_id: str) -> None:
        self._session.execute(delete(Lease).where(Lease.name == claim_on(interview_id)))

    def _named(self, kind: str, interview_ids: Collection[str], now: datetime | None) -> dict[str, str]:
        query = select(Lease.name, Lease.holder).where(Lease.name.in_([f"{kind}{id}" for id in interview_ids]))
        if now is not None:
            query = query.where(Lease.expires_at > now)
        return {name.removeprefix(kind): holder for name, holder in self._session.execute(query)}
