"""The figures of `api.insight` as charts, each with the table of what it shows. Called by `api.routes.insight`: page,
CSV and PNG are made of the same rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.charts import Bar, Drawing, bars, course
from api.insight import Insight, Times
from compliance.foresight import FEWEST, Foresight
from compliance.intervals import Interval
from models.sentences import N_
from models.store.insight import Came

TOO_FEW = "too few to tell"
STEPS: Mapping[str, str] = {
    "received": N_("Applied"),
    "screened": N_("Screened"),
    "passed": N_("Let through"),
    "invited": N_("Invited"),
    "opened": N_("Opened the invitation"),
    "started": N_("Started the interview"),
    "finished": N_("Finished it"),
    "hired": N_("Hired"),
}
LEFT: Mapping[str, str] = {
    "not_opened": N_("Invited, never opened"),
    "not_started": N_("Opened, never started"),
    "not_finished": N_("Started, never finished"),
    "withdrew": N_("Withdrew"),
}
COLUMNS: Mapping[str, str] = {
    **STEPS,
    "step": N_("Step"),
    "people": N_("People"),
    "of_all": N_("Of all"),
    "of_before": N_("Of the step before"),
    "source": N_("Source"),
    "passed_of_all": N_("Let through, of all"),
    "finished_of_all": N_("Finished, of all"),
    "hired_of_all": N_("Hired, of all"),
    "where": N_("Where"),
    "of_invited": N_("Of those invited"),
    "still_open": N_("Still open"),
    "median_seconds": N_("Median"),
    "p90_seconds": N_("Nine of ten within"),
    "job": N_("Job"),
    "days_to_first_hire": N_("Days to the first hire"),
    "score": N_("Score"),
    "told": N_("Told"),
    "share": N_("Share"),
    "low": N_("At least (95 %)"),
    "high": N_("At most (95 %)"),
    "month": N_("Month"),
    "ratings": N_("Ratings"),
    "same": N_("Same level"),
    "a_level_apart_at_most": N_("A level apart at most"),
}
"""Columns of the tables, as the page heads them."""
MINUTE, HOUR, DAY = 60, 3_600, 86_400


@dataclass(frozen=True, slots=True)
class Chart:
    """`notes`: how to read it. `rows`: what it shows, as numbers, by the names of the columns."""

    name: str
    title: str
    notes: str
    drawing: Drawing | None
    rows: tuple[Mapping[str, Any], ...]
    empty: str = ""


def charts(found: Insight) -> tuple[Chart, ...]:
    return tuple(make(found) for make in MAKERS.values())


def chart(found: Insight, name: str) -> Chart:
    """Raises KeyError."""
    return MAKERS[name](found)


# ---------------------------------------------------------------- how far


def _funnel(found: Insight) -> Chart:
    total, rows, drawn = found.total, [], []
    before = total.received
    for step, called in STEPS.items():
        number = getattr(total, step)
        rows.append(
            {
                "step": called,
                "people": number,
                "of_all": _part(number, total.received),
                "of_before": _part(number, before),
            }
        )
        told = f"{number:,}" if step == "received" else f"{number:,} ({_percent(number, before)})"
        drawn.append(Bar(called, told, number / total.received if total.received else 0.0))
        before = number
    notes = (
        "Everybody who applied in this time, and how far they have come by now; in brackets of the step before. "
        "Opened: asked for the code, booked a time or began. Hired: as your connected systems told."
    )
    return _made(
        "funnel", "How far people come", notes, drawn, rows, "Nobody applied in this time.", bool(total.received)
    )


def _sources(found: Insight) -> Chart:
    rows, drawn = [], []
    for one in found.came:
        row: dict[str, Any] = {"source": one.source, **{step: getattr(one, step) for step in STEPS}}
        for step in ("passed", "finished", "hired"):
            row[f"{step}_of_all"] = _part(getattr(one, step), one.received)
        rows.append(row)
        drawn.append(_source(one))
    notes = "Pale, first: let through by the screening or a person. Dark, second: interviewed to the end. Of all."
    return _made("sources", "By source", notes, drawn, rows, "Nobody applied in this time.", bool(rows))


def _source(one: Came) -> Bar:
    if one.received < FEWEST:
        return Bar(one.source, f"{one.received}, {TOO_FEW}", None)
    through, seen = _percent(one.passed, one.received), _percent(one.finished, one.received)
    told = f"{one.received:,}: {through}, {seen}"
    return Bar(one.source, told, one.finished / one.received, second=one.passed / one.received)


def _left(found: Insight) -> Chart:
    invited = found.total.invited
    rows, drawn = [], []
    for where, called in LEFT.items():
        left = found.left.get(where)
        gone, waiting = (left.gone, left.waiting) if left is not None else (0, 0)
        rows.append({"where": called, "people": gone, "of_invited": _part(gone, invited), "still_open": waiting})
        drawn.append(Bar(called, f"{gone:,} ({_percent(gone, invited)})", gone / invited if invited else 0.0))
    open_ = sum(one.waiting for one in found.left.values())
    notes = f"Of {invited:,} invited: whose invitation has expired, or who said so. {open_:,} more still may."
    return _made(
        "dropouts", "Where people drop out", notes, drawn, rows, "Nobody was invited in this time.", bool(invited)
    )


# ---------------------------------------------------------------- how long


def _screening_time(found: Insight) -> Chart:
    return _waits("screening_time", "Time to screen", found.screening, "from coming in to the first score")


def _interview_time(found: Insight) -> Chart:
    return _waits("interview_time", "Time to interview", found.interview, "from coming in to the end of the interview")


def _waits(name: str, title: str, times: Sequence[Times], of: str) -> Chart:
    longest = max((one.p90 for one in times if one.p90 is not None), default=0.0) or 1.0
    rows, drawn = [], []
    for one in times:
        called = one.source or "All sources"
        rows.append({"source": called, "people": one.number, "median_seconds": one.median, "p90_seconds": one.p90})
        if one.median is None or one.p90 is None:
            drawn.append(Bar(called, f"{one.number}, {TOO_FEW}", None))
        else:
            told = f"{duration(one.median)}, {duration(one.p90)}"
            drawn.append(Bar(called, told, one.median / longest, second=one.p90 / longest))
    notes = f"Dark, first: half of them were done by then. Pale, second: nine of ten. Measured {of}."
    return _made(name, title, notes, drawn, rows, "Nothing to measure in this time.", bool(times))


def _hires(found: Insight) -> Chart:
    hired = [one for one in found.came if one.hired]
    most = max((one.hired for one in hired), default=1)
    rows = [{"source": one.source, "hired": one.hired, "of_all": _part(one.hired, one.received)} for one in hired]
    drawn = [
        Bar(one.source, f"{one.hired:,} ({_percent(one.hired, one.received)})", one.hired / most)
        for one in sorted(hired, key=lambda one: -one.hired)
    ]
    notes = "As your connected systems told; in brackets of all who came so."
    return _made(
        "hires", "Hires by source", notes, drawn, rows, "No connected system has told of a hire yet.", bool(rows)
    )


def _fill(found: Insight) -> Chart:
    slowest = max((one.days for one in found.filled), default=0.0) or 1.0
    rows = [{"job": one.job, "days_to_first_hire": one.days, "hired": one.hired} for one in found.filled]
    shown = sorted(found.filled, key=lambda one: -one.days)[:12]
    drawn = [Bar(one.job, duration(one.days * DAY), one.days / slowest) for one in shown]
    middle = (
        f"Half of the {len(rows)} jobs within {duration(found.days_to_fill * DAY)}."
        if found.days_to_fill is not None
        else f"Of fewer than {FEWEST} jobs no median is told."
    )
    notes = f"From the job's beginning here to the first hire that was told. {middle}"
    return _made("fill", "Time to fill", notes, drawn, rows, "No connected system has told of a hire yet.", bool(rows))


# ---------------------------------------------------------------- what it was worth


def _said_screening(found: Insight) -> Chart:
    return _said("score_screening", "What the screening's score said", found.said["screening"])


def _said_interview(found: Insight) -> Chart:
    return _said("score_interview", "What the interview's score said", found.said["interview"])


def _said(name: str, title: str, said: Foresight) -> Chart:
    rows, drawn = [], []
    for band in said.bands:
        called = f"{band.low} to {band.high}"
        low, high = _ends(band.interval)
        rows.append(
            {"score": called, "hired": band.hired, "told": band.told, "share": band.share, "low": low, "high": high}
        )
        if band.share is None:
            drawn.append(Bar(called, f"{band.hired} of {band.told}, {TOO_FEW}", None))
        else:
            told = f"{band.hired:,} of {band.told:,} ({band.share * 100:.0f} %)"
            drawn.append(Bar(called, told, band.share, low, high))
    return _made(
        name,
        title,
        _worth(said),
        drawn,
        rows,
        "No connected system has told how it ended.",
        said.hired + said.rejected > 0,
    )


def _worth(said: Foresight) -> str:
    of = f"How many were hired of {said.hired:,} hired and {said.rejected:,} rejected, as your systems told."
    if said.better is None or said.interval is None:
        return f"{of} Too few to tell what the score is worth: it takes {FEWEST} of either."
    low, high = said.interval.low * 100, said.interval.high * 100
    weak = " A coin would do as well: the interval holds 50 %." if low <= 50 <= high else ""
    return (
        f"{of} Of one who was hired and one who was not, the first had the higher score in {said.better * 100:.0f} % "
        f"(95 %: {low:.0f} to {high:.0f} %); a coin says 50 %.{weak} Whoever had a low score was seldom seen, so this "
        "is no proof of worth."
    )


def _agreement(found: Insight) -> Chart:
    rows, drawn = [], []
    for one in found.agreed:
        low, high = _ends(one.interval)
        rows.append(
            {"month": one.month, "ratings": one.pairs, "same": one.same, "a_level_apart_at_most": one.near}
            | {"share": one.share, "low": low, "high": high}
        )
        drawn.append(Bar(one.month, "", one.share, low, high))
    notes = (
        f"Of ratings that people gave before they saw Foyer's: how many were the same level, by month, with the 95 % "
        f"interval. Months of fewer than {FEWEST} ratings are left out."
    )
    if not rows:
        return Chart(
            "agreement", "Do reviewers and Foyer agree?", notes, None, (), "Nobody has rated an interview blind yet."
        )
    says = "; ".join(f"{row['month']}: {row['same']} of {row['ratings']} the same" for row in rows)
    drawing = course("Do reviewers and Foyer agree?", says, drawn)
    return Chart("agreement", "Do reviewers and Foyer agree?", notes, drawing, tuple(rows))


MAKERS: Mapping[str, Callable[[Insight], Chart]] = {
    "funnel": _funnel,
    "sources": _sources,
    "dropouts": _left,
    "screening_time": _screening_time,
    "interview_time": _interview_time,
    "score_screening": _said_screening,
    "score_interview": _said_interview,
    "agreement": _agreement,
    "hires": _hires,
    "fill": _fill,
}
"""By name, as they stand on the page."""


# ---------------------------------------------------------------- words and parts


def _made(
    name: str, title: str, notes: str, drawn: list[Bar], rows: Sequence[Mapping[str, Any]], empty: str, any_: object
) -> Chart:
    if not any_:
        return Chart(name, title, notes, None, tuple(rows), empty)
    says = "; ".join(f"{bar.label}: {bar.told}" for bar in drawn)
    return Chart(name, title, notes, bars(title, says, drawn), tuple(rows))


def duration(seconds: float) -> str:
    """Rounded to what matters: "45 s", "12 min", "3 h", "9 days"."""
    if seconds < 2 * MINUTE:
        return f"{seconds:.0f} s"
    if seconds < 2 * HOUR:
        return f"{seconds / MINUTE:.0f} min"
    if seconds < 2 * DAY:
        return f"{seconds / HOUR:.0f} h"
    return f"{seconds / DAY:.0f} days"


def _part(number: int, of: int) -> float | None:
    return number / of if of else None


def _percent(number: int, of: int) -> str:
    """Of fewer than FEWEST no per cent is told."""
    if of < FEWEST:
        return f"of {of}"
    share = number / of * 100
    return f"{share:.1f} %" if 0 < share < 10 else f"{share:.0f} %"


def _ends(interval: Interval | None) -> tuple[float | None, float | None]:
    return (interval.low, interval.high) if interval is not None else (None, None)
