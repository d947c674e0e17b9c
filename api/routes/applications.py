"""Applications: the shortlist, one case with all its evidence, and a person's decisions."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from api import reviewing
from api.deps import App, Foyer, Signed
from api.retakes import failure_of
from api.reuse import basis
from api.reviewing import note
from api.schemas import (
    LARGEST,
    ApplicationOut,
    DecisionIn,
    HumanDecisionOut,
    InterviewOut,
    OutcomeOut,
    Ranked,
    RejectIn,
    SourceOut,
    Text,
)
from api.security import Recruiter
from models.brief import top_evidence
from models.errors import Conflict, NotFound
from models.records import Application, Stage
from models.store import Store
from models.values import InterviewPlan

router = APIRouter(prefix="/api", tags=["applications"])


@router.get("/jobs/{job_id}/applications")
def shortlist(
    job_id: str,
    app: Foyer,
    who: Signed,
    stage: Stage | None = None,
    batch_id: Text | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    offset: Annotated[int, Query(ge=0, le=LARGEST)] = 0,
) -> list[Ranked]:
    """Best first, with the strongest quotes; unreadable files at the end with what is wrong."""
    with app.database.reading() as store:
        store.job(who.organisation_id, job_id)
        found = store.applications(
            who.organisation_id, job_id, stage=stage, batch_id=batch_id, limit=limit, offset=offset
        )
        return [ranked(store, application) for application in found]


@router.get("/applications/{application_id}")
def application(application_id: str, app: Foyer, who: Signed) -> ApplicationOut:
    """With a person's name in the header Foyer-Person this counts as opened by them."""
    note(app, who, application_id, "opened", "application")
    with app.database.reading() as store:
        found = store.application(who.organisation_id, application_id)
        candidate = store.candidate(who.organisation_id, found.candidate_id)
        document = store.document(who.organisation_id, found.document_id)
        interviews = store.interviews_of(who.organisation_id, application_id)
        interview = interviews[-1] if interviews else None
        decided = store.decisions(who.organisation_id, application_id)
        parsed = document.parsed
        return ApplicationOut(
            **ranked(store, found).model_dump(),
            email=candidate.email,
            address_problem=candidate.bounce if candidate.bounced_at is not None else None,
            screening=store.screening(who.organisation_id, application_id),
            resume=parsed["resume"] if parsed is not None else None,
            interview_id=interview.id if interview else None,
            interview_state=interview.state if interview else None,
            interviews=[each.id for each in interviews],
            decisions=[HumanDecisionOut.model_validate(each, from_attributes=True) for each in decided],
            sources=sources_of(store, found),
            outcomes=[
                OutcomeOut.model_validate(each, from_attributes=True)
                for each in store.outcomes(who.organisation_id, application_id)
            ],
        )


def sources_of(store: Store, application: Application) -> list[SourceOut]:
    """Of the candidate, then of others with the same address."""
    own, candidate_id = application.organisation_id, application.candidate_id
    mine = [SourceOut.model_validate(each, from_attributes=True) for each in store.sources(own, candidate_id)]
    beside = [
        SourceOut.model_validate(each, from_attributes=True).model_copy(update={"shared": shared})
        for each, shared in store.sources_beside(own, candidate_id)
    ]
    return mine + beside


@router.get(
    "/applications/{application_id}/pages/{number}.png",
    response_class=Response,
    responses={200: {"content": {"image/png": {}}}},
)
def page_picture(
    application_id: str,
    number: Annotated[int, Path(ge=1, le=LARGEST)],
    app: Foyer,
    who: Signed,
    requirement: Text | None = None,
) -> Response:
    """A page of the resume as it looks, the quotes of one requirement's verdict marked in it."""
    with app.database.reading() as store:
        found = store.application(who.organisation_id, application_id)
        document = store.document(who.organisation_id, found.document_id)
        result = store.screening(who.organisation_id, application_id)
    content = app.files.get(document.sha256, subject=document.candidate_id)
    if b"%PDF-" not in content[:1024]:
        raise NotFound("Only a PDF has pages to show; open the file itself.")
    judged = result.requirements if result else ()
    areas = [
        area
        for verdict in judged
        if verdict.requirement_id == requirement
        for quote in verdict.evidence
        for area in quote.areas
    ]
    note(app, who, application_id, "evidence", "resume")
    picture = app.engines.pictures.page(content, number, areas)
    return Response(picture, media_type="image/png", headers={"Cache-Control": "private, max-age=300"})


@router.post("/applications/{application_id}/invite")
def invite(application_id: str, body: DecisionIn, app: Foyer, who: Signed) -> InterviewOut:
    """A person advances this candidate, whatever the score. Inviting twice returns the same interview."""
    return InterviewOut.model_validate(advance(app, who, application_id, body.reason))


@router.post("/applications/{application_id}/reject", status_code=204)
def reject(application_id: str, body: RejectIn, app: Foyer, who: Signed) -> None:
    """Only a person rejects: by name (header Foyer-Person, or the session's), with a reason, and what they have
    opened."""
    reviewing.reject(app, who, application_id, body.reason)


@router.post("/applications/{application_id}/retry", status_code=202)
def retry(application_id: str, app: Foyer, who: Signed) -> dict[str, str]:
    """Read and screen an unreadable application again."""
    app.pipeline.retry(who.organisation_id, application_id)
    return {"status": "queued"}


def advance(app: App, who: Recruiter, application_id: str, reason: str) -> dict[str, object]:
    """Shared with the console. Raises Conflict for what was not read yet: an invitation would end the reading before it
    began, and nobody would ever see the screening."""
    with app.database.reading() as store:
        if store.application(who.organisation_id, application_id).stage == "received":
            raise Conflict("This application is still being read. Try again in a moment.")
    interview_id = app.pipeline.advance(
        who.organisation_id, application_id, actor=who.actor, reason=reason, person=who.person
    )
    note(app, who, application_id, "decided", "advance")
    return interview_facts(app, who.organisation_id, interview_id)


def interview_facts(app: App, organisation_id: str, interview_id: str, *, thorough: bool = False) -> dict[str, object]:
    """The fields of InterviewOut. `thorough`: its log is read for technical failures."""
    with app.database.reading() as store:
        interview = store.interview(organisation_id, interview_id)
        report = store.report_of(organisation_id, interview_id)
        booking = store.booking_of(organisation_id, interview_id)
        current = store.counting(organisation_id, interview.application_id)
        failure = failure_of(store, interview) if thorough else None
        said = basis(store, interview)
        live = app.rooms.is_live(store, interview)
    plan = InterviewPlan.model_validate(interview.plan)
    return {
        "id": interview.id,
        "application_id": interview.application_id,
        "state": interview.state,
        "minutes": interview.minutes,
        "invited_at": interview.invited_at,
        "expires_at": interview.expires_at,
        "started_at": interview.started_at,
        "completed_at": interview.completed_at,
        "finish_reason": interview.finish_reason,
        "engines": interview.engines,
        "live": live,
        "report_id": report.id if report else None,
        "problem": interview.problem,
        "attempt": interview.attempt,
        "cause": interview.cause,
        "counts": current is not None and current.id == interview_id,
        "technical_failure": failure.text if failure else None,
        "basis": said,
        "booked_for": booking.starts_at if booking is not None and booking.state == "booked" else None,
        "recording_missing": [{"start": start, "end": end} for start, end in interview.recording_missing or []],
        "kit_version": plan.version,
        "kit_sha256": plan.sha256,
    }


def ranked(store: Store, application: Application) -> Ranked:
    organisation_id = application.organisation_id
    candidate = store.candidate(organisation_id, application.candidate_id)
    document = store.document(organisation_id, application.document_id)
    result = store.screening(organisation_id, application.id)
    return Ranked(
        id=application.id,
        candidate_id=application.candidate_id,
        name=candidate.name,
        file=document.filename,
        stage=application.stage,
        score=application.score,
        decision=application.decision,
        evidence=top_evidence(result) if result else (),
        flags=result.flags if result else (),
        problem=application.problem_detail,
    )
