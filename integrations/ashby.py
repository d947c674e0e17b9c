"""Ashby: the assessment partner API, which it calls and this serves; its own API, which this calls; its webhooks.

All of it is documented by the vendor (OpenAPI 3.1). Not documented: which codes a refusal in the clothes of a success
can carry (`RATE`, `TROUBLE`, "permission" and `ashby_reading.ANEW` are those that are known), and what a second
assessment.addCompletedToCandidate with the same id does.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from integrations import ashby_reading as reading
from integrations import ashby_values as theirs
from integrations import ashby_writes as writing
from integrations.ashby_reading import call, pages
from integrations.auth import Headers, basic_value
from integrations.http import Refusal
from integrations.signatures import check_hex, check_key
from integrations.vendor import Vendor, body_of, signed, text_of
from models.engines import Desk, Service
from models.errors import Conflict, NotFound, PushRejected
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
    Mapped,
    Outgoing,
    Reply,
    Response,
    Setting,
    Write,
)
from models.sentences import N_

RATE = re.compile(r"rate|limit_exceeded|too_many|throttl")
TROUBLE = re.compile(r"internal|unavailable|timeout|timed_out|server_error|unexpected|try_again")
NEEDS = (
    ("job.list", "jobsRead", "openings"),
    ("application.list", "candidatesRead", "applications"),
    ("interviewPlan.list", "interviewsRead", "interview plans"),
    ("archiveReason.list", "hiringProcessMetadataRead", "archive reasons and sources"),
)


class Ashby(Vendor):
    about = About(
        vendor="ashby",
        name="Ashby",
        kind="ats",
        base_url="{api_url}",
        settings=(
            Setting(
                "api_key", N_("Ashby API key"), N_("Admin > API keys; the test names the permissions."), secret=True
            ),
            Setting(
                "partner_key",
                N_("Key for Ashby"),
                N_("Any long random text; Ashby signs in to us with it to order interviews."),
                secret=True,
                required=False,
            ),
            Setting(
                "webhook_secret",
                N_("Secret of the webhooks"),
                N_("As entered there at each webhook."),
                secret=True,
                required=False,
            ),
            Setting(
                "partner_id",
                N_("Partner id"),
                N_("From Ashby, for results of interviews that Ashby has not ordered; without it these become notes."),
                required=False,
            ),
            Setting("api_url", N_("Ashby's address"), default="https://api.ashbyhq.com"),
        ),
        can=Capabilities(
            jobs="documented",
            candidates="documented",
            orders="documented",
            webhooks="documented",
            score="documented",
            text="documented",
            pdf="documented",
            create="documented",
            decide="documented",
            outcomes="documented",
            erasure="documented",
        ),
        mapped=(
            Mapped("stage.advance", N_("Stage after a person advances somebody"), "stages"),
            Mapped("stage.reject", N_("Archived stage (the plan's own, unless chosen)"), "archived"),
            Mapped("reason.reject", N_("Reason when a person rejects somebody"), "reasons"),
            Mapped("source.create", N_("Source of people whom Foyer creates"), "sources"),
        ),
        register=(
            "Ask Ashby for an assessment integration, with the base address {url} and the key above.",
            "Admin > Webhooks: {url}/webhook with the secret above, for applicationSubmit, applicationUpdate, "
            "candidateStageChange, candidateHire, candidateDelete and candidateMerge.",
            "Admin > API keys: a key with candidatesRead, candidatesWrite, jobsRead, interviewsRead and "
            "hiringProcessMetadataRead.",
        ),
    )

    def auth(self) -> Headers:
        """The version is part of what is accepted."""
        return Headers(
            {"authorization": basic_value(self.settings["api_key"]), "accept": "application/json; version=1"}
        )

    def judge(self, response: Response) -> str | Refusal | None:
        """Ashby refuses with 200 and "success": false; the code says whether trying again makes sense."""
        if "json" not in response.headers.get("content-type", ""):
            return None
        try:
            said = response.json
        except ValueError:
            return None
        if not isinstance(said, dict) or said.get("success") is not False:
            return None
        code = text_of(said, "errorInfo", "code") or ", ".join(map(str, said.get("errors") or ())) or "no reason"
        words = f"{text_of(said, 'errorInfo', 'message')} ({code})".strip()
        if response.status >= 400:
            return words
        low = code.lower()
        return Refusal(
            words,
            retry=bool(RATE.search(low) or TROUBLE.search(low)),
            scope="permission" in low or "unauthorized" in low or "api_key" in low,
        )

    # ------------------------------------------------------------ what Ashby calls

    def serve(self, inbound: Inbound, desk: Desk) -> Reply:
        if inbound.path == "webhook":
            return self._webhook(inbound, desk)
        check_key(inbound.headers.get("authorization", ""), self._partner())
        match inbound.method, inbound.path:
            case "POST", "assessment.list":
                tests = [
                    {"assessment_type_id": one.id, "name": one.name, "description": one.description}
                    for one in desk.packages()
                ]
                return Reply(json={"success": True, "results": tests})
            case "POST", "assessment.start":
                return self._start(body_of(inbound), inbound.now, desk)
            case "POST", "assessment.cancel":
                return self._cancel(text_of(body_of(inbound), "assessment_id"), inbound.now, desk)
        raise NotFound("Ashby has no such call here.")

    def _partner(self) -> str:
        key = self.settings["partner_key"]
        return basic_value(key) if key else ""

    def _webhook(self, inbound: Inbound, desk: Desk) -> Reply:
        """No delivery has an id: the same body is the same message."""
        scheme, _, given = inbound.headers.get("ashby-signature", "").partition("=")
        check_hex(given if scheme == "sha256" else "", self.settings["webhook_secret"], inbound.body)
        body = body_of(inbound)
        if text_of(body, "action") != "ping":
            desk.keep(hashlib.sha256(inbound.body).hexdigest(), {**body, "heard": inbound.now.isoformat()})
        return Reply()

    def _start(self, body: Mapping[str, Any], now: datetime, desk: Desk) -> Reply:
        needed = (
            ("assessment_type_id",),
            *(("candidate", name) for name in ("ashby_id", "first_name", "last_name", "email")),
            ("application", "ashby_id"),
            ("job", "ashby_id"),
        )
        missing = [".".join(path) for path in needed if not text_of(body, *path)]
        if missing:
            return Reply(422, {"message": f"Foyer cannot begin without {', '.join(missing)}."})
        try:
            state = desk.order(order_of(body))
        except NotFound as unknown:
            return Reply(422, {"message": unknown.detail})
        if state.again:
            match state.state:
                case "completed":
                    return Reply(
                        422, {"message": "This interview has been held: its result is in Ashby or on its way."}
                    )
                case "cancelled":
                    return Reply(422, {"message": "This interview was cancelled. Invite the candidate in Foyer."})
            return Reply(409, {"message": "The candidate is being assessed already."})
        update = {
            "assessment_id": state.id,
            "timestamp": theirs.millis(now),
            "assessment_status": theirs.status_value("Ordered"),
        }
        return Reply(json={"success": True, "results": {"assessment_id": state.id, "update_request": update}})

    def _cancel(self, assessment: str, now: datetime, desk: Desk) -> Reply:
        try:
            state = desk.cancel(assessment, "cancelled in Ashby")
        except (NotFound, Conflict) as refused:
            info = {"code": "assessment_not_cancelled", "message": refused.detail}
            return Reply(json={"success": False, "errors": [info["code"]], "errorInfo": info})
        update = {
            "assessment_id": state.id,
            "timestamp": theirs.millis(now),
            "cancelled_reason": theirs.value("cancelled", "Cancelled", "string", "Cancelled in Ashby."),
        }
        return Reply(json={"success": True, "results": {"assessment_id": state.id, "update_request": update}})

    # ------------------------------------------------------------ reading and writing

    def read(self, event: Mapping[str, object], service: Service) -> Iterator[Item]:
        return reading.read(event, service)

    def person(self, order: AssessmentOrder, service: Service) -> CandidateIntake:
        return reading.ordered(order, service)

    def poll(self, since: Cursor | None, service: Service, jobs: Sequence[str]) -> Iterator[Item | Cursor]:
        return reading.poll(since, service, jobs)

    def writes(self, outgoing: Outgoing) -> Sequence[Write]:
        return writing.results_of(outgoing, self.settings["partner_id"])

    def decide(self, decision: Decision) -> Sequence[Write]:
        return writing.decision_of(decision)

    def create(self, handover: Handover) -> Sequence[Write]:
        return writing.handover_of(handover)

    # ------------------------------------------------------------ setting up

    def check(self, service: Service) -> Iterator[Finding]:
        orders = bool(self.settings["partner_key"])
        yield Finding(
            orders,
            f"Ashby {'can' if orders else 'cannot'} order interviews.",
            "Enter a key for Ashby to sign in with.",
        )
        cure = "Enter the secret of the webhooks, or stages, hires and erasures are heard of late or never."
        yield signed(self.settings["webhook_secret"], cure)
        for name, permission, what in NEEDS:
            try:
                call(service, name, **({"limit": 1} if name != "archiveReason.list" else {}))
            except PushRejected as refused:
                yield Finding(ok=False, what=refused.detail, cure=f"Give the API key the permission {permission}.")
            else:
                yield Finding(ok=True, what=f"Ashby: {what} can be read.")

    def choices(self, service: Service) -> Mapping[str, Sequence[Choice]]:
        """Stages by name: each job has a plan of its own, and a decision looks the name up in that plan."""
        stages: dict[str, str] = {}
        for plan in pages(service, "interviewPlan.list", {}):
            for stage in call(service, "interviewStage.list", interviewPlanId=plan["id"])["results"]:
                stages.setdefault(text_of(stage, "title"), text_of(stage, "type"))
        reasons = call(service, "archiveReason.list")["results"]
        sources = call(service, "source.list")["results"]
        return {
            "stages": [Choice(title, title) for title, kind in stages.items() if kind != "Archived"],
            "archived": [Choice(title, title) for title, kind in stages.items() if kind == "Archived"],
            "reasons": [Choice(str(one["id"]), text_of(one, "text")) for one in reasons if not one.get("isArchived")],
            "sources": [Choice(str(one["id"]), text_of(one, "title")) for one in sources if not one.get("isArchived")],
        }


def order_of(body: Mapping[str, Any]) -> AssessmentOrder:
    """A call of assessment.start. It has no id of its own: one application and one interview are one order."""
    said = body["candidate"]
    application, package = text_of(body, "application", "ashby_id"), text_of(body, "assessment_type_id")
    return AssessmentOrder(
        package_id=package,
        key=f"{application}:{package}",
        candidate=CandidateIntake(
            name=f"{text_of(said, 'first_name')} {text_of(said, 'last_name')}".strip(),
            email=text_of(said, "email"),
            external_id=application,
            source="Ashby",
            remote_candidate_id=text_of(said, "ashby_id"),
            remote_job_id=text_of(body, "job", "ashby_id"),
            profile_url=text_of(said, "ashby_profile_url"),
        ),
    )
