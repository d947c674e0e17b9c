"""Figures of adverse impact as tables for programs and spreadsheets, New York's summary of results, and the log of
applications. Used by `api.routes.impact` and `foyer impact`; no cell is a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from api.audits import AuditState
from api.impact import Found, names
from compliance.categories import AXES, INTERSECTION
from compliance.impact import FEW, FINDINGS, SMALL_SHARE, Axis, Comparison, Group
from compliance.suppression import FEWEST
from integrations.csv_files import shown
from models.sentences import N_
from models.store.flow import Flow

NOT_AN_AUDIT = (
    "Computed by Foyer from the employer's own data. This is not an independent audit, and Foyer certifies nothing. "
    "Local Law 144 asks for an audit by somebody who neither uses, nor develops, nor distributes the tool."
)
SAID = "Sex, race and ethnicity are what applicants said of themselves, voluntarily; nothing was inferred."
NEW_YORK = ("sex", "race", INTERSECTION)
STEP_NAMES = {"screening": N_("Screening of resumes"), "interview": N_("Structured interview")}
MOVED = {"stage": "moved on", "hired": "hired", "rejected": "rejected", "withdrew": "withdrew", "undone": "taken back"}


def as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """With a line of names; `rows` have the same keys. None is an empty cell."""
    if not rows:
        return ""
    written = io.StringIO()
    writer = csv.DictWriter(written, list(rows[0]))
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return written.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, datetime | date):
        return value.isoformat()
    return shown(str(value))


# ---------------------------------------------------------------- figures


def as_json(found: Found) -> dict[str, Any]:
    """JSON types, with what the codes mean beside them."""
    return {
        "step": found.step,
        "job_id": found.job_id,
        "job": found.job,
        "since": found.window.since.date().isoformat(),
        "until": found.window.until.date().isoformat(),
        "computed_at": found.computed_at.isoformat(),
        "unscored": found.unscored,
        "selection": asdict(found.selection),
        "scoring": asdict(found.scoring),
        "axes": dict(AXES),
        "categories": names(),
        "findings": dict(FINDINGS),
        "note": NOT_AN_AUDIT,
    }


def impact_rows(found: Found) -> list[dict[str, Any]]:
    """A line for each measure, axis and group; hidden groups have empty cells."""
    called = names()
    return [
        {
            **{"step": found.step, "job_id": found.job_id, "months": found.window.months, "measure": one.measure},
            **{"axis": axis.name, "category": group.category, "name": called[axis.name][group.category]},
            **{"n": group.n, "advanced": group.advanced, "rate": group.rate},
            **_ends("rate", group.interval),
            **{"hidden": group.n is None, "few": group.few, "excluded": group.excluded},
            **{"impact_ratio": _ratio(axis, group), "ratio_of_all": group.ratio_of_all},
            **_compared(group.highest),
            **{"assessed": axis.assessed, "unknown": axis.unknown, "median": one.median, "at_median": one.at_median},
        }
        for one in (found.selection, found.scoring)
        for axis in one.axes
        for group in axis.groups
    ]


def _ratio(axis: Axis, group: Group) -> float | None:
    """The highest group's own is 1."""
    if group.highest is not None:
        return group.highest.ratio
    return 1.0 if group.category == axis.highest else None


def _ends(name: str, interval: Any) -> dict[str, Any]:
    return {f"{name}_low": interval and interval.low, f"{name}_high": interval and interval.high}


PLAIN = ("difference", "fisher", "mid_p", "holm", "z", "h", "below_four_fifths", "sign_flips", "rule_flips")


def _compared(one: Comparison | None) -> dict[str, Any]:
    return {
        "against": one and one.against,
        **_ends("ratio", one and one.ratio_interval),
        **{name: getattr(one, name, None) for name in PLAIN},
        **{"ratio_lowest": one and one.lowest, "ratio_highest": one and one.highest},
        **{"ratio_within_jobs": one and one.within_jobs.ratio, "p_within_jobs": one and one.within_jobs.p},
        "finding": one and one.finding,
    }


# ---------------------------------------------------------------- New York


@dataclass(frozen=True, slots=True)
class Line:
    """One category of New York's tables. None: hidden, or not computed for the reason in `note`."""

    category: str
    assessed: int | None
    selected: int | None
    selection_rate: float | None
    selection_ratio: float | None
    scoring_rate: float | None
    scoring_ratio: float | None
    note: str


def summary(found: Found, employer: str, audits: AuditState) -> dict[str, Any]:
    """What 6 RCNY 5-303 wants published, as far as Foyer knows it; auditor and dates are the employer's word."""
    latest = audits.latest
    return {
        "statement": NOT_AN_AUDIT,
        "employer": employer,
        "tool": f"Foyer: {STEP_NAMES[found.step]}",
        "job": found.job or "all jobs",
        "computed_on": found.computed_at.date().isoformat(),
        "audited_on": latest.audited_at.date().isoformat() if latest else None,
        "auditor": latest.auditor if latest else None,
        "distributed_on": latest.distributed_at.date().isoformat() if latest else None,
        "source": f"Historical data of {employer}: everybody assessed who applied from {found.window.months}. {SAID}",
        "assessed": found.selection.assessed,
        "median": found.scoring.median,
        "tables": [
            {
                "axis": axis,
                "name": AXES[axis],
                **_unknown(found, axis),
                "lines": [asdict(one) for one in _lines(found, axis)],
            }
            for axis in NEW_YORK
        ],
    }


def _unknown(found: Found, axis: str) -> dict[str, int]:
    return {"unknown": _of(found.selection.axes, axis).unknown}


def _of(axes: Iterable[Axis], name: str) -> Axis:
    return next(axis for axis in axes if axis.name == name)


def _lines(found: Found, name: str) -> list[Line]:
    selection, scoring = _of(found.selection.axes, name), _of(found.scoring.axes, name)
    scored = {group.category: group for group in scoring.groups}
    called = names()[name]
    return [
        Line(
            category=called[group.category],
            assessed=group.n,
            selected=group.advanced,
            selection_rate=group.rate,
            selection_ratio=_ratio(selection, group),
            scoring_rate=scored[group.category].rate,
            scoring_ratio=_ratio(scoring, scored[group.category]),
            note=_note(group, selection),
        )
        for group in selection.groups
    ]


def _note(group: Group, axis: Axis) -> str:
    if group.n is None:
        return f"Not shown: fewer than {FEWEST} people, or a number from which such a group could be computed."
    if group.excluded:
        return f"Less than {SMALL_SHARE:.0%} of those whose category is known: in no ratio."
    if group.advanced is None:
        return f"Rates not shown: fewer than {FEWEST} of those whose category is known were selected, or were not."
    if axis.highest is None:
        return "Nobody was selected, so there is no ratio."
    return f"Fewer than {FEW} people: not enough data." if group.few else ""


def summary_rows(made: Mapping[str, Any]) -> list[dict[str, Any]]:
    """New York's tables as one list."""
    facts = ("employer", "tool", "job", "computed_on", "audited_on", "auditor", "distributed_on", "source", "statement")
    return [
        {"table": table["name"], **line, "unknown": table["unknown"], **{name: made[name] for name in facts}}
        for table in made["tables"]
        for line in table["lines"]
    ]


# ---------------------------------------------------------------- the applicant-flow log


def flow_rows(rows: Iterable[Flow]) -> list[dict[str, Any]]:
    """A line an application, without a name and without any group (decision 0022)."""
    return [
        {
            **{"application_id": row.application_id, "job_id": row.job_id, "job": row.job},
            **{"applied_on": row.applied_at.date(), "source": row.source, "stage": row.stage},
            **dict(zip(("disposition", "reason"), _disposition(row), strict=True)),
            **{"decided_by": row.actor, "decided_on": row.decided_at.date() if row.decided_at else None},
        }
        for row in rows
    ]


def _disposition(row: Flow) -> tuple[str, str]:
    if row.outcome in ("hired", "rejected", "withdrew"):
        return f"{MOVED[row.outcome]} (other system)", row.outcome_reason
    if row.stage in ("rejected", "withdrawn"):
        return row.stage, row.reason if row.action == "reject" else ""
    if row.stage == "unreadable":
        return "not considered: file unreadable", ""
    return "under consideration", row.reason if row.action == "advance" else ""
