"""`foyer backup` and `foyer restore`: everything in FOYER_HOME that cannot be made again, as one consistent set that is
checked. Used by `api.cli`; the service may run meanwhile.

What makes the set consistent is its order. Checkpoints of the audit log come first: one made later would know of more
than the log that is copied, and tell of tampering. Then the workflow engine's database: a workflow that it does not
know yet is started again by the sweep, while one that it called finished too early would never be. Then Foyer's own.
Then other databases (keys of people, say: a key is made before what it seals), then files, which are stored before the
rows that name them and never change. So whatever a row of the backup names is in the backup, unless it was erased
meanwhile.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from compliance.master import MasterKeys
from models.errors import BadRequest, Conflict, FoyerError
from models.settings import Settings

Part = Literal["all", "data", "keys"]
MANIFEST = "manifest.json"
MADE_AGAIN = frozenset({"cache", "models"})
"""Folders of FOYER_HOME that are left out: anybody can make them again."""
_SQLITE = b"SQLite format 3\0"
_BESIDE = ("-wal", "-shm", "-journal")
_PIECE = 2**20
_DUMPS = "pg_dump --format=custom"


@dataclass(frozen=True)
class Places:
    """Where what a backup calls by these names lies here. Those that are None lie in a server or storage elsewhere."""

    home: Path
    queue: Path | None
    store: Path | None
    files: Path | None

    @classmethod
    def of(cls, settings: Settings) -> Places:
        files = settings.files_root
        remote = re.match(r"[a-z][a-z0-9+.-]*:", files, re.I) is not None
        return cls(
            settings.home.resolve(),
            _sqlite(settings.dbos_url),
            _sqlite(settings.store_url),
            None if remote else Path(files).resolve(),
        )

    def path(self, name: str) -> Path:
        """Of a file of the backup, here."""
        if name == "queue.db" and self.queue is not None:
            return self.queue
        if name == "foyer.db" and self.store is not None:
            return self.store
        if name.startswith("files/") and self.files is not None:
            return self.files / name.removeprefix("files/")
        return self.home / name


def back_up(settings: Settings, target: Path, *, part: Part, now: datetime) -> dict[str, Any]:
    """Copies, reads back, and writes the manifest last: without it a backup is none. Returns the manifest. Raises
    BadRequest where there is nothing to back up, Conflict for a target that is in use and while keys are changed,
    FoyerError for a copy that is damaged."""
    places = Places.of(settings)
    if not places.home.is_dir():
        raise BadRequest(f"There is no {places.home} to back up. Set FOYER_HOME.")
    if places.home == target.resolve() or places.home in target.resolve().parents:
        raise BadRequest(f"{target} lies in {places.home} itself. Back up to somewhere else.")
    _empty(target)
    with MasterKeys(places.home).unchanged():
        return _backed_up(settings, places, target, part, now)


def _backed_up(settings: Settings, places: Places, target: Path, part: Part, now: datetime) -> dict[str, Any]:
    _folder(target)
    kept = []
    for name, source in _sources(places):
        if part != "all" and is_key(name) != (part == "keys"):
            continue
        copy = target / name
        _folder(copy.parent)
        try:
            _copy_database(source, copy) if is_database(source) else _copy(source, copy)
        except FileNotFoundError:  # erased, or stored elsewhere, meanwhile
            continue
        kept.append({"name": name, "bytes": copy.stat().st_size, "sha256": _digest(copy)})
    manifest = {"made_at": now.isoformat(), "part": part, "elsewhere": elsewhere(settings), "files": kept}
    _write_manifest(target, manifest)
    return manifest


def restore(settings: Settings, source: Path) -> dict[str, Any]:
    """Verifies the whole backup, then copies it to where the settings say. Returns the manifest. Raises BadRequest for
    what is no backup, Conflict where something is there already, FoyerError where a file is not what was backed up."""
    places, manifest = Places.of(settings), verified(source)
    keys_only = manifest["part"] == "keys"
    if not keys_only and places.home.exists() and any(places.home.iterdir()):
        raise Conflict(
            f"{places.home} is not empty. A backup is restored into a new FOYER_HOME: nothing is overwritten."
        )
    wanted = [(source / each["name"], places.path(each["name"]), each["sha256"]) for each in manifest["files"]]
    if taken := [str(to) for _, to, _ in wanted if to.exists()]:
        raise Conflict(f"{taken[0]} is there already. Nothing is overwritten: move it away first.")
    for copy, to, sha256 in wanted:
        _folder(to.parent)
        _copy(copy, to)
        if _digest(to) != sha256:
            raise FoyerError(f"{to} could not be written as it was backed up. Look after the disk, then restore anew.")
    return manifest


def verified(source: Path) -> dict[str, Any]:
    """The manifest of a backup, every file of which is what it was. Raises as `restore` does."""
    try:
        manifest: dict[str, Any] = json.loads((source / MANIFEST).read_text())
        files = [(each["name"], each["sha256"]) for each in manifest["files"]]
    except (FileNotFoundError, NotADirectoryError, json.JSONDecodeError, KeyError, TypeError):
        raise BadRequest(f"{source} holds no complete backup: its {MANIFEST} is missing or damaged.") from None
    for name, sha256 in files:
        if not (source / name).resolve().is_relative_to(source.resolve()):
            raise BadRequest(f"The manifest names {name!r}, which lies outside of the backup.")
        if not (source / name).is_file() or _digest(source / name) != sha256:
            raise FoyerError(f"{name} of this backup is missing or damaged. Use another backup.")
    return manifest


def elsewhere(settings: Settings) -> list[str]:
    """What this command cannot copy, and what to do about it, in the order that keeps the set consistent."""
    places, notes = Places.of(settings), []
    if places.queue is None and settings.dbos_url == settings.store_url:
        notes.append(f"Foyer's database, with the workflow engine's, is in PostgreSQL: run {_DUMPS} before this.")
        places = replace(places, queue=places.home, store=places.home)
    if places.queue is None:
        notes.append(f"The workflow engine's database is in PostgreSQL: run {_DUMPS} on it before anything else.")
    if places.store is None:
        notes.append(f"Foyer's database is in PostgreSQL: run {_DUMPS} on it after that, and before `foyer backup`.")
    if places.files is None:
        notes.append("Files are in storage elsewhere (FOYER_FILES_URL): copy or version it there, after the databases.")
    return notes


def is_key(name: str) -> bool:
    """What opens the rest: it may be kept apart, and briefly."""
    return name.endswith(".key") or Path(name).name.startswith("keys.")


def is_database(path: Path) -> bool:
    """False for what is gone meanwhile: much is written and dropped while a backup walks."""
    try:
        with path.open("rb") as file:
            return file.read(len(_SQLITE)) == _SQLITE
    except FileNotFoundError:
        return False


def _sources(places: Places) -> Iterator[tuple[str, Path]]:
    """In the order in which they have to be copied. Read lazily: files that come while databases are copied count."""
    databases = {"queue.db": places.queue, "foyer.db": places.store}
    checkpoints = _walk(places.home / "checkpoints")
    yield from ((f"checkpoints/{path.name}", path) for path in checkpoints)
    yield from ((name, path) for name, path in databases.items() if path is not None and path.exists())
    done = {*checkpoints} | {path for path in databases.values() if path is not None}
    inside = [path for path in _walk(places.home) if path not in done]
    others = [path for path in inside if is_database(path)]
    for path in [*others, *(path for path in _walk(places.home) if path not in {*done, *others})]:
        if places.files is None or not path.is_relative_to(places.files):
            yield str(path.relative_to(places.home)), path
    if places.files is not None:
        yield from (("files/" + str(path.relative_to(places.files)), path) for path in _walk(places.files))


def _walk(folder: Path) -> list[Path]:
    """Its files, without what can be made again, what is being written, and what databases keep beside them. How far
    a recording is (.pos) comes before its samples, which may only be more."""
    found = []
    for place, folders, names in os.walk(folder):
        if Path(place) == folder:
            folders[:] = [name for name in folders if name not in MADE_AGAIN]
        found += [Path(place) / name for name in names if not name.startswith(".") and not name.endswith(_BESIDE)]
    return sorted(found, key=lambda path: (path.suffix != ".pos", path))


def _copy_database(source: Path, copy: Path) -> None:
    """By SQLite's online backup, in one piece: one state of it, keeping no writer waiting."""
    copy.touch(mode=0o600)
    with (
        closing(sqlite3.connect(f"{source.as_uri()}?mode=ro", uri=True, timeout=30)) as live,
        closing(sqlite3.connect(copy)) as kept,
    ):
        live.backup(kept)
        kept.execute("PRAGMA journal_mode=DELETE")
        if (found := kept.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
            raise FoyerError(
                f"The copy of {source} is damaged ({found}). Look after the disk; keep your older backups."
            )
    _flush(copy)


def _copy(source: Path, copy: Path) -> None:
    with source.open("rb") as read, copy.open("xb") as written:
        os.fchmod(written.fileno(), 0o600)
        shutil.copyfileobj(read, written, _PIECE)
        written.flush()
        os.fsync(written.fileno())


def _write_manifest(target: Path, manifest: dict[str, Any]) -> None:
    beside = target / f".{MANIFEST}"
    beside.write_text(json.dumps(manifest, indent=1))
    _flush(beside)
    beside.replace(target / MANIFEST)
    _flush(target)


def _folder(path: Path) -> None:
    """With those above it: all that are made are for their owner alone."""
    for each in (*reversed(path.parents), path):
        if not each.exists():
            each.mkdir(mode=0o700)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _empty(target: Path) -> None:
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise Conflict(f"{target} is in use. Name a folder that does not exist yet, one for each backup.")


def _sqlite(url: str) -> Path | None:
    return Path(url.removeprefix("sqlite:///")).resolve() if url.startswith("sqlite:///") else None
