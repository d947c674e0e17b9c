"""The opening: jobs, what they ask, and their interview kits."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Float, Integer, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from models.columns import Json
from models.records.base import Base, InvitePolicy, JobState, to


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
    needs_approval: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    """Nobody is invited until a person has approved what stands (`JobApproval`)."""
    jurisdictions: Mapped[list[str] | None] = mapped_column(Json)
    """Where the work is, and those who apply for it; None: as the organisation's."""
    by_telephone: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    """Its interviews may be held by telephone, where the organisation has a number for it."""
    is_sample: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    """Made of invented people, to look around; nobody else's file is taken for it."""


class JobVersion(Base):
    """One version of what a job asks: the title and threshold that stood with its requirements, and who saved it when.
    Versions from before this was kept have no row, or no `saved_at`. Only ever added to."""

    __tablename__ = "job_versions"
    __table_args__ = (UniqueConstraint("job_id", "version"),)

    job_id: Mapped[str] = to("jobs.id")
    version: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(Text)
    threshold: Mapped[float] = mapped_column(Float)
    author: Mapped[str] = mapped_column(Text)
    saved_at: Mapped[datetime | None]


class JobRequirement(Base):
    """One `values.Requirement` of one version of a job's list. `key` is its id, unique within the version."""

    __tablename__ = "job_requirements"
    __table_args__ = (UniqueConstraint("job_id", "version", "position"), UniqueConstraint("job_id", "version", "key"))

    job_id: Mapped[str] = to("jobs.id")
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

    job_id: Mapped[str] = to("jobs.id")
    version: Mapped[int] = mapped_column(Integer)
    plan: Mapped[dict[str, Any]] = mapped_column(Json)
    author: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)
    saved_at: Mapped[datetime]


class JobApproval(Base):
    """A person has approved a job as it stood: these requirements, this kit, this threshold. It holds for new
    invitations as long as all three stand. Only ever added to, but for `withdrawn_*`."""

    __tablename__ = "job_approvals"

    job_id: Mapped[str] = to("jobs.id")
    requirements_version: Mapped[int] = mapped_column(Integer)
    plan_version: Mapped[int] = mapped_column(Integer)
    threshold: Mapped[float] = mapped_column(Float)
    approved_by: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)
    approved_at: Mapped[datetime]
    withdrawn_by: Mapped[str | None] = mapped_column(Text)
    withdrawn_at: Mapped[datetime | None]
