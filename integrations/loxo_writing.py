"""What Foyer writes in Loxo, as values; `integrations.loxo` decides what of it. The body of `joins` is unverified, the
others are known from public clients, that of an activity from the vendor's own text."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from html import escape
from typing import Any

from integrations.loxo_rows import emails, following, rows
from integrations.vendor import always, containing, reference
from models.exchange import CandidateIntake, Lookup, References, Request, Response, Upload, Write

LIST = "list-"
"""Lists and jobs have numbers of their own: what is called so is a list."""
Whose = Callable[[References], str]


def number(id: str) -> int | str:
    return int(id) if id.isdecimal() else id


def listed(whose: Whose) -> Callable[[References], Request]:
    """Their activities."""
    return lambda done: Request("GET", "person_events", query=(("person_id", whose(done)),))


def scrolled() -> Callable[[Response], Request | None]:
    """A scroll_id stands for the whole query."""
    return following(Request("GET", "person_events"))


def activity(name: str, says: str, type_id: str, whose: Whose, job: str, text: str, mark: str) -> Write:
    """An activity of a person, which is Loxo's note. A type that is a progression trigger moves them as well. `mark`:
    in the text, and in no other."""

    def body(done: References) -> dict[str, Any]:
        said: dict[str, Any] = {"activity_type_id": number(type_id), "person_id": number(whose(done))}
        if job and not job.startswith(LIST):
            said["job_id"] = number(job)
        return {"person_event": {**said, "notes": "<br>".join(escape(line, quote=False) for line in text.splitlines())}}

    found = Lookup(listed(whose), lambda response: "found" if mark.encode() in response.body else None, scrolled())
    return Write(name, says, lambda done: Request("POST", "person_events", json=body(done)), found, reference("id"))


def added(job: str, type_id: str, whose: Whose, text: str, mark: str) -> Write:
    """Into a job. The place that it makes has an id, which the answer does not tell."""
    made = activity("application", f"Add them to job {job}.", type_id, whose, job, text, mark)
    looked = Lookup(listed(whose), lambda response: "" if mark.encode() in response.body else None, scrolled())
    return Write(made.name, made.says, made.request, looked, look_first=True)


def decided(key: str) -> str:
    """The mark of a decision."""
    return f"[decision_{hashlib.sha256(key.encode()).hexdigest()[:16]}]"


def document(person: str, filename: str, content: bytes) -> Write:
    path = f"people/{person}/documents"
    return Write(
        "pdf",
        f"The report as a document of person {person}.",
        always(Request("POST", path, files={"document": Upload(filename, content)})),
        containing(Request("GET", path), filename),
        reference("id"),
    )


def resume(person: CandidateIntake) -> Write:
    file = Upload(person.filename, person.content, "application/octet-stream")
    return Write(
        "resume",
        "Their resume.",
        lambda done: Request("POST", f"people/{done['candidate']}/resumes", files={"document": file}),
        Lookup(
            lambda done: Request("GET", f"people/{done['candidate']}/resumes"),
            lambda response: "found" if person.filename.encode() in response.body else None,
        ),
        reference("id"),
        look_first=True,
    )


def created(person: CandidateIntake) -> Write:
    fields = {"name": person.name or "Name unknown", "email": person.email, "phone": person.phone}
    body = {"person": {key: value for key, value in fields.items() if value}}
    search = Request("GET", "people", query=(("query", f'"{person.email}"'),))

    def known(answer: Response) -> str | None:
        same = (one for one in rows(answer, "people") if (person.email or "").lower() in emails(one))
        return next((str(one["id"]) for one in same), None)

    def made(answer: Response) -> str:
        found = answer.json
        return str((found.get("person") or found)["id"])

    found = Lookup(always(search), known) if person.email else None
    says = f"Create {person.name}."
    return Write("candidate", says, always(Request("POST", "people", json=body)), found, made, look_first=True)


def joins(name: str, whose: Whose, list_id: str) -> Write:
    """Into a list. Unverified."""

    def there(answer: Response) -> str | None:
        listed = [str(one.get("person_list_id") or one.get("list_id")) for one in rows(answer, "list_items")]
        return "" if list_id in listed else None

    def put(done: References) -> Request:
        body = {"list_item": {"person_list_id": number(list_id)}}
        return Request("POST", f"people/{whose(done)}/list_items", json=body)

    found = Lookup(lambda done: Request("GET", f"people/{whose(done)}/list_items"), there)
    return Write(name, f"Put them into list {list_id}.", put, found, look_first=True)
