"""Another weight, threshold or requirement over 10,000 screened resumes: how long until the new scores are there?

The resumes are the CC0 texts of the data folder, read, parsed and made ready as uploads are, each repeated with its
spans drawn anew from all of them, about 40 a resume. Vectors are random unit vectors with a few directions in common:
no figure here depends on what they mean. Beside each figure stands what numpy needs to read the same matrix once.
"""

from __future__ import annotations

import csv
import random
import resource
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial

import numpy as np

from matching.skills import Vocabulary
from models.engines import Embedder, Vectors
from models.settings import ROOT
from models.values import ParsedResume, Requirement
from screening.board import Board, Spans
from screening.extract import Limits, read
from screening.parse import parse
from screening.posting import read_posting
from screening.prepared import Prepared, prepare
from screening.screen import Screener
from tests.bench.figures import DATA, figure, skipped
from tests.fakes import FakeEmbedder

BENCH = "rescoring"
NOW = date(2026, 11, 1)
RESUMES, SPANS, DIM, TIMES = 10_000, 40, 384, 7
LOOKED = 1_000
"""Screened one by one; the board of the others repeats their verdicts, since no time depends on what they are."""
THRESHOLD, BAND = 0.5, 0.08


def resumes(vocabulary: Vocabulary) -> list[Prepared]:
    """About 200 real ones, then RESUMES made of their spans."""
    csv.field_size_limit(10**8)
    with (DATA / "ranking" / "distractors.csv").open(encoding="utf-8") as file:
        texts = [row["Resume"] for row in csv.DictReader(file)][:200]
    parsed = [parse(read(text.encode(), "resume.txt", Limits()), now=NOW) for text in texts]
    drawn = random.Random(1)
    spans = [span for one in parsed for span in one.spans]
    ready = []
    distinct = {span.text: None for span in spans}
    print(f"{len(distinct)} distinct spans", file=sys.stderr)
    bases = [prepare(one, vocabulary) for one in parsed]
    for _ in range(RESUMES):
        ready.append(_mixed(drawn.choice(bases), drawn.choice(bases), drawn))
    return ready


def _mixed(one: Prepared, other: Prepared, drawn: random.Random) -> Prepared:
    """A resume with the facts of one and the spans of both, about SPANS of them."""
    take = [(one, at) for at in range(len(one.texts))] + [(other, at) for at in range(len(other.texts))]
    while len(take) < SPANS:
        take = take + take
    take = take[: SPANS + drawn.randrange(-8, 9)]
    drawn.shuffle(take)
    skills: dict[str, tuple[float, int]] = {}
    for row, (source, at) in enumerate(take):
        for skill in source.shown[at]:
            strength = source.skills.get(skill, (0.85, 0))[0]
            if strength > skills.get(skill, (0.0, 0))[0]:
                skills[skill] = (strength, row)
    spans = tuple(source.spans[at].model_copy(update={"id": row}) for row, (source, at) in enumerate(take))
    parsed: ParsedResume = one.parsed.model_copy(update={"spans": spans})
    return replace(
        one,
        parsed=parsed,
        texts=tuple(source.texts[at] for source, at in take),
        skills=skills,
        shown=tuple(source.shown[at] for source, at in take),
        words=tuple(source.words[at] for source, at in take),
        allowed=np.array([source.allowed[at] for source, at in take], np.bool_),
        sections=tuple(source.sections[at] for source, at in take),
        distinct=tuple(range(len(take))),
    )


def vectors_for(count: int) -> Vectors:
    drawn = np.random.default_rng(2)
    found = np.empty((count, DIM), np.float32)
    topics = drawn.standard_normal((40, DIM)).astype(np.float32)
    for at in range(0, count, 20_000):
        block = found[at : at + 20_000]
        block[:] = drawn.standard_normal(block.shape, np.float32) + topics[drawn.integers(0, 40, len(block))]
        block /= np.linalg.norm(block, axis=1, keepdims=True)
    return found


def median(work: Callable[[], object]) -> float:
    work()
    taken = []
    for _ in range(TIMES):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def _changed(board: Board, one: Requirement, spans: Spans, embedder: Embedder, vocabulary: Vocabulary) -> object:
    return board.with_requirement(one, spans, embedder, vocabulary, now=NOW).scores()


def main() -> bool:
    if not (DATA / "ranking" / "distractors.csv").is_file():
        skipped(BENCH, f"no data in {DATA}")
        return True
    vocabulary, embedder = Vocabulary.load(), FakeEmbedder(DIM)
    job = ROOT / "samples" / "jobs" / "backend_engineer.md"
    asked = read_posting(job.read_text("utf-8"), media_type="text/markdown", name=job.name).requirements
    pool = resumes(vocabulary)
    spans = Spans.of(pool, vectors_for(sum(len(one.texts) for one in pool)))
    screener = Screener(
        asked,
        embedder,
        threshold=THRESHOLD,
        review_band=BAND,
        vocabulary=vocabulary,
        title="Backend engineer",
        text=job.read_text("utf-8"),
    )
    began = time.perf_counter()
    results = [
        screener.judge(one, spans.vectors[start:end], now=NOW)
        for one, start, end in zip(pool[:LOOKED], spans.starts[:LOOKED], spans.starts[1 : LOOKED + 1], strict=True)
    ]
    whole = time.perf_counter() - began
    board = Board.of(asked, results)
    agree = np.array_equal(board.scores(), [one.score for one in results])
    board = replace(
        board,
        values=np.tile(board.values, (RESUMES // LOOKED, 1)),
        statuses=np.tile(board.statuses, (RESUMES // LOOKED, 1)),
        near=np.tile(board.near, (RESUMES // LOOKED, 1)),
    )
    ok = figure(BENCH, "scores equal the Screener's", int(agree), "bool", resumes=LOOKED, at_least=1)
    once = median(lambda: float(spans.vectors.sum()))
    more = {"resumes": len(pool), "requirements": len(asked), "spans": len(spans.vectors)}
    weights = {one.id: 0.5 + at for at, one in enumerate(asked)}
    ok &= figure(
        BENCH,
        "other weights",
        median(lambda: board.decisions(THRESHOLD, BAND, board.scores(weights))),
        "s",
        at_most=0.05,
        **more,
    )
    scores = board.scores()
    ok &= figure(
        BENCH,
        "another threshold",
        median(lambda: np.bincount(board.decisions(0.6, BAND, scores))),
        "s",
        at_most=0.05,
        **more,
    )
    for kind in ("skill", "responsibility", "years"):
        one = Requirement(id="new", text=TEXTS[kind], kind=kind, must_have=False)
        taken = median(partial(_changed, board, one, spans, embedder, vocabulary))
        ok &= figure(
            BENCH,
            f"another requirement ({kind})",
            taken,
            "s",
            at_most=1.0,
            **more,
            reading_the_vectors_once=round(once, 3),
        )
    figure(
        BENCH,
        "screening them all again instead",
        whole * RESUMES / LOOKED,
        "s",
        note=f"from {LOOKED}; nothing embedded",
    )
    figure(BENCH, "memory of the vectors", spans.vectors.nbytes / 2**20, "MiB")
    figure(BENCH, "peak memory", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10, "MiB", with_bench=True)
    return ok


TEXTS = {
    "skill": "Kubernetes",
    "responsibility": "Design and run data pipelines for reporting",
    "years": "3 years of experience in data engineering",
}


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
