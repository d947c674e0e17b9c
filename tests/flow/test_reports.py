"""A report over the real service: page, JSON by its schema, PDF or what stands in, links that are shared, opened,
expire and are taken back; the candidate's summary and the review by a person they ask for."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from jsonschema import Draft202012Validator
from sqlalchemy import inspect, text

from tests.flow import hostile
from tests.flow.behind import rows_of
from tests.flow.hostile import World
from tests.flow.moved_clock import MovedService
from tests.flow.running import wait_for
from tests.flow.test_after import browser, converse

HTML = {"Accept": "text/html"}
DAY = 24 * 3600


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    yield from hostile.build(tmp_path_factory.mktemp("reports") / "home", kind=MovedService)


@pytest.fixture(scope="module")
def done(world: World) -> Iterator[tuple[str, httpx2.Client]]:
    """(an interview with its report, the browser in which it was held)"""
    interview = world.invite(world.applicant())
    cookie = world.room_cookie(interview)
    asyncio.run(converse(world, cookie))
    path = f"/api/interviews/{interview}/report"
    wait_for(lambda: world.api.get(path), lambda found: found.status_code == 200, "a report", 60)
    with browser(world, cookie) as client:
        yield interview, client


@pytest.fixture
def interview(done: tuple[str, httpx2.Client]) -> str:
    return done[0]


@pytest.fixture
def recruiter(world: World) -> Iterator[httpx2.Client]:
    with world.signed_in("Maria Lopez") as client:
        yield client


def looked(recruiter: httpx2.Client, interview: str) -> None:
    """Whoever signs in sees a report when they have rated the interview themselves, or said that they look first."""
    recruiter.post(f"/interviews/{interview}/review/look", data={"reason": "to see how it looks"})


def share(world: World, interview: str, **body: object) -> dict[str, str]:
    answer = world.api.post(f"/api/interviews/{interview}/links", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, str] = answer.json()
    return made | {"path": "/" + made["url"].split("/", 3)[3]}


def test_the_json_fits_its_published_schema(world: World, interview: str) -> None:
    with world.anonymous() as anybody:
        schema = anybody.get("/schemas/report-1.json").json()
    data = world.service.get(f"/api/interviews/{interview}/report.json")
    assert [error.message for error in Draft202012Validator(schema).iter_errors(data)] == []
    assert data["interview"]["id"] == interview
    assert data["recommendation"]["value"] == "no_decision"
    assert [one["role"] for one in data["transcript"]].count("candidate") >= 1


def test_page_json_and_pdf_stay_as_they_were_written(world: World, interview: str) -> None:
    for form in ("report.html", "report.json"):
        path = f"/api/interviews/{interview}/{form}"
        assert world.api.get(path).content == world.api.get(path).content


@pytest.mark.long
def test_a_pdf_or_the_page_that_says_why_not(world: World, interview: str, recruiter: httpx2.Client) -> None:
    looked(recruiter, interview)
    for client, path in ((world.api, "/api/interviews"), (recruiter, "/interviews")):
        for paper in ("a4", "letter"):
            answer = client.get(f"{path}/{interview}/report.pdf?paper={paper}")
            assert answer.status_code == 200
            if answer.headers["content-type"] == "application/pdf":
                assert answer.content.startswith(b"%PDF")
            else:
                assert "This page stands in for the PDF" in answer.text
                assert "Recommendation" in answer.text
    assert world.api.get(f"/api/interviews/{interview}/report.pdf?paper=a0").status_code == 422


def test_a_shared_link_opens_without_a_sign_in_and_is_counted(world: World, interview: str) -> None:
    link = share(world, interview, note="Hiring manager")
    with world.anonymous(**HTML) as stranger:
        answer = stranger.get(link["path"])
        assert answer.status_code == 200
        assert "Interview report" in answer.text
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-robots-tag"].startswith("noindex")
        assert "/api/interviews/" not in answer.text
        assert stranger.get(f"{link['path']}/recording").status_code == 404
        assert stranger.get(f"/interviews/{interview}/report").status_code == 303
    [shown] = [one for one in world.service.get(f"/api/interviews/{interview}/links") if one["id"] == link["id"]]
    assert (shown["uses"], shown["note"], shown["state"], shown["url"]) == (1, "Hiring manager", "open", "")
    assert shown["used_at"]


def test_its_address_is_kept_nowhere(world: World, interview: str) -> None:
    token = share(world, interview)["path"].rsplit("/", 1)[1]
    for path in Path(world.service.home).glob("foyer.db*"):
        assert token.encode() not in path.read_bytes()
    with rows_of(world.service.home) as rows:
        for name in inspect(rows.connection()).get_table_names():
            assert token not in str(rows.execute(text(f'SELECT * FROM "{name}"')).all()), name


def test_after_its_time_a_link_is_gone_with_a_plain_page(world: World, interview: str) -> None:
    service = world.service
    assert isinstance(service, MovedService)
    day, week = share(world, interview, days=1), share(world, interview)
    try:
        service.move(2 * DAY)
        with world.anonymous(**HTML) as stranger:
            late = stranger.get(day["path"])
            assert late.status_code == 410
            assert "has expired" in late.text
            assert "Interview report" not in late.text
            assert stranger.get(week["path"]).status_code == 200
            service.move(8 * DAY)
            assert stranger.get(week["path"]).status_code == 410
    finally:
        service.move(0)


def test_a_link_that_was_taken_back_is_gone(world: World, interview: str, recruiter: httpx2.Client) -> None:
    looked(recruiter, interview)
    application = world.service.get(f"/api/interviews/{interview}")["application_id"]
    answer = recruiter.post(f"/applications/{application}/links", data={"days": "1", "note": "Zoë"})
    assert answer.status_code == 200
    found = re.search(r'value="([^"]*/shared/[^"]+)"', answer.text)
    assert found is not None
    path = "/" + found[1].split("/", 3)[3]
    id = re.findall(r'action="/links/([^/"]+)/revoke"', answer.text)[0]
    assert recruiter.get(path).status_code == 200
    assert recruiter.post(f"/links/{id}/revoke").headers["location"] == f"/applications/{application}#links"
    gone = recruiter.get(path)
    assert gone.status_code == 410
    assert "taken back" in gone.text
    page = recruiter.get(f"/applications/{application}").text
    assert "Zoë" in page
    assert "Taken back by Maria Lopez" in page
    assert found[1] not in page


def test_a_link_of_a_result_asks_for_a_sign_in_and_can_be_taken_back(
    world: World, interview: str, recruiter: httpx2.Client
) -> None:
    [kept] = [one for one in world.service.get(f"/api/interviews/{interview}/links") if one["kind"] == "ats"]
    path = f"/reports/{kept['id']}"
    assert kept["url"].endswith(path)
    assert kept["expires_at"] is None
    with world.anonymous(**HTML) as stranger:
        assert stranger.get(path).headers["location"] == f"/login?next={path}"
    looked(recruiter, interview)
    assert "Interview report" in recruiter.get(path).text
    assert recruiter.get(f"{path}.pdf").status_code == 200
    with world.as_key(world.stranger) as other:
        assert other.get(path).status_code == 404
        assert other.delete(f"/api/links/{kept['id']}").status_code == 404
    assert world.api.delete(f"/api/links/{kept['id']}").status_code == 204
    assert recruiter.get(path).status_code == 410
    assert recruiter.get(f"/interviews/{interview}/report").status_code == 200
    sent = world.service.post(f"/api/interviews/{interview}/deliver", {})
    newest = world.service.get(f"/api/interviews/{interview}/links")[0]
    assert sent["deliveries"] == 0
    assert newest["kind"] == "ats"
    assert newest["state"] == "open"


@pytest.mark.parametrize("body", [{"days": 2}, {"days": 3650}, {"days": "x"}, {"note": "x" * 201}])
def test_a_link_lives_as_long_as_offered_and_no_longer(world: World, interview: str, body: dict[str, object]) -> None:
    assert world.api.post(f"/api/interviews/{interview}/links", json=body).status_code == 422


def test_without_a_report_there_is_nothing_to_share(world: World) -> None:
    waiting = world.ids["interview_id"]
    assert world.api.post(f"/api/interviews/{waiting}/links", json={}).status_code == 404
    with world.anonymous(**HTML) as stranger:
        unknown = stranger.get("/shared/nothing")
        assert unknown.status_code == 404
        assert "does not work" in unknown.text


# ---------------------------------------------------------------- the candidate


def test_the_summary_tells_what_and_how_and_no_score(world: World, done: tuple[str, httpx2.Client]) -> None:
    interview, client = done
    page = client.get("/room/after/summary").text
    plan = world.service.get(f"/api/jobs/{world.job_id}/kit")
    for one in plan["competencies"]:
        assert one["name"] in page
    for part in ("What was assessed", "What was not assessed", "accent", "decides", "Have a person look at it"):
        assert part in page
    card = world.service.get(f"/api/interviews/{interview}/report")
    assert page.count("Could not be assessed") == sum(one["rating"] is None for one in card["competencies"])
    anchors = [anchor for one in plan["competencies"] for anchor in one["anchors"].values()]
    for secret in ("no_decision", "No decision", "of 100", "confidence", *anchors):
        assert secret not in page
    assert "/room/after/summary" in client.get("/room/after").text


def test_a_review_by_a_person_is_asked_for_shown_and_answered(
    world: World, done: tuple[str, httpx2.Client], recruiter: httpx2.Client
) -> None:
    interview, client = done
    answer = client.post("/room/after/review", data={"text": "You missed my second answer."})
    assert (answer.status_code, answer.headers["location"]) == (303, "/room/after/summary?saved=review#review")
    assert "You missed my second answer." in client.get("/room/after/summary").text
    [asked] = [one for one in world.service.get(f"/api/interviews/{interview}/requests") if one["kind"] == "review"]
    assert asked["text"] == "You missed my second answer."
    application = world.service.get(f"/api/interviews/{interview}")["application_id"]
    assert "A review of the evaluation by a person" in recruiter.get(f"/applications/{application}").text
    world.service.post(f"/api/requests/{asked['id']}/answer", {"text": "Ms Lopez reads it on Monday."})
    assert "Ms Lopez reads it on Monday." in client.get("/room/after/summary").text
    copy = json.loads(json.dumps(world.service.get(f"/api/interviews/{interview}/requests")))
    assert copy[-1]["answer"]


def test_nobody_else_reads_or_asks(world: World) -> None:
    with world.anonymous() as stranger:
        assert stranger.get("/room/after/summary").status_code == 401
        assert stranger.post("/room/after/review", data={}).status_code == 401
