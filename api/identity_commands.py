"""`foyer single-sign-on`: a door as in `api.cli`, which registers it. The service may run or not."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    app.command("single-sign-on")(single_sign_on)


def single_sign_on(
    *,
    open: Annotated[bool, typer.Option("--open", help="Let people sign in with their passwords again.")] = False,
) -> None:
    """How people sign in with the organisation's own system. The way back in when that system is the only one and is
    away. Prints what is set up."""
    from api import identity
    from api.app import build, organisation_here
    from api.cli import print_json, settings
    from api.identity import IdentityIn

    running = build(settings(), work=False)
    with closing(running.database):
        organisation_id = organisation_here(running)
        found = identity.shown(running, organisation_id)
        if found is not None and open and found.enforced:
            kept = found.model_dump(include=set(IdentityIn.model_fields)) | {"enforced": False}
            found = identity.keep(running, organisation_id, IdentityIn.model_validate(kept))
    print_json(found.model_dump(mode="json") if found else {"issuer": None})
