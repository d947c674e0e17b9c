"""The steps up to the invitation: read, parse, score, invite. `api.pipeline` makes them durable; each may run twice and
then finds its work done. Transactions are short: reading and scoring happen outside them. `api.outcomes` goes on."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from email import policy
from typing import TYPE_CHECKING

from api.security import digest
from integrations.mail import Invitation, invitation
from interview.plan import make_plan
from models.errors import UnreadableDocument
from models.records import Application, Interview, Job
from models.store import Store
from models.values import (
    InterviewPlan,
    ParsedResume,
)
from screening.duplicates import same_person_key
from screening.parse import parse
from screening.screen import Screener

if TYPE_CHECKING:
    from api.deps import App


class Stages:
    """The steps, over one running App. Thread-safe: workflows run in threads."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._screeners: dict[tuple[str, int, float], Screener] = {}

    # ------------------------------------------------------------ screening

    def read_and_parse(self, organisation_id: str, application_id: str) -> bool:
        """File -> text -> Resume. False when the file is unreadable, which is recorded with its reason."""
        with self._app.database.reading() as store:
            application = store.application(organisation_id, application_id)
            document = store.document(organisation_id, application.document_id)
        if application.stage != "received":
            return application.stage != "unreadable"
        if document.parsed is not None:
            return True
        try:
            text = self._app.engines.reader.read(self._app.files.get(document.sha256), document.filename)
        except UnreadableDocument as problem:
            self.record_problem(organisation_id, application_id, problem.reason, problem.detail)
            return False
        parsed = parse(text, now=self._app.now.date())
        with self._app.database.store() as store:
            store.record_parsed(organisation_id, application_id, parsed, now=self._app.now)
        return True

    def score(self, organisation_id: str, application_id: str) -> str:
        """Judge the parsed resume against the job's requirements. Returns the job's id."""
        with self._app.database.reading() as store:
            application = store.application(organisation_id, application_id)
            document = store.document(organisation_id, application.document_id)
            job = store.job(organisation_id, application.job_id)
        if application.stage == "received" and document.parsed is not None:
            parsed = ParsedResume.model_validate(document.parsed)
            result = self._screener(organisation_id, job).screen(parsed, now=self._app.now.date())
            with self._app.database.store() as store:
                store.record_screening(
                    organisation_id,
                    application_id,
                    result,
                    requirements_version=job.requirements_version,
                    now=self._app.now,
                )
        return application.job_id

    def record_problem(self, organisation_id: str, application_id: str, reason: str, detail: str) -> None:
        with self._app.database.store() as store:
            store.record_problem(organisation_id, application_id, reason=reason, detail=detail, now=self._app.now)

    def _screener(self, organisation_id: str, job: Job) -> Screener:
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
                )
            return self._screeners[key]

    # ------------------------------------------------------------ invitation

    def invite_by_policy(self, organisation_id: str, job_id: str) -> int:
        """Invite whoever the job's policy lets through now; returns how many. With a cap on interviews the best are
        meant, so it waits until nobody is left to screen."""
        with self._app.database.store() as store:
            job = store.job(organisation_id, job_id, lock=True)
            if job.invite_policy != "at_once" or job.state != "open":
                return 0
            due = store.to_invite(organisation_id, job_id)
            if job.max_interviews is not None:
                if store.job_counts(organisation_id).get(job_id, {}).get("received", 0):
                    return 0
                due = due[: max(0, job.max_interviews - store.invited_count(organisation_id, job_id))]
            for application in self._one_each(store, organisation_id, job_id, due):
                self._invite(store, job, application)
            return len(due)

    def invite_waiting(self, organisation_id: str, application_id: str) -> int:
        """An unreadable file may have been the last one that others of its job waited for."""
        with self._app.database.reading() as store:
            job_id = store.application(organisation_id, application_id).job_id
        return self.invite_by_policy(organisation_id, job_id)

    def invite_one(self, organisation_id: str, application_id: str) -> str:
        """A person wants this one interviewed, whatever the score. Returns the interview's id."""
        with self._app.database.store() as store:
            application = store.application(organisation_id, application_id)
            job = store.job(organisation_id, application.job_id)
            return self._invite(store, job, application).id

    def renew_link(self, organisation_id: str, interview_id: str) -> tuple[str, datetime]:
        """A fresh link (the old one and the old room session die) for a person to hand on: URL and expiry."""
        token, expires_at = self._app.signer.link_token(), self._expiry()
        with self._app.database.store() as store:
            store.renew_link(
                organisation_id, interview_id, link_hash=digest(token), expires_at=expires_at, now=self._app.now
            )
        return self._url(f"/i/{token}"), expires_at

    def _invite(self, store: Store, job: Job, application: Application) -> Interview:
        """Interview row and e-mail in the caller's transaction: both or neither."""
        token = self._app.signer.link_token()
        plan = self._plan(store, job)
        interview, created = store.add_interview(
            job.organisation_id,
            application_id=application.id,
            plan=plan,
            link_hash=digest(token),
            expires_at=self._expiry(),
            now=self._app.now,
        )
        if created:
            candidate = store.candidate(job.organisation_id, application.candidate_id)
            key = f"invitation:{interview.id}"
            message = invitation(
                Invitation(
                    candidate_name=candidate.name or "",
                    candidate_email=candidate.email or "",
                    organisation=store.organisation(job.organisation_id).name,
                    job_title=job.title,
                    minutes=plan.minutes,
                    link=self._url(f"/i/{token}"),
                    expires=interview.expires_at,
                    contact=self._app.settings.mail.sender,
                    sender=self._app.settings.mail.sender,
                ),
                key=key,
                now=self._app.now,
            )
            store.add_delivery(
                job.organisation_id,
                kind="email",
                key=key,
                payload={"message": message.as_string(policy=policy.SMTP)},
                subject=application.candidate_id,
                application_id=application.id,
                now=self._app.now,
            )
        return interview

    def _plan(self, store: Store, job: Job) -> InterviewPlan:
        pinned = store.plan(job.organisation_id, job.id)
        if pinned is not None:
            return pinned
        requirements = store.requirements(job.organisation_id, job.id)
        plan = make_plan(job.title, requirements, minutes=job.minutes, plan_id=f"kit-{job.id}")
        store.set_plan(job.organisation_id, job.id, plan)
        return plan

    def _one_each(self, store: Store, organisation_id: str, job_id: str, due: list[Application]) -> list[Application]:
        """The same person twice (e-mail or phone) gets one invitation; the other copy waits for a person."""
        seen: set[str] = set()
        for interview in store.interviews(organisation_id, job_id):
            invited = store.application(organisation_id, interview.application_id)
            seen.update(self._person_keys(store, organisation_id, invited))
        chosen = []
        for application in due:
            keys = self._person_keys(store, organisation_id, application)
            if seen.isdisjoint(keys):
                chosen.append(application)
            seen.update(keys)
        return chosen

    @staticmethod
    def _person_keys(store: Store, organisation_id: str, application: Application) -> list[str]:
        parsed = store.document(organisation_id, application.document_id).parsed
        return same_person_key(ParsedResume.model_validate(parsed).resume) if parsed is not None else []

    def _expiry(self) -> datetime:
        return self._app.now + timedelta(days=self._app.settings.voice.link_days)

    def _url(self, path: str) -> str:
        return self._app.settings.base_url.rstrip("/") + path
