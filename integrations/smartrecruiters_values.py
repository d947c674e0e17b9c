"""SmartRecruiters' own values, theirs -> ours and ours -> theirs, and its webhook signature. Called by
`integrations.smartrecruiters`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from integrations.signatures import check_any_hex, check_moment
from integrations.smartrecruiters_orders import application_id
from integrations.vendor import instant, plain, text_of
from models.errors import Unauthorized
from models.exchange import (
    Answer,
    Inbound,
    JobIntake,
    Lookup,
    OutcomeKind,
    References,
    Request,
    Response,
    Upload,
    Write,
)

ENDED = frozenset({"FILLED", "CANCELLED"})
OUTCOMES: Mapping[str, OutcomeKind] = {"HIRED": "hired", "REJECTED": "rejected", "WITHDRAWN": "withdrew"}
BEFORE = frozenset({"LEAD", "NEW"})
"""Where everybody begins."""
ASKED = frozenset({"preferredWorkShifts", "languages", "previousEmployment", "drivingCurrent"})
"""Of the questions that SmartRecruiters itself has: the others are about origin, health, convictions and papers."""
SECTIONS = ("companyDescription", "jobDescription", "qualifications", "additionalInformation")
SIGNED = ("event-id", "event-name", "event-version", "link")


def check_signature(inbound: Inbound, secrets: Sequence[str]) -> datetime:
    """Version 1: over time, body and four headers, with dots between them. While one secret is exchanged for another,
    several signatures may stand in the header and several secrets may hold. Returns when it was signed."""
    stamp = inbound.headers.get("smartrecruiters-timestamp", "")
    rest = [inbound.headers.get(name, "").encode("latin-1", "replace") for name in SIGNED]
    parts = inbound.headers.get("smartrecruiters-signature", "").split(";")
    given = [part.strip().removeprefix("v1=") for part in parts if part.strip().startswith("v1=")]
    check_any_hex(given, secrets, b".".join([stamp.encode(), inbound.body, *rest]))
    if not stamp.isdecimal():
        raise Unauthorized("The message has no time.")
    check_moment(float(stamp), inbound.now)
    return datetime.fromtimestamp(int(stamp), UTC)


def moment(body: Mapping[str, Any], key: str) -> datetime:
    return instant(text_of(body, key)) or datetime.now(UTC)


def job_of(job: Mapping[str, Any]) -> JobIntake:
    sections = (job.get("jobAd") or {}).get("sections") or {}
    texts = [(text_of(sections, name, "title"), plain(text_of(sections, name, "text"))) for name in SECTIONS]
    return JobIntake(
        remote_id=str(job["id"]),
        title=text_of(job, "title"),
        text="\n\n".join("\n".join(filter(None, part)) for part in texts if part[1]),
        open=text_of(job, "status") not in ENDED,
    )


def assignment(person: Mapping[str, Any], job: str) -> Mapping[str, Any]:
    """A person's application for a job, as far as their own details tell of it."""
    each = [person.get("primaryAssignment") or {}, *(person.get("secondaryAssignments") or ())]
    return next((one for one in each if text_of(one, "job", "id") == job), {})


def answers_of(row: Mapping[str, Any]) -> Iterator[Answer]:
    """Of one screening question: the customer's own, which have a UUID, and those of `ASKED`."""
    category = text_of(row, "category")
    try:
        UUID(category)
    except ValueError:
        if category not in ASKED:
            return
    said = []
    for record in row.get("records") or ():
        fields = record.get("fields") or ()
        for field in fields:
            values = ", ".join(text_of(one, "label") or text_of(one, "value") for one in field.get("values") or ())
            label = text_of(field, "label") if len(fields) > 1 else ""
            said.append(f"{label}: {values}" if label else values)
    if any(said):
        yield Answer(question=text_of(row, "label") or text_of(row, "name"), answer="; ".join(filter(None, said)))


def became(
    history: Sequence[Mapping[str, Any]], status: str
) -> Iterator[tuple[OutcomeKind, datetime, Mapping[str, Any]]]:
    """What a status history tells, oldest first. `status`: the present one. Somebody who withdrew and came back did not
    withdraw; a hire or rejection that was taken back is undone."""
    dated = [(at, row) for row in history if (at := instant(text_of(row, "changedOn"))) is not None]
    over = False
    for at, row in sorted(dated, key=lambda each: each[0]):
        now = text_of(row, "status")
        if now in BEFORE or (now == "WITHDRAWN" and status != "WITHDRAWN"):
            continue
        yield OUTCOMES.get(now, "undone" if over else "stage"), at, row
        over = now in OUTCOMES


def further(request: Request) -> Callable[[Response], Request | None]:
    """The page after an answer to `request`, or to a page after it."""

    def following(response: Response) -> Request | None:
        page = response.json or {}
        content = page.get("content") or ()
        seen = int(page.get("offset") or 0) + len(content)
        if page.get("nextPageId"):
            return replace(request, query=(*request.query, ("pageId", str(page["nextPageId"]))))
        if content and seen < int(page.get("totalFound") or 0):
            return replace(request, query=(*request.query, ("offset", str(seen))))
        return None

    return following


def with_email(email: str) -> Callable[[Response], str | None]:
    """The id of whoever has this address, among people who were found by it."""

    def picked(response: Response) -> str | None:
        rows = (response.json or {}).get("content") or ()
        same = [str(row["id"]) for row in rows if email and text_of(row, "email").lower() == email.lower()]
        return same[0] if same else None

    return picked


def assigned_to(job: str) -> Callable[[Response], str | None]:
    def picked(response: Response) -> str | None:
        person = response.json or {}
        return application_id(text_of(person, "id"), job) if assignment(person, job) else None

    return picked


def attachment(name: str, person: Callable[[References], str], file: Upload, kind: str) -> Write:
    """A file of a person, found again by its name."""

    def path(done: References) -> str:
        return f"candidates/{person(done)}/attachments"

    return Write(
        name,
        f"The file {file.filename} for the candidate.",
        lambda done: Request("POST", path(done), form={"attachmentType": kind}, files={"file": file}),
        Lookup(
            lambda done: Request("GET", path(done)),
            lambda response: "found" if file.filename.encode() in response.body else None,
        ),
        lambda response: text_of(response.json or {}, "id"),
    )
