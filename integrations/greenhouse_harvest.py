"""Greenhouse's Harvest API v3, which this calls; `integrations.greenhouse` is built on it and is called by Greenhouse.

Sign-in, paging, filters and limits are documented by the vendor. The bodies (applications, candidates, notes,
attachments, move, reject, create) are known from public clients, and that notes can be listed is unverified.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.auth import Headers, OAuth2
from integrations.http import opening
from integrations.paging import Turning
from integrations.vendor import Vendor, always, containing, instant, plain, reference, text_of
from models.engines import Service
from models.errors import PushRejected
from models.exchange import (
    CandidateIntake,
    Choice,
    Cursor,
    Decision,
    Finding,
    Handover,
    Item,
    JobIntake,
    Lookup,
    Outcome,
    OutcomeKind,
    Request,
    Response,
    Write,
)

AT_ONCE = 50
"""Ids in one filter."""
SCOPES = ("jobs", "applications", "candidates", "attachments", "notes")
"""Lists that are read, each behind a scope of its own."""


class Harvest(Vendor):
    """The half of a Greenhouse connection that calls. Without a client id it stays silent."""

    def auth(self) -> OAuth2 | Headers:
        if not self.settings["client_id"]:
            return Headers()
        form = {"sub": self.settings["user_id"]} if self.settings["user_id"] else {}
        return OAuth2(self.settings["token_url"], self.settings["client_id"], self.settings["client_secret"], form=form)

    def _pages(self, service: Service, path: str, **query: str) -> Iterator[dict[str, Any]]:
        request: Request | None = Request("GET", path, query=(("per_page", "500"), *query.items()))
        turning = Turning()
        while request is not None:
            turning(request)
            answer = service.send(request)
            yield from answer.json or ()
            request = next_page(answer)

    def poll(self, since: Cursor | None, service: Service, jobs: Sequence[str]) -> Iterator[Item | Cursor]:
        if not self.settings["client_id"]:
            return
        began = (datetime.now(UTC) - OVERLAP).isoformat(timespec="seconds")
        posts = {str(one.get("job_id")): one for one in self._pages(service, "job_posts")}
        for job in self._pages(service, "jobs"):
            post = posts.get(str(job["id"]), {})
            opened = job.get("status") in (None, "open")
            yield JobIntake(
                remote_id=str(job["id"]), title=text_of(job, "name"), text=plain(text_of(post, "content")), open=opened
            )
        recent = {"updated_at[gte]": since.token} if since is not None else {}
        for job_id in jobs:
            batch: list[dict[str, Any]] = []
            for application in self._pages(service, "applications", job_ids=job_id, **recent):
                batch.append(application)
                if len(batch) == AT_ONCE:
                    yield from self._people(batch, job_id, service)
                    batch = []
            yield from self._people(batch, job_id, service)
        yield Cursor(token=began)

    def _people(self, applications: Sequence[dict[str, Any]], job_id: str, service: Service) -> Iterator[Item]:
        if not applications:
            return
        ids = ",".join(dict.fromkeys(str(one["candidate_id"]) for one in applications))
        people = {str(one["id"]): one for one in self._pages(service, "candidates", ids=ids)}
        own = ",".join(str(one["id"]) for one in applications)
        files = [one for one in self._pages(service, "attachments", application_ids=own) if one.get("type") == "resume"]
        resumes = {str(one.get("application_id")): one for one in files}
        for one in applications:
            person, resume = people.get(str(one["candidate_id"])), resumes.get(str(one["id"]))
            if person is not None:
                yield intake_of(one, person, resume, job_id, self.file(resume, service))
            if one.get("status") in ("hired", "rejected"):
                yield outcome_of("hired" if one["status"] == "hired" else "rejected", {"application": one})

    @staticmethod
    def file(resume: Mapping[str, Any] | None, service: Service) -> bytes:
        """The file itself: its address is open, and dies after seven days."""
        return service.send(Request("GET", str(resume["url"]), bare=True)).body if resume else b""

    # ------------------------------------------------------------ writing

    def note(self, candidate: str, application: str, text: str, mark: str) -> Write:
        body = {"candidate_id": _number(candidate), "body": text, "visibility": "private", "note_type": "NOTE"}
        if application:
            body["application_id"] = _number(application)
        if self.settings["user_id"]:
            body["user_id"] = _number(self.settings["user_id"])
        listed = Request("GET", "notes", query=(("candidate_ids", candidate), ("per_page", "500")))
        return Write(
            "note",
            f"A private note on candidate {candidate}.",
            always(Request("POST", "notes", json=body)),
            containing(listed, mark, next_page),
            reference("id"),
        )

    def attachment(self, application: str, filename: str, pdf: bytes) -> Write:
        body = {
            "application_id": _number(application),
            "filename": filename,
            "type": "other",
            "content": b64encode(pdf).decode(),
            "visibility": "private",
        }
        listed = Request("GET", "attachments", query=(("application_ids", application), ("per_page", "500")))
        return Write(
            "pdf",
            f"The report as a file on application {application}.",
            always(Request("POST", "attachments", json=body)),
            containing(listed, filename, next_page),
            reference("id"),
        )

    def decide(self, decision: Decision) -> Sequence[Write]:
        """Moving and rejecting can make Greenhouse write to the candidate; we never ask it to."""
        application, chosen = decision.target.application, decision.mapping
        if decision.kind == "reject":
            body: dict[str, Any] = {"rejection_reason_id": _number(chosen["reason.reject"]), "notes": decision.reason}
            return (
                Write(
                    "reject",
                    f"Reject application {application}.",
                    always(Request("POST", f"applications/{application}/reject", json=body)),
                ),
            )
        body = {
            "from_stage_id": _number(decision.target.extra.get("stage", "")),
            "to_stage_id": _number(chosen["stage.advance"]),
        }
        return (
            Write(
                "move",
                f"Move application {application}.",
                always(Request("POST", f"applications/{application}/move", json=body)),
            ),
        )

    def create(self, handover: Handover) -> Sequence[Write]:
        person = handover.candidate
        first, _, last = (person.name or "Name unknown").rpartition(" ")
        email, source = person.email or "", handover.mapping.get("source.create", "")
        applied_for = {"job_id": _number(handover.job), **({"source_id": _number(source)} if source else {})}
        body = {
            "first_name": first or last,
            "last_name": last,
            "email_addresses": [{"value": email, "type": "personal"}] if email else [],
            "application": applied_for,
        }
        same = Request("GET", "candidates", query=(("email", email),))
        known = Lookup(always(same), lambda answer: _with_email(answer, email)) if email else None
        applied = Lookup(
            lambda done: Request(
                "GET", "applications", query=(("candidate_ids", done["candidate"]), ("job_ids", handover.job))
            ),
            _first_id,
        )
        return (
            Write(
                "candidate",
                f"Create {person.name} with an application.",
                always(Request("POST", "candidates", json=body)),
                known,
                _created,
                look_first=True,
            ),
            Write(
                "application",
                "Apply them to the job.",
                lambda done: Request(
                    "POST",
                    "applications",
                    json={"candidate_id": _number(done["candidate"]), **applied_for},
                ),
                applied,
                reference("id"),
                look_first=True,
            ),
            *((self._resume(person),) if person.content else ()),
        )

    def _resume(self, person: CandidateIntake) -> Write:
        body = {
            "filename": person.filename,
            "type": "resume",
            "content": b64encode(person.content).decode(),
            "visibility": "private",
        }
        listed = ("per_page", "500")
        return Write(
            "resume",
            "Their resume, on the application.",
            lambda done: Request("POST", "attachments", json={"application_id": _number(done["application"]), **body}),
            Lookup(
                lambda done: Request("GET", "attachments", query=(("application_ids", done["application"]), listed)),
                lambda response: "found" if person.filename.encode() in response.body else None,
                next_page,
            ),
            reference("id"),
        )

    # ------------------------------------------------------------ setting up

    def reached(self, service: Service) -> Iterator[Finding]:
        """Of a connection test: each list that is read, or the scope that it lacks."""
        for path in SCOPES:
            try:
                service.send(Request("GET", path, query=(("per_page", "1"),)))
            except PushRejected as refused:
                yield Finding(ok=False, what=refused.detail, cure=f"Give the client the scope harvest:{path}:list.")
            else:
                yield Finding(ok=True, what=f"Harvest: {path} can be read.")

    def choices(self, service: Service) -> Mapping[str, Sequence[Choice]]:
        if not self.settings["client_id"]:
            return {}
        lists = {"stages": "job_interview_stages", "reasons": "rejection_reasons", "sources": "sources"}
        return {
            name: [Choice(str(one["id"]), text_of(one, "name")) for one in self._pages(service, path)]
            for name, path in lists.items()
        }

    def judge(self, response: Response) -> str | None:
        """Greenhouse says what is wrong in "message"; the status says that something is."""
        return opening(response) if response.status >= 400 else None


# ---------------------------------------------------------------- theirs -> ours


def intake_of(
    application: Mapping[str, Any],
    person: Mapping[str, Any],
    resume: Mapping[str, Any] | None,
    job_id: object,
    content: bytes,
) -> CandidateIntake:
    source = application.get("source") or {}
    return CandidateIntake(
        filename=text_of(resume or {}, "filename"),
        content=content,
        name=f"{text_of(person, 'first_name')} {text_of(person, 'last_name')}".strip(),
        email=_first_value(person.get("email_addresses")),
        phone=_first_value(person.get("phone_numbers")),
        external_id=str(application["id"]),
        source=text_of(source, "public_name") or text_of(source, "name") or "Greenhouse",
        origin="referral"
        if application.get("credited_to") and "referral" in text_of(source, "name").lower()
        else "application",
        remote_candidate_id=str(person["id"]),
        remote_job_id=str(job_id),
        applied_at=instant(text_of(application, "applied_at")),
        profile_url=text_of(application, "url"),
        stage=text_of(application, "current_stage", "id") or text_of(application, "stage_id"),
    )


def outcome_of(kind: OutcomeKind, payload: Mapping[str, Any]) -> Outcome:
    application = payload.get("application") or {}
    person = payload.get("person") or payload.get("candidate") or application.get("candidate") or {}
    reason = application.get("rejection_reason") or {}
    if kind == "rejected" and "withdr" in (text_of(reason, "type", "name") + text_of(reason, "name")).lower():
        kind = "withdrew"
    moments = (instant(text_of(application, key)) for key in ("rejected_at", "last_activity_at", "updated_at"))
    at = next((each for each in moments if each is not None), None)
    return Outcome(
        kind=kind,
        at=at or datetime.now(UTC),
        remote_application_id=text_of(application, "id") or None,
        remote_candidate_id=text_of(person, "id")
        or text_of(payload, "candidate_id")
        or text_of(application, "candidate_id")
        or None,
        stage=text_of(application, "current_stage", "name") or text_of(application, "stage_name"),
        reason=text_of(reason, "name"),
        into=text_of(person, "new_candidate_id") or None,
    )


def next_page(answer: Response) -> Request | None:
    """The Link header's next address holds the cursor, which must be the only parameter."""
    for part in answer.headers.get("link", "").split(","):
        address, _, relation = part.partition(";")
        if 'rel="next"' in relation:
            return Request("GET", address.strip().strip("<>"))
    return None


def _first_value(values: object) -> str | None:
    return text_of(values[0], "value") or None if isinstance(values, list) and values else None


def _first_id(response: Response) -> str | None:
    """What is no list does not say that there is nobody."""
    found = response.json
    if not isinstance(found, list):
        raise TypeError("a list was asked for")
    return str(found[0]["id"]) if found else None


def _with_email(response: Response, email: str) -> str | None:
    """Whoever has this very address: a filter that is not heeded finds everybody."""
    for person in response.json or ():
        held = person.get("email_addresses") or ()
        if any(text_of(one, "value").casefold() == email.casefold() for one in held):
            return str(person["id"])
    return None


def _created(response: Response) -> str:
    made = response.json
    return str((made.get("candidate") or made)["id"])


def _number(id: str) -> int | str:
    return int(id) if id.isdecimal() else id


OVERLAP = timedelta(minutes=5)
"""That two readings overlap: their clock is not ours."""
