"""How the organisation writes: its own words, and the branding it shows to candidates."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Integer, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, deferred, mapped_column

from models.columns import Json, Sealed, SealedJson
from models.records.base import Base, ChannelKind


class Template(Base):
    """A version of one message's words (`integrations.templates`); the newest holds. Empty words: the standard ones
    again. Rows stay, and say who changed what when."""

    __tablename__ = "message_templates"
    __table_args__ = (UniqueConstraint("organisation_id", "kind", "language", "version"),)

    kind: Mapped[str] = mapped_column(String(32))
    language: Mapped[str] = mapped_column(String(8))
    version: Mapped[int] = mapped_column(Integer)
    subject: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]


class Branding(Base):
    """As `integrations.branding.Branding`; one an organisation. What names a person is sealed, for the organisation."""

    __tablename__ = "brandings"
    __table_args__ = (UniqueConstraint("organisation_id"),)

    name: Mapped[str] = mapped_column(Text, default="")
    contact_name: Mapped[str | None] = mapped_column(Sealed)
    contact: Mapped[str | None] = mapped_column(Sealed)
    reply_to: Mapped[str | None] = mapped_column(Sealed)
    address: Mapped[str] = mapped_column(Text, default="")
    accent: Mapped[str] = mapped_column(String(7), default="")
    zone: Mapped[str] = mapped_column(String(64), default="UTC")
    logo: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))
    """A PNG of ours; public, as it is on every candidate's page."""
    logo_sha256: Mapped[str | None] = mapped_column(String(64))
    sends: Mapped[list[str]] = mapped_column(Json, default=list, server_default="[]")
    """Kinds of messages that go out by themselves, of those that need not."""
    changed_by: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime]


class Channel(Base):
    """A way out besides mail. `config`: address, headers and body, sealed for the organisation, since each of them may
    be a secret. `uses`: what a channel for texts is used for."""

    __tablename__ = "channels"

    kind: Mapped[ChannelKind] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(Text)
    enabled: Mapped[bool] = mapped_column(Boolean, default=True)
    config: Mapped[dict[str, Any]] = mapped_column(SealedJson)
    uses: Mapped[list[str]] = mapped_column(Json, default=list)
    changed_by: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime]


class Subscription(Base):
    """What somebody who works for the organisation is told, by mail to `email` or through a channel. `told_until`: up
    to when what happened has been told."""

    __tablename__ = "subscriptions"

    email: Mapped[str | None] = mapped_column(Sealed)
    channel_id: Mapped[str | None] = mapped_column(
        String(64), ForeignKey("channels.id", ondelete="CASCADE"), index=True
    )
    news: Mapped[list[str]] = mapped_column(Json, default=list)
    daily: Mapped[bool] = mapped_column(Boolean, default=False)
    undecided_days: Mapped[int] = mapped_column(Integer, default=5)
    enabled: Mapped[bool] = mapped_column(Boolean, default=True)
    told_until: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime]
