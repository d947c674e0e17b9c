"""JazzHR: the candidate export, which it sends and this serves; its customer API, which this calls.

The export, its signature and its check on saving are documented by the vendor, in a text of 2019. The customer API is
known from public code: everything below `_pages`, and `jazzhr_writes`.

The two name things differently: the export has numbers, the API has "prospect_..." and "job_...". With an API key the
export's people and openings are looked up there, so that one opening is one, and notes find their person.

The API takes its key in the address alone: `QueryKey` adds it last, and no refusal repeats it (`integrations.http`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from integrations import jazzhr_writes
from integrations.auth import Headers, QueryKey
from integrations.http import opening
from integrations.jazzhr_people import (
    PERSON,
    Seen,
    case_of,
    export_of,
    file_in,
    hired,
    intake_of,
    key_of,
    opening_of,
    outcome_of,
    rows_of,
)
from integrations.signatures import check_hex
from integrations.vendor import Vendor, body_of, text_of
from models.engines import Desk, Service
from models.errors import BadRequest, NotFound, PushRejected
from models.exchange import (
    About,
    CandidateIntake,
    Capabilities,
    Choice,
    Cursor,
    Finding,
    Handover,
    Inbound,
    Item,
    JobIntake,
    Mapped,
    Outgoing,
    Reply,
    Request,
    Response,
    Setting,
    Write,
)
from models.sentences import N_


class JazzHR(Vendor):
    about = About(
        vendor="jazzhr",
        name="JazzHR",
        kind="ats",
        base_url="{api_url}",
        settings=(
            Setting("secret", N_("Secret of the export"), N_("As entered there under Integrations."), secret=True),
            Setting("api_key", N_("API key"), N_("For notes, jobs, answers and hires."), secret=True, required=False),
            Setting("user_id", N_("JazzHR user id"), N_("Whom notes are by."), required=False),
            Setting(
                "order_step",
                N_("Workflow step that orders an interview"),
                N_("Its name; * for everybody who is exported; empty: none does."),
                required=False,
            ),
            Setting("api_url", N_("API address"), default="https://api.resumatorapi.com/v1"),
        ),
        can=Capabilities(
            jobs="from public code",
            candidates="documented",
            webhooks="documented",
            text="from public code",
            create="unverified",
            outcomes="documented",
        ),
        mapped=(Mapped("category.done", N_("Category when a result is there"), "categories"),),
        register=(
            "Settings > Integrations > Add Custom Integration: the address {url}/export and the secret above. JazzHR "
            "calls it when you save.",
            "Jobs > Workflows: a Workflow Helper 'Export Candidate' on each step that Foyer is to hear of: the first, "
            "the one that orders an interview, hired and not hired.",
        ),
    )

    def auth(self) -> QueryKey | Headers:
        return QueryKey("apikey", self.settings["api_key"]) if self.settings["api_key"] else Headers()

    # ------------------------------------------------------------ what JazzHR sends

    def serve(self, inbound: Inbound, desk: Desk) -> Reply:
        """The same body is the same message: the id in its header is not covered by the signature. Only what is used is
        kept, so that sex, citizenship and the like are not even stored."""
        if (inbound.method, inbound.path) != ("POST", "export"):
            raise NotFound("JazzHR has no such call here.")
        check_hex(inbound.headers.get("x-jazzhr-signature", ""), self.settings["secret"], inbound.body)
        body = body_of(inbound)
        if inbound.headers.get("x-jazzhr-event", "").upper() == "VERIFY":
            return Reply()
        if not isinstance(body.get("candidate"), Mapping):
            raise BadRequest("An export has a candidate.")
        link = inbound.headers.get("link", "").partition(">")[0].lstrip("<")
        try:
            event = export_of(body, link)
        except (AttributeError, KeyError, TypeError) as odd:
            raise BadRequest("The export is not as documented.") from odd
        desk.keep(hashlib.sha256(inbound.body).hexdigest(), event)
        return Reply()

    def read(self, event: Mapping[str, object], service: Service) -> Iterator[Item]:
        """The signature covers the body, so what it says is taken as it is. Its files live for two and a half hours."""
        for seen in case_of(event):
            job = self._opening(seen, service)
            known = self._known(seen, job.remote_id, service)
            if job.title:
                yield job
            name, content = self._attached(known, service)
            yield intake_of(known, name, content, ordered=self._orders(known.step))
            outcome = outcome_of(known)
            if outcome is not None:
                yield outcome

    def _orders(self, step: str) -> bool:
        wanted = self.settings["order_step"].strip().casefold()
        return bool(wanted) and wanted in ("*", step.casefold())

    def _attached(self, seen: Seen, service: Service) -> tuple[str, bytes]:
        for url in seen.files:
            try:
                return file_in(service.send(Request("GET", url, bare=True)))
            except PushRejected as refused:
                if refused.retry:
                    raise
            except ValueError:
                continue
        return self._stored(seen.person, service) if seen.person.startswith(PERSON) else ("", b"")

    def _opening(self, seen: Seen, service: Service) -> JobIntake:
        """The API's, where one alone has this title; else as it was exported, by its number."""
        if self.settings["api_key"]:
            found = [one for one in self._pages(service, "jobs") if text_of(one, "title") == seen.title]
            if len(found) == 1:
                return opening_of(found[0])
        return JobIntake(remote_id=seen.job, title=seen.title, text=seen.text)

    def _known(self, seen: Seen, job: str, service: Service) -> Seen:
        """By the API's name of them: found by their own, and told from namesakes by the address. Who is not found keeps
        their number."""
        if self.settings["api_key"] and seen.email:
            for row in self._pages(service, f"applicants/name/{quote(seen.name, safe='')}"):
                found = self._person(str(row["id"]), service)
                if found and text_of(found, "email").casefold() == seen.email.casefold():
                    person = str(found["id"])
                    return seen.called(person, job, key_of(person, job), found)
        return seen.called(seen.person, job, seen.application, {})

    # ------------------------------------------------------------ the customer API

    def _pages(self, service: Service, path: str) -> Iterator[dict[str, Any]]:
        """A page of one row is an object. After the last page comes an empty one, a 404, or the last one again."""
        seen: set[str] = set()
        page = 1
        while True:
            try:
                rows = rows_of(service.send(Request("GET", f"{path}/page/{page}")))
            except PushRejected as refused:
                if refused.answered != 404:
                    raise
                return
            fresh = [row for row in rows if str(row) not in seen]
            if not fresh:
                return
            yield from fresh
            seen.update(map(str, fresh))
            page += 1

    def _person(self, id: str, service: Service) -> dict[str, Any]:
        rows = rows_of(service.send(Request("GET", f"applicants/{quote(id, safe='')}")))
        return rows[0] if rows else {}

    def _stored(self, person: str, service: Service) -> tuple[str, bytes]:
        """The first file is the resume: nothing in the answer says which it is."""
        for row in self._pages(service, f"files/applicant_id/{quote(person, safe='')}"):
            url = text_of(row, "file_url")
            if url:
                try:
                    return text_of(row, "filename") or "resume", service.send(Request("GET", url, bare=True)).body
                except PushRejected as refused:
                    if refused.retry:
                        raise
        return "", b""

    def poll(self, since: Cursor | None, service: Service, jobs: Sequence[str]) -> Iterator[Item | Cursor]:
        if not self.settings["api_key"]:
            return
        began = datetime.now(UTC).date().isoformat()
        for job in self._pages(service, "jobs"):
            yield opening_of(job)
        recent = f"/from_apply_date/{since.token}" if since is not None else ""
        for job_id in jobs:
            for row in self._pages(service, f"applicants/job_id/{quote(job_id, safe='')}{recent}"):
                yield from self._applied(str(row["id"]), job_id, service)
        for hire in self._pages(service, "hires"):
            yield from hired(hire)
        yield Cursor(token=began)

    def _applied(self, id: str, job: str, service: Service) -> Iterator[CandidateIntake]:
        found = self._person(id, service)
        if found:
            seen = Seen.of_api(found, job)
            yield intake_of(seen, *self._stored(id, service), ordered=self._orders(seen.step))

    # ------------------------------------------------------------ writing

    def writes(self, outgoing: Outgoing) -> Sequence[Write]:
        return jazzhr_writes.writes(outgoing, self.settings["user_id"]) if self.settings["api_key"] else ()

    def create(self, handover: Handover) -> Sequence[Write]:
        return jazzhr_writes.create(handover)

    # ------------------------------------------------------------ setting up

    def check(self, service: Service) -> Iterator[Finding]:
        if not self.settings["api_key"]:
            yield Finding(
                ok=False,
                what="JazzHR's API is not connected.",
                cure="Enter the API key of Settings > Integrations: without it no result is written there.",
            )
            return
        for path in ("jobs", "applicants", "hires", "categories"):
            try:
                service.send(Request("GET", f"{path}/page/1"))
            except PushRejected as refused:
                yield Finding(ok=False, what=refused.detail, cure="Check the API key, and that your plan has the API.")
                return
            yield Finding(ok=True, what=f"{path} can be read.")
        yield Finding(
            bool(self.settings["user_id"]),
            "Notes have an author." if self.settings["user_id"] else "Notes have no author.",
            "Enter the id of a JazzHR user: notes are by somebody.",
        )

    def choices(self, service: Service) -> Mapping[str, Sequence[Choice]]:
        if not self.settings["api_key"]:
            return {}
        return {
            "categories": [Choice(str(one["id"]), text_of(one, "name")) for one in self._pages(service, "categories")]
        }

    def judge(self, response: Response) -> str | None:
        """Refusals are text, or an object with "error", also with the status of a success."""
        try:
            said = response.json
        except ValueError:
            said = None
        if isinstance(said, Mapping) and said.get("error"):
            return str(said["error"])[:200]
        return opening(response) if response.status >= 400 else None
