"""What people say goes into other systems' notes and fields as words: no tag, no link, no formula, no mention."""

from __future__ import annotations

import pytest

from integrations import summary
from integrations.csv_files import shown
from models.exchange import Outcome
from models.values import AssessmentResult, MustHave, Scorecard
from tests.store_world import NOW

PAYLOADS = (
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(2)">',
    "[the report](https://evil.example/x)",
    "![pixel](https://evil.example/p.png)",
    "<https://evil.example>",
    "[x](javascript:alert(3))",
    '=HYPERLINK("https://evil.example","report")',
    "#[CANDIDATE:1] @[USER:2]",
)
ALIVE = ("<", ">", "](", "://", "#[", "@[", "![")


def result(words: str) -> AssessmentResult:
    said = MustHave(question_id="q", status="met", reason="r", quote=words)
    return AssessmentResult(
        id="result_0190aaaa_1",
        created_at=NOW,
        organisation_id="org",
        job={"id": "j", "title": words},
        candidate={"name": words},
        application_id="app",
        scorecard=Scorecard(id="s", recommendation="yes", reason="r", overall=70, must_haves=(said,)),
        report_url="",
    )


@pytest.mark.proves(58)
@pytest.mark.parametrize("words", PAYLOADS)
def test_a_note_and_its_fields_are_words_only(words: str) -> None:
    found = result(words)
    outcome = Outcome(kind="rejected", at=NOW, stage=words, reason=words, title=words, said_by=words)
    told = [summary.note(found), summary.outcome_note(outcome), *map(str, summary.fields(found).values())]
    for text in told:
        assert not [mark for mark in ALIVE if mark in text], text
        assert shown(text)[0] not in "=+@-"


@pytest.mark.parametrize(
    "words", ["C#, C++ and R & D", "ada@mail.example", "I led 3 people; we shipped!", "日本語 [a] (b)"]
)
def test_plain_words_stay_as_they_are(words: str) -> None:
    assert summary.inert(words) == words
