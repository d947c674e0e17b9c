"""The board and the Screener give the same scores and decisions, whatever is changed."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from matching.skills import Vocabulary
from models.settings import ROOT
from models.values import Requirement
from screening.board import Board, Spans
from screening.extract import Limits, read
from screening.parse import parse
from screening.posting import read_posting
from screening.prepared import Prepared, prepare
from screening.screen import Screener
from tests.fakes import FakeEmbedder

NOW = date(2026, 11, 1)
BAND = 0.08
POSTING = "We run a shop.\nYou build services in Python and care for PostgreSQL."


@pytest.fixture(scope="module")
def pool() -> list[Prepared]:
    files = sorted((ROOT / "samples" / "resumes").glob("*.txt"))
    return [
        prepare(parse(read(file.read_bytes(), file.name, Limits()), now=NOW), Vocabulary.load()) for file in files[:20]
    ]


@pytest.fixture(scope="module")
def spans(pool: list[Prepared]) -> Spans:
    return Spans.of(pool, FakeEmbedder().embed([text for one in pool for text in one.texts]))


@pytest.fixture(scope="module")
def asked() -> tuple[Requirement, ...]:
    job = ROOT / "samples" / "jobs" / "backend_engineer.md"
    return read_posting(job.read_text("utf-8"), media_type="text/markdown", name=job.name).requirements


def screened(asked: tuple[Requirement, ...], pool: list[Prepared], threshold: float = 0.5) -> Board:
    screener = Screener(
        asked, FakeEmbedder(), threshold=threshold, review_band=BAND, title="Backend engineer", text=POSTING
    )
    results = screener.judge_many(pool, now=NOW)
    board = Board.of(asked, results)
    assert board.scores().tolist() == [one.score for one in results]
    words = ["advance", "review", "below"]
    assert [words[one] for one in board.decisions(threshold, BAND)] == [one.decision for one in results]
    return board


@pytest.mark.parametrize("threshold", [0.05, 0.2, 0.5, 0.9])
def test_decisions_are_the_screeners(asked: tuple[Requirement, ...], pool: list[Prepared], threshold: float) -> None:
    screened(asked, pool, threshold)


def test_other_weights_give_the_score_of_a_job_with_those_weights(
    asked: tuple[Requirement, ...], pool: list[Prepared]
) -> None:
    weights = {one.id: [0.0, 0.3, 1.7, 5.0][at % 4] for at, one in enumerate(asked)}
    changed = tuple(one.model_copy(update={"weight": weights[one.id]}) for one in asked)
    board = screened(asked, pool)
    assert board.scores(weights).tolist() == screened(changed, pool).scores().tolist()
    assert board.scores(weights).tolist() != board.scores().tolist()


@pytest.mark.parametrize(
    "new",
    [
        Requirement(id="new", text="Kubernetes", kind="skill", must_have=False),
        Requirement(id="new", text="Write reports for the ward", kind="responsibility", must_have=True),
        Requirement(id="new", text="5 years of nursing experience", kind="years", must_have=False, years=5),
        Requirement(id="new", text="Python or Go", kind="skill", must_have=True, alternatives=("Python", "Go")),
    ],
)
def test_one_requirement_more_or_other_is_judged_as_if_the_job_had_it(
    asked: tuple[Requirement, ...], pool: list[Prepared], spans: Spans, new: Requirement
) -> None:
    board, embedder, vocabulary = screened(asked, pool), FakeEmbedder(), Vocabulary.load()
    more = board.with_requirement(new, spans, embedder, vocabulary, now=NOW)
    full = screened((*asked, new), pool)
    assert more.scores().tolist() == full.scores().tolist()
    assert np.array_equal(more.decisions(0.3, BAND), full.decisions(0.3, BAND))
    other = new.model_copy(update={"id": asked[0].id})
    replaced = board.with_requirement(other, spans, embedder, vocabulary, now=NOW)
    assert replaced.scores().tolist() == screened((other, *asked[1:]), pool).scores().tolist()
    assert board.without({asked[0].id}).scores().tolist() == screened(asked[1:], pool).scores().tolist()
