"""What candidates say about their interview afterwards, as pages and API show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.outcomes import said
from interview.cleaned import left_out
from models.records import Interview, Remark
from models.store import Store
from models.values import Turn


@dataclass(frozen=True, slots=True)
class Line:
    """A turn of the transcript; `correction`: the candidate's newest one, where it differs."""

    place: int
    turn: Turn
    correction: str | None = None
    language: str = "en"

    @property
    def words(self) -> list[tuple[str, bool]]:
        """Each word, and whether the cleaned view leaves it out."""
        words = self.turn.text.split()
        out = left_out(words, self.language) if self.turn.role == "candidate" else frozenset()
        return [(word, place in out) for place, word in enumerate(words)]


def corrections(remarks: Sequence[Remark]) -> dict[int, str]:
    """The newest correction of each turn, by its place in the transcript."""
    return {one.turn: one.text for one in remarks if one.kind == "correction" and one.turn is not None}


def lines(store: Store, interview: Interview, remarks: Sequence[Remark]) -> list[Line]:
    """The transcript with its corrections."""
    meant = corrections(remarks)
    language = str(interview.plan.get("language", "en"))
    return [
        Line(place, turn, meant[place] if meant.get(place, turn.text) != turn.text else None, language)
        for place, turn in enumerate(said(store, interview))
    ]


def corrected(store: Store, interview: Interview) -> list[tuple[str, str]]:
    """(as understood, as the candidate says it was), in the order of the transcript."""
    remarks = store.remarks(interview.organisation_id, store.held(interview).id)
    if not corrections(remarks):
        return []
    return [(line.turn.text, line.correction) for line in lines(store, interview, remarks) if line.correction]
