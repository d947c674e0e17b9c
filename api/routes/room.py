"""The candidate's pages: behind the invitation's link, and the interview itself. The socket is in `socket.py`.

Opening the link changes nothing (mail scanners open links); consent and the Start button use it up.
"""

from __future__ import annotations

from email.utils import parseaddr
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.deps import App, Foyer, page
from api.security import CONSENT_TEXT, ROOM_COOKIE, digest, find_invitation, interview_of_session, open_interview
from models.errors import Conflict, Gone, NotFound, Unauthorized
from models.records import Interview
from models.values import InterviewPlan

router = APIRouter(include_in_schema=False)

SOCKET_PATH = "/room/socket"
DAY_SECONDS = 24 * 3600
CLOSED = {
    "completed": ("This interview is complete", "Thank you. Nothing more is needed from you; a person reads it next."),
    "expired": ("This invitation has expired", "The time for this interview is over. Ask for a new link if you still "
                "want to take part."),
    "withdrawn": ("This interview has ended", "It was withdrawn. If you think this is wrong, please ask."),
    "used": ("This link was used already", "An interview link opens once. Go on in the window where you opened it, or "
             "ask for a new link: your answers so far are kept."),
    "unknown": ("This link does not work", "It may have been replaced by a newer one, or cut off by your mail program. "
                "Please use the latest e-mail and open the whole link."),
}  # fmt: skip


@router.get("/i/{token}")
def landing(token: str, request: Request, app: Foyer) -> Response:
    """What awaits the candidate, before they agree to anything."""
    try:
        interview = find_invitation(app.database, app.signer, token)
    except NotFound:
        return _closed(request, app, None, "unknown", status=404)
    state = _link_state(app, interview)
    if state == "completed" and _holds_session(request, interview):
        return RedirectResponse("/room/after", status_code=303)
    if state == "used" and _holds_session(request, interview):
        return _go_on(request, app, interview)
    if state is not None:
        return _closed(request, app, interview, state, status=200 if state == "completed" else 410)
    return page(request, "landing.html", token=token, consent_text=CONSENT_TEXT, **facts_of(app, interview))


@router.post("/i/{token}/start")
def start(token: str, request: Request, app: Foyer, consent: Annotated[str, Form()] = "") -> Response:
    """Consent was given: the link is used up, this browser holds the interview from now on."""
    if consent != "yes":
        return RedirectResponse(f"/i/{token}", status_code=303)
    try:
        _, session = open_interview(app.database, app.signer, token, app.now)
    except NotFound:
        return _closed(request, app, None, "unknown", status=404)
    except (Conflict, Gone):
        return landing(token, request, app)  # which says why, or lets this very browser go on
    answer = RedirectResponse("/room", status_code=303)
    answer.set_cookie(
        ROOM_COOKIE,
        session,
        max_age=round(app.settings.voice.link_days * DAY_SECONDS),
        httponly=True,
        secure=app.settings.base_url.startswith("https:"),
        samesite="lax",  # so that the e-mail's link, opened again in this browser, leads back into the room
    )
    return answer


@router.get("/room")
def room(request: Request, app: Foyer) -> Response:
    """The interview page. Needs the cookie that `start` hands out."""
    try:
        interview = interview_of_session(app.database, request.cookies.get(ROOM_COOKIE))
    except (Unauthorized, Gone) as error:
        return _way_out(request, app, None, "Please use your link", error.detail, status=error.status)
    if interview.state == "completed":
        return RedirectResponse("/room/after", status_code=303)
    with app.database.reading() as store:
        begun = bool(store.events(interview.organisation_id, interview.id))
    return page(request, "room.html", resumed=begun, socket_path=SOCKET_PATH, **facts_of(app, interview))


def _link_state(app: App, interview: Interview) -> str | None:
    """A key of CLOSED; None for a link that can be used."""
    if interview.state in ("completed", "expired", "withdrawn"):
        return interview.state
    if interview.link_used_at is not None:
        return "used"
    return "expired" if interview.expires_at <= app.now else None


def _holds_session(request: Request, interview: Interview) -> bool:
    session = request.cookies.get(ROOM_COOKIE)
    return session is not None and digest(session) == interview.session_hash


def facts_of(app: App, interview: Interview) -> dict[str, Any]:
    """What all pages say about the interview."""
    plan = InterviewPlan.model_validate(interview.plan)
    with app.database.reading() as store:
        application = store.application(interview.organisation_id, interview.application_id)
        job = store.job(interview.organisation_id, application.job_id)
        employer = store.organisation(interview.organisation_id).name
    return {
        "employer": employer,
        "job_title": job.title,
        "candidate_name": application.candidate.name,
        "minutes": plan.minutes,
        "questions": len(plan.questions),
        "expires": interview.expires_at,
        "contact": _contact(app),
    }


def _contact(app: App) -> str:
    """Where a candidate can write to; empty when the sender takes no mail."""
    address = parseaddr(app.settings.mail.sender)[1]
    local, _, domain = address.partition("@")
    return "" if domain in ("", "localhost") or local.replace("-", "") == "noreply" else address


def _closed(request: Request, app: App, interview: Interview | None, state: str, *, status: int) -> HTMLResponse:
    heading, text = CLOSED[state]
    return _way_out(request, app, interview, heading, text, status=status)


def _go_on(request: Request, app: App, interview: Interview) -> HTMLResponse:
    text = "You have started this interview in this browser. It goes on where it stopped."
    action = {"action_path": "/room", "action_label": "Go on with the interview"}
    return _way_out(request, app, interview, "Welcome back", text, status=200, **action)


def _way_out(
    request: Request, app: App, interview: Interview | None, heading: str, text: str, *, status: int, **action: str
) -> HTMLResponse:
    employer = ""
    if interview is not None:
        with app.database.reading() as store:
            employer = store.organisation(interview.organisation_id).name
    facts = {"employer": employer, "heading": heading, "text": text, "contact": _contact(app)}
    return page(request, "link_closed.html", status=status, **facts, **action)
