"""The talent pool's own rows: searches that are kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.columns import SealedJson
from models.records.base import Base


class SavedSearch(Base):
    """`owner`: the key of who keeps it (`person_key` of their name, or their account's id); `shared`: everybody sees
    it. `search`: {"name", "text", "place", ...} as `api.pool_query.Search`; sealed, for somebody may have typed a name.
    `seen_at`: when its owner last looked."""

    __tablename__ = "saved_searches"

    owner: Mapped[str] = mapped_column(String(64))
    owner_name: Mapped[str] = mapped_column(Text)
    shared: Mapped[bool] = mapped_column(Boolean)
    search: Mapped[dict[str, Any]] = mapped_column(SealedJson)
    seen_at: Mapped[datetime]
    created_at: Mapped[datetime]
