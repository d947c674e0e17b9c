"""Deciding about many, over the real service: invitations with a preview, the queue below the line, another line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from tests.flow import hostile
from tests.flow.hostile import World
from tests.flow.running import wait_for

POSTING = "# Critical care nurse\n\n## Nice to have\n- Intensive care\n- Nursing\n- Night shifts in a hospital\n"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    yield from hostile.build(tmp_path_factory.mktemp("deciding") / "home")


@pytest.fixture(scope="module")
def ann(world: World) -> Iterator[httpx2.Client]:
    with world.as_person("Ann Lee") as client:
        yield client


@pytest.fixture(scope="module")
def browser(world: World) -> Iterator[httpx2.Client]:
    with world.signed_in("Ann Lee") as client:
        yield client


def job_of(world: World, **fields: Any) -> str:
    return str(world.service.post("/api/jobs", {"text": POSTING, "minutes": 5, **fields})["id"])


def applied(world: World, job_id: str, *names: str, email: bool = True) -> list[str]:
    """Resumes that say the same, of different people."""
    files = []
    for name in names:
        to = f"{name.lower()}.{uuid4().hex[:8]}@mail.example" if email else "no address"
        resume = hostile.RESUME.replace(b"brandon.yates@example.org", to.encode()).replace(
            b"Brandon Yates", name.encode()
        )
        files.append((f"{name}.txt", resume))
    return [each["id"] for each in world.upload(*files, job_id=job_id)]


def stages(world: World, *ids: str) -> list[str]:
    return [world.service.get(f"/api/applications/{id}")["stage"] for id in ids]


def over(client: httpx2.Client, job_id: str, round_id: str) -> dict[str, Any]:
    return wait_for(
        lambda: client.get(f"/api/jobs/{job_id}/invite/{round_id}").raise_for_status().json(),
        lambda found: found["waiting"] == 0,
        "the round",
    )


def test_many_are_invited_after_a_preview_and_pressing_twice_is_once(
    world: World, ann: httpx2.Client, browser: httpx2.Client
) -> None:
    job = job_of(world, threshold=0.0, max_interviews=2)
    ids = applied(world, job, "Ada", "Ben", "Cleo")
    [mute] = applied(world, job, "Dora", email=False)
    path = f"/api/jobs/{job}/invite"
    shown = ann.post(f"{path}/preview", json={"applications": [*ids, mute]}).raise_for_status().json()
    assert (shown["count"], {one["why"] for one in shown["cannot"]}) == (2, {"cap", "address"})
    assert "nurse" in shown["subject"]
    assert "/i/..." in shown["text"]
    assert stages(world, *ids, mute) == ["screened"] * 4, "nothing is sent"

    page = browser.post(f"/jobs/{job}/invite/preview", data={"ids": ",".join([*ids, mute])}).text
    assert "Invite 2 people" in page
    assert "no usable e-mail address" in page
    key = page.partition('name="key" value="')[2].partition('"')[0]
    form = {"ids": ",".join(shown["applications"]), "key": key, "reason": "Strong on intensive care."}
    first, second = (browser.post(f"/jobs/{job}/invite", data=form) for _ in range(2))
    assert first.status_code == 303, first.text
    assert first.headers["location"] == second.headers["location"]
    found = over(ann, job, first.headers["location"].rpartition("/")[2])
    assert (found["invited"], found["left_out"], found["person"]) == (2, [], "Ann Lee")
    assert "2 invited" in browser.get(first.headers["location"]).text
    assert stages(world, *shown["applications"]) == ["invited"] * 2
    [decision] = world.service.get(f"/api/applications/{shown['applications'][0]}")["decisions"]
    assert (decision["action"], decision["person"], decision["reason"]) == (
        "advance",
        "Ann Lee",
        "Strong on intensive care.",
    )

    assert ann.post(path, json={"applications": "passing"}).status_code == 409, "the cap holds the third back"
    assert world.api.post(path, json={"applications": ids}).status_code == 403, "nobody has said who they are"
    ann.patch(f"/api/jobs/{job}", json={"max_interviews": None}).raise_for_status()
    again = ann.post(path, json={"applications": "passing", "key": "k"}).raise_for_status().json()
    assert over(ann, job, again["id"])["invited"] == 1
    assert ann.post(path, json={"applications": "passing", "key": "k"}).json()["id"] == again["id"]
    messages = [each for each in world.service.get("/api/deliveries", limit=200) if each["kind"] == "email"]
    to = [each["application_id"] for each in messages]
    assert [to.count(each) for each in ids] == [1, 1, 1]


def test_who_lies_below_the_line_waits_for_a_named_person(
    world: World, ann: httpx2.Client, browser: httpx2.Client
) -> None:
    job = job_of(world, threshold=1.0)
    first, second, third = applied(world, job, "Eva", "Finn", "Gus")
    queue = ann.get(f"/api/jobs/{job}/queue").raise_for_status().json()
    assert queue["review"] + queue["below"] == 3
    assert queue["people"][0]["reason"]
    assert queue["people"][0]["quotes"]
    page = browser.get(f"/jobs/{job}/queue")
    assert "Below the line" in page.text
    assert browser.post(f"/jobs/{job}/queue/{first}/wait").status_code == 303
    assert [one["id"] for one in ann.get(f"/api/jobs/{job}/queue", params={"kept": "kept"}).json()["people"]] == [first]
    assert first not in {one["id"] for one in ann.get(f"/api/jobs/{job}/queue").json()["people"]}
    unseen = browser.post(f"/jobs/{job}/queue/{second}/reject", data={"reason": "No licence."})
    assert unseen.status_code == 409
    browser.get(f"/applications/{second}")
    assert browser.post(f"/jobs/{job}/queue/{second}/reject", data={"reason": "No licence."}).status_code == 303
    assert browser.post(f"/jobs/{job}/queue/{third}/advance").status_code == 303
    assert stages(world, first, second, third) == ["screened", "rejected", "invited"]
    assert world.api.post(f"/api/applications/{first}/wait", json={}).status_code == 403
    assert ann.post(f"/api/applications/{third}/wait", json={}).status_code == 409

    # Another line: said before, then who passes is offered; nothing is withdrawn.
    said = ann.get(f"/api/jobs/{job}/line", params={"threshold": 0.0}).raise_for_status().json()
    assert (said["passing_now"], said["invited"], said["beneath"]) == (0, 0, 0)
    assert "offered to you to confirm" in browser.get(f"/jobs/{job}/line", params={"threshold": "0"}).text
    assert browser.post(f"/jobs/{job}/line", data={"threshold": "101"}).status_code == 400
    assert browser.post(f"/jobs/{job}/line", data={"threshold": "0"}).status_code == 303
    if said["passing"]:
        shown = wait_for(
            lambda: ann.post(f"/api/jobs/{job}/invite/preview", json={"applications": "passing"}).json(),
            lambda found: found["count"] == said["passing"],
            "who passes now",
        )
        assert shown["applications"] == [first]
    raised = ann.get(f"/api/jobs/{job}/line", params={"threshold": 1.0}).json()
    assert raised["beneath"] == 1, "who was invited keeps it"
    assert stages(world, third) == ["invited"]
