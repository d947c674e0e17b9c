"""What each connector can do, as the table of docs/integrations.md. `python -m integrations.capabilities` writes it;
tests/unit/test_docs.py holds the page to the code."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping

from integrations.vendors import VENDORS
from models.exchange import About, Capabilities, Sureness
from models.settings import ROOT

PAGE = ROOT / "docs" / "integrations.md"
BEGIN, END = "<!-- capabilities: written by python -m integrations.capabilities -->", "<!-- end of capabilities -->"
MARKS: Mapping[Sureness, str] = {"documented": "D", "second hand": "S", "from public code": "C", "unverified": "?"}
HEADS: Mapping[str, str] = {
    "jobs": "openings",
    "candidates": "people",
    "orders": "orders",
    "webhooks": "events",
    "score": "score",
    "text": "note",
    "pdf": "PDF",
    "create": "create",
    "decide": "decide",
    "outcomes": "outcomes",
    "erasure": "erasure",
    "tell": "told",
}


def table() -> str:
    """Markdown, a line a connector, by name."""
    lines = [f"| system | {' | '.join(HEADS.values())} |", "|---" * (len(HEADS) + 1) + "|"]
    lines += [_line(each.about) for each in sorted(VENDORS.values(), key=lambda one: one.about.name.lower())]
    return "\n".join(lines)


def _line(about: About) -> str:
    sure = [getattr(about.can, name) for name in HEADS]
    marks = [MARKS[each] if each is not None else " " for each in sure]
    return f"| [{about.name}](integrations/{about.vendor}.md) | {' | '.join(marks)} |"


def main() -> None:
    assert set(HEADS) == set(Capabilities.__slots__)
    page = PAGE.read_text(encoding="utf-8")
    written = re.sub(f"{re.escape(BEGIN)}.*?{re.escape(END)}", f"{BEGIN}\n{table()}\n{END}", page, flags=re.DOTALL)
    PAGE.write_text(written, encoding="utf-8")
    print(f"{PAGE.name}: {len(VENDORS)} connectors", file=sys.stderr)


if __name__ == "__main__":
    main()
