"""Gem's side: projects and their members, candidates, resumes, notes, fields, and the list of its ATS half that tells
of deletions. Lists come in pages of two, with or without X-Pagination."""

from __future__ import annotations

import base64
import json
import re
import time
from typing import Any

from tests.simulators.base import Answer, Call, Refuse, Route, Simulator

KEY, SECRET, USER = "gem-key-1", "gem-app-secret-1", "VXNlcjox"
PAGE = 2
KNOWN = {"page", "page_size", "per_page", "sort", "email", "candidate_ids", "updated_after", "scope", "include_deleted"}


def id_of(kind: str, number: int) -> str:
    """As Gem makes them: base64 of the kind and a number."""
    return base64.b64encode(f"{kind}:{number}".encode()).decode()


class Gem(Simulator):
    def __init__(self, *, pagination: bool = True) -> None:
        super().__init__()
        self.pagination = pagination
        self.projects: list[dict[str, Any]] = []
        self.members: dict[str, list[dict[str, Any]]] = {}
        self.candidates: dict[str, dict[str, Any]] = {}
        self.deleted: list[dict[str, Any]] = []
        self.resumes: dict[str, list[dict[str, Any]]] = {}
        self.files: dict[str, bytes] = {}
        self.notes: list[dict[str, Any]] = []
        self.fields = [{"id": "RmllbGQ6MQ==", "name": "Foyer", "value_type": "text", "scope": "team"}]
        self.users = [{"id": USER, "name": "Rita Recruiter", "email": "rita@example.org"}]
        self._ids = 100

    @property
    def settings(self) -> dict[str, str]:
        """As a recruiter types them in."""
        return {
            "api_key": KEY,
            "application_secret": SECRET,
            "user_id": USER,
            "deletions": "yes",
            "base_url": self.url,
        }

    def routes(self) -> list[tuple[str, str, Route]]:
        person = "/v0/candidates/(?P<id>[^/]+)"
        return [
            ("GET", "/v0/(?P<name>projects|users|custom_fields)", self._list),
            ("GET", "/v0/projects/(?P<id>[^/]+)/candidates", self._members),
            ("PUT", "/v0/projects/(?P<id>[^/]+)/candidates", self._add),
            ("GET", "/v0/candidates", self._found),
            ("POST", "/v0/candidates", self._create),
            ("GET", person, self._one),
            ("PUT", person, self._update),
            ("GET", f"{person}/uploaded_resumes/(?P<user>[^/]+)", self._resumes),
            ("POST", f"{person}/uploaded_resumes/(?P<user>[^/]+)", self._upload),
            ("GET", f"{person}/notes", self._notes),
            ("POST", "/v0/notes", self._note),
            ("GET", "/ats/v0/candidates", self._ats),
            ("GET", "/files/(?P<id>.+)", self._file),
        ]

    def authorise(self, call: Call) -> None:
        if call.path.startswith("/files/"):
            return
        given = call.headers.get("x-api-key"), call.headers.get("x-application-secret")
        if given != (KEY, SECRET):
            raise Refuse(error(401, "Unauthorized"), None)
        if unknown := call.query.keys() - KNOWN:
            raise Refuse(error(422, "Unknown parameter"), f"{call.path} with {sorted(unknown)}")

    def _paged(self, call: Call, rows: list[dict[str, Any]]) -> Answer:
        page = int(call.query.get("page", "1"))
        headers = {"X-Pagination": json.dumps({"page": page, "total_pages": -(-len(rows) // PAGE)})}
        return Answer(json=rows[(page - 1) * PAGE : page * PAGE], headers=headers if self.pagination else {})

    def _list(self, call: Call) -> Answer:
        return self._paged(call, {"projects": self.projects, "users": self.users}.get(call.parts["name"], self.fields))

    def _members(self, call: Call) -> Answer:
        if call.parts["id"] not in self.members:
            raise Refuse(error(404, "Project not found"), f"no project {call.parts['id']}")
        return self._paged(call, self.members[call.parts["id"]])

    def _add(self, call: Call) -> Answer:
        body, members = self.need(call, "candidate_ids", "user_id"), self.members[call.parts["id"]]
        there = {one["candidate_id"] for one in members}
        if twice := there & set(body["candidate_ids"]):
            raise Refuse(error(400, f"Candidates {sorted(twice)} are already in the project"), "added twice")
        for id in body["candidate_ids"]:
            members.append({"candidate_id": id, "added_at": int(time.time())})
            self.candidates[id]["project_ids"].append(call.parts["id"])
        return Answer(json={})

    def _found(self, call: Call) -> Answer:
        rows = list(self.candidates.values())
        if "candidate_ids" in call.query:
            ids = call.query["candidate_ids"].split(",")
            if len(ids) > 20:
                raise Refuse(error(422, "candidate_ids: at most 20"), f"{len(ids)} ids at once")
            rows = [one for one in rows if one["id"] in ids]
        if "updated_after" in call.query:
            rows = [one for one in rows if one["updated_at"] >= int(call.query["updated_after"])]
        if "email" in call.query:
            rows = [one for one in rows if any(call.query["email"] in each["email_address"] for each in one["emails"])]
        return self._paged(call, rows)

    def _create(self, call: Call) -> Answer:
        body = self.need(call, "created_by", "first_name")
        for one in self.candidates.values():
            known = {each["email_address"] for each in one["emails"]}
            if known & {each["email_address"] for each in body.get("emails", ())}:
                errors = {"duplicate_candidate": {"id": one["id"]}}
                raise Refuse(error(400, "Duplicate candidate", errors), "a person was created twice")
        self._ids += 1
        made = {"emails": [], "project_ids": [], **body, "id": id_of("Candidate", self._ids), "updated_at": 0}
        self.candidates[made["id"]] = made
        return Answer(201, made)

    def _one(self, call: Call) -> Answer:
        found = self.candidates.get(call.parts["id"])
        if found is None:
            raise Refuse(error(404, "Candidate not found"), None)
        return Answer(json=found)

    def _update(self, call: Call) -> Answer:
        self.candidates[call.parts["id"]].update(call.json)
        return Answer(json=self.candidates[call.parts["id"]])

    def _resumes(self, call: Call) -> Answer:
        if call.parts["user"] != USER:
            raise Refuse(error(403, "Not yours"), f"resumes of user {call.parts['user']}")
        return Answer(json=self.resumes.get(call.parts["id"], []))

    def _upload(self, call: Call) -> Answer:
        sent = re.search(rb'name="resume_file"; filename="([^"]+)"', call.body)
        if sent is None:
            raise Refuse(error(422, "resume_file is missing"), "a resume without resume_file")
        return Answer(201, self.resume(call.parts["id"], sent[1].decode(), call.body))

    def _notes(self, call: Call) -> Answer:
        return self._paged(call, [one for one in reversed(self.notes) if one["candidate_id"] == call.parts["id"]])

    def _note(self, call: Call) -> Answer:
        body = self.need(call, "candidate_id", "user_id", "body")
        if len(body["body"]) > 10_000:
            raise Refuse(error(422, "body: longer than 10000"), "a note that is too long")
        self._ids += 1
        self.notes.append({**body, "id": id_of("Note", self._ids)})
        return Answer(201, self.notes[-1])

    def _ats(self, call: Call) -> Answer:
        if call.query.get("include_deleted") != "true":
            return self._paged(call, list(self.candidates.values()))
        return self._paged(call, [*self.candidates.values(), *self.deleted])

    def _file(self, call: Call) -> Answer:
        if "x-api-key" in call.headers:
            self.violations.append("credentials were sent to a file's own address")
        return Answer(body=self.files[call.parts["id"]], headers={"content-type": "application/octet-stream"})

    # ------------------------------------------------------------ what people do in Gem

    def project(self, number: int, name: str) -> str:
        id = id_of("Project", number)
        self.projects.append({"id": id, "name": name, "is_archived": False, "privacy_type": "shared", "created_at": 1})
        self.members[id] = []
        return id

    def person(self, number: int, name: str, email: str, project: str, resume: bytes = b"") -> str:
        """Somebody in a project; their id."""
        first, _, last = name.partition(" ")
        id, now = id_of("Candidate", number), int(time.time())
        self.candidates[id] = {
            "id": id,
            "first_name": first,
            "last_name": last,
            "emails": [
                {"email_address": f"old.{email}", "is_primary": False},
                {"email_address": email, "is_primary": True},
            ],
            "phone_number": None,
            "weblink": f"https://www.gem.com/candidate/{id}",
            "project_ids": [project],
            "created_at": now,
            "updated_at": now,
            "gender": "female",
        }
        self.members[project].append({"candidate_id": id, "added_at": now})
        if resume:
            self.resume(id, f"{first}.txt", resume)
        return id

    def resume(self, id: str, filename: str, content: bytes) -> dict[str, Any]:
        self._ids += 1
        name = f"{self._ids}.txt"
        self.files[name] = content
        row = {
            "id": id_of("Resume", self._ids),
            "candidate_id": id,
            "created_at": self._ids,
            "user_id": USER,
            "filename": filename,
            "download_url": f"{self.url}/files/{name}",
        }
        self.resumes.setdefault(id, []).append(row)
        return row

    def delete(self, id: str) -> None:
        """As Gem does it for a person who asked for it."""
        gone = self.candidates.pop(id)
        self.deleted.append({"id": gone["id"], "deleted_at": "2026-11-26T09:00:00Z"})
        for members in self.members.values():
            members[:] = [one for one in members if one["candidate_id"] != id]


def error(status: int, message: str, errors: dict[str, Any] | None = None) -> Answer:
    return Answer(status, {"code": status, "status": "Error", "message": message, "errors": errors or {}})
