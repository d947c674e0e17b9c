"""SmartRecruiters: its webhooks and the API for customers. The Assessment API that it calls and is answered by has its
bodies in `integrations.smartrecruiters_orders`; single values are turned in `integrations.smartrecruiters_values`.

Webhooks, signature, paths, limits, statuses and message shares are documented by the vendor; the fields of people,
attachments, answers and status history are known from public clients generated from its own description. That a second
application of a known address joins the person who is there is unverified (`create`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from integrations import smartrecruiters_orders as orders
from integrations import summary
from integrations.auth import Headers, OAuth2
from integrations.granting import check_granted, grant
from integrations.http import opening
from integrations.paging import Turning
from integrations.smartrecruiters_values import (
    OUTCOMES,
    answers_of,
    assigned_to,
    assignment,
    attachment,
    became,
    check_signature,
    further,
    job_of,
    moment,
    with_email,
)
from integrations.vendor import Vendor, always, body_of, containing, instant, reference, signed, text_of
from models.engines import Desk, Service
from models.errors import BadRequest, NotFound, PushRejected
from models.exchange import (
    About,
    Answer,
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
    Lookup,
    Mapped,
    Outcome,
    Outgoing,
    Reply,
    Request,
    Response,
    Setting,
    Upload,
    Write,
)
from models.sentences import N_

OVERLAP = timedelta(minutes=5)
"""That two readings overlap: their clock is not ours."""


class SmartRecruiters(Vendor):
    about = About(
        vendor="smartrecruiters",
        name="SmartRecruiters",
        kind="ats",
        base_url="{api_url}",
        settings=(
            Setting(
                "smart_token",
                N_("API key"),
                N_("Settings > Apps & Integrations > Credentials."),
                secret=True,
                required=False,
            ),
            Setting(
                "client_id", N_("OAuth client id"), N_("Instead of a key, and needed to answer orders."), required=False
            ),
            Setting("client_secret", N_("OAuth client secret"), secret=True, required=False),
            Setting(
                "webhook_secret",
                N_("Secrets of the webhooks"),
                N_("Several with a space between."),
                secret=True,
                required=False,
            ),
            Setting(
                "served_id", N_("Client id for SmartRecruiters"), N_("It signs in to us with it."), default="foyer"
            ),
            Setting(
                "served_secret",
                N_("Client secret for SmartRecruiters"),
                N_("Any long random text."),
                secret=True,
                required=False,
            ),
            Setting("company_id", N_("Company id"), N_("Comes by itself with an order integration."), required=False),
            Setting("api_url", N_("API address"), default="https://api.smartrecruiters.com"),
            Setting("token_url", N_("Token address"), default="https://www.smartrecruiters.com/identity/oauth/token"),
        ),
        can=Capabilities(
            jobs="documented",
            candidates="documented",
            orders="unverified",
            webhooks="documented",
            score="unverified",
            text="documented",
            pdf="from public code",
            create="from public code",
            decide="documented",
            outcomes="documented",
            erasure="documented",
        ),
        mapped=(
            Mapped("status.advance", N_("Status after a person advances somebody"), "statuses"),
            Mapped("reason.reject", N_("Reason when a person rejects somebody"), "reasons"),
            Mapped("source.create", N_("Source of people whom Foyer creates"), "sources"),
        ),
        register=(
            "Settings > Apps & Integrations > Credentials: an API key, or an OAuth client with the scopes that the "
            "test names.",
            "POST webhooks-api/v201907/subscriptions with callbackUrl {url}/webhook and the events "
            "application.created, application.status.updated, application.screening-answers.updated, "
            "candidate.deleted, job.created, job.updated and job.status.updated; make a secret with .../secret-key, "
            "enter it here, then activate the subscription.",
            "For orders, as a partner: the token endpoint {url}/token with the client id and secret above, and the "
            "endpoints {url}/integration, {url}/packages and {url}/orders.",
        ),
        per_second=10,
    )

    def auth(self) -> OAuth2 | Headers:
        if not self.settings["client_id"]:
            return Headers({"x-smarttoken": self.settings["smart_token"]} if self.settings["smart_token"] else {})
        keys = (self.settings["token_url"], self.settings["client_id"], self.settings["client_secret"])
        return OAuth2(*keys, in_body=True)

    # ------------------------------------------------------------ what SmartRecruiters calls

    def serve(self, inbound: Inbound, desk: Desk) -> Reply:
        if (inbound.method, inbound.path) == ("POST", "webhook"):
            return self._webhook(inbound, desk)
        if (inbound.method, inbound.path) == ("POST", "token"):
            return grant(inbound, self.settings["served_id"], self.settings["served_secret"])
        check_granted(inbound, self.settings["served_secret"])
        match inbound.method, inbound.path:
            case "POST", "integration":
                desk.settle(orders.credentials(body_of(inbound)))
                return Reply(json={"status": "ACTIVE"})
            case "GET", "packages":
                return Reply(json=orders.packages(desk.packages()))
            case "POST", "orders":
                return Reply(201, orders.accepted(desk.order(orders.order(body_of(inbound)))))
        raise NotFound("SmartRecruiters has no such call here.")

    def _webhook(self, inbound: Inbound, desk: Desk) -> Reply:
        secret = inbound.headers.get("x-hook-secret")
        if secret is not None:
            return Reply(200, headers={"X-Hook-Secret": secret})
        stamp = check_signature(inbound, self.settings["webhook_secret"].split())
        event = {**body_of(inbound), "event": inbound.headers.get("event-name", ""), "at": stamp.isoformat()}
        desk.keep(inbound.headers.get("event-id") or inbound.headers["smartrecruiters-signature"], event)
        return Reply(202)

    def read(self, event: Mapping[str, object], service: Service) -> Iterator[Item]:
        """The events hold ids alone: whatever they are about is fetched."""
        name, job = text_of(event, "event"), text_of(event, "job_id")
        person = text_of(event, "candidate_id")
        if name == "candidate.deleted":
            yield Outcome(kind="erased", at=moment(event, "at"), remote_candidate_id=person)
        elif name.startswith("job.") and job:
            yield job_of(service.send(Request("GET", f"jobs/{job}")).json)
        elif name == "application.created" or name.startswith("application.screening-answers."):
            yield self._applied(person, job, service)
        elif name == "application.status.updated":
            found = service.send(Request("GET", f"candidates/{person}")).json
            yield from self._became(found, job, service, at=moment(event, "at"), stages=True)

    def person(self, order: AssessmentOrder, service: Service) -> CandidateIntake:
        """With resume and answers where the credentials allow it; else what the order itself says."""
        said = order.candidate
        if not said.remote_candidate_id or not (self.settings["client_id"] or self.settings["smart_token"]):
            return said
        try:
            found = self._applied(said.remote_candidate_id, said.remote_job_id or "", service)
        except PushRejected as refused:
            if refused.retry or not said.email:
                raise
            return said
        return found.model_copy(update={"email": said.email or found.email, "external_id": said.external_id})

    # ------------------------------------------------------------ reading

    @staticmethod
    def _pages(service: Service, path: str, **query: str) -> Iterator[dict[str, Any]]:
        first = Request("GET", path, query=(("limit", "100"), *query.items()))
        request: Request | None = first
        turning = Turning()
        while request is not None:
            turning(request)
            answer = service.send(request)
            yield from answer.json["content"]
            request = further(first)(answer)

    @staticmethod
    def _rows(service: Service, path: str) -> list[dict[str, Any]]:
        """Of a list that has no pages."""
        return list((service.send(Request("GET", path)).json or {}).get("content") or ())

    def poll(self, since: Cursor | None, service: Service, jobs: Sequence[str]) -> Iterator[Item | Cursor]:
        """A cursor after each job: where it breaks off, those that were read are not read again."""
        known = json.loads(since.token) if since is not None else {}
        began = known.get("began") or (datetime.now(UTC) - OVERLAP).isoformat(timespec="seconds")
        recent = {"updatedAfter": known["since"]} if known.get("since") else {}
        done = list(known.get("done") or ())
        if not done:
            for row in self._pages(service, "jobs", **recent):
                yield job_of(service.send(Request("GET", f"jobs/{row['id']}")).json)
        for job in jobs:
            if job not in done:
                for row in self._pages(service, "candidates", jobId=job, **recent):
                    person = service.send(Request("GET", f"candidates/{row['id']}")).json
                    yield self._intake(person, job, service)
                    yield from self._became(person, job, service, at=moment(person, "updatedOn"), stages=False)
                done.append(job)
                yield Cursor(token=json.dumps({"since": known.get("since"), "began": began, "done": done}))
        yield Cursor(token=json.dumps({"since": began}))

    def _applied(self, person: str, job: str, service: Service) -> CandidateIntake:
        return self._intake(service.send(Request("GET", f"candidates/{person}")).json, job, service)

    def _intake(self, person: Mapping[str, Any], job: str, service: Service) -> CandidateIntake:
        id = str(person["id"])
        files = [one for one in self._rows(service, f"candidates/{id}/attachments") if one.get("type") == "RESUME"]
        content = service.send(Request("GET", f"candidates/{id}/attachments/{files[-1]['id']}")).body if files else b""
        assigned = assignment(person, job)
        source = text_of(assigned, "source")
        return CandidateIntake(
            filename=text_of(files[-1], "name") if files else "",
            content=content,
            name=f"{text_of(person, 'firstName')} {text_of(person, 'lastName')}".strip() or None,
            email=text_of(person, "email") or None,
            phone=text_of(person, "phoneNumber") or None,
            external_id=orders.application_id(id, job) or None,
            source=source or "SmartRecruiters",
            origin="referral" if "referral" in source.lower() else "application",
            remote_candidate_id=id,
            remote_job_id=job or None,
            applied_at=instant(text_of(person, "createdOn")),
            stage=text_of(assigned, "status"),
            answers=self._answers(id, job, service),
        )

    def _answers(self, person: str, job: str, service: Service) -> tuple[Answer, ...]:
        """None where the credentials may not see them."""
        try:
            rows = self._rows(service, f"candidates/{person}/jobs/{job}/screening-answers") if job else []
        except PushRejected as refused:
            if refused.answered not in (403, 404):
                raise
            return ()
        return tuple(answer for row in rows for answer in answers_of(row))

    def _became(
        self, person: Mapping[str, Any], job: str, service: Service, *, at: datetime, stages: bool
    ) -> Iterator[Outcome]:
        """Of the person's main application the history tells what happened when, so that nothing is missed that did not
        last, and telling it again is the same."""
        id = str(person["id"])
        assigned = assignment(person, job)
        if not text_of(assigned, "status"):
            assigned = service.send(Request("GET", f"candidates/{id}/jobs/{job}")).json or {}
        status = text_of(assigned, "status")
        if status not in OUTCOMES and not stages:
            return
        main = assigned == person.get("primaryAssignment")
        rows = self._rows(service, f"candidates/{id}/status/history") if main else []
        if status not in [text_of(row, "status") for row in rows]:
            rows.append({**assigned, "changedOn": at.isoformat()})
        for kind, moment_, row in became(rows, status):
            yield Outcome(
                kind=kind,
                at=moment_,
                remote_application_id=orders.application_id(id, job),
                remote_candidate_id=id,
                remote_job_id=job,
                stage=" / ".join(filter(None, (text_of(row, "status"), text_of(row, "subStatus")))),
            )

    # ------------------------------------------------------------ writing

    def writes(self, outgoing: Outgoing) -> Sequence[Write]:
        result, target = outgoing.result, outgoing.target
        made = orders.writes(outgoing) if target.order else []
        if not target.candidate:
            return made
        filename = summary.filename(result)
        if outgoing.pdf is not None and not target.order:
            made.append(attachment("pdf", lambda _: target.candidate, Upload(filename, outgoing.pdf), "GENERIC_FILE"))
        note = {
            "content": f"#[CANDIDATE:{target.candidate}] {summary.note(result)}",
            "correlationId": result.id,
            "shareWith": {"openNote": True},
        }
        listed = Request("GET", "messages", query=(("candidateId", target.candidate), ("limit", "100")))
        made.append(
            Write(
                "note",
                f"A note on candidate {target.candidate}, open to everybody there who may see them.",
                always(Request("POST", "messages/shares", json=note)),
                containing(listed, summary.marker(result), further(listed)),
                reference("id"),
            )
        )
        return made

    def decide(self, decision: Decision) -> Sequence[Write]:
        """A status can make SmartRecruiters write to the candidate, as it is set up there."""
        person, _, job = decision.target.application.partition(".")
        body: dict[str, Any] = {"status": decision.mapping.get("status.advance", "")}
        if decision.kind == "reject":
            reason = decision.mapping.get("reason.reject", "")
            body = {"status": "REJECTED"} | ({"reason": {"id": reason}} if reason else {})
        elif not body["status"]:
            raise BadRequest("Choose the status after a person advances somebody on the connection's page.")
        call = Request("PUT", f"candidates/{person}/jobs/{job}/status", json=body)
        return (Write(decision.kind, f"Set candidate {person} to {body['status']} for job {job}.", always(call)),)

    def create(self, handover: Handover) -> Sequence[Write]:
        """Adding somebody to a job makes the person and the application at once."""
        person, job = handover.candidate, handover.job
        first, _, last = (person.name or "Name unknown").rpartition(" ")
        kind, _, source = handover.mapping.get("source.create", "").partition(":")
        body = {"firstName": first or last, "lastName": last, "email": person.email or ""}
        body |= {"phoneNumber": person.phone} if person.phone else {}
        added: Any = body | ({"sourceDetails": {"sourceTypeId": kind, "sourceId": source}} if source else {})
        add = Request("POST", f"jobs/{job}/candidates", json=added)
        made = [
            Write(
                "candidate",
                f"Create {person.name}, applying for job {job}.",
                always(add),
                Lookup(always(Request("GET", "candidates", query=(("q", body["email"]),))), with_email(body["email"])),
                reference("id"),
                look_first=True,
            ),
            Write(
                "application",
                f"Apply them to job {job}.",
                always(add),
                Lookup(lambda done: Request("GET", f"candidates/{done['candidate']}"), assigned_to(job)),
                lambda response: orders.application_id(text_of(response.json, "id"), job),
                look_first=True,
            ),
        ]
        if person.content:
            file = Upload(person.filename or "resume", person.content, "application/octet-stream")
            made.append(attachment("resume", lambda done: done["candidate"], file, "RESUME"))
        return made

    # ------------------------------------------------------------ setting up

    def check(self, service: Service) -> Iterator[Finding]:
        cure = "Enter the subscription's secret, or nothing is heard of stages, hires and erasures."
        yield signed(self.settings["webhook_secret"], cure)
        calls = [
            ("jobs", "jobs_read", (("limit", "1"),)),
            ("candidates", "candidates_read", (("limit", "1"),)),
            ("configuration/rejection-reasons", "configuration_read", ()),
        ]
        if self.settings["served_secret"]:
            yield Finding(
                bool(self.settings["client_id"]),
                f"Results of orders {'can' if self.settings['client_id'] else 'cannot'} be sent.",
                "They need an OAuth client: it comes when the customer switches the integration on.",
            )
        for path, scope, query in calls:
            try:
                service.send(Request("GET", path, query=query))
            except PushRejected as refused:
                yield Finding(ok=False, what=refused.detail, cure=f"Give the key or client the scope {scope}.")
            else:
                yield Finding(ok=True, what=f"{path} can be read.")

    def choices(self, service: Service) -> Mapping[str, Sequence[Choice]]:
        reasons = self._rows(service, "configuration/rejection-reasons")
        kinds = [str(each["id"]) for each in self._rows(service, "configuration/sources")]
        return {
            "statuses": [
                Choice(each, each.replace("_", " ").lower()) for each in ("IN_REVIEW", "INTERVIEW", "OFFERED")
            ],
            "reasons": [Choice(str(each["id"]), text_of(each, "label")) for each in reasons],
            "sources": [
                Choice(f"{kind}:{each['id']}", text_of(each, "label"))
                for kind in kinds
                for each in self._rows(service, f"configuration/sources/{kind}/values")
            ],
        }

    def judge(self, response: Response) -> str | None:
        if response.status < 400:
            return None
        try:
            said = response.json
        except ValueError:
            return opening(response)
        rows = (said.get("errors") or ()) if isinstance(said, dict) else ()
        words = [text_of(said, "message"), *(text_of(row, "message") for row in rows if isinstance(row, dict))]
        return "; ".join(dict.fromkeys(filter(None, words))) or opening(response)
