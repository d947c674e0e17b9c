"""The first run: whoever starts Foyer becomes its first administrator, and nobody else does. Used by `api.app`, which
shows the code, and `api.routes.setup`.

A stranger may reach the page before the owner does. So it takes the code that `foyer serve` prints, or a browser on
this very machine while there is nothing to take yet, or a session of an administrator's key."""

from __future__ import annotations

import re
import secrets
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.requests import HTTPConnection

from api import passwords
from api.accounts import address_in
from api.security import Recruiter, kept_secret, person_named, recruiter_of_user
from compliance.law import named
from models.errors import BadRequest, Conflict, Unauthorized
from models.records import Organisation

if TYPE_CHECKING:
    from api.deps import App

FILE = "setup.code"
FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
LONGEST_NAME = 200
_SIGNS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # none that is taken for another


def needed(app: App) -> bool:
    """Nobody has an account yet."""
    with app.database.asking() as system:
        return not system.has_users()


def code(app: App) -> str:
    """The one-time code, made at the first call; empty once somebody has an account."""
    path = app.settings.home / FILE
    if not needed(app):
        path.unlink(missing_ok=True)
        return ""
    return kept_secret(app.settings.home, FILE, _fresh)


def announced(app: App) -> str:
    """What `foyer serve` says at its start; empty: nothing."""
    shown = code(app)
    if not shown:
        return ""
    address = app.settings.base_url.rstrip("/")
    return f"Nobody has an account yet: open {address}/setup with the code {shown} (also in {_file(app)})"


def _file(app: App) -> Path:
    return app.settings.home / FILE


def _fresh() -> str:
    return "-".join("".join(secrets.choice(_SIGNS) for _ in range(4)) for _ in range(4))


def is_near(connection: HTTPConnection, app: App) -> bool:
    """A browser on this machine, at this machine's own name, of an installation that only this machine can reach. A
    proxy speaks for others, and a name that somebody else's server gives out may lead here too."""
    hosts = [connection.client.host if connection.client is not None else "", connection.url.hostname or ""]
    hosts.append(re.sub(r"^\w+://(\[[^]]*]|[^:/]*).*", r"\1", app.settings.base_url).strip("[]"))
    return all(map(_loops, hosts)) and not any(name in connection.headers for name in FORWARDED)


def _loops(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def needs_code(connection: HTTPConnection, app: App, who: Recruiter | None) -> bool:
    """Whoever holds an administrator's key needs none; nor does a browser on this machine while there is nothing to
    take."""
    if who is not None and who.role == "admin":
        return False
    here = organisation(app).id
    with app.database.reading() as store:
        begun = store.first_steps(here).job
    return begun or not is_near(connection, app)


def set_up(
    app: App,
    *,
    shown: str | None,
    called: str,
    jurisdictions: str,
    name: str,
    email: str,
    password: str,
) -> Recruiter:
    """`shown`: the code as it was typed; None where none is needed. Raises Unauthorized, BadRequest, Conflict."""
    kept = code(app)
    if not kept:
        raise Conflict("Foyer is set up already. Sign in, or ask an administrator for an invitation.")
    if shown is not None and not secrets.compare_digest(_plain(shown).encode(), _plain(kept).encode()):
        raise Unauthorized(f"This is not the setup code. `foyer serve` prints it at its start; it is in {FILE} too.")
    said, company = person_named(name), " ".join(called.split())[:LONGEST_NAME]
    if not said or not company:
        raise BadRequest("Write your organisation's name and your own. Candidates read the first.")
    address, places = address_in(email), named(re.split(r"[,;\s]+", jurisdictions))
    passwords.checked(password, (said, address, company))
    hash, here = passwords.hashed(password), organisation(app).id
    with app.database.store() as store:
        user = store.set_up(
            here,
            called=company,
            jurisdictions=places,
            name=said,
            email=address,
            password_hash=hash,
            now=app.now,
        )
    _file(app).unlink(missing_ok=True)
    return recruiter_of_user(user)


def organisation(app: App) -> Organisation:
    with app.database.asking() as system:
        return system.organisations()[0]


def _plain(code: str) -> str:
    return "".join(sign for sign in code.upper() if sign.isalnum())
