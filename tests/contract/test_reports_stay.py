"""A report stays as it was written: a newer evaluator rewrites none, whatever asks for it again."""

from __future__ import annotations

import pytest

from api import report_links
from api.deps import App
from interview import evaluate
from models.records import Report
from tests.contract.test_retakes import app, org
from tests.contract.test_reuse import earlier

__all__ = ["app"]


def written(app: App, interview_id: str) -> tuple[object, bytes, bytes]:
    with app.database.reading() as store:
        found: Report | None = store.report_of(org(app), interview_id)
    assert found is not None
    assert found.json_sha256 is not None
    page = report_links.page_of(app, org(app), interview_id).encode()
    return found.scorecard, page, report_links.json_of(app, org(app), interview_id)


@pytest.mark.proves(12)
def test_a_newer_evaluator_rewrites_no_report(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    interview = earlier(app)
    app.pipeline.outcomes.evaluate_and_report(org(app), interview.id)
    before = written(app, interview.id)
    monkeypatch.setattr(evaluate, "VERSION", "999")
    app.pipeline.outcomes.evaluate_and_report(org(app), interview.id)
    assert written(app, interview.id) == before
    another = earlier(app)
    app.pipeline.outcomes.evaluate_and_report(org(app), another.id)
    assert written(app, another.id)[0]["versions"]["evaluator"] == "999", "so the newer one does run"  # type: ignore[index]
