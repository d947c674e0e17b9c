"""The candidate's page when the interview is over: what happens next, the transcript to keep and to correct, and how
it was for them. Plain forms, so that it works without JavaScript; the room's cookie says whose interview it is.

A correction stands beside what was understood and replaces nothing: the report keeps quoting the transcript, and the
person who reads it sees both."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from api import retakes
from api.asks import ask
from api.deps import App, Foyer, page
from api.remarks import Line, lines
from api.routes.room import facts_of
from api.security import ROOM_COOKIE, interview_of_session
from models.errors import BadRequest, Conflict
from models.records import Interview
from models.sentences import N_
from models.values import InterviewPlan, Scorecard

router = APIRouter(include_in_schema=False)

LONGEST_CORRECTION, LONGEST_COMMENT = 10_000, 2_000
RATINGS = (1, 5)
SAVED = {
    "correction": N_("Your correction is kept beside what was understood."),
    "feedback": N_("Thank you. Your answer is kept apart from your application."),
    "review": N_("Your request has reached the employer. Their answer appears here."),
}


@router.get("/room/after")
def after(request: Request, app: Foyer, saved: str = "") -> HTMLResponse:
    interview = _completed(request, app)
    found, rating = _lines(app, interview)
    with app.database.reading() as store:
        again = retakes.offered(app, store, interview) is not None
    return page(
        request,
        "after.html",
        lines=found,
        rating=rating,
        saved=SAVED.get(saved, ""),
        ended_early=interview.finish_reason == "withdrawn",
        again=again,
        **facts_of(app, interview),
    )


@router.get("/room/after/transcript.txt")
def transcript_file(request: Request, app: Foyer) -> PlainTextResponse:
    """Theirs to keep."""
    found, _ = _lines(app, _completed(request, app))
    text = "\n\n".join(
        f"{'You' if line.turn.role == 'candidate' else 'Interviewer'}: {line.turn.text}"
        + (f"\n  (you corrected this to: {line.correction})" if line.correction else "")
        for line in found
    )
    headers = {"Content-Disposition": 'attachment; filename="interview.txt"'}
    return PlainTextResponse(text + "\n", headers=headers)


@router.post("/room/after/corrections")
def correct(request: Request, app: Foyer, turn: Annotated[int, Form()], text: Annotated[str, Form()] = "") -> Response:
    interview, said = _completed(request, app), text.strip()
    found, _ = _lines(app, interview)
    if not 0 <= turn < len(found) or found[turn].turn.role != "candidate":
        raise BadRequest("This line of the transcript is not there. Load the page again and correct it there.")
    if not said or len(said) > LONGEST_CORRECTION:
        raise BadRequest(
            f"A correction has 1 to {LONGEST_CORRECTION:,} characters. Write what you said in that answer."
        )
    if said != (found[turn].correction or found[turn].turn.text):
        with app.database.store() as store:
            store.add_remark(interview.organisation_id, interview.id, "correction", said, turn=turn, now=app.now)
    return RedirectResponse(f"/room/after?saved=correction#turn-{turn}", status_code=303)


@router.post("/room/after/feedback")
def feedback(
    request: Request, app: Foyer, rating: Annotated[int | None, Form()] = None, text: Annotated[str, Form()] = ""
) -> Response:
    interview, words = _completed(request, app), text.strip()[:LONGEST_COMMENT]
    lowest, highest = RATINGS
    if rating is None and not words:
        raise BadRequest("Choose one of the answers, or write a few words.")
    if rating is not None and not lowest <= rating <= highest:
        raise BadRequest(f"A rating is a number from {lowest} to {highest}.")
    with app.database.store() as store:
        store.add_remark(interview.organisation_id, interview.id, "feedback", words, rating=rating, now=app.now)
    return RedirectResponse("/room/after?saved=feedback#feedback", status_code=303)


@router.get("/room/after/summary")
def summary(request: Request, app: Foyer, saved: str = "") -> HTMLResponse:
    """What was assessed and how, in plain words, on request. No scores, no ratings, no recommendation: those are the
    employer's to tell."""
    return _summary(request, app, _completed(request, app), saved=SAVED.get(saved, ""))


@router.post("/room/after/review")
def review(request: Request, app: Foyer, text: Annotated[str, Form()] = "") -> Response:
    """A person is to look at the evaluation anew. Kept, shown and answered where all requests are."""
    interview = _completed(request, app)
    try:
        ask(app, interview, "review", text=text)
    except (BadRequest, Conflict) as error:
        return _summary(request, app, interview, problem=error.detail, status=error.status)
    return RedirectResponse("/room/after/summary?saved=review#review", status_code=303)


def _summary(
    request: Request, app: App, interview: Interview, *, saved: str = "", problem: str = "", status: int = 200
) -> HTMLResponse:
    plan = InterviewPlan.model_validate(interview.plan)
    with app.database.reading() as store:
        report = store.report_of(interview.organisation_id, interview.id)
        asked = [one for one in store.requests(interview.organisation_id, interview.id) if one.kind == "review"]
    card = Scorecard.model_validate(report.scorecard) if report is not None else None
    open_ = {one.competency_id for one in card.competencies if one.rating is None} if card is not None else set()
    return page(
        request,
        "summary.html",
        status=status,
        competencies=[(one.name, one.description, one.id in open_) for one in plan.competencies],
        checks=[one.text for one in plan.questions if one.kind == "check"],
        written=card is not None,
        scored=card is not None and all(flag.code != "not_scored" for flag in card.flags),
        requests=asked,
        saved=saved,
        problem=problem,
        **facts_of(app, interview),
    )


def _completed(request: Request, app: App) -> Interview:
    """Raises Unauthorized, Gone, Conflict."""
    interview = interview_of_session(app.database, request.cookies.get(ROOM_COOKIE))
    if interview.state != "completed":
        raise Conflict("Your interview is not over yet. Go on with it in its own window, or load /room.")
    return interview


def _lines(app: App, interview: Interview) -> tuple[list[Line], int | None]:
    """The transcript with corrections, and the newest rating."""
    with app.database.reading() as store:
        remarks = store.remarks(interview.organisation_id, interview.id)
        found = lines(store, interview, remarks)
    ratings = [one.rating for one in remarks if one.rating is not None]
    return found, ratings[-1] if ratings else None
