"""Which degrees a resume shows, and whether one of them is what a job asks. Pure; called by `screening.rules`.

Fields are compared by families ("electronics" is engineering, "finance" is business), since every university names its
courses its own way. A degree of the level asked in another field is a part of what is asked; so is one in a field asked
that is not finished yet.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from models.values import ParsedResume, Span
from screening.cues import LEVELS, levels_of
from screening.dates import parse_iso

_LETTERS = {
    "master": re.compile(r"\bM\.?[AS]\b"),
    "bachelor": re.compile(r"\bB\.?[AESC]\b"),
    "associate": re.compile(r"\bA\.?[AS]\b"),
}
"""Bare letters ("BS Biology") count among the schooling only."""
_ELSEWHERE = frozenset({"experience", "skills", "references", "languages", "projects"})
"""Where a degree is somebody else's, or a word in a task."""
_BEGINS = re.compile(
    r"^\W*(?:bachelors?|masters?|associates?|b\.?\s?(?:sc|a|s|tech|e|com)\b|m\.?\s?(?:sc|a|s|tech|ba)\b|ph\.?d|"
    r"doctor)",
    re.IGNORECASE,
)
"""Unless a line begins with it: then the title of its section was missed."""
_STUDYING = re.compile(
    r"\b(?:expected|anticipated|in progress|ongoing|currently (?:studying|enrolled|pursuing|completing|in)|pursuing|"
    r"present|candidate(?: for)?|studying|student of|to be completed|i graduate in|will graduate|laufend|dropped out|"
    r"incomplete|unfinished|discontinued|abandoned|not (?:yet )?(?:completed|finished))\b",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:19|20)\d{2}\b")
_FAMILIES = {
    "computing": r"comput\w*|software|informati\w+|\bIT\b|\bMIS\b|\b[BM]CA\b|data science|artificial intelligence|"
    r"programming|cyber\s?security|web development|coding",
    "engineering": r"engineer\w*|ingénieur|ingegner\w+|ingenieur\w*|electr\w+|mechani\w+|mechatronic\w*|automation|"
    r"telecommunication\w*|instrumentation|aeronautic\w*|automotive|civil|technolog\w+",
    "mathematics": r"mathemati\w+|statisti\w+|physics|actuarial|econometric\w*",
    "business": r"business|\b[BM]\.?B\.?A\b|management|commerce|b\.?com\b|m\.?com\b|econom\w+|financ\w+|account\w+|"
    r"marketing|administration|\bsales\b|entrepreneur\w*|bwl|betriebswirt\w*|\bPGDM\b|hospitality",
    "communication": r"communicat\w+|journalism|media|public relations|advertising|publicity",
    "education": r"education(?!al technology)|teach\w+|pedagog\w+|special needs|lehramt",
    "health": r"nurs\w+|\b(?:BSN|MSN|ADN|LPN)\b|medic\w+|health|pharmac\w+|physiotherap\w+|midwife\w*",
    "law": r"\blaw\b|legal|\bJ\.?\s?D\b|\bLL\.?\s?[BM]\b|jura|jurisprud\w+|paralegal",
    "construction": r"construction|building|architect\w*|quantity survey\w*",
    "office": r"secretar\w+|office|clerical",
}
_FAMILY = {name: re.compile(rf"(?<!\w)(?:{words})", re.IGNORECASE) for name, words in _FAMILIES.items()}
_NEAR = {
    "computing": {"engineering", "mathematics"},
    "mathematics": {"computing", "engineering", "business"},
    "engineering": {"computing", "construction"},
    "construction": {"engineering"},
    "business": {"communication"},
    "communication": {"business"},
    "office": {"business"},
}
"""What "or a related field" takes besides the field itself."""
_OPEN = re.compile(
    r"related|similar|relevant|comparable|equivalent (?:field|degree|subject|discipline)|"
    r"any (?:field|discipline|subject)",
    re.IGNORECASE,
)
_PLAIN = re.compile(r"^(?:an?\s+)?(?:related|similar|relevant|equivalent|comparable|technical|any)\b|experience", re.I)
_TECHNICAL = re.compile(r"\b(?:technical|vocational|apprenticeship|trade)\b", re.IGNORECASE)
_TRADES = frozenset({"computing", "engineering", "construction"})
_TRAINED = re.compile(
    r"\b(?:certificate|certification|apprentic\w+|vocational|trained as|training (?:as|in|programme?)|diploma|course|"
    r"bootcamp|boot camp|academy|ausbildung|nvq|btec|technical (?:school|college|institute|training)|"
    r"state[- ]tested)\b",
    re.IGNORECASE,
)
_SCHOOL = re.compile(r"\b(?:universit\w+|college|school|polytechnic|institute of technology|academy)\b", re.IGNORECASE)
_DATES = 6
"""Words of a line that may be the dates of the degree above it."""
_SHORT = 10
"""Words of a line that names a school as such, rather than in a sentence."""


@dataclass(frozen=True, slots=True)
class Held:
    """`level`: its place in LEVELS. `about`: the line that names it and those beside it. `studying`: it says that it is
    not finished. `until`: the last (year, month) that is told of it; (0, 0) where none is."""

    level: int
    span: Span
    about: str
    studying: bool
    until: tuple[int, int]
    families: frozenset[str]

    def finished(self, now: date) -> bool:
        return not self.studying and self.until <= (now.year, now.month)


@dataclass(frozen=True, slots=True)
class AskedDegree:
    """`level`: the lowest that will do. `families`: of the fields named; empty where any will do. `near`: related
    fields count as the field itself. `technical`: finished training in a trade will do."""

    level: int
    families: frozenset[str]
    fields: tuple[str, ...]
    near: bool
    technical: bool
    experience: bool

    def takes(self, held: Held) -> bool:
        """Is it in a field asked?"""
        found = held.families
        if self.technical:
            return bool(found & _TRADES) or held.level == LEVELS.index("vocational")
        if not self.families:
            return not self.fields or any(field in held.about.lower() for field in self.fields)
        wanted = set(self.families)
        if self.near:
            wanted.update(*(_NEAR.get(family, set()) for family in self.families))
        return bool(found & wanted)


@lru_cache(maxsize=256)
def asked_degree(text: str, options: tuple[str, ...], level: str | None) -> AskedDegree:
    """What a requirement asks, from its words; `level` where they name none."""
    levels = [LEVELS.index(named[0]) for option in options if (named := levels_of(option))]
    fields = fields_of(text)
    return AskedDegree(
        level=min(levels, default=LEVELS.index(level) if level in LEVELS else LEVELS.index("bachelor")),
        families=frozenset().union(*(families(field) for field in fields)),
        fields=fields,
        near=bool(_OPEN.search(text)),
        technical=bool(_TECHNICAL.search(text)) and not fields,
        experience=bool(re.search(r"equivalent|experience", text, re.IGNORECASE)),
    )


def families(text: str) -> frozenset[str]:
    return frozenset(name for name, words in _FAMILY.items() if words.search(text))


def fields_of(text: str) -> tuple[str, ...]:
    """The fields a degree is asked in: "in computer science or a related field" -> computer science. Nursing degrees
    carry their field in the name."""
    found = ["nursing"] if re.search(r"\b(?:BSN|MSN|ADN)\b", text) else []
    found += ["law"] if re.search(r"\blaw degree\b", text, re.IGNORECASE) else []
    for match in re.finditer(
        r"\b(?:degrees?|diplomas?|bachelor\S*|master\S*|science|arts|training|studies)\s+in\s+(?:the field of\s+)?"
        r"([^;.()]+)",
        text,
        re.IGNORECASE,
    ):
        for field in re.split(r",\s*(?:or\s+|and\s+)?|\s+(?:or|and|with|from)\s+|/", match[1]):
            field = re.sub(r"^(?:an?|the)\s+", "", field.strip().lower())
            if field and not _PLAIN.search(field):
                found.append(field)
    return tuple(dict.fromkeys(found))


def degrees(parsed: ParsedResume) -> list[Held]:
    """Each degree that the resume names as its owner's."""
    found = []
    for at, span in enumerate(parsed.spans):
        if span.section in _ELSEWHERE and not _BEGINS.search(span.text):
            continue
        levels = levels_of(span.text)
        if span.section == "education":
            levels += [level for level, letters in _LETTERS.items() if letters.search(span.text)]
        if levels:
            about = _about(parsed, at)
            rest = (_studying(parsed, at), _until(parsed, at), families(span.text) or families(about))
            found += [Held(LEVELS.index(level), span, about, *rest) for level in dict.fromkeys(levels)]
    return found


def _about(parsed: ParsedResume, at: int) -> str:
    span = parsed.spans[at]
    beside = parsed.spans[at : at + 3] if span.entry is None else parsed.spans[max(0, at - 2) : at + 4]
    return " ".join(one.text for one in beside if (one.section, one.entry) == (span.section, span.entry))


def _studying(parsed: ParsedResume, at: int) -> bool:
    """By the degree's own line and the line of dates below it."""
    span = parsed.spans[at]
    below = parsed.spans[at + 1].text if at + 1 < len(parsed.spans) else ""
    own = f"{span.text} {below}" if len(below.split()) <= _DATES and not levels_of(below) else span.text
    return bool(_STUDYING.search(own))


def _until(parsed: ParsedResume, at: int) -> tuple[int, int]:
    """By the degree's own line and its entry; another degree's dates say nothing."""
    span = parsed.spans[at]
    years = [int(year) for year in _YEAR.findall(span.text)]
    told = (max(years), 1) if years else (0, 0)
    if span.section == "education" and span.entry is not None and span.entry < len(parsed.resume.education):
        end = parse_iso(parsed.resume.education[span.entry].end_date or "")
        if end is not None:
            return max(told, (end.year, end.month or 1))
    return told


def training(parsed: ParsedResume) -> Span | None:
    """A finished course, certificate programme or apprenticeship; None where none is named."""
    for section in ("education", "certificates", "summary", "other"):
        for span in parsed.spans:
            if span.section == section and _TRAINED.search(span.text) and not _STUDYING.search(span.text):
                return span
    return None


def schooled(parsed: ParsedResume) -> bool:
    """Does the resume say anything of schooling?"""
    return any(
        span.section == "education" or (len(span.text.split()) <= _SHORT and _SCHOOL.search(span.text))
        for span in parsed.spans
    )
