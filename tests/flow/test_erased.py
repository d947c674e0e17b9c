"""Somebody is erased in mid-interview, while a message of theirs is on its way: the room says goodbye, the recording
and the queue forget them, and the message's answer has nobody to be noted for."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Iterator

import pytest
from dbos import DBOS
from websockets.asyncio.client import connect

from api.erasing import erase
from api.security import ROOM_COOKIE
from integrations.webhook import new_secret
from interview import events as ev
from tests.flow.hostile import Line
from tests.flow.integrations.world import World, fresh, resume_of, running
from tests.flow.running import wait_for
from tests.flow.test_deliveries import Silent, endpoint
from tests.flow.test_room import hear_out

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running(tmp_path_factory.mktemp("erased") / "home") as found:
        yield found


def test_in_mid_interview_and_while_a_result_is_on_its_way(world: World) -> None:
    email = fresh()
    file = {"filename": "a.txt", "content": b64encode(resume_of("Ada Byron", email)).decode()}
    [made] = world.post("/v1/candidates", {"job_id": world.job(), "email": email, "resume": file})["candidates"]
    application, candidate = made["application_id"], made["candidate_id"]
    wait_for(lambda: world.get(f"/api/applications/{application}")["stage"], lambda it: it == "screened", "screened")
    world.post(f"/api/applications/{application}/invite", {"reason": "a test"})
    [interview] = wait_for(lambda: world.get(f"/api/applications/{application}")["interviews"], bool, "invited")
    silent = Silent()
    there = endpoint(world, silent.url, new_secret())
    with world.app.database.store() as store:
        delivery, _ = store.add_delivery(
            world.org,
            kind="webhook",
            key=f"report:{application}",
            payload={
                "id": "r",
                "created_at": "2026-11-20T09:30:00Z",
                "organisation_id": world.org,
                "job": {},
                "candidate": {},
                "application_id": application,
                "report_url": "",
            },
            subject=candidate,
            endpoint_id=there,
            application_id=application,
            now=world.app.now,
        )
    world.app.pipeline.deliver_due()
    wait_for(lambda: len(silent.held), lambda held: held == 1, "the call to the receiver")
    link = world.post(f"/api/interviews/{interview}/link")["url"]
    asyncio.run(_erased_while_talking(world, world._room(link, interview), interview, candidate))

    silent.hang_up()
    wait_for(lambda: _status(f"deliver:{delivery.id}:0"), lambda it: it in ("SUCCESS", ""), "the attempt was over")
    assert world.api.get(f"/api/applications/{application}").status_code == 404
    assert list((world.home / "recordings").glob(f"{interview}*")) == []
    assert _status(f"screen:{application}") == "", "no queue knows their ids"
    left = [file.read_text() for file in (world.home / "outbox").glob("*.eml")]
    assert not [each for each in left if email in each]
    erase(world.app, world.org, candidate, because="another reason")
    with world.app.database.store() as store:
        store.remove_endpoint(world.org, there)


async def _erased_while_talking(world: World, cookie: str, interview: str, candidate: str) -> None:
    headers = {"Cookie": f"{ROOM_COOKIE}={cookie}", "Origin": world.base}
    address = world.base.replace("http", "ws", 1) + "/room/socket"
    async with asyncio.timeout(60), connect(address, additional_headers=headers, max_size=2**22) as socket:
        line = Line(socket)
        await line.join()
        await hear_out(line, "question")
        await line.speak(bytes(32_000))
        assert interview in world.app.rooms.open
        erasing = asyncio.create_task(
            asyncio.to_thread(erase, world.app, world.org, candidate, because="another reason")
        )
        refused = await line.until(ev.Refused)
        assert isinstance(refused, ev.Refused)
        assert "has ended" in refused.text
        await erasing
        assert interview not in world.app.rooms.open


def _status(workflow_id: str) -> str:
    known = DBOS.get_workflow_status(workflow_id)
    return known.status if known is not None else ""
