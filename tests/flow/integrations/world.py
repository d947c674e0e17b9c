"""A running Foyer for the tests of connections: in this process, so that what waits need not be waited for; reached by
everybody over real HTTP."""

from __future__ import annotations

import asyncio
import re
import threading
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import uvicorn
from sqlalchemy import text
from websockets.asyncio.client import connect

from api.app import create_app
from api.demo import sample_kit, shortened
from api.deps import App
from api.security import ROOM_COOKIE
from interview import events as ev
from models.settings import ROOT, Voice
from tests.flow.hostile import Line
from tests.flow.kinds import settings_of
from tests.flow.running import free_port, wait_for
from tests.flow.test_room import hear_out

POSTING = (ROOT / "samples" / "jobs" / "backend_engineer.md").read_text()
RESUME = next((ROOT / "samples" / "resumes").glob("brandon*.txt"), next((ROOT / "samples" / "resumes").glob("*.txt")))
ANSWER = (
    "Last spring our payment service was down for twenty minutes. First I turned it back to the old program. Then I "
    "found the reason, which was a bad query, and wrote a check for it, so that it has not happened again."
)


class World:
    """`api` has the administrator's key. `org`: the one organisation. `said`: further settings."""

    def __init__(self, home: Path, **said: Any) -> None:
        self.home, self.port = home, free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        voice = Voice(live_sessions=100)
        settings = settings_of(home, base_url=self.base, webhook_private=True, voice=voice, **said)
        self._asgi = create_app(settings)
        config = uvicorn.Config(self._asgi, port=self.port, log_level="warning", ws_max_size=2**20)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self.api = httpx2.Client(base_url=self.base, timeout=60.0, limits=httpx2.Limits(keepalive_expiry=2.0))

    def start(self) -> None:
        self._thread.start()
        wait_for(lambda: self._server.started, bool, "the service")
        key = (self.home / "admin.key").read_text().strip()
        self.api.headers["Authorization"] = f"Bearer {key}"

    def stop(self) -> None:
        self.api.close()
        self._server.should_exit = True
        self._thread.join(timeout=30)

    @property
    def app(self) -> App:
        app: App = self._asgi.state.foyer
        return app

    @property
    def org(self) -> str:
        with self.app.database.asking() as system:
            return system.organisations()[0].id

    # ------------------------------------------------------------ the API, as a program uses it

    def get(self, path: str, **query: Any) -> Any:
        return self._json(self.api.get(path, params=query))

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self._json(self.api.post(path, json=body if body is not None else {}, headers=headers))

    def put(self, path: str, body: Any) -> Any:
        return self._json(self.api.put(path, json=body))

    def patch(self, path: str, body: Any) -> Any:
        return self._json(self.api.patch(path, json=body))

    @staticmethod
    def _json(answer: httpx2.Response) -> Any:
        assert answer.status_code < 300, f"{answer.request.method} {answer.request.url}: {answer.text}"
        return answer.json() if answer.content else None

    # ------------------------------------------------------------ a job and its people

    def job(self) -> str:
        """A job whose interview has one question."""
        made = self.post("/api/jobs", {"text": POSTING, "invite_policy": "after_confirmation", "minutes": 5})
        kit = shortened(sample_kit())
        question = kit.questions[0].model_copy(update={"probes": ()})
        competencies = [one for one in kit.competencies if one.id == question.competency_id]
        short = kit.model_copy(update={"questions": (question,), "competencies": tuple(competencies), "minutes": 5})
        self.put(f"/api/jobs/{made['id']}/kit", short.model_dump(mode="json"))
        return str(made["id"])

    def connect(self, vendor: str, settings: Mapping[str, str], **changes: Any) -> dict[str, Any]:
        """Switched on."""
        made = self.post("/api/connections", {"vendor": vendor, "settings": dict(settings)})
        on: dict[str, Any] = self.patch(f"/api/connections/{made['id']}", {"enabled": True, **changes})
        return on

    def link(self, connection: Mapping[str, Any], remote_id: str, job_id: str) -> None:
        """Once the other system has told of the opening."""
        path = f"/api/connections/{connection['id']}/jobs"
        wait_for(lambda: [one["remote_id"] for one in self.get(path)], lambda ids: remote_id in ids, "the opening")
        self.put(f"{path}/{remote_id}", {"job_id": job_id})

    def application(self, job_id: str, email: str) -> dict[str, Any]:
        """Whoever has this address, once they are screened."""

        def look() -> dict[str, Any]:
            listed = self.get(f"/api/jobs/{job_id}/applications")
            rows = listed["applications"] if isinstance(listed, dict) else listed
            waiting = [str(row["id"]) for row in rows if row["stage"] != "received"]
            each = [dict(self.get(f"/api/applications/{id}")) for id in waiting]
            return next((one for one in each if one["email"] == email), {})

        return wait_for(look, bool, f"the application of {email}")

    def interviewed(self, application_id: str, *, invited: bool = False, answer: str = ANSWER) -> str:
        """Their interview, held in writing; its id. `invited`: somebody else has seen to that."""
        if not invited:
            self.post(f"/api/applications/{application_id}/invite", {"reason": "a test"})

        def find() -> list[str]:
            return list(self.get(f"/api/applications/{application_id}")["interviews"])

        interview = wait_for(find, bool, "the invitation")[-1]
        link = self.post(f"/api/interviews/{interview}/link")["url"]
        asyncio.run(self._talk(self._room(link, interview), answer))
        path = f"/api/interviews/{interview}/report"
        wait_for(lambda: self.api.get(path).status_code, lambda status: status == 200, "the report")
        return interview

    def _room(self, link: str, interview: str) -> str:
        with httpx2.Client(base_url=self.base, timeout=60.0) as browser:
            code = self.post(f"/api/interviews/{interview}/code")["code"]
            browser.post(f"{link}/start", data={"consent": "yes"})
            entered = browser.post(f"{link}/code/check", data={"code": code, "then": "start", "consent": "yes"})
            cookie = entered.cookies.get(ROOM_COOKIE)
            assert cookie is not None, entered.text
            return cookie

    async def _talk(self, cookie: str, answer: str) -> None:
        headers = {"Cookie": f"{ROOM_COOKIE}={cookie}", "Origin": self.base}
        address = self.base.replace("http", "ws", 1) + "/room/socket"
        async with asyncio.timeout(60), connect(address, additional_headers=headers, max_size=2**22) as socket:
            line = Line(socket)
            await line.join()
            await hear_out(line, "question")
            await line.say(ev.TextAnswer(text=answer))
            await line.say(ev.Button(action="finish"))
            await line.until(ev.Completed)

    # ------------------------------------------------------------ what waits

    def due(self) -> None:
        """Whatever waits for another try is due now."""
        past = self.app.now - timedelta(seconds=1)
        with self.app.database.engine.begin() as connection:
            for table in ("deliveries", "inbox"):
                waiting = "pending" if table == "deliveries" else "waiting"
                statement = f"UPDATE {table} SET next_at = :past WHERE state = :state"
                connection.execute(text(statement), {"past": past.replace(tzinfo=None), "state": waiting})
            connection.execute(text("UPDATE connections SET closed_until = NULL"))
        self.app.pipeline.read_due()
        self.app.pipeline.deliver_due()

    def deliveries(self, application_id: str, *, connection: str = "") -> list[dict[str, Any]]:
        """Of kind connection, oldest first."""
        rows = self.get("/api/deliveries", limit=1000)
        mine = [row for row in rows if row["application_id"] == application_id and row["kind"] == "connection"]
        return [row for row in reversed(mine) if not connection or row.get("connection_id") == connection]

    def settled(self, application_id: str, count: int = 1) -> list[dict[str, Any]]:
        """Its deliveries to other systems, once there are `count` and none is on its way; what waits is hurried."""

        def look() -> list[dict[str, Any]]:
            found = self.deliveries(application_id)
            if any(row["state"] == "pending" and row["attempts"] for row in found):
                self.due()
            return found

        def over(rows: list[dict[str, Any]]) -> bool:
            return len(rows) >= count and all(row["state"] in ("delivered", "dead") for row in rows)

        return wait_for(look, over, "the deliveries")


@contextmanager
def running(home: Path, **said: Any) -> Iterator[World]:
    world = World(home, **said)
    world.start()
    try:
        yield world
    finally:
        world.stop()


def resume_of(name: str, email: str) -> bytes:
    """A sample resume in somebody else's name, with an address and a number of their own: who shares a number and a
    name is one person."""
    lines = RESUME.read_text().splitlines()
    lines[0] = name
    body = re.sub(r"[\w.+-]+@[\w.-]+", email, "\n".join(lines))
    return re.sub(r"\+1-202-555-\d{4}", f"+1-202-555-{zlib.crc32(email.encode()) % 10_000:04d}", body).encode()


def fresh(name: str = "Ada") -> str:
    """An address nobody has had."""
    return f"{name.lower()}.{uuid4().hex[:10]}@mail.example"
