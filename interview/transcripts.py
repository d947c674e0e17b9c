"""Interview and rubric files, read into values. Called by `interview.evaluate`'s users: `foyer evaluate`, the benches.

An interview is `{id, resume, turns: [{role, text, start?, end?}]}`, a rubric `{competency: {low, medium, high}}`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from models.errors import BadRequest
from models.values import Anchors, Competency, InterviewRecord

_RUBRIC = 'A rubric maps each competency to its anchors: {"teamwork": {"low": "...", "medium": "...", "high": "..."}}.'


def read_rubric(data: object) -> tuple[Competency, ...]:
    """Parsed JSON to competencies of equal weight, in the file's order. BadRequest on anything else than a rubric."""
    if not isinstance(data, Mapping) or not data:
        raise BadRequest(_RUBRIC)
    return tuple(_competency(name, anchors) for name, anchors in data.items())


def _competency(name: object, anchors: object) -> Competency:
    if not isinstance(name, str) or not name.strip():
        raise BadRequest(f"A competency has no name. {_RUBRIC}")
    if not isinstance(anchors, Mapping) or set(anchors) != {"low", "medium", "high"}:
        raise BadRequest(f"'{name}' needs exactly the anchors low, medium and high. {_RUBRIC}")
    if not all(isinstance(text, str) and text.strip() for text in anchors.values()):
        raise BadRequest(f"An anchor of '{name}' is empty or not a text. {_RUBRIC}")
    return Competency(id=name, name=name, anchors=Anchors(**anchors))


def read_interviews(text: str) -> list[InterviewRecord]:
    """One JSON object, or JSON Lines with one object a line. BadRequest names the line that is wrong."""
    records = [_record(number, data) for number, data in _objects(text)]
    if not records:
        raise BadRequest("The interview file is empty. It holds one JSON object, or one a line.")
    return records


def _objects(text: str) -> Iterator[tuple[int, object]]:
    stripped = text.removeprefix("\ufeff").strip()
    try:
        yield 1, json.loads(stripped) if stripped else None
        return
    except ValueError as broken:
        if "\n" not in stripped or not _is_object(stripped.split("\n", 1)[0]):
            position = f"line {broken.lineno}" if isinstance(broken, json.JSONDecodeError) else "line 1"
            raise BadRequest(f"The interview file is not JSON: {position}: {broken}.") from broken
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except ValueError as broken:
                raise BadRequest(f"The interview file, line {number}, is not JSON: {broken}.") from broken


def _is_object(line: str) -> bool:
    """Whether the first line stands alone: that is what tells JSON Lines from one broken object over many lines."""
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def _record(number: int, data: object) -> InterviewRecord:
    if data is None:
        raise BadRequest("The interview file is empty. It holds one JSON object, or one a line.")
    if not isinstance(data, dict):
        raise BadRequest(f"Line {number} of the interview file is no object {{id, resume, turns}}.")
    try:
        return InterviewRecord.model_validate(data)
    except ValidationError as wrong:
        raise BadRequest(f"Line {number} of the interview file: {_first(wrong.errors()[0])}.") from wrong


def _first(error: Mapping[str, Any]) -> str:
    place = ".".join(str(part) for part in error["loc"]) or "the object"
    return f"{place}: {str(error['msg']).lower()}"
