"""Phenom: jobs and their applicants are read, with the status they have there. As far as the facts carry.

Documented by the vendor: the host, the two headers, jobs, applicants of a job. Unverified, in `id_of` alone: what an
applicant's id is called. Not known in public: how talent lists, resume files, notes and webhooks are reached. So people
come without a file, and a result goes where the customer, to whom Phenom shows more, says that it goes: a path and the
name of a field, typed in when connecting as are the words of the status that mean hired or not selected. Without a path
nothing is written.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from integrations import summary
from integrations.auth import Headers
from integrations.crm import readable
from integrations.http import opening
from integrations.paging import Turning
from integrations.vendor import Vendor, always, containing, instant, plain, reference, text_of
from models.engines import Service
from models.exchange import (
    About,
    CandidateIntake,
    Capabilities,
    Cursor,
    Finding,
    Item,
    JobIntake,
    Outcome,
    OutcomeKind,
    Outgoing,
    Request,
    Response,
    Setting,
    Target,
    Write,
)
from models.sentences import N_

PAGE = 100
APPLICANTS = "candidates-api/applications/v1/jobs/{id}/applicants"


class Phenom(Vendor):
    about = About(
        vendor="phenom",
        name="Phenom",
        kind="crm",
        base_url="{address}",
        settings=(
            Setting(
                "token", N_("Authorization"), N_("As Phenom gives it, with Bearer where they say so."), secret=True
            ),
            Setting("user_id", N_("Phenom user id"), N_("Of the header x-ph-userid.")),
            Setting("hired", N_("Statuses that mean hired"), N_("With commas."), default="Hired"),
            Setting(
                "rejected", N_("Statuses that mean not selected"), N_("Likewise."), default="Rejected, Not Selected"
            ),
            Setting("withdrew", N_("Statuses that mean withdrawn"), N_("Likewise."), default="Withdrawn"),
            Setting(
                "note_path",
                N_("Path to which notes are posted"),
                N_(
                    "From Phenom's documents for your account, with {id} for the candidate; empty: results stay in "
                    "Foyer."
                ),
                required=False,
            ),
            Setting("note_field", N_("Its field for the text"), N_("Likewise."), default="note"),
            Setting("address", N_("Address"), default="https://api.phenom.com"),
        ),
        can=Capabilities(
            jobs="documented", candidates="documented", text="unverified", outcomes="documented", tell="unverified"
        ),
        register=(
            "Ask Phenom for an API token and a user id that may read jobs and applicants.",
            "For results in Phenom, ask where notes on a candidate are posted and listed, and try it on a test person.",
        ),
    )

    def auth(self) -> Headers:
        return Headers({"authorization": self.settings["token"], "x-ph-userid": self.settings["user_id"]})

    def judge(self, response: Response) -> str | None:
        if response.status < 400:
            return None
        try:
            said = response.json
        except ValueError:
            said = None
        message = text_of(said, "message") or text_of(said, "statusMessage") if isinstance(said, Mapping) else ""
        return message or opening(response)

    def poll(self, since: Cursor | None, service: Service, jobs: Sequence[str]) -> Iterator[Item | Cursor]:
        """Nothing says when a status changed, so the cursor holds the ones we have seen."""
        seen: dict[str, dict[str, str]] = json.loads(since.token) if since is not None else {}
        yield from self._jobs(service)
        for job in jobs:
            known = seen.setdefault(job, {})
            for applicant in self._applicants(job, service):
                id, status = id_of(applicant), text_of(applicant, "hiringStatus")
                if not id or known.get(id) == status:
                    continue
                yield intake(applicant, id, job)
                kind = self._meaning(status)
                if kind is not None:
                    yield Outcome(
                        kind=kind,
                        at=datetime.now(UTC),
                        remote_application_id=f"{job}:{id}",
                        remote_candidate_id=id,
                        remote_job_id=job,
                        stage=status,
                    )
                known[id] = status
            yield Cursor(token=json.dumps(seen))
        yield Cursor(token=json.dumps({job: seen[job] for job in jobs}))

    def _meaning(self, status: str) -> OutcomeKind | None:
        kinds: tuple[OutcomeKind, ...] = ("hired", "rejected", "withdrew")
        for kind in kinds:
            if status and status.lower() in [each.strip().lower() for each in self.settings[kind].split(",")]:
                return kind
        return None

    @staticmethod
    def _jobs(service: Service) -> Iterator[Item]:
        offset, turning = 0, Turning()
        while True:
            query = (("offset", str(offset)), ("limit", str(PAGE)))
            found = service.send(Request("GET", "jobs-api/v1/jobs", query=query)).json.get("data") or []
            turning([each["jobId"] for each in found])
            for job in found:
                text, url = plain(text_of(job, "description")), text_of(job, "applyUrl")
                yield JobIntake(remote_id=str(job["jobId"]), title=text_of(job, "title"), text=text, url=url)
            if not found:
                return
            offset += len(found)

    @staticmethod
    def _applicants(job: str, service: Service) -> Iterator[dict[str, Any]]:
        start, path, turning = 0, APPLICANTS.format(id=quote(job, safe="")), Turning()
        while True:
            answer = service.send(Request("GET", path, query=(("from", str(start)), ("size", str(PAGE))))).json
            found = (answer.get("data") or {}).get("candidates") or []
            turning(found)
            yield from found
            if not found:
                return
            start += len(found)

    def writes(self, outgoing: Outgoing) -> Sequence[Write]:
        result = outgoing.result
        return self._note(outgoing.target.candidate, summary.note(result), summary.marker(result))

    def tell(self, outcome: Outcome, target: Target, mapping: Mapping[str, str]) -> Sequence[Write]:  # noqa: ARG002
        return self._note(target.candidate, summary.outcome_note(outcome), summary.outcome_mark(outcome))

    def _note(self, candidate: str, text: str, mark: str) -> Sequence[Write]:
        """Unverified: that a note is posted as JSON with one field, and that the same path lists what was posted."""
        template = self.settings["note_path"].strip("/")
        if not template or not candidate:
            return ()
        path = template.replace("{id}", quote(candidate, safe=""))
        request = Request("POST", path, json={self.settings["note_field"]: text})
        looked = containing(Request("GET", path), mark)
        return (Write("note", f"A note on candidate {candidate}.", always(request), looked, reference("id")),)

    def check(self, service: Service) -> Iterator[Finding]:
        yield readable(service, "jobs-api/v1/jobs", "Ask Phenom to let the token read jobs.", offset="0", limit="1")
        path = self.settings.get("note_path", "")
        if path and (path.startswith(("http://", "https://")) or "{id}" not in path):
            yield Finding(
                ok=False,
                what="The path to which notes are posted cannot be right.",
                cure="Enter the path alone, without the address, and with {id} where the candidate's id stands.",
            )
        if not path:
            yield Finding(
                ok=False,
                what="Results are not written to Phenom: it is not said where notes are posted.",
                cure="Enter the path that Phenom names for your account. Until then results go to Foyer's webhooks.",
            )


def id_of(applicant: Mapping[str, Any]) -> str:
    """Unverified: which of these an applicant has."""
    return text_of(applicant, "candidateId") or text_of(applicant, "userId") or text_of(applicant, "id")


def intake(applicant: Mapping[str, Any], id: str, job: str) -> CandidateIntake:
    emails = applicant.get("emails") or ()
    return CandidateIntake(
        name=f"{text_of(applicant, 'firstName')} {text_of(applicant, 'lastName')}".strip() or None,
        email=str(emails[0]) if emails else None,
        external_id=f"{job}:{id}",
        source="Phenom",
        remote_candidate_id=id,
        remote_job_id=job,
        applied_at=instant(text_of(applicant, "dateCreated")),
        stage=text_of(applicant, "hiringStatus"),
    )
