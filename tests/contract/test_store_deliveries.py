"""The store's endpoints, deliveries and leases, over SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from models.db import Database
from models.errors import BadRequest, NotFound
from models.records import SYSTEM, Delivery, DeliveryState
from models.store import Store
from tests.store_world import LATER, NOW, World, build

SOON = NOW + timedelta(minutes=5)


@pytest.fixture
def world(database: Database) -> World:
    return build(database)


def attempt(
    store: Store,
    world: World,
    state: DeliveryState,
    *,
    at: datetime = NOW,
    next_at: datetime | None = None,
    status: int | None = 503,
    error: str | None = "busy",
    reference: str | None = None,
) -> Delivery:
    return store.record_attempt(
        world.organisation_id,
        world.delivery_id,
        at=at,
        state=state,
        status=status,
        error=error,
        seconds=0.25,
        next_at=next_at,
        reference=reference,
    )


def due(database: Database, now: datetime, each: int = 10) -> list[tuple[str, int]]:
    with database.system() as system:
        return [(id, attempts) for _, id, attempts, *_ in system.due_deliveries(now, each)]


def test_an_endpoint(database: Database, world: World) -> None:
    org = world.organisation_id
    with database.store() as store:
        second = store.add_endpoint(org, url="https://hr.example.org", secret="b", description="HR", now=SOON)
        assert [each.id for each in store.endpoints(org)] == [world.endpoint_id, second.id]
        store.disable_endpoint(org, second.id, reason="410 Gone")
    with database.store() as store:
        found = store.endpoint(org, second.id)
        assert (found.enabled, found.disabled_reason, found.secret, found.url) == (
            False,
            "410 Gone",
            "b",
            "https://hr.example.org",
        )
        assert [each.id for each in store.endpoints(org, enabled_only=True)] == [world.endpoint_id]
        store.enable_endpoint(org, second.id)
        assert (store.endpoint(org, second.id).enabled, store.endpoint(org, second.id).disabled_reason) == (True, None)


def test_a_key_is_queued_once(database: Database, world: World) -> None:
    def add(store: Store, organisation_id: str, text: str) -> tuple[Delivery, bool]:
        return store.add_delivery(
            organisation_id, kind="email", key="invitation:1", payload={"text": text}, subject="ann", now=NOW
        )

    with database.store() as store:
        first, added = add(store, world.organisation_id, "one")
        again, added_again = add(store, world.organisation_id, "two")
        elsewhere, added_elsewhere = add(store, "other", "three")
    assert (added, added_again, added_elsewhere) == (True, False, True)
    assert (again.id, again.payload) == (first.id, {"text": "one"})
    assert elsewhere.id != first.id
    assert (first.state, first.attempts, first.next_at) == ("pending", 0, NOW)


def test_a_webhook_without_an_endpoint_is_refused(database: Database, world: World) -> None:
    with database.store() as store, pytest.raises(BadRequest, match="endpoint"):
        store.add_delivery(world.organisation_id, kind="webhook", key="k", payload={}, subject="ann", now=NOW)


def test_attempts_until_it_arrives(database: Database, world: World) -> None:
    org = world.organisation_id
    assert due(database, NOW) == [(world.delivery_id, 0)]
    with database.store() as store:
        attempt(store, world, "pending", next_at=SOON)
    assert due(database, SOON - timedelta(seconds=1)) == []
    assert due(database, SOON) == [(world.delivery_id, 1)]
    with database.store() as store:
        attempt(store, world, "delivered", at=SOON, status=200, error=None, reference="ats-99")
    assert due(database, SOON + timedelta(days=99)) == []
    with database.store() as store:
        found = store.delivery(org, world.delivery_id)
        assert (found.state, found.attempts, found.delivered_at, found.next_at) == ("delivered", 2, SOON, None)
        assert (found.last_error, found.reference) == (None, "ats-99")
        assert [(each.at, each.status, each.error, each.seconds) for each in store.attempts(org, found.id)] == [
            (NOW, 503, "busy", 0.25),
            (SOON, 200, None, 0.25),
        ]
        assert [each.id for each in store.deliveries(org, state="delivered")] == [world.delivery_id]
        assert store.deliveries(org, state="pending") == []


def test_a_straggler_does_not_undo_an_arrival(database: Database, world: World) -> None:
    with database.store() as store:
        attempt(store, world, "delivered", status=200, error=None, reference="ats-99")
        found = attempt(store, world, "pending", next_at=SOON, error="timed out")
        assert (found.state, found.next_at, found.last_error, found.attempts) == ("delivered", None, None, 2)


def test_given_up_and_replayed_by_hand(database: Database, world: World) -> None:
    with database.store() as store:
        attempt(store, world, "dead")
    assert due(database, SOON) == []
    with database.store() as store:
        replayed = store.replay_delivery(world.organisation_id, world.delivery_id, SOON)
        assert (replayed.state, replayed.next_at, replayed.attempts) == ("pending", SOON, 1)
    assert due(database, SOON) == [(world.delivery_id, 1)]


def test_deliveries_wait_for_a_disabled_endpoint(database: Database, world: World) -> None:
    with database.store() as store:
        store.disable_endpoint(world.organisation_id, world.endpoint_id, "410 Gone")
    assert due(database, SOON) == []
    with database.store() as store:
        store.enable_endpoint(world.organisation_id, world.endpoint_id)
    assert due(database, SOON) == [(world.delivery_id, 0)]


def test_removing_an_endpoint_gives_up_what_was_on_its_way(database: Database, world: World) -> None:
    org = world.organisation_id
    with database.store() as store:
        store.remove_endpoint(org, world.endpoint_id)
    with database.store() as store:
        with pytest.raises(NotFound):
            store.endpoint(org, world.endpoint_id)
        left = store.delivery(org, world.delivery_id)
        assert (left.state, left.endpoint_id, left.last_error) == ("dead", None, "The endpoint was removed.")
        with pytest.raises(BadRequest, match="nowhere to send"):
            store.replay_delivery(org, world.delivery_id, NOW)


def test_the_longest_due_go_first(database: Database, world: World) -> None:
    with database.store() as store:
        early, _ = store.add_delivery(
            world.organisation_id,
            kind="email",
            key="early",
            payload={},
            subject="ann",
            now=NOW - timedelta(hours=1),
        )
    assert due(database, NOW) == [(early.id, 0), (world.delivery_id, 0)]


def test_a_receiver_with_many_keeps_nobody_elses_waiting(database: Database, world: World) -> None:
    org = world.organisation_id
    with database.store() as store:
        mail, _ = store.add_delivery(org, kind="email", key="mail", payload={}, subject="ann", now=NOW)
        many = [
            store.add_delivery(
                org, kind="webhook", key=f"m{n}", payload={}, subject="ann", endpoint_id=world.endpoint_id, now=NOW
            )[0].id
            for n in range(3)
        ]
    assert due(database, NOW, each=2) == [(world.delivery_id, 0), (mail.id, 0), (many[0], 0)]
    with database.asking() as system:
        receivers = {id: to for _, id, _, to, _ in system.due_deliveries(NOW, 9)}
    assert receivers == {mail.id: "", **dict.fromkeys([world.delivery_id, *many], world.endpoint_id)}


def test_mail_goes_out_in_turns_of_organisations_and_invitations_keep_no_other_waiting(
    database: Database, world: World
) -> None:
    other = build(database, "Other").organisation_id
    with database.store() as store:

        def mail(organisation: str, key: str) -> str:
            made, _ = store.add_delivery(organisation, kind="email", key=key, payload={}, subject="ann", now=NOW)
            return made.id

        crowd = [mail(world.organisation_id, f"invitation:{n}") for n in range(5)]
        told = mail(world.organisation_id, "notice:1")
        theirs = [mail(other, f"invitation:{n}") for n in range(2)]
    mine = {*crowd, told, *theirs}
    with database.asking() as system:
        found = [(id, invites) for _, id, _, _, invites in system.due_deliveries(NOW, 3) if id in mine]
    assert [id for id, invites in found if not invites] == [told]
    assert {id for id, _ in found[:3]} == {crowd[0], told, theirs[0]}
    assert [id for id, _ in found[3:]] == [crowd[1], theirs[1], crowd[2]], "no more than each of one organisation"


def test_of_one_case_a_newer_result_waits_for_the_attempt_under_way(database: Database, world: World) -> None:
    org = world.organisation_id
    with database.store() as store:
        endpoint = store.add_endpoint(org, url="https://x.example", secret="whsec_x", description="", now=NOW).id
        older, newer = (
            store.add_delivery(
                org,
                kind="webhook",
                key=f"revision-{n}",
                payload={},
                subject="ann",
                endpoint_id=endpoint,
                application_id=world.application_id,
                now=NOW + timedelta(seconds=n),
            )[0].id
            for n in (1, 2)
        )
    here = {older, newer}
    assert [id for id, _ in due(database, SOON) if id in here] == [older]
    with database.store() as store:
        later = SOON + timedelta(hours=1)
        busy: dict[str, Any] = {"state": "pending", "status": 503, "error": "busy", "seconds": 0.1, "reference": None}
        store.record_attempt(org, older, at=SOON, next_at=later, **busy)
    assert [id for id, _ in due(database, SOON) if id in here] == [newer]


def test_a_lease_is_held_renewed_and_released(database: Database) -> None:
    with database.system() as system:
        assert system.acquire_lease("executor:a", "me", NOW, 30)
        assert not system.acquire_lease("executor:a", "you", NOW + timedelta(seconds=29), 30)
        assert system.acquire_lease("executor:a", "me", NOW + timedelta(seconds=20), 30)
        assert not system.acquire_lease("executor:a", "you", NOW + timedelta(seconds=40), 30)
        assert system.acquire_lease("executor:a_b", "you", NOW, 30)
        assert [(lease.name, lease.holder) for lease in system.leases("executor:")] == [
            ("executor:a", "me"),
            ("executor:a_b", "you"),
        ]
        assert [lease.name for lease in system.leases("executor:a_")] == ["executor:a_b"]  # _ is no wildcard
        assert {lease.organisation_id for lease in system.leases()} == {SYSTEM}
        system.release_lease("executor:a", "you")
        assert not system.acquire_lease("executor:a", "you", NOW, 30)
        system.release_lease("executor:a", "me")
        assert system.acquire_lease("executor:a", "you", NOW, 30)


def test_what_there_is_is_counted_by_what_it_stands_at(database: Database) -> None:
    build(database)
    with database.asking() as system:
        found = system.tally(LATER)
    assert found["applications"] == {"reported": 1}
    assert found["screenings"] == {"advance": 1}
    assert found["interviews"] == {"completed": 1}
    assert found["deliveries"] == {"pending": 1}
    assert found["waiting"] == {"screening": 0, "scan": 0, "report": 0, "delivery": 1, "inbox": 1}
