"""The first run: who may set Foyer up, the list of first steps, the sample job that comes and goes with everything."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api import setting_up
from api.app import build, create_app, first_organisation
from api.deps import App
from tests.flow.hostile import HTML
from tests.flow.kinds import settings_of
from tests.flow.running import Service, wait_for

FORM = {
    "organisation": "City Hospital",
    "jurisdictions": "us-ny-nyc, de",
    "name": "Ada Minh",
    "email": "ada@hospital.example",
    "password": "four grey herons",
}
NEAR = ("127.0.0.1", 50000)


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[tuple[FastAPI, App]]:
    settings = settings_of(tmp_path / "home")
    app, api = build(settings, work=False), create_app(settings, work=False)
    api.state.foyer = app
    first_organisation(app)
    yield api, app
    app.database.close()


def browser(
    api: FastAPI, base: str = "http://127.0.0.1:8000", client: tuple[str, int] = NEAR, **more: str
) -> TestClient:
    return TestClient(api, base_url=base, headers={**HTML, **more}, client=client, follow_redirects=False)


def test_a_stranger_needs_the_code_that_the_service_prints(fresh: tuple[FastAPI, App]) -> None:
    api, app = fresh
    said = setting_up.announced(app)
    file = app.settings.home / "setup.code"
    assert file.read_text() in said
    assert file.stat().st_mode & 0o077 == 0
    strangers = {
        "from elsewhere": browser(api, client=("203.0.113.9", 1)),
        "through a proxy": browser(api, **{"X-Forwarded-For": "203.0.113.9"}),
        "by a name that leads here": browser(api, "http://evil.example:8000"),
        "from another page": browser(api, Origin="https://evil.example"),
    }
    for who, stranger in strangers.items():
        if who != "from another page":
            assert "Setup code" in stranger.get("/setup").text, who
        for code in ("", "AAAA-BBBB-CCCC-DDDD"):
            assert stranger.post("/setup", data=FORM | {"code": code}).status_code in (401, 403), who
    assert setting_up.needed(app)
    refused = strangers["from elsewhere"].post("/setup", data=FORM | {"code": "x"})
    assert "not the setup code" in refused.text
    assert 'value="City Hospital"' in refused.text, "what was typed is still there"
    typed = file.read_text().lower().replace("-", " ")
    answer = strangers["from elsewhere"].post("/setup", data=FORM | {"code": typed})
    assert answer.headers["location"] == "/"
    assert not file.exists()
    assert setting_up.announced(app) == ""


def test_a_browser_on_this_machine_sets_up_once_and_is_signed_in(fresh: tuple[FastAPI, App]) -> None:
    api, app = fresh
    near = browser(api)
    assert near.get("/").headers["location"] == "/setup"
    assert "Setup code" not in near.get("/setup").text
    for wrong in ({"email": "ada"}, {"password": "password1234"}, {"name": " "}, {"jurisdictions": "atlantis"}):
        assert near.post("/setup", data=FORM | wrong).status_code == 400, wrong
    answers = []
    tries = [threading.Thread(target=lambda: answers.append(browser(api).post("/setup", data=FORM))) for _ in range(3)]
    for each in tries:
        each.start()
    for each in tries:
        each.join()
    assert sorted(answer.status_code for answer in answers) == [303, 409, 409], "one is first"
    near.cookies.update(next(answer for answer in answers if answer.status_code == 303).cookies)
    home = near.get("/").text
    assert "Ada Minh" in home
    assert "First steps" in home
    with app.database.asking() as system:
        [organisation] = system.organisations()
    assert (organisation.name, organisation.jurisdictions) == ("City Hospital", ["us-ny-nyc", "de"])
    assert near.get("/setup").headers["location"] == "/login"
    assert near.post("/first-steps/away").status_code == 303
    assert "First steps" not in near.get("/").text
    stranger = browser(api)
    assert stranger.get("/").headers["location"] == "/login?next=/"
    assert "Sign in with an API key" in stranger.get("/login").text


def test_where_there_is_something_to_take_this_machine_is_not_enough(fresh: tuple[FastAPI, App]) -> None:
    """Whoever has worked with keys so far: another account of this machine must not become administrator."""
    api, app = fresh
    key = (app.settings.home / "admin.key").read_text().strip()
    near = browser(api)
    with app.database.store() as store:
        organisation = setting_up.organisation(app).id
        store.add_job(
            organisation,
            title="Nurse",
            text="Nurse",
            media_type="text/plain",
            threshold=0.5,
            invite_policy="after_confirmation",
            max_interviews=None,
            minutes=30,
            now=app.now,
        )
    assert near.post("/setup", data=FORM).status_code == 401
    assert near.post("/login", data={"key": key, "name": "Ada"}).status_code == 303
    assert "Setup code" not in near.get("/setup").text, "an administrator's key shows that one may"
    assert near.post("/setup", data=FORM).status_code == 303


@pytest.mark.long
def test_the_sample_job_ticks_first_steps_and_goes_with_everything(tmp_path: Path) -> None:
    service = Service(tmp_path / "home")
    service.start()
    try:
        with httpx2.Client(base_url=service.base, headers=HTML, timeout=60.0) as ada:
            assert ada.post("/setup", data=FORM).status_code == 303
            before = sorted(path.name for path in (service.home / "files").rglob("*") if path.is_file())
            job = ada.post("/sample-job").headers["location"]
            assert ada.post("/sample-job").status_code == 409, "there is one"
            wait_for(lambda: ada.get(job).text, lambda page: "Invite" in page and "being read" not in page, "screened")
            page = ada.get(job).text
            assert "people are invented" in page
            assert "Upload resumes" not in page
            id = job.rsplit("/", 1)[1]
            assert service.api.post(f"/api/jobs/{id}/batches", files=[("files", ("a.txt", b"x"))]).status_code == 409
            first = service.get(f"/api/jobs/{id}/applications")[0]["id"]
            assert ada.get("/").text.count("(done)") == 2
            ada.get(f"/applications/{first}")
            ada.post(f"/applications/{first}/invite")
            assert ada.get("/").text.count("(done)") == 4
            assert ada.post(f"{job.replace('/jobs/', '/sample-job/')}/remove").status_code == 303
            assert ada.get(job).status_code == 404
            assert f"/jobs/{id}" not in ada.get("/").text
            after = sorted(path.name for path in (service.home / "files").rglob("*") if path.is_file())
            assert after == before
            assert list((service.home / "outbox").glob("*.eml")) == []
            assert service.get("/v1/audit", action="job.removed")
    finally:
        service.stop()
