"""Skills in job ads: spans found on SkillSpan dev and Green dev by the product's tagger and by dictionaries.

Strict: a span counts when both ends are right. Partial: when it overlaps one of the other side. Dictionaries are
matched as their lists stand: the longest run of words that is an entry, upper and lower case alike; ours both so (every
name and alias of a skill) and as the product finds names in texts. The tagger has learnt from the train files alone.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from api.wiring import Engines
from matching.lexicon import read
from matching.skills import BUNDLED, Vocabulary
from matching.tagger import Head, KnowledgeTagger
from models.settings import Settings
from tests.bench.figures import DATA, figure, skipped
from tests.bench.skill_data import FOLDER, Sentence, sentences

TAXONOMY = DATA / "taxonomy"
SETS: tuple[tuple[str, Head, bool], ...] = (
    ("skillspan_dev", "knowledge", True),
    ("green_dev", "green", True),
    ("skillspan_dev", "skill", False),
)
"""File, head, whether the bar is for it."""
BAR = 2.0
DRAWS = 1000
Spans = set[tuple[int, int]]
Finder = Callable[[Sequence[str]], Spans]


@dataclass(frozen=True, slots=True)
class F1:
    strict: float
    partial: float


def counts(gold: Spans, said: Spans) -> tuple[int, int, int, int, int]:
    """(right, said that overlap, gold that are overlapped, said, gold) of one sentence."""
    near_said = sum(any(a < d and c < b for c, d in gold) for a, b in said)
    near_gold = sum(any(a < d and c < b for c, d in said) for a, b in gold)
    return len(gold & said), near_said, near_gold, len(said), len(gold)


def of_counts(total: np.ndarray) -> F1:
    right, near_said, near_gold, said, gold = (float(one) for one in total)
    precise, found = (near_said / said if said else 0.0), (near_gold / gold if gold else 0.0)
    partial = 2 * precise * found / (precise + found) if precise + found else 0.0
    return F1(2 * right / (said + gold) if said + gold else 0.0, partial)


def scored(gold: Iterable[Spans], said: Iterable[Spans]) -> F1:
    return of_counts(np.sum([counts(a, b) for a, b in zip(gold, said, strict=True)], axis=0))


def by_group(rows: Sequence[Sentence], head: Head, finder: Finder) -> np.ndarray:
    """(ads, 5) counts."""
    groups: dict[str, np.ndarray] = {}
    for row in rows:
        own = np.array(counts(row.spans(head), finder(row.words)))
        groups[row.group] = groups.get(row.group, 0) + own
    return np.stack([groups[name] for name in sorted(groups)])


def interval(values: Sequence[float]) -> list[float]:
    return [round(float(one), 4) for one in np.percentile(values, (2.5, 97.5))]


# ---------------------------------------------------------------- who is measured


def in_list(names: Iterable[str]) -> Finder:
    """The longest runs of words that are an entry, from the left."""
    entries = {tuple(re.findall(r"[\w.+#'-]+|[^\w\s]", name.lower())) for name in names} - {()}
    longest = min(8, max(map(len, entries)))

    def find(words: Sequence[str]) -> Spans:
        low, found, at = [word.lower() for word in words], set(), 0
        while at < len(low):
            end = next((n for n in range(min(longest, len(low) - at), 0, -1) if tuple(low[at : at + n]) in entries), 0)
            if end:
                found.add((at, at + end))
            at += end or 1
        return found

    return find


def by_vocabulary(vocabulary: Vocabulary) -> Finder:
    """As the product finds names in a text."""

    def find(words: Sequence[str]) -> Spans:
        starts = np.cumsum([0, *(len(word) + 1 for word in words)])
        return {
            (
                int(np.searchsorted(starts, one.start, "right")) - 1,
                int(np.searchsorted(starts, one.end - 1, "right")),
            )
            for one in vocabulary.find(" ".join(words))
        }

    return find


def dictionaries() -> dict[str, Finder]:
    technologies = (TAXONOMY / "onet_technology_skills.txt").read_text("utf-8").splitlines()[1:]
    with (TAXONOMY / "esco_occupations.csv").open(encoding="utf-8") as file:
        esco = {name for row in csv.DictReader(file) for name in (row["PREFERREDLABEL"], *row["ALTLABELS"].split("\n"))}
    microsoft: dict[str, dict[str, list[dict[str, str]]]] = json.loads(
        (TAXONOMY / "microsoft_skills.json").read_text("utf-8")
    )
    technical = set(microsoft)
    for entry in microsoft.values():
        technical |= {*map(str, entry["aliases"]), *(source["displayName"] for source in entry["sources"])}
    own = read([BUNDLED]).entries
    return {
        "O*NET": in_list(row.split("\t")[1] for row in technologies),
        "ESCO": in_list(esco),
        "Microsoft": in_list(technical),
        "our own": in_list(name for normal, (_, names) in own.items() for name in (normal, *names)),
        "our own, as the product finds names": by_vocabulary(Vocabulary.load()),
    }


def main() -> bool:
    if not FOLDER.is_dir() or not TAXONOMY.is_dir():
        skipped("skills", f"no {FOLDER} or {TAXONOMY}; set FOYER_BENCH_DATA")
        return True
    lists, tagger = dictionaries(), Engines(Settings()).tagger
    held = [measured(name, head, lists, tagger, judged=judged) for name, head, judged in SETS]
    return all(held)


def measured(name: str, head: Head, lists: dict[str, Finder], tagger: KnowledgeTagger, *, judged: bool) -> bool:
    rows, what = sentences(name), f"{name} {head}"
    totals = {who: by_group(rows, head, finder) for who, finder in lists.items()}
    totals["tagger"] = by_group(rows, head, lambda words: set(tagger.tagged(words, head)))
    chance = np.random.default_rng(0)
    units = len(totals["tagger"])
    drawn = [chance.integers(0, units, units) for _ in range(DRAWS)]
    for who, found in totals.items():
        whole, draws = of_counts(found.sum(0)), [of_counts(found[draw].sum(0)) for draw in drawn]
        for way in ("strict", "partial"):
            spread = interval([getattr(one, way) for one in draws])
            figure("skills", f"{what}, {who}: {way} F1", getattr(whole, way), ci95=spread, units=units)
    held = True
    outside = [who for who in lists if not who.startswith("our own")]
    for way, asked in (("strict", judged), ("partial", False)):
        for against, whose in (("O*NET, ESCO, Microsoft", outside), ("all, our own among them", list(lists))):
            said = f"{what}: tagger / best dictionary of {against}, {way}"
            times = [_times(totals, whose, draw, way) for draw in [np.arange(units), *drawn]]
            bar = {"at_least": BAR} if asked else {}
            held &= figure("skills", said, times[0], "x", ci95=interval(times[1:]), **bar)
    return held


def _times(totals: dict[str, np.ndarray], whose: Sequence[str], draw: np.ndarray, way: str) -> float:
    best = max(getattr(of_counts(totals[who][draw].sum(0)), way) for who in whose)
    return float(getattr(of_counts(totals["tagger"][draw].sum(0)), way) / max(best, 1e-9))


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
