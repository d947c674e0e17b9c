"""A second interview of one application and which of the two counts; an earlier interview used again by consent. Part
of `models.store.Store`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select

from models.errors import Conflict
from models.records import (
    Application,
    Candidate,
    CandidateRequest,
    Delivery,
    DeliveryAttempt,
    Interview,
    Personal,
    Report,
    ReportLink,
    Reuse,
    Review,
    new_id,
)
from models.store.base import DECIDED
from models.store.interviews import Interviews

MOST_ATTEMPTS = 2
PROPER = frozenset({"completed", "time"})
"""Finish reasons of an interview that went to its end."""
REUSED = "reused"
"""Finish reason of one that was not held, for an earlier one stands for it."""
ONE_ONLY = (
    "This interview was opened a second time already, and it can be only once. Both are kept; a person at the employer "
    "can hold the next conversation."
)


def counting(held: Sequence[Interview]) -> Interview | None:
    """Of an application's interviews (oldest first) the one whose report stands: what a person chose last, else the
    latest that was held again and went to its end, else the first."""
    chosen = [(each.chosen_at, each) for each in held if each.chosen_at is not None]
    if chosen:
        return max(chosen, key=lambda one: one[0])[1]
    ended = [each for each in held[1:] if each.state == "completed" and each.finish_reason in PROPER]
    return next(iter([*reversed(ended), *held]), None)


class Attempts(Interviews):
    # ------------------------------------------------------------ held again

    def counting(self, organisation_id: str, application_id: str) -> Interview | None:
        return counting(self.interviews_of(organisation_id, application_id))

    def add_retake(
        self, organisation_id: str, application_id: str, *, cause: str, expires_at: datetime, now: datetime
    ) -> Interview:
        """The same plan once more, as a row of its own; the candidate's link leads to it from now on. What was broken
        off is closed, and nothing of it is changed otherwise. Raises Conflict."""
        application = self._lock(Application, organisation_id, application_id)
        held = self.interviews_of(organisation_id, application_id)
        if len(held) >= MOST_ATTEMPTS:
            raise Conflict(ONE_ONLY)
        if application.stage in DECIDED:
            raise Conflict(f"The application is {application.stage}; there is no interview to hold again.")
        if not held or held[0].state not in ("in_progress", "paused", "completed"):
            raise Conflict("There is no interview that was begun. Start it first; a link can be renewed at any time.")
        first = held[0]
        if first.state != "completed":
            self.set_interview_state(organisation_id, first.id, "completed", now=now, reason="abandoned")
        link_hash, first.link_hash = first.link_hash, f"moved-{new_id()}"
        self._session.flush()
        application.updated_at = now
        second = self._add(
            Interview(
                organisation_id=organisation_id,
                application_id=application_id,
                job_id=application.job_id,
                attempt=first.attempt + 1,
                cause=Personal(cause, subject=application.candidate_id),
                state="invited",
                plan=first.plan,
                minutes=first.minutes,
                link_hash=link_hash,
                invited_at=now,
                expires_at=expires_at,
            )
        )
        about = application.candidate_id
        self._note(organisation_id, "interview.reopened", "interview", second.id, about=about, first=first.id)
        return second

    def choose_interview(self, organisation_id: str, id: str, now: datetime) -> Interview:
        """A person says that this one counts. Raises Conflict when there is nothing to choose."""
        interview = self._lock(Interview, organisation_id, id)
        if interview.state != "completed":
            raise Conflict("This interview is not over; one that is over can count.")
        current = self.counting(organisation_id, interview.application_id)
        if current is not None and current.id == id:
            raise Conflict("This interview counts already.")
        interview.chosen_at = now
        newest = select(Report).where(Report.interview_id == id).order_by(Report.version.desc()).limit(1)
        if (report := self._session.scalar(newest)) is not None:
            application = self._own(Application, organisation_id, interview.application_id)
            application.overall = report.scorecard.get("overall")
            application.recommendation = report.scorecard.get("recommendation")
        self._note(organisation_id, "interview.chosen", "interview", id, about=self._whose(id))
        self._session.flush()
        return interview

    # ------------------------------------------------------------ used again

    def earlier_interviews(self, organisation_id: str, application_id: str, since: datetime) -> list[Interview]:
        """Of other applications with the same e-mail address: those that count, went to their end since then, and whose
        candidate did not ask for erasure. Newest first."""
        candidate = self._own(Application, organisation_id, application_id).candidate
        if candidate.email_key is None:
            return []
        erasure = (
            select(CandidateRequest.id)
            .join(Interview, CandidateRequest.interview_id == Interview.id)
            .where(Interview.application_id == Application.id, CandidateRequest.kind == "erasure")
            .correlate(Application)
        )
        query = (
            select(Interview)
            .join(Application, Interview.application_id == Application.id)
            .join(Candidate, Application.candidate_id == Candidate.id)
            .where(Interview.organisation_id == organisation_id, Candidate.email_key == candidate.email_key)
            .where(Application.id != application_id, Interview.state == "completed", ~erasure.exists())
            .where(Interview.finish_reason.in_(PROPER), Interview.completed_at >= since)
            .order_by(Interview.completed_at.desc(), Interview.id.desc())
        )
        return [each for each in self._session.scalars(query) if self._counts(each)]

    def _counts(self, interview: Interview) -> bool:
        current = self.counting(interview.organisation_id, interview.application_id)
        return current is not None and current.id == interview.id

    def add_reuse(
        self,
        organisation_id: str,
        interview_id: str,
        *,
        source_id: str,
        text_version: str,
        text_sha256: str,
        due_at: datetime,
        now: datetime,
    ) -> Reuse:
        """Consent was given; again changes nothing. Raises Conflict once the interview has begun or is over."""
        interview = self._lock(Interview, organisation_id, interview_id)
        if interview.state != "invited" or interview.started_at is not None:
            raise Conflict("This interview has begun or is over; an earlier one cannot take its place any more.")
        self._own(Interview, organisation_id, source_id)
        if (known := self.reuse_of(organisation_id, interview_id)) is not None:
            return known
        self._note(
            organisation_id,
            "consent.given",
            "interview",
            interview_id,
            about=self._whose(interview_id),
            text_version=text_version,
            text_sha256=text_sha256,
            source=source_id,
        )
        return self._add(
            Reuse(
                organisation_id=organisation_id,
                interview_id=interview_id,
                source_id=source_id,
                text_version=text_version,
                text_sha256=text_sha256,
                given_at=now,
                due_at=due_at,
            )
        )

    def reuse_of(self, organisation_id: str, interview_id: str) -> Reuse | None:
        """The consent that was not taken back."""
        self._own(Interview, organisation_id, interview_id)
        query = select(Reuse).where(Reuse.interview_id == interview_id, Reuse.withdrawn_at.is_(None))
        return self._session.scalar(query.order_by(Reuse.given_at.desc()).limit(1))

    def reuses(self, organisation_id: str, interview_id: str) -> list[Reuse]:
        """Those taken back too; oldest first."""
        self._own(Interview, organisation_id, interview_id)
        query = select(Reuse).where(Reuse.interview_id == interview_id).order_by(Reuse.given_at, Reuse.id)
        return list(self._session.scalars(query))

    def use_earlier(self, organisation_id: str, interview_id: str, now: datetime) -> bool:
        """The time has come: the interview is over, and the earlier one's transcript is its own. False: nothing to
        do."""
        interview = self._lock(Interview, organisation_id, interview_id)
        reuse = self.reuse_of(organisation_id, interview_id)
        if reuse is None or reuse.used_at is not None or interview.state != "invited":
            return False
        reuse.used_at = now
        self.set_interview_state(organisation_id, interview_id, "completed", now=now, reason=REUSED)
        return True

    def held(self, interview: Interview) -> Interview:
        """The interview whose words and recording stand behind this one: nearly always itself."""
        if interview.finish_reason != REUSED:
            return interview
        reuse = self.reuse_of(interview.organisation_id, interview.id)
        return interview if reuse is None else self.interview(interview.organisation_id, reuse.source_id)

    def is_delivered(self, organisation_id: str, interview_id: str) -> bool:
        """Whether its report has reached anybody: a receiver of results, or a person, where there is no receiver, one
        has decided, rates it, or has opened a link to it."""
        interview = self._own(Interview, organisation_id, interview_id)
        application = self._own(Application, organisation_id, interview.application_id)
        reports = self._reports(interview_id)
        opened = select(ReportLink.id).where(ReportLink.interview_id == interview_id, ReportLink.uses > 0)
        rated = select(Review.id).where(Review.interview_id == interview_id)
        if any(self._session.scalar(seen.limit(1)) is not None for seen in (rated, opened)):
            return True
        if not reports:
            return False
        states = [each.state for report in reports for each in self._pushes(report)]
        return not states or "delivered" in states or application.stage in DECIDED

    def end_reuse(
        self, organisation_id: str, interview_id: str, *, expires_at: datetime, now: datetime
    ) -> tuple[bool, list[str]]:
        """Consent is taken back, and what came of it goes: report, links to it, and deliveries under way. The interview
        waits to be held, at least until `expires_at` where it had ended. Returns whether there was a consent, and the
        sha256 of files to drop. Raises Conflict when the report is delivered."""
        interview = self._lock(Interview, organisation_id, interview_id)
        reuse = self.reuse_of(organisation_id, interview_id)
        if reuse is None:
            return False, []
        if self.is_delivered(organisation_id, interview_id):
            raise Conflict("The report is with the employer already. Please write to them.")
        reuse.withdrawn_at = now
        self._note(organisation_id, "consent.withdrawn", "interview", interview_id, about=self._whose(interview_id))
        reports = self._reports(interview_id)
        for report in reports:
            pushes = [each.id for each in self._pushes(report)]
            self._session.execute(delete(DeliveryAttempt).where(DeliveryAttempt.delivery_id.in_(pushes)))
            self._session.execute(delete(Delivery).where(Delivery.id.in_(pushes)))
            self._session.delete(report)
        interview.reported_at = None
        self._session.execute(delete(ReportLink).where(ReportLink.interview_id == interview_id))
        if reuse.used_at is not None and interview.finish_reason == REUSED:
            interview.state, interview.completed_at, interview.finish_reason = "invited", None, None
            interview.expires_at = max(interview.expires_at, expires_at)
            self._move(interview, "invited", now)
        self._session.flush()
        files = [sha for report in reports for sha in (report.html_sha256, report.json_sha256) if sha]
        return True, files

    def _reports(self, interview_id: str) -> list[Report]:
        return list(self._session.scalars(select(Report).where(Report.interview_id == interview_id)))

    def _pushes(self, report: Report) -> list[Delivery]:
        mine = (Delivery.organisation_id == report.organisation_id) & Delivery.key.startswith(f"report:{report.id}:")
        return list(self._session.scalars(select(Delivery).where(mine)))
