"""The store's jobs, requirements and plans, over SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.db import Database
from models.errors import BadRequest, NotFound
from models.records import Stage
from tests.store_world import NOW, PLAN, REQUIREMENTS, add_application, add_job, build

ORG = "org"


def test_a_job_is_kept_as_given_and_listed_newest_first(database: Database) -> None:
    with database.store() as store:
        first = add_job(store, ORG, policy="after_confirmation", most=3)
        second = store.add_job(
            ORG,
            title="Nurse",
            text="Zürich, 愛",
            media_type="text/html",
            threshold=0.625,
            invite_policy="at_once",
            max_interviews=None,
            minutes=45,
            now=NOW + timedelta(seconds=1),
        )
    with database.store() as store:
        assert [job.id for job in store.jobs(ORG)] == [second.id, first.id]
        job = store.job(ORG, second.id)
        assert (job.title, job.text, job.media_type, job.threshold) == ("Nurse", "Zürich, 愛", "text/html", 0.625)
        assert (job.invite_policy, job.max_interviews, job.minutes, job.state) == ("at_once", None, 45, "open")
        assert (job.requirements_version, job.plan_version, job.plan) == (0, 0, None)
        assert job.created_at == NOW + timedelta(seconds=1)
        assert store.job(ORG, first.id, lock=True).max_interviews == 3
        assert store.requirements(ORG, first.id) == ()


def test_a_job_changes_only_in_what_may_change(database: Database) -> None:
    with database.store() as store:
        job = add_job(store, ORG).id
        store.update_job(ORG, job, title="Senior engineer", threshold=0.75, state="closed", max_interviews=None)
    with database.store() as store:
        changed = store.job(ORG, job)
        assert (changed.title, changed.threshold, changed.state) == ("Senior engineer", 0.75, "closed")
        with pytest.raises(BadRequest, match="created_at"):
            store.update_job(ORG, job, title="Older", created_at=NOW)
        assert store.job(ORG, job).title == "Senior engineer"


def test_each_list_of_requirements_is_a_version(database: Database) -> None:
    with database.store() as store:
        job = add_job(store, ORG).id
        assert store.set_requirements(ORG, job, REQUIREMENTS) == 1
        assert store.set_requirements(ORG, job, REQUIREMENTS[::-1][:2]) == 2
        assert store.set_requirements(ORG, job, ()) == 3
    with database.store() as store:
        assert store.job(ORG, job).requirements_version == 3
        assert store.requirements(ORG, job) == ()
        assert store.requirements(ORG, job, version=1) == REQUIREMENTS
        assert store.requirements(ORG, job, version=2) == REQUIREMENTS[::-1][:2]
        assert store.requirements(ORG, job, version=9) == ()


def test_each_saved_kit_is_a_version_of_its_job(database: Database) -> None:
    later = NOW + timedelta(hours=1)
    edited = PLAN.model_copy(update={"closing": "See you."})
    with database.store() as store:
        job = add_job(store, ORG).id
        assert store.plan(ORG, job) is None
        assert store.kits(ORG, job) == []
        first = store.set_plan(ORG, job, PLAN, author="Ann", note="From the library", now=NOW)
        assert first == PLAN.model_copy(update={"version": 1}), "the store counts, not the sender"
        assert store.set_plan(ORG, job, PLAN, author="Bob", now=later) == first, "nothing changed, nothing new"
        second = store.set_plan(ORG, job, edited, author="Bob", now=later)
    with database.store() as store:
        assert store.plan(ORG, job) == second
        assert store.plan(ORG, job, version=1) == first
        assert store.job(ORG, job).plan_version == second.version == 2
        kept = [(kit.version, kit.author, kit.note, kit.saved_at) for kit in store.kits(ORG, job)]
        assert kept == [(2, "Bob", "", later), (1, "Ann", "From the library", NOW)]
        with pytest.raises(NotFound, match="no version 3"):
            store.plan(ORG, job, version=3)
        with pytest.raises(NotFound):
            store.kits("other", job)


def test_counts_are_by_job_and_stage(database: Database) -> None:
    with database.store() as store:
        busy, idle = add_job(store, ORG), add_job(store, ORG)
        stages: tuple[Stage, ...] = ("received", "received", "screened")
        for stage in stages:
            application = add_application(store, busy)
            store.set_stage(ORG, application.id, stage, now=NOW)
        assert store.job_counts(ORG) == {busy.id: {"received": 2, "screened": 1}}
        assert idle.id not in store.job_counts(ORG)


def test_keys_are_shown_once_and_kept_as_hashes(database: Database) -> None:
    world = build(database)
    organisation = world.organisation_id
    assert world.api_key.startswith("foyer_")
    assert len(world.api_key) >= len("foyer_") + 32
    with database.system() as system:
        known = system.api_key(world.api_key)
        assert known is not None
        assert (known.organisation_id, known.name) == (organisation, "import")
        assert known.prefix == world.api_key[:12]
        assert world.api_key not in (known.hash, known.prefix)
        assert system.api_key(world.api_key + "x") is None
        assert system.api_key(known.hash) is None
    with database.store() as store:
        _, another = store.add_api_key(organisation, name="other", now=NOW)
        assert another != world.api_key
        store.revoke_api_key(organisation, world.api_key_id, NOW)
        store.revoke_api_key(organisation, world.api_key_id, NOW + timedelta(days=1))
        assert [key.revoked_at for key in store.api_keys(organisation)] == [NOW, None]
    with database.system() as system:
        assert system.api_key(world.api_key) is None
        assert system.api_key(another) is not None


def test_an_organisation_is_its_own(database: Database) -> None:
    with database.system() as system:
        made = system.add_organisation("Example GmbH", NOW)
        assert [organisation.name for organisation in system.organisations()] == ["Example GmbH"]
    assert made.organisation_id == made.id
    with database.store() as store:
        assert store.organisation(made.id).name == "Example GmbH"
        with pytest.raises(NotFound):
            store.organisation("nobody")
