"""What only the person can settle: the place, the permit to work, shifts and travel. Called by `screening.rules`.

A resume that does not speak of them leaves them unknown, whatever one might guess from addresses, schools or employers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from models.values import ParsedResume, Requirement, Span
from screening.evidence import Verdict, verdict
from screening.noted import Noted

_UNABLE = re.compile(
    r"\b(?:no|not|unable to|cannot|can't|never|don't|do not|rather not|except)(?: \w+){0,3}\W*$", re.IGNORECASE
)
_MOVES = re.compile(
    r"\b(?:(?:willing|ready|happy|open|able|prepared|glad) to relocat\w+|relocation|willing to move|open to mov\w+|"
    r"happy to move|ready to move|umzug)\b",
    re.IGNORECASE,
)
_MINE = re.compile(
    r"\b(?:right to (?:work|live and work)|(?:authori[sz]ed|eligible|entitled|permitted|allowed) to (?:work|live)|"
    r"work (?:permit|visa|authori[sz]ation)|(?:residence|settlement) permit|permanent residen(?:t|cy)|settled status|"
    r"indefinite leave|green card|citizens?(?:hip)?(?! (?:service|advice|engagement|science|developer))|"
    r"free to work|(?:need|require|without|no|any)(?:s|d|ing)?\b.{0,25}\b(?:visa|sponsor(?:ship)?)\b)",
    re.IGNORECASE,
)
"""What people say of their own permits; visas issued, Visa cards and sponsors of projects are other things."""
_LACKS = re.compile(
    r"\bnot (?:yet )?(?:authori[sz]ed|eligible|entitled|allowed) to work\b|"
    r"\b(?:no|not have|without) (?:the |a )?right to work\b",
    re.IGNORECASE,
)
_NEEDS = re.compile(
    r"\b(?:need|require|will need|seeking|looking for)(?:s|d|ing)?\b.{0,25}\b(?:visa|sponsor(?:ship)?|work permit)\b",
    re.IGNORECASE,
)
_FREE = re.compile(
    r"(?:\b(?:no|not|without|never)\b|n['’]t\b).{0,30}\b(?:visa|sponsor(?:ship)?|work permit)\b", re.IGNORECASE
)
_EUROPEANS = (
    "Austrian|Belgian|Bulgarian|Croatian|Cypriot|Czech|Danish|Dutch|Estonian|Finnish|French|German|Greek|Hungarian|"
    "Italian|Latvian|Lithuanian|Luxembourg|Maltese|Polish|Portuguese|Romanian|Slovak|Slovenian|Spanish|Swedish"
)
_REGIONS = {
    "US": re.compile(r"\b(?:US|USA|U\.\s?S\.(?:\s?A\.)?|United States|American|green card)(?!\w)"),
    "UK": re.compile(r"\b(?:UK|U\.K\.|United Kingdom|Britain|British|England|Irish)(?!\w)"),
    "EU": re.compile(rf"\b(?:EU|European Union|Germany|Deutschland|Irish|Ireland|Schengen|{_EUROPEANS})(?!\w)"),
    "Canada": re.compile(r"\b(?:Canada|Canadian)\b"),
    "Australia": re.compile(r"\b(?:Australia|Australian)\b"),
}
"""Where a permit holds, or whose citizen needs none."""
_KINDS = {
    "on call": re.compile(r"\bon[- ]call\b|\bstand[- ]?by duty\b", re.IGNORECASE),
    "nights": re.compile(
        r"(?<!last )(?<!final )(?<!sleepless )\bnights\b(?! away)|\bnight[- ](?:shifts?|duty|rotation)|\bat night\b|"
        r"\bovernight shifts?",
        re.IGNORECASE,
    ),
    "shifts": re.compile(
        r"\bshift work|\brotating\b.{0,12}\bshifts?\b|\bwork(?:ed|ing)? (?:in )?shifts\b|\ball shifts\b|"
        r"\b(?:early|late|evening|split|two|three|\d+[- ]hour|twelve-hour)[- ]shifts?\b",
        re.IGNORECASE,
    ),
    "weekends": re.compile(r"\bweekends?\b|\b(?:on (?:a )?)?(?:saturdays?|sundays?)\b", re.IGNORECASE),
    "overtime": re.compile(r"\bovertime\b|\bextra hours\b", re.IGNORECASE),
    "travel": re.compile(
        r"\btravel(?:s|l?ed|l?ing)?\b(?! (?:magazine|agen\w+|industry|portal|app|compan\w+|and tourism))|"
        r"\bon (?:tour|the road)\b|\bnights away\b|\bvisit\w*\b.{0,60}\bdays a week\b|\bfield visits\b",
        re.IGNORECASE,
    ),
    "holidays": re.compile(r"\b(?:public |bank )?holidays\b", re.IGNORECASE),
}
_PROPER = re.compile(r"\b[A-Z]\w+ Travel\b|\bTravel [A-Z]")


_DECISIVE = ("on call", "nights")
"""Where one of these is asked, nothing else shows it."""
_BEFORE = 40
"""Characters before a word in which a denial is one of it."""


def location(requirement: Requirement, noted: Noted) -> Verdict:
    """Where someone lives now decides nothing for the worse: they may move, and only a person can ask."""
    places = _places(requirement.text)
    for span in noted.of(home):
        if any(place.search(span.text) for place in places):
            return verdict(requirement, "met", [span], "lives in the place asked")
    moving = noted.of(ready_to_move)
    if moving:
        return verdict(requirement, "met", [moving], "is ready to move")
    return verdict(requirement, "unknown", [], "the resume does not show it; please ask")


@lru_cache(maxsize=256)
def _places(text: str) -> tuple[re.Pattern[str], ...]:
    """What names the places that a requirement asks for."""
    places = set(re.findall(r"[A-ZÄÖÜ][\w-]{2,}", re.sub(r"^\w+", "", text)))
    first = re.match(r"[A-ZÄÖÜ][\w-]{2,}(?= (?:residen\w+|area|based))", text)
    places |= {first[0]} if first else set()
    return tuple(re.compile(rf"\b{re.escape(place)}\b") for place in sorted(places))


def home(parsed: ParsedResume) -> Sequence[Span]:
    """Where a resume says where its owner lives."""
    return [span for span in parsed.spans if span.section in {"contact", "summary"}] or parsed.spans[:6]


def ready_to_move(parsed: ParsedResume) -> Span | None:
    return next((span for span in parsed.spans if _moves(span.text)), None)


def _moves(text: str) -> bool:
    match = _MOVES.search(text)
    return match is not None and not _UNABLE.search(text[: match.start()])


def authorisation(requirement: Requirement, noted: Noted) -> Verdict:
    """A permit for one country says nothing of another."""
    asked = regions_of(requirement.text)
    for span, told, lacks in noted.of(permits):
        if asked and told and not asked & told:
            continue
        if lacks:
            return verdict(requirement, "not_met", [span], "says that a permit or sponsorship is needed")
        return verdict(requirement, "met", [span], "stated in the resume; check the document before hiring")
    return verdict(requirement, "unknown", [], "the resume does not say; please ask")


def permits(parsed: ParsedResume) -> list[tuple[Span, set[str], bool]]:
    """What somebody says of their own permits: (where, for which regions, whether one is lacking)."""
    found = []
    for span in parsed.spans:
        if span.section != "experience" and _MINE.search(span.text):
            lacks = _LACKS.search(span.text) or (_NEEDS.search(span.text) and not _FREE.search(span.text))
            found.append((span, regions_of(span.text), bool(lacks)))
    return found


def regions_of(text: str) -> set[str]:
    """Where a text says that a permit holds."""
    return {name for name, words in _REGIONS.items() if words.search(text)}


def shift(requirement: Requirement, noted: Noted) -> Verdict:
    """Done before, or offered. Where nights are asked, day shifts show nothing."""
    asked = kinds_of(requirement.text)
    for span, found in noted.of(hours):
        for kind in sorted(asked & found.keys()):
            if _UNABLE.search(span.text[: found[kind]][-_BEFORE:]):
                return verdict(requirement, "not_met", [span], "the resume rules it out")
            return verdict(requirement, "met", [span], "done before, or offered")
    return verdict(requirement, "unknown", [], "the resume does not say; please ask")


def hours(parsed: ParsedResume) -> list[tuple[Span, dict[str, int]]]:
    """Spans that speak of kinds of hours, and where in them."""
    return [(span, found) for span in parsed.spans if (found := kinds_in(span.text))]


LOOKS = (home, ready_to_move, permits, hours)


def kinds_of(text: str) -> set[str]:
    """The kinds of hours that a text asks for; the decisive one alone, where there is one."""
    found = set(kinds_in(text))
    return next(({kind} for kind in _DECISIVE if kind in found), found)


def kinds_in(text: str) -> dict[str, int]:
    """The kinds a text speaks of, and where."""
    text = _PROPER.sub(lambda name: " " * len(name[0]), text)
    return {name: match.start() for name, words in _KINDS.items() if (match := words.search(text))}
