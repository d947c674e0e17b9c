"""Whom another system means: the same person from two systems is one, two people are never one. Over real databases."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api import linking
from api.app import build
from api.deps import App
from api.intake import Intake
from models.exchange import CandidateIntake, Outcome
from models.records import Connection
from models.settings import Settings
from tests.store_world import NOW, add_job

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
