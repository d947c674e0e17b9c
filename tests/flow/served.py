"""The whole service inside the test's own event loop, so that a test can hand it a media room; and a candidate at the
other end of one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import uvicorn

from api.app import create_app
from api.deps import App
from api.local_room import LocalRoom
from interview import events as ev
from models.engines import Pcm
from models.settings import ROOT, Settings, Voice
from models.values import InterviewPlan
from tests.flow.running import free_port

POSTING = (ROOT / "samples" / "jobs" / "backend_engineer.md").read_text()
RESUME = ROOT / "samples" / "resumes" / "brandon-yates.txt"
REACTION_SECONDS = 0.6


class Inside:
    """`app` is the running one; `api` an administrator's client."""

    def __init__(self, app: App, base: str) -> None:
        self.app, self.base = app, base
        key = (app.settings.home / "admin.key").read_text().strip()
        self.api = httpx2.AsyncClient(base_url=base, timeout=600.0, headers={"Authorization": f"Bearer {key}"})

    @property
    def organisation(self) -> str:
        with self.app.database.asking() as system:
            return system.organisations()[0].id

    async def get(self, path: str) -> Any:
        return self._checked(await self.api.get(path))

    async def post(self, path: str, body: Any = None) -> Any:
        return self._checked(await self.api.post(path, json=body or {}))

    async def until(self, path: str, enough: Callable[[httpx2.Response], bool], seconds: float = 600.0) -> None:
        async with asyncio.timeout(seconds):
            while not enough(await self.api.get(path)):
                await asyncio.sleep(0.2)

    async def applicant(self, kit: InterviewPlan, **job: Any) -> str:
        """The id of a screened application for a new job with this kit."""
        made = await self.post(
            "/api/jobs", {"text": POSTING, "invite_policy": "after_confirmation", "minutes": 5, **job}
        )
        answer = await self.api.put(f"/api/jobs/{made['id']}/kit", json=kit.model_dump(mode="json"))
        assert answer.status_code == 200, answer.text
        files = [("files", (RESUME.name, RESUME.read_bytes()))]
        accepted = self._checked(await self.api.post(f"/api/jobs/{made['id']}/batches", files=files))
        await self.until(f"/api/batches/{accepted['batch_id']}", lambda found: found.json()["done"])
        return str(accepted["applications"][0])

    @staticmethod
    def _checked(answer: httpx2.Response) -> Any:
        assert answer.status_code < 400, f"{answer.request.url}: {answer.status_code} {answer.text[:500]}"
        return answer.json() if answer.content else None


@asynccontextmanager
async def served(home: Path) -> AsyncIterator[Inside]:
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    settings = Settings(home=home, base_url=base, voice=Voice(live_sessions=100))
    api = create_app(settings)
    server = uvicorn.Server(uvicorn.Config(api, port=port, log_level="warning"))
    serving = asyncio.create_task(server.serve())
    try:
        async with asyncio.timeout(600):
            while not server.started:
                await asyncio.sleep(0.05)
                assert not serving.done(), serving.exception()
        inside = Inside(api.state.foyer, base)
        yield inside
        await inside.api.aclose()
    finally:
        server.should_exit = True
        await serving


async def answering(room: LocalRoom, answers: Mapping[str, Pcm]) -> None:
    """Hear each question out and say the recording for it, until the line is put down. Reads what the page is told."""
    answered: set[str] = set()
    while room.open:
        says = [
            message for text in list(room.told) if isinstance(message := ev.server_message.validate_json(text), ev.Say)
        ]
        say = says[-1] if says else None
        if say is None or say.utterance in answered or room.quiet_for < REACTION_SECONDS or not room.heard:
            await asyncio.sleep(0.05)
            continue
        answered.add(say.utterance)
        if say.question_id in answers and say.kind in ("question", "probe", "prompt"):
            room.say(answers[say.question_id].samples)


async def answering_calls(room: LocalRoom, answers: Sequence[Pcm], *, pause: float = 1.6) -> None:
    """On a telephone nobody says which question it is: after each silence of the interviewer's the next recording."""
    for answer in answers:
        await room.hears(quiet=pause, within=120.0)
        room.say(answer.samples)
        while room.speaking and room.open:
            await asyncio.sleep(0.05)
