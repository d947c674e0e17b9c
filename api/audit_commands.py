"""`foyer audit`: verify, export, purge. A part of `api.cli`, thin as it is."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

audit_app = typer.Typer(help="The log of what was done, by whom.", no_args_is_help=True)


@audit_app.command("verify")
def audit_verify(
    export: Annotated[Path | None, typer.Option(help="An export to verify, instead of the database here.")] = None,
    checkpoints: Annotated[
        list[Path] | None, typer.Option(help="Checkpoints you hold: a file, or a folder of .jsonl; can be given again.")
    ] = None,
    key: Annotated[str, typer.Option(help="The installation's public key, hex, as you know it from elsewhere.")] = "",
) -> None:
    """Is anything changed, missing or written anew? Exit code 1 says so, with the first fault of each log."""
    from api import auditing
    from models.errors import FoyerError

    if export is not None:
        held = auditing.read_checkpoints(checkpoints or [])
        with export.open(encoding="utf-8") as lines:
            found = auditing.verify_export(lines, held, key=key)
    else:
        from api.app import opened
        from api.cli import settings

        chosen = settings()
        database, signer = opened(chosen)
        own = [chosen.home / "checkpoints"] if (chosen.home / "checkpoints").is_dir() else []
        held = auditing.read_checkpoints([*own, *(checkpoints or [])])
        found = auditing.verify_database(database, signer, held, key=key)
        database.close()
    for organisation, fault in found.items():
        print(f"{organisation}: " + ("whole" if fault is None else f"{fault.kind}: {fault.detail}"))
    against = len({each["seq"] for each in held})
    print(f"verified against {against} checkpoints" if against else NO_CHECKPOINTS, file=sys.stderr)
    faults = [fault for fault in found.values() if fault is not None]
    if faults:
        raise FoyerError(f"The audit log is not whole: {faults[0].detail}")


NO_CHECKPOINTS = (
    "There are no checkpoints: that the end was cut off, or that all was written anew, cannot be seen without them."
)


@audit_app.command("export")
def audit_export() -> None:
    """Every organisation's log as JSON Lines on stdout."""
    from api import auditing
    from api.app import opened
    from api.cli import settings

    database, _ = opened(settings())
    with database.asking() as system:
        organisations = system.audited()
    for organisation_id in organisations:
        for line in auditing.exported(database, organisation_id):
            print(line, end="")
    database.close()


@audit_app.command("checkpoint")
def audit_checkpoint() -> None:
    """Sign where every log stands now, beside the hourly ones; prints what to keep elsewhere."""
    import json

    from api import auditing
    from api.app import build
    from api.cli import settings

    running = build(settings())
    with running.database.asking() as system:
        organisations = system.audited()
    for organisation_id in organisations:
        record = auditing.checkpoint(running, organisation_id)
        if record is not None:
            print(json.dumps(record))


@audit_app.command("purge")
def audit_purge(
    before: Annotated[datetime, typer.Option(help="Entries older than this day go.", formats=["%Y-%m-%d"])],
    floor_days: Annotated[int, typer.Option(min=1, help="Keep at least so many days; 183 are the least.")] = 183,
) -> None:
    """Delete old entries behind a signed stub, so that the rest still verifies. Younger ones than six months stay."""
    from api import auditing
    from api.app import build
    from api.cli import settings

    running = build(settings())
    with running.database.asking() as system:
        organisations = system.audited()
    for organisation_id in organisations:
        day, floor = before.replace(tzinfo=UTC), timedelta(days=floor_days)
        count = auditing.purge(running, organisation_id, day, floor=floor)
        print(f"{organisation_id}: {count} entries purged", file=sys.stderr)
