"""A transcript is put right: another version of the report by it, the earlier one as it was."""

from __future__ import annotations

import pytest

from api import correcting
from api.demo import sample_kit, shortened
from api.deps import App
from interview.events import Typed
from models.errors import Conflict
from models.records import Interview
from models.values import AssessmentResult
from tests import store_world
from tests.contract.test_law_pages import signed_in
from tests.contract.test_retakes import app, hold, org
from tests.fakes_dialogue import Talk
from tests.store_world import NOW

__all__ = ["app"]

KIT = shortened(sample_kit())
PLAN = KIT.model_copy(update={"questions": KIT.questions[:2]})

MISHEARD = (
    "Last winter our booking service went down on a Friday evening. Nobody knew why, so I went home and the others "
    "looked after it on Monday, and I do not remember what it was in the end."
)
SAID = (
    "Last winter our booking service went down on a Friday evening. I read the logs and found the cause, a full disk, "
    "fixed it the same night, wrote a test and an alarm for it, and told the whole team what I had learnt from it."
)


def held(app: App, words: str) -> Interview:
    """In English, so that it is rated: each question is answered so."""
    with app.database.store() as store:
        case = store_world.add_screened(store, store_world.add_job(store, org(app)), 0.9)
        interview, _ = store.add_interview(
            org(app), application_id=case.id, plan=PLAN, link_hash=case.id, expires_at=store_world.LATER, now=NOW
        )
    talk = Talk(PLAN).to_question()
    for _ in PLAN.questions:
        talk.do(Typed(text=words), after=20)
        talk.hear()
    return hold(app, interview, talk, reason="completed")


def quotes(card: dict[str, object]) -> str:
    return repr([one["evidence"] for one in card["competencies"]])  # type: ignore[attr-defined]


@pytest.mark.proves(12, 40)
def test_a_correction_that_a_person_accepts_makes_another_version_and_keeps_the_first(app: App) -> None:
    interview = held(app, MISHEARD)
    outcomes = app.pipeline.outcomes
    outcomes.evaluate_and_report(org(app), interview.id)
    with app.database.reading() as store:
        first = store.report_of(org(app), interview.id)
        assert first is not None
        whose = store.application(org(app), interview.application_id).candidate_id
        page = app.files.get(first.html_sha256, subject=whose)
        place = next(n for n, turn in enumerate(correcting.said(store, interview)) if turn.text == MISHEARD)
    with pytest.raises(Conflict, match="corrected nothing"):
        correcting.accept(app, org(app), interview.id, by="Kim")
    client = signed_in(app, org(app), "admin")
    accepting, page_of = f"/interviews/{interview.id}/corrections/accept", f"/applications/{interview.application_id}"
    assert client.post(accepting).status_code == 409
    with app.database.store() as store:
        store.add_remark(org(app), interview.id, "correction", SAID, turn=place, now=app.now)
    assert f'action="{accepting}"' in client.get(page_of).text

    made = correcting.accept(app, org(app), interview.id, by="Kim")
    assert (made["version"], made["accepted_by"], made["supersedes"]) == (2, "Kim", first.id)
    assert made["corrected_turns"] == str(place)
    with app.database.reading() as store:
        old, new = store.report_versions(org(app), interview.id)
        assert old.scorecard == first.scorecard
        assert quotes(new.scorecard) != quotes(old.scorecard), "what it rests on is what was said"
        assert "found the cause" in quotes(new.scorecard)
        assert app.files.get(old.html_sha256, subject=whose) == page
        assert "found the cause" in app.files.get(new.html_sha256, subject=whose).decode()
        assert "found the cause" not in page.decode()
        assert [turn.text for turn in correcting.said(store, interview)].count(SAID) == 0, "the transcript stays"
        sent = [AssessmentResult.model_validate(one) for one in store.results_of(org(app), interview.application_id)]
    assert [one.revision for one in sent] == [1, 2]
    assert sent[1].supersedes == sent[0].id
    assert SAID in [turn.text for turn in sent[1].transcript]
    with pytest.raises(Conflict, match="corrected nothing"):
        correcting.accept(app, org(app), interview.id, by="Kim")
    assert f'action="{accepting}"' not in client.get(page_of).text
    with app.database.store() as store:
        store.add_remark(org(app), interview.id, "correction", f"{SAID} Twice.", turn=place, now=app.now)
    assert client.post(accepting).status_code == 303
    with app.database.reading() as store:
        *_, newest = store.report_versions(org(app), interview.id)
        assert (newest.version, newest.scorecard["versions"]["accepted_by"]) == (3, "Kim (key: admin)")
