"""What people decide about many at once and beside the interview: rounds of invitations, notes, samples from below the
line."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Float, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.columns import Sealed
from models.records.base import Base, RoundState, to


class Round(Base):
    """Somebody confirmed these invitations together. `key`: of the page they confirmed, so that pressing twice is once;
    `person`, `via`: by name, and the key they came in with. `reason` stands with each decision."""

    __tablename__ = "rounds"
    __table_args__ = (UniqueConstraint("organisation_id", "key"),)

    job_id: Mapped[str] = to("jobs.id")
    key: Mapped[str] = mapped_column(String(100))
    person: Mapped[str] = mapped_column(Text)
    via: Mapped[str] = mapped_column(Text)
    user_id: Mapped[str] = mapped_column(String(64), default="", server_default="")
    """Of the account, where they came in with one."""
    reason: Mapped[str] = mapped_column(Sealed)
    total: Mapped[int] = mapped_column(Integer)
    made_at: Mapped[datetime]


class RoundMember(Base):
    """One of a round. `why`: a key of `api.inviting.WHY`, where they were not invited."""

    __tablename__ = "round_members"
    __table_args__ = (
        UniqueConstraint("round_id", "application_id"),
        Index("ix_round_members_state_round_id", "state", "round_id"),
    )

    round_id: Mapped[str] = to("rounds.id")
    application_id: Mapped[str] = to("applications.id")
    state: Mapped[RoundState] = mapped_column(String(16))
    why: Mapped[str] = mapped_column(String(32), default="")


class Note(Base):
    """What somebody noted on an application, for colleagues: never scored, never sent; its author alone changes or
    deletes it."""

    __tablename__ = "notes"

    application_id: Mapped[str] = to("applications.id")
    author: Mapped[str] = mapped_column(Text)
    author_key: Mapped[str] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(Sealed)
    made_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]


class Sample(Base):
    """A random draw from those below the line: by `seed` and `pool_sha256` (of the pool's ids in order) anybody can
    draw it again. `share`: as it was asked for, where it was a share; `threshold`: the line at that time."""

    __tablename__ = "samples"
    __table_args__ = (UniqueConstraint("organisation_id", "key"),)

    job_id: Mapped[str] = to("jobs.id")
    key: Mapped[str] = mapped_column(String(100))
    person: Mapped[str] = mapped_column(Text)
    seed: Mapped[str] = mapped_column(String(64))
    share: Mapped[float | None] = mapped_column(Float)
    size: Mapped[int] = mapped_column(Integer)
    pool: Mapped[int] = mapped_column(Integer)
    pool_sha256: Mapped[str] = mapped_column(String(64))
    threshold: Mapped[float] = mapped_column(Float)
    round_id: Mapped[str] = to("rounds.id")
    drawn_at: Mapped[datetime]


class SampleMember(Base):
    """Whom a sample drew."""

    __tablename__ = "sample_members"
    __table_args__ = (UniqueConstraint("sample_id", "application_id"),)

    sample_id: Mapped[str] = to("samples.id")
    application_id: Mapped[str] = to("applications.id")
