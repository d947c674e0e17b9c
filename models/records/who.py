"""Whose it all is: organisations, and who works for them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from models.columns import Json
from models.records.base import AuditRule, Base


class Organisation(Base):
    """organisation_id is its own id. `jurisdictions`: codes of `compliance.law`, of jobs that name none of their own.
    `purges`: what is due to go is deleted by itself, not only shown. `audit_rule`: what follows where no recent
    independent audit is recorded."""

    __tablename__ = "organisations"

    name: Mapped[str] = mapped_column(Text)
    audit_rule: Mapped[AuditRule] = mapped_column(String(16), default="off", server_default="off")
    created_at: Mapped[datetime]
    jurisdictions: Mapped[list[str] | None] = mapped_column(Json)
    purges: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    guided_at: Mapped[datetime | None]
    """Somebody put the list of first steps away."""


class ApiKey(Base):
    """Only `hash` (sha256 hex of the clear key) is kept; `prefix` lets a person recognise theirs. `role` and `scopes`
    say what it opens (`api.access`); `scopes` count for programs alone."""

    __tablename__ = "api_keys"

    name: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(String(32), default="admin", server_default="admin")
    scopes: Mapped[list[str]] = mapped_column(Json, default=list, server_default="[]")
    prefix: Mapped[str] = mapped_column(String(32))
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
