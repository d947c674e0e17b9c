"""Everything that is kept of a person, row by row, for them to have. Part of `models.store.Store`; `api.exporting`
calls it.

Found as erasure is tested: whatever table leads to a person by foreign keys is theirs, so a table that is added later
is in their copy by itself."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Table, or_, select

from models.records import Base, Candidate, Delivery, DeliveryAttempt, InboxEvent, Remote
from models.store.erasure import Erasures, names_somebody

SECRET = frozenset({"hash", "link_hash", "session_hash", "secret", "email_key", "phone_key", "reviewer_key"})
"""Columns that tell nothing about a person and could open something, or are only there to be looked for."""

BY_NAME = frozenset({Delivery.__tablename__, DeliveryAttempt.__tablename__, Remote.__tablename__})
"""They lead to a person without a foreign key, or to what does, so they are looked at last."""


class Copies(Erasures):
    def everything_of(self, organisation_id: str, candidate_id: str) -> dict[str, list[dict[str, Any]]]:
        """Table -> rows as they are kept, without SECRET. Tables without a row of theirs are not there. Raises
        NotFound."""
        candidate = self._own(Candidate, organisation_id, candidate_id)
        found: dict[str, list[dict[str, Any]]] = {}
        for table in sorted(Base.metadata.sorted_tables, key=lambda each: each.name in BY_NAME):
            theirs = self._leading_to(table, candidate_id, found)
            if theirs is not None:
                query = select(table).where(table.c.organisation_id == organisation_id, theirs).order_by(table.c.id)
                if rows := [dict(row) for row in self._session.execute(query).mappings()]:
                    found[table.name] = rows
        applications = [row["id"] for row in found.get("applications", [])]
        if messages := self._messages(organisation_id, candidate, applications):
            found[InboxEvent.__tablename__] = messages
        return {name: [_open(row) for row in rows] for name, rows in found.items()}

    def _leading_to(
        self, table: Table, candidate_id: str, found: dict[str, list[dict[str, Any]]]
    ) -> ColumnElement[bool] | None:
        """Whose rows are theirs: those that lead to rows found before, and those that name them without a key."""
        if table.name == Candidate.__tablename__:
            return table.c.id == candidate_id
        ways: list[ColumnElement[bool]] = [
            column.in_([row["id"] for row in found[key.column.table.name]])
            for column in table.columns
            for key in column.foreign_keys
            if key.column.table.name in found
        ]
        if table.name == Delivery.__tablename__:
            ways.append(table.c.subject == candidate_id)
        if table.name == Remote.__tablename__:
            applications = [row["id"] for row in found.get("applications", [])]
            ways.append(table.c.local_id.in_([candidate_id, *applications]))
        return or_(*ways) if ways else None

    def _messages(self, organisation_id: str, candidate: Candidate, applications: list[str]) -> list[dict[str, Any]]:
        """Of other systems, that are kept and name them."""
        named = self._named_by(candidate, applications)
        columns = InboxEvent.__table__.columns
        query = select(*columns).where(InboxEvent.organisation_id == organisation_id).order_by(InboxEvent.id)
        return [
            dict(row)
            for row in self._session.execute(query).mappings()
            if (row["connection_id"], row["key"]) in named.keys
            or names_somebody(row["event"], named, named.ids.get(row["connection_id"], frozenset()))
        ]


def _open(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in SECRET}
