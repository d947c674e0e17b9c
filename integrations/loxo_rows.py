"""Loxo's lists, pages and rows into ours. Used by `integrations.loxo` and `integrations.loxo_writing`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from integrations.vendor import instant, text_of
from models.exchange import CandidateIntake, Request, Response


def rows(answer: Response, name: str) -> list[dict[str, Any]]:
    """Of a list, in whichever of its envelopes Loxo sends it."""
    found = answer.json
    if isinstance(found, Mapping):
        found = found.get(name, found.get("results"))
    return list(found) if isinstance(found, list) else []


def following(request: Request) -> Callable[[Response], Request | None]:
    """The next page of a scrolled list: a scroll_id leads to it, null ends it."""

    def after(answer: Response) -> Request | None:
        found = answer.json
        scroll = found.get("scroll_id") if isinstance(found, Mapping) else None
        query = tuple(each for each in request.query if each[0] != "scroll_id")
        return Request("GET", request.path, query=(*query, ("scroll_id", str(scroll)))) if scroll else None

    return after


def emails(person: Mapping[str, Any]) -> list[str]:
    """In lower case, the first one first: Loxo has one, or several as values of rows."""
    found = [person.get("email"), *(person.get("emails") or ())]
    values = [one.get("value") or one.get("email") if isinstance(one, Mapping) else one for one in found]
    return list(dict.fromkeys(str(one).lower() for one in values if one))


def phones(person: Mapping[str, Any]) -> list[str]:
    found = [person.get("phone"), *(person.get("phones") or ())]
    values = [one.get("value") or one.get("phone") if isinstance(one, Mapping) else one for one in found]
    return [str(one) for one in values if one]


def refusal(answer: Response) -> str | None:
    """Loxo refuses with "error" or "errors"; it also answers 200 with the id null for what it did not save."""
    try:
        said = answer.json
    except ValueError:
        return None
    if answer.status < 400:
        unsaved = isinstance(said, Mapping) and "id" in said and said["id"] is None
        return (
            "Loxo answered without an id, so nothing was saved. Check what is required of a new record."
            if unsaved
            else None
        )
    words = said.get("error") or said.get("errors") or said.get("message") if isinstance(said, Mapping) else None
    return words if isinstance(words, str) else json.dumps(words)[:200] if words else None


def intake(
    person: Mapping[str, Any],
    filename: str,
    content: bytes,
    place: str,
    candidate: Mapping[str, Any] | None = None,
    stage: str = "",
) -> CandidateIntake:
    """Out of a list, or, with `candidate`, of a job, where they are an application of their own."""
    own = candidate or {}
    return CandidateIntake(
        filename=filename,
        content=content,
        name=text_of(person, "name") or None,
        email=next(iter(emails(person)), None),
        phone=next(iter(phones(person)), None),
        external_id=str(own.get("id") or person["id"]),
        source=text_of(person, "source_type", "name") or "Loxo",
        origin="sourced" if candidate is not None else "pool",
        remote_candidate_id=str(person["id"]),
        remote_job_id=place,
        applied_at=instant(text_of(own, "created_at")),
        stage=stage,
    )


def stage_of(candidate: Mapping[str, Any], stages: Mapping[str, str]) -> str:
    """Its name. Unverified: a candidate says the stage itself, or its id."""
    return text_of(candidate, "workflow_stage", "name") or stages.get(text_of(candidate, "workflow_stage_id"), "")


def changed(row: Mapping[str, Any], after: str) -> bool:
    """Since then, or nobody knows."""
    at, since = instant(text_of(row, "updated_at")), instant(after)
    return at is None or since is None or at >= since


def hint(body: Mapping[str, Any]) -> dict[str, str]:
    """What a webhook is about. Unverified: in which of its forms it comes."""
    item = body["item"] if isinstance(body.get("item"), Mapping) else body
    type = text_of(body, "item_type").lower()
    return {
        "type": "person" if type == "people" else type.rstrip("s"),
        "action": text_of(body, "action").lower(),
        "id": text_of(body, "item_id") or text_of(item, "id"),
        "job": text_of(body, "job_id") or text_of(item, "job_id"),
    }
