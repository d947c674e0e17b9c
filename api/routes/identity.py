"""Signing in with the organisation's own system, and setting that up."""

from __future__ import annotations

from typing import Annotated, Any, get_args

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError

from api import identity
from api.deps import App, Foyer, Signed, give_cookie, local, page
from api.identity import IdentityIn, IdentityOut
from api.routes.accounts import sign_in_page
from api.security import RECRUITER_COOKIE, SESSION_SECONDS, STATE_SECONDS, Recruiter
from models.errors import BadRequest, FoyerError
from models.records import UserRole

router = APIRouter(tags=["accounts"])
pages = APIRouter(include_in_schema=False)


@router.get("/v1/identity")
def read_identity(app: Foyer, who: Signed) -> IdentityOut | None:
    """null: people sign in here alone."""
    return identity.shown(app, who.organisation_id)


@router.put("/v1/identity")
def write_identity(body: IdentityIn, app: Foyer, who: Signed) -> IdentityOut | None:
    """Asks the provider for its description first: an address that answers nothing is refused."""
    return identity.save(app, who.organisation_id, body)


@router.delete("/v1/identity", status_code=204)
def drop_identity(app: Foyer, who: Signed) -> None:
    """Whoever has a password signs in with it again; the others need a link from an administrator."""
    identity.remove(app, who.organisation_id)


# ---------------------------------------------------------------- coming in


@pages.get("/sign-in/openid")
def begin(app: Foyer, organisation: str = "", next: str = "/") -> Response:
    address, kept = identity.begin(app, organisation, local(next))
    answer = RedirectResponse(address, status_code=303)
    give_cookie(answer, app, identity.COOKIE, kept, seconds=STATE_SECONDS)
    return answer


@pages.get(identity.BACK)
def come_back(
    request: Request,
    app: Foyer,
    state: str = "",
    code: str = "",
    error: str = "",
    error_description: str = "",
) -> Response:
    cookie = request.cookies.get(identity.COOKIE, "")
    try:
        _, session, next = identity.finish(app, cookie, state, code, error_description or error)
    except FoyerError as refused:
        return sign_in_page(request, app, status=refused.status, problem=refused.detail, next="/")
    answer = RedirectResponse(next, status_code=303)
    give_cookie(answer, app, RECRUITER_COOKIE, session, seconds=SESSION_SECONDS)
    answer.delete_cookie(identity.COOKIE)
    return answer


# ---------------------------------------------------------------- setting it up


@pages.get("/sign-in/settings")
def settings(request: Request, app: Foyer, who: Signed) -> HTMLResponse:
    return _settings(request, app, who)


@pages.post("/sign-in/settings")
def save(
    request: Request,
    app: Foyer,
    who: Signed,
    issuer: Annotated[str, Form()] = "",
    client_id: Annotated[str, Form()] = "",
    client_secret: Annotated[str, Form()] = "",
    groups_claim: Annotated[str, Form()] = "groups",
    roles: Annotated[str, Form()] = "",
    trusts_email: Annotated[str, Form()] = "",
    enforced: Annotated[str, Form()] = "",
) -> Response:
    typed = {
        "issuer": issuer,
        "client_id": client_id,
        "groups_claim": groups_claim,
        "roles": roles,
        "trusts_email": bool(trusts_email),
        "enforced": bool(enforced),
    }
    try:
        body = IdentityIn.model_validate({**typed, "roles": _roles(roles), "client_secret": client_secret or None})
        identity.save(app, who.organisation_id, body)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        problem = f"{str(first['loc'][0]).replace('_', ' ')}: {first['msg']}."
        return _settings(request, app, who, status=400, typed=typed, problem=problem)
    except FoyerError as refused:
        return _settings(request, app, who, status=refused.status, typed=typed, problem=refused.detail)
    return RedirectResponse("/sign-in/settings", status_code=303)


@pages.post("/sign-in/settings/remove")
def remove(app: Foyer, who: Signed) -> Response:
    identity.remove(app, who.organisation_id)
    return RedirectResponse("/sign-in/settings", status_code=303)


def _roles(text: str) -> dict[str, str]:
    """One line a group: its name, =, our role. Raises BadRequest."""
    found = {}
    for line in filter(str.strip, text.splitlines()):
        group, equals, role = (part.strip() for part in line.rpartition("="))
        if not equals or role not in get_args(UserRole):
            known = ", ".join(get_args(UserRole))
            raise BadRequest(f"{line.strip()[:100]!r}: write a group, =, and one of {known}.")
        found[group] = role
    return found


def _settings(request: Request, app: App, who: Recruiter, *, status: int = 200, **shown: Any) -> HTMLResponse:
    """`shown`: typed (what the form said), problem."""
    kept = identity.shown(app, who.organisation_id)
    typed = shown.pop("typed", None)
    if typed is None and kept is not None:
        typed = kept.model_dump() | {"roles": "\n".join(f"{group} = {role}" for group, role in kept.roles.items())}
    context = {"kept": kept, "form": typed or {"groups_claim": "groups"}, "callback": identity.callback(app)}
    context |= {"known_roles": get_args(UserRole), "scim": app.settings.base_url.rstrip("/") + "/scim/v2", **shown}
    return page(request, "sign_in_settings.html", status=status, recruiter=who, section="people", **context)
