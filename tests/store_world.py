"""A small world in the store, for tests: an organisation with one of everything. Plain values, few decisions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from models.db import Database
from models.records import Application, Candidate, InvitePolicy, Job
from models.store import Store
from models.store.system import System
from models.values import (
    Anchors,
    Basics,
    Competency,
    Evidence,
    InterviewPlan,
    ParsedResume,
    Person,
    Question,
    Requirement,
    RequirementScore,
    Resume,
    Scorecard,
    ScreeningResult,
    Span,
)

NOW = datetime(2026, 11, 20, 9, 30, 15, 123456, tzinfo=UTC)
LATER = NOW + timedelta(days=7)

REQUIREMENTS = (
    Requirement(id="python", text="Python", kind="skill", must_have=True, weight=2.0, alternatives=("Python", "Go")),
    Requirement(id="years", text="5 years", kind="years", must_have=False, years=5.0, line=3, sentence="Five years."),
    Requirement(id="english", text="English", kind="language", must_have=True, level="C1"),
)
PLAN = InterviewPlan(
    id="kit",
    version=4,
    title="Backend engineer",
    minutes=30,
    welcome="Hello.",
    closing="Goodbye.",
    competencies=(Competency(id="code", name="Coding", anchors=Anchors(low="-", medium="o", high="+")),),
    questions=(Question(id="q1", competency_id="code", text="Tell me about a bug."),),
)
KIM = Person(name="Kim", key="import")
SCORECARD = Scorecard(id="card", recommendation="yes", reason="Good answers.", overall=71.5)


def screening(score: float = 0.7, decision: str = "advance") -> ScreeningResult:
    verdict = RequirementScore(
        requirement_id="python", status="met", score=score, evidence=(Evidence(quote="Five years of Python", line=4),)
    )
    return ScreeningResult.model_validate(
        {"score": score, "decision": decision, "reason": "Above the threshold.", "requirements": [verdict.model_dump()]}
    )


def resume(
    name: str = "Zoë Example", email: str | None = "zoe@example.org", phone: str | None = "+49 30 1234567"
) -> ParsedResume:
    basics = Basics(name=name, email=email, phone=phone)
    return ParsedResume(resume=Resume(basics=basics), spans=(Span(id=0, text="Five years", line=4, start=0, end=10),))


def add_job(store: Store, organisation_id: str, *, policy: InvitePolicy = "at_once", most: int | None = None) -> Job:
    return store.add_job(
        organisation_id,
        title="Backend engineer",
        text="# Backend engineer",
        media_type="text/markdown",
        threshold=0.5,
        invite_policy=policy,
        max_interviews=most,
        minutes=30,
        now=NOW,
    )


def add_application(
    store: Store,
    job: Job,
    *,
    filename: str = "zoe.pdf",
    batch_id: str | None = None,
    candidate: Candidate | None = None,
) -> Application:
    return store.add_application(
        job.organisation_id,
        job.id,
        filename=filename,
        sha256="ab" * 32,
        size=1234,
        media_type="application/pdf",
        batch_id=batch_id,
        source="upload",
        external_id="ats-7",
        candidate=candidate,
        now=NOW,
    )


def add_screened(store: Store, job: Job, score: float, *, decision: str = "advance", email: str = "") -> Application:
    application = add_application(store, job)
    parsed = resume(email=email or f"{application.id}@example.org")
    store.record_parsed(job.organisation_id, application.id, parsed, NOW)
    return store.record_screening(
        job.organisation_id, application.id, screening(score, decision), requirements_version=1, now=NOW
    )


def reject(store: Store, application: Application, *, now: datetime = NOW) -> Application:
    return store.reject(
        application.organisation_id, application.id, person=KIM, reason="No licence.", basis={"seconds": 60.0}, now=now
    )


@dataclass(frozen=True)
class World:
    """Ids of what `build` has put there. The interview is completed and reported, the delivery pending."""

    organisation_id: str
    job_id: str
    batch_id: str
    application_id: str
    candidate_id: str
    document_id: str
    interview_id: str
    request_id: str
    report_id: str
    endpoint_id: str
    delivery_id: str
    connection_id: str
    event_id: str
    remote_id: str
    report_link_id: str
    hold_id: str
    saved_search_id: str
    round_id: str
    note_id: str
    merge_id: str
    api_key_id: str
    api_key: str
    channel_id: str
    subscription_id: str
    user_id: str
    session_id: str
    account_link_id: str
    agency_id: str
    call_id: str


def build(database: Database, name: str = "Example GmbH", *, within: str = "") -> World:
    """`within`: the organisation that gets one more of everything; else a new one of this name."""
    with database.system() as system:
        organisation = within or system.add_organisation(name, NOW).id
    with database.store() as store:
        job = add_job(store, organisation)
        store.set_requirements(organisation, job.id, REQUIREMENTS)
        batch = store.add_batch(organisation, job_id=job.id, name="Monday", now=NOW)
        application = add_application(store, job, batch_id=batch.id)
        store.record_parsed(organisation, application.id, resume(), NOW)
        store.record_screening(organisation, application.id, screening(), requirements_version=1, now=NOW)
        interview, _ = store.add_interview(
            organisation, application_id=application.id, plan=PLAN, link_hash=f"link-{name}", expires_at=LATER, now=NOW
        )
        store.open_interview(
            organisation, interview.id, session_hash=f"room-{name}", consent_version="1", consent_sha256="c", now=NOW
        )
        store.append_events(organisation, interview.id, 0, [(1.0, {"type": "joined"}), (2.5, {"type": "left"})])
        request = store.add_request(organisation, interview.id, "adjustment", {"text": "slower"}, during=False, now=NOW)
        store.set_interview_state(organisation, interview.id, "completed", now=NOW, reason="completed")
        endpoint = store.add_endpoint(
            organisation, url="https://ats.example.org/hook", secret="whsec_abc", description="ATS", now=NOW
        )
        report, (delivery,) = store.finish_report(
            organisation,
            interview_id=interview.id,
            scorecard=SCORECARD,
            html_sha256="cd" * 32,
            payloads={endpoint.id: {"type": "assessment.completed"}},
            now=NOW,
        )
        link = store.ats_link(organisation, interview.id, now=NOW)
        hold = store.hold(organisation, job_id=job.id, reason="A claim.", by="Kim", now=NOW)
        store.lift_hold(organisation, hold.id, by="Kim", now=NOW)
        kept = {"owner": "kim", "owner_name": "Kim", "shared": "no"}
        search = store.save_search(organisation, {"name": "Nurses", "text": "nurse"}, **kept, now=NOW)
        confirmed, _ = store.add_round(
            organisation, job.id, key=f"round {name}", applications=[application.id], person=KIM, reason="", now=NOW
        )
        store.settle_member(organisation, confirmed.id, application.id, "invited")
        twin = store.add_candidate(organisation, name="Zoe Example", email=None, phone=None, now=NOW)
        merge = store.merge_candidates(
            organisation, application.candidate_id, twin.id, superseded=(), reason="One.", person=KIM, now=NOW
        )
        note = store.add_note(organisation, application.id, "Calls back on Friday.", person=KIM, now=NOW)
        key, clear = store.add_api_key(organisation, name="import", now=NOW)
        user = store.add_user(
            organisation, name="Ada Minh", email=f"ada@{name.split()[0].lower()}.example", role="admin", now=NOW
        )
        session = store.add_session(organisation, hash=f"browser-{name}", user_id=user.id, expires=LATER, now=NOW)
        opens = store.add_account_link(organisation, user.id, "reset", hash=f"account-{name}", expires=LATER, now=NOW)
        agency = store.add_agency(
            organisation, job.id, agency="Talent AG", hash=f"agency-{name}", by="Kim", expires=LATER, now=NOW
        )
        connection = store.add_connection(organisation, vendor="greenhouse", name="Greenhouse", settings={}, now=NOW)
        remote = store.remember(connection, "application", "77", local_id=application.id, now=NOW)
        store.keep_event(connection, "event-1", {"action": "ping"}, NOW)
        [event] = store.inbox(connection)
        channel = store.add_channel(organisation, "sms", name="Texts", config={}, uses=[], by="Kim", now=NOW)
        store.keep_dial_code(organisation, interview.id, first=f"f-{name}", hash="h", expires=LATER, now=NOW)
        call = store.begin_call(organisation, room=f"room-{name}", caller="", now=NOW)
        told = store.add_subscription(
            organisation,
            email="kim@example.org",
            channel_id=None,
            news=["report"],
            daily=False,
            undecided_days=5,
            by="Kim",
            now=NOW,
        )
    return World(
        organisation_id=organisation,
        job_id=job.id,
        batch_id=batch.id,
        application_id=application.id,
        candidate_id=application.candidate_id,
        document_id=application.document_id,
        interview_id=interview.id,
        request_id=request.id,
        report_id=report.id,
        endpoint_id=endpoint.id,
        delivery_id=delivery.id,
        connection_id=connection.id,
        event_id=event.id,
        remote_id=remote.id,
        report_link_id=link.id,
        hold_id=hold.id,
        saved_search_id=search.id,
        round_id=confirmed.id,
        note_id=note.id,
        merge_id=merge.id,
        api_key_id=key.id,
        api_key=clear,
        channel_id=channel.id,
        subscription_id=told.id,
        user_id=user.id,
        session_id=session.id,
        account_link_id=opens.id,
        agency_id=agency.id,
        call_id=call.id,
    )


def in_line(system: System, queue: str = "screen") -> list[tuple[str, str]]:
    """(organisation, application) of all who wait to be read (`screen`), or recognised (`ocr`), as they are found."""
    return [
        (organisation, id)
        for organisation, job, batch, _ in system.lines(queue)
        for id in system.next_in_line(queue, organisation, job, batch, after="", limit=999)
    ]
