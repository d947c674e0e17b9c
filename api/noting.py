"""Notes on an application, for colleagues: who, when, words. Nothing scores or sends them, and whoever has an interview
to rate sees none but their own before they have. Used by `api.routes.undoing` and the application's page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.reviewing import person_of, standing
from api.security import Recruiter
from models.errors import BadRequest
from models.records import Note, account_key
from models.store import Store

if TYPE_CHECKING:
    from api.deps import App

LONGEST = 4_000


@dataclass(frozen=True, slots=True)
class Notes:
    """Oldest first. `hidden`: how many stay hidden until this person has rated the interview."""

    shown: tuple[Note, ...]
    hidden: int = 0


def notes_for(store: Store, who: Recruiter, application_id: str) -> Notes:
    """A program with a key that names nobody sees them all: it is no reviewer."""
    found = store.notes(who.organisation_id, application_id)
    if not _blind(store, who, application_id):
        return Notes(tuple(found))
    mine = account_key(who.person) if who.person is not None else ""
    own = tuple(one for one in found if one.author_key == mine)
    return Notes(own, len(found) - len(own))


def _blind(store: Store, who: Recruiter, application_id: str) -> bool:
    if who.person is None and not who.browser:
        return False
    held = [one for one in store.interviews_of(who.organisation_id, application_id) if one.state == "completed"]
    return any(standing(store, who.organisation_id, one.id, who.person).first is None for one in held)


def add(app: App, who: Recruiter, application_id: str, text: str) -> Note:
    """Raises NotFound, Forbidden, BadRequest."""
    with app.database.store() as store:
        store.application(who.organisation_id, application_id)
        person, words = person_of(who), _words(text)
        return store.add_note(who.organisation_id, application_id, words, person=person, now=app.now)


def edit(app: App, who: Recruiter, note_id: str, text: str) -> Note:
    """Raises NotFound, BadRequest, and Forbidden for all but the author."""
    with app.database.store() as store:
        store.note(who.organisation_id, note_id)
        person, words = person_of(who), _words(text)
        return store.edit_note(who.organisation_id, note_id, words, person=person, now=app.now)


def delete(app: App, who: Recruiter, note_id: str) -> None:
    """Raises NotFound, and Forbidden for all but the author."""
    with app.database.store() as store:
        store.note(who.organisation_id, note_id)
        store.delete_note(who.organisation_id, note_id, person=person_of(who))


def _words(text: str) -> str:
    words = text.strip().replace("\0", "")
    if not 0 < len(words) <= LONGEST:
        raise BadRequest(f"Write the note first, in at most {LONGEST:,} characters.")
    return words
