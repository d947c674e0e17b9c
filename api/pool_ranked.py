"""The people of the pool ranked for a job, a page at a time: who may still be asked, their figures, and quotes of those
whose score is exact. Used by `api.routes.pool_job`; what is ranked, and how, stands in `screening.ranking`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from api.pool import Ranked
from api.pool_people import Reach, reach_of
from models.errors import BadRequest
from models.store.pool import Known
from models.values import ScreeningResult
from screening.ranking import owned

if TYPE_CHECKING:
    from api.deps import App

MOST = 100
"""People of one page."""
DECISIONS = ("advance", "review", "below")


@dataclass(frozen=True, slots=True)
class RankedPerson:
    """`rank`: from 1, of everybody. `result`: with its quotes, by the job's own weights; None where the score is
    approximate: then `score` and `decision` are estimates by meaning alone."""

    rank: int
    known: Known
    reach: Reach
    score: float
    decision: str
    result: ScreeningResult | None


@dataclass(frozen=True, slots=True)
class Page:
    """`everybody`: how many are ranked, `exact` of them exactly. `next`: where the next page starts; None: nowhere."""

    job_id: str
    threshold: float
    everybody: int
    exact: int
    ranked_at: datetime
    people: tuple[RankedPerson, ...]
    next: int | None


def page_of(
    app: App,
    organisation_id: str,
    job_id: str,
    *,
    weights: Mapping[str, float] | None = None,
    threshold: float | None = None,
    start: int = 0,
    limit: int = MOST,
    again: bool = False,
) -> Page:
    """From the place `start` on. `weights`: requirement -> weight, the others keep theirs. Raises NotFound,
    BadRequest."""
    with app.database.reading() as store:
        job = store.job(organisation_id, job_id)
        asked = {one.id for one in store.requirements(organisation_id, job_id)}
    if unknown := sorted(set(weights or {}) - asked):
        raise BadRequest(f"The job has no requirement {unknown[0]!r}. Load it again; it may have been changed.")
    line = job.threshold if threshold is None else threshold
    ranked = app.pool.rank(organisation_id, job, again=again)
    ranking = ranked.ranking
    order, scores = ranking.order(weights)
    decided = ranking.board.decisions(line, app.settings.screening.review_band, scores)
    people: list[RankedPerson] = []
    at = start
    while len(people) < limit and at < len(order):
        some = order[at : at + limit].tolist()
        reached = _askable(app, organisation_id, job_id, [ranking.ids[place] for place in some])
        for place in some:
            at += 1
            if (found := reached.get(ranking.ids[place])) is None:
                continue
            score, decision = float(scores[place]), DECISIONS[decided[place]]
            result = _result(ranked, ranking.ids[place]) if ranking.exact[place] else None
            people.append(RankedPerson(at, *found, score, decision, result))
            if len(people) == limit:
                break
    return Page(
        job_id=job_id,
        threshold=line,
        everybody=len(order),
        exact=int(ranking.exact.sum()),
        ranked_at=ranked.at,
        people=tuple(people),
        next=at if at < len(order) else None,
    )


def _askable(app: App, organisation_id: str, job_id: str, ids: list[str]) -> dict[str, tuple[Known, Reach]]:
    """Who of them may be asked at this moment, whatever was so when they were ranked."""
    with app.database.reading() as store:
        known = store.known(organisation_id, ids)
        reaches = reach_of(app, store, organisation_id, known)
    return {
        id: (one, reaches[id])
        for id, one in known.items()
        if one.past and reaches[id].may and all(past.job_id != job_id for past in one.past)
    }


def _result(ranked: Ranked, id: str) -> ScreeningResult | None:
    """Written out once; None where they are gone meanwhile."""
    if id not in ranked.results:
        for _, read, vectors in ranked.people.read([id]):
            own, kept = owned(ranked.screener, read, vectors)
            ranked.results[id] = ranked.screener.judge(own, kept, now=ranked.at.date())
    return ranked.results.get(id)
