"""What every answer carries, over every address of the running app: headers, Allow, and no forged post taken."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.app import build, create_app
from models.settings import ROOT
from tests import store_world
from tests.flow.hostile import HTML, Door
from tests.flow.kinds import settings_of
from tests.flow.test_tenancy import at, doors, ids_of, sends

ODD_METHODS = ("TRACE", "OPTIONS", "HEAD", "GET", "POST", "PUT", "PATCH", "DELETE")
"""Each path is asked with one of them: what answers is the same for all paths."""
FOREIGN = (
    "https://evil.example",
    "null",
    "",
    "http://[::1",
    "http://127.0.0.1:1",
    "https://foyer.example:80@127.0.0.1",
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FastAPI, TestClient, dict[str, str]]]:
    """Behind https, an administrator's browser, and ids that are theirs."""
    home = tmp_path_factory.mktemp("headers") / "home"
    home.mkdir()
    (home / "limits.toml").write_text("[link]\nburst = 40\nper_minute = 6\n")
    settings = settings_of(home, base_url="https://foyer.example")
    app, api = build(settings, work=False), create_app(settings, work=False)
    api.state.foyer = app
    world = store_world.build(app.database, "Ours")
    headers = {"Authorization": f"Bearer {world.api_key}", **HTML}
    client = TestClient(api, headers=headers, raise_server_exceptions=False, follow_redirects=False)
    yield api, client, ids_of(world)
    app.engines.close()
    app.database.close()


def test_every_answer_carries_the_headers(served: tuple[FastAPI, TestClient, dict[str, str]]) -> None:
    api, client, ids = served
    pages = 0
    paths = [at(door, ids) for door in doors(api) if door.method == "GET"]
    for path in [*paths, "/nowhere", "/static/app.css"]:
        answer = client.get(path)
        headers, page = answer.headers, answer.headers.get("content-type", "").startswith("text/html")
        pages += page
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["strict-transport-security"].startswith("max-age=31536000"), path
        assert "unsafe" not in headers["content-security-policy"], path
        assert "frame-ancestors 'none'" in headers["content-security-policy"] or "/report" in path, path
        assert headers["referrer-policy"] in (("same-origin", "no-referrer") if page else ("no-referrer",)), path
        hears = path.startswith(("/room", "/i/"))
        assert ("microphone=(self)" in headers["permissions-policy"]) == hears, path
        assert ("no-store" in headers.get("cache-control", "")) == (not path.startswith("/static")), path
    assert pages > 30


def test_no_template_needs_an_exception() -> None:
    """What `default-src 'self'` would refuse: scripts, styles and handlers within a page."""
    for template in (ROOT / "web" / "templates").rglob("*.html"):
        text = template.read_text()
        if "{% include" in text and template.parent.name == "report":
            continue
        for wrong in ("<script>", " onclick=", " onload=", " onerror=", "javascript:"):
            assert wrong not in text, f"{template.name}: {wrong}"


def test_no_unsafe_route_takes_a_post_from_another_site(served: tuple[FastAPI, TestClient, dict[str, str]]) -> None:
    api, client, ids = served
    unsafe = [door for door in doors(api) if door.method in ("POST", "PUT", "PATCH", "DELETE")]
    assert len(unsafe) > 80
    for number, door in enumerate(unsafe):
        for origin in {FOREIGN[0], FOREIGN[number % len(FOREIGN)]}:
            answer = client.request(door.method, at(door, ids), headers={"Origin": origin}, **sends(door))
            assert answer.status_code == 403, door
            assert "another site" in answer.text


def matches(door: Door, path: str) -> bool:
    """A word may be somebody's id for the router: /preview of /{run_id}."""
    return (
        re.fullmatch(re.sub(r"\{\w+(:path)?\}", lambda said: ".*" if said[1] else "[^/]+", door.path), path) is not None
    )


def test_a_wrong_method_is_told_all_that_there_are(served: tuple[FastAPI, TestClient, dict[str, str]]) -> None:
    api, known, ids = served
    found = doors(api)
    for number, path in enumerate({at(door, ids): None for door in found}):
        there = [each for each in found if matches(each, path)]
        fixed = min(each.path.count("{") for each in there)
        own = {each.method for each in there if each.path.count("{") == fixed}  # a fixed address has its own
        near = (f"198.51.{number // 250}.{number % 250}", 1)  # each path by somebody else: links have their limits
        client = TestClient(api, headers=known.headers, raise_server_exceptions=False, client=near)
        if path in ("/openapi.json", "/static", "/room/socket"):
            continue
        for method in {"PROPFIND", ODD_METHODS[number % len(ODD_METHODS)]} - {each.method for each in there}:
            answer = client.request(method, path)
            assert answer.status_code == 405, f"{method} {path}"
            assert set(answer.headers["allow"].split(", ")) >= own, path
        assert client.head(path).content == b""


def test_too_many_are_told_when_to_come_back(served: tuple[FastAPI, TestClient, dict[str, str]]) -> None:
    api, _, _ = served
    stranger = TestClient(api, raise_server_exceptions=False)
    answers = [stranger.get("/i/nobody") for _ in range(60)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert 1 <= int(refused[0].headers["retry-after"]) <= 10
    assert refused[0].json()["error"] == "too_many"
    assert stranger.get("/health").status_code == 200
