"""What people do with a connection, over a real database and a simulated Greenhouse: setting up, testing, linking,
seeing what would be written, handing over, deciding there, sending what is there already."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api import linking, systems
from api.app import build
from api.deps import App
from api.reading import ITEM
from api.security import Recruiter
from models.errors import BadRequest, Conflict, Forbidden, NotFound
from models.records import Connection, Delivery, new_id
from models.settings import Settings
from tests.simulators.base import Fault
from tests.simulators.gem import Gem
from tests.simulators.greenhouse import KEY, Greenhouse
from tests.store_world import LATER, NOW, PLAN, SCORECARD, add_job, resume, screening

KIM = "Kim"


@pytest.fixture
def greenhouse() -> Iterator[Greenhouse]:
    with Greenhouse() as running:
        running.opening(500, "Backend engineer", "Five years of Python")
        yield running
        assert running.violations == []


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    built = build(Settings(home=tmp_path, webhook_private=True))
    for name in ("deliver_due", "read_due"):  # the engine behind them is not launched
        setattr(built.pipeline, name, lambda: None)
    with built.database.system() as system:
        system.add_organisation("Example", NOW)
    yield built
    built.database.close()


def connect(app: App, org: str, greenhouse: Greenhouse, **changes: Any) -> Connection:
    made = linking.add(app, org, "greenhouse", "", greenhouse.settings)
    return linking.change(app, org, made.id, enabled=True, **changes)


def row(app: App, connection: Connection) -> Connection:
    with app.database.reading() as store:
        return store.connection(connection.organisation_id, connection.id)


def applied(app: App, org: str, *, reported: bool = False) -> tuple[str, str]:
    """A job and an application of it. `reported`: interviewed, when nobody was there to be told."""
    with app.database.store() as store:
        job, candidate = add_job(store, org), new_id()
        application = store.add_application(
            org,
            job.id,
            candidate_id=candidate,
            filename="zoe.txt",
            sha256=app.files.put(b"Zoe Example, five years of Python", subject=candidate),
            size=33,
            media_type="text/plain",
            batch_id=None,
            source="upload",
            external_id=None,
            now=NOW,
        )
        store.record_parsed(org, application.id, resume(), NOW)
        store.record_screening(org, application.id, screening(), requirements_version=1, now=NOW)
        if reported:
            interview, _ = store.add_interview(
                org, application_id=application.id, plan=PLAN, link_hash=application.id, expires_at=LATER, now=NOW
            )
            store.open_interview(
                org, interview.id, session_hash=application.id, consent_version="1", consent_sha256="c", now=NOW
            )
            store.set_interview_state(org, interview.id, "completed", now=NOW, reason="completed")
            page = app.files.put(b"<p>A report.</p>", subject=application.candidate_id)
            store.finish_report(
                org, interview_id=interview.id, scorecard=SCORECARD, html_sha256=page, payloads={}, now=NOW
            )
        return job.id, application.id


def known(app: App, connection: Connection, application_id: str, remote: str = "26") -> None:
    """As Greenhouse tells of an application of its own."""
    with app.database.store() as store:
        application = store.application(connection.organisation_id, application_id)
        subject = application.candidate_id
        data = {"stage": "71"}
        store.remember(connection, "candidate", "27", local_id=subject, now=NOW)
        store.remember(connection, "application", remote, local_id=application_id, data=data, subject=subject, now=NOW)


def linked(app: App, connection: Connection, job_id: str) -> None:
    with app.database.store() as store:
        store.remember(connection, "job", "500", title="Backend engineer", local_id=job_id, now=NOW)


def deliveries(app: App, connection: Connection) -> list[Delivery]:
    with app.database.reading() as store:
        return store.connected_deliveries(connection)


def attempted(app: App, delivery: Delivery) -> Delivery:
    """Also where the next attempt is not due yet."""
    with app.database.store() as store:
        waits = store.delivery(delivery.organisation_id, delivery.id)
        if waits.state == "pending" and waits.next_at is not None and waits.next_at > app.now:
            store.replay_delivery(delivery.organisation_id, delivery.id, now=app.now)
    app.pipeline.outcomes.attempt_delivery(delivery.organisation_id, delivery.id)
    with app.database.reading() as store:
        return store.delivery(delivery.organisation_id, delivery.id)


def who(org: str, said: str = KIM) -> Recruiter:
    return Recruiter(org, "key", "k", said)


# ---------------------------------------------------------------- setting up


def test_what_cannot_be_a_connection_is_refused(app: App, org: str) -> None:
    with pytest.raises(NotFound, match="no connector 'nothing'"):
        linking.add(app, org, "nothing", "", {})
    with pytest.raises(BadRequest, match="has no setting colour; it has assessment_key"):
        linking.add(app, org, "greenhouse", "", {"colour": "blue"})
    with app.database.reading() as store:
        assert store.connections(org) == []


def test_it_is_switched_on_when_nothing_required_is_missing(app: App, org: str) -> None:
    made = linking.add(app, org, "greenhouse", "  ", {})
    assert (made.name, made.enabled) == ("Greenhouse", False)
    with pytest.raises(Conflict, match="Greenhouse lacks: Key for Greenhouse"):
        linking.change(app, org, made.id, enabled=True)
    assert not row(app, made).enabled
    linking.change(app, org, made.id, enabled=True, settings={"assessment_key": KEY})
    assert row(app, made).enabled


def test_a_setting_that_is_changed_leaves_the_others_and_ends_old_tokens(app: App, org: str) -> None:
    made = linking.add(app, org, "greenhouse", "", {"assessment_key": KEY, "client_secret": "old"})
    with app.database.store() as store:
        store.keep_tokens(org, made.id, {"access": "a"})
        store.went(org, made.id, failure="refused", mend=True, now=NOW)
    linking.keep(app, org, made.id, settings={"client_secret": "new"})
    found = row(app, made)
    assert (found.settings["assessment_key"], found.settings["client_secret"]) == (KEY, "new")
    assert (found.tokens, found.problem) == (None, None)


def test_a_test_says_what_works_and_how_to_mend_the_rest(app: App, org: str, greenhouse: Greenhouse) -> None:
    made = linking.add(app, org, "greenhouse", "", greenhouse.settings)
    greenhouse.faults.append(Fault(path="/v3/notes", status=403))
    findings = linking.tested(app, made)
    assert [one.cure for one in findings if not one.ok] == [
        "Give the client the scope harvest:notes:list.",
        "Other systems call only https addresses: set FOYER_BASE_URL to one they can reach.",
    ]
    assert app.connections.address(made) in findings[-1].what
    assert len([one for one in findings if one.ok]) > 4


@pytest.mark.parametrize("settings", [{}, {"assessment_key": KEY, "client_id": "x", "token_url": "no address"}])
def test_a_test_finds_and_does_not_fall(app: App, org: str, settings: dict[str, str]) -> None:
    findings = linking.tested(app, linking.add(app, org, "greenhouse", "", settings))
    assert [one for one in findings if not one.ok and one.what]


@pytest.mark.parametrize(
    ("wrong", "said", "cure"),
    [
        ({"client_secret": "another"}, "The token was refused", "Enter the keys again under Settings"),
        ({"harvest_url": "http://127.0.0.1:1/v3"}, "could not be reached", "Check the address under Settings."),
        ({"harvest_url": "harvest.example/v3"}, "is not a web address", "Enter the whole address"),
        ({"harvest_url": "{url}"}, "answered 404", "to its last letter"),
        ({"user_id": ""}, "The Greenhouse user id is missing.", "Enter the Greenhouse user id"),
    ],
)
def test_what_stands_in_the_way_of_every_call_is_said_once_with_its_own_cure(
    app: App, org: str, greenhouse: Greenhouse, wrong: dict[str, str], said: str, cure: str
) -> None:
    changed = {key: value.format(url=greenhouse.url) for key, value in wrong.items()}
    findings = linking.tested(app, linking.add(app, org, "greenhouse", "", {**greenhouse.settings, **changed}))
    [one] = [each for each in findings if not each.ok and not each.what.startswith("Our address")]
    assert said in one.what
    assert cure in one.cure
    greenhouse.violations.clear()  # it notes wrong tokens and addresses


def test_blanks_around_a_key_are_no_part_of_it(app: App, org: str, greenhouse: Greenhouse) -> None:
    typed = {key: f" {value}\n" for key, value in greenhouse.settings.items()}
    made = linking.add(app, org, "greenhouse", "", typed)
    assert all(each.ok for each in linking.tested(app, made)[:-1])
    assert linking.keep(app, org, made.id, settings={"user_id": "4080 "}).settings["user_id"] == "4080"


def test_what_the_test_lists_can_wait_for_the_test_but_not_longer(app: App, org: str) -> None:
    with Gem() as gem:
        made = linking.add(app, org, "gem", "", {**gem.settings, "user_id": ""})
        assert any(gem.settings["user_id"] in each.cure for each in linking.tested(app, made) if not each.ok)
        with pytest.raises(Conflict, match="Gem user id"):
            linking.keep(app, org, made.id, enabled=True)


# ---------------------------------------------------------------- what would be written


def test_a_dry_run_shows_every_write_and_sends_nothing(app: App, org: str, greenhouse: Greenhouse) -> None:
    connection = connect(app, org, greenhouse)
    _, application = applied(app, org, reported=True)
    known(app, connection, application)
    found = linking.rehearsed(app, who(org, ""), connection, application)
    assert [write.name for write, _ in found][:1] == ["note"], "a PDF too, where this machine makes them"
    write, request = found[0]
    assert (request.method, request.path, write.says) == ("POST", "notes", "A private note on candidate 27.")
    assert "71.5" in request.json["body"]
    assert greenhouse.calls == []
    assert deliveries(app, connection) == []
    with pytest.raises(Conflict, match="Rate this interview"):
        linking.rehearsed(app, who(org), connection, application)


def test_a_dry_run_of_somebody_who_is_not_there_shows_how_they_would_be_created(
    app: App, org: str, greenhouse: Greenhouse
) -> None:
    connection = connect(app, org, greenhouse)
    job, application = applied(app, org)
    with pytest.raises(Conflict, match="linked to no opening"):
        linking.rehearsed(app, who(org, ""), connection, application)
    linked(app, connection, job)
    found = linking.rehearsed(app, who(org, ""), connection, application)
    assert [write.name for write, _ in found] == ["candidate", "application", "resume"]
    assert found[1][1].json == {"candidate_id": "<candidate>", "job_id": 500}
    assert greenhouse.calls == []


def test_before_there_is_a_result_there_is_nothing_to_show(app: App, org: str, greenhouse: Greenhouse) -> None:
    connection = connect(app, org, greenhouse)
    _, application = applied(app, org)
    known(app, connection, application)
    with pytest.raises(Conflict, match="no result yet"):
        linking.rehearsed(app, who(org, ""), connection, application)


# ---------------------------------------------------------------- handing over


def test_somebody_is_handed_over_once_and_their_result_follows(app: App, org: str, greenhouse: Greenhouse) -> None:
    connection = connect(app, org, greenhouse)
    job, application = applied(app, org, reported=True)
    linked(app, connection, job)
    first = linking.hand_over(app, org, application, connection.id)
    assert linking.hand_over(app, org, application, connection.id).id == first.id
    again = attempted(app, first)
    assert again.state == "delivered", again.last_error
    assert len(greenhouse.rows["candidates"]) == 1
    result, _ = deliveries(app, connection)
    assert result.payload["what"] == "result"
    assert attempted(app, result).state == "delivered"
    assert [note["candidate_id"] for note in greenhouse.rows["notes"]] == [greenhouse.rows["candidates"][0]["id"]]
    with pytest.raises(Conflict, match="knows this application already"):
        linking.hand_over(app, org, application, connection.id)


def test_one_that_was_given_up_is_tried_again(app: App, org: str, greenhouse: Greenhouse) -> None:
    connection = connect(app, org, greenhouse)
    job, application = applied(app, org)
    linked(app, connection, job)
    greenhouse.faults.append(Fault(method="POST", path="/v3/candidates", status=422))
    first = linking.hand_over(app, org, application, connection.id)
    assert attempted(app, first).state == "dead"
    again = linking.hand_over(app, org, application, connection.id)
    assert (again.id, again.state) == (first.id, "pending")
    assert attempted(app, again).state == "delivered"


def test_a_connection_that_is_off_takes_nothing(app: App, org: str, greenhouse: Greenhouse) -> None:
    connection = connect(app, org, greenhouse)
    job, application = applied(app, org)
    linked(app, connection, job)
    known(app, connection, application)
    linking.change(app, org, connection.id, enabled=False, may_decide=True)
    off = row(app, connection)
    for act in (
        lambda: linking.hand_over(app, org, application, off.id),
        lambda: linking.decide(app, who(org), application, off.id, "reject", "No licence."),
        lambda: linking.read_now(app, off, anew=False),
    ):
        with pytest.raises(Conflict, match="is switched off"):
            act()
    assert deliveries(app, off) == []


# ---------------------------------------------------------------- deciding there


def test_a_decision_is_passed_on_by_name_where_it_is_allowed(app: App, org: str, greenhouse: Greenhouse) -> None:
    connection = connect(app, org, greenhouse)
    _, application = applied(app, org)
    reject = (application, connection.id, "reject", "No licence.")
    with pytest.raises(Forbidden, match="Only a named person"):
        linking.decide(app, who(org, ""), *reject)
    with pytest.raises(Conflict, match="Allow it on the connection's page"):
        linking.decide(app, who(org), *reject)
    linking.change(app, org, connection.id, may_decide=True)
    with pytest.raises(Conflict, match="does not know this application"):
        linking.decide(app, who(org), *reject)
    known(app, connection, application)
    with pytest.raises(Conflict, match="'Reason when a person rejects somebody'"):
        linking.decide(app, who(org), *reject)
    assert deliveries(app, connection) == []
    linking.change(app, org, connection.id, mapping={"reason.reject": "81"})
    first = linking.decide(app, who(org), *reject)
    assert linking.decide(app, who(org), *reject).id == first.id
    assert systems.is_due(first, app.now)
    assert not systems.is_due(attempted(app, first), app.now)
    assert linking.decide(app, who(org), *reject).id == first.id
    assert len(deliveries(app, connection)) == 1
    [moved] = greenhouse.moved
    assert (moved["id"], moved["verb"], moved["rejection_reason_id"]) == ("26", "reject", 81)
    assert moved["notes"] == "No licence."


def test_what_is_no_longer_allowed_when_it_goes_out_is_given_up_with_its_reason(
    app: App, org: str, greenhouse: Greenhouse
) -> None:
    connection = connect(app, org, greenhouse, may_decide=True, mapping={"reason.reject": "81"})
    _, application = applied(app, org)
    known(app, connection, application)
    delivery = linking.decide(app, who(org), application, connection.id, "reject", "No licence.")
    linking.change(app, org, connection.id, mapping={})
    failed = attempted(app, delivery)
    assert failed.state == "dead"
    assert "under Choices" in (failed.last_error or "")
    linking.change(app, org, connection.id, may_decide=False, mapping={"reason.reject": "81"})
    with app.database.store() as store:
        store.replay_delivery(org, delivery.id, now=NOW)
    assert "not passed on" in (attempted(app, delivery).last_error or "")
    linking.change(app, org, connection.id, may_decide=True)
    assert linking.decide(app, who(org), application, connection.id, "reject", "No licence.").id != delivery.id
    assert greenhouse.moved == []


# ---------------------------------------------------------------- what is there already


def test_a_result_from_before_the_connection_is_sent_once(app: App, org: str, greenhouse: Greenhouse) -> None:
    connection = connect(app, org, greenhouse)
    _, application = applied(app, org, reported=True)
    assert linking.send_again(app, connection) == 0, "Greenhouse does not know them"
    known(app, connection, application)
    assert linking.send_again(app, connection) == 1
    assert linking.send_again(app, connection) == 0, "it is on its way"
    [delivery] = deliveries(app, connection)
    greenhouse.faults.append(Fault(method="POST", path="/v3/notes", status=422))
    assert attempted(app, delivery).state == "dead"
    assert linking.send_again(app, connection) == 1, "what was given up is tried again"
    assert attempted(app, delivery).state == "delivered"
    assert linking.send_again(app, connection) == 0
    assert len(greenhouse.rows["notes"]) == 1


def test_a_result_that_went_by_itself_is_not_sent_again(app: App, org: str, greenhouse: Greenhouse) -> None:
    connection = connect(app, org, greenhouse)
    _, application = applied(app, org, reported=True)
    known(app, connection, application)
    with app.database.reading() as store:
        interview = store.interview_of(org, application)
    assert interview is not None
    assert app.pipeline.outcomes.push_again(org, interview.id) == 1
    assert linking.send_again(app, connection) == 0


def test_a_link_reads_what_waited_for_it(app: App, org: str, greenhouse: Greenhouse) -> None:
    connection = connect(app, org, greenhouse)
    job, _ = applied(app, org)
    person = greenhouse.applies(26, 500, "Ada Byron", "ada@mail.example", b"Ada Byron\nPython since 2019\n")
    with app.database.store() as store:
        event = {"action": "new_candidate_application", "payload": {"application": person}}
        store.keep_event(connection, "e1", event, NOW)
    app.pipeline.reading.poll(org, connection.id)
    app.pipeline.reading.read_inbox(org, connection.id)
    with app.database.reading() as store:
        [waiting] = store.inbox(connection, state="dead")
    assert "linked to no job" in (waiting.problem or "")
    linking.link(app, row(app, connection), "500", job)
    app.pipeline.reading.read_inbox(org, connection.id)
    with app.database.reading() as store:
        assert store.inbox(connection, state="dead") == []
        assert len(store.applications(org, job, limit=9)) == 2
        assert [each.local_id for each in store.jobs_there(connection)] == [job]
    linking.link(app, row(app, connection), "500", None)
    with app.database.reading() as store:
        assert store.jobs_there(connection) == []
    with pytest.raises(NotFound):
        linking.link(app, row(app, connection), "501", None)
    with pytest.raises(NotFound):
        linking.link(app, row(app, connection), "500", "no job of ours")


def test_what_a_reading_could_not_use_is_read_by_reading_anew(app: App, org: str, greenhouse: Greenhouse) -> None:
    connection = connect(app, org, greenhouse)
    for problem in ("No job yet.", "Still no job."):
        with app.database.store() as store:
            store.keep_problem(connection, f"{ITEM}:26", {ITEM: {"external_id": "26"}}, problem, NOW)
            [kept] = store.inbox(connection)
            assert (kept.state, kept.problem) == ("dead", problem)
            store.reread(org, kept.id, NOW)
        before = row(app, connection).reading
        app.pipeline.reading.read_inbox(org, connection.id)
        assert row(app, connection).reading == before + 1
        with app.database.reading() as store:
            [kept] = store.inbox(connection)
            assert (kept.state, kept.problem) == ("read", None)


def test_a_message_that_holds_up_others_can_be_set_aside(app: App, org: str, greenhouse: Greenhouse) -> None:
    connection = connect(app, org, greenhouse)
    soon = NOW + timedelta(seconds=3)
    with app.database.store() as store:
        for number in (1, 2):
            store.keep_event(connection, f"m-{number}", {"action": "nothing"}, NOW + timedelta(seconds=number))
        second, first = store.inbox(connection)
        store.set_aside(org, first.id, soon)
        assert first.state == "waiting"
        store.event_read(org, first.id, problem="Greenhouse answered 503", next_at=LATER, now=NOW)
        assert store.waiting_events(connection, soon) == []
    with app.database.asking() as system:
        [before] = system.due_events(soon, 10)
    with app.database.store() as store:
        second, first = store.inbox(connection)
        assert (store.first_waiting(connection), first.problem) == (first, "Greenhouse answered 503")
        store.set_aside(org, first.id, soon)
        assert store.waiting_events(connection, soon) == [second]
        assert store.inbox(connection, state="dead") == [first]
    with app.database.asking() as system:
        assert system.due_events(soon, 10) != [before]


def test_what_was_read_meanwhile_is_not_read_again(app: App, org: str, greenhouse: Greenhouse) -> None:
    """Somebody asks while a reading waits to begin: it does what they asked for, and theirs has nothing left to do."""
    connection = connect(app, org, greenhouse)
    job, _ = applied(app, org)
    linking.link(app, row(app, connection), "500", job)
    greenhouse.applies(26, 500, "Ada Byron", "ada@mail.example", b"Ada Byron\nPython since 2019\n")
    for _ in range(2):
        app.pipeline.reading.poll_due(org, connection.id)
    assert row(app, connection).progress == {"jobs": 1, "people": 1, "done": 1}
    with app.database.store() as store:
        store.read_anew(org, connection.id)
    greenhouse.applies(27, 500, "Zoe Marsh", "zoe@mail.example", b"Zoe Marsh\nPython since 2021\n")
    app.pipeline.reading.poll_due(org, connection.id)
    assert row(app, connection).progress == {"jobs": 1, "people": 2, "done": 1}
    with app.database.store() as store:
        store.read_soon(org, connection.id)
    greenhouse.faults.append(Fault(method="GET", path="/v3/jobs", status=500, times=1))
    found = []
    for _ in range(2):
        app.pipeline.reading.poll_due(org, connection.id)
        found.append(row(app, connection).progress["done"])
    assert found == [0, 1], "what failed was not read"


def test_an_answer_that_nobody_expected_is_a_failure_that_is_counted(
    app: App, org: str, greenhouse: Greenhouse
) -> None:
    connection = connect(app, org, greenhouse)
    greenhouse.rows["jobs"] = [{"name": "an opening without an id"}]
    for _ in range(10):
        app.pipeline.reading.poll(org, connection.id)
    found = row(app, connection)
    assert found.progress["done"] == 0
    assert "does not understand: 'id' is missing in it" in (found.problem or "")
    assert found.closed_until is not None


def test_a_strange_answer_to_a_delivery_is_a_failure_that_is_tried_again(
    app: App, org: str, greenhouse: Greenhouse
) -> None:
    """Nothing is doubled by it, and the words hold nothing of the answer."""
    connection = connect(app, org, greenhouse)
    job, application = applied(app, org)
    linked(app, connection, job)
    first = linking.hand_over(app, org, application, connection.id)
    greenhouse.faults.append(Fault(method="GET", path="/v3/applications", status=200))
    waiting = attempted(app, first)
    assert (waiting.state, waiting.attempts) == ("pending", 1)
    assert "Greenhouse gave an answer that Foyer does not understand: it has another form" in (waiting.last_error or "")
    assert "simulated" not in (waiting.last_error or "")
    assert row(app, connection).problem == waiting.last_error
    again = attempted(app, first)
    assert again.state == "delivered", again.last_error
    assert len(greenhouse.rows["candidates"]) == 1
    assert row(app, connection).problem is None


# ---------------------------------------------------------------- what an application's page says


def test_an_application_says_how_it_came_who_knows_it_and_what_became_of_it(
    app: App, org: str, greenhouse: Greenhouse
) -> None:
    connection = connect(app, org, greenhouse, may_decide=True)
    job, application = applied(app, org)
    with app.database.store() as store:
        alone = systems.elsewhere(store, store.application(org, application))
        assert (alone.home, alone.places, alone.deciding) == (None, (), ())
        [offer] = alone.offers
        assert offer.why_not == "This job is linked to no opening there."
    linked(app, connection, job)
    with app.database.reading() as store:
        [offer] = systems.elsewhere(store, store.application(org, application)).offers
        assert (offer.why_not, offer.last) == ("", None)
    person = greenhouse.applies(26, 500, "Zoe Example", "zoe@example.org", b"Zoe Example\nPython since 2019\n")
    with app.database.store() as store:
        event = {"action": "new_candidate_application", "payload": {"application": person}}
        store.keep_event(connection, "e1", event, NOW)
        hired = {"action": "hire_candidate", "payload": {"application": {**person, "last_activity_at": "2026-11-26"}}}
        store.keep_event(connection, "e2", hired, NOW)
    app.pipeline.reading.read_inbox(org, connection.id)
    with app.database.reading() as store:
        found = systems.elsewhere(store, store.application(org, application))
    assert [each.source.partition(" (")[0] for each in found.sources] == ["Greenhouse: Jobs page"]
    assert found.home is not None
    assert (found.home.row.id, found.home.remote.remote_id, found.home.sent_at) == (connection.id, "26", None)
    assert [(each.kind, name) for each, name in found.outcomes] == [("hired", "Greenhouse")]
    assert found.offers == ()
    assert [each.row.id for each in found.deciding] == [connection.id]
    linking.change(app, org, connection.id, enabled=False)
    with app.database.reading() as store:
        assert systems.elsewhere(store, store.application(org, application)).deciding == ()


def test_a_removed_connection_leaves_what_was_heard(app: App, org: str, greenhouse: Greenhouse) -> None:
    connection = connect(app, org, greenhouse)
    _, application = applied(app, org)
    known(app, connection, application)
    with app.database.store() as store:
        event = {"action": "hire_candidate", "payload": {"application": {"id": 26, "last_activity_at": "2026-11-26"}}}
        store.keep_event(connection, "e", event, NOW)
    app.pipeline.reading.read_inbox(org, connection.id)
    with app.database.store() as store:
        store.remove_connection(org, connection.id)
    with app.database.reading() as store:
        found = systems.elsewhere(store, store.application(org, application))
    assert [(each.kind, name) for each, name in found.outcomes] == [("hired", "a system that was removed")]
    assert (found.places, found.offers) == ((), ())
