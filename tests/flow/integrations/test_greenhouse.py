"""Greenhouse, from an order to the outcome: it orders, Foyer interviews, the result lands, what became of them comes
back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.flow.integrations.world import POSTING, World, fresh, resume_of
from tests.flow.running import wait_for
from tests.simulators.greenhouse import Greenhouse


@pytest.fixture
def greenhouse() -> Iterator[Greenhouse]:
    with Greenhouse() as running:
        yield running
        assert running.violations == []


def outcomes(world: World, application_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.get(f"/api/applications/{application_id}")["outcomes"]
    return found


def test_an_order_becomes_a_result_and_an_outcome_comes_back(world: World, greenhouse: Greenhouse) -> None:
    job = world.job()
    connection = world.connect("greenhouse", greenhouse.settings)
    address = connection["address"]
    [test] = [each for each in greenhouse.call(address, "GET", "list_tests").json() if each["partner_test_id"] == job]
    assert test["partner_test_name"]
    email = fresh()
    applied = greenhouse.applies(26234709, 5, "Ada Byron", email, resume_of("Ada Byron", email))
    order = {
        "partner_test_id": job,
        "candidate": {
            "first_name": "Ada",
            "last_name": "Byron",
            "preferred_name": None,
            "email": email,
            "resume_url": f"{greenhouse.url}/files/26234709.txt",
            "phone_number": None,
            "greenhouse_profile_url": f"https://app.greenhouse.io/people/{applied['candidate_id']}?application_id=26234709",
        },
        "sent_by": "recruiter@example.org",
        "url": f"{greenhouse.url}/integrations/testing_partners/take_home_tests/12345",
    }
    sent = greenhouse.call(address, "POST", "send_test", json=order).json()
    again = greenhouse.call(address, "POST", "send_test", json=order).json()
    assert sent == again, "an order that is sent twice is one"
    found = world.application(job, email)
    query = {"partner_interview_id": sent["partner_interview_id"]}
    assert greenhouse.call(address, "GET", "test_status", params=query).json()["partner_status"] == "open"

    world.interviewed(found["id"], invited=True)
    [delivery] = world.settled(found["id"])
    assert delivery["state"] == "delivered", delivery["last_error"]
    assert greenhouse.rows["completions"] == [{"id": "12345"}]
    status = greenhouse.call(address, "GET", "test_status", params=query).json()
    assert status["partner_status"] == "complete"
    assert status["partner_profile_url"].startswith(world.base)
    assert all(isinstance(value, str | int | float) for value in status["metadata"].values())
    [note] = greenhouse.rows["notes"]
    assert note["candidate_id"] == applied["candidate_id"]
    assert status["partner_profile_url"] in note["body"]
    files = [row for row in greenhouse.rows["attachments"] if row["type"] != "resume"]
    assert [row["filename"].startswith("Foyer report") for row in files] == [True]

    hired = {"application": {**applied, "status": "hired", "last_activity_at": "2026-11-26T10:00:00Z"}}
    assert greenhouse.webhook(address, "hire_candidate", hired).status_code == 200
    wait_for(lambda: outcomes(world, found["id"]), bool, "the outcome")
    assert [each["kind"] for each in outcomes(world, found["id"])] == ["hired"]


def test_people_are_read_from_harvest_and_erased_when_it_erases_them(world: World, greenhouse: Greenhouse) -> None:
    job = world.job()
    connection = world.connect("greenhouse", greenhouse.settings)
    greenhouse.opening(500, "Backend Engineer", POSTING)
    people = [(f"Person {n}", fresh(f"p{n}")) for n in range(5)]
    for n, (name, email) in enumerate(people):
        greenhouse.applies(9000 + 10 * n, 500, name, email, resume_of(name, email))
    world.post(f"/api/connections/{connection['id']}/read")
    world.link(connection, "500", job)
    found = [world.application(job, email) for _, email in people]
    assert len({each["id"] for each in found}) == 5

    greenhouse.webhook(
        connection["address"], "candidate_anonymized", {"candidate_id": 9001, "anonymized_fields": ["full_name"]}
    )
    wait_for(
        lambda: world.api.get(f"/api/applications/{found[0]['id']}").status_code, lambda status: status == 404, "gone"
    )
    assert world.api.get(f"/api/applications/{found[1]['id']}").status_code == 200


def test_a_forged_signature_changes_nothing(world: World, greenhouse: Greenhouse) -> None:
    connection = world.connect("greenhouse", greenhouse.settings)
    answer = greenhouse.webhook(connection["address"], "candidate_anonymized", {"candidate_id": 1}, secret="wrong")
    assert answer.status_code == 401
    assert world.get(f"/api/connections/{connection['id']}/inbox") == []
    assert (
        greenhouse.call(connection["address"], "GET", "list_tests", headers={"authorization": "Basic eDo="}).status_code
        == 401
    )
