"""A new job and 100,000 people who are known: how long until they are ranked; does the first look keep the best?

People are made of the CC0 texts of the data folder, read, parsed, made ready and encoded as uploads are: each has the
facts of one resume and lines of two, about SPANS of them. What is there before the job comes (vectors in files, resumes
made ready and sealed) is not timed. How many of the true best are kept is estimated: of LOOKED people whom the first
look left out, drawn by chance, how many have a higher exact score than the hundredth of those it kept?

`python -m tests.bench.new_job --people 20000` for a short run.
"""

from __future__ import annotations

import argparse
import csv
import random
import resource
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import numpy as np

from api.app import build
from matching.onnx_encoder import OnnxEmbedder
from matching.skills import Vocabulary
from models.engines import Vectors
from models.settings import ROOT, Settings
from models.values import Basics, ParsedResume
from screening.extract import Limits, read
from screening.parse import parse
from screening.people import People
from screening.posting import read_posting
from screening.prepared import Prepared, prepare, span_texts
from screening.ranking import EXACT, exactly, rank
from screening.screen import Screener
from tests.bench.figures import DATA, figure, skipped
from tests.bench.ranking import CACHE
from tests.bench.rescoring import THRESHOLD, median
from tests.bench.spans import cached

BENCH = "new_job"
NOW = date(2026, 11, 1)
PEOPLE, SPANS, BEST, LOOKED = 100_000, 20, 100, 4_000
STEP = 2_000
"""People put at once."""
JOBS = ("backend_engineer", "intensive_care_nurse")


class Crowd:
    """`count` people, each made of two real resumes by a number: the facts of one, lines of both."""

    def __init__(self, count: int, vocabulary: Vocabulary) -> None:
        csv.field_size_limit(10**8)
        with (DATA / "ranking" / "distractors.csv").open(encoding="utf-8") as file:
            texts = [row["Resume"] for row in csv.DictReader(file)]
        parsed = [parse(read(text.encode(), "resume.txt", Limits()), now=NOW) for text in texts]
        self._bases = [nameless(one) for one in parsed if len(one.spans) > 3]
        self._vocabulary, self.count = vocabulary, count
        lines = {text: None for one in self._bases for text in span_texts(one)}
        encoder = cached(OnnxEmbedder(folder=CACHE, threads=2))
        self._vectors = encoder.embed(list(lines))
        self._rows = {text: row for row, text in enumerate(lines)}
        self._own = [[self._rows[text] for text in span_texts(one)] for one in self._bases]

    def _taken(self, number: int) -> list[tuple[int, int]]:
        """(base, line) of each line of a person."""
        drawn = random.Random(number)
        one, other = drawn.randrange(len(self._bases)), drawn.randrange(len(self._bases))
        lines = [(base, at) for base in (one, other) for at in range(len(self._own[base]))]
        return sorted(drawn.sample(lines, min(len(lines), SPANS + drawn.randrange(-5, 6))))

    def vectors(self, number: int) -> Vectors:
        rows = [self._own[base][at] for base, at in self._taken(number)]
        return np.asarray(self._vectors[rows], np.float32)

    def ready(self, number: int) -> Prepared:
        taken = self._taken(number)
        first = self._bases[taken[0][0]]
        spans = []
        for place, (base, at) in enumerate(taken):
            span = self._bases[base].spans[at]
            spans.append(span.model_copy(update={"id": place} | ({} if base == taken[0][0] else {"entry": None})))
        return prepare(first.model_copy(update={"spans": tuple(spans)}), self._vocabulary)


def nameless(parsed: ParsedResume) -> ParsedResume:
    """So that a line reads the same in whoever's resume it is put."""
    return parsed.model_copy(update={"resume": parsed.resume.model_copy(update={"basics": Basics()})})


def put_vectors(people: People, crowd: Crowd) -> None:
    for start in range(0, crowd.count, STEP):
        numbers = range(start, min(crowd.count, start + STEP))
        people.spans.put({named(number): crowd.vectors(number) for number in numbers})


def put_ready(people: People, crowd: Crowd, numbers: list[int]) -> None:
    """Made ready and sealed: of whom somebody asks, since all 100,000 would take ten minutes and change no figure."""
    for start in range(0, len(numbers), STEP):
        some = numbers[start : start + STEP]
        people.keep({named(number): (named(number), crowd.ready(number)) for number in some})


def named(number: int) -> str:
    return f"person-{number:07d}"


def measured(people: People, crowd: Crowd, name: str, looked: int) -> bool:
    path = ROOT / "samples" / "jobs" / f"{name}.md"
    posting = read_posting(path.read_text("utf-8"), media_type="text/markdown", name=path.name)
    screener = Screener(
        posting.requirements,
        cached(OnnxEmbedder(folder=CACHE, threads=2)),
        threshold=THRESHOLD,
        review_band=0.08,
        title=posting.title,
        text=posting.text,
    )
    everybody = [named(number) for number in range(crowd.count)]
    began = time.perf_counter()
    first = rank(people, screener, everybody, now=NOW, exact=0)
    cold = time.perf_counter() - began
    order, _ = first.order()
    best = [int(first.ids[place][7:]) for place in order[:EXACT].tolist()]
    others = random.Random(1).sample(sorted(set(range(crowd.count)) - set(best)), min(looked, crowd.count - len(best)))
    put_ready(people, crowd, [*best, *others])
    more = {"job": name, "people": crowd.count, "requirements": len(posting.requirements)}
    figure(BENCH, "first look, cold", cold, "s", **more)
    look = median(lambda: rank(people, screener, everybody, now=NOW, exact=0))
    ids = [named(number) for number in best]
    exact = median(lambda: list(exactly(people, screener, ids, now=NOW)))
    whole = median(lambda: rank(people, screener, everybody, now=NOW))
    figure(BENCH, "first look", look, "s", **more)
    figure(BENCH, f"exact scores of {len(ids)}", exact, "s", **more)
    ok = figure(BENCH, "ranked", whole, "s", at_most=2.0, **more)
    found = rank(people, screener, everybody, now=NOW)
    weights = {one.id: 0.5 + at for at, one in enumerate(posting.requirements)}
    again = median(lambda: found.board.decisions(0.6, 0.08, found.order(weights)[1]))
    ok &= figure(BENCH, "other weights and another threshold", 1000 * again, "ms", at_most=100, **more)
    kept = np.sort(found.order()[1][found.exact])[::-1]
    line = float(kept[min(BEST, len(kept)) - 1])
    beside = exactly(people, screener, [named(number) for number in others], now=NOW)
    better = int(sum(screener.board([one]).scores()[0] > line for _, one in beside))
    missed = better * (crowd.count - len(best)) / max(1, len(others))
    share = min(BEST, len(kept)) / (min(BEST, len(kept)) + missed)
    figure(BENCH, f"of the true best {BEST}, kept", share, "share", looked=len(others), better=better, **more)
    return ok


def main(count: int = PEOPLE, looked: int = LOOKED) -> bool:
    if not (DATA / "ranking" / "distractors.csv").is_file():
        skipped(BENCH, f"no data in {DATA}")
        return True
    vocabulary = Vocabulary.load()
    crowd = Crowd(count, vocabulary)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        settings = Settings(home=home)
        seal = build(settings, work=False).seal
        people = People(384, seal, vocabulary.digest, home / "known")
        began = time.perf_counter()
        put_vectors(people, crowd)
        figure(BENCH, "putting the vectors", time.perf_counter() - began, "s", people=count)
        size = sum(file.stat().st_size for file in (home / "known").rglob("*") if file.is_file())
        figure(BENCH, "disk", size / 2**20, "MiB", people=count)
        held = [measured(people, crowd, name, looked) for name in JOBS]
        ok = all(held)
        people.close()
    figure(BENCH, "peak memory", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10, "MiB", with_bench=True)
    return ok


if __name__ == "__main__":
    wanted = argparse.ArgumentParser()
    wanted.add_argument("--people", type=int, default=PEOPLE)
    wanted.add_argument("--looked", type=int, default=LOOKED)
    given = wanted.parse_args()
    sys.exit(0 if main(given.people, given.looked) else 1)
