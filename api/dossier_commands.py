"""`foyer dossier`: a door as in `api.cli`, which registers it."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    app.command()(dossier)


def dossier(
    folder: Annotated[Path, typer.Argument(help="Where the documents go.")],
    answers: Annotated[
        Path | None, typer.Option(help="TOML with what only you can say; a draft writes the questions.")
    ] = None,
    draft: Annotated[bool, typer.Option("--draft", help="Write it though something is missing: marked OPEN.")] = False,  # noqa: FBT002
) -> None:
    """Technical file, instructions for use, draft of an impact assessment, register of processing."""
    from api.app import build, organisation_here
    from api.cli import settings
    from api.dossier import write

    running = build(settings(), work=False)
    with closing(running.database), closing(running.engines):
        organisation_id = organisation_here(running)
        for path in write(running, organisation_id, folder, answers, draft=draft):
            print(path)
    if draft:
        print("A draft: look for OPEN.", file=sys.stderr)
