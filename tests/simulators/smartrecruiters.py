"""SmartRecruiters' side: the customer API with its paging, the Assessment API of 2021 with OAuth2 both ways, webhooks
with signature and handshake. What the bodies of the Assessment API look like is unverified; here they are as
`integrations.smartrecruiters_orders` says."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

import httpx2

from tests.simulators.base import Answer, Call, Refuse, Route, Simulator

CLIENT, SECRET = "sr-client-1", "sr-client-secret-1"
OLD_HOOK, HOOK = "old-hook-secret", "hook-secret"
SERVED = "our-secret-for-smartrecruiters"
PAGE = 2
"""Rows a page, however many are asked for."""
STATUSES = ("LEAD", "NEW", "IN_REVIEW", "INTERVIEW", "OFFERED", "HIRED", "REJECTED", "WITHDRAWN", "TRANSFERRED")


class SmartRecruiters(Simulator):
    def __init__(self) -> None:
        super().__init__()
        self.tokens: set[str] = set()
        self.jobs: dict[str, dict[str, Any]] = {}
        self.people: dict[str, dict[str, Any]] = {}
        self.files: dict[str, list[dict[str, Any]]] = {}
        self.contents: dict[str, bytes] = {}
        self.answers: dict[str, list[dict[str, Any]]] = {}
        self.history: dict[str, list[dict[str, Any]]] = {}
        self.messages: list[dict[str, Any]] = []
        self.results: dict[str, dict[str, Any]] = {}
        self.reports: dict[str, list[bytes]] = {}
        self.may_read_answers = True

    @property
    def settings(self) -> dict[str, str]:
        return {
            "client_id": CLIENT,
            "client_secret": SECRET,
            "webhook_secret": f"{OLD_HOOK} {HOOK}",
            "served_secret": SERVED,
            "api_url": self.url,
            "token_url": f"{self.url}/identity/oauth/token",
        }

    def routes(self) -> list[tuple[str, str, Route]]:
        person, orders = "/candidates/(?P<id>[^/]+)", "/assessment-api/v202010/orders/(?P<order>[^/]+)"
        return [
            ("POST", "/identity/oauth/token", self._token),
            ("GET", "/jobs", lambda call: self._page(call, list(self.jobs.values()))),
            ("GET", "/jobs/(?P<id>[^/]+)", lambda call: self._one(self.jobs, call)),
            ("GET", "/candidates", self._candidates),
            ("GET", person, lambda call: self._one(self.people, call)),
            ("GET", f"{person}/attachments", lambda call: self._whole(self.files.get(call.parts["id"], []))),
            ("GET", f"{person}/attachments/(?P<file>[^/]+)", self._content),
            ("POST", f"{person}/attachments", self._attach),
            ("GET", f"{person}/jobs/(?P<job>[^/]+)/screening-answers", self._answered),
            ("GET", f"{person}/status/history", lambda call: self._whole(self.history.get(call.parts["id"], []))),
            ("PUT", f"{person}/jobs/(?P<job>[^/]+)/status", self._set_status),
            ("POST", "/jobs/(?P<job>[^/]+)/candidates", self._apply),
            ("GET", "/messages", self._messages),
            ("POST", "/messages/shares", self._share),
            ("PATCH", f"{orders}/results", self._result),
            ("POST", f"{orders}/results/attachment", self._report),
            ("GET", "/assessment-api/v202107/assessment-orders", self._ordered),
            ("GET", "/configuration/rejection-reasons", lambda _: self._whole([{"id": "r1", "label": "No"}])),
            ("GET", "/configuration/sources", lambda _: self._whole([{"id": "OTHER", "label": "Other"}])),
            (
                "GET",
                "/configuration/sources/OTHER/values",
                lambda _: self._whole([{"id": "s1", "label": "Foyer"}]),
            ),
        ]

    def authorise(self, call: Call) -> None:
        if call.path == "/identity/oauth/token":
            return
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or token not in self.tokens:
            raise Refuse(Answer(401, {"message": "Unauthorized", "errors": []}), None)

    def _token(self, call: Call) -> Answer:
        form = dict(parse_qsl(call.body.decode()))
        asked = {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET}
        if form != asked:
            raise Refuse(Answer(401, {"error": "invalid_client"}), f"token asked for with {sorted(form)}")
        token = uuid4().hex
        self.tokens.add(token)
        return Answer(json={"access_token": token, "token_type": "Bearer", "expires_in": 1800})

    # ------------------------------------------------------------ the customer API

    def _page(self, call: Call, rows: list[dict[str, Any]]) -> Answer:
        """Jobs and messages go on by page id, people by offset."""
        start = int(call.query.get("pageId") or call.query.get("offset") or 0)
        body = {"content": rows[start : start + PAGE], "limit": PAGE}
        if call.path in ("/jobs", "/messages"):
            return Answer(json=body | ({"nextPageId": str(start + PAGE)} if start + PAGE < len(rows) else {}))
        return Answer(json=body | {"totalFound": len(rows), "offset": start})

    def _whole(self, rows: list[dict[str, Any]]) -> Answer:
        return Answer(json={"totalFound": len(rows), "content": rows})

    def _one(self, rows: dict[str, dict[str, Any]], call: Call) -> Answer:
        found = rows.get(call.parts["id"])
        if found is None:
            raise Refuse(
                Answer(404, {"message": "not found", "errors": [{"code": "NF", "message": "No such id"}]}), None
            )
        return Answer(json=found)

    def _candidates(self, call: Call) -> Answer:
        rows = list(self.people.values())
        if "jobId" in call.query:
            rows = [one for one in rows if one["primaryAssignment"]["job"]["id"] == call.query["jobId"]]
        if "updatedAfter" in call.query:
            rows = [one for one in rows if one["updatedOn"] >= call.query["updatedAfter"]]
        if "q" in call.query:
            rows = [one for one in rows if call.query["q"].lower() in one["email"].lower()]
        return self._page(call, rows)

    def _content(self, call: Call) -> Answer:
        return Answer(body=self.contents[call.parts["file"]], headers={"content-type": "application/octet-stream"})

    def _attach(self, call: Call) -> Answer:
        if b'name="attachmentType"' not in call.body or b'name="file"' not in call.body:
            raise Refuse(Answer(400, {"message": "attachmentType and file are required"}), "an attachment lacks a part")
        name = call.body.partition(b'filename="')[2].partition(b'"')[0].decode()
        kind = "RESUME" if b"RESUME" in call.body else "GENERIC_FILE"
        row = {"id": uuid4().hex, "name": name, "type": kind}
        self.files.setdefault(call.parts["id"], []).append(row)
        return Answer(201, row)

    def _answered(self, call: Call) -> Answer:
        if not self.may_read_answers:
            raise Refuse(Answer(403, {"message": "Access denied", "errors": []}), None)
        return Answer(json={"totalFound": 0, "content": self.answers.get(call.parts["id"], [])})

    def _set_status(self, call: Call) -> Answer:
        body = self.need(call, "status", status=400)
        if body["status"] not in STATUSES:
            raise Refuse(Answer(400, {"message": "unknown status"}), f"status {body['status']}")
        self.becomes(call.parts["id"], body["status"], "2026-11-26T12:00:00.000Z")
        return Answer(204)

    def _apply(self, call: Call) -> Answer:
        body = self.need(call, "firstName", "lastName", "email", status=400)
        known = [one for one in self.people.values() if one["email"] == body["email"]]
        id = known[0]["id"] if known else uuid4().hex
        self.people[id] = {**body, "id": id, "createdOn": NOW, "updatedOn": NOW, **assigned(call.parts["job"], "NEW")}
        return Answer(201, self.people[id])

    def _messages(self, call: Call) -> Answer:
        if not call.query.get("candidateId"):
            raise Refuse(Answer(400, {"message": "candidateId is required"}), "messages without a candidate")
        tag = f"#[CANDIDATE:{call.query['candidateId']}]"
        return self._page(call, [one for one in self.messages if tag in one["content"]])

    def _share(self, call: Call) -> Answer:
        body = self.need(call, "content", "shareWith", status=400)
        if not body["content"].startswith("#[CANDIDATE:"):
            raise Refuse(Answer(400, {"message": "no candidate"}), "a message that belongs to nobody")
        self.messages.append({**body, "id": uuid4().hex})
        return Answer(201, {"id": self.messages[-1]["id"]})

    # ------------------------------------------------------------ the Assessment API

    def _result(self, call: Call) -> Answer:
        self.results[call.parts["order"]] = self.need(call, "status", status=400)
        return Answer(204)

    def _report(self, call: Call) -> Answer:
        if not call.headers.get("content-type", "").startswith("multipart/form-data"):
            raise Refuse(Answer(415, {"message": "multipart, please"}), "a report that is no multipart form")
        self.reports.setdefault(call.parts["order"], []).append(call.body)
        return Answer(201, {"id": uuid4().hex})

    def _ordered(self, call: Call) -> Answer:
        names = [
            each.partition(b'filename="')[2].partition(b'"')[0].decode()
            for sent in self.reports.values()
            for each in sent
        ]
        return Answer(json={"content": [{"attachments": names}]})

    # ------------------------------------------------------------ what SmartRecruiters does

    def opening(self, id: str, title: str, text: str) -> None:
        html = "".join(f"<p>{line}</p>" for line in text.splitlines() if line.strip())
        sections = {"jobDescription": {"title": "Job description", "text": html}}
        self.jobs[id] = {"id": id, "title": title, "status": "SOURCING", "jobAd": {"sections": sections}}

    def applies(self, job: str, name: str, email: str, resume: bytes) -> str:
        """Somebody applies; their id."""
        id, file = str(uuid4()), uuid4().hex
        first, _, last = name.partition(" ")
        self.people[id] = {
            "id": id,
            "firstName": first,
            "lastName": last,
            "email": email,
            "createdOn": NOW,
            "updatedOn": NOW,
            **assigned(job, "NEW"),
        }
        self.files[id] = [{"id": file, "name": "resume.txt", "type": "RESUME", "contentType": "text/plain"}]
        self.contents[file] = resume
        return id

    def becomes(self, person: str, status: str, at: str) -> None:
        self.people[person]["primaryAssignment"]["status"] = status
        self.people[person]["updatedOn"] = at
        self.history.setdefault(person, []).append({"changedOn": at, "status": status})

    def webhook(
        self, address: str, name: str, body: dict[str, Any], *, id: str = "", secret: str = HOOK, at: int | None = None
    ) -> httpx2.Response:
        headers, raw = signed(name, body, id=id or uuid4().hex, secret=secret, at=at or int(time.time()))
        return httpx2.post(f"{address}/webhook", content=raw, headers=headers, timeout=30)

    def handshake(self, address: str) -> tuple[str, httpx2.Response]:
        secret = uuid4().hex
        return secret, httpx2.post(f"{address}/webhook", headers={"X-Hook-Secret": secret}, timeout=30)

    def call(self, address: str, method: str, path: str, body: Any = None, *, secret: str = SERVED) -> httpx2.Response:
        """A call to one of our endpoints, with a token of ours."""
        form = {"grant_type": "client_credentials", "client_id": "foyer", "client_secret": secret}
        token = httpx2.post(f"{address}/token", data=form, timeout=30)
        if token.status_code != 200:
            return token
        headers = {"Authorization": f"Bearer {token.json()['access_token']}"}
        return httpx2.request(method, f"{address}/{path}", json=body, headers=headers, timeout=30)


NOW = "2026-11-20T08:00:00.000Z"


def assigned(job: str, status: str) -> dict[str, Any]:
    return {"primaryAssignment": {"job": {"id": job, "title": "a job"}, "status": status, "source": "Career page"}}


def signed(name: str, body: dict[str, Any], *, id: str, secret: str, at: int) -> tuple[dict[str, str], bytes]:
    raw, link = json.dumps(body).encode(), "<https://api.smartrecruiters.com/candidates/1>; rel=self"
    text = b".".join([str(at).encode(), raw, id.encode(), name.encode(), b"v201910", link.encode()])
    stamp = hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()
    other = hmac.new(b"another key of theirs", text, hashlib.sha256).hexdigest()
    return {
        "event-id": id,
        "event-name": name,
        "event-version": "v201910",
        "link": link,
        "smartrecruiters-timestamp": str(at),
        "smartrecruiters-signature": f"v1={other};v1={stamp}",
    }, raw
