"""What whoever runs Foyer wants to see without a command line: what runs where, how full disk and queue are, how the
audit log stands, what was used, what is due to be deleted. Used by `api.routes.operations`."""

from __future__ import annotations

import importlib.metadata
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from api.doctor import DISK_FREE
from api.retaining import Item, plan
from api.slots import Standing, living, standing
from api.wiring import FALLBACK_NOTICE
from compliance.audit import CHECKPOINT_EVERY
from compliance.retention import PURGED
from models.deeds import AuditEvent
from models.errors import BadRequest
from models.sentences import N_
from models.store.operating import Used

if TYPE_CHECKING:
    from api.deps import App

Tone = Literal["good", "fair", "poor", ""]
MONTHS = 12
SHOWN, SOON_DAYS, PLAN_SECONDS, USAGE_SECONDS = 200, 30, 600.0, 300.0
LOOKED_AT = 200
"""Newest entries of the audit log whose links a page tries; all of them: `foyer audit verify`."""


@dataclass(frozen=True, slots=True)
class Engine:
    """What does one thing here. `where`: on this machine, or at an address; `note`: what to know, or to do."""

    task: str
    name: str
    where: str
    tone: Tone = "good"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Machine:
    """`waiting`: work that is due and not done, by kind; `workers`: processes that have told they live; `roles`: what
    waits for each kind of worker, and how many take it; `untaken`: roles that nobody takes."""

    free: int
    size: int
    waiting: dict[str, int]
    workers: tuple[tuple[str, datetime, bool], ...]
    roles: tuple[Standing, ...]
    untaken: tuple[str, ...]
    ready: str
    version: str
    database: str

    @property
    def scarce(self) -> bool:
        return self.free < DISK_FREE


@dataclass(frozen=True, slots=True)
class Chain:
    """How the audit log stands: `seq` entries, the last checkpoint at `checkpoint_seq`, and whether the newest
    `looked_at` follow each other. `fault`: what is wrong, empty: nothing was found."""

    seq: int
    checkpoint_seq: int
    checkpoint_at: datetime | None
    looked_at: int
    fault: str
    late: bool


def engines(app: App) -> list[Engine]:
    """By what they do. Nothing is tried (`foyer doctor` does), only what is loaded or chosen is named; none while they
    are being loaded."""
    made = app.engines
    if made.unready and app.pipeline.alive:
        return []
    voice, model = app.settings.voice, app.settings.model
    fallback = made.recogniser_is_fallback
    found = [
        Engine(
            N_("Recognises speech"),
            made.recogniser.name,
            _where(voice.recogniser),
            "poor" if fallback else "good",
            f"The fallback is not for real candidates. {FALLBACK_NOTICE}" if fallback else "",
        ),
        Engine(N_("Speaks"), made.voice.name, _where(voice.voice)),
        Engine(N_("Tells the end of an answer"), made.turn_detector.name, HERE),
        Engine(N_("Compares by meaning"), made.embedder.name, HERE),
    ]
    for task, one in ((N_("Words follow-up questions"), made.language_model), (N_("Second rater"), made.second_rater)):
        name, where = (one.name, _where(model.base_url)) if one is not None else ("none", "")
        found.append(Engine(task, name, where, "good" if one is not None else "", "" if one else NO_MODEL))
    ocr = made.ocr.available
    found.append(
        Engine(
            N_("Reads scans"),
            f"Tesseract ({app.settings.screening.ocr})" if ocr else "none",
            HERE if ocr else "",
            "good" if ocr else "fair",
            "" if ocr else N_("Scans are named and wait: install tesseract-ocr."),
        )
    )
    why = made.printer.why_not
    found.append(
        Engine(
            N_("Prints reports"),
            "none" if why else made.printer.name,
            "" if why else HERE,
            "fair" if why else "good",
            why or "",
        )
    )
    mail = app.settings.mail.smtp_host
    note = "" if mail else N_("Messages are written to a folder, not sent: set FOYER_MAIL__SMTP_HOST.")
    found.append(Engine(N_("Sends mail"), mail or "outbox", mail or HERE, "good" if mail else "fair", note))
    return found


HERE = "this machine"
NO_MODEL = N_("No language model is asked: the kit's own words are said.")


def _where(chosen: str) -> str:
    return chosen if chosen.startswith(("http://", "https://")) else HERE


def machine(app: App) -> Machine:
    disk = shutil.disk_usage(app.settings.home)
    with app.database.asking() as system:
        waiting = system.waiting(app.now)
        found = living(system, app.now)
        roles = standing(system, app.now, waiting)
    workers = tuple((one.executor, one.until, one.lives) for one in found)
    return Machine(
        free=disk.free,
        size=disk.total,
        waiting=waiting,
        workers=workers,
        roles=tuple(roles),
        untaken=tuple(one.role for one in roles if not one.takers),
        ready=app.engines.unready,
        version=importlib.metadata.version("foyer"),
        database=app.database.engine.dialect.name,
    )


# ---------------------------------------------------------------- the audit log


def chain(app: App, organisation_id: str) -> Chain:
    with app.database.reading() as store:
        stands = store.audit_stands(organisation_id)
        newest = store.audit(organisation_id, limit=LOOKED_AT)
    if stands is None:
        return Chain(0, 0, None, 0, "", late=False)
    seq, hash, checkpoint_seq, checkpoint_at = stands
    late = seq > checkpoint_seq and app.now - checkpoint_at > 2 * CHECKPOINT_EVERY
    at = checkpoint_at if checkpoint_seq else None
    return Chain(seq, checkpoint_seq, at, len(newest), _fault(newest, seq, hash), late)


def _fault(newest: Sequence[AuditEvent], seq: int, hash: str) -> str:
    """`newest` first."""
    if newest and (newest[0].seq, newest[0].hash) != (seq, hash):
        return f"The log ends at entry {newest[0].seq}, and it was at {seq}: the newest entries are missing."
    for later, earlier in pairwise(newest):
        if later.seq != earlier.seq + 1:
            return f"Entries between {earlier.seq} and {later.seq} are missing."
        if later.chained(earlier.hash).hash != later.hash:
            return f"Entry {later.seq} does not follow the one before: it was changed, or that one was."
    return ""


# ---------------------------------------------------------------- usage and retention


def usage(app: App, organisation_id: str, since: str, until: str) -> list[Used]:
    """By month and job; months as 2026-03, both within; the last MONTHS unless said. Raises BadRequest."""
    last = _month(until) if until else app.now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    first = _month(since) if since else (last - timedelta(days=30 * (MONTHS - 1))).replace(day=1)
    if first > last:
        raise BadRequest("The first month must not be after the last.")
    end = (last + timedelta(days=32)).replace(day=1)

    def make() -> list[Used]:
        with app.database.reading() as store:
            return store.used(organisation_id, first, end)

    found: list[Used] = app.counted.of(("usage", organisation_id, first, end), make, seconds=USAGE_SECONDS)
    return found


def _month(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC)
    except ValueError as error:
        raise BadRequest("Write months as 2026-03.") from error


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept and when it goes, as it was at `at`. `first`: by (class or "", whether also what is neither due,
    held nor undecided) the first SHOWN and how many there are."""

    at: datetime
    number: int
    due: int
    soon: int
    held: int
    first: Mapping[tuple[str, bool], tuple[list[Item], int]]


def retention(app: App, organisation_id: str) -> Kept | None:
    """Of many, as it stood ten minutes ago, or longer while it is counted again; None while that is the first time."""

    def make() -> Kept:
        with app.database.reading() as store:
            items = plan(app, store, organisation_id)
        soon = app.now.date() + timedelta(days=SOON_DAYS)
        first: dict[tuple[str, bool], tuple[list[Item], int]] = {}
        for kind in ("", *PURGED):
            for everything in (False, True):
                mine = [
                    one
                    for one in items
                    if kind in ("", one.record_class) and (everything or one.due or one.held or one.conflict)
                ]
                first[kind, everything] = mine[:SHOWN], len(mine)
        return Kept(
            at=app.now,
            number=len(items),
            due=sum(one.due for one in items),
            soon=sum(not one.due and one.goes_on is not None and one.goes_on <= soon for one in items),
            held=sum(one.held for one in items),
            first=first,
        )

    found: Kept | None = app.counted.soon(("retention", organisation_id), make, seconds=PLAN_SECONDS)
    return found
