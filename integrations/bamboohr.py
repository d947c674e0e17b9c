"""BambooHR: openings, applications and statuses are asked for; a comment and a status are written back.

Documented by the vendor (OpenAPI 3.1), but for four things. That a resume is fetched as a file with `resumeFileId`, and
the signature of webhooks, are known from public code; that a posting's page carries JSON-LD, and that searching by an
address finds its applications, is unverified. The first two are in `_resume` and `serve`, the others in `_posting` and
`_search`. Comments cannot be read back: how many there are is what tells whether one arrived.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from integrations import bamboohr_values as theirs
from integrations import bamboohr_writes as writing
from integrations.auth import Headers, basic
from integrations.http import Refusal
from integrations.paging import Turning
from integrations.posting import posting_text
from integrations.signatures import check_hex, check_moment
from integrations.vendor import Vendor, body_of, text_of
from models.engines import Desk, Service
from models.errors import NotFound, PushRejected, Unauthorized
from models.exchange import (
    About,
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
    Mapped,
    Outcome,
    OutcomeKind,
    Outgoing,
    Reply,
    Request,
    Response,
    Setting,
    Write,
)
from models.sentences import N_

TRACKING = writing.TRACKING
ACTIVE = "ALL_ACTIVE"
GROUPS = (ACTIVE, "HIRED", "INACTIVE")
"""BambooHR's groups of statuses; every application is in one of them."""
ENDED: tuple[OutcomeKind, ...] = ("hired", "rejected", "withdrew")


class BambooHR(Vendor):
    about = About(
        vendor="bamboohr",
        name="BambooHR",
        kind="ats",
        base_url="https://{company}.bamboohr.com",
        settings=(
            Setting("company", N_("Company"), N_("The first part of your address: COMPANY.bamboohr.com.")),
            Setting(
                "api_key",
                N_("API key"),
                N_("Under your own name > API Keys, of somebody who may see the hiring settings."),
                secret=True,
            ),
            Setting(
                "private_key",
                N_("Private key of the webhook"),
                N_("Shown once when it is created. Only to hear of hires sooner."),
                secret=True,
                required=False,
            ),
            Setting(
                "api_url", N_("BambooHR's address"), N_("Only where it is another than the company's."), required=False
            ),
        ),
        can=Capabilities(
            jobs="documented",
            candidates="documented",
            webhooks="from public code",
            text="documented",
            create="documented",
            decide="documented",
            outcomes="documented",
        ),
        mapped=(
            Mapped("status.rejected", N_("Statuses that mean rejected"), "statuses", several=True),
            Mapped("status.withdrew", N_("Statuses that mean the candidate withdrew"), "statuses", several=True),
            Mapped(
                "status.hired", N_("Statuses that mean hired, beside BambooHR's own group"), "statuses", several=True
            ),
            Mapped("status.result", N_("Status to set when a result is there"), "statuses"),
            Mapped("status.advance", N_("Status after a person advances somebody"), "statuses"),
            Mapped("status.reject", N_("Status when a person rejects somebody"), "statuses"),
        ),
        register=(
            "Account > API Keys: a key of somebody who has access to the hiring (ATS) settings.",
            "Optional: a webhook for employee.created to {url}/webhook in JSON; its private key goes above, and the "
            "owner of the API key may see employees' private e-mail address.",
        ),
    )

    @property
    def base_url(self) -> str:
        """The company may be the whole address, as people copy it."""
        company = self.settings["company"].partition("://")[2] or self.settings["company"]
        return self.settings["api_url"] or f"https://{company.partition('/')[0].partition('.')[0]}.bamboohr.com"

    def auth(self) -> Headers:
        return basic(self.settings["api_key"], "x")

    def judge(self, response: Response) -> str | Refusal | None:
        """What is wrong stands in a header; the limit of calls can come with 200."""
        if response.status >= 400:
            headers = response.headers
            return headers.get("x-bamboohr-error-message") or headers.get("x-bamboohr-message") or None
        if response.body[:20].replace(b" ", b"").startswith(b'{"error":{'):
            said = response.json
            if isinstance(said, dict) and isinstance(said.get("error"), dict):
                return Refusal(text_of(said, "error", "message"), retry=said["error"].get("code") == 429)
        return None

    # ------------------------------------------------------------ a new employee

    def serve(self, inbound: Inbound, desk: Desk) -> Reply:
        """The only thing that BambooHR sends: employees. The time is part of what is signed."""
        if (inbound.method, inbound.path) != ("POST", "webhook"):
            raise NotFound("BambooHR has nothing to call here but the webhook.")
        moment = inbound.headers.get("x-bamboohr-timestamp", "")
        signed = inbound.body + moment.encode()
        check_hex(inbound.headers.get("x-bamboohr-signature", ""), self.settings["private_key"], signed)
        try:
            check_moment(float(moment), inbound.now)
        except ValueError:
            raise Unauthorized("X-BambooHR-Timestamp holds no seconds.") from None
        desk.keep(hashlib.sha256(inbound.body).hexdigest(), {**body_of(inbound), "heard": inbound.now.isoformat()})
        return Reply()

    def read(self, event: Mapping[str, object], service: Service) -> Iterator[Item]:
        """The message holds ids alone. Whoever has become an employee has been hired: for their only application, or
        the one that BambooHR counts among the hired."""
        for id in theirs.employees_of(event):
            call = Request("GET", f"/api/v1/employees/{id}", query=(("fields", "firstName,lastName,homeEmail"),))
            email = text_of(service.send(call).json or {}, "homeEmail").lower()
            rows = self._search(service, "HIRED", email) or self._search(service, "ALL", email) if email else []
            if len(rows) == 1:
                detail = self._detail(service, rows[0]["id"])
                yield theirs.outcome_of(detail, "hired", text_of(event, "timestamp") or text_of(event, "heard"))

    def _search(self, service: Service, group: str, email: str) -> list[dict[str, Any]]:
        query = {"applicationStatus": group, "searchString": email}
        found = [row for page in self._pages(service, **query) for row in page]
        return [row for row in found if text_of(row, "applicant", "email").lower() == email]

    # ------------------------------------------------------------ reading

    def _pages(self, service: Service, **query: str) -> Iterator[list[dict[str, Any]]]:
        """The next page's address is followed by what it asks for, never to another place."""
        asked: Sequence[tuple[str, str]] = tuple(query.items())
        turning = Turning()
        while asked:
            turning(asked)
            answer = service.send(Request("GET", f"{TRACKING}/applications", query=tuple(asked))).json
            yield answer.get("applications") or []
            asked = tuple(parse_qsl(urlsplit(answer.get("nextPageUrl") or "").query))

    @staticmethod
    def _detail(service: Service, id: object) -> dict[str, Any]:
        return dict(service.send(Request("GET", f"{TRACKING}/applications/{id}")).json)

    def poll(self, since: Cursor | None, service: Service, jobs: Sequence[str]) -> Iterator[Item | Cursor]:
        """BambooHR cannot say what has changed: every application's status is compared with the one seen last, which
        the cursor holds as job -> application -> [status, what it means, whether they were taken in]."""
        known = json.loads(since.token) if since is not None else {}
        openings: dict[str, str] = known.get("openings", {})
        people: dict[str, dict[str, Any]] = {job: known.get("people", {}).get(job, {}) for job in jobs}
        for job in service.send(Request("GET", f"{TRACKING}/jobs")).json or ():
            mark = "|".join(
                (text_of(job, "title", "label"), text_of(job, "status", "label"), text_of(job, "postingUrl"))
            )
            if openings.get(str(job["id"])) != mark:
                yield self._opening(job, service)
                openings[str(job["id"])] = mark
        for job_id in jobs:
            for group in GROUPS:
                for page in self._pages(service, jobId=job_id, applicationStatus=group):
                    for row in page:
                        yield from self._compared(row, group, people[job_id], service)
                    yield Cursor(token=json.dumps({"openings": openings, "people": people}))
        yield Cursor(token=json.dumps({"openings": openings, "people": people}))

    def _opening(self, job: Mapping[str, Any], service: Service) -> JobIntake:
        url = text_of(job, "postingUrl")
        return JobIntake(
            remote_id=str(job["id"]),
            title=text_of(job, "title", "label"),
            text=self._posting(url, service) if url else "",
            url=url,
            open=text_of(job, "status", "label") == "Open",
        )

    @staticmethod
    def _posting(url: str, service: Service) -> str:
        """The interface has no text. Where the public page has none either, the recruiter pastes it."""
        try:
            page = service.send(Request("GET", url, headers={"accept": "text/html"}, bare=True))
        except PushRejected:
            return ""
        return posting_text(page.body.decode("utf-8", "replace"))

    def _compared(
        self, row: Mapping[str, Any], group: str, seen: dict[str, Any], service: Service
    ) -> Iterator[CandidateIntake | Outcome]:
        """What is new about one application. Who was out before they were ever taken in is of no interest."""
        id, status = str(row["id"]), text_of(row, "status", "id")
        before, meant, taken = seen.get(id, ("", "", False))
        if before == status:
            return
        kind = self._meaning(status, group)
        detail = self._detail(service, id) if group == ACTIVE or kind in ENDED or taken else {}
        if group == ACTIVE and kind not in ENDED and not taken:
            yield theirs.intake_of(detail, *self._resume(detail, service))
            taken = True
        elif detail:
            back = meant in ENDED and kind == "stage"
            yield theirs.outcome_of(detail, "undone" if back else kind)
        seen[id] = [status, kind, taken]

    def _meaning(self, status: str, group: str) -> OutcomeKind:
        """By the customer's mapping; beyond it only BambooHR's own "hired" is sure."""
        for kind in ENDED:
            if status in writing.ids(self.mapping.get(f"status.{kind}", "")):
                return kind
        return "hired" if group == "HIRED" else "stage"

    def _resume(self, detail: Mapping[str, Any], service: Service) -> tuple[str, bytes]:
        """As the attachment that it is, else as a file of that number; none where BambooHR does not hand it out."""
        id = detail.get("resumeFileId")
        if not id:
            return "", b""
        own: dict[str, Any] = next((one for one in detail.get("attachments") or () if one.get("id") == id), {})
        url = text_of(own, "fileUrl") or f"/api/v1/files/{id}"
        there = not url.startswith("http") or urlsplit(url).netloc == urlsplit(self.base_url).netloc
        try:
            file = service.send(Request("GET", url, headers={"accept": "*/*"}, bare=not there))
        except PushRejected as refused:
            if refused.retry:
                raise
            return "", b""
        named = file.headers.get("content-disposition", "").partition("filename=")[2].strip('"; ')
        return text_of(own, "name") or named or "resume", file.body

    # ------------------------------------------------------------ writing

    def writes(self, outgoing: Outgoing) -> Sequence[Write]:
        return writing.results_of(outgoing)

    def decide(self, decision: Decision) -> Sequence[Write]:
        return writing.decision_of(decision)

    def create(self, handover: Handover) -> Sequence[Write]:
        return writing.handover_of(handover)

    # ------------------------------------------------------------ setting up

    def check(self, service: Service) -> Iterator[Finding]:
        cure = "Use the API key of somebody who has access to the hiring (ATS) settings."
        calls: list[tuple[str, str, str, tuple[tuple[str, str], ...]]] = [
            (f"{TRACKING}/jobs", "openings", cure, ()),
            (f"{TRACKING}/applications", "applications", cure, (("page", "1"),)),
            (f"{TRACKING}/statuses", "statuses", cure, ()),
        ]
        if self.settings["private_key"]:
            mail = "Let the owner of the API key see employees' private e-mail address, or hires are heard of later."
            calls.append(("/api/v1/employees/0", "employees", mail, (("fields", "homeEmail"),)))
        for path, what, mend, query in calls:
            try:
                service.send(Request("GET", path, query=query))
            except PushRejected as refused:
                yield Finding(ok=False, what=refused.detail, cure=mend)
            else:
                yield Finding(ok=True, what=f"BambooHR: {what} can be read.")
        for key in ("status.rejected", "status.withdrew"):
            word = key.partition(".")[2]
            known = bool(self.mapping.get(key))
            what = f"It is {'known' if known else 'not known yet'} which statuses mean {word}."
            cure = f"Choose under Choices the statuses that mean {word}; until then they are only noted as stages."
            yield Finding(known, what, "" if known else cure)

    def choices(self, service: Service) -> Mapping[str, Sequence[Choice]]:
        rows = service.send(Request("GET", f"{TRACKING}/statuses")).json or ()
        return {"statuses": [Choice(str(one["id"]), text_of(one, "name")) for one in rows if one.get("enabled", True)]}
