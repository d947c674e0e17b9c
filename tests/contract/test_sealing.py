"""What was written before there were keys is sealed, keys are changed while others read and write, nothing is lost."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from api import sealing
from api.app import build
from api.deps import App
from api.sealing import change_master, renew_people, seal_what_is_old
from compliance.seal import OpenSeal
from models import reseal
from models.db import Database
from models.errors import EngineError
from models.keys import Keys
from models.records import Base, Candidate, Document, Interview, Report, email_key
from models.settings import Settings
from tests import store_world
from tests.store_world import NOW, World

EMAIL, NAME = "zoe@example.org", "Zoë Example"


@pytest.fixture
def before(database_url: str) -> World:
    """A database as an older version left it."""
    database = Database(database_url, OpenSeal())
    world = store_world.build(database)
    database.close()
    return world


@pytest.fixture
def app(database_url: str, before: World, tmp_path: Path) -> Iterator[App]:
    built = build(Settings(home=tmp_path, database_url=database_url), work=False)
    yield built
    built.engines.close()
    built.database.close()


def dump(app: App) -> bytes:
    """Every table as it lies there, and SQLite's own files."""
    found = []
    with app.database.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            for row in connection.execute(text(f'SELECT * FROM "{table.name}"')):
                found += [bytes(one) if isinstance(one, bytes | memoryview) else str(one).encode() for one in row]
    files = [file.read_bytes() for file in app.settings.home.glob("foyer.db*")]
    return b"\n".join([*found, *files])


@pytest.mark.proves(57)
def test_what_was_written_before_is_sealed_and_reads_the_same(app: App, before: World, tmp_path: Path) -> None:
    org, candidate = before.organisation_id, before.candidate_id
    sha = hashlib.sha256(b"a resume").hexdigest()
    with app.database.engine.begin() as connection:
        connection.execute(update(Document).values(sha256=sha))
    old = tmp_path / "files" / sha[:2] / sha
    old.parent.mkdir(parents=True)
    old.write_bytes(b"a resume")
    assert NAME.encode() in dump(app)
    assert email_key(EMAIL).encode() not in dump(app), "found by a keyed hash from the first start on"
    told: list[str] = []
    found = seal_what_is_old(app, told.append)
    assert found["values"] > 10
    assert told
    left = dump(app)
    for words in (NAME, EMAIL, "zoe.pdf", "1234567"):
        assert words.encode() not in left, words
    with app.database.reading() as store:
        application = store.application(org, before.application_id)
        assert (application.candidate.name, application.candidate.email) == (NAME, EMAIL)
        assert [one.id for one in store.people_at(org, " ZOE@example.org", None)] == [candidate]
        assert store.parsed(org, before.application_id) is not None
        assert store.events(org, before.interview_id)
    assert not old.exists()
    assert app.files.get(sha, subject=candidate) == b"a resume"
    assert not [file for file in (tmp_path / "files").rglob("*") if file.is_file() and b"resume" in file.read_bytes()]
    again = seal_what_is_old(app, told.append)
    assert again == {"values": 0, "files": 0, "keys": 0}


@pytest.mark.proves(57)
def test_keys_are_changed_while_others_read_and_write(app: App, before: World, monkeypatch: pytest.MonkeyPatch) -> None:
    org, done = before.organisation_id, threading.Event()
    errors: list[BaseException] = []
    seal_what_is_old(app, str)
    other = build(app.settings, work=False)
    sha = _with_files(app, before)
    written: list[str] = []

    def work() -> None:
        try:
            while not done.is_set():
                with other.database.store() as store:
                    written.append(store.add_candidate(org, name="Ben", email=None, phone=None, now=NOW).id)
                with other.database.reading() as store:
                    assert store.application(org, before.application_id).candidate.name == NAME
                assert other.files.get(sha, subject=before.candidate_id) == b"a resume"
        except BaseException as error:  # noqa: BLE001 - shown by the test
            errors.append(error)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        assert change_master(app.seal, settle=0.2) > 2
        assert renew_people(app, life=0.2) > 2
        found = seal_what_is_old(app, str)
    finally:
        done.set()
        worker.join()
    assert not errors
    assert len(written) > 1
    assert found["values"] > 10
    _nothing_is_lost(app, before, written, monkeypatch)
    other.engines.close()
    other.database.close()


def _with_files(app: App, before: World) -> str:
    """Every file that a row names is there, and is this one."""
    sha = app.files.put(b"a resume", subject=before.candidate_id)
    with app.database.engine.begin() as connection:
        connection.execute(update(Document).values(sha256=sha))
        connection.execute(update(Interview).values(recording_sha256=None))
        connection.execute(update(Report).values(html_sha256=sha, json_sha256=sha))
    assert {whose for _, whose in reseal.kept_files(app.database.engine)} == {before.candidate_id}
    return sha


def _nothing_is_lost(app: App, before: World, written: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    keys = Keys(app.settings.store_url)
    assert len(keys.count()) == 1, "one master key"
    assert keys.replaced(app.clock.now() + 60)
    monkeypatch.setattr(sealing, "REPLACED_SECONDS", -60.0)
    app.seal._by_subject.clear()
    with app.seal.masters.unchanged():
        assert seal_what_is_old(app, lambda _: None)["keys"] == 0, "a backup may need them"
    seal_what_is_old(app, str)
    assert keys.replaced(app.clock.now() + 60) == []
    keys.close()
    fresh = build(app.settings, work=False)
    with Session(fresh.database.engine) as session:
        names = list(session.scalars(select(Candidate.name).where(Candidate.id.in_(written))))
    assert names == ["Ben"] * len(written)
    with fresh.database.reading() as store:
        assert store.application(before.organisation_id, before.application_id).candidate.name == NAME
    fresh.engines.close()
    fresh.database.close()


@pytest.mark.parametrize("away", ["the folder is gone", "the storage does not answer"])
def test_a_replaced_key_stays_while_a_file_under_it_cannot_be_reached(
    app: App, before: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, away: str
) -> None:
    """The storage is away when keys are changed: what lies there opens when it is back."""
    whose, sha, told = before.candidate_id, _with_files(app, before), list[str]()
    renew_people(app, life=0.0)
    monkeypatch.setattr(sealing, "REPLACED_SECONDS", -60.0)
    if away == "the folder is gone":
        (tmp_path / "files").rename(tmp_path / "elsewhere")
        seal_what_is_old(app, told.append)
        (tmp_path / "elsewhere").rename(tmp_path / "files")
    else:
        with monkeypatch.context() as there:
            there.setattr(app.files, "is_old", _does_not_answer)
            seal_what_is_old(app, told.append)
    app.seal._by_id.clear()
    assert app.files.get(sha, subject=whose) == b"a resume"
    assert seal_what_is_old(app, told.append)["keys"] > 0, "once it is sealed anew, the key goes"
    assert app.files.get(sha, subject=whose) == b"a resume"


def _does_not_answer(*_: object, **__: object) -> bool:
    raise EngineError("The storage does not answer.", retry=True)
