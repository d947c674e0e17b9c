"""A job's shortlist: the table, the panel beside it, people side by side, the threshold over their scores, the export;
and the same for programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal, get_args
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, StreamingResponse

from api import shortlisting
from api.deps import Foyer, Signed, page
from api.reviewing import note
from api.schemas import LARGEST, ScoresOut, ShortlistedOut, ShortlistOut, Text
from models.records import Stage
from models.store.applications import STAGES
from models.store.shortlist import Order, Wanted
from models.values import Decision, ParsedResume, RequirementScore
from screening.scoring import explained

router = APIRouter(prefix="/api", tags=["applications"])
pages = APIRouter(include_in_schema=False)

FIRST = 50
"""Rows that the page brings along; the rest is on its way when they can be read."""
Must = Literal["missing", "unclear", "met"]
ORDERS: tuple[Order, ...] = get_args(Order)
MUSTS: tuple[Must, ...] = get_args(Must)
DECISIONS: tuple[Decision, ...] = get_args(Decision)


# ---------------------------------------------------------------- for programs


@router.get("/jobs/{job_id}/shortlist")
def shortlist(
    job_id: str,
    app: Foyer,
    who: Signed,
    stage: Stage | None = None,
    decision: Decision | None = None,
    low: Annotated[float | None, Query(ge=0, le=1)] = None,
    high: Annotated[float | None, Query(ge=0, le=1)] = None,
    must: Must | None = None,
    source: Text | None = None,
    batch_id: Text | None = None,
    flagged: bool = False,
    asks: bool = False,
    order: Order = "score",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    offset: Annotated[int, Query(ge=0, le=LARGEST)] = 0,
) -> ShortlistOut:
    """Filtered, a page at a time. `must`: a must-have is missing, one is unclear, or all are met."""
    wanted = Wanted(stage, decision, low, high, must, source, batch_id, flagged, asks)
    with app.database.reading() as store:
        found = shortlisting.lines(store, who.organisation_id, job_id, wanted, limit, offset, order)
        total = store.shortlisted(who.organisation_id, job_id, wanted)
    return ShortlistOut(total=total, applications=[_out(line) for line in found])


def _out(line: shortlisting.Line) -> ShortlistedOut:
    open_ = asdict(line.open)
    received = open_.pop("created_at")
    return ShortlistedOut(
        **open_,
        name=line.opened.name,
        file=line.opened.filename,
        received_at=received,
        asks=line.asks,
        quote=line.quote,
    )


@router.get(
    "/jobs/{job_id}/shortlist/feed",
    response_class=Response,
    responses={200: {"content": {"application/x-ndjson": {}}}},
)
def feed(job_id: str, app: Foyer, who: Signed) -> Response:
    """Everybody, for whoever filters by themselves: JSON lines, first columns of what is open, then names, files,
    quotes, verdicts (a letter for each requirement: met, partly, not met, unknown) and words, some hundred at a
    time."""
    return StreamingResponse(shortlisting.feed(app, who.organisation_id, job_id), media_type="application/x-ndjson")


@router.get("/jobs/{job_id}/scores")
def scores(job_id: str, app: Foyer, who: Signed) -> ScoresOut:
    """What a threshold would let through: the scores of everybody who waits for a decision, counted."""
    with app.database.reading() as store:
        found = shortlisting.scores(store, who.organisation_id, job_id)
    return ScoresOut(clear=found.clear, held=found.held, passing=found.passing)


@router.get(
    "/applications/{application_id}/file",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}}},
)
def resume_file(application_id: str, app: Foyer, who: Signed) -> Response:
    """The resume as it came, to be saved: nothing in it runs here."""
    with app.database.reading() as store:
        found = store.application(who.organisation_id, application_id)
    content = app.files.get(found.document.sha256, subject=found.candidate_id)
    note(app, who, application_id, "evidence", "resume")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.document.filename, safe='')}"}
    return Response(content, media_type="application/octet-stream", headers=headers)


# ---------------------------------------------------------------- the table


@pages.get("/jobs/{job_id}/shortlist")
def shortlist_page(job_id: str, request: Request, app: Foyer, who: Signed) -> HTMLResponse:
    """Its first rows, and the scores; `web/static/shortlist.js` fetches everybody."""
    asked = dict(request.query_params)
    wanted, order, offset = wanted_of(asked), order_of(asked), _offset(asked)
    with app.database.reading() as store:
        own = who.organisation_id
        job = store.job(own, job_id)
        found = shortlisting.scores(store, own, job_id)
        counts = store.stage_counts(own, job_id)
        plain = wanted == Wanted()
        context: dict[str, Any] = {
            "job": job,
            "lines": shortlisting.lines(store, own, job_id, wanted, FIRST, offset, order),
            "total": sum(counts.values()) if plain else store.shortlisted(own, job_id, wanted),
            "counts": counts,
            "sources": store.sources_of_job(own, job_id),
            "batches": store.batches(own, job_id),
            "requirements": store.requirements(own, job_id),
        }
    context |= {
        "asked": asked,
        "order": order,
        "offset": offset,
        "next": urlencode({**asked, "offset": offset + FIRST}),
        "shown": offset + FIRST,
        "scores": found,
        "tallest": max(map(sum, zip(found.clear, found.held, strict=True))) or 1,
        "line": round(job.threshold * 100),
        "stages": STAGES,
    }
    return page(request, "shortlist.html", recruiter=who, section="jobs", **context)


def wanted_of(asked: dict[str, str]) -> Wanted:
    """Filters as the page's form sends them; what makes no sense is no filter. Scores are in hundredths there."""
    return Wanted(
        stage=asked.get("stage") if asked.get("stage") in STAGES else None,
        decision=asked.get("decision") if asked.get("decision") in DECISIONS else None,
        low=_hundredth(asked.get("low", "")),
        high=_hundredth(asked.get("high", "")),
        must=next((one for one in MUSTS if one == asked.get("must")), None),
        source=_clean(asked.get("source")),
        batch_id=_clean(asked.get("batch")),
        flagged="flagged" in asked,
        asks="asks" in asked,
    )


def order_of(asked: dict[str, str]) -> Order:
    return next((one for one in ORDERS if one == asked.get("order")), "score")


def _clean(text: str | None) -> str | None:
    return text if text and "\0" not in text else None


def _hundredth(text: str) -> float | None:
    return int(text) / 100 if text.isascii() and text.isdecimal() and len(text) <= 3 else None


def _offset(asked: dict[str, str]) -> int:
    text = asked.get("offset", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else 0


# ---------------------------------------------------------------- one person beside the table


@pages.get("/applications/{application_id}/panel")
def panel(application_id: str, request: Request, app: Foyer, who: Signed) -> HTMLResponse:
    """A part of a page. Counts as opened, as the application's own page does: it shows the same."""
    note(app, who, application_id, "opened", "application")
    own = who.organisation_id
    with app.database.reading() as store:
        found = store.application(own, application_id)
        result = store.screening(own, application_id)
        requirements = store.requirements(own, found.job_id)
        current = store.counting(own, application_id)
        context: dict[str, Any] = {
            "application": found,
            "job": store.job(own, found.job_id),
            "person": found.candidate.name or found.document.filename,
            "result": result,
            "rows": _judged(result.requirements if result else (), requirements),
            "addends": explained(result, requirements) if result else [],
            "report_of": current.id if current and found.stage == "reported" else "",
            "may_invite": "candidates:write" in who.rights and found.stage in ("screened", "advanced"),
            "may_reject": "decisions:write" in who.rights and found.stage not in ("rejected", "withdrawn", "received"),
        }
    return page(request, "shortlist_panel.html", recruiter=who, **context)


def _judged(verdicts: Any, requirements: Any) -> list[tuple[Any, RequirementScore]]:
    asked = {one.id: one for one in requirements}
    return [(asked.get(one.requirement_id), one) for one in verdicts]


@pages.get("/applications/{application_id}/text")
def text(
    application_id: str, request: Request, app: Foyer, who: Signed, requirement: Annotated[str, Query()] = ""
) -> HTMLResponse:
    """A part of a page: the resume as it was read, the quotes of one requirement marked."""
    with app.database.reading() as store:
        parsed = store.parsed(who.organisation_id, application_id)
        result = store.screening(who.organisation_id, application_id)
    note(app, who, application_id, "evidence", "resume")
    verdict = next((one for one in result.requirements if one.requirement_id == requirement), None) if result else None
    return page(request, "shortlist_text.html", passages=passages(parsed, verdict) if parsed else [])


def passages(parsed: ParsedResume, verdict: RequirementScore | None) -> list[dict[str, Any]]:
    """The spans in the order of the file: {"section", "line", "before", "marked", "after"}."""
    quotes = verdict.evidence if verdict else ()
    found = []
    for span in parsed.spans:
        meant = next(
            (one for one in quotes if one.start is not None and span.start <= one.start < span.end), None
        ) or next((one for one in quotes if one.line == span.line and one.quote in span.text), None)
        before, marked, after = span.text, "", ""
        if meant is not None:
            before, marked, after = span.text.partition(meant.quote)
            if not marked:
                before, marked, after = "", span.text, ""
        found.append({"section": span.section, "line": span.line, "before": before, "marked": marked, "after": after})
    return found


# ---------------------------------------------------------------- side by side


@pages.get("/jobs/{job_id}/compare")
def compare(
    job_id: str, request: Request, app: Foyer, who: Signed, ids: Annotated[list[str] | None, Query()] = None
) -> HTMLResponse:
    """Two to four people, a column each, a row for each requirement."""
    chosen = list(dict.fromkeys(id for text in ids or () for id in text.split(",") if id and "\0" not in id))
    own, people = who.organisation_id, []
    with app.database.reading() as store:
        job, requirements = store.job(own, job_id), store.requirements(own, job_id)
        if 2 <= len(chosen) <= shortlisting.MOST_COMPARED:
            people = shortlisting.compared(store, own, job_id, requirements, chosen)
    for one in people:
        note(app, who, one.line.open.id, "opened", "application")
    rows = [(asked, [one.verdicts[at] for one in people]) for at, asked in enumerate(requirements)]
    context: dict[str, Any] = {"job": job, "people": people, "rows": rows, "most": shortlisting.MOST_COMPARED}
    return page(request, "compare.html", recruiter=who, section="jobs", **context)


# ---------------------------------------------------------------- the export


@pages.get("/jobs/{job_id}/candidates.csv")
def export(job_id: str, request: Request, app: Foyer, who: Signed) -> Response:
    """Whom the filters leave, as CSV; `bom=1`: with the mark by which Excel knows UTF-8."""
    asked = dict(request.query_params)
    with app.database.reading() as store:
        job = store.job(who.organisation_id, job_id)
    made = shortlisting.table(app, who.organisation_id, job, wanted_of(asked), bom="bom" in asked)
    headers = {"Content-Disposition": 'attachment; filename="candidates.csv"'}
    return StreamingResponse(made, media_type="text/csv; charset=utf-8", headers=headers)
