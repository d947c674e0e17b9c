"""The page of a kit, read back into a plan. Fields are named by their path in the plan's JSON (`questions.3.text`), so
that a finding of the lint finds its field. Called by `api.routes.kits`.

Beside the plan's own fields: `questions.3.asked` (asked or reserve), `competencies.1.remove`, `questions.0.remove`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

from api.schemas import PlanIn
from interview.lint import Finding
from interview.plan import probes_ahead, probes_past
from models.errors import BadRequest
from models.values import InterviewPlan

Raw = dict[str, Any]
MOST_FIELDS = 5000
_WHOLE = ("title", "minutes", "welcome", "closing", "weights_reason")
_PATH = re.compile(r"(competencies|questions|reserve)\.\d{1,3}\.\w+(?:\.\w+){0,2}")
_MANY = ("requirement_ids",)
_NAMED = re.compile(r"^(Competency|Question|Probe) ([\w-]+)")
_SPOKEN = {"Question": "Question", "Probe": "Follow-up"}


def read(fields: Iterable[tuple[str, str]], base: InterviewPlan) -> Raw:
    """What was typed, in the shape of a plan and not yet valid; what the page does not show is the `base`'s."""
    typed: Raw = {"competencies": {}, "questions": {}, "reserve": {}}
    for path, value in fields:
        if path in _WHOLE:
            typed[path] = value
        elif _PATH.fullmatch(path):
            _put(typed, path.split("."), value.replace("\r\n", "\n").strip())
    raw = base.model_dump(mode="json") | {
        name: _list(value) if isinstance(value, dict) else value for name, value in typed.items()
    }
    return _arranged(raw)


def _put(typed: Raw, path: list[str], value: str) -> None:
    *way, last = path
    place = typed
    for step in way:
        place = place.setdefault(step, {})
        if not isinstance(place, dict):
            raise BadRequest("This form is not from this page. Load the kit again.")
    if last in _MANY:
        place.setdefault(last, []).append(value)
    else:
        place[last] = value


def _list(numbered: Raw) -> list[Any]:
    """{"0": a, "2": b} to [a, b], probes within too; fields that were left out of a form have no value."""
    found = [numbered[key] for key in sorted(numbered, key=int) if key.isdigit()]
    for one in found:
        if isinstance(one.get("probes"), dict):
            one["probes"] = _list(one["probes"])
    return found


def _arranged(raw: Raw) -> Raw:
    """Removed ones gone, questions where they were put: newly asked ones before the candidate's own."""
    gone = {one.get("id") for one in raw["competencies"] if one.pop("remove", "")}
    raw["competencies"] = [one for one in raw["competencies"] if one.get("id") not in gone]
    asked: list[Raw] = []
    reserve: list[Raw] = []
    for standing, one in [*((True, one) for one in raw["questions"]), *((False, one) for one in raw["reserve"])]:
        wanted = one.pop("asked", "asked" if standing else "reserve") == "asked"
        if one.pop("remove", "") or (one.get("competency_id") or None) in gone:
            continue
        one["competency_id"] = one.get("competency_id") or None
        (asked if wanted else reserve).append(one)
    last = [one for one in asked if one.get("kind") == "candidate_questions"]
    raw["questions"] = [*(one for one in asked if one not in last), *last]
    raw["reserve"] = reserve
    return raw


def recounted(raw: Raw, base: InterviewPlan) -> Raw:
    """A welcome that nobody changed still says how many questions and minutes there are."""
    if raw["welcome"] == base.welcome:
        counts = {"questions": (len(base.questions), len(raw["questions"])), "minutes": (base.minutes, raw["minutes"])}
        for what, (before, after) in counts.items():
            raw["welcome"] = raw["welcome"].replace(f" {before} {what}", f" {after} {what}")
    return raw


def checked(raw: Raw) -> tuple[InterviewPlan | None, list[Finding]]:
    """The plan, or None and what cannot even be read, at its fields."""
    weighed = [one | {"weight": _number(one.get("weight", 1))} for one in raw["competencies"]]
    counted = raw | {"minutes": _number(raw["minutes"]), "competencies": weighed}
    try:
        return InterviewPlan.model_validate(PlanIn.model_validate(counted).model_dump()), []
    except ValidationError as error:
        return None, [Finding(".".join(map(str, one["loc"])), f"{one['msg']}.") for one in error.errors()]


def _number(typed: Any) -> Any:
    """What a page types is text; what is no number stays as it is, and is refused with its field."""
    try:
        return typed if not isinstance(typed, str) else float(typed) if "." in typed else int(typed)
    except (TypeError, ValueError):
        return typed


def named(text: str, raw: Raw) -> str:
    """A finding in the page's words: people see names of competencies, not ids."""
    names = {one.get("id"): one.get("name") or "the new one" for one in raw["competencies"]}
    about = {one.get("id"): one for one in (*raw["questions"], *raw["reserve"])}
    probes = {probe.get("id"): one for one in about.values() for probe in one.get("probes") or ()}

    def spoken(found: re.Match[str]) -> str:
        what, id = found.groups()
        question = about.get(id) if what == "Question" else probes.get(id)
        name = names.get(id) if what == "Competency" else names.get(question and question.get("competency_id"))
        if name is None:
            return "This check" if question and question.get("kind") == "check" else found[0]
        return f'{what} "{name}"' if what == "Competency" else f'{_SPOKEN[what]} about "{name}"'

    return _NAMED.sub(spoken, text)


# ---------------------------------------------------------------- one more


def with_competency(raw: Raw) -> Raw:
    """An empty competency with its two questions; the planned follow-ups are there to be changed."""
    id = _fresh("competency", {one.get("id") for one in raw["competencies"]})
    anchors = {"low": "", "medium": "", "high": ""}
    raw["competencies"].append(
        {"id": id, "name": "", "description": "", "anchors": anchors, "weight": 1, "requirement_ids": []}
    )
    own = {"competency_id": id, "text": "", "rephrased": "", "requirement_ids": []}
    _ask(raw, own | {"id": f"{id}_past", "kind": "past_behaviour", "probes": _probes(f"{id}_past", probes_past())})
    raw["reserve"].append(
        own | {"id": f"{id}_ahead", "kind": "situational", "probes": _probes(f"{id}_ahead", probes_ahead())}
    )
    return raw


def with_check(raw: Raw) -> Raw:
    """An empty check, after the others."""
    id = _fresh("check", {one.get("id") for one in (*raw["questions"], *raw["reserve"])})
    check: Raw = {"id": id, "kind": "check", "competency_id": None, "text": "", "rephrased": "", "probes": []}
    place = sum(one.get("kind") == "check" for one in raw["questions"])
    raw["questions"].insert(place, check | {"requirement_ids": []})
    return raw


def _ask(raw: Raw, question: Raw) -> None:
    last = bool(raw["questions"]) and raw["questions"][-1].get("kind") == "candidate_questions"
    raw["questions"].insert(len(raw["questions"]) - last, question)


def _probes(question_id: str, words: Iterable[tuple[str, str]]) -> list[Raw]:
    return [{"id": f"{question_id}_{seeks}", "seeks": seeks, "text": text} for seeks, text in words]


def _fresh(word: str, known: set[str | None]) -> str:
    return next(id for number in range(1, 1000) if (id := f"{word}_{number}") not in known)
