"""The page of a job's requirements, read back and changed row by row. Fields are named by their place (`r.3.text`), so
that a problem finds its field; nothing is kept between two requests. Called by `api.routes.requirements`.

What a row can be told (`action`): `up.ID`, `down.ID`, `move.ID.PLACE`, `remove.ID`, `split.ID`; of the whole list:
`add` and `merge` (of the rows that are picked). Everything else only shows what was typed."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from pydantic import ValidationError

from api.schemas import MOST_REQUIREMENTS, RequirementIn
from models.errors import BadRequest
from models.values import Requirement

Raw = dict[str, str]
"""One row as typed: id, text, kind, must (must or nice), weight, years, level, alternatives (a line each), sentence,
line, and `pick` where it is chosen."""

MOST_FIELDS = 5000
FIELDS = ("id", "text", "kind", "must", "weight", "years", "level", "alternatives", "sentence", "line")
_PATH = re.compile(rf"r\.(\d{{1,4}})\.({'|'.join(FIELDS)}|pick)")
_NUMBER = re.compile(r"r(\d{1,9})")


def shown(requirements: Iterable[Requirement]) -> list[Raw]:
    return [
        {
            "id": one.id,
            "text": one.text,
            "kind": one.kind,
            "must": "must" if one.must_have else "nice",
            "weight": f"{one.weight:g}",
            "years": "" if one.years is None else f"{one.years:g}",
            "level": one.level or "",
            "alternatives": "\n".join(one.alternatives),
            "sentence": one.sentence,
            "line": "" if one.line is None else str(one.line),
        }
        for one in requirements
    ]


def read(fields: Iterable[tuple[str, str]]) -> list[Raw]:
    """The rows in the order of their places. Raises BadRequest for more than a job may have."""
    rows: dict[int, Raw] = {}
    for name, value in fields:
        if (found := _PATH.fullmatch(name)) is not None:
            rows.setdefault(int(found[1]), {})[found[2]] = value.replace("\r\n", "\n").strip()
    if len(rows) > MOST_REQUIREMENTS:
        raise BadRequest(f"A job has at most {MOST_REQUIREMENTS} requirements; these are {len(rows)}. Remove some.")
    return [dict.fromkeys(FIELDS, "") | rows[place] for place in sorted(rows)]


# ---------------------------------------------------------------- what a row can be told


def changed(rows: list[Raw], action: str, known: Collection[str]) -> tuple[list[Raw], str]:
    """The rows after it, and what was done, for who does not see it. `known`: ids that are taken by other versions."""
    what, _, rest = action.partition(".")
    if what == "add":
        return [*rows, _empty(rows, known)], "Added an empty requirement at the end."
    if what == "merge":
        return _merged(rows)
    id, _, place = rest.partition(".")
    at = next((number for number, row in enumerate(rows) if row["id"] == id), None)
    if at is None:
        return rows, ""
    called = rows[at]["text"].split("\n")[0][:80] or "The requirement"
    if what == "remove":
        return rows[:at] + rows[at + 1 :], f"Removed: {called}"
    if what == "split":
        return _split(rows, at, known)
    if what in ("up", "down", "move") and (to := _place(what, at, place, len(rows))) is not None:
        rest_of = rows[:at] + rows[at + 1 :]
        return [*rest_of[:to], rows[at], *rest_of[to:]], f"{called}: now number {to + 1}"
    return rows, ""


def _place(what: str, at: int, place: str, many: int) -> int | None:
    to = {"up": at - 1, "down": at + 1}.get(what, int(place) if place.isdecimal() and len(place) < 6 else -1)
    return to if 0 <= to < many else None


def _empty(rows: list[Raw], known: Collection[str]) -> Raw:
    given = {"id": _fresh(rows, known), "kind": "skill", "must": "nice", "weight": "1"}
    return dict.fromkeys(FIELDS, "") | given


def _fresh(rows: list[Raw], known: Collection[str]) -> str:
    taken = {*known, *(row["id"] for row in rows)}
    numbers = [int(found[1]) for id in taken if (found := _NUMBER.fullmatch(id))]
    return f"r{max(numbers, default=0) + 1}"


def _merged(rows: list[Raw]) -> tuple[list[Raw], str]:
    """Those picked become one, where the first of them stood, of which any satisfies."""
    picked = [row for row in rows if row.get("pick")]
    if len(picked) < 2:
        return rows, "Pick two or more requirements to merge them."
    first = picked[0]
    ways = [
        way for row in picked for way in (row["alternatives"].split("\n") if row["alternatives"] else [row["text"]])
    ]
    one = first | {
        "text": " or ".join(dict.fromkeys(row["text"] for row in picked if row["text"])),
        "alternatives": "\n".join(dict.fromkeys(filter(None, ways))),
        "must": "must" if any(row["must"] == "must" for row in picked) else "nice",
        "weight": max((row["weight"] for row in picked), key=_size),
        "years": max((row["years"] for row in picked), key=_size),
        "level": next((row["level"] for row in picked if row["level"]), ""),
        "sentence": " … ".join(dict.fromkeys(row["sentence"] for row in picked if row["sentence"])),
    }
    one.pop("pick", None)
    kept = [one if row is first else row for row in rows if row is first or row not in picked]
    return kept, f"Merged {len(picked)} requirements into one; any of them is enough."


def _split(rows: list[Raw], at: int, known: Collection[str]) -> tuple[list[Raw], str]:
    """One for each line of its text; else one for each alternative; else a copy below it, to be changed by hand."""
    row = rows[at]
    lines = [line.strip() for line in row["text"].split("\n") if line.strip()]
    ways = [line.strip() for line in row["alternatives"].split("\n") if line.strip()]
    parts = lines if len(lines) > 1 else ways if len(ways) > 1 else [row["text"], row["text"]]
    found = list(rows)
    found[at : at + 1] = [row | {"text": parts[0], "alternatives": ""}]
    for number, text in enumerate(parts[1:], start=1):
        found.insert(at + number, row | {"id": _fresh(found, known), "text": text, "alternatives": "", "pick": ""})
    return found, f"Split into {len(parts)}."


def _size(typed: str) -> float:
    try:
        return float(typed.replace(",", "."))
    except ValueError:
        return -1.0


# ---------------------------------------------------------------- whether it can be kept


def checked(rows: list[Raw]) -> tuple[list[RequirementIn], dict[str, str]]:
    """The requirements, or what is wrong, by field (`r.3.weight`)."""
    found: list[RequirementIn] = []
    wrong: dict[str, str] = {}
    for number, row in enumerate(rows):
        if not row["text"]:
            wrong[f"r.{number}.text"] = "Say what is asked, or remove this requirement."
            continue
        try:
            found.append(RequirementIn.model_validate(_typed(row)))
        except ValidationError as error:
            first = error.errors()[0]
            name = str(first["loc"][0]) if first["loc"] else "text"
            wrong[f"r.{number}.{'must' if name == 'must_have' else name}"] = _said(name, first["msg"])
    return found, wrong


def _typed(row: Raw) -> dict[str, object]:
    return {
        "id": row["id"],
        "text": " ".join(row["text"].split()),
        "kind": row["kind"],
        "must_have": row["must"] == "must",
        "weight": _number(row["weight"]),
        "years": _number(row["years"]) if row["years"] else None,
        "level": row["level"] or None,
        "alternatives": [way.strip() for way in row["alternatives"].split("\n") if way.strip()],
        "sentence": row["sentence"],
        "line": _number(row["line"]) if row["line"] else None,
    }


def _number(typed: str) -> object:
    """What is no number stays as typed, and is refused with its field."""
    try:
        number = float(typed.replace(",", "."))
    except ValueError:
        return typed
    return int(number) if number.is_integer() and abs(number) < 1e15 else number


def _said(name: str, message: str) -> str:
    if name == "weight":
        return "A weight is a number from 0 to 1000."
    if name == "years":
        return "Years are a number from 0 to 100, or empty."
    return f"{message}."
