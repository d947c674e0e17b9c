"""What is written to Ashby: a result, a person's decision, somebody new. Called by `integrations.ashby`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from mimetypes import guess_type
from typing import Any

from integrations import ashby_values as theirs
from integrations import summary
from integrations.vendor import always, reference, text_of
from models.errors import PushRejected
from models.exchange import (
    Decision,
    Handover,
    Lookup,
    Outgoing,
    References,
    Request,
    Response,
    Upload,
    Write,
)

Fields = Mapping[str, Any]


def call(name: str, body: Fields) -> Request:
    """Ashby has one form of a call."""
    return Request("POST", name, json=dict(body))


def results_of(outgoing: Outgoing, partner_id: str) -> Sequence[Write]:
    """The assessment, a note, the report as a file."""
    result, target = outgoing.result, outgoing.target
    found: list[Write] = []
    if target.ours:
        found.append(
            Write(
                "assessment",
                "The result of the assessment that Ashby ordered.",
                always(call("assessment.update", theirs.update_of(target.ours, result))),
            )
        )
    elif partner_id and target.candidate and result.type != "assessment.withdrawn":
        body = theirs.completed_of(target.candidate, partner_id, result)
        found.append(
            Write(
                "assessment",
                f"A completed assessment on candidate {target.candidate}.",
                always(call("assessment.addCompletedToCandidate", body)),
            )
        )
    if not target.candidate:
        return found
    found.append(_note(target.candidate, summary.note(result), summary.marker(result)))
    if outgoing.pdf is not None:
        report = Upload(summary.filename(result), outgoing.pdf)
        found.extend(_file("pdf", "The report", report, lambda _: target.candidate, resume=False))
    return found


def _note(candidate: str, text: str, mark: str) -> Write:
    body = {"candidateId": candidate, "note": {"type": "text/plain", "value": text}, "sendNotifications": False}

    def following(answer: Response) -> Request | None:
        page = answer.json
        if not page.get("moreDataAvailable"):
            return None
        return call("candidate.listNotes", {"candidateId": candidate, "limit": 100, "cursor": page["nextCursor"]})

    def there(answer: Response) -> str | None:
        notes = answer.json["results"]
        return next((str(one["id"]) for one in notes if mark in text_of(one, "content")), None)

    first = call("candidate.listNotes", {"candidateId": candidate, "limit": 100})
    return Write(
        "note",
        f"A note on candidate {candidate}.",
        always(call("candidate.createNote", body)),
        Lookup(always(first), there, following),
        reference("results", "id"),
    )


def _file(name: str, what: str, file: Upload, candidate: Any, *, resume: bool) -> list[Write]:
    """A place to upload to, the upload, and what attaches it: the place lasts for ten minutes, so it is asked for with
    every attempt. `candidate`: References -> their id. A resume that is there already is never displaced."""
    place, sent = f"{name} place", f"{name} upload"

    def given(done: References) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads(done[place])
        except ValueError:  # a rehearsal, in which nothing is asked for
            return {"url": "https://the-address-that-Ashby-gives", "fields": {}, "handle": done[place]}
        return found

    def uploaded(done: References) -> Request:
        """Every field of the signed form as it was given; what is no field has no place in a form."""
        there = given(done)
        form = {key: str(said) for key, said in there["fields"].items() if isinstance(said, str | int | float)}
        return Request("POST", there["url"], form=form, files={"file": file}, bare=True)

    def attach(done: References) -> Request:
        key, verb = ("resumeHandle", "candidate.uploadResume") if resume else ("fileHandle", "candidate.uploadFile")
        _ = done[sent]  # nothing to attach where the upload was refused
        return call(verb, {"candidateId": candidate(done), key: given(done)["handle"]})

    def there(answer: Response) -> str | None:
        person = answer.json["results"]
        if resume:
            return "there" if person.get("resumeFileHandle") else None
        files = person.get("fileHandles") or ()
        return next((str(one["id"]) for one in files if text_of(one, "name") == file.filename), None)

    wanted = {
        "fileUploadContext": "CandidateResume" if resume else "CandidateFiles",
        "filename": file.filename,
        "contentType": file.media_type,
        "contentLength": len(file.content),
    }
    return [
        Write(
            place,
            f"{what}: ask where to upload.",
            always(call("file.createFileUploadHandle", wanted)),
            reference=lambda answer: json.dumps(answer.json["results"]),
            prepares=name,
        ),
        Write(sent, f"{what}: upload.", uploaded, prepares=name),
        Write(
            name,
            f"{what}: attach it to the candidate.",
            attach,
            Lookup(lambda done: call("candidate.info", {"id": candidate(done)}), there),
            lambda _: file.filename,
            look_first=resume,
        ),
    ]


# ---------------------------------------------------------------- a person's decision


def decision_of(decision: Decision) -> Sequence[Write]:
    """To the stage of that name in the application's own plan. Ashby writes to nobody unless it is asked to, and it is
    not."""
    application, chosen = decision.target.application, decision.mapping
    rejects = decision.kind == "reject"
    title = chosen.get("stage.reject" if rejects else "stage.advance", "")
    if not rejects and not title:
        raise PushRejected("Choose the stage after a person advances somebody, on the connection's page.")
    if rejects and not chosen.get("reason.reject"):
        raise PushRejected("Choose the reason when a person rejects somebody, on the connection's page.")

    def picked(answer: Response) -> str:
        for stage in answer.json["results"]:
            named = text_of(stage, "title") == title if title else text_of(stage, "type") == "Archived"
            if named and (text_of(stage, "type") == "Archived") == rejects:
                return str(stage["id"])
        raise PushRejected(f"The interview plan of application {application} has no stage {title or 'Archived'!r}.")

    def moved(done: References) -> Request:
        why = {"archiveReasonId": chosen["reason.reject"]} if rejects else {}
        body = {"applicationId": application, "interviewStageId": done["stage"], **why}
        return call("application.changeStage", body)

    return (
        Write(
            "plan",
            f"Look up the interview plan of application {application}.",
            always(call("application.info", {"applicationId": application})),
            reference=reference("results", "currentInterviewStage", "interviewPlanId"),
            prepares="move",
        ),
        Write(
            "stage",
            "Look up the stage in it.",
            lambda done: call("interviewStage.list", {"interviewPlanId": done["plan"]}),
            reference=picked,
            prepares="move",
        ),
        Write("move", f"{'Archive' if rejects else 'Move'} application {application}.", moved),
    )


# ---------------------------------------------------------------- somebody new


def handover_of(handover: Handover) -> Sequence[Write]:
    """Person, application, and the resume where there is one."""
    person = handover.candidate
    source = {"sourceId": handover.mapping["source.create"]} if handover.mapping.get("source.create") else {}
    body = {"name": person.name or "Name unknown", "email": person.email, "phoneNumber": person.phone, **source}
    known = Lookup(  # by address alone: two people may have one name
        always(call("candidate.search", {"email": person.email or "", "name": ""})),
        lambda answer: str(answer.json["results"][0]["id"]) if answer.json["results"] else None,
    )

    def considered(done: References) -> Request:
        return call("application.create", {"candidateId": done["candidate"], "jobId": handover.job, **source})

    found = [
        Write(
            "candidate",
            f"Create {person.name}.",
            always(call("candidate.create", {key: said for key, said in body.items() if said})),
            known if person.email else None,
            reference("results", "id"),
            look_first=True,
        ),
        Write(
            "application",
            "Consider them for the job.",
            considered,
            _applied(handover.job),
            reference("results", "id"),
            look_first=True,
        ),
    ]
    if person.content:
        kind = guess_type(person.filename)[0] or "application/octet-stream"
        resume = Upload(person.filename or "resume", person.content, kind)
        found.extend(_file("resume", "The resume", resume, lambda done: done["candidate"], resume=True))
    return found


def _applied(job: str) -> Lookup:
    """The candidate names their applications; each of them names its job."""
    waiting: list[str] = []

    def following(answer: Response) -> Request | None:
        waiting.extend(answer.json["results"].get("applicationIds") or ())
        return call("application.info", {"applicationId": waiting.pop(0)}) if waiting else None

    def there(answer: Response) -> str | None:
        found = answer.json["results"]
        return str(found["id"]) if text_of(found, "job", "id") == job else None

    return Lookup(lambda done: call("candidate.info", {"id": done["candidate"]}), there, following)
