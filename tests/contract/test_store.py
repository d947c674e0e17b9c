"""What holds for the whole store, by inspection: every table and every method knows its organisation, and no method
reaches a row of another one."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from models.columns import Sealed, SealedJson
from models.db import Database
from models.errors import FoyerError, NotFound
from models.records import Base
from models.store import Store
from models.store.shortlist import Wanted
from models.vectors import VECTORS
from tests.store_world import KIM, LATER, NOW, PLAN, REQUIREMENTS, SCORECARD, World, build, resume, screening


class PowerCut(Exception):
    """Ends a transaction in the middle."""


METHODS: dict[str, Callable[..., Any]] = {
    name: method for name, method in inspect.getmembers(Store, inspect.isfunction) if not name.startswith("_")
}
OF_AGGREGATE = {
    "Jobs": "job",
    "Applications": "application",
    "Interviews": "interview",
    "Connections": "connection",
}
ID_OF = {
    "revoke_api_key": "api_key_id",
    "answer_request": "request_id",
    "link_used": "report_link_id",
    "note_captured": "interview_id",
    "revoke_link": "report_link_id",
    "report_link": "report_link_id",
    "reread": "event_id",
    "set_aside": "event_id",
}
"""Methods whose plain `id` is named neither by a word of theirs nor by their aggregate."""
SHARED = {"taken_places", "place_holders", "under_way", "held", "write_deeds"}
"""Places are the installation's; these three tell how many are taken, and ids for `give_up_places`. `held` takes a row
that the organisation has in hand; `write_deeds` enters what is noted, which names its own."""
IN_HAND = {
    *("remember", "remote", "remotes", "unlink", "jobs_there", "polled", "connected_deliveries"),
    *("came_from_pool", "keep_event", "keep_problem", "waiting_events", "first_waiting", "inbox", "add_outcome"),
    *("erasure_of", "note_erasure", "erasure_finished"),
}
"""Take a connection (an application) that the organisation has in hand, and reach what is its own; or tell of somebody
who is gone, whose id finds no row."""
FOREIGN_IDS = {"client_id", "external_id", "organisation_id", "said"}
VALUES: dict[str, Any] = {
    "now": NOW,
    "at": NOW,
    "expires_at": LATER,
    "next_at": LATER,
    "expires": LATER,
    "since": NOW,
    "until": LATER,
    "audio": False,
    "files": (),
    "seen": (1, 1, 0.5),
    "version": 1,
    "offset": 0,
    "most": 5,
    "starts": LATER,
    "ends": LATER,
    "cells": [LATER],
    "capacity": 3,
    "detail": {},
    "person": KIM,
    "basis": {},
    "content": {},
    "during": False,
    "plan": PLAN,
    "requirements": REQUIREMENTS,
    "parsed": resume(),
    "result": screening(),
    "scorecard": SCORECARD,
    "payloads": {},
    "payload": {"text": "hello"},
    "requirements_version": 1,
    "events": [(3.0, {"type": "tick"})],
    "first_seq": 100,
    "seconds": 0.5,
    "size": 1,
    "samples": 1,
    "frames": 1,
    "limit": 10,
    "kind": "email",
    "cursor": None,
    "progress": {},
    "failure": None,
    "mend": False,
    "problem": None,
    "settings": {},
    "tokens": {},
    "mapping": {},
    "roles": {},
    "enforced": False,
    "enabled": False,
    "trusts_email": False,
    "status": 200,
    "number": 1,
    "rules": (),
    "application_ids": [],
    "threshold": 0.5,
    "thresholds": (0.5,),
    "interview_ids": (),
    "keys": (),
    "chosen": {},
    "applications": (),
    "overall": 70.0,
    "wanted": Wanted(),
    "ids": (),
    "drawn": (),
    "pool": 1,
    "share": None,
    "daily": False,
    "undecided_days": 5,
    "news": (),
    "surely": False,
    "uses": (),
    "config": {},
    "superseded": (),
    "hashes": ("h",),
}


def ids_of(method: Callable[..., Any]) -> list[str]:
    """Its parameters that name rows."""
    return [name for name in inspect.signature(method).parameters if name.endswith("id") and name not in FOREIGN_IDS]


BY_ID = sorted(name for name, method in METHODS.items() if ids_of(method) and name not in IN_HAND)


def _is_newest(parameter: inspect.Parameter) -> bool:
    """A version that nobody names is the newest."""
    return parameter.name == "version" and parameter.default is None


def arguments(name: str, world: World) -> dict[str, Any]:
    """Arguments that would do, were it for one's own organisation."""
    filled: dict[str, Any] = {}
    for parameter in list(inspect.signature(METHODS[name]).parameters.values())[2:]:
        if parameter.kind is parameter.VAR_KEYWORD or _is_newest(parameter):
            continue
        if parameter.name == "id":
            filled["id"] = _row_id(name, world)
        elif parameter.name in ("kept_id", "former_id"):
            filled[parameter.name] = world.candidate_id
        elif parameter.name == "source_id":
            filled["source_id"] = world.interview_id
        elif parameter.name in ids_of(METHODS[name]):
            filled[parameter.name] = getattr(world, parameter.name)
        elif parameter.name == "state":
            filled["state"] = {"record_attempt": "delivered", "set_batch": "paused"}.get(name, "completed")
        elif parameter.name == "stage":
            filled["stage"] = "reported"
        elif parameter.name in VALUES:
            filled[parameter.name] = VALUES[parameter.name]
        elif parameter.default is parameter.empty:
            filled[parameter.name] = "text"
    if name == "add_application":  # these two are ids of what is to be made
        del filled["application_id"], filled["candidate_id"]
    return filled


def _row_id(name: str, world: World) -> str:
    words = [*reversed(name.split("_")), OF_AGGREGATE.get(METHODS[name].__qualname__.split(".")[0], "")]
    for attribute in (ID_OF.get(name, ""), *(f"{word}_id" for word in words)):
        if hasattr(world, attribute):
            return str(getattr(world, attribute))
    raise AssertionError(f"say in ID_OF what the id of Store.{name} names")


def everything(database: Database) -> dict[str, list[Any]]:
    with database.engine.connect() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(select(table)))) for table in Base.metadata.sorted_tables
        }


def test_every_table_has_its_organisation_indexed_and_not_null() -> None:
    for table in Base.metadata.sorted_tables:
        column = table.c.organisation_id
        assert not column.nullable, table.name
        assert any(index.columns.keys()[:1] == ["organisation_id"] for index in table.indexes), table.name
    assert VECTORS.primary_key.columns.keys()[0] == "organisation_id"


def test_every_method_takes_the_organisation_first() -> None:
    for name, method in METHODS.items():
        if name in SHARED | IN_HAND:
            continue
        first = list(inspect.signature(method).parameters.values())[1]
        assert (first.name, first.annotation) == ("organisation_id", "str"), name
        assert first.default is first.empty, name


def test_what_a_store_writes_about_people_is_sealed() -> None:
    personal = {"name", "email", "phone", "filename", "parsed", "result", "event", "scorecard", "payload", "secret"}
    personal |= {"content", "brief"}
    about = {"candidates", "documents", "screenings", "interview_events", "reports", "deliveries", "endpoints"}
    about |= {"reviews"}
    for table in Base.metadata.sorted_tables:
        for column in table.c:
            if table.name in about and column.name in personal:
                assert isinstance(column.type, Sealed | SealedJson), f"{table.name}.{column.name}"


@pytest.fixture
def ours(database: Database) -> World:
    return build(database, "Ours")


@pytest.fixture
def theirs(database: Database) -> World:
    return build(database, "Theirs")


def test_no_method_reaches_a_row_of_another_organisation(database: Database, ours: World, theirs: World) -> None:
    before = everything(database)
    for name in BY_ID:
        with pytest.raises(NotFound) as caught, database.store() as store:
            getattr(store, name)(theirs.organisation_id, **arguments(name, ours))
        assert len(caught.value.detail) > 20, name
    assert everything(database) == before


def refusal(database: Database, name: str, organisation_id: str, world: World) -> FoyerError | None:
    """How a call ends, undone afterwards so that the next finds the world as it was."""
    found: FoyerError | None = None
    with suppress(PowerCut), database.store() as store:
        try:
            getattr(store, name)(organisation_id, **arguments(name, world))
        except FoyerError as error:
            found = error
        raise PowerCut
    return found


def test_the_same_calls_reach_ones_own_rows(database: Database, ours: World, theirs: World) -> None:
    """Or the test above would pass for a wrong reason. Some are refused for what the rows hold."""
    before = everything(database)
    for name in BY_ID:
        assert not isinstance(refusal(database, name, ours.organisation_id, ours), NotFound), name
    assert everything(database) == before


def test_lists_hold_ones_own_rows_only(database: Database, ours: World, theirs: World) -> None:
    with database.store() as store:
        mine = ours.organisation_id
        assert [job.id for job in store.jobs(mine)] == [ours.job_id]
        assert store.job_counts(mine) == {ours.job_id: {"reported": 1}}
        assert [endpoint.id for endpoint in store.endpoints(mine)] == [ours.endpoint_id]
        assert [delivery.id for delivery in store.deliveries(mine)] == [ours.delivery_id]
        assert [key.id for key in store.api_keys(mine)] == [ours.api_key_id]
        assert store.organisation(mine).name == "Ours"
        # the same address in the other organisation is nobody here
        assert store.same_person(mine, ours.application_id) == []


def test_rows_stay_readable_after_their_transaction(database: Database, ours: World) -> None:
    with database.store() as store:
        application = store.application(ours.organisation_id, ours.application_id)
        document = store.document(ours.organisation_id, ours.document_id)
    assert (application.candidate.name, application.document.filename) == ("Zoë Example", "zoe.pdf")
    assert document.parsed is not None
    assert document.parsed["resume"]["basics"]["email"] == "zoe@example.org"


def test_an_exception_undoes_the_whole_transaction(database: Database, ours: World) -> None:
    def half_done() -> None:
        with database.store() as store:
            store.update_job(ours.organisation_id, ours.job_id, title="Changed")
            store.add_batch(ours.organisation_id, job_id=ours.job_id, name="Lost", now=NOW)
            raise PowerCut

    before = everything(database)
    with pytest.raises(PowerCut):
        half_done()
    assert everything(database) == before


def test_a_reading_transaction_sees_one_state_throughout(database: Database, ours: World) -> None:
    with database.reading() as reader:
        assert reader.job(ours.organisation_id, ours.job_id).title == "Backend engineer"
        with database.store() as writer:  # neither waits for the other
            writer.add_batch(ours.organisation_id, job_id=ours.job_id, name="Tuesday", now=NOW)
        assert len(reader.batches(ours.organisation_id, ours.job_id)) == 1
        with database.reading() as newcomer:
            assert len(newcomer.batches(ours.organisation_id, ours.job_id)) == 2


def test_a_transaction_inside_a_transaction_is_refused_at_once(database: Database, ours: World) -> None:
    with database.store(), pytest.raises(RuntimeError, match="pass its store on"), database.system():
        pass
    with database.store() as store, database.reading() as reader:
        assert reader.jobs(ours.organisation_id)[0].id == store.jobs(ours.organisation_id)[0].id


def test_a_reading_transaction_cannot_write(database: Database, ours: World) -> None:
    before = everything(database)
    with database.reading() as reader, pytest.raises(DBAPIError, match=r"read-?only"):
        reader.add_batch(ours.organisation_id, job_id=ours.job_id, name="Tuesday", now=NOW)
    assert everything(database) == before
    with database.store() as store:  # on the connection that came back from the reader
        store.add_batch(ours.organisation_id, job_id=ours.job_id, name="Tuesday", now=NOW)
