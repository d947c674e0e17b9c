"""What lies between an invitation and its interview: one-time codes, places, booked times, requests. Part of
`models.store.Store`."""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from models.errors import Conflict, TooMany
from models.records import (
    Application,
    Booking,
    CandidateRequest,
    EntryCode,
    Interview,
    Personal,
    PersonalJson,
    Place,
    RequestKind,
)
from models.store.base import Rows

CODE_TRIES = 5
CODES_AN_HOUR, CODES_IN_ALL = 5, 30
"""Of an interview, by mail: what a person may need, and too few to guess one of a million."""
CODE_PAUSE = timedelta(minutes=1)
MOST_REQUESTS = 50


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a code that somebody entered. `left`: further tries; `live`: there was a code to compare with."""

    right: bool
    live: bool
    left: int


class Visits(Rows):
    # ------------------------------------------------------------ one-time codes

    def add_code(
        self,
        organisation_id: str,
        interview_id: str,
        *,
        hash: str,
        mark: str,
        by: str,
        now: datetime,
        expires: datetime,
    ) -> EntryCode:
        """Earlier ones by the same way (`mail`, `person`) no longer count. Raises TooMany: one message a minute, five
        an hour."""
        self._lock(Interview, organisation_id, interview_id)
        if by == "mail":
            made = [code.made_at for code in self.codes(organisation_id, interview_id) if code.by == "mail"]
            if made and now - made[-1] < CODE_PAUSE:
                raise TooMany("A code was sent less than a minute ago. Look for it in your mail, also among the spam.")
            if sum(now - at < timedelta(hours=1) for at in made) >= CODES_AN_HOUR or len(made) >= CODES_IN_ALL:
                raise TooMany(
                    "Several codes were sent already. Wait an hour before you ask for another, or ask the employer to "
                    "give you one."
                )
        return self._add(
            EntryCode(
                organisation_id=organisation_id,
                interview_id=interview_id,
                hash=hash,
                mark=mark,
                by=by,
                made_at=now,
                expires_at=expires,
                tries=0,
            )
        )

    def codes(self, organisation_id: str, interview_id: str) -> list[EntryCode]:
        """Oldest first."""
        self._own(Interview, organisation_id, interview_id)
        query = select(EntryCode).where(EntryCode.interview_id == interview_id)
        return list(self._session.scalars(query.order_by(EntryCode.made_at, EntryCode.id)))

    def try_code(self, organisation_id: str, interview_id: str, hash: str, now: datetime) -> Tried:
        """Compare with the codes that still count, in constant time. A right one is used up; each try counts, also of
        those who try at once."""
        self._lock(Interview, organisation_id, interview_id)
        newest = {code.by: code for code in self.codes(organisation_id, interview_id)}
        live = [
            code
            for code in newest.values()
            if code.used_at is None and code.expires_at > now and code.tries < CODE_TRIES
        ]
        right = False
        for code in live:
            code.tries += 1
            if hmac.compare_digest(code.hash, hash):
                code.used_at, right = now, True
        self._session.flush()
        return Tried(right, bool(live), max((CODE_TRIES - code.tries for code in live), default=0))

    # ------------------------------------------------------------ places

    def take_places(self, organisation_id: str, interview_id: str, cells: Sequence[datetime], capacity: int) -> bool:
        """A place in each of `cells` (ascending), in exchange for those held so far; False, and nothing changed, when
        one of them has none left. The database gives each number once, whoever asks at the same time."""
        self._lock(Interview, organisation_id, interview_id)
        mine = select(Place).where(Place.interview_id == interview_id)
        held = {place.at: place for place in self._session.scalars(mine)}
        missing = [cell for cell in cells if cell not in held]
        for _ in range(capacity + 1 if missing else 0):
            numbers = self._free_numbers(missing, capacity)
            if numbers is None:
                return False
            fresh = [
                Place(organisation_id=organisation_id, interview_id=interview_id, at=at, number=number)
                for at, number in zip(missing, numbers, strict=True)
            ]
            try:
                with self._session.begin_nested():
                    self._session.add_all(fresh)
                break
            except IntegrityError:  # somebody else was given one of these a moment ago: look again
                continue
        else:
            if missing:
                return False
        kept = set(cells)
        given_up = [place.id for at, place in held.items() if at not in kept]
        self._session.execute(delete(Place).where(Place.id.in_(given_up)))
        return True

    def _free_numbers(self, cells: Sequence[datetime], capacity: int) -> list[int] | None:
        """The lowest free number in each cell; None when a cell is full."""
        taken: dict[datetime, set[int]] = {cell: set() for cell in cells}
        query = select(Place.at, Place.number).where(Place.at.in_(cells))
        for at, number in self._session.execute(query):
            taken[at].add(number)
        found = [next((n for n in range(capacity) if n not in taken[cell]), None) for cell in cells]
        if any(len(taken[cell]) >= capacity for cell in cells):  # also when there are fewer places than there were
            return None
        return [number for number in found if number is not None]

    def taken_places(self, after: datetime, before: datetime) -> Counter[datetime]:
        """How many are taken in each cell, whoever's they are."""
        query = (
            select(Place.at, func.count().label("count")).where(Place.at >= after, Place.at < before).group_by(Place.at)
        )
        return Counter({row.at: row.count for row in self._session.execute(query)})

    def places_of(self, organisation_id: str, interview_id: str) -> list[datetime]:
        """The cells in which this interview holds one."""
        self._own(Interview, organisation_id, interview_id)
        return list(self._session.scalars(select(Place.at).where(Place.interview_id == interview_id)))

    def place_holders(self, cell: datetime) -> set[str]:
        """Ids of the interviews that hold a place then."""
        return set(self._session.scalars(select(Place.interview_id).where(Place.at == cell)))

    def give_up_places(self, organisation_id: str, interview_id: str) -> None:
        self._lock(Interview, organisation_id, interview_id)
        self._session.execute(delete(Place).where(Place.interview_id == interview_id))

    # ------------------------------------------------------------ booked times

    def booking_of(self, organisation_id: str, interview_id: str) -> Booking | None:
        self._own(Interview, organisation_id, interview_id)
        return self._session.scalar(select(Booking).where(Booking.interview_id == interview_id))

    def record_booking(
        self, organisation_id: str, interview_id: str, *, starts: datetime, ends: datetime, zone: str, now: datetime
    ) -> Booking:
        """Booked, or moved; `take_places` sees to the places. Raises Conflict for what is not waiting to begin."""
        if self._lock(Interview, organisation_id, interview_id).state != "invited":
            raise Conflict("This interview has begun or is over; there is no time to book any more.")
        booking = self.booking_of(organisation_id, interview_id)
        if booking is None:
            booking = Booking(organisation_id=organisation_id, interview_id=interview_id, sequence=-1)
            self._session.add(booking)
        booking.state, booking.starts_at, booking.ends_at, booking.zone = "booked", starts, ends, zone
        booking.sequence, booking.made_at = booking.sequence + 1, now
        self._session.flush()
        return booking

    def end_booking(self, organisation_id: str, interview_id: str, state: str) -> Booking | None:
        """`kept`, `missed` or `cancelled`, if it was booked; else None and nothing changes."""
        self._lock(Interview, organisation_id, interview_id)
        booking = self.booking_of(organisation_id, interview_id)
        if booking is None or booking.state != "booked":
            return None
        booking.state = state  # type: ignore[assignment]
        booking.sequence += 1
        self._session.flush()
        return booking

    # ------------------------------------------------------------ requests

    def add_request(
        self,
        organisation_id: str,
        interview_id: str,
        kind: RequestKind,
        detail: Mapping[str, Any],
        *,
        during: bool,
        now: datetime,
    ) -> CandidateRequest:
        """Raises Conflict when there are too many; whoever withdraws always can."""
        self._lock(Interview, organisation_id, interview_id)
        if kind != "withdrawal" and len(self.requests(organisation_id, interview_id)) >= MOST_REQUESTS:
            raise Conflict("There are many requests already. Please write to the employer.")
        subject = self._whose(interview_id)
        request = self._add(
            CandidateRequest(
                organisation_id=organisation_id,
                interview_id=interview_id,
                kind=kind,
                detail=PersonalJson(detail, subject=subject),
                during=during,
                made_at=now,
            )
        )
        self._note(organisation_id, "request.made", "request", request.id, about=subject, asked=kind)
        return request

    def requests(self, organisation_id: str, interview_id: str) -> list[CandidateRequest]:
        """Oldest first."""
        self._own(Interview, organisation_id, interview_id)
        query = select(CandidateRequest).where(CandidateRequest.interview_id == interview_id)
        return list(self._session.scalars(query.order_by(CandidateRequest.made_at, CandidateRequest.id)))

    def unanswered(self, organisation_id: str) -> list[tuple[str, str]]:
        """(job, application) of each request that waits for an answer."""
        query = (
            select(Application.job_id, Application.id)
            .join(Interview, Interview.application_id == Application.id)
            .join(CandidateRequest, CandidateRequest.interview_id == Interview.id)
            .where(CandidateRequest.organisation_id == organisation_id, CandidateRequest.answered_at.is_(None))
            .where(CandidateRequest.kind != "withdrawal")
        )
        return [(job, application) for job, application in self._session.execute(query)]

    def answer_request(
        self,
        organisation_id: str,
        id: str,
        text: str,
        *,
        subject: str,
        by: str,
        now: datetime,
        detail: Mapping[str, Any] | None = None,
    ) -> CandidateRequest:
        """A person's answer; a second one replaces the first. `subject`: the candidate's id; `detail`: what was asked,
        with what is granted, where that changes."""
        request = self._lock(CandidateRequest, organisation_id, id)
        if detail is not None:
            request.detail = PersonalJson(detail, subject=subject)
        request.answer, request.answered_by, request.answered_at = Personal(text, subject=subject), by, now
        self._note(organisation_id, "request.answered", "request", id, about=subject, text=text)
        self._session.flush()
        return request

    def request(self, organisation_id: str, id: str) -> CandidateRequest:
        return self._own(CandidateRequest, organisation_id, id)
