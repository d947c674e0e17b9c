"""Forgetting a person: of two who have a row in every table, one goes without a trace, the other stays byte for byte.

Rows are made for whatever tables there are, so a table that is added later and not thought of in `models.store.erasure`
fails here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Connection, Float, Integer, text
from sqlalchemy.orm import Session

from api.app import build
from api.bulk import kept_file
from api.deps import App
from api.erasing import erase, erase_for
from api.schemas import ErasedOut
from integrations.mail import written
from interview import events as ev
from matching.vector_file import VectorFile, vector_key
from models.columns import Sealed, SealedJson, Utc
from models.errors import NotFound
from models.records import Base, Personal, PersonalJson, email_key, new_id, phone_key
from models.settings import Settings
from models.values import Receipt, Span
from screening.kept import Kept
from screening.prepared import prepare
from tests.fakes_dialogue import Talk
from tests.fakes_integrations import FakeMailer
from tests.store_world import NOW, PLAN, resume

NOBODYS = frozenset(
    {
        *("organisations", "api_keys", "jobs", "job_requirements", "job_kits", "batches", "endpoints", "connections"),
        *("leases", "purges", "bias_audits", "erasures", "suspensions", "rounds", "samples"),
        *(*("job_versions", "job_approvals"), "saved_searches", "message_templates", "brandings"),
        *("users", "sessions", "account_links", "job_members", "agency_links", "identity_providers"),
        *("channels", "subscriptions"),
        *("audit_events", "audit_people", "audit_heads", "audit_stubs"),
    }
)
"""Tables that hold nothing about a candidate. A new table is a person's unless it is named here."""
POINTING = frozenset({"remotes", "inbox"})
"""They lead to a person without a foreign key, so they are filled last."""
SHARED = "shared"
RESUME_SHA = hashlib.sha256(b"the same file").hexdigest()
NUMBERS = {"zoemark": "+49 30 7654321", "benmark": "+49 40 1234567"}


@dataclass
class Filled:
    """Row ids by table. `own`: the organisation's."""

    org: str = ""
    shared: dict[str, str] = field(default_factory=dict)
    people: dict[str, dict[str, str]] = field(default_factory=dict)


def special(tag: str, ids: dict[str, str]) -> dict[tuple[str, str], Any]:
    """What code reads, or no foreign key leads to."""
    email, phone = f"{tag}@example.org", NUMBERS.get(tag, "")
    span = Span(id=0, text=f"{tag} wrote programs for nine years", line=1, start=0, end=10)
    parsed = resume(f"{tag} Example", email, phone).model_copy(update={"spans": (span,)})
    files = {name: hashlib.sha256(f"{tag} {name}".encode()).hexdigest() for name in ("html", "json", "recording")}
    return {
        ("candidates", "email_key"): email_key(email),
        ("candidates", "phone_key"): phone_key(phone),
        ("candidates", "email"): email,
        ("candidates", "phone"): phone,
        ("documents", "sha256"): RESUME_SHA,
        ("documents", "parsed"): parsed.model_dump(mode="json"),
        ("applications", "stage"): "reported",
        ("interviews", "plan"): PLAN.model_dump(mode="json"),
        ("interviews", "state"): "completed",
        ("interviews", "recording_sha256"): files["recording"],
        ("interview_events", "event"): ev.Typed(text=f"I am {tag}.").model_dump(mode="json"),
        ("reports", "html_sha256"): files["html"],
        ("reports", "json_sha256"): files["json"],
        ("audit_details", "seq"): -1 - (tag == "benmark"),  # no number that an entry gets
        ("deliveries", "kind"): "email",
        ("deliveries", "state"): "pending",
        ("deliveries", "subject"): ids.get("candidates", ""),
        ("remotes", "kind"): "application",
        ("remotes", "local_id"): ids.get("applications", ""),
        ("inbox", "state"): "dead",
        ("inbox", "event"): {"payload": {"person": {"mail": email.upper(), "name": tag}}},
    }


def fill(session: Session, filled: Filled, tag: str) -> None:
    """One row in each table that is a person's; for `SHARED` in each of the others."""
    ids = filled.people.setdefault(tag, {}) if tag != SHARED else filled.shared
    mapped = {mapper.local_table.name: mapper.class_ for mapper in Base.registry.mappers}
    for table in sorted(Base.metadata.sorted_tables, key=lambda each: each.name in POINTING):
        if (table.name in NOBODYS) != (tag == SHARED) or table.name == "organisations":
            continue
        row: dict[str, Any] = {"id": new_id(), "organisation_id": filled.org}
        ids[table.name] = row["id"]
        for column in table.columns:
            if column.name not in row:
                row[column.name] = value(column, tag, {**filled.shared, **ids})
        session.add(mapped[table.name](**row))
        session.flush()


def value(column: Column[Any], tag: str, ids: dict[str, str]) -> Any:
    given = special(tag, ids).get((column.table.name, column.name))
    kind, whose = column.type, ids.get("candidates", "the organisation")
    if isinstance(kind, Sealed):
        return Personal(given or f"{tag} {column.name}", subject=whose)
    if isinstance(kind, SealedJson):
        return PersonalJson(given or {"said": f"{tag} {column.name}"}, subject=whose)
    if given is not None:
        return given
    for key in column.foreign_keys:
        return ids[key.column.table.name]
    if isinstance(kind, Utc):
        return None if column.name in ("opted_out_at", "bounced_at") else NOW  # they would be sent nothing
    if isinstance(kind, Integer | Float):
        return 1 + (tag == "benmark")
    python = kind.python_type
    if python in (bool, bytes):
        return python(1)
    if python is str:
        return f"{tag} {column.name} {column.table.name}"[: getattr(kind, "length", None) or 99]
    return {}


Rows = dict[tuple[str, str], dict[str, str]]


def everything(connection: Connection) -> Rows:
    """Every row as it lies there: (table, id) -> column -> text of its bytes. Of the audit log only what was filled in:
    it says that somebody was erased (`tests.contract.test_audit` reads that)."""
    found: Rows = {}
    for table in Base.metadata.sorted_tables:
        for row in connection.execute(text(f'SELECT * FROM "{table.name}"')).mappings():
            shown = {
                name: bytes(each).decode("utf-8", "replace") if isinstance(each, bytes | memoryview) else str(each)
                for name, each in row.items()
            }
            if not table.name.startswith("audit_") or shown.get("action", SHARED).startswith(SHARED):
                shown = {} if table.name == "audit_heads" else shown
                found[(table.name, str(row["id"]))] = shown
    return found


def naming(rows: Rows, words: set[str]) -> set[tuple[str, str]]:
    return {key for key, row in rows.items() if any(word in each for word in words for each in row.values())}


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    built = build(Settings(home=tmp_path))
    yield built
    built.engines.close()
    built.database.close()


@pytest.fixture
def either(tmp_path: Path, database_url: str) -> Iterator[App]:
    """On each kind of database, for what they do differently."""
    built = build(Settings(home=tmp_path, database_url=database_url))
    yield built
    built.database.close()


@pytest.fixture
def filled(app: App) -> Filled:
    return filling(app)


def filling(app: App) -> Filled:
    made = Filled()
    with app.database.system() as system:
        made.org = system.add_organisation("Example", NOW).id
    made.shared["organisations"] = made.org
    with Session(app.database.engine) as session, session.begin():
        for tag in (SHARED, "zoemark", "benmark"):
            fill(session, made, tag)
    return made


def marks(filled: Filled, tag: str) -> set[str]:
    """Words and ids that are one person's alone."""
    return {tag, tag.upper(), email_key(f"{tag}@example.org"), phone_key(NUMBERS[tag]), *filled.people[tag].values()}


def test_one_goes_without_a_trace_and_the_other_stays_byte_for_byte(either: App) -> None:
    app, filled = either, filling(either)
    with app.database.engine.connect() as connection:
        before = everything(connection)
    zoe, ben = marks(filled, "zoemark"), marks(filled, "benmark")
    persons = {table.name for table in Base.metadata.sorted_tables} - NOBODYS
    for words in (zoe, ben):
        assert {table for table, _ in naming(before, words)} == persons, "not every table has a row of each"
    hers = naming(before, zoe)
    assert not hers & naming(before, ben)

    erase(app, filled.org, filled.people["zoemark"]["candidates"], because="they asked", person="Kim")
    with app.database.engine.connect() as connection:
        after = everything(connection)
    assert naming(after, zoe) == set()
    records = {key for key in after if key[0] == "erasures"}
    assert {key: row for key, row in after.items() if key not in records} == {
        key: row for key, row in before.items() if key not in hers | records
    }
    with app.database.reading() as store:
        record = store.erasure_of(filled.org, filled.people["zoemark"]["candidates"])
    assert record is not None
    assert (record.person, record.because, record.unfinished) == ("Kim", "they asked", None)
    assert (record.counts["applications"], record.elsewhere) == (1, ["shared name connections"])

    erase(app, filled.org, filled.people["zoemark"]["candidates"], because="another reason")
    with app.database.engine.connect() as connection:
        assert everything(connection) == after


def test_another_organisation_cannot_forget_somebody(app: App, filled: Filled) -> None:
    with app.database.system() as system:
        other = system.add_organisation("Another", NOW).id
    with app.database.engine.connect() as connection:
        before = everything(connection)
    erase(app, other, filled.people["zoemark"]["candidates"], because="another reason")
    with app.database.engine.connect() as connection:
        assert everything(connection) == before


# ---------------------------------------------------------------- what other systems said of them


def message(app: App, filled: Filled, key: str, event: dict[str, Any], state: str = "waiting") -> None:
    with app.database.store() as store:
        row = store.connection(filled.org, filled.shared["connections"])
        store.keep_event(row, key, event, NOW)
        [found] = [each for each in store.inbox(row) if each.key == key]
        if state == "read":
            store.event_read(filled.org, found.id, problem=None, next_at=None, now=NOW)


def inbox(app: App, filled: Filled) -> set[str]:
    with app.database.reading() as store:
        row = store.connection(filled.org, filled.shared["connections"])
        return {each.key for each in store.inbox(row, limit=1000)}


def test_messages_that_name_them_are_forgotten_and_no_others(either: App) -> None:
    app, filled = either, filling(either)
    candidate = filled.people["zoemark"]["candidates"]
    with app.database.store() as store:
        row = store.connection(filled.org, filled.shared["connections"])
        store.remember(row, "candidate", "4711", local_id=candidate, now=NOW)
        store.remember(row, "order", "o-1", local_id=filled.people["zoemark"]["applications"], now=NOW)
        store.remember(row, "order", "o-2", data={"package": "p"}, now=NOW)
        store.remember(
            row,
            "candidate",
            "42",
            local_id=filled.people["benmark"]["candidates"],
            data={"also": [candidate]},
            subject=filled.people["benmark"]["candidates"],
            now=NOW,
        )
        row.problem = "They say: ZOEMARK@example.org has no phone."
    hers: dict[str, Any] = {
        "by e-mail": {"a": [{"b": " Zoemark@Example.org "}]},
        "by number": {"tel": "+49 (30) 765-4321"},
        "by id": {"payload": {"candidate_id": 4711}},
        "by the id of a person": {"application": {"person": {"id": "4711"}}},
        "order:o-2": {"order": {"key": "o-2", "candidate": {"email": "zoemark@example.org"}}},
    }
    others: dict[str, Any] = {
        "a job of that number": {"payload": {"job": {"id": 4711}}},
        "longer": {"candidate_id": 47110},
        "somebody else": {"candidate": {"email": "zoemark@example.com", "id": "47"}},
    }
    for key, event in {**hers, **others}.items():
        message(app, filled, key, event)
    message(app, filled, "order:o-1", {}, state="read")
    message(app, filled, "e-99", {}, state="read")
    before = inbox(app, filled)
    erase(app, filled.org, candidate, because="another reason")
    gone = before - inbox(app, filled)
    own = {key for key in before if key.startswith("zoemark")}
    assert gone == {*hers, "order:o-1", *own}
    with app.database.reading() as store:
        row = store.connection(filled.org, filled.shared["connections"])
        assert "zoemark" not in (row.problem or "").lower()
        assert store.remote(row, "order", "o-2") is None
        ben = store.remote(row, "candidate", "42")
        assert ben is not None
        assert ben.data == {"also": []}


# ---------------------------------------------------------------- files, recordings, vectors, mail


def test_files_go_and_one_that_two_have_stays_until_the_last(app: App, filled: Filled) -> None:
    shas = {}
    for tag in ("zoemark", "benmark"):
        whose = filled.people[tag]["candidates"]
        shas[tag] = [app.files.put(f"{tag} {name}".encode(), subject=whose) for name in ("html", "json", "recording")]
        assert app.files.put(b"the same file", subject=whose) == RESUME_SHA
        app.recordings.mkdir(exist_ok=True)
        for suffix in (".pcm", ".pos", ".x.flac.part"):
            (app.recordings / f"{filled.people[tag]['interviews']}{suffix}").write_bytes(b"voice")
    erase(app, filled.org, filled.people["zoemark"]["candidates"], because="another reason")
    for sha in shas["zoemark"]:
        with pytest.raises(NotFound):
            app.files.get(sha, subject=filled.people["zoemark"]["candidates"])
    ben = filled.people["benmark"]["candidates"]
    left = [app.files.get(sha, subject=ben) for sha in (*shas["benmark"], RESUME_SHA)]
    assert left == [b"benmark html", b"benmark json", b"benmark recording", b"the same file"]
    assert {file.name.partition(".")[0] for file in app.recordings.iterdir()} == {
        filled.people["benmark"]["interviews"]
    }
    erase(app, filled.org, filled.people["benmark"]["candidates"], because="another reason")
    with pytest.raises(NotFound):
        app.files.get(RESUME_SHA, subject=ben)
    assert list(app.recordings.iterdir()) == []


def test_should_a_file_not_go_nothing_is_forgotten_yet(
    app: App, filled: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files that no row names would never be found again."""
    with app.database.engine.connect() as connection:
        before = everything(connection)

    def away(sha256: str, *, subject: str) -> None:
        raise OSError("the storage is away")

    monkeypatch.setattr(app.files, "drop", away)
    with pytest.raises(OSError, match="away"):
        erase(app, filled.org, filled.people["zoemark"]["candidates"], because="another reason")
    with app.database.engine.connect() as connection:
        assert everything(connection) == before
    monkeypatch.undo()
    erase(app, filled.org, filled.people["zoemark"]["candidates"], because="another reason")
    with app.database.engine.connect() as connection:
        assert naming(everything(connection), marks(filled, "zoemark")) == set()


def test_vectors_caches_and_written_mail_go(app: App, tmp_path: Path) -> None:
    made = filling(app)
    app.pool.sync(made.org)
    stale = tmp_path / "pool" / made.org / "another-encoder"
    stale.mkdir()
    (stale / "skills.json").write_text("{}")
    words = "I am zoemark and I mended the pump."
    talk = Talk(PLAN).to_question()
    talk.do(ev.Typed(text=words), after=20)
    with app.database.store() as store:
        log = [(at, event.model_dump(mode="json")) for at, event in talk.log]
        store.append_events(made.org, made.people["zoemark"]["interviews"], 2, log)
    app.engines.precise_embedder.embed([words])
    kept_file(app.settings).write([(b"k" * 32, Kept(b"zoemark", b"", b""))])
    outbox = tmp_path / "outbox"
    outbox.mkdir()
    for tag in ("zoemark", "benmark"):
        token = hashlib.sha256(f"{tag} reference deliveries".encode()).hexdigest()[:12]
        (outbox / f"20261120T093015Z-{token}.eml").write_text(f"To: hr@example.org\n\n{tag}")
        (outbox / f"{tag}.eml").write_text(f"To: {tag} <{tag}@Example.org>\n\nYour code.")
    vectors = VectorFile(tmp_path / "cache" / "embeddings.db")
    keys = {}
    for tag in ("zoemark", "benmark"):
        with app.database.reading() as store:
            parsed = store.parsed(made.org, made.people[tag]["applications"])
        assert parsed is not None
        keys[tag] = [
            vector_key(app.engines.embedder.name, each) for each in prepare(parsed, app.engines.vocabulary).texts
        ]
        assert len(vectors.read(keys[tag])) == len(set(keys[tag])) > 0
    keys["zoemark"].append(vector_key(app.engines.precise_embedder.name, words))

    erase(app, made.org, made.people["zoemark"]["candidates"], because="another reason")
    assert app.pool.sync(made.org).index.ids == {made.people["benmark"]["documents"]}
    assert not stale.exists()
    assert kept_file(app.settings).count() == 0
    assert vectors.read(keys["zoemark"]) == {}
    assert len(vectors.read(keys["benmark"])) == len(set(keys["benmark"]))
    left = [file.read_text() for file in outbox.iterdir()]
    assert len(left) == 2
    assert not [each for each in left if "zoemark" in each]
    assert written(outbox, "zoemark reference deliveries") == []


# ---------------------------------------------------------------- what is under way


def test_a_live_interview_is_ended_first(app: App, filled: Filled) -> None:
    whose = filled.people["zoemark"]
    with app.database.store() as store:
        store.interview(filled.org, whose["interviews"]).state = "in_progress"
    with app.database.store() as store:
        assert store.end_live(filled.org, whose["candidates"], now=NOW + timedelta(hours=1)) == [whose["interviews"]]
    with app.database.reading() as store:
        assert store.interview(filled.org, whose["interviews"]).state == "withdrawn"
        assert store.interview(filled.org, filled.people["benmark"]["interviews"]).state == "completed"
    erase(app, filled.org, whose["candidates"], because="another reason")
    with app.database.reading() as store, pytest.raises(NotFound):
        store.interview(filled.org, whose["interviews"])


def test_a_delivery_under_way_finds_nothing_to_record(app: App, filled: Filled) -> None:
    """The person is erased while the mail system answers."""
    whose = filled.people["zoemark"]
    delivery = whose["deliveries"]
    with app.database.store() as store:
        row = store.delivery(filled.org, delivery)
        row.endpoint_id = row.connection_id = None
        letter = "Message-ID: <1@x.example>\nDate: Fri, 20 Nov 2026 09:30:15 +0000\nTo: zoemark@example.org\n\nHello"
        row.payload = PersonalJson({"message": letter}, subject=whose["candidates"])
        row.next_at = NOW - timedelta(days=9)

    class Slow(FakeMailer):
        """Its answer comes when they are gone."""

        def send(self, message: EmailMessage) -> Receipt:
            erase(app, filled.org, whose["candidates"], because="another reason")
            return super().send(message)

    app.engines._built["mailer"] = mailer = Slow()
    app.pipeline.outcomes.attempt_delivery(filled.org, delivery)
    assert len(mailer.sent) == 1
    with app.database.engine.connect() as connection:
        assert naming(everything(connection), marks(filled, "zoemark")) == set()


@pytest.mark.proves(42)
def test_killed_between_the_rows_and_the_key_it_is_finished_at_the_next_start(
    app: App, filled: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    whose = filled.people["zoemark"]["candidates"]
    with app.database.engine.connect() as connection:
        query = text("SELECT filename FROM documents WHERE candidate_id = :id")
        name = bytes(connection.execute(query, {"id": whose}).scalar_one())
    assert app.seal.unseal(name)

    def killed(subject: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(app.seal, "destroy", killed)
    with pytest.raises(KeyboardInterrupt):
        erase(app, filled.org, whose, because="they asked", person="Kim")
    monkeypatch.undo()
    assert app.seal.unseal(name), "the key is still there"
    again = build(app.settings)
    with pytest.raises(NotFound, match="erased"):
        again.seal.unseal(name)
    record = erase_for(again, filled.org, whose, because="they asked", person="Lee")
    assert (record.person, record.unfinished) == ("Kim", None), "twice is once"
    assert ErasedOut.model_validate(record, from_attributes=True).counts["interviews"] == 1
    again.engines.close()
    again.database.close()


@pytest.mark.proves(42)
def test_who_is_back_with_an_older_copy_of_the_rows_is_erased_again(either: App) -> None:
    """Data from before the erasure, keys from after it: the rows are noise, and must stop nobody else's."""
    filled = filling(either)
    zoe, ben = (filled.people[tag]["candidates"] for tag in ("zoemark", "benmark"))
    either.seal.destroy(zoe)
    with pytest.raises(NotFound, match="erased"), either.database.reading() as store:
        store.candidate(filled.org, zoe)
    again = build(either.settings, work=False)
    with again.database.reading() as store:
        with pytest.raises(NotFound, match="There is no candidate"):
            store.candidate(filled.org, zoe)
        assert store.candidate(filled.org, ben).email == "benmark@example.org"
        assert store.deliveries(filled.org)
        record = store.erasure_of(filled.org, zoe)
    assert record is not None
    assert record.unfinished is None
    with again.database.engine.connect() as connection:
        assert zoe not in repr(everything(connection))
    again.engines.close()
    again.database.close()
