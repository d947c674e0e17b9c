"""The employer suspends interviews in the middle of one: a farewell, a break, and on from there."""

from __future__ import annotations

from interview.dialogue import replay
from interview.events import Finish, Joined, Left, Say, Stop, Suspended, Typed
from tests.fakes_dialogue import FULL, Talk


def texts(talk: Talk) -> list[str]:
    return [turn.text for turn in talk.state.turns if turn.role == "candidate"]


def test_a_farewell_a_break_and_on_with_the_question_in_hand() -> None:
    talk = Talk().to_question()
    talk.speak(FULL)
    [*_, farewell] = talk.do(Suspended())
    assert isinstance(farewell, Say)
    assert "paused all interviews" in farewell.text
    assert talk.do(Suspended()) == (), "said once"
    assert any(isinstance(effect, Stop) for effect in talk.hear())
    talk.do(Left())
    assert texts(talk) == [FULL], "what was said is kept"
    [again] = talk.do(Joined(), after=24 * 3600)
    assert isinstance(again, Say)
    assert again.text.startswith("Welcome back.")
    assert "Question number 1?" in again.text
    assert not any(isinstance(effect, Finish) for effect in talk.effects)
    talk.do(Typed(text="And I wrote a test for it."), after=10)
    assert texts(talk) == [FULL, "And I wrote a test for it."]
    assert replay(talk.plan, talk.log) == talk.state


def test_before_the_first_question_the_welcome_is_said_again() -> None:
    talk = Talk()
    talk.do(Suspended())
    talk.do(Left())
    [again] = talk.do(Joined(), after=3600)
    assert isinstance(again, Say)
    assert again.text == talk.plan.welcome


def test_who_presses_pause_during_the_farewell_does_not_keep_the_room_open() -> None:
    talk = Talk().to_question()
    talk.do(Suspended())
    talk.press("pause")
    assert talk.do(Suspended()) == (Stop(),)
