"""Accounts of people, in-process over a real database: signing in, what a role opens, what ends a session."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api import accounts, passwords
from api.app import build, create_app
from api.deps import App
from api.security import RECRUITER_COOKIE
from models.errors import Unauthorized
from models.records import SYSTEM, User, UserRole
from models.settings import Settings
from tests import store_world
from tests.flow.hostile import HTML

PASSWORD = "four grey herons"


@dataclass
class Office:
    api: FastAPI
    app: App
    world: store_world.World

    def hire(self, name: str, role: UserRole = "recruiter") -> User:
        email = f"{name.split()[0].lower()}@hospital.example"
        with self.app.database.store() as store:
            return store.add_user(
                self.world.organisation_id,
                name=name,
                email=email,
                role=role,
                password_hash=passwords.hashed(PASSWORD),
                now=self.app.now,
            )

    def browser(self) -> TestClient:
        return TestClient(self.api, headers=HTML, raise_server_exceptions=False, follow_redirects=False)

    def signed_in(self, email: str, password: str = PASSWORD) -> TestClient:
        browser = self.browser()
        answer = browser.post("/login", data={"email": email, "password": password})
        assert answer.status_code == 303, answer.text
        return browser

    def log(self, organisation_id: str, action: str) -> list[Any]:
        with self.app.database.reading() as store:
            return store.audit(organisation_id, action=action)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    home = tmp_path_factory.mktemp("accounts") / "home"
    home.mkdir()
    (home / "limits.toml").write_text("[password]\nper_minute = 0.1\nburst = 3\n")
    settings = Settings(home=home)
    app, api = build(settings, work=False), create_app(settings, work=False)
    api.state.foyer = app
    yield Office(api, app, store_world.build(app.database, "Hospital"))
    app.database.close()


@pytest.mark.proves(48)
def test_whoever_signs_in_is_who_they_say(office: Office) -> None:
    rita = office.hire("Rita Ray", "reviewer")
    browser = office.signed_in(" RITA@hospital.example")
    home = browser.get("/")
    assert "Rita Ray" in home.text
    assert (browser.get("/jobs/new").status_code, browser.get("/deliveries").status_code) == (403, 403)
    [entry] = office.log(office.world.organisation_id, "access.signed_in")
    assert (entry.object_kind, entry.object_id) == ("user", rita.id)
    assert entry.actor.startswith("person:")
    browser.get(f"/applications/{office.world.application_id}")
    with office.app.database.reading() as store:
        opened = store.review_events(office.world.organisation_id, office.world.application_id)[-1]
        assert store.user(office.world.organisation_id, rita.id).seen_at is not None
    assert opened.reviewer == "Rita Ray"
    # somebody else, with a key, under the same name is somebody else
    program = {"Authorization": f"Bearer {office.world.api_key}", "Foyer-Person": "Rita Ray"}
    office.browser().get(f"/applications/{office.world.application_id}", headers=program)
    with office.app.database.reading() as store:
        events = store.review_events(office.world.organisation_id, office.world.application_id)
    assert len({event.reviewer_key for event in events if event.reviewer == "Rita Ray"}) == 2


def test_a_wrong_password_and_an_unknown_address_are_answered_alike(office: Office) -> None:
    office.hire("Wim Wrong")
    off = office.hire("Olga Off")
    with office.app.database.store() as store:
        store.disable_user(off.organisation_id, off.id, office.app.now)
        store.add_user(
            off.organisation_id, name="Ivo", email="ivo@x.example", role="admin", state="invited", now=store_world.NOW
        )
    told = set()
    for email in ("wim@hospital.example", "nobody@hospital.example", "olga@hospital.example", "ivo@x.example"):
        password = PASSWORD if email.startswith("olga") else "not the password"
        answer = office.browser().post("/login", data={"email": email, "password": password})
        assert answer.status_code == 401
        told.add(answer.text.replace(email, ""))
    assert len(told) == 1
    assert RECRUITER_COOKIE not in answer.cookies
    assert len(office.log(office.world.organisation_id, "access.refused")) == 1, "of Wim's account"
    assert len(office.log(SYSTEM, "access.refused")) == 3


def test_guessing_is_slowed_down_for_known_and_unknown_addresses_alike(office: Office) -> None:
    office.hire("Greta Guess")
    for email in ("greta@hospital.example", "nobody@guess.example"):
        answers = [office.browser().post("/login", data={"email": email, "password": f"guess {n}"}) for n in range(4)]
        assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
    right = office.browser().post("/login", data={"email": "greta@hospital.example", "password": PASSWORD})
    assert right.status_code == 429, "also for the right one, which would tell"


@pytest.mark.proves(48)
def test_a_disabled_account_s_sessions_end_at_once_and_a_changed_role_counts_at_once(office: Office) -> None:
    user = office.hire("Dora Dee", "recruiter")
    browser, other = office.signed_in("dora@hospital.example"), office.signed_in("dora@hospital.example")
    assert browser.get("/jobs/new").status_code == 200
    with office.app.database.store() as store:
        store.set_role(user.organisation_id, user.id, "reviewer")
    assert browser.get("/jobs/new").status_code == 403
    assert browser.post("/me/sign-out-everywhere").status_code == 303
    assert (browser.get("/").status_code, other.get("/").status_code) == (200, 303)
    with office.app.database.store() as store:
        store.disable_user(user.organisation_id, user.id, office.app.now)
    assert browser.get("/").headers["location"] == "/login?next=/"
    with pytest.raises(Unauthorized, match="disabled"):
        accounts.sign_in_proven(office.app, user.organisation_id, email="dora@hospital.example", name="Dora")


def test_signing_out_ends_the_session_and_not_only_the_cookie(office: Office) -> None:
    office.hire("Sam Sung")
    browser = office.signed_in("sam@hospital.example")
    kept = browser.cookies[RECRUITER_COOKIE]
    assert browser.post("/logout").status_code == 303
    thief = office.browser()
    thief.cookies.set(RECRUITER_COOKIE, kept)
    assert thief.get("/").status_code == 303
    with office.app.database.engine.connect() as connection:
        sessions = connection.exec_driver_sql("SELECT * FROM sessions").all()
    assert kept not in str(sessions)


def test_a_key_s_session_says_a_name_that_is_kept_with_it(office: Office) -> None:
    browser = office.browser()
    assert browser.post("/login", data={"key": office.world.api_key, "name": "Kim"}).status_code == 303
    assert browser.post("/me", data={"name": "Lee"}).status_code == 303
    assert "Lee" in browser.get("/").text
    sam = office.hire("Nora New")
    own = office.signed_in("nora@hospital.example")
    assert own.post("/me", data={"name": "Nora Newer"}).status_code == 303
    with office.app.database.reading() as store:
        assert store.user(sam.organisation_id, sam.id).name == "Nora Newer"


def test_an_address_that_another_system_vouches_for_signs_in_with_the_role_of_its_groups(office: Office) -> None:
    organisation = office.world.organisation_id
    with pytest.raises(Unauthorized, match="invitation"):
        accounts.sign_in_proven(office.app, organisation, email="eve@idp.example", name="Eve")
    who, cookie = accounts.sign_in_proven(
        office.app, organisation, email="eve@idp.example", name="Eve", groups=["staff", "auditor"]
    )
    assert (who.role, who.said) == ("auditor", "Eve")
    browser = office.browser()
    browser.cookies.set(RECRUITER_COOKIE, cookie)
    assert browser.get("/oversight").status_code == 200
    again, _ = accounts.sign_in_proven(
        office.app, organisation, email="EVE@idp.example", name="Eve", groups=["recruiter"]
    )
    assert (again.role, again.user_id) == ("recruiter", who.user_id)
