"""A hiring manager and every route there is: nothing of a job they were not given, made from the running app's own list
of routes. And an agency, behind its link."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api import agencies
from api.access import NEEDS, OPEN, ROLES, SIGNED_IN, checked
from api.app import build, create_app
from api.confining import LISTS, NO_IDS
from api.deps import App
from api.security import RECRUITER_COOKIE, Recruiter, begin_session, recruiter_of_user
from models.errors import BadRequest
from tests import store_world
from tests.flow.hostile import HTML
from tests.flow.kinds import settings_of
from tests.flow.test_tenancy import at, doors, ids_of, sends, victims

RIGHTS = ROLES["hiring_manager"]


@dataclass
class Jobs:
    """`given` and `other`: one of everything, of the job they were given and of another; `cookie` is theirs."""

    api: FastAPI
    app: App
    given: store_world.World
    other: store_world.World
    user_id: str
    cookie: str

    def browser(self) -> TestClient:
        browser = TestClient(self.api, raise_server_exceptions=False, follow_redirects=False)
        browser.cookies.set(RECRUITER_COOKIE, self.cookie)
        return browser


@pytest.fixture(scope="module")
def jobs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jobs]:
    settings = settings_of(tmp_path_factory.mktemp("confined") / "home")
    app, api = build(settings, work=False), create_app(settings, work=False)
    api.state.foyer = app
    given = store_world.build(app.database, "Given")
    other = store_world.build(app.database, "Other", within=given.organisation_id)
    with app.database.store() as store:
        user = store.add_user(
            given.organisation_id, name="Hal", email="hal@x.example", role="hiring_manager", now=app.now
        )
        store.add_member(given.organisation_id, given.job_id, user.id, app.now)
    yield Jobs(api, app, given, other, user.id, begin_session(app.database, recruiter_of_user(user), app.now))
    app.database.close()


@pytest.mark.proves(48)
def test_nothing_of_another_job_is_there_for_a_hiring_manager(jobs: Jobs) -> None:
    client, wrong, tried = jobs.browser(), [], 0
    before = victims(jobs.app, jobs.other.job_id)
    theirs = ids_of(jobs.other) | {"user_id": jobs.user_id}
    secret = [value for name, value in vars(jobs.other).items() if name.endswith("_id") and name != "organisation_id"]
    secret = [value for value in secret if value not in vars(jobs.given).values()]
    for door in doors(jobs.api):
        need = NEEDS[str(door)]
        if need in OPEN:
            continue
        tried += 1
        answer = client.request(door.method, at(door, theirs), **sends(door))
        if need != SIGNED_IN and need not in RIGHTS:
            expected = answer.status_code == 403
        elif need == SIGNED_IN or str(door) in LISTS:
            expected = answer.status_code < 400 or answer.status_code in (400, 422)
        else:
            expected = answer.status_code == 404
        if not expected:
            wrong.append(f"{door}: {answer.status_code} {answer.text[:200]}")
        if answer.status_code != 404 and (told := [id for id in secret if id in answer.text]):
            wrong.append(f"{door}: tells of {told}")
    assert wrong == []
    assert tried > 150
    assert victims(jobs.app, jobs.other.job_id) == before


@pytest.mark.proves(48)
def test_one_id_of_another_job_among_those_of_their_own_is_not_found(jobs: Jobs) -> None:
    client, wrong = jobs.browser(), []
    for door in doors(jobs.api):
        names = set(re.findall(r"\{(\w+)", door.path)) - NO_IDS
        if NEEDS[str(door)] not in RIGHTS or len(names) < 2:
            continue
        for name in names:
            mixed = ids_of(jobs.given) | {name: ids_of(jobs.other)[name]}
            if (status := client.request(door.method, at(door, mixed), **sends(door)).status_code) != 404:
                wrong.append(f"{door} with another's {name}: {status}")
    assert wrong == []


def test_what_they_were_given_is_there(jobs: Jobs) -> None:
    """Or the tests above would pass for a wrong reason."""
    client, wrong, seen = jobs.browser(), [], 0
    for door in doors(jobs.api):
        if (
            NEEDS[str(door)] not in RIGHTS
            or door.method != "GET"
            or not re.search(r"\{(job|application)_id\}$", door.path)
        ):
            continue
        seen += 1
        if (status := client.get(at(door, ids_of(jobs.given))).status_code) >= 400:
            wrong.append(f"{door}: {status}")
    assert wrong == []
    assert seen >= 4
    home = client.get("/", headers=HTML).text
    assert jobs.given.job_id in home
    assert "/people" not in home
    assert [job["id"] for job in client.get("/api/jobs").json()] == [jobs.given.job_id]


def test_a_job_is_given_and_taken_back_at_once(jobs: Jobs) -> None:
    client, path = jobs.browser(), f"/jobs/{jobs.other.job_id}"
    recruiter = TestClient(jobs.api, headers={"Authorization": f"Bearer {jobs.given.api_key}"}, follow_redirects=False)
    member = f"/api/jobs/{jobs.other.job_id}/members/{jobs.user_id}"
    assert recruiter.put(member).status_code == 204
    assert client.get(path, headers=HTML).status_code == 200
    assert client.get(f"{path}/sharing").status_code == 403, "who is given a job gives it to nobody"
    assert "Hal" in recruiter.get(f"{path}/sharing", headers=HTML).text
    assert recruiter.put(f"/api/jobs/{jobs.other.job_id}/members/{jobs.given.user_id}").status_code == 400
    assert recruiter.post(f"{path}/members/{jobs.user_id}/remove").status_code == 303
    assert client.get(path, headers=HTML).status_code == 404


def test_no_key_is_a_hiring_manager(jobs: Jobs) -> None:
    with pytest.raises(BadRequest, match="hiring_manager"):
        checked("hiring_manager", ())
    with jobs.app.database.store() as store:
        _, clear = store.add_api_key(jobs.given.organisation_id, name="old", role="hiring_manager", now=jobs.app.now)
    client = TestClient(jobs.api, headers={"Authorization": f"Bearer {clear}"})
    assert client.get(f"/api/jobs/{jobs.given.job_id}").status_code == 404
    assert client.get("/api/jobs").json() == []


# ---------------------------------------------------------------- agencies


def test_an_agency_sends_for_its_job_and_sees_its_own_files_alone(jobs: Jobs) -> None:
    app, given = jobs.app, jobs.given
    kim = Recruiter(given.organisation_id, "key", said="Kim")
    _, url = agencies.make(app, kim, given.job_id, agency="Talent AG")
    other, other_url = agencies.make(app, kim, given.job_id, agency="Rival Ltd")
    path, rival = (each[each.index("/agency/") :] for each in (url, other_url))
    agency = TestClient(jobs.api, headers=HTML, raise_server_exceptions=False, follow_redirects=False)
    page = agency.get(path).text
    assert "Backend engineer" in page
    assert "Talent AG" in page
    assert "zoe.pdf" not in page, "nobody else's"
    files = [("files", ("nora-nilsson.txt", b"Nora Nilsson\nPython since 2015"))]
    for fields in ({}, {"sender": "Tom"}, {"may_pass_on": "yes"}):
        refused = agency.post(path, data=fields, files=files)
        assert refused.status_code == 400
        assert "Nothing was taken" in refused.text
    sent = agency.post(path, data={"sender": "Tom Talent", "may_pass_on": "yes"}, files=files)
    assert sent.headers["location"] == f"{path}?sent=1"
    page = agency.get(sent.headers["location"]).text
    assert "nora-nilsson.txt" in page
    assert "received" in page
    assert "nora-nilsson" not in agency.get(rival).text
    with app.database.reading() as store:
        [fresh] = [each for each in store.applications(given.organisation_id, given.job_id) if "agency" in each.source]
        batch = store.batch(given.organisation_id, fresh.batch_id or "")
        [source] = store.sources(given.organisation_id, fresh.candidate_id)
        received = store.audit(given.organisation_id, action="application.received")[0]
    assert fresh.source == source.source == "agency: Talent AG"
    assert source.origin == "referral", "they are told where their data came from"
    assert batch.agency_note is not None
    assert batch.agency_note.startswith("Tom Talent: These people know")
    assert received.actor.startswith("agency:")
    with app.database.store() as store:
        store.record_screening(
            given.organisation_id, fresh.id, store_world.screening(0.31337), requirements_version=1, now=app.now
        )
    page = re.sub(r"<time.*?</time>", "", agency.get(path).text)  # it may be 31 past
    assert ">read<" in page
    for score in ("31", "0.31", "advance", "above the threshold"):
        assert score not in page.split("What you sent")[1], score
    office = TestClient(jobs.api, headers={"Authorization": f"Bearer {given.api_key}"}, follow_redirects=False)
    assert office.delete(f"/api/jobs/{given.job_id}/agencies/{other.id}").status_code == 204
    assert agency.get(rival).status_code == 404
    assert agency.post(rival, data={"sender": "x", "may_pass_on": "yes"}, files=files).status_code == 404
    for forged in (path[:-1], "/agency/x", "/agency/" + app.signer.link_token()):
        assert agency.get(forged).status_code == 404
    with app.database.store() as store:
        store.update_job(given.organisation_id, given.job_id, state="closed")
    closed = agency.post(path, data={"sender": "Tom", "may_pass_on": "yes"}, files=files)
    assert closed.status_code == 409
