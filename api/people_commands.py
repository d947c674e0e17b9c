"""`foyer people`: accounts of the first organisation, for whoever runs Foyer and cannot get in by the page. Doors as in
`api.cli`, which registers them; the service may run or not."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from models.errors import NotFound

if TYPE_CHECKING:
    from api.deps import App

people_app = typer.Typer(help="Accounts of people, of the first organisation.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Data on stdout as JSON, nothing else there.")]
Email = Annotated[str, typer.Argument(help="Their e-mail address.")]


@contextmanager
def _here() -> Iterator[tuple[App, str]]:
    from api.app import build, organisation_here
    from api.cli import reached, settings

    chosen = settings()
    running = build(reached(chosen, chosen.host, chosen.port), work=False)
    with closing(running.database):
        yield running, organisation_here(running)


@people_app.command("list")
def listed(as_json: AsJson = False) -> None:  # noqa: FBT002 - typer's option
    """Everybody with an account: role, state, last seen."""
    from api.cli import print_json

    with _here() as (app, organisation_id), app.database.reading() as store:
        found = [
            {
                "id": user.id,
                "name": user.name,
                "email": user.email,
                "role": user.role,
                "state": user.state,
                "seen_at": user.seen_at.isoformat() if user.seen_at else None,
            }
            for user in store.users(organisation_id)
        ]
    if as_json:
        print_json(found)
        return
    for one in found:
        seen = f"seen {one['seen_at'][:10]}" if one["seen_at"] else "never seen"
        print(f"{one['email']:<32} {one['name']}  ({one['role']}, {one['state']}, {seen})")


@people_app.command("invite")
def invite(
    email: Email,
    role: Annotated[str, typer.Option(help="admin, recruiter, reviewer, auditor or hiring_manager.")] = "admin",
    name: Annotated[str, typer.Option(help="Their name; they can write it themselves.")] = "",
) -> None:
    """Prints a link that opens the account once, within seven days; it goes out by mail too."""
    from api import invitations

    with _here() as (app, organisation_id):
        _, link = invitations.invite(app, organisation_id, email=email, name=name, role=role)
    print(link)


@people_app.command("reset")
def reset(email: Email) -> None:
    """Prints a link that takes a new password once, within an hour; of a disabled account after enabling it."""
    from api import invitations

    with _here() as (app, organisation_id):
        with app.database.store() as store:
            user = store.user_called(organisation_id, email)
            if user is None:
                raise NotFound(f"There is no account with the address {email!r}. See: foyer people list")
            if user.state == "disabled":
                store.enable_user(organisation_id, user.id)
                print("The account was disabled; it is enabled again.", file=sys.stderr)
        make = invitations.invite_again if user.state == "invited" else invitations.reset_link
        print(make(app, organisation_id, user.id))
