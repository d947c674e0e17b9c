"""The audit log in real databases: whatever is done to its rows by hand is found, however many write it stays one
chain, and it outlives those whom it is about."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select, text
from standardwebhooks import Webhook

from api import auditing
from api.app import build as build_app
from api.app import opened
from api.security import Signer
from compliance import audit
from integrations.webhook import new_secret
from models.db import Database
from models.deeds import GENESIS, Acting, AuditEvent, acting_as
from models.errors import BadRequest, Conflict
from models.records import AuditEntry, AuditHead
from models.settings import Settings
from tests.contract.test_result_sink import Receiver
from tests.contract.test_result_sink import receiver as receiver  # a fixture
from tests.store_world import KIM, NOW, World, add_application, add_job, build, reject

SIGNER = Signer("the installation's secret")
CANARIES = ("zoe", "Zoë", "example.org", "1234567", "No licence", "Kim", "Five years", "Backend", "hello")


@pytest.fixture
def world(database: Database) -> World:
    return build(database, "Ours")


def receipts(database: Database, organisation_id: str) -> list[dict[str, Any]]:
    """Of the third entry and of the last."""
    key = auditing.signing_key(SIGNER)
    with database.reading() as store:
        events = list(store.audit_chain(organisation_id))
    return [audit.checkpoint(key, organisation_id, one.seq, one.hash, NOW) for one in (events[2], events[-1])]


def fault(database: Database, organisation_id: str, held: list[dict[str, Any]]) -> tuple[str, int] | None:
    found = auditing.verify_database(database, SIGNER, held)[organisation_id]
    return None if found is None else (found.kind, found.seq)


def rewritten(connection: Connection, organisation_id: str, change: Callable[[dict[str, Any]], None]) -> None:
    """By somebody who owns the database and knows how the chain is made: every hash anew, the head too."""
    rows = connection.execute(select(AuditEntry.__table__).order_by(AuditEntry.seq)).mappings().all()
    before = GENESIS
    for row in rows:
        facts = {name: row[name] for name in audit.AuditEvent.__slots__}
        change(facts)
        before = audit.AuditEvent(**facts).chained(before).hash
        values = {"actor": facts["actor"], "hash": before, "id": row["id"]}
        connection.execute(text("UPDATE audit_events SET actor = :actor, hash = :hash WHERE id = :id"), values)
    connection.execute(text("UPDATE audit_heads SET hash = :hash"), {"hash": before})


def blamed(facts: dict[str, Any]) -> None:
    if facts["seq"] == 2:
        facts["actor"] = "key:somebody"


SQL = {
    "flip": "UPDATE audit_events SET actor = 'key:somebody' WHERE seq = 4",
    "flip by a bit": "UPDATE audit_events SET object_id = replace(object_id, '0', '1') WHERE seq = 4",
    "flip of time": "UPDATE audit_events SET at = '2020-01-01 00:00:00.000000' WHERE seq = 4",
    "drop": "DELETE FROM audit_events WHERE seq = 4",
    "drop the first": "DELETE FROM audit_events WHERE seq = 1",
    "truncate": "DELETE FROM audit_events WHERE seq > 5",
    "truncate all": "DELETE FROM audit_events",
    "swap": "UPDATE audit_events SET seq = CASE seq WHEN 4 THEN -5 WHEN 5 THEN -4 END WHERE seq IN (4, 5);"
    "UPDATE audit_events SET seq = -seq WHERE seq < 0",
}
EXPECTED = {
    "flip": ("flip", 4),
    "flip by a bit": ("flip", 4),
    "flip of time": ("flip", 4),
    "drop": ("drop", 4),
    "drop the first": ("drop", 1),
    "truncate": ("truncate", 6),
    "truncate all": ("truncate", 1),
    "swap": ("swap", 4),
}


@pytest.mark.proves(43)
def test_whatever_is_done_to_the_rows_is_found(database: Database, world: World) -> None:
    org = world.organisation_id
    held = receipts(database, org)
    assert fault(database, org, held) is None
    for what, sql in SQL.items():
        with database.engine.connect() as connection:
            transaction = connection.begin()
            for statement in sql.split(";"):
                connection.execute(text(statement))
            events = [
                audit.AuditEvent(**{name: row[name] for name in audit.AuditEvent.__slots__})
                for row in connection.execute(select(AuditEntry.__table__).order_by(AuditEntry.seq)).mappings()
            ]
            found = audit.verify(events, held)
            transaction.rollback()
        assert found is not None, what
        assert (found.kind, found.seq) == EXPECTED[what], what
    with database.engine.begin() as connection:
        rewritten(connection, org, blamed)
    assert fault(database, org, []) is None, "a chain alone cannot know"
    assert fault(database, org, held) == ("rewrite", 3)


@pytest.mark.proves(43)
def test_a_checkpoint_that_somebody_else_signed_is_none(database: Database, world: World) -> None:
    held = receipts(database, world.organisation_id)
    key = auditing.signing_key(Signer("another secret"))
    forged = audit.checkpoint(key, world.organisation_id, 3, "f" * 64, NOW)
    assert fault(database, world.organisation_id, [forged]) == ("forged", 3)
    assert fault(database, world.organisation_id, [{**held[0], "hash": "f" * 64}]) == ("forged", 3)


@pytest.mark.proves(43)
def test_what_an_entry_commits_to_cannot_be_changed(database: Database, world: World) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE audit_details SET salt = 'f' WHERE seq = 3"))
    found = auditing.verify_database(database, SIGNER, [])[world.organisation_id]
    assert found is not None
    assert (found.kind, found.seq) == ("details", 3)


@pytest.mark.proves(43)
def test_eight_writers_make_one_chain_and_a_deed_undone_leaves_no_entry(database: Database, world: World) -> None:
    org = world.organisation_id
    with database.store() as store:
        job = add_job(store, org)
    with database.reading() as store:
        before = len(list(store.audit_chain(org)))

    def write(number: int) -> None:
        for _ in range(5):
            with acting_as(Acting("key", f"k{number}")), database.store() as store:
                add_application(store, job)
        with suppress(ZeroDivisionError), database.store() as store:
            add_application(store, job)
            raise ZeroDivisionError

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write, range(8)))
    with database.reading() as store:
        events = list(store.audit_chain(org))
    assert [event.seq for event in events] == list(range(1, before + 41))
    assert audit.verify(events) is None
    assert {event.actor for event in events[before:]} == {f"key:k{number}" for number in range(8)}


@pytest.mark.proves(42)
def test_who_is_erased_leaves_a_chain_that_verifies_and_no_word(database: Database, world: World) -> None:
    org = world.organisation_id
    with database.store() as store:
        reject(store, store.application(org, world.application_id))
    held = receipts(database, org)
    with database.reading() as store:
        alias = store.audit_subject(org, world.candidate_id)
        kept = {seq for seq, _, _ in store.audit_details(org)}
        about = {event.seq for event in store.audit_chain(org) if event.subject == alias}
    assert alias
    assert about & kept
    with database.store() as store:
        store.erase_candidate(org, world.candidate_id)
    assert fault(database, org, held) is None
    with database.reading() as store:
        events = list(store.audit_chain(org))
        left = {seq for seq, _, _ in store.audit_details(org)}
    assert (events[-1].action, events[-1].object_id) == ("candidate.erased", alias)
    assert not left & about, "details and salts are gone"
    with database.engine.connect() as connection:
        for table in ("audit_events", "audit_details", "audit_subjects", "audit_heads"):
            rows = connection.execute(text(f"SELECT * FROM {table}")).mappings().all()
            dump = str(
                [{name: bytes(v) if isinstance(v, memoryview) else v for name, v in row.items()} for row in rows]
            )
            words = CANARIES if table != "audit_details" else ("zoe", "Zoë", "zoe@example.org", "No licence")
            assert not [word for word in (*words, world.candidate_id) if word in dump], table


@pytest.mark.proves(42)
def test_entries_hold_no_word_about_anybody_even_before(database: Database, world: World) -> None:
    with database.store() as store:
        reject(store, store.application(world.organisation_id, world.application_id))
    with database.reading() as store:
        lines = "".join(json.dumps(one.as_json()) for one in store.audit_chain(world.organisation_id))
        people = store.audit_people(world.organisation_id)
    assert not [word for word in (*CANARIES, world.candidate_id) if word in lines]
    assert KIM.name in people.values()
    assert "decision.reject" in lines


@pytest.mark.proves(44)
def test_nothing_younger_than_six_months_is_purged_and_a_stub_stands_for_the_rest(
    tmp_path: Path, database_url: str
) -> None:
    app = build_app(Settings(home=tmp_path, database_url=database_url))
    world = build(app.database, "Ours")
    org, real = world.organisation_id, datetime.now(UTC)
    first = auditing.checkpoint(app, org)
    assert first is not None
    assert auditing.checkpoint(app, org) is None, "nothing new"
    with pytest.raises(Conflict, match="183 days"):
        auditing.purge(app, org, real - timedelta(days=182))
    with pytest.raises(Conflict, match="400 days"):
        auditing.purge(app, org, real - timedelta(days=390), floor=timedelta(days=400))
    with pytest.raises(Conflict, match="183 days"):
        auditing.purge(app, org, real - timedelta(days=100), floor=timedelta(days=1))
    assert auditing.purge(app, org, real - timedelta(days=184)) == 0, "there is nothing so old"

    app.database.now = lambda: real + timedelta(days=200)
    with app.database.store() as store:
        add_application(store, store.job(org, world.job_id))
    app.clock = Later(200)
    assert auditing.purge(app, org, real + timedelta(days=10)) == first["seq"]
    held = auditing.read_checkpoints([tmp_path / "checkpoints"])
    assert auditing.verify_database(app.database, app.signer, held)[org] is None
    exporting = auditing.exported(app.database, org)
    beginning = next(exporting)
    assert app.database.engine.pool.checkedout() == 0, "nothing waits for whoever reads it"  # type: ignore[attr-defined]
    lines = [beginning, *exporting]
    assert json.loads(lines[0])["kind"] == "stub"
    key = audit.public_hex(auditing.signing_key(app.signer))
    assert auditing.verify_export(lines, held, key=key) == {org: None}
    cut = auditing.verify_export(lines[:-2], held, key=key)[org]
    assert cut is None, "no checkpoint has seen the end yet"
    lines[0] = lines[0].replace(f'"seq": {first["seq"]}', f'"seq": {first["seq"] + 1}')
    moved = auditing.verify_export(lines, held, key=key)[org]
    assert moved is not None
    assert moved.kind == "forged"
    app.database.close()


class Later:
    """A Clock."""

    def __init__(self, days: float) -> None:
        self._days = days

    def now(self) -> float:
        return (datetime.now(UTC) + timedelta(days=self._days)).timestamp()


def test_the_head_is_where_the_chain_ends(database: Database, world: World) -> None:
    with database.engine.connect() as connection:
        head = connection.execute(select(AuditHead.__table__)).mappings().one()
    with database.reading() as store:
        last = list(store.audit_chain(world.organisation_id))[-1]
    assert (head["seq"], head["hash"]) == (last.seq, last.hash)
    assert replace(last, actor="x").hash == last.hash


@pytest.mark.proves(43)
def test_endpoints_hold_receipts_that_show_what_was_written_anew(tmp_path: Path, receiver: Receiver) -> None:
    app = build_app(Settings(home=tmp_path, webhook_private=True))
    org = build(app.database, "Ours").organisation_id
    secret = new_secret()
    with app.database.store() as store:
        for known in store.endpoints(org):
            store.disable_endpoint(org, known.id, reason="not this one")
        store.add_endpoint(org, url=receiver.url, secret=secret, description="", now=app.now)
    auditing.checkpoint_due(app)
    assert receiver.requests == [], "the first hour is not over"
    app.clock = Later(1)
    auditing.checkpoint_due(app)
    with app.database.reading() as store:
        [sent] = [each for each in store.deliveries(org) if each.key.startswith("checkpoint:")]
        before = len(list(store.audit_chain(org)))
    app.pipeline.outcomes.attempt_delivery(org, sent.id)
    [(_, headers, body)] = receiver.requests
    assert Webhook(secret).verify(body, headers)["type"] == "audit.checkpoint"
    with app.database.reading() as store:
        assert store.delivery(org, sent.id).state == "delivered"
        assert len(list(store.audit_chain(org))) == before, "its own receipts are no news"
    kept = tmp_path / "received.jsonl"
    kept.write_bytes(body + b"\n")
    held = auditing.read_checkpoints([kept])
    key = audit.public_hex(auditing.signing_key(app.signer))
    assert auditing.verify_export(auditing.exported(app.database, org), held, key=key) == {org: None}
    with app.database.engine.begin() as connection:
        rewritten(connection, org, blamed)
    found = auditing.verify_database(app.database, app.signer, held)[org]
    assert found is not None
    assert found.kind == "rewrite"
    app.database.close()


def test_a_deed_that_this_version_does_not_know_is_no_tampering() -> None:
    """An auditor's Foyer may be older than the one that wrote the log."""
    first = AuditEvent("o", 1, NOW, "foyer", "moon.landed", "organisation", "o", None, None).chained(GENESIS)
    assert audit.verify([first], []) is None
    assert audit.verify([replace(first, action="moon.left")], []) is not None


def test_where_there_is_no_foyer_none_is_begun(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="FOYER_HOME"):
        opened(Settings(home=tmp_path / "nothing"))
    assert not (tmp_path / "nothing").exists()
    (tmp_path / "secret.key").write_text("s")
    with pytest.raises(BadRequest, match="foyer migrate"):
        opened(Settings(home=tmp_path))
