"""Every route there is x every role x another organisation's ids, made from the running app's own list of routes: a new
one is attacked without anybody thinking of it. In-process, over a real migrated database."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, APIWebSocketRoute, iter_route_contexts
from fastapi.testclient import TestClient
from sqlalchemy import inspect, text
from starlette.routing import Mount
from starlette.websockets import WebSocketDisconnect

from api.access import CONFINED, NEEDS, OPEN, PAGE, ROLES, SCOPES, SIGNED_IN, documented, rights
from api.app import build, create_app
from api.deps import App
from api.security import RECRUITER_COOKIE, ROOM_COOKIE, Recruiter, begin_session, recruiter_of_key
from tests import store_world
from tests.flow.hostile import DOORS, HTML, NOBODY, PAGES, Door, payload, plain, unhurried
from tests.flow.kinds import settings_of

KEYS: dict[str, tuple[str, ...]] = {
    **{role: () for role in ROLES if role not in ("program", *CONFINED)},
    "program that uploads": ("candidates:write",),
    "program that reads results": ("candidates:read", "results:read"),
}


BEGINS_WORK = ("POST /api/sample-job", "POST /sample-job")
"""They need nothing of anybody's, and a queue, which does not run here."""


@dataclass(frozen=True)
class Tenants:
    """`ids` are the victim's and `own` the stranger's, by path parameter; `keys` are the stranger's, by role."""

    api: FastAPI
    app: App
    ids: dict[str, str]
    own: dict[str, str]
    keys: dict[str, str]

    def client(self, role: str) -> TestClient:
        headers = {"Authorization": f"Bearer {self.keys[role]}", "Foyer-Person": "Mallory"}
        return TestClient(self.api, headers=headers, raise_server_exceptions=False, follow_redirects=False)


def ids_of(world: store_world.World) -> dict[str, str]:
    """By the names that routes give their parameters. A route with another name fails until it is known here."""
    return {
        "job_id": world.job_id,
        "batch_id": world.batch_id,
        "application_id": world.application_id,
        "interview_id": world.interview_id,
        "request_id": world.request_id,
        "candidate_id": world.candidate_id,
        "endpoint_id": world.endpoint_id,
        "delivery_id": world.delivery_id,
        "connection_id": world.connection_id,
        "event_id": world.event_id,
        "hold_id": world.hold_id,
        "round_id": world.round_id,
        "user_id": world.user_id,
        "note_id": world.note_id,
        "merge_id": world.merge_id,
        "agency_id": world.agency_id,
        "saved_search_id": world.saved_search_id,
        "name": "nothing",
        "remote_id": "77",
        "link_id": world.report_link_id,
        "order_id": world.remote_id,
        "token": world.report_link_id,
        "channel_id": world.channel_id,
        "subscription_id": world.subscription_id,
        "organisation_id": world.organisation_id,
        "number": "1",
        "utterance": "u1",
        "path": "webhook",
    }


@pytest.fixture(scope="module")
def tenants(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenants]:
    settings = settings_of(tmp_path_factory.mktemp("tenants") / "home")
    unhurried(settings.home)
    app, api = build(settings, work=False), create_app(settings, work=False)
    api.state.foyer = app
    victim = store_world.build(app.database, "Victim")
    stranger = store_world.build(app.database, "Stranger")
    now, keys = datetime.now(UTC), {}
    with app.database.store() as store:
        for name, scopes in KEYS.items():
            made = {"role": name.split()[0], "scopes": scopes}
            _, keys[name] = store.add_api_key(stranger.organisation_id, name=name, now=now, **made)  # type: ignore[arg-type]
    yield Tenants(api, app, ids_of(victim), ids_of(stranger), keys)
    app.engines.close()
    app.database.close()


def doors(api: FastAPI) -> list[Door]:
    """All there are, as the running app knows them; a socket's method is WS."""
    found = []
    for context in iter_route_contexts(api.routes):
        route = context.original_route
        methods = {"WS"} if isinstance(route, APIWebSocketRoute) else getattr(route, "methods", None) or {"GET"}
        path = str(getattr(route, "path", "?"))
        assert isinstance(route, (APIRoute, APIWebSocketRoute, Mount)) or path == "/openapi.json", route
        found += [Door(method, path) for method in sorted(methods - {"HEAD"})]
    return found


def at(door: Door, ids: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)(:\w+)?\}", lambda found: ids[found[1]], door.path)


def sends(door: Door) -> dict[str, Any]:
    plain = Door(door.method, door.path.replace(":path}", "}"))
    return payload(plain)


def rows(app: App) -> dict[str, list[tuple[Any, ...]]]:
    """Everything in the database."""
    with app.database.engine.connect() as connection:
        names = inspect(connection).get_table_names()
        return {name: [tuple(row) for row in connection.execute(text(f'SELECT * FROM "{name}"'))] for name in names}


def victims(app: App, organisation: str) -> dict[str, list[tuple[Any, ...]]]:
    return {name: [row for row in found if organisation in row] for name, found in rows(app).items()}


# ---------------------------------------------------------------- what is declared


@pytest.mark.proves(48)
def test_every_route_declares_what_it_needs(tenants: Tenants) -> None:
    known = {str(door) for door in doors(tenants.api)}
    assert known - set(NEEDS) == set(), "say in api/access.py what these need"
    assert set(NEEDS) - known == set(), "api/access.py names routes that there are no more"
    assert set(NEEDS.values()) <= {*SCOPES, *OPEN, SIGNED_IN}


def test_the_documented_table_is_the_code_s() -> None:
    page = PAGE.read_text()
    assert documented(page) == page, "run: python -m api.access"


def test_a_route_that_is_not_declared_lets_nobody_in(tenants: Tenants, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(NEEDS, "GET /api/jobs")
    assert tenants.client("admin").get("/api/jobs").status_code == 403


@pytest.mark.proves(48)
def test_openapi_offers_exactly_the_routes_of_programs(tenants: Tenants) -> None:
    offered = {
        f"{method.upper()} {path}"
        for path, item in tenants.client("admin").get("/openapi.json").json()["paths"].items()
        for method in item
    }
    programs = ("/api/", "/v1/", "/health", "/ready")
    assert offered == {str(door) for door in map(plain, NEEDS) if door.path.startswith(programs)}


# ---------------------------------------------------------------- who may come in


@pytest.mark.proves(48)
def test_nobody_comes_in_without_a_live_credential(tenants: Tenants) -> None:
    """A browser is led to the sign-in, and back from there to what it only looked at."""
    client, organisation = TestClient(tenants.api, follow_redirects=False), ""
    with tenants.app.database.asking() as system:
        organisation = next(each.id for each in system.organisations() if each.name == "Stranger")
    with tenants.app.database.store() as store:
        row, lost = store.add_api_key(organisation, name="lost laptop", now=datetime.now(UTC))
    mallory = Recruiter(organisation, "lost laptop", row.id, "Mallory")
    signed = begin_session(tenants.app.database, mallory, datetime.now(UTC))
    signed = begin_session(tenants.app.database, recruiter_of_key(tenants.app.database, lost), datetime.now(UTC))
    with tenants.app.database.store() as store:
        store.revoke_api_key(organisation, row.id, datetime.now(UTC))
    credentials: list[dict[str, str]] = [
        {"Authorization": f"Bearer {lost}"},
        {"Authorization": "Bearer foyer_" + "A" * 32},
        {"Authorization": "Bearer"},
        {"Authorization": "Basic Zm9vOmJhcg=="},
        {"Cookie": f"{RECRUITER_COOKIE}={signed}"},
        {"Cookie": f"{RECRUITER_COOKIE}={signed[:-3]}AAA"},
        {"Cookie": f"{RECRUITER_COOKIE}=WyJvcmciLCJuYW1lIiwia2V5Il0.x.y"},
    ]
    wrong = []
    for number, door in enumerate(DOORS):
        for headers in ({}, credentials[number % len(credentials)]):
            answer = client.request(door.method, at(door, tenants.ids), headers=headers, **sends(door))
            if answer.status_code != 401 or set(answer.json()) != {"error", "detail", "request_id"}:
                wrong.append(f"{door} {headers}: {answer.status_code} {answer.text[:200]}")
        if door in PAGES:
            answer = client.request(door.method, at(door, tenants.ids), headers=HTML, **sends(door))
            back = answer.headers.get("location", "")
            if not back.startswith("/login") or ("next=" in back) != (door.method == "GET"):
                wrong.append(f"{door}: led to {back}")
    assert wrong == []


# ---------------------------------------------------------------- every role, other people's rows


@pytest.mark.proves(48)
@pytest.mark.parametrize("role", KEYS)
def test_another_organisation_s_rows_do_not_exist_whatever_the_role(tenants: Tenants, role: str) -> None:
    """404 where the role has the right, 403 that names it where not; never another answer, and nothing changes."""
    with tenants.app.database.asking() as system:
        victim = next(each.id for each in system.organisations() if each.name == "Victim")
    before, has = victims(tenants.app, victim), rights(role.split()[0], KEYS[role])
    client, wrong = tenants.client(role), []
    tried = [door for door in doors(tenants.api) if NEEDS[str(door)] not in OPEN]
    assert len(tried) > 120
    for door in tried:
        need = NEEDS[str(door)]
        answer = client.request(door.method, at(door, tenants.ids), **sends(door))
        if need != SIGNED_IN and need not in has:
            if answer.status_code != 403 or need not in answer.json()["detail"]:
                wrong.append(f"{door}: {answer.status_code} instead of 403 for {need}")
        elif "{" in door.path:
            if answer.status_code != 404:
                wrong.append(f"{door}: {answer.status_code} instead of 404 {answer.text[:200]}")
        elif answer.status_code in (401, 403, 404) or (answer.status_code >= 500 and str(door) not in BEGINS_WORK):
            wrong.append(f"{door}: {answer.status_code} though {role} may")
        elif door.method == "GET" and (
            told := [id for id in tenants.ids.values() if len(id) > 20 and id in answer.text]
        ):
            wrong.append(f"{door}: tells of {told}")
    assert wrong == []
    assert victims(tenants.app, victim) == before


def test_what_is_no_id_is_not_found(tenants: Tenants) -> None:
    client, wrong = tenants.client("admin"), []
    odd = (NOBODY, "%00", "%ff", "x" * 5000, "' OR 1=1 --")
    for number, door in enumerate(each for each in DOORS if each.has_ids):
        for nobody in {NOBODY, odd[number % len(odd)]}:
            unknown = dict.fromkeys(tenants.ids, nobody) | {"number": "1"}
            answer = client.request(door.method, at(door, unknown), **sends(door))
            if answer.status_code != 404:
                wrong.append(f"{door} {nobody[:20]}: {answer.status_code} {answer.text[:200]}")
    assert wrong == []


@pytest.mark.proves(48)
def test_one_id_of_another_organisation_among_our_own_is_not_found(tenants: Tenants) -> None:
    client, wrong = tenants.client("admin"), []
    several = [door for door in doors(tenants.api) if door.path.count("_id") > 1 and NEEDS[str(door)] not in OPEN]
    assert several
    for door in several:
        for name in re.findall(r"\{(\w+_id)", door.path):
            if name == "remote_id":  # their own number for something of theirs, no id of ours
                continue
            mixed = tenants.own | {name: tenants.ids[name]}
            answer = client.request(door.method, at(door, mixed), **sends(door))
            if answer.status_code != 404:
                wrong.append(f"{door} with another's {name}: {answer.status_code} {answer.text[:200]}")
    assert wrong == []


@pytest.mark.proves(48)
def test_another_organisation_s_ids_in_a_body_are_not_found(tenants: Tenants) -> None:
    ids, own, client = tenants.ids, tenants.own, tenants.client("admin")
    resume = {"candidates": [{"name": "Eve", "resume": "Python"}]}
    cases: list[tuple[str, str, dict[str, Any]]] = [
        (
            "POST",
            f"/api/applications/{own['application_id']}/hand-over",
            {"json": {"connection_id": ids["connection_id"]}},
        ),
        (
            "POST",
            f"/api/applications/{own['application_id']}/decide-there",
            {"json": {"connection_id": ids["connection_id"], "kind": "advance"}},
        ),
        (
            "POST",
            f"/api/jobs/{own['job_id']}/reject",
            {"json": {"applications": [ids["application_id"]], "reason": "no licence"}},
        ),
        *(
            ("POST", f"/api/jobs/{own['job_id']}/invite{more}", {"json": {"applications": [ids["application_id"]]}})
            for more in ("", "/preview")
        ),
        (
            "POST",
            f"/api/candidates/{own['candidate_id']}/merge",
            {"json": {"other": ids["candidate_id"], "reason": "the same"}},
        ),
        *(
            ("POST", f"/api/interviews/{act}", {"json": {"interviews": [ids["interview_id"]], **more}})
            for act, more in (("remind", {}), ("extend", {"days": 3}), ("alternative", {}))
        ),
        (
            "PUT",
            f"/api/connections/{own['connection_id']}/jobs/77",
            {"json": {"job_id": ids["job_id"]}},
        ),
    ]
    for method, path, sent in cases:
        answer = client.request(method, path, **sent)
        assert answer.status_code == 404, f"{path}: {answer.status_code} {answer.text[:300]}"
    answer = client.post(f"/v1/candidates?job_id={ids['job_id']}", json=resume)  # each row has an answer of its own
    assert (answer.json()["created"], answer.json()["failed"]) == (0, 1)
    assert "There is no job" in answer.text


@pytest.mark.proves(48)
def test_a_recruiter_s_key_opens_no_candidate_s_page_and_no_socket(tenants: Tenants) -> None:
    """Links, rooms and signatures are no ids: what another organisation's key tries there is met as by a stranger."""
    client, wrong = tenants.client("admin"), []
    for door in doors(tenants.api):
        if NEEDS[str(door)] not in ("link", "room", "signature"):
            continue
        if door.method == "WS":
            client.cookies.set(ROOM_COOKIE, tenants.ids["interview_id"])
            with pytest.raises(WebSocketDisconnect), client.websocket_connect(door.path) as socket:
                socket.receive_text()
            client.cookies.clear()
            continue
        answer = client.request(door.method, at(door, tenants.ids), **sends(door))
        led_back = answer.status_code == 303 and client.get(answer.headers["location"]).status_code == 404
        if answer.status_code not in (401, 404) and not led_back:
            wrong.append(f"{door}: {answer.status_code} {answer.text[:200]}")
    assert wrong == []


def test_no_route_rejects_anybody_for_a_key_that_names_nobody(tenants: Tenants) -> None:
    """Every door that changes something, as its owner would use it, with a name where one could be smuggled in."""
    client, ours = tenants.client("admin"), tenants.own["application_id"]
    del client.headers["Foyer-Person"]
    changing = [door for door in DOORS if door.method not in ("GET", "DELETE")]
    assert len([door for door in changing if "reject" in door.path]) >= 4
    for door in changing:
        client.request(door.method, at(door, tenants.own), **_smuggled(door, ours))
    organisation = next(iter({row[1] for row in rows(tenants.app)["applications"] if row[0] == ours}))
    with tenants.app.database.reading() as store:
        assert store.application(organisation, ours).stage != "rejected"
    answer = client.post(f"/api/applications/{ours}/reject", json={"reason": "below the threshold"})
    assert (answer.status_code, answer.json()["error"]) == (403, "forbidden")
    assert "Foyer-Person" in answer.json()["detail"]


def _smuggled(door: Door, application: str) -> dict[str, Any]:
    body = sends(door)
    if "data" in body and "reject" in door.path:
        return {"data": body["data"] | {"application": [application], "actor": "Ann", "person": "Ann"}}
    if "json" in body and door.path.endswith("jobs/{job_id}/reject"):
        return {"json": body["json"] | {"applications": [application]}}
    return body


# ---------------------------------------------------------------- keys and sessions


def test_a_session_has_the_rights_of_its_key_and_no_others(tenants: Tenants) -> None:
    browser = TestClient(tenants.api, headers=HTML, follow_redirects=False)
    answer = browser.post("/login", data={"key": tenants.keys["reviewer"], "name": "Rita"})
    assert answer.status_code == 303
    assert browser.get(f"/jobs/{tenants.own['job_id']}").status_code == 200
    refused = browser.get("/jobs/new")
    assert refused.status_code == 403
    assert "jobs:write" in refused.text


def test_a_key_of_unknown_role_opens_nothing(tenants: Tenants) -> None:
    assert rights("emperor", tuple(SCOPES)) == frozenset()
    assert Recruiter("org", "name").rights == frozenset()
    who = recruiter_of_key(tenants.app.database, tenants.keys["admin"])
    assert who.rights == frozenset(SCOPES)
