"""What the children of a bulk run do: one kind reads and judges resumes, the other encodes texts. Called by `api.bulk`.

A judging child never encodes: it is given vectors, and names the texts that it lacks.
"""

from __future__ import annotations

import gc
import importlib
import json
import pickle
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from api.offline import posting_of
from api.wiring import Engines
from matching.skills import Vocabulary
from models.engines import Vector, Vectors
from models.errors import UnreadableDocument
from models.settings import Settings
from models.values import DocumentText, JobPosting, ScreeningResult
from screening.extract import Limits, load_readers, read_in_child
from screening.kept import Kept
from screening.parse import parse
from screening.prepared import prepare
from screening.screen import Screener


@dataclass(frozen=True, slots=True)
class Words:
    """Asks for the vocabulary's digest."""


@dataclass(frozen=True, slots=True)
class Posting:
    """A posting to read, by its file."""

    file: Path


@dataclass(frozen=True, slots=True)
class Read:
    """A resume to read, as of `now`."""

    content: bytes
    name: str
    now: date


@dataclass(frozen=True, slots=True)
class Text:
    """A resume whose text was recognised elsewhere; `document` is a DocumentText as JSON."""

    document: bytes
    name: str
    now: date


@dataclass(frozen=True, slots=True)
class Job:
    """What a run asks of every resume. `model`: the encoder's name."""

    posting: JobPosting
    threshold: float
    review_band: float
    now: date
    model: str


@dataclass(frozen=True, slots=True)
class Judge:
    """Resumes, and the vectors (n, dim) of `texts`: of all that stands in them. `job`: a Job, pickled once for all
    requests of a run."""

    resumes: tuple[tuple[str, Kept], ...]
    texts: tuple[str, ...]
    vectors: Vectors
    job: bytes


@dataclass(frozen=True, slots=True)
class Judged:
    """`shown`: the candidate as JSON, as it is printed and kept."""

    name: str
    score: float | None
    shown: bytes


@dataclass(frozen=True, slots=True)
class Lacking:
    """Nothing could be judged before these are encoded too."""

    texts: tuple[str, ...]


class _Lacks(Exception):
    def __init__(self, texts: Sequence[str]) -> None:
        super().__init__()
        self.texts = tuple(texts)


class GivenVectors:
    """An Embedder that knows what it was told. `settled` stay, `passing` are for one request."""

    def __init__(self, name: str, dim: int) -> None:
        self.name, self.dim = name, dim
        self.settled: dict[str, Vector] = {}
        self.passing: dict[str, Vector] = {}

    def embed(self, texts: Sequence[str]) -> Vectors:
        lacking = [text for text in texts if text not in self.passing and text not in self.settled]
        if lacking:
            raise _Lacks(list(dict.fromkeys(lacking)))
        rows = [self.passing[text] if text in self.passing else self.settled[text] for text in texts]
        return np.stack(rows) if rows else np.zeros((0, self.dim), np.float32)


class _Judge:
    """One job's Screener over given vectors, made with the first request."""

    def __init__(self, job: Job, dim: int, vocabulary: Vocabulary) -> None:
        self._job, self._vocabulary = job, vocabulary
        self._given = GivenVectors(job.model, dim)
        self._screener: Screener | None = None

    def judge(self, request: Judge) -> list[Judged] | Lacking:
        self._given.passing = dict(zip(request.texts, request.vectors, strict=True))
        try:
            if self._screener is None:
                self._screener = self._ready()
                self._given.settled = self._given.passing  # the requirements' own; asked for once a child
            prepared = [kept.prepared() for _, kept in request.resumes]
            results = self._screener.judge_many(prepared, now=self._job.now)
        except _Lacks as lacks:
            return Lacking(lacks.texts)
        return [
            Judged(name, result.score, json.dumps(shown(name, result), ensure_ascii=False).encode())
            for (name, _), result in zip(request.resumes, results, strict=True)
        ]

    def _ready(self) -> Screener:
        job = self._job
        return Screener(
            job.posting.requirements,
            self._given,
            threshold=job.threshold,
            review_band=job.review_band,
            vocabulary=self._vocabulary,
            title=job.posting.title,
            text=job.posting.text,
        )


Request = Words | Posting | Read | Text | Judge


def resumes(settings: Settings) -> Callable[[Request], Any]:
    """Start of a child that reads postings and resumes and judges what was read."""
    load_readers()
    with _without("torch"):
        importlib.import_module("spacy")
    limits, vocabulary = Limits.of(settings.screening), Engines(settings).vocabulary
    vocabulary.find("ready")
    _settle()
    judges: dict[bytes, _Judge] = {}

    def read(request: Read) -> Kept:
        try:
            document = read_in_child(request.content, request.name, limits)
        except UnreadableDocument as error:
            return Kept(error=(error.detail, error.reason))
        return understood(document, request)

    def understood(document: DocumentText, request: Read | Text) -> Kept:
        return Kept.of(request.name, prepare(parse(document, now=request.now), vocabulary))

    def answer(request: Request) -> Any:
        if isinstance(request, Read):
            return read(request)
        if isinstance(request, Text):
            return understood(DocumentText.model_validate_json(request.document), request)
        if isinstance(request, Judge):
            if request.job not in judges:
                job = pickle.loads(request.job)  # noqa: S301 - from our parent process
                judges[request.job] = _Judge(job, request.vectors.shape[1], vocabulary)
            return judges[request.job].judge(request)
        if isinstance(request, Words):
            return vocabulary.digest
        return posting_of(request.file, Engines(settings))  # whose tagger goes with the answer

    return answer


@contextmanager
def _without(name: str) -> Iterator[None]:
    """Whoever looks whether a package is there does not find it: spaCy loads all of torch if it can, for nothing here,
    which is half of such a child's start. Only for a process with one thread."""
    loaded = sys.modules.get(name)
    sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[name]
        if loaded is not None:
            sys.modules[name] = loaded


def _settle() -> None:
    """What a child has loaded stays: looking through it for garbage again and again took a tenth of all reading."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def encoder(settings: Settings) -> Callable[[list[str] | None], Any]:
    """Start of a child that encodes; None asks for the encoder's name and dimensions."""
    engine = Engines(settings).encoder(settings.screening.precision, threads=1)

    def answer(texts: list[str] | None) -> Any:
        return (engine.name, engine.dim) if texts is None else engine.embed(texts)

    return answer


def shown(name: str, result: ScreeningResult) -> dict[str, Any]:
    """A candidate as `foyer screen --json` prints it."""
    return {
        "file": name,
        "score": result.score,
        "decision": result.decision,
        "reason": result.reason,
        "requirements": [
            {
                "id": verdict.requirement_id,
                "status": verdict.status,
                "score": verdict.score,
                "reason": verdict.reason,
                "evidence": [
                    evidence.model_dump(mode="json", include={"quote", "page", "line", "similarity"})
                    for evidence in verdict.evidence
                ],
            }
            for verdict in result.requirements
        ],
        "terms": [term.model_dump(mode="json", exclude_none=True) for term in result.terms],
        "flags": [flag.model_dump(mode="json") for flag in result.flags],
        "error": None,
    }
