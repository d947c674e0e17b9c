"""People's ratings beside Foyer's, rejections of several at once, and the oversight of both: as JSON, and as pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api import agreeing, overseeing, reviewing
from api.deps import App, Fields, Foyer, Signed, page
from api.overseeing import Overseen, Wanted
from api.remarks import lines
from api.review_schemas import (
    AlarmOut,
    AskedOut,
    BlindIn,
    DoubtOut,
    FinalIn,
    FirstOut,
    LookIn,
    OverseenOut,
    OversightOut,
    RejectManyIn,
    ReviewEventIn,
    ReviewOut,
    ShareOut,
    ValidationOut,
    WantedOut,
)
from api.reviewing import Standing
from api.second_look import human_review, rated
from api.security import Recruiter
from compliance.agreement import NAMES
from compliance.oversight import FEW_SECONDS, FEWEST_PAIRS, LIMITS, SAMPLE_LEAST, SAMPLE_SHARE, Share
from interview.spoken import clock, spoken_words
from models.errors import BadRequest, Conflict, Forbidden, FoyerError
from models.records import Interview, Review
from models.store import Store
from models.values import HumanRating

router = APIRouter(prefix="/api", tags=["reviews"])
pages = APIRouter(include_in_schema=False)

MOST_LISTED = 250
"""On a page of rejections; the others follow as these are decided on."""


# ---------------------------------------------------------------- rating, as JSON


@router.get("/interviews/{interview_id}/review")
def review(interview_id: str, app: Foyer, who: Signed) -> ReviewOut:
    """What to rate, and what you said. Foyer's rating and those of others are in it once you have said your own."""
    with app.database.reading() as store:
        found = reviewing.standing(store, who.organisation_id, interview_id, who.person)
    if found.first is not None and found.report is not None:
        reviewing.note(app, who, found.application.id, "revealed", "report")
    return _shown(found)


@router.post("/interviews/{interview_id}/review", status_code=201)
def save(interview_id: str, body: BlindIn, app: Foyer, who: Signed) -> ReviewOut:
    """Your own rating, before you see any other. Once: it cannot be changed, only followed by a final one."""
    ratings = [
        HumanRating(competency_id=one.competency_id, name="", rating=one.rating, text=one.note) for one in body.ratings
    ]
    reviewing.save(app, who, interview_id, ratings)
    return review(interview_id, app, who)


@router.post("/interviews/{interview_id}/review/look", status_code=201)
def look(interview_id: str, body: LookIn, app: Foyer, who: Signed) -> ReviewOut:
    """See Foyer's rating without rating first. Recorded with your reason, and counted in the figures."""
    reviewing.look(app, who, interview_id, body.reason)
    return review(interview_id, app, who)


@router.post("/interviews/{interview_id}/review/reveal")
def reveal(interview_id: str, app: Foyer, who: Signed) -> ReviewOut:
    """Foyer's rating beside yours. Refused (409) until yours is saved."""
    return _shown(reviewing.reveal(app, who, interview_id))


@router.post("/interviews/{interview_id}/review/final", status_code=201)
def conclude(interview_id: str, body: FinalIn, app: Foyer, who: Signed) -> ReviewOut:
    """Your final rating, with a reason wherever it differs from Foyer's. Sent to receivers beside Foyer's, as
    `assessment.reviewed`; an earlier one of yours stays."""
    ratings = [HumanRating(name="", **one.model_dump()) for one in body.ratings]
    reviewing.conclude(app, who, interview_id, ratings)
    return review(interview_id, app, who)


@router.post("/applications/{application_id}/review-events", status_code=204)
def event(application_id: str, body: ReviewEventIn, app: Foyer, who: Signed) -> None:
    """Tell what the person did elsewhere: opened the application, opened evidence, is still reading."""
    with app.database.reading() as store:
        store.application(who.organisation_id, application_id)
    reviewing.person_of(who)
    reviewing.note(app, who, application_id, body.kind, body.what)


@router.post("/jobs/{job_id}/reject", status_code=204)
def reject_many(job_id: str, body: RejectManyIn, app: Foyer, who: Signed) -> None:
    """Reject several at once, all or none. A tenth of them, at least three, must have been opened by the same person
    before (409 names some to open)."""
    reviewing.reject_many(app, who, job_id, body.applications, body.reason)


@router.get("/oversight")
def oversight(app: Foyer, who: Signed) -> OversightOut:
    """How reviewers review: time spent, overrides, agreement, and alarms where it looks like a formality."""
    found = overseeing.recent(app, who.organisation_id, wait=True)
    assert found is not None
    return OversightOut(
        since=found.at - overseeing.WINDOW,
        lines=[_line(one) for one in found.lines],
        cards=[ValidationOut.model_validate(one) for one in agreeing.shown(found.cards)],
    )


@router.get("/second-opinions")
def second_opinions(app: Foyer, who: Signed) -> list[WantedOut]:
    """Interviews on which raters disagree, or Foyer is unsure, and that want another person."""
    with app.database.reading() as store:
        found = overseeing.second_opinions(store, who)
    return [_wanted(one) for one in found]


def _shown(found: Standing) -> ReviewOut:
    return ReviewOut(
        interview_id=found.interview.id,
        competencies=[AskedOut(**one.model_dump(include={*AskedOut.model_fields})) for one in found.competencies],
        reasons=dict(reviewing.CODES),
        mine=_first(found.first) if found.first is not None else None,
        finals=[human_review(one) for one in found.finals],
        foyer=found.scorecard,
        others=[_first(one) for one in found.others],
        result=found.result,
    )


def _first(one: Review) -> FirstOut:
    return FirstOut(
        reviewer=one.reviewer, kind=one.kind, at=one.at, ratings=rated(one), reason=one.content.get("reason", "")
    )


def _line(one: Overseen) -> OverseenOut:
    found = one.figures
    return OverseenOut(
        reviewer=one.reviewer,
        job_id=one.job_id,
        job=one.job,
        decisions=found.decisions,
        together=found.together,
        median_seconds=found.median_seconds,
        overridden=_share(found.overridden),
        pairs=found.pairs,
        agreement=found.agreement,
        hurried=_share(found.hurried),
        looks_first=_share(found.looks_first),
        gives_up=_share(found.gives_up),
        alarms=[AlarmOut(name=each.name, text=each.text) for each in one.alarms],
        enough=one.enough,
    )


def _share(share: Share) -> ShareOut:
    return ShareOut(count=share.count, of=share.of, value=share.value)


def _wanted(one: Wanted) -> WantedOut:
    doubts = [DoubtOut(why=why, competencies=names) for why, names in one.doubts]
    return WantedOut(**{**asdict(one), "doubts": doubts})


# ---------------------------------------------------------------- rating, as pages


@pages.get("/interviews/{interview_id}/review")
def review_page(interview_id: str, request: Request, app: Foyer, who: Signed) -> Response:
    """Transcript and recording, and beside them what to rate; once rated, Foyer's rating and the final one."""
    return _review_page(request, app, who, interview_id, {})


@pages.post("/interviews/{interview_id}/review")
def save_page(interview_id: str, request: Request, app: Foyer, who: Signed, fields: Fields) -> Response:
    try:
        reviewing.save(app, who, interview_id, _ratings(app, who, interview_id, fields))
    except (BadRequest, Conflict, Forbidden) as error:
        return _review_page(request, app, who, interview_id, fields, problem=error)
    return RedirectResponse(f"/interviews/{interview_id}/review#foyer", status_code=303)


@pages.post("/interviews/{interview_id}/review/look")
def look_page(
    interview_id: str, request: Request, app: Foyer, who: Signed, reason: Annotated[str, Form()] = ""
) -> Response:
    try:
        reviewing.look(app, who, interview_id, reason)
    except (BadRequest, Conflict, Forbidden) as error:
        return _review_page(request, app, who, interview_id, {}, problem=error)
    return RedirectResponse(f"/interviews/{interview_id}/review#foyer", status_code=303)


@pages.post("/interviews/{interview_id}/review/final")
def conclude_page(interview_id: str, request: Request, app: Foyer, who: Signed, fields: Fields) -> Response:
    try:
        reviewing.conclude(app, who, interview_id, _ratings(app, who, interview_id, fields))
    except (BadRequest, Conflict, Forbidden) as error:
        return _review_page(request, app, who, interview_id, fields, problem=error)
    return RedirectResponse(f"/interviews/{interview_id}/review#final", status_code=303)


def _ratings(app: App, who: Recruiter, interview_id: str, fields: Mapping[str, list[str]]) -> list[HumanRating]:
    """Of the form's fields `rating-0`, `text-0`, `code-0` ... in the order of the competencies; those not chosen are
    left out. Raises NotFound."""
    with app.database.reading() as store:
        asked = reviewing.standing(store, who.organisation_id, interview_id, None).competencies
    found = []
    for place, competency in enumerate(asked):
        chosen = _field(fields, f"rating-{place}")
        if chosen == "none" or chosen in ("1", "2", "3", "4", "5"):
            found.append(
                HumanRating(
                    competency_id=competency.id,
                    name=competency.name,
                    rating=None if chosen == "none" else int(chosen),
                    code=_field(fields, f"code-{place}"),
                    text=_field(fields, f"text-{place}"),
                )
            )
    return found


def _field(fields: Mapping[str, list[str]], name: str) -> str:
    return fields.get(name, [""])[0]


def _review_page(
    request: Request,
    app: App,
    who: Recruiter,
    interview_id: str,
    typed: Mapping[str, list[str]],
    *,
    problem: FoyerError | None = None,
) -> Response:
    with app.database.reading() as store:
        found = reviewing.standing(store, who.organisation_id, interview_id, who.person)
        job = store.job(who.organisation_id, found.application.job_id)
        transcript = _transcript(store, found.interview)
        audible = store.held(found.interview).recording_sha256 is not None
    if who.person is None:
        return RedirectResponse(f"/me?next=/interviews/{interview_id}/review", status_code=303)
    reviewing.note(app, who, found.application.id, "opened", "review")
    reviewing.note(app, who, found.application.id, "evidence", "transcript")
    if found.report is not None:
        reviewing.note(app, who, found.application.id, "revealed", "report")
    scorecard = found.scorecard
    return page(
        request,
        "review.html",
        status=problem.status if problem is not None else 200,
        recruiter=who,
        section="jobs",
        problem=problem.detail if problem is not None else "",
        found=found,
        job=job,
        candidate=found.application.candidate.name or found.application.document.filename,
        transcript=transcript,
        typed={name: values[0] for name, values in typed.items() if values},
        codes=reviewing.CODES,
        foyer={one.competency_id: one for one in scorecard.competencies} if scorecard is not None else {},
        scorecard=scorecard,
        own={one.competency_id: one for one in rated(found.first)} if found.first is not None else {},
        last={one.competency_id: one for one in rated(found.finals[-1])} if found.finals else {},
        others=[(one, rated(one)) for one in found.others],
        audio=f"/api/interviews/{interview_id}/recording" if audible else "",
    )


def _transcript(store: Store, interview: Interview) -> list[dict[str, Any]]:
    held = store.held(interview)
    remarks = store.remarks(interview.organisation_id, held.id)
    audible = held.recording_sha256 is not None
    return [
        {"line": line, "time": clock(line.turn.start), "words": spoken_words(line.turn) if audible else ()}
        for line in lines(store, interview, remarks)
    ]


# ---------------------------------------------------------------- rejecting several, as a page


@pages.get("/jobs/{job_id}/reject")
def reject_many_page(job_id: str, request: Request, app: Foyer, who: Signed) -> Response:
    return _reject_page(request, app, who, job_id, {})


@pages.post("/jobs/{job_id}/reject")
def reject_many_form(job_id: str, request: Request, app: Foyer, who: Signed, fields: Fields) -> Response:
    chosen, reason = fields.get("application", []), _field(fields, "reason").strip()[:2000]
    with app.database.reading() as store:
        store.job(who.organisation_id, job_id)
    try:
        if len(reason) < reviewing.SHORTEST_REASON:
            raise BadRequest("Rejecting needs a reason. It is kept with each decision.")
        reviewing.reject_many(app, who, job_id, chosen, reason)
    except (BadRequest, Conflict, Forbidden) as error:
        return _reject_page(request, app, who, job_id, fields, problem=error)
    return RedirectResponse(f"/jobs/{job_id}", status_code=303)


def _reject_page(
    request: Request,
    app: App,
    who: Recruiter,
    job_id: str,
    typed: Mapping[str, list[str]],
    *,
    problem: FoyerError | None = None,
) -> Response:
    with app.database.reading() as store:
        job = store.job(who.organisation_id, job_id)
        if who.person is None:
            return RedirectResponse(f"/me?next=/jobs/{job_id}/reject", status_code=303)
        listed = store.undecided(who.organisation_id, job_id, MOST_LISTED + 1)
        opened = store.opened_by(who.organisation_id, job_id, who.person, {one.id for one in listed})
    return page(
        request,
        "reject_many.html",
        status=problem.status if problem is not None else 200,
        recruiter=who,
        section="jobs",
        problem=problem.detail if problem is not None else "",
        job=job,
        listed=listed[:MOST_LISTED],
        most=MOST_LISTED if len(listed) > MOST_LISTED else None,
        opened=opened,
        chosen=set(typed.get("application", [])),
        reason=_field(typed, "reason"),
        share=round(SAMPLE_SHARE * 100),
        least=SAMPLE_LEAST,
    )


# ---------------------------------------------------------------- oversight, as a page


@pages.get("/oversight")
def oversight_page(request: Request, app: Foyer, who: Signed, each: bool = False) -> HTMLResponse:
    """Alarms first, then who and which job, then what wants another person. `each` person in each job is a long list:
    shown once somebody opens it."""
    counted = overseeing.recent(app, who.organisation_id, wait=each)
    found = counted.lines if counted is not None else []
    with app.database.reading() as store:
        wanted = overseeing.second_opinions(store, who)
    return page(
        request,
        "oversight.html",
        counted=counted,
        old=counted is not None and (app.now - counted.at).total_seconds() > overseeing.KEPT_SECONDS,
        cards=counted.cards if counted is not None else [],
        figure_names=NAMES,
        recruiter=who,
        section="oversight",
        everybody=next((one for one in found if not one.reviewer and not one.job_id), None),
        people=[one for one in found if one.reviewer and not one.job_id],
        jobs=[one for one in found if one.job_id and not one.reviewer],
        both=[one for one in found if one.job_id and one.reviewer],
        each=each,
        raised=[one for one in found if one.alarms and not (one.reviewer and one.job_id)],
        wanted=wanted,
        looked_at=overseeing.MOST_REPORTS,
        days=overseeing.WINDOW.days,
        few_seconds=round(FEW_SECONDS),
        fewest_pairs=FEWEST_PAIRS,
        limits=LIMITS,
    )
