"""Signals: what happened beside the answers, when, and that it changes no byte of what is judged."""

from __future__ import annotations

import pytest

from interview import policy
from interview.context import INNOCENT, signals, spoken
from interview.dialogue import replay, transcript
from interview.evaluate import Evaluator
from interview.events import (
    DialogueEvent,
    Hidden,
    Joined,
    Left,
    OtherVoice,
    Pasted,
    Played,
    Playing,
    Segment,
    Typed,
)
from models.values import InterviewRecord, Signal
from tests.fakes_dialogue import FULL, Talk, a_plan
from tests.fakes_matching import FakeEmbedder, rating_weights

VECTORS = FakeEmbedder()
RATER = Evaluator(VECTORS, rating_weights(VECTORS))

SENTENCE = "I would rather have it all written down before I say it."


def found(talk: Talk, *later: DialogueEvent) -> list[Signal]:
    return list(signals(talk.plan, [*talk.log, *((talk.now, event) for event in later)]))


def test_a_tab_in_the_background_is_told_with_its_time_its_length_and_its_question() -> None:
    talk = Talk().to_question()
    talk.do(Hidden(hidden=True, at=12.5), after=4.0)
    talk.wait(20)
    talk.do(Hidden(hidden=False, at=32.5))
    [signal] = found(talk)
    assert (signal.code, signal.at, signal.until, signal.question) == ("tab_hidden", 12.5, 32.5, 1)
    assert "20 s" in signal.detail


def test_a_glance_elsewhere_a_pause_and_a_lost_line_are_no_signals() -> None:
    talk = Talk().to_question()
    talk.do(Hidden(hidden=True, at=5.0))
    talk.do(Hidden(hidden=False, at=7.0), after=policy.HIDDEN_SHORTEST - 1)
    talk.press("pause")
    talk.do(Hidden(hidden=True), after=5.0)
    talk.do(Hidden(hidden=False), after=300.0)
    talk.press("resume")
    talk.hear()
    talk.do(Hidden(hidden=True))
    talk.do(Left(), after=1.0)
    talk.do(Joined(), after=120.0)
    assert found(talk) == []


def test_who_leaves_the_interview_with_the_tab_hidden_was_away_until_then() -> None:
    talk = Talk().to_question()
    talk.do(Hidden(hidden=True))
    talk.do(Left(), after=30.0)
    [signal] = found(talk)
    assert "30 s" in signal.detail


def test_without_a_microphone_times_are_those_of_the_interview() -> None:
    talk = Talk().to_question()
    talk.do(Pasted(characters=840), after=10.0)
    [signal] = found(talk)
    assert (signal.code, signal.at, signal.question) == ("pasted", 14.0, 1)
    assert signal.detail.startswith("840 characters")


def test_a_pasted_word_is_none() -> None:
    talk = Talk().to_question()
    talk.do(Pasted(characters=policy.PASTED_SHORTEST - 1))
    assert found(talk) == []


def test_another_voice_found_afterwards_is_told_with_its_question_and_moves_nothing() -> None:
    talk = Talk(a_plan(questions=1, probes=False)).to_question()
    talk.answer(FULL)
    before = transcript(talk.state)
    voice = OtherVoice(start=before[-1].start or 0.0, end=(before[-1].end or 0.0))
    [signal] = found(talk, voice)
    assert (signal.code, signal.question) == ("second_voice", 1)
    assert replay(talk.plan, [*talk.log, (talk.now, voice)]) == talk.state


def test_every_signal_comes_with_an_innocent_explanation() -> None:
    assert all(len(INNOCENT[code]) > 30 for code in Signal.model_fields["code"].annotation.__args__)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "beside",
    [
        (Hidden(hidden=True, at=9.0), Hidden(hidden=False, at=60.0)),
        (Pasted(characters=5000, at=9.0),),
    ],
)
def test_signals_change_no_byte_of_the_scorecard(beside: tuple[DialogueEvent, ...]) -> None:
    plain, noted = (Talk(a_plan(questions=2)).to_question() for _ in range(2))
    for event in beside:
        noted.do(event, after=4.0)
        plain.now, plain.capture = noted.now, noted.capture  # as long a silence, of which nothing is noted
    cards = []
    for talk in (plain, noted):
        for _ in range(3):
            talk.answer(FULL)
            talk.hear()
        if talk is noted:
            talk.log.append((talk.now, OtherVoice(start=5.0, end=9.0)))
        assert bool(signals(talk.plan, talk.log)) is (talk is noted)
        record = InterviewRecord(id="i1", turns=transcript(replay(talk.plan, talk.log)))
        cards.append(RATER.evaluate(record, talk.plan.competencies, talk.plan.questions))
    assert cards[0].model_dump_json().encode() == cards[1].model_dump_json().encode()
    assert cards[0].competencies


def test_an_answer_pasted_whole_is_judged_like_one_that_was_typed() -> None:
    cards = []
    for pasted in (False, True):
        talk = Talk(a_plan(questions=1, probes=False)).to_question()
        if pasted:
            talk.do(Pasted(characters=len(FULL)))
        talk.do(Typed(text=FULL))
        record = InterviewRecord(id="i1", turns=transcript(talk.state))
        cards.append(RATER.evaluate(record, talk.plan.competencies, talk.plan.questions))
    assert cards[0].model_dump_json() == cards[1].model_dump_json()


def test_what_is_compared_leaves_out_the_interviewers_own_voice() -> None:
    talk = Talk()
    assert talk.state.say is not None
    talk.do(Playing(utterance="u1", at=0.0))
    talk.do(Played(utterance="u1", at=4.0), after=4.0)
    talk.do(Playing(utterance="u2", at=4.0))
    talk.do(Played(utterance="u2", at=8.0), after=4.0)
    stretches = [(5.0, 6.0), (7.8, 12.0), (13.0, 15.0)]
    heard = [(talk.now, Segment(text=SENTENCE, start=start, end=end)) for start, end in stretches]
    assert spoken(talk.plan, [*talk.log, *heard]) == [(8.0, 12.0), (13.0, 15.0)]
