"""Beamery's side, as far as it is known: signing in, contacts by when they changed, pools, and what we suppose of
notes, files and members."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from integrations.auth import basic_value
from tests.simulators.base import Answer, Call, Refuse, Route, Simulator

USER, PASSWORD = "api@example.org", "beamery-password"
PAGE = 2


class Beamery(Simulator):
    def __init__(self) -> None:
        super().__init__()
        self.tokens: set[str] = set()
        self.pools: dict[str, str] = {}
        self.contacts: list[dict[str, Any]] = []
        self.notes: list[dict[str, Any]] = []
        self.attachments: dict[str, list[dict[str, Any]]] = {}
        self.files: dict[str, bytes] = {}

    @property
    def settings(self) -> dict[str, str]:
        """As a recruiter types them in."""
        return {"user": USER, "password": PASSWORD, "address": f"{self.url}/v1"}

    def routes(self) -> list[tuple[str, str, Route]]:
        contact = "/v1/contact/(?P<id>[^/]+)"
        return [
            ("GET", "/v1/auth", self._auth),
            ("GET", "/v1/pools", self._pools),
            ("GET", "/v1/contacts", self._contacts),
            ("GET", contact, lambda call: Answer(json={"contact": self.contact(call.parts["id"])})),
            ("GET", f"{contact}/attachments", self._attachments),
            ("GET", f"{contact}/notes", self._listed),
            ("POST", f"{contact}/notes", self._note),
            ("POST", "/v1/pool/(?P<id>[^/]+)/contacts", self._join),
            ("GET", "/files/(?P<id>.+)", self._file),
        ]

    def authorise(self, call: Call) -> None:
        open_to_all = call.path == "/v1/auth" or not call.path.startswith("/v1/")
        if not open_to_all and call.headers.get("authorization") not in self.tokens:
            raise Refuse(Answer(401, {"error": "invalid token"}), None)

    def _auth(self, call: Call) -> Answer:
        if call.headers.get("authorization") != basic_value(USER, PASSWORD):
            raise Refuse(Answer(401, {"error": "invalid user"}), None)
        token = uuid4().hex
        self.tokens.add(token)
        return Answer(json={"token": token})

    def _pools(self, _: Call) -> Answer:
        return Answer(json={"pools": [{"id": id, "name": name, "contactCount": 0} for id, name in self.pools.items()]})

    def _contacts(self, call: Call) -> Answer:
        if call.query.get("updated_at_op") != "gte" or call.query.get("sort_field") != "updatedAt":
            raise Refuse(Answer(400, {"error": "bad filter"}), f"contacts with {call.query}")
        rows = [one for one in self.contacts if one["updatedTime"] >= call.query["updated_at"]]
        rows.sort(key=lambda one: str(one["updatedTime"]))
        start = int(call.query["offset"])
        page = rows[start : start + PAGE]
        return Answer(json={"contacts": page, "total_count": len(rows), "last_batch": len(page)})

    def _attachments(self, call: Call) -> Answer:
        return Answer(json={"attachments": self.attachments.get(call.parts["id"], [])})

    def _listed(self, call: Call) -> Answer:
        return Answer(json={"notes": [one for one in self.notes if one["contactId"] == call.parts["id"]]})

    def _note(self, call: Call) -> Answer:
        body = self.need(call, "text")
        self.notes.append({"id": uuid4().hex, "contactId": call.parts["id"], **body})
        return Answer(201, self.notes[-1])

    def _join(self, call: Call) -> Answer:
        for id in self.need(call, "contactIds")["contactIds"]:
            self.contact(id)["lists"].append({"id": call.parts["id"], "name": self.pools[call.parts["id"]]})
        return Answer(json={})

    def _file(self, call: Call) -> Answer:
        if "authorization" in call.headers:
            self.violations.append("credentials were sent to a file's own address")
        return Answer(body=self.files[call.parts["id"]], headers={"content-type": "application/octet-stream"})

    def contact(self, id: str) -> dict[str, Any]:
        return next(one for one in self.contacts if one["id"] == id)

    # ------------------------------------------------------------ what people do in Beamery

    def person(
        self, id: str, name: str, email: str, pool: str, resume: bytes, at: str = "2026-11-20T08:00:00Z"
    ) -> None:
        first, _, last = name.partition(" ")
        self.contacts.append(
            {
                "id": id,
                "firstName": first,
                "lastName": last,
                "primaryEmail": email,
                "lists": [{"id": pool, "name": self.pools[pool]}],
                "createdTime": at,
                "updatedTime": at,
                "customFields": [{"displayName": "Gender", "displayValue": "Female"}],
            }
        )
        self.files[f"{id}.txt"] = resume
        row = {"id": f"a-{id}", "name": f"{id}.txt", "url": f"{self.url}/files/{id}.txt", "createdTime": at}
        self.attachments[id] = [row]
