"""A job that needs approval invites nobody until a person approved it as it stands, and nobody again once something of
it changed; over SQLite and PostgreSQL, and over an app."""

from __future__ import annotations

from pathlib import Path

import pytest

from api import approving
from api.app import build as build_app
from api.inviting import before
from api.schemas import ApproveIn
from api.security import Recruiter
from models.db import Database
from models.errors import Conflict, Forbidden
from models.settings import Settings
from tests.store_world import KIM, NOW, PLAN, REQUIREMENTS, add_job, add_screened, build


def test_the_sweep_invites_nobody_for_what_is_not_approved(database: Database) -> None:
    world = build(database)
    own = world.organisation_id
    with database.store() as store:
        job = add_job(store, own)
        store.set_requirements(own, job.id, REQUIREMENTS, now=NOW)
        add_screened(store, job, 0.9)
        store.update_job(own, job.id, needs_approval=True)
        with pytest.raises(Conflict, match="no interview kit"):
            store.approve(own, job.id, seen=(1, 0, 0.5), person=KIM, note="", now=NOW)
        store.set_plan(own, job.id, PLAN, author="Ann", now=NOW)

    def due() -> bool:
        with database.asking() as system:
            return (own, job.id) in system.uninvited()

    assert not due()
    with database.store() as store:
        with pytest.raises(Conflict, match="changed the job"):
            store.approve(own, job.id, seen=(1, 1, 0.4), person=KIM, note="", now=NOW)
        store.approve(own, job.id, seen=(1, 1, 0.5), person=KIM, note="Good.", now=NOW)
        with pytest.raises(Conflict, match="already"):
            store.approve(own, job.id, seen=(1, 1, 0.5), person=KIM, note="", now=NOW)
    assert due()
    with database.store() as store:
        store.set_plan(own, job.id, PLAN.model_copy(update={"minutes": 15}), author="Ann", now=NOW)
        assert store.unapproved(own, job.id)
    assert not due()
    with database.store() as store:
        store.approve(own, job.id, seen=(1, 2, 0.5), person=KIM, note="", now=NOW)
        store.withdraw_approval(own, job.id, person=KIM, now=NOW)
        assert store.unapproved(own, job.id)
        store.update_job(own, job.id, needs_approval=False)
        assert not store.unapproved(own, job.id)
        assert store.assessed(own, job.id) == {1: 1}
        assert [one.version for one in store.job_versions(own, job.id)] == [1]


def test_whoever_is_invited_by_a_person_waits_too_and_what_changed_is_said(tmp_path: Path) -> None:
    app = build_app(Settings(home=tmp_path))
    with app.database.system() as system:
        own = system.add_organisation("Example", NOW).id
    with app.database.store() as store:
        job = add_job(store, own, policy="after_confirmation")
        store.set_requirements(own, job.id, REQUIREMENTS, now=NOW)
        store.set_plan(own, job.id, PLAN, author="Ann", now=NOW)
        ann, ben = (add_screened(store, job, 0.9, email=f"{name}@example.org").id for name in ("ann", "ben"))
        store.update_job(own, job.id, needs_approval=True)
    stages = app.pipeline.stages
    with pytest.raises(Conflict, match="Versions"):
        stages.advance(own, ann, actor="Kim", reason="")
    assert before(app, own, job.id, None).reasons == {"approval": 2}
    nobody, kim = Recruiter(own, "key"), Recruiter(own, "key", said="Kim Doe")
    body = ApproveIn(requirements_version=1, kit_version=1, threshold=0.5)
    with pytest.raises(Forbidden):
        approving.approve(app, nobody, job.id, body)
    assert approving.approve(app, kim, job.id, body).holds
    assert stages.advance(own, ann, actor="Kim", reason="")
    changed = REQUIREMENTS[0].model_copy(update={"weight": 5.0})
    with app.database.store() as store:
        store.set_requirements(own, job.id, [changed, REQUIREMENTS[1]], now=NOW)
        store.update_job(own, job.id, threshold=0.6)
        store.set_plan(own, job.id, PLAN.model_copy(update={"minutes": 15}), author="Ann", now=app.now)
    found = approving.standing(app, own, job.id)
    assert not found.holds
    assert found.changes == [
        "Threshold 60 instead of 50",
        "Removed: English",
        "Python: weight from 2 to 5",
        "Interview of at most 15 minutes instead of 30",
    ]
    with pytest.raises(Conflict, match="Versions"):
        stages.advance(own, ben, actor="Kim", reason="")
    with app.database.reading() as store:
        assert store.interviewed(own, job.id) == {1: 1}
        newest = approving.versions(app, own, job.id)[0]
    assert (newest.version, newest.threshold) == (3, 0.6)
    assert newest.changes == ["Threshold 60 instead of 50"]
    app.database.close()
