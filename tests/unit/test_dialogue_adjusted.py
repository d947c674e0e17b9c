"""What was arranged with a candidate: patience from the first question on, and more time."""

from __future__ import annotations

from interview.dialogue import begin, replay, step, view
from interview.events import Adjusted, Joined, Listen, Notice
from tests.fakes_dialogue import FULL, Talk, a_plan


def arranged(*, patient: bool = True, extra: int = 15) -> Talk:
    talk = Talk(a_plan(minutes=30), joined=False)
    talk.do(Adjusted(patient=patient, extra_minutes=extra))
    talk.do(Joined())
    return talk


def test_it_holds_before_the_first_word_and_survives_a_replay() -> None:
    talk = arranged()
    now = view(talk.state, talk.now)
    assert (now.patient, now.seconds_left) == (True, 45 * 60)
    talk.hear()
    [listen] = [effect for effect in talk.hear() if isinstance(effect, Listen)]
    assert listen.patient
    assert replay(talk.plan, talk.log) == talk.state
    assert any(isinstance(effect, Notice) and effect.code == "adjusted" for effect in talk.effects)


def test_more_time_is_time_for_questions() -> None:
    for extra, over in ((0, True), (15, False)):
        talk = arranged(extra=extra).to_question()
        for _ in range(8):
            talk.press("pause")
            talk.press("resume")
            talk.hear()
            talk.wait(115)
            talk.press("done")
            talk.wait(125)
        assert (talk.left == 0) is over


def test_whoever_switches_patience_off_meant_it() -> None:
    talk = arranged().to_question()
    talk.press("patient")
    assert talk.do(Adjusted(patient=True, extra_minutes=15)) == ()
    assert not talk.state.patient
    talk.do(Adjusted(patient=True, extra_minutes=20))
    assert not talk.state.patient
    assert talk.left > 49 * 60


def test_asked_for_in_mid_answer_it_holds_for_that_answer() -> None:
    talk = Talk().to_question()
    talk.speak(FULL)
    effects = talk.do(Adjusted(patient=True))
    assert [type(effect) for effect in effects] == [Notice, Listen]
    assert effects[1].patient  # type: ignore[union-attr]


def test_nothing_arranged_is_nothing_to_keep() -> None:
    state = begin(a_plan())
    assert step(state, Adjusted(), 1.0) == (state, ())
