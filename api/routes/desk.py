"""The recruiter's side of the candidate's home: a code to hand on, answers to what candidates ask, an interview held
once more and which of two counts."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from api import asks, entry, notices, retakes
from api.adjusting import GRANTED, choices
from api.deps import App, Foyer, Signed, page
from api.erasing import erase_for
from api.reviewing import person_of
from api.routes.applications import interview_facts
from api.routes.console import application_page
from api.schemas import AnswerIn, CodeOut, InterviewOut, ReasonIn, RequestOut
from api.security import Recruiter
from models.errors import BadRequest, Conflict
from models.records import CandidateRequest
from models.store import Store

router = APIRouter(prefix="/api", tags=["candidates"])
pages = APIRouter(include_in_schema=False)

SENT = "Sent. The candidate reads it on their page, and by e-mail where there is an address."


@router.post("/interviews/{interview_id}/code")
def hand_out(interview_id: str, app: Foyer, who: Signed) -> CodeOut:
    """A one-time code to hand on to a candidate whom no mail reaches. Make sure by other means that it is them."""
    digits, kept = entry.hand_out(app, who.organisation_id, interview_id)
    return CodeOut(code=digits, expires_at=kept.expires_at)


@router.get("/interviews/{interview_id}/requests")
def requests(interview_id: str, app: Foyer, who: Signed) -> list[RequestOut]:
    """What the candidate asked for, oldest first. What is behind an adjustment is for whoever arranges it, and not in
    this list."""
    with app.database.reading() as store:
        found = [_shown(app, store, each) for each in store.requests(who.organisation_id, interview_id)]
    return [each.model_copy(update={"text": ""}) if each.kind == "adjustment" else each for each in found]


@router.get("/requests/{request_id}")
def one_request(request_id: str, app: Foyer, who: Signed) -> RequestOut:
    """One request, with the candidate's own words."""
    with app.database.reading() as store:
        return _shown(app, store, store.request(who.organisation_id, request_id))


@router.post("/requests/{request_id}/answer")
def answer(request_id: str, body: AnswerIn, app: Foyer, who: Signed) -> RequestOut:
    """Shown to the candidate on their page, and mailed to them. Minutes that are granted extend the interview."""
    extra = body.extra_minutes
    answered = asks.answer(app, who.organisation_id, request_id, body.text, by=who.actor, extra_minutes=extra)
    with app.database.reading() as store:
        return _shown(app, store, answered)


@router.post("/applications/{application_id}/retake")
def grant_retake(application_id: str, body: ReasonIn, app: Foyer, who: Signed) -> InterviewOut:
    """Open the interview a second time, once; the candidate's own link leads to it. The first is kept."""
    second = retakes.grant(app, who.organisation_id, application_id, actor=who.actor, reason=body.reason)
    return InterviewOut.model_validate(interview_facts(app, who.organisation_id, second.id))


@router.post("/interviews/{interview_id}/count")
def let_count(interview_id: str, body: ReasonIn, app: Foyer, who: Signed) -> InterviewOut:
    """Of two interviews this one counts. Receivers of results get its report as the newest revision."""
    retakes.choose(app, who.organisation_id, interview_id, actor=who.actor, reason=body.reason)
    return InterviewOut.model_validate(interview_facts(app, who.organisation_id, interview_id))


@pages.post("/applications/{application_id}/retake")
def grant_retake_page(
    application_id: str,
    request: Request,
    app: Foyer,
    who: Signed,
    actor: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
) -> Response:
    """By a named person, with a reason."""
    act = partial(retakes.grant, app, who.organisation_id, application_id)
    return _decided(request, app, who, application_id, act, actor, reason)


@pages.post("/interviews/{interview_id}/count")
def let_count_page(
    interview_id: str,
    request: Request,
    app: Foyer,
    who: Signed,
    actor: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
) -> Response:
    """By a named person, with a reason."""
    with app.database.reading() as store:
        application_id = store.interview(who.organisation_id, interview_id).application_id
    act = partial(retakes.choose, app, who.organisation_id, interview_id)
    return _decided(request, app, who, application_id, act, actor, reason)


def _decided(
    request: Request,
    app: App,
    who: Recruiter,
    application_id: str,
    act: Callable[..., object],
    actor: str,
    reason: str,
) -> Response:
    """`act` takes the keywords actor and reason. Back to the application, with what stood in the way if anything."""
    try:
        person, why = _named(who, actor, reason)
        act(actor=person, reason=why)
    except (BadRequest, Conflict) as error:
        return application_page(request, app, who, application_id, problem=error.detail, status=error.status)
    return RedirectResponse(f"/applications/{application_id}", status_code=303)


def _named(who: Recruiter, actor: str, reason: str) -> tuple[str, str]:
    """Who decides, and why. Raises BadRequest."""
    name, why = who.signing(actor), reason.strip()[:2000]
    if not name or len(why) < 3 or "\0" in why:
        raise BadRequest("This needs your name and a reason.")
    return name, why


@pages.post("/applications/{application_id}/code")
def hand_out_page(application_id: str, request: Request, app: Foyer, who: Signed) -> Response:
    """Shown once, on this answer: only its hash is kept."""
    with app.database.reading() as store:
        interview = store.interview_of(who.organisation_id, application_id)
    if interview is None:
        raise BadRequest("This candidate is not invited yet; invite them first.")
    digits, kept = entry.hand_out(app, who.organisation_id, interview.id)
    return application_page(request, app, who, application_id, code=digits, code_expires=kept.expires_at)


@pages.get("/requests/{request_id}")
def request_page(request_id: str, request: Request, app: Foyer, who: Signed) -> Response:
    """Apart from the application, whose readers need not know why somebody is given more time."""
    return _page(request_id, request, app, who)


@pages.post("/requests/{request_id}/answer")
def answer_page(
    request_id: str,
    request: Request,
    app: Foyer,
    who: Signed,
    text: Annotated[str, Form()] = "",
    extra_minutes: Annotated[int, Form()] = 0,
) -> Response:
    try:
        asks.answer(app, who.organisation_id, request_id, text, by=who.actor, extra_minutes=extra_minutes)
    except BadRequest as error:
        return _page(request_id, request, app, who, problem=error.detail, status=error.status)
    return RedirectResponse(f"/requests/{request_id}?saved=1", status_code=303)


@pages.post("/requests/{request_id}/erase")
def erase_page(request_id: str, request: Request, app: Foyer, who: Signed) -> Response:
    """What the candidate asked for, carried out by a named person."""
    with app.database.reading() as store:
        asked = store.request(who.organisation_id, request_id)
        interview = store.interview(who.organisation_id, asked.interview_id)
        application = store.application(who.organisation_id, interview.application_id)
    if asked.kind != "erasure":
        raise BadRequest("This request is another one. Erase somebody with DELETE /v1/candidates/ID or `foyer erase`.")
    person = person_of(who).signature
    record = erase_for(app, who.organisation_id, application.candidate_id, because="they asked", person=person)
    return page(request, "erased.html", recruiter=who, section="jobs", record=record, job_id=application.job_id)


def _page(
    request_id: str, request: Request, app: App, who: Recruiter, *, problem: str = "", status: int = 200
) -> Response:
    with app.database.reading() as store:
        asked = store.request(who.organisation_id, request_id)
        interview = store.interview(who.organisation_id, asked.interview_id)
        application = store.application(who.organisation_id, interview.application_id)
        shown = _shown(app, store, asked)
    facts: dict[str, Any] = {
        "asked": shown,
        "kind": asks.KINDS[asked.kind],
        "wishes": [asks.WISHES[wish] for wish in asked.detail["wishes"]],
        "interview": interview,
        "choices": choices(interview.minutes),
        "application_id": application.id,
        "person": application.candidate.name or "The candidate",
        "problem": problem,
        "message": SENT if request.query_params.get("saved") else "",
    }
    return page(request, "request.html", status=status, recruiter=who, section="jobs", **facts)


def _shown(app: App, store: Store, request: CandidateRequest) -> RequestOut:
    return RequestOut(
        id=request.id,
        kind=request.kind,
        wishes=request.detail["wishes"],
        text=request.detail["text"],
        extra_minutes=int(request.detail.get(GRANTED, 0)),
        during=request.during,
        made_at=request.made_at,
        answer=request.answer,
        answered_by=request.answered_by,
        answered_at=request.answered_at,
        due_on=notices.due_on(app, store, request),
    )
