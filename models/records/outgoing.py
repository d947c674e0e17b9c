"""What is on its way out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Float, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.columns import Json, Sealed, SealedJson
from models.records.base import Base, DeliveryKind, DeliveryState, to


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
        Index("ix_deliveries_newest", "organisation_id", "created_at", "id"),
        Index("ix_deliveries_newest_by_state", "organisation_id", "state", "created_at", "id"),
        Index("ix_deliveries_organisation_id_kind_created_at", "organisation_id", "kind", "created_at"),
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
    reference: Mapped[str | None] = mapped_column(Text, index=True)
    """The receiver's id of it."""
    created_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]


class DeliveryAttempt(Base):
    __tablename__ = "delivery_attempts"

    delivery_id: Mapped[str] = to("deliveries.id")
    at: Mapped[datetime]
    status: Mapped[int | None] = mapped_column(Integer)
    error: Mapped[str | None] = mapped_column(Sealed)
    seconds: Mapped[float] = mapped_column(Float)
