"""Ashby's side: its API of POSTs with cursors and sync tokens, refusals that say 200, uploads in steps, the assessment
calls it makes, its webhooks."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from base64 import b64encode
from email import message_from_bytes
from typing import Any
from uuid import UUID, uuid4

import httpx2

from tests.simulators.base import Answer, Call, Refuse, Route, Simulator

KEY, PARTNER_KEY, WEBHOOK_SECRET = "ashby-api-key", "our-key-for-ashby", "ashby-secret"
PARTNER = "7d1b6a52-6f0e-4f4e-9a51-0d6a0a4f3a11"
PAGE = 2
"""Rows a page, however many are asked for."""
PAGING = ("limit", "cursor", "syncToken", "createdAfter")
CALLS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "job.list": ((), PAGING),
    "jobPosting.list": ((), ()),
    "jobPosting.info": (("jobPostingId",), ()),
    "application.list": ((), (*PAGING, "jobId", "status", "expand")),
    "application.info": (("applicationId",), ("expand",)),
    "application.create": (("candidateId", "jobId"), ("sourceId", "interviewStageId")),
    "application.changeStage": (("applicationId", "interviewStageId"), ("archiveReasonId", "archiveEmail")),
    "candidate.info": (("id",), ()),
    "candidate.search": ((), ("email", "name")),
    "candidate.create": (("name",), ("email", "phoneNumber", "sourceId")),
    "candidate.createNote": (("candidateId", "note"), ("sendNotifications", "isPrivate")),
    "candidate.listNotes": (("candidateId",), PAGING),
    "candidate.uploadFile": (("candidateId", "fileHandle"), ()),
    "candidate.uploadResume": (("candidateId", "resumeHandle"), ()),
    "file.info": (("fileHandle",), ()),
    "file.createFileUploadHandle": (("fileUploadContext", "filename", "contentType", "contentLength"), ()),
    "assessment.update": (
        ("assessment_id", "timestamp"),
        ("assessment_status", "assessment_profile_url", "assessment_result", "cancelled_reason", "metadata"),
    ),
    "assessment.addCompletedToCandidate": (("candidateId", "partnerId", "assessment", "timestamp"), ()),
    "interviewPlan.list": ((), PAGING),
    "interviewStage.list": (("interviewPlanId",), ()),
    "archiveReason.list": ((), ("includeArchived",)),
    "source.list": ((), ("includeArchived",)),
}
"""What each call needs, and what else it may have."""
TYPES: dict[str, type | tuple[type, ...]] = {
    "numeric_score": (int, float),
    "numeric_duration_minutes": (int, float),
    "url": str,
    "string": str,
    "boolean_success": bool,
}
STAGES = [
    ("Application Review", "PreInterviewScreen"),
    ("Interview", "Active"),
    ("Hired", "Hired"),
    ("Archived", "Archived"),
]


class Ashby(Simulator):
    def __init__(self) -> None:
        super().__init__()
        self.jobs: list[dict[str, Any]] = []
        self.postings: list[dict[str, Any]] = []
        self.people: dict[str, dict[str, Any]] = {}
        self.applications: list[dict[str, Any]] = []
        self.notes: list[dict[str, Any]] = []
        self.updates: list[dict[str, Any]] = []
        self.completed: list[dict[str, Any]] = []
        self.moves: list[dict[str, Any]] = []
        self.files: dict[str, bytes] = {}
        self.handles: dict[str, dict[str, Any]] = {}
        self.refusals: list[tuple[str, str]] = []
        """(call, code) of what is refused next, with 200."""
        self.forbidden: set[str] = set()
        """Calls that the key has no permission for."""
        self.tokens: dict[str, int] = {}
        """syncToken -> the change it has seen."""
        self.expired: set[str] = set()
        self._changes = 0
        self.plan = str(uuid4())
        self.stages = [
            {"id": str(uuid4()), "title": title, "type": kind, "orderInInterviewPlan": n, "interviewPlanId": self.plan}
            for n, (title, kind) in enumerate(STAGES)
        ]
        self.reason = {"id": str(uuid4()), "text": "Not this time", "reasonType": "RejectedByOrg", "isArchived": False}
        self.source = {"id": str(uuid4()), "title": "Foyer", "isArchived": False}

    @property
    def settings(self) -> dict[str, str]:
        """As a recruiter types them in."""
        return {
            "api_key": KEY,
            "partner_key": PARTNER_KEY,
            "webhook_secret": WEBHOOK_SECRET,
            "partner_id": PARTNER,
            "api_url": self.url,
        }

    def routes(self) -> list[tuple[str, str, Route]]:
        names = "|".join(re.escape(name) for name in CALLS)
        return [
            ("POST", f"/(?P<name>{names})", self._call),
            ("POST", "/storage/(?P<handle>[^/]+)", self._upload),
            ("GET", "/files/(?P<name>.+)", self._file),
        ]

    # ------------------------------------------------------------ the API

    def authorise(self, call: Call) -> None:
        if call.path.startswith(("/storage/", "/files/")):
            if "authorization" in call.headers:
                self.violations.append("credentials were sent to a file's own address")
            return
        if call.headers.get("authorization") != basic(KEY):
            raise Refuse(Answer(401, {"success": False, "errors": ["unauthorized"]}), None)
        if call.headers.get("accept") != "application/json; version=1":
            raise Refuse(Answer(400), f"{call.path} without the API's version")

    def _call(self, call: Call) -> Answer:
        name, body = call.parts["name"], call.json
        if name in self.forbidden:
            return refusal("missing_endpoint_permission")
        if self.refusals and self.refusals[0][0] == name:
            return refusal(self.refusals.pop(0)[1])
        needed, other = CALLS[name]
        if not isinstance(body, dict) or any(body.get(key) in (None, "") for key in needed):
            raise Refuse(refusal("invalid_input"), f"{name} lacks one of {needed}: {body}")
        if extra := body.keys() - {*needed, *other}:
            raise Refuse(refusal("invalid_input"), f"{name} does not take {sorted(extra)}")
        noun, verb = name.split(".")
        return getattr(self, f"_{noun}_{verb}")(body)  # type: ignore[no-any-return]

    def _paged(self, rows: list[Any], body: dict[str, Any], token: str = "") -> Answer:
        start = int(body.get("cursor", 0))
        page: dict[str, Any] = {"success": True, "results": rows[start : start + PAGE]}
        if start + PAGE < len(rows):
            return Answer(json={**page, "moreDataAvailable": True, "nextCursor": str(start + PAGE)})
        return Answer(json={**page, "moreDataAvailable": False, **({"syncToken": token} if token else {})})

    def _job_list(self, body: dict[str, Any]) -> Answer:
        return self._paged(self.jobs, body)

    def _jobPosting_list(self, _: dict[str, Any]) -> Answer:
        brief = [{key: each[key] for key in each if key != "descriptionPlain"} for each in self.postings]
        return done(brief)

    def _jobPosting_info(self, body: dict[str, Any]) -> Answer:
        return done(next(each for each in self.postings if each["id"] == body["jobPostingId"]))

    def _application_list(self, body: dict[str, Any]) -> Answer:
        token = body.get("syncToken")
        if token in self.expired or (token is not None and token not in self.tokens):
            return refusal("sync_token_expired")
        since = self.tokens.get(token or "", -1)
        rows = [
            listed(one)
            for one in self.applications
            if one["change"] > since and body.get("jobId") in (None, one["job"]["id"])
        ]
        fresh = uuid4().hex
        self.tokens[fresh] = self._changes
        return self._paged(rows, body, fresh)

    def _application_info(self, body: dict[str, Any]) -> Answer:
        found = next((one for one in self.applications if one["id"] == body["applicationId"]), None)
        if found is None:
            return refusal("application_not_found")
        shown = {key: value for key, value in found.items() if key not in ("change", "form")}
        if "applicationFormSubmissions" in body.get("expand", []):
            shown["applicationFormSubmissions"] = [found["form"]] if found.get("form") else []
        return done(shown)

    def _application_create(self, body: dict[str, Any]) -> Answer:
        made = self._considered(self.people[body["candidateId"]], body["jobId"])
        made["source"] = self.source if body.get("sourceId") == self.source["id"] else None
        return done(listed(made))

    def _application_changeStage(self, body: dict[str, Any]) -> Answer:
        stage = next(one for one in self.stages if one["id"] == body["interviewStageId"])
        if (stage["type"] == "Archived") != ("archiveReasonId" in body):
            raise Refuse(refusal("invalid_input"), f"a reason goes with the archive alone: {body}")
        if "archiveEmail" in body:
            self.violations.append("a mail to the candidate was asked for")
        self.moves.append(body)
        return done({})

    def _candidate_info(self, body: dict[str, Any]) -> Answer:
        return done(self.people[body["id"]]) if body["id"] in self.people else refusal("candidate_not_found")

    def _candidate_search(self, body: dict[str, Any]) -> Answer:
        return done([one for one in self.people.values() if one["primaryEmailAddress"]["value"] == body.get("email")])

    def _candidate_create(self, body: dict[str, Any]) -> Answer:
        return done(self._person(body["name"], body.get("email", "")))

    def _candidate_createNote(self, body: dict[str, Any]) -> Answer:
        if body["note"].keys() != {"type", "value"} or body["note"]["type"] not in ("text/plain", "text/html"):
            raise Refuse(refusal("invalid_input"), f"a note of another form: {body['note']}")
        self._known(body["candidateId"])
        note = {"id": str(uuid4()), "content": body["note"]["value"], "candidateId": body["candidateId"]}
        self.notes.append(note)
        return done(note)

    def _candidate_listNotes(self, body: dict[str, Any]) -> Answer:
        return self._paged([one for one in self.notes if one["candidateId"] == body["candidateId"]], body)

    def _candidate_uploadFile(self, body: dict[str, Any]) -> Answer:
        return self._attached(body["candidateId"], body["fileHandle"], "CandidateFiles")

    def _candidate_uploadResume(self, body: dict[str, Any]) -> Answer:
        return self._attached(body["candidateId"], body["resumeHandle"], "CandidateResume")

    def _attached(self, candidate: str, handle: str, context: str) -> Answer:
        self._known(candidate)
        place = self.handles.get(handle, {})
        if place.get("fileUploadContext") != context or "content" not in place:
            raise Refuse(refusal("invalid_file_handle"), f"{handle} is no uploaded file of {context}")
        person, file = self.people[candidate], {"id": str(uuid4()), "name": place["filename"], "handle": uuid4().hex}
        self.files[file["handle"]] = place["content"]
        person["fileHandles"].append(file)
        if context == "CandidateResume":
            person["resumeFileHandle"] = file
        return done(person)

    def _known(self, candidate: str) -> None:
        if candidate not in self.people:
            raise Refuse(refusal("candidate_not_found"), f"nobody is {candidate}")

    def _file_info(self, body: dict[str, Any]) -> Answer:
        return done({"url": f"{self.url}/files/{body['fileHandle']}"})

    def _file_createFileUploadHandle(self, body: dict[str, Any]) -> Answer:
        handle = uuid4().hex
        self.handles[handle] = dict(body)
        fields = {"key": handle, "policy": "signed"}
        return done({"handle": handle, "url": f"{self.url}/storage/{handle}", "fields": fields})

    def _upload(self, call: Call) -> Answer:
        """Storage is not Ashby: XML or nothing, and 204."""
        head = f"content-type: {call.headers['content-type']}\n\n".encode()
        parts = message_from_bytes(head + call.body).get_payload()
        assert isinstance(parts, list)
        names = [part.get_param("name", header="content-disposition") for part in parts]  # type: ignore[union-attr]
        place = self.handles[call.parts["handle"]]
        if names != ["key", "policy", "file"]:
            raise Refuse(Answer(403), f"the given fields and then the file were wanted, {names} came")
        content = parts[-1].get_payload(decode=True)  # type: ignore[union-attr]
        if len(content) != place["contentLength"]:  # type: ignore[arg-type]
            raise Refuse(Answer(403), "not as long as was said")
        place["content"] = content
        return Answer(204)

    def _file(self, call: Call) -> Answer:
        return Answer(body=self.files[call.parts["name"]], headers={"content-type": "application/octet-stream"})

    def _assessment_update(self, body: dict[str, Any]) -> Answer:
        self._uuid(body["assessment_id"])
        if "cancelled_reason" not in body and "assessment_status" not in body:
            raise Refuse(refusal("invalid_input"), "neither a status nor a reason")
        if "assessment_result" in body and body.get("assessment_profile_url", {}).get("type") != "url":
            raise Refuse(refusal("invalid_input"), "a result without the address of its report")
        self._values([value for value in body.values() if isinstance(value, dict)] + body.get("metadata", []))
        self.updates.append(body)
        return done({})

    def _assessment_addCompletedToCandidate(self, body: dict[str, Any]) -> Answer:
        said = body["assessment"]
        for id in (body["candidateId"], body["partnerId"], said["assessmentTypeId"], said["assessmentId"]):
            self._uuid(id)
        if set(said) != {"assessmentTypeId", "assessmentId", "assessmentName", "result", "metadata"}:
            raise Refuse(refusal("invalid_input"), f"an assessment of {sorted(said)}")
        self._values([said["result"], *said["metadata"]])
        self.completed.append(body)
        return done({**said, "candidateId": body["candidateId"]})

    def _uuid(self, id: Any) -> None:
        try:
            UUID(id)
        except (ValueError, TypeError, AttributeError) as broken:
            raise Refuse(refusal("invalid_input"), f"{id!r} is no UUID") from broken

    def _values(self, values: list[dict[str, Any]]) -> None:
        for one in values:
            right = one.keys() - {"description"} == {"identifier", "label", "type", "value"}
            if not right or not isinstance(one["value"], TYPES.get(one["type"], ())):
                raise Refuse(refusal("invalid_input"), f"no value object: {one}")
        identifiers = [one["identifier"] for one in values]
        if len(set(identifiers)) != len(identifiers):
            raise Refuse(refusal("invalid_input"), f"an identifier twice: {identifiers}")

    def _interviewPlan_list(self, body: dict[str, Any]) -> Answer:
        return self._paged([{"id": self.plan, "title": "Engineering", "isArchived": False}], body)

    def _interviewStage_list(self, body: dict[str, Any]) -> Answer:
        found = [one for one in self.stages if one["interviewPlanId"] == body["interviewPlanId"]]
        return Answer(json={"success": True, "results": found, "moreDataAvailable": False})

    def _archiveReason_list(self, _: dict[str, Any]) -> Answer:
        return done([self.reason])

    def _source_list(self, _: dict[str, Any]) -> Answer:
        return Answer(json={"success": True, "results": [self.source], "moreDataAvailable": False})

    # ------------------------------------------------------------ what happens in Ashby

    def opening(self, title: str, text: str) -> str:
        """The job's id."""
        job, at = str(uuid4()), "2026-11-20T08:00:00.000Z"
        self.jobs.append({"id": job, "title": title, "status": "Open", "updatedAt": at})
        posting = {"id": str(uuid4()), "jobId": job, "title": title, "isListed": True, "updatedAt": at}
        self.postings.append({**posting, "descriptionPlain": text})
        return job

    def _person(self, name: str, email: str) -> dict[str, Any]:
        id = str(uuid4())
        self.people[id] = {
            "id": id,
            "name": name,
            "primaryEmailAddress": {"value": email, "type": "Personal", "isPrimary": True},
            "applicationIds": [],
            "fileHandles": [],
            "profileUrl": f"https://app.ashbyhq.com/candidates/{id}",
        }
        return self.people[id]

    def _considered(self, person: dict[str, Any], job: str) -> dict[str, Any]:
        self._changes += 1
        at = "2026-11-20T08:00:00.000Z"
        made = {
            "id": str(uuid4()),
            "createdAt": at,
            "updatedAt": at,
            "status": "Active",
            "candidate": {key: person[key] for key in ("id", "name", "primaryEmailAddress")},
            "currentInterviewStage": self.stages[0],
            "source": self.source,
            "job": {"id": job, "title": "a job"},
            "hiringTeam": [],
            "applicationHistory": [self._step(0, at, 0)],
            "change": self._changes,
        }
        self.applications.append(made)
        person["applicationIds"].append(made["id"])
        return made

    def _step(self, stage: int, at: str, number: int) -> dict[str, Any]:
        one = self.stages[stage]
        return {
            "id": str(uuid4()),
            "stageId": one["id"],
            "title": one["title"],
            "enteredStageAt": at,
            "stageNumber": number,
            "allowedActions": ["none"],
        }

    def applies(
        self, job: str, name: str, email: str, resume: bytes, *, form: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Somebody applies; their application."""
        person = self._person(name, email)
        handle = {"id": str(uuid4()), "name": f"{name}.txt", "handle": uuid4().hex}
        self.files[handle["handle"]] = resume
        person["resumeFileHandle"] = handle
        made = self._considered(person, job)
        made["resumeFileHandle"] = handle
        made["form"] = form
        return made

    def moves_to(self, application: dict[str, Any], stage: int, at: str, *, status: str = "") -> None:
        """By somebody in Ashby."""
        self._changes += 1
        one = self.stages[stage]
        kinds = {"Hired": "Hired", "Archived": "Archived"}
        application["status"] = status or kinds.get(str(one["type"]), "Active")
        application["currentInterviewStage"] = one
        application["updatedAt"], application["change"] = at, self._changes
        history = application["applicationHistory"]
        history.append(self._step(stage, at, len(history)))
        if application["status"] == "Archived":
            application["archiveReason"], application["archivedAt"] = self.reason, at

    def webhook(
        self, address: str, action: str, data: dict[str, Any], *, secret: str = WEBHOOK_SECRET
    ) -> httpx2.Response:
        body = json.dumps({"action": action, "data": data}).encode()
        signed = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {"Ashby-Signature": f"sha256={signed}", "content-type": "application/json"}
        return httpx2.post(f"{address}/webhook", content=body, headers=headers, timeout=30)

    def call(self, address: str, path: str, body: dict[str, Any], *, key: str = PARTNER_KEY) -> httpx2.Response:
        """One of the assessment calls."""
        return httpx2.post(f"{address}/{path}", json=body, headers={"authorization": basic(key)}, timeout=30)

    def orders(self, address: str, test: str, application: dict[str, Any]) -> httpx2.Response:
        person = application["candidate"]
        first, _, last = person["name"].partition(" ")
        body = {
            "assessment_type_id": test,
            "candidate": {
                "ashby_id": person["id"],
                "first_name": first,
                "last_name": last,
                "email": person["primaryEmailAddress"]["value"],
                "ashby_profile_url": f"https://app.ashbyhq.com/candidates/{person['id']}",
            },
            "application": {"ashby_id": application["id"], "status": application["status"]},
            "job": {
                "ashby_id": application["job"]["id"],
                "name": "a job",
                "ashby_job_url": "https://app.ashbyhq.com/j",
            },
        }
        return self.call(address, "assessment.start", body)


def listed(application: dict[str, Any]) -> dict[str, Any]:
    """As lists and webhooks show it."""
    hidden = ("change", "form", "resumeFileHandle", "applicationHistory")
    return {key: value for key, value in application.items() if key not in hidden}


def done(results: Any) -> Answer:
    return Answer(json={"success": True, "results": results})


def refusal(code: str) -> Answer:
    """Ashby's: with 200."""
    info = {"code": code, "message": f"simulated {code}", "requestId": uuid4().hex}
    return Answer(json={"success": False, "errors": [code], "errorInfo": info})


def basic(key: str) -> str:
    return "Basic " + b64encode(f"{key}:".encode()).decode()
