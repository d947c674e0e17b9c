"""What `foyer impact` prints."""

from __future__ import annotations

import json as json_module
from collections.abc import Iterator
from contextlib import closing
from typing import Literal

from api.app import build
from api.audits import audit_state
from api.impact import STEPS, Found, Step, impact, names, window
from api.impact_export import NOT_AN_AUDIT, as_csv, as_json, impact_rows, summary, summary_rows
from compliance.categories import AXES
from compliance.impact import FINDINGS, Axis, Group
from models.errors import BadRequest
from models.settings import Settings

BY = "the command line"


def run(
    settings: Settings,
    step: str,
    job: str,
    since: str,
    until: str,
    *,
    kind: Literal["impact", "new-york"],
    csv: bool,
    json: bool,
) -> str:
    """Of the first organisation. Raises BadRequest, NotFound."""
    app = build(settings, work=False)
    with closing(app.database):
        with app.database.asking() as system:
            organisations = system.organisations()
        if not organisations:
            raise BadRequest("There is nothing to count yet: run `foyer serve` first.")
        [organisation, *_] = organisations
        found = impact(app, organisation.id, _step(step), window(app.now, since, until), actor=BY, job_id=job)
        if kind == "new-york":
            with app.database.reading() as store:
                made = summary(found, organisation.name, audit_state(store, organisation.id, app.now))
            return as_csv(summary_rows(made)) if csv else json_module.dumps(made, ensure_ascii=False, indent=2)
    if csv:
        return as_csv(impact_rows(found))
    if json:
        return json_module.dumps(as_json(found), ensure_ascii=False, indent=2)
    return "\n".join(told(found))


def _step(text: str) -> Step:
    for each in STEPS:
        if each == text:
            return each
    raise BadRequest(f"There is no step {text!r}; there are {', '.join(STEPS)}.")


def told(found: Found) -> Iterator[str]:
    """For people to read, a line a group."""
    yield f"{found.step}, {found.job or 'all jobs'}, {found.window.months}: {found.selection.assessed} assessed"
    for one in (found.selection, found.scoring):
        if found.selection.assessed:
            yield f"\n{one.measure}: {one.advanced} of {one.assessed}"
        for axis in one.axes:
            if axis.groups:
                yield f"  {AXES[axis.name]}: {axis.unknown} did not say. {FINDINGS[axis.finding]}"
                yield from (f"    {_line(axis, group)}" for group in axis.groups)
    yield f"\n{NOT_AN_AUDIT}"


def _line(axis: Axis, group: Group) -> str:
    name = names()[axis.name][group.category]
    if group.n is None:
        return f"{name}: not shown, too few"
    if group.rate is None:
        return f"{name}: {group.n}"
    said = f"{name}: {group.advanced} of {group.n} ({group.rate:.3f})"
    one = group.highest
    if one is not None and one.ratio is not None and one.ratio_interval is not None:
        said += f", ratio {one.ratio:.3f} ({one.ratio_interval.low:.3f} to {one.ratio_interval.high:.3f})"
        said += f", Fisher {one.fisher:.4f}"
    return said + (", below 2 %: in no ratio" if group.excluded else "") + (", few" if group.few else "")
