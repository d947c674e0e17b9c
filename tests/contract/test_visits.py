"""Places, bookings, codes and requests over a real database, a real outbox and a clock that the test moves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from threading import Barrier

import pytest
from fastapi import Request
from icalendar import Calendar

from api import asks, bookings, entry
from api.app import build
from api.deps import App
from api.outbox import messages, words
from api.own_data import copy_of
from api.security import PROOF_COOKIE, ROOM_COOKIE, digest
from interview.slots import LATE, length
from models.errors import BadRequest, Conflict, EngineError, TooMany
from models.records import Interview
from models.settings import Mail, Settings, Voice
from models.values import AssessmentResult
from tests.contract.test_stages import job_of, screened
from tests.store_world import NOW, reject

PLACES = 2
LINK = "https://foyer.example/i/token"
MINUTE = timedelta(minutes=1)
ZONE = "Europe/Berlin"


@dataclass
class Clock:
    moment: datetime = NOW

    def now(self) -> float:
        return self.moment.timestamp()


def started(home: Path, clock: Clock) -> App:
    mail = Mail(sender="Foyer <people@foyer.example>")
    app = build(Settings(home=home, voice=Voice(live_sessions=PLACES), mail=mail, base_url="https://foyer.example"))
    app.clock = clock
    return app


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def app(tmp_path: Path, clock: Clock) -> Iterator[App]:
    built = started(tmp_path, clock)
    with built.database.system() as system:
        system.add_organisation("Example", NOW)
    yield built
    built.database.close()


@pytest.fixture
def people(app: App, org: str) -> list[Interview]:
    """Four invited, one of them without an address. An interview takes 45 minutes of a place."""
    job = job_of(app, org)
    found = []
    for email in ("ann@example.org", "bob@example.org", "eve@example.org", None):
        id = app.pipeline.stages.advance(org, screened(app, job, 0.9, email), actor="Maria", reason="")
        with app.database.reading() as store:
            found.append(store.interview(org, id))
    assert {length(each.minutes) for each in found} == {timedelta(minutes=45)}
    deliver(app)
    return found


def begin(app: App, interview: Interview) -> None:
    """As `routes.home` does once consent and code are there. Raises bookings.Full."""
    with app.database.store() as store:
        opened = store.open_interview(
            interview.organisation_id,
            interview.id,
            session_hash=digest(interview.id),
            consent_version="1",
            consent_sha256="c",
            now=app.now,
        )
        bookings.admit(app, store, opened)
        bookings.begun(store, opened)


def room(app: App, interview: Interview) -> bool:
    with app.database.reading() as store:
        return bookings.open_now(app, store, interview)


def free(app: App, interview: Interview) -> list[datetime]:
    with app.database.reading() as store:
        return [slot.starts for slot in bookings.times(app, store, interview)]


def state_of(app: App, interview: Interview) -> str:
    with app.database.reading() as store:
        booking = store.booking_of(interview.organisation_id, interview.id)
        return booking.state if booking is not None else ""


def sweep(app: App) -> None:
    """What the pipeline's sweep does with places nobody came to."""
    with app.database.asking() as system:
        idle = system.idle_places(app.now, app.now - LATE)
    for organisation_id, interview_id in idle:
        app.pipeline.outcomes.release_place(organisation_id, interview_id)


def deliver(app: App) -> None:
    """Every message that is due goes out."""
    with app.database.asking() as system:
        due = system.due_deliveries(app.now, 100)
    for organisation_id, delivery_id, *_ in due:
        app.pipeline.outcomes.attempt_delivery(organisation_id, delivery_id)


def mail(app: App, word: str) -> list[EmailMessage]:
    """Messages with this word in their subject."""
    return [each for each in messages(app.settings.home / "outbox") if word in each["Subject"]]


# ---------------------------------------------------------------- who comes in


def test_a_full_house_says_so_and_nothing_is_used_up(app: App, people: list[Interview], org: str) -> None:
    for each in people[:PLACES]:
        begin(app, each)
    late = people[2]
    assert not room(app, late)
    with pytest.raises(bookings.Full):
        begin(app, late)
    with app.database.reading() as store:
        found = store.interview(org, late.id)
        assert (found.state, found.link_used_at, store.consents(org, late.id)) == ("invited", None, [])
    first = free(app, late)[0]
    assert first >= NOW + timedelta(minutes=45), "the next times are those after the others"
    with app.database.store() as store:
        store.set_interview_state(org, people[0].id, "completed", now=app.now)
    assert room(app, late), "whoever is done makes room at once"
    begin(app, late)


def test_who_booked_is_let_in_however_full_it_is(app: App, clock: Clock, people: list[Interview]) -> None:
    booked, *others = people
    starts = free(app, booked)[0]
    bookings.book(app, booked, starts, ZONE, LINK)
    begin(app, others[0])
    assert not room(app, others[1]), "the last place is kept, although nobody sits on it yet"
    with pytest.raises(bookings.Full):
        begin(app, others[1])
    clock.moment = starts + 14 * MINUTE
    sweep(app)
    assert room(app, booked)
    begin(app, booked)
    assert state_of(app, booked) == "kept"


def test_a_short_interview_fits_before_a_booked_one(app: App, clock: Clock, people: list[Interview], org: str) -> None:
    """A walk-in is let in when all of their time is free, not only its beginning."""
    for each in people[:PLACES]:
        bookings.book(app, each, NOW.replace(hour=11, minute=0, second=0, microsecond=0), ZONE, LINK)
    clock.moment = NOW.replace(hour=10, minute=15, second=0, microsecond=0)
    assert room(app, people[2])
    clock.moment += MINUTE
    assert not room(app, people[2]), "one minute too long"


def test_a_booked_time_nobody_comes_to_is_given_to_others(app: App, clock: Clock, people: list[Interview]) -> None:
    starts = free(app, people[0])[0]
    for each in people[:PLACES]:
        bookings.book(app, each, starts, ZONE, LINK)
    clock.moment = starts + LATE - timedelta(seconds=1)
    sweep(app)
    assert not room(app, people[2])
    clock.moment = starts + LATE
    sweep(app)
    assert room(app, people[2])
    assert state_of(app, people[0]) == "missed"
    begin(app, people[0])
    bookings.book(app, people[1], free(app, people[1])[0], ZONE, LINK)


def test_a_place_left_is_kept_for_a_quarter_of_an_hour(app: App, clock: Clock, people: list[Interview]) -> None:
    for each in people[:PLACES]:
        begin(app, each)
    clock.moment += LATE - timedelta(seconds=1)
    sweep(app)
    assert not room(app, people[2])
    clock.moment += timedelta(seconds=1)
    sweep(app)
    assert room(app, people[2])


def test_who_stays_beyond_their_time_keeps_newcomers_waiting_and_nobody_else(
    app: App, clock: Clock, people: list[Interview], monkeypatch: pytest.MonkeyPatch
) -> None:
    starts = free(app, people[0])[2]
    bookings.book(app, people[0], starts, ZONE, LINK)
    begin(app, people[1])
    seats = {people[1].id: object()}
    monkeypatch.setattr(app.rooms, "_open", seats)
    clock.moment = starts + MINUTE
    assert not room(app, people[2]), "one room is still in use, the other is kept"
    with pytest.raises(bookings.Full):
        begin(app, people[2])
    begin(app, people[0])
    seats.clear()
    assert room(app, people[2])


# ---------------------------------------------------------------- booking


def test_the_last_place_is_booked_once(app: App, people: list[Interview]) -> None:
    starts = free(app, people[0])[0]
    gate = Barrier(len(people))

    def book(interview: Interview) -> bool:
        gate.wait()
        try:
            bookings.book(app, interview, starts, ZONE, LINK)
        except bookings.Taken:
            return False
        return True

    with ThreadPoolExecutor(len(people)) as pool:
        assert Counter(pool.map(book, people)) == {True: PLACES, False: len(people) - PLACES}


def test_one_s_own_place_is_in_nobody_s_way(app: App, people: list[Interview]) -> None:
    starts = free(app, people[0])[4]
    half_an_hour_later = starts + timedelta(minutes=30)
    for each in people[:PLACES]:
        bookings.book(app, each, starts, ZONE, LINK)
    assert {starts, half_an_hour_later}.isdisjoint(free(app, people[2]))
    assert {starts, half_an_hour_later} <= set(free(app, people[0]))
    bookings.book(app, people[0], half_an_hour_later, ZONE, LINK)


def test_a_place_is_not_released_by_a_sweep_that_looked_too_early(
    app: App, clock: Clock, people: list[Interview], org: str
) -> None:
    """What the sweep saw may have changed before it acts: the time was moved, or the candidate came."""
    starts = free(app, people[0])[0]
    for each in people[:PLACES]:
        bookings.book(app, each, starts, ZONE, LINK)
    clock.moment = starts + LATE
    bookings.book(app, people[0], free(app, people[0])[1], ZONE, LINK)
    begin(app, people[1])
    for each in people[:PLACES]:
        bookings.release(app, org, each.id)
    assert (state_of(app, people[0]), state_of(app, people[1])) == ("booked", "kept")
    with app.database.reading() as store:
        assert all(store.places_of(org, each.id) for each in people[:PLACES])


def test_nothing_is_booked_beyond_the_invitation_or_off_the_list(app: App, people: list[Interview]) -> None:
    times = free(app, people[0])
    assert times[-1] + timedelta(minutes=45) <= people[0].expires_at < times[-1] + timedelta(minutes=75)
    for wrong in (times[-1] + timedelta(minutes=30), times[0] - timedelta(minutes=30), times[0] + MINUTE):
        with pytest.raises(bookings.Taken):
            bookings.book(app, people[0], wrong, ZONE, LINK)
    assert state_of(app, people[0]) == ""
    begin(app, people[1])
    with pytest.raises(Conflict, match="begun"):
        bookings.book(app, people[1], times[5], ZONE, LINK)


def test_a_booking_is_confirmed_with_a_calendar_file_and_reminded_of(
    app: App, clock: Clock, people: list[Interview]
) -> None:
    starts = next(each for each in free(app, people[0]) if each > NOW + timedelta(hours=30))
    bookings.book(app, people[0], starts, ZONE, LINK)
    deliver(app)
    [confirmed] = mail(app, "Booked")
    assert "(Europe/Berlin, UTC+1)" in confirmed["Subject"]
    [file] = confirmed.iter_attachments()
    assert file.get_content_type() == "text/calendar"
    [event] = Calendar.from_ical(file.get_content()).walk("VEVENT")
    assert (event.decoded("dtstart"), event["url"]) == (starts, LINK)
    assert LINK in words(confirmed)
    for before in (timedelta(hours=24), timedelta(minutes=15)):
        clock.moment = starts - before - timedelta(seconds=1)
        deliver(app)
        seen = len(mail(app, "is in"))
        clock.moment = starts - before
        deliver(app)
        assert len(mail(app, "is in")) == seen + 1
    assert [each["Subject"].split("is ")[1] for each in mail(app, "is in")] == ["in 24 hours", "in 15 minutes"]


def test_reminders_outlive_the_process(app: App, clock: Clock, people: list[Interview]) -> None:
    starts = free(app, people[0])[3]
    bookings.book(app, people[0], starts, ZONE, LINK)
    app.database.close()
    clock.moment = starts - 14 * MINUTE
    again = started(app.settings.home, clock)
    deliver(again)
    assert len(mail(again, "in 15 minutes")) == 1
    assert state_of(again, people[0]) == "booked"
    again.database.close()


def test_moved_or_cancelled_nobody_is_reminded_of_the_old_time(app: App, clock: Clock, people: list[Interview]) -> None:
    first, second = free(app, people[0])[3], free(app, people[0])[9]
    bookings.book(app, people[0], first, ZONE, LINK)
    deliver(app)
    clock.moment += MINUTE
    bookings.book(app, people[0], second, ZONE, LINK)
    deliver(app)
    assert len(mail(app, "New time")) == 1
    assert first in free(app, people[1])
    clock.moment = first
    deliver(app)
    assert mail(app, "is in") == []
    bookings.cancel(app, people[0], LINK)
    deliver(app)
    [gone] = mail(app, "Cancelled")
    [event] = Calendar.from_ical(next(gone.iter_attachments()).get_content()).walk("VEVENT")
    assert (event["status"], event["sequence"]) == ("CANCELLED", 2)
    clock.moment = second
    deliver(app)
    assert mail(app, "is in") == []
    bookings.cancel(app, people[0], LINK)
    assert state_of(app, people[0]) == "cancelled"


def test_a_new_link_is_in_the_reminder(app: App, clock: Clock, people: list[Interview], org: str) -> None:
    starts = free(app, people[0])[3]
    bookings.book(app, people[0], starts, ZONE, LINK)
    url, _ = app.pipeline.stages.renew_link(org, people[0].id)
    clock.moment = starts - 10 * MINUTE
    deliver(app)
    [reminder] = mail(app, "in 15 minutes")
    assert url in words(reminder)
    assert LINK not in words(reminder)


def test_who_has_no_address_books_as_well(app: App, people: list[Interview]) -> None:
    bookings.book(app, people[3], free(app, people[3])[0], ZONE, LINK)
    deliver(app)
    assert mail(app, "Booked") == []
    assert state_of(app, people[3]) == "booked"


# ---------------------------------------------------------------- the code


def code_of(app: App) -> str:
    [*_, newest] = mail(app, "Your code")
    return next(word for word in words(newest) if word.isdecimal() and len(word) == 6)


def test_the_code_is_in_the_mail_and_nowhere_else(app: App, people: list[Interview], org: str) -> None:
    entry.mail_code(app, people[0])
    digits = code_of(app)
    assert mail(app, "Your code")[0]["To"].addresses[0].addr_spec == "ann@example.org"
    app.database.close()
    kept = b"".join(path.read_bytes() for path in app.settings.home.glob("foyer.db*"))
    assert digits.encode() not in kept
    assert digest(digits).encode() not in kept, "nor in a form that trying a million would find"
    assert entry.try_code(app, people[0], f" {digits[:3]} {digits[3:]} ").right


def test_a_code_is_stale_after_a_quarter_of_an_hour(app: App, clock: Clock, people: list[Interview]) -> None:
    entry.mail_code(app, people[0])
    clock.moment += 15 * MINUTE
    assert not entry.try_code(app, people[0], code_of(app)).live


@pytest.mark.parametrize("entered", ["", "12345", "1234567", "abcdef", "１２３４５６", "12 34"])
def test_what_is_no_code_costs_no_try(app: App, people: list[Interview], entered: str) -> None:
    entry.mail_code(app, people[0])
    with pytest.raises(BadRequest, match="6 digits"):
        entry.try_code(app, people[0], entered)
    assert entry.try_code(app, people[0], code_of(app)).right


def test_without_an_address_a_person_hands_the_code_on(
    app: App, clock: Clock, people: list[Interview], org: str
) -> None:
    with pytest.raises(BadRequest):
        entry.mail_code(app, people[3])
    digits, kept = entry.hand_out(app, org, people[3].id)
    clock.moment += timedelta(hours=23)
    assert kept.expires_at > app.now
    with app.database.reading() as store:
        assert entry.way_in(store, people[3]) == entry.NO_CODE
    assert entry.try_code(app, people[3], digits).right
    with app.database.reading() as store:
        assert "handed on" in entry.way_in(store, people[3])


def test_a_mail_server_that_is_down_is_said_and_floods_nobody(app: App, people: list[Interview]) -> None:
    outbox = app.settings.home / "outbox"
    outbox.rename(app.settings.home / "elsewhere")
    outbox.touch()
    with pytest.raises(EngineError, match="Try again in a minute"):
        entry.mail_code(app, people[0])
    with pytest.raises(TooMany):
        entry.mail_code(app, people[0])


def request_with(**cookies: str) -> Request:
    held = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return Request({"type": "http", "headers": [(b"cookie", held.encode())]})


def test_a_browser_is_known_by_its_cookie_and_as_long_as_its_link(app: App, people: list[Interview], org: str) -> None:
    ann, bob, *_ = people
    proof = {PROOF_COOKIE: app.signer.proof_cookie(ann)}
    assert entry.proven(request_with(**proof), app, ann)
    assert not entry.proven(request_with(), app, ann)
    assert not entry.proven(request_with(**proof), app, bob)
    assert not entry.proven(request_with(**{PROOF_COOKIE: proof[PROOF_COOKIE][:-2] + "AA"}), app, ann)
    begin(app, bob)
    with app.database.reading() as store:
        assert entry.proven(request_with(**{ROOM_COOKIE: bob.id}), app, store.interview(org, bob.id))
    app.pipeline.stages.renew_link(org, ann.id)
    with app.database.reading() as store:
        assert not entry.proven(request_with(**proof), app, store.interview(org, ann.id))


def test_where_no_code_is_asked_for_the_link_is_enough(tmp_path: Path, app: App, people: list[Interview]) -> None:
    assert app.settings.voice.code, "it is asked for unless somebody says otherwise"
    app.settings = Settings(home=tmp_path, voice=Voice(code=False))
    assert entry.proven(request_with(), app, people[0])


@pytest.mark.parametrize(
    ("address", "shown"), [("ann@example.org", "a•••@example.org"), ("", ""), ("@example.org", ""), ("ann", "")]
)
def test_an_address_is_shown_in_part(address: str, shown: str) -> None:
    assert entry.masked(address) == shown


# ---------------------------------------------------------------- asking, leaving, one's data


def test_a_request_reaches_the_employer_and_its_answer_the_candidate(
    app: App, people: list[Interview], org: str
) -> None:
    asked = asks.ask(app, people[0], "adjustment", wishes=["human", "nonsense"], text=" I stammer. ")
    deliver(app)
    [told] = mail(app, "asks")
    assert told["To"].addresses[0].addr_spec == "people@foyer.example"
    assert told["Subject"] == "A candidate asks: An adjustment of the interview", "why is nobody's mail"
    body = told.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert f"/requests/{asked.id}" in body
    assert "stammer" not in body
    assert asked.detail == {"wishes": ["human"], "text": "I stammer."}
    with app.database.reading() as store:
        assert store.unanswered(org) == [(store.jobs(org)[0].id, people[0].application_id)]
    asks.answer(app, org, asked.id, "Maria calls you on Monday.", by="Maria")
    deliver(app)
    [answered] = mail(app, "Answer")
    assert answered["To"].addresses[0].addr_spec == "ann@example.org"
    with app.database.reading() as store:
        assert store.unanswered(org) == []


def test_a_wish_of_nothing_is_refused(app: App, people: list[Interview]) -> None:
    for text in ("", "  ", "a\0b"):
        with pytest.raises(BadRequest):
            asks.ask(app, people[0], "adjustment", text=text)


def test_who_withdraws_is_out_of_it_and_receivers_hear(app: App, people: list[Interview], org: str) -> None:
    ann = people[0]
    with app.database.store() as store:
        store.add_endpoint(org, url="https://ats.example.org/", secret="whsec_x", description="", now=NOW)
    bookings.book(app, ann, free(app, ann)[3], ZONE, LINK)
    deliver(app)
    for _ in range(2):
        asks.withdraw(app, ann, "Another offer.")
    with app.database.reading() as store:
        interview, application = store.interview(org, ann.id), store.application(org, ann.application_id)
        assert (interview.state, interview.finish_reason, application.stage) == ("withdrawn", "candidate", "withdrawn")
        assert store.places_of(org, ann.id) == []
        [request] = store.requests(org, ann.id)
        assert (request.kind, request.detail["text"]) == ("withdrawal", "Another offer.")
        pushed = [each for each in store.deliveries(org) if each.kind == "webhook"]
        waiting = [each for each in store.deliveries(org) if each.key.startswith("reminder:")]
    assert waiting == []
    [told] = [AssessmentResult.model_validate(each.payload) for each in pushed]
    assert (told.type, told.application_id, told.scorecard) == ("assessment.withdrawn", ann.application_id, None)
    app.pipeline.outcomes.attempt_delivery(org, next(d.id for d in _mails(app, org) if d.key.startswith("withdrawn:")))
    assert len(mail(app, "You have withdrawn")) == 1, "it is for those who withdrew, and is not held back"


def _mails(app: App, org: str) -> list:  # type: ignore[type-arg]
    with app.database.reading() as store:
        return [each for each in store.deliveries(org) if each.kind == "email"]


def test_who_withdraws_after_the_interview_is_heard_too(app: App, people: list[Interview], org: str) -> None:
    begin(app, people[0])
    with app.database.store() as store:
        store.set_interview_state(org, people[0].id, "completed", now=app.now)
    asks.withdraw(app, people[0], "")
    with app.database.reading() as store:
        assert store.interview(org, people[0].id).state == "completed"
        assert store.application(org, people[0].application_id).stage == "withdrawn"


def test_who_was_rejected_does_not_undo_it_by_withdrawing(app: App, people: list[Interview], org: str) -> None:
    with app.database.store() as store:
        reject(store, store.application(org, people[0].application_id))
    asks.withdraw(app, people[0], "")
    with app.database.reading() as store:
        assert store.application(org, people[0].application_id).stage == "rejected"


def test_a_copy_holds_what_is_theirs_and_nothing_of_others(app: App, people: list[Interview]) -> None:
    bookings.book(app, people[0], free(app, people[0])[0], ZONE, LINK)
    asks.ask(app, people[0], "adjustment", wishes=["pauses"], text="I stammer.")
    asks.ask(app, people[1], "adjustment", text="Not Ann's.")
    copy = copy_of(app, people[0])
    assert copy["person"]["email"] == "ann@example.org"
    assert copy["resume"]["read_as"]["basics"]["email"] == "ann@example.org"
    assert copy["booking"]["time_zone"] == ZONE
    assert copy["requests"][0]["wishes"] == ["pauses"]
    assert "Not Ann's." not in str(copy)
    assert "score" not in copy
    assert datetime.fromisoformat(copy["made_at"]).astimezone(UTC) == NOW
