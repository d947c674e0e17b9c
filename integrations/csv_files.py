"""CSV as people and systems write it, line by line: any of three separators, UTF-8 or Windows' letters, and a broken
line is no end. Used by `integrations.file_exchange`."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from models.visible import visible

MOST = 100_000
"""Lines of one file."""
LONGEST = 100
"""Lines of text that one cell may go over."""
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What spreadsheets begin a formula with, the wide forms of East Asian keyboards too."""


class Unreadable(ValueError):
    """Why a line cannot be used."""


@dataclass(frozen=True)
class Line:
    """`number`: as an editor counts, the header is 1. `columns` in lower case; a column that is not there is empty."""

    number: int
    columns: Mapping[str, str]
    problem: str = ""

    def __getitem__(self, column: str) -> str:
        return self.columns.get(column, "")

    @property
    def mark(self) -> str:
        """Of what it says: a line that was mended is another one."""
        return hashlib.sha256(repr(sorted(self.columns.items())).encode()).hexdigest()[:12]

    def check(self) -> None:
        """Raises Unreadable where the line is no line of this table."""
        if self.problem:
            raise Unreadable(self.problem)


def lines_of(content: bytes) -> Iterator[Line]:
    """Empty lines are left out. What cannot be read at all is one line with a problem."""
    lines = _text(content).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    header = next((each for each in lines if each.strip()), "")
    separator = max(",;\t", key=header.count)
    columns: list[str] | None = None
    for number, cells, problem in _rows(lines, separator):
        if problem:
            yield Line(number, {}, problem)
        elif not any(cell.strip() for cell in cells):
            continue
        elif columns is None:
            columns = [" ".join(cell.split()).lower() for cell in cells]
        elif number > MOST:
            yield Line(number, {}, f"a file has {MOST} lines at most; split it")
            return
        else:
            wrong = "" if len(cells) == len(columns) else f"it has {len(cells)} cells, the header {len(columns)}"
            held = {name: cell.strip() for name, cell in zip(columns, cells, strict=False)}
            yield Line(number, held, wrong)


def _rows(lines: list[str], separator: str) -> Iterator[tuple[int, list[str], str]]:
    """(number of its first line, cells, what is wrong with it). A quotation mark that nobody closes spoils its own line
    and no other."""
    at = 0
    while at < len(lines):
        taken, cells, problem = _row(lines[at : at + LONGEST], separator)
        yield at + 1, cells, problem
        at += taken


def _row(lines: list[str], separator: str) -> tuple[int, list[str], str]:
    """(lines that it takes, cells, what is wrong with it): more than one where a cell has line breaks in it."""
    problem = ""
    for taken in range(1, len(lines) + 1):
        try:
            found = list(csv.reader(["\n".join(lines[:taken])], delimiter=separator, strict=True))
        except csv.Error as broken:
            problem = problem or f"it is no line of CSV ({broken})"
            if "unexpected end of data" not in str(broken):
                break
        else:
            return taken, found[0] if found else [], ""
    return 1, [], problem


def _text(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def shown(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula, that stays in its line, and hides nothing."""
    flat = " ".join(visible(cell).split())
    harmless = re.fullmatch(r"[+-]?[\d.,]+", flat)
    return f"'{flat}" if flat.startswith(_FORMULA) and not harmless else flat
