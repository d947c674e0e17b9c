"""What the hostile client needs: a service with two organisations in it, the routes to attack, odd files, and
a candidate's socket that says whatever it is told to."""

from __future__ import annotations

import io
import zipfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote
from uuid import uuid4

import httpx2
from websockets.asyncio.client import ClientConnection, connect

from api.access import NEEDS, OPEN
from api.demo import sample_kit, shortened
from api.security import RECRUITER_COOKIE, ROOM_COOKIE
from interview import events as ev
from models.settings import ROOT
from tests.flow.behind import database_of
from tests.flow.running import Service, wait_for

POSTING = (ROOT / "samples" / "jobs" / "backend_engineer.md").read_text()
RESUME = (ROOT / "samples" / "resumes" / "brandon-yates.txt").read_bytes().replace(b" | +1-202-555-0178", b"")
"""Without the telephone number: each applicant is somebody new."""
HTML = {"Accept": "text/html"}
CLEARLY_REFUSED = range(400, 500)
NOBODY = "01900000-0000-7000-8000-000000000000"


@dataclass(frozen=True)
class Door:
    """One route with one method."""

    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def at(self, ids: Mapping[str, str]) -> str:
        return self.path.format_map(ids)

    @property
    def has_ids(self) -> bool:
        return "{" in self.path


def plain(said: str) -> Door:
    """As `api.access.NEEDS` says it, and as OpenAPI writes it."""
    return Door(*said.replace(":path}", "}").split(" ", 1))


DOORS = [plain(said) for said, need in NEEDS.items() if need not in OPEN]
"""Every route that asks who somebody is. `test_tenancy` holds that there are no others."""
API = [door for door in DOORS if door.path.startswith(("/api/", "/v1/"))]
PAGES = [door for door in DOORS if door not in API]


REQUIREMENT = {"r.0.id": "r1", "r.0.text": "stolen", "r.0.kind": "skill", "r.0.weight": "1", "based_on": "1"}
WORDS = {"kind": "invitation", "subject": "stolen", "body": "stolen"}
AUDIT = {"auditor": "stolen", "audited_on": "2026-01-01", "distributed_on": "2026-01-01"}


SCIM_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
SCIM_PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
SCIM_OPERATIONS = [{"op": "replace", "value": {"active": False}}]


def payload(door: Door) -> dict[str, Any]:
    """What the route would accept from its owner, as arguments of `Client.request`."""
    kit = shortened(sample_kit()).model_dump(mode="json")
    requirement = {"id": "r1", "text": "Python", "kind": "skill", "must_have": True}
    bodies: dict[str, dict[str, Any]] = {
        "POST /api/jobs": {"json": {"text": POSTING}},
        "PATCH /api/jobs/{job_id}": {"json": {"threshold": 0.01}},
        "POST /api/jobs/{job_id}/preview": {"json": {"threshold": 0.01}},
        "PUT /api/jobs/{job_id}/requirements": {"json": [requirement]},
        "PUT /api/jobs/{job_id}/kit": {"json": kit},
        "POST /api/jobs/{job_id}/kit/check": {"json": kit},
        "POST /api/jobs/{job_id}/kit/start": {"json": {"family": "sales"}},
        "POST /jobs/{job_id}/kit": {"data": {"title": "stolen", "actor": "Mallory", "based_on": "1"}},
        "POST /jobs/{job_id}/kit/start": {"data": {"family": "sales", "based_on": "1"}},
        "POST /jobs/{job_id}/requirements": {"data": REQUIREMENT},
        "POST /jobs/{job_id}/requirements/preview": {"data": REQUIREMENT},
        "POST /api/postings/read": {"files": {"file": ("posting.md", POSTING.encode())}},
        "POST /api/postings/fetch": {"json": {"url": "not an address"}},
        "POST /api/jobs/{job_id}/approval": {"json": {"requirements_version": 1, "kit_version": 1, "threshold": 0.5}},
        "POST /jobs/{job_id}/versions": {"data": {"seen": "1:1:0.5", "action": "approve"}},
        "POST /jobs/{job_id}/settings": {"data": {"title": "stolen", "threshold": "1", "minutes": "30"}},
        "POST /api/jobs/{job_id}/batches/start": {"json": {"name": "stolen"}},
        "POST /api/batches/{batch_id}/files": {"files": [("files", ("a.txt", b"Stolen upload"))]},
        "POST /api/batches/{batch_id}/missing": {"json": {"files": [{"name": "a", "size": 1, "sha256": "ab" * 32}]}},
        "POST /batches/{batch_id}": {"data": {"action": "complete"}},
        "POST /api/jobs/{job_id}/batches": {"files": [("files", ("a.txt", b"Stolen upload"))]},
        "POST /api/applications/{application_id}/invite": {"json": {"reason": "stolen"}},
        "POST /api/applications/{application_id}/reject": {"json": {"reason": "stolen"}},
        "POST /api/applications/{application_id}/retake": {"json": {"reason": "stolen"}},
        "POST /applications/{application_id}/retake": {"data": {"actor": "Mallory", "reason": "stolen"}},
        "POST /api/interviews/{interview_id}/count": {"json": {"reason": "stolen"}},
        "POST /interviews/{interview_id}/count": {"data": {"actor": "Mallory", "reason": "stolen"}},
        "POST /api/requests/{request_id}/answer": {"json": {"text": "stolen"}},
        "POST /requests/{request_id}/answer": {"data": {"text": "stolen"}},
        "POST /api/endpoints": {"json": {"url": "https://ats.example.com/stolen"}},
        "PATCH /api/people/{user_id}": {"json": {"role": "auditor"}},
        "POST /people/{user_id}": {"data": {"what": "role", "role": "auditor"}},
        "POST /api/jobs/{job_id}/agencies": {"json": {"agency": "stolen"}},
        "POST /jobs/{job_id}/agencies": {"data": {"agency": "stolen"}},
        "POST /v1/suspension": {"json": {"reason": "stolen"}},
        "POST /v1/suspension/resume": {"json": {"reason": "stolen"}},
        "POST /v1/suspension/interviews/{interview_id}/rate": {"json": {"reason": "stolen"}},
        "POST /suspension": {"data": {"act": "suspend", "reason": "stolen"}},
        "POST /v1/jobs/{job_id}/pool": {"json": {"threshold": 0.01}},
        "POST /v1/candidates/{candidate_id}/contact": {"json": {"agrees": True, "how": "by e-mail"}},
        "PUT /v1/identity": {"json": {"issuer": "http://127.0.0.1:9", "client_id": "stolen"}},
        "POST /sign-in/settings": {"data": {"issuer": "http://127.0.0.1:9", "client_id": "stolen"}},
        "POST /scim/v2/Users": {"json": {"schemas": [SCIM_USER], "userName": "mallory@stolen.example"}},
        "PUT /scim/v2/Users/{user_id}": {"json": {"schemas": [SCIM_USER], "userName": "mallory@stolen.example"}},
        "PATCH /scim/v2/Users/{user_id}": {"json": {"schemas": [SCIM_PATCH], "Operations": SCIM_OPERATIONS}},
        "PUT /v1/law": {"json": {"purges": True}},
        "POST /v1/holds": {"json": {"reason": "stolen"}},
        "POST /applications/{application_id}/hold": {"data": {"reason": "stolen"}},
        "POST /jobs/new": {"data": {"text": POSTING, "threshold": "50"}},
        "POST /api/interviews/{interview_id}/links": {"json": {"days": 7}},
        "POST /applications/{application_id}/links": {"data": {"days": "7"}},
        "POST /applications/{application_id}/reject": {"data": {"reason": "stolen"}},
        "POST /api/jobs/{job_id}/reject": {"json": {"applications": [NOBODY], "reason": "stolen"}},
        "POST /jobs/{job_id}/reject": {"data": {"application": NOBODY, "reason": "stolen"}},
        "POST /api/jobs/{job_id}/invite": {"json": {"applications": [NOBODY]}},
        "POST /api/jobs/{job_id}/invite/preview": {"json": {"applications": [NOBODY]}},
        "POST /jobs/{job_id}/invite": {"data": {"ids": NOBODY}},
        "POST /jobs/{job_id}/invite/preview": {"data": {"ids": NOBODY}},
        "GET /api/jobs/{job_id}/line": {"params": {"threshold": "0.4"}},
        "POST /jobs/{job_id}/line": {"data": {"threshold": "1"}},
        "POST /api/jobs/{job_id}/samples": {"json": {"size": 1}},
        "POST /jobs/{job_id}/sample": {"data": {"number": "1"}},
        "POST /api/candidates/{candidate_id}/merge": {"json": {"other": NOBODY, "reason": "stolen"}},
        "POST /candidates/{candidate_id}/merge": {"data": {"other": NOBODY, "reason": "stolen"}},
        "POST /api/interviews/remind": {"json": {"interviews": []}},
        "POST /api/interviews/extend": {"json": {"interviews": [], "days": 3}},
        "POST /api/interviews/alternative": {"json": {"interviews": []}},
        "POST /interviews/act": {"data": {"act": "remind"}},
        "POST /interviews/act/preview": {"data": {"act": "remind"}},
        "POST /api/applications/{application_id}/take-back": {"json": {"reason": "stolen"}},
        "POST /applications/{application_id}/take-back": {"data": {"reason": "stolen"}},
        "POST /api/applications/{application_id}/undo-rejection": {"json": {"reason": "stolen"}},
        "POST /applications/{application_id}/undo-rejection": {"data": {"reason": "stolen"}},
        "POST /api/applications/{application_id}/notes": {"json": {"text": "stolen"}},
        "POST /applications/{application_id}/notes": {"data": {"text": "stolen"}},
        "PUT /api/notes/{note_id}": {"json": {"text": "stolen"}},
        "POST /notes/{note_id}": {"data": {"text": "stolen"}},
        "POST /api/applications/{application_id}/wait": {"json": {"reason": "stolen"}},
        "POST /jobs/{job_id}/queue/{application_id}/reject": {"data": {"reason": "stolen"}},
        "POST /api/interviews/{interview_id}/review": {"json": {"ratings": []}},
        "POST /api/interviews/{interview_id}/review/look": {"json": {"reason": "stolen"}},
        "POST /api/interviews/{interview_id}/review/final": {"json": {"ratings": []}},
        "POST /api/connections": {"json": {"vendor": "greenhouse"}},
        "PATCH /api/connections/{connection_id}": {"json": {"name": "stolen"}},
        "PUT /api/connections/{connection_id}/jobs/{remote_id}": {"json": {"new": True, "text": POSTING}},
        "POST /api/applications/{application_id}/hand-over": {"json": {"connection_id": NOBODY}},
        "POST /api/applications/{application_id}/decide-there": {"json": {"connection_id": NOBODY, "kind": "advance"}},
        "POST /systems/new": {"data": {"vendor": "greenhouse", "set.assessment_key": "stolen"}},
        "POST /systems/{connection_id}/settings": {"data": {"name": "stolen", "set.assessment_key": "stolen"}},
        "POST /systems/{connection_id}/switch": {"data": {"on": "yes", "decisions": "yes"}},
        "POST /systems/{connection_id}/choices": {"data": {"choice.stage.advance": "stolen"}},
        "POST /systems/{connection_id}/opening": {"data": {"id": "77", "action": "new", "text": POSTING}},
        "POST /applications/{application_id}/hand-over": {"data": {"connection_id": NOBODY}},
        "POST /applications/{application_id}/decide-there": {"data": {"connection_id": NOBODY, "kind": "advance"}},
        "POST /room/after/corrections": {"data": {"turn": "0", "wrong": "stolen", "text": "stolen"}},
        "PUT /v1/messages/templates": {"json": WORDS},
        "POST /v1/messages/templates/reset": {"json": {"kind": "invitation"}},
        "POST /v1/messages/templates/preview": {"json": WORDS},
        "POST /v1/messages/templates/test": {"json": WORDS | {"to": "thief@example.com"}},
        "POST /v1/messages/channels": {"json": {"kind": "sms", "name": "stolen"}},
        "PATCH /v1/messages/channels/{channel_id}": {"json": {"enabled": False}},
        "POST /v1/messages/channels/{channel_id}/test": {"json": {"to": "+49301234567"}},
        "POST /v1/messages/news": {"json": {"email": "thief@example.com", "news": ["report"]}},
        "PATCH /v1/messages/news/{subscription_id}": {"json": {"enabled": False}},
        "POST /messages/channels": {"data": {"kind": "sms", "name": "stolen"}},
        "POST /messages/channels/{channel_id}/do": {"data": {"act": "remove"}},
        "POST /messages/news": {"data": {"email": "thief@example.com", "news": "report", "days": "5"}},
        "POST /messages/news/{subscription_id}/do": {"data": {"act": "remove"}},
        "PUT /v1/messages/sends": {"json": {"kinds": ["rejection"]}},
        "POST /messages/sends": {"data": {"kinds": "rejection"}},
        "POST /v1/bounces": {"json": {"email": "zoe@example.org", "type": "hard"}},
        "POST /v1/candidates/{candidate_id}/email": {"json": {"email": "thief@example.com"}},
        "POST /applications/{application_id}/address": {"data": {"email": "thief@example.com"}},
        "PUT /v1/messages/branding": {"json": {"name": "stolen"}},
        "POST /messages/template": {"data": WORDS},
        "POST /messages/template/reset": {"data": {"kind": "invitation"}},
        "POST /messages/template/preview": {"data": WORDS},
        "POST /messages/template/test": {"data": WORDS | {"to": "thief@example.com"}},
        "POST /messages/branding": {"data": {"name": "stolen"}},
        "POST /v1/impact/audits": {"json": AUDIT},
        "PUT /v1/impact/audits/rule": {"json": {"rule": "off"}},
        "POST /impact/audits": {"data": AUDIT},
        "POST /api/applications/{application_id}/review-events": {"json": {"kind": "opened", "what": "review"}},
    }
    return bodies.get(str(door), {})


# ---------------------------------------------------------------- the service


@dataclass(frozen=True)
class World:
    """`ids` are the first organisation's, by path parameter; `revoked` was its key; `stranger` is another's key."""

    service: Service
    ids: dict[str, str]
    revoked: str
    stranger: str
    job_id: str

    @property
    def api(self) -> httpx2.Client:
        return self.service.api

    def anonymous(self, **headers: str) -> httpx2.Client:
        return httpx2.Client(base_url=self.service.base, headers=headers, timeout=60.0)

    def as_key(self, key: str) -> httpx2.Client:
        return self.anonymous(Authorization=f"Bearer {key}")

    @property
    def cookie(self) -> str:
        with self.anonymous() as browser:
            key = self.api.headers["Authorization"].removeprefix("Bearer ")
            return browser.post("/login", data={"key": key}).cookies[RECRUITER_COOKIE]

    def as_person(self, name: str) -> httpx2.Client:
        """The same key, in the hands of somebody who says who they are."""
        key = self.api.headers["Authorization"]
        return self.anonymous(**{"Authorization": key, "Foyer-Person": quote(name)})

    def signed_in(self, name: str) -> httpx2.Client:
        """A browser in which somebody signed in under this name."""
        key = self.api.headers["Authorization"].removeprefix("Bearer ")
        with self.anonymous() as browser:
            cookie = browser.post("/login", data={"key": key, "name": name}).cookies[RECRUITER_COOKIE]
        client = self.anonymous(**HTML)
        client.cookies.set(RECRUITER_COOKIE, cookie)
        return client

    def upload(self, *files: tuple[str, bytes], job_id: str = "") -> list[dict[str, Any]]:
        """The applications these files became, once all were read, in the order of the upload."""
        parts = [("files", file) for file in files]
        answer = self.api.post(f"/api/jobs/{job_id or self.job_id}/batches", files=parts)
        assert answer.status_code == 202, answer.text
        accepted = answer.json()
        batch = f"/api/batches/{accepted['batch_id']}"
        wait_for(lambda: self.service.get(batch), lambda found: found["done"], "screened")
        return [self.service.get(f"/api/applications/{each}") for each in accepted["applications"]]

    def applicant(self) -> str:
        """A fresh, screened application of somebody new."""
        mail = f"{uuid4().hex[:12]}@mail.example".encode()
        [found] = self.upload(("resume.txt", RESUME.replace(b"brandon.yates@example.org", mail)))
        assert found["stage"] == "screened", found
        return str(found["id"])

    def invite(self, application_id: str) -> str:
        return str(self.service.post(f"/api/applications/{application_id}/invite", {})["id"])

    def request(self, interview_id: str) -> str:
        """The candidate asks for an adjustment; the request's id."""
        link = self.service.post(f"/api/interviews/{interview_id}/link", {})["url"]
        with self.anonymous() as browser:
            assert browser.post(link + "/ask", data={"wishes": ["pauses"]}).status_code == 303
        return str(self.service.get(f"/api/interviews/{interview_id}/requests")[-1]["id"])

    def room_cookie(self, interview_id: str) -> str:
        """The link is opened, consent given and the code entered."""
        link = self.service.post(f"/api/interviews/{interview_id}/link", {})["url"]
        with self.anonymous() as browser:
            cookie = self.service.enter(browser, link).cookies.get(ROOM_COOKIE)
            if cookie is None:  # within a minute of an earlier link: no second message yet
                handed = self.service.post(f"/api/interviews/{interview_id}/code", {})["code"]
                cookie = self.service.enter(browser, link, handed).cookies[ROOM_COOKIE]
            return cookie


@dataclass
class Neighbours:
    """Keys made behind the service's back, as `foyer keys` makes them."""

    home: Path

    def keys(self) -> tuple[str, str]:
        """A revoked key of the first organisation, a live one of a second."""
        database = database_of(self.home)
        now = datetime.now(UTC)
        with database.system() as system:
            [first] = system.organisations()
            second = system.add_organisation("The neighbours", now)
        with database.store() as store:
            row, revoked = store.add_api_key(first.id, name="lost laptop", now=now)
            store.revoke_api_key(first.id, row.id, now)
            _, stranger = store.add_api_key(second.id, name="neighbour", now=now)
        database.close()
        return revoked, stranger

    def program(self, scope: str) -> str:
        """A key of the first organisation's that may do one thing."""
        database = database_of(self.home)
        with database.system() as system:
            first = system.organisations()[0].id
        with database.store() as store:
            made = {"role": "program", "scopes": (scope,)}
            _, clear = store.add_api_key(first, name="Brandon's program", now=datetime.now(UTC), **made)  # type: ignore[arg-type]
        database.close()
        return clear

    def connection(self, remote_job: str) -> tuple[str, str]:
        """A connection of the first organisation's that knows an opening and has a message: their ids."""
        database = database_of(self.home)
        now = datetime.now(UTC)
        with database.system() as system:
            first = system.organisations()[0].id
        with database.store() as store:
            row = store.add_connection(first, vendor="greenhouse", name="Greenhouse", settings={}, now=now)
            store.remember(row, "job", remote_job, title="Opening", now=now)
            store.keep_event(row, "event", {"action": "ping"}, now)
            [event] = store.inbox(row)
        database.close()
        return row.id, event.id

    def link(self, interview_id: str) -> str:
        """A link to a report, as a result of the first organisation's carries it."""
        database = database_of(self.home)
        with database.system() as system:
            first = system.organisations()[0].id
        with database.store() as store:
            link = store.ats_link(first, interview_id, now=datetime.now(UTC)).id
        database.close()
        return link


def unhurried(home: Path) -> None:
    """Wrong keys and calls may come by the thousand."""
    home.mkdir(parents=True, exist_ok=True)
    limits = (f"[{kind}]\nper_minute = 1e6\nburst = 1e6\n" for kind in ("refused", "api"))
    (home / "limits.toml").write_text("".join(limits))


def build(home: Path, *, kind: type[Service] = Service, **settings: str) -> Iterator[World]:
    """One service, told that private webhook receivers are not allowed, and that wrong keys come by the thousand."""
    unhurried(home)
    service = kind(home, **{"FOYER_WEBHOOK_PRIVATE": "false", **settings})
    try:
        service.start()
        revoked, stranger = Neighbours(home).keys()
        job = service.post("/api/jobs", {"text": POSTING, "minutes": 5})
        kit = shortened(sample_kit())
        two = kit.model_copy(update={"questions": kit.questions[:2], "minutes": 5})
        asked = {question.competency_id for question in two.questions}
        kept = tuple(each for each in two.competencies if each.id in asked)
        two = two.model_copy(update={"competencies": kept})
        service.put(f"/api/jobs/{job['id']}/kit", two.model_dump(mode="json"))
        world = World(service, {}, revoked, stranger, job["id"])
        application_id = world.applicant()
        interview_id = world.invite(application_id)
        endpoint = service.post("/api/endpoints", {"url": "https://ats.example.com/foyer"})
        world.ids.update(
            job_id=job["id"],
            application_id=application_id,
            interview_id=interview_id,
            batch_id=world.service.api.post(f"/api/jobs/{job['id']}/batches", files=[("files", ("a.txt", b""))]).json()[
                "batch_id"
            ],
            endpoint_id=endpoint["id"],
            delivery_id=service.get("/api/deliveries")[0]["id"],
            number="1",
            request_id=world.request(interview_id),
            link_id=Neighbours(home).link(interview_id),
            remote_id="77",
            order_id=NOBODY,
            path="webhook",
        )
        candidate_id = service.get(f"/api/applications/{application_id}")["candidate_id"]
        with world.as_person("Ann") as ann:
            chosen = {"applications": [world.applicant()]}
            noted = ann.post(f"/api/applications/{application_id}/notes", json={"text": "Calls back on Friday."})
            world.ids["note_id"] = noted.json()["id"]
            world.ids["round_id"] = ann.post(f"/api/jobs/{job['id']}/invite", json=chosen).json()["id"]
        hold = service.post("/v1/holds", {"candidate_id": candidate_id, "reason": "A claim."})
        service.post(f"/v1/holds/{hold['id']}/lift", {})
        kept = service.post("/v1/pool/searches", {"name": "nurses", "text": "nurse"})
        world.ids.update(candidate_id=candidate_id, hold_id=hold["id"], saved_search_id=kept["id"])
        world.ids["connection_id"], world.ids["event_id"] = Neighbours(home).connection("77")
        yield world
    finally:
        service.stop()


# ---------------------------------------------------------------- files


def zipped(files: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


# ---------------------------------------------------------------- the candidate's socket


class Line:
    """A socket to the room that has said nothing yet."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.ready: ev.SessionReady | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        await self.socket.close()

    async def say(self, message: ev.Event | str | bytes) -> None:
        await self.socket.send(message.model_dump_json() if isinstance(message, ev.Event) else message)

    async def hear(self) -> ev.Event:
        return ev.server_message.validate_json(await self.socket.recv())

    async def until(self, *kinds: type[ev.Event]) -> ev.Event:
        while not isinstance(heard := await self.hear(), kinds):
            pass
        return heard

    async def join(self, tab: str = "hostile") -> ev.SessionReady:
        await self.say(ev.SessionStart(tab=tab))
        ready = await self.hear()
        assert isinstance(ready, ev.SessionReady), ready
        self.ready = ready
        return ready

    async def speak(self, pcm: bytes) -> None:
        """Well-formed frames of 40 ms, from where the server says the recording stands, as fast as the line allows."""
        assert self.ready is not None
        seq, offset = self.ready.next_seq, self.ready.next_offset
        for start in range(0, len(pcm), 1280):
            part = pcm[start : start + 1280]
            await self.say(ev.AudioFrame(seq, offset, part).pack())
            seq, offset = seq + 1, offset + len(part) // 2
        self.ready = self.ready.model_copy(update={"next_seq": seq, "next_offset": offset})


@asynccontextmanager
async def dial(world: World, cookie: str) -> AsyncIterator[Line]:
    address = world.service.base.replace("http", "ws", 1) + "/room/socket"
    headers = {"Cookie": f"{ROOM_COOKIE}={cookie}", "Origin": world.service.base}
    async with connect(address, additional_headers=headers, max_size=2**22) as socket:
        yield Line(socket)
