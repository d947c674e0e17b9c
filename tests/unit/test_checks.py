"""Answers to plain checks, read in three values."""

from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interview.checks import capped, must_haves, read_answer
from models.values import InterviewPlan, MustHave, Question, Recommendation, Scorecard, Turn

LICENCE = Question(
    id="check_certificate",
    kind="check",
    text="The posting asks for this: a current nursing licence. Do you hold it today?",
    requirement_ids=("r1",),
)
NIGHTS = Question(
    id="check_shift",
    kind="check",
    text="About the working times the posting says: three nights a week. Could you work like that?",
    requirement_ids=("r2", "r3"),
)
PLAN = InterviewPlan(
    id="kit", title="Nurse", welcome="I am automated.", closing="Bye.", competencies=(), questions=(LICENCE, NIGHTS)
)
YES = (
    "Yes.",
    "yes",
    "Yes, since 2019",
    "Yeah, sure, since twenty nineteen",
    "Well, yes.",
    "I do",
    "I do have it",
    "I have it.",
    "I have held one since 2015.",
    "I hold a nursing licence",
    "Of course I do.",
    "I got it last year, yes.",
    "Yes, it is valid until June 2027",
    "Yes. Is that a problem?",
    "I'd say yes",
)
NO = (
    "No.",
    "no",
    "No, not yet",
    "Not yet.",
    "I don't have one at the moment",
    "I don\u2019t.",
    "I do not have a nursing licence yet",
    "I have no licence",
    "I haven't got it yet",
    "Unfortunately not.",
    "I'm afraid not",
    "I currently do not hold one",
    "No, not yet. I have applied for it.",
    "Never had one.",
)
UNKNOWN = (
    "I'm waiting for it",
    "I think so",
    "Yes, I think so.",
    "Yes, but it expired",
    "It expired in May",
    "Probably",
    "I'm not sure",
    "No idea",
    "Yes and no",
    "No, yes I do have it",
    "Yes. No, sorry, I mean no.",
    "Not really",
    "I used to have one",
    "I am getting it next month",
    "I have class A",
    "I don't have a car",
    "I have one question",
    "No one told me",
    "It depends on the state",
    "Is a licence from Ohio enough?",
    "What do you mean by that?",
    "Which licence",
    "No problem",
    "I have worked as a nurse for nine years",
)


@pytest.mark.parametrize(
    ("said", "status"),
    [(said, status) for status, all_ in (("met", YES), ("not_met", NO), ("unknown", UNKNOWN)) for said in all_],
)
def test_a_plain_answer_is_read_and_nothing_else(said: str, status: str) -> None:
    turns = (Turn(role="candidate", text=said, question_id=LICENCE.id, start=3.5, end=5.0),)
    found = must_haves(PLAN, turns)[0]
    assert (found.requirement_id, found.status) == ("r1", status)
    assert (found.turn, found.start, found.end) == (0, 3.5, 5.0)
    assert found.quote
    assert found.quote in said


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("No problem.", "met"),
        ("Yes, no problem at all", "met"),
        ("That works for me", "met"),
        ("I wouldn't mind that", "met"),
        ("I can do that.", "met"),
        ("I can't do that", "not_met"),
        ("No, I could not work like that", "not_met"),
        ("That would not be possible", "unknown"),
        ("Only at weekends", "unknown"),
        ("If you pay more", "unknown"),
        ("Yes, from March", "unknown"),
        ("No, but I could do one night", "unknown"),
    ],
)
def test_what_is_possible_has_more_ways_to_say_yes(said: str, status: str) -> None:
    turns = (Turn(role="candidate", text=said, question_id=NIGHTS.id),)
    assert [one.status for one in must_haves(PLAN, turns)[1:]] == [status, status], "one for each requirement"


def test_silence_and_a_question_never_asked_are_told_apart() -> None:
    asked = Turn(role="interviewer", text=LICENCE.text, question_id=LICENCE.id)
    first, second, third = must_haves(PLAN, (asked,))
    assert {one.status for one in (first, second, third)} == {"unknown"}
    assert "not answered" in first.reason
    assert "Not asked" in second.reason
    assert (first.quote, first.turn) == ("", None)


def talk(*said: str) -> tuple[Turn, ...]:
    return tuple(Turn(role="candidate", text=text, question_id=LICENCE.id) for text in said)


def test_the_last_answer_counts_and_a_change_of_mind_is_for_a_person() -> None:
    found = must_haves(PLAN, talk("What do you mean?", "Yes, I have it."))[0]
    assert (found.status, found.turn) == ("met", 1)
    assert must_haves(PLAN, talk("I'm not sure.", "No."))[0].status == "not_met"
    assert must_haves(PLAN, talk("Yes.", "Hm, it may have expired."))[0].status == "unknown"
    assert must_haves(PLAN, talk("No.", "Yes, I found it."))[0].status == "unknown"
    assert must_haves(PLAN, talk("Yes.", "And I trained in Leeds."))[0].status == "met"


def test_only_the_candidates_answer_to_this_question_counts() -> None:
    turns = (
        Turn(role="interviewer", text="Yes.", question_id=LICENCE.id),
        Turn(role="candidate", text="Yes.", question_id=None),
        Turn(role="candidate", text="Yes.", question_id="other"),
    )
    assert {one.status for one in must_haves(PLAN, turns)} == {"unknown"}


def test_another_language_is_for_a_person() -> None:
    german = PLAN.model_copy(update={"language": "de"})
    found = must_haves(german, talk("Ja, no problem."))[0]
    assert (found.status, found.quote) == ("unknown", "Ja, no problem.")


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([*YES, *NO, *UNKNOWN]), min_size=1, max_size=3))
@pytest.mark.proves(9)
def test_mixed_answers_are_never_a_guess(parts: list[str]) -> None:
    """A yes next to a no, or to anything doubtful, is unknown; and a quote is always verbatim."""
    text = " ".join(part.rstrip(".") + ("" if part.endswith("?") else ".") for part in parts)
    answer, quote = read_answer(text, LICENCE.text)
    assert quote in text
    alone = {read_answer(part, LICENCE.text)[0] for part in parts}
    if {"met", "not_met"} <= alone:
        assert answer == "doubt"
    if answer == "met":
        assert alone <= {"met", None}


@pytest.mark.parametrize(
    ("status", "requirement", "proposed", "then"),
    [
        ("not_met", "licence", "strong_yes", "mixed"),
        ("not_met", "licence", "no", "no"),
        ("not_met", "licence", "no_decision", "no_decision"),
        ("not_met", None, "yes", "yes"),
        ("unknown", "licence", "strong_yes", "strong_yes"),
        ("met", "licence", "yes", "yes"),
    ],
)
def test_a_plain_no_to_a_must_have_caps_what_is_proposed(
    status: Literal["met", "not_met", "unknown"],
    requirement: str | None,
    proposed: Recommendation,
    then: Recommendation,
) -> None:
    item = MustHave(question_id="q", requirement_id=requirement, status=status, reason="-", quote="No, I don't.")
    card = capped(Scorecard(id="c", recommendation=proposed, reason="90 of 100.", overall=90, must_haves=(item,)))
    assert (card.recommendation, card.overall) == (then, 90)
    assert ("No, I don't." in card.reason) is (proposed != then)
