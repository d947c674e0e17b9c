"""What a `Seal` owes, and that personal columns cannot be reached around it."""

from __future__ import annotations

import base64
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import LargeBinary, create_engine, insert, select, text
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

from api.sealing import change_master
from compliance.master import MasterKeys
from compliance.person_seal import LIFE, PersonSeal, key_id
from compliance.seal import SECRETS, OpenSeal, SecretSeal
from models.db import Database
from models.engines import Seal, WrappedKey
from models.errors import Conflict, EngineError, FoyerError, NotFound
from models.keys import Keys
from models.records import Base, Candidate, Document, Personal, PersonalJson
from tests.fakes_store import MarkedSeal

NOW = datetime(2026, 11, 20, 9, 30, 15, 123456, tzinfo=UTC)


def secret_seal() -> SecretSeal:
    return SecretSeal(b"k" * 32)


@pytest.fixture(params=["open", "secrets", "people", "marked"])
def seal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Seal]:
    kinds = {"open": OpenSeal, "secrets": secret_seal, "people": lambda: person_seal(tmp_path), "marked": MarkedSeal}
    made: Seal = kinds[request.param]()
    yield made
    made.close()


def person_seal(home: Path, clock: Callable[[], float] = time.monotonic) -> PersonSeal:
    keys = Keys(f"sqlite:///{home / 'foyer.db'}")
    return PersonSeal(b"k" * 32, keys, MasterKeys(home), clock)


@pytest.mark.parametrize("clear", [b"", b"Ann", "Zoë 愛".encode(), bytes(range(256))])
def test_unseal_gives_back_what_was_sealed(seal: Seal, clear: bytes) -> None:
    assert seal.unseal(seal.seal(clear, subject="ann")) == clear


def test_what_opens_other_systems_is_encrypted(database_url: str) -> None:
    """In the database as it lies on disk; under another key nothing is made of it, and what was plain still reads."""
    kept = Database(database_url, SecretSeal(b"k" * 32))
    kept.migrate()
    with kept.system() as system:
        org = system.add_organisation("Example", NOW).id
    with kept.store() as store:
        row = store.add_connection(org, vendor="lever", name="Lever", settings={"key": "hunter2-hunter2"}, now=NOW)
        store.keep_tokens(org, row.id, {"refresh": "hunter2-hunter2"})
        store.add_endpoint(org, url="https://a.example", secret="hunter2-hunter2", description="", now=NOW)
    with kept.engine.connect() as raw:
        columns = raw.execute(text("SELECT settings, tokens FROM connections")).one()
        columns = (*columns, *raw.execute(text("SELECT secret FROM endpoints")).one())
    assert len(columns) == 3
    assert not any(b"hunter2" in bytes(each) for each in columns)
    with kept.reading() as store:
        assert store.connection(org, row.id).settings == {"key": "hunter2-hunter2"}
        assert store.endpoints(org)[0].secret == "hunter2-hunter2"
    kept.close()
    other = SecretSeal(b"o" * 32)
    with pytest.raises(EngineError, match="kept under another"):
        other.unseal(bytes(columns[0]))
    assert other.unseal(b"written before there was a key") == b"written before there was a key"
    assert other.seal(b"the same", subject=f"{SECRETS}o") != other.seal(b"the same", subject=f"{SECRETS}o")


def test_nobodys_data_is_refused(seal: Seal) -> None:
    with pytest.raises(ValueError, match="subject"):
        seal.seal(b"Ann", subject="")


@pytest.fixture
def sealed(database_url: str) -> Iterator[Database]:
    opened = Database(database_url, MarkedSeal())
    yield opened
    opened.close()


def test_a_personal_column_holds_sealed_bytes_and_reads_as_text(sealed: Database) -> None:
    with Session(sealed.engine) as session, session.begin():
        candidate = Candidate(id="c1", organisation_id="org", name=Personal("Zoë 愛", subject="c1"), created_at=NOW)
        session.add(candidate)
    with Session(sealed.engine) as session:
        assert session.scalars(select(Candidate)).one().name == "Zoë 愛"
        raw = bytes(session.scalars(text("SELECT name FROM candidates").columns(name=LargeBinary)).one())
    assert raw == MarkedSeal().seal("Zoë 愛".encode(), subject="c1")
    assert "Zoë".encode() not in raw


def test_personal_json_is_sealed_as_well(sealed: Database) -> None:
    with Session(sealed.engine) as session, session.begin():
        session.add(Candidate(id="c1", organisation_id="org", created_at=NOW))
        session.flush()
        session.add(
            Document(
                organisation_id="org",
                candidate_id="c1",
                sha256="0" * 64,
                filename=Personal("ann.pdf", subject="c1"),
                media_type="application/pdf",
                size=1,
                parsed=PersonalJson({"name": "Ann", "years": [1, 2.5, None]}, subject="c1"),
                created_at=NOW,
            )
        )
    with Session(sealed.engine) as session:
        document = session.scalars(select(Document)).one()
        assert document.parsed == {"name": "Ann", "years": [1, 2.5, None]}
        raw = bytes(session.scalars(text("SELECT parsed FROM documents").columns(parsed=LargeBinary)).one())
    assert raw.startswith(b"c1|")
    assert b"Ann" not in raw


@pytest.mark.parametrize("bare", [{"name": "Ann"}, {"filename": "ann.pdf"}])
def test_a_bare_string_is_refused_with_the_reason(sealed: Database, bare: dict[str, str]) -> None:
    kind = Candidate if "name" in bare else Document
    row = insert(kind).values(id="c1", **bare)
    with Session(sealed.engine) as session, pytest.raises(StatementError, match="whose text is it") as caught:
        session.execute(row)
    assert isinstance(caught.value.orig, TypeError)


def test_a_bare_dict_is_refused(sealed: Database) -> None:
    row = insert(Document).values(id="d1", parsed={"name": "Ann"})
    with Session(sealed.engine) as session, pytest.raises(StatementError, match="PersonalJson"):
        session.execute(row)


def test_an_engine_without_a_seal_writes_nothing() -> None:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    row = insert(Candidate).values(id="c1", name=Personal("Ann", subject="c1"))
    with Session(engine) as session, pytest.raises(StatementError, match=r"models\.db\.Database"):
        session.execute(row)
    engine.dispose()


def test_a_moment_keeps_its_place_in_time(sealed: Database) -> None:
    east = NOW.astimezone(timezone(timedelta(hours=5, minutes=30)))
    with Session(sealed.engine) as session, session.begin():
        session.add(Candidate(id="c1", organisation_id="org", created_at=east))
    with Session(sealed.engine) as session:
        read = session.scalars(select(Candidate)).one().created_at
    assert read == NOW
    assert read.tzinfo is UTC
    naive = insert(Candidate).values(id="c2", created_at=datetime(2026, 11, 20))
    with Session(sealed.engine) as session, pytest.raises(StatementError, match="no time zone"):
        session.execute(naive)


# ---------------------------------------------------------------- a key for each person


@pytest.mark.proves(57)
def test_each_person_has_a_key_of_their_own_that_is_kept_wrapped(tmp_path: Path) -> None:
    seal = person_seal(tmp_path)
    ann, ben = seal.seal(b"Zoe", subject="ann"), seal.seal(b"Zoe", subject="ben")
    assert key_id(ann) != key_id(ben)
    assert ann != seal.seal(b"Zoe", subject="ann"), "a fresh nonce each"
    with pytest.raises(FoyerError, match="damaged or was tampered"):
        seal.unseal(ann[:22] + ben[22:])
    with pytest.raises(FoyerError, match="damaged or was tampered"):
        seal.unseal(ann[:-1] + bytes([ann[-1] ^ 1]))
    kept = seal._store.newest("ann")
    assert kept is not None
    assert seal._of("ann").raw not in kept.wrapped
    assert (tmp_path / "master.key").stat().st_mode & 0o077 == 0
    assert (tmp_path / "keys.db").stat().st_mode & 0o077 == 0
    assert seal.unseal(b"written before there were keys") == b"written before there were keys"
    seal.close()


@pytest.mark.proves(42)
def test_a_destroyed_key_is_gone_from_every_process_soon_and_never_made_anew(tmp_path: Path) -> None:
    now = [0.0]
    one, other = (person_seal(tmp_path, lambda: now[0]) for _ in range(2))
    ann, ben = one.seal(b"Zoe", subject="ann"), one.seal(b"Ben", subject="ben")
    assert (other.unseal(ann), other.unseal(ben)) == (b"Zoe", b"Ben")
    kept = one._store.newest("ann")
    assert kept is not None
    one.destroy("ann")
    one.destroy("ann")
    one.destroy("somebody without a key")
    for file in tmp_path.iterdir():
        assert kept.wrapped not in file.read_bytes(), "no copy of it stays behind"
    for ask in (lambda: one.unseal(ann), lambda: one.seal(b"Zoe", subject="ann")):
        with pytest.raises(NotFound, match="erased"):
            ask()
    with pytest.raises(NotFound, match="erased"):
        one.seal(b"?", subject="somebody without a key")
    now[0] += LIFE
    with pytest.raises(NotFound, match="erased"):
        other.unseal(ann)
    assert other.unseal(ben) == b"Ben"
    one.close()
    other.close()


def test_without_its_master_key_nothing_is_read_and_no_other_is_made(tmp_path: Path) -> None:
    seal = person_seal(tmp_path)
    ann = seal.seal(b"Zoe", subject="ann")
    seal.close()
    kept = (tmp_path / "master.key").read_text()
    (tmp_path / "master.key").unlink()
    seal = person_seal(tmp_path)
    for ask in (lambda: seal.unseal(ann), lambda: seal.seal(b"Ben", subject="ben")):
        with pytest.raises(EngineError, match=r"master\.key is missing"):
            ask()
    assert not (tmp_path / "master.key").exists()
    (tmp_path / "master.key").write_text(kept.split()[0] + " " + base64.b64encode(b"o" * 32).decode())
    with pytest.raises(EngineError, match="another key"):
        seal.unseal(ann)
    (tmp_path / "master.key").write_text(kept)
    assert seal.unseal(ann) == b"Zoe"
    seal.close()
    (tmp_path / "keys.db").unlink()
    seal = person_seal(tmp_path)
    with pytest.raises(EngineError, match=r"keys\.db"):
        seal.unseal(ann)
    seal.close()


def test_a_command_can_keep_what_opens_everything(tmp_path: Path) -> None:
    """One that turns the bytes round stands for a key management service."""
    turn = tmp_path / "turn.py"
    turn.write_text("import sys; sys.stdout.buffer.write(bytes(b ^ 0x55 for b in sys.stdin.buffer.read()))")
    (tmp_path / "master.command").write_text(f"{sys.executable} {turn}\n")
    seal = person_seal(tmp_path)
    ann = seal.seal(b"Zoe", subject="ann")
    seal.close()
    assert " command:" in (tmp_path / "master.key").read_text()
    seal = person_seal(tmp_path)
    assert seal.unseal(ann) == b"Zoe"
    seal.close()
    turn.write_text("raise SystemExit('the service is away')")
    seal = person_seal(tmp_path)
    with pytest.raises(EngineError, match="the service is away"):
        seal.unseal(ann)
    seal.close()


def test_the_master_key_is_changed_while_others_read_and_write(tmp_path: Path) -> None:
    one, other = person_seal(tmp_path), person_seal(tmp_path)
    sealed = {f"s{n}": one.seal(b"Zoe", subject=f"s{n}") for n in range(5)}
    assert other.unseal(sealed["s0"]) == b"Zoe"
    first = (tmp_path / "master.key").read_text()
    assert change_master(one, settle=0.01) == 5
    assert (tmp_path / "master.key").read_text() != first
    assert len((tmp_path / "master.key").read_text().splitlines()) == 1, "the one before is no more"
    fresh = person_seal(tmp_path)
    for seal in (one, other, fresh):
        assert [seal.unseal(each) for each in sealed.values()] == [b"Zoe"] * 5
    sealed["new"] = other.seal(b"Zoe", subject="new")
    assert fresh.unseal(sealed["new"]) == b"Zoe"
    for seal in (one, other, fresh):
        seal.close()


def test_a_key_that_was_wrapped_while_the_master_key_changed_is_not_lost(tmp_path: Path) -> None:
    """A process that is slow between choosing the master key and having a person's key kept."""
    one, slow = person_seal(tmp_path), person_seal(tmp_path)
    one.seal(b"Zoe", subject="ann")
    add = slow._store.add

    def late(keys: Sequence[WrappedKey]) -> list[WrappedKey]:
        change_master(one, settle=0.0)
        return add(keys)

    slow._store.add = late  # type: ignore[method-assign]
    ben = slow.seal(b"Ben", subject="ben")
    fresh = person_seal(tmp_path)
    assert fresh.unseal(ben) == b"Ben"
    for seal in (one, slow, fresh):
        seal.close()


def test_the_master_key_is_changed_by_one_at_a_time(tmp_path: Path) -> None:
    """Of two at once each would throw away the other's key, under which some people's keys are wrapped by then."""
    one, other = person_seal(tmp_path), person_seal(tmp_path)
    ann = one.seal(b"Zoe", subject="ann")
    rewrap = one.rewrap

    def meanwhile(limit: int = 500) -> int:
        with pytest.raises(Conflict, match="being changed already"):
            change_master(other, settle=0.0)
        return rewrap(limit)

    one.rewrap = meanwhile  # type: ignore[method-assign]
    change_master(one, settle=0.0)
    fresh = person_seal(tmp_path)
    assert fresh.unseal(ann) == b"Zoe"
    before = (tmp_path / "master.key").read_text()
    with pytest.raises(EngineError, match="does not hold"):
        one.masters.keep_only("0" * 16)
    assert (tmp_path / "master.key").read_text() == before
    for seal in (one, other, fresh):
        seal.close()
