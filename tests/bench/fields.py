"""Fields of the labelled resumes, printed in eight layouts and four formats and read end to end.

    python -m tests.bench.fields            every text once a format, the layouts in turn (1,240 files)
    python -m tests.bench.fields --all      every text in every layout and format (9,920 files)
    python -m tests.bench.fields --wrong titles 30     what was read wrongly

How the labels are cleaned stands in `tests.bench.labelled`. A title, employer or degree is right where its words are
the label's, or where one holds the other whole and is at least half as long ("Senior Software Engineer" for "Software
Engineer"); "A / B" is two titles; an employer printed with its parent is one employer, named by either or both. How
many are the same to the letter is printed beside it. An interval is right where start and end are, to the month (to the
year where the label gives no month); one date alone is no interval, neither here nor there.
Coverage: resumes for which anything was given, of those that have it; accuracy: right ones among those given.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from models.values import ParsedResume
from screening.extract import Limits, read
from screening.parse import parse
from tests.bench.figures import DATA, figure, skipped
from tests.bench.labelled import Gold, Labelled, interval_of, load
from tests.bench.layouts import FORMATS, LAYOUTS, render

ARCHIVE = DATA / "parsing" / "resumes_310_labelled.zip"
NOW = date(2026, 11, 1)
BARS = {
    "name": 0.95,
    "email": 0.99,
    "phone": 0.97,
    "titles": 0.85,
    "companies": 0.80,
    "degrees": 0.85,
    "intervals": 0.90,
}
_LEGAL = frozenset("inc incorporated corp corporation llc ltd limited plc gmbh pvt private co company the".split())  # noqa: SIM905


@dataclass(slots=True)
class Counts:
    right: int = 0
    exact: int = 0
    wrong: int = 0
    missed: int = 0
    have: int = 0
    given: int = 0
    notes: list[str] = field(default_factory=list)

    def add(self, other: Counts) -> None:
        for name in ("right", "exact", "wrong", "missed", "have", "given"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.notes += other.notes

    @property
    def f1(self) -> float:
        total = 2 * self.right + self.wrong + self.missed
        return 2 * self.right / total if total else 1.0

    def shown(self) -> dict[str, Any]:
        ratio = lambda a, b: round(a / b, 4) if b else 1.0  # noqa: E731
        return {
            "precision": ratio(self.right, self.right + self.wrong),
            "recall": ratio(self.right, self.right + self.missed),
            "coverage": ratio(self.given, self.have),
            "accuracy": ratio(self.right, self.right + self.wrong),
            "exact": ratio(self.exact, self.right),
            "items": self.right + self.missed,
        }


# ------------------------------------------------------------ comparing


def plain(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text.casefold().replace("&", " and ")).encode("ascii", "ignore").decode()
    return " ".join(re.findall(r"[a-z0-9+#]+", re.sub(r"['.]", "", bare)))


def company(text: str) -> str:
    words = plain(text).split()
    return " ".join(word for word in words if word not in _LEGAL) or " ".join(words)


def alike(gold: str, read_: str) -> bool:
    """One holds the other whole, and is at most twice as long."""
    some, more = sorted((gold.split(), read_.split()), key=len)
    return bool(some) and 2 * len(some) >= len(more) and f" {' '.join(some)} " in f" {' '.join(more)} "


def _same_degree(gold: str, read_: str) -> bool:
    """The field of study belongs to it or not: "B.Tech" and "B.Tech in Computer Science" are one degree."""
    some, more = sorted((gold.split(), read_.split()), key=len)
    return bool(some) and (f" {' '.join(some)} " in f" {' '.join(more)} " or _overlap(gold, read_) >= 0.6)


def _overlap(a: str, b: str) -> float:
    return len(set(a.split()) & set(b.split())) / max(1, len(set(a.split()) | set(b.split())))


def same_interval(gold: Any, read_: Any) -> bool:
    def same(a: Any, b: Any) -> bool:
        if a is None or b is None:
            return a is b
        return bool(a[0] == b[0] and (a[1] is None or a[1] == b[1]))

    return same(gold[0], read_[0]) and same(gold[1], read_[1])


def compare(gold: list[Any], found: list[Any], neutral: list[Any], same: Callable[[Any, Any], bool]) -> Counts:
    """One to one, the same first. What is left of `found` is wrong unless it is among `neutral`."""
    counts = Counts(have=bool(gold), given=bool(gold and found))
    left = list(found)
    missed = []
    for wanted in gold:
        if wanted in left:
            left.remove(wanted)
            counts.exact += 1
        else:
            missed.append(wanted)
    for wanted in list(missed):
        near = next((one for one in left if same(wanted, one)), None)
        if near is not None:
            left.remove(near)
            missed.remove(wanted)
            counts.right += 1
    counts.right += counts.exact
    wrong = [one for one in left if one not in neutral and not any(same(other, one) for other in neutral)]
    counts.missed, counts.wrong = len(missed), len(wrong)
    counts.notes = [f"missed {one}" for one in missed] + [f"wrong {one}" for one in wrong]
    return counts


def _compare_any(gold: list[tuple[str, ...]], found: list[str], neutral: list[str]) -> Counts:
    """`compare` where any way of saying an item will do: the one that was read stands for it."""
    chosen = []
    for ways in gold:
        near = [one for one in found if one in ways] or [one for one in found if any(alike(way, one) for way in ways)]
        chosen.append(next((way for way in ways if near and (way == near[0] or alike(way, near[0]))), ways[0]))
    return compare(chosen, found, neutral, alike)


def judged(gold: Gold, parsed: ParsedResume) -> dict[str, Counts]:
    resume = parsed.resume
    basics = resume.basics
    counts = {
        "name": _named(gold, basics.name),
        "email": _single(gold.emails, basics.email),
        "phone": _single([gold.phone], basics.phone),
    }
    unjudged = _unjudged(gold, parsed)
    intervals = [found for work in resume.work if (found := span_of(work.start_date, work.end_date))]
    intervals = [found for found in intervals if found[0] != found[1]]  # one date is no interval
    mentioned = [found for text in gold.mentions["intervals"] if (found := interval_of(text))]
    counts["intervals"] = compare(gold.intervals, intervals, mentioned, same_interval)
    for name, of, read_ in (
        ("titles", plain, [part for work in resume.work for part in (work.position or "").split("/")]),
        ("companies", company, [work.name for work in resume.work if work.name]),
    ):
        neutral = [of(text) for text in [*gold.mentions[name], *unjudged[name]]]
        wanted = [tuple(of(text) for text in item) for item in getattr(gold, name)]
        counts[name] = _compare_any(wanted, [n for text in read_ if (n := of(text))], [n for n in neutral if n])
    degrees = [plain(f"{one.study_type} {one.area or ''}") for one in resume.education if one.study_type]
    spare = [plain(one.name) for one in resume.certificates]
    wanted = [plain(degree) for degree in gold.degrees]
    certified = [one for one in spare if any(_same_degree(degree, one) for degree in wanted)]
    neutral = [plain(text) for text in gold.mentions["degrees"]] + certified
    counts["degrees"] = compare(wanted, degrees + certified, [n for n in neutral if n], _same_degree)
    return counts


def _named(gold: Gold, found: str | None) -> Counts:
    own = plain(found) if found else None
    names = [plain(name) for name in gold.names]
    counts = _single(names + [plain(name) for name in gold.longer_names if names], own)
    counts.exact = int(own in names)
    return counts


def _single(gold: list[str], found: str | None) -> Counts:
    """A field that a resume has once: any of its labels will do."""
    if not gold:
        return Counts()
    right = int(found in gold)
    notes = [] if right else [f"missed {gold[0]}, read {found}"]
    wrong = int(found is not None and not right)
    return Counts(right, right, wrong, 1 - right, 1, int(found is not None), notes)


def _unjudged(gold: Gold, parsed: ParsedResume) -> dict[str, list[str]]:
    """What was read for jobs whose title or employer nobody labelled."""
    found: dict[str, list[str]] = {"titles": [], "companies": []}
    for work in parsed.resume.work:
        interval = span_of(work.start_date, work.end_date)
        for job in gold.jobs if interval else ():
            labelled = interval_of(job.dates[0]) if job.dates else None
            if labelled is None or not same_interval(labelled, interval):
                continue
            if not job.titles and work.position:
                found["titles"].append(work.position)
            if not job.companies and not job.schools and work.name:
                found["companies"].append(work.name)
    return found


def span_of(start: str | None, end: str | None) -> Any:
    def point(text: str) -> tuple[int, int | None]:
        year, _, rest = text.partition("-")
        return int(year), int(rest[:2]) if rest else None

    return (point(start), point(end) if end else None) if start else None


# ------------------------------------------------------------ running


def cells(number: int, *, everything: bool) -> Iterator[tuple[int, str]]:
    for place, form in enumerate(FORMATS):
        layouts = range(len(LAYOUTS)) if everything else [(number + 2 * place + number // 8) % len(LAYOUTS)]
        yield from ((layout, form) for layout in layouts)


def _measure(job: tuple[Labelled, list[tuple[int, str]]]) -> list[tuple[str, str, str, dict[str, Counts], float]]:
    one, cells = job
    found = []
    for layout, form in cells:
        content = render(one.blocks, LAYOUTS[layout], form)
        document = read(content, f"{one.id}.{form}", Limits())
        began = time.process_time()
        parsed = parse(document, now=NOW)
        spent = time.process_time() - began
        found.append((one.id, LAYOUTS[layout].name, form, judged(one.gold, parsed), spent))
    return found


def run(
    texts: Sequence[Labelled], *, everything: bool, processes: int
) -> Iterator[tuple[str, str, str, dict[str, Counts], float]]:
    jobs = [(one, list(cells(number, everything=everything))) for number, one in enumerate(texts)]
    if processes == 1:
        for job in jobs:
            yield from _measure(job)
        return
    with ProcessPoolExecutor(processes) as pool:
        for found in pool.map(_measure, jobs, chunksize=8):
            yield from found


def main(arguments: Sequence[str] = ()) -> bool:
    options = _options(arguments)
    if not ARCHIVE.exists():
        skipped("fields", f"{ARCHIVE} is not there")
        return True
    texts = load(ARCHIVE)
    groups: dict[tuple[str, str], dict[str, Counts]] = defaultdict(lambda: defaultdict(Counts))
    files, seconds = 0, 0.0
    for id_, layout, form, counts, spent in run(texts, everything=options.all, processes=options.processes):
        files, seconds = files + 1, seconds + spent
        half = "even" if int(re.sub(r"\D", "", id_) or 0) % 2 == 0 else "odd"
        for group in (("all", ""), ("layout", layout), ("format", form), ("half", half)):
            for name, count in counts.items():
                groups[group][name].add(count)
        if options.wrong and half == "odd":
            for note in counts[options.wrong[0]].notes:
                print(id_, layout, form, note)
    return _printed(groups, files, seconds)


def _printed(groups: dict[tuple[str, str], dict[str, Counts]], files: int, seconds: float) -> bool:
    held = True
    for name, bar in BARS.items():
        count = groups["all", ""][name]
        held &= figure("fields", f"{name}: F1", count.f1, "", at_least=bar, **count.shown())
        for kind in ("layout", "format", "half"):
            by = {value: round(counts[name].f1, 4) for (k, value), counts in groups.items() if k == kind}
            figure("fields", f"{name}: F1 by {kind}", min(by.values()), "", **by)
    figure("fields", "parsing one file", 1000 * seconds / files, "ms of processor time", files=files)
    return held


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    reader = argparse.ArgumentParser(description="Fields of the labelled resumes.")
    reader.add_argument("--all", action="store_true", help="every text in every layout and format")
    reader.add_argument("--processes", type=int, default=2)
    reader.add_argument("--wrong", nargs=1, choices=list(BARS), help="print what was read wrongly, of the odd half")
    return reader.parse_args(list(arguments))


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1:]) else 1)
