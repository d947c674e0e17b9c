"""Phenom's side: jobs and the applicants of one as it is documented, and notes where this customer's contract has them,
which is not."""

from __future__ import annotations

from typing import Any

from tests.simulators.base import Answer, Call, Refuse, Route, Simulator

TOKEN, USER = "Bearer phenom-token", "u-1"
PAGE = 2
NOTES = "candidates-api/v1/candidates/{id}/notes"
"""Of this customer's Phenom; nothing public names it."""


class Phenom(Simulator):
    def __init__(self) -> None:
        super().__init__()
        self.jobs: list[dict[str, Any]] = []
        self.applicants: dict[str, list[dict[str, Any]]] = {}
        self.notes: list[dict[str, Any]] = []

    @property
    def settings(self) -> dict[str, str]:
        """As a recruiter types them in."""
        return {"token": TOKEN, "user_id": USER, "address": self.url, "note_path": NOTES, "note_field": "text"}

    def routes(self) -> list[tuple[str, str, Route]]:
        return [
            ("GET", "/jobs-api/v1/jobs", self._jobs),
            ("GET", "/candidates-api/applications/v1/jobs/(?P<id>[^/]+)/applicants", self._applicants),
            ("GET", "/candidates-api/v1/candidates/(?P<id>[^/]+)/notes", self._listed),
            ("POST", "/candidates-api/v1/candidates/(?P<id>[^/]+)/notes", self._noted),
        ]

    def authorise(self, call: Call) -> None:
        if (call.headers.get("authorization"), call.headers.get("x-ph-userid")) != (TOKEN, USER):
            raise Refuse(Answer(401, {"status": 401, "message": "Unauthorised"}), None)

    def _jobs(self, call: Call) -> Answer:
        start = int(call.query["offset"])
        body = {"status": "success", "offset": start, "totalRecordsCount": len(self.jobs)}
        return Answer(json={**body, "data": self.jobs[start : start + PAGE]})

    def _applicants(self, call: Call) -> Answer:
        if {"from", "size"} - call.query.keys():
            raise Refuse(Answer(400, {"status": 400, "message": "from and size are required"}), "no from or size")
        start, rows = int(call.query["from"]), self.applicants.get(call.parts["id"], [])
        paging = {"total": len(rows), "size": PAGE, "from": start}
        return Answer(json={"pagination": paging, "data": {"candidates": rows[start : start + PAGE]}})

    def _listed(self, call: Call) -> Answer:
        self._known(call)
        return Answer(json={"status": "success", "data": [n for n in self.notes if n["candidate"] == call.parts["id"]]})

    def _noted(self, call: Call) -> Answer:
        self._known(call)
        if set(call.json) != {"text"} or not call.json["text"]:
            raise Refuse(Answer(400, {"status": 400, "message": "text is required"}), "a note of another form")
        note = {"id": f"n-{len(self.notes) + 1}", "candidate": call.parts["id"], "text": call.json["text"]}
        self.notes.append(note)
        return Answer(201, {"status": "success", "id": note["id"]})

    def _known(self, call: Call) -> None:
        if all(row["candidateId"] != call.parts["id"] for rows in self.applicants.values() for row in rows):
            raise Refuse(Answer(404, {"status": 404, "message": "no such candidate"}), "a note on nobody")

    # ------------------------------------------------------------ what happens in Phenom

    def opening(self, id: str, title: str, text: str) -> None:
        self.jobs.append(
            {"jobId": id, "title": title, "description": f"<p>{text}</p>", "applyUrl": "https://x.example"}
        )

    def applies(self, job: str, id: str, name: str, email: str) -> dict[str, Any]:
        first, _, last = name.partition(" ")
        row = {
            "candidateId": id,
            "firstName": first,
            "lastName": last,
            "emails": [email],
            "dateCreated": "2026-11-20T08:00:00Z",
            "hiringStatus": "New",
        }
        self.applicants.setdefault(job, []).append(row)
        return row
