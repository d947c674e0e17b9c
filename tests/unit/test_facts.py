"""What a candidate is told to their own questions: sentences of the posting, or nothing."""

from __future__ import annotations

import pytest

from interview.facts import posting_facts, told
from models.settings import ROOT
from models.values import Fact

FACTS = posting_facts((ROOT / "samples" / "jobs" / "backend_engineer.md").read_text())


@pytest.mark.parametrize(
    ("question", "begins"),
    [
        ("How large is the team?", "You will join the Tracking team"),
        ("Can I work from home on most days?", "Hybrid, two days"),
        ("What does it pay?", "£58,000"),
        ("Do you sponsor visas?", "The right to work"),
        ("How many days of holiday would I have?", "27 days of holiday"),
        ("When will I hear from you?", "You will hear from us"),
        ("Is there a pension?", "A pension with 7 percent"),
        ("Would I be on call at night?", "Watch your services"),
    ],
)
def test_the_sentence_that_answers_is_found(question: str, begins: str) -> None:
    found = told(question, FACTS)
    assert found
    assert any(fact.text.startswith(begins) for fact in found), found


@pytest.mark.parametrize(
    "question", ["What is the canteen like?", "Is the boss nice?", "Why did the last person quit?", "Blue or red?", ""]
)
def test_what_the_posting_does_not_say_is_not_answered(question: str) -> None:
    assert told(question, FACTS) == []


def test_facts_are_verbatim_sentences_without_headings_and_marks() -> None:
    posting = (ROOT / "samples" / "jobs" / "backend_engineer.md").read_text()
    flat = " ".join(posting.replace("**", "").split())
    assert len(FACTS) > 30
    assert all(fact.text in flat for fact in FACTS)
    assert not any(fact.text.startswith(("#", "-", "*")) for fact in FACTS)


def test_a_recruiters_answer_is_for_its_own_question_only() -> None:
    own = Fact(text="Dogs are welcome.", question="May I bring my dog to the office?")
    assert told("Could I bring a dog to the office?", [own]) == [own]
    assert told("Is there parking?", [own]) == []
