"""How an organisation's people sign in elsewhere."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from models.columns import Json, Sealed
from models.records.base import Base


class IdentityProvider(Base):
    """The organisation's OpenID Connect provider; one at most. `roles`: their groups -> our roles; empty: roles are
    given here. `enforced`: nobody of the organisation signs in otherwise. `proven_at`: somebody came in through it
    since it was last changed."""

    __tablename__ = "identity_providers"
    __table_args__ = (UniqueConstraint("organisation_id"),)

    issuer: Mapped[str] = mapped_column(Text)
    client_id: Mapped[str] = mapped_column(Text)
    client_secret: Mapped[str | None] = mapped_column(Sealed)
    groups_claim: Mapped[str] = mapped_column(String(100))
    roles: Mapped[dict[str, str]] = mapped_column(Json)
    trusts_email: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    enforced: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    proven_at: Mapped[datetime | None]
    changed_at: Mapped[datetime]
