"""Greenhouse: the Assessment Partner API and the webhooks, which it calls and this serves; what is called there is in
`integrations.greenhouse_harvest`. Served calls and webhook events are documented by the vendor."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

from integrations import summary
from integrations.auth import basic_value
from integrations.greenhouse_harvest import Harvest, intake_of, outcome_of
from integrations.signatures import check_hex, check_key
from integrations.vendor import always, body_of, signed, text_of
from models.engines import Desk, Service
from models.errors import BadRequest, NotFound
from models.exchange import (
    About,
    AssessmentOrder,
    CandidateIntake,
    Capabilities,
    Finding,
    Inbound,
    Item,
    Mapped,
    OrderState,
    OutcomeKind,
    Outgoing,
    Reply,
    Request,
    Setting,
    Write,
)
from models.sentences import N_

TOKEN_URL = "https://auth.greenhouse.io/token"  # noqa: S105 - an address
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


class Greenhouse(Harvest):
    about = About(
        vendor="greenhouse",
        name="Greenhouse",
        kind="ats",
        base_url="{harvest_url}",
        settings=(
            Setting(
                "assessment_key",
                N_("Key for Greenhouse"),
                N_("Any long random text; Greenhouse signs in to us with it."),
                secret=True,
            ),
            Setting(
                "webhook_secret",
                N_("Secret of the webhooks"),
                N_("As entered there under Web Hooks."),
                secret=True,
                required=False,
            ),
            Setting(
                "client_id", N_("Harvest v3 client id"), N_("For notes, PDFs, jobs and applications."), required=False
            ),
            Setting("client_secret", N_("Harvest v3 client secret"), secret=True, required=False),
            Setting("user_id", N_("Greenhouse user id"), N_("Whom notes are by."), required=False),
            Setting("harvest_url", N_("Harvest address"), default="https://harvest.greenhouse.io/v3"),
            Setting("token_url", N_("Token address"), default=TOKEN_URL),
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
            Mapped("stage.advance", N_("Stage after a person advances somebody"), "stages"),
            Mapped("reason.reject", N_("Reason when a person rejects somebody"), "reasons"),
            Mapped("source.create", N_("Source of people whom Foyer creates"), "sources"),
        ),
        register=(
            "Mail partners@greenhouse.io these four addresses and the key: {url}/list_tests, {url}/send_test, "
            "{url}/test_status, {url}/response_error.",
            "Configure > Dev Center > Web Hooks: {url}/webhook, with the secret above, for the events about "
            "applications and candidates.",
            "Configure > Dev Center > API Credentials: a Harvest v3 client with the scopes that the test names.",
        ),
    )

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
        return intake_of(application, person, resume, application["jobs"][0]["id"], self.file(resume, service))

    # ------------------------------------------------------------ results

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
        found.append(self.note(target.candidate, target.application, summary.note(result), summary.marker(result)))
        if outgoing.pdf is not None and target.application:
            found.append(self.attachment(target.application, summary.filename(result), outgoing.pdf))
        return found

    # ------------------------------------------------------------ setting up

    def check(self, service: Service) -> Iterator[Finding]:
        short = len(self.settings["assessment_key"]) < 171
        yield Finding(
            short,
            "The key for Greenhouse is set." if short else "The key for Greenhouse is too long.",
            "" if short else "Choose one shorter than 171 characters.",
        )
        secret = self.settings["webhook_secret"]
        cure = "" if secret else "Enter the secret of the web hook; until then no hire or erasure is heard of."
        yield signed(secret, cure)
        if not self.settings["client_id"]:
            yield Finding(
                ok=False,
                what="Harvest is not connected.",
                cure="Without a Harvest v3 client there are no notes, PDFs, jobs or applications.",
            )
            return
        for key, what in (("client_secret", "Harvest v3 client secret"), ("user_id", "Greenhouse user id")):
            if not self.settings[key]:
                cure = f"Enter the {what} under Settings: Greenhouse signs nobody in to Harvest without it."
                yield Finding(ok=False, what=f"The {what} is missing.", cure=cure)
                return
        yield from self.reached(service)


# ---------------------------------------------------------------- ours -> theirs


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
