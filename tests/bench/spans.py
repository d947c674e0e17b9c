"""Vectors as an index holds them, any number: those of real resumes' spans first, then mixtures of two of a resume.

The open data holds some 1,100 resumes (`ranking/`, `parsing/`), read and parsed as uploads are, whose distinct spans
are encoded by the bundled encoder once (texts and vectors are kept in `FOYER_BENCH_CACHE`). What goes beyond them is a
mixture of two spans of one real resume with a drawn weight, at unit length, as the pool's index holds means of a
resume's spans. Used by `tests.bench.index`.
"""

from __future__ import annotations

import csv
import html
import json
import random
import re
import zipfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from matching.embedder import CachedEmbedder
from models.engines import Embedder, Vectors
from models.errors import UnreadableDocument
from models.values import ParsedResume
from screening.extract import Limits, read
from screening.parse import parse
from tests.bench.figures import DATA
from tests.bench.ranking import CACHE, planted

NOW = date(2026, 11, 1)
STEP = 50_000


def resumes() -> list[ParsedResume]:
    """The open data's, in a drawn order that is always the same; as read before, where they were."""
    file = CACHE / "resumes.json"
    if file.is_file():
        return [ParsedResume.model_validate(one) for one in json.loads(file.read_bytes())]
    found = _read()
    CACHE.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps([one.model_dump(mode="json") for one in found]))
    return found


def _read() -> list[ParsedResume]:
    csv.field_size_limit(10**8)
    with (DATA / "ranking" / "distractors.csv").open(encoding="utf-8") as file:
        texts = [row["Resume"] for row in csv.DictReader(file)]
    texts += [one.resume for one in planted()]
    with zipfile.ZipFile(DATA / "parsing" / "resumes_310_labelled.zip") as files:
        names = sorted(name for name in files.namelist() if name.endswith(".xml"))
        raw = [html.unescape(re.sub(r"<[^>]*>", "", files.read(name).decode("utf-8", "replace"))) for name in names]
    texts += [re.sub(r"\s{2,}", "\n", one) for one in raw]
    random.Random(4).shuffle(texts)
    found = []
    for text in texts:
        try:
            found.append(parse(read(text.encode(), "resume.txt", Limits()), now=NOW))
        except UnreadableDocument:
            continue
    return found


@dataclass(frozen=True, slots=True)
class Spans:
    """`vectors`: of the distinct spans of all resumes; `places`: which of them each resume has."""

    vectors: Vectors
    places: list[list[int]]


def cached(embedder: Embedder) -> CachedEmbedder:
    return CachedEmbedder(embedder, CACHE / "spans.db")


def spans(embedder: Embedder) -> Spans:
    """Of every resume with two spans at least."""
    numbers: dict[str, int] = {}
    places = []
    for one in resumes():
        rows = [numbers.setdefault(text, len(numbers)) for text in dict.fromkeys(span.text for span in one.spans)]
        if len(rows) > 1:
            places.append(rows)
    return Spans(cached(embedder).embed(list(numbers)), places)


def filled(real: Spans, queries: int, count: int, file: Path) -> tuple[Vectors, Vectors, int]:
    """(`count` vectors in `file`, real spans that are not among them to ask for, how many of `count` are real)."""
    draw = np.random.default_rng(5)
    order = draw.permutation(len(real.vectors))
    asked, kept = real.vectors[order[:queries]], real.vectors[order[queries:]][:count]
    found = np.memmap(file, np.float32, "w+", shape=(count, kept.shape[1]))
    found[: len(kept)] = kept
    for at in range(len(kept), count, STEP):
        some = min(STEP, count - at)
        pairs = np.array(
            [draw.choice(real.places[who], 2, replace=False) for who in draw.integers(0, len(real.places), some)]
        )
        share = draw.uniform(0.1, 0.9, (some, 1)).astype(np.float32)
        mixed = share * real.vectors[pairs[:, 0]] + (1 - share) * real.vectors[pairs[:, 1]]
        found[at : at + some] = mixed / np.linalg.norm(mixed, axis=1, keepdims=True)
    return found, asked, len(kept)
