"""iCIMS' own values, theirs -> ours and ours -> theirs. Called by `integrations.icims`."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from integrations import summary
from integrations.vendor import instant, text_of
from models.errors import BadRequest, PushRejected
from models.exchange import OutcomeKind, References, Response
from models.values import AssessmentResult

LARGEST = 1_000_000
"""Bytes of an event once it is unpacked: they hold ids and links."""
NOTES, RESULT = 192, 128
"""Characters that fit into assessmentnotes and assessmentresult."""
MOMENT = "%Y-%m-%d %I:%M %p"
"""As dates stand in searches and fields, in UTC."""
OUTCOMES: Mapping[str, OutcomeKind] = {
    "status.hired": "hired",
    "status.rejected": "rejected",
    "status.withdrew": "withdrew",
}


def unpacked(body: bytes) -> dict[str, Any]:
    """An event: gzip, or plain where it was unpacked on the way. Raises BadRequest, also for one that is too large."""
    if body[:2] == b"\x1f\x8b":
        packed = zlib.decompressobj(wbits=31)
        try:
            body = packed.decompress(body, LARGEST)
        except zlib.error as broken:
            raise BadRequest("The body is no gzip that can be unpacked.") from broken
        if packed.unconsumed_tail or not packed.eof:
            raise BadRequest("The body is cut off, or far too large for an event.")
    try:
        found = json.loads(body)
    except ValueError as broken:
        raise BadRequest("The body is not JSON.") from broken
    if not isinstance(found, dict):
        raise BadRequest("The body is not a JSON object.")
    return found


def ids(chosen: str) -> frozenset[str]:
    """A mapping's value: one id, or several with commas."""
    return frozenset(filter(None, (each.strip() for each in chosen.split(","))))


def kind_of(status: str, mapping: Mapping[str, str]) -> OutcomeKind:
    """What a status means is the customer's choice; every other is a stage."""
    return next((kind for key, kind in OUTCOMES.items() if status in ids(mapping.get(key, ""))), "stage")


def moment_of(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, MOMENT).replace(tzinfo=UTC)
    except ValueError:
        return instant(text)


def rows_of(body: object) -> Iterator[Mapping[str, Any]]:
    """Of a list, or of the only list in an object."""
    found = body if isinstance(body, list) else []
    if isinstance(body, Mapping):
        found = next((each for each in body.values() if isinstance(each, list)), [])
    yield from (each for each in found if isinstance(each, Mapping))


def changed_at(log: object, status: str) -> tuple[datetime | None, str]:
    """When a status was last set, and what it is called. How the entries of the status log name it is unverified."""
    found = [
        (moment, text_of(row, "status", "value") or status)
        for row in rows_of(log)
        if status in (text_of(row, "status", "id"), text_of(row, "status"))
        for key in ("date", "createddate", "updateddate", "statusdate")
        if (moment := moment_of(text_of(row, key))) is not None
    ]
    return max(found, default=(None, status))


def created_id(response: Response) -> str:
    """Of something new: the last part of its address."""
    return response.headers.get("location", "").partition("?")[0].rstrip("/").rpartition("/")[2]


def first_found(response: Response) -> str | None:
    found = (response.json or {}).get("searchResults") or ()
    return str(found[0]["id"]) if found else None


def resume_name(response: Response, person: str) -> str:
    _, _, given = response.headers.get("content-disposition", "").partition("filename=")
    if given.strip('"; '):
        return given.partition(";")[0].strip('" ')
    kinds = ((b"%PDF", "pdf"), (b"PK", "docx"), (b"{\\rtf", "rtf"), (b"\xd0\xcf\x11\xe0", "doc"))
    ending = next((kind for start, kind in kinds if response.body.startswith(start)), "txt")
    return f"resume {person}.{ending}"


def row_of(result: AssessmentResult, mapping: Mapping[str, str], url_field: str) -> dict[str, Any]:
    """A row of assessmentresults, the same for the same result: an exact duplicate is ignored there."""
    row: dict[str, Any] = {"assessmentdate": result.created_at.astimezone(UTC).strftime("%Y-%m-%d")}
    if mapping.get("assessment.name"):
        row["assessmentname"] = {"id": mapping["assessment.name"]}
    notes = [summary.PROPOSES, summary.marker(result)]
    if result.type == "assessment.withdrawn":
        return row | {"assessmentresult": "The candidate withdrew.", "assessmentnotes": notes[1]}
    if url_field:
        row[url_field] = result.report_url
    else:
        notes.insert(0, result.report_url)
    number, passed = summary.overall(result), summary.passed(result)
    state = {True: "result.passed", False: "result.failed", None: "result.no_decision"}[passed]
    if mapping.get(state):
        row["assessmentstatus"] = {"id": mapping[state]}
    if number is not None:
        row["assessmentscore"] = round(number, 2)
    reviewed = "after a person's review" if result.human is not None else "not reviewed by a person yet"
    row["assessmentresult"] = f"{summary.WORDS[summary.recommendation(result)]} ({reviewed})"[:RESULT]
    return row | {"assessmentnotes": fitting(notes)}


def fitting(notes: list[str]) -> str:
    """The last of them in any case, and those before it as far as there is room."""
    kept = notes[-1]
    for each in notes[:-1]:
        if len(f"{each} {kept}") <= NOTES:
            kept = f"{each} {kept}"
    return kept


def row_with(mark: str) -> Callable[[Response], str | None]:
    """The id of the row whose notes hold `mark`."""

    def picked(response: Response) -> str | None:
        for row in rows_of((response.json or {}).get("assessmentresults")):
            if mark in text_of(row, "assessmentnotes"):
                return text_of(row, "id") or "found"
        return None

    return picked


def newer(name: str, since: str | None) -> list[dict[str, Any]]:
    """The filter for what has changed; none for everything."""
    return [{"name": f"{name}.updateddate", "value": [since], "operator": ">="}] if since else []


def row_id(done: References) -> str:
    """Of the row that was made. Raises PushRejected where iCIMS did not say."""
    found = done["row"]
    if not found or found == "found":
        raise PushRejected("iCIMS did not say which row it made, so the report cannot be put there.")
    return found
