"""The candidate's home over the real service: what a forwarded link opens, codes, times, a full house, requests,
leaving, data, and all of it after a kill. The service has two places; each test leaves both free."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from icalendar import Calendar
from sqlalchemy import select

from api.outbox import code_for, messages
from api.security import RECRUITER_COOKIE, ROOM_COOKIE
from interview import events as ev
from models.records import Booking, Delivery, Interview, Place
from tests.flow import hostile
from tests.flow.behind import rows_of
from tests.flow.hostile import RESUME, World, dial
from tests.flow.running import wait_for
from tests.flow.test_after import converse

PLACES = 2
CONSENT = {"consent": "yes"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    home = tmp_path_factory.mktemp("home") / "home"
    yield from hostile.build(home, FOYER_VOICE__LIVE_SESSIONS=str(PLACES), FOYER_LOG_LEVEL="debug")


class Person:
    """An invited candidate with a link and a browser."""

    def __init__(self, world: World, application: str = "") -> None:
        self.world = world
        self.application = application or world.applicant()
        self.interview = world.invite(self.application)
        self.browser = world.anonymous()
        self.renewed()

    def __enter__(self) -> Person:
        return self

    def __exit__(self, *_: object) -> None:
        """Leaves no place taken."""
        with closing(self.browser):
            self.handed()
            self.post("/withdraw", {"sure": "yes"})

    def renewed(self) -> None:
        self.link = self.world.service.post(f"/api/interviews/{self.interview}/link", {})["url"]

    def get(self, path: str = "", **query: str) -> httpx2.Response:
        return self.browser.get(self.link + path, params=query)

    def post(self, path: str, data: dict[str, object] | None = None) -> httpx2.Response:
        return self.browser.post(self.link + path, data=data or {})

    def code(self, page: str) -> str:
        found = code_for(page, self.world.service.home / "outbox")
        assert found is not None, page
        return found

    def handed(self) -> None:
        """A code from the recruiter makes this browser known."""
        code = self.world.service.post(f"/api/interviews/{self.interview}/code", {})["code"]
        assert self.post("/code/check", {"code": code}).status_code == 303

    def start(self) -> str:
        """The room's cookie."""
        self.handed()
        return self.post("/start", CONSENT).cookies[ROOM_COOKIE]

    def times(self) -> list[str]:
        """Those of today, of which there are few in the evening, and of tomorrow."""
        tomorrow = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
        pages = (self.get("/times", zone="UTC", day=day).text for day in ("", tomorrow))
        found = (re.findall(r'name="starts" value="([^"]+)"', page) for page in pages)
        return list(dict.fromkeys(time for times in found for time in times))

    def facts(self) -> dict[str, str]:
        found: dict[str, str] = self.world.service.get(f"/api/interviews/{self.interview}")
        return found


@pytest.fixture
def ann(world: World) -> Iterator[Person]:
    with Person(world) as person:
        yield person


@pytest.fixture
def bob(world: World) -> Iterator[Person]:
    with Person(world) as person:
        yield person


def recruiter(world: World) -> httpx2.Client:
    client = world.anonymous()
    client.cookies.set(RECRUITER_COOKIE, world.cookie)
    return client


# ---------------------------------------------------------------- the code


@pytest.mark.proves(50)
def test_a_forwarded_link_shows_and_opens_nothing(ann: Person) -> None:
    home = ann.get()
    assert home.status_code == 200
    assert "Not started yet" in home.text
    asked = ann.post("/start", CONSENT)
    assert asked.status_code == 200
    assert ROOM_COOKIE not in asked.cookies
    assert "•••@mail.example" in asked.text
    code = ann.code(asked.text)
    assert code not in asked.text
    for path in ("/withdraw", "/data.json"):
        page = ann.get(path)
        assert "Enter your code" in page.text, path
    assert ann.post("/withdraw", {"sure": "yes"}).status_code == 403
    assert ann.post("/erasure").status_code == 403
    assert ann.facts()["state"] == "invited"


def test_five_wrong_codes_and_the_right_one_is_worth_nothing(ann: Person) -> None:
    code = ann.code(ann.post("/start", CONSENT).text)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    said = [ann.post("/code/check", {"code": wrong, "then": "start"} | CONSENT) for _ in range(5)]
    assert {answer.status_code for answer in said} == {403}
    assert "4 tries are left" in said[0].text
    assert "last try" in said[4].text
    late = ann.post("/code/check", {"code": code, "then": "start"} | CONSENT)
    assert (late.status_code, ROOM_COOKIE in late.cookies) == (403, False)
    soon = ann.post("/code", {"then": "start"} | CONSENT)
    assert soon.status_code == 429
    assert "less than a minute ago" in soon.text


def test_the_right_code_opens_once_in_one_browser(ann: Person, world: World) -> None:
    page = ann.post("/start", CONSENT).text
    code = ann.code(page)
    again = ann.post("/start", CONSENT)
    assert (again.status_code, ann.code(again.text)) == (200, code), "pressing Start again sends no second message"
    opened = ann.post("/code/check", {"code": code, "then": "start"} | CONSENT)
    assert (opened.status_code, opened.headers["location"]) == (303, "/room")
    assert "Go on with the interview" in ann.get().text
    with world.anonymous() as other:
        shown = other.get(ann.link)
        assert shown.status_code == 410
        assert "This link was used already" in shown.text
        again = other.post(ann.link + "/code/check", data={"code": code, "then": "start"} | CONSENT)
        assert (again.status_code, ROOM_COOKIE in again.cookies) == (403, False)


@pytest.mark.proves(23, 25)
def test_nobody_starts_without_consent_whatever_the_form_says(ann: Person) -> None:
    code = ann.code(ann.post("/start", CONSENT).text)
    known = ann.post("/code/check", {"code": code, "then": "start"})
    assert (known.status_code, ROOM_COOKIE in known.cookies) == (303, False)
    assert ann.facts()["state"] == "invited"


def test_a_code_is_for_its_own_link(ann: Person, bob: Person) -> None:
    code = ann.code(ann.post("/start", CONSENT).text)
    bob.post("/start", CONSENT)
    assert bob.post("/code/check", {"code": code, "then": "start"} | CONSENT).status_code == 403
    ann.post("/code/check", {"code": code})
    bob.browser.cookies = ann.browser.cookies
    assert "Enter your code" in bob.post("/start", CONSENT).text, "nor is a known browser known to all"


def test_who_has_no_address_is_given_a_code_by_a_person(world: World) -> None:
    [found] = world.upload(("resume.txt", RESUME.replace(b"brandon.yates@example.org", b"")))
    with Person(world, found["id"]) as ann, recruiter(world) as maria:
        asked = ann.post("/start", CONSENT)
        assert "no e-mail address" in asked.text
        assert ann.post("/ask", {"kind": "entry", "text": "Call 030 1234."}).status_code == 303
        page = maria.get(f"/applications/{ann.application}").text
        assert "Call 030 1234." in page
        assert "request" in maria.get("/").text
        shown = maria.post(f"/applications/{ann.application}/code").text
        code = re.search(r'id="code" value="(\d{6})"', shown)
        assert code is not None
        opened = ann.post("/code/check", {"code": code[1], "then": "start"} | CONSENT)
        assert ROOM_COOKIE in opened.cookies


def test_the_report_says_how_the_link_was_opened_and_the_link_says_that_it_is_done(ann: Person, world: World) -> None:
    code = ann.code(ann.post("/start", CONSENT).text)
    cookie = ann.post("/code/check", {"code": code, "then": "start"} | CONSENT).cookies[ROOM_COOKIE]
    asyncio.run(converse(world, cookie))
    path = f"/api/interviews/{ann.interview}/report.html"
    report = wait_for(lambda: world.api.get(path), lambda found: found.status_code == 200, "a report").text
    assert "opened with a code sent to the application&#39;s e-mail address" in report
    home = ann.get()
    assert home.status_code == 200
    assert "This interview is complete" in home.text
    assert "/room/after" in home.text
    with world.anonymous() as other:
        assert "/room/after" not in other.get(ann.link).text
    theirs = json.loads(ann.get("/data.json").content)["interview"]
    assert any(turn["who"] == "candidate" for turn in theirs["transcript"])
    assert [note["code"] for note in theirs["noted_beside_it_and_not_scored"]] == ["pasted"]


# ---------------------------------------------------------------- times, and a full house


def test_a_time_is_booked_moved_and_cancelled(ann: Person) -> None:
    first, second = ann.times()[2], ann.times()[5]
    assert ann.post("/book", {"starts": first, "zone": "Asia/Kolkata"}).status_code == 303
    assert "(Asia/Kolkata, UTC+5:30)" in ann.get().text
    assert datetime.fromisoformat(ann.facts()["booked_for"]) == datetime.fromisoformat(first)
    assert ann.post("/book", {"starts": second, "zone": "Mars/Olympus"}).status_code == 303
    file = ann.get("/interview.ics")
    assert file.headers["content-type"].startswith("text/calendar")
    [event] = Calendar.from_ical(file.text).walk("VEVENT")
    assert event.decoded("dtstart") == datetime.fromisoformat(second)
    assert event["url"] == ann.link
    assert ann.post("/cancel").status_code == 303
    assert ann.facts()["booked_for"] is None
    assert "Not started yet" in ann.get().text


@pytest.mark.parametrize("starts", ["", "tomorrow", "2026-12-01T10:00", "1970-01-01T00:00:00+00:00", "9" * 5000])
def test_a_time_that_is_none_is_answered_with_those_there_are(ann: Person, starts: str) -> None:
    answer = ann.post("/book", {"starts": starts, "zone": "UTC"})
    assert answer.status_code in (400, 409)
    assert 'name="starts"' in answer.text


def test_a_full_house_offers_times_and_keeps_what_was_booked(ann: Person, bob: Person, world: World) -> None:
    """One place is booked for just now, the other taken by who walked in."""
    bob.post("/book", {"starts": bob.times()[0], "zone": "UTC"})
    bring_forward(world, bob)
    cookie = ann.start()
    with Person(world) as late:
        page = late.get().text
        assert "Starting now is not possible" in page
        assert 'name="starts"' in page
        refused = late.post("/start", CONSENT)
        assert refused.status_code == 503
        assert "data-mark" not in refused.text, "nobody is asked for a code and then turned away"
        assert late.facts()["state"] == "invited"
    asyncio.run(hold_both(world, cookie, bob.start()))


async def hold_both(world: World, one: str, other: str) -> None:
    async with asyncio.timeout(30), dial(world, one) as first, dial(world, other) as second:
        await first.join("first")
        await second.join("second")


def bring_forward(world: World, person: Person) -> None:
    """As if the booked time had come: the booking and its places begin five minutes ago."""
    now = datetime.now(UTC)
    begins = now - timedelta(minutes=now.minute % 5, seconds=now.second, microseconds=now.microsecond)
    with rows_of(world.service.home) as rows:
        [booking] = rows.scalars(select(Booking).where(Booking.interview_id == person.interview))
        back = booking.starts_at - begins
        booking.starts_at = begins
        for place in rows.scalars(select(Place).where(Place.interview_id == person.interview)):
            place.at -= back


@pytest.mark.long
def test_a_booking_and_its_reminder_outlive_a_kill(ann: Person, world: World) -> None:
    ann.post("/book", {"starts": ann.times()[4], "zone": "UTC"})
    world.service.kill()
    with rows_of(world.service.home) as rows:
        [due] = rows.scalars(select(Delivery).where(Delivery.key.startswith(f"reminder:{ann.interview}:")))
        due.next_at = datetime.now(UTC)
    world.service.start()
    assert "Booked for" in ann.get().text
    wait_for(
        lambda: [each for each in messages(world.service.home / "outbox") if "is in 15 minutes" in each["Subject"]],
        lambda found: len(found) == 1,
        "the reminder",
    )


# ---------------------------------------------------------------- asking and leaving


def test_what_is_asked_for_is_answered_on_the_same_page(ann: Person, world: World) -> None:
    assert ann.post("/ask", {"wishes": ["pauses", "human"], "text": "I stammer."}).status_code == 303
    assert ann.post("/ask", {"text": " "}).status_code == 400
    assert "I stammer." not in ann.get().text, "a forwarded link does not tell"
    [asked] = world.service.get(f"/api/interviews/{ann.interview}/requests")
    assert asked["text"] == "", "the list is read by everybody"
    with recruiter(world) as maria:
        page = maria.get(f"/applications/{ann.application}").text
        assert f"/requests/{asked['id']}" in page
        assert "I stammer." not in page
        assert "I stammer." in maria.get(f"/requests/{asked['id']}").text
        answered = maria.post(f"/requests/{asked['id']}/answer", data={"text": "Maria calls you."})
        assert answered.status_code == 303
        assert maria.post(f"/requests/{asked['id']}/answer", data={"text": " "}).status_code == 400
    ann.handed()
    home = ann.get().text
    assert "I stammer." in home
    assert "Maria calls you." in home


def test_help_is_asked_for_in_the_interview_itself(ann: Person, world: World) -> None:
    assert ann.browser.post(world.service.base + "/room/requests", data={"wishes": "time"}).status_code == 401
    ann.start()
    assert ann.browser.post(world.service.base + "/room/requests", data={"wishes": "time"}).status_code == 204
    assert ann.browser.post(world.service.base + "/room/requests").status_code == 400
    [asked] = world.service.get(f"/api/interviews/{ann.interview}/requests")
    assert (asked["during"], asked["wishes"]) == (True, ["time"])


@pytest.mark.proves(34)
def test_patience_needs_no_leave_time_is_granted_and_nobody_learns_why(ann: Person, world: World) -> None:
    assert ann.post("/ask", {"wishes": ["time"], "text": "I stammer."}).status_code == 303
    [asked] = world.service.get(f"/api/interviews/{ann.interview}/requests")
    granted = {"text": "Gladly.", "extra_minutes": 15}
    assert world.service.post(f"/api/requests/{asked['id']}/answer", granted)["extra_minutes"] == 15
    minutes = ann.facts()["minutes"]
    assert f"at most {minutes + 15} minutes" in ann.get().text
    cookie = ann.start()

    async def talk() -> tuple[ev.State, ev.State]:
        async with asyncio.timeout(60), dial(world, cookie) as line:
            await line.join()
            first = await line.until(ev.State)
            more = {"text": "As much as you need.", "extra_minutes": 30}
            await asyncio.to_thread(world.service.post, f"/api/requests/{asked['id']}/answer", more)
            while not (later := await line.until(ev.State)).seconds_left > (minutes + 25) * 60:
                pass
            await line.say(ev.Button(action="finish"))
            await line.until(ev.Completed)
            return first, later

    first, later = asyncio.run(talk())
    assert first.patient
    assert first.seconds_left > (minutes + 14) * 60
    assert later.patient
    report = f"/api/interviews/{ann.interview}/report"
    wait_for(lambda: world.api.get(report).status_code, lambda status: status == 200, "the report")
    for page in (
        f"{report}",
        f"{report}.html",
        f"/api/interviews/{ann.interview}/context",
        f"/applications/{ann.application}",
    ):
        with recruiter(world) as maria:
            assert "stammer" not in maria.get(page).text
    for message in messages(world.service.home / "outbox"):
        assert "stammer" not in message.as_string()


def test_withdrawing_takes_two_steps_and_ends_the_open_room(ann: Person, world: World) -> None:
    cookie = ann.start()
    assert ann.post("/withdraw").headers["location"].endswith("/withdraw"), "not without being sure"
    assert "Withdraw your application?" in ann.get("/withdraw").text
    assert ann.facts()["state"] == "in_progress"

    async def talk() -> None:
        async with asyncio.timeout(30), dial(world, cookie) as line:
            await line.join()
            await asyncio.to_thread(ann.post, "/withdraw", {"sure": "yes", "reason": "Another offer."})
            await line.say(ev.TextAnswer(text="This comes too late."))
            refused = await line.until(ev.Refused)
            assert isinstance(refused, ev.Refused)
            assert refused.code == "expired"

    asyncio.run(talk())
    home = ann.get()
    assert home.status_code == 410
    assert "You have withdrawn" in home.text
    assert ann.facts()["state"] == "withdrawn"
    assert world.service.get(f"/api/applications/{ann.application}")["stage"] == "withdrawn"
    with recruiter(world) as maria:
        assert "Another offer." in maria.get(f"/applications/{ann.application}").text
    with recruiter(world) as maria:
        assert "Invite again" in maria.get(f"/applications/{ann.application}").text
        assert maria.post(f"/applications/{ann.application}/invite").status_code == 303
    assert ann.facts()["state"] == "invited"
    ann.renewed()


def test_erasure_reaches_the_recruiter(ann: Person, world: World) -> None:
    ann.handed()
    assert ann.post("/erasure", {"text": "All of it."}).status_code == 303
    assert "You asked for it on" in ann.get("/data").text
    [asked] = world.service.get(f"/api/interviews/{ann.interview}/requests")
    assert (asked["kind"], asked["text"]) == ("erasure", "All of it.")
    copy = ann.get("/data.json")
    assert "attachment" in copy.headers["content-disposition"]
    assert copy.json()["requests"][0]["text"] == "All of it."


@pytest.mark.proves(50)
def test_an_expired_link_still_says_what_to_do(ann: Person, world: World) -> None:
    with rows_of(world.service.home) as rows:
        rows.get_one(Interview, ann.interview).expires_at = datetime(2026, 1, 1, tzinfo=UTC)
    home = ann.get()
    assert home.status_code == 410
    assert "This invitation has expired" in home.text
    assert "Ask for a new link" in home.text
    assert ann.get("/times").status_code == 409
    assert ann.post("/start", CONSENT).status_code == 410
    assert ann.post("/ask", {"kind": "entry", "text": "A new link, please."}).status_code == 303
    ann.renewed()


def test_voluntary_questions_need_the_code_and_nobody_who_decides_sees_an_answer(world: World, ann: Person) -> None:
    assert "Voluntary questions about you" in ann.get().text
    assert ann.get("/about-you").url.path.endswith("/about-you")
    assert "I prefer not to say" not in ann.get("/about-you").text, "asked for the code first"
    assert ann.post("/about-you", {"sex": "female"}).status_code == 403
    ann.post("/code/check", {"code": ann.code(ann.post("/code", {"then": "about"}).text)})
    page = ann.get("/about-you").text
    assert "nothing about your application depends on it" in page
    assert page.count("I prefer not to say") == 3
    assert " checked" not in page, "nothing is chosen beforehand"
    assert ann.post("/about-you", {"sex": "female", "race": "several"}).headers["location"].endswith("?saved=about")
    assert ann.get("/about-you").text.count(" checked") == 3
    assert ann.get("/data.json").json()["voluntary_answers"] == {"sex": "female", "race": "several"}
    seen = [
        f"/api/applications/{ann.application}",
        f"/api/interviews/{ann.interview}",
        f"/applications/{ann.application}",
    ]
    for path in seen:
        text = world.api.get(path).text
        assert "Two or more races" not in text and "voluntary" not in text.lower()  # noqa: PT018
    ann.handed()  # whoever handed it on could have entered it, too
    page = ann.get("/about-you").text
    assert " checked" not in page
    assert "Delete my answers" in page, "that is there whether or not there are any"
    assert "Not shown" in ann.get("/data.json").json()["voluntary_answers"]
    assert ann.post("/about-you").headers["location"].endswith("?saved=nothing")


def test_the_logs_tell_of_nobody(ann: Person, world: World) -> None:
    """After all of the above, and with everything logged that can be: no name, address, answer, link or code."""
    key = hostile.Neighbours(world.service.home).program("jobs:read")
    with world.as_key(key) as program:
        assert program.get(f"/api/applications/{ann.application}").status_code == 403
    log = world.service.log.read_text()
    assert "access.denied" in log, "a right that is missing is told"
    assert key not in log
    for told in ("brandon", "yates", "@mail.example", "all of it.", ann.link.rpartition("/")[2].lower()):
        assert told not in log.lower()
    for message in messages(world.service.home / "outbox"):
        [address] = [part.strip("<>") for part in str(message["To"]).split() if "@" in part][:1]
        assert address.lower() not in log.lower()
    assert not re.search(r"/(i|shared)/[\w-]{20}", log), "an address with its token"
