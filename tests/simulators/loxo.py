"""Loxo's side: people, lists, jobs and their candidates, activities, documents, webhooks. Lists that are scrolled come
in pages of two; parameters it does not know it refuses with 422."""

from __future__ import annotations

import re
from typing import Any

import httpx2

from tests.simulators.base import Answer, Call, Refuse, Route, Simulator

KEY, SLUG, HOOK = "loxo-key-1", "acme-agency", "a-long-random-hook-key"
NOTE, ADDED, REJECTED, PASSED = "901", "902", "903", "904"
PAGE = 2
TAKES = {
    "people": {"query", "list_id", "scroll_id", "per_page"},
    "person_events": {"person_id", "scroll_id", "per_page"},
    "jobs": {"page", "per_page", "status", "published"},
}


class Loxo(Simulator):
    def __init__(self) -> None:
        super().__init__()
        self.people: dict[int, dict[str, Any]] = {}
        self.lists: dict[int, str] = {}
        self.jobs: list[dict[str, Any]] = []
        self.candidates: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.documents: list[dict[str, Any]] = []
        self.resumes: dict[int, list[dict[str, Any]]] = {}
        self.files: dict[int, bytes] = {}
        self.stages = [{"id": 31, "name": "Sourced"}, {"id": 32, "name": "Placed"}, {"id": 33, "name": "Not selected"}]
        self._ids = 1000

    @property
    def settings(self) -> dict[str, str]:
        """As a recruiter types them in."""
        return {"api_key": KEY, "slug": SLUG, "activity_type": NOTE, "hook_key": HOOK, "address": self.url}

    def routes(self) -> list[tuple[str, str, Route]]:
        root, person = f"/api/{SLUG}", f"/api/{SLUG}/people/(?P<id>[0-9]+)"
        return [
            ("GET", f"{root}/people", self._found),
            ("POST", f"{root}/people", self._create),
            ("GET", person, self._one),
            ("GET", f"{person}/resumes", lambda call: Answer(json=self.resumes.get(int(call.parts["id"]), []))),
            ("POST", f"{person}/resumes", self._upload),
            ("GET", f"{person}/resumes/(?P<file>[0-9]+)/download", self._download),
            ("GET", f"{person}/documents", self._documents),
            ("POST", f"{person}/documents", self._document),
            ("GET", f"{person}/list_items", self._items),
            ("POST", f"{person}/list_items", self._join),
            ("GET", f"{root}/person_lists", self._lists),
            ("GET", f"{root}/(?P<name>activity_types|workflow_stages)", self._reference),
            ("GET", f"{root}/jobs", self._jobs),
            ("GET", f"{root}/jobs/(?P<job>[0-9]+)/candidates", self._of_job),
            ("GET", f"{root}/jobs/(?P<job>[0-9]+)/candidates/(?P<id>[0-9]+)", self._candidate),
            ("GET", f"{root}/person_events", self._events),
            ("POST", f"{root}/person_events", self._event),
        ]

    def authorise(self, call: Call) -> None:
        if call.headers.get("authorization") != f"Bearer {KEY}":
            raise Refuse(Answer(401, {"error": "Unauthorized"}), None)
        takes = TAKES.get(call.path.rpartition("/")[2], {"scroll_id"})
        if unknown := sorted(call.query.keys() - takes):
            raise Refuse(Answer(422, {"error": f"Invalid parameters: {unknown}"}), f"{call.path} with {unknown}")

    def _next(self) -> int:
        self._ids += 1
        return self._ids

    def _scrolled(self, call: Call, name: str, rows: list[dict[str, Any]]) -> Answer:
        start = int(call.query.get("scroll_id", "0"))
        more = start + PAGE < len(rows)
        return Answer(json={name: rows[start : start + PAGE], "scroll_id": str(start + PAGE) if more else None})

    def _envelope(self, call: Call, name: str, *needed: str) -> dict[str, Any]:
        body = (call.json or {}).get(name)
        missing = [each for each in needed if not isinstance(body, dict) or body.get(each) in (None, "")]
        if missing:
            raise Refuse(Answer(422, {"error": f"missing {missing}"}), f"{call.path} lacks {name}.{missing}")
        return dict(body)

    # ------------------------------------------------------------ people

    def _found(self, call: Call) -> Answer:
        rows = list(self.people.values())
        if "list_id" in call.query:
            rows = [one for one in rows if int(call.query["list_id"]) in one["list_ids"]]
        if "query" in call.query:
            word = call.query["query"].strip('"').partition("@")[0]
            rows = [one for one in rows if word in str(one["emails"])]
        return self._scrolled(call, "people", rows)

    def _create(self, call: Call) -> Answer:
        body = self._envelope(call, "person", "name")
        if any(body.get("email") in [each["value"] for each in one["emails"]] for one in self.people.values()):
            self.violations.append("a person was created twice")
        made = self.person(self._next(), body["name"], body.get("email", ""))
        return Answer(json={"person": made})

    def _one(self, call: Call) -> Answer:
        return Answer(json=self.people[id] if (id := int(call.parts["id"])) in self.people else None, body=b"null")

    def _upload(self, call: Call) -> Answer:
        name, content = sent(call)
        return Answer(json=self.resume(int(call.parts["id"]), name, content))

    def _download(self, call: Call) -> Answer:
        return Answer(body=self.files[int(call.parts["file"])], headers={"content-type": "application/octet-stream"})

    def _documents(self, call: Call) -> Answer:
        return Answer(json=[one for one in self.documents if one["person_id"] == int(call.parts["id"])])

    def _document(self, call: Call) -> Answer:
        name, _ = sent(call)
        self.documents.append({"id": self._next(), "name": name, "person_id": int(call.parts["id"])})
        return Answer(json=self.documents[-1])

    # ------------------------------------------------------------ lists, jobs, activities

    def _lists(self, _: Call) -> Answer:
        return Answer(json={"person_lists": [{"id": id, "name": name} for id, name in self.lists.items()]})

    def _items(self, call: Call) -> Answer:
        listed = self.people[int(call.parts["id"])]["list_ids"]
        return Answer(json=[{"id": 1, "person_list_id": id} for id in listed])

    def _join(self, call: Call) -> Answer:
        body, person = self._envelope(call, "list_item", "person_list_id"), self.people[int(call.parts["id"])]
        if body["person_list_id"] not in self.lists or body["person_list_id"] in person["list_ids"]:
            self.violations.append(f"into list {body['person_list_id']} twice, or there is none")
        person["list_ids"].append(body["person_list_id"])
        return Answer(json={"id": self._next()})

    def _reference(self, call: Call) -> Answer:
        types = {NOTE: "Note", ADDED: "Added to Job", REJECTED: "Rejected", PASSED: "Passed the screen"}
        listed = [{"id": int(id), "name": name} for id, name in types.items()]
        return Answer(json=listed if call.parts["name"] == "activity_types" else self.stages)

    def _jobs(self, call: Call) -> Answer:
        page = int(call.query.get("page", "1"))
        paging = {"total_count": len(self.jobs), "per_page": PAGE, "current_page": page}
        return Answer(json={"pagination": paging, "results": self.jobs[(page - 1) * PAGE : page * PAGE]})

    def _of_job(self, call: Call) -> Answer:
        rows = [one for one in self.candidates if one["job_id"] == int(call.parts["job"])]
        return self._scrolled(call, "candidates", rows)

    def _candidate(self, call: Call) -> Answer:
        found = next((one for one in self.candidates if one["id"] == int(call.parts["id"])), None)
        return Answer(json=found, body=b"null")

    def _events(self, call: Call) -> Answer:
        person = call.query.get("person_id")
        if "scroll_id" not in call.query and person is None:
            return self._scrolled(call, "person_events", self.events)
        rows = [one for one in self.events if person is None or str(one["person_id"]) == person]
        return self._scrolled(call, "person_events", rows)

    def _event(self, call: Call) -> Answer:
        body = self._envelope(call, "person_event", "activity_type_id", "person_id", "notes")
        if body["person_id"] not in self.people:
            raise Refuse(Answer(200, {"id": None, **body}), f"an activity of nobody: {body['person_id']}")
        self.events.append({"id": self._next(), **body})
        if str(body["activity_type_id"]) == ADDED:
            self.candidate(body["person_id"], body["job_id"])
        return Answer(json=self.events[-1])

    # ------------------------------------------------------------ what people do in Loxo

    def person(self, id: int, name: str, email: str, *lists: int, resume: bytes = b"") -> dict[str, Any]:
        self.people[id] = {
            "id": id,
            "name": name,
            "emails": [{"id": 1, "value": email}] if email else [],
            "phones": [],
            "list_ids": list(lists),
            "updated_at": "2026-11-20T08:00:00Z",
            "gender": {"id": 2, "name": "Female"},
        }
        if resume:
            self.resume(id, f"{id}.txt", resume)
        return self.people[id]

    def resume(self, id: int, name: str, content: bytes) -> dict[str, Any]:
        row = {"id": self._next(), "name": name, "person_id": id, "created_at": "2026-11-20T08:00:00Z"}
        self.files[row["id"]] = content
        self.resumes.setdefault(id, []).append(row)
        return row

    def opening(self, id: int, title: str, text: str) -> None:
        content = "".join(f"<p>{line}</p>" for line in text.splitlines() if line.strip())
        self.jobs.append({"id": id, "title": title, "description": content, "status": {"id": 1, "name": "Active"}})

    def candidate(self, person: int, job: int, stage: int = 31) -> dict[str, Any]:
        row = {"id": self._next(), "person_id": person, "job_id": job, "workflow_stage_id": stage}
        self.candidates.append({**row, "created_at": "2026-11-20T08:00:00Z", "updated_at": "2026-11-20T08:00:00Z"})
        return self.candidates[-1]

    def webhook(self, address: str, type: str, action: str, key: str = HOOK, **said: Any) -> httpx2.Response:
        body = {"item_type": type, "action": action, **said}
        return httpx2.post(f"{address}/hook", params={"key": key}, json=body, timeout=30)


def sent(call: Call) -> tuple[str, bytes]:
    """The file of a form."""
    found = re.search(rb'name="document"; filename="([^"]+)"', call.body)
    if found is None:
        raise Refuse(Answer(422, {"error": "document is missing"}), f"{call.path} without a document")
    return found[1].decode(), call.body.partition(b"\r\n\r\n")[2]
