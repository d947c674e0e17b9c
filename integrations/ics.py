"""A booked time as an iCalendar file (RFC 5545), for the candidate's own calendar. Called by `api.bookings`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Event, vCalAddress, vUri

from models.visible import visible

ALARM = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Appointment:
    """`uid` is the same through all changes, `sequence` grows with each. Times are aware."""

    uid: str
    sequence: int
    starts: datetime
    ends: datetime
    summary: str
    description: str
    link: str
    sender: str
    cancelled: bool = False
    zone: str = "UTC"
    """A name of the tz database, in which the times are written."""


def calendar(appointment: Appointment, now: datetime) -> bytes:
    """One event with an alarm a quarter of an hour before; METHOD is PUBLISH, or CANCEL once it is given up."""
    address = parseaddr(appointment.sender)[1] or "no-reply@localhost"
    whole = Calendar()
    whole.add("prodid", "-//Foyer//Interview times//EN")
    whole.add("version", "2.0")
    whole.add("method", "CANCEL" if appointment.cancelled else "PUBLISH")
    event = Event()
    event.add("uid", f"{appointment.uid}@{address.rpartition('@')[2]}")
    event.add("dtstamp", now.astimezone(UTC))
    zone = UTC if appointment.zone == "UTC" else ZoneInfo(appointment.zone)
    event.add("dtstart", appointment.starts.astimezone(zone))
    event.add("dtend", appointment.ends.astimezone(zone))
    event.add("sequence", appointment.sequence)
    event.add("status", "CANCELLED" if appointment.cancelled else "CONFIRMED")
    event.add("organizer", vCalAddress(f"mailto:{address}"))
    event.add("summary", visible(appointment.summary))
    event.add("description", visible(appointment.description))
    event.add("url", vUri(appointment.link))
    if not appointment.cancelled:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", visible(appointment.summary))
        alarm.add("trigger", -ALARM)
        event.add_component(alarm)
    whole.add_component(event)
    if appointment.zone != "UTC":  # a calendar may not know the name: its rules come along
        whole.add_missing_timezones(
            first_date=appointment.starts.date(), last_date=appointment.ends.date() + timedelta(days=366)
        )
    content: bytes = whole.to_ical()
    return content
