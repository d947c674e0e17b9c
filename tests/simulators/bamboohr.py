"""BambooHR's side: openings without text, applications over pages, comments that are only counted, statuses refused in
a header, webhooks about employees. Where the published document is here, every request and answer is held against
it."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from base64 import b64encode
from email import message_from_bytes
from typing import Any

import httpx2

from tests.simulators.base import Answer, Call, Refuse, Route, Simulator
from tests.simulators.openapi import published

KEY, PRIVATE = "bamboo-api-key", "bhr-private-key"
PAGE = 2
TRACKING = "/api/v1/applicant_tracking"
STATUSES = {
    "1": ("New", "ALL_ACTIVE"),
    "2": ("Interviewed by Foyer", "ALL_ACTIVE"),
    "3": ("Offer", "ALL_ACTIVE"),
    "4": ("Hired", "HIRED"),
    "5": ("Not a fit", "INACTIVE"),
    "6": ("Declined", "INACTIVE"),
    "7": ("Moved elsewhere", "INACTIVE"),
}
"""id -> name, group."""
FORM = ("firstName", "lastName", "jobId")


class BambooHR(Simulator):
    def __init__(self) -> None:
        super().__init__()
        self.jobs: list[dict[str, Any]] = []
        self.applications: dict[int, dict[str, Any]] = {}
        self.comments: list[dict[str, Any]] = []
        self.files: dict[int, bytes] = {}
        self.pages: dict[str, str] = {}
        self.employees: dict[str, dict[str, Any]] = {}
        self.moves: list[tuple[int, int]] = []
        self.no_files = False
        self.limited = 0
        """Calls that are over the limit, and answered so with 200."""
        self._ids = 1000

    @property
    def settings(self) -> dict[str, str]:
        """As a recruiter types them in."""
        return {"company": "example", "api_key": KEY, "private_key": PRIVATE, "api_url": self.url}

    def routes(self) -> list[tuple[str, str, Route]]:
        one = f"{TRACKING}/applications/(?P<id>[0-9]+)"
        return [
            ("GET", f"{TRACKING}/jobs", lambda _: Answer(json=self.jobs)),
            ("GET", f"{TRACKING}/applications", self._list),
            ("GET", one, self._detail),
            ("POST", f"{one}/comments", self._comment),
            ("POST", f"{one}/status", self._status),
            ("POST", f"{TRACKING}/application", self._create),
            ("GET", f"{TRACKING}/statuses", self._statuses),
            ("GET", "/api/v1/files/(?P<id>[0-9]+)", self._file),
            ("GET", "/api/v1/employees/(?P<id>[0-9]+)", self._employee),
            ("GET", "/careers/(?P<name>.+)", self._page),
        ]

    def authorise(self, call: Call) -> None:
        if call.path.startswith("/careers/"):
            if "authorization" in call.headers:
                self.violations.append("credentials were sent to a public page")
        elif call.headers.get("authorization") != "Basic " + b64encode(f"{KEY}:x".encode()).decode():
            raise Refuse(Answer(401), None)

    def _routed(self, call: Call) -> Answer:
        document = published("bamboohr/public.yaml")
        if document is None or call.path.startswith("/careers/"):
            return super()._routed(call)
        self.violations.extend(document.request(call))
        if self.limited and call.method == "GET":
            self.limited -= 1
            return Answer(json={"error": {"code": 429, "message": "Over rate limit, please try again in 60 seconds"}})
        answer = super()._routed(call)
        self.violations.extend(document.answer(call, answer))
        return answer

    # ------------------------------------------------------------ the API

    def _list(self, call: Call) -> Answer:
        group, page = call.query.get("applicationStatus", "ALL"), int(call.query.get("page", "1"))
        wanted = call.query.get("searchString", "").lower()
        rows = [
            one
            for one in self.applications.values()
            if group in ("ALL", STATUSES[str(one["status"]["id"])][1])
            and call.query.get("jobId") in (None, str(one["job"]["id"]))
            and wanted in f"{one['applicant']['email']} {one['applicant']['lastName']}".lower()
        ]
        shown = [
            {
                "id": one["id"],
                "appliedDate": one["appliedDate"],
                "status": {key: one["status"][key] for key in ("id", "label")},
                "rating": None,
                "applicant": {key: one["applicant"][key] for key in ("id", "firstName", "lastName", "email", "source")},
                "job": {key: one["job"][key] for key in ("id", "title")},
            }
            for one in rows[(page - 1) * PAGE : page * PAGE]
        ]
        more = page * PAGE < len(rows)
        query = httpx2.QueryParams({**call.query, "page": str(page + 1)})
        following = f"https://example.bamboohr.com{TRACKING}/applications?{query}" if more else None
        return Answer(json={"paginationComplete": not more, "nextPageUrl": following, "applications": shown})

    def _detail(self, call: Call) -> Answer:
        found = self.applications.get(int(call.parts["id"]))
        return Answer(json=found) if found is not None else Answer(404)

    def _comment(self, call: Call) -> Answer:
        body, id = self.need(call, "comment", status=400), int(call.parts["id"])
        if id not in self.applications:
            return Answer(404)
        self._ids += 1
        self.comments.append({"id": self._ids, "application": id, "comment": body["comment"]})
        self.applications[id]["commentCount"] += 1
        return Answer(json={"type": "comment", "id": self._ids})

    def _status(self, call: Call) -> Answer:
        """A status that is none is refused with an empty body and the reason in a header."""
        status, id = call.json.get("status"), int(call.parts["id"])
        if str(status) not in STATUSES:
            headers = {"x-bamboohr-error-message": "Invalid status", "content-type": "text/html"}
            return Answer(400, headers=headers)
        self._ids += 1
        self.moves.append((id, status))
        self.moves_to(id, str(status), "2026-11-25T10:00:00Z")
        return Answer(json={"type": "positionApplicantStatus", "id": self._ids})

    def _create(self, call: Call) -> Answer:
        head = f"content-type: {call.headers['content-type']}\n\n".encode()
        said: dict[str, bytes] = {}
        for part in message_from_bytes(head + call.body).get_payload():
            name = part.get_param("name", header="content-disposition")  # type: ignore[union-attr]
            said[str(name)] = part.get_payload(decode=True)  # type: ignore[assignment, union-attr]
        missing = [name for name in FORM if not said.get(name)]
        if missing:
            raise Refuse(Answer(422), f"an application without {missing}")
        text = {name: value.decode() for name, value in said.items() if name != "resume"}
        name = f"{text['firstName']} {text['lastName']}"
        made = self.applies(int(text["jobId"]), name, text.get("email", ""), said["resume"])
        made["applicant"]["source"] = text.get("source", "")
        return Answer(json={"result": "success", "candidateId": made["applicant"]["id"]})

    def _statuses(self, _: Call) -> Answer:
        rows = [
            {
                "id": id,
                "code": None,
                "name": name,
                "translatedName": name,
                "description": None,
                "enabled": True,
                "manageable": True,
            }
            for id, (name, _) in STATUSES.items()
        ]
        return Answer(json=rows)

    def _file(self, call: Call) -> Answer:
        if self.no_files:
            return Answer(403)
        headers = {"content-type": "application/octet-stream", "content-disposition": 'attachment; filename="cv.txt"'}
        return Answer(body=self.files[int(call.parts["id"])], headers=headers)

    def _employee(self, call: Call) -> Answer:
        found = self.employees.get(call.parts["id"], {"id": call.parts["id"]})
        return Answer(json=found)

    def _page(self, call: Call) -> Answer:
        found = self.pages.get(call.parts["name"])
        return Answer(404) if found is None else Answer(body=found.encode(), headers={"content-type": "text/html"})

    # ------------------------------------------------------------ what happens in BambooHR

    def opening(self, title: str, text: str = "") -> int:
        """With `text`, its public page carries it for search engines."""
        self._ids += 1
        id = self._ids
        if text:
            data = {"@context": "https://schema.org", "@type": "JobPosting", "title": title, "description": text}
            said = json.dumps(data).replace("<", "\\u003c")
            self.pages[str(id)] = f'<html><script type="application/ld+json">{said}</script></html>'
        self.jobs.append(
            {
                "id": id,
                "title": {"id": None, "label": title},
                "postedDate": "2026-11-01T08:00:00Z",
                "location": None,
                "department": None,
                "status": {"id": 1, "label": "Open"},
                "hiringLead": None,
                "newApplicantsCount": 0,
                "activeApplicantsCount": 0,
                "totalApplicantsCount": 0,
                "postingUrl": f"{self.url}/careers/{id}" if text else None,
            }
        )
        return id

    def applies(self, job: int, name: str, email: str, resume: bytes, **more: Any) -> dict[str, Any]:
        first, _, last = name.rpartition(" ")
        self._ids += 10
        id = self._ids
        self.files[id + 1] = resume
        made = {
            "id": id,
            "appliedDate": "2026-11-20T08:00:00Z",
            "status": {"id": 1, "label": "New", "dateChanged": "2026-11-20T08:00:00Z", "changedByUser": None},
            "rating": None,
            "resumeFileId": id + 1,
            "coverLetterFileId": None,
            "attachmentCount": 0,
            "attachments": None,
            "referredBy": None,
            "commentCount": 0,
            "questionsAndAnswers": [],
            "applicant": {
                "id": id + 2,
                "firstName": first,
                "lastName": last,
                "email": email,
                "phoneNumber": None,
                "source": "Careers page",
            },
            "job": {"id": job, "title": {"id": None, "label": "a job"}, "hiringLead": None},
            **more,
        }
        self.applications[id] = made
        return made

    def moves_to(self, id: int, status: str, at: str) -> None:
        self.applications[id]["status"] = {
            "id": int(status),
            "label": STATUSES[status][0],
            "dateChanged": at,
            "changedByUser": None,
        }

    def employs(
        self, address: str, email: str, *, secret: str = PRIVATE, at: float | None = None, id: str = "77"
    ) -> Any:
        """Somebody becomes an employee; the answer to the message about it."""
        self.employees[id] = {"id": id, "firstName": "A", "lastName": "B", "homeEmail": email}
        data = {"companyId": "12345", "employeeId": id}
        body = json.dumps({"type": "employee.created", "timestamp": "2026-11-26T10:00:00Z", "data": data}).encode()
        document = published("bamboohr/public.yaml")
        if document is not None:
            self.violations.extend(document.message("EmployeeCreatedWebhookPayload", json.loads(body)))
        moment = str(round(time.time() if at is None else at))
        signed = hmac.new(secret.encode(), body + moment.encode(), hashlib.sha256).hexdigest()
        headers = {"X-BambooHR-Signature": signed, "X-BambooHR-Timestamp": moment, "content-type": "application/json"}
        return httpx2.post(f"{address}/webhook", content=body, headers=headers, timeout=30)
