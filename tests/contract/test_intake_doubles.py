"""Whom another system means: the same person from two systems is one, two people are never one. Over real databases."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from api import linking
from api.app import build
from api.deps import App
from api.erasing import erase
from api.intake import Intake
from api.order_desk import ORDER
from api.people import recognise
from models.errors import Conflict, NotFound
from models.exchange import AssessmentOrder, CandidateIntake, Outcome
from models.records import Connection, Document
from models.settings import Settings
from models.store import Store
from tests.store_world import NOW, add_application, add_job, resume

MAIL, PHONE = "family@mail.example", "+49 30 1234567"
ADA = {"name": "Ada Byron", "phone": PHONE}


def built(home: Path, **settings: Any) -> App:
    app = build(Settings(home=home, webhook_private=True, **settings))
    app.pipeline.deliver_due = app.pipeline.read_due = lambda: None  # type: ignore[method-assign]
    with app.database.system() as system:
        system.add_organisation("Example", NOW)
    return app


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    made = built(tmp_path)
    yield made
    made.database.close()


class There:
    """One connected system whose opening 1 is linked to a job, and whose pool list-1 is too."""

    def __init__(self, app: App, org: str, vendor: str = "greenhouse", job: str = "") -> None:
        self.app, self.org = app, org
        self.row: Connection = linking.add(app, org, vendor, "", {})
        with app.database.store() as store:
            store.change_connection(org, self.row.id, enabled=True)
            self.job = job or add_job(store, org).id
            for remote in ("1", "list-1"):
                store.remember(self.row, "job", remote, local_id=self.job, now=NOW)

    def take(self, id: str, person: str, **said: Any) -> tuple[str, str]:
        """Ids of the application and of the person, here."""
        given = {"remote_job_id": "1", "external_id": id, "remote_candidate_id": person, **said}
        taken = Intake(self.app).take(self.row, CandidateIntake.model_validate(given))
        assert taken is not None
        with self.app.database.reading() as store:
            return taken, store.application(self.org, taken).candidate_id

    def says(self, id: str, kind: Any, minutes: int) -> None:
        Intake(self.app).take(
            self.row, Outcome(kind=kind, at=NOW + timedelta(minutes=minutes), remote_application_id=id)
        )


# ---------------------------------------------------------------- who is who


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"name": "Ada Byron", "email": MAIL}, {"name": "Ada King Byron", "email": MAIL.upper()}, True),
        ({"name": "Ada Byron", "email": MAIL}, {"email": MAIL}, True),
        ({"name": "Ada Byron", "email": MAIL}, {"name": "Anna Byron", "email": MAIL}, False),
        ({"name": "Ada Byron", "phone": PHONE}, {"name": "ada byron", "phone": PHONE, "email": MAIL}, True),
        ({"name": "Ada Byron", "phone": PHONE}, {"name": "Bo Byron", "phone": PHONE}, False),
        ({"name": "Ada Byron", "phone": PHONE}, {"phone": PHONE}, False),
        ({**ADA, "email": "a@x.example"}, {**ADA, "email": MAIL}, True),
    ],
)
def test_two_people_are_never_one(
    app: App, org: str, one: dict[str, str], other: dict[str, str], *, same: bool
) -> None:
    first = There(app, org)
    known = first.take("26", "27", **one)
    again = There(app, org, job=first.job).take("126", "127", **other)
    assert (known == again) == same


def test_of_two_who_share_an_address_each_is_found_again(app: App, org: str) -> None:
    first = There(app, org)
    known = [first.take(str(n), f"p{n}", name=name, email=MAIL)[1] for n, name in enumerate(("Ada Byron", "Bo Byron"))]
    second = There(app, org, job=first.job)
    assert [
        second.take(str(n), f"q{n}", name=name, email=MAIL)[1] for n, name in ((7, "Ada Byron"), (8, "Bo Byron"))
    ] == known


def test_the_number_of_a_pools_member_is_no_application_of_somebody_elses(app: App, org: str) -> None:
    loxo = There(app, org, "loxo")
    applied = loxo.take("17", "3", name="Ada Byron", email="ada@x.example", origin="sourced")
    member = loxo.take("17", "17", name="Bo Li", email="bo@x.example", origin="pool", remote_job_id="list-1")
    assert member[0] != applied[0]
    assert member[1] != applied[1]


def test_two_tellers_of_one_application_make_one(tmp_path: Path, database_url: str) -> None:
    """A message and a reading at the same moment, in two processes as far as the database can tell."""
    made = built(tmp_path / "home", database_url=database_url)
    with made.database.asking() as system:
        org = system.organisations()[0].id
    there = There(made, org)
    for n in range(4):
        gate, found = threading.Barrier(2), []

        def tell(n: int = n, gate: threading.Barrier = gate, found: list[str] = found) -> None:
            gate.wait()
            found.append(there.take(f"a{n}", f"p{n}", name="Ada Byron", email=f"ada{n}@x.example")[0])

        threads = [threading.Thread(target=tell) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(found) == 2
        assert len(set(found)) == 1
    made.database.close()


# ---------------------------------------------------------------- what became of them


def test_the_same_news_with_another_date_is_no_news(app: App, org: str) -> None:
    """Of some systems the date of a hire is when anything last changed."""
    there = There(app, org)
    application, _ = there.take("26", "27", name="Ada Byron", email=MAIL)
    for minutes, kind in enumerate(("stage", "hired", "hired", "undone", "hired")):
        there.says("26", kind, minutes)
    with app.database.reading() as store:
        assert [each.kind for each in store.outcomes(org, application)] == ["stage", "hired", "undone", "hired"]


def test_every_system_is_told_however_long_the_stage_is_called(app: App, org: str) -> None:
    there = There(app, org)
    crms = [There(app, org, "gem", there.job) for _ in range(2)]
    for crm in crms:
        crm.take("c1", "c1", name="Ada Byron", email=MAIL, origin="pool", remote_job_id="list-1")
    application, _ = there.take("26", "27", name="Ada Byron", email=MAIL)
    Intake(app).take(there.row, Outcome(kind="rejected", at=NOW, remote_application_id="26", stage="Review " * 20))
    with app.database.reading() as store:
        told = [len(store.connected_deliveries(crm.row, application_id=application)) for crm in crms]
    assert told == [1, 1]


# ---------------------------------------------------------------- messages


def keep(there: There, key: str, person: CandidateIntake) -> None:
    """An order, as a message that is to be read."""
    order = AssessmentOrder(package_id=there.job, key=key, candidate=person)
    with there.app.database.store() as store:
        assert store.keep_event(there.row, key, {ORDER: order.model_dump(mode="json")}, NOW)


def marks(app: App) -> list[str]:
    with app.database.asking() as system:
        return [mark for _, _, mark in system.due_events(app.now, 10)]


def test_one_process_at_a_time_reads_what_a_system_sent(app: App, org: str) -> None:
    there = There(app, org)
    keep(there, "o1", CandidateIntake(name="Ada Byron", email=MAIL, external_id="26"))
    reading, lease = (org, there.row.id), f"reading:{there.row.id}"
    with app.database.system() as system:
        assert system.acquire_lease(lease, "another", app.now, 60)
    with pytest.raises(Conflict, match="read already"):
        app.pipeline.reading.read_inbox(*reading)
    assert len(marks(app)) == 1
    with app.database.system() as system:
        system.release_lease(lease, "another")
    app.pipeline.reading.read_inbox(*reading)
    assert marks(app) == []
    with app.database.asking() as system:
        assert system.leases("reading:") == []


def test_a_message_that_is_read_again_is_started_anew_however_often(app: App, org: str) -> None:
    """A mark that was there before is a workflow that is over, and would keep all messages behind it for ever."""
    there = There(app, org)
    with app.database.store() as store:
        store.keep_event(there.row, "first", {"action": "x"}, NOW)
        store.keep_event(there.row, "second", {"action": "x"}, NOW + timedelta(seconds=1))
        first, second = reversed(store.inbox(there.row))
        store.event_read(org, first.id, problem="unusable", next_at=None, now=NOW)
        store.event_read(org, second.id, problem="ill", next_at=NOW, now=NOW)
        store.reread(org, first.id, NOW)
    seen = set(marks(app))
    with app.database.store() as store:
        store.event_read(org, first.id, problem="unusable", next_at=None, now=NOW)
        store.event_read(org, second.id, problem=None, next_at=None, now=NOW)
        store.reread(org, first.id, NOW + timedelta(minutes=1))
    assert len(marks(app)) == 1
    assert not seen & set(marks(app))


def test_who_is_erased_is_gone_from_what_could_not_be_used(app: App, org: str) -> None:
    there = There(app, org)
    _, ada = there.take("26", "27", name="Ada Byron", email=MAIL)
    said = {"item": {"external_id": "26", "name": "Ada Byron"}}
    with app.database.store() as store:
        store.keep_problem(there.row, "item:26", said, "no", NOW)
        store.keep_problem(there.row, "raw", {"payload": [{"mail": MAIL.upper()}]}, f"{MAIL} is odd", NOW)
        store.keep_problem(there.row, "item:28", {"item": {"external_id": "28", "name": "Bo Li"}}, "no", NOW)
    erase(app, org, ada, because="a test")
    with app.database.reading() as store:
        kept = {each.key: each.event for each in store.inbox(there.row)}
    assert kept.keys() == {"item:28"}
    assert kept["item:28"]["item"]["name"] == "Bo Li"


def test_one_odd_entry_is_shown_and_keeps_nobody_waiting(tmp_path: Path, database_url: str) -> None:
    """PostgreSQL takes no text without end, nor a NUL."""
    made = built(tmp_path / "home", database_url=database_url)
    with made.database.asking() as system:
        org = system.organisations()[0].id
    there = There(made, org)
    keep(there, "nul", CandidateIntake(name="Ada Byron", email=MAIL, external_id="2\0"))
    keep(there, "long", CandidateIntake(name="Ada Byron", email=MAIL, external_id="2" * 400))
    keep(there, "fine", CandidateIntake(name="Bo Li", email="bo@x.example", external_id="28"))
    made.pipeline.reading.read_inbox(org, there.row.id)
    with made.database.reading() as store:
        states = {each.key: each.state for each in store.inbox(there.row)}
    assert states["fine"] == "read"
    assert {states["nul"], states["long"]} == {"dead" if "postgresql" in database_url else "read"}
    made.database.close()


@pytest.mark.parametrize("killed", [True, False])
def test_an_upload_that_is_somebodys_keeps_its_file_whenever_it_is_killed(
    app: App, org: str, monkeypatch: pytest.MonkeyPatch, *, killed: bool
) -> None:
    """Just before the rows are committed, or just after."""
    there = There(app, org)
    _, known = there.take("26", "27", name="Ada Byron", email=MAIL)
    with app.database.store() as store:
        upload = add_application(store, add_job(store, org))
        store.record_parsed(org, upload.id, resume("Ada Byron", MAIL), NOW)
    former = upload.candidate_id
    sha = app.files.put(b"a resume", subject=former)
    sealed = app.seal.seal(b"words", subject=former)
    with app.database.store() as store:
        store.hold(org, candidate_id=former, reason="A claim.", by="Kim", now=NOW)
    with app.database.engine.begin() as connection:
        connection.execute(update(Document).where(Document.candidate_id == former).values(sha256=sha))
    with monkeypatch.context() as patched:
        if killed:
            patched.setattr(Store, "write_deeds", _killed)
            with pytest.raises(KeyboardInterrupt):
                recognise(app, org, upload.id)
    with app.database.reading() as store:
        whose = store.application(org, upload.id).candidate_id
    if not killed:
        recognise(app, org, upload.id)
        whose = known
        with app.database.reading() as store:
            assert store.application(org, upload.id).candidate_id == known
            assert store.is_held(org, known), "the hold is theirs too"
        with pytest.raises(NotFound, match="erased"):
            app.seal.unseal(sealed)
        with pytest.raises(NotFound):
            app.files.get(sha, subject=former)
    assert app.files.get(sha, subject=whose) == b"a resume"


def _killed(*_: object) -> None:
    raise KeyboardInterrupt
