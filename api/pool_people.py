"""Everybody of the pool that a search finds: their quotes, how they fared, and whether they may be written to. Used by
`api.routes.pool` and `api.reengaging`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from api.legal import law_of
from api.pool import Hit
from api.pool_query import Search, fits, window
from compliance.retention import goes_on, period
from models.records import SavedSearch
from models.store import Store
from models.store.pool import Known, Past

if TYPE_CHECKING:
    from api.deps import App

SHOWN = 50
NEW_LOOKED_AT = 200
"""Of people who came since a saved search was looked at: the newest of them are compared."""
HARDLY = 0.2
"""Of the best one's score: who fits less is not shown."""
GOOD = ("yes", "strong_yes")
WELL_ENOUGH = 0.5
"""A score by the query above which somebody new counts."""


@dataclass(frozen=True, slots=True)
class Reach:
    """May they be written to about another job? `why`: one sentence, also where they may. `until`: when their data
    goes; None: nothing says when, or it is held."""

    may: bool
    why: str
    until: date | None


@dataclass(frozen=True, slots=True)
class Found:
    hit: Hit
    known: Known
    silver: Past | None
    reach: Reach


def search(app: App, organisation_id: str, asked: Search, *, limit: int = SHOWN) -> list[Found]:
    """Best first, each person once. Raises BadRequest for one without words."""
    since, until = window(asked)

    def narrow(ids: list[str]) -> list[str]:
        good = GOOD if asked.only == "silver" else ()
        if since is None and until is None and not good:
            return ids
        with app.database.reading() as store:
            kept = store.applied_between(organisation_id, ids, since, until, good)
        return [id for id in ids if id in kept]

    hits = app.pool.find(organisation_id, asked.words, narrow, lambda parsed: fits(parsed, asked))
    found = _told(app, organisation_id, [hit for hit in hits if hit.result.score >= hits[0].result.score * HARDLY])
    chosen = [one for one in found if _wanted(one, asked.only)]
    return list({one.known.candidate_id: one for one in reversed(chosen)}.values())[::-1][:limit]


def _told(app: App, organisation_id: str, hits: list[Hit]) -> list[Found]:
    with app.database.reading() as store:
        known = store.known(organisation_id, [hit.id for hit in hits])
        reaches = reach_of(app, store, organisation_id, known)
    return [
        Found(hit, known[hit.id], silver(known[hit.id]), reaches[hit.id])
        for hit in hits
        if hit.id in known and known[hit.id].past  # erased meanwhile
    ]


def _wanted(one: Found, only: str) -> bool:
    return (only != "silver" or one.silver is not None) and (only != "reachable" or one.reach.may)


def silver(known: Known) -> Past | None:
    """The newest application that was reported with a good recommendation and did not end in being hired; of somebody
    who was hired, none."""
    if any(one.outcome == "hired" for one in known.past):
        return None
    return next((one for one in known.past if one.recommendation in GOOD), None)


def reach_of(app: App, store: Store, organisation_id: str, known: Mapping[str, Known]) -> dict[str, Reach]:
    law, today = law_of(app.settings), app.now.date()
    places = lru_cache(maxsize=None)(lambda job_id: store.jurisdictions(organisation_id, job_id))
    kept = lru_cache(maxsize=None)(lambda codes: period(law, codes, today, "documents"))
    found = {}
    for document_id, one in known.items():
        codes = tuple(sorted({code for past in one.past for code in places(past.job_id)}))
        last = max((past.last for past in one.past), default=app.now).date()
        until = None if one.held else goes_on(kept(codes), last)
        why = _why_not(one, until, today)
        agreed = f"They agreed on {one.agreed_at:%Y-%m-%d}." if one.agreed_at else ""
        found[document_id] = Reach(not why, why or agreed, until)
    return found


def _why_not(one: Known, until: date | None, today: date) -> str:
    if one.opted_out_at is not None:
        return f"They want to hear nothing more, since {one.opted_out_at:%Y-%m-%d}."
    if one.asks_erasure:
        return "They have asked to be erased."
    if one.agreed_at is None:
        return "They did not agree to be written to about other jobs."
    if until is not None and until <= today:
        return "The time for which their data may be kept is over."
    if not one.has_email:
        return "There is no usable e-mail address."
    return ""


def new_since(app: App, organisation_id: str, saved: SavedSearch) -> int:
    """How many people came since its owner looked who fit and score well by it; NEW_LOOKED_AT at most are compared."""
    asked = Search.of(saved.search)
    if not asked.words:
        return 0
    with app.database.reading() as store:
        ids = store.read_since(organisation_id, saved.seen_at, NEW_LOOKED_AT)
    if not ids:
        return 0
    hits = app.pool.among(organisation_id, asked.words, ids, lambda parsed: fits(parsed, asked))
    found = [one for one in _told(app, organisation_id, hits) if _wanted(one, asked.only)]
    return len({one.known.candidate_id for one in found if one.hit.result.score >= WELL_ENOUGH})
