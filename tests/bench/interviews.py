"""The simulated interviews and what the evaluator measures in them: shared by the bench of its agreement, its fit and
its stress."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interview.blind import for_the_rater
from interview.evaluate import why_unrated
from interview.evidence import Answer, answers, sentences
from interview.families import families
from interview.relevance import Rubric
from interview.scoring import ANCHORS, SIGNALS, Measured, features_of, measure
from interview.transcripts import read_rubric
from models.engines import Embedder
from models.values import Competency, InterviewRecord, Turn
from tests.bench.figures import DATA

NOTE = "simulated interviews (mbzuai-nlp/beyond-the-resume, MIT)"
JOBS = ("gd", "ml")
POINTS = {"low": 0.0, "medium": 50.0, "high": 100.0}
FOLDER = DATA / "interviews"

Numbers = NDArray[np.float64]
Change = Callable[[InterviewRecord], InterviewRecord]


class Remembering:
    """An Embedder that embeds a text once: the same anchors are asked for with every interview."""

    def __init__(self, inner: Embedder) -> None:
        self._inner, self._known = inner, dict[str, NDArray[np.float32]]()
        self.name, self.dim = inner.name, inner.dim

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known.update(zip(new, self._inner.embed(new), strict=True))
        return np.stack([self._known[text] for text in texts])


@dataclass(frozen=True)
class Described:
    """The anchors of our own library of kits as if they were answers, a row each: twelve families of work in plain
    words, so that what is learnt of two jobs is not all about those two."""

    features: Numbers
    truth: Numbers
    family: NDArray[Any]

    def only(self, rows: NDArray[np.bool_]) -> Described:
        return Described(self.features[rows], self.truth[rows], self.family[rows])


def described(embedder: Embedder) -> Described:
    rows, truth, names = [], [], []
    for family in families():
        parts = [Competency(id=one.id, name=one.name, anchors=one.anchors) for one in family.parts]
        known = Rubric(parts, embedder)
        for column, part in enumerate(parts):
            for level, points in POINTS.items():
                said = sentences(0, Turn(role="candidate", text=getattr(part.anchors, level)), str)
                vectors = dict(zip((one.text for one in said), embedder.embed([one.text for one in said]), strict=True))
                rows.append(features_of(column, said, known, vectors).mean(axis=0))
                truth.append(points)
                names.append(family.id)
    return Described(np.array(rows), np.array(truth), np.array(names))


@dataclass
class Table:
    """One row a competency of an interview. `features` are NaN where it could not be rated. `words`: an answer, on
    average, which says more than their sum. `judge`: what the data set's language-model judge expects, in points."""

    features: Numbers
    truth: Numbers
    words: Numbers
    judge: Numbers
    interview: NDArray[np.int64]
    resume: NDArray[Any]
    job: NDArray[Any]
    mixed: NDArray[np.bool_]
    said: NDArray[Any]
    whole: NDArray[Any]
    """The texts of the answers that speak for the competency, and of the whole interview: for the baselines."""
    described: Described

    @property
    def rated(self) -> NDArray[np.bool_]:
        return ~np.isnan(self.features[:, 0])


@cache
def records() -> list[tuple[dict[str, Any], InterviewRecord]]:
    lines = (FOLDER / "interviews.jsonl").read_text("utf-8").splitlines()
    return [
        (row, InterviewRecord(id=f"i{number}", resume=row.get("resume"), turns=turns_of(row["turns"])))
        for number, row in enumerate(map(json.loads, lines))
    ]


def turns_of(turns: Sequence[dict[str, str]]) -> tuple[Turn, ...]:
    return tuple(
        Turn(role="candidate" if turn["role"] == "applicant" else "interviewer", text=turn["message"]) for turn in turns
    )


@cache
def rubric(job: str) -> dict[str, dict[str, str]]:
    loaded: dict[str, dict[str, str]] = json.loads((FOLDER / "rubrics" / f"{job}.json").read_text("utf-8"))
    return loaded


def rubrics(embedder: Embedder) -> dict[str, Rubric]:
    return {job: Rubric(read_rubric(rubric(job)), embedder) for job in JOBS}


def table(embedder: Embedder, change: Change = lambda record: record) -> Table:
    """`change` is made to every interview before it is measured."""
    known = rubrics(embedder)
    rows: list[tuple[Any, ...]] = []
    for number, (row, untouched) in enumerate(records()):
        record = change(untouched)
        found = answers(record.turns, for_the_rater(record))
        mixed, whole = len(set(row["levels"].values())) > 1, " ".join(answer.text for answer in found)
        for competency, about in zip(
            known[row["job"]].competencies, measure(found, known[row["job"]], embedder), strict=True
        ):
            name = competency.id
            rows.append(
                (
                    _features(about, embedder.dim),
                    POINTS[row["levels"][name]],
                    _words(about, found),
                    _expected(row["llm_judge_final"][name]),
                    number,
                    row["resume_id"],
                    row["job"],
                    mixed,
                    " ".join(answer.text for answer in about.answers[:2]) if about else "",
                    whole,
                )
            )
    return Table(*(np.array(column) for column in zip(*rows, strict=True)), described=described(embedder))


def _features(about: Measured | None, width: int) -> Numbers:
    if about is None or why_unrated(about) is not None:
        return np.full(width + len(ANCHORS) + len(SIGNALS), np.nan)
    return about.features


def _words(about: Measured | None, found: Sequence[Answer]) -> float:
    spoken = about.answers if about else found
    return sum(answer.words for answer in spoken) / len(spoken)


def _expected(posterior: dict[str, float]) -> float:
    return sum(POINTS[level] * share for level, share in posterior.items()) / sum(posterior.values())
