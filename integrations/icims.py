"""iCIMS: the standard event integration, which calls us, and the profile, search and field calls, which this makes.

Events, answers to them, profiles, search, assessmentresults, status changes, binary fields and errors are documented by
the vendor. The names of fields of people and jobs, and creating both a person and a workflow, are known from public
code. Unverified: the entries of the status log (`icims_values.changed_at`), which job statuses mean that it is over
(`ENDED`), and the headers of a binary field.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from integrations import summary
from integrations.auth import OAuth2
from integrations.granting import basic_of, check_granted, grant
from integrations.http import opening
from integrations.icims_values import (
    MOMENT,
    changed_at,
    created_id,
    first_found,
    ids,
    kind_of,
    moment_of,
    newer,
    resume_name,
    row_id,
    row_of,
    row_with,
    unpacked,
)
from integrations.paging import Turning
from integrations.signatures import check_key
from integrations.vendor import Vendor, always, plain, text_of
from models.engines import Desk, Service
from models.errors import BadRequest, NotFound, PushRejected
from models.exchange import (
    About,
    AssessmentOrder,
    CandidateIntake,
    Capabilities,
    Cursor,
    Decision,
    Finding,
    Handover,
    Inbound,
    Item,
    JobIntake,
    Lookup,
    Mapped,
    Outcome,
    Outgoing,
    References,
    Reply,
    Request,
    Response,
    Setting,
    Write,
)
from models.sentences import N_

STALE = timedelta(minutes=20)
"""A search may answer with what it found up to a quarter of an hour ago."""
AT_ONCE = 50
PERSON = "firstname,lastname,email,phones,source,createddate"
WORKFLOW = "status,baseprofile,associatedprofile,source,createddate,updateddate"
JOB = "jobtitle,overview,responsibilities,qualifications,folder"
TEXTS = ("overview", "responsibilities", "qualifications")
ENDED = ("clos", "fill", "cancel")


class Icims(Vendor):
    about = About(
        vendor="icims",
        name="iCIMS",
        kind="ats",
        base_url="{api_url}/customers/{customer_id}",
        settings=(
            Setting("customer_id", N_("Customer id"), N_("The number that iCIMS has for the customer.")),
            Setting("client_id", N_("API client id")),
            Setting("client_secret", N_("API client secret"), secret=True),
            Setting("event_user", N_("User or client id for iCIMS"), N_("It signs in to us with it."), default="icims"),
            Setting(
                "event_password", N_("Password for iCIMS"), N_("Any long random text; also its secret."), secret=True
            ),
            Setting(
                "url_field", N_("Field for the report's address"), N_("In assessmentresults, if made."), required=False
            ),
            Setting(
                "pdf_field",
                N_("Field for the report"),
                N_("A file field in assessmentresults, if made."),
                required=False,
            ),
            Setting(
                "api_url",
                N_("API address"),
                N_("For Europe https://api-eu.icims.com."),
                default="https://api.icims.com",
            ),
            Setting("token_url", N_("Token address"), "", default="https://login.icims.com/oauth/token"),
            Setting("audience", N_("Audience"), N_("Only where iCIMS has named one."), required=False),
        ),
        can=Capabilities(
            jobs="documented",
            candidates="documented",
            orders="documented",
            webhooks="documented",
            score="documented",
            text="documented",
            pdf="documented",
            create="from public code",
            decide="documented",
            outcomes="documented",
        ),
        mapped=(
            Mapped("assessment.name", N_("Id of the assessment's name in the list of assessments")),
            Mapped("result.passed", N_("Id of the assessment status for a proposal of yes or better")),
            Mapped("result.failed", N_("Id of the assessment status for a proposal below yes")),
            Mapped("result.no_decision", N_("Id of the assessment status without a decision")),
            Mapped("status.order", N_("Status ids that order an interview"), several=True),
            Mapped("status.completed", N_("Status id once the result is there; empty: it stays")),
            Mapped("status.hired", N_("Status ids that mean hired"), several=True),
            Mapped("status.rejected", N_("Status ids that mean rejected"), several=True),
            Mapped("status.withdrew", N_("Status ids that mean the candidate withdrew"), several=True),
            Mapped("status.advance", N_("Status id after a person advances somebody")),
            Mapped("status.reject", N_("Status id after a person rejects somebody")),
            Mapped("status.create", N_("Status id of people whom Foyer creates")),
        ),
        register=(
            "Ask the iCIMS team for an API client with the Integration User group, and for the field ids.",
            "Have them send the events Application Complete (assessment) and Workflow status change to {url}/events, "
            "with Basic authentication or OAuth2 client credentials from {url}/token; user and password as above.",
        ),
    )

    def auth(self) -> OAuth2:
        form = {"audience": self.settings["audience"]} if self.settings["audience"] else {}
        keys = (self.settings["token_url"], self.settings["client_id"], self.settings["client_secret"])
        return OAuth2(*keys, in_body=True, form=form)

    # ------------------------------------------------------------ what iCIMS calls

    def serve(self, inbound: Inbound, desk: Desk) -> Reply:
        user, password = self.settings["event_user"], self.settings["event_password"]
        if (inbound.method, inbound.path) == ("POST", "token"):
            return grant(inbound, user, password)
        given = basic_of(inbound)
        if given is not None:
            check_key(":".join(given), f"{user}:{password}" if password else "")
        else:
            check_granted(inbound, password)
        if (inbound.method, inbound.path) != ("POST", "events"):
            raise NotFound("iCIMS has no such call here.")
        return self._event(inbound, unpacked(inbound.body), desk)

    def _event(self, inbound: Inbound, event: Mapping[str, Any], desk: Desk) -> Reply:
        """Answered at once: iCIMS cuts off who is slow. Who applied is sent on to a page of ours."""
        kind, workflow = text_of(event, "eventType"), text_of(event, "systemId")
        if text_of(event, "customerId") != self.settings["customer_id"]:
            raise BadRequest("This event is of another customer.")
        if kind == "AssessmentEvent":
            return Reply(303, headers={"Location": desk.order(self._order(event, workflow)).link})
        if kind == "WorkFlowStatusChangeEvent":
            if text_of(event, "newStatus") in ids(self.mapping.get("status.order", "")):
                desk.order(self._order(event, workflow))
        elif not text_of(event, "jobId"):
            return Reply()
        body = {key: text_of(event, key) for key in ("eventType", "systemId", "newStatus", "jobId")}
        # Events have no id: the same one again on a day is taken for a repetition. A status that is left and set again
        # on one day is heard of once, then; where it means the end of an application, `poll` finds it all the same.
        sent = f"{hashlib.sha256(inbound.body).hexdigest()}:{inbound.now:%Y-%m-%d}"
        desk.keep(sent, {**body, "at": inbound.now.isoformat()})
        return Reply()

    @staticmethod
    def _order(event: Mapping[str, Any], workflow: str) -> AssessmentOrder:
        if not workflow:
            raise BadRequest("systemId is needed.")
        return AssessmentOrder(
            package_id="",
            key=workflow,
            candidate=CandidateIntake(external_id=workflow, source="iCIMS"),
            extra={"return_url": text_of(event, "returnUrl")},
        )

    def person(self, order: AssessmentOrder, service: Service) -> CandidateIntake:
        return self._applied(str(order.candidate.external_id), service)

    def read(self, event: Mapping[str, object], service: Service) -> Iterator[Item]:
        """The status is the event's own, so that one which did not last is known too; whose and when is fetched."""
        workflow, status = text_of(event, "systemId"), text_of(event, "newStatus")
        if text_of(event, "eventType") == "WorkFlowStatusChangeEvent":
            found = self._profile(service, "applicantworkflows", workflow, WORKFLOW)
            yield self._became(found, workflow, status, service, moment_of(text_of(event, "at")))
        elif text_of(event, "jobId"):
            yield self._job(service, text_of(event, "jobId"))

    # ------------------------------------------------------------ reading

    @staticmethod
    def _profile(service: Service, kind: str, id: str, fields: str) -> dict[str, Any]:
        return dict(service.send(Request("GET", f"{kind}/{id}", query=(("fields", fields),))).json or {})

    @staticmethod
    def _search(service: Service, kind: str, name: str, after: str, *filters: dict[str, Any]) -> Iterator[str]:
        """Ids alone, by size, so many at a time: those beyond the last one are asked for until there are none."""
        turning = Turning()
        while True:
            turning(after)
            further = {"name": f"{name}.id", "value": [after], "operator": ">"}
            body = {"filters": [*filters, further], "operator": "&"}
            found = (service.send(Request("POST", f"search/{kind}", json=body)).json or {}).get("searchResults") or ()
            if not found:
                return
            yield from (str(one["id"]) for one in found)
            after = str(found[-1]["id"])

    def poll(self, since: Cursor | None, service: Service, jobs: Sequence[str]) -> Iterator[Item | Cursor]:
        """A cursor after every so many people: a day has a limited number of calls."""
        known = json.loads(since.token) if since is not None else {}
        began = known.get("began") or (datetime.now(UTC) - STALE).strftime(MOMENT)
        done, after = list(known.get("done") or ()), str(known.get("after") or 0)
        if "done" not in known:
            for id in self._search(service, "jobs", "job", "0", *newer("job", known.get("since"))):
                yield self._job(service, id)
        for job in jobs:
            if job in done:
                continue
            of_job = {"name": "applicantworkflow.job.id", "value": [job], "operator": "="}
            wanted = (of_job, *newer("applicantworkflow", known.get("since")))
            for count, id in enumerate(
                self._search(service, "applicantworkflows", "applicantworkflow", after, *wanted), start=1
            ):
                yield from self._read_workflow(id, service)
                if count % AT_ONCE == 0:
                    yield Cursor(token=json.dumps({**known, "began": began, "done": done, "after": id}))
            done.append(job)
            after = "0"
            yield Cursor(token=json.dumps({**known, "began": began, "done": done, "after": after}))
        yield Cursor(token=json.dumps({"since": began}))

    def _job(self, service: Service, id: str) -> JobIntake:
        job = self._profile(service, "jobs", id, JOB)
        texts = [plain(text_of(job, name)) for name in TEXTS]
        folder = (text_of(job, "folder", "value") or text_of(job, "folder")).lower()
        return JobIntake(
            remote_id=id,
            title=text_of(job, "jobtitle") or f"Job {id}",
            text="\n\n".join(filter(None, texts)),
            open=not any(word in folder for word in ENDED),
        )

    def _read_workflow(self, id: str, service: Service) -> Iterator[Item]:
        workflow = self._profile(service, "applicantworkflows", id, WORKFLOW)
        yield self._intake(workflow, id, service)
        status = text_of(workflow, "status", "id")
        if kind_of(status, self.mapping) != "stage":
            yield self._became(workflow, id, status, service, moment_of(text_of(workflow, "updateddate")))

    def _applied(self, id: str, service: Service) -> CandidateIntake:
        return self._intake(self._profile(service, "applicantworkflows", id, WORKFLOW), id, service)

    def _intake(self, workflow: Mapping[str, Any], id: str, service: Service) -> CandidateIntake:
        """Only the fields that are named are asked for: the rest of a profile is nobody's business here."""
        person_id = text_of(workflow, "associatedprofile", "id") or text_of(workflow, "associatedprofile")
        person = self._profile(service, "people", person_id, PERSON)
        resume = self._resume(person_id, service)
        source = text_of(workflow, "source", "value") or text_of(person, "source", "value")
        phones = [text_of(one, "phonenumber") for one in person.get("phones") or () if isinstance(one, Mapping)]
        return CandidateIntake(
            filename=resume_name(resume, person_id) if resume is not None else "",
            content=resume.body if resume is not None else b"",
            name=f"{text_of(person, 'firstname')} {text_of(person, 'lastname')}".strip() or None,
            email=text_of(person, "email") or None,
            phone=next(filter(None, phones), None),
            external_id=id,
            source=source or "iCIMS",
            origin="referral" if "referral" in source.lower() else "application",
            remote_candidate_id=person_id,
            remote_job_id=text_of(workflow, "baseprofile", "id") or text_of(workflow, "baseprofile"),
            applied_at=moment_of(text_of(workflow, "createddate")),
            stage=text_of(workflow, "status", "value") or text_of(workflow, "status", "id"),
        )

    @staticmethod
    def _resume(person: str, service: Service) -> Response | None:
        try:
            found = service.send(Request("GET", f"people/{person}/fields/resume/binary", headers={"accept": "*/*"}))
        except PushRejected as refused:
            if refused.answered == 404:
                return None
            raise
        return found if found.body else None

    def _became(
        self, workflow: Mapping[str, Any], id: str, status: str, service: Service, at: datetime | None
    ) -> Outcome:
        """Told from the status log alone, so that telling it again is the same."""
        moment, stage = changed_at(
            service.send(Request("GET", f"applicantworkflows/{id}/submittalstatuslog")).json, status
        )
        return Outcome(
            kind=kind_of(status, self.mapping),
            at=moment or at or datetime.now(UTC),
            remote_application_id=id,
            remote_candidate_id=text_of(workflow, "associatedprofile", "id") or None,
            remote_job_id=text_of(workflow, "baseprofile", "id") or None,
            stage=stage,
        )

    # ------------------------------------------------------------ writing

    def writes(self, outgoing: Outgoing) -> Sequence[Write]:
        result, workflow, chosen = (
            outgoing.result,
            outgoing.target.application or outgoing.target.order,
            outgoing.mapping,
        )
        if not workflow:
            return ()
        rows = f"applicantworkflows/{workflow}/fields/assessmentresults"
        listed = Request("GET", f"applicantworkflows/{workflow}", query=(("fields", "assessmentresults"),))
        row = row_of(result, chosen, self.settings["url_field"])
        made = [
            Write(
                "row",
                f"A row in the assessment results of workflow {workflow}.",
                always(Request("POST", rows, json=row)),
                Lookup(always(listed), row_with(summary.marker(result))),
                created_id,
            )
        ]
        over = result.type != "assessment.withdrawn"
        if outgoing.pdf is not None and over and self.settings["pdf_field"]:
            pdf, child = outgoing.pdf, self.settings["pdf_field"]
            named = {
                "content-type": "application/pdf",
                "content-disposition": f'attachment; filename="{summary.filename(result)}"',
            }
            made.append(
                Write(
                    "pdf",
                    "The report as the row's file.",
                    lambda done: Request(
                        "PATCH", f"{rows}/{row_id(done)}/fields/{child}/binary", headers=named, content=pdf
                    ),
                )
            )
        if chosen.get("status.completed") and result.type == "assessment.completed":
            made.append(self._completed(workflow, chosen))
        return made

    def _completed(self, workflow: str, chosen: Mapping[str, str]) -> Write:
        """Nobody is moved back: where a person has decided meanwhile, their status stays."""
        decided = ("hired", "rejected", "withdrew", "advance", "reject", "completed")
        settled = frozenset[str]().union(*(ids(chosen.get(f"status.{name}", "")) for name in decided))

        def there(answer: Response) -> str | None:
            now = text_of(answer.json or {}, "status", "id")
            return now if now in settled else None

        asked = Request("GET", f"applicantworkflows/{workflow}", query=(("fields", "status"),))
        made = self._moved("status", workflow, chosen["status.completed"])
        return replace(made, found=Lookup(always(asked), there), look_first=True)

    @staticmethod
    def _moved(name: str, workflow: str, status: str) -> Write:
        call = Request("PATCH", f"applicantworkflows/{workflow}", json={"status": {"id": status}})
        return Write(name, f"Set workflow {workflow} to status {status}.", always(call))

    def decide(self, decision: Decision) -> Sequence[Write]:
        """A status can make iCIMS write to the candidate, as it is set up there."""
        status = decision.mapping.get(f"status.{decision.kind}", "")
        if not status:
            raise BadRequest(f"Choose the status for {decision.kind} on the connection's page.")
        return (self._moved(decision.kind, decision.target.application, status),)

    def create(self, handover: Handover) -> Sequence[Write]:
        person, job = handover.candidate, handover.job
        first, _, last = (person.name or "Name unknown").rpartition(" ")
        body: dict[str, Any] = {"firstname": first or last, "lastname": last, "email": person.email or ""}
        body |= {"phones": [{"phonenumber": person.phone}]} if person.phone else {}
        same = {"filters": [{"name": "person.email", "value": [person.email or ""], "operator": "=="}]}

        def applying(done: References) -> Request:
            status = handover.mapping.get("status.create", "")
            workflow = {"baseprofile": job, "associatedprofile": done["candidate"], "sourcename": person.source}
            return Request("POST", "applicantworkflows", json=workflow | ({"status": {"id": status}} if status else {}))

        def applied(done: References) -> Request:
            people = {"name": "applicantworkflow.person.id", "value": [done["candidate"]], "operator": "="}
            jobs = {"name": "applicantworkflow.job.id", "value": [job], "operator": "="}
            return Request("POST", "search/applicantworkflows", json={"filters": [people, jobs], "operator": "&"})

        found = always(Request("POST", "search/people", query=(("staleness", "0"),), json=same))
        known = Lookup(found, first_found if person.email else lambda _: None)
        add, there = always(Request("POST", "people", json=body)), Lookup(applied, first_found)
        made = [
            Write("candidate", f"Create {person.name}.", add, known, created_id, look_first=True),
            Write("application", f"Apply them to job {job}.", applying, there, created_id, look_first=True),
        ]
        if person.content:
            named = {"content-disposition": f'attachment; filename="{person.filename or "resume"}"'}

            def resume(done: References) -> Request:
                path = f"people/{done['candidate']}/fields/resume/binary"
                return Request("PATCH", path, headers=named, content=person.content)

            made.append(Write("resume", "Their resume.", resume))
        return made

    # ------------------------------------------------------------ setting up

    def check(self, service: Service) -> Iterator[Finding]:
        for kind, name in (("jobs", "job"), ("people", "person"), ("applicantworkflows", "applicantworkflow")):
            body = {"filters": [{"name": f"{name}.id", "value": ["0"], "operator": ">"}]}
            try:
                service.send(Request("POST", f"search/{kind}", json=body))
            except PushRejected as refused:
                cure = (
                    f"Ask iCIMS to give the API client access to {kind}, and to put it in the Integration User group."
                )
                yield Finding(ok=False, what=refused.detail, cure=cure)
            else:
                yield Finding(ok=True, what=f"{kind} can be searched.")
        for key, cure in (
            ("assessment.name", "Without it, rows of results have no name."),
            ("status.hired", "Without it, nothing is heard of hires."),
            ("status.rejected", "Without it, nothing is heard of rejections."),
        ):
            chosen = bool(self.mapping.get(key))
            label = next(each.label for each in self.about.mapped if each.key == key)
            yield Finding(chosen, f"{'Chosen' if chosen else 'Not chosen yet'}: {label}.", cure)

    def judge(self, response: Response) -> str | None:
        """X-Error may come with any status: "code;detail"."""
        said = response.headers.get("x-error", "")
        if said or response.status < 400:
            return (said.partition(";")[2] or said).strip() or None
        try:
            rows = (response.json or {}).get("errors") or ()
        except (ValueError, AttributeError):
            return opening(response)
        return "; ".join(text_of(one, "errorMessage") for one in rows) or opening(response)
