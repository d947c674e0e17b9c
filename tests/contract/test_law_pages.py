"""What the law asks, from the pages: places of a job, answers in time, a notice after a rejection, a legal hold. The
real routes over a real database; a clock that the test moves."""

from __future__ import annotations

from datetime import date

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.deps import App
from api.routes.console import _job_in
from models.errors import BadRequest, Conflict
from tests.contract.test_law_applied import DAY, Clock, app, clock, invite, mail, reject
from tests.contract.test_stages import job_of, screened
from tests.flow.hostile import HTML, POSTING

__all__ = ["app", "clock"]


@pytest.fixture
def admin(app: App, org: str) -> TestClient:
    return signed_in(app, org, "admin")


def signed_in(app: App, org: str, role: str) -> TestClient:
    api = create_app(app.settings, work=False)
    api.state.foyer = app
    with app.database.store() as store:
        _, key = store.add_api_key(org, name=role, role=role, now=app.now)
    shown = {"Authorization": f"Bearer {key}", "Foyer-Person": "Kim"}  # a session would end when the clock is moved
    return TestClient(api, headers={**HTML, **shown}, follow_redirects=False)


@pytest.mark.proves(41)
def test_a_notice_after_a_rejection_is_sent_from_the_page(app: App, org: str, clock: Clock, admin: TestClient) -> None:
    clock.at(date(2027, 1, 4))
    case = screened(app, job_of(app, org, jurisdictions=["us-co"]), 0.9, "ann@example.org")
    assert "Send the notice" not in admin.get(f"/applications/{case}").text, "nobody has decided"
    assert admin.post(f"/applications/{case}/adverse-notice").status_code == 409
    reject(app, org, case)
    page = admin.get(f"/applications/{case}").text
    assert "Send the notice" in page
    assert "2027-02-03" in page
    clock.at(date(2027, 1, 4) + 31 * DAY)
    assert "which is over" in admin.get(f"/applications/{case}").text
    assert admin.post(f"/applications/{case}/adverse-notice").status_code == 303
    assert admin.post(f"/applications/{case}/adverse-notice").status_code == 303
    assert len([text for text in mail(app) if "plain description" in text]) == 1
    page = admin.get(f"/applications/{case}").text
    assert "was told of the rejection" in page
    assert "Send the notice" not in page


def test_a_legal_hold_requests_in_time_and_what_one_may_open(
    app: App, org: str, clock: Clock, admin: TestClient
) -> None:
    case = screened(app, job_of(app, org), 0.9, "ann@example.org")
    path, hold = f"/applications/{case}", f"/applications/{case}/hold"
    assert admin.post(hold, data={"reason": " "}).status_code == 400
    assert admin.post(hold, data={"reason": "A claim."}).status_code == 303
    with app.database.reading() as store:
        candidate = store.application(org, case).candidate_id
        assert store.is_held(org, candidate)
        with pytest.raises(Conflict):
            store.not_held(org, candidate)
    assert "A claim." in admin.get(path).text
    recruiter = signed_in(app, org, "recruiter")
    page = recruiter.get(path).text
    assert "A claim." in page, "who may not lift it sees that it stands"
    assert "Lift the hold" not in page
    assert recruiter.post(f"{hold}/lift").status_code == 403
    assert admin.post(f"{hold}/lift").status_code == 303
    with app.database.reading() as store:
        assert not store.is_held(org, candidate)
    assert "Place a legal hold" in admin.get(path).text
    clock.at(date(2026, 12, 1))
    job = job_of(app, org, jurisdictions=["de"])
    assert "law of de" in admin.get(f"/jobs/{job.id}").text
    case = screened(app, job, 0.9, "ben@example.org")
    interview = invite(app, org, case)
    with app.database.store() as store:
        store.add_request(org, interview.id, "access", {"wishes": [], "text": ""}, during=False, now=app.now)
    assert "answer by 2026-12-31" in admin.get(f"/applications/{case}").text
    clock.at(date(2027, 1, 2))
    page = admin.get(f"/applications/{case}").text
    assert "was due 2026-12-31" in page
    assert 'href="/impact"' in page
    assert 'href="/oversight"' in page
    page = recruiter.get("/").text
    assert 'href="/operations"' in page
    assert 'href="/impact"' not in page
    assert 'href="/oversight"' not in page


def test_a_job_s_places_are_read_from_its_form(app: App) -> None:
    form = {"text": POSTING, "threshold": "50", "invite_policy": "at_once", "minutes": 30, "kit_family": ""}
    form |= {"max_interviews": "", "jurisdictions": " us-NY-nyc, de ", "address": ""}
    assert _job_in(app, form, None).jurisdictions == ["us-ny-nyc", "de"]
    assert _job_in(app, form | {"jurisdictions": ""}, None).jurisdictions is None, "as the organisation's"
    with pytest.raises(BadRequest, match="no jurisdiction"):
        _job_in(app, form | {"jurisdictions": "Bavaria!"}, None)
