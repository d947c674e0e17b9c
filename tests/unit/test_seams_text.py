"""Texts that were made to make a search run away, and rubrics at the edge of what there is to compare."""

from __future__ import annotations

import numpy as np
import pytest

from interview.blind import for_the_rater
from interview.evaluate import Evaluator
from interview.evidence import answers
from interview.relevance import Rubric, choose
from interview.report_json import report_data
from interview.second_rater import located, shown
from models.engines import Vectors
from models.values import Anchors, Competency, InterviewRecord, SecondRating, Turn, TurnEvidence
from tests.fakes_matching import FakeEmbedder, rating_weights
from tests.report_world import full_report


@pytest.mark.timeout(10)
@pytest.mark.parametrize("piece", ["A-", "A - ", "A.-", "Aa ", "'é", "University of A-", "A" + "-" * 40])
def test_no_resume_makes_the_search_for_schools_run_away(piece: str) -> None:
    record = InterviewRecord(id="i", resume=piece * (20_000 // len(piece)), turns=())
    assert "[school]" in for_the_rater(record)("I was at Carnegie-Mellon University then.")


@pytest.mark.timeout(10)
def test_no_row_of_redacted_words_makes_the_search_for_a_quote_run_away() -> None:
    competency = Competency(id="c", name="c", anchors=Anchors(low="-", medium="o", high="+"))
    said = f"{'word ' * 2000}he she he she fixed the oven and he left."
    turn = Turn(role="candidate", text=said)
    turns = shown(InterviewRecord(id="i", turns=(turn,)), competency)
    row = "[pronoun] [pronoun] [pronoun] [pronoun]"
    for quote, words in (
        (f"{row} fixed the oven", "she fixed the oven"),
        (f"word {row} fixed the oven", "word he she he she fixed the oven"),
        ("fixed the oven and [pronoun]", "fixed the oven and he"),
    ):
        found = located(quote, 0, turns, (turn,))
        assert found is not None
        assert found.quote == words


class Count:
    """An embedder for texts of one word said over and over: how often "good" is in it."""

    name, dim = "count", 2

    def embed(self, texts: list[str]) -> Vectors:
        good = np.array([text.split().count("good") / max(1, len(text.split())) for text in texts])
        return np.stack([good, np.sqrt(1 - good**2)], axis=1).astype(np.float32)


def test_of_one_competency_the_answers_nearest_to_it_are_chosen() -> None:
    """Not the first ones: with no other competency to compare with, how near an answer comes still counts."""
    anchors = Anchors(low="good", medium="good", high="good")
    rubric = Rubric([Competency(id="c", name="c", anchors=anchors)], Count())  # type: ignore[arg-type]
    turns = []
    for number in range(8):
        words = " ".join(["good"] * (10 + 4 * number) + ["other"] * (40 - 4 * number))
        turns += [Turn(role="interviewer", text="So?"), Turn(role="candidate", text=words)]
    [chosen] = choose(answers(turns, str), rubric, Count())  # type: ignore[arg-type]
    assert chosen is not None
    assert chosen.answers[0].sentences[0].turn == 15


def test_a_kit_without_competencies_proposes_nothing() -> None:
    turns = (Turn(role="interviewer", text="Can you work shifts?"), Turn(role="candidate", text="Yes. " * 60))
    vectors = FakeEmbedder()
    card = Evaluator(vectors, rating_weights(vectors)).evaluate(InterviewRecord(id="i", turns=turns), ())
    assert (card.recommendation, card.overall, card.competencies) == ("no_decision", None, ())


def test_the_data_hold_the_second_rating() -> None:
    report = full_report()
    first, *others = report.scorecard.competencies
    quote = TurnEvidence(quote="I measured", turn=1, start=1.0, end=2.0)
    second = SecondRating(rating=2, evidence=(quote,), reason="Little.", model="mind", prompt_sha256="c", agrees=False)
    rated = (first.model_copy(update={"second": second}), *others)
    data = report_data(full_report(scorecard=report.scorecard.model_copy(update={"competencies": rated})))
    assert data["competencies"][0]["second"]["rating"] == 2
    assert data["competencies"][0]["second"]["evidence"][0]["quote"] == "I measured"
    assert data["competencies"][1]["second"] is None
