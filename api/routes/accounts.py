"""Coming and going: people sign in with their account or an API key, see to their own account, and go. Pages; a program
shows its key with each request."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api import accounts, auditing, identity, invitations
from api.deps import App, Foyer, Signed, give_cookie, known, local, page, place, recruiter
from api.limits import Limits
from api.security import RECRUITER_COOKIE, SESSION_SECONDS, Recruiter, begin_session, person_named, recruiter_of_key
from models.errors import BadRequest, FoyerError, Unauthorized

pages = APIRouter(include_in_schema=False)


@pages.get("/login")
def login_page(request: Request, app: Foyer, next: str = "/") -> Response:
    try:
        recruiter(request)
    except Unauthorized:
        return sign_in_page(request, app, next=local(next))
    return RedirectResponse(local(next), status_code=303)


@pages.post("/login")
def login(
    request: Request,
    app: Foyer,
    email: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    key: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",
) -> Response:
    """An account's e-mail and password, or an API key, of the person who says so, become a browser session."""
    try:
        who = _who(request, app, email, password, key, name)
    except FoyerError as error:
        shown = {"problem": error.detail, "next": local(next), "said": name, "email": email}
        return sign_in_page(request, app, status=error.status, **shown)
    return enter(app, known(who), local(next))


def enter(app: App, who: Recruiter, next: str) -> Response:
    """They are signed in, in this browser, and go on to `next`."""
    answer = RedirectResponse(next, status_code=303)
    give_cookie(answer, app, RECRUITER_COOKIE, begin_session(app.database, who, app.now), seconds=SESSION_SECONDS)
    return answer


def _who(request: Request, app: App, email: str, password: str, key: str, name: str) -> Recruiter:
    if email.strip():
        address = place(request)
        return accounts.sign_in(app, request.app.state.limits, email=email, password=password, address=address)
    try:
        who = replace(recruiter_of_key(app.database, key.strip()), said=person_named(name))
        accounts.may_show_key(app, who)
        return who
    except Unauthorized:
        auditing.refused_sign_in(app)
        raise


def sign_in_page(request: Request, app: App, *, status: int = 200, **shown: str) -> HTMLResponse:
    with app.database.asking() as system:
        has_users = system.has_users()
    elsewhere = identity.offered(app)
    return page(request, "login.html", status=status, has_users=has_users, elsewhere=elsewhere, **shown)


@pages.post("/logout")
def logout(request: Request, app: Foyer) -> Response:
    try:
        who = recruiter(request)
        if who.session_id:
            with app.database.store() as store:
                store.end_session(who.organisation_id, who.session_id, app.now)
    except Unauthorized:  # it had ended already
        pass
    answer = RedirectResponse("/login", status_code=303)
    answer.delete_cookie(RECRUITER_COOKIE)
    return answer


# ---------------------------------------------------------------- links that open an account


@pages.get("/account/{token}")
def link_page(token: str, request: Request, app: Foyer) -> HTMLResponse:
    """An invitation, or a new password. Looking uses nothing up."""
    return _link(request, app, token)


@pages.post("/account/{token}")
def use_link(
    token: str,
    request: Request,
    app: Foyer,
    password: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
) -> Response:
    try:
        who = invitations.use(app, token, password=password, name=name)
    except BadRequest as error:
        return _link(request, app, token, status=error.status, problem=error.detail, typed=name)
    return enter(app, known(who), "/")


def _link(request: Request, app: App, token: str, *, status: int = 200, **shown: str) -> HTMLResponse:
    link, user, organisation = invitations.opened(app, token)
    context = {"kind": link.kind, "user": user, "organisation": organisation, "token": token, **shown}
    return page(request, "account_link.html", status=status, **context)


@pages.get("/password")
def forgot_page(request: Request, app: Foyer) -> HTMLResponse:
    return page(request, "password.html", sends=bool(app.settings.mail.smtp_host))


@pages.post("/password")
def forgot(request: Request, after: BackgroundTasks, app: Foyer, email: Annotated[str, Form()] = "") -> HTMLResponse:
    """The answer says nothing of whether there is such an account; what is done is done after it."""
    limits: Limits = request.app.state.limits
    if not limits.spend("reset", accounts.address_key(email)):
        after.add_task(invitations.forgot, app, email)
    answer = page(request, "password.html", sends=bool(app.settings.mail.smtp_host), asked=True)
    answer.background = after
    return answer


# ---------------------------------------------------------------- one's own account


@pages.get("/me")
def me_page(request: Request, app: Foyer, who: Signed, next: str = "/") -> HTMLResponse:
    """Ratings and decisions carry a name."""
    return _me(request, app, who, next=local(next))


@pages.post("/me")
def me(
    request: Request, app: Foyer, who: Signed, name: Annotated[str, Form()] = "", next: Annotated[str, Form()] = "/"
) -> Response:
    """Of an account, its name; of a session begun with a key, who is at this browser."""
    said = person_named(name)
    if not said:
        problem = "Write your name. It stands beside your ratings and decisions."
        return _me(request, app, who, status=400, problem=problem, next=local(next))
    answer = RedirectResponse(local(next), status_code=303)
    if who.session_id:
        with app.database.store() as store:
            if who.user_id:
                store.name_user(who.organisation_id, who.user_id, said)
            else:
                store.say_name(who.organisation_id, who.session_id, said)
    else:  # a program's key, which from now on has a session
        give_cookie(
            answer,
            app,
            RECRUITER_COOKIE,
            begin_session(app.database, replace(who, said=said), app.now),
            seconds=SESSION_SECONDS,
        )
    return answer


@pages.post("/me/sign-out-everywhere")
def sign_out_everywhere(app: Foyer, who: Signed) -> Response:
    """Of every browser but this one. Of a session begun with a key there are no others that we know to be theirs."""
    if who.user_id:
        with app.database.store() as store:
            store.end_sessions(who.organisation_id, who.user_id, app.now, but=who.session_id)
            store.record_deed(who.organisation_id, "access.signed_out_everywhere", kind="user", of=who.user_id)
    return RedirectResponse("/me", status_code=303)


@pages.post("/me/password")
def my_password(
    request: Request,
    app: Foyer,
    who: Signed,
    old: Annotated[str, Form()] = "",
    new: Annotated[str, Form()] = "",
) -> Response:
    """Every other session of theirs ends; this browser gets a new one."""
    if not who.user_id:
        raise BadRequest("You came in with an API key, which has no password. Sign in with your account.")
    try:
        invitations.change_password(app, who, old=old, new=new)
    except BadRequest as error:
        return _me(request, app, who, status=error.status, problem=error.detail, next="/")
    return enter(app, who, "/me")


def _me(request: Request, app: App, who: Recruiter, *, status: int = 200, **shown: str) -> HTMLResponse:
    user = None
    if who.user_id:
        with app.database.reading() as store:
            user = store.user(who.organisation_id, who.user_id)
    return page(request, "me.html", status=status, recruiter=who, user=user, **shown)
