"""Signing in to another system so that it lets Foyer in (OAuth 2, authorisation code). A recruiter is led there with a
signed state that expires, agrees, and is led back with a code, which is exchanged for tokens. Errors are a page or
JSON, as everywhere."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel

from api.connections import CALLBACK
from api.deps import App, Foyer, Signed
from api.schemas import one_line
from api.security import Recruiter
from models.errors import BadRequest
from models.records import Connection

router = APIRouter(tags=["connections"])

LONGEST = 200
"""Characters that are shown of what the other system says: it comes by way of the address line."""


class AuthoriseOut(BaseModel):
    """`address`: to be opened in a browser that is signed in with the same key, within ten minutes. `callback`: what
    must be registered on the other side."""

    address: str
    callback: str


@router.get("/api/connections/{connection_id}/authorise")
def authorise_address(connection_id: str, app: Foyer, who: Signed) -> AuthoriseOut:
    """For programs: the address at which a person lets us in."""
    row = _found(app, who, connection_id)
    return AuthoriseOut(address=_address(app, row, who), callback=app.connections.callback(row))


@router.get("/connections/{connection_id}/authorise", include_in_schema=False)
def authorise(connection_id: str, app: Foyer, who: Signed) -> Response:
    return RedirectResponse(_address(app, _found(app, who, connection_id), who), status_code=303)


@router.get(CALLBACK + "/{connection_id}", include_in_schema=False)
def come_back(
    connection_id: str,
    app: Foyer,
    who: Signed,
    state: str = "",
    code: str = "",
    error: str = "",
    error_description: str = "",
) -> Response:
    """The state first: without it nothing that stands in this address is anybody's word."""
    row = _found(app, who, connection_id)
    app.signer.check_connect_state(state, row.id, who)
    if error or not code:
        said = one_line(error_description or error or "no code")[:LONGEST]
        raise BadRequest(f"{row.name} did not let us in: {said}. Begin again on the connection's page.")
    app.connections.redeem(row, code)
    if row.enabled:
        app.pipeline.read_due()
        app.pipeline.deliver_due()
    return RedirectResponse(f"/systems/{row.id}", status_code=303)


def _address(app: App, row: Connection, who: Recruiter) -> str:
    return app.connections.authorise_url(row, app.signer.connect_state(row.id, who))


def _found(app: App, who: Recruiter, connection_id: str) -> Connection:
    with app.database.reading() as store:
        return store.connection(who.organisation_id, connection_id)
