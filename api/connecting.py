"""`foyer connect`: a system is connected from a terminal or a script, on the database itself. `api.cli` is the door."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer

from api import linking
from api.app import build, organisation_here
from api.deps import App
from integrations.vendors import VENDORS, vendor
from models.errors import BadRequest
from models.exchange import About, Setting
from models.records import Connection
from models.settings import Settings

Ask = Callable[[Setting], str]
"""Asks a person at a terminal; "" where they leave it empty."""
KINDS = {"ats": "applicant tracking system", "crm": "talent pool", "any": "anything"}


def listed() -> list[dict[str, str]]:
    """The systems that can be connected, by name."""
    found = sorted((each.about for each in VENDORS.values()), key=lambda about: about.vendor)
    return [{"vendor": each.vendor, "name": each.name, "kind": KINDS[each.kind]} for each in found]


def connect(
    settings: Settings, name: str, title: str, given: Sequence[str], *, ask: Ask | None, on: bool
) -> dict[str, Any]:
    """A connection of this title, new or changed: what to register, what a test finds, whether it is switched on.
    `ask` None: nobody is there to be asked. Raises BadRequest, which names what is missing."""
    about = vendor(name).about
    typed = _given(about, given)
    app = build(settings)
    try:
        organisation_id = organisation_here(app)
        row = _known(app, organisation_id, name, title or about.name)
        typed |= _asked(about, typed, dict(row.settings) if row is not None else {}, ask)
        if row is None:
            row = linking.add(app, organisation_id, name, title, typed)
        else:
            row = linking.keep(app, organisation_id, row.id, settings=typed)
        findings = linking.tested(app, row)
        if on:
            row = linking.keep(app, organisation_id, row.id, enabled=True)
        address = app.connections.address(row)
        return {
            "id": row.id,
            "name": row.name,
            "enabled": row.enabled,
            "register": [line.replace("{url}", address) for line in about.register],
            "findings": [asdict(each) for each in findings],
        }
    finally:
        app.engines.close()
        app.database.close()


def switch_on(settings: Settings, id: str) -> None:
    """Once a person has read what the test found. A running service begins within moments."""
    app = build(settings)
    try:
        with app.database.asking() as system:
            linking.keep(app, system.organisations()[0].id, id, enabled=True)
    finally:
        app.engines.close()
        app.database.close()


def told(found: Mapping[str, Any]) -> list[str]:
    """For a person to read."""
    lines = [f"{found['name']} is kept, switched {'on' if found['enabled'] else 'off'}."]
    if found["register"]:
        lines += ["", "To register on the other side:"]
        lines += [f"  {number}. {line}" for number, line in enumerate(found["register"], start=1)]
    lines += ["", "What the test found:"]
    for each in found["findings"]:
        lines.append(f"  {'works  ' if each['ok'] else 'TO MEND'} {each['what']}")
        if not each["ok"] and each["cure"]:
            lines.append(f"          {each['cure']}")
    return lines


def _given(about: About, given: Sequence[str]) -> dict[str, str]:
    """`key=value`, or `key=@FILE` for what should stand neither in a history nor among the processes."""
    typed: dict[str, str] = {}
    for each in given:
        key, sign, value = each.partition("=")
        if not sign:
            raise BadRequest(f"--set takes key=value, not {each!r}.")
        if value.startswith("@"):
            value = Path(value[1:]).read_text(encoding="utf-8").strip()
        typed[key.strip()] = value
    if unknown := sorted(typed.keys() - {each.key for each in about.settings}):
        known = ", ".join(each.key for each in about.settings)
        raise BadRequest(f"{about.name} has no setting {', '.join(unknown)}; it has {known}.")
    return typed


def _known(app: App, organisation_id: str, name: str, title: str) -> Connection | None:
    with app.database.reading() as store:
        rows = store.connections(organisation_id)
    return next((each for each in rows if each.vendor == name and each.name == title), None)


def _asked(about: About, typed: Mapping[str, str], kept: Mapping[str, str], ask: Ask | None) -> dict[str, str]:
    """What is not given and not known yet."""
    open_ = [each for each in about.settings if each.key not in typed and not kept.get(each.key)]
    if ask is not None:
        return {each.key: answer for each in open_ if (answer := ask(each))}
    lacking = [each.key for each in open_ if each.required and not each.default and not each.listed]
    if lacking:
        wanted = " ".join(f"--set {key}=..." for key in lacking)
        raise BadRequest(f"{about.name} needs more: {wanted} (or key=@FILE). In a terminal it is asked for.")
    return {}


def at_terminal() -> bool:
    """Somebody is there to be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def asked(setting: Setting) -> str:
    """At the terminal; secrets without an echo."""
    if setting.help:
        print(setting.help, file=sys.stderr)
    free = "" if setting.default or setting.listed or not setting.required else None
    answer: str = typer.prompt(
        setting.label + ("" if setting.required else " (optional)"),
        default=setting.default or free,
        hide_input=setting.secret,
        show_default=bool(setting.default),
        err=True,
    )
    return "" if answer == setting.default else answer.strip()
