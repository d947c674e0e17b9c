"""Who takes part in the life of an application over several API nodes: the recruiter who uploads and invites,
candidates who type their answers. Each asks any node, as behind a load balancer without sticky sessions, and goes on
at another when one dies. Used by `test_chaos` and `test_takeover`."""

from __future__ import annotations

import asyncio
import hashlib
import random
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx2
from sqlalchemy import create_engine, text
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from api.demo import sample_kit, shortened
from api.outbox import messages
from api.security import ROOM_COOKIE
from interview import events as ev
from tests.flow.cluster.nodes import Cluster, Node
from tests.flow.lives import ASKED, POSTING, RESUME
from tests.flow.running import Service

T = TypeVar("T")
PATIENCE = 600.0
"""Seconds for an answer of some node, while they die one after the other."""
SENT_AT_ONCE = 50
PING_SECONDS = 10.0


@asynccontextmanager
async def page(node: Node, cookie: str) -> AsyncIterator[ClientConnection]:
    """A page that is open in the room: it pings, or the room would take it for gone (`api.line.SILENT_SECONDS`). Say
    hello within the first seconds."""
    headers = {"Cookie": f"{ROOM_COOKIE}={cookie}", "Origin": node.base}
    address = node.base.replace("http", "ws", 1) + "/room/socket"
    async with connect(address, additional_headers=headers, max_size=2**22, open_timeout=60) as socket:
        pinging = asyncio.create_task(_ping(socket))
        try:
            yield socket
        finally:
            pinging.cancel()


async def _ping(socket: ClientConnection) -> None:
    with suppress(ConnectionClosed):
        while True:
            await asyncio.sleep(PING_SECONDS)
            await socket.send(ev.Ping().model_dump_json())


class NotYet(Exception):
    """A node answered that it cannot just now."""


@dataclass
class Case:
    """A candidate with an invitation. `cuts`: seconds from a broken line to the next word of the interviewer; `story`:
    what happened to their lines, and when."""

    name: str
    application: str = ""
    interview: str = ""
    nodes: list[str] = field(default_factory=list)
    cuts: list[float] = field(default_factory=list)
    story: list[str] = field(default_factory=list)

    def tell(self, what: str) -> None:
        self.story.append(f"{time.monotonic():.1f} {what}")

    @property
    def mail(self) -> str:
        return f"{self.name}@mail.example"

    def answer(self, number: int) -> str:
        return f"In case {number} of {self.name} I rolled the release back and wrote a test for it."


class Company:
    """Over all API nodes of a cluster."""

    def __init__(self, cluster: Cluster, nodes: Sequence[Node], dice: random.Random) -> None:
        self.nodes, self._dice = list(nodes), dice
        self._database, self._queue = create_engine(cluster.database), create_engine(cluster.queue)
        kit = shortened(sample_kit())
        self.questions = kit.questions[:2]
        mine = {one.competency_id for one in self.questions}
        kept = tuple(one for one in kit.competencies if one.id in mine)
        self.kit = kit.model_copy(update={"questions": self.questions, "competencies": kept}).model_dump(mode="json")

    def close(self) -> None:
        self._database.dispose()
        self._queue.dispose()

    # ------------------------------------------------------------ any node

    def ask(self, what: Callable[[Node], T]) -> T:
        """Of one after the other, until somebody answers."""
        until = time.monotonic() + PATIENCE
        while True:
            node = self._dice.choice(self.nodes)
            try:
                return what(node)
            except (httpx2.TransportError, NotYet):
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)

    def get(self, path: str, **params: Any) -> Any:
        return self.ask(lambda node: _answered(node.api.get(path, params=params)))

    def post(self, path: str, body: Any) -> Any:
        """Of what may be done twice."""
        return self.ask(lambda node: _answered(node.api.post(path, json=body)))

    def put(self, path: str, body: Any) -> Any:
        return self.ask(lambda node: _answered(node.api.put(path, json=body)))

    def rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        """Of Foyer's database."""
        with self._database.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query), values)]

    def number(self, query: str, **values: Any) -> int:
        return int(self.rows(query, **values)[0][0])

    def workflows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        """Of the queue's."""
        with self._queue.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query), values)]

    # ------------------------------------------------------------ the recruiter

    def job(self, **settings: Any) -> str:
        return str(self.post("/api/jobs", {"text": POSTING, "minutes": 15, **settings})["id"])

    def interviewing_job(self) -> str:
        job = self.job(invite_policy="at_once", threshold=0.0)
        self.put(f"/api/jobs/{job}/requirements", [ASKED])
        self.put(f"/api/jobs/{job}/kit", self.kit)
        return job

    def upload(self, job: str, files: Mapping[str, bytes]) -> None:
        """In parts, each of which is sent until the batch has it."""
        batch = self.post(f"/api/jobs/{job}/batches/start", {"name": "all"})
        id = batch.get("batch_id") or batch["id"]
        names = list(files)
        for at in range(0, len(names), SENT_AT_ONCE):
            self._send(id, {name: files[name] for name in names[at : at + SENT_AT_ONCE]})
        self.post(f"/api/batches/{id}/complete", {})

    def _send(self, batch: str, files: Mapping[str, bytes]) -> None:
        asked = [
            {"name": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in files.items()
        ]
        while missing := self.post(f"/api/batches/{batch}/missing", {"files": asked})["missing"]:
            names = list(files)
            parts = [("files", (names[place], files[names[place]])) for place in missing]
            try:
                node = self._dice.choice(self.nodes)
                _answered(node.api.post(f"/api/batches/{batch}/files", files=parts))
            except (httpx2.TransportError, NotYet):
                time.sleep(0.2)

    def invited(self, job: str, cases: Sequence[Case]) -> None:
        """Upload them and wait for their invitations."""
        resume = {
            f"{case.name}.txt": RESUME.replace(b"brandon.yates@example.org", case.mail.encode()) for case in cases
        }
        self.upload(job, resume)
        until = time.monotonic() + PATIENCE
        while len(found := self.get(f"/api/jobs/{job}/interviews")) < len(cases):
            assert time.monotonic() < until, f"invited: {len(found)} of {len(cases)}"
            time.sleep(0.5)
        files = {row["id"]: row["file"] for row in self.get(f"/api/jobs/{job}/applications", limit=1000)}
        by_file = {files[row["application_id"]]: row for row in found}
        for case in cases:
            row = by_file[f"{case.name}.txt"]
            case.application, case.interview = row["application_id"], row["id"]

    # ------------------------------------------------------------ the candidate

    def room_cookie(self, case: Case) -> str:
        """By a link and a code, from one node; where an answer is lost, by another link."""

        def entered(node: Node) -> str:
            link = _answered(node.api.post(f"/api/interviews/{case.interview}/link", json={}))["url"]
            code = _answered(node.api.post(f"/api/interviews/{case.interview}/code", json={}))["code"]
            with httpx2.Client(base_url=node.base, timeout=60.0) as browser:
                cookie = Service.enter(node, browser, link, code).cookies.get(ROOM_COOKIE)
            if cookie is None:
                raise NotYet
            return str(cookie)

        return self.ask(entered)

    async def be_interviewed(self, case: Case, *, pause: Callable[[], float]) -> None:
        """Over whichever node answers; `pause`: seconds before each answer."""
        cookie = await asyncio.to_thread(self.room_cookie, case)
        broken = 0.0
        while True:
            node = self._dice.choice(self.nodes)
            try:
                async with page(node, cookie) as socket:
                    await socket.send(ev.SessionStart(tab="one").model_dump_json())
                    if await self._talk(case, socket, node.name, broken, pause):
                        return
            except (WebSocketException, OSError) as error:
                case.tell(f"{node.name}: {error!r}")
            broken = broken or time.monotonic()
            if case.nodes and case.nodes[-1] == node.name:
                broken = time.monotonic()
            await asyncio.sleep(0.3)

    async def _talk(
        self, case: Case, socket: ClientConnection, node: str, broken: float, pause: Callable[[], float]
    ) -> bool:
        """True when the interview is over."""
        while True:
            heard = ev.server_message.validate_json(await socket.recv())
            if not isinstance(heard, ev.State | ev.Pong | ev.Ack):
                case.tell(f"{node}: {heard.model_dump_json()[:80]}")
            if broken and isinstance(heard, ev.Say):
                case.cuts.append(time.monotonic() - broken)
                broken = 0.0
            match heard:
                case ev.SessionReady():
                    case.nodes.append(node)
                case ev.Completed():
                    return True
                case ev.Refused(code=code):
                    assert code in ("ended", "already_open"), heard
                    return code == "ended"
                case ev.Say(kind="question"):
                    number = next(n for n, one in enumerate(self.questions, 1) if one.text in heard.text)
                    with suppress(TimeoutError):  # a line that breaks is noticed while one thinks
                        await asyncio.wait_for(socket.wait_closed(), pause())
                    await socket.send(ev.TextAnswer(text=case.answer(number)).model_dump_json())
                case ev.Say():
                    await socket.send(ev.PlaybackEnded(utterance=heard.utterance, offset=0).model_dump_json())
                case _:
                    pass

    def letters(self) -> list[Any]:
        """All that candidates were written, but their codes."""
        found = [each for node in self.nodes for each in messages(node.home / "outbox")]
        return [each for each in found if "your code" not in each["Subject"].lower()]


def _answered(answer: httpx2.Response) -> Any:
    if answer.status_code in (429, 502, 503, 504):
        raise NotYet(answer.text[:300])
    return Service._checked(answer)
