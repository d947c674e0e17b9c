"""The talent pool over HTTP: everyone whose resume was read, found by a query in plain words."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.deps import Foyer, Signed
from api.schemas import FoundOut, Text
from models.brief import top_evidence

router = APIRouter(prefix="/api", tags=["talent pool"])


@router.get("/search")
def search(
    q: Annotated[Text, Query(min_length=1, max_length=500, description="whom you look for")],
    app: Foyer,
    who: Signed,
    limit: Annotated[int, Query(ge=1, le=200)] = 20,
) -> list[FoundOut]:
    """Best first, with quotes. A search decides nothing: nobody's stage or score in a job changes."""
    hits = app.pool.search(who.organisation_id, q, limit=limit)
    with app.database.reading() as store:
        cases = store.applications_of(who.organisation_id, [hit.id for hit in hits])
    return [
        FoundOut(
            document_id=hit.id,
            applications=cases.get(hit.id, []),
            name=hit.resume.resume.basics.name,
            score=hit.result.score,
            requirements=hit.result.requirements,
            evidence=top_evidence(hit.result),
        )
        for hit in hits
    ]
