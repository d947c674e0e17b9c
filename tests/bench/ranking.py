"""Does the score find the right resume? 300 job ads, each with the resume written for it, all ranked over all 300.

Two figures must hold at once: the reciprocal rank of an ad's own resume, and the average precision with the resumes of
all ads of the same title as the relevant ones. Beside them, in the same run, what people use instead. Vectors are kept
in `FOYER_BENCH_CACHE` (default: the system's temporary folder), outside the project.
"""

from __future__ import annotations

import csv
import math
import os
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matching.embedder import CachedEmbedder
from matching.onnx_encoder import OnnxEmbedder
from matching.skills import Vocabulary
from matching.torch_encoder import SentenceEmbedder
from models.engines import Embedder
from models.settings import Settings
from models.values import ParsedResume
from screening.extract import Limits, read
from screening.parse import parse
from screening.posting import read_posting
from screening.prepared import Prepared, prepare
from screening.screen import Screener
from tests.bench.figures import DATA, figure, skipped

NOW = date(2026, 11, 1)
DRAWS = 2000
CACHE = Path(os.environ.get("FOYER_BENCH_CACHE", Path(tempfile.gettempdir()) / "foyer-bench"))

Scores = NDArray[np.float64]
"""(jobs, resumes)."""


@dataclass(frozen=True, slots=True)
class Planted:
    """One row: an ad, the resume written for it, and the ad's first line."""

    ad: str
    resume: str
    title: str


def planted() -> list[Planted]:
    found = []
    for number in (1, 2, 3):
        with (DATA / "ranking" / f"planted_{number}.csv").open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                ad = row["Job Description"].strip()
                found.append(Planted(ad, row["Ground Truth"], ad.splitlines()[0].strip()))
    return found


# ---------------------------------------------------------------- what is compared


def product(pairs: Sequence[Planted], embedder: Embedder) -> Scores:
    """As `foyer screen` does it, file by file: read, parse, prepare, judge."""
    vocabulary, limits = Vocabulary.load(), Limits.of(Settings().screening)
    resumes: list[Prepared] = []
    for number, pair in enumerate(pairs):
        parsed: ParsedResume = parse(read(pair.resume.encode(), f"{number}.txt", limits), now=NOW)
        resumes.append(prepare(parsed, vocabulary))
    rows = []
    embedder.embed([text for one in resumes for text in one.texts])
    for pair in pairs:
        posting = read_posting(pair.ad)
        screener = Screener(
            posting.requirements,
            embedder,
            threshold=0.5,
            review_band=0.1,
            vocabulary=vocabulary,
            title=posting.title,
            text=posting.text,
        )
        rows.append([result.score for result in screener.judge_many(resumes, now=NOW)])
    return np.array(rows)


def bm25(pairs: Sequence[Planted], k1: float = 1.2, b: float = 0.75) -> Scores:
    """Okapi BM25 over the pool at hand, as libraries do it."""
    documents = [Counter(_words(pair.resume)) for pair in pairs]
    frequency = Counter(word for document in documents for word in document)
    mean = sum(sum(document.values()) for document in documents) / len(documents)
    idf = {word: math.log(1 + (len(documents) - n + 0.5) / (n + 0.5)) for word, n in frequency.items()}
    scores = np.zeros((len(pairs), len(pairs)))
    for column, document in enumerate(documents):
        norm = k1 * (1 - b + b * sum(document.values()) / mean)
        gains = {word: idf[word] * n * (k1 + 1) / (n + norm) for word, n in document.items()}
        for row, pair in enumerate(pairs):
            scores[row, column] = sum(gains.get(word, 0.0) for word in _words(pair.ad))
    return scores


def whole(pairs: Sequence[Planted], embedder: Embedder) -> Scores:
    """One vector an ad, one a resume."""
    ads, resumes = embedder.embed([pair.ad for pair in pairs]), embedder.embed([pair.resume for pair in pairs])
    return np.asarray(ads @ resumes.T, np.float64)


def max_sim(pairs: Sequence[Planted], embedder: Embedder) -> Scores:
    """For each line of the ad its nearest line of the resume; the mean over the ad's lines."""
    ads = [embedder.embed(lines(pair.ad)) for pair in pairs]
    resumes = [embedder.embed(lines(pair.resume)) for pair in pairs]
    return np.array([[float((ad @ resume.T).max(axis=1).mean()) for resume in resumes] for ad in ads])


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if re.search(r"\w", line)]


def standard(scores: Scores) -> Scores:
    """Standard scores over each job's pool."""
    spread = scores.std(axis=1, keepdims=True)
    return np.asarray((scores - scores.mean(axis=1, keepdims=True)) / np.where(spread > 0, spread, 1.0))


# ---------------------------------------------------------------- how it is measured


def reciprocal_ranks(scores: Scores) -> NDArray[np.float64]:
    """One a job: 1 / rank of its own resume; a tie counts half a rank for each other resume in it."""
    own = np.diagonal(scores)[:, None]
    ranks = 1 + (scores > own).sum(axis=1) + ((scores == own).sum(axis=1) - 1) / 2
    return np.asarray(1 / ranks)


def average_precisions(scores: Scores, titles: Sequence[str]) -> NDArray[np.float64]:
    """One a job: resumes of ads with the same title are relevant; ties in the order of the files."""
    named = np.array(titles)
    relevant = named[:, None] == named[None, :]
    order = np.argsort(-scores, axis=1, kind="stable")
    hits = np.take_along_axis(relevant, order, axis=1)
    precision = np.cumsum(hits, axis=1) / np.arange(1, len(titles) + 1)
    return np.asarray((precision * hits).sum(axis=1) / hits.sum(axis=1))


def interval(values: NDArray[np.float64]) -> list[float]:
    """95 % bootstrap interval of the mean, over jobs."""
    draws = np.random.default_rng(0).integers(0, len(values), (DRAWS, len(values)))
    return [round(float(end), 4) for end in np.percentile(values[draws].mean(axis=1), [2.5, 97.5])]


def told(name: str, scores: Scores, titles: Sequence[str], bars: tuple[float, float] | None = None) -> bool:
    held = True
    measured = (("planted MRR", reciprocal_ranks(scores)), ("same-title MAP", average_precisions(scores, titles)))
    for number, (measure, values) in enumerate(measured):
        more = {"at_least": bars[number]} if bars else {}
        held &= figure(
            "ranking", f"{measure}, {name}", float(values.mean()), jobs=len(values), ci95=interval(values), **more
        )
    return held


def main() -> bool:
    if not (DATA / "ranking").is_dir():
        skipped("ranking", f"no data at {DATA}")
        return True
    pairs = planted()
    titles = [pair.title for pair in pairs]
    CACHE.mkdir(parents=True, exist_ok=True)
    encoder = CachedEmbedder(OnnxEmbedder(folder=CACHE), CACHE / "vectors.db")
    held = told("Foyer's score", product(pairs, encoder), titles, bars=(0.97, 0.70))
    words, documents, lines = bm25(pairs), whole(pairs, encoder), max_sim(pairs, encoder)
    told("BM25", words, titles)
    told("whole-document MiniLM", documents, titles)
    told("plain MaxSim over the ad's lines", lines, titles)
    told("z-sum of BM25, MaxSim and document", standard(words) + standard(lines) + standard(documents), titles)
    script = CachedEmbedder(SentenceEmbedder(), CACHE / "vectors.db")
    told("twenty-line sentence-transformers script", whole(pairs, script), titles)
    return held


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
