"""What the law asks of this organisation, and what people may ask because of it: periods, legal holds, copies,
explanations, notices."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from api import correcting, legal, notices, retaining
from api.deps import Foyer, Signed
from api.exporting import explained, export
from api.schemas import Day, Text
from compliance.law import named
from models.records import LegalHold
from models.values import YesNo

router = APIRouter(prefix="/v1", tags=["law"])

Code = Annotated[str, Field(max_length=40)]


class LawIn(BaseModel):
    """What is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")
    jurisdictions: list[Code] | None = Field(None, max_length=60, description="of jobs that name none of their own")
    purges: YesNo | None = Field(None, description="what is due is deleted by itself, once an hour")


class HoldIn(BaseModel):
    model_config = ConfigDict(extra="forbid")
    candidate_id: Text | None = None
    job_id: Text | None = None
    reason: Text = Field(min_length=3, max_length=1000, description="why, without anything about the person")


class HoldOut(BaseModel):
    id: str
    candidate_id: str | None
    job_id: str | None
    reason: str
    placed_by: str
    lifted_by: str | None


@router.get("/law")
def law(
    app: Foyer,
    who: Signed,
    jurisdiction: Annotated[list[Code] | None, Query(max_length=60)] = None,
    on: Day | None = None,
) -> dict[str, Any]:
    """What binds, what comes, what nobody has checked for long; of the organisation, or of places."""
    with app.database.reading() as store:
        here = store.organisation(who.organisation_id).jurisdictions or []
    return legal.shown(legal.law_of(app.settings), jurisdiction or here, on or app.now.date())


@router.put("/law")
def set_law(body: LawIn, app: Foyer, who: Signed) -> dict[str, Any]:
    codes = named(body.jurisdictions) if body.jurisdictions is not None else None
    with app.database.store() as store:
        here = store.set_law(who.organisation_id, jurisdictions=codes, purges=body.purges)
        return {"jurisdictions": here.jurisdictions or [], "purges": here.purges}


@router.get("/retention")
def retention(app: Foyer, who: Signed, due: bool = True) -> dict[str, Any]:
    """What is due to go, why and since when, before it goes; legal holds; certificates of what went."""
    return retaining.shown(app, who.organisation_id, due_only=due)


@router.post("/holds", status_code=201)
def hold(body: HoldIn, app: Foyer, who: Signed) -> HoldOut:
    """Nothing of this person, or of all who applied for this job, is deleted until the hold is lifted."""
    with app.database.store() as store:
        made = store.hold(
            who.organisation_id,
            candidate_id=body.candidate_id,
            job_id=body.job_id,
            reason=body.reason,
            by=who.actor,
            now=app.now,
        )
        return _hold(made)


@router.post("/holds/{hold_id}/lift")
def lift(hold_id: str, app: Foyer, who: Signed) -> HoldOut:
    with app.database.store() as store:
        return _hold(store.lift_hold(who.organisation_id, hold_id, by=who.actor, now=app.now))


@router.get(
    "/candidates/{candidate_id}/export",
    response_class=Response,
    responses={200: {"content": {"application/zip": {}}}},
)
def copy(candidate_id: str, app: Foyer, who: Signed) -> Response:
    """Everything that is kept of a person, as a zip of JSON and files, with each decision explained."""
    content = export(app, who.organisation_id, candidate_id)
    headers = {"Content-Disposition": 'attachment; filename="everything.zip"'}
    return Response(content, media_type="application/zip", headers=headers)


@router.post("/candidates/{candidate_id}/opt-out")
def opt_out(candidate_id: str, app: Foyer, who: Signed) -> dict[str, str | None]:
    """They want to hear nothing more: no invitation, no reminder, no other mail, whatever waits to be sent."""
    return {"opted_out_at": notices.opt_out(app, who.organisation_id, candidate_id).isoformat()}


@router.get("/applications/{application_id}/explanation", response_class=Response)
def explanation(application_id: str, app: Foyer, who: Signed) -> Response:
    """What the software did, what people decided, and what both rested on, in plain words (Markdown)."""
    with app.database.reading() as store:
        text = explained(store, who.organisation_id, application_id)
    return Response(text, media_type="text/markdown; charset=utf-8")


@router.get("/applications/{application_id}/notices")
def told(application_id: str, app: Foyer, who: Signed) -> list[dict[str, Any]]:
    """Which words of the law's they were shown, how and when."""
    with app.database.reading() as store:
        return notices.shown(store, who.organisation_id, application_id)


@router.get("/adverse-notices")
def adverse(app: Foyer, who: Signed) -> list[dict[str, Any]]:
    """Rejections of which the law wants the candidate told, soonest first, with those that are late."""
    with app.database.reading() as store:
        return notices.adverse(app, store, who.organisation_id)


@router.post("/applications/{application_id}/adverse-notice")
def send_adverse(application_id: str, app: Foyer, who: Signed) -> dict[str, bool]:
    """Sends it: a plain description of the decision and of the software's part in it. Again sends nothing."""
    return {"sent": notices.send_adverse(app, who.organisation_id, application_id)}


@router.post("/interviews/{interview_id}/corrections/accept", status_code=201)
def accept(interview_id: str, app: Foyer, who: Signed) -> dict[str, Any]:
    """You have compared the candidate's corrections with the recording: a new version of the report is made by the
    transcript as corrected, and sent on. The earlier version stays."""
    made = correcting.accept(app, who.organisation_id, interview_id, by=who.actor)
    app.pipeline.deliver_due()
    return made


@router.get("/interviews/{interview_id}/versions")
def versions(interview_id: str, app: Foyer, who: Signed) -> list[dict[str, Any]]:
    """Of its report, oldest first: the newest stands."""
    with app.database.reading() as store:
        return correcting.versions(store, who.organisation_id, interview_id)


def _hold(row: LegalHold) -> HoldOut:
    return HoldOut.model_validate(row, from_attributes=True)
