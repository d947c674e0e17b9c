"""Lever, from an application to what became of it; signing in there, forms, stages, decisions, people and deletions."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from api import receivers
from models.errors import FoyerError
from models.exchange import Request
from models.settings import ROOT
from models.values import AssessmentResult
from tests.flow.integrations.played.lever import let_in
from tests.flow.integrations.world import POSTING, World, fresh, resume_of
from tests.flow.running import wait_for
from tests.simulators.lever import AT, USER, Lever


@pytest.fixture
def lever() -> Iterator[Lever]:
    with Lever() as running:
        yield running
        assert running.violations == []


def arrived(
    world: World, lever: Lever, connection: dict[str, Any], id: str, name: str = "Ada Byron"
) -> tuple[str, str]:
    """Somebody applied there; the job, and their application here."""
    job, email, posting = world.job(), fresh(name.split()[0]), f"p-{id}"
    lever.opening(posting, "Backend Engineer", POSTING)
    lever.applies(id, posting, name, email, resume_of(name, email))
    world.post(f"/api/connections/{connection['id']}/read")
    world.link(connection, posting, job)
    return job, str(world.application(job, email)["id"])


def outcomes(world: World, application_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.get(f"/api/applications/{application_id}")["outcomes"]
    return found


def decided(world: World, connection: dict[str, Any], application_id: str) -> None:
    """A further revision of their result, which says yes."""
    with world.app.database.store() as store:
        row, application = store.connection(world.org, connection["id"]), store.application(world.org, application_id)
        newest = AssessmentResult.model_validate(store.results_of(world.org, application_id)[-1])
        assert newest.scorecard is not None
        card = newest.scorecard.model_copy(update={"recommendation": "yes", "overall": 70.0})
        id = f"{newest.id.rpartition('_')[0]}_2"
        result = newest.model_copy(update={"id": id, "revision": 2, "scorecard": card})
        assert receivers.to_system(store, row, application, result, f"report:{id}", now=world.app.now)
    world.app.pipeline.deliver_due()


def test_somebody_signs_in_there_once_and_nobody_else_can_answer_for_them(world: World, lever: Lever) -> None:
    """Also: a forged message changes nothing, which needs nobody interviewed."""
    connection = world.connect("lever", lever.signed_in)
    path, back = f"/connections/{connection['id']}", f"{world.base}/connect-callback/{connection['id']}"
    assert any(back in line for line in connection["register_there"])
    key = world.api.headers["Authorization"].removeprefix("Bearer ")
    with httpx2.Client(base_url=world.base, timeout=30.0, headers={"accept": "text/html"}) as browser:
        assert browser.get(f"{path}/authorise").headers["location"] == f"/login?next={path}/authorise"
        browser.post("/login", data={"key": key, "person": "Ann Other", "name": "Ann Other"})
        led = browser.get(f"{path}/authorise")
        assert led.status_code == 303, led.text
        agreed = httpx2.get(led.headers["location"], timeout=30).headers["location"]
        assert agreed.startswith(back)
        forged = browser.get(agreed.replace("state=", "state=x"))
        assert (forged.status_code, "not begun here" in forged.text) == (400, True)
        assert lever.exchanges == 0
        other = world.connect("lever", lever.signed_in)
        elsewhere = browser.get(agreed.replace(connection["id"], other["id"]))
        assert (elsewhere.status_code, lever.exchanges) == (400, 0)
        page = f"/systems/{connection['id']}"
        assert f'href="{path}/authorise"' in browser.get(page).text
        assert browser.get(agreed).headers["location"] == page
        assert "Authorise again" in browser.get(page).text
        assert lever.exchanges == 1
        assert browser.get(agreed).status_code == 502, "the code is spent"
    refused = world.api.get(f"{back}?state={agreed.rpartition('state=')[2]}&error=access_denied&error_description=No")
    assert refused.json()["detail"].startswith("Lever did not let us in: No.")
    assert world.api.get(f"{back}?error=access_denied").status_code == 400
    by_key = world.connect("lever", lever.settings)
    assert world.api.get(f"/api/connections/{by_key['id']}/authorise").status_code == 409

    assert lever.webhook(connection["address"], "candidateDeleted", "op-1", key="wrong").status_code == 401
    assert world.get(f"/api/connections/{connection['id']}/inbox") == []


@pytest.mark.long
def test_an_application_becomes_a_form_and_its_end_comes_back(world: World, lever: Lever) -> None:
    mapping = {"template": "t-1", "score.mixed": "2", "tag.done": "foyer-done"}
    connection = world.connect("lever", lever.settings, mapping=mapping)
    _, application = arrived(world, lever, connection, "op-1")
    answers = world.get(f"/api/applications/{application}")
    assert answers["name"] == "Ada Byron"
    world.interviewed(
        application, answer="I turned the payment service back and looked for the reason, which took twenty minutes."
    )
    [delivery] = world.settled(application)
    assert delivery["state"] == "delivered", delivery["last_error"]
    assert lever.rows["feedback"] == [], "one short answer is no decision, which has no place on a scale"
    [note] = lever.rows["notes"]
    assert "no decision" in note["fields"][0]["value"]
    decided(world, connection, application)
    delivery = world.settled(application, 2)[-1]
    assert delivery["state"] == "delivered", delivery["last_error"]
    [form] = lever.rows["feedback"]
    said = {field["text"]: field["value"] for field in form["fields"]}
    assert form["user"] == USER
    assert said["Report"].startswith(world.base)
    assert "[result_" in said["Summary"]
    assert (said["Rating"], said["Recommendation"]) == ("3 - Hire", "Yes")
    assert lever.rows["notes"] == [note]
    [person] = lever.rows["opportunities"]
    assert person["links"] == [said["Report"]]
    assert person["tags"] == ["foyer-done"]
    assert [row["name"].startswith("Foyer report") for row in lever.rows["files"]] == [True, True]

    lever.archives("op-1", "r-1", AT + 4000)
    lever.webhook(connection["address"], "candidateArchiveChange", "op-1", token="once")
    lever.webhook(connection["address"], "candidateArchiveChange", "op-1", token="once")
    wait_for(lambda: outcomes(world, application), bool, "the outcome")
    lever.archives("op-1", None, 0)
    lever.webhook(connection["address"], "candidateArchiveChange", "op-1")
    wait_for(lambda: len(outcomes(world, application)), lambda n: n == 2, "the other outcome")
    assert [(each["kind"], each["reason"]) for each in outcomes(world, application)] == [
        ("rejected", "Underqualified"),
        ("undone", ""),
    ]


@pytest.mark.long
def test_a_stage_orders_the_interview_and_what_a_message_claims_is_looked_up(world: World, lever: Lever) -> None:
    connection = world.connect("lever", {**lever.settings, "order_stage": "foyer interview"})
    _, application = arrived(world, lever, connection, "op-2")
    assert world.get(f"/api/applications/{application}")["interviews"] == []
    address = connection["address"]
    lever.webhook(address, "candidateHired", "op-2")
    lever.webhook(address, "candidateDeleted", "op-2")
    lever.webhook(address, "candidateStageChange", "op-2", toStageId="st-2")
    path = f"/api/connections/{connection['id']}/inbox"
    wait_for(lambda: [row["state"] for row in world.get(path)], lambda states: states == ["read"] * 3, "the messages")
    assert outcomes(world, application) == []
    lever.moves("op-2", "st-2", AT + 1000)
    lever.webhook(address, "candidateStageChange", "op-2", toStageId="st-2")
    wait_for(lambda: world.get(f"/api/applications/{application}")["interviews"], bool, "the invitation")
    assert [each["stage"] for each in outcomes(world, application)] == ["Foyer interview"]
    world.interviewed(application, invited=True)
    [delivery] = world.settled(application)
    assert delivery["state"] == "delivered", delivery["last_error"]
    assert len(lever.rows["notes"]) == 1


@pytest.mark.long
def test_everybody_is_read_page_by_page_and_the_deleted_are_erased(world: World, lever: Lever) -> None:
    job = world.job()
    connection = world.connect("lever", lever.settings)
    lever.opening("p-3", "Backend Engineer", POSTING)
    people = [(f"Person {n}", fresh(f"p{n}")) for n in range(5)]
    for n, (name, email) in enumerate(people):
        lever.applies(f"op-3{n}", "p-3", name, email, resume_of(name, email))
    world.post(f"/api/connections/{connection['id']}/read")
    world.link(connection, "p-3", job)
    found = [world.application(job, email)["id"] for _, email in people]
    lever.deletes("op-30")
    lever.webhook(connection["address"], "candidateDeleted", "op-30")
    lever.deletes("op-31")
    world.post(f"/api/connections/{connection['id']}/read")
    for id in found[:2]:
        wait_for(lambda id=id: world.api.get(f"/api/applications/{id}").status_code, lambda code: code == 404, "gone")
    assert [world.api.get(f"/api/applications/{id}").status_code for id in found[2:]] == [200] * 3


@pytest.mark.long
def test_decisions_and_people_are_carried_over(world: World, lever: Lever) -> None:
    mapping = {"stage.advance": "st-3", "reason.reject": "r-1"}
    connection = world.connect("lever", lever.settings, mapping=mapping, may_decide=True)
    job, application = arrived(world, lever, connection, "op-4")
    [person] = lever.rows["opportunities"]
    for kind, changed in (("advance", lambda: person["stage"] == "st-3"), ("reject", lambda: bool(person["archived"]))):
        body = {"connection_id": connection["id"], "kind": kind, "reason": "a test"}
        world.post(f"/api/applications/{application}/decide-there", body, **{"Foyer-Person": "Ann"})
        wait_for(changed, bool, kind)
    assert person["archived"]["reason"] == "r-1"

    email = fresh("Grace")
    file = {"files": ("grace.txt", resume_of("Grace Hopper", email), "text/plain")}
    world.api.post(f"/api/jobs/{job}/batches", files=file)
    known = world.application(job, email)["id"]
    sent = world.post(f"/api/applications/{known}/hand-over", {"connection_id": connection["id"]})
    assert sent["delivery"]
    [delivery] = world.settled(known)
    assert delivery["state"] == "delivered", delivery["last_error"]
    [made] = [row for row in lever.rows["opportunities"] if row["emails"] == [email]]
    assert (made["applications"][0]["posting"], made["origin"]) == ("p-op-4", "sourced")
    assert [row["name"] for row in lever.rows["files"]] == ["grace.txt"]


ONCE = """
import sys, time
from api.app import build
from models.exchange import Request
from models.settings import Settings
home, base, id, at = sys.argv[1:]
app = build(Settings(home=home, base_url=base, webhook_private=True), role="web", work=False)
with app.database.asking() as system:
    row = system.connection(id)
service = app.connections.service(row)
print("ready", flush=True)
sys.stdin.readline()
print(service.send(Request("GET", "stages")).status, flush=True)
"""


@pytest.mark.long
def test_many_threads_and_another_process_at_once_spend_one_refresh_token(world: World, lever: Lever) -> None:
    connection = world.connect("lever", lever.signed_in)
    let_in(world, connection)
    wait_for(lambda: world.get(f"/api/connections/{connection['id']}")["polled_at"], bool, "the first reading")
    with world.app.database.asking() as system:
        row = system.connection(connection["id"])
    assert row is not None
    lever.tokens.clear()
    before, failed = lever.exchanges, []
    program = [sys.executable, "-c", ONCE, str(world.home), world.base, row.id, ""]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(program, cwd=ROOT, env={**os.environ}, **pipes) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"
        service, line = world.app.connections.service(row), threading.Barrier(5)

        def call() -> None:
            line.wait()
            try:
                assert service.send(Request("GET", "stages")).status == 200
            except (FoyerError, AssertionError) as failure:
                failed.append(failure)

        threads = [threading.Thread(target=call) for _ in range(4)]
        for each in threads:
            each.start()
        other.stdin.write("go\n")
        other.stdin.flush()
        line.wait()
        for each in threads:
            each.join()
        assert other.stdout.readline() == "200\n"
    assert failed == []
    assert lever.exchanges == before + 1
    assert len(set(lever.spent)) == len(lever.spent) == before

    old = lever.spent[-1]
    with world.app.database.store() as store:
        store.keep_tokens(row.organisation_id, row.id, {"access": "", "expires_at": "0", "refresh": old})
    with pytest.raises(FoyerError, match="Authorise again") as refused:
        service.send(Request("GET", "stages"))
    assert old not in refused.value.detail
    assert lever.exchanges == before + 1
    let_in(world, connection)
    assert service.send(Request("GET", "stages")).status == 200
