"""One person, one history, over a real database: whatever system tells of somebody, in whatever order and how often."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api import linking, people
from api.app import build
from api.deps import App
from api.intake import Intake, NotLinked
from api.order_desk import OrderDesk
from api.reading import Reading
from api.routes.applications import sources_of
from api.security import digest
from models.errors import Conflict, NotFound
from models.exchange import AssessmentOrder, CandidateIntake, JobIntake, Outcome
from models.records import Application, Connection, Job, new_id
from models.settings import Settings
from tests.store_world import NOW, PLAN, add_job, resume, screening

LATER = NOW + timedelta(hours=1)
ZOE = {"name": "Zoë Example", "email": "zoe@example.org", "phone": "+49 30 1234567"}


def opened(settings: Settings) -> App:
    built = build(settings)
    for name in ("read_due", "deliver_due"):
        setattr(built.pipeline, name, lambda: None)  # the engine behind it is not launched
    with built.database.system() as system:
        system.add_organisation("Example", NOW)
    return built


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    built = opened(Settings(home=tmp_path))
    yield built
    built.engines.close()
    built.database.close()


@pytest.fixture
def either(tmp_path: Path, database_url: str) -> Iterator[App]:
    """On each kind of database, for what they do differently."""
    built = opened(Settings(home=tmp_path, database_url=database_url))
    yield built
    built.database.close()


@pytest.fixture
def intake(app: App) -> Intake:
    return Intake(app)


def organisation(app: App) -> str:
    with app.database.asking() as system:
        return system.organisations()[0].id


def job_of(app: App, org: str) -> Job:
    with app.database.store() as store:
        job = add_job(store, org, policy="after_confirmation")
        store.set_plan(org, job.id, PLAN, author="Ann", now=NOW)
        return job


def connected(app: App, org: str, name: str, job: Job | None = None, opening: str = "o1") -> Connection:
    """`opening`, there, is linked to `job`."""
    row = linking.add(app, org, "greenhouse", name, {})
    with app.database.store() as store:
        store.remember(row, "job", opening, local_id=job.id if job is not None else None, title="Nurse", now=NOW)
    return row


def applied(**more: Any) -> CandidateIntake:
    said = {**ZOE, "remote_job_id": "o1", "external_id": "a1", "remote_candidate_id": "p1", "applied_at": NOW}
    return CandidateIntake.model_validate({**said, "source": "Career site", "content": b"Zoe", **more})


def outcome(kind: str, *, hours: float = 0, **more: Any) -> Outcome:
    said = {"kind": kind, "at": NOW + timedelta(hours=hours), "remote_application_id": "a1"}
    return Outcome.model_validate({**said, **more})


def uploaded(app: App, org: str, job: Job, **basics: str | None) -> str:
    """A file that came in by upload, and was read."""
    with app.database.store() as store:
        application = store.add_application(
            org,
            job.id,
            candidate_id=(candidate := new_id()),
            filename="z.txt",
            sha256=app.files.put(f"A file of {basics}".encode(), subject=candidate),
            size=1,
            media_type="text/plain",
            batch_id=None,
            source="upload",
            external_id=None,
            now=NOW,
        )
        store.note_source(
            org,
            application.candidate_id,
            key=f"upload:{application.id}",
            source="upload",
            origin="upload",
            connection_id=None,
            application_id=application.id,
            at=NOW,
            now=NOW,
        )
        store.record_parsed(org, application.id, resume(**{**ZOE, **basics}), NOW)  # type: ignore[arg-type]
    people.recognise(app, org, application.id)
    return application.id


def application(app: App, org: str, id: str | None) -> Application:
    assert id is not None
    with app.database.reading() as store:
        return store.application(org, id)


def sources(app: App, org: str, id: str | None) -> list[tuple[str, str, str]]:
    """(source, origin, shared) of an application's candidate and of others with the same address."""
    with app.database.reading() as store:
        found = sources_of(store, application(app, org, id))
    return [(each.source, each.origin, each.shared) for each in found]


# ---------------------------------------------------------------- one person


def test_a_pool_an_application_a_referral_and_an_upload_are_one_person(either: App) -> None:
    app, org, intake = either, organisation(either), Intake(either)
    nurse, cook, clerk = (job_of(app, org) for _ in range(3))
    crm, ats = connected(app, org, "CRM", nurse, "pool"), connected(app, org, "ATS", nurse)
    with app.database.store() as store:
        store.remember(ats, "job", "o2", local_id=cook.id, now=NOW)
    first = intake.take(
        crm,
        applied(
            remote_job_id="pool",
            external_id=None,
            remote_candidate_id="c9",
            origin="pool",
            source="Meetup",
            applied_at=NOW - timedelta(days=400),
        ),
    )
    second = intake.take(ats, applied())
    third = intake.take(
        ats, applied(remote_job_id="o2", external_id="a2", origin="referral", source="Kim", applied_at=LATER)
    )
    fourth = uploaded(app, org, clerk)
    assert first == second, "one case for one job"
    found = [application(app, org, id) for id in (first, third, fourth)]
    assert len({each.id for each in found}) == 3
    assert len({each.candidate_id for each in found}) == 1
    assert sources(app, org, first) == [
        ("CRM: Meetup", "pool", ""),
        ("ATS: Career site", "application", ""),
        ("upload", "upload", ""),
        ("ATS: Kim", "referral", ""),
    ]
    with app.database.reading() as store:
        dates = [each.at for each in store.sources(org, found[0].candidate_id)]
    assert dates == [NOW - timedelta(days=400), NOW, NOW, LATER]


def test_taking_the_same_again_changes_nothing_but_when_it_was_seen(app: App, org: str, intake: Intake) -> None:
    row = connected(app, org, "ATS", job_of(app, org))
    first = intake.take(row, applied())
    before = (sources(app, org, first), application(app, org, first).document_id)
    assert intake.take(row, applied(content=b"a newer file")) == first
    assert (sources(app, org, first), application(app, org, first).document_id) == before
    with app.database.reading() as store:
        assert len(store.applications(org, application(app, org, first).job_id)) == 1


def test_an_agencys_mailbox_and_a_familys_number_make_nobody_the_same(app: App, org: str, intake: Intake) -> None:
    row = connected(app, org, "ATS", job_of(app, org))
    ids = [
        intake.take(row, applied()),
        intake.take(row, applied(name="Ben Ohne", external_id="a2", remote_candidate_id="p2")),
        intake.take(
            row, applied(name="Zoe Example", email="z@other.example", external_id="a3", remote_candidate_id="p3")
        ),
    ]
    zoe, ben, same = (application(app, org, id).candidate_id for id in ids)
    assert ben != zoe
    assert same == zoe, "an accent less, the same number"
    assert ("ATS: Career site", "application", "e-mail") in sources(app, org, ids[1])


def test_two_messages_at_once_about_somebody_new_make_one_person(either: App) -> None:
    app, org, intake = either, organisation(either), Intake(either)
    job = job_of(app, org)
    rows = [connected(app, org, f"System {n}", job) for n in range(4)]
    with ThreadPoolExecutor(4) as threads:
        ids = list(threads.map(lambda row: intake.take(row, applied()), rows))
    assert len(set(ids)) == 1
    assert len(sources(app, org, ids[0])) == 4


def test_a_second_file_for_the_same_job_is_told_and_not_read(app: App, org: str, intake: Intake) -> None:
    job = job_of(app, org)
    first = intake.take(connected(app, org, "ATS", job), applied())
    kept = application(app, org, first).document_id
    assert intake.take(connected(app, org, "CRM", job), applied(content=b"Another")) == first
    assert intake.take(connected(app, org, "Board", job), applied()) == first
    assert application(app, org, first).document_id == kept
    assert [source for source, *_ in sources(app, org, first)] == [
        "ATS: Career site",
        f"CRM: Career site ({people.MORE})",
        "Board: Career site",
    ]


# ---------------------------------------------------------------- uploads


def test_two_files_of_one_job_stay_two_and_say_so(app: App, org: str, intake: Intake) -> None:
    job = job_of(app, org)
    told = intake.take(connected(app, org, "ATS", job), applied())
    file = uploaded(app, org, job)
    assert application(app, org, file).candidate_id != application(app, org, told).candidate_id
    assert sources(app, org, file) == [("upload", "upload", ""), ("ATS: Career site", "application", "e-mail")]
    assert sources(app, org, told) == [("ATS: Career site", "application", ""), ("upload", "upload", "e-mail")]


@pytest.mark.parametrize("basics", [{"name": "Ben Ohne"}, {"email": "ben@example.org", "phone": None}])
def test_a_file_that_names_somebody_else_stays_alone(
    app: App, org: str, intake: Intake, basics: dict[str, str | None]
) -> None:
    told = intake.take(connected(app, org, "ATS", job_of(app, org)), applied())
    file = uploaded(app, org, job_of(app, org), **basics)
    assert application(app, org, file).candidate_id != application(app, org, told).candidate_id


def test_uploads_alone_make_nobody_the_same(app: App, org: str) -> None:
    """Twenty resumes of one agency carry its address."""
    files = [uploaded(app, org, job_of(app, org)) for _ in range(2)]
    assert len({application(app, org, file).candidate_id for file in files}) == 2
    assert sources(app, org, files[1]) == [("upload", "upload", ""), ("upload", "upload", "e-mail")]


def test_an_upload_is_recognised_when_it_is_read(app: App, org: str, intake: Intake) -> None:
    """And whose it had been before is no more."""
    told = intake.take(connected(app, org, "ATS", job_of(app, org)), applied())
    cook = job_of(app, org)
    text = b"Zoe Example\nzoe@example.org\n\nExperience\n\nCook | Jan 2019 - Dec 2021\nInn\n"
    with app.database.store() as store:
        file = store.add_application(
            org,
            cook.id,
            candidate_id=(candidate := new_id()),
            filename="z.txt",
            sha256=app.files.put(text, subject=candidate),
            size=len(text),
            media_type="text/plain",
            batch_id=None,
            source="upload",
            external_id=None,
            now=NOW,
        )
    assert app.pipeline.stages.read_and_parse(org, file.id)
    found = application(app, org, file.id)
    assert found.candidate_id == application(app, org, told).candidate_id
    assert found.document.filename == "z.txt"
    with app.database.reading() as store:
        assert store.document(org, found.document_id).candidate_id == found.candidate_id
        parsed = store.parsed(org, file.id)
        assert parsed is not None
        assert parsed.resume.basics.email == "zoe@example.org"
        with pytest.raises(Exception, match="no candidate"):
            store.candidate(org, file.candidate_id)
    assert app.files.get(found.document.sha256, subject=found.candidate_id) == text
    with pytest.raises(NotFound):
        app.files.get(found.document.sha256, subject=candidate)
    assert app.pipeline.stages.read_and_parse(org, file.id), "a step may run twice"


# ---------------------------------------------------------------- whose words count


@pytest.mark.parametrize("order", ["the system first", "the file first"])
def test_what_a_system_says_of_name_and_address_outranks_the_file(
    app: App, org: str, intake: Intake, order: str
) -> None:
    row, said = connected(app, org, "ATS", job_of(app, org)), applied(name="Zoe Example-Li", email="z@work.example")
    written = resume("Zoe Example", "zoe@example.org", ZOE["phone"])
    if order == "the system first":
        id = intake.take(row, said)
        with app.database.store() as store:
            store.record_parsed(org, str(id), written, NOW)
    else:
        file = uploaded(app, org, job_of(app, org), name="Zoe Example", email="zoe@example.org")
        id = intake.take(row, said)
        assert application(app, org, id).candidate_id == application(app, org, file).candidate_id
    found = application(app, org, id).candidate
    assert (found.name, found.email, found.phone) == ("Zoe Example-Li", "z@work.example", ZOE["phone"])
    with app.database.reading() as store:
        assert [one.id for one in store.people_at(org, "z@work.example", None)] == [found.id]
        assert store.people_at(org, "zoe@example.org", None) == []


def test_what_one_system_said_another_does_not_overwrite(app: App, org: str, intake: Intake) -> None:
    job = job_of(app, org)
    first = intake.take(connected(app, org, "ATS", job), applied())
    intake.take(connected(app, org, "CRM", job), applied(name="Z. Example", email="zoe@private.example"))
    found = application(app, org, first).candidate
    assert (found.name, found.email) == (ZOE["name"], ZOE["email"])


# ---------------------------------------------------------------- openings nobody has linked


def test_an_opening_that_is_not_linked_waits_and_is_read_after_it_is(app: App, org: str) -> None:
    row, reading = connected(app, org, "ATS"), Reading(app)
    event = {
        "action": "new_candidate_application",
        "payload": {
            "application": {
                "id": 1,
                "applied_at": "2026-11-20T09:30:00Z",
                "source": {"public_name": "Career site"},
                "jobs": [{"id": "o1", "name": "Nurse"}],
                "candidate": {
                    "id": 7,
                    "first_name": "Zoë",
                    "last_name": "Example",
                    "email_addresses": [{"value": ZOE["email"]}],
                    "attachments": [],
                },
            }
        },
    }
    desk = OrderDesk(app, row)
    assert desk.keep("e1", event)
    assert not desk.keep("e1", event), "a message that comes twice is one"
    reading.read_inbox(org, row.id)
    with app.database.reading() as store:
        [waiting] = store.inbox(row)
        assert waiting.state == "dead"
        assert "'Nurse' is linked to no job here" in (waiting.problem or "")
    job = job_of(app, org)
    linking.link(app, row, "o1", job.id)
    reading.read_inbox(org, row.id)
    with app.database.reading() as store:
        [found] = store.applications(org, job.id)
        [read] = store.inbox(row)
    assert (found.candidate.email, found.external_id) == (ZOE["email"], "1")
    assert (read.state, read.event) == ("read", {}), "what it said is forgotten"


def test_an_opening_nobody_heard_of_is_named(app: App, org: str, intake: Intake) -> None:
    row = connected(app, org, "ATS", job_of(app, org))
    with pytest.raises(NotLinked, match="'o7' is linked to no job"):
        intake.take(row, applied(remote_job_id="o7"))
    intake.take(row, JobIntake(remote_id="o7", title="Cook"))
    with pytest.raises(NotLinked, match="'Cook' is linked to no job"):
        intake.take(row, applied(remote_job_id="o7"))


# ---------------------------------------------------------------- what became of them


def kinds(app: App, org: str, id: str | None) -> list[tuple[str, str]]:
    with app.database.reading() as store:
        return [(each.kind, each.stage) for each in store.outcomes(org, str(id))]


def test_outcomes_out_of_order_and_twice(either: App) -> None:
    app, org, intake = either, organisation(either), Intake(either)
    row = connected(app, org, "ATS", job_of(app, org))
    id = intake.take(row, applied())
    told = [
        outcome("hired", hours=5),
        outcome("stage", hours=3, stage="Offer"),
        outcome("stage", hours=1, stage="Phone"),
        outcome("hired", hours=5),
        outcome("stage", hours=1, stage="Phone"),
        outcome("undone", hours=9),
    ]
    for each in told:
        assert intake.take(row, each) == id
    assert kinds(app, org, id) == [("stage", "Phone"), ("stage", "Offer"), ("hired", ""), ("undone", "")]
    with app.database.reading() as store:
        remote = store.remote(row, "application", "a1")
        assert remote is not None
        assert (remote.data or {})["stage_name"] == "Offer", "the newest that happened, not the newest that was heard"
    assert application(app, org, id).stage == "received", "nothing of ours is decided by it"


@pytest.mark.parametrize("kind", ["stage", "hired", "rejected", "withdrew", "undone", "erased", "merged"])
def test_an_outcome_for_nobody_we_know_changes_nothing(app: App, org: str, intake: Intake, kind: str) -> None:
    row = connected(app, org, "ATS", job_of(app, org))
    known = intake.take(row, applied())
    stranger = {"remote_application_id": "a9", "remote_candidate_id": "p9", "into": "p8", "stage": "Offer"}
    assert intake.take(row, outcome(kind, **stranger)) is None
    assert kinds(app, org, known) == []
    other = connected(app, org, "Another ATS")
    assert intake.take(other, outcome(kind, remote_candidate_id="p1", into="p2")) is None
    assert kinds(app, org, known) == [], "ids are a system's own"
    assert application(app, org, known).stage == "received"


def test_an_outcome_by_person_and_opening_finds_the_case(app: App, org: str, intake: Intake) -> None:
    row = connected(app, org, "ATS", job_of(app, org))
    id = intake.take(row, applied())
    told = outcome("rejected", remote_application_id=None, remote_candidate_id="p1", remote_job_id="o1", reason="x")
    assert intake.take(row, told) == id
    assert kinds(app, org, id) == [("rejected", "")]
    assert application(app, org, id).stage == "received", "only a person rejects here"


def invited(app: App, org: str, id: str | None) -> str:
    """Screened and invited, by a person; the interview."""
    with app.database.store() as store:
        store.record_parsed(org, str(id), resume(), NOW)
        store.record_screening(org, str(id), screening(0.1, "review"), requirements_version=0, now=NOW)
    return app.pipeline.stages.advance(org, str(id), actor="Ann", reason="")


def interview_state(app: App, org: str, id: str | None) -> str | None:
    with app.database.reading() as store:
        found = store.interview_of(org, str(id))
    return None if found is None else found.state


def test_who_withdrew_there_is_not_interviewed_here(app: App, org: str, intake: Intake) -> None:
    row = connected(app, org, "ATS", job_of(app, org))
    id = intake.take(row, applied())
    invited(app, org, id)
    intake.take(row, outcome("withdrew", hours=1))
    assert (application(app, org, id).stage, interview_state(app, org, id)) == ("withdrawn", "withdrawn")
    with app.database.reading() as store:
        [message] = store.deliveries(org)
    app.pipeline.outcomes.attempt_delivery(org, message.id)
    with app.database.reading() as store:
        assert store.delivery(org, message.id).state == "dead", "no invitation goes out"


def test_a_withdrawal_that_was_taken_back_before_it_was_heard_stops_nothing(app: App, org: str, intake: Intake) -> None:
    row = connected(app, org, "ATS", job_of(app, org))
    id = intake.take(row, applied())
    invited(app, org, id)
    intake.take(row, outcome("undone", hours=2))
    intake.take(row, outcome("withdrew", hours=1))
    assert (application(app, org, id).stage, interview_state(app, org, id)) == ("invited", "invited")
    intake.take(row, outcome("withdrew", hours=3))
    assert application(app, org, id).stage == "withdrawn"


def held(app: App, org: str, id: str | None, *, over: bool = False) -> None:
    interview = invited(app, org, id)
    with app.database.store() as store:
        store.open_interview(
            org, interview, session_hash=digest("s"), consent_version="1", consent_sha256="c", now=app.now
        )
        if over:
            store.set_interview_state(org, interview, "completed", now=app.now, reason="completed")


@pytest.mark.parametrize("over", [False, True])
def test_who_withdraws_during_or_after_the_interview_keeps_it(
    app: App, org: str, intake: Intake, *, over: bool
) -> None:
    row = connected(app, org, "ATS", job_of(app, org))
    id = intake.take(row, applied())
    held(app, org, id, over=over)
    stage = application(app, org, id).stage
    intake.take(row, outcome("withdrew", hours=1))
    assert application(app, org, id).stage == stage
    assert kinds(app, org, id) == [("withdrew", "")]


def test_an_older_id_that_was_merged_leads_on(app: App, org: str, intake: Intake) -> None:
    row = connected(app, org, "ATS", job_of(app, org))
    id = intake.take(row, applied())
    intake.take(row, outcome("merged", remote_candidate_id="p1", into="p2"))
    told = outcome("hired", remote_application_id=None, remote_candidate_id="p2", remote_job_id="o1")
    assert intake.take(row, told) == id


def test_two_whom_we_know_stay_two_when_merged_and_are_erased_together(app: App, org: str, intake: Intake) -> None:
    row = connected(app, org, "ATS", job_of(app, org))
    ids = [
        intake.take(row, applied()),
        intake.take(
            row, applied(name="Li", email="li@example.org", phone=None, external_id="a2", remote_candidate_id="p2")
        ),
        intake.take(
            row, applied(name="Ben", email="ben@example.org", phone=None, external_id="a3", remote_candidate_id="p3")
        ),
    ]
    assert len({application(app, org, id).candidate_id for id in ids}) == 3
    for _ in range(2):
        intake.take(row, outcome("merged", remote_candidate_id="p1", into="p2"))
    assert application(app, org, ids[0]).candidate_id != application(app, org, ids[1]).candidate_id
    intake.take(row, outcome("erased", remote_candidate_id="p2", remote_application_id=None))
    with app.database.reading() as store:
        left = [each.id for each in store.applications(org, application(app, org, ids[2]).job_id)]
    assert left == [ids[2]]


# ---------------------------------------------------------------- orders


def order(desk: OrderDesk, job: Job, key: str = "k1") -> str:
    person = applied(remote_job_id=None)
    return desk.order(
        AssessmentOrder(package_id=job.id, key=key, candidate=person.model_copy(update={"content": b""}))
    ).id


def screened(app: App, org: str, job: Job) -> str:
    """Whoever was ordered is read, and scores next to nothing."""
    with app.database.store() as store:
        [found] = store.applications(org, job.id)
        if found.stage == "received":
            store.record_parsed(org, found.id, resume(), NOW)
            store.record_screening(org, found.id, screening(0.01, "review"), requirements_version=0, now=NOW)
    return found.id


def invite_ordered(app: App) -> int:
    with app.database.asking() as system:
        waiting = system.ordered()
    for organisation_id, id in waiting:
        app.pipeline.reading.invite_ordered(organisation_id, id)
    return len(waiting)


def test_an_order_is_invited_whatever_the_score(app: App, org: str) -> None:
    job = job_of(app, org)
    row = connected(app, org, "ATS", job)
    desk = OrderDesk(app, row)
    id = order(desk, job)
    assert order(desk, job) == id
    for _ in range(2):
        Reading(app).read_inbox(org, row.id)
    case = screened(app, org, job)
    assert (invite_ordered(app), invite_ordered(app)) == (1, 0)
    assert interview_state(app, org, case) == "invited"
    assert desk.status(id).state == "open"
    with app.database.reading() as store:
        [decision] = store.decisions(org, case)
    assert (decision.actor, decision.reason, decision.person) == ("ATS", "Ordered there.", None)


def test_an_order_cancelled_before_it_is_invited(app: App, org: str) -> None:
    job = job_of(app, org)
    row = connected(app, org, "ATS", job)
    desk = OrderDesk(app, row)
    id = order(desk, job)
    Reading(app).read_inbox(org, row.id)
    assert [desk.cancel(id, "position filled").state for _ in range(2)] == ["cancelled", "cancelled"]
    case = screened(app, org, job)
    assert invite_ordered(app) == 0
    assert interview_state(app, org, case) is None


def test_an_order_cancelled_before_its_person_is_taken_in(app: App, org: str) -> None:
    job = job_of(app, org)
    row = connected(app, org, "ATS", job)
    desk = OrderDesk(app, row)
    id = order(desk, job)
    desk.cancel(id, "a mistake")
    Reading(app).read_inbox(org, row.id)
    case = screened(app, org, job)
    invite_ordered(app)
    assert interview_state(app, org, case) is None
    assert invite_ordered(app) == 0, "it is not looked at again and again"


def test_an_order_cancelled_before_the_interview_can_be_given_again(either: App) -> None:
    app, org = either, organisation(either)
    job = job_of(app, org)
    row = connected(app, org, "ATS", job)
    desk = OrderDesk(app, row)
    id = order(desk, job)
    Reading(app).read_inbox(org, row.id)
    case = screened(app, org, job)
    invite_ordered(app)
    assert desk.cancel(id, "").state == "cancelled"
    assert (application(app, org, case).stage, interview_state(app, org, case)) == ("screened", "withdrawn")
    assert invite_ordered(app) == 0
    again = order(desk, job, "k2")
    Reading(app).read_inbox(org, row.id)
    assert invite_ordered(app) == 1
    assert (application(app, org, case).stage, interview_state(app, org, case)) == ("invited", "invited")
    assert (desk.status(again).state, desk.status(id).state) == ("open", "cancelled")
    assert invite_ordered(app) == 0


def test_another_systems_order_keeps_the_interview(app: App, org: str) -> None:
    job = job_of(app, org)
    desks = [OrderDesk(app, connected(app, org, name, job)) for name in ("ATS", "CRM")]
    ids = [order(desk, job) for desk in desks]
    for desk in desks:
        Reading(app).read_inbox(org, desk._row.id)
    case = screened(app, org, job)
    invite_ordered(app)
    desks[0].cancel(ids[0], "")
    assert interview_state(app, org, case) == "invited"
    desks[1].cancel(ids[1], "")
    assert interview_state(app, org, case) == "withdrawn"


@pytest.mark.parametrize("over", [False, True])
def test_an_order_cannot_be_cancelled_once_the_interview_has_begun(app: App, org: str, *, over: bool) -> None:
    job = job_of(app, org)
    row = connected(app, org, "ATS", job)
    desk = OrderDesk(app, row)
    id = order(desk, job)
    Reading(app).read_inbox(org, row.id)
    case = screened(app, org, job)
    held(app, org, case, over=over)
    with pytest.raises(Conflict, match="cannot be cancelled"):
        desk.cancel(id, "too late")
    assert desk.status(id).state == "started"
    assert interview_state(app, org, case) == ("completed" if over else "in_progress")
