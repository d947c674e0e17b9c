"""How long each kind of record is kept, and what is due to go. Pure; called by `api.retaining`.

    kept for = the longest of the house's wish and the floors, cut by the shortest ceiling
    a floor above a ceiling = a conflict: told to a person, and nothing is purged by it
    a legal hold beats everything

Days are counted from the last thing that happened in a case (an answer, a decision, an interview's end)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import get_args

from compliance.law import Kind, Law, RecordClass, Rule
from models.sentences import N_

CLASSES: tuple[RecordClass, ...] = get_args(RecordClass)
PURGED: tuple[RecordClass, ...] = ("media", "transcript", "documents", "decision")
"""Classes that the sweep deletes by itself. Of the others biometrics are never made, demographics go with the person,
and the log of events goes by `foyer audit purge`."""
SAYS: dict[RecordClass, str] = {
    "media": N_("recording of the interview"),
    "transcript": N_("transcript, event log and remarks"),
    "documents": N_("resume as a file and as it was read"),
    "decision": N_("scores, reports, decisions and the person themselves"),
    "demographics": N_("answers about sex and origin"),
    "audit": N_("log of events without personal data"),
    "biometrics": N_("voiceprints and face geometry (none are made)"),
}


@dataclass(frozen=True, slots=True)
class Period:
    """`days` None: nobody says when it goes, so it stays. `because`: the rules that decided, by id. `conflict`: a floor
    and the ceiling below it; `days` is then the floor, and nothing is purged by it."""

    record_class: RecordClass
    days: int | None
    because: tuple[str, ...] = ()
    conflict: tuple[str, str] | None = None


def period(law: Law, places: Iterable[str], on: date, record_class: RecordClass) -> Period:
    """What holds on a day in all of these places together."""
    binding = [rule for rule in law.binding(places, on) if record_class in rule.record_classes]
    wish = _longest(rule for rule in binding if rule.kind == "retention_wish")
    floor = _longest(rule for rule in binding if rule.kind == "retention_floor")
    ceilings = [rule for rule in binding if rule.kind == "retention_ceiling"]
    ceiling = min(ceilings, key=_days, default=None)
    if floor is not None and ceiling is not None and _days(floor) > _days(ceiling):
        return Period(record_class, _days(floor), (floor.id,), (floor.id, ceiling.id))
    longest = _longest(rule for rule in (wish, floor) if rule is not None)
    if ceiling is not None and (longest is None or _days(longest) > _days(ceiling)):
        return Period(record_class, _days(ceiling), (ceiling.id,))
    return Period(record_class, _days(longest), (longest.id,)) if longest is not None else Period(record_class, None)


def policy(law: Law, places: Iterable[str], on: date) -> tuple[Period, ...]:
    """Of every class."""
    codes = tuple(places)
    return tuple(period(law, codes, on, each) for each in CLASSES)


def goes_on(period: Period, last: date) -> date | None:
    """The first day on which it may go; None: it stays, or a person must say."""
    if period.days is None or period.conflict is not None:
        return None
    return last + timedelta(days=period.days)


def is_due(period: Period, last: date, on: date, *, held: bool) -> bool:
    """`held`: there is a legal hold."""
    day = goes_on(period, last)
    return not held and day is not None and day <= on


def deadline(law: Law, places: Iterable[str], asked: date, kind: Kind, what: str) -> date | None:
    """By when something that was asked for, or has happened, must be answered: the soonest of all places."""
    rules = [rule for rule in law.binding(places, asked, kind) if rule.concerns(what)]
    return min((asked + timedelta(days=_days(rule)) for rule in rules), default=None)


def _longest(rules: Iterable[Rule]) -> Rule | None:
    return max(rules, key=_days, default=None)


def _days(rule: Rule) -> int:
    return rule.days or 0
