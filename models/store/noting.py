"""Notes on applications. Part of `models.store.Store`; `api.noting` says who sees them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from models.columns import Personal
from models.errors import Forbidden
from models.records import Application, Note, account_key
from models.store.base import Rows
from models.values import Person


class Noting(Rows):
    def add_note(self, organisation_id: str, application_id: str, text: str, *, person: Person, now: datetime) -> Note:
        about = self._own(Application, organisation_id, application_id).candidate_id
        made = self._add(
            Note(
                organisation_id=organisation_id,
                application_id=application_id,
                author=person.name,
                author_key=account_key(person),
                text=Personal(text, subject=about),
                made_at=now,
            )
        )
        self._note(
            organisation_id, "note.made", "application", application_id, about=about, person=person, note=made.id
        )
        return made

    def note(self, organisation_id: str, note_id: str) -> Note:
        return self._own(Note, organisation_id, note_id)

    def notes(self, organisation_id: str, application_id: str) -> list[Note]:
        """Oldest first."""
        self._own(Application, organisation_id, application_id)
        query = select(Note).where(Note.application_id == application_id).order_by(Note.made_at, Note.id)
        return list(self._session.scalars(query))

    def edit_note(self, organisation_id: str, note_id: str, text: str, *, person: Person, now: datetime) -> Note:
        """Raises Forbidden for all but the author."""
        note, about = self._mine(organisation_id, note_id, person)
        note.text, note.edited_at = Personal(text, subject=about), now
        self._session.flush()
        case = note.application_id
        self._note(organisation_id, "note.changed", "application", case, about=about, person=person, note=note_id)
        return note

    def delete_note(self, organisation_id: str, note_id: str, *, person: Person) -> None:
        """Raises Forbidden for all but the author."""
        note, about = self._mine(organisation_id, note_id, person)
        case = note.application_id
        self._session.delete(note)
        self._session.flush()
        self._note(organisation_id, "note.deleted", "application", case, about=about, person=person, note=note_id)

    def _mine(self, organisation_id: str, note_id: str, person: Person) -> tuple[Note, str]:
        note = self._lock(Note, organisation_id, note_id)
        if note.author_key != account_key(person):
            raise Forbidden(
                f"This is {note.author}'s note: its author alone changes or deletes it. Write one of yours."
            )
        return note, self._own(Application, organisation_id, note.application_id).candidate_id
