"""People sign in to their accounts. Used by `api.routes.accounts`, and where another system has proven an address."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from api import auditing, passwords
from api.limits import Limits
from api.security import Recruiter, begin_session, recruiter_of_user
from models.errors import BadRequest, TooMany, Unauthorized
from models.records import UserRole, email_key

if TYPE_CHECKING:
    from api.deps import App

REFUSED = "This e-mail address and password do not belong together. Try again, or have a new password sent to you."
"""Whether there is such an account, has a password or is disabled: the answer is the same."""
ONLY_THERE = "Your organisation signs in with its own system. Use the button for it."
RANK: tuple[UserRole, ...] = ("admin", "recruiter", "reviewer", "auditor", "hiring_manager")
"""Of several roles the first counts."""


def sign_in(app: App, limits: Limits, *, email: str, password: str, address: str) -> Recruiter:
    """Who that is. An unknown address costs the same time and gets the same answer as a wrong password. Raises
    Unauthorized, TooMany."""
    who = address_key(email)
    tries = {"password": f"{who} {address}", "account": who}
    if wait := max(limits.full(kind, whose) for kind, whose in tries.items()):
        raise TooMany(f"Too many wrong passwords. Try again in {wait} s, or have a new password sent to you.")
    with app.database.asking() as system:
        elsewhere = system.enforcing()
        if elsewhere >= {each.id for each in system.organisations()}:
            raise Unauthorized(ONLY_THERE)
        called = [user for user in system.users_called(email) if user.organisation_id not in elsewhere]
    known = [user for user in called if user.state == "active"]
    checked = [(user, passwords.matches(user.password_hash, password)) for user in known]
    if not checked:
        passwords.matches(None, password)
    found = next((user for user, right in checked if right), None)
    if found is None:
        for kind, whose in tries.items():
            limits.spend(kind, whose)
        auditing.refused_sign_in(app, known[0] if known else None)
        raise Unauthorized(REFUSED)
    limits.forgive("password", tries["password"])
    if passwords.is_old(found.password_hash or ""):
        with app.database.store() as store:
            store.rehash_password(found.organisation_id, found.id, passwords.hashed(password))
    return recruiter_of_user(found)


def may_show_key(app: App, who: Recruiter) -> None:
    """Whether a browser is signed in with this key. Raises Unauthorized where people sign in elsewhere alone."""
    with app.database.asking() as system:
        if who.organisation_id in system.enforcing():
            raise Unauthorized(ONLY_THERE)


def sign_in_proven(
    app: App, organisation_id: str, *, email: str, name: str, groups: Iterable[str] | None = None
) -> tuple[Recruiter, str]:
    """Somebody whose address another system vouches for (OpenID Connect, SAML): who they are here, and what the cookie
    of their browser carries. `groups`: roles as that system gives them, of which the highest becomes theirs, also of
    whoever had another; None leaves the role to Foyer. Who has no account gets one if a role comes with them. Raises
    Unauthorized for a disabled account, and where there is neither account nor role."""
    role = None if groups is None else next((each for each in RANK if each in set(groups)), None)
    with app.database.store() as store:
        user = store.user_called(organisation_id, email)
        if user is None:
            if role is None:
                raise Unauthorized("There is no account for you here. Ask an administrator for an invitation.")
            user = store.add_user(organisation_id, name=name, email=email, role=role, now=app.now)
        elif user.state == "disabled":
            raise Unauthorized("This account is disabled. Ask an administrator.")
        elif role is not None:
            store.set_role(organisation_id, user.id, role)
        if user.state == "invited":
            store.accept_invitation(organisation_id, user.id, name=name, now=app.now)
    who = recruiter_of_user(user)
    return replace(who, browser=True), begin_session(app.database, who, app.now)


def address_key(email: str) -> str:
    """Under which tries for an address are counted."""
    return hashlib.sha256(email_key(email).encode()).hexdigest()[:32]


def address_in(text: str) -> str:
    """A plain e-mail address, as it is kept. Raises BadRequest."""
    address = "".join(text.split())
    local, _, domain = address.rpartition("@")
    if (
        len(address) > 320
        or not local
        or "." not in domain.strip(".")
        or not address.isprintable()
        or _ODD & {*address}
    ):
        raise BadRequest("Write an e-mail address such as ann@example.org.")
    return address


_ODD = frozenset('<>,;:\\"()[]')
