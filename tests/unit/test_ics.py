"""The calendar file, read back by another parser and against the letter of RFC 5545."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from icalendar import Calendar

from integrations.ics import Appointment, calendar

NOW = datetime(2026, 11, 22, 10, 15, 30, tzinfo=UTC)
STARTS = datetime(2026, 12, 1, 14, 30, tzinfo=timezone(timedelta(hours=1)))
LINK = "https://foyer.example/i/" + "abcDEF_-." * 12
ODD = Appointment(
    uid="0193",
    sequence=3,
    starts=STARTS,
    ends=STARTS + timedelta(minutes=45),
    summary="Interview: Nurse, ICU; Nord & Süd\\Ost\r\nBEGIN:VEVENT",
    description=f"A voice interview. Open it with your link: {LINK}",
    link=LINK,
    sender="Foyer <no-reply@foyer.example>",
)


def lines(content: bytes) -> list[str]:
    """Unfolded."""
    return content.decode().replace("\r\n ", "").split("\r\n")


def test_the_event_is_what_was_booked() -> None:
    [event] = Calendar.from_ical(calendar(ODD, NOW)).walk("VEVENT")
    assert event.decoded("dtstart") == STARTS
    assert event.decoded("dtend") == STARTS + timedelta(minutes=45)
    assert event.decoded("dtstamp") == NOW
    assert event["uid"] == "0193@foyer.example"
    assert event["url"] == LINK
    assert str(event["summary"]) == ODD.summary.replace("\r\n", "\n")
    [alarm] = event.walk("VALARM")
    assert alarm.decoded("trigger") == timedelta(minutes=-15)
    assert alarm["action"] == "DISPLAY"


def test_the_file_keeps_to_the_letter() -> None:
    content = calendar(ODD, NOW)
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert b"\n" not in content.replace(b"\r\n", b"")
    shown = lines(content)
    assert shown.count("BEGIN:VEVENT") == 1, "no word of ours begins another"
    assert "DTSTART:20261201T133000Z" in shown
    assert "DTEND:20261201T141500Z" in shown
    assert "DTSTAMP:20261122T101530Z" in shown
    assert "SUMMARY:Interview: Nurse\\, ICU\\; Nord & Süd\\\\Ost\\nBEGIN:VEVENT" in shown
    assert {"VERSION:2.0", "METHOD:PUBLISH", "SEQUENCE:3", "TRIGGER:-PT15M"} <= set(shown)


def test_a_cancelled_time_takes_its_event_out_of_the_calendar() -> None:
    gone = Appointment(**{name: getattr(ODD, name) for name in Appointment.__slots__} | {"cancelled": True})
    shown = lines(calendar(gone, NOW))
    assert {"METHOD:CANCEL", "STATUS:CANCELLED", "UID:0193@foyer.example"} <= set(shown)
    assert "BEGIN:VALARM" not in shown
