"""What sounds finished and what does not."""

from __future__ import annotations

import pytest

from interview.turns import TextTurnDetector
from models.engines import TurnView


def p_complete(text: str) -> float:
    return TextTurnDetector().p_complete(TurnView(text))


@pytest.mark.parametrize(
    "text",
    [
        "we had to migrate the whole cluster over a weekend because",
        "we had to migrate the whole cluster over a weekend because the",
        "I spoke to the consultant and then I went to the",
        "so the way I look at it is um",
        "I was responsible for the night shift, you know",
        "the ward was short of staff and I didn’t",
        "I looked into the logs of the service and...",
        "We moved the data to a new store,",
        "I have worked with a lot of tools such as",
    ],
)
def test_hanging_ends_are_clearly_unfinished(text: str) -> None:
    assert p_complete(text) < 0.15


@pytest.mark.parametrize(
    "text",
    [
        "there were three reasons for that first the cost of running it was too high",
        "there were three reasons first the cost second the time it took us to deploy",
        "we did three things to fix the outage",
        "not only did I lead the team I was on call every week",
        "on the one hand the old system had served us very well for years",
        "Firstly",
    ],
)
def test_half_a_list_or_pair_waits_for_the_rest(text: str) -> None:
    assert p_complete(text) < 0.5


@pytest.mark.parametrize(
    "text",
    [
        "I rewrote the scheduler and the error rate fell from four percent to almost nothing.",
        "i rewrote the scheduler and the error rate fell from four percent to almost nothing",
        "there were two reasons first the cost of it and second the time it took us to deploy",
        "there were three reasons first the cost second the time and finally the risk for patients",
        "not only did I lead the team but I was also on call every week",
        "we did three things and because all of them were cheap the manager was happy to let us go on with them",
        "they went live in the spring and all of it went rather well",
        "I was first on the scene and called the crash team at once",
    ],
)
def test_whole_answers_are_finished(text: str) -> None:
    assert p_complete(text) > 0.5


@pytest.mark.parametrize("text", ["yes", "Yes, I did.", "about six years", "and so my fellow Americans"])
def test_a_few_words_may_be_an_opening_but_do_not_hang(text: str) -> None:
    assert 0.15 <= p_complete(text) < 0.5


@pytest.mark.parametrize("text", ["", "   ", "...", "?!"])
def test_nothing_is_not_an_answer(text: str) -> None:
    assert p_complete(text) < 0.2
