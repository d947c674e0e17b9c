"""Which answers of application forms are not taken in."""

from __future__ import annotations

import pytest

from integrations.withheld import withheld


@pytest.mark.parametrize(
    "question",
    [
        "What is your gender?",
        "Pronouns",
        "Date of birth",
        "How old are you?",
        "Are you Hispanic or Latino?",
        "Citizenship",
        "Do you identify as a person with a disability?",
        "Protected veteran status",
        "Marital status",
        "What is your race/ethnicity?",
        "Geburtsdatum",
        "Do you have any medical condition?",
    ],
)
def test_what_no_application_is_judged_by_is_left_out(question: str) -> None:
    assert withheld(question)


@pytest.mark.parametrize(
    "question",
    [
        "How many years have you worked with Python?",
        "When could you start?",
        "Which languages do you speak?",
        "Years of experience in health care",
        "Are you at least 18 years of age?",
        "Are you authorised to work in the United States?",
        "What is your notice period?",
        "Essex or London?",
        "Describe your medical billing experience",
    ],
)
def test_what_is_about_work_is_kept(question: str) -> None:
    assert not withheld(question)
