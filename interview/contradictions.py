"""Where a resume and an interview say different things: something to ask about, never a fault of anybody. Called by
`interview.report`.

Few and right rather than many: each rule needs plain words about oneself ("I have never used Kubernetes", "I left Acme
in 2019"), names what the resume says to the contrary, and quotes both sides. Words about another time, a single project
or other people are left alone, as is whatever has two readings. English only. A recogniser mishears and resumes grow
old, so nothing here touches a rating.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from interview.evidence import Sentence, sentences
from models.values import Education, ParsedResume, Span, Turn, TurnEvidence

Kind = Literal["years", "title", "employer", "dates", "degree", "certificate", "skill"]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """`resume` is quoted from the resume (`page`, `line`: where it stands, None where not known), `said` from the
    candidate's turn. `ask`: a question for the next talk with a person."""

    kind: Kind
    subject: str
    resume: str
    page: int | None
    line: int | None
    said: TurnEvidence
    ask: str


def contradictions(resume: ParsedResume | None, turns: Sequence[Turn]) -> tuple[Contradiction, ...]:
    """In the order they were said, each subject once. Nothing without a resume, or one in another language."""
    if resume is None or resume.language != "en":
        return ()
    found: dict[tuple[Kind, str], Contradiction] = {}
    asked = ""
    for index, turn in enumerate(turns):
        if turn.role == "interviewer":
            asked = turn.text
            continue
        said = sentences(index, turn, lambda text: text)
        for sentence in said:
            for one in (
                *_of_sentence(sentence, resume),
                *(_of_no(asked, sentence, resume) if sentence is said[0] else ()),
            ):
                found.setdefault((one.kind, one.subject.casefold()), one)
    return tuple(found.values())


def _of_sentence(sentence: Sentence, resume: ParsedResume) -> Iterator[Contradiction]:
    if _ASIDE.search(sentence.quote):
        return
    yield from _skills(sentence, resume)
    yield from _certificates(sentence, resume)
    yield from _degrees(sentence, resume)
    yield from _years(sentence, resume)
    yield from _work(sentence, resume)


_ASIDE = re.compile(
    r"\b(?:at (?:the|that|this) (?:time|point|stage)|back then|in those days|until|before (?:that|then|i|we|the|this)|"
    r"when (?:i|we) (?:started|began|joined|came)|on (?:that|this) (?:project|team|job|ward|shift|account)|if|unless|"
    r"(?:he|she|they|who) \w+|(?:my|our|the|a) (?:colleagues?|managers?|customers?|clients?|patients?|boss|team)|"
    r"said|says|told|asked|thought|suppose|pretend|imagine|i had (?:never|not|no))\b",
    re.IGNORECASE,
)
"""Words that make a sentence be about another time, a condition or another person."""
_NOT_CLAIMED = re.compile(
    r"\b(?:no|not|without|never|learning|basics?|beginner|interested|interest|exposure|familiar\w*|course|planned|"
    r"expected|ongoing|in progress|incomplete|unfinished|discontinued|dropped|withdrew|coursework|towards?)\b",
    re.IGNORECASE,
)
"""A resume that says no more than this claims nothing."""

# ---------------------------------------------------------------- no experience with it

_I_HAVE_NOT = r"\bI(?: have|['’]ve) (?:never|not(?: ever)?|not yet)|\bI haven['’]?t(?: ever)?"
_NEVER_USED = re.compile(
    rf"(?:(?:{_I_HAVE_NOT}) (?:(?:actually|really|personally|ever) )?"
    r"(?:used|worked with|worked in|touched|programmed in|learn(?:ed|t)|tried)"
    r"|\bI (?:have|['’]ve got) (?:absolutely )?(?:no|zero) (?:\w+ )?experience (?:with|in|of|using)"
    r"|\bI (?:do not|don['’]?t) have (?:any )?(?:\w+ )?experience (?:with|in|of|using)"
    r"|\bI (?:do not|don['’]?t) know)\s+(?:any\s+)?(?P<what>[^,.;!?]+)",
    re.IGNORECASE,
)
_AFTER = re.compile(r"\s*(?:$|at all|yet|so far|before$|but\b|or\b|in my (?:life|career)|to be honest|honestly)", re.I)
"""What may follow the name of a skill. "In production", "on my own", "at that scale" say something else."""


def _skills(sentence: Sentence, resume: ParsedResume) -> Iterator[Contradiction]:
    for match in _NEVER_USED.finditer(sentence.quote):
        for name in _claimed_skills(resume):
            start = _starts_with(match["what"], name)
            span = _span_with(resume.spans, name) if start is not None else None
            if start is not None and _AFTER.match(match["what"][start:]) and not (span and _denies(span, name)):
                yield _found(
                    *("skill", name, span, name, sentence),
                    f"The resume names {name}. What have you done with it yourself, and how long ago?",
                )
                break


def _claimed_skills(resume: ParsedResume) -> list[str]:
    """Longest first, so that "React Native" is not taken for "React"."""
    names = {name.strip() for skill in resume.resume.skills for name in (skill.name, *skill.keywords)}
    return sorted((name for name in names if name), key=lambda name: (-len(name), name))


def _starts_with(text: str, name: str) -> int | None:
    """Where `name` ends at the beginning of `text`. Names of up to three letters must be written alike ("Go")."""
    flags = 0 if len(name) <= 3 else re.IGNORECASE
    match = re.match(rf"\s*{re.escape(name)}(?![\w+#])", text, flags)
    return match.end() if match else None


def _denies(span: Span, name: str) -> bool:
    """The span takes the claim back: "Kubernetes (basics)" in a list, or "Currently learning: Go, Rust"."""
    place = span.text.casefold().find(name.casefold())
    begins = max(span.text.rfind(sign, 0, place) for sign in ",;|") + 1
    own = re.split("[,;|]", span.text[place:], maxsplit=1)[0]
    return bool(_NOT_CLAIMED.search(span.text[:20]) or _NOT_CLAIMED.search(span.text[begins:place] + own))


# ---------------------------------------------------------------- certificates and licences

_NO_PAPER = re.compile(
    r"(?:\bI (?:do not|don['’]?t|no longer|never) (?:currently )?(?:have|hold|had|held|got)|\bI have no"
    r"|\bI(?: have|['’]ve) never (?:had|held|got))"
    r"\s+(?P<what>(?:[\w'’-]+\s+){0,5}?(?:licen[cs]e|certificat\w+|registration))\b"
    r"|\bmy (?P<lapsed>(?:[\w'’-]+\s+){0,4}?(?:licen[cs]e|certificat\w+|registration)) "
    r"(?:(?:has|is) (?:\w+ )?)?(?:expired|lapsed|revoked|suspended)\b",
    re.IGNORECASE,
)
_PLAIN = frozenset(
    {
        "a",
        "an",
        "the",
        "any",
        "my",
        "current",
        "valid",
        "active",
        "own",
        "full",
        "licence",
        "license",
        "certificate",
        "certification",
        "certified",
        "registration",
        "registered",
        "professional",
        "of",
        "in",
        "for",
        "and",
        "or",
        "as",
        "i",
        "state",
        "board",
    }
)
_NO = re.compile(r"no\b(?!\s*(?:problem|doubt|worries))[,.!]?", re.IGNORECASE)
_DO_YOU_HOLD = re.compile(
    r"\b(?:do you (?:currently )?(?:hold|have)|are you)\s+"
    r"(?P<what>(?:[\w'’-]+\s+){0,6}?(?:licen[cs]e|certificat\w+|registration))\b",
    re.IGNORECASE,
)


def _certificates(sentence: Sentence, resume: ParsedResume) -> Iterator[Contradiction]:
    for match in _NO_PAPER.finditer(sentence.quote):
        yield from _paper(match["what"] or match["lapsed"], sentence, resume)


def _of_no(asked: str, sentence: Sentence, resume: ParsedResume) -> Iterator[Contradiction]:
    """A plain "no" to "do you hold ...?"."""
    if _NO.match(sentence.quote) and not re.search(r"\bbut\b|\byes\b", sentence.quote, re.IGNORECASE):
        for match in _DO_YOU_HOLD.finditer(asked):
            yield from _paper(match["what"], sentence, resume)


def _paper(what: str, sentence: Sentence, resume: ParsedResume) -> Iterator[Contradiction]:
    wanted = _stems(what)
    for certificate in resume.resume.certificates:
        if wanted and wanted <= _stems(certificate.name):
            span = _span_with(resume.spans, certificate.name)
            if span is None or not _denies(span, certificate.name):
                yield _found(
                    *("certificate", certificate.name, span, certificate.name, sentence),
                    f"The resume names '{certificate.name}'. Is it held today? Please show it.",
                )
            return


def _stems(text: str) -> set[str]:
    """The words that tell one paper from another, cut to four letters ("nurse" and "nursing" meet)."""
    words = re.findall(r"[a-z0-9+#]+", text.casefold())
    return {word[:4] for word in words if word not in _PLAIN}


# ---------------------------------------------------------------- degrees

_DEGREE = r"(?P<degree>degree|bachelor['’]?s?|master['’]?s?|ph\.?d|doctorate|mba)"
_NO_DEGREE = re.compile(
    rf"(?:\bI (?:do not|don['’]?t) have an?|\bI have no|\bI never (?:finished|completed|got|earned)(?: an?| my)?"
    rf"|\bI (?:did not|didn['’]?t) (?:finish|complete|get|earn)(?: an?| my)?)\s+(?:(?:university|college) )?{_DEGREE}"
    rf"(?!\s+(?:in|of|from|at)\b)",
    re.IGNORECASE,
)
_LEVELS = {
    "bachelor": re.compile(r"\b(?:bachelor\w*|b\.?sc|b\.?a|b\.?eng|bs|bsn)\b", re.IGNORECASE),
    "master": re.compile(r"\b(?:master\w*|m\.?sc|m\.?a|m\.?eng|mba|ms)\b", re.IGNORECASE),
    "doctor": re.compile(r"\b(?:ph\.?\s?d|doctor\w*)\b", re.IGNORECASE),
}


def _degrees(sentence: Sentence, resume: ParsedResume) -> Iterator[Contradiction]:
    for match in _NO_DEGREE.finditer(sentence.quote):
        wanted = match["degree"].casefold()
        level = next((name for name, pattern in _LEVELS.items() if pattern.search(wanted)), None)
        for number, entry in enumerate(resume.resume.education):
            text = " ".join(filter(None, (entry.study_type, entry.area)))
            levels = {name for name, pattern in _LEVELS.items() if pattern.search(text)}
            if levels and (level is None or level in levels) and _finished(entry, number, resume):
                span = _span_with(resume.spans, entry.study_type or "")
                yield _found(
                    *("degree", text, span, text, sentence),
                    f"The resume names '{text}'. When and where was it completed?",
                )
                break


def _finished(entry: Education, number: int, resume: ParsedResume) -> bool:
    own = [span.text for span in resume.spans if span.section == "education" and span.entry == number]
    return entry.end_date is not None and not any(_NOT_CLAIMED.search(text) for text in own)


# ---------------------------------------------------------------- years

_NUMBERS = (
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen"),
    *("fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
)
_NUMBER = {name: value for value, name in enumerate(_NUMBERS, 1)}
_YEARS_SAID = re.compile(
    rf"\bI(?: have|['’]ve)(?: got| had)? (?:(?P<over>over|more than|at least)|about|around|roughly|only|just)? ?"
    rf"(?P<n>\d{{1,2}}|{'|'.join(_NUMBER)}) years?(?:['’])?(?: of)?(?: (?:work|working|professional|total))? experience"
    r"(?P<rest>[^,.;!?]*)",
    re.IGNORECASE,
)
_IN_ALL = re.compile(r"\s*(?:$|in total|overall|in all|altogether|now|so far)", re.IGNORECASE)
APART, RATIO = 3.0, 0.67
"""Years, and the smaller over the larger: nearer figures are one truth told twice, rounded or a year older."""


def _years(sentence: Sentence, resume: ParsedResume) -> Iterator[Contradiction]:
    """Only years of work in all; what lies between the resume's own figures, dates and claims, contradicts nothing."""
    for match in _YEARS_SAID.finditer(sentence.quote):
        said = float(_NUMBER.get(match["n"].casefold()) or match["n"])
        whole = [claim for claim in resume.claims if re.search(r"years?.{0,12}experience\b\s*(?:$|[.,;])", claim.quote)]
        figures = [claim.years for claim in whole] + ([resume.years] if resume.years is not None else [])
        if not figures or not _IN_ALL.match(match["rest"]) or (match["over"] and said < max(figures)):
            continue
        if all(abs(said - own) >= APART and min(said, own) / max(said, own) < RATIO for own in figures):
            if min(figures) < said < max(figures):
                continue
            claim = max(whole, key=lambda one: one.years, default=None)
            quote = claim.quote if claim else f"{resume.years:.0f} years, by the dates of its entries"
            yield Contradiction(
                kind="years",
                subject="years of experience",
                resume=quote,
                page=claim.source.page if claim else None,
                line=claim.source.line if claim else None,
                said=sentence.evidence(),
                ask="Which years of work does each of the two figures count?",
            )


# ---------------------------------------------------------------- employers, dates, titles

_NEVER_THERE = re.compile(
    r"\bI(?: have|['’]ve)? never (?:actually )?worked (?:at|for) (?P<what>[^,.;!?]+)", re.IGNORECASE
)
_WHEN = re.compile(
    r"\bI (?P<what>left|joined|started at|started with|began at) (?P<where>[^,.;!?]+?) in (?P<year>(?:19|20)\d\d)\b",
    re.IGNORECASE,
)
_WAS = re.compile(
    r"\bI(?: was|['’]m| am| worked as)(?: an?| the)? (?P<title>(?:[\w/-]+ ){0,4}?[\w/-]+) (?:at|for|with) "
    r"(?P<where>[^,.;!?]+)",
    re.IGNORECASE,
)
_FAMILIES = (
    frozenset(
        {"engineer", "developer", "programmer", "coder", "architect", "technician", "consultant", "administrator"}
    ),
    frozenset({"nurse", "midwife"}),
    frozenset({"intern", "trainee", "apprentice", "student", "volunteer"}),
    frozenset({"waiter", "waitress", "cashier", "cook", "driver", "cleaner", "receptionist"}),
    frozenset({"teacher", "lecturer", "instructor", "tutor"}),
    frozenset({"accountant", "bookkeeper", "auditor"}),
)
"""Last words of titles that mean different work. A title outside them is not compared, nor one of two families."""
YEARS_OFF = 2


def _work(sentence: Sentence, resume: ParsedResume) -> Iterator[Contradiction]:
    for match in _NEVER_THERE.finditer(sentence.quote):
        for name in _employers(resume):
            end = _starts_with(match["what"], name)
            if end is not None and _AFTER.match(match["what"][end:]):
                yield _found(
                    *("employer", name, _span_with(resume.spans, name), name, sentence),
                    f"The resume names {name} as an employer. In what capacity was that?",
                )
    for match in _WHEN.finditer(sentence.quote):
        yield from _date(match, sentence, resume)
    for match in _WAS.finditer(sentence.quote):
        yield from _title(match, sentence, resume)


def _employers(resume: ParsedResume) -> list[str]:
    return list(dict.fromkeys(work.name for work in resume.resume.work if work.name and len(work.name) > 2))


def _at(where: str, resume: ParsedResume) -> str | None:
    """The resume's employer that is named, and nothing more ("Acme" but not "Acme's customers")."""
    return next((name for name in _employers(resume) if where.strip().casefold() == name.casefold()), None)


def _date(match: re.Match[str], sentence: Sentence, resume: ParsedResume) -> Iterator[Contradiction]:
    name = _at(match["where"], resume)
    left = match["what"].casefold() == "left"
    entries = [work for work in resume.resume.work if name is not None and work.name == name]
    dates = [work.end_date if left else work.start_date for work in entries]
    if not dates or any(date is None for date in dates):
        return
    if all(abs(int(date[:4]) - int(match["year"])) >= YEARS_OFF for date in dates if date):
        own = f"{name}: {'until' if left else 'from'} {', '.join(date for date in dates if date)}"
        ask = f"From when to when did you work at {name}?"
        yield Contradiction("dates", f"{name}, {'end' if left else 'start'}", own, None, None, sentence.evidence(), ask)


def _title(match: re.Match[str], sentence: Sentence, resume: ParsedResume) -> Iterator[Contradiction]:
    name = _at(match["where"], resume)
    titles = [work.position for work in resume.resume.work if name is not None and work.name == name]
    said = _families(match["title"].split()[-1:])
    known = [_families(title.split()) for title in titles if title]
    if name is None or len(said) != 1 or not known or len(known) < len(titles):
        return
    if all(len(own) == 1 and own != said for own in known):
        own = f"{', '.join(title for title in titles if title)}, {name}"
        ask = f"What was your position at {name}, and who reported to whom?"
        yield Contradiction("title", name, own, None, None, sentence.evidence(), ask)


def _families(words: Sequence[str]) -> set[int]:
    plain = {word.casefold().strip("()/,") for word in words}
    return {number for number, family in enumerate(_FAMILIES) if plain & family}


# ---------------------------------------------------------------- quoting


def _span_with(spans: Sequence[Span], text: str) -> Span | None:
    pattern = re.compile(rf"(?<!\w){re.escape(text)}(?!\w)", re.IGNORECASE)
    return next((span for span in spans if text and pattern.search(span.text)), None)


def _found(kind: Kind, subject: str, span: Span | None, otherwise: str, sentence: Sentence, ask: str) -> Contradiction:
    page, line = (span.page, span.line) if span else (None, None)
    return Contradiction(kind, subject, span.text if span else otherwise, page, line, sentence.evidence(), ask)
