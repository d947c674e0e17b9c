"""`foyer migrate`: the schema brought up to date, or an installation moved to another database. A door as in `api.cli`,
which registers it."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from models.errors import BadRequest


def register(app: typer.Typer) -> None:
    app.command()(migrate)


def migrate(
    source: Annotated[
        str, typer.Option("--from", help="The database that is moved, such as sqlite:////var/foyer/foyer.db.")
    ] = "",
    target: Annotated[
        str, typer.Option("--to", help="An empty one, such as postgresql://foyer@db.example.org/foyer.")
    ] = "",
    files_to: Annotated[
        str, typer.Option(help="Files too: a folder or an fsspec URL. Else they stay where they are.")
    ] = "",
    verify: Annotated[bool, typer.Option("--verify", help="Only compare --from and --to, row by row.")] = False,  # noqa: FBT002
) -> None:
    """Bring the database to this version's schema (`serve` and `worker` do so too when they start). With --from and
    --to: move everything from one database to another; nothing may run on it. Killed, the same command goes on."""
    from api.cli import settings

    chosen = settings()
    if not (source or target or files_to or verify):
        _schema()
        return
    if not (source and target):
        raise BadRequest("A move takes both: foyer migrate --from sqlite:////PATH/foyer.db --to postgresql://...")
    from api import moving
    from api.deps import SystemClock
    from api.progress import progress

    if verify:
        found = moving.verify(chosen, source, target, watched=progress)
    else:
        found = moving.move(chosen, source, target, files_to=files_to, clock=SystemClock(), watched=progress)
    for one in found.tables:
        print(f"{one.rows:>12,}  {one.digest[:16]}  {one.table}")
    files = f" and {found.files:,} files" if found.files else ""
    print(f"{found.rows:,} rows in {len(found.tables)} tables{files} are the same in both.")
    if not verify:
        print(
            "Now set FOYER_DATABASE_URL to the new database and start the service." + _then(files_to), file=sys.stderr
        )


def _then(files_to: str) -> str:
    return " FOYER_FILES_URL is where the files are now." if files_to else ""


def _schema() -> None:
    from api.cli import settings
    from compliance.seal import OpenSeal
    from models.db import Database

    chosen = settings()
    chosen.home.mkdir(parents=True, exist_ok=True)
    database = Database(chosen.store_url, OpenSeal())
    database.migrate()
    database.close()
    print("The database is up to date.", file=sys.stderr)
