"""JazzHR's side: exports with signatures, files that die, and the customer API with its key in the address, pages in
the path, and one row as an object."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64decode, b64encode
from typing import Any
from uuid import uuid4

import httpx2

from tests.simulators.base import Answer, Call, Refuse, Route, Simulator

KEY, SECRET, USER = "jazz-api-key-1234", "jazz-export-secret", "usr_1"
PAGE = 2
"""Rows a page: a list of three ends with a page of one row, which is an object."""


class JazzHR(Simulator):
    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {
            **{name: [] for name in ("jobs", "applicants", "applicants2jobs", "hires", "notes", "files")},
            "categories": [{"id": "cat_1", "name": "Foyer done"}],
        }
        self.contents: dict[str, bytes] = {}
        self.dead: set[str] = set()
        """Files whose time is over."""
        self.repeats_key = False
        """Refuses everybody, and says with which key."""
        super().__init__()

    @property
    def settings(self) -> dict[str, str]:
        """As a recruiter types them in."""
        return {"secret": SECRET, "api_key": KEY, "user_id": USER, "api_url": f"{self.url}/v1"}

    def routes(self) -> list[tuple[str, str, Route]]:
        return [
            ("GET", "/v1/(?P<name>jobs|hires|categories)/page/(?P<page>[0-9]+)", self._list),
            ("GET", "/v1/applicants/name/(?P<value>[^/]+)/page/(?P<page>[0-9]+)", self._named),
            ("GET", "/v1/applicants/name/(?P<value>[^/]+)", self._named),
            (
                "GET",
                "/v1/applicants/job_id/(?P<job>[^/]+)(/from_apply_date/(?P<since>[0-9-]+))?/page/(?P<page>[0-9]+)",
                self._of_job,
            ),
            ("GET", "/v1/applicants/(?P<id>prospect_[^/]+)", self._person),
            ("GET", "/v1/files/applicant_id/(?P<id>[^/]+)/page/(?P<page>[0-9]+)", self._files),
            ("POST", "/v1/notes", self._note),
            ("POST", "/v1/categories2applicants", self._category),
            ("POST", "/v1/applicants", self._create),
            ("POST", "/v1/applicants2jobs", self._assign),
            ("GET", "/export-files/(?P<id>.+)", self._exported),
            ("GET", "/stored/(?P<id>.+)", self._stored),
        ]

    def authorise(self, call: Call) -> None:
        if not call.path.startswith("/v1/"):
            if call.query:
                self.violations.append(f"a file's own address was called with {sorted(call.query)}")
            return
        if self.repeats_key:
            raise Refuse(Answer(403, {"error": f"the key {call.query.get('apikey')} has no access"}), None)
        if call.query.get("apikey") != KEY:
            raise Refuse(Answer(401, {"error": "Invalid API key"}), f"called with {sorted(call.query)}")
        if set(call.query) != {"apikey"}:
            raise Refuse(Answer(400, {"error": "filters stand in the path"}), f"a query of {sorted(call.query)}")

    # ------------------------------------------------------------ lists

    def _page(self, call: Call, rows: list[dict[str, Any]]) -> Answer:
        start = (int(call.parts.get("page") or 1) - 1) * PAGE
        page = rows[start : start + PAGE]
        if len(page) == 1:
            return Answer(json=page[0])
        return Answer(body=json.dumps(page).encode())

    def _list(self, call: Call) -> Answer:
        return self._page(call, self.rows[call.parts["name"]])

    def _short(self, row: dict[str, Any]) -> dict[str, Any]:
        """A list has no addresses."""
        return {key: row[key] for key in ("id", "first_name", "last_name", "prospect_phone", "apply_date")}

    def _named(self, call: Call) -> Answer:
        rows = [row for row in self.rows["applicants"] if _name(row) == call.parts["value"]]
        return self._page(call, [self._short(row) for row in rows])

    def _of_job(self, call: Call) -> Answer:
        ids = {row["applicant_id"] for row in self.rows["applicants2jobs"] if row["job_id"] == call.parts["job"]}
        since = call.parts.get("since") or ""
        rows = [row for row in self.rows["applicants"] if row["id"] in ids and row["apply_date"] >= since]
        return self._page(call, [self._short(row) for row in rows])

    def _row(self, id: str) -> dict[str, Any]:
        found = next((row for row in self.rows["applicants"] if row["id"] == id), None)
        if found is None:
            raise Refuse(Answer(404, {"error": f"no applicant {id}"}), None)
        return found

    def _person(self, call: Call) -> Answer:
        row = self._row(call.parts["id"])
        mine = [one for one in self.rows["applicants2jobs"] if one["applicant_id"] == row["id"]]
        notes = [one for one in self.rows["notes"] if one["applicant_id"] == row["id"]]
        jobs = [{"job_id": one["job_id"], "applicant_progress": one["step"]} for one in mine]
        return Answer(json={**row, "jobs": _lone(jobs), "comments": _lone(notes)})

    def _files(self, call: Call) -> Answer:
        return self._page(call, [row for row in self.rows["files"] if row["applicant_id"] == call.parts["id"]])

    def _exported(self, call: Call) -> Answer:
        if call.parts["id"] in self.dead:
            return Answer(403, {"error": "expired"})
        content = b64encode(self.contents[call.parts["id"]]).decode()
        return Answer(json={"content": content, "mimeType": "text/plain", "fileName": f"{call.parts['id']}.txt"})

    def _stored(self, call: Call) -> Answer:
        return Answer(body=self.contents[call.parts["id"]], headers={"content-type": "text/plain"})

    # ------------------------------------------------------------ changes

    def _note(self, call: Call) -> Answer:
        body = self.need(call, "applicant_id", "user_id", "contents", "security", status=400)
        self._row(body["applicant_id"])
        made = {"id": f"comment_{uuid4().hex[:8]}", **body}
        self.rows["notes"].append(made)
        return Answer(json={"comment_id": made["id"]})

    def _category(self, call: Call) -> Answer:
        body = self.need(call, "applicant_id", "category_id", status=400)
        if body["category_id"] not in [one["id"] for one in self.rows["categories"]]:
            raise Refuse(Answer(json={"error": "no such category"}), f"category {body['category_id']}")
        self._row(body["applicant_id"])["categories"].append({"id": body["category_id"]})
        return Answer(json={})

    def _create(self, call: Call) -> Answer:
        body = self.need(call, "first_name", "last_name", "email", "job", status=400)
        made = self._applicant(f"{body['first_name']} {body['last_name']}", body["email"], body.get("phone", ""))
        self._case(made["id"], body["job"])
        if body.get("base64-resume"):
            self.contents[made["id"]] = b64decode(body["base64-resume"], validate=True)
        return Answer(json={"prospect_id": made["id"]})

    def _assign(self, call: Call) -> Answer:
        body = self.need(call, "applicant_id", "job_id", status=400)
        self._case(self._row(body["applicant_id"])["id"], body["job_id"])
        return Answer(json={})

    # ------------------------------------------------------------ what happens in JazzHR

    def opening(self, id: str, title: str, text: str) -> None:
        html = "".join(f"<p>{line}</p>" for line in text.splitlines() if line.strip())
        self.rows["jobs"].append({"id": id, "title": title, "status": "Open", "description": html})

    def _applicant(self, name: str, email: str, phone: str = "") -> dict[str, Any]:
        first, _, last = name.rpartition(" ")
        made: dict[str, Any] = {
            "id": f"prospect_{uuid4().hex[:12]}",
            "first_name": first,
            "last_name": last,
            "email": email,
            "prospect_phone": phone,
            "apply_date": "2026-11-19",
            "eeo_gender": "Female",
            "eeo_race": "Asian",
            "categories": [],
            "questionnaire": {"question": "Why here?", "answer": "Because."},
        }
        self.rows["applicants"].append(made)
        return made

    def _case(self, person: str, job: str) -> None:
        known = [row for row in self.rows["applicants2jobs"] if (row["applicant_id"], row["job_id"]) == (person, job)]
        if not known:
            self.rows["applicants2jobs"].append({"applicant_id": person, "job_id": job, "step": "New"})

    def applies(self, job: str, name: str, email: str, resume: bytes) -> str:
        made = self._applicant(name, email)
        self._case(made["id"], job)
        self.contents[made["id"]] = resume
        file = {"filename": f"{name}.txt", "file_url": f"{self.url}/stored/{made['id']}", "applicant_id": made["id"]}
        self.rows["files"].append(file)
        return str(made["id"])

    def exported(
        self, id: str, job: str, step: str, category: str, *, at: str = "2026-11-25T10:00:00Z"
    ) -> dict[str, Any]:
        """The body of an export: numbers instead of the API's ids, and all that nobody should look at."""
        row, title = self._row(id), next(one["title"] for one in self.rows["jobs"] if one["id"] == job)
        number = str(int(hashlib.sha256(id.encode()).hexdigest()[:8], 16))
        status = {"name": step, "category": category, "transitionDateTime": at}
        opening = {"positionOpeningId": {"value": "500"}, "positionTitle": title, "candidateStatus": status}
        files = [{"id": {"value": "1"}, "descriptions": ["Resume"], "url": f"{self.url}/export-files/{id}"}]
        person = {
            "id": {"value": number, "schemeId": "JazzHR Candidate", "schemeAgencyId": "JazzHR"},
            "name": {"formattedName": _name(row), "given": row["first_name"], "family": row["last_name"]},
            "gender": "Female",
            "citizenShip": ["U.S. Citizen/Permanent Resident"],
            "applyDate": row["apply_date"],
            "communication": {"email": [{"address": row["email"]}], "phone": None, "address": [], "web": []},
        }
        profile = {
            "languageCode": "en-US",
            "profileId": {"value": f"9{number}", "schemeId": "JazzHR Job Application"},
            "associatedPositionOpenings": [opening],
            "education": None,
            "attachments": files,
        }
        more = {number: {"overEighteen": True, "eeoRace": "Asian", "eeoVeteran": "Not a veteran"}}
        candidate = {"person": person, "profiles": [profile]}
        return {"candidate": candidate, "positionOpenings": [], "additionalPersonInformation": more}

    def send(
        self, address: str, body: dict[str, Any] | bytes, *, event: str = "CANDIDATE-EXPORT", secret: str = SECRET
    ) -> httpx2.Response:
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {
            "Link": "<https://app.jazz.co/app/v2/candidate/1>; rel=self",
            "User-Agent": "JazzHR",
            "X-JazzHR-Event": event,
            "X-JazzHR-Signature": hmac.new(secret.encode(), sent, hashlib.sha256).hexdigest(),
            "X-JazzHR-UUID": uuid4().hex,
        }
        return httpx2.post(f"{address}/export", content=sent, headers=headers, timeout=30)


def _name(row: dict[str, Any]) -> str:
    return f"{row['first_name']} {row['last_name']}"


def _lone(rows: list[dict[str, Any]]) -> Any:
    return rows[0] if len(rows) == 1 else rows
