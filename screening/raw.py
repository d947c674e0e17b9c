"""What the readers (`pdf`, `docx`, `odt`, `rtf`, `html`, `plain`) hand to `extract`: lines in reading order."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from models.errors import UnreadableDocument
from models.values import Box, Flag

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ODT = "application/vnd.oasis.opendocument.text"
RTF = "application/rtf"
HTML = "text/html"
TEXT = "text/plain"
IMAGE = "image/*"

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
