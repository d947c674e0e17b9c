"""The interview: invitation, words, report, and the reviews of people."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, Float, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.columns import Json, Sealed, SealedJson
from models.records.base import Base, BookingState, InterviewState, LinkKind, RemarkKind, RequestKind, ReviewKind, to

UNREPORTED = text("state = 'completed' AND reported_at IS NULL")
"""Written out, so that an index can hold these alone."""


class Interview(Base):
    """One per application, or two where it was held again: `attempt` counts from 1. Link and session are kept as hashes
    only."""

    __tablename__ = "interviews"
    __table_args__ = (
        UniqueConstraint("application_id", "attempt"),
        Index("ix_interviews_organisation_id_invited_at", "organisation_id", "invited_at"),
        Index("ix_interviews_organisation_id_completed_at", "organisation_id", "completed_at", "id"),
        Index("ix_interviews_organisation_id_state_invited_at", "organisation_id", "state", "invited_at"),
        Index("ix_interviews_state_expires_at", "state", "expires_at"),
        Index("ix_interviews_job_id_invited_at", "job_id", "invited_at", "id"),
        Index("ix_interviews_job_id_state", "job_id", "state"),
        Index("ix_interviews_unreported", "state", "id", sqlite_where=UNREPORTED, postgresql_where=UNREPORTED),
    )

    application_id: Mapped[str] = mapped_column(String(64), ForeignKey("applications.id"))
    job_id: Mapped[str] = mapped_column(String(64), ForeignKey("jobs.id"))
    """The application's, which no application changes: lists of a job count by it."""
    attempt: Mapped[int] = mapped_column(Integer, default=1)
    cause: Mapped[str | None] = mapped_column(Sealed)
    """Why it is held again; None for the first."""
    chosen_at: Mapped[datetime | None]
    """When a person said that this one counts; of several, the latest holds."""
    state: Mapped[InterviewState] = mapped_column(String(32), index=True)
    plan: Mapped[dict[str, Any]] = mapped_column(Json)
    minutes: Mapped[int] = mapped_column(Integer)
    link_hash: Mapped[str] = mapped_column(String(64), unique=True)
    link_used_at: Mapped[datetime | None]
    session_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    invited_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    reminded_at: Mapped[datetime | None]
    """When they were last sent a reminder of the invitation."""
    zone: Mapped[str | None] = mapped_column(String(64))
    """The candidate's time zone, as their browser said when it first opened the link."""
    started_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    reported_at: Mapped[datetime | None]
    """When it had its first report."""
    finish_reason: Mapped[str | None] = mapped_column(String(64))
    cut_off_at: Mapped[datetime | None]
    """When a suspension found it under way; None again once the candidate goes on. What was cut off is not judged by
    itself."""
    engines: Mapped[dict[str, Any] | None] = mapped_column(Json)
    problem: Mapped[str | None] = mapped_column(Sealed)
    """Why there is no report although the interview is over; tried again until it goes away."""
    recording_sha256: Mapped[str | None] = mapped_column(String(64))
    """Both voices as FLAC in `models.files`, kept when the interview is over."""
    captured: Mapped[int] = mapped_column(BigInteger, default=0)
    captured_frames: Mapped[int] = mapped_column(BigInteger, default=0)
    """Where several nodes may hold it: how far the microphone got on any of them. -1: the recording was erased."""
    recording_missing: Mapped[list[list[float]] | None] = mapped_column(Json)
    """(from, to) in seconds of what a machine holds that is away, and the recording lacks until it is back."""


class EntryCode(Base):
    """A one-time code, as a keyed hash. `mark` tells its message from others; `by`: mail, or a person who handed it
    on."""

    __tablename__ = "entry_codes"

    interview_id: Mapped[str] = to("interviews.id")
    hash: Mapped[str] = mapped_column(String(64))
    mark: Mapped[str] = mapped_column(String(8))
    by: Mapped[str] = mapped_column(String(32))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(Integer, default=0)
    used_at: Mapped[datetime | None]


class Booking(Base):
    """The time a candidate chose, in the zone they read it in. `sequence` counts changes, for their calendar."""

    __tablename__ = "bookings"

    interview_id: Mapped[str] = mapped_column(String(64), ForeignKey("interviews.id"), unique=True)
    state: Mapped[BookingState] = mapped_column(String(32))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    zone: Mapped[str] = mapped_column(String(64))
    sequence: Mapped[int] = mapped_column(Integer, default=0)
    made_at: Mapped[datetime]


class Place(Base):
    """One of the installation's places, numbered from 0, for the five minutes from `at`: given once."""

    __tablename__ = "places"
    __table_args__ = (UniqueConstraint("at", "number"),)

    interview_id: Mapped[str] = to("interviews.id")
    at: Mapped[datetime]
    number: Mapped[int] = mapped_column(Integer)


class CandidateRequest(Base):
    """What a candidate asks of the employer, and the answer. `detail`: {"wishes": [...], "text": ...}; `during`: asked
    in the interview itself."""

    __tablename__ = "candidate_requests"

    interview_id: Mapped[str] = to("interviews.id")
    kind: Mapped[RequestKind] = mapped_column(String(32))
    detail: Mapped[dict[str, Any]] = mapped_column(SealedJson)
    during: Mapped[bool] = mapped_column(Boolean)
    made_at: Mapped[datetime]
    answer: Mapped[str | None] = mapped_column(Sealed)
    answered_by: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[datetime | None]


class InterviewEvent(Base):
    """What happened, in order: replaying them gives the dialogue's state. `at` is seconds since the epoch."""

    __tablename__ = "interview_events"
    __table_args__ = (UniqueConstraint("interview_id", "seq"),)

    interview_id: Mapped[str] = to("interviews.id")
    seq: Mapped[int] = mapped_column(Integer)
    at: Mapped[float] = mapped_column(Float)
    event: Mapped[dict[str, Any]] = mapped_column(SealedJson)


class Consent(Base):
    """Which words a candidate agreed to, and when."""

    __tablename__ = "consents"

    interview_id: Mapped[str] = to("interviews.id")
    text_version: Mapped[str] = mapped_column(String(64))
    text_sha256: Mapped[str] = mapped_column(String(64))
    given_at: Mapped[datetime]


class Reuse(Base):
    """A candidate's consent that an earlier interview (`source_id`) stands for the one they are invited to. It is done
    when `due_at` comes (`used_at`); until the report is delivered they may take it back (`withdrawn_at`)."""

    __tablename__ = "reuses"

    interview_id: Mapped[str] = to("interviews.id")
    source_id: Mapped[str] = to("interviews.id")
    text_version: Mapped[str] = mapped_column(String(64))
    text_sha256: Mapped[str] = mapped_column(String(64))
    given_at: Mapped[datetime]
    due_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]


class Remark(Base):
    """What a candidate says about their interview when it is over. Nothing is overwritten: the newest counts.

    correction: `turn` (its place in the transcript) as it was said; the transcript itself stays. feedback: `rating` 1
    to 5 and words, or either."""

    __tablename__ = "remarks"

    interview_id: Mapped[str] = to("interviews.id")
    kind: Mapped[RemarkKind] = mapped_column(String(32))
    turn: Mapped[int | None] = mapped_column(Integer)
    rating: Mapped[int | None] = mapped_column(Integer)
    text: Mapped[str] = mapped_column(Sealed)
    at: Mapped[datetime]


class Report(Base):
    """A `values.Scorecard` as JSON, and the report's files in `models.files`: as page, and by docs/schemas (None in
    reports written before there was that)."""

    __tablename__ = "reports"
    __table_args__ = (UniqueConstraint("interview_id", "version"),)

    interview_id: Mapped[str] = to("interviews.id")
    application_id: Mapped[str] = to("applications.id")
    version: Mapped[int] = mapped_column(Integer)
    scorecard: Mapped[dict[str, Any]] = mapped_column(SealedJson)
    html_sha256: Mapped[str] = mapped_column(String(64))
    json_sha256: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime]


class ReportLink(Base):
    """A way to a report. ats: carried by results, asks for a sign-in, lives until it is revoked. shared: opens by the
    token whose sha256 `hash` is, until it expires or is revoked; `audio`: the recording plays too."""

    __tablename__ = "report_links"

    interview_id: Mapped[str] = to("interviews.id")
    kind: Mapped[LinkKind] = mapped_column(String(32))
    hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    audio: Mapped[bool] = mapped_column(Boolean)
    note: Mapped[str | None] = mapped_column(Sealed)
    made_by: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None] = mapped_column(Text)
    used_at: Mapped[datetime | None]
    uses: Mapped[int] = mapped_column(Integer, default=0)


class Review(Base):
    """What a reviewer says of an interview; only ever added to. `number` counts their own from 0: first the blind
    rating, or that they looked without one; from 1 on their final ratings, of which the newest counts.

    `content`: {"ratings": [...], "reason": ...}. `report_id`: the report that a final rating stands beside."""

    __tablename__ = "reviews"
    __table_args__ = (
        UniqueConstraint("interview_id", "reviewer_key", "number"),
        Index("ix_reviews_organisation_id_at", "organisation_id", "at"),
    )

    interview_id: Mapped[str] = to("interviews.id")
    reviewer: Mapped[str] = mapped_column(Text)
    reviewer_key: Mapped[str] = mapped_column(String(64))
    number: Mapped[int] = mapped_column(Integer)
    kind: Mapped[ReviewKind] = mapped_column(String(32))
    content: Mapped[dict[str, Any]] = mapped_column(SealedJson)
    report_id: Mapped[str | None] = mapped_column(String(64), ForeignKey("reports.id"))
    at: Mapped[datetime]
    pairs: Mapped[int | None] = mapped_column(Integer)
    """Of a blind one: competencies that both it and Foyer rated; `same`: as Foyer; `near`: a level apart at most. None:
    not counted yet."""
    same: Mapped[int | None] = mapped_column(Integer)
    near: Mapped[int | None] = mapped_column(Integer)
