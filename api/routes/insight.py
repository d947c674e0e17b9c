"""Insight: how hiring goes, in figures and charts, for programs (JSON, CSV, PNG) and as a page."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from markupsafe import Markup

from api import charts
from api.deps import App, Foyer, Signed, page
from api.impact_export import as_csv
from api.insight import PERIODS, USUAL, Insight, cohort_of, recent
from api.insight_charts import COLUMNS, MAKERS, Chart, chart, duration
from api.insight_charts import charts as all_charts
from api.security import Recruiter
from models.errors import BadRequest, FoyerError, NotFound

router = APIRouter(prefix="/v1", tags=["insight"])
pages = APIRouter(include_in_schema=False)

Day = Annotated[str, Query(max_length=10, description="as 2026-03-31")]
Job = Annotated[str, Query(max_length=64, description="empty: all jobs")]
Period = Annotated[str, Query(max_length=5, description="30, 90, 365 (days), all, or dates: from since to until")]
Name = Annotated[str, Query(max_length=20, description="which chart, for csv and png")]
FILES: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {}, "image/png": {}}}}


@router.get("/insight", responses=FILES)
def figures(
    app: Foyer,
    who: Signed,
    job_id: Job = "",
    period: Period = USUAL,
    since: Day = "",
    until: Day = "",
    chart: Name = "",
    format: Literal["json", "csv", "png"] = "json",
) -> Response:
    """Who came how far, times, drop-outs, what scores said of what became of people, agreement with reviewers: counts
    of whoever applied in a time, never anybody's row. With `chart`, one of them, also as CSV or PNG."""
    found = _found(app, who, job_id, period, since, until)
    if format == "json" and not chart:
        return JSONResponse(as_json(found))
    if chart not in MAKERS:
        raise BadRequest(f"Name a chart: {', '.join(MAKERS)}.")
    return _file(_one(found, chart), format, _of(found))


def _found(app: App, who: Recruiter, job_id: str, period: str, since: str, until: str) -> Insight:
    """Waits where it has to be counted."""
    cohort = cohort_of(app.now, period=period, since=since, until=until, job_id=job_id)
    found = recent(app, who.organisation_id, cohort, wait=True)
    assert found is not None
    return found


def _one(found: Insight, name: str) -> Chart:
    return chart(found, name)


def _file(one: Chart, format: str, of: str) -> Response:
    if format == "json":
        return JSONResponse([dict(row) for row in one.rows])
    if format == "csv":
        return _sent(as_csv(one.rows).encode(), "text/csv; charset=utf-8", f"{one.name}.csv")
    if one.drawing is None:
        raise NotFound(f"There is nothing to draw: {one.empty}")
    return _sent(charts.png(one.drawing, of), "image/png", f"{one.name}.png")


def _sent(content: bytes, media_type: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=headers)


def _of(found: Insight) -> str:
    """What a picture is of, in one line."""
    cohort = found.cohort
    first = cohort.since.strftime("%Y-%m-%d") if cohort.since else "the beginning"
    last = f" to before {cohort.until:%Y-%m-%d}" if cohort.until else " on"
    return f"{found.job or 'All jobs'}, whoever applied from {first}{last}"


def as_json(found: Insight) -> dict[str, Any]:
    """JSON types."""
    plain = asdict(found)
    cohort, plain["counted_at"] = plain.pop("cohort"), plain.pop("at").isoformat()
    plain |= {name: cohort[name].isoformat() if cohort[name] else None for name in ("since", "until")}
    plain["job_id"] = cohort["job_id"]
    return plain


# ---------------------------------------------------------------- the page


@pages.get("/insight")
def insight_page(
    request: Request,
    app: Foyer,
    who: Signed,
    job_id: str = "",
    period: str = USUAL,
    since: str = "",
    until: str = "",
) -> HTMLResponse:
    found, problem = None, None
    try:
        asked_of = cohort_of(app.now, period=period[:5], since=since[:10], until=until[:10], job_id=job_id[:64])
        found = recent(app, who.organisation_id, asked_of, wait=False)
    except FoyerError as error:
        problem = error
    with app.database.reading() as store:
        jobs = store.job_titles(who.organisation_id)
    asked = {"job_id": job_id, "period": period, "since": since, "until": until}
    drawn = all_charts(found) if found is not None else ()
    return page(
        request,
        "insight.html",
        status=problem.status if problem is not None else 200,
        recruiter=who,
        section="insight",
        problem=problem.detail if problem is not None else "",
        found=found,
        asked=asked,
        query=urlencode(asked),
        periods=PERIODS,
        jobs=jobs,
        charts=[(one, _drawn(one)) for one in drawn],
        duration=duration,
        columns=COLUMNS,
    )


def _drawn(one: Chart) -> Markup | None:
    """What `charts.svg` writes it escapes itself."""
    return Markup(charts.svg(one.drawing, one.name)) if one.drawing is not None else None  # noqa: S704 # nosec B704
