"""`foyer suspend`, `foyer resume`: doors as in `api.cli`, which registers them. The service may run or not."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

Who = Annotated[str, typer.Option(help="Who orders it: the name of a human being.")]
Why = Annotated[str, typer.Option(help="In a few words, without anything about a candidate.")]
Of = Annotated[str, typer.Option(help="The id of one job; else the whole organisation.")]


def register(app: typer.Typer) -> None:
    for command in (suspend, resume):
        app.command()(command)


def suspend(person: Who, because: Why, job: Of = "") -> None:
    """Nothing more is screened, invited, booked or rated; interviews under way end politely. Prints the record."""
    _switch("suspend", person, because, job)


def resume(person: Who, because: Why, job: Of = "") -> None:
    """What waited goes on, within seconds where the service runs. Prints the record."""
    _switch("resume", person, because, job)


def _switch(what: str, person: str, because: str, job: str) -> None:
    from api import suspending
    from api.app import build, organisation_here
    from api.cli import print_json, settings
    from api.security import person_here

    running = build(settings(), work=False)
    with closing(running.database):
        organisation_id = organisation_here(running)
        do = suspending.suspend if what == "suspend" else suspending.resume
        found = do(running, organisation_id, job_id=job or None, reason=because, person=person_here(person))
    print_json(found.model_dump(mode="json"))
