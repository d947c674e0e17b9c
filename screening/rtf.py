"""RTF to lines: groups and control words as word processors write them, hidden text apart. Called by `extract.read`.

After the Rich Text Format Specification 1.9.1. Read are the words, tabs, table cells and notes; pictures, objects,
style tables and whatever a group marks as skippable are not.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from screening.cargo import object_flag
from screening.raw import TINY_POINTS, Raw, RawLine, corrupt, hidden_flags
from screening.styles import BLACK, WHITE, Rgb, alike

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,9})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|([^\\{}\r\n]+)|[\r\n]+|\\$"
)
_MOST_DEPTH = 500
_SKIPPED = frozenset({
    "fonttbl", "stylesheet", "info", "pict", "object", "listtable", "listoverridetable", "rsidtbl", "generator",
    "xmlnstbl", "themedata", "colorschememapping", "datastore", "latentstyles", "fldinst", "bkmkstart", "bkmkend",
    "pntext", "pntxta", "pntxtb", "listtext", "filetbl", "revtbl", "annotation", "atnid", "atnauthor", "deleted",
    "mmathPr", "template", "operator", "author", "company", "sn", "sv", "title", "subject", "keywords",
    "doccomm", "nonshppict",
})  # fmt: skip
_BREAKS = {"par": "\n", "line": "\n", "sect": "\n", "page": "\n", "row": "\n", "nestrow": "\n", "column": "\n",
           "tab": "\t", "cell": "\t", "nestcell": "\t"}  # fmt: skip
_SIGNS = {"bullet": "•", "endash": "–", "emdash": "—", "lquote": "‘", "rquote": "’", "ldblquote": "“",
          "rdblquote": "”", "emspace": " ", "enspace": " ", "qmspace": " "}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Look:
    """What a group says of its letters. `ground` and `colour` are places in the colour table."""

    skipped: bool = False
    hidden: bool = False
    deleted: bool = False
    bold: bool = False
    half_points: int = 24
    colour: int = 0
    ground: int = 0
    fallback: int = 1
    """Characters that stand for one in Unicode, for old readers."""


def read_rtf(content: bytes, name: str, max_pages: int) -> Raw:  # noqa: ARG001 - one signature for all readers
    """Raises UnreadableDocument (corrupt) where groups nest without end."""
    return _Reader(content, name).read()


class _Reader:
    def __init__(self, content: bytes, name: str) -> None:
        self._content, self._name = content, name
        self._look = _Look()
        self._stack: list[_Look] = []
        page = re.search(rb"\\ansicpg(\d{1,5})", content[:2000])
        self._encoding = _codec(int(page[1])) if page else "cp1252"
        self._colours = _colours(content)
        self._bytes = bytearray()
        self._skip = 0
        self._line: list[tuple[str, bool]] = []
        self._bullet = False
        self._hidden: list[tuple[str, str]] = []
        self._raw = Raw()

    def read(self) -> Raw:
        at = 0
        while at < len(self._content):
            token = _TOKEN.match(self._content, at)
            if token is None:
                at += 1
                continue
            at = token.end()
            word, number, hexed, sign, brace, text = token.groups()
            if hexed:
                self._add(bytes([int(hexed, 16)]))
            elif text:
                self._add(text)
            elif brace:
                self._group(opening=brace == b"{")
            elif sign:
                self._sign(sign)
            elif word == b"bin":
                at += min(max(int(number or 0), 0), len(self._content))
            elif word:
                self._word(word.decode(), int(number) if number else None)
        self._flush()
        self._break()
        if b"\\objdata" in self._content:
            self._raw.flags.append(object_flag())
        if self._hidden:
            joined = list(_runs(self._hidden))
            self._raw.hidden = [text for _, text in joined]
            self._raw.flags += hidden_flags(joined)
        return self._raw

    def _group(self, *, opening: bool) -> None:
        self._flush()
        if opening:
            if len(self._stack) >= _MOST_DEPTH:
                raise corrupt(self._name, "its groups are nested too deeply")
            self._stack.append(self._look)
        elif self._stack:
            self._look = self._stack.pop()
        self._skip = 0

    def _sign(self, sign: bytes) -> None:
        if sign == b"*":
            self._flush()
            self._look = replace(self._look, skipped=True)
        elif sign in b"\\{}":
            self._add(sign)
        elif sign in b"~_-":
            self._say({b"~": " ", b"_": "-"}.get(sign, ""))
        elif sign in b"\r\n":
            self._say("\n")

    def _word(self, word: str, number: int | None) -> None:
        if word == "u" and number is not None:
            self._say(chr(number % 65536))
            self._skip = self._look.fallback
            return
        self._flush()
        on = number != 0
        if word in _BREAKS:
            self._say(_BREAKS[word])
        elif word in _SIGNS:
            self._say(_SIGNS[word])
        elif word in ("shpinst", "shptxt"):  # a text box, in a group that old readers skip
            self._look = replace(self._look, skipped=bool(self._stack) and self._stack[-1].skipped)
        elif word in _SKIPPED or word == "colortbl":
            self._bullet |= word in ("pntext", "listtext") and not self._look.skipped
            self._look = replace(self._look, skipped=True)
        else:
            self._style(word, number or 0, on=on)

    def _style(self, word: str, number: int, *, on: bool) -> None:
        match word:
            case "plain":
                self._look = replace(self._look, hidden=False, bold=False, half_points=24, colour=0, ground=0)
            case "v" | "webhidden":
                self._look = replace(self._look, hidden=on)
            case "deleted":
                self._look = replace(self._look, deleted=on)
            case "b":
                self._look = replace(self._look, bold=on)
            case "fs":
                self._look = replace(self._look, half_points=number)
            case "cf":
                self._look = replace(self._look, colour=number)
            case "cb" | "highlight" | "chcbpat" | "cbpat" | "clcbpat":
                self._look = replace(self._look, ground=number)
            case "uc":
                self._look = replace(self._look, fallback=min(number, 8))

    def _add(self, text: bytes) -> None:
        skipped = min(self._skip, len(text))
        self._skip -= skipped
        self._bytes += text[skipped:]

    def _flush(self) -> None:
        if self._bytes:
            text, self._bytes = bytes(self._bytes).decode(self._encoding, "replace"), bytearray()
            self._say(text, pending=False)

    def _say(self, text: str, *, pending: bool = True) -> None:
        if pending:
            self._flush()
        look = self._look
        if look.skipped or look.deleted or not text:
            return
        why = self._why_hidden(look)
        if why and text.strip():
            self._hidden.append((why, text))
            return
        head, *rest = text.split("\n")
        self._line.append((head, look.bold))
        for part in rest:
            self._break()
            self._line.append((part, look.bold))

    def _why_hidden(self, look: _Look) -> str:
        if look.hidden:
            return "marked as hidden"
        if 0 < look.half_points < 2 * TINY_POINTS:
            return f"smaller than {TINY_POINTS:g} points"
        if alike(self._colours.get(look.colour, BLACK), self._colours.get(look.ground, WHITE)):
            return "in the colour of its background"
        return ""

    def _break(self) -> None:
        whole = "".join(text for text, _ in self._line).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        cells = [" ".join(cell.split()) for cell in whole.split("\t")]
        line = "\t".join(cell for cell in cells if cell)
        if line:
            weights = [bold for text, bold in self._line if text.strip()]
            self._raw.lines.append(RawLine(line, emphasis=all(weights), bullet=self._bullet))
        self._line, self._bullet = [], False


def _runs(found: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Neighbours hidden the same way as one text: RTF cuts words where it likes."""
    for place, (why, text) in enumerate(found):
        if place and found[place - 1][0] == why:
            continue
        end = next((n for n in range(place, len(found)) if found[n][0] != why), len(found))
        yield why, "".join(one for _, one in found[place:end]) or text


def _colours(content: bytes) -> dict[int, Rgb]:
    """The colour table by place; entries without a colour are automatic and left out."""
    table = re.search(rb"\{\\colortbl([^{}]{0,20000})\}", content)
    found: dict[int, Rgb] = {}
    for place, entry in enumerate(table[1].split(b";") if table else ()):
        parts = [re.search(rb"\\" + name + rb"(\d{1,3})", entry) for name in (b"red", b"green", b"blue")]
        red, green, blue = (int(part[1]) if part else 0 for part in parts)
        if any(parts):
            found[place] = (red, green, blue)
    return found


def _codec(page: int) -> str:
    name = {65001: "utf-8", 10000: "mac-roman", 936: "gbk", 932: "cp932"}.get(page, f"cp{page}")
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "cp1252"
