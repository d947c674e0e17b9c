"""A backup rehearsed: taken while applications are screened and somebody is being interviewed, restored elsewhere after
the old machine is lost. The work goes on there, and everything happens exactly once."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from api.demo_ats import Receiver
from api.security import ROOM_COOKIE
from interview import events as ev
from models.settings import ROOT
from tests.flow.killed_at import Mortal
from tests.flow.lives import POLICIES, Life, Lives

IN_FLIGHT = 6


def foyer(home: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "api.cli", *arguments],
        env={**os.environ, "FOYER_HOME": str(home)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


async def first_answer(world: Lives, life: Life, cookie: str) -> None:
    """One question is answered, the next one asked; then the candidate leaves."""
    address = world.service.base.replace("http", "ws", 1) + "/room/socket"
    headers = {"Cookie": f"{ROOM_COOKIE}={cookie}", "Origin": world.service.base}
    async with asyncio.timeout(60), connect(address, additional_headers=headers, max_size=2**22) as socket:
        await socket.send(ev.SessionStart(tab="one").model_dump_json())
        while True:
            heard = ev.server_message.validate_json(await socket.recv())
            if isinstance(heard, ev.Say) and heard.kind == "question":
                if world.questions[1].text in heard.text:
                    return
                await socket.send(ev.TextAnswer(text=life.answer(1)).model_dump_json())
            elif isinstance(heard, ev.Say):
                await socket.send(ev.PlaybackEnded(utterance=heard.utterance, offset=0).model_dump_json())


@pytest.mark.long
@pytest.mark.proves(55)
def test_work_in_flight_goes_on_where_a_backup_is_restored(tmp_path: Path, receiver: Receiver) -> None:
    old, new = Mortal(tmp_path / "old"), Mortal(tmp_path / "new")
    old.start()
    try:
        world = Lives(old, receiver)
        over, held = Life("at_once"), Life("after_confirmation")
        world.through([over])
        world.apply(held)
        world.invite(held)
        cookie = world.room_cookie(held)
        asyncio.run(first_answer(world, held, cookie))
        waiting = [Life(policy) for policy in POLICIES * (IN_FLIGHT // 2)]
        for life in waiting:
            world.apply(life)
        print(foyer(old.home, "backup", str(tmp_path / "kept")))
        old.kill()
        print(foyer(new.home, "restore", str(tmp_path / "kept")))
        new.start()
        world.service = new
        asyncio.run(asyncio.wait_for(world.be_interviewed(held, cookie), 120))
        world.through(waiting)
        world.check([over, held, *waiting])
        assert len(receiver.results()) == 2 + IN_FLIGHT
    finally:
        old.stop()
        new.stop()
