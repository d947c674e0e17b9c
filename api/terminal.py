"""A screening's result as lines for a terminal. Called by `foyer screen` without --json."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

_INDENT = " " * 15


def shortlist(found: dict[str, Any]) -> Iterator[str]:
    """Best first: score, decision, file, why, and the best quote; then likely duplicates and a summary. `found` is
    what --json prints."""
    job, count = found["job"], found["timing"]["files"]
    yield f"{job['title']}: threshold {job['threshold']:.2f}, {count} file{'s' * (count != 1)}"
    decisions: Counter[str] = Counter()
    for candidate in found["candidates"]:
        decisions[candidate["decision"] or "unreadable"] += 1
        yield from _candidate(candidate)
    for group in found["duplicates"]:
        yield f"  perhaps one person: {', '.join(group['files'])} ({' '.join(group['why'])})"
    yield ", ".join(f"{number} {decision}" for decision, number in decisions.most_common()) or "No files."


def _candidate(candidate: dict[str, Any]) -> Iterator[str]:
    if candidate["error"] is not None:
        yield f"    --  unreadable {candidate['error']}"
        return
    yield f"  {candidate['score']:.3f} {candidate['decision']:<10} {candidate['file']}"
    if candidate["reason"]:
        yield f"{_INDENT}{candidate['reason']}"
    best = max(
        candidate["requirements"],
        key=lambda verdict: (len(verdict["evidence"]) > 0, verdict["score"] or 0),
        default=None,
    )
    for evidence in best["evidence"][:1] if best else ():
        yield f'{_INDENT}"{evidence["quote"]}"'
