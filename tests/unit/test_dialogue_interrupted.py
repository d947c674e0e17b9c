"""The candidate speaks over the interviewer."""

from __future__ import annotations

import pytest

from interview import intents, policy
from interview.dialogue import replay, transcript, view
from interview.events import (
    Effect,
    Hush,
    Joined,
    Left,
    Listen,
    Notice,
    Overlapped,
    Played,
    Segment,
    SpeechStarted,
    StopListening,
    TurnEnded,
    Typed,
)
from tests.fakes_dialogue import FULL, Talk, a_plan, said

QUESTION = "Tell me about a fire in the kitchen. What did you do? How did it end?"


def asked() -> Talk:
    """The first question is being played."""
    plan = a_plan(questions=2, probes=False)
    first = plan.questions[0].model_copy(update={"text": QUESTION})
    talk = Talk(plan.model_copy(update={"questions": (first, *plan.questions[1:])}))
    talk.hear()
    assert talk.saying == QUESTION
    return talk


def over(talk: Talk, share: float = 0.6, *, echo: bool = False) -> tuple[Effect, ...]:
    assert talk.state.say is not None
    talk.now += 3
    talk.capture += 3
    return talk.do(Overlapped(utterance=talk.state.say.utterance, at=talk.capture - 0.8, share=share, echo=echo))


def words(talk: Talk, text: str) -> tuple[Effect, ...]:
    start = talk.capture - 0.8
    talk.do(SpeechStarted(at=start))
    return talk.do(Segment(text=text, start=start, end=talk.capture + 2), after=2)


def test_the_interviewer_falls_silent_at_once_and_listens_from_the_first_sound() -> None:
    talk = asked()
    hush, listen = over(talk)
    assert hush == Hush(utterance="u2")
    assert isinstance(listen, Listen)
    assert listen.since == pytest.approx(talk.capture - 0.8)
    assert view(talk.state, talk.now).phase == "listening"


def test_real_words_are_the_answer_and_nothing_of_them_is_lost() -> None:
    talk = asked()
    over(talk)
    words(talk, "Last year our shop was")
    start = talk.capture
    talk.do(SpeechStarted(at=start))
    talk.do(Segment(text="down for two hours", start=start, end=start + 2), after=2)
    effects = talk.do(TurnEnded(at=talk.capture), after=0.8)
    assert effects[0] == StopListening()
    assert said(effects)[0].endswith("Question number 2?")
    turns = transcript(talk.state)
    assert [(turn.role, turn.text) for turn in turns[1:]] == [
        ("interviewer", "Tell me about a fire in the kitchen. What did you do? …"),
        ("candidate", "Last year our shop was down for two hours"),
    ]
    assert turns[-1].question_id == "q1"
    assert replay(talk.plan, talk.log) == talk.state


@pytest.mark.parametrize("heard", ["", "mm-hm", "Okay, I see.", "yeah right", "uh-huh"])
def test_a_sign_of_listening_stops_nobody_for_long(heard: str) -> None:
    talk = asked()
    over(talk)
    effects = words(talk, heard)
    assert effects[0] == StopListening()
    assert said(effects) == ["What did you do? How did it end?"]
    talk.hear()
    texts = [turn.text for turn in transcript(talk.state) if turn.role == "interviewer"]
    assert texts[-1] == QUESTION
    assert view(talk.state, talk.now).phase == "listening"
    assert replay(talk.plan, talk.log) == talk.state


def test_a_noise_without_any_voice_is_over_after_two_seconds() -> None:
    talk = asked()
    over(talk)
    assert not talk.wait(policy.FALSE_ALARM - 0.5)
    assert said(talk.wait(0.5)) == ["What did you do? How did it end?"]


def test_a_cough_of_which_the_recogniser_made_a_word_is_no_answer() -> None:
    talk = asked()
    over(talk)
    assert not words(talk, "cup")
    assert said(talk.do(TurnEnded(at=talk.capture), after=1.5)) == ["What did you do? How did it end?"]
    assert ("cup", None) in [(turn.text, turn.question_id) for turn in transcript(talk.state)]


def test_somebody_who_hesitates_may_go_on() -> None:
    talk = asked()
    over(talk)
    assert not words(talk, "Well so")
    assert not talk.wait(4)
    words(talk, "that was in my second year")
    assert view(talk.state, talk.now).phase == "listening"
    assert talk.state.stage == "listening"
    assert transcript(talk.state)[-1].text == "Well so that was in my second year"


def test_a_short_answer_counts_when_the_question_was_all_but_over() -> None:
    talk = asked()
    over(talk, 0.95)
    assert not words(talk, "yes")
    assert said(talk.do(TurnEnded(at=talk.capture), after=0.8))[0].endswith("Question number 2?")


def test_a_request_is_done() -> None:
    talk = asked()
    over(talk)
    words(talk, "Sorry, what?")
    effects = talk.do(TurnEnded(at=talk.capture), after=0.8)
    assert said(effects)[0].endswith(QUESTION)


def test_who_hears_itself_does_not_stop_and_listens_no_more_while_it_speaks() -> None:
    talk = asked()
    (notice,) = over(talk, echo=True)
    assert isinstance(notice, Notice)
    assert notice.code == "echo"
    assert talk.saying == QUESTION
    assert over(talk) == ()
    talk.hear()
    talk.answer(FULL)
    assert talk.state.say is not None
    assert not talk.state.say.interruptible


def test_its_own_words_are_known_even_if_its_sound_was_not() -> None:
    talk = asked()
    over(talk)
    effects = words(talk, "about a fire in the kitten")
    assert [effect.code for effect in effects if isinstance(effect, Notice)] == ["echo"]
    assert said(effects) == ["What did you do? How did it end?"]
    assert talk.state.half_duplex
    assert not any(turn.role == "candidate" for turn in transcript(talk.state))


def test_a_noisy_room_is_no_longer_listened_to_after_three_false_alarms() -> None:
    talk = asked()
    codes: list[str] = []
    for _ in range(policy.FALSE_ALARMS):
        over(talk, 0.1)
        codes += [effect.code for effect in words(talk, "") if isinstance(effect, Notice)]
    assert codes == ["half_duplex"]
    assert talk.saying == QUESTION
    assert over(talk) == ()


def test_welcome_and_closing_are_heard_whole() -> None:
    talk = Talk()
    assert over(talk) == ()
    talk.hear()
    talk.press("skip")
    talk.press("skip")
    talk.press("skip")
    assert talk.state.reason
    assert over(talk) == ()


def test_an_overlap_with_something_that_is_no_longer_said_means_nothing() -> None:
    talk = asked()
    assert talk.do(Overlapped(utterance="u1", at=talk.capture, share=0.5)) == ()


def test_the_question_ended_just_as_the_candidate_began() -> None:
    talk = asked()
    over(talk)
    (listen,) = talk.do(Played(utterance="u2", at=talk.capture + 0.1))
    assert isinstance(listen, Listen)
    assert listen.since == pytest.approx(talk.capture - 0.8)


def test_who_is_cut_off_from_the_line_meanwhile_hears_the_question_again() -> None:
    talk = asked()
    over(talk)
    talk.do(Left())
    assert said(talk.do(Joined(), after=20)) == [QUESTION]
    over(talk)
    words(talk, "Well so")
    talk.do(Left())
    (listen,) = talk.do(Joined(), after=20)
    assert isinstance(listen, Listen)
    assert transcript(talk.state)[-1].text == "Well so"
    assert replay(talk.plan, talk.log) == talk.state


def test_buttons_and_typing_work_meanwhile() -> None:
    talk = asked()
    over(talk)
    assert said(talk.press("repeat"))[0].endswith(QUESTION)
    over(talk)
    words(talk, "In may")
    assert said(talk.press("done"))[0].endswith("Question number 2?")
    assert transcript(talk.state)[-1].text == "In may"
    over(talk)
    assert talk.press("patient") == ()
    assert said(talk.do(Typed(text=FULL)))
    assert replay(talk.plan, talk.log) == talk.state


def test_a_pause_in_the_middle_of_it() -> None:
    talk = asked()
    over(talk)
    talk.press("pause")
    assert view(talk.state, talk.now).phase == "paused"
    assert said(talk.press("resume"))[0].endswith(QUESTION)


@pytest.mark.parametrize("text", ["no", "I had a fire", "stop", "yes I did that in May"])
def test_words_that_say_something_are_no_sign_of_listening(text: str) -> None:
    assert not intents.is_backchannel(text)
