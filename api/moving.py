"""`foyer migrate --from --to`: an installation moved from one database to another, with its files where that is asked,
and verified row by row. Used by `api.migrate_commands`.

FOYER_HOME stays what it is: the master key, the audit log's checkpoints and what else lies there belong to both. The
old database is only read. While the new one is being filled it carries a mark, over which no service starts;
it goes when every row was found the same. So a move that was killed is finished by the same command, or begun anew.

The workflow engine's database stays behind: it knows no more than what is under way, and the sweep starts that."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass

from api import demographics
from api.deps import utc
from api.slots import living
from compliance.master import MasterKeys
from compliance.seal import OpenSeal
from models import moving, places
from models.db import Database, parse
from models.engines import Clock
from models.errors import BadRequest, Conflict, FoyerError
from models.files import PART
from models.moving import Count, Difference, Pair, Told
from models.settings import Settings
from models.storage import Storage, storage_at

Watched = Callable[[str], AbstractContextManager[Told]]
"""Shows how far the part of this name is."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What is the same on both sides now. `written`: rows of this run; an earlier one may have written the others."""

    tables: list[Count]
    written: int
    files: int

    @property
    def rows(self) -> int:
        return sum(one.rows for one in self.tables)


def move(settings: Settings, source: str, target: str, *, files_to: str = "", clock: Clock, watched: Watched) -> Moved:
    """Raises BadRequest and Conflict for what stands in the way, FoyerError with the first difference. Killed at any
    moment, the same call goes on, or begins anew where the old database has changed since."""
    old, new = of(settings, source), of(settings, target)
    with MasterKeys(settings.home).changing():
        pairs = _checked(old, new, clock)
        if places.under_way(pairs[0].target) is None:
            _begin(old, new, pairs)
            pairs = _pairs(old, new)  # there may be vectors' tables now
        else:
            _go_on(pairs, watched)
        with watched("moving") as told:
            written = moving.copy(pairs, told)
        found = _same(pairs, watched)
        _quiet(old, clock)
        files = _carry(settings, files_to, watched) if files_to else 0
        places.end(pairs[0].target)
    return Moved(found, written, files)


def verify(settings: Settings, source: str, target: str, *, watched: Watched) -> Moved:
    """Compares and changes nothing. Raises as `move` does."""
    old, new = of(settings, source), of(settings, target)
    pairs = _pairs(old, new)
    for side in (pairs[0].source, pairs[0].target):
        places.checked(side)
    return Moved(_same(pairs, watched), 0, 0)


def of(settings: Settings, url: str) -> Settings:
    """The installation as it would be with its database there. Raises BadRequest for what is no database's URL."""
    parse(url)
    return settings.model_copy(update={"database_url": url})


# ---------------------------------------------------------------- before


def _pairs(old: Settings, new: Settings) -> list[Pair]:
    """Of what is moved, the rows first. Vectors where both sides keep them; elsewhere the index is made anew."""
    (rows, keys, vectors), (new_rows, new_keys, new_vectors) = (
        places.places(old.store_url),
        places.places(new.store_url),
    )
    found = [
        Pair(rows, new_rows),
        Pair(keys, new_keys),
        Pair(demographics.kept_apart(old), demographics.kept_apart(new)),
    ]
    if vectors and new_vectors and places.has_tables(vectors) and places.has_tables(new_vectors):
        found.append(Pair(vectors, new_vectors))
    return found


def _checked(old: Settings, new: Settings, clock: Clock) -> list[Pair]:
    if not (old.home / "secret.key").is_file():
        raise BadRequest(f"There is no Foyer in {old.home}. Set FOYER_HOME to the folder of the one that is moved.")
    pairs = _pairs(old, new)
    rows, keys = pairs[0], pairs[1]
    if rows.is_one:
        raise BadRequest(f"--from and --to are both {rows.source.where}. Name two databases.")
    places.checked(rows.source)
    _quiet(old, clock)
    masters = MasterKeys(old.home)
    for id in places.masters(keys.source):
        masters.get(id)  # raises where what is moved could not be opened with this home
    places.takes_every_character(rows.target)
    return pairs


def _quiet(old: Settings, clock: Clock) -> None:
    """Raises Conflict while a service or worker runs on the old database: what it writes would stay there."""
    with closing(Database(old.store_url, OpenSeal())) as database, database.asking() as system:
        found = [one.executor for one in living(system, utc(clock)) if one.lives]
    if found:
        names = ", ".join(found)
        raise Conflict(
            f"Foyer runs on the old database ({names}). Stop every `foyer serve` and `foyer worker`, then give the "
            "same command again; one that was killed is known to be gone after half a minute."
        )


def _begin(old: Settings, new: Settings, pairs: list[Pair]) -> None:
    for pair in pairs:
        if not pair.is_one and (table := places.filled(pair.target)):
            raise Conflict(
                f"{pair.target.where} is in use: it has rows in {table}. A move goes into an empty database. Name "
                "another, or move this one away: of SQLite foyer.db, keys.db, vault.db and queue.db together."
            )
    if new.dbos_url != old.dbos_url and places.queue_is_used(new.dbos_url):
        raise Conflict(
            f"The workflow engine's database that would be used there, {places.shown(parse(new.dbos_url))}, is of "
            "an earlier time and would take work for done that is not. Move queue.db away, or drop the schema dbos."
        )
    with closing(Database(new.store_url, OpenSeal())) as database:
        database.migrate()
    _make(pairs)
    places.begin(pairs[0].target, pairs[0].source.where)


def _go_on(pairs: list[Pair], watched: Watched) -> None:
    """With what an interrupted move has left, if it is still a beginning of what is to be moved; else from nothing."""
    rows = pairs[0]
    if (source := places.under_way(rows.target)) != rows.source.where:
        raise Conflict(
            f"A move from {source} into {rows.target.where} was interrupted. Finish it, or make the database anew."
        )
    places.checked(rows.target)
    _make(pairs)
    with watched("looking at what is there") as told:
        same = moving.is_beginning(pairs, told)
    if not same:
        for pair in reversed(pairs):
            if not pair.is_one:
                places.empty(pair.target)


def _make(pairs: list[Pair]) -> None:
    """The tables that no migration makes: people's keys beside SQLite, and the vault."""
    for pair in pairs[1:3]:
        if not pair.is_one and places.has_tables(pair.source):
            places.make(pair.target)


def _same(pairs: list[Pair], watched: Watched) -> list[Count]:
    with watched("comparing") as told:
        found = moving.compare(pairs, told)
    if isinstance(found, Difference):
        raise FoyerError(
            f"The new database is not the same as the old one: {found}. The old one is as it was, and Foyer can "
            "go on with it. Was it used meanwhile, or the new one changed? The same move given again begins anew."
        )
    return found


# ---------------------------------------------------------------- files


def _carry(settings: Settings, files_to: str, watched: Watched) -> int:
    """Every file, as it lies there; each is read back. Returns how many are the same in both. Raises FoyerError."""
    source, target = storage_at(settings.files_root), storage_at(files_to)
    if source.where == target.where:
        raise BadRequest(f"The files lie in {source.where} already. Leave out --files-to.")
    total = sum(1 for _ in _names(source))
    with watched("files") as told:
        for done, name in enumerate(_names(source)):
            told(done, total)
            if not _is_same(source, target, name):
                target.write(name, _pieces(source, name))
                if not _is_same(source, target, name):
                    raise FoyerError(f"{target.where} gives {name} back as something else. Use another.")
    return total


def _names(storage: Storage) -> Iterator[str]:
    for number in range(256):
        folder = f"{number:02x}"
        yield from (f"{folder}/{name}" for name in storage.names(folder))


def _is_same(source: Storage, target: Storage, name: str) -> bool:
    if not target.has(name, source.size(name)):
        return False
    return _digest(source, name) == _digest(target, name)


def _digest(storage: Storage, name: str) -> bytes:
    digest = hashlib.sha256()
    for piece in _pieces(storage, name):
        digest.update(piece)
    return digest.digest()


def _pieces(storage: Storage, name: str) -> Iterator[bytes]:
    size = storage.size(name)
    for start in range(0, size, PART):
        yield storage.read(name, start, min(size, start + PART))
