"""Law as dated data: which rules bind where on which day, and which have not been looked at for long. Pure, but for
reading the packs (`compliance/rules/*.toml`, and files of the same form beside a deployment). Called by `api.legal`.

A pack is no legal advice: it says what this software does by itself, where that was read, when, and how surely. A
jurisdiction is an ISO code in small letters, states behind their country: "us-ny-nyc" lies in "us-ny" and "us"."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, model_validator

from models.errors import BadRequest
from models.values import Value

BUNDLED = Path(__file__).parent / "rules"
STALE_DAYS = 120
"""A rule that nobody has checked for longer may have changed unseen: this law moves several times a year."""
EVERYWHERE = "everywhere"

RecordClass = Literal["media", "transcript", "documents", "decision", "demographics", "audit", "biometrics"]
Kind = Literal[
    "notice",
    "source_notice",
    "consent",
    "waiting_period",
    "retention_wish",
    "retention_floor",
    "retention_ceiling",
    "deletion_on_request",
    "answer_deadline",
    "adverse_notice",
    "human_review",
    "access",
    "correction",
    "explanation",
    "accommodation",
    "audit",
    "marking",
    "prohibition",
]
Status = Literal["in_force", "announced", "proposed", "withdrawn"]
"""announced: adopted, with a day to come. proposed and withdrawn never bind."""
CODE = re.compile(r"[a-z]{2}(-[a-z0-9]{2,12}){0,2}")
_COUNTED = frozenset(
    {"waiting_period", "retention_wish", "retention_ceiling", "deletion_on_request", "answer_deadline"}
    | {"adverse_notice", "retention_floor"}
)
_OF_RECORDS = frozenset({"retention_wish", "retention_floor", "retention_ceiling", "deletion_on_request"})


class Rule(Value):
    """`in_force_from` None: older than these packs; `until`: the first day on which it binds no more. `days`: calendar
    days; of a waiting period, business days. `applies_to`: steps, or kinds of requests; empty: all. `text`: the words
    that candidates are shown."""

    id: str = Field(pattern=r"^[a-z0-9.-]+$")
    jurisdiction: str = ""
    title: str = Field(min_length=10)
    kind: Kind
    status: Status
    in_force_from: date | None = None
    until: date | None = None
    applies_to: tuple[str, ...] = ()
    record_classes: tuple[RecordClass, ...] = ()
    days: int | None = Field(None, ge=0)
    text: str = ""
    source: str = Field(pattern=r"^https://")
    checked_on: date
    confidence: Literal["high", "medium", "low"]

    @model_validator(mode="after")
    def _complete(self) -> Rule:
        might = self.status in ("in_force", "announced")
        if might and self.kind in _COUNTED and self.days is None:
            raise ValueError(f"{self.id}: a {self.kind} needs days")
        if self.kind in _OF_RECORDS and not self.record_classes:
            raise ValueError(f"{self.id}: a {self.kind} needs record_classes")
        if self.status == "announced" and self.in_force_from is None:
            raise ValueError(f"{self.id}: what is announced needs in_force_from")
        if self.until is not None and self.in_force_from is not None and self.until <= self.in_force_from:
            raise ValueError(f"{self.id}: it ends before it begins")
        return self

    def binds(self, on: date) -> bool:
        begun = self.in_force_from is None or self.in_force_from <= on
        over = self.until is not None and self.until <= on
        return self.status in ("in_force", "announced") and begun and not over

    def concerns(self, what: str) -> bool:
        return not self.applies_to or what in self.applies_to


class Pack(Value):
    """`covers`: codes that count as this jurisdiction (the countries of a union)."""

    id: str
    name: str
    jurisdiction: str
    covers: tuple[str, ...] = ()
    rules: tuple[Rule, ...]


class Law(Value):
    """All packs. `version`: changes with any word in them, and stands beside what was decided by them."""

    packs: tuple[Pack, ...]
    version: str

    def around(self, codes: Iterable[str]) -> frozenset[str]:
        """The jurisdictions that these places lie in, themselves among them."""
        found = {EVERYWHERE}
        for code in codes:
            parts = code.split("-")
            found |= {"-".join(parts[:length]) for length in range(1, len(parts) + 1)}
        return frozenset(found | {pack.jurisdiction for pack in self.packs if found & {*pack.covers}})

    def binding(self, codes: Iterable[str], on: date, kind: Kind | None = None) -> tuple[Rule, ...]:
        """What binds on a day in any of these places, by id."""
        places = self.around(codes)
        rules = (rule for rule in self.rules if rule.jurisdiction in places and rule.binds(on))
        return tuple(sorted((rule for rule in rules if kind in (None, rule.kind)), key=lambda rule: rule.id))

    def coming(self, codes: Iterable[str], on: date) -> tuple[Rule, ...]:
        """What will bind there on a later day, soonest first."""
        places = self.around(codes)
        later = [rule for rule in self.rules if rule.jurisdiction in places and not rule.binds(on)]
        later = [rule for rule in later if rule.in_force_from is not None and rule.binds(max(rule.in_force_from, on))]
        return tuple(sorted(later, key=lambda rule: (rule.in_force_from or on, rule.id)))

    def stale(self, on: date, days: int = STALE_DAYS) -> tuple[Rule, ...]:
        """Rules that may bind and were last checked more than so many days ago, longest first. What this house itself
        wishes does not go stale."""
        before = on - timedelta(days=days)
        old = [rule for rule in self.rules if rule.checked_on < before and rule.jurisdiction != EVERYWHERE]
        return tuple(sorted((rule for rule in old if rule.status != "withdrawn"), key=lambda rule: rule.checked_on))

    def unknown(self, codes: Iterable[str]) -> tuple[str, ...]:
        """Places of which no pack says anything: that is no "all clear"."""
        known = {rule.jurisdiction for rule in self.rules} - {EVERYWHERE}
        return tuple(code for code in codes if not self.around([code]) & known)

    @property
    def rules(self) -> tuple[Rule, ...]:
        return tuple(rule for pack in self.packs for rule in pack.rules)


def read_law(*folders: Path) -> Law:
    """The bundled packs, each replaced by one of the same id in a later folder, and those that only lie there. Raises
    BadRequest that names the file and what is wrong in it."""
    found: dict[str, tuple[Pack, bytes]] = {}
    for folder in (BUNDLED, *folders):
        for file in sorted(folder.glob("*.toml")) if folder.is_dir() else []:
            content = file.read_bytes()
            pack = _pack(content, file)
            found[pack.id] = pack, content
    packs = [found[id] for id in sorted(found)]
    ids = [rule.id for pack, _ in packs for rule in pack.rules]
    if twice := sorted({id for id in ids if ids.count(id) > 1}):
        raise BadRequest(f"Two rules of law are called {twice[0]!r}. Rename one in FOYER_HOME/law.")
    version = hashlib.sha256(b"\0".join(content for _, content in packs)).hexdigest()[:16]
    return Law(packs=tuple(pack for pack, _ in packs), version=version)


def named(codes: Sequence[str]) -> tuple[str, ...]:
    """Codes as they are kept: small letters, each once, in order. Raises BadRequest for what is none."""
    cleaned = tuple(dict.fromkeys(code.strip().lower().replace("_", "-") for code in codes if code.strip()))
    for code in cleaned:
        if code not in ("eu", "us-contractor") and not CODE.fullmatch(code):
            raise BadRequest(f"{code!r} is no jurisdiction. Write codes such as us-ny-nyc, us-il, de or gb.")
    return cleaned


def _pack(content: bytes, file: Path) -> Pack:
    try:
        raw = tomllib.loads(content.decode())
        pack = Pack.model_validate(raw)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadRequest(f"{file} is no TOML: {error}.") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadRequest(f"{file}: {where}: {first['msg']}.") from None
    placed = (rule.model_copy(update={"jurisdiction": rule.jurisdiction or pack.jurisdiction}) for rule in pack.rules)
    return pack.model_copy(update={"rules": tuple(placed)})
