"""Who may come in when: places for those who start now, times for those who book. Used by the candidate's pages, by
`api.rooms` and by the sweep.

Everybody in an interview holds a place for as long as it can take, in cells of five minutes that the database gives
once (`Visits.take_places`). So the last place is never given twice, and one who booked finds theirs however full it is.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from api import mailing, notices, texting
from api.adjusting import minutes_of
from api.suspending import HALTED
from compliance.business_days import begins
from integrations import ics, letters
from interview.slots import LATE, Slot, cell_of, cells, offered, slot_at, spelled
from models.errors import Conflict, TooMany
from models.records import Booking, Interview
from models.store import Store

if TYPE_CHECKING:
    from api.deps import App

REMINDERS = ((timedelta(hours=24), "in 24 hours"), (timedelta(minutes=15), "in 15 minutes"))


class Full(TooMany):
    """There is no place from now on for as long as this interview takes."""


class Taken(Conflict):
    """That time cannot be had (any more)."""


# ---------------------------------------------------------------- now


def admit(app: App, store: Store, interview: Interview) -> None:
    """A place from now on, unless the interview holds one already. Raises Full.

    Who stays beyond their time is not thrown out: newcomers wait until they are gone."""
    held = store.place_holders(cell_of(app.now))
    if interview.id in held:
        return
    beyond = app.rooms.live(store) - held - {interview.id}
    wanted = cells(slot_at(app.now, minutes_of(store, interview)))
    if not store.take_places(interview.organisation_id, interview.id, wanted, _capacity(app) - len(beyond)):
        raise Full("All places are taken at the moment. Choose one of the next times, or try again later.")


def enter(app: App, store: Store, opened: Interview) -> None:
    """Consent was given: a place now, in the same transaction. Raises Suspended, Full."""
    store.must_run(opened.organisation_id, opened.application_id)
    admit(app, store, opened)
    begun(store, opened)
    store.end_reuse(opened.organisation_id, opened.id, expires_at=opened.expires_at, now=app.now)


def begun(store: Store, interview: Interview) -> None:
    """The candidate came: what was booked is kept, nobody is reminded any more."""
    store.end_booking(interview.organisation_id, interview.id, "kept")
    store.drop_unsent(interview.organisation_id, _reminder_key(interview))


def open_now(app: App, store: Store, interview: Interview) -> bool:
    """Whether `admit` would let them in, as things stand."""
    held = store.place_holders(cell_of(app.now))
    if interview.id in held:
        return True
    room = _capacity(app) - len(app.rooms.live(store) - held)
    taken = _taken_by_others(store, interview, app.now, app.now)
    return all(taken[cell] < room for cell in cells(slot_at(app.now, minutes_of(store, interview))))


def release(app: App, organisation_id: str, interview_id: str) -> None:
    """Nobody came, or came back, for a quarter of an hour: the place is free for others, the invitation stands."""
    since = app.now - LATE
    with app.database.store() as store:
        interview = store.interview(organisation_id, interview_id)
        booking = store.booking_of(organisation_id, interview_id)
        missed = booking is not None and booking.state == "booked" and booking.starts_at <= since
        left = interview.link_used_at is not None and interview.link_used_at <= since
        if interview.state == "invited" and missed:
            store.end_booking(organisation_id, interview_id, "missed")
        elif interview.state == "invited" or not left or app.rooms.is_live(store, interview):
            return
        store.give_up_places(organisation_id, interview_id)


# ---------------------------------------------------------------- later


def times(app: App, store: Store, interview: Interview) -> list[Slot]:
    """What can be booked before the invitation ends; what this candidate holds counts as free."""
    application = store.application(interview.organisation_id, interview.application_id)
    first = notices.first_day(app, store, application)
    opens = app.now if first is None else max(app.now, begins(first).astimezone(UTC))
    taken = _taken_by_others(store, interview, opens, interview.expires_at)
    return offered(opens, interview.expires_at, minutes_of(store, interview), taken, _capacity(app))


def book(app: App, interview: Interview, starts: datetime, zone: str, link: str) -> Booking:
    """Keep a place, or move it, with a message and its reminders. Raises Taken, Conflict."""
    organisation_id = interview.organisation_id
    with app.database.store() as store:
        interview = store.interview(organisation_id, interview.id)
        if store.halted(organisation_id, interview.application_id) is not None:
            raise Conflict(HALTED)
        slot = next((each for each in times(app, store, interview) if each.starts == starts), None)
        held = store.booking_of(organisation_id, interview.id)
        moved = held is not None and held.state == "booked"
        if slot is None or not store.take_places(organisation_id, interview.id, cells(slot), _capacity(app)):
            raise Taken("That time is no longer free. Choose another one; what you had is unchanged.")
        booking = store.record_booking(
            organisation_id, interview.id, starts=slot.starts, ends=slot.ends, zone=zone, now=app.now
        )
        who = mailing.invited(app, store, interview, link)
        when = spelled(booking.starts_at, booking.zone)
        file = calendar_file(app, store, interview, booking, link)
        key = f"booking:{interview.id}:{booking.sequence}"
        letter = partial(letters.booked, who, when, file, moved=moved, key=key, now=app.now)
        mailing.queue(app, store, interview, key, letter)
        remind(app, store, interview, link)
    return booking


def cancel(app: App, interview: Interview, link: str) -> None:
    """The place is given up, the invitation stands. Nothing to cancel changes nothing."""
    organisation_id = interview.organisation_id
    with app.database.store() as store:
        booking = store.end_booking(organisation_id, interview.id, "cancelled")
        if booking is None:
            return
        store.give_up_places(organisation_id, interview.id)
        store.drop_unsent(organisation_id, _reminder_key(interview))
        who = mailing.invited(app, store, interview, link)
        file = calendar_file(app, store, interview, booking, link)
        key = f"booking:{interview.id}:{booking.sequence}"
        when = spelled(booking.starts_at, booking.zone)
        letter = partial(letters.cancelled, who, when, file, key=key, now=app.now)
        mailing.queue(app, store, interview, key, letter)


def remind(app: App, store: Store, interview: Interview, link: str) -> None:
    """Queue the reminders of what is booked, in place of earlier ones: after each change of time or link."""
    store.drop_unsent(interview.organisation_id, _reminder_key(interview))
    booking = store.booking_of(interview.organisation_id, interview.id)
    if booking is None or booking.state != "booked":
        return
    who, when = mailing.invited(app, store, interview, link), spelled(booking.starts_at, booking.zone)
    for before, ahead in REMINDERS:
        due = booking.starts_at - before
        if due <= app.now:
            continue
        link_hash = interview.link_hash[:8]  # a renewed link makes it another message
        key = f"{_reminder_key(interview)}{booking.sequence}:{link_hash}:{round(before.total_seconds())}"
        mailing.queue(app, store, interview, key, partial(letters.soon, who, when, ahead, key=key, now=due), due=due)
        case = store.application(interview.organisation_id, interview.application_id)
        texting.queue(app, store, case, who, "reminder", key, due=due, ahead=ahead, when=when)


def calendar_file(app: App, store: Store, interview: Interview, booking: Booking, link: str) -> bytes:
    """The booked time for the candidate's calendar; a cancelled one takes it out again."""
    who = mailing.invited(app, store, interview, link)
    told = f"A voice interview of at most {minutes_of(store, interview)} minutes. Open it with your link: {link}"
    return ics.calendar(
        ics.Appointment(
            uid=interview.id,
            sequence=booking.sequence,
            starts=booking.starts_at,
            ends=booking.ends_at,
            summary=f"Interview: {who.job_title}, {who.organisation}",
            description=told,
            link=link,
            sender=who.sender,
            cancelled=booking.state == "cancelled",
            zone=booking.zone,
        ),
        app.now,
    )


def _capacity(app: App) -> int:
    return app.settings.voice.live_sessions


def _taken_by_others(store: Store, interview: Interview, since: datetime, until: datetime) -> Counter[datetime]:
    """In all cells in which an interview that begins in that time can lie."""
    taken = store.taken_places(cell_of(since), slot_at(until, minutes_of(store, interview)).ends)
    taken.subtract(store.places_of(interview.organisation_id, interview.id))
    return taken


def _reminder_key(interview: Interview) -> str:
    return f"reminder:{interview.id}:"
