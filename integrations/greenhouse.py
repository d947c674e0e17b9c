"""Greenhouse: the Assessment Partner API, which it calls and this serves; Harvest v3, which this calls; its webhooks.

Served calls, webhook events and Harvest's sign-in, paging and limits are documented by the vendor; the bodies of
Harvest v3 (applications, candidates, notes, attachments, move, reject, create) are known from public clients, and that
notes can be listed is unverified: all of these are in the methods below `_pages`.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from integrations import summary
from integrations.auth import Headers, OAuth2, basic_value
from integrations.http import opening
from integrations.signatures import check_hex, check_key
from integrations.vendor import Vendor, always, body_of, containing, instant, plain, reference, text_of
from models.engines import Desk, Service
from models.errors import BadRequest, NotFound, PushRejected
from models.exchange import (
    About,
    AssessmentOrder,
    CandidateIntake,
    Capabilities,
    Choice,
    Cursor,
    Decision,
    Finding,
    Handover,
    Inbound,
    Item,
    JobIntake,
    Lookup,
    Mapped,
    OrderState,
    Outcome,
    OutcomeKind,
    Outgoing,
    Reply,
    Request,
    Response,
    Setting,
    Write,
)

TOKEN_URL = "https://auth.greenhouse.io/token"  # noqa: S105 - an address
AT_ONCE = 50
"""Ids in one filter."""
OUTCOMES: Mapping[str, OutcomeKind] = {
    "candidate_stage_change": "stage",
    "hire_candidate": "hired",
    "unhire_candidate": "undone",
    "reject_candidate": "rejected",
    "unreject_candidate": "undone",
    "candidate_anonymized": "erased",
    "delete_candidate": "erased",
    "merge_candidate": "merged",
}


class Greenhouse(Vendor):
    about = About(
        vendor="greenhouse",
        name="Greenhouse",
        kind="ats",
        base_url="{harvest_url}",
        settings=(
            Setting(
                "assessment_key",
                "Key for Greenhouse",
                "Any long random text; Greenhouse signs in to us with it.",
                secret=True,
            ),
            Setting(
                "webhook_secret",
                "Secret of the webhooks",
                "As entered there under Web Hooks.",
                secret=True,
                required=False,
            ),
            Setting("client_id", "Harvest v3 client id", "For notes, PDFs, jobs and applications.", required=False),
            Setting("client_secret", "Harvest v3 client secret", secret=True, required=False),
            Setting("user_id", "Greenhouse user id", "Whom notes are by.", required=False),
            Setting("harvest_url", "Harvest address", default="https://harvest.greenhouse.io/v3"),
            Setting("token_url", "Token address", default=TOKEN_URL),
        ),
        can=Capabilities(
            jobs="from public code",
            candidates="from public code",
            orders="documented",
            webhooks="documented",
            score="documented",
            text="from public code",
            pdf="from public code",
            create="from public code",
            decide="from public code",
            outcomes="documented",
            erasure="documented",
        ),
        mapped=(
            Mapped("stage.advance", "Stage after a person advances somebody", "stages"),
            Mapped("reason.reject", "Reason when a person rejects somebody", "reasons"),
            Mapped("source.create", "Source of people whom Foyer creates", "sources"),
        ),
        register=(
            "Mail partners@greenhouse.io these four addresses and the key: {url}/list_tests, {url}/send_test, "
            "{url}/test_status, {url}/response_error.",
            "Configure > Dev Center > Web Hooks: {url}/webhook, with the secret above, for the events about "
            "applications and candidates.",
            "Configure > Dev Center > API Credentials: a Harvest v3 client with the scopes that the test names.",
        ),
    )

    def auth(self) -> OAuth2 | Headers:
        if not self.settings["client_id"]:
            return Headers()
        form = {"sub": self.settings["user_id"]} if self.settings["user_id"] else {}
        return OAuth2(self.settings["token_url"], self.settings["client_id"], self.settings["client_secret"], form=form)

    # ------------------------------------------------------------ what Greenhouse calls

    def serve(self, inbound: Inbound, desk: Desk) -> Reply:
        if inbound.path == "webhook":
            return self._webhook(inbound, desk)
        check_key(inbound.headers.get("authorization", ""), basic_value(self.settings["assessment_key"]))
        match inbound.method, inbound.path:
            case "GET", "list_tests":
                tests = [{"partner_test_id": one.id, "partner_test_name": one.name} for one in desk.packages()]
                return Reply(json=tests)
            case "POST", "send_test":
                return Reply(json={"partner_interview_id": desk.order(self._order(body_of(inbound))).id})
            case "GET", "test_status":
                return Reply(json=status_of(desk.status(inbound.query.get("partner_interview_id", ""))))
            case "POST", "response_error":
                body = body_of(inbound)
                desk.report_error(text_of(body, "api_call"), "; ".join(map(str, body.get("errors") or [])))
                return Reply(json={"status": 200})
        raise NotFound("Greenhouse has no such call here.")

    def _webhook(self, inbound: Inbound, desk: Desk) -> Reply:
        scheme, _, given = inbound.headers.get("signature", "").partition(" ")
        check_hex(given if scheme == "sha256" else "", self.settings["webhook_secret"], inbound.body)
        body = body_of(inbound)
        if text_of(body, "action") != "ping":
            desk.keep(inbound.headers.get("greenhouse-event-id") or hashlib.sha256(inbound.body).hexdigest(), body)
        return Reply()

    def _order(self, body: Mapping[str, Any]) -> AssessmentOrder:
        profile, reply_to = text_of(body, "candidate", "greenhouse_profile_url"), text_of(body, "url")
        if not text_of(body, "partner_test_id") or not text_of(body, "candidate", "email") or not reply_to:
            raise BadRequest("partner_test_id, candidate.email and url are needed.")
        said = body["candidate"]
        parts = urlsplit(profile)
        application = parse_qs(parts.query).get("application_id", [""])[0]
        person = parts.path.rstrip("/").rpartition("/")[2]
        first = text_of(said, "preferred_name") or text_of(said, "first_name")
        candidate = CandidateIntake(
            name=f"{first} {text_of(said, 'last_name')}".strip(),
            email=text_of(said, "email"),
            phone=text_of(said, "phone_number") or None,
            external_id=application or None,
            source="Greenhouse",
            remote_candidate_id=person or None,
            profile_url=profile,
        )
        return AssessmentOrder(
            package_id=text_of(body, "partner_test_id"),
            key=reply_to,
            candidate=candidate,
            ordered_by=text_of(body, "sent_by"),
            resume_url=text_of(said, "resume_url"),
            reply_to=reply_to,
        )

    # ------------------------------------------------------------ events

    def read(self, event: Mapping[str, object], service: Service) -> Iterator[Item]:
        """The signature covers the whole body, so what it says is taken as it is."""
        action, payload = text_of(event, "action"), event.get("payload")
        if not isinstance(payload, Mapping):
            return
        if action == "new_candidate_application":
            yield self._applied(payload["application"], service)
        elif action in OUTCOMES:
            yield outcome_of(OUTCOMES[action], payload)

    def _applied(self, application: Mapping[str, Any], service: Service) -> CandidateIntake:
        person = application["candidate"]
        resume = next((one for one in reversed(person.get("attachments") or []) if one.get("type") == "resume"), None)
        return intake_of(application, person, resume, application["jobs"][0]["id"], self._file(resume, service))

    @staticmethod
    def _file(resume: Mapping[str, Any] | None, service: Service) -> bytes:
        """The file itself: its address is open, and dies after seven days."""
        return service.send(Request("GET", str(resume["url"]), bare=True)).body if resume else b""

    # ------------------------------------------------------------ Harvest v3

    def _pages(self, service: Service, path: str, **query: str) -> Iterator[dict[str, Any]]:
        request: Request | None = Request("GET", path, query=(("per_page", "500"), *query.items()))
        while request is not None:
            answer = service.send(request)
            yield from answer.json or ()
            request = next_page(answer)

    def poll(self, since: Cursor | None, service: Service, jobs: Sequence[str]) -> Iterator[Item | Cursor]:
        if not self.settings["client_id"]:
            return
        began = datetime.now(UTC).isoformat(timespec="seconds")
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
                yield intake_of(one, person, resume, job_id, self._file(resume, service))
            if one.get("status") in ("hired", "rejected"):
                yield outcome_of("hired" if one["status"] == "hired" else "rejected", {"application": one})

    def writes(self, outgoing: Outgoing) -> Sequence[Write]:
        result, target = outgoing.result, outgoing.target
        found: list[Write] = []
        if target.extra.get("reply_to"):
            call = Request(
                "PATCH",
                target.extra["reply_to"],
                headers={"authorization": basic_value(self.settings["assessment_key"])},
                bare=True,
            )
            found.append(
                Write(
                    "completion",
                    "Tell Greenhouse that the assessment is complete; it then asks for the result.",
                    always(call),
                )
            )
        if not self.settings["client_id"] or not target.candidate:
            return found
        found.append(self._note(target.candidate, target.application, summary.note(result), summary.marker(result)))
        if outgoing.pdf is not None and target.application:
            found.append(self._attachment(target.application, summary.filename(result), outgoing.pdf))
        return found

    def _note(self, candidate: str, application: str, text: str, mark: str) -> Write:
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

    def _attachment(self, application: str, filename: str, pdf: bytes) -> Write:
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
            "email_addresses": [{"value": email, "type": "personal"}],
            "application": applied_for,
        }
        known = Lookup(always(Request("GET", "candidates", query=(("email", email),))), _first_id)
        applied = Lookup(
            lambda done: Request(
                "GET", "applications", query=(("candidate_ids", done["candidate"]), ("job_ids", handover.job))
            ),
            _first_id,
        )
        resume = (self._resume(person),) if person.content else ()
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
            *resume,
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

    def check(self, service: Service) -> Iterator[Finding]:
        yield Finding(
            len(self.settings["assessment_key"]) < 171,
            "The key is shorter than 171 characters.",
            "Choose a shorter one.",
        )
        yield Finding(
            bool(self.settings["webhook_secret"]),
            "Webhooks are signed.",
            "Enter the secret of the web hook, or nothing is heard of stages, hires and erasures.",
        )
        if not self.settings["client_id"]:
            yield Finding(
                ok=False,
                what="Harvest is not connected.",
                cure="Without a Harvest v3 client there are no notes, PDFs, jobs or applications.",
            )
            return
        for path, scope in (
            ("jobs", "jobs:list"),
            ("applications", "applications:list"),
            ("candidates", "candidates:list"),
            ("attachments", "attachments:list"),
            ("notes", "notes:list"),
        ):
            try:
                service.send(Request("GET", path, query=(("per_page", "1"),)))
            except PushRejected as refused:
                yield Finding(ok=False, what=refused.detail, cure=f"Give the client the scope harvest:{scope}.")
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


def status_of(order: OrderState) -> dict[str, Any]:
    """The answer to test_status. Empty values are null: none may be left out."""
    if order.state != "completed" or order.result is None:
        return {"partner_status": order.state, "partner_profile_url": None, "partner_score": None, "metadata": {}}
    return {
        "partner_status": "complete",
        "partner_profile_url": order.result.report_url,
        "partner_score": summary.overall(order.result),
        "metadata": summary.fields(order.result),
    }


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
    at = instant(text_of(application, "rejected_at")) or instant(text_of(application, "last_activity_at"))
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
    found = response.json
    return str(found[0]["id"]) if isinstance(found, list) and found else None


def _created(response: Response) -> str:
    made = response.json
    return str((made.get("candidate") or made)["id"])


def _number(id: str) -> int | str:
    return int(id) if id.isdecimal() else id
