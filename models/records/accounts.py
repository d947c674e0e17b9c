"""People who work with Foyer for an organisation: their accounts, the browsers in which somebody is signed in, the
links that open an account; which jobs some of them may see, and agencies that bring people for a job."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.columns import Sealed
from models.records.base import AccountLinkKind, Base, UserRole, UserState, to


class User(Base):
    """One person's account. Name and address are sealed for the organisation; `email_key` finds the address again.
    `password_hash` is argon2's own text, None until the person has set one, or where they sign in elsewhere.
    `seen_at`: to within a few minutes."""

    __tablename__ = "users"
    __table_args__ = (UniqueConstraint("organisation_id", "email_key"), Index("ix_users_email_key", "email_key"))

    name: Mapped[str] = mapped_column(Sealed)
    email: Mapped[str] = mapped_column(Sealed)
    email_key: Mapped[str] = mapped_column(String(64))
    role: Mapped[UserRole] = mapped_column(String(32))
    state: Mapped[UserState] = mapped_column(String(16))
    password_hash: Mapped[str | None] = mapped_column(Text)
    password_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    """The organisation's own directory has deleted them."""
    external_id: Mapped[str | None] = mapped_column(Sealed)
    """What that directory calls them."""


class BrowserSession(Base):
    """Somebody is signed in, in one browser: with an account, or with an API key under the name `said`. Only `hash`
    (sha256 hex of what the cookie carries) is kept."""

    __tablename__ = "sessions"

    hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[str | None] = mapped_column(String(64), ForeignKey("users.id", ondelete="CASCADE"), index=True)
    key_id: Mapped[str | None] = mapped_column(String(64), ForeignKey("api_keys.id", ondelete="CASCADE"), index=True)
    said: Mapped[str | None] = mapped_column(Sealed)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]


class AccountLink(Base):
    """A link that opens an account once: to accept an invitation, or to choose a new password. Only its hash is
    kept; a newer one of the same kind ends it."""

    __tablename__ = "account_links"

    user_id: Mapped[str] = to("users.id")
    kind: Mapped[AccountLinkKind] = mapped_column(String(16))
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class JobMember(Base):
    """A hiring manager may see this job; those of every other role see all."""

    __tablename__ = "job_members"
    __table_args__ = (UniqueConstraint("job_id", "user_id"),)

    job_id: Mapped[str] = to("jobs.id")
    user_id: Mapped[str] = to("users.id")
    created_at: Mapped[datetime]


class AgencyLink(Base):
    """A link by which an agency, called so, brings people for one job. Only its hash is kept."""

    __tablename__ = "agency_links"

    job_id: Mapped[str] = to("jobs.id")
    agency: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
