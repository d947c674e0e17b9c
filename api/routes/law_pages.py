"""What the law asks, done from the application's page: a correction accepted, a notice after a rejection sent, a legal
hold placed and lifted. Each does what the route under /v1 does, through the same functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from api import correcting, notices
from api.deps import App, Foyer, Signed
from api.routes.console import application_page
from api.security import Recruiter
from models.errors import BadRequest, Conflict

pages = APIRouter(include_in_schema=False)

SHORTEST, LONGEST = 3, 1000


@pages.post("/interviews/{interview_id}/corrections/accept")
def accept(interview_id: str, request: Request, app: Foyer, who: Signed) -> Response:
    with app.database.reading() as store:
        application_id = store.interview(who.organisation_id, interview_id).application_id

    def act() -> None:
        correcting.accept(app, who.organisation_id, interview_id, by=who.actor)

    return _done(request, app, who, application_id, act)


@pages.post("/applications/{application_id}/adverse-notice")
def send_adverse(application_id: str, request: Request, app: Foyer, who: Signed) -> Response:
    def act() -> None:
        notices.send_adverse(app, who.organisation_id, application_id)

    return _done(request, app, who, application_id, act)


@pages.post("/applications/{application_id}/hold")
def hold(
    application_id: str, request: Request, app: Foyer, who: Signed, reason: Annotated[str, Form()] = ""
) -> Response:
    """Of everything that is kept of this person, whatever they applied for."""

    def act() -> None:
        why = reason.strip()[:LONGEST]
        if len(why) < SHORTEST or "\0" in why:
            raise BadRequest("Say in a few words why, without anything about the person.")
        with app.database.store() as store:
            candidate_id = store.application(who.organisation_id, application_id).candidate_id
            store.hold(who.organisation_id, candidate_id=candidate_id, reason=why, by=who.actor, now=app.now)

    return _done(request, app, who, application_id, act)


@pages.post("/applications/{application_id}/hold/lift")
def lift(application_id: str, request: Request, app: Foyer, who: Signed) -> Response:
    """The person's own; one of a whole job is lifted by its id."""

    def act() -> None:
        with app.database.store() as store:
            candidate_id = store.application(who.organisation_id, application_id).candidate_id
            for one in store.holds(who.organisation_id):
                if one.candidate_id == candidate_id:
                    store.lift_hold(who.organisation_id, one.id, by=who.actor, now=app.now)

    return _done(request, app, who, application_id, act)


def _done(request: Request, app: App, who: Recruiter, application_id: str, act: Callable[[], None]) -> Response:
    """Back to the application, with what stood in the way if anything."""
    try:
        act()
    except (BadRequest, Conflict) as error:
        return application_page(request, app, who, application_id, problem=error.detail, status=error.status)
    return RedirectResponse(f"/applications/{application_id}#law", status_code=303)
