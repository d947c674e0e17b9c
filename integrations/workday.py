"""Workday Recruiting: the order that a customer's own integration posts to us, and the SOAP service Recruiting, which
this calls. Workday has no order protocol for vendors, no webhooks and no search by change: the rest is polled.

Known how: the order's JSON and the envelope from another assessment vendor's published guide; every element of every
message from public code that is generated from the WSDL of version v31.2, which is why that is the default; faults and
"invalid username or password" from other vendors' published logs. Guessed, and all of it in `ID_TYPES` and in the
settings that name stages: what kinds of reference ids are called, and which stage means a hire. `workday_messages`
writes the messages, `workday_people` reads the answers.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from xml.etree.ElementTree import Element

from integrations import soap, summary
from integrations import workday_messages as messages
from integrations.http import Refusal
from integrations.signatures import check_key
from integrations.vendor import Vendor, always, body_of, containing, text_of
from integrations.workday_about import ABOUT
from integrations.workday_messages import named, pairs, texts, under
from integrations.workday_people import applications_of, job_of, outcomes_of, words
from models.engines import Desk, Service
from models.errors import BadRequest, NotFound, PushRejected, Unauthorized
from models.exchange import (
    AssessmentOrder,
    CandidateIntake,
    Cursor,
    Decision,
    Finding,
    Handover,
    Inbound,
    Item,
    Lookup,
    Outgoing,
    References,
    Reply,
    Request,
    Response,
    Write,
)

OVERLAP = timedelta(hours=1)
"""Read again at the next reading: a clock of theirs that is behind ours loses nobody."""
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
OPERATIONS = ("Get_Job_Requisitions", "Get_Candidates", "Get_Assess_Candidate", "Get_Candidate_Attachments")


class Workday(Vendor):
    about = ABOUT

    def auth(self) -> soap.Signed:
        user = f"{self.settings['user']}@{self.settings['tenant']}"
        return soap.Signed(user, self.settings["password"], messages.COMMON)

    def judge(self, response: Response) -> Refusal | None:
        return soap.fault(response)

    # ------------------------------------------------------------ the order

    def serve(self, inbound: Inbound, desk: Desk) -> Reply:
        """Kept under the assessment's id and answered at once; what it orders is asked for a moment later."""
        check_key(given_key(inbound.headers), self.settings["order_key"])
        if (inbound.method, inbound.path) != ("POST", "order"):
            raise NotFound("Workday has one call here: POST .../order.")
        body = body_of(inbound)
        lacking = [name for name in ("Assessment_ID", "Candidate_Email") if not text_of(body, name)]
        if lacking:
            raise BadRequest(f"{' and '.join(lacking)} must be in the order.")
        said = {name: text_of(body, name) for name in messages.ORDERED}
        desk.keep(f"assess:{said['Assessment_ID']}", {"assess": said})
        return Reply(json={"Assessment_ID": said["Assessment_ID"], "Status": "Received"})

    def read(self, event: Mapping[str, object], service: Service) -> Iterator[Item]:
        """The order names an assessment; Workday says which test that is, of which application."""
        said = event["assess"]
        assert isinstance(said, Mapping)
        answer = soap.body_of(service.send(messages.get_assessment(str(said["Assessment_ID"]))))
        found = under(answer, "Response_Data", "Assess_Candidate_Data")
        if found is None:
            raise BadRequest(f"Workday knows no assessment {said['Assessment_ID']}, or does not show it to this user.")
        package, test = self._package(found)
        application = named(found, "Job_Application_Reference", "Job_Application_ID")
        person = CandidateIntake(
            name=f"{said['Candidate_First_Name']} {said['Candidate_Last_Name']}".strip() or None,
            email=str(said["Candidate_Email"]),
            phone=str(said["Candidate_Mobile"]) or None,
            external_id=application or None,
            source="Workday",
            remote_candidate_id=named(found, "Candidate_Reference", "Candidate_ID")
            or str(said["Candidate_ID"])
            or None,
            remote_job_id=named(found, "Job_Requisition_Reference", "Job_Requisition_ID") or None,
        )
        yield AssessmentOrder(
            package_id=package,
            key=str(said["Assessment_ID"]),
            candidate=person,
            extra={"assessment": str(said["Assessment_ID"]), "test": test},
        )

    def person(self, order: AssessmentOrder, service: Service) -> CandidateIntake:
        """With their resume, which the order does not carry: it is kept as JSON until the person is taken in."""
        known = order.candidate.remote_candidate_id and order.candidate.external_id
        return self._with_file(order.candidate, service) if known else order.candidate

    def _package(self, assessment: Element) -> tuple[str, str]:
        """(our job, the reference of their test), from the ids of the tests in it."""
        chosen = pairs(self.settings["packages"])
        seen: list[str] = []
        for row in under(assessment, "Candidate_Assessment_Data", all="Assess_Candidate_Test_Result_Data"):
            for kind, value in texts(row, "Assessment_Test_Reference"):
                package = chosen.get(value) or (value.lower() if UUID.fullmatch(value) else "")
                if package:
                    return package, f"{kind}:{value}"
                if kind != "WID":
                    seen.append(value)
        raise BadRequest(
            f"None of the tests of this assessment ({', '.join(seen) or 'it has none'}) is a job here: give the test "
            "the job's id as its reference id in Workday, or enter the pair under 'Packages'."
        )

    def _with_file(self, person: CandidateIntake, service: Service) -> CandidateIntake:
        """With the resume of the application, where it may be read: the order itself carries none."""
        request = messages.get_candidates(person.remote_candidate_id or "", files=True)
        try:
            answer = soap.body_of(service.send(request))
        except PushRejected as refused:
            if refused.retry:
                raise
            return person  # the connection test names the missing right
        for candidate in under(answer, "Response_Data", all="Candidate"):
            for application in applications_of(candidate):
                if application.external_id == person.external_id:
                    kept = {"filename": application.filename, "content": application.content}
                    return person.model_copy(update={**kept, "answers": application.answers})
        return person

    # ------------------------------------------------------------ polling

    def poll(self, since: Cursor | None, service: Service, jobs: Sequence[str]) -> Iterator[Item | Cursor]:
        """Openings; then of each wanted one who is new, with files, and how everybody stands, without."""
        began = datetime.now(UTC)
        for job in self._pages(service, messages.get_requisitions, "Job_Requisition"):
            yield job_of(job)
        applied = datetime.fromisoformat(since.token) - OVERLAP if since is not None else None
        hired, gone = words(self.settings["hired_stages"]), words(self.settings["withdrawn_words"])
        for job_id in jobs:
            new = messages.candidates_of(job_id, applied=applied, files=True)
            for candidate in self._pages(service, new, "Candidate"):
                yield from (each for each in applications_of(candidate) if each.remote_job_id == job_id)
            for candidate in self._pages(service, messages.candidates_of(job_id, files=False), "Candidate"):
                yield from (each for each in outcomes_of(candidate, hired, gone) if each.remote_job_id == job_id)
        yield Cursor(token=began.isoformat(timespec="seconds"))

    @staticmethod
    def _pages(service: Service, request: messages.Paged, name: str) -> Iterator[Element]:
        page, pages = 1, 1
        while page <= pages:
            answer = soap.body_of(service.send(request(page)))
            pages = messages.pages_of(answer)
            yield from under(answer, "Response_Data", all=name)
            page += 1

    # ------------------------------------------------------------ ours -> theirs

    def writes(self, outgoing: Outgoing) -> Sequence[Write]:
        result, target = outgoing.result, outgoing.target
        if not target.application and not target.candidate:
            return ()
        body = messages.assess(outgoing)
        asked = target.extra.get("assessment", "")
        mark, listed = summary.marker(result), messages.assessments_of(target)
        seen = containing(listed(1), mark, messages.following(listed))
        found = [
            Write(
                "assessment",
                f"The result as an assessment of application {target.application or target.candidate}.",
                always(body),
                containing(messages.get_assessment(asked), mark) if asked else seen,
                _id_in("Candidate_Assessment_Reference"),
            )
        ]
        category = outgoing.mapping.get("document.category", "")
        if outgoing.pdf is not None and category and target.candidate:
            name, files = summary.filename(result), messages.attachments_of(target.candidate)
            found.append(
                Write(
                    "pdf",
                    f"The report as a document of candidate {target.candidate}.",
                    always(messages.attach(target.candidate, category, name, outgoing.pdf, result.report_url)),
                    containing(files(1), name, messages.following(files)),
                    _id_in("Attachment_Reference"),
                )
            )
        return found

    def decide(self, decision: Decision) -> Sequence[Write]:
        """To the next step, or to a disposition: Workday may then write to the candidate."""
        return (
            Write(
                "move",
                f"{'Advance' if decision.kind == 'advance' else 'Reject'} application {decision.target.application}.",
                always(messages.move(decision)),
            ),
        )

    def create(self, handover: Handover) -> Sequence[Write]:
        email = handover.candidate.email or ""

        def applied(done: References) -> Request:
            return messages.get_candidates(done["candidate"], files=False)

        def found(response: Response) -> str | None:
            people = under(soap.body_of(response), "Response_Data", all="Candidate")
            mine = [each for one in people for each in applications_of(one) if each.remote_job_id == handover.job]
            return mine[0].external_id if mine else None

        return (
            Write(
                "candidate",
                f"Create {handover.candidate.name}.",
                always(messages.put_candidate(handover.candidate)),
                Lookup(always(messages.candidates_with(email)), _first_candidate) if email else None,
                _id_in("Candidate_Reference"),
                look_first=True,
            ),
            Write(
                "application",
                f"Apply them to requisition {handover.job}.",
                lambda done: messages.put_application(handover, done["candidate"]),
                Lookup(applied, found),
                _id_in("Job_Application_Reference"),
                look_first=True,
            ),
        )

    # ------------------------------------------------------------ setting up

    def check(self, service: Service) -> Iterator[Finding]:
        yield Finding(
            len(self.settings["order_key"]) >= 20,
            f"The key for Workday is {'long enough' if len(self.settings['order_key']) >= 20 else 'too short'}.",
            "Choose one of 20 characters or more, and enter the same in Workday's integration.",
        )
        for operation in OPERATIONS:
            try:
                soap.body_of(service.send(messages.probe(operation)))
            except PushRejected as refused:
                if "username or password" in refused.detail.lower():
                    cure = "Check user, password and tenant, and that the user's password has not expired."
                    yield Finding(ok=False, what=refused.detail, cure=cure)
                    return
                cure = (
                    f"Let the integration user's security group call {operation} (Recruiting): give it Get on the "
                    "domains that guard it, then activate the pending security policy changes."
                    if refused.scope
                    else "Check the address, the tenant and the version."
                )
                yield Finding(ok=False, what=f"{operation}: {refused.detail}", cure=cure)
            else:
                yield Finding(ok=True, what=f"{operation} can be called.")


# ---------------------------------------------------------------- theirs -> ours


def given_key(headers: Mapping[str, str]) -> str:
    """The password of Basic, a bearer token, or the header x-api-key: what a customer's integration can send."""
    scheme, _, rest = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() == "basic":
        try:
            return b64decode(rest.strip(), validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError) as broken:
            raise Unauthorized("The Basic credentials cannot be read.") from broken
    return headers.get("x-api-key", "")


def _id_in(name: str) -> Callable[[Response], str]:
    """The id of the first such reference in an answer."""

    def picked(response: Response) -> str:
        for holder in soap.body_of(response).iter():
            if under(holder, name) is not None:
                return named(holder, name, messages.ID_TYPES.get(name, "WID"))
        return ""

    return picked


def _first_candidate(response: Response) -> str | None:
    people = under(soap.body_of(response), "Response_Data", all="Candidate")
    return next((named(each, "Candidate_Reference", "Candidate_ID") for each in people), None)
