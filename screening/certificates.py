"""Which certificates and licences a resume shows. Pure; called by `screening.rules`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from matching.skills import Vocabulary, without_spaces
from models.values import ParsedResume, Requirement, Span
from screening.cues import CERTIFICATE
from screening.evidence import Verdict, verdict
from screening.noted import Noted

GENERIC = frozenset(
    """
    a an the of in on at to for with and or as by from least minimum min more over than plus years year yrs experience
    professional work working relevant proven practical similar role roles position related field area job full time
    commercial hands total overall prior previous industry environment strong solid must have you should
    """.split()  # noqa: SIM905 - a list literal of words is unreadable
)
"""Words that say nothing of what is asked."""


def certificate(requirement: Requirement, noted: Noted) -> Verdict:
    """A driving licence that is not mentioned is unknown: people seldom list one."""
    options = requirement.alternatives or (requirement.text,)
    asked = _certificates(options)
    driving = bool(_DRIVING.search(requirement.text))
    law = any(re.search(r"\blaw degree\b", option, re.IGNORECASE) for option in options)
    found = _naming(asked, noted) if asked else _covering(options, noted)
    found |= noted.of(drives) if driving else set()
    found |= noted.of(practises_law) if law else set()
    if found:
        return _held_certificate(requirement, noted.parsed.spans[min(found)])
    if driving:
        return verdict(requirement, "unknown", [], "the resume does not mention one; please ask")
    return verdict(requirement, "not_met", [], "not found in the resume")


@lru_cache(maxsize=256)
def _certificates(options: tuple[str, ...]) -> frozenset[str]:
    mentions = (mention for option in options for mention in Vocabulary.load().find(option))
    return frozenset(mention.normal for mention in mentions if mention.kind == "certificate")


def _naming(asked: frozenset[str], noted: Noted) -> set[int]:
    """The place of the first span that names what shows one of these."""
    vocabulary = Vocabulary.load()
    texts = noted.of(squeezed)
    whole = "\n".join(texts)
    written = [form for form in vocabulary.written(asked) if form in whole]
    for place, text in enumerate(texts) if written else ():
        if place not in noted.of(denials) and any(form in text for form in written):
            named = vocabulary.find(noted.parsed.spans[place].text)
            if any(asked & vocabulary.shows(mention.normal) for mention in named):
                return {place}
    return set()


def _covering(options: Iterable[str], noted: Noted) -> set[int]:
    """Places of spans that hold most of the telling words of an option."""
    wanted = [words for option in options if (words := _telling_words(option))]
    spans = enumerate(noted.of(telling))
    return {place for place, given in spans if place not in noted.of(denials) and _most(wanted, given)}


def _most(wanted: Iterable[frozenset[str]], given: str) -> bool:
    return any(sum(f" {word} " in given for word in words) * 3 >= len(words) * 2 for words in wanted)


def squeezed(parsed: ParsedResume) -> list[str]:
    return [without_spaces(span.text) for span in parsed.spans]


def telling(parsed: ParsedResume) -> list[str]:
    """The words of each span."""
    return [_words(span.text) for span in parsed.spans]


def denials(parsed: ParsedResume) -> set[int]:
    """Places of spans that tell of certificates which others hold, or nobody does."""
    return {place for place, span in enumerate(parsed.spans) if _NOT_HELD.search(span.text)}


def drives(parsed: ParsedResume) -> set[int]:
    return _places(_DRIVES, parsed)


def practises_law(parsed: ParsedResume) -> set[int]:
    return _places(_LAWYER, parsed)


def _places(words: re.Pattern[str], parsed: ParsedResume) -> set[int]:
    return {place for place, span in enumerate(parsed.spans) if words.search(span.text)} - denials(parsed)


LOOKS = (squeezed, telling, denials, drives, practises_law)


def _held_certificate(requirement: Requirement, span: Span) -> Verdict:
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


def covers(asked: str, text: str) -> bool:
    """Are most of the telling words of `asked` in `text`?"""
    wanted = _telling_words(asked)
    return bool(wanted) and _most([wanted], _words(text))


@lru_cache(maxsize=1024)
def _telling_words(asked: str) -> frozenset[str]:
    return frozenset(_stem(word) for word in re.findall(r"[\w+#]+", asked.lower()) if word not in GENERIC)


def _words(text: str) -> str:
    """Each with a space on both sides."""
    words = (_stem(word) for word in re.findall(r"[\w+#]+", text.lower()))
    return f" {' '.join(words)} "


def _stem(word: str) -> str:
    return re.sub(r"(?:ing|ers?|ed|es|s)$", "", word) if len(word) > 4 else word
