"""The store's interviews, events, consents and reports, over SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import inspect

from models.db import Database
from models.errors import BadRequest, Conflict, FoyerError, Gone, NotFound
from models.records import Interview
from models.store import Store
from models.store.system import IDLE
from models.values import InterviewPlan
from tests.store_world import LATER, NOW, PLAN, SCORECARD, add_job, add_screened, build

ORG = "org"


@pytest.fixture
def invited(database: Database) -> Interview:
    with database.store() as store:
        application = add_screened(store, add_job(store, ORG), 0.9)
        made, created = store.add_interview(
            ORG, application_id=application.id, plan=PLAN, link_hash="link", expires_at=LATER, now=NOW
        )
    assert created
    return made


def enter(store: Store, id: str, *, session: str = "room", now: datetime = NOW) -> Interview:
    return store.open_interview(
        ORG, id, session_hash=session, consent_version="2026-11", consent_sha256="cc" * 32, now=now
    )


def stage(store: Store, interview: Interview) -> str:
    return store.application(ORG, interview.application_id).stage


def test_an_invitation(database: Database, invited: Interview) -> None:
    with database.store() as store:
        found = store.interview(ORG, invited.id)
        assert (found.state, found.minutes, found.expires_at, found.invited_at) == ("invited", 30, LATER, NOW)
        assert InterviewPlan.model_validate(found.plan) == PLAN
        assert (found.link_used_at, found.session_hash, found.started_at, found.completed_at) == (None,) * 4
        assert stage(store, invited) == "invited"
        application = store.application(ORG, invited.application_id)
        assert [each.id for each in store.interviews(ORG, application.job_id)] == [invited.id]
        again, created = store.add_interview(
            ORG, application_id=application.id, plan=PLAN, link_hash="second", expires_at=LATER, now=NOW
        )
        assert (again.id, created, again.link_hash) == (invited.id, False, "link")
        other = add_screened(store, store.job(ORG, application.job_id), 0.8)
        assert store.interview_of(ORG, other.id) is None
    with database.system() as system:
        found_by_link = system.interview_by_link("link")
        assert found_by_link is not None
        assert found_by_link.id == invited.id
        assert system.interview_by_link("second") is None
        assert system.interview_by_session("room") is None


@pytest.mark.proves(50)
def test_a_link_is_used_up_by_consent(database: Database, invited: Interview) -> None:
    with database.store() as store:
        opened = enter(store, invited.id)
        assert (opened.state, opened.link_used_at, opened.started_at) == ("in_progress", NOW, NOW)
        assert stage(store, invited) == "interviewing"
        (consent,) = store.consents(ORG, invited.id)
        assert (consent.text_version, consent.text_sha256, consent.given_at) == ("2026-11", "cc" * 32, NOW)
        assert store.consent_text_version(ORG, invited.id) == "2026-11"
        with pytest.raises(Conflict, match="used already"):
            enter(store, invited.id, session="thief")
    with database.system() as system:
        found = system.interview_by_session("room")
        assert found is not None
        assert found.id == invited.id
        assert system.interview_by_session("thief") is None


@pytest.mark.parametrize("state", ["completed", "expired", "withdrawn"])
def test_an_interview_that_is_over_does_not_open(database: Database, invited: Interview, state: str) -> None:
    with database.store() as store:
        store.set_interview_state(ORG, invited.id, state, now=NOW)  # type: ignore[arg-type]
        with pytest.raises(Gone, match=state):
            enter(store, invited.id)
        assert store.consent_text_version(ORG, invited.id) is None


def test_an_invitation_that_ran_out_does_not_open(database: Database, invited: Interview) -> None:
    with database.store() as store, pytest.raises(Gone, match="expired"):
        enter(store, invited.id, now=LATER)
    with database.store() as store:
        assert enter(store, invited.id, now=LATER - timedelta(microseconds=1)).state == "in_progress"


def test_a_renewed_link_replaces_link_and_session(database: Database, invited: Interview) -> None:
    with database.store() as store:
        enter(store, invited.id)
        store.set_interview_state(ORG, invited.id, "paused", now=NOW)
        store.renew_link(ORG, invited.id, link_hash="fresh", expires_at=LATER + timedelta(days=7), now=LATER)
    with database.system() as system:
        assert system.interview_by_link("link") is None
        assert system.interview_by_session("room") is None
        assert system.interview_by_link("fresh") is not None
    with database.store() as store:
        again = enter(store, invited.id, session="new room", now=LATER)
        assert (again.state, again.started_at, again.link_used_at) == ("in_progress", NOW, LATER)
        assert len(store.consents(ORG, invited.id)) == 2


def test_an_expired_invitation_can_be_renewed_and_a_finished_interview_cannot(
    database: Database, invited: Interview
) -> None:
    with database.store() as store:
        store.set_interview_state(ORG, invited.id, "expired", now=LATER)
        renewed = store.renew_link(ORG, invited.id, link_hash="a", expires_at=LATER + timedelta(days=1), now=LATER)
        assert (renewed.state, renewed.invited_at) == ("invited", LATER)
        enter(store, invited.id, now=LATER)
        store.set_interview_state(ORG, invited.id, "completed", now=LATER)
        with pytest.raises(Gone, match="completed"):
            store.renew_link(ORG, invited.id, link_hash="b", expires_at=LATER, now=LATER)


def test_events_come_back_in_order_and_as_they_were(database: Database, invited: Interview) -> None:
    first, second = {"type": "joined"}, {"type": "typed", "text": "Zoë said 愛", "words": [1, 2.5, None, True]}
    with database.store() as store:
        store.append_events(ORG, invited.id, 1, [(1763630000.25, second), (1763630001.5, first)])
        store.append_events(ORG, invited.id, 0, [(1763629999.123456, first)])
        store.append_events(ORG, invited.id, 3, [])
    with database.store() as store:
        assert store.events(ORG, invited.id) == [
            (0, 1763629999.123456, first),
            (1, 1763630000.25, second),
            (2, 1763630001.5, first),
        ]


def test_a_number_is_given_once_and_events_go_all_or_none(database: Database, invited: Interview) -> None:
    with database.store() as store:
        store.append_events(ORG, invited.id, 1, [(1.0, {"type": "joined"})])
    with database.store() as store:
        with pytest.raises(Conflict, match="from 0 on"):
            store.append_events(ORG, invited.id, 0, [(2.0, {"type": "left"}), (3.0, {"type": "left"})])
        assert [seq for seq, _, _ in store.events(ORG, invited.id)] == [1]


def test_completing_moves_interview_and_application(database: Database, invited: Interview) -> None:
    with database.store() as store:
        enter(store, invited.id)
        store.set_interview_state(ORG, invited.id, "paused", now=NOW)
        store.set_interview_state(ORG, invited.id, "in_progress", now=NOW, engines={"recogniser": "sphinx"})
        done = store.set_interview_state(ORG, invited.id, "completed", now=LATER, reason="time")
        assert (done.state, done.completed_at, done.finish_reason) == ("completed", LATER, "time")
        assert done.engines == {"recogniser": "sphinx"}
        assert stage(store, invited) == "interviewed"


def test_what_is_over_stays_over(database: Database, invited: Interview) -> None:
    with database.store() as store:
        enter(store, invited.id)
        with pytest.raises(Conflict, match="in_progress"):
            store.set_interview_state(ORG, invited.id, "expired", now=NOW)
        store.set_interview_state(ORG, invited.id, "completed", now=NOW, reason="completed")
        again = store.set_interview_state(ORG, invited.id, "completed", now=LATER, reason="abandoned")
        assert (again.completed_at, again.finish_reason) == (NOW, "completed")
        with pytest.raises(Conflict, match="cannot become paused"):
            store.set_interview_state(ORG, invited.id, "paused", now=LATER)
        with pytest.raises(BadRequest, match="'asleep'"):
            store.set_interview_state(ORG, invited.id, "asleep", now=LATER)  # type: ignore[arg-type]


def test_a_reported_case_is_not_moved_back_by_its_interview(database: Database) -> None:
    world = build(database)
    with database.store() as store:
        store.set_interview_state(world.organisation_id, world.interview_id, "completed", now=LATER)
        assert store.application(world.organisation_id, world.application_id).stage == "reported"


def test_overdue(database: Database, invited: Interview) -> None:
    def overdue(now: datetime) -> bool:
        with database.system() as system:
            return system.overdue(now) == [(ORG, invited.id)]

    assert not overdue(LATER - timedelta(seconds=1))
    assert overdue(LATER)
    begun = LATER - timedelta(minutes=1)  # in the last minute: let finish
    with database.store() as store:
        enter(store, invited.id, now=begun)
    assert not overdue(LATER)
    assert overdue(begun + IDLE)
    heard = begun + timedelta(minutes=30)
    with database.store() as store:
        store.append_events(ORG, invited.id, 0, [(heard.timestamp(), {"type": "joined"})])
    assert not overdue(begun + IDLE)
    assert overdue(heard + IDLE)
    with database.store() as store:
        store.set_interview_state(ORG, invited.id, "completed", now=LATER)
    assert not overdue(heard + IDLE)


def test_a_report_is_written_with_its_deliveries_and_once(database: Database, invited: Interview) -> None:
    with database.store() as store:
        enter(store, invited.id)
        store.set_interview_state(ORG, invited.id, "completed", now=NOW)
        hooks = [
            store.add_endpoint(ORG, url=f"https://{name}.example.org", secret="s", description=name, now=NOW).id
            for name in ("ats", "hr")
        ]
    with database.system() as system:
        assert system.unreported() == [(ORG, invited.id)]
    with database.store() as store:
        assert store.report_of(ORG, invited.id) is None
        report, deliveries = store.finish_report(
            ORG,
            interview_id=invited.id,
            scorecard=SCORECARD,
            html_sha256="ab" * 32,
            payloads={hook: {"to": hook} for hook in hooks},
            now=LATER,
        )
    assert (report.version, report.html_sha256, report.created_at) == (1, "ab" * 32, LATER)
    assert [made.key for made in deliveries] == [f"report:{report.id}:{hook}" for hook in hooks]
    with database.store() as store:
        assert stage(store, invited) == "reported"
        found = store.report_of(ORG, invited.id)
        assert found is not None
        assert found.scorecard == SCORECARD.model_dump(mode="json")
        assert store.report(ORG, report.id).application_id == invited.application_id
        again, same = store.finish_report(
            ORG, interview_id=invited.id, scorecard=SCORECARD, html_sha256="cd" * 32, payloads={}, now=LATER
        )
        assert (again.id, again.html_sha256) == (report.id, "ab" * 32)
        assert [made.id for made in same] == [made.id for made in deliveries]
        assert len(store.deliveries(ORG)) == 2
        assert store.interview(ORG, invited.id).reported_at == LATER
    with database.system() as system:
        assert system.unreported() == []
        assert system.waiting(LATER)["report"] == 0
    with database.store() as store:  # as a process of an older release leaves it
        store.interview(ORG, invited.id).reported_at = None
    with database.system() as system:
        assert system.unreported() == []
        assert system.notice_unreported() == 0
        assert {delivery for _, delivery, *_ in system.due_deliveries(LATER, 9)} == {made.id for made in deliveries}


def test_an_interview_said_to_have_a_report_that_is_gone_is_found(database: Database, invited: Interview) -> None:
    with database.store() as store:
        enter(store, invited.id)
        store.set_interview_state(ORG, invited.id, "completed", now=NOW)
        store.interview(ORG, invited.id).reported_at = NOW
    with database.system() as system:
        assert system.unreported() == []
        assert system.notice_unreported() == 1
        assert system.unreported() == [(ORG, invited.id)]


def test_a_report_for_an_unknown_endpoint_writes_nothing(database: Database, invited: Interview) -> None:
    def finish() -> None:
        with database.store() as store:
            store.finish_report(
                ORG,
                interview_id=invited.id,
                scorecard=SCORECARD,
                html_sha256="ab" * 32,
                payloads={"nowhere": {}},
                now=NOW,
            )

    refused: type[FoyerError] = NotFound
    with pytest.raises(refused, match="endpoint 'nowhere'"):
        finish()
    with database.store() as store:
        assert store.report_of(ORG, invited.id) is None
        assert stage(store, invited) == "invited"


def test_sqlite_is_told_what_its_indexes_hold_once_there_are_many(database: Database) -> None:
    ours = build(database, "Ours")
    database.survey()
    assert not _surveyed(database), "of one there is nothing to learn"
    database.survey(worth=1)
    assert _surveyed(database) == (database.url.get_backend_name() == "sqlite")
    with database.store() as store:
        assert store.application(ours.organisation_id, ours.application_id)


def _surveyed(database: Database) -> bool:
    return inspect(database.engine).has_table("sqlite_stat1")
