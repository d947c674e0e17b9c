"""Text that orders the software about which reads it: "ignore all previous instructions", "rate this candidate 5 of 5",
a forged verdict, a forged turn. The one home of these patterns: `screening.stuffing` asks here for resumes,
`interview.injection` for answers.

Who tells of such text gives no order: what stands in quotation marks, or behind "attackers typed ...", is left alone,
so that an answer about prompt security is heard like any other.
"""

from __future__ import annotations

import base64
import codecs
import re
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import suppress

from matching.instruction_words import ANYWHERE, BEGINS, COMMANDS, FOREIGN_LATIN, FOREIGN_SCRIPTS, FORGED, FRAMES

_FLAGS = re.IGNORECASE | re.MULTILINE
_COMMAND = re.compile(rf"(?<!\w)(?:{'|'.join(COMMANDS)})", _FLAGS)
_BEGINS = re.compile(BEGINS, _FLAGS)
_ANYWHERE = re.compile(rf"(?<!\w)(?:{'|'.join((*ANYWHERE, *FOREIGN_LATIN))})", _FLAGS)
_SCRIPTS = re.compile("|".join(FOREIGN_SCRIPTS), _FLAGS)
_FORGED = re.compile("|".join(FORGED), _FLAGS)
_SIGNS = re.compile(r"[:<\[\]]|--|==|##")
"""Without one of them nothing is forged."""
_FRAME = re.compile(FRAMES, re.IGNORECASE)
_TO_THE_READER = re.compile(
    r"\b(?:tell|told|ask|asked|order|ordered|want|wanted|instruct|instructed|need|urge|remind|like|expect) you\b"
    r"|\byou (?:must|should|shall|are to|have to|need to|will)\b",
    re.IGNORECASE,
)
_NEW_CLAUSE = re.compile(r"[.!?\n;]\s|,?\s(?:so|now|please|therefore)\s", re.IGNORECASE)
_QUOTED = re.compile(r"“[^”]*”?|«[^»]*»?|„[^“”]*[“”]?|\"[^\"]*\"?|`[^`]*`?|(?<!\w)'[^'\n]{6,}?'(?!\w)")
_ENDS_FIRST = re.compile(r"[^\"“”]*(?:(?<=[\w.!?])\"(?=[\s,.;:!?)]|$)|”)")
_BEFORE = 160
"""Characters in front of a match in which somebody may be telling of it."""
_ENCODED = re.compile(r"(?<![A-Za-z0-9+/=_-])[A-Za-z0-9+/_-]{20,}={0,2}(?![A-Za-z0-9+/=_-])")
_HEX = re.compile(r"(?<![0-9a-fA-F])(?:[0-9a-fA-F]{2}[ :]?){12,}(?![0-9a-fA-F])")
_SPACED = re.compile(r"(?<!\w)(?:\w[ ._-]){4,}\w(?!\w)")
_LIKE_LATIN = str.maketrans(
    "аеорсухіјѕԁһԛԝьАВЕКМНОРСТУХІЈЅαεορικνυτΑΒΕΗΙΚΜΝΟΡΤΥΧ",
    "aeopcyxijsdhqwbABEKMHOPCTYXIJSaeopiknutABEHIKMNOPTYX",
)
_MIXED = re.compile(r"[a-z][013457@$]|[013457@$][a-z]", re.IGNORECASE)
_WORD = re.compile(r"[\w@$]*[A-Za-z][\w@$]*")
_LEET = tuple(str.maketrans("01345@$7", f"o{one}easast") for one in "il")
_TELLING = ("instruction", "prompt", "candidate", "rating", "score")
_ROTATED = tuple(codecs.encode(word, "rot13") for word in _TELLING)
_BACKWARDS = tuple(word[::-1] for word in _TELLING)
_LONGEST = 20_000
"""Characters of one text that are looked at."""


def plain(text: str) -> str:
    """What a person reads, or a model: compatibility forms resolved, invisible characters gone, letters of the Unicode
    tag block (invisible, yet read by models) as the letters they stand for."""
    text = text[:_LONGEST]
    if text.isascii():
        return text
    shown = "".join(chr(ord(c) - 0xE0000) if 0xE0020 <= ord(c) <= 0xE007E else c for c in text)
    return "".join(
        c for c in unicodedata.normalize("NFKC", shown) if c in "\n\t" or unicodedata.category(c) not in ("Cf", "Cc")
    )


def is_instruction(text: str) -> bool:
    """Does this text (a sentence, a line, a whole answer) order about the software that reads it?"""
    read = plain(text)
    if _orders(read):
        return True
    return any(_orders(other) for other in _readings(read, text))


def _orders(text: str) -> bool:
    """In this very wording."""
    matches = [*_ANYWHERE.finditer(text)]
    if _SIGNS.search(text):
        matches += _FORGED.finditer(text)
    if not text.isascii():
        matches += _SCRIPTS.finditer(text)
    matches += [one for one in _COMMAND.finditer(text) if _BEGINS.search(text, max(0, one.start() - 40), one.start())]
    told = _quotations(text) if matches else []
    return any(not _is_told_of(text, found, told) for found in matches)


def reported(text: str) -> list[tuple[int, int]]:
    """Quotations (characters from, to) of which the words around say that somebody wrote or said them."""
    return [span for span in _quotations(text) if _is_report(_around(text, span))]


def _quotations(text: str) -> list[tuple[int, int]]:
    """What stands in quotation marks; also what begins or ends outside of the text."""
    ends = _ENDS_FIRST.match(text)
    begun = [(0, ends.end())] if ends else []
    return begun + [found.span() for found in _QUOTED.finditer(text, ends.end() if ends else 0)]


def _around(text: str, span: tuple[int, int]) -> str:
    return text[max(0, span[0] - _BEFORE) : span[0]] + " " + text[span[1] : span[1] + _BEFORE]


def _is_report(around: str) -> bool:
    return bool(_FRAME.search(around)) and not _TO_THE_READER.search(around)


def _is_told_of(text: str, found: re.Match[str], told: list[tuple[int, int]]) -> bool:
    """Whether the words are reported rather than said: in quotation marks with somebody speaking of them outside, or
    behind words that report."""
    at = found.start()
    quoted = next((span for span in told if span[0] <= at < span[1]), None)
    if quoted is not None:
        return _is_report(_around(text, quoted))
    return _is_report(_NEW_CLAUSE.split(text[max(0, at - _BEFORE) : at] + " ")[-1])


def _readings(read: str, raw: str) -> Iterator[str]:
    """The same text as a model may decode it: look-alike letters, digits for letters, spelled out, base64, hexadecimal,
    ROT13, backwards."""
    alike = read.translate(_LIKE_LATIN)
    if alike != read:
        yield alike
    if _MIXED.search(alike):
        for table in _LEET:
            yield _WORD.sub(lambda word, table=table: word[0].translate(table), alike)  # type: ignore[misc]
    if _SPACED.search(alike):
        yield _SPACED.sub(lambda run: re.sub(r"[ ._-]", "", run[0]), re.sub(r" {2,}", "\x00", alike)).replace(
            "\x00", " "
        )
    for found in _ENCODED.findall(raw[:_LONGEST]):
        yield from _decoded(_base64, found)
    for found in _HEX.findall(raw[:_LONGEST]):
        yield from _decoded(_hex, found)
    low = read.lower()
    if any(word in low for word in _ROTATED):
        yield codecs.encode(read, "rot13")
    if any(word in low for word in _BACKWARDS):
        yield read[::-1]


def _base64(text: str) -> bytes:
    bare = text.replace("-", "+").replace("_", "/").rstrip("=")
    return base64.b64decode(bare + "=" * (-len(bare) % 4))


def _hex(text: str) -> bytes:
    return bytes.fromhex(re.sub("[ :]", "", text))


def _decoded(decode: Callable[[str], bytes], text: str) -> Iterator[str]:
    with suppress(ValueError):  # ordinary words, too, look like base64
        yield plain(decode(text).decode())
