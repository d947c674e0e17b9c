"""Backups, without a service: what is in them, what they notice, what they refuse. `tests/flow/test_restored.py`
has the rehearsal."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from api.backup import MANIFEST, back_up, restore, verified
from compliance.master import MasterKeys
from compliance.seal import OpenSeal
from models.db import Database
from models.errors import BadRequest, Conflict, FoyerError
from models.files import Files
from models.settings import Settings
from tests.store_world import NOW, build


@pytest.fixture
def home(sqlite_template: Path, tmp_path: Path) -> Settings:
    """A home with one of everything, and a writer who is in the middle of a transaction."""
    settings = Settings(home=tmp_path / "home")
    settings.home.mkdir()
    shutil.copyfile(sqlite_template, settings.home / "foyer.db")
    database = Database(settings.store_url, OpenSeal())
    build(database)
    database.close()
    Files(settings.files_root, OpenSeal()).put(b"a resume", subject="somebody")
    for name, content in {
        "secret.key": "s",
        "cache/vectors": "made again",
        "recordings/i.pcm": "sound",
        "recordings/i.pos": "9",
        "outbox/1.eml": "a message",
        "checkpoints/1.jsonl": "{}",
        "files/ab/.half.part": "half a file",
    }.items():
        (settings.home / name).parent.mkdir(exist_ok=True)
        (settings.home / name).write_text(content)
    with closing(sqlite3.connect(settings.home / "keys.db")) as keys:
        keys.executescript("PRAGMA journal_mode=WAL; CREATE TABLE keys (subject, key); INSERT INTO keys VALUES (1, 2)")
    return settings


def names(made: dict[str, object]) -> list[str]:
    return [each["name"] for each in made["files"]]  # type: ignore[attr-defined]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.proves(55)
def test_what_is_backed_up_under_a_writer_comes_back_as_it_was_committed(home: Settings, tmp_path: Path) -> None:
    with closing(sqlite3.connect(home.home / "foyer.db", isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE jobs SET title = 'half-done'")
        made = back_up(home, tmp_path / "kept", part="all", now=NOW)
        writer.execute("ROLLBACK")
    kept = names(made)
    assert kept[:3] == ["checkpoints/1.jsonl", "foyer.db", "keys.db"], (
        "a checkpoint before its log; Foyer's own before the keys to it, which were made before their use"
    )
    assert kept.index("recordings/i.pos") < kept.index("recordings/i.pcm"), "samples may only be more than was counted"
    assert not [name for name in kept if name.startswith("cache") or ".half" in name or "-wal" in name]
    assert made["elsewhere"] == []

    elsewhere = Settings(home=tmp_path / "new")
    restore(elsewhere, tmp_path / "kept")
    assert set(contents(elsewhere.home)) == set(kept)
    assert contents(elsewhere.home)["recordings/i.pcm"] == b"sound"
    assert {path.stat().st_mode & 0o077 for path in elsewhere.home.rglob("*")} == {0}, "for the service alone"
    with closing(sqlite3.connect(elsewhere.home / "foyer.db")) as database:
        assert database.execute("SELECT title FROM jobs").fetchall() == [("Backend engineer",)]
        assert database.execute("SELECT COUNT(*) FROM reports").fetchone() == (1,)
    with closing(sqlite3.connect(elsewhere.home / "keys.db")) as database:
        assert database.execute("SELECT * FROM keys").fetchall() == [(1, 2)]


def test_keys_can_be_kept_apart(home: Settings, tmp_path: Path) -> None:
    data = back_up(home, tmp_path / "data", part="data", now=NOW)
    keys = back_up(home, tmp_path / "keys", part="keys", now=NOW)
    assert set(names(keys)) == {"secret.key", "keys.db"}
    assert not set(names(keys)) & set(names(data))
    elsewhere = Settings(home=tmp_path / "new")
    restore(elsewhere, tmp_path / "data")
    restore(elsewhere, tmp_path / "keys")
    assert (elsewhere.home / "secret.key").read_text() == "s"


def test_nothing_is_overwritten(home: Settings, tmp_path: Path) -> None:
    back_up(home, tmp_path / "kept", part="all", now=NOW)
    before = contents(home.home)
    with pytest.raises(Conflict, match="not empty"):
        restore(home, tmp_path / "kept")
    with pytest.raises(Conflict, match="in use"):
        back_up(home, tmp_path / "kept", part="all", now=NOW)
    with pytest.raises(BadRequest, match="itself"):
        back_up(home, home.home / "kept", part="all", now=NOW)
    assert contents(home.home) == before


def test_keys_are_not_changed_while_a_backup_is_taken(home: Settings, tmp_path: Path) -> None:
    masters = MasterKeys(home.home)
    with masters.changing(), pytest.raises(Conflict, match="Keys are being changed"):
        back_up(home, tmp_path / "kept", part="all", now=NOW)
    with masters.unchanged(), pytest.raises(Conflict, match="backup"), masters.changing():
        pass
    with masters.unchanged():
        assert back_up(home, tmp_path / "kept", part="all", now=NOW)["files"]


def test_damage_is_noticed_before_anything_is_restored(home: Settings, tmp_path: Path) -> None:
    kept, elsewhere = tmp_path / "kept", Settings(home=tmp_path / "new")
    back_up(home, kept, part="all", now=NOW)
    (kept / "recordings" / "i.pcm").write_text("s0und")
    with pytest.raises(FoyerError, match=r"i\.pcm of this backup is missing or damaged"):
        restore(elsewhere, kept)
    (kept / MANIFEST).write_text((kept / MANIFEST).read_text().replace("recordings/i.pcm", "../../outside"))
    with pytest.raises(BadRequest, match="outside"):
        verified(kept)
    (kept / MANIFEST).unlink()
    with pytest.raises(BadRequest, match="no complete backup"):
        restore(elsewhere, kept)
    assert not elsewhere.home.exists()


def test_what_lies_elsewhere_is_named_in_the_order_to_copy_it(home: Settings, tmp_path: Path) -> None:
    outside = home.model_copy(
        update={"database_url": "postgresql://db/foyer", "queue_url": "postgresql://db/q", "files_url": "s3://b/f"}
    )
    notes = back_up(outside, tmp_path / "kept", part="all", now=NOW)["elsewhere"]
    assert [("engine" in note, "pg_dump" in note) for note in notes] == [(True, True), (False, True), (False, False)]
