"""Requirements that facts decide rather than likeness: years, degrees, licences, languages, place, permits, shifts.

Pure; called by `screening.screen`. A rule answers met, partly, not_met or unknown, with the resume's own words as
evidence. Unknown means that the resume does not say, and is never counted against anyone; years are a minimum, and more
of them earn nothing, so that age cannot.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from datetime import date
from functools import lru_cache

from matching.skills import Vocabulary
from models.values import ParsedResume, Requirement, Span
from screening import certificates, conditions
from screening.certificates import GENERIC, certificate, covers
from screening.conditions import authorisation, location, shift
from screening.cues import LEVELS, SPEECH, YEARS, fluency_of, years_of
from screening.dates import Point, interval, months, parse_iso
from screening.degrees import asked_degree, degrees, schooled, training
from screening.evidence import Verdict, verdict
from screening.noted import Noted

FLUENCY = ("basic", "good", "fluent", "native")
"""Levels of a language, lowest first."""
EQUIVALENT = 2.0
"""Years of work in the field from which "or equivalent experience" is a question for a person."""
_CLAIM = re.compile(r"\b(?:experience|experienced|professional|years? (?:as|of|in|with))\b", re.IGNORECASE)
_PADDING = frozenset(
    {"hands-on", "full-time", "part-time", "paid", "recent", "documented", "one", "two", "three", "five"}
)


def judge(
    requirement: Requirement,
    noted: Noted,
    *,
    now: date,
    entries: Collection[int] | None = None,
    shown: bool = True,
) -> Verdict | None:
    """A verdict by rule; None for a kind that has none (skill, responsibility).

    `entries`: the indices into Resume.work that count for years, or for experience instead of a degree, where the
    caller knows better than the words (None: an entry counts where its spans name what is asked). `shown`: whether the
    resume, dated or not, shows work of that kind at all; where it does not, years of it are not met, not unknown."""
    if requirement.kind == "years":
        return _years(requirement, noted, now, entries, shown=shown)
    if requirement.kind == "degree":
        return _degree(requirement, noted, now, entries or ())
    rule = _RULES.get(requirement.kind)
    return rule(requirement, noted) if rule else None


def look_up(noted: Noted) -> None:
    """Work out beforehand all that any job's rules ask of a resume."""
    own = (dated, entry_spans, claims, degrees, training, schooled, spoken)
    for look in (*own, *certificates.LOOKS, *conditions.LOOKS):
        noted.of(look)


def years_between(noted: Noted, entries: Iterable[int], *, now: date) -> float | None:
    """Years covered by these work entries, overlaps counted once; None where none of them has a date."""
    periods, covered = noted.of(dated), []
    for index in entries:
        start, end = periods[index]
        period = interval(start, end, now=now) if start else None
        if period:
            covered.append(period)
    return round(months(covered) / 12, 2) if covered else None


def dated(parsed: ParsedResume) -> list[tuple[Point | None, Point | None]]:
    """From when to when each work entry was."""
    return [
        (parse_iso(work.start_date or ""), parse_iso(work.end_date) if work.end_date else None)
        for work in parsed.resume.work
    ]


def subject_of(requirement: Requirement) -> str:
    """What the years are asked in, without number and padding; empty for experience as such."""
    return _subject(requirement.text)


@lru_cache(maxsize=1024)
def _subject(text: str) -> str:
    rest = YEARS.sub(" ", text)
    words = list(re.finditer(r"[\w+#./-]*[\w+#]", rest))
    telling = [word for word in words if word[0].lower() not in GENERIC and word[0].lower() not in _PADDING]
    return " ".join(rest[telling[0].start() : telling[-1].end()].split()) if telling else ""


# ---------------------------------------------------------------- the rules


def _years(
    requirement: Requirement, noted: Noted, now: date, entries: Collection[int] | None, *, shown: bool
) -> Verdict:
    asked = requirement.years or years_of(requirement.text) or 1.0
    subject = subject_of(requirement)
    everything = range(len(noted.parsed.resume.work))
    if entries is None:
        entries = _entries_about(requirement, noted.parsed) if subject else everything
        shown = bool(entries) or not subject
    have = years_between(noted, entries, now=now)
    beginnings = noted.of(entry_spans)
    spans = [span for index in sorted(entries) if (span := beginnings[index])]
    if have is None or not spans:
        within = years_between(noted, everything, now=now)
        return _claimed(requirement, noted, asked, dated=within, shown=shown)
    what = f" in {subject}" if subject else ""
    if have >= asked - 0.09:  # a month of slack: dates are read to the month
        return verdict(
            requirement, "met", spans[:3], f"{min(have, asked):g} of {asked:g} years asked are shown by dates"
        )
    if have >= asked / 2:
        reason = f"{have:g} of {asked:g} years asked{what} are shown by dates"
        return verdict(requirement, "partly", spans[:3], reason, score=have / asked)
    return verdict(
        requirement, "not_met", spans[:3], f"only {have:g} of {asked:g} years asked{what} are shown by dates"
    )


def claims(parsed: ParsedResume) -> list[tuple[Span, float]]:
    """Numbers of years that a resume states."""
    stated = [(span, years_of(span.text)) for span in parsed.spans]
    return [(span, years) for span, years in stated if years is not None and _CLAIM.search(span.text)]


def _claimed(requirement: Requirement, noted: Noted, asked: float, *, dated: float | None, shown: bool) -> Verdict:
    """No dated entry counts: a stated number of years is a claim, taken as such where no dates contradict it."""
    about = _about(requirement)
    for span, claim in noted.of(claims):
        if about and not about(span.text):
            continue
        if claim < asked:
            return verdict(requirement, "partly", [span], f"states {claim:g} of {asked:g} years", score=claim / asked)
        if dated is None:
            return verdict(requirement, "met", [span], "stated, without dates that would show it", score=0.9)
        return verdict(requirement, "partly", [span], "stated, but the dated entries do not show it", score=0.6)
    if shown:
        return verdict(requirement, "unknown", [], "the resume gives no dates for work of this kind")
    return verdict(requirement, "not_met", [], "no work of this kind found in the resume")


def _degree(requirement: Requirement, noted: Noted, now: date, entries: Collection[int]) -> Verdict:
    """`entries`: work of the field asked, which counts where the requirement takes experience instead."""
    asked = asked_degree(requirement.text, requirement.alternatives or (requirement.text,), requirement.level)
    worked = asked.experience and (years_between(noted, entries, now=now) or 0.0) >= EQUIVALENT
    held = noted.of(degrees)
    enough = [one for one in held if one.level >= asked.level]
    right = [one for one in enough if asked.takes(one)]
    what = " or ".join(asked.fields)
    if done := next((one for one in right if one.finished(now)), None):
        return verdict(requirement, "met", [done.span], "a degree of the level asked")
    trained = noted.of(training) if asked.technical else None
    if trained:
        return verdict(requirement, "met", [trained], "a finished training or course")
    if worked:
        spans = [held[0].span] if held else []
        return verdict(requirement, "unknown", spans, "equivalent experience would count: please judge the work")
    if right:
        return verdict(requirement, "partly", [right[0].span], "still studying, in a field asked")
    if other := next((one for one in enough if one.finished(now)), None):
        reason = f"a degree of the level asked, in another field than {what}" if what else "a degree of another kind"
        return verdict(requirement, "partly", [other.span], reason, score=0.7 if asked.near else 0.5)
    if enough:
        return verdict(requirement, "not_met", [enough[0].span], "still studying, in another field")
    if held:
        return verdict(requirement, "not_met", [held[0].span], f"no degree found of the level {LEVELS[asked.level]}")
    if noted.of(schooled):
        return verdict(requirement, "not_met", [], "schooling without a degree")
    return verdict(requirement, "unknown", [], "the resume says nothing of education")


def _language(requirement: Requirement, noted: Noted) -> Verdict:
    asked = _languages(requirement.alternatives or (requirement.text,))
    level = requirement.level if requirement.level in FLUENCY else None
    best: tuple[int, Span] | None = None
    for span, languages in noted.of(spoken):
        for language, fluency in languages:
            if language in asked:
                rank = FLUENCY.index(fluency) if fluency else FLUENCY.index(level or "good")
                best = max(best or (rank, span), (rank, span), key=lambda pair: pair[0])
    if best is None:
        listed = any(span.section == "languages" for span, _ in noted.of(spoken)) or noted.parsed.resume.languages
        if asked == {"English"} or not listed:  # people who write in a language seldom list it
            return verdict(requirement, "unknown", [], "the resume does not say")
        return verdict(requirement, "not_met", [], "not among the languages that the resume lists")
    rank, span = best
    if level is None or rank >= FLUENCY.index(level):
        return verdict(requirement, "met", [span], "named in the resume")
    return verdict(requirement, "partly", [span], f"named, at a lower level than {level}")


@lru_cache(maxsize=256)
def _languages(options: tuple[str, ...]) -> frozenset[str]:
    mentions = (mention for option in options for mention in Vocabulary.load().find(option))
    return frozenset(mention.normal for mention in mentions if mention.kind == "language")


_RULES: dict[str, Callable[[Requirement, Noted], Verdict]] = {
    "certificate": certificate,
    "language": _language,
    "location": location,
    "authorisation": authorisation,
    "shift": shift,
}


# ---------------------------------------------------------------- looking things up


def _entries_about(requirement: Requirement, parsed: ParsedResume) -> list[int]:
    """Work entries whose spans name what the years are asked in."""
    about = _about(requirement)
    texts: dict[int, str] = {}
    for span in parsed.spans:
        if span.entry is not None and span.section == "experience":
            texts[span.entry] = f"{texts.get(span.entry, '')} {span.text}"
    return [index for index in range(len(parsed.resume.work)) if about is None or about(texts.get(index, ""))]


def _about(requirement: Requirement) -> Callable[[str], bool] | None:
    """Does a text speak of the subject? By the vocabulary where it knows the subject (half of what is named, or any
    alternative), else by its words; None where no subject is asked."""
    subject = subject_of(requirement)
    return _speaks_of(subject, any_of=bool(requirement.alternatives)) if subject else None


@lru_cache(maxsize=256)
def _speaks_of(subject: str, *, any_of: bool) -> Callable[[str], bool]:
    """Kept, since thousands of resumes are asked the same."""
    vocabulary = Vocabulary.load()
    asked = {mention.normal for mention in vocabulary.find(subject)}
    enough = 1 if any_of else (len(asked) + 1) // 2

    @lru_cache(maxsize=4096)
    def names(text: str) -> bool:
        shown = {shown for mention in vocabulary.find(text) for shown in vocabulary.shows(mention.normal)}
        return len(asked & shown) >= enough if asked else covers(subject, text)

    return names


def entry_spans(parsed: ParsedResume) -> list[Span | None]:
    """Where each work entry begins."""
    return [_span_of_entry(parsed, index) for index in range(len(parsed.resume.work))]


def _span_of_entry(parsed: ParsedResume, index: int) -> Span | None:
    spans = [span for span in parsed.spans if span.entry == index and span.section == "experience"]
    if spans:
        return spans[0]
    work = parsed.resume.work[index]
    names = [name for name in (work.position, work.name) if name]
    return next((span for span in parsed.spans if any(name in span.text for name in names)), None)


def spoken(parsed: ParsedResume) -> list[tuple[Span, list[tuple[str, str | None]]]]:
    """Where a resume speaks of languages, and of which; elsewhere "German" may be a customer or a name."""
    vocabulary = Vocabulary.load()
    spans = [span for span in parsed.spans if span.section == "languages" or SPEECH.search(span.text)]
    return [(span, _spoken(span.text, vocabulary)) for span in spans]


def _spoken(text: str, vocabulary: Vocabulary) -> list[tuple[str, str | None]]:
    """Languages and their fluency. "German (B2), English: native" and "fluent in German" are both read: the words up
    to the next language belong to one, else those before it."""
    mentions = [mention for mention in vocabulary.find(text) if mention.kind == "language"]
    found, before = [], 0
    for index, mention in enumerate(mentions):
        if re.search(r"\b(?:no|not|without)\s+$", text[: mention.start], re.IGNORECASE):
            continue
        until = mentions[index + 1].start if index + 1 < len(mentions) else len(text)
        after = re.split(r"[,;|•·]", text[mention.end : until])[0]
        found.append((mention.normal, fluency_of(after) or fluency_of(text[before : mention.start])))
        before = mention.end
    return found
