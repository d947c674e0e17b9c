"""`foyer law`, `foyer retention`, `foyer export`: doors as in `api.cli`, which registers them."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from models.errors import BadRequest

if TYPE_CHECKING:
    from api.deps import App

AsJson = Annotated[bool, typer.Option("--json", help="Data on stdout as JSON, nothing else there.")]


def register(app: typer.Typer) -> None:
    for command in (law, retention, export):
        app.command()(command)


def law(
    jurisdiction: Annotated[
        list[str] | None, typer.Option(help="us-ny-nyc, us-il, de, gb ...; again for several. Else the organisation's.")
    ] = None,
    on: Annotated[str, typer.Option(help="Another day than today: 2027-01-01.")] = "",
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="From now on these are the organisation's; again for several.")
    ] = None,
    as_json: AsJson = False,  # noqa: FBT002 - typer's parameter
) -> None:
    """Which rules of law bind, what comes, what nobody has checked for long."""
    from api import legal
    from api.cli import settings
    from compliance.law import named

    chosen = settings()
    today = _day(on) if on else datetime.now(UTC).date()
    places = list(jurisdiction or [])
    if set_ or not places:
        running, organisation_id = _here()
        with running.database.store() as store:
            if set_:
                store.set_law(organisation_id, jurisdictions=named(set_))
            places = places or list(store.organisation(organisation_id).jurisdictions or [])
    found = legal.shown(legal.law_of(chosen), places, today)
    print(json.dumps(found, ensure_ascii=False, indent=2) if as_json else "\n".join(legal.lines(found)))


def retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show, which is what happens anyway.")] = False,  # noqa: FBT002
    now: Annotated[bool, typer.Option("--now", help="Delete what is due, now.")] = False,  # noqa: FBT002
    by_itself: Annotated[
        bool | None, typer.Option("--by-itself/--not-by-itself", help="From now on the service deletes what is due.")
    ] = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """What is due to be deleted, by which rule; with --now it goes."""
    from api import retaining

    if dry_run and now:
        raise BadRequest("Either --dry-run or --now.")
    running, organisation_id = _here()
    if by_itself is not None:
        with running.database.store() as store:
            store.set_law(organisation_id, purges=by_itself)
    found = retaining.shown(running, organisation_id)
    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        print("\n".join(_lines(found)))
    if now:
        print(f"{retaining.purge(running, organisation_id)} deleted", file=sys.stderr)


def export(
    candidate: Annotated[str, typer.Argument(help="The candidate's id.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Zip to write; else CANDIDATE.zip.")] = None,
) -> None:
    """Everything that is kept of one person, with each decision explained."""
    from api.exporting import export as everything

    running, organisation_id = _here()
    content, target = everything(running, organisation_id, candidate), output or Path(f"{candidate}.zip")
    target.write_bytes(content)
    print(f"{target}: {len(content) / 1000:.0f} kB", file=sys.stderr)


def _here() -> tuple[App, str]:
    """The installation, and its first organisation."""
    from api.app import build, organisation_here
    from api.cli import settings

    running = build(settings())
    return running, organisation_here(running)


def _day(text: str) -> Any:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        raise BadRequest(f"{text!r} is no day. Write it as 2027-01-01.") from None


def _lines(found: dict[str, Any]) -> list[str]:
    told = [f"{found['due']} of {len(found['items'])} are due; law version {found['law_version']}"]
    for one in found["items"]:
        if one["due"] or one["held"] or one["conflict"]:
            why = "held" if one["held"] else "CONFLICT" if one["conflict"] else f"since {one['goes_on']}"
            rules = ", ".join(one["conflict"] or one["because"])
            told.append(f"  {one['record_class']:<11} {one['id']}  {why}  ({rules})")
    if not found["purges_by_itself"]:
        told.append("Nothing is deleted by itself here; `foyer retention --by-itself` changes that.")
    return told
