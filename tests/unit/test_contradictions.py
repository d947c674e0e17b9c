"""Where resume and interview differ: what is found, with both quotes, and above all what is left alone."""

from __future__ import annotations

import pytest

from interview.contradictions import Contradiction, contradictions
from interview.evidence import is_verbatim
from models.values import (
    Certificate,
    Claim,
    Education,
    ParsedResume,
    Resume,
    Skill,
    Source,
    Span,
    Turn,
    Work,
)

LINES = (
    ("summary", "Backend engineer with 12 years of experience."),
    ("experience", "Senior Backend Engineer, Harbourlight, 2019-03 to 2024-06"),
    ("experience", "Ran Kubernetes clusters for forty services"),
    ("education", "BSc Computer Science, University of Leeds, 2010"),
    ("skills", "Python, Kubernetes, React Native, Go, Rust (basics)"),
    ("certificates", "Registered Nurse licence (Ohio)"),
)
RESUME = ParsedResume(
    resume=Resume(
        work=(
            Work(name="Harbourlight", position="Senior Backend Engineer", start_date="2019-03", end_date="2024-06"),
            Work(name="Quaymark", position="Developer", start_date="2012", end_date="2019"),
        ),
        education=(
            Education(institution="University of Leeds", area="Computer Science", study_type="BSc", end_date="2010"),
        ),
        skills=tuple(Skill(name=name) for name in ("Python", "Kubernetes", "React Native", "React", "Go", "Rust")),
        certificates=(Certificate(name="Registered Nurse licence"),),
    ),
    spans=tuple(
        Span(id=n, text=text, line=n + 1, page=1, start=0, end=len(text), section=section)
        for n, (section, text) in enumerate(LINES)
    ),
    years=12.0,
    claims=(Claim(years=12, quote="12 years of experience", source=Source(start=0, end=5, line=1, page=1)),),
)


def found(said: str, asked: str = "Tell me more.", resume: ParsedResume | None = RESUME) -> list[Contradiction]:
    turns = (Turn(role="interviewer", text=asked), Turn(role="candidate", text=said, start=12.0, end=20.0))
    differing = contradictions(resume, turns)
    assert all(is_verbatim(one.said, turns) for one in differing)
    return list(differing)


@pytest.mark.parametrize(
    ("said", "kind", "subject", "resume"),
    [
        ("I have never used Kubernetes.", "skill", "Kubernetes", LINES[2][1]),
        ("Well, I've never worked with Kubernetes, only with plain servers.", "skill", "Kubernetes", LINES[2][1]),
        ("I have no experience with React Native.", "skill", "React Native", LINES[4][1]),
        ("I don't have any experience in python at all.", "skill", "Python", LINES[4][1]),
        ("To be fair, I haven't used Go yet.", "skill", "Go", LINES[4][1]),
        ("I do not hold a nursing licence.", "certificate", "Registered Nurse licence", LINES[5][1]),
        ("My nursing license has expired.", "certificate", "Registered Nurse licence", LINES[5][1]),
        ("I don't have a degree.", "degree", "BSc Computer Science", LINES[3][1]),
        ("I never finished my bachelor's.", "degree", "BSc Computer Science", LINES[3][1]),
        ("I have four years of experience.", "years", "years of experience", "12 years of experience"),
        ("I have over twenty years of work experience in total.", "years", "years of experience", None),
        ("I have never worked for Quaymark.", "employer", "Quaymark", "Quaymark"),
        ("I left Harbourlight in 2021 to study.", "dates", "Harbourlight, end", "Harbourlight: until 2024-06"),
        ("I joined Harbourlight in 2023.", "dates", "Harbourlight, start", "Harbourlight: from 2019-03"),
        ("I was an intern at Harbourlight.", "title", "Harbourlight", "Senior Backend Engineer, Harbourlight"),
    ],
)
def test_what_differs_is_quoted_from_both_sides(said: str, kind: str, subject: str, resume: str | None) -> None:
    (one,) = found(said)
    assert (one.kind, one.subject) == (kind, subject)
    assert one.said.quote in said
    assert one.said.start == 12.0
    assert resume is None or one.resume == resume
    assert one.ask.endswith(("?", "."))
    assert not any(word in one.ask.casefold() for word in ("lie", "lied", "false", "honest", "truth"))


@pytest.mark.parametrize(
    "said",
    [
        "I have never used Kubernetes in production.",
        "I have never used Kubernetes on my own.",
        "At that time I have never used Kubernetes.",
        "I had never used Kubernetes.",
        "My manager said I have never used Kubernetes.",
        "If I have never used Kubernetes, I read about it.",
        "I have never used Terraform.",
        "I have never used Rust.",  # the resume says no more than basics
        "I don't know go.",  # a recogniser's word, and a word of every day
        "I haven't used react to that.",
        "I don't have a degree in law.",
        "I never finished my PhD.",
        "I do not have a driving licence.",
        "I have 11 years of experience.",
        "I have over ten years of experience.",
        "I have four years of experience with Kafka.",
        "I have four years of experience in leading teams.",
        "I left Harbourlight in 2023.",
        "I left the team in 2021.",
        "I was a software developer at Harbourlight.",
        "I was responsible for Harbourlight.",
        "I was an intern at Harbourlight Academy.",
        "I have never worked for Quaymark's competitors.",
        "She has never used Kubernetes.",
        "I never worked with people who have never used Kubernetes.",
        "I have never used Kubernetes to hide a problem.",
    ],
)
def test_what_has_two_readings_is_left_alone(said: str) -> None:
    assert found(said) == []


def test_a_plain_no_to_a_check_is_set_beside_the_resume() -> None:
    asked = "Do you hold a current nursing licence?"
    (one,) = found("No. Not any more.", asked)
    assert (one.kind, one.said.quote) == ("certificate", "No.")
    assert found("No, but it is on its way.", asked) == []
    assert found("No problem, I do.", asked) == []
    assert found("Yes.", asked) == []
    assert found("No.", "Do you hold a driving licence?") == []


def test_each_subject_once_and_nothing_without_an_english_resume() -> None:
    assert len(found("I have never used Kubernetes. As I said, I have never used Kubernetes.")) == 1
    assert found("I have never used Kubernetes.", resume=None) == []
    assert found("I have never used Kubernetes.", resume=RESUME.model_copy(update={"language": "de"})) == []


def test_an_unfinished_degree_of_the_resume_claims_none() -> None:
    entry = Education(institution="Leeds", area="History", study_type="BA", end_date=None)
    resume = RESUME.model_copy(update={"resume": RESUME.resume.model_copy(update={"education": (entry,)})})
    assert found("I don't have a degree.", resume=resume) == []
