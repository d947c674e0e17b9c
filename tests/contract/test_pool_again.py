"""The pool over real rows: filters, how people fared, whom one may write to, another application of theirs, searches
that are kept; and whoever is erased is nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from api import pool_people, reengaging
from api.app import build
from api.deps import App
from api.erasing import erase_for
from api.pool_query import Search
from api.security import Recruiter
from models.errors import BadRequest, Forbidden
from models.records import Application
from models.settings import Settings
from models.values import Basics, Location, ParsedResume, Resume, Span, Work
from tests.fakes_matching import FakeEmbedder
from tests.store_world import KIM, NOW, add_application, add_job


def parsed(name: str, city: str, years: float) -> ParsedResume:
    text = f"{name} worked as a nurse in intensive care with ECMO and Python"
    basics = Basics(name=name, email=f"{name.lower()}@example.org", location=Location(city=city))
    work = (Work(position="Nurse", name="Clinic"),)
    spans = (Span(id=0, text=text, line=1, start=0, end=len(text)),)
    return ParsedResume(resume=Resume(basics=basics, work=work), spans=spans, years=years)


class World:
    """Anna and Ben of Lyon, Cleo of Paris; all were screened for one job, Anna was recommended."""

    def __init__(self, app: App) -> None:
        self.app = app
        with app.database.system() as system:
            self.org = system.add_organisation("Example", NOW).id
        self.who = Recruiter(self.org, "key", key_id="k", said="Kim")
        self.cases: dict[str, Application] = {}
        with app.database.store() as store:
            job = add_job(store, self.org)
            self.other = add_job(store, self.org).id
            for name, city, years in (("Anna", "Lyon", 9.0), ("Ben", "Lyon", 1.0), ("Cleo", "Paris", 9.0)):
                case = add_application(store, job, filename=f"{name}.txt")
                store.record_parsed(self.org, case.id, parsed(name, city, years), NOW)
                self.cases[name] = case
            store.count_report(self.org, self.cases["Anna"].id, overall=81.0, recommendation="yes")

    def names(self, search: Search) -> list[str | None]:
        return [one.known.name for one in pool_people.search(self.app, self.org, search)]

    def agree(self, name: str) -> None:
        with self.app.database.store() as store:
            store.agree_contact(self.org, self.cases[name].candidate_id, how="by e-mail", now=NOW)

    @property
    def documents(self) -> list[str]:
        return [case.document_id for case in self.cases.values()]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    built = build(Settings(home=tmp_path), work=False)
    built.engines._built["embedder"] = FakeEmbedder()
    yield World(built)
    built.database.close()


def test_people_are_found_by_filters_and_how_they_fared(world: World) -> None:
    assert sorted(filter(None, world.names(Search("nurse")))) == ["Anna", "Ben", "Cleo"]
    assert sorted(filter(None, world.names(Search("nurse", place="Lyon")))) == ["Anna", "Ben"]
    assert world.names(Search("nurse", place="Lyon", seniority="senior")) == ["Anna"]
    assert world.names(Search("nurse", since="2026-11-21")) == []
    assert len(world.names(Search("nurse", since="2026-11-20", until="2026-11-20"))) == 3
    assert world.names(Search("nurse", only="silver")) == ["Anna"]
    with world.app.database.store() as store:
        case = store.application(world.org, world.cases["Anna"].id)
        facts = {"key": "1", "kind": "hired", "stage": "", "reason": "", "connection_id": None}
        store.add_outcome(case, **facts, at=NOW, now=NOW)  # type: ignore[arg-type]
    assert world.names(Search("nurse", only="silver")) == [], "who was hired is no silver medallist"


def test_only_those_who_agreed_are_asked_once_and_with_the_file_that_is_there(world: World) -> None:
    before = reengaging.preview(world.app, world.org, world.other, world.documents)
    assert (before.able, len(before.others), before.message) == ([], 3, "")
    world.agree("Anna")
    world.agree("Ben")
    with world.app.database.store() as store:
        store.opt_out(world.org, world.cases["Ben"].candidate_id, now=NOW)
    told = reengaging.preview(world.app, world.org, world.other, world.documents)
    assert [one.known.name for one in told.able] == ["Anna"]
    assert "Anna" in told.message
    assert {one.known.name: one.why_not.split(",")[0] for one in told.others} == {
        "Ben": "They want to hear nothing more",
        "Cleo": "They did not agree to be written to about other jobs.",
    }
    with pytest.raises(Forbidden):
        reengaging.confirm(world.app, Recruiter(world.org, "key"), world.other, world.documents, "yes")
    with world.app.database.store() as store:
        application = store.apply_again(world.org, world.other, world.cases["Anna"].document_id, now=NOW)
        assert (application.source, application.stage) == ("pool", "received")
        assert application.document_id == world.cases["Anna"].document_id
    with world.app.database.reading() as store:
        [received] = store.audit(world.org, of=application.id)
        assert received.action == "application.received"
    again = reengaging.preview(world.app, world.org, world.other, world.documents)
    assert again.able == []
    assert reengaging._apply(world.app, world.org, world.other, told.able[0].known, "yes") == ""
    with pytest.raises(BadRequest):
        reengaging.preview(world.app, world.org, world.other, [])


def test_a_message_goes_with_it_and_consent_can_be_taken_back(world: World) -> None:
    world.agree("Anna")
    told = reengaging.preview(world.app, world.org, world.other, world.documents)
    made = reengaging._apply(world.app, world.org, world.other, told.able[0].known, "yes")
    with world.app.database.reading() as store:
        [delivery] = store.deliveries(world.org)
        assert (delivery.kind, delivery.application_id, delivery.key) == ("email", made, f"pool:{made}")
    with world.app.database.store() as store:
        assert store.withdraw_contact(world.org, world.cases["Anna"].candidate_id).contact_agreed_at is None
    assert world.names(Search("nurse", only="reachable")) == []


def test_a_kept_search_counts_who_is_new_and_an_erased_person_is_nowhere(world: World) -> None:
    asked = Search("nurse intensive care ECMO")
    with world.app.database.store() as store:
        row = store.save_search(
            world.org, asked.as_json() | {"name": "ICU"}, owner="me", owner_name="Kim", shared="no", now=NOW
        )
        assert store.searches(world.org, "somebody else") == []
    pool_people.WELL_ENOUGH, limit = 0.0, pool_people.WELL_ENOUGH
    try:
        assert pool_people.new_since(world.app, world.org, row) == 0, "they came before it was kept"
        with world.app.database.store() as store:
            store.looked_at(world.org, row.id, NOW.replace(year=2025))
            row = store.saved_search(world.org, row.id)
        assert pool_people.new_since(world.app, world.org, row) == 3
        erase_for(world.app, world.org, world.cases["Cleo"].candidate_id, because="they asked", person=KIM.name)
        assert pool_people.new_since(world.app, world.org, row) == 2
    finally:
        pool_people.WELL_ENOUGH = limit
    assert "Cleo" not in world.names(asked)
    assert len(reengaging.preview(world.app, world.org, world.other, world.documents).chosen) == 2
