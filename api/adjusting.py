"""What was arranged with a candidate, from what they asked for: patience needs nobody's leave, more time does. Only the
outcome leaves this file; words and reasons stay with the request. Used wherever an interview's length matters."""

from __future__ import annotations

from interview.events import Adjusted
from models.records import Interview
from models.store import Store

PATIENT = frozenset({"pauses", "time"})
"""Wishes that are met at once: waiting longer costs nobody anything."""
GRANTED = "extra_minutes"
"""Where a request's detail holds what a person has granted."""
LONGEST_EXTRA = 90


def adjustment_of(store: Store, interview: Interview) -> Adjusted:
    """What was arranged at the first interview holds for the second."""
    held = store.interviews_of(interview.organisation_id, interview.application_id)
    requests = [one for each in held for one in store.requests(interview.organisation_id, each.id)]
    asked = [one.detail for one in requests if one.kind == "adjustment"]
    return Adjusted(
        patient=any(PATIENT & set(detail["wishes"]) for detail in asked),
        extra_minutes=max((int(detail.get(GRANTED, 0)) for detail in asked), default=0),
    )


def minutes_of(store: Store, interview: Interview) -> int:
    """How long the interview may take."""
    return interview.minutes + adjustment_of(store, interview).extra_minutes


def choices(minutes: int) -> list[int]:
    """What is usually granted for an interview of so many minutes: a quarter, a half, and as much again."""
    return sorted({-(-minutes * share // 100) for share in (25, 50, 100)})
