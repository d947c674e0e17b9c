"""Takes out of a text what must not weigh in a score: who someone is, how old, where they live, what they are called.

`screening.screen` passes every span through a `Redactor` before it is embedded or matched, `interview.evaluate` every
answer. What is taken out becomes a placeholder of constant form, so two people who differ only in these things leave
the same text, and with it exactly the same score.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Redacted:
    """`removed`: the kinds of what was taken out, each once, in the order of `KINDS`."""

    text: str
    removed: tuple[str, ...]


KINDS = (
    "email",
    "url",
    "phone",
    "birth_date",
    "age",
    "nationality",
    "religion",
    "family",
    "gender",
    "address",
    "postcode",
    "graduation_year",
    "pronoun",
    "name",
)

_YEAR = r"(?:19[4-9]\d|20[0-4]\d)"
_LABEL = r"\s*[:=]\s*[^\n,;|·•]{1,40}"
_OFFSPRING = (
    r"(?:[,;]?\s+(?:and |with |und |mit |et |y )?(?:\w+\s+)?(?:child(?:ren)?|kids?|sons?|daughters?|depend[ae]nts?|"
    r"kind(?:er)?|enfants?|hij[oa]s?)(?!\w))*"
)
"""What follows a marital status behind a comma."""
_STREET = (
    r"(?:Street|St\.?|Road|Rd\.?|Avenue|Ave\.?|Lane|Ln\.?|Drive|Dr\.?|Boulevard|Blvd\.?|Court|Ct\.?|Way|Place|Pl\.?|"
    r"Terrace|Square|Crescent|Close|Parkway|Pkwy\.?|Highway|Hwy\.?)"
)
_SCHOOLING = re.compile(
    r"\b(?:graduat\w+|class of|alumn\w+|degree|diploma|bachelor\w*|master['’]?s?|b\.?sc|m\.?sc|b\.?a|m\.?a|b\.?eng|"
    r"m\.?eng|b\.?tech|m\.?tech|mba|bsn|msn|adn|ph\.?d|doctorate|universit\w+|college|high school|gymnasium|"
    r"abitur|hochschule|université|universidad|instituto?|school of|gpa|gcse|a-levels?|academy)\b",
    re.IGNORECASE,
)
_YEARS = re.compile(rf"(?<![\w/.-]){_YEAR}(?:\s*(?:[-–—/]|to)\s*(?:{_YEAR}|\d\d|present|now))?(?![\w-])", re.IGNORECASE)


def _word(pattern: str, flags: int = re.IGNORECASE) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", flags)


_RULES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("email", re.compile(r"(?:mailto:)?[\w.+%'-]+@[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)),
    (
        "url",
        re.compile(
            r"(?:https?://|www\.)[^\s,;)|]+|(?<![\w@.])(?:[\w-]+\.)*(?:linkedin|github|gitlab|xing|facebook|twitter|"
            r"instagram|behance|medium)\.(?:com|io|de)/[^\s,;)|]*|(?<![\w@.])[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|dev|me|info)"
            r"/[^\s,;)|]*",
            re.IGNORECASE,
        ),
    ),
    (
        "birth_date",
        _word(
            r"(?:date of birth|d\.?o\.?b\.?|birth ?date|birthday|geburtsdatum|geboren(?: am)?|date de naissance|"
            r"fecha de nacimiento|born(?: on| in)?)\s*[:\-–]?\s*"
            rf"(?:\d{{1,2}}[./-]\d{{1,2}}[./-]\d{{2,4}}|{_YEAR}-\d\d-\d\d|"
            rf"(?:\d{{1,2}}(?:st|nd|rd|th|\.)?\s+)?[^\W\d]{{3,9}}\.?\s+(?:\d{{1,2}}(?:st|nd|rd|th)?,?\s+)?{_YEAR}|{_YEAR})"
        ),
    ),
    ("age", _word(rf"age{_LABEL}|aged? \d\d|\d\d[- ]years?[- ](?:old|of age)|alter{_LABEL}|âge{_LABEL}|edad{_LABEL}")),
    (
        "nationality",
        _word(
            rf"(?:nationality|citizenship|nationalität|staatsangehörigkeit|nationalité|nacionalidad|ethnicity|race|"
            rf"place of birth|birthplace|geburtsort){_LABEL}|"
            r"(?-i:(?!Senior)[A-Z]\w+ (?:citizen|national|passport(?: holder)?))"
        ),
    ),
    ("religion", _word(rf"(?:religion|denomination|konfession|religious belief){_LABEL}")),
    (
        "family",
        _word(
            rf"(?:marital status|family status|familienstand|civil status|état civil|estado civil|children|kinder|"
            rf"dependants|dependents){_LABEL}{_OFFSPRING}|(?:(?:happily )?married|divorced|widowed){_OFFSPRING}|"
            r"(?:mother|father|parent|mum|mom|dad) of (?:\w+)(?: (?:children|kids|boys|girls))?"
        ),
    ),
    (
        "gender",
        _word(
            rf"(?:gender|sex|geschlecht|sexe|sexo){_LABEL}|(?:fe)?male|(?:wo)?men['’]s(?= (?:\w+ )?(?:club|team|"
            r"society|association|league|network|chess|soccer|football|basketball|rugby|hockey|rowing|choir|college|captain))|"
            r"(?:frater|soror)nity|sorority"
        ),
    ),
    (
        "address",
        _word(
            rf"\d{{1,5}}[a-z]?,?\s+(?:(?-i:[A-Z\d])[\w.'’-]*\s+){{1,4}}(?-i:{_STREET})"
            r"(?:,?\s+(?:apt|apartment|unit|flat|suite|ste|#)\.?\s*\w+)?|"
            r"(?:flat|apartment|apt\.?) \d+\w?|p\.?\s?o\.? box \d+|"
            r"(?-i:[A-ZÄÖÜ])[\wäöüß-]*(?:stra(?:ß|ss)e|str\.|gasse|platz|weg|allee)\s+\d{1,4}\s?[a-z]?|"
            r"\d{1,4},?\s+(?:rue|avenue|boulevard|place)\s+(?:de |du |des |la |le )*(?-i:[A-Z])\w+|"
            r"(?:calle|avenida|via)\s+(?:de )?(?-i:[A-Z])\w+,?\s+\d{1,4}"
        ),
    ),
    (
        "postcode",
        _word(
            r"(?<=[A-Z]{2} )\d{5}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}|[A-Z]\d[A-Z] \d[A-Z]\d|"
            r"(?:D|A|CH)-\d{4,5}|\d{5}(?=,? (?:[A-ZÄÖÜ][a-zäöüß]+)$)|(?:[Zz]ip(?: code)?|[Pp]ostcode|PLZ):? \w{3,8}",
            0,
        ),
    ),
)
_HINTS = {"email": re.compile("@"), "url": re.compile(r"/|www\.", re.IGNORECASE)}
"""What a text must hold for a rule to be worth trying."""
_PHONE = re.compile(r"(?<![\w.])(?:\+|00)?\(?\d[\d\s().\-–/]{6,18}\d(?![\w])(?:\s*(?:ext\.?|x)\s*\d{1,5})?")
_PHONE_LABEL = re.compile(
    r"\b(?:phone|mobile|cell|tel|telephone|telefon|fax)\b\.?\s*[:\-–]?\s*[+(\d][\d\s().\-–]{5,18}\d", re.IGNORECASE
)
_PRODUCTS = (
    "Excel|Word|Office|Power|Access|Outlook|SQL|Azure|Project|Teams|Visio|Windows|Dynamics|Dos|Exchange|Server|Visual|"
    "Share"
)
"""What "Ms" stands before that is no person."""
_PRONOUN = re.compile(
    r"(?<!\w)(?:\(?(?:she|he|they)\s*/\s*(?:her|him|them)s?(?:\s*/\s*(?:hers|his|theirs))?\)?|"
    r"[Hh]e|[Ss]he|[Hh]im|[Hh]er|[Hh]is|[Hh]ers|[Hh]imself|[Hh]erself|HE|SHE|HER|"
    r"[Tt]hey|[Tt]hem|[Tt]heirs?|[Tt]hemsel(?:f|ves)|THEY|THEIR|"
    rf"(?:Mr|Mrs|Ms(?! (?:{_PRODUCTS}))|Miss|Mister|Herr|Frau|Sir|Madam|Mme|Señora?)\b\.?)(?!\w)"
)
_LABELLED = re.compile(
    r"^(\W*(?:full |first |last |candidate |sur|fore|given |family )?name\b[\s*_]*:[\s*_]*)([^\W\d_][^\n|,;·•:]{1,60})",
    re.IGNORECASE,
)
"""A name that says so is taken out whoever the redactor was built for: the parser may have missed it."""
_HONOURED = re.compile(
    rf"(?<!\w)((?:Dr|Prof|Mr|Mrs|Ms|Miss|Herr|Frau)\.?[^\S\n]+)(?!(?:{_PRODUCTS}))[^\W\d_a-z][\w'’-]+"
    r"(?:[^\S\n]+[^\W\d_a-z][\w'’-]+)?(?!\])"
)
"""Whoever it is: an employer called Dr. Huber must not read otherwise where the candidate is a Huber too."""
_TOKEN = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*")
ORDINARY = frozenset(
    """
    will may mark grace hope faith joy rich bill rose dawn art frank earnest drew pat rob sue jean page young long short
    king best good major case field park hall church banks cook baker carter hunter porter turner chase price power day
    june april august summer winter west north white black brown green gray wise sharp bright law pope ray dean penny
    ruby amber pearl crystal sunny noble swift stone wood woods rivers brooks lane miles wells ford cash rush
    """.split()  # noqa: SIM905 - a list literal of words is unreadable
)
"""Names that are also words: alone at the start of a sentence or in lower case they are left standing."""


class Redactor:
    """Built once a person from the names they go by; pure after that and safe to share between threads."""

    def __init__(self, names: Sequence[str] = ()) -> None:
        parts = [part for name in names for part in _TOKEN.findall(name)]
        self._parts = frozenset(
            fold for part in parts for piece in re.split(r"['’\-]", part) if len(fold := _fold(piece)) > 1
        )
        self._whole = tuple(name.strip() for name in names if _unspaced(name))

    def redact(self, text: str, *, section: str = "") -> Redacted:
        """`section` is the span's (see `Span.section`): in "education" every year goes, elsewhere only where the text
        itself speaks of schooling."""
        removed: set[str] = set()

        def put(kind: str) -> str:
            removed.add(kind)
            return f"[{kind}]"

        text = _LABELLED.sub(lambda match: match[1] + put("name"), text)
        text = _HONOURED.sub(lambda match: match[1] + put("name"), text)
        for kind, pattern in _RULES:
            if (kind not in _HINTS or _HINTS[kind].search(text)) and pattern.search(text):
                text = pattern.sub(put(kind), text)
        text = _PHONE_LABEL.sub(lambda _: put("phone"), text)
        text = _PHONE.sub(lambda match: put("phone") if _is_phone(match[0]) else match[0], text)
        if _YEARS.search(text) and (section == "education" or _SCHOOLING.search(text)):
            text = _YEARS.sub(lambda _: put("graduation_year"), text)
        text = _PRONOUN.sub(lambda _: put("pronoun"), text)
        if self._parts or self._whole:
            text, found = self._without_names(text)
            removed |= {"name"} if found else set()
        return Redacted(text, tuple(kind for kind in KINDS if kind in removed))

    def _without_names(self, text: str) -> tuple[str, bool]:
        plain = text
        for whole in self._whole:
            plain = plain.replace(whole, "[name]")
        pieces, at = [], 0
        for start, end in self._runs(plain) if self._may_name(plain) else ():
            pieces += [plain[at:start], "[name]"]
            at = end
        return "".join([*pieces, plain[at:]]), bool(pieces) or plain != text

    def _may_name(self, text: str) -> bool:
        """Quick to say no, which is right for nearly every line."""
        folded = text.lower() if text.isascii() else _fold(text)
        return any(part in folded for part in self._parts)

    def _runs(self, text: str) -> Iterator[tuple[int, int]]:
        """Where a name stands: neighbouring parts, with initials between them, are one name."""
        tokens = list(_TOKEN.finditer(text))
        at = 0
        while at < len(tokens):
            if not self._is_part(tokens[at][0]) or _in_brackets(text, tokens[at]):
                at += 1
                continue
            last = at
            while (follower := self._follower(text, tokens, last)) is not None:
                last = follower
            if self._is_name(tokens[at : last + 1]) if last > at else self._stands_alone(text, tokens, at):
                yield tokens[at].start(), tokens[last].end()
            at = last + 1

    def _follower(self, text: str, tokens: list[re.Match[str]], last: int) -> int | None:
        """The next part of the same name, at most one initial away."""
        for ahead in (last + 1, last + 2):
            if ahead >= len(tokens):
                return None
            gap = text[tokens[ahead - 1].end() : tokens[ahead].start()]
            if not re.fullmatch(r"[\s.,]{1,3}", gap):
                return None
            if self._is_part(tokens[ahead][0]):
                return ahead
            if len(tokens[ahead][0]) > 1:
                return None
        return None

    @staticmethod
    def _is_name(tokens: list[re.Match[str]]) -> bool:
        """Parts side by side are a name, but "they will chase" is none of Will Chase's."""
        return any(not token[0].islower() or _fold(token[0]) not in ORDINARY for token in tokens)

    def _is_part(self, token: str) -> bool:
        pieces = [fold for piece in re.split(r"['’\-]", token) if len(fold := _fold(piece)) > 1]
        return bool(pieces) and all(piece in self._parts for piece in pieces)

    def _stands_alone(self, text: str, tokens: list[re.Match[str]], at: int) -> bool:
        """A single part of a name: is it the person, or "JPMorgan Chase", "Austin, Texas", "Will relocate"?"""
        token = tokens[at]
        if not token[0][0].isupper() and token[0].isascii():
            return False
        before, after = text[: token.start()].rstrip(), text[token.end() :]
        if _GREETED.search(text[: token.start()]) and not re.match(r" (?!\[)[A-ZÄÖÜ\d]", after):
            return True
        starts = not before or before[-1] in ".!?:•"
        if _fold(token[0]) in ORDINARY and (starts or _fold(token[0]) in {"may", "june", "april", "august"}):
            return False
        neighbour = tokens[at - 1] if at else None
        if neighbour and not starts and neighbour[0][0].isupper() and neighbour[0] not in _TITLES:
            gap = text[neighbour.end() : token.start()]
            if gap == " ":
                return False
        return not re.match(r",? (?!\[)[A-ZÄÖÜ][\w.&-]*", after)


_TITLES = frozenset(
    """
    Dr Prof Dear By Name I Am Hi Hello Hey Hiya Thanks Welcome Great Good Nice Okay Ok Well So And But Yes Yeah Right
    Perfect Awesome Cool Sure Then Now Alright Morning Afternoon Contact Resume CV
    """.split()  # noqa: SIM905 - a list literal of words is unreadable
)
"""A capital that says nothing about what follows: greetings and what begins a sentence."""
_GREETED = re.compile(r"(?<!\w)(?:Dear|Hi|Hello|Hey|Hiya|Thanks|Welcome|Good (?:morning|afternoon|evening)),? $")
"""Whom one says that to bears the name, though it be a word or a month."""


def _fold(text: str) -> str:
    """Without accents and case: "José" and "JOSE" are the same name."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).casefold()


def _unspaced(name: str) -> bool:
    """Is the name in a script that puts no spaces between words (Chinese, Japanese, Korean, Thai)?"""
    return any("\u0e00" <= c <= "\u0e7f" or "\u3040" <= c <= "\u9fff" or "\uac00" <= c <= "\ud7af" for c in name)


def _in_brackets(text: str, token: re.Match[str]) -> bool:
    """A placeholder of ours is no name, even for someone called Phone."""
    return text[token.start() - 1 : token.start()] == "[" and text[token.end() : token.end() + 1] == "]"


def _is_phone(text: str) -> bool:
    digits = re.sub(r"\D", "", text)
    if re.fullmatch(rf"(?:\W*\b(?:{_YEAR}|\d\d?)\b\W*)+", text) and re.search(rf"\b{_YEAR}\b", text):
        return False  # a row of dates, not a number
    return 9 <= len(digits) <= 15 or (text.startswith(("+", "00")) and len(digits) >= 8)
