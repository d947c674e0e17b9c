"""Rows that serve every organisation."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.records.base import Base


class Lease(Base):
    """Who of several processes may do something, until when. organisation_id is SYSTEM."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(200), unique=True)
    holder: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime]
