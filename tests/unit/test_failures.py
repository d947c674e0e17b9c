"""What counts as a technical failure of an interview, and what does not."""

from __future__ import annotations

from interview.events import EngineDown, Joined, Left, Playing, Typed
from interview.failures import technical_failure
from tests.fakes_dialogue import FULL, Talk, a_plan

PLAN = a_plan(probes=False)


def talk() -> Talk:
    return Talk(PLAN).to_question()


def answered(one: Talk) -> Talk:
    one.answer(FULL)
    one.hear()
    return one


def found(one: Talk, until: float | None = None) -> tuple[str, float] | None:
    failure = technical_failure(PLAN, one.log, until=until)
    return None if failure is None else (failure.reason, round(failure.seconds))


def test_an_interview_that_went_well_has_none() -> None:
    one = answered(answered(talk()))
    assert one.state.question is not None
    assert one.state.question.id == "yours"
    one.answer("No, thank you.")
    one.hear()
    assert one.state.stage == "ended"
    assert found(one, one.now + 9_000) is None


def test_nothing_that_was_never_begun_has_one() -> None:
    assert technical_failure(PLAN, [], until=2e9) is None


def test_a_recogniser_that_gave_out_cost_what_was_not_answered() -> None:
    one = answered(talk())
    one.do(EngineDown(engine="whisper"), after=3)
    one.hear()
    one.wait(20)
    one.press("finish")
    assert one.state.reason == "withdrawn"
    reason, seconds = found(one, one.now) or ("", 0)
    assert reason == "recogniser"
    assert 20 <= seconds <= 25


def test_who_typed_instead_lost_nothing() -> None:
    one = talk()
    one.do(EngineDown(engine="whisper"), after=3)
    one.hear()
    one.do(Typed(text=FULL), after=30)
    one.hear()
    answered(one)
    one.press("finish")
    assert found(one, one.now) is None


def test_a_line_that_broke_for_long_and_was_not_mended() -> None:
    one = answered(talk())
    one.do(Left(), after=4)
    assert found(one) is None, "they can still come back"
    assert found(one, one.now + 59) is None
    assert found(one, one.now + 600) == ("line", 600)


def test_a_break_after_which_it_went_on_to_its_end_cost_nothing() -> None:
    one = answered(talk())
    one.do(Left(), after=4)
    one.do(Joined(), after=500)
    one.press("skip")
    one.hear()
    one.press("skip")
    one.hear()
    assert one.state.reason == "completed"
    assert found(one, one.now) is None


def test_nor_did_one_after_which_the_time_ran_out() -> None:
    plan = a_plan(questions=3, probes=False, minutes=5)
    one = answered(Talk(plan).to_question())
    one.do(Left(), after=4)
    one.do(Joined(), after=500)
    for _ in range(11):
        one.speak(FULL, seconds=24)
    one.wait(40)
    while one.state.stage == "speaking":
        one.hear()
    assert one.state.stage == "ended"
    assert "q3" not in dict(one.state.results), "the third was not reached"
    assert technical_failure(plan, one.log, until=one.now) is None


def test_who_gave_up_after_a_broken_line_has_one() -> None:
    one = answered(talk())
    one.do(Left(), after=4)
    one.do(Joined(), after=500)
    assert found(one) == ("line", 500)
    one.press("finish")
    assert found(one, one.now) == ("line", 500)


def test_a_pause_that_the_candidate_chose_is_none() -> None:
    one = answered(talk())
    one.press("pause")
    one.do(Left(), after=2)
    one.do(Joined(), after=5_000)
    assert found(one) is None
    one.press("finish")
    assert found(one, one.now) is None
    away = answered(talk())
    away.press("pause")
    away.do(Left(), after=2)
    assert found(away, away.now + 9_000) is None


def test_a_server_that_was_killed_recorded_no_departure() -> None:
    one = answered(talk())
    one.do(Joined(), after=300)
    assert found(one) == ("server", 300)
    killed = answered(talk())
    assert found(killed, killed.now + 7_200) == ("server", 7200)


def test_no_sound_at_all_is_the_microphone_and_a_word_is_not() -> None:
    one = talk()
    one.wait(50)
    one.press("finish")
    assert found(one, one.now) is None, "not for long"
    dead = talk()
    dead.wait(120)
    dead.press("finish")
    reason, seconds = found(dead, dead.now) or ("", 0)
    assert reason == "microphone"
    assert 60 < seconds <= 122
    shy = talk()
    shy.speak("Well")
    shy.wait(120)
    shy.press("finish")
    assert found(shy, shy.now) is None


def test_a_voice_that_fell_silent_is_told_from_one_that_was_never_wanted() -> None:
    def spoken(*voices: str) -> Talk:
        one = Talk(PLAN)
        for voice in voices:
            assert one.state.say is not None
            one.do(Playing(utterance=one.state.say.utterance, at=one.capture, voice=voice))
            one.hear()
        one.speak("Well")
        one.wait(40)
        one.press("finish")
        return one

    failed, silent, fine = spoken("a1b2", ""), spoken("", ""), spoken("a1b2", "c3d4")
    assert (found(failed, failed.now) or ("", 0))[0] == "voice"
    assert found(silent, silent.now) is None
    assert found(fine, fine.now) is None


def test_of_several_the_longest_is_named() -> None:
    one = answered(talk())
    one.do(EngineDown(engine="whisper"), after=3)
    one.do(Left(), after=5)
    one.do(Joined(), after=400)
    one.press("finish")
    assert found(one, one.now) == ("line", 400)


def test_the_words_say_what_and_for_how_long() -> None:
    one = answered(talk())
    one.do(Left(), after=4)
    failure = technical_failure(PLAN, one.log, until=one.now + 125)
    assert failure is not None
    assert failure.text == "The connection was broken, for 2 min 5 s."
