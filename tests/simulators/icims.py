"""iCIMS's side: OAuth2, profiles, search that gives ids alone, assessmentresults, binary fields, X-Error; and its
events, gzip-compressed."""

from __future__ import annotations

import gzip
import json
import zlib
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

import httpx2

from tests.simulators.base import Answer, Call, Refuse, Route, Simulator

CUSTOMER, CLIENT, SECRET = "6405", "icims-client-1", "icims-client-secret-1"
USER, PASSWORD = "icims", "our-password-for-icims"
PAGE = 2
"""Ids a search gives, however many there are."""
OPERATORS = ("=", "!=", "==", "<", ">", "<=", ">=")
FIELDS = {"assessmentdate", "assessmentname", "assessmentnotes", "assessmentresult", "assessmentscore"}
FIELDS |= {"assessmentstatus", "rcf100"}
MOMENT = "%Y-%m-%d %I:%M %p"


class Icims(Simulator):
    def __init__(self) -> None:
        super().__init__()
        self.tokens: set[str] = set()
        self.profiles: dict[str, dict[str, dict[str, Any]]] = {"jobs": {}, "people": {}, "applicantworkflows": {}}
        self.rows: dict[str, list[dict[str, Any]]] = {}
        self.files: dict[str, bytes] = {}
        self.logs: dict[str, list[dict[str, Any]]] = {}
        self._ids = 1000

    @property
    def settings(self) -> dict[str, str]:
        return {
            "customer_id": CUSTOMER,
            "client_id": CLIENT,
            "client_secret": SECRET,
            "event_password": PASSWORD,
            "url_field": "rcf100",
            "pdf_field": "rcf101",
            "api_url": self.url,
            "token_url": f"{self.url}/oauth/token",
        }

    def routes(self) -> list[tuple[str, str, Route]]:
        base = f"/customers/{CUSTOMER}"
        workflow = f"{base}/applicantworkflows/(?P<id>[0-9]+)"
        return [
            ("POST", "/oauth/token", self._token),
            ("POST", f"{base}/search/(?P<kind>jobs|people|applicantworkflows)", self._search),
            ("GET", f"{base}/(?P<kind>jobs|people|applicantworkflows)/(?P<id>[0-9]+)", self._profile),
            ("POST", f"{base}/(?P<kind>people|applicantworkflows)", self._create),
            ("PATCH", workflow, self._patch),
            ("GET", f"{workflow}/submittalstatuslog", lambda call: Answer(json={"log": self.logs[call.parts["id"]]})),
            ("POST", f"{workflow}/fields/assessmentresults", self._row),
            ("PATCH", f"{workflow}/fields/assessmentresults/(?P<row>[0-9]+)/fields/rcf101/binary", self._binary),
            ("GET", f"{base}/people/(?P<id>[0-9]+)/fields/resume/binary", self._resume),
            ("PATCH", f"{base}/people/(?P<id>[0-9]+)/fields/resume/binary", self._put_resume),
        ]

    def authorise(self, call: Call) -> None:
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        if call.path != "/oauth/token" and (scheme != "Bearer" or token not in self.tokens):
            raise Refuse(error(401, "3;Access denied"), None)

    def unknown(self, call: Call) -> Answer:
        return error(404, "2;Not found")

    def _token(self, call: Call) -> Answer:
        form = dict(parse_qsl(call.body.decode()))
        if form != {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET}:
            raise Refuse(Answer(401, {"error": "invalid_client"}), f"token asked for with {sorted(form)}")
        self.tokens.add(uuid4().hex)
        return Answer(json={"access_token": sorted(self.tokens)[-1], "token_type": "Bearer", "expires_in": 3600})

    # ------------------------------------------------------------ search and profiles

    def _search(self, call: Call) -> Answer:
        kind, filters = call.parts["kind"], (call.json or {}).get("filters") or []
        own = {"jobs": "job", "people": "person", "applicantworkflows": "applicantworkflow"}[kind]
        wrong = [one for one in filters if not str(one.get("name", "")).startswith(f"{own}.")]
        wrong += [one for one in filters if one.get("operator") not in OPERATORS or not isinstance(one["value"], list)]
        if not filters or wrong:
            raise Refuse(error(400, "1;At least one filter must be specified"), f"search with {filters}")
        found = [id for id, row in self.profiles[kind].items() if all(self._fits(id, row, one) for one in filters)]
        found.sort(key=int)
        return Answer(json={"searchResults": [{"id": id, "self": f"{self.url}/{id}"} for id in found[:PAGE]]})

    @staticmethod
    def _fits(id: str, row: dict[str, Any], filter: dict[str, Any]) -> bool:
        name, [value] = filter["name"].partition(".")[2], filter["value"]
        if name == "id":
            return int(id) > int(value)
        if name == "updateddate":
            return moment(row["updateddate"]) >= moment(value)
        held = {"job.id": "baseprofile", "person.id": "associatedprofile"}.get(name)
        return str(row[held]["id"] if held else row.get(name)) == value

    def _profile(self, call: Call) -> Answer:
        row = self.profiles[call.parts["kind"]].get(call.parts["id"])
        if row is None:
            raise Refuse(error(404, "2;No such profile"), None)
        wanted = call.query.get("fields", "").split(",")
        if wanted == [""]:
            raise Refuse(error(400, "1;fields"), "a whole profile was asked for")
        if wanted == ["assessmentresults"]:
            return Answer(json={"assessmentresults": self.rows.get(call.parts["id"], [])})
        return Answer(json={key: value for key, value in row.items() if key in wanted})

    def _create(self, call: Call) -> Answer:
        kind = call.parts["kind"]
        needed = ("firstname", "lastname", "email") if kind == "people" else ("baseprofile", "associatedprofile")
        body = self.need(call, *needed, status=400)
        if kind == "applicantworkflows":
            body |= {key: {"id": str(body[key])} for key in ("baseprofile", "associatedprofile")}
        id = self._add(kind, body)
        return Answer(201, headers={"Location": f"{self.url}/customers/{CUSTOMER}/{kind}/{id}"})

    def _patch(self, call: Call) -> Answer:
        body = self.need(call, "status", status=400)
        self.becomes(call.parts["id"], body["status"]["id"], "2026-11-26 12:00 PM")
        return Answer(204)

    def _row(self, call: Call) -> Answer:
        body = self.need(call, "assessmentresult", "assessmentnotes", "assessmentdate", status=400)
        too_long = len(body["assessmentnotes"]) > 192 or len(body["assessmentresult"]) > 128
        if too_long or body.keys() - FIELDS:
            raise Refuse(error(400, "1;Field invalid"), f"a row with {body}")
        rows = self.rows.setdefault(call.parts["id"], [])
        known = [one for one in rows if {key: value for key, value in one.items() if key != "id"} == body]
        if not known:
            self._ids += 1
            rows.append({**body, "id": str(self._ids)})
        id = (known or rows)[-1]["id"]
        return Answer(201, headers={"Location": f"{self.url}{call.path}/{id}"})

    def _binary(self, call: Call) -> Answer:
        if call.parts["row"] not in [one["id"] for one in self.rows.get(call.parts["id"], [])]:
            raise Refuse(error(404, "2;No such row"), "a file for a row that is not there")
        self.files[f"row {call.parts['row']}"] = call.body
        return Answer(204)

    def _resume(self, call: Call) -> Answer:
        if f"person {call.parts['id']}" not in self.files:
            raise Refuse(error(404, "2;No resume"), None)
        headers = {"content-type": "text/plain", "content-disposition": 'attachment; filename="resume.txt"'}
        return Answer(body=self.files[f"person {call.parts['id']}"], headers=headers)

    def _put_resume(self, call: Call) -> Answer:
        self.files[f"person {call.parts['id']}"] = call.body
        return Answer(204)

    # ------------------------------------------------------------ what iCIMS does

    def _add(self, kind: str, row: dict[str, Any]) -> str:
        self._ids += 1
        now = datetime.now(UTC).strftime(MOMENT)
        self.profiles[kind][str(self._ids)] = {"updateddate": now, "createddate": now, **row}
        self.logs[str(self._ids)] = []
        return str(self._ids)

    def opening(self, title: str, text: str) -> str:
        html = "".join(f"<p>{line}</p>" for line in text.splitlines() if line.strip())
        row = {"jobtitle": title, "overview": html, "folder": {"id": "D1", "value": "Approved"}}
        return self._add("jobs", row)

    def applies(self, job: str, name: str, email: str, resume: bytes) -> str:
        """Somebody applies; the workflow's id."""
        first, _, last = name.partition(" ")
        phones = [{"phonenumber": f"+49 30 {zlib.crc32(email.encode())}", "phonetype": {"value": "Mobile"}}]
        extra = {"gender": {"value": "Female"}, "birthdate": "1990-01-01"}
        person = self._add("people", {"firstname": first, "lastname": last, "email": email, "phones": phones, **extra})
        self.files[f"person {person}"] = resume
        workflow = {"baseprofile": {"id": job}, "associatedprofile": {"id": person}}
        return self._add("applicantworkflows", workflow | {"status": {"id": "D10100", "value": "New"}})

    def becomes(self, workflow: str, status: str, at: str) -> None:
        row = self.profiles["applicantworkflows"][workflow]
        row |= {"status": {"id": status, "value": f"Status {status}"}, "updateddate": at}
        self.logs[workflow].append({"status": dict(row["status"]), "date": at})

    def event(self, address: str, body: dict[str, Any], *, password: str = PASSWORD) -> httpx2.Response:
        """As iCIMS sends it; redirects are for the candidate's browser."""
        credentials = b64encode(f"{USER}:{password}".encode()).decode()
        headers = {
            "Authorization": f"Basic {credentials}",
            "Content-Encoding": "gzip",
            "Content-Type": "application/json",
        }
        packed = gzip.compress(json.dumps({"customerId": CUSTOMER, **body}).encode(), mtime=0)
        return httpx2.post(f"{address}/events", content=packed, headers=headers, timeout=30)


def moment(text: str) -> datetime:
    return datetime.strptime(text, MOMENT).replace(tzinfo=UTC)


def error(status: int, said: str) -> Answer:
    code, _, detail = said.partition(";")
    return Answer(status, {"errors": [{"errorMessage": detail, "errorCode": int(code)}]}, {"X-Error": said})


def assessment(workflow: str) -> dict[str, Any]:
    """Somebody has applied and is to go on to the assessment."""
    return {
        "eventType": "AssessmentEvent",
        "systemId": workflow,
        "userId": "77",
        "returnUrl": "https://careers.example.org/return?id=9",
        "links": [{"rel": "self", "title": "workflow", "url": f"https://api.icims.com/x/{workflow}"}],
    }


def status_change(workflow: str, new: str, old: str = "D10100") -> dict[str, Any]:
    return {
        "eventType": "WorkFlowStatusChangeEvent",
        "systemId": workflow,
        "newStatus": new,
        "oldStatus": old,
        "links": [],
    }
