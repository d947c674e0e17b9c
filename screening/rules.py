"""Requirements that facts decide rather than likeness: years, degrees, licences, languages, place, permits, shifts.

Pure; called by `screening.screen`. A rule answers met, partly, not_met or unknown, with the resume's own words as
evidence. Unknown means that the resume does not say, and is never counted against anyone; years are a minimum, and more
of them earn nothing, so that age cannot.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date
from functools import lru_cache

from matching.skills import Vocabulary
from models.values import Evidence, ParsedResume, Requirement, RequirementScore, Span, Status
from screening.cues import AUTHORISATION, LEVELS, SHIFT, SPEECH, YEARS, fluency_of, levels_of, years_of
from screening.dates import interval, months, parse_iso

_FLUENCY = ("basic", "good", "fluent", "native")
_SCORES: dict[Status, float] = {"met": 1.0, "partly": 0.5, "not_met": 0.0, "unknown": 0.0}
_CLAIM = re.compile(r"\b(?:experience|experienced|professional|years? (?:as|of|in|with))\b", re.IGNORECASE)
_GENERIC = frozenset(
    """
    a an the of in on at to for with and or as by from least minimum min more over than plus years year yrs experience
    professional work working relevant proven practical similar role roles position related field area job full time
    commercial hands total overall prior previous industry environment strong solid must have you should
    """.split()  # noqa: SIM905 - a list literal of words is unreadable
)
_PADDING = frozenset({"hands-on", "full-time", "part-time", "paid", "recent", "documented", "one", "two", "three", "five"})
_DENIED = re.compile(r"\b(?:no|not|without|requires?|requiring|needs?|needing|will need|seeking)\b", re.IGNORECASE)
_UNABLE = re.compile(r"\b(?:no|not|unable|cannot|can't|never|except)\b", re.IGNORECASE)
_MOVES = re.compile(
    r"\b(?:relocat\w+|willing to move|open to mov\w+|happy to move|ready to move|umzug)\b", re.IGNORECASE
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

    `entries`: the indices into Resume.work that count for a years requirement, where the caller knows better than the
    words (None: an entry counts where its spans name what is asked). `shown`: whether the resume, dated or not, shows
    work of that kind at all; where it does not, years of it are not met rather than unknown."""
    if requirement.kind == "years":
        return _years(requirement, parsed, now, entries, shown=shown)
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
    have = years_between(parsed, entries, now=now)
    spans = [span for index in sorted(entries) if (span := _span_of_entry(parsed, index))]
    if have is None or not spans:
        dated = years_between(parsed, everything, now=now)
        return _claimed(requirement, parsed, asked, dated=dated, shown=shown)
    what = f" in {subject}" if subject else ""
    if have >= asked - 0.09:  # a month of slack: dates are read to the month
        return _verdict(
            requirement, "met", spans[:3], f"{min(have, asked):g} of {asked:g} years asked are shown by dates"
        )
    if have >= asked / 2:
        reason = f"{have:g} of {asked:g} years asked{what} are shown by dates"
        return _verdict(requirement, "partly", spans[:3], reason, score=round(have / asked, 4))
    return _verdict(
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
            return _verdict(requirement, "partly", [span], f"states {claim:g} of {asked:g} years", score=claim / asked)
        if dated is None:
            return _verdict(requirement, "met", [span], "stated, without dates that would show it", score=0.9)
        return _verdict(requirement, "partly", [span], "stated, but the dated entries do not show it", score=0.6)
    if shown:
        return _verdict(requirement, "unknown", [], "the resume gives no dates for work of this kind")
    return _verdict(requirement, "not_met", [], "no work of this kind found in the resume")


def _degree(requirement: Requirement, parsed: ParsedResume) -> RequirementScore:
    options = requirement.alternatives or (requirement.text,)
    levels = [LEVELS.index(named[0]) for option in options if (named := levels_of(option))]
    asked = min(levels, default=LEVELS.index(requirement.level) if requirement.level in LEVELS else 0)
    held = _degrees(parsed)
    experience = bool(re.search(r"equivalent|experience", requirement.text, re.IGNORECASE))
    if not held:
        schooled = any(span.section == "education" for span in parsed.spans)
        status: Status = "not_met" if schooled and not experience else "unknown"
        return _verdict(requirement, status, [], "no degree found in the resume")
    best, span = max(held, key=lambda pair: (pair[0], -pair[1].id))
    if best < asked:
        if experience:
            return _verdict(
                requirement, "unknown", [span], "a lower degree; equivalent experience would count: please judge"
            )
        return _verdict(requirement, "not_met", [span], f"the highest degree found is below {LEVELS[asked]}")
    fields = _fields(requirement.text)
    studied = next((one for level, one in held if level >= asked and _shares(fields, one.text)), None)
    if not fields or studied:
        return _verdict(requirement, "met", [studied or span], "a degree of the level asked")
    open_ended = re.search(r"related|similar|equivalent|comparable|relevant|any ", requirement.text, re.IGNORECASE)
    reason = f"a degree of the level asked, in another field than {' or '.join(sorted(fields))}"
    return _verdict(requirement, "partly", [span], reason, score=0.7 if open_ended else 0.5)


def _certificate(requirement: Requirement, parsed: ParsedResume) -> RequirementScore:
    vocabulary = Vocabulary.load()
    options = requirement.alternatives or (requirement.text,)
    asked = {
        mention.normal for option in options for mention in vocabulary.find(option) if mention.kind == "certificate"
    }
    for span in parsed.spans:
        held = {shown for mention in vocabulary.find(span.text) for shown in vocabulary.shows(mention.normal)}
        if (asked & held) or (not asked and any(_covers(option, span.text) for option in options)):
            pending = re.search(
                r"\b(?:expected|in progress|pending|studying for|scheduled|expired|lapsed)\b", span.text, re.I
            )
            if pending:
                return _verdict(requirement, "partly", [span], f"named, but {pending[0].lower()}")
            return _verdict(requirement, "met", [span], "named in the resume")
    return _verdict(requirement, "not_met", [], "not found in the resume")


def _language(requirement: Requirement, parsed: ParsedResume) -> RequirementScore:
    vocabulary = Vocabulary.load()
    asked = {
        mention.normal
        for option in requirement.alternatives or (requirement.text,)
        for mention in vocabulary.find(option)
        if mention.kind == "language"
    }
    level = requirement.level if requirement.level in _FLUENCY else None
    best: tuple[int, Span] | None = None
    for span in _language_spans(parsed):
        for spoken, fluency in _spoken(span.text, vocabulary):
            if spoken in asked:
                rank = _FLUENCY.index(fluency) if fluency else _FLUENCY.index(level or "good")
                best = max(best or (rank, span), (rank, span), key=lambda pair: pair[0])
    if best is None:
        listed = any(span.section == "languages" for span in parsed.spans) or parsed.resume.languages
        if asked == {"English"} or not listed:  # people who write in a language seldom list it
            return _verdict(requirement, "unknown", [], "the resume does not say")
        return _verdict(requirement, "not_met", [], "not among the languages that the resume lists")
    rank, span = best
    if level is None or rank >= _FLUENCY.index(level):
        return _verdict(requirement, "met", [span], "named in the resume")
    return _verdict(requirement, "partly", [span], f"named, at a lower level than {level}")


def _location(requirement: Requirement, parsed: ParsedResume) -> RequirementScore:
    """Where someone lives now decides nothing for the worse: they may move, and only a person can ask."""
    places = set(re.findall(r"[A-ZÄÖÜ][\w-]{2,}", re.sub(r"^\w+", "", requirement.text)))
    home = [span for span in parsed.spans if span.section in {"contact", "summary"}]
    for span in home or parsed.spans[:6]:
        if any(re.search(rf"\b{re.escape(place)}\b", span.text) for place in places):
            return _verdict(requirement, "met", [span], "lives in the place asked")
    moving = next((span for span in parsed.spans if _MOVES.search(span.text) and not _UNABLE.search(span.text)), None)
    if moving:
        return _verdict(requirement, "met", [moving], "is ready to move")
    return _verdict(requirement, "unknown", [], "the resume does not show it; please ask")


def _authorisation(requirement: Requirement, parsed: ParsedResume) -> RequirementScore:
    for span in parsed.spans:
        if not AUTHORISATION.search(span.text):
            continue
        needs = re.search(r"\b(?:sponsor\w*|visas?)\b", span.text, re.IGNORECASE) and _DENIED.search(span.text)
        free = re.search(r"\b(?:no|not|without)\b[^.;]*\b(?:sponsor\w*|visas?)\b", span.text, re.IGNORECASE)
        if needs and not free:
            return _verdict(requirement, "not_met", [span], "says that sponsorship is needed")
        return _verdict(requirement, "met", [span], "stated in the resume; check the document before hiring")
    return _verdict(requirement, "unknown", [], "the resume does not say; please ask")


def _shift(requirement: Requirement, parsed: ParsedResume) -> RequirementScore:
    asked = _shift_words(requirement.text)
    for span in parsed.spans:
        if asked & _shift_words(span.text) and SHIFT.search(span.text):
            if _UNABLE.search(span.text):
                return _verdict(requirement, "not_met", [span], "the resume rules it out")
            return _verdict(requirement, "met", [span], "done before, or offered")
    return _verdict(requirement, "unknown", [], "the resume does not say; please ask")


def _shift_words(text: str) -> set[str]:
    return set(re.findall(r"\b(?:night|weekend|shift|travel|on.call|overnight|overtime|holiday)", text.lower()))


_RULES: dict[str, Callable[[Requirement, ParsedResume], RequirementScore]] = {
    "degree": _degree,
    "certificate": _certificate,
    "language": _language,
    "location": _location,
    "authorisation": _authorisation,
    "shift": _shift,
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


def _degrees(parsed: ParsedResume) -> list[tuple[int, Span]]:
    """Each degree named, with its level and its span. Bare letters ("BS Biology") count among the schooling only."""
    found = []
    for span in parsed.spans:
        if span.section not in {"education", "summary", "certificates"}:
            continue
        levels = levels_of(span.text)
        if span.section == "education":
            levels += [level for level, letters in _LETTERS.items() if letters.search(span.text)]
        found += [(LEVELS.index(level), span) for level in levels]
    return found


_LETTERS = {
    "master": re.compile(r"\bM\.?[AS]\b"),
    "bachelor": re.compile(r"\bB\.?[AESC]\b"),
    "associate": re.compile(r"\bA\.?[AS]\b"),
}
_COMPUTING = {
    "computer science",
    "software engineering",
    "informatics",
    "computing",
    "information technology",
    "computer engineering",
    "information systems",
    "software development",
    "data science",
}
_NO_FIELD = re.compile(
    r"related|similar|relevant|equivalent|comparable|technical|any|discipline|field|subject", re.IGNORECASE
)


def _fields(text: str) -> set[str]:
    """The fields a degree is asked in: "in computer science or a related field" -> computer science. Nursing degrees
    carry their field in the name."""
    found = {"nursing"} if re.search(r"\b(?:BSN|MSN|ADN)\b", text) else set()
    for match in re.finditer(
        r"\b(?:degree|diploma|bachelor\S*|master\S*|science|arts|training)\s+in\s+([^,;.()]+)", text, re.IGNORECASE
    ):
        for field in re.split(r"\s+(?:or|and|with|from)\s+|/", match[1]):
            field = re.sub(r"^(?:an?|the)\s+", "", field.strip().lower())
            if field and not _NO_FIELD.search(field):
                found.add(field)
    return found


def _shares(fields: set[str], text: str) -> bool:
    lower = text.lower()
    named = fields | (_COMPUTING if fields & _COMPUTING else set())
    if "nursing" in fields and re.search(r"\b(?:bsn|msn|adn|nurs\w+)\b", lower):
        return True
    return any(_covers(field, lower) for field in named)


def _language_spans(parsed: ParsedResume) -> list[Span]:
    """Where a resume speaks of languages; elsewhere "German" may be a customer or a name."""
    return [span for span in parsed.spans if span.section == "languages" or SPEECH.search(span.text)]


def _spoken(text: str, vocabulary: Vocabulary) -> list[tuple[str, str | None]]:
    """Languages and their fluency. "German (B2), English: native" and "fluent in German" are both read: the words up
    to the next language belong to one, else those before it."""
    mentions = [mention for mention in vocabulary.find(text) if mention.kind == "language"]
    found, before = [], 0
    for index, mention in enumerate(mentions):
        until = mentions[index + 1].start if index + 1 < len(mentions) else len(text)
        after = re.split(r"[,;|•·]", text[mention.end : until])[0]
        found.append((mention.normal, fluency_of(after) or fluency_of(text[before : mention.start])))
        before = mention.end
    return found


# ---------------------------------------------------------------- evidence


def quote(span: Span, similarity: float | None = None) -> Evidence:
    """A span as evidence: its own words, and where they stand."""
    return Evidence(
        quote=span.text,
        page=span.page,
        line=span.line,
        start=span.start,
        end=span.end,
        similarity=similarity,
        areas=span.areas,
    )


def placed(score: RequirementScore, document: str) -> RequirementScore:
    """The same verdict, its evidence tied to the file of this sha256."""
    evidence = tuple(one.model_copy(update={"document": document}) for one in score.evidence)
    return score.model_copy(update={"evidence": evidence}) if evidence else score


def _verdict(
    requirement: Requirement, status: Status, spans: Sequence[Span], reason: str, *, score: float | None = None
) -> RequirementScore:
    return RequirementScore(
        requirement_id=requirement.id,
        status=status,
        score=round(_SCORES[status] if score is None else score, 4),
        evidence=tuple(quote(span) for span in spans),
        reason=reason,
    )
