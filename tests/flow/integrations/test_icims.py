"""iCIMS, from applying to the outcome: the candidate is sent on to a page of ours, Foyer interviews, the row lands, and
what became of them comes back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.flow.integrations.played.icims import Play
from tests.flow.integrations.world import POSTING, World, fresh, resume_of
from tests.flow.running import wait_for
from tests.simulators.icims import Icims, assessment


@pytest.fixture
def icims() -> Iterator[Icims]:
    with Icims() as running:
        yield running
        assert running.violations == []


def outcomes(world: World, application_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.get(f"/api/applications/{application_id}")["outcomes"]
    return found


def shown(page: str) -> str:
    answer = httpx2.get(page, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.text


@pytest.mark.long
def test_who_applies_is_interviewed_and_an_outcome_comes_back(world: World, icims: Icims) -> None:
    job, email, play = world.job(), fresh(), Play(icims)
    connection = world.connect("icims", play.settings)
    application = play.arrange(world, connection, job, email)
    page = icims.event(connection["address"], assessment(play.workflow)).headers["location"]
    wait_for(lambda: shown(page), lambda text: "Your invitation has been sent" in text, "the invitation")
    assert email not in shown(page)
    assert "Ada" not in shown(page)
    assert "careers.example.org" not in shown(page)
    left = httpx2.get(f"{page}/back", timeout=30)
    assert (left.status_code, left.headers["location"]) == (303, "https://careers.example.org/return?id=9")

    world.interviewed(application, invited=True)
    [delivery] = world.settled(application)
    assert delivery["state"] == "delivered", delivery["last_error"]
    assert "Your interview is over" in shown(page)
    [row] = icims.rows[play.workflow]
    assert row["rcf100"].startswith(world.base)
    assert icims.files[f"row {row['id']}"].startswith(b"%PDF")

    for _ in range(2):
        answer = play.tell(connection, "hired")
        assert answer is not None
        assert answer.status_code == 200
    wait_for(lambda: outcomes(world, application), bool, "the outcome")
    assert [each["kind"] for each in outcomes(world, application)] == ["hired"]


@pytest.mark.long
def test_an_order_for_an_opening_that_is_linked_to_nothing_waits_for_the_link(world: World, icims: Icims) -> None:
    job, email = world.job(), fresh()
    connection = world.connect("icims", icims.settings)
    opening = icims.opening("Backend Engineer", POSTING)
    workflow = icims.applies(opening, "Ada Byron", email, resume_of("Ada Byron", email))
    page = icims.event(connection["address"], assessment(workflow)).headers["location"]
    assert "Your invitation is on its way" in shown(page)
    inbox = f"/api/connections/{connection['id']}/inbox"
    dead = wait_for(
        lambda: [each for each in world.get(inbox) if each["state"] == "dead"], bool, "what waits for a person"
    )
    assert "linked to no job" in dead[0]["problem"]
    world.post(f"/api/connections/{connection['id']}/read")
    world.link(connection, opening, job)
    assert world.application(job, email)["email"] == email


def test_a_wrong_password_changes_nothing_and_a_wrong_page_says_so(world: World, icims: Icims) -> None:
    connection = world.connect("icims", icims.settings)
    assert icims.event(connection["address"], assessment("1"), password="forged").status_code == 401
    assert icims.event(connection["address"], {**assessment("1"), "customerId": "2"}).status_code == 400
    assert world.get(f"/api/connections/{connection['id']}/inbox") == []
    missing = httpx2.get(f"{world.base}/orders/0193aaaa-0000-7000-8000-000000000000", timeout=30)
    assert missing.status_code == 404
    assert "This page is not there" in missing.text
    assert httpx2.get(f"{world.base}/orders/0193/back", timeout=30).status_code == 404
