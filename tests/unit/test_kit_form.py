"""What the kit's page says of a finding."""

from __future__ import annotations

import pytest

from api.kit_form import named

RAW = {
    "competencies": [{"id": "running", "name": "Care for services"}],
    "questions": [
        {"id": "running_past", "competency_id": "running", "probes": [{"id": "running_past_result"}]},
        {"id": "check_1", "kind": "check", "competency_id": None, "probes": []},
    ],
    "reserve": [],
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Competency running has no name", 'Competency "Care for services" has no name'),
        ("Question running_past has no words", 'Question about "Care for services" has no words'),
        ("Probe running_past_result has no words", 'Follow-up about "Care for services" has no words'),
        ("Question check_1 has no words", "This check has no words"),
        ("Competency gone: its low anchor is too short", "Competency gone: its low anchor is too short"),
        ("The plan has no question", "The plan has no question"),
    ],
)
def test_findings_name_what_people_see(text: str, expected: str) -> None:
    assert named(text, RAW) == expected
