"""People beside the machine, over the real service: a reviewer's browser, a program with a key, and a receiver."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import httpx2
import pytest

from tests.flow import hostile
from tests.flow.hostile import NOBODY, World
from tests.flow.running import wait_for
from tests.flow.test_after import converse

SAFE = {"GET", "HEAD"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    yield from hostile.build(tmp_path_factory.mktemp("reviews") / "home")


@pytest.fixture(scope="module")
def held(world: World) -> str:
    """An interview with its report."""
    interview = world.invite(world.applicant())
    asyncio.run(converse(world, world.room_cookie(interview)))
    path = f"/api/interviews/{interview}/report"
    wait_for(lambda: world.api.get(path).status_code, lambda status: status == 200, "a report")
    return interview


def competencies(client: httpx2.Client, interview: str) -> list[str]:
    asked = client.get(f"/api/interviews/{interview}/review").raise_for_status().json()
    return [each["id"] for each in asked["competencies"]]


def form(interview: str, client: httpx2.Client, level: str, **more: str) -> dict[str, str]:
    fields = {}
    for place, _ in enumerate(competencies(client, interview)):
        fields |= {f"rating-{place}": level} | {f"{name}-{place}": value for name, value in more.items()}
    return fields


@pytest.mark.proves(19, 20)
def test_a_reviewer_rates_blind_sees_both_and_overrides(world: World, held: str) -> None:
    with world.signed_in("Łukasz 李雷") as browser:
        for path in (f"/api/interviews/{held}/report", f"/api/interviews/{held}/report.html"):
            refused = browser.get(path)
            assert refused.status_code == 409, path
            assert "review" in refused.text
        sent_back = browser.get(f"/interviews/{held}/report")
        assert (sent_back.status_code, sent_back.headers["location"]) == (303, f"/interviews/{held}/review")
        assert browser.post(f"/api/interviews/{held}/review/reveal").status_code == 409
        page = browser.get(f"/interviews/{held}/review").text
        card = world.service.get(f"/api/interviews/{held}/report")
        for secret in (card["reason"], card["recommendation"].replace("_", " "), "confidence"):
            assert secret not in page, "nothing of Foyer's on the page before"
        shown = browser.get(f"/api/interviews/{held}/review").json()
        assert (shown["foyer"], shown["mine"], shown["others"], shown["result"]) == (None, None, [], None)

        half = form(held, browser, "4", text="She named the step.")
        half.pop("rating-1")
        again = browser.post(f"/interviews/{held}/review", data=half)
        assert again.status_code == 400
        assert "Missing" in again.text
        assert "She named the step." in again.text, "what was typed is not lost"
        saved = browser.post(f"/interviews/{held}/review", data=form(held, browser, "5"))
        assert saved.status_code == 303
        assert browser.post(f"/interviews/{held}/review", data=form(held, browser, "1")).status_code == 409
        assert card["reason"] in browser.get(f"/interviews/{held}/review").text.replace("&#39;", "'")
        assert browser.get(f"/interviews/{held}/report").status_code == 200

        unexplained = browser.post(f"/interviews/{held}/review/final", data=form(held, browser, "5"))
        assert unexplained.status_code == 400
        assert "choose a reason" in unexplained.text
        why = form(held, browser, "5", code="overlooked", text="The audit of May.")
        assert browser.post(f"/interviews/{held}/review/final", data=why).status_code == 303
        after = browser.get(f"/api/interviews/{held}/review").json()
    assert {one["rating"] for one in after["finals"][-1]["ratings"]} == {5}
    assert {one["rating"] for one in after["mine"]["ratings"]} == {5}
    assert after["foyer"] == world.service.get(f"/api/interviews/{held}/report"), "Foyer's stays as it was"
    assert after["finals"][0]["reviewer"] == "Łukasz 李雷"


def test_a_program_reads_reports_and_a_person_behind_it_rates_first(world: World, held: str) -> None:
    assert world.api.get(f"/api/interviews/{held}/report").status_code == 200
    with world.as_person("Ann Lee") as ann:
        assert ann.get(f"/api/interviews/{held}/report").status_code == 409
        ratings = [{"competency_id": id, "rating": None, "note": ""} for id in competencies(ann, held)]
        saved = ann.post(f"/api/interviews/{held}/review", json={"ratings": ratings})
        assert saved.status_code == 201
        assert ann.get(f"/api/interviews/{held}/report").status_code == 200
        assert [one["reviewer"] for one in saved.json()["others"]] == ["Łukasz 李雷"] * 2
    with world.as_person("Bob") as bob:
        assert bob.post(f"/api/interviews/{held}/review/look", json={"reason": "in a hurry"}).status_code == 201
        assert bob.get(f"/api/interviews/{held}/report").status_code == 200


def test_who_signed_in_without_a_name_is_asked_for_it(world: World, held: str) -> None:
    with world.signed_in("") as browser:
        assert browser.get(f"/api/interviews/{held}/report").status_code == 403
        asked = browser.get(f"/interviews/{held}/review")
        assert asked.headers["location"] == f"/me?next=/interviews/{held}/review"
        assert browser.post("/me", data={"name": " \u200b "}).status_code == 400
        named = browser.post("/me", data={"name": "Cleo", "next": "//evil.example"})
        assert (named.status_code, named.headers["location"]) == (303, "/")
        assert browser.get(f"/interviews/{held}/review").status_code == 200


def test_several_are_rejected_only_after_a_sample_was_opened(world: World) -> None:
    applications = [world.applicant() for _ in range(4)]
    form = {"application": applications, "reason": "The position is filled."}
    with world.signed_in("Maria Lopez") as browser:
        refused = browser.post(f"/jobs/{world.job_id}/reject", data=form)
        assert refused.status_code == 409
        assert "open at least 3 first; you have opened 0" in refused.text
        assert refused.text.count(" checked") == 4, "the choice is kept"
        for each in applications[:3]:
            assert browser.get(f"/applications/{each}").status_code == 200
        assert browser.post(f"/jobs/{world.job_id}/reject", data=form).status_code == 303
        page = browser.get(f"/applications/{applications[3]}").text
    assert "one of 4 rejected together" in page
    found = world.service.get(f"/api/applications/{applications[0]}")
    [decision] = found["decisions"]
    assert (found["stage"], decision["person"]) == ("rejected", "Maria Lopez")
    assert decision["basis"]["opened"] == ["application"]


@pytest.mark.proves(17)
def test_oversight_and_second_opinions_are_shown(world: World, held: str) -> None:
    lines = world.service.get("/api/oversight")["lines"]
    mine = next(one for one in lines if one["reviewer"] == "Łukasz 李雷" and not one["job_id"])
    assert (mine["decisions"], mine["overridden"]["count"]) == (1, 1)
    assert mine["agreement"] is None
    cards = world.service.get("/api/oversight")["cards"]
    assert cards
    assert {card["foyer"]["said"] for card in cards} <= {f"not established ({n} of 200)" for n in range(9)}
    assert not any(card["foyer"]["figures"] or card["people"]["figures"] for card in cards)
    assert world.api.get("/api/second-opinions").status_code == 200
    with world.signed_in("Dana") as browser:
        page = browser.get("/oversight").text
        assert "Łukasz 李雷" in page
        assert "not established (" in page
        assert "Each person in each job" in page
        assert ('id="each"' in page, 'id="each"' in browser.get("/oversight?each=true").text) == (False, True)
    told = {"kind": "looked", "what": "review"}
    application = world.service.get(f"/api/interviews/{held}")["application_id"]
    assert world.api.post(f"/api/applications/{application}/review-events", json=told).status_code == 403
    with world.as_person("Dana") as dana:
        assert dana.post(f"/api/applications/{application}/review-events", json=told).status_code == 204
        assert dana.post(f"/api/applications/{NOBODY}/review-events", json=told).status_code == 404
        told["what"] = "x" * 1000
        assert dana.post(f"/api/applications/{application}/review-events", json=told).status_code == 422
