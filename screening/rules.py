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

from matching.skills import Vocabulary, written_in
from models.values import ParsedResume, Requirement, RequirementScore, Span
from screening.conditions import authorisation, location, shift
from screening.cues import CERTIFICATE, LEVELS, SPEECH, YEARS, fluency_of, years_of
from screening.dates import interval, months, parse_iso
from screening.degrees import asked_degree, degrees, schooled, training
from screening.evidence import verdict

FLUENCY = ("basic", "good", "fluent", "native")
"""Levels of a language, lowest first."""
EQUIVALENT = 2.0
"""Years of work in the field from which "or equivalent experience" is a question for a person."""
_CLAIM = re.compile(r"\b(?:experience|experienced|professional|years? (?:as|of|in|with))\b", re.IGNORECASE)
_GENERIC = frozenset(
    """
    a an the of in on at to for with and or as by from least minimum min more over than plus years year yrs experience
    professional work working relevant proven practical similar role roles position related field area job full time
    commercial hands total overall prior previous industry environment strong solid must have you should
    """.split()  # noqa: SIM905 - a list literal of words is unreadable
)
_PADDING = frozenset(
    {"hands-on", "full-time", "part-time", "paid", "recent", "documented", "one", "two", "three", "five"}
)


def judge(
    requirement: Requirement,
    parsed: ParsedResume,
    *,
    now: date,
    entries: Collection[int] | None = None,
    shown: bool = True,
) -> RequirementScore | None:
    """A verdict by rule; None for a kind that has none (skill, responsibility).

    `entries`: the indices into Resume.work that count for years, or for experience instead of a degree, where the
    caller knows better than the words (None: an entry counts where its spans name what is asked). `shown`: whether the
    resume, dated or not, shows work of that kind at all; where it does not, years of it are not met, not unknown."""
    if requirement.kind == "years":
        return _years(requirement, parsed, now, entries, shown=shown)
    if requirement.kind == "degree":
        return _degree(requirement, parsed, now, entries or ())
    rule = _RULES.get(requirement.kind)
    return rule(requirement, parsed) if rule else None


def years_between(parsed: ParsedResume, entries: Iterable[int], *, now: date) -> float | None:
    """Years covered by these work entries, overlaps counted once; None where none of them has a date."""
    covered = []
    for index in entries:
        work = parsed.resume.work[index]
        start = parse_iso(work.start_date or "")
        end = parse_iso(work.end_date) if work.end_date else None
        period = interval(start, end, now=now) if start else None
        if period:
            covered.append(period)
    return round(months(covered) / 12, 2) if covered else None


def subject_of(requirement: Requirement) -> str:
    """What the years are asked in, without number and padding; empty for experience as such."""
    return _subject(requirement.text)


@lru_cache(maxsize=1024)
def _subject(text: str) -> str:
    rest = YEARS.sub(" ", text)
    words = list(re.finditer(r"[\w+#./-]*[\w+#]", rest))
    telling = [word for word in words if word[0].lower() not in _GENERIC and word[0].lower() not in _PADDING]
    return " ".join(rest[telling[0].start() : telling[-1].end()].split()) if telling else ""


# ---------------------------------------------------------------- the rules


def _years(
    requirement: Requirement, parsed: ParsedResume, now: date, entries: Collection[int] | None, *, shown: bool
) -> RequirementScore:
    asked = requirement.years or years_of(requirement.text) or 1.0
    subject = subject_of(requirement)
    everything = range(len(parsed.resume.work))
    if entries is None:
        entries = _entries_about(requirement, parsed) if subject else everything
        shown = bool(entries) or not subject
    have = years_between(parsed, entries, now=now)
    spans = [span for index in sorted(entries) if (span := _span_of_entry(parsed, index))]
    if have is None or not spans:
        dated = years_between(parsed, everything, now=now)
        return _claimed(requirement, parsed, asked, dated=dated, shown=shown)
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


def _claimed(
    requirement: Requirement, parsed: ParsedResume, asked: float, *, dated: float | None, shown: bool
) -> RequirementScore:
    """No dated entry counts: a stated number of years is a claim, taken as such where no dates contradict it."""
    about = _about(requirement)
    for span in parsed.spans:
        claim = years_of(span.text)
        if claim is None or not _CLAIM.search(span.text) or (about and not about(span.text)):
            continue
        if claim < asked:
            return verdict(requirement, "partly", [span], f"states {claim:g} of {asked:g} years", score=claim / asked)
        if dated is None:
            return verdict(requirement, "met", [span], "stated, without dates that would show it", score=0.9)
        return verdict(requirement, "partly", [span], "stated, but the dated entries do not show it", score=0.6)
    if shown:
        return verdict(requirement, "unknown", [], "the resume gives no dates for work of this kind")
    return verdict(requirement, "not_met", [], "no work of this kind found in the resume")


def _degree(requirement: Requirement, parsed: ParsedResume, now: date, entries: Collection[int]) -> RequirementScore:
    """`entries`: work of the field asked, which counts where the requirement takes experience instead."""
    asked = asked_degree(requirement.text, requirement.alternatives or (requirement.text,), requirement.level)
    worked = asked.experience and (years_between(parsed, entries, now=now) or 0.0) >= EQUIVALENT
    held = degrees(parsed, now=now)
    enough = [one for one in held if one.level >= asked.level]
    right = [one for one in enough if asked.takes(one)]
    what = " or ".join(asked.fields)
    if done := next((one for one in right if one.finished), None):
        return verdict(requirement, "met", [done.span], "a degree of the level asked")
    trained = training(parsed) if asked.technical else None
    if trained:
        return verdict(requirement, "met", [trained], "a finished training or course")
    if worked:
        spans = [held[0].span] if held else []
        return verdict(requirement, "unknown", spans, "equivalent experience would count: please judge the work")
    if right:
        return verdict(requirement, "partly", [right[0].span], "still studying, in a field asked")
    if other := next((one for one in enough if one.finished), None):
        reason = f"a degree of the level asked, in another field than {what}" if what else "a degree of another kind"
        return verdict(requirement, "partly", [other.span], reason, score=0.7 if asked.near else 0.5)
    if enough:
        return verdict(requirement, "not_met", [enough[0].span], "still studying, in another field")
    if held:
        return verdict(requirement, "not_met", [held[0].span], f"no degree found of the level {LEVELS[asked.level]}")
    if schooled(parsed):
        return verdict(requirement, "not_met", [], "schooling without a degree")
    return verdict(requirement, "unknown", [], "the resume says nothing of education")


def _certificate(requirement: Requirement, parsed: ParsedResume) -> RequirementScore:
    """A driving licence that is not mentioned is unknown: people seldom list one."""
    vocabulary = Vocabulary.load()
    options = requirement.alternatives or (requirement.text,)
    asked = frozenset(
        mention.normal for option in options for mention in vocabulary.find(option) if mention.kind == "certificate"
    )
    forms = vocabulary.written(asked)
    driving = bool(_DRIVING.search(requirement.text))
    law = any(re.search(r"\blaw degree\b", option, re.IGNORECASE) for option in options)
    for span in parsed.spans:
        if _NOT_HELD.search(span.text):
            continue
        if asked:
            named = written_in(span.text, forms) and any(
                asked & vocabulary.shows(mention.normal) for mention in vocabulary.find(span.text)
            )
        else:
            named = any(_covers(option, span.text) for option in options)
        if named or (driving and _DRIVES.search(span.text)) or (law and _LAWYER.search(span.text)):
            return _held_certificate(requirement, span)
    if driving:
        return verdict(requirement, "unknown", [], "the resume does not mention one; please ask")
    return verdict(requirement, "not_met", [], "not found in the resume")


def _held_certificate(requirement: Requirement, span: Span) -> RequirementScore:
    if pending := _PENDING.search(span.text):
        return verdict(requirement, "partly", [span], f"named, but {pending[0].lower()}")
    if _COURSE.search(span.text) and not CERTIFICATE.search(span.text):
        return verdict(requirement, "partly", [span], "training for it is named, the certificate is not")
    return verdict(requirement, "met", [span], "named in the resume")


_PENDING = re.compile(
    r"\b(?:expected|in progress|pending|studying for|scheduled|expired|lapsed|planned|plan(?:ning)? to|will begin)\b",
    re.IGNORECASE,
)
_NOT_HELD = re.compile(
    r"\b(?:not yet|none|not held|no longer|team of|managed|hired|recruited)\b|^\W*(?:no|without)\b|\bno\b.*\byet\b",
    re.IGNORECASE,
)
"""Others hold it, or nobody does."""
_COURSE = re.compile(r"\b(?:course|training|trained in|coursework|workshop|preparing for)\b", re.IGNORECASE)
_DRIVING = re.compile(r"\bdriv(?:ing|er['’]?s?)\b.{0,20}\blicen[cs]e", re.IGNORECASE)
_DRIVES = re.compile(
    r"\bdriv(?:ing|er['’]?s?)\W{0,3}\s*(?:licen[cs]e|permit)|\blicen[cs]e \((?:class |category )?[BC]E?\d?\)|"
    r"\b(?:full|clean|class|category) (?:[A-Z]\d? )?licen[cs]e\b|\blicen[cs]e,? (?:class|category) [B-D]\b|"
    r"\bclean driving record\b|\bführerschein\b|\bCDL\b",
    re.IGNORECASE,
)
_LAWYER = re.compile(
    r"\bJ\.\s?D\.?|\bjuris doctor\b|\bLL\.?\s?[BM]\b|\blicensed to practi[cs]e law\b|\bbar admission|"
    r"\badmitted to the bar\b|\b(?:accomplished|licensed|practi[cs]ing|staff|trial) (?:attorney|lawyer)\b|"
    r"^(?:[\w-]+ ){0,2}(?:attorney|barrister|solicitor|lawyer)\b",
    re.IGNORECASE,
)


def _language(requirement: Requirement, parsed: ParsedResume) -> RequirementScore:
    vocabulary = Vocabulary.load()
    asked = {
        mention.normal
        for option in requirement.alternatives or (requirement.text,)
        for mention in vocabulary.find(option)
        if mention.kind == "language"
    }
    level = requirement.level if requirement.level in FLUENCY else None
    best: tuple[int, Span] | None = None
    for span in _language_spans(parsed):
        for spoken, fluency in _spoken(span.text, vocabulary):
            if spoken in asked:
                rank = FLUENCY.index(fluency) if fluency else FLUENCY.index(level or "good")
                best = max(best or (rank, span), (rank, span), key=lambda pair: pair[0])
    if best is None:
        listed = any(span.section == "languages" for span in parsed.spans) or parsed.resume.languages
        if asked == {"English"} or not listed:  # people who write in a language seldom list it
            return verdict(requirement, "unknown", [], "the resume does not say")
        return verdict(requirement, "not_met", [], "not among the languages that the resume lists")
    rank, span = best
    if level is None or rank >= FLUENCY.index(level):
        return verdict(requirement, "met", [span], "named in the resume")
    return verdict(requirement, "partly", [span], f"named, at a lower level than {level}")


_RULES: dict[str, Callable[[Requirement, ParsedResume], RequirementScore]] = {
    "certificate": _certificate,
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
        return len(asked & shown) >= enough if asked else _covers(subject, text)

    return names


def _covers(asked: str, text: str) -> bool:
    """Are most of the telling words of `asked` in `text`?"""
    wanted = {_stem(word) for word in re.findall(r"[\w+#]+", asked.lower()) if word not in _GENERIC}
    given = {_stem(word) for word in re.findall(r"[\w+#]+", text.lower())}
    return bool(wanted) and len(wanted & given) * 3 >= len(wanted) * 2


def _stem(word: str) -> str:
    return re.sub(r"(?:ing|ers?|ed|es|s)$", "", word) if len(word) > 4 else word


def _span_of_entry(parsed: ParsedResume, index: int) -> Span | None:
    spans = [span for span in parsed.spans if span.entry == index and span.section == "experience"]
    if spans:
        return spans[0]
    work = parsed.resume.work[index]
    names = [name for name in (work.position, work.name) if name]
    return next((span for span in parsed.spans if any(name in span.text for name in names)), None)


def _language_spans(parsed: ParsedResume) -> list[Span]:
    """Where a resume speaks of languages; elsewhere "German" may be a customer or a name."""
    return [span for span in parsed.spans if span.section == "languages" or SPEECH.search(span.text)]


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
