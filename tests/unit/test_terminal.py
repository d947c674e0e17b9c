"""A shortlist as a recruiter reads it in a terminal."""

from __future__ import annotations

from typing import Any

from api.terminal import shortlist


def candidate(file: str, score: float | None, **more: Any) -> dict[str, Any]:
    verdict = {"score": 0.9, "evidence": [{"quote": "Wrote services in Python"}]}
    return {
        "file": file,
        "score": score,
        "decision": "advance",
        "reason": "Score 0.61 reaches the threshold of 0.4.",
        "requirements": [{"score": 0.0, "evidence": []}, verdict],
        "error": None,
        **more,
    }


def printed(*candidates: dict[str, Any], duplicates: tuple[dict[str, Any], ...] = ()) -> list[str]:
    found = {
        "job": {"title": "Backend Engineer", "threshold": 0.4},
        "timing": {"files": len(candidates)},
        "candidates": candidates,
        "duplicates": duplicates,
    }
    return list(shortlist(found))


def test_each_person_has_score_decision_reason_and_the_best_quote() -> None:
    title, line, reason, quote, summary = printed(candidate("ada.pdf", 0.61))
    assert title == "Backend Engineer: threshold 0.40, 1 file"
    assert line.split() == ["0.610", "advance", "ada.pdf"]
    assert reason.strip() == "Score 0.61 reaches the threshold of 0.4."
    assert quote.strip() == '"Wrote services in Python"'
    assert summary == "1 advance"


def test_unreadable_files_are_named_with_their_problem_and_counted() -> None:
    lines = printed(
        candidate("ada.pdf", 0.61),
        candidate("broken.pdf", None, decision=None, error="broken.pdf: the file is damaged", requirements=[]),
    )
    assert "    --  unreadable broken.pdf: the file is damaged" in lines
    assert lines[-1] == "1 advance, 1 unreadable"


def test_likely_duplicates_and_nothing_at_all_are_said() -> None:
    group = {"files": ["a.pdf", "b.pdf"], "why": ["Same e-mail."]}
    assert "  perhaps one person: a.pdf, b.pdf (Same e-mail.)" in printed(candidate("a.pdf", 0.5), duplicates=(group,))
    assert printed()[-1] == "No files."
    assert printed(candidate("a.pdf", 0.1, requirements=[], reason=None))[1].endswith("a.pdf")
