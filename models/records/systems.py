"""Other people's systems: connections, and who is who in them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.columns import Json, Sealed, SealedJson
from models.records.base import Base, InboxState, RemoteKind, to


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

    connection_id: Mapped[str] = to("connections.id")
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

    connection_id: Mapped[str] = to("connections.id")
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

    candidate_id: Mapped[str] = to("candidates.id")
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

    application_id: Mapped[str] = to("applications.id")
    connection_id: Mapped[str | None] = mapped_column(
        String(64), ForeignKey("connections.id", ondelete="SET NULL"), index=True
    )
    key: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(20))
    stage: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    received_at: Mapped[datetime]
