"""Interviews, their events and consents. Part of `models.store.Store`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, get_args

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from models.errors import BadRequest, Conflict, Gone
from models.records import (
    Application,
    Booking,
    Consent,
    Interview,
    InterviewEvent,
    InterviewState,
    Job,
    Personal,
    PersonalJson,
    Place,
    Remark,
    RemarkKind,
    Report,
    Stage,
    new_id,
)
from models.store.base import DECIDED, Rows, spent
from models.values import InterviewPlan

STATES: tuple[InterviewState, ...] = get_args(InterviewState)
OVER: frozenset[str] = frozenset({"completed", "expired", "withdrawn"})
CANCELLED = "cancelled"
"""finish_reason of an invitation that another system ordered and then wanted no more."""
MOST_REMARKS = 500
"""For one interview; far more than a person would write."""


class Interviews(Rows):
    def add_interview(
        self,
        organisation_id: str,
        *,
        application_id: str,
        plan: InterviewPlan,
        link_hash: str,
        expires_at: datetime,
        now: datetime,
    ) -> tuple[Interview, bool]:
        """Invites, and says whether it was this call that did. With an interview there already nothing changes and
        `link_hash` is forgotten; a second one is given by `Attempts.add_retake`."""
        application = self._lock(Application, organisation_id, application_id)
        if (known := self.interview_of(organisation_id, application_id)) is not None:
            return known, False
        interview = self._add(
            Interview(
                organisation_id=organisation_id,
                application_id=application_id,
                job_id=application.job_id,
                attempt=1,
                state="invited",
                plan=plan.model_dump(mode="json"),
                minutes=plan.minutes,
                link_hash=link_hash,
                invited_at=now,
                expires_at=expires_at,
            )
        )
        application.stage, application.updated_at = "invited", now
        self._session.flush()
        about = application.candidate_id
        self._note(organisation_id, "interview.invited", "interview", interview.id, about=about, plan=plan.sha256)
        return interview, True

    def interview(self, organisation_id: str, id: str, *, lock: bool = False) -> Interview:
        """`lock`: as of now, and nobody else locks or changes it before this transaction ends."""
        return self._lock(Interview, organisation_id, id) if lock else self._own(Interview, organisation_id, id)

    def interview_of(self, organisation_id: str, application_id: str) -> Interview | None:
        """The newest: the one that the candidate's link leads to."""
        held = self.interviews_of(organisation_id, application_id)
        return held[-1] if held else None

    def interviews_of(self, organisation_id: str, application_id: str) -> list[Interview]:
        """Oldest first."""
        self._own(Application, organisation_id, application_id)
        query = select(Interview).where(Interview.application_id == application_id)
        return list(self._session.scalars(query.order_by(Interview.attempt)))

    def interviews(self, organisation_id: str, job_id: str) -> list[Interview]:
        """Newest first."""
        self._own(Job, organisation_id, job_id)
        query = select(Interview).join(Application, Interview.application_id == Application.id)
        query = query.where(Application.job_id == job_id, Interview.organisation_id == organisation_id)
        return list(self._session.scalars(query.order_by(Interview.invited_at.desc(), Interview.id.desc())))

    def interviews_of_some(self, organisation_id: str, applications: Sequence[str]) -> list[Interview]:
        """Of these applications."""
        query = select(Interview).where(Interview.application_id.in_(applications))
        return list(self._session.scalars(query.where(Interview.organisation_id == organisation_id)))

    def renew_link(
        self, organisation_id: str, id: str, *, link_hash: str, expires_at: datetime, now: datetime
    ) -> Interview:
        """A fresh link for an interview that is not completed; an expired or withdrawn invitation is open again. Voids
        the old link and any session. Raises Gone."""
        interview = self._lock(Interview, organisation_id, id)
        if interview.state in OVER - {"expired", "withdrawn"}:
            raise Gone(f"This interview is {interview.state}; it cannot be opened again.")
        interview.link_hash, interview.expires_at = link_hash, expires_at
        interview.link_used_at = interview.session_hash = None
        if interview.state in OVER:
            interview.state, interview.invited_at = "invited", now
        self._session.flush()
        self._note(organisation_id, "interview.link_renewed", "interview", id, about=self._whose(id))
        return interview

    def open_interview(
        self,
        organisation_id: str,
        id: str,
        *,
        session_hash: str,
        consent_version: str,
        consent_sha256: str,
        now: datetime,
    ) -> Interview:
        """Consent was given: uses up the link and starts the interview (or goes on with it, after a renewed link).

        Raises Gone when it is over or the link has expired, Conflict when the link was used."""
        interview = self._lock(Interview, organisation_id, id)
        if interview.state in OVER:
            raise Gone(f"This interview is {interview.state}. Ask the employer if you need another invitation.")
        if interview.link_used_at is not None:
            raise Conflict(
                "This link was used already. Go on in the window where you opened it, or ask for a new link."
            )
        if interview.expires_at <= now:
            raise Gone("This invitation has expired. Ask the employer for a new link.")
        interview.link_used_at, interview.session_hash = now, session_hash
        interview.state, interview.started_at = "in_progress", interview.started_at or now
        self._move(interview, "interviewing", now)
        self._consented(organisation_id, id, consent_version, consent_sha256, now)
        self._note(organisation_id, "interview.opened", "interview", id, about=self._whose(id))
        return interview

    def _consented(self, organisation_id: str, id: str, version: str, sha256: str, now: datetime) -> None:
        self._session.add(
            Consent(
                organisation_id=organisation_id, interview_id=id, text_version=version, text_sha256=sha256, given_at=now
            )
        )
        self._session.flush()
        self._note(
            organisation_id,
            "consent.given",
            "interview",
            id,
            about=self._whose(id),
            text_version=version,
            text_sha256=sha256,
        )

    def consents(self, organisation_id: str, id: str) -> list[Consent]:
        """Oldest first."""
        self._own(Interview, organisation_id, id)
        query = select(Consent).where(Consent.interview_id == id).order_by(Consent.given_at, Consent.id)
        return list(self._session.scalars(query))

    def consent_text_version(self, organisation_id: str, id: str) -> str | None:
        """Of the consent given last."""
        consents = self.consents(organisation_id, id)
        return consents[-1].text_version if consents else None

    def append_events(
        self, organisation_id: str, id: str, first_seq: int, events: Sequence[tuple[float, Mapping[str, Any]]]
    ) -> None:
        """Events (epoch seconds, JSON) numbered from `first_seq`, all or none. Raises Conflict when a number is taken:
        somebody else is writing this interview."""
        self._own(Interview, organisation_id, id)
        if not events:
            return
        subject = self._whose(id)
        rows = [
            {
                "id": new_id(),
                "organisation_id": organisation_id,
                "interview_id": id,
                "seq": seq,
                "at": at,
                "event": PersonalJson(event, subject=subject),
            }
            for seq, (at, event) in enumerate(events, first_seq)
        ]
        try:
            with self._session.begin_nested():
                self._session.execute(insert(InterviewEvent), rows)
        except IntegrityError as error:
            raise Conflict(
                f"Events from {first_seq} on were written by another process; load the interview again and go on."
            ) from error

    def events(self, organisation_id: str, id: str) -> list[tuple[int, float, dict[str, Any]]]:
        """(seq, epoch seconds, event), in order."""
        self._own(Interview, organisation_id, id)
        query = (
            select(InterviewEvent.seq, InterviewEvent.at, InterviewEvent.event)
            .where(InterviewEvent.interview_id == id)
            .order_by(InterviewEvent.seq)
        )
        return [(seq, at, event) for seq, at, event in self._session.execute(query)]

    def set_interview_state(
        self,
        organisation_id: str,
        id: str,
        state: InterviewState,
        *,
        now: datetime,
        reason: str | None = None,
        engines: Mapping[str, Any] | None = None,
    ) -> Interview:
        """Moves an interview on. `completed` also completes the application's stage; an interview in progress cannot
        expire, unless a suspension has cut it off; what is over gives up its place and stays over (the same state again
        changes nothing). Raises Conflict."""
        if state not in STATES:
            raise BadRequest(f"There is no interview state {state!r}; the states are {', '.join(STATES)}.")
        interview = self._lock(Interview, organisation_id, id)
        if interview.state == state and state in OVER:
            return interview
        lasting = state == "expired" and interview.state == "in_progress" and interview.cut_off_at is None
        if interview.state in OVER or lasting:
            raise Conflict(f"The interview is {interview.state}; it cannot become {state}.")
        interview.state = state
        if reason is not None:
            interview.finish_reason = reason
        if engines is not None:
            interview.engines = dict(engines)
        if state in OVER:
            self._session.execute(delete(Place).where(Place.interview_id == id))
            open_ = (Booking.interview_id == id) & (Booking.state == "booked")
            self._session.execute(update(Booking).where(open_).values(state="cancelled"))
            self._note(
                organisation_id, "interview.ended", "interview", id, about=self._whose(id), state=state, reason=reason
            )
        if state == "completed":
            interview.completed_at = now
            first = select(func.min(Report.created_at)).where(Report.interview_id == id)
            interview.reported_at = self._session.scalar(first)
            self._move(interview, "interviewed", now)
        self._session.flush()
        return interview

    def reopen_invitation(self, organisation_id: str, id: str, *, now: datetime) -> Interview:
        """The rejection that withdrew it is undone: the same link opens it again, as long as it would have. What was
        booked stays given up. Raises Conflict for one that something else ended."""
        interview = self._lock(Interview, organisation_id, id)
        if interview.state != "withdrawn" or interview.finish_reason != "rejected":
            raise Conflict(f"The interview is {interview.state}; it was not withdrawn by a rejection.")
        interview.state = "invited" if interview.expires_at > now else "expired"
        interview.finish_reason = None
        self._session.flush()
        self._note(organisation_id, "interview.reopened", "interview", id, about=self._whose(id))
        return interview

    def take_back_order(self, organisation_id: str, id: str, *, now: datetime) -> None:
        """Whoever ordered the interview wants it no more: the invitation is withdrawn, and the application stands where
        it stood before, so that it can be ordered again."""
        interview = self.set_interview_state(organisation_id, id, "withdrawn", now=now, reason=CANCELLED)
        application = self._lock(Application, organisation_id, interview.application_id)
        if application.stage == "invited":
            application.stage = "screened" if application.score is not None else "unreadable"
            application.updated_at = now
        self._session.flush()

    def add_remark(
        self,
        organisation_id: str,
        id: str,
        kind: RemarkKind,
        text: str,
        *,
        now: datetime,
        turn: int | None = None,
        rating: int | None = None,
    ) -> Remark:
        """A candidate's own word on a completed interview. Raises Conflict before its end, or when there are too
        many."""
        interview = self._lock(Interview, organisation_id, id)
        if interview.state != "completed":
            raise Conflict("The interview is not over yet.")
        if len(self.remarks(organisation_id, id)) >= MOST_REMARKS:
            raise Conflict("There are too many corrections already. Please write to the employer.")
        self._note(organisation_id, "remark.made", "interview", id, about=self._whose(id), remark=kind, turn=turn)
        return self._add(
            Remark(
                organisation_id=organisation_id,
                interview_id=id,
                kind=kind,
                turn=turn,
                rating=rating,
                text=Personal(text, subject=self._whose(id)),
                at=now,
            )
        )

    def remarks(self, organisation_id: str, id: str) -> list[Remark]:
        """Oldest first."""
        self._own(Interview, organisation_id, id)
        query = select(Remark).where(Remark.interview_id == id).order_by(Remark.at, Remark.id)
        return list(self._session.scalars(query))

    def ratings(self, organisation_id: str, job_id: str) -> list[int]:
        """Of a job's interviews, each person's newest; ascending, so that their order says nothing of whose they
        are."""
        self._own(Job, organisation_id, job_id)
        query = select(Interview.application_id, Remark.rating).join(Interview, Remark.interview_id == Interview.id)
        query = query.join(Application, Interview.application_id == Application.id)
        query = query.where(Application.job_id == job_id, Remark.organisation_id == organisation_id)
        query = query.where(Remark.rating.is_not(None)).order_by(Remark.at, Remark.id)
        newest = {whose: rating for whose, rating in self._session.execute(query) if rating is not None}
        return sorted(newest.values())

    def set_recording(
        self, organisation_id: str, id: str, sha256: str | None, *, missing: Sequence[tuple[float, float]] = ()
    ) -> Interview:
        """The recording is safe in `models.files`. `missing`: seconds of it that are on a machine which is away;
        without a hash, all of it."""
        interview = self._lock(Interview, organisation_id, id)
        interview.recording_sha256 = sha256
        interview.recording_missing = [list(each) for each in missing] or None
        self._session.flush()
        return interview

    def note_captured(self, organisation_id: str, id: str, samples: int, frames: int) -> None:
        """How far the microphone got. It never runs backwards."""
        self._own(Interview, organisation_id, id)
        query = update(Interview).where(Interview.id == id, Interview.organisation_id == organisation_id)
        further = query.where(Interview.captured < samples).values(captured=samples, captured_frames=frames)
        self._session.execute(further)

    def forget_recording(self, organisation_id: str, id: str) -> str | None:
        """The recording is about to be erased: its sha256, None where there was none."""
        interview = self._lock(Interview, organisation_id, id)
        sha256, interview.recording_sha256 = interview.recording_sha256, None
        interview.recording_missing, interview.captured = None, -1
        self._note(organisation_id, "recording.erased", "interview", id, about=self._whose(id), sha256=sha256)
        self._session.flush()
        return sha256

    def set_problem(self, organisation_id: str, id: str, problem: str | None) -> Interview:
        """Why the report is not there yet; None when it is."""
        interview = self._lock(Interview, organisation_id, id)
        interview.problem = None if problem is None else Personal(problem, subject=self._whose(id))
        self._session.flush()
        return interview

    def _move(self, interview: Interview, stage: Stage, now: datetime) -> None:
        application = self._lock(Application, interview.organisation_id, interview.application_id)
        if application.stage not in DECIDED:
            application.stage = stage
        if stage == "interviewed" and application.interview_seconds is None:
            application.interview_seconds = spent(application.created_at, now)
        application.updated_at = now
