"""How well people and Foyer agree, and people with each other: a validation card for each rubric, out of blind
ratings in the store and into `compliance.agreement`. Used by `api.routes.reviews` and `api.dossier`."""

from __future__ import annotations

import hashlib
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
from models.values import Competency, InterviewPlan, Scorecard

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
    for application, interview, review in store.reviews_since(organisation_id, EVER):
        report = store.report_of(organisation_id, interview.id) if review.kind == "blind" else None
        if report is None:
            continue
        card = Scorecard.model_validate(report.scorecard)
        foyer = {one.competency_id: one.rating for one in card.competencies}
        rubrics = {one.id: one for one in InterviewPlan.model_validate(interview.plan).competencies}
        for one in rated(review):
            competency = rubrics.get(one.competency_id)
            if one.rating is None or competency is None:
                continue
            key = (application.job_id, rubric_of(competency), str(card.versions.get("coefficients", "")))
            names[key] = competency.name
            levels[key][interview.id].append(one.rating)
            if (machine := foyer.get(competency.id)) is not None:
                beside[key].append(Double(interview.id, one.rating, machine))
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
