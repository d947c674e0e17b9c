"""How well people and Foyer agree, and people with each other: a validation card for each rubric, out of blind
ratings in the store and into `compliance.agreement`. Used by `api.routes.reviews` and `api.dossier`."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import combinations
from typing import Any

from api.second_look import rated
from compliance.agreement import Agreement, Double, agreement
from models.records import Report, Review
from models.store import Store
from models.values import Competency, Scorecard

EVER = datetime(2000, 1, 1, tzinfo=UTC)
NOTHING = "not established (0 of 200): nobody has rated an interview before seeing Foyer's rating"


@dataclass(frozen=True, slots=True)
class Validation:
    """The card of one rubric: one competency of a job with the anchors that it was rated by (`rubric` is their hash),
    and the coefficients that rated. `foyer`: a person first, Foyer second; `people`: two persons."""

    job_id: str
    job: str
    competency: str
    rubric: str
    coefficients: str
    foyer: Agreement
    people: Agreement


def validations(store: Store, organisation_id: str) -> list[Validation]:
    """Of every rubric that somebody rated blind, ever; by job and name."""
    titles = {job.id: job.title for job in store.jobs(organisation_id)}
    names: dict[tuple[str, ...], str] = {}
    beside: dict[tuple[str, ...], list[Double]] = defaultdict(list)
    levels: dict[tuple[str, ...], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    blind = [(job, one) for job, _, one in store.reviews_since(organisation_id, EVER) if one.kind == "blind"]
    cards = store.cards_of(organisation_id, {one.interview_id for _, one in blind})
    rubrics = _rubrics(store.plans_of(organisation_id, cards.keys()))
    for job, review in blind:
        if (card := cards.get(review.interview_id)) is None:
            continue
        foyer, asked = levels_of(card), rubrics[review.interview_id]
        for one in rated(review):
            if one.rating is None or one.competency_id not in asked:
                continue
            name, rubric = asked[one.competency_id]
            key = (job, rubric, str(card.get("versions", {}).get("coefficients", "")))
            names[key] = name
            levels[key][review.interview_id].append(one.rating)
            if (machine := foyer.get(one.competency_id)) is not None:
                beside[key].append(Double(review.interview_id, one.rating, machine))
    found = [
        Validation(
            job_id=key[0],
            job=titles.get(key[0], ""),
            competency=name,
            rubric=key[1],
            coefficients=key[2],
            foyer=agreement(beside[key]),
            people=agreement(_among(levels[key])),
        )
        for key, name in names.items()
    ]
    return sorted(found, key=lambda one: (one.job, one.competency, one.rubric, one.coefficients))


def levels_of(card: Mapping[str, Any]) -> dict[str, int | None]:
    """Of a `values.Scorecard` as JSON: competency -> rating. Of thousands of cards only this is wanted."""
    return {one["competency_id"]: one.get("rating") for one in card.get("competencies", ())}


def _rubrics(plans: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, tuple[str, str]]]:
    """Interview -> competency -> (name, rubric); the same words in many plans are read once."""
    read: dict[str, Competency] = {}
    found: dict[str, dict[str, tuple[str, str]]] = {}
    known: dict[str, str] = {}
    for interview, plan in plans.items():
        found[interview] = {}
        for each in plan.get("competencies", ()):
            words = json.dumps(each, sort_keys=True)
            if words not in read:
                read[words] = Competency.model_validate(each)
                known[words] = rubric_of(read[words])
            found[interview][read[words].id] = (read[words].name, known[words])
    return found


def compared(review: Review, report: Report) -> tuple[int, int, int]:
    """Of a blind rating beside the report: competencies that both rated, those with the same level, those a level apart
    at most."""
    return agreed({one.competency_id: one.rating for one in rated(review)}, report)


def agreed(own: Mapping[str, int | None], report: Report) -> tuple[int, int, int]:
    """As `compared`, of levels by competency."""
    foyer = {one.competency_id: one.rating for one in Scorecard.model_validate(report.scorecard).competencies}
    apart = [abs(level - there) for id, level in own.items() if level is not None and (there := foyer.get(id))]
    return len(apart), sum(each == 0 for each in apart), sum(each <= 1 for each in apart)


def rubric_of(competency: Competency) -> str:
    """Who changes a word of the anchors rates by another rubric: what was established for the old one is not for it."""
    words = competency.model_dump_json(include={"name", "description", "anchors"})
    return hashlib.sha256(words.encode()).hexdigest()[:12]


def lines(found: list[Validation]) -> list[str]:
    """For people and documents: one sentence a rubric and kind of pair."""
    told = []
    for one in found:
        what = f"{one.job}, {one.competency}"
        told += [f"{what}: people with Foyer: {one.foyer.said}", f"{what}: people with people: {one.people.said}"]
    return told or [NOTHING]


def _among(levels: Mapping[str, list[int]]) -> list[Double]:
    """Every two who rated the same interview."""
    return [Double(id, *two) for id, given in levels.items() for two in combinations(given, 2)]


def shown(found: list[Validation]) -> list[dict[str, Any]]:
    """The same as JSON types, each agreement with the phrase that says it."""
    return [{**asdict(one), "foyer": _agreed(one.foyer), "people": _agreed(one.people)} for one in found]


def _agreed(found: Agreement) -> dict[str, Any]:
    return {**asdict(found), "said": found.said}
