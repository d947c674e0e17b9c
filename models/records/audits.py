"""Audits of others, and our own log of what was done, by whom."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.columns import Json, SealedJson
from models.records.base import Base, to


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


class AuditEntry(Base):
    """One link of an organisation's chain: `models.deeds.AuditEvent` as a row. Only ever added to. It names no
    candidate: `subject` means somebody only as long as there is their AuditSubject."""

    __tablename__ = "audit_events"
    __table_args__ = (
        UniqueConstraint("organisation_id", "seq"),
        Index("ix_audit_events_organisation_id_object_id", "organisation_id", "object_id"),
        Index("ix_audit_events_actor_seq", "organisation_id", "actor", "seq"),
        Index("ix_audit_events_subject_seq", "organisation_id", "subject", "seq"),
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

    candidate_id: Mapped[str] = to("candidates.id")
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
