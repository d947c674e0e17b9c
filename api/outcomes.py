"""The steps after the interview: keep the recording, evaluate, report, deliver. `api.pipeline` makes them durable; each
may run twice and then finds its work done."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from pydantic import ValidationError

from api import auditing, beside, keeping, mailing, receivers, recording, reuse, sending
from api.bookings import release
from api.carrying import Carrier
from api.entry import way_in
from api.languages import is_scored
from api.second_look import final_reviews, human_result
from integrations import mail
from integrations.webhook import next_attempt
from interview.checks import capped, must_haves
from interview.dialogue import replay, transcript
from interview.evaluate import Evaluator, verify, without_scores
from interview.events import read_log
from interview.injection import flagged
from interview.report import ReportInput, render_html
from interview.report_json import render_json
from interview.second_rater import combine, verify_seconds
from models.errors import Conflict, EngineError, FoyerError, NotFound, PushRejected, Suspended
from models.records import Application, Delivery, DeliveryState, Endpoint, Interview
from models.store import Store
from models.store.deliveries import CHECKPOINTS, INVITING
from models.values import (
    AssessmentResult,
    InterviewPlan,
    InterviewRecord,
    ParsedResume,
    Question,
    Receipt,
    Scorecard,
    SecondRating,
    Signal,
    Turn,
)

if TYPE_CHECKING:
    from api.deps import App


class Outcomes:
    """The steps, over one running App. Thread-safe: workflows run in threads."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._carrier = Carrier(app)

    # ------------------------------------------------------------ after the interview

    def close_overdue(self, organisation_id: str, interview_id: str) -> None:
        """The invitation ran out. Never opened: expired. Opened: what was said is evaluated as it is, unless
        a suspension had cut it off: that is nobody's interview to judge."""
        with self._app.database.store() as store:
            interview = store.interview(organisation_id, interview_id)
            if interview.state == "invited":
                if store.reuse_of(organisation_id, interview_id) is None:  # else `use_earlier` takes it from there
                    store.set_interview_state(organisation_id, interview_id, "expired", now=self._app.now)
                    application = store.application(organisation_id, interview.application_id)
                    mailing.by_itself(self._app, store, "expiry", interview, application)
            elif self._app.rooms.is_live(store, interview):
                return
            elif interview.state in ("in_progress", "paused") and interview.cut_off_at is not None:
                store.set_interview_state(
                    organisation_id, interview_id, "expired", now=self._app.now, reason="suspended"
                )
            elif interview.state in ("in_progress", "paused"):
                store.set_interview_state(
                    organisation_id, interview_id, "completed", now=self._app.now, reason="abandoned"
                )

    def use_earlier(self, organisation_id: str, interview_id: str) -> None:
        """An earlier interview stands for this one, as the candidate has agreed."""
        reuse.carry_out(self._app, organisation_id, interview_id)

    def release_place(self, organisation_id: str, interview_id: str) -> None:
        """Nobody came to the time they had booked, or back to the room: others may have the place."""
        release(self._app, organisation_id, interview_id)

    def keep_recording(self, organisation_id: str, interview_id: str) -> None:
        """The voices are compared while the microphone's raw file is there. Then it and the interviewer's voice become
        a FLAC in the sealed store, and the raw files go. Raises Suspended."""
        with self._app.database.reading() as store:
            store.must_run(organisation_id, store.interview(organisation_id, interview_id).application_id)
        beside.compare_voices(self._app, organisation_id, interview_id)
        keeping.keep_recording(self._app, organisation_id, interview_id)

    def evaluate_and_report(
        self, organisation_id: str, interview_id: str, seconds: Mapping[str, SecondRating] | None = None
    ) -> None:
        """Event log -> transcript -> Scorecard -> report, with its deliveries in the same transaction. `seconds`: what
        a second rater said, by competency."""
        with self._app.database.reading() as store:
            interview = store.interview(organisation_id, interview_id)
            if store.report_of(organisation_id, interview_id) is not None:
                return
            turns = said(store, interview)
            application = store.application(organisation_id, interview.application_id)
        scorecard, files = self.written(interview, turns, seconds or {})
        try:
            with self._app.database.store() as store:
                self._keep_report(store, interview, application, scorecard, turns, files)
        except (NotFound, Suspended) as meanwhile:  # erased, or suspended
            for sha in files:
                self._app.files.drop(sha, subject=application.candidate_id)
            if isinstance(meanwhile, Suspended):
                raise

    def written(
        self,
        interview: Interview,
        turns: tuple[Turn, ...],
        seconds: Mapping[str, SecondRating],
        also: Mapping[str, str] | None = None,
    ) -> tuple[Scorecard, tuple[str, str]]:
        """Judged by what was said, and the report's files (page, data) by sha256. `also`: what else the scorecard's
        versions say of how it came about. Raises Suspended."""
        organisation_id = interview.organisation_id
        with self._app.database.reading() as store:
            store.must_run(organisation_id, interview.application_id)
            held = store.held(interview)
            application = store.application(organisation_id, interview.application_id)
            document = store.document(organisation_id, application.document_id)
        plan, asked = as_asked(interview, held), InterviewPlan.model_validate(held.plan)
        resume = ParsedResume.model_validate(document.parsed) if document.parsed is not None else None
        record = as_record(interview.id, resume, turns)
        judged = combine(flagged(self._judged(record, plan), turns), seconds)
        scorecard = with_checks(judged, plan, turns, asked)
        scorecard = scorecard.model_copy(update={"versions": {**scorecard.versions, **(also or {})}})
        verify(scorecard, turns)
        verify_seconds(scorecard, turns)
        with self._app.database.reading() as store:
            signals = beside.signals_of(held, store.events(organisation_id, held.id))
            facts = self._facts(store, interview, held, application, plan, turns, scorecard, resume, signals)
        page = self._app.files.put(render_html(facts).encode(), subject=application.candidate_id)
        data = self._app.files.put(render_json(facts), subject=application.candidate_id)
        return scorecard, (page, data)

    def _keep_report(
        self,
        store: Store,
        interview: Interview,
        application: Application,
        scorecard: Scorecard,
        turns: tuple[Turn, ...],
        files: tuple[str, str],
    ) -> None:
        """Of every interview, but receivers get that of the one that counts. Not where consent was taken back
        meanwhile. `files`: the page's and the data's sha256."""
        organisation_id = interview.organisation_id
        if store.interview(organisation_id, interview.id, lock=True).state != "completed":
            for sha in files:
                self._app.files.drop(sha, subject=application.candidate_id)
            return
        store.must_run(organisation_id, application.id)
        counts = _counts(store, interview)
        if store.application(organisation_id, application.id).stage == "withdrawn":
            counts = False  # meanwhile; whoever withdrew is judged by nobody else
        if store.job(organisation_id, application.job_id).is_sample:
            counts = False  # invented people, and rehearsals: no other system hears of them
        endpoints = store.endpoints(organisation_id, enabled_only=True) if counts else []
        result = self._result(store, interview, application, scorecard, turns)
        report, _ = store.finish_report(
            organisation_id,
            interview_id=interview.id,
            scorecard=scorecard,
            html_sha256=files[0],
            json_sha256=files[1],
            payloads={endpoint.id: result.model_dump(mode="json") for endpoint in endpoints},
            now=self._app.now,
        )
        if counts:
            receivers.to_systems(store, application, result, f"report:{report.id}", now=self._app.now)
            store.supersede(organisation_id, application.id, report.id)
        store.set_problem(organisation_id, interview.id, None)
        mailing.by_itself(self._app, store, "received", interview, application)

    def _judged(self, record: InterviewRecord, plan: InterviewPlan) -> Scorecard:
        if not is_scored(plan.language):
            return without_scores(record, plan.competencies, plan.language)
        return Evaluator(self._app.engines.precise_embedder).evaluate(record, plan.competencies, plan.questions)

    def record_problem(self, organisation_id: str, interview_id: str, problem: str) -> None:
        """Why there is no report yet, for a person to see."""
        with self._app.database.store() as store:
            store.set_problem(organisation_id, interview_id, problem[:500])

    def push_again(self, organisation_id: str, interview_id: str) -> int:
        """Send a finished report to every enabled endpoint that was registered after it; returns how many. Raises
        NotFound, and Conflict for a report that does not stand."""
        with self._app.database.reading() as store:
            interview = store.interview(organisation_id, interview_id)
            report = store.report_of(organisation_id, interview_id)
            turns = said(store, interview)
            application = store.application(organisation_id, interview.application_id)
        if report is None:
            raise NotFound("There is no report yet: it is written within moments of the interview's end.")
        scorecard = Scorecard.model_validate(report.scorecard)
        with self._app.database.store() as store:
            if not _counts(store, interview):
                raise Conflict("Another interview of this application counts; receivers get the report of that one.")
            result = self._result(store, interview, application, scorecard, turns)
            sent = receivers.queue(store, application, result, f"report:{report.id}", now=self._app.now)
            return sent + self.queue_reviewed(store, interview)

    def queue_reviewed(self, store: Store, interview: Interview, *, anew: bool = False) -> int:
        """What people made of a report, for every enabled endpoint: a result of its own that names the one before it.
        Nothing where nobody has given a final rating, or another interview counts; returns how many are new."""
        found = self._reviewed(store, interview, anew=anew)
        if found is None:
            return 0
        application = store.application(interview.organisation_id, interview.application_id)
        return receivers.queue(store, application, found[0], found[1], now=self._app.now)

    def _reviewed(
        self, store: Store, interview: Interview, *, anew: bool = False
    ) -> tuple[AssessmentResult, str] | None:
        """With the key that it is sent under."""
        organisation_id = interview.organisation_id
        report = store.report_of(organisation_id, interview.id)
        finals = final_reviews(store.reviews(organisation_id, interview.id))
        if report is None or not finals or not _counts(store, interview):
            return None
        application = store.application(organisation_id, interview.application_id)
        scorecard = Scorecard.model_validate(report.scorecard)
        turns = said(store, interview)
        plain = self._result(store, interview, application, scorecard, turns, type="assessment.reviewed", anew=anew)
        human = human_result(finals, InterviewPlan.model_validate(interview.plan).competencies)
        result = plain.model_copy(update={"created_at": finals[-1].at, "human": human})
        return result, f"report:{report.id}:review:{finals[-1].id}:{result.revision}"

    def newest(self, store: Store, application: Application) -> AssessmentResult | None:
        """The result that stands, also where nobody was there to be sent it; None before there is one. In a
        transaction that may write."""
        organisation_id = application.organisation_id
        sent = store.results_of(organisation_id, application.id)
        if sent:
            return AssessmentResult.model_validate(sent[-1])
        interview = store.counting(organisation_id, application.id)
        report = store.report_of(organisation_id, interview.id) if interview is not None else None
        if interview is None or report is None or application.stage == "withdrawn":
            return None
        if (reviewed := self._reviewed(store, interview)) is not None:
            return reviewed[0]
        scorecard = Scorecard.model_validate(report.scorecard)
        return self._result(store, interview, application, scorecard, said(store, interview))

    def deliver_anew(self, store: Store, interview: Interview, turns: tuple[Turn, ...] | None = None) -> None:
        """Another interview of the application counts now, or another version of its report (of `turns` as they were
        put right): it goes to all receivers as the newest. In the caller's transaction."""
        report = store.report_of(interview.organisation_id, interview.id)
        if report is None:
            return  # it is delivered when it is
        application = store.application(interview.organisation_id, interview.application_id)
        scorecard = Scorecard.model_validate(report.scorecard)
        result = self._result(store, interview, application, scorecard, turns or said(store, interview), anew=True)
        store.supersede(interview.organisation_id, application.id, report.id)
        receivers.queue(store, application, result, f"report:{report.id}:{result.revision}", now=self._app.now)
        self.queue_reviewed(store, interview, anew=True)

    def _facts(
        self,
        store: Store,
        interview: Interview,
        held: Interview,
        application: Application,
        plan: InterviewPlan,
        turns: tuple[Turn, ...],
        scorecard: Scorecard,
        resume: ParsedResume | None,
        signals: tuple[Signal, ...],
    ) -> ReportInput:
        organisation_id = interview.organisation_id
        job = store.job(organisation_id, application.job_id)
        candidate = store.candidate(organisation_id, application.candidate_id)
        started, ended = held.started_at, held.completed_at
        return ReportInput(
            interview_id=interview.id,
            job_title=job.title,
            candidate_name=candidate.name or "Name not found in the resume",
            organisation=store.organisation(organisation_id).name,
            date=ended or self._app.now,
            minutes=(ended - started).total_seconds() / 60 if started and ended else 0.0,
            plan=plan,
            turns=turns,
            scorecard=scorecard,
            screening=store.screening(organisation_id, application.id),
            requirements=store.requirements(organisation_id, job.id),
            engines=held.engines or {},
            consent=", ".join(
                f"text {given.text_version}, {given.given_at:%Y-%m-%d %H:%M} UTC"
                for given in store.consents(organisation_id, held.id)
            )
            + f"; {way_in(store, held)}",
            audio_url=f"/api/interviews/{interview.id}/recording" if self._recorded(held) else None,
            resume=resume,
            checks=scorecard.must_haves,
            finish=held.finish_reason or "",
            basis=reuse.basis(store, interview),
            signals=signals,
        )

    def _recorded(self, interview: Interview) -> bool:
        """There is a recording, or there will be: its storage is away, or a machine that holds it."""
        raw = recording.raw_file(self._app.recordings, interview.id)
        return interview.recording_sha256 is not None or raw is not None or interview.captured > 0

    def _result(
        self,
        store: Store,
        interview: Interview,
        application: Application,
        scorecard: Scorecard,
        turns: tuple[Turn, ...],
        *,
        type: Literal["assessment.completed", "assessment.reviewed"] = "assessment.completed",
        anew: bool = False,
    ) -> AssessmentResult:
        """In a transaction that may write: it carries a link, which is made if there is none."""
        link = store.ats_link(interview.organisation_id, interview.id, now=self._app.now)
        address = mailing.address_of(self._app, f"/reports/{link.id}")
        return AssessmentResult(
            **receivers.numbered(store, application, interview.id, type=type, anew=anew),
            type=type,
            created_at=interview.completed_at or self._app.now,
            **receivers.about(store, application),
            screening=store.screening(interview.organisation_id, application.id),
            scorecard=scorecard,
            transcript=turns,
            report_url=address,
            report_pdf_url="" if self._app.engines.printer.why_not else f"{address}.pdf",
            basis=reuse.basis(store, interview, cause=False),
        )

    # ------------------------------------------------------------ delivery

    def attempt_delivery(self, organisation_id: str, delivery_id: str) -> None:
        """One attempt, recorded whatever its outcome."""
        with self._app.database.reading() as store:
            try:
                delivery = store.delivery(organisation_id, delivery_id)
            except NotFound:  # a reminder of what was cancelled meanwhile
                return
            waits = delivery.next_at is not None and delivery.next_at > self._app.now
            if delivery.state != "pending" or waits:  # a process that died had recorded this attempt
                return
            endpoint = store.endpoint(organisation_id, delivery.endpoint_id) if delivery.endpoint_id else None
            invitee = delivery.application_id if delivery.key.startswith(INVITING) else None
            if invitee is not None and store.halted(organisation_id, invitee) is not None:
                return
            against = sending.obstacle(store, delivery)
        began = time.monotonic()
        failure: FoyerError | None = None
        receipt = Receipt("")
        try:
            if against:
                raise EngineError(against)
            if endpoint is not None:
                receipt = self._to_endpoint(endpoint, delivery)
            elif delivery.kind == "connection":
                receipt = self._carrier.push(delivery)
            else:
                receipt = sending.send(self._app, delivery)
        except FoyerError as error:
            failure = error
        except ValidationError as error:
            failure = EngineError(f"What was kept of this delivery cannot be read: {error.error_count()} errors.")
        with self._app.database.store() as store:
            try:
                self._record(store, delivery, failure, receipt, time.monotonic() - began)
            except NotFound:  # whose it was has been erased meanwhile
                erased_meanwhile(self._app, receipt)
                return
            if endpoint is not None and isinstance(failure, PushRejected) and failure.disable:
                store.disable_endpoint(organisation_id, endpoint.id, reason=failure.detail)

    def _to_endpoint(self, endpoint: Endpoint, delivery: Delivery) -> Receipt:
        sink = self._app.engines.sink(endpoint.url, endpoint.secret)
        if delivery.key.startswith(CHECKPOINTS):
            return sink.send(*auditing.as_notice(delivery.payload))
        return sink.push(AssessmentResult.model_validate(delivery.payload))

    def _record(
        self,
        store: Store,
        delivery: Delivery,
        failure: FoyerError | None,
        receipt: Receipt,
        seconds: float,
    ) -> None:
        state: DeliveryState = "delivered"
        next_at = None
        if failure is not None:
            again = None
            if failure.retry:
                again = next_attempt(
                    delivery.attempts + 1,
                    now=self._app.clock.now(),
                    retry_after=getattr(failure, "retry_after", None),
                    jitter=random.random(),  # noqa: S311 - spreads retries, guards nothing
                )
            state = "pending" if again is not None else "dead"
            next_at = datetime.fromtimestamp(again, UTC) if again is not None else None
        store.record_attempt(
            delivery.organisation_id,
            delivery.id,
            at=self._app.now,
            state=state,
            status=receipt.status,
            error=failure.detail if failure else None,
            seconds=seconds,
            next_at=next_at,
            reference=receipt.reference,
        )


def erased_meanwhile(app: App, receipt: Receipt) -> None:
    """What was only written down, not sent, is taken back."""
    for file in mail.written(app.settings.home / "outbox", receipt.reference):
        file.unlink(missing_ok=True)


def _counts(store: Store, interview: Interview) -> bool:
    current = store.counting(interview.organisation_id, interview.application_id)
    return current is not None and current.id == interview.id


def as_record(interview_id: str, resume: ParsedResume | None, turns: tuple[Turn, ...]) -> InterviewRecord:
    """The interview as raters read it."""
    text = "\n".join(span.text for span in resume.spans) if resume is not None else None
    return InterviewRecord(id=interview_id, resume=text, turns=turns)


def said(store: Store, interview: Interview) -> tuple[Turn, ...]:
    """The transcript: its own, or that of the earlier interview which stands for it by consent."""
    held = store.held(interview)
    return turns_of(held, store.events(held.organisation_id, held.id))


def as_asked(interview: Interview, held: Interview) -> InterviewPlan:
    """What answers are judged by: this job's criteria, and the questions that were asked."""
    plan = InterviewPlan.model_validate(interview.plan)
    if held.id == interview.id:
        return plan
    return plan.model_copy(update={"questions": _carried(plan, InterviewPlan.model_validate(held.plan))})


def _carried(plan: InterviewPlan, asked: InterviewPlan) -> tuple[Question, ...]:
    """The questions that were asked. A check speaks for this job's must-haves only where this job asks the same in the
    same words: requirements are numbered anew in every job. What was not asked then stays unknown."""
    own = {" ".join(one.text.casefold().split()): one for one in plan.questions if one.kind == "check"}
    questions = []
    for one in asked.questions:
        if one.kind == "check":
            same = own.pop(" ".join(one.text.casefold().split()), None)
            one = one.model_copy(update={"requirement_ids": same.requirement_ids if same is not None else ()})
        questions.append(one)
    return (*questions, *(one.model_copy(update={"id": f"{one.id}:not_asked"}) for one in own.values()))


def with_checks(
    scorecard: Scorecard, plan: InterviewPlan, turns: tuple[Turn, ...], asked: InterviewPlan | None = None
) -> Scorecard:
    """What was said to the must-have checks, and which kit was `asked` (None: the plan itself); neither moves the
    score, a plain no caps what is proposed."""
    kit = asked or plan
    versions = scorecard.versions | {"kit": str(kit.version), "kit_sha256": kit.sha256}
    return capped(scorecard.model_copy(update={"must_haves": must_haves(plan, turns), "versions": versions}))


def turns_of(interview: Interview, log: list[tuple[int, float, dict[str, Any]]]) -> tuple[Turn, ...]:
    """The transcript, from the event log."""
    plan = InterviewPlan.model_validate(interview.plan)
    return transcript(replay(plan, read_log(log)))
