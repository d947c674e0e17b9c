"""What somebody types to find people, read into filters they can see and remove: "ICU nurse with ECMO in Lyon who
applied in 2025" is "ICU nurse" with the skill ECMO, the place Lyon and the year 2025. Pure; used by `api.routes.pool`.

A word that is read as a filter leaves the text; what cannot be read stays in it and counts by its meaning."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from models.errors import BadRequest
from models.sentences import N_
from models.values import ParsedResume

SENIORITY: Mapping[str, str] = {
    "junior": N_("junior (under 3 years)"),
    "mid": N_("mid-level (2 to 6 years)"),
    "senior": N_("senior (5 years and more)"),
    "lead": N_("lead (leads others by title)"),
}
_WORDS = {
    "junior": ("junior", "entry-level", "entry level", "graduate", "trainee", "early career"),
    "mid": ("mid-level", "mid level", "medior"),
    "senior": ("senior", "experienced", "seasoned"),
    "lead": ("lead", "head", "principal", "manager", "director", "chief", "supervisor"),
}
_SAID = {word: level for level in ("junior", "mid", "senior") for word in _WORDS[level]}
_SAID |= {"lead": "lead", "principal": "lead"}  # "manager" and the like are what somebody does, too
_LEADS = re.compile(r"\b(" + "|".join(_WORDS["lead"]) + r")\b", re.I)
MONTHS = {name.casefold(): number for number, name in enumerate(calendar.month_name) if name}
_MONTH = "|".join(MONTHS)
_WHEN = re.compile(
    rf"\b(?:who\s+)?(?:(?:have\s+|has\s+)?appl(?:ied|ying)\s+)?(in|since|after|before|from|until)\s+"
    rf"(?:({_MONTH})\s+)?((?:19|20)\d\d)\b",
    re.I,
)
_PLACE = re.compile(
    r"\b(?:based\s+|living\s+|located\s+)?(?:in|near|around|from)\s+"
    r"((?:[^\W\d_][\w'\u2019.-]*)(?:\s+(?!who\b|with\b|and\b|or\b|applied\b|for\b|that\b|has\b|in\b)[^\W\d_][\w'\u2019.-]*){0,2})",
    re.I,
)
_YEARS = re.compile(
    r"\b(?:at\s+least\s+|over\s+|more\s+than\s+)?(\d{1,2})\s*\+?\s*years?(?:\s+(?:of\s+)?experience)?\b", re.I
)
_LEFT = re.compile(
    r"(?:\b(?:who|with|and|or|applied|have|has|that|for|a|an|the|in|of|on|near|from)\b[\s,]*)+$"
    r"|^[\s,]*(?:(?:with|and|or|who)\b[\s,]*)+",
    re.I,
)
LONGEST, MOST_SKILLS = 500, 12


@dataclass(frozen=True, slots=True)
class Search:
    """`since`, `until`: days of applying, both within. `years`: at least so many. `only`: "", "silver" or
    "reachable"."""

    text: str = ""
    place: str = ""
    since: str = ""
    until: str = ""
    seniority: str = ""
    years: str = ""
    skills: tuple[str, ...] = ()
    only: str = ""

    @property
    def words(self) -> str:
        """What is compared by meaning; empty: nothing was asked."""
        return " ".join(filter(None, (self.text, self.seniority, *self.skills, self.place)))[:LONGEST]

    def without(self, name: str, value: str = "") -> Search:
        if name == "skills":
            return replace(self, skills=tuple(one for one in self.skills if one != value))
        if name not in {field.name for field in fields(self)}:
            return self
        return replace(self, **{name: ""})  # type: ignore[arg-type]  # all others are texts

    def pairs(self) -> list[tuple[str, str]]:
        """For a link."""
        plain = [(field.name, getattr(self, field.name)) for field in fields(self) if field.name != "skills"]
        return [(name, value) for name, value in plain if value] + [("skill", one) for one in self.skills]

    def as_json(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in fields(self)} | {"skills": list(self.skills)}

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Search:
        plain = {field.name: str(kept.get(field.name, "")) for field in fields(cls) if field.name != "skills"}
        return cls(**plain, skills=tuple(map(str, kept.get("skills", ()))))


def read(typed: str, skills_in: Callable[[str], Iterable[tuple[str, str]]]) -> Search:
    """`skills_in`: (name, verbatim) of every skill that a text names."""
    text, found = " ".join(typed.split())[:LONGEST], Search()
    while (when := _WHEN.search(text)) is not None:
        found, text = _dated(found, *when.groups()), _cut(text, when.span())
    skills = list(skills_in(text))
    named = {verbatim.casefold() for _, verbatim in skills}
    for place in _PLACE.finditer(text):
        if place[1].casefold() not in named and not named & set(place[1].casefold().split()):
            found, text = replace(found, place=place[1]), _cut(text, place.span())
            break
    if (years := _YEARS.search(text)) is not None:
        found, text = replace(found, years=years[1]), _cut(text, years.span())
    for word, level in _SAID.items():
        at = re.search(rf"\b{re.escape(word)}\b", text, re.I)
        if at is not None:
            found, text = replace(found, seniority=level), _cut(text, at.span())
            break
    for name, verbatim in skills[:MOST_SKILLS]:
        if verbatim in text:
            found = replace(found, skills=tuple(dict.fromkeys((*found.skills, name))))
            text = _cut(text, (text.index(verbatim), text.index(verbatim) + len(verbatim)))
    return replace(found, text=_LEFT.sub("", text).strip(" ,.;"))


def _cut(text: str, span: tuple[int, int]) -> str:
    left = text[: span[0]].rstrip(" ,")
    return " ".join(f"{_LEFT.sub('', left)} {text[span[1] :].lstrip(' ,')}".split())


def _dated(found: Search, how: str, month: str | None, year: str) -> Search:
    first = date(int(year), MONTHS[month.casefold()] if month else 1, 1)
    last = date(int(year), 12, 31)
    if month:
        last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
    match how.casefold():
        case "in":
            return replace(found, since=first.isoformat(), until=last.isoformat())
        case "since" | "from":
            return replace(found, since=first.isoformat())
        case "after":
            return replace(found, since=(last + timedelta(days=1)).isoformat())
        case "before":
            return replace(found, until=(first - timedelta(days=1)).isoformat())
        case _:
            return replace(found, until=last.isoformat())


# ---------------------------------------------------------------- does a resume fit?


def window(search: Search) -> tuple[datetime | None, datetime | None]:
    """From, to before. Raises BadRequest."""
    try:
        days = [date.fromisoformat(one) if one else None for one in (search.since, search.until)]
    except ValueError as error:
        raise BadRequest("Write days as 2026-03-31.") from error
    since, until = (datetime(day.year, day.month, day.day, tzinfo=UTC) if day else None for day in days)
    return since, until + timedelta(days=1) if until else None


def fits(parsed: ParsedResume, search: Search) -> bool:
    """Place and seniority, as the resume says them. What it does not say does not fit."""
    return _lives(parsed, search.place) and _ranks(parsed, search) and _has_worked(parsed, search.years)


def _lives(parsed: ParsedResume, place: str) -> bool:
    if not place:
        return True
    home = parsed.resume.basics.location
    said = [home.city, home.region, home.address, home.country_code] if home is not None else []
    said += [one.location for one in parsed.resume.work[:2]]
    wanted = re.compile(rf"\b{re.escape(place.casefold())}\b")
    return any(wanted.search(one.casefold()) for one in said if one)


def _ranks(parsed: ParsedResume, search: Search) -> bool:
    titles = " / ".join(filter(None, (parsed.resume.basics.label, *(one.position for one in parsed.resume.work[:2]))))
    words, years = _WORDS.get(search.seniority, ()), parsed.years
    if search.seniority == "lead":
        return bool(_LEADS.search(titles))
    said = any(word in titles.casefold() for word in words)
    bounds = {"junior": (0.0, 3.0), "mid": (2.0, 6.0), "senior": (5.0, 99.0)}.get(search.seniority)
    return bounds is None or said or (years is not None and bounds[0] <= years < bounds[1])


def _has_worked(parsed: ParsedResume, years: str) -> bool:
    return not years.isdecimal() or (parsed.years is not None and parsed.years >= int(years))
