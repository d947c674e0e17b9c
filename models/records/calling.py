"""The telephone: codes that are dialled, and calls."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.records.base import Base


class DialCode(Base):
    """The code of one interview, as keyed hashes: `first` of the digits that find it, `hash` of all of them. A newer
    code takes its place."""

    __tablename__ = "dial_codes"
    __table_args__ = (UniqueConstraint("organisation_id", "first"), UniqueConstraint("interview_id"))

    interview_id: Mapped[str] = mapped_column(String(64), ForeignKey("interviews.id"))
    first: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
    tries: Mapped[int] = mapped_column(Integer, default=0)
    """Wrong ones."""
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class Call(Base):
    """Somebody called. `room` and `caller` are keyed hashes; an empty caller withheld the number. `interview_id`: whose
    code was entered."""

    __tablename__ = "calls"
    __table_args__ = (
        UniqueConstraint("organisation_id", "room"),
        Index("ix_calls_organisation_id_caller_began_at", "organisation_id", "caller", "began_at"),
    )

    room: Mapped[str] = mapped_column(String(64))
    caller: Mapped[str] = mapped_column(String(64))
    interview_id: Mapped[str | None] = mapped_column(String(64), ForeignKey("interviews.id"), index=True)
    wrong: Mapped[int] = mapped_column(Integer, default=0)
    began_at: Mapped[datetime]
    consented_at: Mapped[datetime | None]
