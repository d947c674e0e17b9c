"""SmartRecruiters, from an order to the outcome: it signs in and orders, Foyer interviews, result, file and note land,
what became of them comes back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.flow.integrations.played.smartrecruiters import Play
from tests.flow.integrations.world import POSTING, World, fresh, resume_of
from tests.flow.running import wait_for
from tests.simulators.smartrecruiters import CLIENT, SECRET, SmartRecruiters


@pytest.fixture
def smart() -> Iterator[SmartRecruiters]:
    with SmartRecruiters() as running:
        yield running
        assert running.violations == []


def outcomes(world: World, application_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.get(f"/api/applications/{application_id}")["outcomes"]
    return found


@pytest.mark.long
def test_an_order_becomes_a_result_and_an_outcome_comes_back(world: World, smart: SmartRecruiters) -> None:
    job, email, play = world.job(), fresh(), Play(smart)
    connection = world.connect("smartrecruiters", play.settings)
    offered = smart.call(connection["address"], "GET", "packages").json()["content"]
    assert job in [each["id"] for each in offered]
    application = play.arrange(world, connection, job, email)
    world.interviewed(application, invited=True)
    [delivery] = world.settled(application)
    assert delivery["state"] == "delivered", delivery["last_error"]
    [result] = smart.results.values()
    assert result["status"] == "COMPLETED"
    assert result["resultUrl"].startswith(world.base)
    [note] = smart.messages
    assert note["content"].startswith(f"#[CANDIDATE:{play.person}]")
    assert result["resultUrl"] in note["content"]
    assert [len(files) for files in smart.reports.values()] == [1]

    for _ in range(2):
        answer = play.tell(connection, "hired", id="the-same")
        assert answer is not None
        assert answer.status_code == 202
    wait_for(lambda: outcomes(world, application), bool, "the outcome")
    assert [each["kind"] for each in outcomes(world, application)] == ["hired"]


@pytest.mark.long
def test_people_of_a_linked_opening_are_read_and_erased_when_they_are_deleted_there(
    world: World, smart: SmartRecruiters
) -> None:
    job = world.job()
    connection = world.connect("smartrecruiters", smart.settings)
    smart.opening("j5", "Backend Engineer", POSTING)
    emails = [fresh(f"p{n}") for n in range(3)]
    people = [smart.applies("j5", f"Person {n}", each, resume_of(f"Person {n}", each)) for n, each in enumerate(emails)]
    world.post(f"/api/connections/{connection['id']}/read")
    world.link(connection, "j5", job)
    found = [world.application(job, each)["id"] for each in emails]
    smart.webhook(connection["address"], "candidate.deleted", {"candidate_id": people[0]})
    wait_for(lambda: world.api.get(f"/api/applications/{found[0]}").status_code, lambda status: status == 404, "gone")
    assert world.api.get(f"/api/applications/{found[1]}").status_code == 200


def test_it_says_hello_hands_over_credentials_and_a_forged_message_changes_nothing(
    world: World, smart: SmartRecruiters
) -> None:
    settings = {**smart.settings, "client_id": "", "client_secret": ""}
    connection = world.connect("smartrecruiters", settings)
    address, own = connection["address"], f"/api/connections/{connection['id']}"
    secret, greeted = smart.handshake(address)
    assert (greeted.status_code, greeted.headers["x-hook-secret"]) == (200, secret)
    forged = smart.webhook(address, "candidate.deleted", {"candidate_id": "c"}, secret="forged")
    assert forged.status_code == 401
    assert smart.call(address, "POST", "orders", {"orderId": "o"}, secret="forged").status_code == 401
    assert world.get(f"{own}/inbox") == []
    assert "client_secret" not in world.get(own)["secrets"]
    handed = {"companyId": "acme", "clientId": CLIENT, "clientSecret": SECRET}  # with which a reading may begin at once
    assert smart.call(address, "POST", "integration", handed).status_code == 200
    kept = world.get(own)
    assert (kept["settings"]["client_id"], kept["settings"]["company_id"]) == (CLIENT, "acme")
    assert {"client_secret", "served_secret", "webhook_secret"} <= set(kept["secrets"])
