"""Deliveries side by side, over a running service: whom a receiver that answers nobody holds up, and that a person's
replay goes out."""

from __future__ import annotations

import base64
import socket
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from dbos import DBOS

from api.demo_ats import Receiver
from api.pipeline import OVER, TO_ONE
from integrations.webhook import new_secret
from models.records import Delivery
from models.values import AssessmentResult
from tests import store_world
from tests.flow.integrations.world import World, fresh, resume_of, running
from tests.flow.running import wait_for

pytestmark = pytest.mark.long


class Silent:
    """Takes every connection and answers nobody until `hang_up`."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=200)
        self.port = int(self._listening.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}/results"
        self.held: list[socket.socket] = []
        self._thread = threading.Thread(target=self._hold, daemon=True)
        self._thread.start()

    def _hold(self) -> None:
        try:
            while True:
                self.held.append(self._listening.accept()[0])
        except OSError:
            return

    def hang_up(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()
        for each in self.held:
            each.close()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running(tmp_path_factory.mktemp("deliveries") / "home") as found:
        yield found


def endpoint(world: World, url: str, secret: str) -> str:
    with world.app.database.store() as store:
        return store.add_endpoint(world.org, url=url, secret=secret, description="", now=world.app.now).id


def pushed(world: World, endpoint_id: str, key: str) -> str:
    """A result on its way there."""
    result = AssessmentResult(
        id=f"result_{key}",
        created_at=store_world.NOW,
        organisation_id=world.org,
        job={"title": "Nurse"},
        candidate={"name": "Zoë"},
        application_id="a",
        report_url="https://foyer.example/reports/1",
    )
    payload = result.model_dump(mode="json")
    with world.app.database.store() as store:
        return store.add_delivery(
            world.org,
            kind="webhook",
            key=key,
            payload=payload,
            subject="zoe",
            endpoint_id=endpoint_id,
            now=world.app.now,
        )[0].id


def mailed(world: World) -> str:
    message = EmailMessage()
    message["Subject"], message["To"], message["Message-ID"] = "Your code", "zoe@example.org", "<code@foyer.example>"
    message["From"], message["Date"] = "Foyer <foyer@example.org>", "Fri, 20 Nov 2026 09:30:15 +0000"
    message.set_content("123456")
    payload = {"message": message.as_string()}
    with world.app.database.store() as store:
        return store.add_delivery(
            world.org, kind="email", key="code", payload=payload, subject="zoe", now=world.app.now
        )[0].id


def found(world: World, id: str) -> Delivery:
    with world.app.database.reading() as store:
        return store.delivery(world.org, id)


def test_a_receiver_that_answers_nobody_holds_up_neither_mail_nor_others(world: World, tmp_path: Path) -> None:
    silent, secret = Silent(), new_secret()
    with Receiver(tmp_path) as live:
        live.trust(secret)
        there, here = endpoint(world, silent.url, secret), endpoint(world, live.url, secret)
        waiting = [pushed(world, there, f"silent-{n}") for n in range(3 * TO_ONE)]
        world.app.pipeline.deliver_due()
        wait_for(lambda: len(silent.held), lambda held: held == TO_ONE, "as many calls as one receiver may have")
        others = [mailed(world), pushed(world, here, "live")]
        world.app.pipeline.deliver_due()
        wait_for(lambda: [found(world, id).state for id in others], lambda got: set(got) == {"delivered"}, "the others")
        assert [found(world, id).attempts for id in waiting] == [0] * len(waiting), "nobody had to give up for them"
        assert len(silent.held) == TO_ONE
    silent.hang_up()
    with world.app.database.store() as store:
        store.remove_endpoint(world.org, there)


def test_a_workflow_starts_no_other_so_that_its_steps_are_the_same_when_it_is_run_again(world: World) -> None:
    silent = Silent()
    there = endpoint(world, silent.url, new_secret())
    pushed(world, there, "under-way")
    world.app.pipeline.deliver_due()
    wait_for(lambda: len(silent.held), lambda held: held == 1, "a delivery under way")
    job, email = world.job(), fresh()
    resume = {"filename": "ada.txt", "content": base64.b64encode(resume_of("Ada King", email)).decode()}
    world.post(f"/v1/candidates?job_id={job}", {"name": "Ada King", "email": email, "resume": resume})
    application = world.application(job, email)["id"]

    def status() -> str:
        known = DBOS.get_workflow_status(f"screen:{application}")
        return known.status if known is not None else ""

    assert wait_for(status, lambda it: it in OVER, "its screening") == "SUCCESS"
    steps = [each["function_name"] for each in DBOS.list_workflow_steps(f"screen:{application}")]
    assert steps == ["read", "score", "invite"]
    silent.hang_up()
    with world.app.database.store() as store:
        store.remove_endpoint(world.org, there)


@pytest.mark.proves(52)
def test_a_replay_goes_out_though_the_delivery_was_given_up_while_it_waited(world: World, tmp_path: Path) -> None:
    silent, secret = Silent(), new_secret()
    there = endpoint(world, silent.url, secret)
    for n in range(TO_ONE):
        pushed(world, there, f"first-{n}")
    world.app.pipeline.deliver_due()
    wait_for(lambda: len(silent.held), lambda held: held == TO_ONE, "a full house")
    last = pushed(world, there, "last")
    world.app.pipeline.deliver_due()
    with world.app.database.store() as store:
        store.delivery(world.org, last).state = "dead"  # as when another interview counts
    silent.hang_up()

    def status() -> str:
        known = DBOS.get_workflow_status(f"deliver:{last}:0")
        return known.status if known is not None else ""

    wait_for(status, lambda it: it == "SUCCESS", "its turn came and went")
    assert found(world, last).attempts == 0
    with Receiver(tmp_path, port=silent.port) as live:
        live.trust(secret)
        world.post(f"/api/deliveries/{last}/replay")
        wait_for(lambda: found(world, last).state, lambda state: state == "delivered", "the replay", 20)
    with world.app.database.store() as store:
        store.remove_endpoint(world.org, there)
