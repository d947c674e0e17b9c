"""The rows, and the column types that carry personal data, JSON and time. Used by `models.db` and `models.store`.

Every table has `organisation_id`; rows that belong to no organisation (leases) carry SYSTEM. There is deliberately no
foreign key on it: infrastructure rows have no organisation row.

Whatever tells something about a person lies in a `Sealed` or `SealedJson` column. What is written there must say whose
it is (`Personal`, `PersonalJson`), so that one person's data can be made unreadable without touching anyone else's.
"""

from __future__ import annotations

import hashlib
import unicodedata
from datetime import datetime
from typing import Any, Literal, Self

import uuid_utils
from sqlalchemy import Boolean, Float, ForeignKey, Index, Integer, MetaData, String, Text, UniqueConstraint, false
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, validates

from models.columns import Json, Sealed, SealedJson, Utc
from models.columns import Personal as Personal
from models.columns import PersonalJson as PersonalJson
from models.columns import secrets_of as secrets_of
from models.errors import Forbidden
from models.values import Person

SYSTEM = "system"
"""organisation_id of rows that serve every organisation."""

InvitePolicy = Literal["at_once", "after_confirmation"]
JobState = Literal["open", "closed"]
Stage = Literal[
    "received",
    "unreadable",
    "screened",
    "advanced",
    "invited",
    "interviewing",
    "interviewed",
    "reported",
    "rejected",
    "withdrawn",
]
RemarkKind = Literal["correction", "feedback"]
ReviewKind = Literal["blind", "unrated", "final"]
ReviewEventKind = Literal["opened", "evidence", "looked", "saved", "revealed", "decided"]
InterviewState = Literal["invited", "in_progress", "paused", "completed", "expired", "withdrawn"]
BookingState = Literal["booked", "kept", "missed", "cancelled"]
RequestKind = Literal["adjustment", "entry", "erasure", "withdrawal", "review", "access", "objection", "recording"]
NoticeKind = Literal["disclosure", "invitation", "source", "adverse"]
LinkKind = Literal["ats", "shared"]
AuditRule = Literal["off", "warn", "refuse"]
RemoteKind = Literal["job", "candidate", "application", "order"]
InboxState = Literal["waiting", "read", "dead"]
DeliveryKind = Literal["webhook", "email", "connection"]
DeliveryState = Literal["pending", "delivered", "failed", "dead"]


def new_id() -> str:
    """UUIDv7: sorts by creation, so that "then by id" means "then by age"."""
    return str(uuid_utils.uuid7())


def email_key(email: str) -> str:
    """What equal addresses have in common: sha256 of the normalised address, hex. Whoever has it can try addresses, so
    what is kept is made of it with the organisation's key (`Seal.blind`)."""
    normal = unicodedata.normalize("NFKC", email).strip().casefold()
    return hashlib.sha256(normal.encode()).hexdigest()


def phone_key(phone: str) -> str:
    """As `email_key`, of a number's digits (the parser gives E.164)."""
    return hashlib.sha256("".join(filter(str.isdigit, phone)).encode()).hexdigest()


def person_key(name: str) -> str:
    """Finds the same name however it was typed: sha256 of its normal form, hex."""
    normal = " ".join(unicodedata.normalize("NFKC", name).casefold().split())
    return hashlib.sha256(normal.encode()).hexdigest()


def one_name(one: str | None, other: str | None) -> bool:
    """Two people may share a mailbox. A middle name more, or a name that nobody has given, is no other person."""
    first, second = ({*name.casefold().split()} if name else set() for name in (one, other))
    return first <= second or second <= first


class ByPerson(str):
    """A stage that only a person can bring about, with the person who does."""

    __slots__ = ("person",)
    person: Person

    def __new__(cls, stage: Stage, person: Person) -> Self:
        made = super().__new__(cls, stage)
        made.person = person
        return made


# ---------------------------------------------------------------- what every row has


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: Utc}  # noqa: RUF012 - SQLAlchemy's own declaration

    id: Mapped[str] = mapped_column(String(64), primary_key=True, default=new_id, sort_order=-2)
    organisation_id: Mapped[str] = mapped_column(String(64), index=True, sort_order=-1)


def _to(column: str) -> Mapped[str]:
    """A required reference to another row."""
    return mapped_column(String(64), ForeignKey(column), index=True)


# ---------------------------------------------------------------- who


class Organisation(Base):
    """organisation_id is its own id. `jurisdictions`: codes of `compliance.law`, of jobs that name none of their own.
    `purges`: what is due to go is deleted by itself, not only shown. `audit_rule`: what follows where no recent
    independent audit is recorded."""

    __tablename__ = "organisations"

    name: Mapped[str] = mapped_column(Text)
    audit_rule: Mapped[AuditRule] = mapped_column(String(16), default="off", server_default="off")
    created_at: Mapped[datetime]
    jurisdictions: Mapped[list[str] | None] = mapped_column(Json)
    purges: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())


class ApiKey(Base):
    """Only `hash` (sha256 hex of the clear key) is kept; `prefix` lets a person recognise theirs. `role` and `scopes`
    say what it opens (`api.access`); `scopes` count for programs alone."""

    __tablename__ = "api_keys"

    name: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(String(32), default="admin", server_default="admin")
    scopes: Mapped[list[str]] = mapped_column(Json, default=list, server_default="[]")
    prefix: Mapped[str] = mapped_column(String(32))
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


# ---------------------------------------------------------------- the opening


class Job(Base):
    """`requirements_version` and `plan_version` count edits from 1; 0: none yet."""

    __tablename__ = "jobs"

    title: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    media_type: Mapped[str] = mapped_column(String(200))
    threshold: Mapped[float] = mapped_column(Float)
    invite_policy: Mapped[InvitePolicy] = mapped_column(String(32))
    max_interviews: Mapped[int | None] = mapped_column(Integer)
    minutes: Mapped[int] = mapped_column(Integer)
    requirements_version: Mapped[int] = mapped_column(Integer, default=0)
    plan: Mapped[dict[str, Any] | None] = mapped_column(Json)
    plan_version: Mapped[int] = mapped_column(Integer, default=0)
    state: Mapped[JobState] = mapped_column(String(32), default="open")
    created_at: Mapped[datetime]
    jurisdictions: Mapped[list[str] | None] = mapped_column(Json)
    """Where the work is, and those who apply for it; None: as the organisation's."""


class JobRequirement(Base):
    """One `values.Requirement` of one version of a job's list. `key` is its id, unique within the version."""

    __tablename__ = "job_requirements"
    __table_args__ = (UniqueConstraint("job_id", "version", "position"), UniqueConstraint("job_id", "version", "key"))

    job_id: Mapped[str] = _to("jobs.id")
    version: Mapped[int] = mapped_column(Integer)
    position: Mapped[int] = mapped_column(Integer)
    key: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(String(32))
    must_have: Mapped[bool] = mapped_column(Boolean)
    weight: Mapped[float] = mapped_column(Float)
    sentence: Mapped[str] = mapped_column(Text)
    line: Mapped[int | None] = mapped_column(Integer)
    alternatives: Mapped[list[str]] = mapped_column(Json)
    years: Mapped[float | None] = mapped_column(Float)
    level: Mapped[str | None] = mapped_column(Text)


class JobKit(Base):
    """One saved version of a job's interview kit: a `values.InterviewPlan`. Only ever added to; `Job.plan` is the one
    that is used next."""

    __tablename__ = "job_kits"
    __table_args__ = (UniqueConstraint("job_id", "version"),)

    job_id: Mapped[str] = _to("jobs.id")
    version: Mapped[int] = mapped_column(Integer)
    plan: Mapped[dict[str, Any]] = mapped_column(Json)
    author: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)
    saved_at: Mapped[datetime]


# ---------------------------------------------------------------- the case


class Batch(Base):
    """Files that were handed in together. `total` grows with each application."""

    __tablename__ = "batches"

    job_id: Mapped[str] = _to("jobs.id")
    name: Mapped[str] = mapped_column(Text)
    total: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime]


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


class Document(Base):
    """A file in `models.files` (by sha256 of its clear bytes) and, once read, its `values.ParsedResume` as JSON."""

    __tablename__ = "documents"

    candidate_id: Mapped[str] = _to("candidates.id")
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
        Index("ix_applications_job_id_stage", "job_id", "stage"),
        Index("ix_applications_job_id_score", "job_id", "score"),
    )

    job_id: Mapped[str] = _to("jobs.id")
    candidate_id: Mapped[str] = _to("candidates.id")
    document_id: Mapped[str] = _to("documents.id")
    batch_id: Mapped[str | None] = mapped_column(String(64), ForeignKey("batches.id"), index=True)
    external_id: Mapped[str | None] = mapped_column(String(200), index=True)
    source: Mapped[str] = mapped_column(String(100))
    answers: Mapped[dict[str, Any] | None] = mapped_column(SealedJson)
    """{"answers": [{question, answer}]} of the other system's form, as `exchange.Answer`."""
    ordered: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    """An ATS asked for the interview: no threshold stands before it."""
    stage: Mapped[Stage] = mapped_column(String(32), index=True)
    problem_reason: Mapped[str | None] = mapped_column(String(64))
    problem_detail: Mapped[str | None] = mapped_column(Sealed)
    score: Mapped[float | None] = mapped_column(Float, index=True)
    decision: Mapped[str | None] = mapped_column(String(32))
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

    application_id: Mapped[str] = mapped_column(String(64), ForeignKey("applications.id"), unique=True)
    requirements_version: Mapped[int] = mapped_column(Integer)
    result: Mapped[dict[str, Any]] = mapped_column(SealedJson)
    created_at: Mapped[datetime]


class HumanDecision(Base):
    """What was decided about an application, by whom. Only ever added to. `person`: the name of a human being, never
    missing from a rejection; `basis`: what they had opened before ({"seconds", "evidence", ...})."""

    __tablename__ = "human_decisions"

    application_id: Mapped[str] = _to("applications.id")
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

    application_id: Mapped[str] = _to("applications.id")
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

    application_id: Mapped[str] = _to("applications.id")
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


# ---------------------------------------------------------------- the conversation


class Interview(Base):
    """One per application, or two where it was held again: `attempt` counts from 1. Link and session are kept as hashes
    only."""

    __tablename__ = "interviews"
    __table_args__ = (UniqueConstraint("application_id", "attempt"),)

    application_id: Mapped[str] = mapped_column(String(64), ForeignKey("applications.id"))
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
    started_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    finish_reason: Mapped[str | None] = mapped_column(String(64))
    cut_off_at: Mapped[datetime | None]
    """When a suspension found it under way; None again once the candidate goes on. What was cut off is not judged by
    itself."""
    engines: Mapped[dict[str, Any] | None] = mapped_column(Json)
    problem: Mapped[str | None] = mapped_column(Sealed)
    """Why there is no report although the interview is over; tried again until it goes away."""
    recording_sha256: Mapped[str | None] = mapped_column(String(64))
    """Both voices as FLAC in `models.files`, kept when the interview is over."""


class EntryCode(Base):
    """A one-time code, as a keyed hash. `mark` tells its message from others; `by`: mail, or a person who handed it
    on."""

    __tablename__ = "entry_codes"

    interview_id: Mapped[str] = _to("interviews.id")
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

    interview_id: Mapped[str] = _to("interviews.id")
    at: Mapped[datetime]
    number: Mapped[int] = mapped_column(Integer)


class CandidateRequest(Base):
    """What a candidate asks of the employer, and the answer. `detail`: {"wishes": [...], "text": ...}; `during`: asked
    in the interview itself."""

    __tablename__ = "candidate_requests"

    interview_id: Mapped[str] = _to("interviews.id")
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

    interview_id: Mapped[str] = _to("interviews.id")
    seq: Mapped[int] = mapped_column(Integer)
    at: Mapped[float] = mapped_column(Float)
    event: Mapped[dict[str, Any]] = mapped_column(SealedJson)


class Consent(Base):
    """Which words a candidate agreed to, and when."""

    __tablename__ = "consents"

    interview_id: Mapped[str] = _to("interviews.id")
    text_version: Mapped[str] = mapped_column(String(64))
    text_sha256: Mapped[str] = mapped_column(String(64))
    given_at: Mapped[datetime]


class Reuse(Base):
    """A candidate's consent that an earlier interview (`source_id`) stands for the one they are invited to. It is done
    when `due_at` comes (`used_at`); until the report is delivered they may take it back (`withdrawn_at`)."""

    __tablename__ = "reuses"

    interview_id: Mapped[str] = _to("interviews.id")
    source_id: Mapped[str] = _to("interviews.id")
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

    interview_id: Mapped[str] = _to("interviews.id")
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

    interview_id: Mapped[str] = _to("interviews.id")
    application_id: Mapped[str] = _to("applications.id")
    version: Mapped[int] = mapped_column(Integer)
    scorecard: Mapped[dict[str, Any]] = mapped_column(SealedJson)
    html_sha256: Mapped[str] = mapped_column(String(64))
    json_sha256: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime]


class ReportLink(Base):
    """A way to a report. ats: carried by results, asks for a sign-in, lives until it is revoked. shared: opens by the
    token whose sha256 `hash` is, until it expires or is revoked; `audio`: the recording plays too."""

    __tablename__ = "report_links"

    interview_id: Mapped[str] = _to("interviews.id")
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
    __table_args__ = (UniqueConstraint("interview_id", "reviewer_key", "number"),)

    interview_id: Mapped[str] = _to("interviews.id")
    reviewer: Mapped[str] = mapped_column(Text)
    reviewer_key: Mapped[str] = mapped_column(String(64))
    number: Mapped[int] = mapped_column(Integer)
    kind: Mapped[ReviewKind] = mapped_column(String(32))
    content: Mapped[dict[str, Any]] = mapped_column(SealedJson)
    report_id: Mapped[str | None] = mapped_column(String(64), ForeignKey("reports.id"))
    at: Mapped[datetime]


# ---------------------------------------------------------------- on its way out


class Endpoint(Base):
    """Somebody else's address for results. `secret` signs what we send; its subject is the organisation."""

    __tablename__ = "endpoints"

    url: Mapped[str] = mapped_column(Text)
    secret: Mapped[str] = mapped_column(Sealed)
    description: Mapped[str] = mapped_column(Text)
    enabled: Mapped[bool] = mapped_column(Boolean, default=True)
    disabled_reason: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]


class Delivery(Base):
    """One message on its way. `key` makes it unique within the organisation; `next_at` None: no further attempt."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("organisation_id", "key"),
        Index("ix_deliveries_state_next_at", "state", "next_at"),
    )

    kind: Mapped[DeliveryKind] = mapped_column(String(32))
    key: Mapped[str] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(String(64), index=True)
    """Whose data the payload and the errors are."""
    endpoint_id: Mapped[str | None] = mapped_column(
        String(64), ForeignKey("endpoints.id", ondelete="SET NULL"), index=True
    )
    application_id: Mapped[str | None] = mapped_column(String(64), ForeignKey("applications.id"), index=True)
    connection_id: Mapped[str | None] = mapped_column(
        String(64), ForeignKey("connections.id", ondelete="SET NULL"), index=True
    )
    payload: Mapped[dict[str, Any]] = mapped_column(SealedJson)
    done: Mapped[dict[str, str]] = mapped_column(Json, default=dict)
    """Of a delivery by several writes: those that are done, with the other side's ids."""
    begun: Mapped[str] = mapped_column(String(100), default="")
    """The writes that were begun and not heard of again, with commas: each may have arrived."""
    state: Mapped[DeliveryState] = mapped_column(String(32))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    next_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(Sealed)
    reference: Mapped[str | None] = mapped_column(Text)
    """The receiver's id of it."""
    created_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]


class DeliveryAttempt(Base):
    __tablename__ = "delivery_attempts"

    delivery_id: Mapped[str] = _to("deliveries.id")
    at: Mapped[datetime]
    status: Mapped[int | None] = mapped_column(Integer)
    error: Mapped[str | None] = mapped_column(Sealed)
    seconds: Mapped[float] = mapped_column(Float)


# ---------------------------------------------------------------- other people's systems


class Connection(Base):
    """One system of the organisation's. `settings`: what was typed in, keys among it; `tokens`: what was exchanged for
    them. `mapping`: the customer's own stages, statuses, reasons. `may_decide`: decisions of people are carried out
    there. `problem`: what a person has to mend. `failures` in a row; `closed_until`: nothing is sent before."""

    __tablename__ = "connections"

    vendor: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(Text)
    settings: Mapped[dict[str, Any]] = mapped_column(SealedJson)
    tokens: Mapped[dict[str, Any] | None] = mapped_column(SealedJson)
    mapping: Mapped[dict[str, str]] = mapped_column(Json, default=dict)
    enabled: Mapped[bool] = mapped_column(Boolean, default=False)
    may_decide: Mapped[bool] = mapped_column(Boolean, default=False)
    problem: Mapped[str | None] = mapped_column(Text)
    cursor: Mapped[str | None] = mapped_column(Text)
    progress: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    """Of the reading under way, or the last one: counts of "jobs", "people", "outcomes"; "done"."""
    reading: Mapped[int] = mapped_column(Integer, default=0)
    """Counts the times that it was to be read from the beginning."""
    asked: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    """Counts the times that somebody asked for a reading before it was due."""
    polled_at: Mapped[datetime | None]
    heard_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(Integer, default=0)
    closed_until: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Remote(Base):
    """What something of ours is called in another system. `local_id` None: known there, not used here yet. `data`: what
    the connector needs again (an address to answer to, a stage)."""

    __tablename__ = "remotes"
    __table_args__ = (
        UniqueConstraint("connection_id", "kind", "remote_id"),
        Index("ix_remotes_local_id_kind", "local_id", "kind"),
    )

    connection_id: Mapped[str] = _to("connections.id")
    kind: Mapped[RemoteKind] = mapped_column(String(20))
    remote_id: Mapped[str] = mapped_column(String(300))
    local_id: Mapped[str | None] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(Text, default="")
    data: Mapped[dict[str, Any] | None] = mapped_column(SealedJson)
    seen_at: Mapped[datetime]


class InboxEvent(Base):
    """A message of another system, kept before it is answered and read afterwards, in the order it came."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("connection_id", "key"),
        Index("ix_inbox_state_next_at", "state", "next_at"),
    )

    connection_id: Mapped[str] = _to("connections.id")
    key: Mapped[str] = mapped_column(String(200))
    event: Mapped[dict[str, Any]] = mapped_column(SealedJson)
    state: Mapped[InboxState] = mapped_column(String(20))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    next_at: Mapped[datetime | None]
    problem: Mapped[str | None] = mapped_column(Sealed)
    received_at: Mapped[datetime]
    read_at: Mapped[datetime | None]


class CandidateSource(Base):
    """One way in which a candidate came to us; all of them are kept. `connection_id` None: by upload."""

    __tablename__ = "candidate_sources"
    __table_args__ = (UniqueConstraint("candidate_id", "key"),)

    candidate_id: Mapped[str] = _to("candidates.id")
    key: Mapped[str] = mapped_column(String(200))
    connection_id: Mapped[str | None] = mapped_column(
        String(64), ForeignKey("connections.id", ondelete="SET NULL"), index=True
    )
    source: Mapped[str] = mapped_column(Text)
    origin: Mapped[str] = mapped_column(String(20))
    application_id: Mapped[str | None] = mapped_column(String(64), ForeignKey("applications.id"), index=True)
    at: Mapped[datetime]
    seen_at: Mapped[datetime]


class OutcomeEvent(Base):
    """What another system says became of an application, beside its scores. Nothing of ours is decided by it."""

    __tablename__ = "outcomes"
    __table_args__ = (UniqueConstraint("application_id", "key"),)

    application_id: Mapped[str] = _to("applications.id")
    connection_id: Mapped[str | None] = mapped_column(
        String(64), ForeignKey("connections.id", ondelete="SET NULL"), index=True
    )
    key: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(20))
    stage: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    received_at: Mapped[datetime]


# ---------------------------------------------------------------- audits


class BiasAudit(Base):
    """An audit by somebody independent, as the organisation recorded it. Foyer makes none."""

    __tablename__ = "bias_audits"

    auditor: Mapped[str] = mapped_column(Text)
    audited_at: Mapped[datetime]
    distributed_at: Mapped[datetime]
    """When this version of the tool was first used."""
    recorded_by: Mapped[str] = mapped_column(Text)
    recorded_at: Mapped[datetime]


class Erasure(Base):
    """That somebody was erased, and nothing about whom: `subject_sha256` is that of their candidate id, which tells
    only whoever has the id. `person`: who ordered it, empty where a connected system did. `counts`: of what went;
    `elsewhere`: names of systems that keep theirs. `unfinished`: the id, until their key is destroyed too."""

    __tablename__ = "erasures"

    subject_sha256: Mapped[str] = mapped_column(String(64), index=True)
    person: Mapped[str] = mapped_column(Text)
    because: Mapped[str] = mapped_column(Text)
    counts: Mapped[dict[str, int]] = mapped_column(Json)
    elsewhere: Mapped[list[str]] = mapped_column(Json)
    unfinished: Mapped[str | None] = mapped_column(String(64))
    at: Mapped[datetime]


# ---------------------------------------------------------------- what was done, by whom


class AuditEntry(Base):
    """One link of an organisation's chain: `models.deeds.AuditEvent` as a row. Only ever added to. It names no
    candidate: `subject` means somebody only as long as there is their AuditSubject."""

    __tablename__ = "audit_events"
    __table_args__ = (
        UniqueConstraint("organisation_id", "seq"),
        Index("ix_audit_events_organisation_id_object_id", "organisation_id", "object_id"),
    )

    seq: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(100))
    action: Mapped[str] = mapped_column(String(40))
    object_kind: Mapped[str] = mapped_column(String(20))
    object_id: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str | None] = mapped_column(String(32))
    commitment: Mapped[str | None] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class AuditDetails(Base):
    """What the entry of this number commits to, with the salt. Erased with the candidate; the entry stays."""

    __tablename__ = "audit_details"
    __table_args__ = (UniqueConstraint("organisation_id", "seq"),)

    seq: Mapped[int] = mapped_column(Integer)
    candidate_id: Mapped[str | None] = mapped_column(String(64), ForeignKey("candidates.id"), index=True)
    salt: Mapped[str] = mapped_column(String(64))
    details: Mapped[dict[str, Any]] = mapped_column(SealedJson)


class AuditSubject(Base):
    """Whom a random id in the log means."""

    __tablename__ = "audit_subjects"

    candidate_id: Mapped[str] = _to("candidates.id")
    alias: Mapped[str] = mapped_column(String(32), unique=True)


class AuditPerson(Base):
    """Who of the employer's people a pseudonym in the log means, by the name they gave."""

    __tablename__ = "audit_people"
    __table_args__ = (UniqueConstraint("organisation_id", "person_key"),)

    person_key: Mapped[str] = mapped_column(String(64))
    alias: Mapped[str] = mapped_column(String(16), unique=True)
    name: Mapped[str] = mapped_column(Text)


class AuditHead(Base):
    """The end of an organisation's chain: who locks this row appends. `checkpoint_*`: the last that was signed."""

    __tablename__ = "audit_heads"
    __table_args__ = (UniqueConstraint("organisation_id"),)

    seq: Mapped[int] = mapped_column(Integer)
    hash: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
    checkpoint_seq: Mapped[int] = mapped_column(Integer)
    checkpoint_at: Mapped[datetime]


class AuditStub(Base):
    """Stands for entries up to `seq` that were purged: a signed record (`compliance.audit.stub`)."""

    __tablename__ = "audit_stubs"

    seq: Mapped[int] = mapped_column(Integer)
    record: Mapped[dict[str, Any]] = mapped_column(Json)


# ---------------------------------------------------------------- infrastructure


class Lease(Base):
    """Who of several processes may do something, until when. organisation_id is SYSTEM."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(200), unique=True)
    holder: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime]
