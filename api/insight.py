"""How hiring goes, in figures: who came how far, how long it took, where people dropped out, what a score said of what
became of them, whether reviewers and Foyer agree. Out of the store's counts and `compliance.foresight`; used by
`api.routes.insight`. `make_good`, called by the pipeline now and then, counts what was written before."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from api.agreeing import compared
from compliance.foresight import FEWEST, Foresight, foresight, quantile
from compliance.intervals import Interval, Rate, wilson
from models.errors import BadRequest
from models.sentences import N_
from models.store import Store
from models.store.insight import Came, Cohort, Filled, Left
from models.values import Scorecard

if TYPE_CHECKING:
    from api.deps import App

PERIODS: Mapping[str, str] = {
    "30": N_("Last 30 days"),
    "90": N_("Last 90 days"),
    "365": N_("Last 12 months"),
    "all": N_("Everything"),
    "dates": N_("From and to"),
}
USUAL = "365"
MOST_SOURCES = 12
OTHERS = "other sources"
AT_ONCE = 200
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds; None of fewer than FEWEST."""

    source: str
    number: int
    median: float | None
    p90: float | None


@dataclass(frozen=True, slots=True)
class Month:
    """Of ratings given before Foyer's was seen: how many were the same, and a level apart at most. `share` of the same;
    None of fewer than FEWEST."""

    month: str
    pairs: int
    same: int
    near: int
    share: float | None
    interval: Interval | None


KEPT_SECONDS = 300.0
"""What took long to count is shown for so long, with its time, before it is counted anew."""


@dataclass(frozen=True, slots=True)
class Insight:
    """Of one cohort. `came` by source, most first; the first of `screening` and `interview` is all sources together."""

    cohort: Cohort
    job: str
    total: Came
    came: tuple[Came, ...]
    left: Mapping[str, Left]
    screening: tuple[Times, ...]
    interview: tuple[Times, ...]
    said: Mapping[str, Foresight]
    """By "screening" and "interview"."""
    agreed: tuple[Month, ...]
    filled: tuple[Filled, ...]
    days_to_fill: float | None
    """Median over the jobs; None of fewer than FEWEST."""
    at: datetime
    """When it was counted."""


def cohort_of(now: datetime, *, period: str, since: str, until: str, job_id: str) -> Cohort:
    """`since` and `until` are days, both within. Raises BadRequest."""
    if since or until or period == "dates":
        first = _day(since, "first") if since else None
        last = _day(until, "last") + timedelta(days=1) if until else None
        if first and last and first >= last:
            raise BadRequest("The first day must not be after the last.")
        return Cohort(first, last, job_id)
    if period not in PERIODS:
        raise BadRequest(f"There is no period {period!r}; there are {', '.join(PERIODS)}.")
    hour = now.replace(minute=0, second=0, microsecond=0)
    return Cohort(None if period == "all" else hour - timedelta(days=int(period)), None, job_id)


def _day(text: str, which: str) -> datetime:
    try:
        found = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        found = None
    if found is None or found == date.max:
        raise BadRequest(f"Write the {which} day as 2026-03-31.")
    return datetime(found.year, found.month, found.day, tzinfo=UTC)


def insight(store: Store, organisation_id: str, cohort: Cohort, now: datetime) -> Insight:
    """Raises NotFound for a job that is not there."""
    job = store.job(organisation_id, cohort.job_id).title if cohort.job_id else ""
    came, left = store.came(organisation_id, cohort, now)
    came.sort(key=lambda one: (-one.received, one.source))
    kept = {one.source for one in came[:MOST_SOURCES]}
    filled = store.filled(organisation_id, cohort)
    return Insight(
        cohort=cohort,
        job=job,
        total=_together(came, ""),
        came=(*came[:MOST_SOURCES], *([_together(came[MOST_SOURCES:], OTHERS)] if came[MOST_SOURCES:] else [])),
        left={one.where: one for one in left},
        screening=_times(store.seconds(organisation_id, cohort, "screening"), kept),
        interview=_times(store.seconds(organisation_id, cohort, "interview"), kept),
        said={what: foresight(store.scores(organisation_id, cohort, what)) for what in ("screening", "interview")},
        agreed=tuple(_month(*one) for one in store.agreed(organisation_id, cohort)),
        filled=tuple(filled),
        days_to_fill=quantile([(one.days, 1) for one in filled], 0.5),
        at=now,
    )


def _together(came: Sequence[Came], source: str) -> Came:
    names = [field.name for field in fields(Came) if field.name != "source"]
    return Came(source, **{name: sum(getattr(one, name) for one in came) for name in names})


def _times(counts: Sequence[tuple[str, int, int]], kept: set[str]) -> tuple[Times, ...]:
    by: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for source, seconds, number in counts:
        by[""].append((seconds, number))
        by[source if source in kept else OTHERS].append((seconds, number))
    order = sorted(by, key=lambda source: (bool(source), source == OTHERS, source))
    return tuple(
        Times(source, sum(n for _, n in by[source]), quantile(by[source], 0.5), quantile(by[source], 0.9))
        for source in order
    )


def _month(month: str, pairs: int, same: int, near: int) -> Month:
    enough = pairs >= FEWEST
    share, interval = (same / pairs, wilson(Rate(same, pairs))) if enough else (None, None)
    return Month(month, pairs, same, near, share, interval)


def recent(app: App, organisation_id: str, cohort: Cohort, *, wait: bool) -> Insight | None:
    """Of many people as it was counted a little earlier. None: it is being counted, ask again; with `wait` it is waited
    for instead. Raises NotFound for a job that is not there."""

    def make() -> Insight:
        with app.database.reading() as store:
            return insight(store, organisation_id, cohort, app.now)

    ask = app.counted.of if wait else app.counted.soon
    found: Insight | None = ask(("insight", organisation_id, cohort), make, seconds=KEPT_SECONDS)
    return found


# ---------------------------------------------------------------- making good


def make_good(app: App) -> int:
    """Reports and blind ratings of before are counted, some at a time. Returns how many were."""
    with app.database.asking() as system:
        organisations = [one.id for one in system.organisations()]
    done = 0
    for organisation_id in organisations:
        with app.database.reading() as store:
            waits = bool(store.uncounted_reports(organisation_id, 1) or store.uncounted_reviews(organisation_id, 1))
        while waits:
            made = _make_good(app, organisation_id)
            done, waits = done + made, made >= AT_ONCE
    return done


def _make_good(app: App, organisation_id: str) -> int:
    with app.database.store() as store:
        cases = store.uncounted_reports(organisation_id, AT_ONCE)
        for application_id in cases:
            current = store.counting(organisation_id, application_id)
            report = store.report_of(organisation_id, current.id) if current is not None else None
            card = Scorecard.model_validate(report.scorecard) if report is not None else None
            store.count_report(
                organisation_id,
                application_id,
                overall=card.overall if card is not None else None,
                recommendation=card.recommendation if card is not None else "",
            )
        reviews = store.uncounted_reviews(organisation_id, AT_ONCE)
        for review in reviews:
            report = store.report_of(organisation_id, review.interview_id)
            if report is not None:
                store.count_review(organisation_id, review, compared(review, report))
    return len(cases) + len(reviews)
