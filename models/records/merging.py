"""Two candidates that a person found to be one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from models.columns import Json, Sealed
from models.records.base import Base, to


class Merge(Base):
    """All that was `former_id`'s is `kept_id`'s since, by the word of `person`. What was sealed for the former stays
    so; the former's row and key stay too, and go when the person is erased. `moved`: table.column -> ids of its rows;
    `filled`: what of the kept one's own row came from the former; `superseded`: applications set aside with it."""

    __tablename__ = "merges"

    kept_id: Mapped[str] = to("candidates.id")
    former_id: Mapped[str] = to("candidates.id")
    person: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Sealed)
    at: Mapped[datetime]
    moved: Mapped[dict[str, list[str]]] = mapped_column(Json)
    filled: Mapped[list[str]] = mapped_column(Json)
    superseded: Mapped[list[str]] = mapped_column(Json)
    undone_by: Mapped[str | None] = mapped_column(Text)
    undone_at: Mapped[datetime | None]
