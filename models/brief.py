"""What a list shows of a screening: the verdicts as letters, the best quote, the words of all quotes. Made by the store
with each screening, so that a list of thousands opens a tenth of what the results are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from models.values import ASKED_LATER, Evidence, Requirement, ScreeningResult, Status

TOP_EVIDENCE = 3
SHORT_QUOTE, TELLS_LITTLE = 32, 0.5
"""A quote of so few characters is a title or a date: true, but it tells a reader little."""
LONGEST_QUOTE = 200
MOST_WORDS = 1500
"""Characters."""
LETTERS: dict[Status, str] = {"met": "m", "partly": "p", "not_met": "n", "unknown": "u"}
COPY = "same_person"
"""The flag that keeps somebody before a person whatever the must-haves say."""
_WORD = re.compile(r"[^\W_][\w+#.-]*[\w+#]|\w")


@dataclass(frozen=True, slots=True)
class Brief:
    """`held`: they stay before a person, however high the score. `missing`, `unclear`: must-haves that are not met, or
    unknown. `shown`: {"verdicts": a letter a requirement, "quote", "page", "line", "words": each word of the quotes
    once, lower case}."""

    held: bool
    missing: int
    unclear: int
    flagged: int
    shown: dict[str, Any]


def brief_of(result: ScreeningResult, requirements: Sequence[Requirement]) -> Brief:
    """`requirements`: those that it was judged by, in their order."""
    by_id = {one.requirement_id: one.status for one in result.requirements}
    musts = [(one.kind, by_id.get(one.id, "unknown")) for one in requirements if one.must_have]
    missing = sum(status == "not_met" for _, status in musts)
    holding = sum(status == "unknown" and kind not in ASKED_LATER for kind, status in musts)
    best = next(iter(top_evidence(result)), None)
    return Brief(
        held=bool(missing or holding) or any(flag.code == COPY for flag in result.flags),
        missing=missing,
        unclear=sum(status == "unknown" for _, status in musts),
        flagged=len(result.flags),
        shown={
            "verdicts": "".join(LETTERS[by_id.get(one.id, "unknown")] for one in requirements),
            "quote": best.quote[:LONGEST_QUOTE] if best else "",
            "page": best.page if best else None,
            "line": best.line if best else None,
            "words": _words(result),
        },
    )


def top_evidence(result: ScreeningResult) -> tuple[Evidence, ...]:
    """The best quotes of the strongest requirements, each once; sentences before bare titles and dates."""
    best: dict[str, tuple[float, Evidence]] = {}
    for judged in result.requirements:
        for evidence in judged.evidence[:1]:
            strength = judged.score - (TELLS_LITTLE if len(evidence.quote) < SHORT_QUOTE else 0.0)
            if evidence.quote not in best or best[evidence.quote][0] < strength:
                best[evidence.quote] = (strength, evidence)
    ordered = sorted(best.values(), key=lambda found: -found[0])
    return tuple(evidence for _, evidence in ordered[:TOP_EVIDENCE])


def _words(result: ScreeningResult) -> str:
    quotes = {one.quote for judged in result.requirements for one in judged.evidence}
    words = dict.fromkeys(word for quote in sorted(quotes) for word in _WORD.findall(quote.casefold()))
    return " ".join(words)[:MOST_WORDS]
