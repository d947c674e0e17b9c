"""A result as one of Lever's feedback forms, whose fields the customer has made up. Called by `integrations.lever`.

Fields are found by their text: the names of competencies, "recommendation", "overall", "link", "summary". Lever's
scale has four steps and no middle, and ours has one: what is neither yes nor no gets no number, unless the customer has
chosen which. Field types and their values are documented by the vendor, a scorecard's list of `scores` is not.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from integrations import summary
from integrations.vendor import text_of
from models.errors import PushRejected
from models.exchange import Response
from models.values import AssessmentResult

STEPS: Mapping[str, int] = {"strong_yes": 4, "yes": 3, "no": 2, "definitely_not": 1}
RATED: Mapping[int, int] = {5: 4, 4: 3, 2: 2, 1: 1}
"""A competency's rating -> Lever's thumbs. The middle, 3 of 5, is neither up nor down."""
LONG = ("summary", "notes", "comments", "additional", "feedback", "details")
UNREADABLE = "<as the form's fields are called>"


def step_of(result: AssessmentResult, mixed: str) -> int | None:
    """1..4, or None where the result has no place on that scale. `mixed`: the customer's choice for what is neither."""
    word = summary.recommendation(result)
    return int(mixed) if word == "mixed" and mixed in ("1", "2", "3", "4") else STEPS.get(word)


def skeleton(response: Response) -> str:
    """What has to be known of a template: kept as the reference of the write that read it."""
    keys = ("id", "type", "text", "required", "options", "scores")
    fields = [{key: each[key] for key in keys if each.get(key)} for each in response.json["data"].get("fields") or ()]
    return json.dumps(fields, ensure_ascii=False)


def values(kept: str, result: AssessmentResult, step: int) -> list[dict[str, Any]] | str:
    """`fieldValues` for the template whose `skeleton` was kept. Raises PushRejected where the form asks for something
    that nobody can know here."""
    try:
        fields: Sequence[Mapping[str, Any]] = json.loads(kept)
    except ValueError:  # a rehearsal, which reads no template
        return UNREADABLE
    found = {str(field["id"]): _value(field, result, step) for field in fields}
    mark = summary.marker(result)
    if not any(isinstance(value, str) and mark in value for value in found.values()):
        _say_all(fields, found, result)
    lacking = [text_of(field, "text") for field in fields if field.get("required") and found[str(field["id"])] is None]
    if lacking:
        raise PushRejected(
            f"The feedback form asks for {', '.join(map(repr, lacking))}, which Foyer does not know. Make it optional "
            "in Lever, or choose another form on the connection's page."
        )
    return [{"id": id, "value": value} for id, value in found.items() if value is not None]


def _say_all(fields: Sequence[Mapping[str, Any]], found: dict[str, Any], result: AssessmentResult) -> None:
    """The first field that takes text and has none says it all."""
    free = [each for each in fields if each.get("type") in ("textarea", "text") and found[str(each["id"])] is None]
    free.sort(key=lambda each: each.get("type") != "textarea")
    if free:
        found[str(free[0]["id"])] = _told(free[0], result)


def _told(field: Mapping[str, Any], result: AssessmentResult) -> str:
    told = summary.note(result)
    return told if field.get("type") == "textarea" else " ".join(told.split())


def _value(field: Mapping[str, Any], result: AssessmentResult, step: int) -> Any:
    kind, text = text_of(field, "type"), text_of(field, "text").lower()
    match kind:
        case "score-system":
            return next((one for one in _options(field) if one.lstrip().startswith(str(step))), None)
        case "score":
            return RATED.get(_ratings(result).get(text, (0, ""))[0])
        case "scorecard":
            return _scorecard(field, result)
        case "yes-no":
            passed = summary.passed(result) if "recommend" in text else None
            return None if passed is None else "yes" if passed else "no"
        case "dropdown" | "multiple-choice":
            word = summary.WORDS[summary.recommendation(result)] if "recommend" in text else ""
            return next((one for one in _options(field) if one.strip().lower() == word), None)
        case "text" | "textarea":
            return _text(field, text, result)
    return None


def _text(field: Mapping[str, Any], text: str, result: AssessmentResult) -> str | None:
    rated = _ratings(result)
    if text in rated:
        return rated[text][1]
    if any(word in text for word in ("link", "url", "report")):
        return result.report_url
    if "recommend" in text:
        return summary.WORDS[summary.recommendation(result)]
    if "overall" in text or "score" in text:
        number = summary.overall(result)
        return None if number is None else f"{number:g} of 100"
    return _told(field, result) if any(word in text for word in LONG) else None


def _scorecard(field: Mapping[str, Any], result: AssessmentResult) -> list[dict[str, Any]] | None:
    """A row a skill, in the template's order; one that Foyer did not look at stays empty. None: it knows none."""
    rated = _ratings(result)
    skills = [text_of(one, "text").lower() for one in field.get("scores") or () if isinstance(one, Mapping)]
    if not any(skill in rated for skill in skills):
        return None
    return [
        {"score": RATED.get(rated.get(skill, (0, ""))[0]), "comment": rated.get(skill, (0, ""))[1]} for skill in skills
    ]


def _ratings(result: AssessmentResult) -> dict[str, tuple[int, str]]:
    """Competency, in lower case -> the rating (0: not assessed) and what is said of it. A person's where there is
    one."""
    found: dict[str, tuple[int, str]] = {}
    for one in result.scorecard.competencies if result.scorecard is not None else ():
        said = f"{one.rating} of 5 ({one.confidence} confidence). {one.reason}".strip()
        found[one.name.lower()] = (one.rating, said) if one.rating is not None else (0, "not assessed")
    for each in result.human.ratings if result.human is not None else ():
        said = f"{each.rating} of 5, by a person" if each.rating is not None else "not assessed"
        found[each.name.lower()] = (each.rating or 0, said)
    return found


def _options(field: Mapping[str, Any]) -> list[str]:
    return [text_of(one, "text") for one in field.get("options") or () if isinstance(one, Mapping)]
