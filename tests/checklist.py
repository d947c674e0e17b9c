"""docs/compliance.md: what is asked of Foyer, what it does, and the tests that prove it. `python -m tests.checklist`
writes it from tests/checklist.toml and from every test that carries `@pytest.mark.proves(ROW, ...)`;
tests/unit/test_docs.py holds the page to both."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from models.settings import ROOT

PAGE = ROOT / "docs" / "compliance.md"
ROWS = ROOT / "tests" / "checklist.toml"
TESTS = ROOT / "tests"
SHOWN = 4
"""Tests that a row names; it says how many more there are."""

HEAD = """# Compliance, row by row

What law, science and buyers ask of a system that takes part in hiring, what Foyer does about it, and the tests that
prove it. Written by `python -m tests.checklist` from the tests themselves: a row is *proven* only by a test that runs
in `make test` or `make long`. None of it is legal advice, and software alone complies with nothing: who uses it does.

"""


@dataclass(frozen=True, slots=True)
class Row:
    number: int
    asks: str
    does: str
    open: str = ""
    """Why it is not done; empty: it is."""


def rows() -> list[Row]:
    found = tomllib.loads(ROWS.read_text(encoding="utf-8"))
    return [Row(number=int(number), **row) for number, row in found.items()]


@cache
def proofs() -> dict[int, list[str]]:
    """Row -> tests, as 'tests/unit/test_x.py::name', in the order of files and lines."""
    found: dict[int, list[str]] = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        text = path.read_text(encoding="utf-8")
        for name, numbers in _marked(ast.parse(text)) if "proves(" in text else ():
            for number in numbers:
                found.setdefault(number, []).append(f"{path.relative_to(ROOT)}::{name}")
    return found


def _marked(module: ast.Module) -> Iterator[tuple[str, list[int]]]:
    for node in module.body:
        if isinstance(node, ast.ClassDef):
            yield from _marked(ast.Module(body=node.body, type_ignores=[]))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            numbers = [number for mark in node.decorator_list for number in _numbers(mark)]
            if numbers:
                yield node.name, numbers


def _numbers(mark: ast.expr) -> list[int]:
    if isinstance(mark, ast.Call) and isinstance(mark.func, ast.Attribute) and mark.func.attr == "proves":
        return [int(ast.literal_eval(each)) for each in mark.args]
    return []


def page() -> str:
    shown, everything = proofs(), rows()
    done = [row for row in everything if not row.open and shown.get(row.number)]
    lines = [
        f"{len(done)} of {len(everything)} rows are done and proven.\n",
        "| # | asked | what Foyer does | proven by |",
    ]
    lines += ["|---|---|---|---|", *(_line(row, shown.get(row.number, [])) for row in everything)]
    return HEAD + "\n".join(lines) + "\n"


def _line(row: Row, tests: list[str]) -> str:
    named = [f"[{test.split('::')[1]}](../{test.split('::')[0]})" for test in tests[:SHOWN]]
    more = [f"and {len(tests) - SHOWN} more"] if len(tests) > SHOWN else []
    proven = "; ".join([*named, *more])
    if row.open:
        proven = f"**not done**: {row.open}" + (f" (in part: {proven})" if proven else "")
    return f"| {row.number} | {row.asks} | {row.does} | {proven or '**not proven**'} |"


def main() -> None:
    PAGE.write_text(page(), encoding="utf-8")
    missing = [row.number for row in rows() if not row.open and not proofs().get(row.number)]
    print(f"{PAGE.name}: {len(rows())} rows; without a proof: {missing or 'none'}", file=sys.stderr)


if __name__ == "__main__":
    main()
