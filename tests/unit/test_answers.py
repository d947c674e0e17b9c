"""Answers of an application form against must-haves: which pairs settle a requirement, and which settle nothing."""

from __future__ import annotations

from functools import cache

import pytest

from matching.skills import Vocabulary
from models.exchange import Answer
from models.values import Evidence, Requirement, RequirementKind, RequirementScore
from screening.answers import Told, plain_answer, settles, told


@cache
def vocabulary() -> Vocabulary:
    return Vocabulary.load()


def need(kind: RequirementKind, text: str, **more: object) -> Requirement:
    return Requirement.model_validate({"id": text, "text": text, "kind": kind, "must_have": True, **more})


def settled(requirement: Requirement, question: str) -> tuple[bool | None, bool | None]:
    """By a yes, by a no."""
    found = [settles(requirement, question, says=says, vocabulary=vocabulary()) for says in (True, False)]
    return found[0], found[1]


BOTH, YES, NO, NEITHER, TURNED = (True, False), (True, None), (None, False), (None, None), (False, True)
PYTHON = need("skill", "Python")
EITHER = need("skill", "Python or Go", alternatives=("Python", "Go"))
SQL = need("skill", "SQL")
DRIVING = need("certificate", "Driving licence")
CLASS_C = need("certificate", "Driving licence class C")
NURSE = need("certificate", "Registered Nurse licence")
FIVE = need("years", "5 years of Python", years=5.0)
ANY_FIVE = need("years", "5 years of experience", years=5.0)
GERMAN = need("language", "German")
FLUENT = need("language", "German, fluent", level="fluent")
BACHELOR = need("degree", "Bachelor's degree", level="bachelor")
INFORMATICS = need("degree", "Bachelor's degree in computer science", level="bachelor")
PERMIT = need("authorisation", "Right to work in the UK")
BERLIN = need("location", "Based in Berlin")
NIGHTS = need("shift", "Night shifts")
TRAVEL = need("shift", "Travel up to 50 %")


@pytest.mark.parametrize(
    ("requirement", "question", "expected"),
    [
        # as much as is asked for: both answers settle it
        (PYTHON, "Do you have experience with Python?", BOTH),
        (PYTHON, "Python", BOTH),
        (PYTHON, "I have worked with Python", BOTH),
        (DRIVING, "Do you hold a valid driving licence?", BOTH),
        (DRIVING, "This job takes you to customers. Do you have a driving license?", BOTH),
        (NURSE, "Are you a registered nurse with a licence?", BOTH),
        (NURSE, "Are you a licensed registered nurse?", BOTH),
        (NURSE, "Do you hold a licence?", NEITHER),
        (FIVE, "Do you have at least 5 years of experience with Python?", BOTH),
        (ANY_FIVE, "Do you have 5+ years of professional experience?", BOTH),
        (GERMAN, "Do you speak German?", BOTH),
        (FLUENT, "Do you speak German fluently?", BOTH),
        (BACHELOR, "Do you have a bachelor's degree or higher?", BOTH),
        (INFORMATICS, "Have you completed a Bachelor's degree in computer science?", BOTH),
        # more than is asked for: only a yes
        (PYTHON, "Have you used Python for data pipelines?", YES),
        (SQL, "Do you have experience with PostgreSQL?", YES),
        (DRIVING, "Do you have a driving licence class C?", YES),
        (FIVE, "Do you have at least 7 years of experience with Python?", YES),
        (GERMAN, "Do you speak German fluently?", YES),
        (BACHELOR, "Do you have a master's degree?", YES),
        (BACHELOR, "Do you have a bachelor's degree in computer science?", YES),
        (DRIVING, "Do you have a driving licence and a car?", YES),
        (EITHER, "Do you know Python?", YES),
        # less than is asked for: only a no
        (CLASS_C, "Do you have a driving licence?", NO),
        (FIVE, "Do you have experience with Python?", NO),
        (FIVE, "Do you have at least 3 years of work experience with Python?", NO),
        (FLUENT, "Do you speak German?", NO),
        (INFORMATICS, "Do you have a bachelor's degree?", NO),
        # one or another
        (EITHER, "Do you know Python or Go?", BOTH),
        (PYTHON, "Do you know Python or Go?", NO),
        (EITHER, "Do you know Go or Rust?", NEITHER),
        (INFORMATICS, "Do you have a bachelor's degree in computer science or equivalent experience?", NO),
        # nothing to do with it
        (PYTHON, "Do you have experience with Java?", NEITHER),
        (GERMAN, "Do you speak French?", NEITHER),
        (PYTHON, "Do you agree to our privacy policy?", NEITHER),
        (ANY_FIVE, "Have you lived in Berlin for 5 years?", NEITHER),
        (BACHELOR, "Do you have experience in computer science?", NEITHER),
        # wishes, others, open questions, questions that turn the answer round, two at once
        (PYTHON, "Are you interested in Python?", NEITHER),
        (PYTHON, "Are you willing to learn Python?", NEITHER),
        (BACHELOR, "Are you currently studying for a bachelor's degree?", NEITHER),
        (DRIVING, "Does your spouse have a driving licence?", NEITHER),
        (PYTHON, "Does your employer use Python?", NEITHER),
        (PYTHON, "How many years of Python do you have?", NEITHER),
        (PYTHON, "Have you never used Python?", NEITHER),
        (DRIVING, "Do you have a driving licence without restrictions?", NEITHER),
        (PYTHON, "Do you know Python? Do you know Go?", NEITHER),
        (PYTHON, "Do you manage a team that writes Python?", NEITHER),
        (need("skill", "Leading teams"), "Do you have experience leading teams?", BOTH),
        (need("skill", "Communication"), "Do you agree to electronic communication?", NEITHER),
        (need("skill", "Teamwork"), "Do you like teamwork?", NEITHER),
        (NURSE, "Has your nursing licence ever been suspended or revoked?", NEITHER),
        (DRIVING, "Do you have any points on your driving licence?", NEITHER),
        (PERMIT, "Have you ever been denied the right to work in the UK?", NEITHER),
        (PYTHON, "", NEITHER),
        # what only they can settle
        (PERMIT, "Are you legally authorised to work in the UK?", BOTH),
        (PERMIT, "Do you have the right to work in the country of this job?", BOTH),
        (PERMIT, "Are you authorised to work in the UK without sponsorship?", BOTH),
        (PERMIT, "Will you now or in the future require visa sponsorship?", TURNED),
        (PERMIT, "Do you need a work permit for the UK?", TURNED),
        (PERMIT, "Are you authorised to work in the US?", NEITHER),
        (PERMIT, "Are you authorised to work in the UK or do you need sponsorship?", NEITHER),
        (PERMIT, "Do you want to work in the UK?", NEITHER),
        (BERLIN, "Do you live in Berlin?", YES),
        (BERLIN, "Are you based in Berlin or willing to relocate?", BOTH),
        (BERLIN, "Are you willing to relocate?", BOTH),
        (BERLIN, "Do you live in Hamburg?", NEITHER),
        (NIGHTS, "Are you willing to work night shifts?", BOTH),
        (NIGHTS, "Can you work nights and weekends?", YES),
        (NIGHTS, "Can you work weekends?", NEITHER),
        (NIGHTS, "Do you have a problem with night shifts?", NEITHER),
        (TRAVEL, "Are you willing to travel up to 50 %?", BOTH),
        (TRAVEL, "Are you willing to travel?", NO),
        (TRAVEL, "Are you willing to travel up to 80 %?", YES),
    ],
)
def test_which_question_settles_a_requirement(
    requirement: Requirement, question: str, expected: tuple[bool | None, bool | None]
) -> None:
    assert settled(requirement, question) == expected


@pytest.mark.parametrize("text", ["Yes", "yes.", " YES! ", "Y", "true", "Yes, I do", "I have.", "Ja", "Sí"])
def test_a_plain_yes(text: str) -> None:
    assert plain_answer(text) is True


@pytest.mark.parametrize("text", ["No", "no.", "N", "false", "No, I don't", "I’m not", "No, I can't.", "Nein"])
def test_a_plain_no(text: str) -> None:
    assert plain_answer(text) is False


@pytest.mark.parametrize(
    "text", ["", "Yes, but it expired", "Not yet", "yes and no", "5", "Some", "N/A", "I do not know", "no problem", "?"]
)
def test_whatever_else_is_neither(text: str) -> None:
    assert plain_answer(text) is None


def said(question: str, answer: str) -> Answer:
    return Answer(question=question, answer=answer)


def test_only_must_haves_and_only_what_does_not_contradict_itself() -> None:
    nice = PYTHON.model_copy(update={"must_have": False})
    answers = [said("Do you know Python?", "No"), said("Driving licence", "Yes"), said("Do you speak German?", "a bit")]
    found = told([nice, DRIVING, GERMAN], answers, vocabulary())
    assert {id: one.holds for id, one in found.items()} == {"Driving licence": True}
    both = [said("Do you have a driving licence?", "Yes"), said("Driving licence", "No")]
    assert told([DRIVING], both, vocabulary()) == {}
    assert told([DRIVING], [both[0], said("Do you hold a valid driving licence?", "Y")], vocabulary()).keys() == {
        "Driving licence"
    }


QUOTED = RequirementScore(
    requirement_id="Python", status="met", score=0.9, evidence=(Evidence(quote="Nine years of Python"),), reason="named"
)


def test_the_verdict_quotes_question_and_answer() -> None:
    no = Told("Python", False, said("Do you know  Python?", "No"))
    denied = no.over(QUOTED)
    assert (denied.status, denied.score, denied.evidence) == ("not_met", 0.0, QUOTED.evidence)
    assert denied.reason == "denied in the application form: “Do you know Python?” - “No”; the resume: named"
    yes = Told("Python", True, said("Do you know Python?", "Yes"))
    missing = RequirementScore(requirement_id="Python", status="not_met", score=0.1, reason="nothing like it")
    stated = yes.over(missing)
    assert (stated.status, stated.score, stated.evidence) == ("met", 0.6, ())
    assert stated.reason == (
        "stated in the application form: “Do you know Python?” - “Yes”; the resume: nothing like it"
    )
    assert yes.over(QUOTED).score == 0.9, "a yes does not say how well"
    assert no.over(missing).reason == "denied in the application form: “Do you know Python?” - “No”"
    long = Told("Python", True, said("Python? " * 100, "Yes")).over(missing)
    assert len(long.reason) < 350
