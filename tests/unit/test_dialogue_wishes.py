"""What a candidate may ask for beside an answer: the question before, time to think, time to write."""

from __future__ import annotations

from interview import policy
from interview.dialogue import outcomes, replay, transcript, view
from interview.events import Listen, Say, StopListening, Typed, Writing
from interview.phrases import ENGLISH
from models.values import Fact
from tests.fakes_dialogue import FULL, Talk, a_plan, said


def answers(talk: Talk, question: str) -> list[str]:
    return [turn.text for turn in transcript(talk.state) if turn.role == "candidate" and turn.question_id == question]


def test_the_question_before_takes_more_words_and_then_the_open_one_is_asked_again() -> None:
    talk = Talk(a_plan(questions=3, probes=False)).to_question()
    talk.answer("We had a fire in the kitchen.")
    talk.hear()
    effects = talk.press("back")
    assert effects[0] == StopListening()
    assert said(effects) == [f"{ENGLISH.back} Question number 1?"]
    assert view(talk.state, talk.now).question == 1
    talk.hear()
    assert said(talk.answer("I put it out myself."))[0].endswith("Question number 2?")
    assert answers(talk, "q1") == ["We had a fire in the kitchen.", "I put it out myself."]
    assert replay(talk.plan, talk.log) == talk.state


def test_what_is_answered_already_is_not_asked_again_on_the_way_forward() -> None:
    talk = Talk(a_plan(questions=3, probes=False)).to_question()
    for _ in range(2):
        talk.answer(FULL)
        talk.hear()
    talk.press("back")
    talk.press("back")
    assert talk.saying.endswith("Question number 1?")
    talk.hear()
    assert said(talk.answer("One thing more."))[0].endswith("Question number 3?")


def test_a_skipped_question_can_be_answered_after_all() -> None:
    talk = Talk(a_plan(questions=2, probes=False)).to_question()
    talk.press("skip")
    talk.hear()
    assert outcomes(talk.state)["q1"] == "skipped"
    talk.answer("Could we go back to the previous question?")
    talk.hear()
    assert outcomes(talk.state)["q1"] == "skipped"
    talk.answer(FULL)
    assert outcomes(talk.state)["q1"] == "answered"


def test_before_the_first_question_there_is_none() -> None:
    talk = Talk().to_question()
    assert said(talk.press("back")) == [f"{ENGLISH.first} Question number 1?"]
    assert Talk().press("back") == ()


def test_half_an_answer_is_kept_when_somebody_goes_back_in_the_middle_of_it() -> None:
    talk = Talk(a_plan(questions=2, probes=False)).to_question()
    talk.answer(FULL)
    talk.hear()
    talk.speak("In my second year")
    talk.press("back")
    talk.hear()
    talk.press("done")
    assert talk.saying.endswith("Question number 2?")
    talk.hear()
    talk.answer("I changed the menu.")
    assert answers(talk, "q2") == ["In my second year", "I changed the menu."]


def test_who_writes_is_not_silent() -> None:
    talk = Talk().to_question()
    for _ in range(20):
        talk.do(Writing())
        assert talk.wait(policy.WRITING - 1) == []
    assert said(talk.do(Typed(text=FULL)))


def test_a_draft_that_was_left_alone_does_not_hold_the_interview_up() -> None:
    talk = Talk().to_question()
    talk.do(Writing())
    assert said(talk.wait(policy.WRITING + policy.NUDGE_AFTER - 1)) == []
    assert said(talk.wait(2)) == [ENGLISH.nudge]


def test_longer_pauses_hold_for_the_whole_interview_and_can_be_undone() -> None:
    talk = Talk(a_plan(probes=False)).to_question()
    assert talk.press("patient") == (Listen(question_id="q1", since=talk.state.item.since, patient=True),)
    assert view(talk.state, talk.now).patient
    talk.answer(FULL)
    assert [effect.patient for effect in talk.hear() if isinstance(effect, Listen)] == [True]
    assert talk.press("patient") == (Listen(question_id="q2", since=talk.state.item.since, patient=False),)


def test_a_moment_to_think_makes_this_answers_pauses_longer() -> None:
    talk = Talk(a_plan(probes=False)).to_question()
    assert said(talk.answer("Let me think about it.")) == [ENGLISH.wait]
    assert [effect.patient for effect in talk.hear() if isinstance(effect, Listen)] == [True]
    talk.answer(FULL)
    assert isinstance(talk.effects[-1], Say)
    assert [effect.patient for effect in talk.hear() if isinstance(effect, Listen)] == [False]


HOURS, CANTEEN = "We work 38 hours a week.", "The canteen is vegetarian."


def asking(*, facts: tuple[Fact, ...]) -> Talk:
    talk = Talk(a_plan(questions=1, probes=False).model_copy(update={"facts": facts})).to_question()
    talk.answer(FULL)
    talk.hear()
    return talk


def test_a_candidates_question_is_answered_from_the_posting_and_passed_on() -> None:
    talk = asking(facts=(Fact(text=HOURS), Fact(text="We like tea.")))
    assert said(talk.answer("How many hours would I work?")) == [f"{ENGLISH.posting} {HOURS} {ENGLISH.more}"]
    talk.hear()
    assert said(talk.answer("No, thank you."))[0].endswith("Goodbye.")
    assert answers(talk, "yours") == ["How many hours would I work?", "No, thank you."]


def test_what_nobody_wrote_down_is_never_answered() -> None:
    talk = asking(facts=(Fact(text=HOURS),))
    assert said(talk.answer("Is the boss nice?")) == [f"{ENGLISH.noted} Goodbye."]


def test_the_recruiters_own_answer_comes_first_and_nothing_is_said_twice() -> None:
    talk = asking(facts=(Fact(text=CANTEEN, question="What is the food in the canteen like?"), Fact(text=HOURS)))
    assert said(talk.answer("I wonder what food the canteen has.")) == [f"{CANTEEN} {ENGLISH.more}"]
    talk.hear()
    assert said(talk.answer("And the food in the canteen?")) == [f"{ENGLISH.noted} Goodbye."]


def test_with_hardly_any_time_left_a_question_is_only_passed_on() -> None:
    talk = Talk(a_plan(questions=1, probes=False, minutes=1).model_copy(update={"facts": (Fact(text=HOURS),)}))
    talk.to_question()
    talk.answer(FULL, seconds=30)
    talk.hear()
    assert said(talk.answer("What are the hours?")) == [f"{ENGLISH.noted} Goodbye."]
