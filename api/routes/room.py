"""The interview's page, and what all of the candidate's pages say. The socket is in `socket.py`, what lies behind the
link in `home.py`."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api import brandings
from api.adjusting import adjustment_of
from api.asks import WISHES, ask
from api.brandings import own_contact
from api.deps import App, Foyer, page
from api.security import ROOM_COOKIE, interview_of_session
from models.errors import Conflict, Gone, Unauthorized
from models.records import Interview
from models.sentences import N_
from models.values import InterviewPlan

router = APIRouter(include_in_schema=False)

SOCKET_PATH = "/room/socket"


@router.get("/room")
def room(request: Request, app: Foyer) -> Response:
    """The interview page. Needs the cookie that `start` hands out."""
    try:
        interview = interview_of_session(app.database, request.cookies.get(ROOM_COOKIE))
    except (Unauthorized, Gone) as error:
        return way_out(request, app, N_("Please use your link"), error.detail, status=error.status)
    if interview.state == "completed":
        return RedirectResponse("/room/after", status_code=303)
    with app.database.reading() as store:
        begun = bool(store.events(interview.organisation_id, interview.id))
    facts = facts_of(app, interview) | {"resumed": begun, "socket_path": SOCKET_PATH, "wishes": WISHES}
    return page(request, "room.html", **facts)


@router.post("/room/requests", status_code=204)
def ask_during(
    request: Request,
    app: Foyer,
    wishes: Annotated[list[str] | None, Form()] = None,
    text: Annotated[str, Form()] = "",
) -> None:
    """Help or an adjustment is asked for in the interview, which the page has paused meanwhile."""
    interview = interview_of_session(app.database, request.cookies.get(ROOM_COOKIE))
    if interview.state == "completed":
        raise Conflict("The interview is over. Ask on the page that your link opens.")
    ask(app, interview, "adjustment", wishes=wishes or (), text=text, during=True)


def facts_of(app: App, interview: Interview) -> dict[str, Any]:
    """What all pages say about the interview."""
    plan = InterviewPlan.model_validate(interview.plan)
    with app.database.reading() as store:
        application = store.application(interview.organisation_id, interview.application_id)
        job = store.job(interview.organisation_id, application.job_id)
        branding = brandings.branding_of(app, store, interview.organisation_id)
        employer = brandings.employer(store, interview.organisation_id, branding)
        extra = adjustment_of(store, interview).extra_minutes
    return {
        "employer": employer,
        "job_title": job.title,
        "candidate_name": application.candidate.name,
        "minutes": plan.minutes + extra,
        "questions": len(plan.questions),
        "expires": interview.expires_at,
        "contact": branding.contact,
        "branding": brandings.shown(interview.organisation_id, branding),
        "spoken": plan.language,
    }


def way_out(request: Request, app: App, heading: str, text: str, *, status: int) -> HTMLResponse:
    """A link or session that leads nowhere, and whom to ask."""
    facts = {"employer": "", "heading": heading, "text": text, "contact": own_contact(app)}
    return page(request, "link_closed.html", status=status, **facts)
