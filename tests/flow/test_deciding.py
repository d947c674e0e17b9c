"""Deciding about many, over the real service: invitations with a preview, the queue below the line, another line."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from api.outbox import messages
from api.sampling import drawn
from tests.flow import hostile
from tests.flow.hostile import Neighbours, World
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


def test_decisions_can_be_taken_back_and_history_keeps_both(
    world: World, ann: httpx2.Client, browser: httpx2.Client
) -> None:
    [id] = applied(world, job_of(world, threshold=0.0), "Hana")
    interview = world.invite(id)
    link = world.service.post(f"/api/interviews/{interview}/link", {})["url"]
    delivered = f"/api/interviews/{interview}"
    path = f"/api/applications/{id}"
    wait_for(
        lambda: [each for each in world.service.get("/api/deliveries", limit=50) if each["application_id"] == id],
        lambda found: {each["state"] for each in found} == {"delivered"},
        "the invitation",
    )
    assert "a message will say that it is taken back" in browser.get(f"/applications/{id}").text
    assert world.api.post(f"{path}/take-back", json={"reason": "By mistake."}).status_code == 403
    done = browser.post(f"/applications/{id}/take-back", data={"reason": "By mistake."})
    assert "a message tells them" in done.text
    assert stages(world, id) == ["screened"]
    assert world.service.get(delivered)["state"] == "withdrawn"
    with world.anonymous() as visitor:
        assert visitor.post(link + "/start", data={"consent": "yes"}).status_code >= 400, "the link is void"
    assert ann.post(f"{path}/take-back", json={"reason": "Again."}).status_code == 409
    world.invite(id)
    assert stages(world, id) == ["invited"]

    ann.get(path)
    ann.post(f"{path}/reject", json={"reason": "The position is filled."}).raise_for_status()
    assert stages(world, id) == ["rejected"]
    assert world.api.post(f"{path}/undo-rejection", json={"reason": "It is not."}).status_code == 403
    assert ann.post(f"{path}/undo-rejection", json={"reason": " "}).status_code in (400, 422)
    undone = ann.post(f"{path}/undo-rejection", json={"reason": "It is not filled."}).raise_for_status().json()
    assert undone == {"stage": "invited", "sent": []}
    assert world.service.get(delivered)["state"] == "invited", "the same invitation stands again"
    assert ann.post(f"{path}/undo-rejection", json={"reason": "Once more."}).status_code == 409
    actions = [one["action"] for one in world.service.get(path)["decisions"]]
    assert actions == ["advance", "advance_undone", "advance", "reject", "reject_undone"]


def test_notes_are_their_authors_and_go_with_the_person(
    world: World, ann: httpx2.Client, browser: httpx2.Client
) -> None:
    [id] = applied(world, job_of(world, threshold=0.0), "Ivo")
    assert browser.post(f"/applications/{id}/notes", data={"text": "Calls back on Friday."}).status_code == 303
    assert "Calls back on Friday." in browser.get(f"/applications/{id}").text
    [note] = ann.get(f"/api/applications/{id}/notes").json()["notes"]
    assert (note["author"], note["mine"]) == ("Ann Lee", True)
    with world.as_person("Bob") as bob:
        assert bob.put(f"/api/notes/{note['id']}", json={"text": "No."}).status_code == 403
        assert bob.delete(f"/api/notes/{note['id']}").status_code == 403
    changed = ann.put(f"/api/notes/{note['id']}", json={"text": "Calls back on Monday."}).json()
    assert changed["edited_at"] is not None
    candidate = world.service.get(f"/api/applications/{id}")["candidate_id"]
    taken = world.api.get(f"/v1/candidates/{candidate}/export").content
    with zipfile.ZipFile(io.BytesIO(taken)) as held:
        assert "Calls back on Monday." in held.read("data/notes.json").decode()
    assert ann.delete(f"/api/notes/{note['id']}").status_code == 204
    assert ann.get(f"/api/applications/{id}/notes").json() == {"notes": [], "hidden": 0}


def test_who_has_not_come_is_reminded_once_a_day_with_the_link_they_have(
    world: World, ann: httpx2.Client, browser: httpx2.Client
) -> None:
    job = job_of(world, threshold=0.0)
    first, second = (world.invite(id) for id in applied(world, job, "Jana", "Kim"))
    [hers] = [
        one for one in ann.get("/api/interviews", params={"job_id": job}).json()["interviews"] if one["id"] == first
    ]
    assert (hers["state"], hers["opened"], hers["reminded_at"]) == ("invited", False, None)
    listed = browser.get(f"/jobs/{job}/interviews", params={"days": "0"})
    assert listed.text.count('name="interview"') == 2
    form = {"act": "remind", "interview": [first, second], "back": f"/jobs/{job}/interviews"}
    assert "Remind: <span" in browser.post("/interviews/act/preview", data=form).text
    assert ann.get("/api/interviews", params={"job_id": job}).json()["interviews"][0]["reminded_at"] is None
    assert "said=Reminded" in browser.post("/interviews/act", data=form).headers["location"]
    again = ann.post("/api/interviews/remind", json={"interviews": [first, second]}).json()
    assert (again["done"], {one["why"] for one in again["left_out"]}) == ([], {"today"})
    assert world.api.post("/api/interviews/remind", json={"interviews": [first]}).status_code == 403
    links = wait_for(lambda: links_to(world, hers["name"]), lambda found: len(found) == 2, "invitation and reminder")
    assert len(set(links)) == 1, "the reminder carries the link that they have"

    longer = ann.post("/api/interviews/extend", json={"interviews": [first], "days": 30}).json()
    assert longer["done"] == [first]
    assert ann.post("/api/interviews/extend", json={"interviews": [first], "days": 30}).json()["done"] == []
    assert world.service.get(f"/api/interviews/{first}")["expires_at"] > hers["expires_at"]
    assert ann.post("/api/interviews/alternative", json={"interviews": [first]}).json()["done"] == [first]
    offered = ann.post("/api/interviews/alternative", json={"interviews": [first]}).json()
    assert [one["why"] for one in offered["left_out"]] == ["offered"]
    anew = browser.post("/interviews/act/preview", data={"act": "invite", "interview": first})
    assert anew.headers["location"].startswith(f"/jobs/{job}/invite/preview?ids=")
    with world.as_key(Neighbours(world.service.home).program("candidates:read")) as reader:
        assert reader.get("/api/interviews").status_code == 200
        assert reader.post("/api/interviews/remind", json={"interviews": [first]}).status_code == 403


def links_to(world: World, name: str) -> list[str]:
    """Of the messages written to somebody."""
    found = []
    for message in messages(world.service.home / "outbox"):
        body = message.get_body(("plain",))
        text = body.get_content() if body is not None else ""
        if f"Hello {name}," in text:
            found += re.findall(r"/i/[\w.~-]+", text)
    return found


def test_a_sample_from_below_the_line_is_drawn_by_chance_and_marked_for_nobody_who_reviews(
    world: World, ann: httpx2.Client, browser: httpx2.Client
) -> None:
    job = job_of(world, threshold=1.0)
    pool = applied(world, job, "Lea", "Max", "Nora")
    path = f"/api/jobs/{job}/samples"
    assert world.api.post(path, json={"size": 1}).status_code == 403
    assert ann.post(path, json={"size": 1, "share": 0.5}).status_code == 400
    made = ann.post(path, json={"share": 0.5, "key": "once"}).raise_for_status().json()
    assert (made["size"], made["pool"]) == (2, 3)
    assert ann.post(path, json={"share": 0.5, "key": "once"}).json()["id"] == made["id"]
    assert over(ann, job, made["round_id"])["invited"] == 2
    by_rule = drawn(pool, 2, made["seed"])
    assert [id for id, stage in zip(pool, stages(world, *pool), strict=True) if stage == "invited"] == sorted(by_rule)
    found = ann.get(path).raise_for_status().json()
    assert (found["drawn"], found["invited"], found["held"]) == (2, 2, 0)
    assert not any(id in ann.get(path).text for id in pool)
    page = browser.get(f"/jobs/{job}/sample").text
    assert made["seed"] in page
    one = world.service.get(f"/api/applications/{by_rule[0]}")
    assert "sample" not in str(one).lower(), "nothing of it where reviewers look"
    assert "sample" not in browser.get(f"/applications/{by_rule[0]}").text.lower()
