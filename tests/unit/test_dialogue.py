"""The conversation: its course, follow-ups, requests, typing."""

from __future__ import annotations

import pytest

from interview import policy
from interview.dialogue import outcomes, step, transcript, view
from interview.events import (
    EngineDown,
    Finish,
    Hidden,
    Joined,
    Listen,
    Notice,
    Played,
    Pressed,
    Say,
    Segment,
    SpeechStarted,
    StopListening,
    Tick,
    TurnEnded,
    Typed,
)
from interview.phrases import ENGLISH
from tests.fakes_dialogue import FULL, VAGUE, Talk, a_plan, said

# ---------------------------------------------------------------- the plain course


def test_an_interview_from_welcome_to_finish() -> None:
    talk = Talk()
    assert said(talk.effects) == ["Hello, I am an automated interviewer."]
    assert said(talk.hear()) == ["Question number 1?"]
    assert talk.hear() == (Listen(question_id="q1", since=4.0),)
    first = talk.answer(FULL)
    assert isinstance(first[0], StopListening)
    assert said(first) == ["Thank you. Question number 2?"]
    talk.hear()
    talk.answer(FULL)
    talk.hear()
    assert said(talk.answer("What is the canteen like in your house?")) == [f"{ENGLISH.noted} Goodbye."]
    assert talk.hear() == (Finish(reason="completed"),)
    assert outcomes(talk.state) == {"q1": "answered", "q2": "answered", "yours": "answered"}


def test_the_transcript_holds_what_was_heard_and_said_with_its_times() -> None:
    talk = Talk().to_question()
    talk.answer(FULL, seconds=7.0)
    turns = transcript(talk.state)
    assert [turn.role for turn in turns] == ["interviewer", "interviewer", "candidate"]
    assert turns[1].text == "Question number 1?"
    assert turns[1].end == 4.0
    assert (turns[2].text, turns[2].start, turns[2].end, turns[2].question_id) == (FULL, 4.5, 11.5, "q1")


def test_an_utterance_says_which_question_it_belongs_to() -> None:
    talk = Talk(a_plan(questions=1, probes=False)).to_question()
    talk.answer("")
    talk.hear()
    talk.answer(FULL)
    talk.hear()
    talk.answer("no")
    belongs = [(e.kind, e.question_id) for e in talk.effects if isinstance(e, Say)]
    assert belongs == [
        ("welcome", None),
        ("question", "q1"),
        ("prompt", "q1"),
        ("question", "yours"),
        ("closing", None),
    ]


def test_an_answer_in_progress_is_part_of_the_transcript() -> None:
    talk = Talk().to_question()
    talk.speak("We had a fire")
    assert transcript(talk.state)[-1].text == "We had a fire"


def test_stretches_of_speech_become_one_turn() -> None:
    talk = Talk().to_question()
    talk.speak("Last year our oven broke,")
    talk.answer("and I repaired it in two hours, so that we could open in the end.")
    turn = transcript(talk.state)[-1]
    assert turn.text.startswith("Last year our oven broke, and I repaired it")
    assert (turn.start, turn.end) == (4.5, 15.1)


def test_the_page_is_shown_where_we_are() -> None:
    talk = Talk(joined=False)
    assert view(talk.state, talk.now).phase == "welcome"
    talk.do(Joined())
    assert (view(talk.state, talk.now).phase, view(talk.state, talk.now).question) == ("welcome", 0)
    talk.hear()
    assert view(talk.state, talk.now).phase == "speaking"
    talk.hear()
    shown = view(talk.state, talk.now + 10)
    assert (shown.phase, shown.question, shown.questions) == ("listening", 1, 3)
    assert shown.seconds_left == 30 * 60 - 14


def test_a_tick_that_changes_nothing_returns_the_same_state() -> None:
    talk = Talk().to_question()
    for event in (Tick(), Played(utterance="u99", at=1.0), Hidden(hidden=False), Pressed(action="resume")):
        state, effects = step(talk.state, event, talk.now + 1)
        assert state is talk.state
        assert effects == ()


@pytest.mark.parametrize("questions", [0, 1, 3])
def test_plans_of_any_length_come_to_their_end(questions: int) -> None:
    talk = Talk(a_plan(questions=questions, probes=False, minutes=5))
    for _ in range(questions + 1):
        talk.hear()
        talk.hear() if talk.state.stage == "speaking" else None
        talk.answer(VAGUE)
    talk.hear()
    assert talk.effects[-1] == Finish(reason="completed")


# ---------------------------------------------------------------- follow-ups


def test_a_follow_up_seeks_the_part_that_is_missing() -> None:
    talk = Talk().to_question()
    effects = talk.answer("When our oven broke last year I repaired it and in the end everybody was fed.")
    assert said(effects)[0].endswith("The number of 1?")
    assert [effect.kind for effect in effects if isinstance(effect, Say)] == ["probe"]


@pytest.mark.proves(3)
def test_at_most_two_follow_ups_for_one_competency() -> None:
    talk = Talk().to_question()
    probes = 0
    while talk.state.question is not None and talk.state.question.id == "q1":
        talk.answer(VAGUE)
        probes += talk.state.say is not None and talk.state.say.kind == "probe"
        talk.hear()
    assert probes == policy.PROBES


def test_two_questions_on_one_competency_share_its_follow_ups() -> None:
    plan = a_plan()
    shared = tuple(q.model_copy(update={"competency_id": "c1"}) for q in plan.questions[:2])
    talk = Talk(plan.model_copy(update={"questions": (*shared, plan.questions[2])})).to_question()
    while talk.state.question is not None and talk.state.question.id != "yours":
        talk.answer(VAGUE)
        talk.hear()
    assert len(talk.state.probed) == policy.PROBES


def test_no_follow_up_where_the_plan_has_none() -> None:
    talk = Talk(a_plan(probes=False)).to_question()
    assert talk.answer(VAGUE)[-1].model_dump()["text"].endswith("Question number 2?")


def test_no_follow_up_when_the_question_has_had_its_share_of_time() -> None:
    talk = Talk(a_plan(questions=4, minutes=5)).to_question()
    talk.wait(7)
    for _ in range(4):
        talk.speak("hm", seconds=12.0)
    assert said(talk.answer(VAGUE))[0].endswith("Question number 2?")


def test_a_skipped_follow_up_leaves_the_answer_standing() -> None:
    talk = Talk().to_question()
    talk.answer(VAGUE)
    talk.hear()
    talk.press("skip")
    assert outcomes(talk.state)["q1"] == "answered"


# ---------------------------------------------------------------- nothing heard, nothing known


def test_what_was_not_caught_is_asked_for_twice_and_then_left() -> None:
    talk = Talk().to_question()
    assert said(talk.answer("")) == [ENGLISH.not_caught[0]]
    talk.hear()
    assert said(talk.answer("  ")) == [ENGLISH.not_caught[1]]
    talk.hear()
    assert said(talk.answer("")) == [f"{ENGLISH.gave_up} Question number 2?"]
    assert outcomes(talk.state)["q1"] == "not_heard"


def test_done_without_a_word_is_not_an_answer() -> None:
    talk = Talk().to_question()
    assert said(talk.press("done")) == [ENGLISH.not_caught[0]]


@pytest.mark.parametrize("words", ["I don't know.", "Um, I really have no idea", "I can't think of an example"])
def test_not_knowing_is_accepted_without_a_follow_up(words: str) -> None:
    talk = Talk().to_question()
    assert said(talk.answer(words)) == [f"{ENGLISH.unknown} Question number 2?"]
    assert outcomes(talk.state)["q1"] == "unknown"
    assert transcript(talk.state)[-1].question_id == "q1"


def test_words_that_come_after_we_went_on_still_belong_to_their_answer() -> None:
    talk = Talk().to_question()
    talk.answer(FULL)
    end = transcript(talk.state)[-1].end
    assert end is not None
    talk.do(Segment(text="And nobody was hurt.", start=end + 0.2, end=end + 2))
    turn = transcript(talk.state)[-1]
    assert turn.text == f"{FULL} And nobody was hurt."
    assert turn.end == end + 2


def test_the_same_stretch_heard_twice_counts_once() -> None:
    talk = Talk().to_question()
    talk.speak("We had a fire")
    talk.do(Segment(text="We had a fire", start=4.52, end=9.52))
    assert transcript(talk.state)[-1].text == "We had a fire"


def test_an_end_of_turn_from_the_question_before_is_ignored() -> None:
    talk = Talk().to_question()
    talk.answer(FULL)
    talk.hear()
    assert talk.do(TurnEnded(at=5.0)) == ()


def test_a_silent_recogniser_asks_for_typing_once() -> None:
    talk = Talk().to_question()
    effects = talk.do(EngineDown(engine="whisper"))
    assert [effect.code for effect in effects if isinstance(effect, Notice)] == ["recogniser_down"]
    assert said(effects) == [ENGLISH.cannot_hear]
    assert talk.do(EngineDown(engine="whisper")) == ()
    talk.hear()
    assert said(talk.do(Typed(text=FULL))) == ["Thanks for that. Question number 2?"]


# ---------------------------------------------------------------- requests and buttons


@pytest.mark.parametrize(
    ("words", "reply"),
    [
        ("Could you repeat the question, please?", f"{ENGLISH.again} Question number 1?"),
        ("Sorry, I don't understand the question", f"{ENGLISH.other_words} Simply put, 1?"),
        ("Can you speak more slowly", f"{ENGLISH.again} Question number 1?"),
        ("Skip this question", f"{ENGLISH.skipped} Question number 2?"),
        ("Can we take a short break?", ENGLISH.paused),
        ("Let me think about that for a moment", ENGLISH.wait),
        ("Please end the interview", ENGLISH.confirm_finish),
    ],
)
def test_a_spoken_request_is_followed_and_answers_nothing(words: str, reply: str) -> None:
    talk = Talk().to_question()
    assert said(talk.answer(words)) == [reply]
    assert transcript(talk.state)[-1].question_id is None


def test_a_request_inside_an_answer_is_an_answer() -> None:
    talk = Talk(a_plan(probes=False)).to_question()
    assert said(talk.answer("I asked them to repeat the question and then to skip the rest of it"))[0].endswith("2?")


def test_ending_by_voice_is_confirmed() -> None:
    talk = Talk().to_question()
    talk.answer("I would like to stop the interview")
    talk.hear()
    assert said(talk.answer("no, go on please")) == [f"{ENGLISH.go_on} Question number 1?"]
    talk.hear()
    talk.answer("stop the interview")
    talk.hear()
    assert talk.answer("yes")[-1] == Finish(reason="withdrawn")


def test_buttons_ask_again_in_the_same_and_in_other_words() -> None:
    talk = Talk().to_question()
    assert said(talk.press("repeat")) == [f"{ENGLISH.again} Question number 1?"]
    talk.hear()
    assert said(talk.press("rephrase")) == [f"{ENGLISH.other_words} Simply put, 1?"]
    assert [effect.slow for effect in talk.press("slower") if isinstance(effect, Say)] == [True]
    talk.hear()
    assert [effect.slow for effect in talk.answer(FULL) if isinstance(effect, Say)] == [True]


def test_what_was_said_before_a_repetition_is_kept() -> None:
    talk = Talk(a_plan(probes=False)).to_question()
    talk.speak("Last year our oven broke,")
    talk.press("repeat")
    talk.hear()
    talk.answer("and I repaired it.")
    own = [turn.text for turn in transcript(talk.state) if turn.role == "candidate"]
    assert own == ["Last year our oven broke,", "and I repaired it."]


def test_skipping() -> None:
    talk = Talk()
    assert talk.press("skip") == ()  # the welcome says that this is a machine
    talk.to_question()
    talk.press("skip")
    assert outcomes(talk.state)["q1"] == "skipped"
    assert talk.saying == f"{ENGLISH.skipped} Question number 2?"
    talk.press("skip")
    talk.press("skip")
    assert talk.saying == f"{ENGLISH.skipped} Goodbye."
    assert talk.hear() == (Finish(reason="completed"),)


def test_a_pause_stops_every_clock_and_resume_asks_again() -> None:
    talk = Talk().to_question()
    assert talk.press("pause") == (StopListening(),)
    left = talk.left
    assert talk.wait(policy.PAUSE_AFTER) == []
    assert talk.left == left
    assert view(talk.state, talk.now).phase == "paused"
    assert said(talk.press("resume")) == [f"{ENGLISH.welcome_back} Question number 1?"]
    assert talk.hear() == (Listen(question_id="q1", since=talk.capture),)


def test_what_is_said_over_the_announcement_of_a_pause_is_not_waited_for() -> None:
    talk = Talk().to_question()
    talk.answer("Can we pause?")
    assert talk.do(SpeechStarted(at=talk.capture), after=0.5) == ()
    talk.hear()
    assert talk.state.item.voiced == ()


def test_half_a_sentence_before_repeat_does_not_end_the_answer_after_it() -> None:
    talk = Talk().to_question()
    talk.do(SpeechStarted(at=talk.capture), after=1)
    talk.press("repeat")
    assert talk.hear() == (Listen(question_id="q1", since=talk.capture),)


def test_a_pause_in_the_welcome_repeats_the_welcome() -> None:
    talk = Talk()
    talk.press("pause")
    assert said(talk.press("resume")) == ["Hello, I am an automated interviewer."]


def test_what_is_said_during_a_pause_is_not_listened_to() -> None:
    talk = Talk().to_question()
    talk.do(SpeechStarted(at=talk.capture))
    talk.press("pause")
    talk.do(SpeechStarted(at=talk.capture + 5), after=10)
    talk.press("resume")
    assert talk.hear() == (Listen(question_id="q1", since=talk.capture),)


def test_finish_withdraws_and_keeps_what_was_said() -> None:
    talk = Talk().to_question()
    talk.speak("Half an answer")
    assert talk.press("finish") == (StopListening(), Finish(reason="withdrawn"))
    assert transcript(talk.state)[-1].text == "Half an answer"
    assert outcomes(talk.state) == {"q1": "answered", "q2": "not_reached", "yours": "not_reached"}
    assert talk.press("finish") == ()


def test_finish_during_the_closing_is_a_completed_interview() -> None:
    talk = Talk(a_plan(questions=0)).to_question()
    talk.answer("No, thank you")
    assert talk.press("finish") == (Finish(reason="completed"),)


def test_done_waits_for_words_that_are_being_recognised() -> None:
    talk = Talk().to_question()
    talk.do(SpeechStarted(at=5.0), after=2)
    assert talk.press("done") == ()
    assert view(talk.state, talk.now).phase == "thinking"
    assert said(talk.do(Segment(text=FULL, start=5.0, end=9.0), after=3))[0].endswith("Question number 2?")


def test_words_that_never_come_are_not_waited_for() -> None:
    talk = Talk().to_question()
    talk.do(SpeechStarted(at=5.0), after=2)
    talk.do(TurnEnded(at=6.0), after=1)
    assert said(talk.wait(policy.RECOGNITION + 1)) == [ENGLISH.not_caught[0]]


# ---------------------------------------------------------------- typing


def test_a_typed_answer_has_no_times() -> None:
    talk = Talk().to_question()
    assert said(talk.do(Typed(text=FULL)))[0].endswith("Question number 2?")
    turn = transcript(talk.state)[-1]
    assert (turn.text, turn.start, turn.end, turn.question_id) == (FULL, None, None, "q1")


def test_typing_before_the_question_was_heard_to_its_end_counts_it_as_read() -> None:
    talk = Talk()
    talk.hear()
    talk.do(Typed(text=FULL))
    assert [turn.text for turn in transcript(talk.state)][1:] == ["Question number 1?", FULL]


def test_typing_ends_a_pause() -> None:
    talk = Talk().to_question()
    talk.press("pause")
    assert said(talk.do(Typed(text=FULL)))[0].endswith("Question number 2?")


def test_typing_where_nothing_is_asked_is_answered_with_a_notice() -> None:
    talk = Talk()
    assert talk.do(Typed(text="hi")) == (Notice(code="not_now", text=ENGLISH.not_now),)
    assert len(transcript(talk.state)) == 0
