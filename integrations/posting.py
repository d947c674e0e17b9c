"""The posting that a public page carries for search engines: schema.org's JobPosting in JSON-LD. Called by connectors
of systems whose interface holds no text of an opening."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from bs4 import BeautifulSoup

from integrations.vendor import plain

PARTS = ("description", "responsibilities", "qualifications", "experienceRequirements", "skills")


def posting_text(page: str) -> str:
    """Title and text, plain; "" where the page carries none."""
    for script in BeautifulSoup(page, "html.parser").find_all("script", type="application/ld+json"):
        try:
            found = json.loads(script.get_text())
        except ValueError:
            continue
        for one in _objects(found):
            kinds = one.get("@type")
            if "JobPosting" in (kinds if isinstance(kinds, list) else [kinds]):
                parts = [plain(said) for part in PARTS if isinstance(said := one.get(part), str)]
                text = "\n".join(dict.fromkeys(filter(None, parts)))
                return f"{one.get('title') or ''}\n{text}".strip() if text else ""
    return ""


def _objects(found: Any) -> Iterator[dict[str, Any]]:
    """Those at the top, in a list and in a graph."""
    if isinstance(found, list):
        for each in found:
            yield from _objects(each)
    elif isinstance(found, dict):
        yield found
        yield from _objects(found.get("@graph"))
