"""What is written to Lever: results, decisions, people. Called by `integrations.lever`; `by` is whose act a change is
there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from integrations import lever_form, summary
from integrations.vendor import always, containing, reference, text_of
from models.errors import PushRejected
from models.exchange import Decision, Handover, Lookup, Outgoing, References, Request, Response, Upload, Write

LARGEST_FILE = 30_000_000
ALL = (("limit", "100"),)
By = tuple[tuple[str, str], ...]
"""The query that says so; empty where no user was entered."""


def writes(outgoing: Outgoing, by: By) -> list[Write]:
    """A form where the customer chose one and the result has a place on Lever's scale; else a note."""
    result, id, chosen = outgoing.result, outgoing.target.application, outgoing.mapping
    if not id:
        return []
    if result.type == "assessment.withdrawn":
        return [_note(id, outgoing, by)]
    step = lever_form.step_of(result, chosen.get("score.mixed", ""))
    if chosen.get("template") and by and step is not None:
        found = _form(id, chosen["template"], outgoing, step, by)
    else:
        found = [_note(id, outgoing, by)]
    found.append(_link(id, result.report_url))
    if outgoing.pdf is not None and by and len(outgoing.pdf) <= LARGEST_FILE:
        found.append(_file("pdf", lambda _: id, Upload(summary.filename(result), outgoing.pdf), by))
    if chosen.get("tag.done"):
        tag = Request("POST", f"opportunities/{id}/addTags", query=by, json={"tags": [chosen["tag.done"]]})
        found.append(Write("tag", f"The tag {chosen['tag.done']!r}.", always(tag)))
    return found


def decide(decision: Decision, by: By) -> list[Write]:
    """Automations of the customer's may write to the candidate when somebody is archived; we never ask for it."""
    key, id = "reason.reject" if decision.kind == "reject" else "stage.advance", decision.target.application
    chosen = decision.mapping.get(key, "")
    if not chosen:
        wanted = "an archive reason" if decision.kind == "reject" else "a stage"
        raise PushRejected(f"Choose {wanted} for decisions on the connection's page.")
    if decision.kind == "reject":
        call = Request("PUT", f"opportunities/{id}/archived", query=by, json={"reason": chosen})
        return [Write("reject", f"Archive opportunity {id}.", always(call))]
    call = Request("PUT", f"opportunities/{id}/stage", query=by, json={"stage": chosen})
    return [Write("advance", f"Move opportunity {id}.", always(call))]


def create(handover: Handover, by: By) -> list[Write]:
    """One call makes both; Lever itself knows a person again by the e-mail address. So the application comes first, and
    the person is whoever it belongs to."""
    if not by:
        raise PushRejected("Enter the Lever user id on the connection's page: somebody must have created them.")
    person = handover.candidate
    body = {
        "name": person.name or "Name unknown",
        "emails": [person.email] if person.email else [],
        "phones": [{"value": person.phone}] if person.phone else [],
        "links": [handover.url] if handover.url else [],
        "sources": [handover.mapping.get("source.create") or "Foyer"],
        "postings": [handover.job],
    }
    known = Request("GET", "opportunities", query=(("posting_id", handover.job), ("email", person.email or "")))
    made = Write(
        "application",
        f"Create {person.name} with an opportunity for the posting.",
        always(Request("POST", "opportunities", query=by, json=body)),
        Lookup(always(known), _first_id) if person.email else None,
        reference("data", "id"),
        look_first=True,
    )

    def opportunity(done: References) -> Request:
        return Request("GET", f"opportunities/{done['application']}")

    contact = reference("data", "contact")
    found = [made, Write("candidate", "Read who they are there.", opportunity, reference=contact)]
    if person.content:
        upload = Upload(person.filename or "resume", person.content, "application/octet-stream")
        found.append(_file("resume", lambda done: done["application"], upload, by))
    return found


# ---------------------------------------------------------------- one by one


def _form(id: str, template: str, outgoing: Outgoing, step: int, by: By) -> list[Write]:
    result, path = outgoing.result, f"opportunities/{id}/feedback"
    mark, at = summary.marker(result), int(result.created_at.timestamp() * 1000)

    def filled(done: References) -> Request:
        values = lever_form.values(done["template"], result, step)
        body = {"baseTemplateId": template, "fieldValues": values, "createdAt": at, "completedAt": at}
        return Request("POST", path, query=by, json=body)

    def there(answer: Response) -> str | None:
        """By the mark; a form without a field for words is told by its moment."""
        for one in answer.json["data"]:
            same = one.get("baseTemplateId") == template and one.get("createdAt") == at
            if same or mark in str(one.get("fields")):
                return str(one.get("id") or "found")
        return None

    asked = always(Request("GET", f"feedback_templates/{template}"))
    lookup = Lookup(always(Request("GET", path, query=ALL)), there, _following(path))
    return [
        Write("template", "Read which fields the feedback form has.", asked, reference=lever_form.skeleton),
        Write("feedback", "A completed feedback form.", filled, lookup, _made),
    ]


def _note(id: str, outgoing: Outgoing, by: By) -> Write:
    path, text = f"opportunities/{id}/notes", summary.note(outgoing.result)
    return Write(
        "note",
        f"A note on opportunity {id}.",
        always(Request("POST", path, query=by, json={"value": text})),
        containing(Request("GET", path, query=ALL), summary.marker(outgoing.result), _following(path)),
        reference("data", "noteId"),
    )


def _link(id: str, url: str) -> Write:
    call = Request("POST", f"opportunities/{id}/addLinks", json={"links": [url]})
    there = containing(Request("GET", f"opportunities/{id}"), url)
    return Write("link", "A link to the report.", always(call), there, look_first=True)


def _file(name: str, whose: Callable[[References], str], upload: Upload, by: By) -> Write:
    def send(done: References) -> Request:
        return Request("POST", f"opportunities/{whose(done)}/files", query=by, files={"file": upload})

    def listed(done: References) -> Request:
        return Request("GET", f"opportunities/{whose(done)}/files", query=ALL)

    def there(answer: Response) -> str | None:
        rows = answer.json["data"]
        return next((str(row.get("id") or "found") for row in rows if row.get("name") == upload.filename), None)

    return Write(name, f"The file {upload.filename!r}.", send, Lookup(listed, there), reference("data", "id"))


def _following(path: str) -> Callable[[Response], Request | None]:
    def following(answer: Response) -> Request | None:
        page = answer.json
        more = page.get("hasNext") and page.get("next")
        return Request("GET", path, query=(*ALL, ("offset", str(more)))) if more else None

    return following


def _made(response: Response) -> str:
    """The documents show a new form both bare and in an envelope."""
    said: Any = response.json
    return text_of(said, "data", "id") or text_of(said, "id") if isinstance(said, Mapping) else ""


def _first_id(response: Response) -> str | None:
    rows: Sequence[Mapping[str, Any]] = response.json["data"]
    return str(rows[0]["id"]) if rows else None
