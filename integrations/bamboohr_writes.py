"""What is written to BambooHR: a comment, a status, an application. Called by `integrations.bamboohr`."""

from __future__ import annotations

from collections.abc import Sequence
from mimetypes import guess_type
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from integrations import summary
from integrations.vendor import always, reference, text_of
from models.errors import PushRejected
from models.exchange import Decision, Handover, Lookup, Outgoing, References, Request, Response, Upload, Write

TRACKING = "/api/v1/applicant_tracking"
TYPES = frozenset(
    {
        *("application/pdf", "application/msword", "application/rtf", "text/plain"),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        *("image/jpeg", "image/gif", "image/png", "image/tiff", "image/bmp"),
    }
)
"""Of resumes that BambooHR takes."""
COUNT = "comments before"


def ids(chosen: str) -> frozenset[str]:
    """Several statuses may mean the same."""
    return frozenset(filter(None, (each.strip() for each in chosen.split(","))))


def number(id: str) -> int | str:
    """BambooHR's ids are numbers in what it takes."""
    return int(id) if id.isdecimal() else id


def results_of(outgoing: Outgoing) -> Sequence[Write]:
    """A comment with the report's address, then the status that the customer chose for it."""
    result, application = outgoing.result, outgoing.target.application
    if not application:
        return ()
    one = f"{TRACKING}/applications/{application}"
    found = [*_comment(one, summary.note(result))]
    chosen = outgoing.mapping.get("status.result", "")
    if chosen and result.type == "assessment.completed":
        others = [ids(said) for key, said in outgoing.mapping.items() if key.startswith("status.")]
        found.append(_status_of_result(one, chosen, frozenset().union(*others)))
    return found


def _comment(one: str, text: str) -> tuple[Write, Write]:
    """BambooHR shows how many comments there are, and none of them."""
    before = {COUNT: "0"}

    def counted(answer: Response) -> str:
        return text_of(answer.json or {}, "commentCount") or "0"

    def again(done: References) -> Request:
        before[COUNT] = done[COUNT]
        return Request("GET", one)

    def there(answer: Response) -> str | None:
        return "there" if int(counted(answer)) > int(before[COUNT]) else None

    body = {"type": "comment", "comment": text}
    return (
        Write(COUNT, "Count the comments, to know later about ours.", always(Request("GET", one)), reference=counted),
        Write(
            "comment",
            "A comment on the application.",
            always(Request("POST", f"{one}/comments", json=body)),
            Lookup(again, there),
            reference("id"),
        ),
    )


def _status_of_result(one: str, chosen: str, settled: frozenset[str]) -> Write:
    """Nobody is moved back: where a person has decided meanwhile, their status stays."""

    def there(answer: Response) -> str | None:
        now = text_of(answer.json or {}, "status", "id")
        return now if now in settled else None

    says = "The status for a result that is there, unless somebody has decided already."
    look = Lookup(always(Request("GET", one)), there)
    return Write("status", says, always(_set(one, chosen)), look, reference("id"), look_first=True)


def _set(one: str, status: str) -> Request:
    return Request("POST", f"{one}/status", json={"status": number(status)})


def decision_of(decision: Decision) -> Sequence[Write]:
    """A status. What BambooHR sends to candidates at which status, the customer has set there."""
    key = "status.advance" if decision.kind == "advance" else "status.reject"
    chosen = decision.mapping.get(key, "").strip()
    if not chosen:
        raise PushRejected("Choose the status for this decision on the connection's page.")
    one = f"{TRACKING}/applications/{decision.target.application}"
    return (Write("status", "Set the status of the application.", always(_set(one, chosen))),)


def handover_of(handover: Handover) -> Sequence[Write]:
    """One call makes person and application; what number the application has is asked for afterwards."""
    person = handover.candidate
    email = (person.email or "").lower()
    first, _, last = (person.name or "Name unknown").rpartition(" ")
    form = {
        "firstName": first or last,
        "lastName": last,
        "jobId": handover.job,
        "email": person.email or "",
        "phoneNumber": person.phone or "",
        "source": person.source,
    }
    kind = guess_type(person.filename)[0] or ""
    file = Upload(person.filename, person.content, kind)
    if kind not in TYPES or not person.content:  # the call takes no other form than one with files
        file = Upload("No resume.txt", handover.url.encode(), "text/plain")
    query = (("jobId", handover.job), ("applicationStatus", "ALL"), ("searchString", person.email or last))

    def own(answer: Response) -> Any:
        for row in answer.json.get("applications") or ():
            said = row.get("applicant") or {}
            name = (text_of(said, "firstName"), text_of(said, "lastName"))
            if text_of(said, "email").lower() == email if email else name == (form["firstName"], last):
                return row
        return {}

    def following(answer: Response) -> Request | None:
        asked = parse_qsl(urlsplit(answer.json.get("nextPageUrl") or "").query)
        return Request("GET", f"{TRACKING}/applications", query=tuple(asked)) if asked else None

    def its_id(answer: Response) -> str:
        found = text_of(own(answer), "id")
        if not found:
            raise PushRejected("BambooHR does not list the new application yet.", retry=True)
        return found

    search = Request("GET", f"{TRACKING}/applications", query=query)
    made = {key: said for key, said in form.items() if said}
    create = Request("POST", f"{TRACKING}/application", form=made, files={"resume": file})
    person_there = Lookup(always(search), lambda answer: text_of(own(answer), "applicant", "id") or None, following)
    there = Lookup(always(search), lambda answer: text_of(own(answer), "id") or None, following)
    says = f"Create {person.name} with an application."
    return (
        Write("candidate", says, always(create), person_there, reference("candidateId"), look_first=True),
        Write("application", "Ask for the application's number.", always(search), there, its_id, look_first=True),
    )
