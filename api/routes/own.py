"""What candidates can do on their home besides starting: book a time, start again after a technical failure, let an
earlier interview be used, ask for an adjustment or a person, withdraw, see and have their data, answer voluntary
questions. Plain forms, so that all of it works without JavaScript."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from api import bookings, brandings, demographics, entry, mailing, notices, retaining, retakes, reuse
from api.asks import KINDS, WISHES, ask, withdraw
from api.deps import App, Foyer, page
from api.own_data import copy_of
from api.routes.home import asked_by, code_page, home_page
from api.routes.room import facts_of
from api.security import find_invitation
from api.suspending import HALTED
from compliance.categories import ASKED, AXES
from interview.slots import by_day, clock, named_day, short_day, spelled, zone_named, zones
from models.errors import BadRequest, Conflict, FoyerError, NotFound
from models.records import Interview, RequestKind
from models.sentences import N_
from models.store.base import DECIDED

router = APIRouter(include_in_schema=False)

ASKED_HERE: tuple[RequestKind, ...] = ("adjustment", "entry")
RIGHTS: tuple[RequestKind, ...] = ("access", "objection", "recording")


def _known(request: Request, app: App, token: str, then: str) -> Interview | Response:
    """The interview, for a browser known to be the candidate's; others are asked for the code. Raises NotFound."""
    interview = find_invitation(app.database, app.signer, token)
    if entry.proven(request, app, interview):
        return interview
    return code_page(request, app, token, interview, then=then, status=403 if request.method != "GET" else 200)


def _link(app: App, token: str) -> str:
    return mailing.address_of(app, f"/i/{token}")


# ---------------------------------------------------------------- times


@router.get("/i/{token}/times")
def times(token: str, request: Request, app: Foyer, zone: str = "", day: str = "") -> Response:
    """All times that can be booked, by the days of the candidate's own calendar."""
    return _times_page(request, app, token, zone, day)


@router.post("/i/{token}/book")
def book(
    token: str,
    request: Request,
    app: Foyer,
    starts: Annotated[str, Form()] = "",
    zone: Annotated[str, Form()] = "",
) -> Response:
    interview = find_invitation(app.database, app.signer, token)
    try:
        bookings.book(app, interview, _moment(starts), zone_named(zone), _link(app, token))
        reuse.take_back(app, interview)  # who books a new one wants a new one
    except (BadRequest, Conflict) as error:
        return _times_page(request, app, token, zone, "", problem=error)
    return RedirectResponse(f"/i/{token}?saved=booked", status_code=303)


@router.post("/i/{token}/cancel")
def cancel(token: str, app: Foyer) -> Response:
    bookings.cancel(app, find_invitation(app.database, app.signer, token), _link(app, token))
    return RedirectResponse(f"/i/{token}?saved=cancelled", status_code=303)


@router.post("/i/{token}/texts")
def texts(token: str, request: Request, app: Foyer, agree: Annotated[str, Form()] = "") -> Response:
    """The candidate agrees to text messages, or takes that back."""
    found = _known(request, app, token, "home")
    if isinstance(found, Response):
        return found
    with app.database.store() as store:
        candidate_id = store.application(found.organisation_id, found.application_id).candidate_id
        store.agree_to_texts(found.organisation_id, candidate_id, app.now if agree == "yes" else None)
    return RedirectResponse(f"/i/{token}?saved={'texts' if agree == 'yes' else 'no_texts'}", status_code=303)


@router.get("/i/{token}/interview.ics")
def calendar(token: str, app: Foyer) -> Response:
    interview = find_invitation(app.database, app.signer, token)
    with app.database.reading() as store:
        booking = store.booking_of(interview.organisation_id, interview.id)
        if booking is None:
            raise NotFound("No time is booked. Choose one on the page that your link opens.")
        content = bookings.calendar_file(app, store, interview, booking, _link(app, token))
    headers = {"Content-Disposition": 'attachment; filename="interview.ics"'}
    return Response(content, media_type="text/calendar; charset=utf-8", headers=headers)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadRequest("Choose one of the times below.") from None
    if moment.tzinfo is None:
        raise BadRequest("Choose one of the times below.")
    return moment.astimezone(UTC)


def _times_page(
    request: Request, app: App, token: str, zone: str, day: str, *, problem: FoyerError | None = None
) -> Response:
    interview = find_invitation(app.database, app.signer, token)
    with app.database.reading() as store:
        booking = store.booking_of(interview.organisation_id, interview.id)
        home_zone = brandings.zone_of(interview, brandings.branding_of(app, store, interview.organisation_id))
        halted = store.halted(interview.organisation_id, interview.application_id) is not None
        waiting = interview.state == "invited" and interview.expires_at > app.now and not halted
        free = bookings.times(app, store, interview) if waiting else []
    if not waiting:
        said = HALTED if halted else N_("There is no time to book: the interview has begun, or is over.")
        return home_page(request, app, token, interview, problem=said, status=409)
    chosen = zone_named(zone or (booking.zone if booking is not None else home_zone))
    days = by_day(free, chosen)
    shown = next((each for each in days if each.day.isoformat() == day), days[0] if days else None)
    held = booking is not None and booking.state == "booked"
    facts = facts_of(app, interview) | {
        "token": token,
        "zone": chosen,
        "guess": not zone and booking is None,
        "zones": zones(),
        "days": [(each.day.isoformat(), short_day(each.day)) for each in days],
        "shown": shown,
        "named": named_day(shown.day) if shown is not None else "",
        "clock": clock,
        "held": spelled(booking.starts_at, chosen) if held and booking is not None else "",
        "held_at": booking.starts_at if held and booking is not None else None,
        "problem": problem.detail if problem is not None else "",
    }
    return page(request, "times.html", status=problem.status if problem is not None else 200, **facts)


# ---------------------------------------------------------------- once more, or not at all


@router.post("/i/{token}/retake")
def start_again(token: str, request: Request, app: Foyer) -> Response:
    """After a technical failure, once. The link leads to the new interview from now on, and so does this browser."""
    interview = _known(request, app, token, "home")
    if isinstance(interview, Response):
        return interview
    try:
        second = retakes.retake(app, interview)
    except Conflict as error:
        return home_page(request, app, token, interview, problem=error.detail, status=error.status)
    answer = RedirectResponse(f"/i/{token}?saved=again", status_code=303)
    entry.remember(answer, app, second)
    return answer


@router.post("/i/{token}/earlier")
def use_earlier(token: str, request: Request, app: Foyer, consent: Annotated[str, Form()] = "") -> Response:
    """An earlier interview is to stand for this one."""
    interview = _known(request, app, token, "home")
    if isinstance(interview, Response):
        return interview
    if consent != "yes":
        return RedirectResponse(f"/i/{token}#earlier", status_code=303)
    return _about_earlier(request, app, token, interview, reuse.agree, "earlier")


@router.post("/i/{token}/earlier/revoke")
def hold_a_new_one(token: str, request: Request, app: Foyer) -> Response:
    """That consent is taken back."""
    interview = _known(request, app, token, "home")
    if isinstance(interview, Response):
        return interview
    return _about_earlier(request, app, token, interview, reuse.take_back, "anew")


def _about_earlier(
    request: Request, app: App, token: str, interview: Interview, act: Callable[[App, Interview], object], saved: str
) -> Response:
    try:
        act(app, interview)
    except Conflict as error:
        return home_page(request, app, token, interview, problem=error.detail, status=error.status)
    return RedirectResponse(f"/i/{token}?saved={saved}", status_code=303)


# ---------------------------------------------------------------- asking


@router.get("/i/{token}/ask")
def ask_form(token: str, request: Request, app: Foyer, kind: str = "adjustment") -> Response:
    """Needs no code: who cannot get in must be able to say so."""
    return _ask_page(request, app, token, kind)


@router.post("/i/{token}/ask")
def ask_for(
    token: str,
    request: Request,
    app: Foyer,
    kind: Annotated[str, Form()] = "adjustment",
    wishes: Annotated[list[str] | None, Form()] = None,
    text: Annotated[str, Form()] = "",
) -> Response:
    interview = find_invitation(app.database, app.signer, token)
    wanted = next((each for each in ASKED_HERE if each == kind), ASKED_HERE[0])
    try:
        ask(app, interview, wanted, wishes=wishes or (), text=text)
    except (BadRequest, Conflict) as error:
        return _ask_page(request, app, token, wanted, problem=error)
    return RedirectResponse(f"/i/{token}?saved=asked", status_code=303)


def _ask_page(request: Request, app: App, token: str, kind: str, *, problem: FoyerError | None = None) -> Response:
    interview = find_invitation(app.database, app.signer, token)
    facts = facts_of(app, interview) | {
        "token": token,
        "kind": kind if kind in ASKED_HERE else ASKED_HERE[0],
        "wishes": WISHES,
        "problem": problem.detail if problem is not None else "",
    }
    return page(request, "ask.html", status=problem.status if problem is not None else 200, **facts)


# ---------------------------------------------------------------- leaving


@router.get("/i/{token}/withdraw")
def withdraw_form(token: str, request: Request, app: Foyer) -> Response:
    """The second step: what it means, and a button that does it."""
    interview = _known(request, app, token, "withdraw")
    if isinstance(interview, Response):
        return interview
    with app.database.reading() as store:
        stage = store.application(interview.organisation_id, interview.application_id).stage
    if stage in DECIDED:
        return RedirectResponse(f"/i/{token}", status_code=303)
    facts = facts_of(app, interview) | {"token": token, "begun": interview.started_at is not None}
    return page(request, "withdraw.html", **facts)


@router.post("/i/{token}/withdraw")
def withdraw_now(
    token: str,
    request: Request,
    app: Foyer,
    sure: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
) -> Response:
    interview = _known(request, app, token, "withdraw")
    if isinstance(interview, Response):
        return interview
    if sure != "yes":
        return RedirectResponse(f"/i/{token}/withdraw", status_code=303)
    withdraw(app, interview, reason)
    return RedirectResponse(f"/i/{token}?saved=withdrawn", status_code=303)


# ---------------------------------------------------------------- their data


@router.get("/i/{token}/data")
def data(token: str, request: Request, app: Foyer) -> Response:
    """What is kept, for how long, and how to have it or be rid of it."""
    interview = find_invitation(app.database, app.signer, token)
    with app.database.reading() as store:
        requests = asked_by(store, interview)
        application = store.application(interview.organisation_id, interview.application_id)
        periods = retaining.periods(app, store, application)
        purges = store.organisation(interview.organisation_id).purges
    facts = facts_of(app, interview) | {
        "token": token,
        "periods": periods,
        "purges": purges,
        "opted_out": application.candidate.opted_out_at,
        "agreed": application.candidate.contact_agreed_at,
        "asked": {each.kind for each in requests if each.answered_at is None},
        "known": entry.proven(request, app, interview),
        "erasure_asked": [each.made_at for each in requests if each.kind == "erasure"],
        "kinds": KINDS,
    }
    return page(request, "data.html", **facts)


@router.get("/i/{token}/data.json")
def data_copy(token: str, request: Request, app: Foyer) -> Response:
    interview = _known(request, app, token, "data")
    if isinstance(interview, Response):
        return interview
    content = json.dumps(copy_of(app, interview), ensure_ascii=False, indent=2)
    headers = {"Content-Disposition": 'attachment; filename="my-data.json"'}
    return Response(content, media_type="application/json", headers=headers)


@router.post("/i/{token}/rights")
def use_a_right(
    token: str,
    request: Request,
    app: Foyer,
    kind: Annotated[str, Form()] = "",
    text: Annotated[str, Form()] = "",
) -> Response:
    """A copy of everything, an objection, or the recording's deletion."""
    interview = _known(request, app, token, "data")
    if isinstance(interview, Response):
        return interview
    wanted = next((each for each in RIGHTS if each == kind), None)
    if wanted is None:
        raise BadRequest("Choose what you ask for on the page of your data.")
    ask(app, interview, wanted, text=text)
    return RedirectResponse(f"/i/{token}?saved=asked", status_code=303)


@router.post("/i/{token}/opt-out")
def hear_nothing_more(token: str, request: Request, app: Foyer) -> Response:
    interview = _known(request, app, token, "data")
    if isinstance(interview, Response):
        return interview
    notices.opt_out(app, interview.organisation_id, _candidate(app, interview))
    return RedirectResponse(f"/i/{token}/data", status_code=303)


@router.post("/i/{token}/contact")
def other_jobs(token: str, request: Request, app: Foyer, agrees: Annotated[str, Form()] = "") -> Response:
    """Whether they may be written to about other jobs."""
    interview = _known(request, app, token, "data")
    if isinstance(interview, Response):
        return interview
    whose = _candidate(app, interview)
    with app.database.store() as store:
        if agrees == "yes":
            store.agree_contact(interview.organisation_id, whose, how="on the page of their data", now=app.now)
        else:
            store.withdraw_contact(interview.organisation_id, whose)
    return RedirectResponse(f"/i/{token}/data", status_code=303)


@router.post("/i/{token}/erasure")
def erasure(token: str, request: Request, app: Foyer, text: Annotated[str, Form()] = "") -> Response:
    interview = _known(request, app, token, "data")
    if isinstance(interview, Response):
        return interview
    ask(app, interview, "erasure", text=text)
    return RedirectResponse(f"/i/{token}?saved=asked", status_code=303)


# ---------------------------------------------------------------- voluntary questions


@router.get("/i/{token}/about-you")
def about_form(token: str, request: Request, app: Foyer) -> Response:
    """Voluntary questions that are counted and never shown to anyone who decides."""
    interview = _known(request, app, token, "about")
    if isinstance(interview, Response):
        return interview
    hidden = entry.employer_may_look(app, interview)
    said = {} if hidden else demographics.own(app, interview.organisation_id, _candidate(app, interview)) or {}
    facts = facts_of(app, interview) | {"token": token, "axes": AXES, "asked": ASKED, "said": said, "hidden": hidden}
    return page(request, "about_you.html", **facts)


@router.post("/i/{token}/about-you")
def about(
    token: str,
    request: Request,
    app: Foyer,
    sex: Annotated[str, Form()] = "",
    race: Annotated[str, Form()] = "",
    age: Annotated[str, Form()] = "",
) -> Response:
    """No answer at all, and "I prefer not to say" everywhere, keep nothing and delete what was kept."""
    interview = _known(request, app, token, "about")
    if isinstance(interview, Response):
        return interview
    answers = {"sex": sex, "race": race, "age": age}
    kept = demographics.keep(app, interview.organisation_id, _candidate(app, interview), answers)
    return RedirectResponse(f"/i/{token}?saved={'about' if kept else 'nothing'}", status_code=303)


def _candidate(app: App, interview: Interview) -> str:
    with app.database.reading() as store:
        return store.application(interview.organisation_id, interview.application_id).candidate_id
