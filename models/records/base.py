"""What every row has, and the keys by which the same person is found again. Used by the other files here."""

from __future__ import annotations

import hashlib
import unicodedata
from datetime import datetime
from typing import Literal

import uuid_utils
from sqlalchemy import ForeignKey, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from models.columns import Utc
from models.values import Person

SYSTEM = "system"
"""organisation_id of rows that serve every organisation."""

InvitePolicy = Literal["at_once", "after_confirmation"]
JobState = Literal["open", "closed"]
BatchState = Literal["running", "paused", "cancelled"]
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
RoundState = Literal["waiting", "invited", "left"]
DeliveryKind = Literal["webhook", "email", "connection", "sms", "chat"]
UserRole = Literal["admin", "recruiter", "reviewer", "auditor", "hiring_manager"]
UserState = Literal["invited", "active", "disabled"]
AccountLinkKind = Literal["invitation", "reset"]
DeliveryState = Literal["pending", "delivered", "failed", "dead", "bounced"]
ChannelKind = Literal["sms", "slack", "teams", "livekit"]


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


def account_key(person: Person) -> str:
    """What is the same in all that one person does: their account, else the name they stated. A stated name never
    stands for an account of that name."""
    if not person.user_id:
        return person_key(person.name)
    return hashlib.sha256(f"account:{person.user_id}".encode()).hexdigest()


def one_name(one: str | None, other: str | None) -> bool:
    """Two people may share a mailbox. A middle name more, or a name that nobody has given, is no other person."""
    first, second = ({*name.casefold().split()} if name else set() for name in (one, other))
    return first <= second or second <= first


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


def to(column: str) -> Mapped[str]:
    """A required reference to another row."""
    return mapped_column(String(64), ForeignKey(column), index=True)
