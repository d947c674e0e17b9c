"""Lever's side: the API with Basic or Bearer, its sign-in with codes that are spent and refresh tokens that rotate,
offset paging, webhooks whose signature stands in the body."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
from base64 import b64encode
from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import uuid4

import httpx2

from tests.simulators.base import Answer, Call, Refuse, Route, Simulator

KEY, CLIENT, SECRET, SIGNING, USER = "lever-api-key-1", "lever-client", "lever-secret-1", "lever-signing", "user-1"
PAGE = 2
"""Rows a page, however many are asked for."""
AT = 1795000000000
FILTERS = {"posting_id", "email", "archived", "updated_at_start", "limit", "offset", "expand"}


class Lever(Simulator):
    def __init__(self) -> None:
        self.codes: dict[str, str] = {}
        """Given out and not spent -> the address they are for."""
        self.tokens: set[str] = set()
        self.refresh = ""
        self.spent: list[str] = []
        self.exchanges = 0
        self.rows: dict[str, list[dict[str, Any]]] = {
            **{name: [] for name in ("postings", "opportunities", "feedback", "notes", "files", "resumes", "deleted")},
            "stages": [
                {"id": "st-1", "text": "New applicant"},
                {"id": "st-2", "text": "Foyer interview"},
                {"id": "st-3", "text": "Offer"},
            ],
            "archive_reasons": [
                {"id": "r-1", "text": "Underqualified", "status": "active", "type": "non-hired"},
                {"id": "r-2", "text": "Hired", "status": "active", "type": "hired"},
                {"id": "r-3", "text": "Withdrew", "status": "active", "type": "non-hired"},
            ],
            "feedback_templates": [{"id": "t-1", "text": "Foyer interview", "fields": TEMPLATE}],
            "users": [{"id": USER, "name": "Ann"}],
        }
        self.contents: dict[str, bytes] = {}
        self.forms: set[str] = set()
        super().__init__()

    @property
    def settings(self) -> dict[str, str]:
        """As a recruiter types them in."""
        return {"api_key": KEY, "signing_token": SIGNING, "perform_as": USER, "api_url": f"{self.url}/v1"}

    @property
    def signed_in(self) -> dict[str, str]:
        """The other way of signing in."""
        addresses = {"authorize_url": f"{self.url}/authorize", "token_url": f"{self.url}/oauth/token"}
        return {**self.settings, "api_key": "", "client_id": CLIENT, "client_secret": SECRET, **addresses}

    def routes(self) -> list[tuple[str, str, Route]]:
        one = "/v1/opportunities/(?P<id>[0-9a-z-]+)"
        return [
            ("GET", "/authorize", self._authorize),
            ("POST", "/oauth/token", self._token),
            ("GET", "/v1/(?P<name>postings|stages|archive_reasons|feedback_templates|users)", self._list),
            ("GET", "/v1/(?P<name>feedback_templates|users)/(?P<id>[0-9a-z-]+)", self._one),
            ("GET", "/v1/opportunities", self._people),
            ("POST", "/v1/opportunities", self._create),
            ("GET", "/v1/opportunities/deleted", self._deleted),
            ("GET", one, self._person),
            ("GET", f"{one}/(?P<name>notes|files|feedback|resumes)", self._about),
            ("GET", f"{one}/resumes/(?P<file>[0-9a-z-]+)/download", self._download),
            ("POST", f"{one}/notes", self._note),
            ("POST", f"{one}/files", self._upload),
            ("POST", f"{one}/feedback", self._feedback),
            ("POST", f"{one}/(?P<verb>addLinks|addTags)", self._add),
            ("PUT", f"{one}/(?P<verb>stage|archived)", self._move),
        ]

    def unknown(self, call: Call) -> Answer:
        return Answer(404, {"code": "ResourceNotFound", "message": f"{call.method} {call.path} does not exist"})

    def authorise(self, call: Call) -> None:
        if not call.path.startswith("/v1/"):
            return
        given = call.headers.get("authorization", "")
        key = given == "Basic " + b64encode(f"{KEY}:".encode()).decode()
        if not key and given.removeprefix("Bearer ") not in self.tokens:
            raise Refuse(Answer(401, {"code": "Unauthorized", "message": "no valid credentials"}), None)

    # ------------------------------------------------------------ signing in

    def _authorize(self, call: Call) -> Answer:
        """Somebody agrees at once."""
        wanted = {"client_id", "redirect_uri", "state", "response_type", "scope", "audience"}
        query = call.query
        fits = query.get("client_id") == CLIENT and query.get("response_type") == "code"
        if set(query) != wanted or not fits or query["audience"] != f"{self.url}/v1/" or not query["state"]:
            raise Refuse(Answer(400, {"error": "invalid_request"}), f"asked to authorise with {query}")
        if "offline_access" not in query["scope"].split(" "):
            raise Refuse(Answer(400, {"error": "invalid_scope"}), "no offline_access, so no refresh token")
        code = uuid4().hex
        self.codes[code] = query["redirect_uri"]
        there = f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"
        return Answer(302, headers={"location": there})

    def _token(self, call: Call) -> Answer:
        form = dict(parse_qsl(call.body.decode()))
        if call.headers.get("content-type") != "application/x-www-form-urlencoded" or "authorization" in call.headers:
            raise Refuse(Answer(400, {"error": "invalid_request"}), f"token asked for with {call.headers}")
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT, SECRET):
            raise Refuse(Answer(401, {"error": "access_denied"}), "token asked for with another client")
        if form.get("grant_type") == "authorization_code":
            if self.codes.pop(form.get("code", ""), None) != form.get("redirect_uri"):
                raise Refuse(_not_granted("Invalid authorization code"), None)
        elif form.get("grant_type") != "refresh_token" or not self.refresh or form.get("refresh_token") != self.refresh:
            raise Refuse(_not_granted(f"Unknown or invalid refresh token {form.get('refresh_token')}"), None)
        self.exchanges += 1
        self.spent += [self.refresh] if self.refresh else []
        self.refresh, access = f"v1.{uuid4().hex}", uuid4().hex
        self.tokens.add(access)
        token = {"access_token": access, "refresh_token": self.refresh, "token_type": "Bearer", "expires_in": 3600}
        return Answer(json=token)

    # ------------------------------------------------------------ lists

    def _page(self, call: Call, rows: list[dict[str, Any]]) -> Answer:
        start = 0
        if "offset" in call.query:
            found = re.fullmatch(r"0\.(\d+)\.token", call.query["offset"])
            if found is None:
                raise Refuse(Answer(400, {"code": "BadRequest", "message": "offset"}), f"offset {call.query['offset']}")
            start = int(found[1])
        more = start + PAGE < len(rows)
        page: dict[str, Any] = {"data": rows[start : start + PAGE], "hasNext": more}
        return Answer(json={**page, "next": f"0.{start + PAGE}.token"} if more else page)

    def _list(self, call: Call) -> Answer:
        since = int(call.query.get("updated_at_start", 0))
        return self._page(call, [row for row in self.rows[call.parts["name"]] if row.get("updatedAt", AT) >= since])

    def _one(self, call: Call) -> Answer:
        return Answer(json={"data": self._row(call.parts["name"], call.parts["id"])})

    def _row(self, name: str, id: str) -> dict[str, Any]:
        found = next((row for row in self.rows[name] if row["id"] == id), None)
        if found is None:
            raise Refuse(Answer(404, {"code": "ResourceNotFound", "message": f"{name} {id} was not found"}), None)
        return found

    def _people(self, call: Call) -> Answer:
        if unknown := set(call.query) - FILTERS:
            raise Refuse(Answer(400, {"code": "BadRequest", "message": str(unknown)}), f"people by {unknown}")
        query, since = call.query, int(call.query.get("updated_at_start", 0))
        rows = [
            row
            for row in self.rows["opportunities"]
            if query.get("posting_id") in (None, *(one["posting"] for one in row["applications"]))
            and query.get("email") in (None, *row["emails"])
            and query.get("archived") in (None, str(row["archived"] is not None).lower())
            and row["updatedAt"] >= since
        ]
        return self._page(call, [self._shown(call, row) for row in rows])

    def _shown(self, call: Call, row: dict[str, Any]) -> dict[str, Any]:
        """Applications are ids unless they are asked for as a whole."""
        whole = call.query.get("expand") == "applications"
        return row if whole else {**row, "applications": [one["id"] for one in row["applications"]]}

    def _person(self, call: Call) -> Answer:
        return Answer(json={"data": self._shown(call, self._row("opportunities", call.parts["id"]))})

    def _deleted(self, call: Call) -> Answer:
        since = int(call.query.get("deleted_at_start", 0))
        return self._page(call, [row for row in self.rows["deleted"] if row["deletedAt"] >= since])

    def _about(self, call: Call) -> Answer:
        self._row("opportunities", call.parts["id"])
        rows = [row for row in self.rows[call.parts["name"]] if row["opportunity"] == call.parts["id"]]
        return self._page(call, rows)

    def _download(self, call: Call) -> Answer:
        content = self.contents[self._row("resumes", call.parts["file"])["id"]]
        return Answer(body=content, headers={"content-type": "application/octet-stream"})

    # ------------------------------------------------------------ changes

    def _by(self, call: Call) -> None:
        if call.query.get("perform_as") != USER:
            said = Answer(400, {"code": "BadRequest", "message": "perform_as is required"})
            raise Refuse(said, f"{call.method} {call.path} by {call.query.get('perform_as')}")

    def _made(self, kind: str, call: Call, **row: Any) -> dict[str, Any]:
        self._row("opportunities", call.parts["id"])
        made = {"id": f"{kind}-{uuid4().hex[:12]}", "opportunity": call.parts["id"], **row}
        self.rows[kind].append(made)
        return made

    def _note(self, call: Call) -> Answer:
        made = self._made(
            "notes", call, fields=[{"type": "note", "value": self.need(call, "value", status=400)["value"]}]
        )
        return Answer(201, {"data": {"noteId": made["id"]}})

    def _upload(self, call: Call) -> Answer:
        self._by(call)
        named = re.search(rb'name="file"; filename="([^"]+)"', call.body)
        if "multipart/form-data" not in call.headers.get("content-type", "") or named is None:
            raise Refuse(Answer(400, {"code": "BadRequest", "message": "no file"}), "an upload without a file")
        made = self._made("files", call, name=named[1].decode(), status="processed")
        return Answer(201, {"data": made})

    def _feedback(self, call: Call) -> Answer:
        self._by(call)
        body = self.need(call, "baseTemplateId", "fieldValues", status=400)
        fields = {field["id"]: field for field in self._row("feedback_templates", body["baseTemplateId"])["fields"]}
        given = {each["id"]: each["value"] for each in body["fieldValues"]}
        wrong = [id for id, value in given.items() if id not in fields or not _fits(fields[id], value)]
        lacking = [id for id, field in fields.items() if field.get("required") and id not in given]
        if wrong or lacking:
            said = Answer(400, {"code": "BadRequest", "message": f"wrong {wrong}, lacking {lacking}"})
            raise Refuse(said, f"a form with {given}: wrong {wrong}, lacking {lacking}")
        shown = [{**field, "value": given.get(id)} for id, field in fields.items()]
        times = {key: body[key] for key in ("createdAt", "completedAt")}
        made = self._made("feedback", call, fields=shown, baseTemplateId=body["baseTemplateId"], user=USER, **times)
        return Answer(201, {"data": made})

    def _add(self, call: Call) -> Answer:
        key = {"addLinks": "links", "addTags": "tags"}[call.parts["verb"]]
        row = self._row("opportunities", call.parts["id"])
        row[key] = list(dict.fromkeys([*row[key], *self.need(call, key, status=400)[key]]))
        return Answer(json={"data": row})

    def _move(self, call: Call) -> Answer:
        row = self._row("opportunities", call.parts["id"])
        if call.parts["verb"] == "stage":
            self.moves(row["id"], self._row("stages", self.need(call, "stage", status=400)["stage"])["id"], AT + 1000)
        else:
            reason = self._row("archive_reasons", self.need(call, "reason", status=400)["reason"])
            self.archives(row["id"], reason["id"], AT + 2000)
        return Answer(json={"data": row})

    def _create(self, call: Call) -> Answer:
        """Somebody with the same address is the same person."""
        self._by(call)
        body = self.need(call, "name", "postings", status=400)
        known = [row for row in self.rows["opportunities"] if set(row["emails"]) & set(body.get("emails", []))]
        made = self._opportunity(f"op-{uuid4().hex[:12]}", body["postings"][0], body["name"], body["emails"])
        made["contact"] = known[0]["contact"] if known else made["contact"]
        made["sources"], made["links"], made["origin"] = body.get("sources", []), body.get("links", []), "sourced"
        return Answer(201, {"data": self._shown(call, made)})

    # ------------------------------------------------------------ what happens in Lever

    def opening(self, id: str, title: str, text: str) -> None:
        content = {"descriptionHtml": "".join(f"<p>{line}</p>" for line in text.splitlines() if line.strip())}
        urls = {"show": f"{self.url}/postings/{id}"}
        self.rows["postings"].append(
            {"id": id, "text": title, "state": "published", "content": content, "urls": urls, "updatedAt": _now()}
        )

    def _opportunity(self, id: str, posting: str, name: str, emails: list[str]) -> dict[str, Any]:
        question = {"type": "text", "text": "Why here?", "value": "Because."}
        gender = {"type": "dropdown", "text": "Gender", "value": "Female"}
        forms = [{"type": "posting", "fields": [question, gender]}]
        application = {"id": f"ap-{id}", "posting": posting, "createdAt": AT, "customQuestions": forms}
        made: dict[str, Any] = {
            "id": id,
            "name": name,
            "contact": f"contact-{id}",
            "emails": emails,
            "phones": [],
            "stage": "st-1",
            "stageChanges": [],
            "archived": None,
            "applications": [application],
            "sources": ["Jobs page"],
            "origin": "applied",
            "createdAt": AT,
            "updatedAt": _now(),
            "links": [],
            "tags": [],
            "urls": {"show": f"https://hire.lever.co/candidates/{id}"},
        }
        self.rows["opportunities"].append(made)
        return made

    def applies(self, id: str, posting: str, name: str, email: str, resume: bytes) -> dict[str, Any]:
        made = self._opportunity(id, posting, name, [email])
        file = {"name": f"{id}.txt", "ext": ".txt", "downloadUrl": f"https://hire.lever.co/{id}"}
        self.rows["resumes"].append({"id": f"cv-{id}", "opportunity": id, "createdAt": AT, "file": file})
        self.contents[f"cv-{id}"] = resume
        return made

    def moves(self, id: str, stage: str, at: int) -> None:
        row = self._row("opportunities", id)
        row["stage"], row["updatedAt"] = stage, _now()
        row["stageChanges"].append({"toStageId": stage, "updatedAt": at, "userId": USER})

    def archives(self, id: str, reason: str | None, at: int) -> None:
        """None: out of the archive again."""
        row = self._row("opportunities", id)
        row["archived"], row["updatedAt"] = {"archivedAt": at, "reason": reason} if reason else None, _now()

    def deletes(self, id: str) -> None:
        self.rows["opportunities"] = [row for row in self.rows["opportunities"] if row["id"] != id]
        self.rows["deleted"].append({"id": id, "deletedAt": _now()})

    def webhook(
        self, address: str, event: str, id: str, *, token: str = "", key: str = SIGNING, **more: Any
    ) -> httpx2.Response:
        token, at = (token or uuid4().hex).ljust(48, "0"), AT + 5000
        signature = hmac.new(key.encode(), f"{token}{at}".encode(), hashlib.sha256).hexdigest()
        data = {"opportunityId": id, "candidateId": id, "contactId": f"contact-{id}", **more}
        body = {"event": event, "triggeredAt": at, "token": token, "signature": signature, "data": data}
        sent = json.dumps(body).encode()
        headers = {"content-type": "application/json", "user-agent": "Lever-Webhooks"}
        return httpx2.post(f"{address}/webhook", content=sent, headers=headers, timeout=30)


TEMPLATE: list[dict[str, Any]] = [
    {
        "id": "f-1",
        "type": "score-system",
        "text": "Rating",
        "required": True,
        "options": [{"text": f"{n} - {word}"} for n, word in ((4, "Strong"), (3, "Hire"), (2, "No"), (1, "Strong no"))],
    },
    {"id": "f-2", "type": "textarea", "text": "Summary", "required": True},
    {"id": "f-3", "type": "text", "text": "Report", "required": False},
    {"id": "f-4", "type": "dropdown", "text": "Recommendation", "options": [{"text": "Yes"}, {"text": "No"}]},
]


def _now() -> int:
    return int(time.time() * 1000)


def _fits(field: dict[str, Any], value: Any) -> bool:
    if "options" in field:
        return value in [one["text"] for one in field["options"]]
    return isinstance(value, str) and ("\n" not in value or field["type"] == "textarea")


def _not_granted(why: str) -> Answer:
    return Answer(403, {"error": "invalid_grant", "error_description": why})
