"""The store's second interviews and consents to use an earlier one, over SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.db import Database
from models.errors import Conflict, NotFound
from models.records import Interview
from models.store import Store
from tests.store_world import LATER, NOW, PLAN, SCORECARD, add_job, add_screened

ORG = "org"


def invited(store: Store, email: str = "zoe@example.org") -> Interview:
    application = add_screened(store, add_job(store, ORG), 0.9, email=email)
    return store.add_interview(
        ORG, application_id=application.id, plan=PLAN, link_hash=application.id, expires_at=LATER, now=NOW
    )[0]


def held(store: Store, interview: Interview, reason: str = "completed") -> Interview:
    store.open_interview(ORG, interview.id, session_hash=interview.id, consent_version="1", consent_sha256="c", now=NOW)
    return store.set_interview_state(ORG, interview.id, "completed", now=NOW, reason=reason)


def again(store: Store, interview: Interview) -> Interview:
    return store.add_retake(ORG, interview.application_id, cause="The line broke.", expires_at=LATER, now=NOW)


def reported(store: Store, interview: Interview) -> None:
    store.finish_report(
        ORG, interview_id=interview.id, scorecard=SCORECARD, html_sha256="cd" * 32, payloads={}, now=NOW
    )


def agreed(store: Store, interview: Interview, source: Interview) -> None:
    store.add_reuse(
        ORG,
        interview.id,
        source_id=source.id,
        text_version="1",
        text_sha256="d",
        due_at=NOW + timedelta(hours=1),
        now=NOW,
    )


def test_a_second_interview_takes_over_the_link_and_there_is_no_third(database: Database) -> None:
    with database.store() as store:
        first = held(store, invited(store), "abandoned")
        link = first.link_hash
        second = again(store, first)
        assert (second.attempt, second.link_hash, second.plan) == (2, link, first.plan)
        assert [each.id for each in store.interviews_of(ORG, first.application_id)] == [first.id, second.id]
        newest = store.interview_of(ORG, first.application_id)
        assert newest is not None
        assert newest.id == second.id
        with pytest.raises(Conflict, match="only once"):
            again(store, first)
    with database.asking() as system:
        found = system.interview_by_link(link)
        assert found is not None
        assert found.id == second.id
        assert system.uninvited() == []


def test_another_organisation_gives_none(database: Database) -> None:
    with database.store() as store:
        first = held(store, invited(store))
        with pytest.raises(NotFound):
            store.add_retake("neighbours", first.application_id, cause="x", expires_at=LATER, now=NOW)
        with pytest.raises(NotFound):
            store.choose_interview("neighbours", first.id, NOW)


def test_earlier_interviews_are_the_same_mailbox_s_of_this_organisation(database: Database) -> None:
    with database.store() as store:
        newest = held(store, invited(store))
        held(store, invited(store), "abandoned")
        held(store, invited(store, "bob@example.org"))
        invited(store)
        new = invited(store, "ZOE@example.org")
        found = store.earlier_interviews(ORG, new.application_id, NOW)
        assert [each.id for each in found] == [newest.id]
        assert store.earlier_interviews(ORG, new.application_id, NOW + timedelta(seconds=1)) == []
        store.add_request(ORG, newest.id, "erasure", {"wishes": [], "text": ""}, during=False, now=NOW)
        assert store.earlier_interviews(ORG, new.application_id, NOW) == []


def test_consent_is_due_once_and_gone_when_taken_back(database: Database) -> None:
    with database.store() as store:
        source, new = held(store, invited(store)), invited(store)
        agreed(store, new, source)
    due = NOW + timedelta(hours=1)
    with database.asking() as system:
        assert system.due_reuses(due - timedelta(seconds=1)) == []
        assert system.due_reuses(due) == [(ORG, new.id)]
    with database.store() as store:
        assert store.use_earlier(ORG, new.id, due)
        assert not store.use_earlier(ORG, new.id, due)
        assert store.held(store.interview(ORG, new.id)).id == source.id
    with database.asking() as system:
        assert system.due_reuses(due) == []
    with database.store() as store:
        assert not store.is_delivered(ORG, new.id)
        assert store.end_reuse(ORG, new.id, expires_at=LATER, now=due) == (True, [])
        assert store.end_reuse(ORG, new.id, expires_at=LATER, now=due) == (False, [])
        assert store.interview(ORG, new.id).state == "invited"
        assert [each.withdrawn_at for each in store.reuses(ORG, new.id)] == [due]


def test_a_report_that_nobody_but_a_person_gets_is_delivered_at_once(database: Database) -> None:
    with database.store() as store:
        source, new = held(store, invited(store)), invited(store)
        agreed(store, new, source)
        store.use_earlier(ORG, new.id, NOW)
        reported(store, new)
        with pytest.raises(Conflict, match="with the employer"):
            store.end_reuse(ORG, new.id, expires_at=LATER, now=NOW)
        assert store.report_of(ORG, new.id) is not None
