"""Adverse impact out of the store and the vault into `compliance.impact`.
Used by `api.routes.impact` and `foyer impact`. Nothing leaves here that names a person or counts fewer than five.

Applications and answers count when their month (UTC) is over: whoever looks before and after one answer must not read
it off the difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal, get_args

from api import demographics
from compliance.categories import AXES, known, named
from compliance.impact import ALL, Impact, Person, categories, concealed, measured
from models.errors import BadRequest
from models.store.flow import Stood

if TYPE_CHECKING:
    from api.deps import App

Step = Literal["screening", "interview"]
STEPS: tuple[Step, ...] = get_args(Step)
KEPT_SECONDS = 600.0
"""What took long to count is shown for so long, with its time, before it is counted anew."""
PROCEEDS = {"yes", "strong_yes"}


@dataclass(frozen=True, slots=True)
class Window:
    """From the first of a month to the first of another, UTC; both are over."""

    since: datetime
    until: datetime

    @property
    def months(self) -> str:
        return f"{self.since:%Y-%m} to {self.until - timedelta(days=1):%Y-%m}"


@dataclass(frozen=True, slots=True)
class Found:
    """Of one step. `unscored`: people who took part and have no score (not read, not enough to rate); they are not in
    the figures."""

    step: Step
    job_id: str
    job: str
    window: Window
    computed_at: datetime
    unscored: int
    selection: Impact
    scoring: Impact


def window(now: datetime, since: str = "", until: str = "") -> Window:
    """`since`, `until`: the first and the last month, as 2026-03; empty: the last twelve that are over. Raises
    BadRequest."""
    last = _month(until) if until else _back(_first(now), 1)
    first = _month(since) if since else _back(last, 11)
    end = _back(last, -1)
    if end > now:
        raise BadRequest(
            f"{last:%Y-%m} is not over yet; figures are made of months that are. Ask up to an earlier one."
        )
    if first > last:
        raise BadRequest("The first month lies after the last one. Exchange them.")
    return Window(first, end)


def _month(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC)
    except ValueError:
        raise BadRequest("Write months as 2026-03.") from None


def _first(moment: datetime) -> datetime:
    return moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _back(month: datetime, by: int) -> datetime:
    years, place = divmod(month.year * 12 + month.month - 1 - by, 12)
    return month.replace(year=years, month=place + 1)


def impact(app: App, organisation_id: str, step: Step, months: Window, *, actor: str, job_id: str = ALL) -> Found:
    """Raises NotFound for a job that is none. Who asked is noted in the vault."""
    with app.database.reading() as store:
        title = store.job(organisation_id, job_id).title if job_id else ""
        rows = store.stood(organisation_id, months.since, months.until)
    took_part = [row for row in rows if _took_part(row, step)]
    said = demographics.counted(
        app,
        organisation_id,
        {row.candidate_id for row in took_part},
        before=_first(app.now),
        actor=actor,
        purpose=_purpose(step, months, title),
    )
    everybody = [
        Person(row.job_id, score, _advanced(row, step), known(said.get(row.candidate_id, {})))
        for row in took_part
        if (score := _score(row, step)) is not None
    ]
    conceal = concealed(everybody)
    meant = [one for one in everybody if job_id in (ALL, one.job)]
    return Found(
        step=step,
        job_id=job_id,
        job=title,
        window=months,
        computed_at=app.now,
        unscored=sum(_score(row, step) is None for row in took_part if job_id in (ALL, row.job_id)),
        selection=measured(meant, "selection", job=job_id, conceal=conceal),
        scoring=measured(meant, "scoring", job=job_id, conceal=conceal),
    )


def recent(
    app: App, organisation_id: str, step: Step, months: Window, *, actor: str, job_id: str = ALL, wait: bool
) -> Found | None:
    """As `impact`, but of many people as it was counted some minutes ago, which `computed_at` says. None: it is being
    counted, ask again; with `wait` it is waited for instead. Who looks is noted in either case."""
    key = ("impact", organisation_id, step, months, job_id)

    def make() -> Found:
        return impact(app, organisation_id, step, months, actor=actor, job_id=job_id)

    known = app.counted.knows(key, seconds=KEPT_SECONDS)
    ask = app.counted.of if wait else app.counted.soon
    found: Found | None = ask(key, make, seconds=KEPT_SECONDS)
    if known and found is not None:
        demographics.noted(app, organisation_id, actor=actor, purpose=_purpose(step, months, found.job))
    return found


def _purpose(step: Step, months: Window, title: str) -> str:
    return f"impact of {step}, {months.months}, {title or 'all jobs'}"


def _took_part(row: Stood, step: Step) -> bool:
    return step == "screening" or bool(row.recommendation)


def _score(row: Stood, step: Step) -> float | None:
    return row.score if step == "screening" else row.overall


def _advanced(row: Stood, step: Step) -> bool:
    """Screening: the threshold or a person let them through. Interview: the report recommends to go on."""
    if step == "screening":
        return row.decision == "advance" or row.let_through
    return row.recommendation in PROCEEDS


def names() -> dict[str, dict[str, str]]:
    """axis -> category -> its name."""
    return {axis: {category: named(axis, category) for category in categories(axis)} for axis in AXES}
