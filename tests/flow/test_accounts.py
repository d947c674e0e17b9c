"""Accounts of people, in-process over a real database: signing in, what a role opens, what ends a session."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_string, policy
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from api import accounts, invitations, messages, passwords
from api.app import build, create_app
from api.cli import app as cli
from api.deps import App
from api.security import RECRUITER_COOKIE
from models.errors import NotFound, Unauthorized
from models.records import SYSTEM, User, UserRole
from tests import store_world
from tests.flow.hostile import HTML
from tests.flow.kinds import settings_of

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
    settings = settings_of(home)
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


# ---------------------------------------------------------------- invitations, and people who forgot


def mailed(office: Office, to: str) -> list[str]:
    """Links in the messages to this address, oldest first."""
    with office.app.database.reading() as store:
        sent = [one for one in store.deliveries(office.world.organisation_id, limit=200) if one.kind == "email"]
    found = [message_from_string(one.payload["message"], policy=policy.default) for one in reversed(sent)]
    texts = [one.get_body(("plain",)).get_content() for one in found if to in one["To"]]  # type: ignore[union-attr]
    return [word for text in texts for word in text.split() if "/account/" in word]


def test_what_is_sent_about_an_account_is_what_messages_show(office: Office) -> None:
    """The standard words as well as one's own, under the employer's name."""
    organisation = office.world.organisation_id
    office.hire("Mona Mail", "admin")
    with office.app.database.store() as store:
        store.set_branding(organisation, {"name": "Hospital Group"}, by="Kim", now=office.app.now)
    invitations.invite(office.app, organisation, email="nia@hospital.example", name="Nia", role="reviewer")
    shown = messages.preview(office.app, organisation, "account_invitation", "en", None, to="nia@hospital.example")
    with office.app.database.reading() as store:
        texts = [one.payload["message"] for one in store.deliveries(organisation, limit=200) if one.kind == "email"]
    sent = [message_from_string(one, policy=policy.default) for one in texts]
    [message] = [one for one in sent if "nia@hospital.example" in one["To"]]
    assert (message["Subject"], str(message["From"])) == (shown["Subject"], str(shown["From"]))
    assert "Hospital Group" in message["From"]


def path_of(link: str) -> str:
    return link[link.index("/account/") :]


@pytest.mark.proves(48)
def test_somebody_is_invited_accepts_once_and_has_the_role(office: Office) -> None:
    office.hire("Alma Admin", "admin")
    alma = office.signed_in("alma@hospital.example")
    page = alma.post("/people", data={"email": "Rolf@hospital.example", "name": "Rolf", "role": "reviewer"})
    assert page.status_code == 200
    [link] = mailed(office, "Rolf@hospital.example")
    assert link in page.text, "shown once, for where there is no mail"
    assert link not in alma.get("/people").text
    assert alma.post("/people", data={"email": "rolf@hospital.example", "role": "admin"}).status_code == 409
    assert alma.post("/people", data={"email": "nonsense", "role": "admin"}).status_code == 400
    guest = office.browser()
    early = guest.post("/login", data={"email": "rolf@hospital.example", "password": PASSWORD})
    assert early.status_code == 401
    assert "Rolf@hospital.example" in guest.get(path_of(link)).text
    for wrong in ("short", "password1234", "rolfhospital1"):
        assert guest.post(path_of(link), data={"name": "Rolf Roe", "password": wrong}).status_code == 400
    assert guest.post(path_of(link), data={"name": "Rolf Roe", "password": PASSWORD}).status_code == 303
    assert "Rolf Roe" in guest.get("/").text
    assert guest.get("/people").status_code == 403, "a reviewer"
    again = office.browser()
    assert again.get(path_of(link)).status_code == 404
    assert again.post(path_of(link), data={"name": "Eve", "password": "somebody else here"}).status_code == 404
    for forged in (path_of(link)[:-1], "/account/x", "/account/" + office.app.signer.link_token()):
        assert again.get(forged).status_code == 404
    office.signed_in("rolf@hospital.example")


def test_an_invitation_is_sent_again_or_withdrawn(office: Office) -> None:
    office.hire("Petra Prime", "admin")
    petra = office.signed_in("petra@hospital.example")
    petra.post("/people", data={"email": "late@hospital.example", "role": "recruiter"})
    with office.app.database.reading() as store:
        late = store.user_called(office.world.organisation_id, "late@hospital.example")
    assert late is not None
    assert petra.post(f"/people/{late.id}", data={"what": "link"}).status_code == 200
    old, new = mailed(office, "late@hospital.example")
    assert office.browser().get(path_of(old)).status_code == 404
    assert office.browser().get(path_of(new)).status_code == 200
    assert petra.post(f"/people/{late.id}", data={"what": "withdraw"}).status_code == 303
    assert office.browser().get(path_of(new)).status_code == 404
    assert "late@hospital.example" not in petra.get("/people").text


def test_a_forgotten_password_is_set_anew_and_nobody_learns_who_has_an_account(office: Office) -> None:
    office.hire("Fay Forgets")
    fay = office.signed_in("fay@hospital.example")
    asked = [
        office.browser().post("/password", data={"email": each}) for each in ("fay@hospital.example", "no@x.example")
    ]
    assert asked[0].text == asked[1].text
    assert mailed(office, "no@x.example") == []
    [link] = mailed(office, "fay@hospital.example")
    for _ in range(5):
        office.browser().post("/password", data={"email": "fay@hospital.example"})
    assert len(links := mailed(office, "fay@hospital.example")) == 3, "no flood of mail"
    assert office.browser().get(path_of(link)).status_code == 404, "the newest counts"
    fresh = office.browser()
    assert fresh.post(path_of(links[-1]), data={"password": "nine blue kettles"}).status_code == 303
    assert fay.get("/").status_code == 303, "the old sessions are over"
    assert (
        office.browser().post("/login", data={"email": "fay@hospital.example", "password": PASSWORD}).status_code == 401
    )
    fay = office.signed_in("fay@hospital.example", "nine blue kettles")
    assert fay.post("/me/password", data={"old": "wrong", "new": "seven red ladders"}).status_code == 400
    assert fay.post("/me/password", data={"old": "nine blue kettles", "new": "seven red ladders"}).status_code == 303
    assert fay.get("/").status_code == 200
    assert fresh.get("/").status_code == 303


def test_a_link_ends_with_its_time(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    user = office.hire("Tim Time")
    link = invitations.reset_link(office.app, user.organisation_id, user.id)
    now = office.app.clock.now()
    monkeypatch.setattr(office.app.clock, "now", lambda: now + 3601)
    assert office.browser().get(path_of(link)).status_code == 404


def test_the_last_administrator_stays_one(tmp_path: Path) -> None:
    app = build(settings_of(tmp_path / "home"), work=False)
    world = store_world.build(app.database, "Small")
    api = create_app(app.settings, work=False)
    api.state.foyer = app
    client = TestClient(api, headers={"Authorization": f"Bearer {world.api_key}"})
    path = f"/api/people/{world.user_id}"
    for change in ({"role": "reviewer"}, {"state": "disabled"}):
        assert client.patch(path, json=change).status_code == 409
    made = client.post("/api/people", json={"email": "bea@x.example", "role": "admin"}).json()
    assert client.patch(path, json={"state": "disabled"}).status_code == 409, "who was only invited cannot help yet"
    TestClient(api).post(path_of(made["link"]), data={"name": "Bea", "password": PASSWORD})
    assert client.patch(path, json={"state": "disabled"}).json()["state"] == "disabled"
    assert client.patch(f"/api/people/{made['id']}", json={"role": "auditor"}).status_code == 409
    assert client.post(f"{path}/link").status_code == 409
    assert client.patch(path, json={"state": "active"}).json()["state"] == "active"
    assert client.delete(path).status_code == 409, "an account that was used is kept"
    app.database.close()


def test_whoever_runs_foyer_is_never_locked_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOYER_HOME", str(tmp_path / "home"))
    run = CliRunner()
    invited = run.invoke(cli, ["people", "invite", "ops@x.example", "--name", "Ops"])
    assert "/account/" in invited.stdout, invited.output
    assert "ops@x.example" in run.invoke(cli, ["people", "list"]).stdout
    again = run.invoke(cli, ["people", "reset", "OPS@x.example"])
    assert "/account/" in again.stdout, again.output
    assert again.stdout != invited.stdout
    assert isinstance(run.invoke(cli, ["people", "reset", "no@x.example"]).exception, NotFound)
