"""A person's case with a job: the file, its screening, and what people decided."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from sqlalchemy import Boolean, Float, ForeignKey, Index, Integer, String, Text, UniqueConstraint, false, text, true
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from models.columns import Json, Sealed, SealedJson, Utc
from models.errors import Forbidden
from models.records.base import Base, BatchState, NoticeKind, ReviewEventKind, Stage, to
from models.values import Person


class ByPerson(str):
    """A stage that only a person can bring about, with the person who does."""

    __slots__ = ("person",)
    person: Person

    def __new__(cls, stage: Stage, person: Person) -> Self:
        made = super().__new__(cls, stage)
        made.person = person
        return made


class Batch(Base):
    """Files that were handed in together. `total` grows with each application. `agency_id`: by an agency, which said
    in `agency_note` who it is and that it may pass these people's data on. `expected`: how many files are to come,
    where whoever sends them said so; `complete`: nothing more is awaited. Of one that is paused or cancelled nothing
    more is read; `changed_by` says by whom."""

    __tablename__ = "batches"

    job_id: Mapped[str] = to("jobs.id")
    name: Mapped[str] = mapped_column(Text)
    total: Mapped[int] = mapped_column(Integer, default=0)
    agency_id: Mapped[str | None] = mapped_column(String(64), ForeignKey("agency_links.id"), index=True)
    agency_note: Mapped[str | None] = mapped_column(Sealed)
    created_at: Mapped[datetime]
    state: Mapped[BatchState] = mapped_column(String(16), default="running", server_default="running", index=True)
    expected: Mapped[int | None] = mapped_column(Integer)
    complete: Mapped[bool] = mapped_column(Boolean, default=True, server_default=true())
    changed_by: Mapped[str | None] = mapped_column(Text)
    changed_at: Mapped[datetime | None]


class Candidate(Base):
    __tablename__ = "candidates"

    name: Mapped[str | None] = mapped_column(Sealed)
    email: Mapped[str | None] = mapped_column(Sealed)
    phone: Mapped[str | None] = mapped_column(Sealed)
    email_key: Mapped[str | None] = mapped_column(String(64), index=True)
    phone_key: Mapped[str | None] = mapped_column(String(64), index=True)
    created_at: Mapped[datetime]
    opted_out_at: Mapped[datetime | None]
    """They want to hear nothing more: no invitation, no reminder, no other mail."""
    contact_agreed_at: Mapped[datetime | None]
    """They agree to be written to about other jobs; None: they do not, or took it back."""
    contact_agreed_how: Mapped[str | None] = mapped_column(Sealed)
    merged_into: Mapped[str | None] = mapped_column(String(64), index=True)
    """The candidate who has all that was theirs, since a person merged the two."""
    bounced_at: Mapped[datetime | None]
    """Since when mail to this address comes back for good; None again once it is corrected."""
    bounce: Mapped[str | None] = mapped_column(Sealed)
    """What the other side said of it."""
    texts_at: Mapped[datetime | None]
    """When they agreed to be written to by text message."""


class Document(Base):
    """A file in `models.files` (by sha256 of its clear bytes) and, once read, its `values.ParsedResume` as JSON."""

    __tablename__ = "documents"
    __table_args__ = (Index("ix_documents_organisation_id_created_at", "organisation_id", "created_at"),)

    candidate_id: Mapped[str] = to("candidates.id")
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    filename: Mapped[str] = mapped_column(Sealed)
    media_type: Mapped[str] = mapped_column(String(200))
    size: Mapped[int] = mapped_column(Integer)
    parsed: Mapped[dict[str, Any] | None] = mapped_column(SealedJson, deferred=True)
    """Large: loaded by `Store.document` and `Store.parsed` alone."""
    created_at: Mapped[datetime]

    candidate: Mapped[Candidate] = relationship(lazy="raise")


class Application(Base):
    """A candidate's case with one job. Its candidate and document always come along."""

    __tablename__ = "applications"
    __table_args__ = (
        Index("ix_applications_job_id_score", "job_id", "score", "id"),
        Index("ix_applications_job_id_stage_score", "job_id", "stage", "score", "held", "decision"),
        Index("ix_applications_job_id_source", "job_id", "source"),
        Index("ix_applications_batch_id_stage", "batch_id", "stage"),
        Index("ix_applications_organisation_id_job_id_stage", "organisation_id", "job_id", "stage"),
        Index("ix_applications_batch_id_upload_key", "batch_id", "upload_key", unique=True),
        Index(
            "ix_applications_waiting",
            *("job_id", "stage", "decision", "score", "id"),
            sqlite_where=text("superseded_by IS NULL"),
            postgresql_where=text("superseded_by IS NULL"),
        ),
        # What `models.store.insight` counts is read from these alone, in the order in which it is grouped.
        Index(
            "ix_applications_came", "organisation_id", "source", "stage", "decision", "created_at", "job_id", "score"
        ),
        Index("ix_applications_screened", "organisation_id", "source", "screen_seconds", "created_at", "job_id"),
        Index(
            "ix_applications_interviewed",
            *("organisation_id", "source", "interview_seconds", "created_at", "job_id"),
            sqlite_where=text("interview_seconds IS NOT NULL"),
            postgresql_where=text("interview_seconds IS NOT NULL"),
        ),
        Index(
            "ix_applications_ended",
            *(
                "organisation_id",
                "outcome",
                "source",
                "stage",
                "created_at",
                "job_id",
                "score",
                "overall",
                "outcome_at",
            ),
            sqlite_where=text("outcome IS NOT NULL"),
            postgresql_where=text("outcome IS NOT NULL"),
        ),
        # Who is next to be read, batch by batch: as large as the backlog, and empty when there is none.
        Index(
            "ix_applications_line",
            *("organisation_id", "job_id", "batch_id", "id"),
            sqlite_where=text("stage = 'received'"),
            postgresql_where=text("stage = 'received'"),
        ),
    )

    job_id: Mapped[str] = to("jobs.id")
    candidate_id: Mapped[str] = to("candidates.id")
    document_id: Mapped[str] = to("documents.id")
    batch_id: Mapped[str | None] = mapped_column(String(64), ForeignKey("batches.id"))
    upload_key: Mapped[str | None] = mapped_column(String(64))
    """What finds a file again that is handed in twice in one batch: of its name and content, keyed as addresses are."""
    external_id: Mapped[str | None] = mapped_column(String(200), index=True)
    source: Mapped[str] = mapped_column(String(100))
    answers: Mapped[dict[str, Any] | None] = mapped_column(SealedJson)
    """{"answers": [{question, answer}]} of the other system's form, as `exchange.Answer`."""
    ordered: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    """An ATS asked for the interview: no threshold stands before it."""
    superseded_by: Mapped[str | None] = mapped_column(String(64))
    """Another application of the same person for the same job, by the word of who merged the two."""
    stage: Mapped[Stage] = mapped_column(String(32), index=True)
    problem_reason: Mapped[str | None] = mapped_column(String(64))
    problem_detail: Mapped[str | None] = mapped_column(Sealed)
    score: Mapped[float | None] = mapped_column(Float, index=True)
    decision: Mapped[str | None] = mapped_column(String(32))
    overall: Mapped[float | None] = mapped_column(Float)
    """Of the report that stands, 0 to 100, and what it recommends: beside `score`, so that both can be counted without
    opening anybody's report."""
    recommendation: Mapped[str | None] = mapped_column(String(32))
    screen_seconds: Mapped[int | None] = mapped_column(Integer)
    """From coming in to the first screening; beyond a hundred to two digits."""
    interview_seconds: Mapped[int | None] = mapped_column(Integer)
    """From coming in to the first interview's end."""
    outcome: Mapped[str | None] = mapped_column(String(20))
    """What a connected system said last of how it ended: hired, rejected or withdrew; None: nothing, or taken back."""
    outcome_at: Mapped[datetime | None]
    held: Mapped[bool | None] = mapped_column(Boolean)
    """A must-have that is missing or unclear, or a likely copy, keeps them before a person, however high the score."""
    missing: Mapped[int | None] = mapped_column(Integer)
    """Must-haves that are not met; `unclear`: that are unknown; `flagged`: what to check. None: not screened, or before
    these were counted (`Store.count_brief`)."""
    unclear: Mapped[int | None] = mapped_column(Integer)
    flagged: Mapped[int | None] = mapped_column(Integer)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    candidate: Mapped[Candidate] = relationship(lazy="joined", innerjoin=True)
    document: Mapped[Document] = relationship(lazy="joined", innerjoin=True)

    @validates("stage")
    def _nobody_is_rejected_by_code(self, _column: str, stage: str) -> str:
        if stage == "rejected" and not isinstance(stage, ByPerson):
            raise Forbidden("Only a named person can reject somebody: use the form on the application's page.")
        return str.__str__(stage)


class Screening(Base):
    """The one valid screening of an application: a `values.ScreeningResult` as JSON."""

    __tablename__ = "screenings"
    __table_args__ = (
        Index("ix_screenings_application_id_requirements_version", "application_id", "requirements_version"),
    )

    application_id: Mapped[str] = mapped_column(String(64), ForeignKey("applications.id"), unique=True)
    requirements_version: Mapped[int] = mapped_column(Integer)
    result: Mapped[dict[str, Any]] = mapped_column(SealedJson)
    created_at: Mapped[datetime]
    brief: Mapped[dict[str, Any] | None] = mapped_column(SealedJson)
    """What a list shows of it, a tenth of its size (`models.brief`); None: made before there was one."""


class HumanDecision(Base):
    """What was decided about an application, by whom. Only ever added to. `person`: the name of a human being, never
    missing from a rejection; `basis`: what they had opened before ({"seconds", "evidence", ...})."""

    __tablename__ = "human_decisions"

    application_id: Mapped[str] = to("applications.id")
    action: Mapped[str] = mapped_column(String(32))
    actor: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Sealed)
    at: Mapped[datetime]
    person: Mapped[str | None] = mapped_column(Text)
    basis: Mapped[dict[str, Any] | None] = mapped_column(Json)


class ReviewEvent(Base):
    """What a reviewer did with an application, and when. `what`: which page, evidence or decision. Nothing about the
    candidate stands here."""

    __tablename__ = "review_events"
    __table_args__ = (Index("ix_review_events_organisation_id_what", "organisation_id", "what", "kind"),)

    application_id: Mapped[str] = to("applications.id")
    reviewer: Mapped[str] = mapped_column(Text)
    reviewer_key: Mapped[str] = mapped_column(String(64), index=True)
    kind: Mapped[ReviewEventKind] = mapped_column(String(32))
    what: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Utc, index=True)


class Notice(Base):
    """Which words of the law's a candidate was shown, how, and when. `rules`: those that asked for them, with commas;
    `channel`: mail, page or spoken."""

    __tablename__ = "notices"
    __table_args__ = (UniqueConstraint("application_id", "kind", "text_sha256"),)

    application_id: Mapped[str] = to("applications.id")
    kind: Mapped[NoticeKind] = mapped_column(String(32))
    rules: Mapped[str] = mapped_column(Text)
    law_version: Mapped[str] = mapped_column(String(32))
    text_sha256: Mapped[str] = mapped_column(String(64))
    channel: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime]


class LegalHold(Base):
    """Nothing of a person, or of all who applied for a job, is deleted until it is lifted. `reason`: why, without
    anything about the person."""

    __tablename__ = "legal_holds"

    candidate_id: Mapped[str | None] = mapped_column(String(64), ForeignKey("candidates.id"), index=True)
    job_id: Mapped[str | None] = mapped_column(String(64), ForeignKey("jobs.id"), index=True)
    reason: Mapped[str] = mapped_column(Text)
    placed_by: Mapped[str] = mapped_column(Text)
    placed_at: Mapped[datetime]
    lifted_by: Mapped[str | None] = mapped_column(Text)
    lifted_at: Mapped[datetime | None]


class Suspension(Base):
    """A person has suspended automated processing for a job, or (`job_id` None) for the whole organisation, until one
    resumes it. Rows stay: they say who, when and why."""

    __tablename__ = "suspensions"

    job_id: Mapped[str | None] = mapped_column(String(64), ForeignKey("jobs.id"), index=True)
    reason: Mapped[str] = mapped_column(Text)
    suspended_by: Mapped[str] = mapped_column(Text)
    suspended_at: Mapped[datetime]
    resumed_by: Mapped[str | None] = mapped_column(Text)
    resumed_because: Mapped[str | None] = mapped_column(Text)
    resumed_at: Mapped[datetime | None]


class Purge(Base):
    """A certificate: something was deleted because its time was over, or was asked for. It stays when the person has
    gone: `subject` is the sha256 of their id, which nobody can guess and nothing else holds then."""

    __tablename__ = "purges"

    subject: Mapped[str] = mapped_column(String(64), index=True)
    record_class: Mapped[str] = mapped_column(String(32))
    number: Mapped[int] = mapped_column(Integer)
    because: Mapped[str] = mapped_column(Text)
    law_version: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime]
