"""What a `Seal` owes, and that personal columns cannot be reached around it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import LargeBinary, create_engine, insert, select, text
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

from compliance.seal import SECRETS, OpenSeal, SecretSeal
from models.db import Database
from models.engines import Seal
from models.errors import EngineError
from models.records import Base, Candidate, Document, Personal, PersonalJson
from tests.fakes_store import MarkedSeal

NOW = datetime(2026, 11, 20, 9, 30, 15, 123456, tzinfo=UTC)


def secret_seal() -> SecretSeal:
    return SecretSeal(b"k" * 32)


@pytest.fixture(params=[OpenSeal, secret_seal, MarkedSeal])
def seal(request: pytest.FixtureRequest) -> Seal:
    made: Seal = request.param()
    return made


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
