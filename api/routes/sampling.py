"""Samples from below the line: drawing one, and what they tell. As JSON, and as a page."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from api import sampling
from api.deps import App, Foyer, Signed, page
from api.inviting import MOST
from api.schemas import Instant, Text
from api.security import Recruiter
from models.errors import BadRequest, Conflict, Forbidden, FoyerError
from models.records import new_id

router = APIRouter(prefix="/api/jobs/{job_id}/samples", tags=["jobs"])
pages = APIRouter(include_in_schema=False)


class DrawIn(BaseModel):
    """How many, or which share of those below the line."""

    model_config = ConfigDict(extra="forbid")
    size: int | None = Field(None, ge=1, le=MOST)
    share: float | None = Field(None, gt=0, le=1)
    key: Text = Field("", max_length=100, description="yours; the same key again is the same draw")


class DrawOut(BaseModel):
    """Whoever has the pool's ids can draw again: those whose sha256 of `seed:id` is the smallest."""

    id: str
    person: str
    drawn_at: Instant
    seed: str
    share: float | None
    size: int
    pool: int
    pool_sha256: str = Field(description="of the pool's ids in order, a line each")
    threshold: float
    round_id: str


class MeasureOut(BaseModel):
    """Of `rated`, `at_or_above` lie at or above the median of the `compared` above the line; `low` and `high` are the
    95 % interval of that share. Were there no difference, it would be a half."""

    by: str = Field(description="people, or foyer")
    rated: int
    at_or_above: int
    compared: int
    median: float | None
    low: float | None
    high: float | None
    few: bool = Field(description="too few to tell")


class SamplesOut(BaseModel):
    drawn: int
    invited: int
    held: int
    measures: list[MeasureOut]
    draws: list[DrawOut]


@router.get("")
def samples(job_id: str, app: Foyer, who: Signed) -> SamplesOut:
    """What the line misses, as far as samples tell. Nobody is named: reviewers are not to know who was drawn."""
    with app.database.reading() as store:
        draws = store.samples(who.organisation_id, job_id)
    found = sampling.outcome(app, who.organisation_id, job_id)
    return SamplesOut(
        drawn=found.drawn,
        invited=found.invited,
        held=found.held,
        measures=[
            MeasureOut(
                by=one.by,
                rated=one.rate.n,
                at_or_above=one.rate.advanced,
                compared=one.compared,
                median=one.median,
                low=one.interval.low if one.interval else None,
                high=one.interval.high if one.interval else None,
                few=one.few,
            )
            for one in found.measures
        ],
        draws=[DrawOut.model_validate(one, from_attributes=True) for one in draws],
    )


@router.post("", status_code=202)
def draw(job_id: str, body: DrawIn, app: Foyer, who: Signed) -> DrawOut:
    """Some of those below the line are drawn at random and invited, to measure what the line misses. By a person, named
    in `Foyer-Person`."""
    made = sampling.draw(app, who, job_id, size=body.size, share=body.share, key=body.key)
    return DrawOut.model_validate(made, from_attributes=True)


# ---------------------------------------------------------------- as a page


@pages.get("/jobs/{job_id}/sample")
def sample_page(job_id: str, request: Request, app: Foyer, who: Signed) -> HTMLResponse:
    return _page(request, app, who, job_id)


@pages.post("/jobs/{job_id}/sample")
def draw_page(
    job_id: str,
    request: Request,
    app: Foyer,
    who: Signed,
    number: Annotated[str, Form()] = "",
    unit: Annotated[str, Form()] = "people",
    key: Annotated[str, Form()] = "",
) -> Response:
    with app.database.reading() as store:
        store.job(who.organisation_id, job_id)
    try:
        wanted = _number(number)
        asked = {"share": wanted / 100} if unit == "percent" else {"size": int(wanted)}
        sampling.draw(app, who, job_id, key=key[:100], **asked)
    except (BadRequest, Conflict, Forbidden) as error:
        return _page(request, app, who, job_id, problem=error, number=number, unit=unit)
    return RedirectResponse(f"/jobs/{job_id}/sample", status_code=303)


def _number(text: str) -> float:
    try:
        found = float(text.strip().replace(",", "."))
    except ValueError:
        found = 0.0
    if not 0 < found <= MOST:
        raise BadRequest(f"Write how many, as a number from 1 to {MOST:,}.")
    return found


def _page(
    request: Request,
    app: App,
    who: Recruiter,
    job_id: str,
    *,
    problem: FoyerError | None = None,
    number: str = "20",
    unit: str = "people",
) -> HTMLResponse:
    with app.database.reading() as store:
        job, draws = store.job(who.organisation_id, job_id), store.samples(who.organisation_id, job_id)
        waiting = store.queue_counts(who.organisation_id, job_id)
    return page(
        request,
        "sample.html",
        status=problem.status if problem is not None else 200,
        recruiter=who,
        section="jobs",
        problem=problem.detail if problem is not None else "",
        job=job,
        draws=draws,
        outcome=sampling.outcome(app, who.organisation_id, job_id) if draws else None,
        waiting=waiting["review"] + waiting["below"],
        few=sampling.FEW,
        number=number,
        unit=unit,
        key=new_id(),
    )
