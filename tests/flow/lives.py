"""The life of an application against a service that dies under it, by everybody who takes part: the recruiter who
uploads and invites, the candidate who types their answers, the receiver. Each of them does what people do when a line
is cut: look how far it got, and go on. And what must hold in the end, counted in the database itself."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import uuid4

import httpx2
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from api.demo import sample_kit, shortened
from api.demo_ats import Receiver
from api.outbox import messages
from api.security import ROOM_COOKIE
from interview import events as ev
from models.settings import ROOT
from tests.flow.killed_at import Mortal
from tests.flow.running import wait_for

T = TypeVar("T")
POSTING = (ROOT / "samples" / "jobs" / "backend_engineer.md").read_text()
RESUME = (ROOT / "samples" / "resumes" / "brandon-yates.txt").read_bytes().replace(b" | +1-202-555-0178", b"")
"""Without the telephone number: each applicant is somebody new."""
ASKED = {"id": "r1", "text": "Medication", "kind": "skill", "must_have": False}
LONG = 600.0
"""Seconds for what takes a moment, unless somebody dies over it again and again."""
POLICIES = ("at_once", "after_confirmation")
RESULTS = "SELECT COUNT(*) FROM deliveries WHERE application_id = :application AND kind = 'webhook'"
ONE_OF_EACH = {
    "screening": "SELECT COUNT(*) FROM screenings WHERE application_id = :application",
    "interview": "SELECT COUNT(*) FROM interviews WHERE application_id = :application",
    "invitation": "SELECT COUNT(*) FROM deliveries WHERE application_id = :application AND key LIKE 'invitation:%'",
    "report": "SELECT COUNT(*) FROM reports WHERE application_id = :application",
    "result": RESULTS,
    "delivered": f"{RESULTS} AND state = 'delivered'",
}


@dataclass
class Life:
    """One application; `answers` are what its candidate types, by question."""

    policy: str
    file: str = field(default_factory=lambda: f"{uuid4().hex[:12]}.txt")
    application: str = ""
    interview: str = ""

    @property
    def mail(self) -> str:
        return f"{self.file.removesuffix('.txt')}@mail.example"

    def answer(self, number: int) -> str:
        return (
            f"In case {number} of {self.file.removesuffix('.txt')} I rolled the release back and wrote a test for it."
        )


class Lives:
    """A job that invites at once and one where a person decides, over one service and one receiver."""

    def __init__(self, service: Mortal, receiver: Receiver) -> None:
        self.service, self.receiver = service, receiver
        kit = shortened(sample_kit())
        asked = kit.questions[:2]
        mine = {one.competency_id for one in asked}
        kept = tuple(one for one in kit.competencies if one.id in mine)
        self.questions = asked
        plan = kit.model_copy(update={"questions": asked, "competencies": kept}).model_dump(mode="json")
        self.jobs = {}
        for policy in POLICIES:
            new = {"text": POSTING, "invite_policy": policy, "threshold": 0.0, "minutes": 5}
            self.jobs[policy] = service.post("/api/jobs", new)["id"]
            service.put(f"/api/jobs/{self.jobs[policy]}/requirements", [ASKED])
            service.put(f"/api/jobs/{self.jobs[policy]}/kit", plan)
        receiver.trust(service.post("/api/endpoints", {"url": receiver.url})["secret"])

    def through(self, lives: list[Life]) -> None:
        """From the upload to the acknowledged result, side by side, whatever dies meanwhile."""
        for life in lives:
            self.apply(life)
        for life in lives:
            self.invite(life)
        for life in lives:
            asyncio.run(asyncio.wait_for(self.be_interviewed(life), LONG))
        for life in lives:
            self.acknowledged(life)

    # ------------------------------------------------------------ the recruiter

    def again(self, ask: Callable[[], T]) -> T:
        """Until somebody answers."""
        while True:
            try:
                return ask()
            except httpx2.TransportError:
                wait_for(self.service._ready, bool, "the service is back", LONG)

    def applied(self, life: Life) -> str | None:
        rows = self.service.get(f"/api/jobs/{self.jobs[life.policy]}/applications", limit=1000)
        return next((row["id"] for row in rows if row["file"] == life.file), None)

    def apply(self, life: Life) -> None:
        """Who does not hear whether an upload arrived looks first, and uploads again where it did not."""
        resume = RESUME.replace(b"brandon.yates@example.org", life.mail.encode())

        def look_or_upload() -> str | None:
            if (known := self.applied(life)) is None:
                parts = [("files", (life.file, resume))]
                self.service.api.post(f"/api/jobs/{self.jobs[life.policy]}/batches", files=parts)
            return known

        life.application = str(wait_for(lambda: self.again(look_or_upload), bool, "the application is there", LONG))

    def invite(self, life: Life) -> None:
        path = f"/api/applications/{life.application}"
        wait_for(
            lambda: self.again(lambda: self.service.get(path))["stage"], lambda s: s != "received", "screened", LONG
        )
        if life.policy == "after_confirmation":
            self.again(lambda: self.service.post(f"{path}/invite", {"reason": "strong"}))
        rows = wait_for(
            lambda: [
                row
                for row in self.again(lambda: self.service.get(f"/api/jobs/{self.jobs[life.policy]}/interviews"))
                if row["application_id"] == life.application
            ],
            bool,
            "the invitation",
            LONG,
        )
        life.interview = rows[0]["id"]

    # ------------------------------------------------------------ the candidate

    def room_cookie(self, life: Life) -> str:
        """By a link and a code; where the answer that carries the cookie is lost, by another link, as operators are
        told to do."""
        while True:
            try:
                link = self.service.post(f"/api/interviews/{life.interview}/link", {})["url"]
                code = self.service.post(f"/api/interviews/{life.interview}/code", {})["code"]
                with httpx2.Client(base_url=self.service.base, timeout=60.0) as browser:
                    cookie = self.service.enter(browser, link, code).cookies.get(ROOM_COOKIE)
                if cookie is not None:
                    return cookie
            except httpx2.TransportError:
                wait_for(self.service._ready, bool, "the service is back", LONG)

    async def be_interviewed(self, life: Life, cookie: str = "") -> None:
        """By an own link, or in the browser that holds this cookie."""
        cookie = cookie or await asyncio.to_thread(self.room_cookie, life)
        address = self.service.base.replace("http", "ws", 1) + "/room/socket"
        headers = {"Cookie": f"{ROOM_COOKIE}={cookie}", "Origin": self.service.base}
        over = False
        while not over:
            try:
                async with connect(address, additional_headers=headers, max_size=2**22) as socket:
                    await socket.send(ev.SessionStart(tab="one").model_dump_json())
                    over = await self._talk(life, socket)
            except (WebSocketException, OSError):
                await asyncio.to_thread(wait_for, self.service._ready, bool, "the service is back", LONG)

    async def _talk(self, life: Life, socket: Any) -> bool:
        """True when the interview is over."""
        while True:
            heard = ev.server_message.validate_json(await socket.recv())
            match heard:
                case ev.Completed():
                    return True
                case ev.Refused(code=code):
                    assert code in ("ended", "already_open"), heard
                    return code == "ended"
                case ev.Say(kind="question"):
                    number = next(n for n, one in enumerate(self.questions, 1) if one.text in heard.text)
                    await socket.send(ev.TextAnswer(text=life.answer(number)).model_dump_json())
                case ev.Say():
                    await socket.send(ev.PlaybackEnded(utterance=heard.utterance, offset=0).model_dump_json())
                case _:
                    pass

    # ------------------------------------------------------------ what must hold in the end

    def acknowledged(self, life: Life) -> None:
        def counted() -> dict[str, int]:
            self.again(lambda: self.service.get("/ready"))
            return {
                name: self.service.sql(query, application=life.application)[0][0] for name, query in ONE_OF_EACH.items()
            }

        wait_for(counted, lambda found: set(found.values()) == {1}, f"one of each for {life.file}", LONG)

    def check(self, lives: list[Life]) -> None:
        """Everything once, nothing lost, nothing left over."""
        results = [each for each in self.receiver.results().values() if each["type"].startswith("assessment.")]
        told = Counter(each["data"]["application_id"] for each in results)  # receipts of the audit log come here too
        written = [
            message
            for message in messages(self.service.home / "outbox")
            if "your code" not in message["Subject"].lower()
        ]
        names = Counter(message["Message-ID"] for message in written)
        assert set(names.values()) <= {1}, "a message is written once, whoever died over it"
        invited = Counter(message["To"].addresses[0].addr_spec for message in written)
        for life in lives:
            self.acknowledged(life)
            assert told[life.application] == 1, f"one result for {life.file}"
            assert invited[life.mail] == 1, f"one invitation for {life.file}"
            turns = self.again(lambda life=life: self.service.get(f"/api/interviews/{life.interview}/transcript"))[
                "turns"
            ]
            said = Counter(turn["text"] for turn in turns if turn["role"] == "candidate")
            wanted = Counter(life.answer(number) for number in range(1, len(self.questions) + 1))
            assert said == wanted, "every answer once"
        for policy, job in self.jobs.items():
            rows = self.again(lambda job=job: self.service.get(f"/api/jobs/{job}/applications", limit=1000))
            files = Counter(row["file"] for row in rows)
            assert all(files[life.file] == 1 for life in lives if life.policy == policy), "no application twice"
