"""Greenhouse's side: Harvest v3 with OAuth2 and Link paging, the Assessment Partner calls it makes, its webhooks."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64decode, b64encode
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

import httpx2

from tests.simulators.base import Answer, Call, Refuse, Route, Simulator

CLIENT, SECRET, USER = "client-1", "client-secret-1", "4080"
KEY, WEBHOOK_SECRET = "our-key-for-greenhouse", "gh-secret"
PAGE = 2
"""Rows a page, however many are asked for: paging is met by every list."""
NOTE = ("candidate_id", "body", "visibility", "note_type")
FILE = ("application_id", "filename", "type", "content", "visibility")


class Greenhouse(Simulator):
    LISTS = (
        *("jobs", "job_posts", "job_interview_stages", "applications", "candidates", "attachments", "notes"),
        *("rejection_reasons", "sources"),
    )

    def __init__(self) -> None:
        super().__init__()
        self.tokens: set[str] = set()
        self.rows: dict[str, list[dict[str, Any]]] = {
            name: []
            for name in ("jobs", "job_posts", "applications", "candidates", "attachments", "notes", "completions")
        }
        self.rows["job_interview_stages"] = [{"id": 71, "name": "Interview"}, {"id": 72, "name": "Offer"}]
        self.rows["rejection_reasons"] = [{"id": 81, "name": "Not this time"}]
        self.rows["sources"] = [{"id": 91, "name": "Foyer"}]
        self.files: dict[str, bytes] = {}
        self.moved: list[dict[str, Any]] = []
        self._ids = 1000

    @property
    def settings(self) -> dict[str, str]:
        """As a recruiter types them in."""
        return {
            "assessment_key": KEY,
            "webhook_secret": WEBHOOK_SECRET,
            "client_id": CLIENT,
            "client_secret": SECRET,
            "user_id": USER,
            "harvest_url": f"{self.url}/v3",
            "token_url": f"{self.url}/token",
        }

    def routes(self) -> list[tuple[str, str, Route]]:
        lists = (
            "jobs|job_posts|job_interview_stages|applications|candidates|attachments|notes|rejection_reasons|sources"
        )
        return [
            ("POST", "/token", self._token),
            ("GET", f"/v3/(?P<name>{lists})", self._list),
            ("POST", "/v3/(?P<name>notes|attachments|candidates|applications)", self._create),
            ("POST", "/v3/applications/(?P<id>[0-9]+)/(?P<verb>move|reject)", self._decide),
            ("GET", "/files/(?P<name>.+)", self._file),
            ("PATCH", "/integrations/testing_partners/take_home_tests/(?P<id>[0-9]+)", self._complete),
        ]

    def authorise(self, call: Call) -> None:
        if not call.path.startswith("/v3/"):
            return
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or token not in self.tokens:
            raise Refuse(Answer(401, {"message": "invalid token"}), None)

    def _token(self, call: Call) -> Answer:
        given = b64decode(call.headers.get("authorization", "").removeprefix("Basic ")).decode()
        form = dict(parse_qsl(call.body.decode()))
        if given != f"{CLIENT}:{SECRET}" or form.get("grant_type") != "client_credentials" or form.get("sub") != USER:
            raise Refuse(Answer(401, {"message": "invalid client"}), f"token asked for with {form}")
        token = uuid4().hex
        self.tokens.add(token)
        return Answer(json={"access_token": token, "token_type": "Bearer", "expires_in": 3600})

    def _list(self, call: Call) -> Answer:
        cursor = call.query.get("cursor")
        if cursor is not None:
            if len(call.query) != 1:
                raise Refuse(Answer(422, {"message": "cursor must stand alone"}), f"cursor beside {call.query}")
            name, start, query = json.loads(cursor)
        else:
            name, start, query = call.parts["name"], 0, call.query
        rows = [row for row in self.rows[name] if self._fits(row, query)]
        headers = {}
        if start + PAGE < len(rows):
            following = httpx2.QueryParams({"cursor": json.dumps([name, start + PAGE, query])})
            headers["Link"] = f'<{self.url}/v3/{name}?{following}>; rel="next"'
        return Answer(json=rows[start : start + PAGE], headers=headers)

    @staticmethod
    def _fits(row: dict[str, Any], query: dict[str, str]) -> bool:
        for key, value in query.items():
            if key == "email" and value not in [one["value"] for one in row.get("email_addresses", [])]:
                return False
            field = {"ids": "id", "job_ids": "job_id", "candidate_ids": "candidate_id"}.get(key)
            field = "application_id" if key == "application_ids" else field
            if field is not None and str(row.get(field)) not in value.split(","):
                return False
            if key == "updated_at[gte]" and str(row.get("updated_at", "9")) < value:
                return False
        return True

    def _create(self, call: Call) -> Answer:
        name = call.parts["name"]
        needed = {"notes": NOTE, "attachments": FILE, "candidates": ("first_name", "last_name")}
        body = self.need(call, *needed.get(name, ("candidate_id", "job_id")))
        self._ids += 1
        made = {**body, "id": self._ids}
        application = made.pop("application", None)
        self.rows[name].append(made)
        if name != "candidates":
            return Answer(201, made)
        if application is not None:
            self._ids += 1
            self.rows["applications"].append({"id": self._ids, "candidate_id": made["id"], **application})
        return Answer(201, {"candidate": made, "application": {"id": self._ids}})

    def _decide(self, call: Call) -> Answer:
        needed = "from_stage_id" if call.parts["verb"] == "move" else "rejection_reason_id"
        self.moved.append({**call.parts, **self.need(call, needed)})
        return Answer(200, {})

    def _file(self, call: Call) -> Answer:
        if "authorization" in call.headers:
            self.violations.append("credentials were sent to a file's own address")
        return Answer(body=self.files[call.parts["name"]], headers={"content-type": "application/octet-stream"})

    def _complete(self, call: Call) -> Answer:
        if call.headers.get("authorization") != basic(KEY):
            raise Refuse(Answer(401), f"completion with {call.headers.get('authorization')}")
        self.rows["completions"].append({"id": call.parts["id"]})
        return Answer(200)

    # ------------------------------------------------------------ what Greenhouse does

    def opening(self, id: int, title: str, text: str) -> None:
        self.rows["jobs"].append({"id": id, "name": title, "status": "open"})
        content = "".join(f"<p>{line}</p>" for line in text.splitlines() if line.strip())
        self.rows["job_posts"].append({"id": id + 1, "job_id": id, "title": title, "content": content})

    def applies(self, id: int, job: int, name: str, email: str, resume: bytes) -> dict[str, Any]:
        """Somebody applies; the application as webhooks carry it."""
        first, _, last = name.partition(" ")
        self.files[f"{id}.txt"] = resume
        file = {"filename": f"{id}.txt", "url": f"{self.url}/files/{id}.txt", "type": "resume", "application_id": id}
        person = {
            "id": id + 1,
            "first_name": first,
            "last_name": last,
            "email_addresses": [{"value": email, "type": "personal"}],
            "phone_numbers": [],
        }
        application = {
            "id": id,
            "candidate_id": id + 1,
            "job_id": job,
            "status": "in_process",
            "applied_at": "2026-11-20T08:00:00Z",
            "updated_at": "2026-11-20T08:00:00Z",
            "source": {"id": 1, "public_name": "Jobs page"},
            "current_stage": {"id": 70, "name": "Application Review"},
        }
        self.rows["candidates"].append(person)
        self.rows["attachments"].append({"id": id + 2, **file})
        self.rows["applications"].append(application)
        return {**application, "candidate": {**person, "attachments": [file]}, "jobs": [{"id": job, "name": "a job"}]}

    def webhook(
        self, address: str, action: str, payload: dict[str, Any], *, id: str = "", secret: str = WEBHOOK_SECRET
    ) -> httpx2.Response:
        body = json.dumps({"action": action, "payload": payload}).replace("<", "\\u003c").encode()
        signed = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {"Signature": f"sha256 {signed}", "Greenhouse-Event-ID": id or uuid4().hex}
        return httpx2.post(f"{address}/webhook", content=body, headers=headers, timeout=30)

    def call(self, address: str, method: str, path: str, **arguments: Any) -> httpx2.Response:
        """One of the four assessment calls."""
        headers = {"authorization": basic(KEY), **arguments.pop("headers", {})}
        return httpx2.request(method, f"{address}/{path}", headers=headers, timeout=30, **arguments)


def basic(key: str) -> str:
    return "Basic " + b64encode(f"{key}:".encode()).decode()
