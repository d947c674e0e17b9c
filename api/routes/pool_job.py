"""The people who are known already, ranked for one job: for programs, and as a page from which they can be asked."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from api import pool_ranked
from api.deps import Foyer, Signed, page
from api.pool_ranked import Page, RankedPerson
from models.brief import top_evidence
from models.values import Number, Whole

router = APIRouter(prefix="/v1", tags=["talent pool"])
pages = APIRouter(include_in_schema=False)

SHOWN = 25
WEIGHT = Annotated[Number, Field(ge=0, le=100, allow_inf_nan=False)]


class RankIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    weights: dict[str, WEIGHT] = Field({}, max_length=200, description="requirement -> weight; others keep theirs")
    threshold: Number | None = Field(None, ge=0, le=1, allow_inf_nan=False, description="null: the job's own")
    start: Whole = Field(0, ge=0, le=10_000_000, description="`next` of the page before")
    limit: Whole = Field(SHOWN, ge=1, le=pool_ranked.MOST)
    again: StrictBool = Field(False, description="look at everybody anew, not as some minutes ago")


@router.post("/jobs/{job_id}/pool")
def ranked(job_id: str, body: RankIn, app: Foyer, who: Signed) -> dict[str, Any]:
    """Whoever is known already and may be asked about another job, best first for this one. The best two thousand of a
    first look by meaning have the score that screening gives, with quotes; the rest are `approximate`. Other weights,
    another threshold or another page need no new look. Nobody's stage changes."""
    found = pool_ranked.page_of(
        *(app, who.organisation_id, job_id),
        weights=body.weights,
        threshold=body.threshold,
        start=body.start,
        limit=body.limit,
        again=body.again,
    )
    return _shown(found)


def _shown(found: Page) -> dict[str, Any]:
    return {
        "job_id": found.job_id,
        "threshold": found.threshold,
        "people": found.everybody,
        "exact": found.exact,
        "ranked_at": found.ranked_at.isoformat(),
        "found": [_person(one) for one in found.people],
        "next": found.next,
    }


def _person(one: RankedPerson) -> dict[str, Any]:
    result = one.result
    return {
        "rank": one.rank,
        "document_id": one.known.document_id,
        "candidate_id": one.known.candidate_id,
        "name": one.known.name,
        "score": one.score,
        "decision": one.decision,
        "approximate": result is None,
        "evidence": [each.model_dump(mode="json") for each in top_evidence(result)] if result else [],
        "requirements": [each.model_dump(mode="json") for each in result.requirements] if result else [],
        "contact": {"why": one.reach.why, "kept_until": one.reach.until.isoformat() if one.reach.until else None},
    }


@pages.get("/jobs/{job_id}/pool")
def ranked_page(
    job_id: str,
    request: Request,
    app: Foyer,
    who: Signed,
    start: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> HTMLResponse:
    with app.database.reading() as store:
        job = store.job(who.organisation_id, job_id)
    found = pool_ranked.page_of(app, who.organisation_id, job_id, start=start, limit=SHOWN)
    people = [(one, top_evidence(one.result)[:2] if one.result else ()) for one in found.people]
    return page(request, "pool_job.html", recruiter=who, section="jobs", job=job, found=found, people=people)
