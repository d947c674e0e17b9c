"""The people of an organisation and their accounts: invited, given a role, disabled. As JSON, and as a page."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from api import invitations
from api.deps import App, Foyer, Signed, page
from api.invitations import ROLE_NAMES
from api.schemas import Line
from api.security import Recruiter
from models.errors import FoyerError
from models.records import User, UserRole, UserState

router = APIRouter(prefix="/api/people", tags=["people"])
pages = APIRouter(include_in_schema=False)


class PersonOut(BaseModel):
    id: str
    name: str
    email: str
    role: UserRole
    state: UserState
    created_at: datetime
    seen_at: datetime | None


class InvitedOut(PersonOut):
    link: str = Field(description="opens the account once, within seven days; shown here once, and sent by mail")


class LinkOut(BaseModel):
    link: str = Field(description="shown once, and sent by mail")


class InviteIn(BaseModel):
    model_config = ConfigDict(extra="forbid")
    email: Line
    name: Line = ""
    role: UserRole = "recruiter"


class PersonChange(BaseModel):
    model_config = ConfigDict(extra="forbid")
    role: UserRole | None = None
    state: Literal["active", "disabled"] | None = None


def _out(user: User) -> dict[str, Any]:
    return {name: getattr(user, name) for name in PersonOut.model_fields}


@router.get("")
def people(app: Foyer, who: Signed) -> list[PersonOut]:
    """Oldest first, disabled ones too."""
    with app.database.reading() as store:
        return [PersonOut(**_out(user)) for user in store.users(who.organisation_id)]


@router.post("", status_code=201)
def invite(body: InviteIn, app: Foyer, who: Signed) -> InvitedOut:
    user, link = invitations.invite(app, who.organisation_id, email=body.email, name=body.name, role=body.role)
    return InvitedOut(**_out(user), link=link)


@router.patch("/{user_id}")
def change(user_id: str, body: PersonChange, app: Foyer, who: Signed) -> PersonOut:
    """A role counts from the next request on; who is disabled is signed out at once. Never the last administrator."""
    return PersonOut(**_out(_change(app, who, user_id, body)))


@router.post("/{user_id}/link", status_code=201)
def link(user_id: str, app: Foyer, who: Signed) -> LinkOut:
    """For whoever has not accepted the invitation another one; for others one that takes a new password."""
    return LinkOut(link=_link(app, who, user_id))


@router.delete("/{user_id}", status_code=204)
def withdraw(user_id: str, app: Foyer, who: Signed) -> None:
    """An invitation that was not accepted."""
    with app.database.store() as store:
        store.end_invitation(who.organisation_id, user_id)


def _change(app: App, who: Recruiter, user_id: str, wanted: PersonChange) -> User:
    with app.database.store() as store:
        user = store.user(who.organisation_id, user_id)
        if wanted.role is not None:
            user = store.set_role(who.organisation_id, user_id, wanted.role)
        if wanted.state == "disabled":
            user = store.disable_user(who.organisation_id, user_id, app.now)
        elif wanted.state == "active":
            user = store.enable_user(who.organisation_id, user_id)
        return user


def _link(app: App, who: Recruiter, user_id: str) -> str:
    with app.database.reading() as store:
        state = store.user(who.organisation_id, user_id).state
    make = invitations.invite_again if state == "invited" else invitations.reset_link
    return make(app, who.organisation_id, user_id)


# ---------------------------------------------------------------- the page


@pages.get("/people")
def people_page(request: Request, app: Foyer, who: Signed) -> HTMLResponse:
    return _page(request, app, who)


@pages.post("/people")
def invite_from_page(
    request: Request,
    app: Foyer,
    who: Signed,
    email: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
    role: Annotated[str, Form()] = "recruiter",
) -> Response:
    """The link is shown once, on this answer: only its hash is kept."""
    try:
        user, url = invitations.invite(app, who.organisation_id, email=email, name=name, role=role)
    except FoyerError as error:
        typed = {"email": email, "name": name, "role": role}
        return _page(request, app, who, status=error.status, problem=error.detail, typed=typed)
    return _page(request, app, who, link=url, link_of=user)


@pages.post("/people/{user_id}")
def act(
    user_id: str,
    request: Request,
    app: Foyer,
    who: Signed,
    what: Annotated[str, Form()] = "",
    role: Annotated[str, Form()] = "",
) -> Response:
    """`what`: role, disable, enable, link (invitation or new password), withdraw."""
    try:
        with app.database.reading() as store:
            user = store.user(who.organisation_id, user_id)
        if what == "link":
            return _page(request, app, who, link=_link(app, who, user_id), link_of=user)
        if what == "withdraw":
            withdraw(user_id, app, who)
        else:
            state: Any = {"disable": "disabled", "enable": "active"}.get(what)
            wanted = invitations.role_of(role) if what == "role" else None
            _change(app, who, user_id, PersonChange(role=wanted, state=state))
    except FoyerError as error:
        if error.status == 404:
            raise
        return _page(request, app, who, status=error.status, problem=error.detail)
    return RedirectResponse("/people", status_code=303)


def _page(request: Request, app: App, who: Recruiter, *, status: int = 200, **shown: Any) -> HTMLResponse:
    """`shown`: link and link_of, problem, typed."""
    with app.database.reading() as store:
        users = store.users(who.organisation_id)
        waiting = {each.user_id: each for each in store.account_links(who.organisation_id, app.now)}
    sends = bool(app.settings.mail.smtp_host)
    context = {"users": users, "waiting": waiting, "roles": ROLE_NAMES, "sends": sends, "section": "people", **shown}
    return page(request, "people.html", status=status, recruiter=who, **context)
