"""The conversation: silence, lost connections, watchdogs, the time budget."""

from __future__ import annotations

import pytest

from interview import policy
from interview.dialogue import outcomes, replay, resume_effects, transcript, view
from interview.events import (
    DialogueEvent,
    Effect,
    Finish,
    Hidden,
    Joined,
    Left,
    Listen,
    Notice,
    Pressed,
    Segment,
    SpeechStarted,
    Tick,
    TurnEnded,
)
from interview.phrases import ENGLISH
from tests.fakes_dialogue import FULL, Talk, a_plan, said

# ---------------------------------------------------------------- silence


def test_the_silence_ladder() -> None:
    talk = Talk().to_question()
    heard: list[tuple[float, str]] = []
    while talk.state.stage != "paused":
        effects = talk.do(Tick(), after=0.5) if talk.state.stage == "listening" else talk.hear()
        heard += [(talk.state.clocks.quiet, text) for text in said(effects)]
    assert heard == [
        (policy.NUDGE_AFTER, ENGLISH.nudge),
        (policy.OFFER_AFTER, ENGLISH.offer),
        (policy.SUGGEST_PAUSE_AFTER, ENGLISH.suggest_pause),
        (policy.PAUSE_AFTER, ENGLISH.paused),
    ]


@pytest.mark.parametrize("words", ["", "repeat please", "one moment please"])
def test_the_ladder_begins_anew_after_a_word_with_the_candidate(words: str) -> None:
    talk = Talk().to_question()
    talk.wait(policy.NUDGE_AFTER)
    talk.hear()
    talk.answer(words)
    talk.hear()
    assert said(talk.wait(policy.NUDGE_AFTER - 1)) == []
    assert said(talk.wait(1)) == [ENGLISH.nudge]


def test_nobody_is_prompted_who_is_speaking_gone_or_in_another_tab() -> None:
    for before in (SpeechStarted(at=4.5), Left(), Hidden(hidden=True)):
        talk = Talk().to_question()
        talk.do(before)
        assert said(talk.wait(policy.OFFER_AFTER + 5)) == []


def test_the_ladder_goes_on_where_a_false_start_left_it() -> None:
    talk = Talk().to_question()
    talk.do(SpeechStarted(at=4.5))
    assert said(talk.wait(policy.VOICED + policy.NUDGE_AFTER - 1)) == []
    assert said(talk.wait(3)) == [ENGLISH.nudge]


def test_an_answer_that_begins_under_a_prompt_is_heard_from_its_beginning() -> None:
    talk = Talk().to_question()
    talk.wait(policy.NUDGE_AFTER)
    began = talk.capture - 0.3
    talk.do(SpeechStarted(at=began))
    assert talk.hear() == (Listen(question_id="q1", since=began),)


def test_yes_accepts_what_the_silence_prompt_offered() -> None:
    talk = Talk().to_question()
    talk.wait(policy.NUDGE_AFTER)
    talk.hear()
    talk.wait(policy.OFFER_AFTER - policy.NUDGE_AFTER)
    assert talk.saying == ENGLISH.offer
    talk.hear()
    assert said(talk.answer("Yes, please")) == [f"{ENGLISH.again} Question number 1?"]


def test_yes_to_a_check_is_the_answer_whatever_was_offered() -> None:
    talk = Talk(a_plan(check=True)).to_question()
    talk.wait(policy.NUDGE_AFTER)
    talk.hear()
    talk.wait(policy.OFFER_AFTER - policy.NUDGE_AFTER)
    talk.hear()
    assert said(talk.answer("Yes"))[0].endswith("Question number 1?")
    assert outcomes(talk.state)["check"] == "answered"


def test_a_hidden_tab_pauses_the_interview_in_the_end() -> None:
    talk = Talk().to_question()
    talk.do(Hidden(hidden=True))
    assert said(talk.wait(policy.HIDDEN_PAUSE_AFTER + 1)) == [ENGLISH.paused]


# ---------------------------------------------------------------- coming back


def test_no_clock_runs_while_nobody_is_there() -> None:
    talk = Talk().to_question()
    talk.wait(5)
    left = talk.left
    talk.do(Left())
    talk.do(Joined(), after=600)
    assert talk.left == left
    assert said(talk.wait(policy.NUDGE_AFTER - 5.5)) == []
    assert said(talk.wait(1)) == [ENGLISH.nudge]


def test_a_departure_nobody_recorded_is_one_at_the_last_event() -> None:
    talk = Talk().to_question()
    left = talk.left
    talk.do(Joined(), after=3600)
    assert talk.left == left


def test_an_interrupted_utterance_is_repeated_under_its_name_and_written_once() -> None:
    talk = Talk()
    talk.hear()
    cut = talk.state.say
    talk.do(Left(), after=1)
    assert talk.do(Joined(), after=20) == (cut,)
    talk.hear()
    assert [turn.text for turn in transcript(talk.state)].count("Question number 1?") == 1


def test_an_interrupted_answer_is_heard_again_from_its_last_words() -> None:
    talk = Talk().to_question()
    assert talk.do(Joined(), after=1) == (Listen(question_id="q1", since=4.0),)
    talk.speak("Last year our oven broke", seconds=4.0)
    end = transcript(talk.state)[-1].end
    assert end is not None
    talk.do(SpeechStarted(at=end + 1), after=1)
    talk.do(Left(), after=1)
    assert talk.do(Joined(), after=20) == (Listen(question_id="q1", since=end),)
    talk.do(Segment(text="and I repaired it", start=end + 1, end=end + 3))
    assert transcript(talk.state)[-1].text == "Last year our oven broke and I repaired it"


def test_an_answer_that_was_over_before_the_line_broke_does_not_wait_for_ever() -> None:
    talk = Talk(a_plan(probes=False)).to_question()
    talk.speak(FULL)
    talk.do(Left())
    talk.do(Joined(), after=60)
    assert said(talk.wait(policy.UNENDED_AFTER_RETURN - 1)) == []
    assert said(talk.wait(2))[0].endswith("Question number 2?")


def test_what_must_be_sent_again_in_each_stage() -> None:
    talk = Talk(joined=False)
    assert resume_effects(talk.state) == ()
    talk.do(Joined())
    assert resume_effects(talk.state) == (talk.state.say,)
    talk.to_question()
    assert resume_effects(talk.state) == (Listen(question_id="q1", since=4.0),)
    talk.do(SpeechStarted(at=6.0))
    talk.do(TurnEnded(at=7.0))
    assert talk.state.stage == "thinking"
    assert resume_effects(talk.state) == (Listen(question_id="q1", since=4.0),)
    assert talk.do(Joined(), after=5) == (Listen(question_id="q1", since=4.0),)
    talk.press("pause")
    assert resume_effects(talk.state) == ()
    talk.press("finish")
    assert resume_effects(talk.state) == ()
    assert talk.do(Joined()) == ()


def test_coming_back_to_a_pause_finds_the_pause() -> None:
    talk = Talk().to_question()
    talk.press("pause")
    talk.do(Left(), after=100)
    assert talk.do(Joined(), after=policy.HOLD - 200) == ()
    assert talk.wait(150) == []
    assert view(talk.state, talk.now).phase == "paused"


def test_who_stays_away_ends_the_interview_with_what_there_is() -> None:
    for leave in (Left(), Pressed(action="pause")):
        talk = Talk().to_question()
        talk.answer(FULL)
        talk.do(leave)
        assert talk.do(Tick(), after=policy.HOLD - 1) == ()
        assert talk.do(Tick(), after=2)[-1] == Finish(reason="abandoned")
        assert outcomes(talk.state)["q1"] == "answered"


@pytest.mark.parametrize("leave", [[Left()], [Pressed(action="pause"), Left()]], ids=["at once", "while paused"])
def test_who_leaves_during_the_closing_has_completed_the_interview(leave: list[DialogueEvent]) -> None:
    talk = closing()
    for event in leave:
        effects = talk.do(event)
    assert effects == (Finish(reason="completed"),)
    assert talk.do(Left()) == ()
    assert replay(talk.plan, talk.log) == talk.state


def test_a_departure_during_the_closing_that_nobody_recorded_ends_with_the_next_tick() -> None:
    assert closing().do(Tick(), after=policy.UNATTENDED + 1) == (Finish(reason="completed"),)


def closing() -> Talk:
    """Everything is answered, and "Goodbye." is being said."""
    talk = Talk(a_plan(probes=False)).to_question()
    for _ in range(2):
        talk.answer(FULL)
        talk.hear()
    talk.answer("no")
    assert talk.state.reason == "completed"
    return talk


def test_a_sweep_long_after_the_service_died_ends_the_interview() -> None:
    talk = Talk().to_question()
    left = talk.left
    assert talk.do(Tick(), after=policy.UNATTENDED + 1) == ()
    assert talk.left == left
    assert talk.do(Tick(), after=policy.HOLD)[-1] == Finish(reason="abandoned")


# ---------------------------------------------------------------- time


def test_a_page_that_reports_nothing_does_not_stop_us() -> None:
    talk = Talk()
    assert said(talk.wait(policy.speaking_limit(talk.saying) + 1)) == ["Question number 1?"]
    effects = talk.wait(policy.speaking_limit(talk.saying) + 1)
    assert Listen(question_id="q1", since=0.0) in effects
    assert transcript(talk.state)[-1].end is None


def test_an_utterance_gets_its_whole_time_again_after_a_break() -> None:
    talk = Talk()
    limit = policy.speaking_limit(talk.saying)
    talk.wait(limit - 1)
    talk.do(Joined(), after=30)
    assert talk.wait(limit - 1) == []
    assert said(talk.wait(2)) == ["Question number 1?"]


def test_without_a_report_from_the_page_nothing_is_heard_twice() -> None:
    talk = Talk(a_plan(probes=False)).to_question()
    talk.speak(FULL, seconds=9.0)
    end = talk.capture
    talk.do(TurnEnded(at=end - 0.5), after=1)
    assert Listen(question_id="q2", since=end - 0.1) in talk.wait(policy.speaking_limit(talk.saying) + 1)


def test_in_the_last_minute_only_the_candidates_own_questions_are_left() -> None:
    talk = Talk(a_plan(questions=3, minutes=5, probes=False)).to_question()
    while talk.left > policy.LAST_CALL - 5:
        talk.speak("and then", seconds=14.0)
    assert said(talk.answer("that was it"))[0].endswith("Your questions?")
    assert [outcomes(talk.state)[q] for q in ("q1", "q2", "q3")] == ["answered", "not_reached", "not_reached"]
    talk.hear()
    talk.answer("no")
    assert talk.hear() == (Finish(reason="time"),)


def test_time_does_not_cut_into_a_sentence_but_takes_the_next_pause() -> None:
    talk = Talk(a_plan(questions=3, minutes=1, probes=False)).to_question()
    talk.speak("It began in spring", seconds=10.0)
    talk.do(SpeechStarted(at=talk.capture), after=0.1)
    assert talk.wait(talk.left + 10) == []
    assert talk.left == 0.0
    talk.do(Segment(text="and it is over now", start=talk.capture - 20, end=talk.capture))
    assert said(talk.wait(1))[0].endswith("Goodbye.")
    assert transcript(talk.state)[-1].text == "It began in spring and it is over now"
    assert talk.hear() == (Finish(reason="time"),)


def test_a_sentence_without_an_end_is_stopped_after_the_grace() -> None:
    talk = Talk(a_plan(questions=1, minutes=1, probes=False)).to_question()
    talk.do(SpeechStarted(at=talk.capture), after=talk.left - 20)
    talk.wait(20 + policy.GRACE + 0.5)
    assert talk.state.stage == "thinking"
    effects = talk.do(Segment(text="and so on and on", start=talk.capture - 15, end=talk.capture))
    assert said(effects)[0].startswith(ENGLISH.stopped)


def test_an_answer_has_a_longest_length() -> None:
    talk = Talk(a_plan(probes=True)).to_question()
    effects: list[Effect] = []
    while not effects:
        talk.speak("and then", seconds=14.0)
        effects = talk.wait(0.5)
    assert talk.now - talk.log[0][0] == pytest.approx(policy.LONGEST_ANSWER, abs=20)
    assert said(effects) == [f"{ENGLISH.stopped} Question number 2?"]


def test_time_that_is_up_before_a_word_was_said_closes() -> None:
    talk = Talk(a_plan(questions=1, minutes=1)).to_question()
    talk.do(Hidden(hidden=True))
    assert said(talk.wait(60)) == [f"{ENGLISH.time_is_up} Goodbye."]


def test_five_minutes_before_the_end_it_is_said_once() -> None:
    talk = Talk(a_plan(minutes=15)).to_question()
    talk.do(SpeechStarted(at=5.0))
    notices = []
    while talk.left > 200:
        notices += [e.code for e in talk.wait(10) if isinstance(e, Notice)]
        talk.speak("well", seconds=9.0)
        if talk.state.stage == "speaking":
            talk.hear()
    assert notices == ["five_minutes"]


def test_a_monologue_that_is_recognised_late_is_not_taken_for_silence() -> None:
    talk = Talk().to_question()
    talk.speak("It began in spring", seconds=15.0)
    assert said(talk.wait(29)) == []


def test_a_clock_set_back_by_an_hour_goes_on_from_there() -> None:
    talk = Talk().to_question()
    left = talk.left
    talk.now -= 3600
    assert said(talk.wait(policy.NUDGE_AFTER + 1)) == [ENGLISH.nudge]
    assert left - talk.left == policy.NUDGE_AFTER + 0.5
    assert replay(talk.plan, talk.log) == talk.state


def test_a_clock_set_back_during_a_pause_does_not_prolong_it() -> None:
    talk = Talk().to_question()
    talk.press("pause")
    talk.now -= 3600
    assert talk.wait(policy.HOLD + 1) == [Finish(reason="abandoned")]


def test_a_clock_that_jumps_back_takes_no_time() -> None:
    talk = Talk().to_question()
    left = talk.left
    talk.now -= 5000
    talk.do(Hidden(hidden=True))
    assert talk.left == left
