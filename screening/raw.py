"""What the readers (`pdf`, `docx`, `odt`, `rtf`, `html`, `plain`) hand to `extract`: lines in reading order."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from models.errors import UnreadableDocument
from models.values import Box, Flag

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ODT = "application/vnd.oasis.opendocument.text"
RTF = "application/rtf"
HTML = "text/html"
TEXT = "text/plain"
IMAGE = "image/*"

_BETWEEN_LETTERS = re.compile("(?<=[A-Za-z0-9])[\u200b-\u200d\u2060-\u2064\ufeff\u180e]+(?=[A-Za-z0-9])")
"""Signs without width in a word that is seen whole. Persian, Indic scripts and emoji need some of them elsewhere."""
_TAGS = re.compile("\U0001f3f4[\U000e0020-\U000e007e]{2,6}\U000e007f|[\U000e0000-\U000e007f]+")
"""Letters that nobody sees and models read. Behind a black flag a few of them make the flag of a country."""
_CUTS = 3
"""Words cut so often are no accident of copying."""

TINY_POINTS = 4.0
"""Text smaller than this is not for people to read: it counts as hidden."""

_UNUSABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class RawLine:
    """One line as it will be quoted. A tab stands for a wide gap or the border of a table cell."""

    text: str
    page: int | None = None
    box: Box | None = None
    emphasis: bool = False
    bullet: bool = False


@dataclass(slots=True)
class Raw:
    """A file's lines and what its reader noticed. `hidden` holds text that a person looking at the file cannot see."""

    lines: list[RawLine] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    flags: list[Flag] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    pages: int | None = None
    scan: bool = False
    """Some page is a picture: where there is no text, it can be recognised."""


def as_shown(lines: list[RawLine]) -> tuple[list[RawLine], list[tuple[str, str]]]:
    """The lines as a reader sees them, and (why, text) of what only software saw: letters of the Unicode tag block, and
    words with signs of no width inside."""
    tags, cut, shown = [], [], []
    for line in lines:
        text = line.text
        if not text.isascii():
            for found in _TAGS.findall(text):
                if not found.startswith("\U0001f3f4"):
                    tags.append("".join(chr(ord(c) - 0xE0000) for c in found if ord(c) >= 0xE0020))
                    text = text.replace(found, "")
            cut += [text[max(0, m.start() - 20) : m.end() + 20] for m in _BETWEEN_LETTERS.finditer(text)]
            text = _BETWEEN_LETTERS.sub("", text)
        shown.append(line if text == line.text else replace(line, text=text))
    found = [("letters without a shape", text) for text in tags if text.strip()]
    if len(cut) >= _CUTS:
        found += [("signs without width inside words", _BETWEEN_LETTERS.sub("|", text)) for text in cut[:_CUTS]]
    return shown, found


def cleaned(text: str) -> str:
    """Without the characters that neither JSON nor PostgreSQL can hold; nothing visible is lost."""
    return _UNUSABLE.sub("", text)


def hidden_flags(found: Iterable[tuple[str, str]]) -> list[Flag]:
    """One flag for each way of hiding, from (why, text) pairs; the quote is the start of what was hidden."""
    by_reason: dict[str, list[str]] = {}
    for why, text in found:
        by_reason.setdefault(why, []).append(text)
    return [
        Flag(
            code="hidden_text",
            detail=f"The file holds text that a reader cannot see ({why}). It was left out of the screening.",
            quote=" ".join(" ".join(texts).split())[:300],
        )
        for why, texts in by_reason.items()
    ]


def ocr_flag() -> Flag:
    return Flag(
        code="ocr_text",
        detail="The text was recognised from a picture of the page, so letters may be wrong. Check quotes by eye.",
    )


def corrupt(name: str, why: str) -> UnreadableDocument:
    return UnreadableDocument(
        f"{name}: the file is damaged ({why}). Ask for it again, or save it anew as PDF or DOCX.", reason="corrupt"
    )


def encrypted(name: str) -> UnreadableDocument:
    return UnreadableDocument(
        f"{name}: the file is protected by a password. Ask for a copy without one.", reason="encrypted"
    )


def scan(name: str, what: str) -> UnreadableDocument:
    detail = f"{name}: this is {what}. Ask for a file with text, or install Tesseract, and Foyer will recognise it."
    return UnreadableDocument(detail, reason="scan")


def too_big(name: str, what: str) -> UnreadableDocument:
    return UnreadableDocument(
        f"{name}: {what}. A resume is far smaller; ask for a plain PDF or DOCX.", reason="too_big"
    )
