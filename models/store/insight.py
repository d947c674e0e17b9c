"""How many came how far, how long it took, what became of them: counts over all applications, never their rows. Part of
`models.store.Store`; `api.insight` makes figures of them.

What is counted lies beside the applications (`Application.screen_seconds`, `overall`, `outcome` ...) in one index, so
that a hundred thousand of them are counted without reading one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, case, cast, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute

from models.records import Application, Booking, EntryCode, Interview, Job, Report, Review
from models.store.base import Rows, month_of


@dataclass(frozen=True, slots=True)
class Cohort:
    """Whoever applied from `since` to before `until` (None: open), to one job or (empty) any."""

    since: datetime | None = None
    until: datetime | None = None
    job_id: str = ""


@dataclass(frozen=True, slots=True)
class Came:
    """Of one source, or of one source that nobody came from yet: how many came so far. `passed`: the threshold let them
    through, or a person invited them; `opened`: asked for their code, booked a time or began."""

    source: str
    received: int = 0
    screened: int = 0
    passed: int = 0
    invited: int = 0
    opened: int = 0
    started: int = 0
    finished: int = 0
    hired: int = 0
    rejected: int = 0
    withdrew: int = 0


@dataclass(frozen=True, slots=True)
class Left:
    """Of whoever was invited and has not finished: how many stand where. `waiting`: their time is not over."""

    where: str
    gone: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Filled:
    """A job somebody was hired for: from its beginning to the first of them, in days, and how many."""

    job_id: str
    job: str
    days: float
    hired: int


def _is(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, 1), else_=0)


def _number(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(_is(condition)), 0)


LET_THROUGH = frozenset({"advanced", "invited", "interviewing", "interviewed", "reported"})


def _where(opened: int, started: int, withdrew: int) -> str:
    if withdrew:
        return "withdrew"
    return "not_finished" if started else "not_started" if opened else "not_opened"


class Insights(Rows):
    # ------------------------------------------------------------ who came how far

    def came(self, organisation_id: str, cohort: Cohort, now: datetime) -> tuple[list[Came], list[Left]]:
        """By source, in its order; and where those stand who were invited and did not finish: one who withdrew has
        left, wherever they stood."""
        found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        group = (Application.source, Application.stage, Application.decision)
        query = select(*group, func.count(), func.count(Application.score)).group_by(*group)
        rows = self._session.execute(query.where(self._meant(organisation_id, cohort)))
        for source, stage, decision, number, scored in rows:
            one = found[source]
            one["received"] += number
            one["screened"] += scored
            one["passed"] += number if decision == "advance" or stage in LET_THROUGH else 0
            one["rejected"] += number if stage == "rejected" else 0
            one["withdrew"] += number if stage == "withdrawn" else 0
        self._ended(organisation_id, cohort, found)
        left = self._invited(organisation_id, cohort, now, found)
        names = [each.name for each in fields(Came) if each.name != "source"]
        return [Came(source, **{name: found[source][name] for name in names}) for source in sorted(found)], left

    def _ended(self, organisation_id: str, cohort: Cohort, found: dict[str, dict[str, int]]) -> None:
        """What connected systems told; whom a person has rejected here, or who withdrew here, is counted once."""
        query = select(Application.outcome, Application.source, Application.stage, func.count())
        query = query.where(self._meant(organisation_id, cohort), Application.outcome.is_not(None))
        query = query.group_by(Application.outcome, Application.source, Application.stage)
        for outcome, source, stage, number in self._session.execute(query):
            told = outcome or ""
            known = {"rejected": "rejected", "withdrew": "withdrawn"}.get(told) == stage
            found[source][told] += 0 if known else number

    def _invited(
        self, organisation_id: str, cohort: Cohort, now: datetime, found: dict[str, dict[str, int]]
    ) -> list[Left]:
        each = self._steps(organisation_id, cohort)
        waits = case((each.c.expires > now, 1), else_=0)
        group = (each.c.source, each.c.opened, each.c.started, each.c.finished, each.c.withdrew, waits)
        gone: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        rows = self._session.execute(select(*group, func.count()).group_by(*group))
        for source, opened, started, finished, withdrew, waiting, number in rows:
            one = found[source]
            one["invited"] += number
            for step, so in (("opened", opened), ("started", started), ("finished", finished)):
                one[step] += number * so
            if not finished:
                gone[_where(opened, started, withdrew)][1 if waiting and not withdrew else 0] += number
        for one in found.values():
            one["passed"] = max(one["passed"], one["invited"])
        return [Left(where, *numbers) for where, numbers in gone.items()]

    def _steps(self, organisation_id: str, cohort: Cohort) -> Any:
        """One row for everybody invited, however often: how far they came."""
        asked = select(EntryCode.id).where(
            EntryCode.interview_id == Interview.id, or_(EntryCode.by == "mail", EntryCode.used_at.is_not(None))
        )
        booked = select(Booking.id).where(Booking.interview_id == Interview.id)
        done = Interview.state == "completed"
        begun = or_(Interview.started_at.is_not(None), done)
        opened = or_(begun, asked.exists(), booked.exists())
        return (
            select(
                Application.source.label("source"),
                func.max(_is(opened)).label("opened"),
                func.max(_is(begun)).label("started"),
                func.max(_is(done)).label("finished"),
                func.max(_is(or_(Interview.state == "withdrawn", Application.stage == "withdrawn"))).label("withdrew"),
                func.max(Interview.expires_at).label("expires"),
            )
            .join(Application, Application.id == Interview.application_id)
            .where(Interview.organisation_id == organisation_id, self._within(organisation_id, cohort))
            .group_by(Interview.application_id, Application.source)
            .subquery()
        )

    # ------------------------------------------------------------ how long it took

    def seconds(self, organisation_id: str, cohort: Cohort, what: str) -> list[tuple[str, int, int]]:
        """(source, seconds, how many) by seconds; `what`: "screening" or "interview"."""
        column: InstrumentedAttribute[int | None] = (
            Application.screen_seconds if what == "screening" else Application.interview_seconds
        )
        query = select(Application.source, column, func.count())
        query = query.where(self._meant(organisation_id, cohort), column.is_not(None))
        rows = self._session.execute(query.group_by(Application.source, column))
        return sorted(((source, seconds or 0, count) for source, seconds, count in rows), key=lambda row: row[1])

    def filled(self, organisation_id: str, cohort: Cohort) -> list[Filled]:
        """Jobs of which somebody was hired, by title."""
        query = (
            select(Job.id, Job.title, Job.created_at, func.min(Application.outcome_at), func.count())
            .join(Job, Job.id == Application.job_id)
            .where(self._meant(organisation_id, cohort), Application.outcome == "hired")
            .group_by(Job.id, Job.title, Job.created_at)
            .order_by(Job.title, Job.id)
        )
        return [
            Filled(id, title, max(0.0, (first - began).total_seconds() / 86_400), hired)
            for id, title, began, first, hired in self._session.execute(query)
            if first is not None
        ]

    # ------------------------------------------------------------ what a score said

    def scores(self, organisation_id: str, cohort: Cohort, what: str) -> list[tuple[int, int, int]]:
        """(score of 100, hired, rejected) of whoever a connected system told the end of; `what` as in `seconds`."""
        column = Application.score * 100 if what == "screening" else Application.overall
        level = cast(func.round(column), Integer)
        query = select(level, _number(Application.outcome == "hired"), _number(Application.outcome == "rejected"))
        told = Application.outcome.in_(["hired", "rejected"])
        query = query.where(self._meant(organisation_id, cohort), told, column.is_not(None)).group_by(level)
        return sorted((score, hired, rejected) for score, hired, rejected in self._session.execute(query))

    def agreed(self, organisation_id: str, cohort: Cohort) -> list[tuple[str, int, int, int]]:
        """(month, pairs, same, near) of ratings that people gave before they saw Foyer's, oldest first; by when
        they were given. Of one job where the cohort is."""
        month = month_of(Review.at)
        query = select(month, func.sum(Review.pairs), func.sum(Review.same), func.sum(Review.near))
        query = query.where(Review.organisation_id == organisation_id, Review.kind == "blind", Review.pairs > 0)
        if cohort.since is not None:
            query = query.where(Review.at >= cohort.since)
        if cohort.until is not None:
            query = query.where(Review.at < cohort.until)
        if cohort.job_id:
            query = query.join(Interview, Interview.id == Review.interview_id)
            query = query.join(Application, Application.id == Interview.application_id)
            query = query.where(Application.job_id == cohort.job_id)
        rows = self._session.execute(query.group_by(month).order_by(month))
        return [(month, pairs or 0, same or 0, near or 0) for month, pairs, same, near in rows]

    def _meant(self, organisation_id: str, cohort: Cohort) -> ColumnElement[bool]:
        return (Application.organisation_id == organisation_id) & self._within(organisation_id, cohort)

    def _within(self, organisation_id: str, cohort: Cohort) -> ColumnElement[bool]:
        """Of whatever organisation's applications: for where another row says whose they are, and is to be read
        first."""
        meant: ColumnElement[bool] = true()
        if cohort.since is not None:
            meant &= Application.created_at >= cohort.since
        if cohort.until is not None:
            meant &= Application.created_at < cohort.until
        if cohort.job_id:
            self._own(Job, organisation_id, cohort.job_id)
            meant &= Application.job_id == cohort.job_id
        return meant

    # ------------------------------------------------------------ making good

    def uncounted_reports(self, organisation_id: str, limit: int) -> Sequence[str]:
        """Applications with a report whose score does not lie beside them yet, as before there was insight."""
        query = select(Application.id).where(
            Application.organisation_id == organisation_id,
            Application.stage == "reported",
            Application.recommendation.is_(None),
            select(Report.id).where(Report.application_id == Application.id).exists(),
        )
        return list(self._session.scalars(query.order_by(Application.id).limit(limit)))

    def count_report(
        self, organisation_id: str, application_id: str, *, overall: float | None, recommendation: str
    ) -> None:
        """What the report that stands says."""
        application = self._own(Application, organisation_id, application_id)
        application.overall, application.recommendation = overall, recommendation
        self._session.flush()

    def uncounted_reviews(self, organisation_id: str, limit: int) -> list[Review]:
        """Blind ratings that were not held against Foyer's yet, of interviews with a report."""
        reported = select(Report.id).where(Report.interview_id == Review.interview_id).exists()
        query = select(Review).where(
            Review.organisation_id == organisation_id, Review.kind == "blind", Review.pairs.is_(None), reported
        )
        return list(self._session.scalars(query.order_by(Review.id).limit(limit)))

    def count_review(self, organisation_id: str, review: Review, agreed: tuple[int, int, int]) -> None:
        row = self._own(Review, organisation_id, review.id)
        row.pairs, row.same, row.near = agreed
        self._session.flush()
