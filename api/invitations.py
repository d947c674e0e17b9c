"""People are invited, and get a new password where they forgot theirs: links that open an account once. Used by
`api.routes.people`, `api.routes.accounts` and `foyer people`."""

from __future__ import annotations

from datetime import timedelta
from email import policy
from typing import TYPE_CHECKING, get_args

from api import messages, passwords
from api.accounts import address_in
from api.mailing import address_of
from api.security import Recruiter, person_named, recruiter_of_user
from models.errors import BadRequest, Conflict, NotFound
from models.records import AccountLink, AccountLinkKind, User, UserRole
from models.sentences import N_
from models.store import Store

if TYPE_CHECKING:
    from api.deps import App

LIVES: dict[AccountLinkKind, timedelta] = {"invitation": timedelta(days=7), "reset": timedelta(hours=1)}
ROLE_NAMES: dict[UserRole, str] = {
    "admin": N_("administrator"),
    "recruiter": N_("recruiter"),
    "reviewer": N_("reviewer"),
    "auditor": N_("auditor"),
    "hiring_manager": N_("hiring manager"),
}


def role_of(text: str) -> UserRole:
    """Raises BadRequest."""
    found = next((role for role in get_args(UserRole) if role == text), None)
    if found is None:
        raise BadRequest(f"There is no role {text!r}; there are {', '.join(get_args(UserRole))}.")
    role: UserRole = found
    return role


def invite(app: App, organisation_id: str, *, email: str, name: str, role: str) -> tuple[User, str]:
    """The account that waits for them, and the link, which is shown once and goes out by mail. Raises BadRequest, and
    Conflict where the address has an account."""
    address, called, wanted = address_in(email), person_named(name), role_of(role)
    with app.database.store() as store:
        user = store.add_user(organisation_id, name=called, email=address, role=wanted, state="invited", now=app.now)
        return user, _link(app, store, user, "invitation")


def invite_again(app: App, organisation_id: str, user_id: str) -> str:
    """A new link; the one before opens nothing any more. Raises Conflict for whoever has accepted."""
    with app.database.store() as store:
        user = store.user(organisation_id, user_id)
        if user.state != "invited":
            raise Conflict("The invitation was accepted already. Make a link for a new password instead.")
        return _link(app, store, user, "invitation")


def reset_link(app: App, organisation_id: str, user_id: str) -> str:
    """For somebody who cannot get in, shown once and sent by mail. Raises Conflict for an account that waits or is
    disabled."""
    with app.database.store() as store:
        user = store.user(organisation_id, user_id)
        if user.state == "invited":
            raise Conflict("The invitation was not accepted yet. Send it again instead.")
        return _link(app, store, user, "reset")


def forgot(app: App, email: str) -> None:
    """Whoever has an account with this address gets a link by mail. Runs after the answer, which is always the same."""
    with app.database.asking() as system:
        known = [user for user in system.users_called(email) if user.state == "active"]
    for user in known:
        with app.database.store() as store:
            _link(app, store, user, "reset")


def opened(app: App, token: str) -> tuple[AccountLink, User, str]:
    """(link, whose, the organisation's name), without using it up: mail scanners open links. Raises NotFound."""
    hash = app.signer.check_account_link(token)
    with app.database.asking() as system:
        link = system.account_link(hash, app.now)
    if link is None:
        raise NotFound("This link was used, replaced by a newer one, or is too old. Ask for another.")
    with app.database.reading() as store:
        user = store.user(link.organisation_id, link.user_id)
        return link, user, store.organisation(link.organisation_id).name


def use(app: App, token: str, *, password: str, name: str = "") -> Recruiter:
    """The password is theirs from now on; of two who press at once, one. Raises NotFound, BadRequest."""
    link, user, organisation = opened(app, token)
    called = person_named(name) or user.name
    if link.kind == "invitation" and not called:
        raise BadRequest("Write your name. It stands beside what you decide.")
    hash = passwords.hashed(passwords.checked(password, (called, user.email, organisation)))
    with app.database.store() as store:
        store.use_account_link(link.organisation_id, link.id, app.now)
        if link.kind == "invitation":
            user = store.accept_invitation(link.organisation_id, user.id, name=called, password_hash=hash, now=app.now)
        else:
            user = store.set_password(link.organisation_id, user.id, hash, app.now)
    return recruiter_of_user(user)


def change_password(app: App, who: Recruiter, *, old: str, new: str) -> None:
    """One's own; ends every session of theirs. Raises BadRequest."""
    with app.database.reading() as store:
        user = store.user(who.organisation_id, who.user_id)
        organisation = store.organisation(who.organisation_id).name
    if user.password_hash is not None and not passwords.matches(user.password_hash, old):
        raise BadRequest("The present password is not right.")
    hash = passwords.hashed(passwords.checked(new, (user.name, user.email, organisation)))
    with app.database.store() as store:
        store.set_password(who.organisation_id, who.user_id, hash, app.now)


def _link(app: App, store: Store, user: User, kind: AccountLinkKind) -> str:
    """A fresh link, in the caller's transaction, with the mail that carries it: the words that /messages shows."""
    token = app.signer.account_token()
    link = store.add_account_link(
        user.organisation_id,
        user.id,
        kind,
        hash=app.signer.check_account_link(token),
        expires=app.now + LIVES[kind],
        now=app.now,
    )
    url = address_of(app, f"/account/{token}")
    key = f"account:{link.id}"
    message = messages.account_letter(
        app,
        store,
        user.organisation_id,
        "account_invitation" if kind == "invitation" else "password_reset",
        name=user.name,
        email=user.email,
        link=url,
        expires=app.now + LIVES[kind],
        key=key,
    )
    store.add_delivery(
        user.organisation_id,
        kind="email",
        key=key,
        payload={"message": message.as_string(policy=policy.SMTP)},
        subject=user.organisation_id,
        now=app.now,
    )
    return url
