"""What the packs say is done: notices and waiting, periods and holds, copies, opting out, deadlines. A real database, a
real outbox, a clock that the test moves."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from api import asks, bookings, demographics, keeping, notices, retaining, undoing
from api.app import build
from api.deps import App
from api.erasing import erase
from api.exporting import export
from api.legal import law_of
from api.outbox import messages, words
from api.security import Recruiter
from api.stages import Rejection
from models.errors import Conflict, NotFound
from models.records import Base, Interview
from models.settings import Settings
from models.store.rights import certified
from tests import store_world
from tests.contract.test_erasure import NOBODYS, SHARED, filling
from tests.contract.test_stages import job_of, screened
from tests.store_world import KIM, NOW

DAY = timedelta(days=1)
LAWS = (
    *("law.changed", "hold.placed", "hold.lifted", "candidate.opted_out", "candidate.exported", "impact.counted"),
    "retention.purged",
)


@dataclass
class Clock:
    moment: datetime = NOW

    def now(self) -> float:
        return self.moment.timestamp()

    def at(self, day: date) -> None:
        self.moment = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(tmp_path: Path, clock: Clock) -> Iterator[App]:
    built = build(Settings(home=tmp_path))
    built.clock = clock
    with built.database.system() as system:
        system.add_organisation("Example", NOW)
    yield built
    built.engines.close()
    built.database.close()


def mail(app: App) -> list[str]:
    """What was written to the outbox once everything due was tried."""
    with app.database.asking() as system:
        due = system.due_deliveries(app.now, 100)
    for organisation_id, delivery_id, *_ in due:
        app.pipeline.outcomes.attempt_delivery(organisation_id, delivery_id)
    return [" ".join(words(one)) for one in messages(app.settings.home / "outbox")]


def invite(app: App, org: str, application_id: str) -> Interview:
    app.pipeline.stages.advance(org, application_id, actor="Kim", reason="Good.", person=KIM)
    with app.database.reading() as store:
        interview = store.interview_of(org, application_id)
    assert interview is not None
    return interview


# ---------------------------------------------------------------- keeping and deleting


@dataclass
class Held:
    """Somebody with everything: a resume, a recording, a transcript, a report."""

    world: store_world.World
    voice: str

    @classmethod
    def of(cls, app: App) -> Held:
        world = store_world.build(app.database, "Keepers")
        voice = app.files.put(b"two voices", subject=world.candidate_id)
        with app.database.store() as store:
            store.set_recording(world.organisation_id, world.interview_id, voice)
        return cls(world, voice)

    def due(self, app: App) -> set[str]:
        found = retaining.shown(app, self.world.organisation_id, due_only=True)
        return {one["record_class"] for one in found["items"]}

    def law(self, app: App, *places: str, purges: bool = True) -> None:
        with app.database.store() as store:
            store.set_law(self.world.organisation_id, jurisdictions=places, purges=purges)


@pytest.mark.proves(38)
def test_each_class_goes_on_its_day_by_itself_only_where_somebody_said_so(app: App, clock: Clock) -> None:
    held = Held.of(app)
    org, world = held.world.organisation_id, held.world
    held.law(app, "us-co", purges=False)
    clock.moment = NOW + 179 * DAY
    assert held.due(app) == set()
    clock.moment = NOW + 180 * DAY
    assert held.due(app) == {"media"}
    retaining.sweep(app)
    assert app.files.get(held.voice, subject=held.world.candidate_id) == b"two voices", "shown, not done"
    held.law(app, "us-co")
    retaining.sweep(app)
    with pytest.raises(NotFound):
        app.files.get(held.voice, subject=held.world.candidate_id)

    clock.moment = NOW + 365 * DAY
    assert held.due(app) == {"transcript", "documents"}, "Colorado keeps the decision for three years"
    retaining.sweep(app)
    with app.database.reading() as store:
        assert store.events(org, world.interview_id) == []
        document = store.document(org, world.document_id)
        assert (document.parsed, document.filename, document.sha256) == (None, "removed", "")
        assert store.report_of(org, world.interview_id) is not None
    clock.moment = NOW + 1095 * DAY
    assert held.due(app) == set()
    clock.moment = NOW + 1096 * DAY
    retaining.sweep(app)
    with app.database.reading() as store, pytest.raises(NotFound):
        store.candidate(org, world.candidate_id)
    left = retaining.shown(app, org)
    assert left["items"] == []
    certificates = {one["record_class"]: one for one in left["certificates"]}
    assert certificates.keys() == {"media", "transcript", "documents", "decision"}
    assert certificates["decision"]["because"] == "us-co.records"
    assert {one["subject_sha256"] for one in left["certificates"]} == {certified(world.candidate_id)}


@pytest.mark.proves(38)
def test_a_legal_hold_beats_periods_and_erasure(app: App, clock: Clock) -> None:
    held = Held.of(app)
    org, candidate = held.world.organisation_id, held.world.candidate_id
    held.law(app)
    with app.database.store() as store:
        hold = store.hold(org, job_id=held.world.job_id, reason="A claim.", by="Kim", now=NOW)
    clock.moment = NOW + 9999 * DAY
    assert held.due(app) == set()
    retaining.sweep(app)
    with pytest.raises(Conflict, match="hold"):
        erase(app, org, candidate, because="asked for")
    with app.database.store() as store:
        store.lift_hold(org, hold.id, by="Kim", now=app.now)
    retaining.sweep(app)
    with app.database.reading() as store, pytest.raises(NotFound):
        store.candidate(org, candidate)


@pytest.mark.proves(38)
def test_a_hold_of_the_last_moment_counts_and_stops_a_person_too(app: App, clock: Clock) -> None:
    held = Held.of(app)
    org, world = held.world.organisation_id, held.world
    held.law(app)
    clock.moment = NOW + 9999 * DAY
    with app.database.reading() as store:
        due = retaining.plan(app, store, org)
        events = len(store.events(org, world.interview_id))
    with app.database.store() as store:
        store.hold(org, candidate_id=world.candidate_id, reason="A claim.", by="Kim", now=NOW)
    for one in due:
        with pytest.raises(Conflict, match="hold"):
            retaining._purge(app, org, one, law_of(app.settings))
    with pytest.raises(Conflict, match="hold"):
        keeping.erase_recording(app, org, world.interview_id)
    assert app.files.get(held.voice, subject=world.candidate_id) == b"two voices"
    with app.database.reading() as store:
        assert len(store.events(org, world.interview_id)) == events
        assert store.purges(org) == []


@pytest.mark.proves(38)
def test_days_count_from_what_another_system_decided_too(app: App, clock: Clock) -> None:
    held = Held.of(app)
    org, world = held.world.organisation_id, held.world
    held.law(app, "us")
    clock.moment = NOW + 370 * DAY
    assert "documents" in held.due(app)
    with app.database.store() as store:
        case = store.application(org, world.application_id)
        store.add_outcome(
            *(case,), key="r1", kind="rejected", stage="", reason="", at=NOW + 300 * DAY, connection_id=None, now=NOW
        )
    assert held.due(app) == {"media"}, "a year from the rejection over there"


@pytest.mark.proves(38, 39)
def test_what_is_held_taken_counted_and_deleted_is_in_the_log_and_tells_of_nobody(app: App, clock: Clock) -> None:
    held = Held.of(app)
    org, candidate = held.world.organisation_id, held.world.candidate_id
    held.law(app)
    with app.database.store() as store:
        made = store.hold(org, candidate_id=candidate, reason="A claim.", by="Kim", now=NOW)
        store.lift_hold(org, made.id, by="Kim", now=NOW)
        store.opt_out(org, candidate, now=NOW)
        store.opt_out(org, candidate, now=NOW)
    export(app, org, candidate)
    demographics.counted(app, org, [candidate], before=NOW, actor="Kim", purpose="a count")
    clock.moment = NOW + 9999 * DAY
    retaining.sweep(app)
    with app.database.reading() as store:
        deeds = [one for one in store.audit(org, limit=1000) if one.action in LAWS]
    done = [one.action for one in deeds]
    assert set(done) == set(LAWS)
    assert done.count("candidate.opted_out") == 1, "the first time counts"
    assert done.count("retention.purged") == 2, "media, then all of them"
    whose = {one.subject for one in deeds if one.action in ("candidate.exported", "candidate.opted_out")}
    assert len(whose) == 1
    assert {one.object_id for one in deeds if one.object_kind == "candidate"} == whose
    assert candidate not in repr(deeds)


@pytest.mark.proves(38)
def test_a_conflict_of_floor_and_ceiling_deletes_nothing(app: App, clock: Clock) -> None:
    held = Held.of(app)
    held.law(app, "us-ca", "fr")
    clock.moment = NOW + 9999 * DAY
    retaining.sweep(app)
    found = retaining.shown(app, held.world.organisation_id)["items"]
    stands = {one["record_class"]: one["conflict"] for one in found}
    assert stands == {one: ["us-ca.crd.records", "fr.cnil.pool"] for one in ("documents", "decision")}


@pytest.mark.proves(37)
def test_a_recording_that_is_unwanted_leaves_no_byte_and_no_way_to_it(app: App, clock: Clock) -> None:
    held = Held.of(app)
    org, world = held.world.organisation_id, held.world
    held.law(app, "us-il", purges=False)
    raw = app.recordings / f"{world.interview_id}.pcm"
    app.recordings.mkdir(exist_ok=True)
    raw.write_bytes(b"\0\1" * 100)
    with app.database.store() as store:
        interview = store.interview(org, world.interview_id)
        store.add_delivery(
            org,
            kind="webhook",
            key="report:1:sent",
            payload={"id": "result_1", "type": "assessment.completed"},
            subject=world.candidate_id,
            endpoint_id=world.endpoint_id,
            application_id=world.application_id,
            now=NOW,
        )
        shared = store.share_report(
            org, interview.id, hash="h", audio=True, note="", by="Kim", now=NOW, expires=NOW + 7 * DAY
        )
    request = asks.ask(app, interview, "recording")
    with app.database.reading() as store:
        assert notices.due_on(app, store, request) == NOW.date() + 30 * DAY
    retaining.delete_unwanted(app)
    with pytest.raises(NotFound):
        app.files.get(held.voice, subject=held.world.candidate_id)
    assert not raw.exists()
    with app.database.reading() as store:
        assert store.interview(org, interview.id).recording_sha256 is None
        assert store.report_link(org, shared.id).revoked_at is not None
        [answered] = [one for one in store.requests(org, interview.id) if one.kind == "recording"]
        assert (answered.answer, answered.answered_by) == (retaining.DELETED, "Foyer")
        told = [one for one in store.deliveries(org) if one.payload.get("type") == "assessment.recording_deleted"]
        assert [one.endpoint_id for one in told] == [world.endpoint_id]
        assert [(one.record_class, one.because) for one in store.purges(org)] == [("media", "request")]
    retaining.delete_unwanted(app)
    with app.database.reading() as store:
        assert len(store.purges(org)) == 1, "once"


# ---------------------------------------------------------------- copies


@pytest.mark.proves(39)
def test_a_copy_has_a_row_of_every_table_that_is_theirs_and_none_of_anybody_else(app: App) -> None:
    """By the schema: a table that is added later and left out fails here."""
    filled = filling(app)
    zoe, ben = filled.people["zoemark"], filled.people["benmark"]
    with app.database.reading() as store:
        found = store.everything_of(filled.org, zoe["candidates"])
    persons = {table.name for table in Base.metadata.sorted_tables} - NOBODYS
    assert found.keys() == persons
    for table, rows in found.items():
        assert zoe[table] in {row["id"] for row in rows}, table
    told = repr(found)
    assert "benmark" not in told
    assert not [id for id in ben.values() if id in told]
    assert "link_hash" not in told, "what opens something stays here"
    with app.database.reading() as store, pytest.raises(NotFound):
        store.everything_of(SHARED, zoe["candidates"])


@pytest.mark.proves(39)
def test_the_export_holds_files_and_each_decision_in_plain_words(app: App) -> None:
    held = Held.of(app)
    org, world = held.world.organisation_id, held.world
    app.pipeline.stages.reject(
        org, [Rejection(world.application_id, {"seconds": 60.0})], person=KIM, reason="No licence to practise."
    )
    with zipfile.ZipFile(io.BytesIO(export(app, org, world.candidate_id))) as zipped:
        names = zipped.namelist()
        assert zipped.read(f"files/interviews-{held.voice[:16]}.flac") == b"two voices"
        [case] = json.loads(zipped.read("data/applications.json"))
        told = zipped.read(f"explanation/{world.application_id}.md").decode()
    assert case["stage"] == "rejected"
    assert "README.txt" in names
    for sentence in ("Kim", "No licence to practise.", "Five years of Python", "0.70", "yes", "a named person decided"):
        assert sentence in told, sentence


# ---------------------------------------------------------------- notices


@pytest.mark.proves(26)
def test_new_york_waits_ten_business_days_after_the_notice(app: App, org: str, clock: Clock) -> None:
    clock.at(date(2026, 11, 13))  # a Friday; Thanksgiving lies between
    job = job_of(app, org, jurisdictions=["us-ny-nyc"])
    interview = invite(app, org, screened(app, job, 0.9, "ann@example.org"))
    first = date(2026, 11, 30)
    assert interview.expires_at >= datetime(2026, 12, 7, tzinfo=UTC), "the link lives its week from that day on"
    [sent] = mail(app)
    assert "automated employment decision tool" in sent
    with app.database.reading() as store:
        case = store.application(org, interview.application_id)
        [notice] = notices.shown(store, org, case.id)
        assert (notice["kind"], notice["rules"], notice["channel"]) == ("invitation", ["us-ny-nyc.notice"], "mail")
        assert notices.first_day(app, store, case) == first
        assert min(slot.starts for slot in bookings.times(app, store, interview)).date() == first
        clock.moment = datetime(2026, 11, 30, 4, 59, tzinfo=UTC)  # in New York it is Sunday still
        assert "2026-11-30" in notices.too_early(app, store, interview)
        clock.moment = datetime(2026, 11, 30, 5, tzinfo=UTC)
        assert notices.too_early(app, store, interview) == ""


def test_elsewhere_nobody_waits(app: App, org: str) -> None:
    interview = invite(app, org, screened(app, job_of(app, org, jurisdictions=["us-il"]), 0.9, "ann@example.org"))
    with app.database.reading() as store:
        assert notices.too_early(app, store, interview) == ""
        assert [one["rules"] for one in notices.shown(store, org, interview.application_id)] == [
            ["us-il.hb3773.notice"]
        ]


def test_who_did_not_apply_is_told_where_their_data_come_from(app: App, org: str) -> None:
    job = job_of(app, org, jurisdictions=["de"])
    found, applied = screened(app, job, 0.9, "ann@example.org"), screened(app, job, 0.9, "ben@example.org")
    with app.database.store() as store:
        for case, origin, source in ((found, "pool", "Gem, project Nurses"), (applied, "application", "Career site")):
            candidate_id = store.application(org, case).candidate_id
            store.note_source(
                *(org, candidate_id),
                key=case,
                source=source,
                origin=origin,
                application_id=case,
                at=NOW,
                now=NOW,
                connection_id=None,
            )
    for case in (found, applied):
        invite(app, org, case)
    hers, his = sorted(mail(app), key=lambda text: "Gem, project Nurses" not in text)
    assert "did not give us your data yourself" in hers
    assert "6(1)(f)" in hers
    assert "did not give us" not in his


def test_whoever_wants_to_hear_nothing_more_hears_nothing_more(app: App, org: str) -> None:
    job, folded = job_of(app, org), f"{'ann' * 20}@personal.example.org"
    ann, ben = screened(app, job, 0.9, folded), screened(app, job, 0.8, "ben@example.org")
    interview = invite(app, org, ann)
    with app.database.reading() as store:
        candidates = [store.application(org, one).candidate_id for one in (ann, ben)]
    for one in candidates:
        notices.opt_out(app, org, one)
    assert mail(app) == [], "also what was on its way, to however long an address"
    asked = asks.ask(app, interview, "objection", text="Please do not.")
    asks.answer(app, org, asked.id, "We will not.", by="Kim")
    assert not [text for text in mail(app) if "We will not." in text]
    assert app.pipeline.stages.invite_by_policy(org, job.id) == 0
    with app.database.asking() as system:
        assert system.uninvited() == []
    with pytest.raises(Conflict, match="nothing more"):
        invite(app, org, ben)


# ---------------------------------------------------------------- decisions


@pytest.mark.proves(41)
def test_an_adverse_outcome_is_told_within_thirty_days(app: App, org: str, clock: Clock) -> None:
    clock.at(date(2026, 12, 31))
    early = screened(app, job_of(app, org, jurisdictions=["us-co"]), 0.9, "old@example.org")
    reject(app, org, early)
    clock.at(date(2027, 1, 4))
    case = screened(app, job_of(app, org, jurisdictions=["us-co"]), 0.9, "ann@example.org")
    elsewhere = screened(app, job_of(app, org, jurisdictions=["us-tx"]), 0.9, "ben@example.org")
    reject(app, org, case)
    reject(app, org, elsewhere)

    def standing() -> list[tuple[str, str, int]]:
        with app.database.reading() as store:
            found = notices.adverse(app, store, org)
        return [(one["application_id"], one["state"], one["days_left"]) for one in found]

    for day, expected in ((29, ("open", 1)), (30, ("open", 0)), (31, ("late", -1))):
        clock.at(date(2027, 1, 4) + day * DAY)
        assert standing() == [(case, *expected)], "neither before the law began nor where it does not bind"
    assert notices.send_adverse(app, org, case)
    assert not notices.send_adverse(app, org, case)
    told = [text for text in mail(app) if "plain description" in text]
    assert len(told) == 1
    assert "No licence." in told[0]
    assert "Software compared your resume" in told[0]
    assert standing() == [(case, "sent", -1)]


def test_a_second_decision_against_somebody_is_told_too(app: App, org: str, clock: Clock) -> None:
    clock.at(date(2027, 1, 4))
    case = screened(app, job_of(app, org, jurisdictions=["us-co"]), 0.9, "ann@example.org")
    who = Recruiter(org, "console", said="Kim")
    for day in (0, 2):
        clock.at(date(2027, 1, 4) + day * DAY)
        reject(app, org, case)
        with app.database.reading() as store:
            assert notices.adverse(app, store, org)[0]["state"] == "open"
        assert notices.send_adverse(app, org, case)
        assert not notices.send_adverse(app, org, case)
        told = [text for text in mail(app) if "plain description" in text]
        clock.at(date(2027, 1, 5) + day * DAY)
        undoing.undo_rejection(app, who, case, "It is valid.")
    assert len(told) == 2


def reject(app: App, org: str, application_id: str) -> None:
    app.pipeline.stages.reject(org, [Rejection(application_id, {"seconds": 60.0})], person=KIM, reason="No licence.")
