"""The candidate's home behind the invitation's link: where the interview stands, and starting it. Booking, requests and
data are in `own.py`, the interview itself in `room.py`.

Opening the link changes nothing (mail scanners open links); code, consent and the Start button use it up.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from api import bookings, brandings, entry, notices, retakes, reuse
from api.asks import KINDS, WISHES
from api.deps import App, Foyer, give_cookie, page
from api.routes.room import facts_of, way_out
from api.security import CONSENT_TEXT, ROOM_COOKIE, digest, find_invitation, open_interview
from api.standings import SAVED, STANDINGS, UNKNOWN
from interview.slots import spelled, zone_named
from models.errors import BadRequest, Conflict, EngineError, Gone, NotFound, TooMany
from models.records import Booking, CandidateRequest, Interview, Reuse
from models.sentences import N_, sentence, sentences
from models.store import Store
from models.store.interviews import OVER
from models.store.visits import Tried

router = APIRouter(include_in_schema=False)

DAY_SECONDS = 24 * 3600
NEXT_TIMES = 4
THEN = {"start": "", "home": "", "withdraw": "/withdraw", "data": "/data", "ask": "/ask", "about": "/about-you"}
"""What a code is asked for -> the page that follows it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an interview stands, in plain words. `open`: it can be started or booked; `status`: of the page."""

    key: str
    heading: str
    text: str
    status: int

    @property
    def open(self) -> bool:
        return self.key in ("invited", "again", "resumed", "booked", "missed", "reusing")


# ---------------------------------------------------------------- looking


@router.get("/i/{token}")
def home(token: str, request: Request, app: Foyer, saved: str = "") -> Response:
    """What happens when, where it stands, and what can be done now."""
    try:
        interview = find_invitation(app.database, app.signer, token)
    except NotFound:
        return way_out(request, app, *UNKNOWN, status=404)
    return home_page(request, app, token, interview, saved=SAVED.get(saved, ""))


def home_page(
    request: Request, app: App, token: str, interview: Interview, *, saved: str = "", problem: str = "", status: int = 0
) -> Response:
    known = entry.proven(request, app, interview)
    with app.database.reading() as store:
        interview = store.interview(interview.organisation_id, interview.id)
        booking = store.booking_of(interview.organisation_id, interview.id)
        agreed = store.reuse_of(interview.organisation_id, interview.id) if known else None
        now = standing(app, store, interview, booking, here=holds_session(request, interview), agreed=agreed)
        requests = asked_by(store, interview)
        zone = brandings.zone_of(interview, brandings.branding_of(app, store, interview.organisation_id))
        ways = _ways_in(app, store, interview, booking, zone) if now.open else {}
        texts = _texts(store, interview)
        once_more = _once_more(app, store, interview, known=known)
    facts: dict[str, Any] = {
        **facts_of(app, interview),
        **ways,
        **once_more,
        "token": token,
        "now": now,
        "zone": booking.zone if booking is not None else "",
        "home_zone": zone,
        "tells_zone": interview.zone is None or known,
        "texts": texts if known else None,
        "known": known,
        "requests": requests if known else [],
        "asked": len(requests),
        "kinds": KINDS,
        "wishes": WISHES,
        "saved": saved,
        "problem": problem,
        "consent_text": CONSENT_TEXT,
        "needs_code": app.settings.voice.code and not known,
    }
    return page(request, "home.html", status=status or now.status, **facts)


@router.post("/i/{token}/zone", status_code=204)
def tell_zone(token: str, request: Request, app: Foyer, zone: Annotated[str, Form()] = "") -> None:
    """In which time zone this browser is: messages tell times in it from now on."""
    interview = find_invitation(app.database, app.signer, token)
    if zone and zone_named(zone) == zone:
        with app.database.store() as store:
            surely = entry.proven(request, app, interview)
            store.set_zone(interview.organisation_id, interview.id, zone, surely=surely)


def _texts(store: Store, interview: Interview) -> dict[str, Any] | None:
    """To which number text messages can be sent, and whether they have agreed; None: they cannot."""
    candidate = store.application(interview.organisation_id, interview.application_id).candidate
    if not candidate.phone or store.texting(interview.organisation_id) is None:
        return None
    return {"number": f"•••{candidate.phone[-3:]}", "agreed": candidate.texts_at is not None}


def asked_by(store: Store, interview: Interview) -> list[CandidateRequest]:
    """All requests of the candidate, whichever of their interviews they were made at."""
    held = store.interviews_of(interview.organisation_id, interview.application_id)
    return [asked for each in held for asked in store.requests(interview.organisation_id, each.id)]


def _once_more(app: App, store: Store, interview: Interview, *, known: bool) -> dict[str, Any]:
    """What went wrong, where it may be held again; the earlier interview that could be used instead, and whether that
    can be taken back. Details are for a browser that is known."""
    source = reuse.offered(app, store, interview)
    agreed = store.reuse_of(interview.organisation_id, interview.id)
    delivered = agreed is not None and store.is_delivered(interview.organisation_id, interview.id)
    return {
        "failure": retakes.offered(app, store, interview),
        "earlier": source if agreed is None else None,
        "earlier_day": reuse.day(source) if source is not None and known else "",
        "earlier_text": reuse.text_for(source) if source is not None and known else "",
        "revocable": known and agreed is not None and not delivered,
    }


def _ways_in(app: App, store: Store, interview: Interview, booking: Booking | None, zone: str) -> dict[str, Any]:
    """Whether there is room now, and the next times to book: as (machine's time, what people read in `zone`)."""
    zone = booking.zone if booking is not None else zone
    free = bookings.times(app, store, interview) if interview.state == "invited" else []
    return {
        "room": bookings.open_now(app, store, interview),
        "next_times": [(slot.starts, spelled(slot.starts, zone)) for slot in free[:NEXT_TIMES]],
    }


def standing(
    app: App, store: Store, interview: Interview, booking: Booking | None, *, here: bool, agreed: Reuse | None = None
) -> Standing:
    """`here`: it was started in this very browser. `agreed`: to use an earlier one instead; told to a known browser.
    While the employer has suspended interviews everything that is not over waits."""
    if interview.state not in OVER and store.halted(interview.organisation_id, interview.application_id) is not None:
        return Standing("halted", *STANDINGS["halted"])
    key = _key(app, interview, booking, here=here)
    if agreed is not None and key in ("invited", "booked", "missed", "completed"):
        key = "reused" if key == "completed" else "reusing"
    heading, text, status = STANDINGS[key]
    when = spelled(booking.starts_at, booking.zone) if booking is not None else ""
    due = spelled(agreed.due_at, "UTC") if agreed is not None else ""
    return Standing(key, sentence(heading, when=when), sentence(text, due=due), status)


def _key(app: App, interview: Interview, booking: Booking | None, *, here: bool) -> str:
    if interview.state == "withdrawn" and interview.finish_reason == "candidate":
        return "left"
    if interview.state == "expired" and interview.attempt > 1:
        return "lapsed"
    if interview.state in OVER:
        return interview.state
    if interview.link_used_at is not None:
        return "begun" if here else "used"
    if interview.expires_at <= app.now:
        return "expired"
    if interview.started_at is not None:
        return "resumed"
    if booking is not None and booking.state in ("booked", "missed"):
        return booking.state
    return "again" if interview.attempt > 1 else "invited"


def holds_session(request: Request, interview: Interview) -> bool:
    session = request.cookies.get(ROOM_COOKIE)
    return session is not None and digest(session) == interview.session_hash


# ---------------------------------------------------------------- starting


@router.post("/i/{token}/start")
def start(token: str, request: Request, app: Foyer, consent: Annotated[str, Form()] = "") -> Response:
    """Consent was given. A browser that is not known yet is asked for the code first."""
    if consent != "yes":
        return RedirectResponse(f"/i/{token}", status_code=303)
    try:
        interview = find_invitation(app.database, app.signer, token)
    except NotFound:
        return way_out(request, app, *UNKNOWN, status=404)
    with app.database.reading() as store:
        booking = store.booking_of(interview.organisation_id, interview.id)
        now = standing(app, store, interview, booking, here=holds_session(request, interview))
        room = now.open and bookings.open_now(app, store, interview)
        early = notices.too_early(app, store, interview)
    if not now.open:
        return home_page(request, app, token, interview)  # which says why, or lets this very browser go on
    if early:
        return home_page(request, app, token, interview, problem=early, status=409)
    if not room:
        return _full(request, app, token, interview)
    if not entry.proven(request, app, interview):
        return _ask_code(request, app, token, interview, then="start", anew=False)
    return _enter(request, app, token, interview)


def _enter(request: Request, app: App, token: str, interview: Interview) -> Response:
    """The link is used up, this browser holds the interview from now on."""
    with app.database.reading() as store:
        early = notices.too_early(app, store, interview)
    if early:
        return home_page(request, app, token, interview, problem=early, status=409)
    try:
        _, session = open_interview(app.database, app.signer, token, app.now, partial(bookings.enter, app))
    except bookings.Full:
        return _full(request, app, token, interview)
    except (Conflict, Gone):
        return home_page(request, app, token, interview)
    answer = RedirectResponse("/room", status_code=303)
    give_cookie(answer, app, ROOM_COOKIE, session, seconds=round(app.settings.voice.link_days * DAY_SECONDS))
    return answer


def _full(request: Request, app: App, token: str, interview: Interview) -> Response:
    problem = N_(
        "All places were taken a moment ago. Your link stays valid: choose one of the next times, or try again later."
    )
    return home_page(request, app, token, interview, problem=problem, status=503)


# ---------------------------------------------------------------- the code


@router.get("/i/{token}/code")
def code(token: str, request: Request, app: Foyer, then: str = "home") -> Response:
    """Where the code is entered. Looking at it sends nothing."""
    return code_page(request, app, token, find_invitation(app.database, app.signer, token), then=then)


@router.post("/i/{token}/code")
def send_code(
    token: str,
    request: Request,
    app: Foyer,
    then: Annotated[str, Form()] = "home",
    consent: Annotated[str, Form()] = "",
) -> Response:
    """A fresh code, whether or not there is one on its way."""
    interview = find_invitation(app.database, app.signer, token)
    return _ask_code(request, app, token, interview, then=_then(then, consent), anew=True)


@router.post("/i/{token}/code/check")
def check_code(
    token: str,
    request: Request,
    app: Foyer,
    code: Annotated[str, Form()] = "",
    then: Annotated[str, Form()] = "home",
    consent: Annotated[str, Form()] = "",
) -> Response:
    """The right code makes this browser known, and goes on with what it was asked for."""
    interview = find_invitation(app.database, app.signer, token)
    then, shown = _then(then, consent), partial(code_page, request, app, token, interview, then=_then(then, consent))
    try:
        tried = entry.try_code(app, interview, code)
    except BadRequest as error:
        return shown(problem=error.detail, status=error.status)
    if not tried.right:
        return shown(problem=_wrong(tried), status=403)
    if then == "start":
        answer = _enter(request, app, token, interview)
    else:
        said = "?saved=code" if then == "home" else ""
        answer = RedirectResponse(f"/i/{token}{THEN[then]}{said}", status_code=303)
    entry.remember(answer, app, interview)
    return answer


def _wrong(tried: Tried) -> str:
    if not tried.live:
        return N_(
            "There is no code to compare with: it was used, is too old, or was tried too often. Ask for a new one."
        )
    if not tried.left:
        return N_("That is not the code, and it was the last try. Ask for a new one.")
    return sentences(
        "That is not the code. %(num)s try is left.", "That is not the code. %(num)s tries are left.", tried.left
    )


def _then(then: str, consent: str) -> str:
    """Nobody starts without consent, whatever the form says."""
    return then if then in THEN and (then != "start" or consent == "yes") else "home"


def _ask_code(request: Request, app: App, token: str, interview: Interview, *, then: str, anew: bool) -> Response:
    """Send one, unless the one sent before still counts and nobody asked for another."""
    problem, status = "", 200
    with app.database.reading() as store:
        sent = entry.last_sent(store, interview)
    if anew or sent is None or not entry.counts(app, sent):
        try:
            entry.mail_code(app, interview)
        except (TooMany, EngineError) as error:
            problem, status = error.detail, error.status
        except BadRequest:
            problem = ""  # the page says that there is no address, and what to do
    return code_page(request, app, token, interview, then=then, problem=problem, status=status)


def code_page(
    request: Request, app: App, token: str, interview: Interview, *, then: str, problem: str = "", status: int = 200
) -> Response:
    with app.database.reading() as store:
        sent = entry.last_sent(store, interview)
        application = store.application(interview.organisation_id, interview.application_id)
    facts = facts_of(app, interview) | {
        "token": token,
        "then": then if then in THEN else "home",
        "address": entry.masked(application.candidate.email or ""),
        "sent": sent if sent is not None and entry.counts(app, sent) else None,
        "outbox": not app.settings.mail.smtp_host,
        "problem": problem,
    }
    return page(request, "code.html", status=status, **facts)
