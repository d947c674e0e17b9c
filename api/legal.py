"""The law that this installation reads, and what it means for an organisation and its jobs today. Used by routes, the
sweep, `foyer law` and `foyer doctor`. Packs of one's own lie in FOYER_HOME/law (`docs/law.md`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from compliance.law import BUNDLED, STALE_DAYS, Law, Rule, named, read_law
from compliance.retention import SAYS, policy
from models.settings import Settings


def law_of(settings: Settings) -> Law:
    """As the files are now: a date changed in one counts from the next question on. Raises BadRequest that names a file
    with a mistake in it."""
    folder = settings.home / "law"
    files = sorted([*BUNDLED.glob("*.toml"), *folder.glob("*.toml")])
    return _read(folder, tuple((file.name, file.stat().st_mtime_ns) for file in files))


@lru_cache(maxsize=8)
def _read(folder: Path, _as_of: tuple[tuple[str, int], ...]) -> Law:
    return read_law(folder)


def shown(law: Law, places: Sequence[str], on: date) -> dict[str, Any]:
    """JSON types: what binds, what comes, what is stale, of which places nothing is known, and the periods."""
    codes = named(places)
    return {
        "on": on.isoformat(),
        "version": law.version,
        "jurisdictions": list(codes),
        "unknown": list(law.unknown(codes)),
        "binding": [_rule(rule) for rule in law.binding(codes, on)],
        "coming": [_rule(rule) for rule in law.coming(codes, on)],
        "stale": [_rule(rule) for rule in law.stale(on)],
        "retention": [
            {
                "record_class": each.record_class,
                "what": SAYS[each.record_class],
                "days": each.days,
                "because": list(each.because),
                "conflict": list(each.conflict) if each.conflict else None,
            }
            for each in policy(law, codes, on)
        ],
    }


def lines(found: dict[str, Any]) -> list[str]:
    """`shown`, for a terminal."""
    where = ", ".join(found["jurisdictions"]) or "no jurisdiction named: only the house's own wishes"
    told = [f"Law on {found['on']}, version {found['version']}: {where}", ""]
    told += [f"No pack knows {code}: that is no all-clear." for code in found["unknown"]]
    told += ["Binds:", *(_line(rule) for rule in found["binding"])]
    if found["coming"]:
        told += ["", "Comes:", *(f"{_line(rule)}  from {rule['in_force_from']}" for rule in found["coming"])]
    told += ["", "Kept for:", *(_kept(each) for each in found["retention"])]
    if found["stale"]:
        told += ["", f"Not checked for more than {STALE_DAYS} days (look at the source, then change checked_on):"]
        told += [f"  {rule['id']}  {rule['checked_on']}  {rule['source']}" for rule in found["stale"]]
    return told


def _rule(rule: Rule) -> dict[str, Any]:
    return rule.model_dump(mode="json", exclude={"applies_to", "text"})


def _line(rule: dict[str, Any]) -> str:
    days = f" ({rule['days']} days)" if rule["days"] is not None else ""
    return f"  {rule['id']:<26} {rule['kind']:<19} {rule['title']}{days}"


def _kept(each: dict[str, Any]) -> str:
    days = "until somebody deletes it" if each["days"] is None else f"{each['days']} days"
    because = f" ({', '.join(each['because'])})" if each["because"] else ""
    if each["conflict"]:
        because = f" CONFLICT: {each['conflict'][0]} asks for more than {each['conflict'][1]} allows; a person decides"
    return f"  {each['record_class']:<13} {days}{because}  {each['what']}"
