"""When the interviewer was heard, from the log of what happened."""

from __future__ import annotations

import pytest

from interview.dialogue import replay, transcript
from interview.events import (
    DialogueEvent,
    Joined,
    Left,
    Overlapped,
    Played,
    Playing,
    Pressed,
    Segment,
    Silenced,
    SpeechStarted,
    TurnEnded,
)
from interview.playback import laid_out, playbacks
from tests.fakes_dialogue import FULL, Talk, a_plan

LENGTH = 3.0
"""Seconds of every voice here."""


def stretches(*events: DialogueEvent, seconds: float = 60.0) -> list[tuple[str, float, float, float]]:
    """(utterance, start, end, position)"""
    log = [(1e9 + n, event) for n, event in enumerate((Joined(), *events))]
    played = playbacks(a_plan(), log)
    laid = laid_out(played, [LENGTH if one.voice != "" else 0.0 for one in played], seconds)
    return [(one.playback.say.utterance, one.start, one.end, one.position) for one in laid]


def playing(at: float, utterance: str = "u1", **more: float) -> Playing:
    return Playing(utterance=utterance, at=at, voice="v", **more)


def test_what_is_heard_to_its_end_lies_whole_where_it_began() -> None:
    assert stretches(playing(1.0), Played(utterance="u1", at=4.0)) == [("u1", 1.0, 4.0, 0.0)]


def test_two_reports_of_a_playback_may_differ_by_some_frames_or_by_a_stall() -> None:
    assert stretches(playing(1.0), Played(utterance="u1", at=3.9)) == [("u1", 1.0, 4.0, 0.0)]
    assert stretches(playing(1.0), Played(utterance="u1", at=9.0)) == [("u1", 1.0, 4.0, 0.0)]


def test_without_a_report_of_its_beginning_it_ends_where_the_page_said() -> None:
    assert stretches(Played(utterance="u1", at=4.5)) == [("u1", 1.5, 4.5, 0.0)]
    both = stretches(playing(1.0), Played(utterance="u1", at=4.0), Played(utterance="u2", at=5.0))
    assert both == [("u1", 1.0, 4.0, 0.0), ("u2", 4.0, 5.0, 2.0)], "two never sound at once"


def test_what_was_only_read_is_not_heard() -> None:
    assert stretches(Playing(utterance="u1", at=1.0), Played(utterance="u1", at=4.0)) == []


def test_a_microphone_that_was_off_took_no_time_and_has_no_sound_of_it() -> None:
    assert stretches(playing(1.0), Played(utterance="u1", at=1.0)) == []
    assert stretches(playing(1.0), Played(utterance="u1", at=2.0)) == [("u1", 1.0, 2.0, 0.0)]


def test_a_reloaded_page_plays_it_again() -> None:
    again = stretches(playing(1.0), Left(), Joined(), playing(2.5), Played(utterance="u1", at=5.5))
    assert again == [("u1", 1.0, 2.5, 0.0), ("u1", 2.5, 5.5, 0.0)]


def test_a_stall_is_silence_and_then_it_goes_on_from_where_it_stood() -> None:
    stalled = stretches(playing(1.0), playing(8.0, position=1.2), Played(utterance="u1", at=9.8))
    assert stalled == [("u1", 1.0, 2.2, 0.0), ("u1", 8.0, 9.8, 1.2)]


def test_a_button_breaks_it_off() -> None:
    events = (playing(1.0), Played(utterance="u1", at=4.0), playing(4.5, "u2"))
    stopped = stretches(*events, Silenced(utterance="u2", at=5.5), Pressed(action="repeat"), playing(5.6, "u3"))
    assert stopped[1:] == [("u2", 4.5, 5.5, 0.0), ("u3", 5.6, 8.6, 0.0)]


@pytest.mark.parametrize(("echo", "end"), [(False, 5.4), (True, 7.5)], ids=["the candidate", "its own echo"])
def test_it_is_cut_where_the_candidate_breaks_in_until_the_page_tells_better(echo: bool, end: float) -> None:
    events = (playing(1.0), Played(utterance="u1", at=4.0), playing(4.5, "u2"))
    over = Overlapped(utterance="u2", at=5.4, share=0.5, echo=echo)
    assert stretches(*events, over)[1] == ("u2", 4.5, end, 0.0)
    assert stretches(*events, over, Silenced(utterance="u2", at=6.0))[1] == ("u2", 4.5, 6.0, 0.0)


def test_nothing_lies_beyond_the_end_of_the_recording() -> None:
    assert stretches(playing(1.0), seconds=2.0) == [("u1", 1.0, 2.0, 0.0)]
    assert stretches(playing(5.0), seconds=2.0) == []


def test_the_transcript_knows_when_the_interviewer_spoke_and_nothing_else_changes() -> None:
    told, silent = Talk(), Talk()
    for talk in (told, silent):
        for at in (1.0, 5.0):
            assert talk.state.say is not None
            name = talk.state.say.utterance
            if talk is told:
                assert talk.do(Playing(utterance=name, at=at)) == ()
                assert talk.do(Playing(utterance="u99", at=at)) == ()
            talk.do(Played(utterance=name, at=at + 3))
        talk.do(SpeechStarted(at=9.0))
        talk.do(Segment(text=FULL, start=9.0, end=15.0))
        talk.do(TurnEnded(at=15.0))
    turns, plain = transcript(told.state), transcript(silent.state)
    assert [(turn.start, turn.end) for turn in turns] == [(1.0, 4.0), (5.0, 8.0), (9.0, 15.0)]
    assert [turn.model_copy(update={"start": None}) for turn in turns] == [
        turn.model_copy(update={"start": None}) for turn in plain
    ]
    assert replay(told.plan, told.log) == told.state


@pytest.mark.parametrize(("text", "start"), [("How did it go?", 10.0), ("A long story. How did it go? Say.", 5.0)])
def test_an_interrupted_question_and_its_rest_are_one_turn_from_its_first_sound(text: str, start: float) -> None:
    """Where the first sentence was cut, it is said anew, and that is its beginning."""
    plan = a_plan()
    first = plan.questions[0].model_copy(update={"text": text})
    talk = Talk(plan.model_copy(update={"questions": (first, *plan.questions[1:])}))
    talk.do(Playing(utterance="u1", at=1.0))
    talk.do(Played(utterance="u1", at=4.0))
    talk.do(Playing(utterance="u2", at=5.0))
    talk.do(Overlapped(utterance="u2", at=6.0, share=0.6))
    assert talk.do(Silenced(utterance="u2", at=6.6)) == ()
    assert len([event for _, event in talk.log if isinstance(event, Silenced)]) == 1
    talk.do(Silenced(utterance="u2", at=6.7))
    assert len([event for _, event in talk.log if isinstance(event, Silenced)]) == 1, "once is enough"
    talk.wait(3)
    assert talk.state.say is not None
    assert talk.state.say.utterance == "u3", "a false alarm: it goes on"
    talk.do(Playing(utterance="u3", at=10.0))
    talk.do(Played(utterance="u3", at=12.0))
    turn = transcript(talk.state)[-1]
    assert (turn.text, turn.start, turn.end) == (text, start, 12.0)
