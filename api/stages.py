"""The steps up to the invitation: read, parse, score, invite. `api.pipeline` makes them durable; each may run twice and
then finds its work done. Transactions are short: reading and scoring happen outside them. `api.outcomes` goes on."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from email import policy
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

from api import dialling, kits, notices, people, texting
from api.audits import audit_state, check_use
from api.bookings import remind
from api.mailing import address_of, addressed, by_itself
from api.scanning import scan
from api.security import digest
from api.telling import tell_of_rejection
from compliance import business_days
from integrations.mail import Invitation, invitation
from interview.facts import posting_facts
from models.errors import BadRequest, Conflict, UnreadableDocument
from models.exchange import Answer
from models.records import Application, Document, Interview, Job, Stage
from models.store import Store
from models.store.approvals import UNAPPROVED
from models.store.base import DECIDED
from models.values import DocumentText, Flag, InterviewPlan, ParsedResume, Person
from screening.parse import parse
from screening.screen import Screener

if TYPE_CHECKING:
    from api.deps import App


STAGE_OF: dict[str, Stage] = {
    "invited": "invited",
    "expired": "invited",
    "in_progress": "interviewing",
    "paused": "interviewing",
    "completed": "interviewed",
}
"""Where an application stands when a rejection is taken back, by the state of its interview."""
WAITS = "{name} is a scan. Its text is being recognised after all other files are read; nothing needs to be done."

REJUDGED = 100
"""Applications judged anew in one step and one transaction."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """An application somebody decided against, and what they had opened before (`api.reviewing.basis_of`)."""

    application_id: str
    basis: Mapping[str, Any]


def answers_of(application: Application) -> list[Answer]:
    """Of the application form, where another system has told them."""
    return [Answer.model_validate(each) for each in (application.answers or {}).get("answers", [])]


class Stages:
    """The steps, over one running App. Thread-safe: workflows run in threads."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._screeners: dict[tuple[str, int, float], Screener] = {}

    # ------------------------------------------------------------ screening

    def read_and_parse(self, organisation_id: str, application_id: str) -> bool:
        """File -> text -> Resume. False when the file is unreadable, which is recorded with its reason. Raises
        Suspended."""
        with self._app.database.reading() as store:
            store.must_run(organisation_id, application_id)
            store.must_read(organisation_id, application_id)
            application = store.application(organisation_id, application_id)
            document = store.document(organisation_id, application.document_id)
        if application.stage != "received":
            return application.stage != "unreadable"
        if document.parsed is not None:
            people.recognise(self._app, organisation_id, application_id)
            return True
        try:
            content = self._content(document)
            scan(self._app.settings.home, content, document.filename, subject=application_id)
            text = self._app.engines.reader.read(content, document.filename)
        except UnreadableDocument as problem:
            waits = problem.reason == "scan" and self._app.engines.ocr.available
            detail = WAITS.format(name=document.filename) if waits else problem.detail
            self.record_problem(organisation_id, application_id, problem.reason, detail)
            return False
        self._record_parsed(organisation_id, application_id, text)
        return True

    def recognise(self, organisation_id: str, application_id: str) -> bool:
        """Scan -> text -> Resume; the case goes on as one just received. False when nothing could be recognised, which
        is recorded, and when there is nothing to do. Raises Suspended."""
        with self._app.database.reading() as store:
            store.must_run(organisation_id, application_id)
            store.must_read(organisation_id, application_id)
            application = store.application(organisation_id, application_id)
            document = store.document(organisation_id, application.document_id)
        if application.stage != "unreadable" or application.problem_reason != "scan":
            return application.stage == "received"
        try:
            if document.parsed is None:
                text = self._app.engines.ocr.read(self._content(document), document.filename)
                self._record_parsed(organisation_id, application_id, text)
        except UnreadableDocument as problem:
            self.record_problem(organisation_id, application_id, problem.reason, problem.detail)
            return False
        with self._app.database.store() as store:
            store.set_stage(organisation_id, application_id, "received", now=self._app.now, expected={"unreadable"})
        return True

    def _content(self, document: Document) -> bytes:
        return self._app.files.get(document.sha256, subject=document.candidate_id)

    def _record_parsed(self, organisation_id: str, application_id: str, text: DocumentText) -> None:
        parsed = parse(text, now=self._app.now.date())
        with self._app.database.store() as store:
            store.record_parsed(organisation_id, application_id, parsed, now=self._app.now)
        people.recognise(self._app, organisation_id, application_id)

    def score(self, organisation_id: str, application_id: str) -> str:
        """Judge the parsed resume against the job's requirements. Returns the job's id. Raises Suspended."""
        with self._app.database.reading() as store:
            application = store.application(organisation_id, application_id)
            document = store.document(organisation_id, application.document_id)
            job = store.job(organisation_id, application.job_id)
        if application.stage == "received" and document.parsed is not None:
            parsed = ParsedResume.model_validate(document.parsed)
            screener = self.screener(organisation_id, job)
            result = screener.screen(parsed, now=self._app.now.date())
            result = screener.answered(result, answers_of(application))
            with self._app.database.store() as store:
                store.must_run(organisation_id, application_id)
                store.record_screening(
                    organisation_id,
                    application_id,
                    result,
                    requirements_version=job.requirements_version,
                    now=self._app.now,
                )
        return application.job_id

    def rejudge(self, organisation_id: str, job_id: str) -> int:
        """Judge some of those anew who were screened before the job asked for what it asks now; returns how many.

        Nothing is read or embedded again, and nobody who was invited, or decided on by a person, is touched."""
        with self._app.database.reading() as store:
            job = store.job(organisation_id, job_id)
            if store.halted_job(organisation_id, job_id) is not None:
                return 0
            waiting = store.outdated(organisation_id, job_id, REJUDGED)
            read = {id: parsed for id in waiting if (parsed := store.parsed(organisation_id, id)) is not None}
            answers = {id: answers_of(store.application(organisation_id, id)) for id in read}
        screener = self.screener(organisation_id, job)
        results = screener.screen_many(list(read.values()), now=self._app.now.date())
        with self._app.database.store() as store:
            for id, result in zip(read, results, strict=True):
                result = screener.answered(result, answers[id])
                if store.application(organisation_id, id).stage == "screened":
                    store.record_screening(
                        organisation_id, id, result, requirements_version=job.requirements_version, now=self._app.now
                    )
        return len(read)

    def record_problem(self, organisation_id: str, application_id: str, reason: str, detail: str) -> None:
        with self._app.database.store() as store:
            store.record_problem(organisation_id, application_id, reason=reason, detail=detail, now=self._app.now)

    def screener(self, organisation_id: str, job: Job) -> Screener:
        """That judges for the job as it is now."""
        key = (job.id, job.requirements_version, job.threshold)
        with self._lock:
            if key not in self._screeners:
                with self._app.database.reading() as store:
                    requirements = store.requirements(organisation_id, job.id)
                if len(self._screeners) > 64:
                    self._screeners.clear()
                self._screeners[key] = Screener(
                    requirements,
                    self._app.engines.embedder,
                    threshold=job.threshold,
                    review_band=self._app.settings.screening.review_band,
                    vocabulary=self._app.engines.vocabulary,
                    title=job.title,
                    text=job.text,
                )
            return self._screeners[key]

    # ------------------------------------------------------------ invitation

    def invite_by_policy(self, organisation_id: str, job_id: str) -> int:
        """Invite whoever the job's policy lets through now; returns how many. With a cap on interviews the best are
        meant, so it waits until nobody is left to screen."""
        with self._app.database.reading() as store:  # asked after each file: where nobody is invited, no writer waits
            if store.job(organisation_id, job_id).invite_policy != "at_once":
                return 0
        with self._app.database.store() as store:
            job = store.job(organisation_id, job_id, lock=True)
            if job.invite_policy != "at_once" or job.state != "open":
                return 0
            if store.halted_job(organisation_id, job_id) is not None:
                return 0
            if store.unapproved(organisation_id, job_id):
                return 0
            due = store.to_invite(organisation_id, job_id)
            audits = audit_state(store, organisation_id, self._app.now)
            if not due or audits.refused:
                return 0
            if job.max_interviews is not None and store.job_counts(organisation_id).get(job_id, {}).get("received", 0):
                return 0
            chosen = self._one_each(store, organisation_id, due)
            if job.max_interviews is not None:
                chosen = chosen[: max(0, job.max_interviews - store.invited_count(organisation_id, job_id))]
            for application in chosen:
                self.invite(store, job, application)
            return len(chosen)

    def invite_waiting(self, organisation_id: str, application_id: str) -> int:
        """An unreadable file may have been the last one that others of its job waited for."""
        with self._app.database.reading() as store:
            job_id = store.application(organisation_id, application_id).job_id
        return self.invite_by_policy(organisation_id, job_id)

    def advance(
        self, organisation_id: str, application_id: str, *, actor: str, reason: str, person: Person | None = None
    ) -> str:
        """A person wants this one interviewed, whatever the score: decision and invitation in one transaction.

        Again for somebody already invited changes nothing; a withdrawn or expired invitation is made anew. Returns the
        interview's id."""
        with self._app.database.store() as store:
            application = store.application(organisation_id, application_id)
            job = store.job(organisation_id, application.job_id, lock=True)
            interview = store.interview_of(organisation_id, application_id)
            alive = interview is not None and interview.state not in ("expired", "withdrawn")
            if interview is not None and alive and application.stage not in ("rejected", "withdrawn"):
                return interview.id
            check_use(store, organisation_id, self._app.now)
            store.record_decision(
                organisation_id,
                application_id,
                action="advance",
                actor=actor,
                reason=reason,
                now=self._app.now,
                person=person,
            )
            if interview is None or not alive:
                return self.invite(store, job, application).id
            reported = store.report_of(organisation_id, interview.id) is not None
            stage: Stage = "reported" if reported else STAGE_OF[interview.state]
            store.set_stage(organisation_id, application_id, stage, now=self._app.now)
            return interview.id

    def reject(self, organisation_id: str, rejections: Sequence[Rejection], *, person: Person, reason: str) -> None:
        """A person decided against these, by name and with a reason: all of them or, on Conflict, none. An invitation
        not yet opened is withdrawn; an interview under way is not cut off (Conflict)."""
        with self._app.database.store() as store:
            for one in rejections:
                self._reject(store, organisation_id, one, person, reason)

    def _reject(self, store: Store, organisation_id: str, one: Rejection, person: Person, reason: str) -> None:
        interview = store.interview_of(organisation_id, one.application_id)
        if interview is not None and interview.state in ("in_progress", "paused"):
            raise Conflict("The interview is under way. Decide when it has ended.")
        stood = store.application(organisation_id, one.application_id).stage
        if stood in DECIDED:
            raise Conflict("This application was rejected or withdrawn already. Reload to see where it stands.")
        store.reject(
            organisation_id,
            one.application_id,
            person=person,
            reason=reason,
            basis={**one.basis, "stage": stood},
            now=self._app.now,
        )
        what = "reject_many" if one.basis.get("together", 1) > 1 else "reject"
        store.add_review_event(organisation_id, one.application_id, "decided", what, person=person, now=self._app.now)
        if interview is not None and interview.state == "invited":
            store.set_interview_state(organisation_id, interview.id, "withdrawn", now=self._app.now, reason="rejected")
        application = store.application(organisation_id, one.application_id)
        tell_of_rejection(store, application, now=self._app.now)
        by_itself(self._app, store, "rejection", interview, application)

    def renew_link(self, organisation_id: str, interview_id: str) -> tuple[str, datetime]:
        """A fresh link (the old one and the old room session die) for a person to hand on: URL and expiry."""
        token = self._app.signer.link_token()
        url = self._url(f"/i/{token}")
        with self._app.database.store() as store:
            case = store.application(organisation_id, store.interview(organisation_id, interview_id).application_id)
            expires_at = self._expiry(notices.first_day(self._app, store, case))
            interview = store.renew_link(
                organisation_id, interview_id, link_hash=digest(token), expires_at=expires_at, now=self._app.now
            )
            remind(self._app, store, interview, url)
        return url, expires_at

    def invite(self, store: Store, job: Job, application: Application) -> Interview:
        """Interview row and e-mail in the caller's transaction: both or neither. Raises Suspended, and Conflict where
        the job waits for its approval."""
        organisation_id, token = job.organisation_id, self._app.signer.link_token()
        store.must_run(organisation_id, application.id)
        if store.unapproved(organisation_id, job.id):
            raise Conflict(UNAPPROVED)
        if application.candidate.opted_out_at is not None:
            raise Conflict(notices.SILENT)
        expires_at = self._expiry(notices.first_day(self._app, store, application))
        said = notices.for_invitation(self._app, store, application)
        interview, created = store.add_interview(
            organisation_id,
            application_id=application.id,
            plan=self._plan(store, job),
            link_hash=digest(token),
            expires_at=expires_at,
            now=self._app.now,
        )
        if not created and interview.state not in ("expired", "withdrawn"):
            return interview
        if not created:
            store.renew_link(
                organisation_id, interview.id, link_hash=digest(token), expires_at=expires_at, now=self._app.now
            )
            store.set_stage(organisation_id, application.id, "invited", now=self._app.now)
        key = f"invitation:{interview.id}" if created else f"invitation:{interview.id}:{digest(token)[:12]}"
        who = self._facts(store, job, application, interview.minutes, interview.expires_at, token)
        if (dial := dialling.issue(self._app, store, job, interview)) is not None:
            who = replace(who, number=dial.number, code=dial.spelled)
        store.add_delivery(
            organisation_id,
            kind="email",
            key=key,
            payload={"message": self._sent(who, key, said)},
            subject=application.candidate_id,
            application_id=application.id,
            now=self._app.now,
        )
        notices.record(self._app, store, application, said, channel="mail")
        texting.queue(self._app, store, application, who, "invitation", key)
        return interview

    def _sent(self, who: Invitation, key: str, said: Sequence[notices.Said]) -> str:
        """The invitation as sent; empty without a usable address: the delivery then says so, and a person can hand the
        link on. One odd address must not keep the others from being invited."""
        try:
            words = [one.text for one in said]
            return invitation(who, key=key, now=self._app.now, notices=words).as_string(policy=policy.SMTP)
        except BadRequest:
            return ""

    def letter(self, store: Store, job: Job, application: Application) -> EmailMessage:
        """The invitation as it would be sent now, with dots for the link. Raises BadRequest without a usable
        address."""
        plan, said = store.plan(job.organisation_id, job.id), notices.for_invitation(self._app, store, application)
        minutes = plan.minutes if plan is not None else job.minutes
        until = self._expiry(notices.first_day(self._app, store, application))
        facts = self._facts(store, job, application, minutes, until, "...")
        return invitation(facts, key="preview", now=self._app.now, notices=[one.text for one in said])

    def _facts(
        self, store: Store, job: Job, application: Application, minutes: int, expires_at: datetime, token: str
    ) -> Invitation:
        interview = store.interview_of(job.organisation_id, application.id)
        plan = store.plan(job.organisation_id, job.id)
        return addressed(
            self._app,
            store,
            application,
            interview=interview,
            minutes=minutes,
            link=self._url(f"/i/{token}"),
            expires=expires_at,
            language=plan.language if plan is not None else "en",
        )

    def _plan(self, store: Store, job: Job) -> InterviewPlan:
        """The kit, with the posting's own sentences behind what the recruiter wrote for candidates' questions."""
        pinned = store.plan(job.organisation_id, job.id)
        if pinned is None:
            pinned = kits.start_from(store, job, None, author="Foyer", now=self._app.now)
        return pinned.model_copy(update={"facts": (*pinned.facts, *posting_facts(job.text))})

    def _one_each(self, store: Store, organisation_id: str, due: list[Application]) -> list[Application]:
        """The same person twice (by e-mail or telephone) gets one invitation; the other copy waits for a person."""
        chosen: list[Application] = []
        for application in due:
            if application.stage == "advanced":  # a person said so
                chosen.append(application)
                continue
            others = [
                other
                for other in store.same_person(organisation_id, application.id)
                if other.job_id == application.job_id
            ]
            taken = any(other.id == one.id for other in others for one in chosen) or any(
                store.interview_of(organisation_id, other.id) is not None for other in others
            )
            if taken:
                self._hold_copy(store, application)
            else:
                chosen.append(application)
        return chosen

    def _hold_copy(self, store: Store, application: Application) -> None:
        result = store.screening(application.organisation_id, application.id)
        if result is None:
            return
        flag = Flag(code="same_person", detail="The same e-mail or telephone number as another application.")
        held = result.model_copy(update={"decision": "review", "flags": (*result.flags, flag)})
        version = store.job(application.organisation_id, application.job_id).requirements_version
        store.record_screening(
            application.organisation_id, application.id, held, requirements_version=version, now=self._app.now
        )

    def _expiry(self, first: date | None) -> datetime:
        """`first`: the day before which the law lets nobody use the invitation."""
        begins = self._app.now
        if first is not None:
            begins = max(begins, business_days.begins(first).astimezone(UTC))
        return begins + timedelta(days=self._app.settings.voice.link_days)

    def _url(self, path: str) -> str:
        return address_of(self._app, path)
