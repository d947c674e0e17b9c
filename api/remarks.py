"""What candidates say about their interview afterwards, as pages and API show it."""

from __future__ import annotations

from collections.abc import Sequence

from api.outcomes import turns_of
from models.records import Interview, Remark
from models.store import Store


def corrections(remarks: Sequence[Remark]) -> dict[int, str]:
    """The newest correction of each turn, by its place in the transcript."""
    return {one.turn: one.text for one in remarks if one.kind == "correction" and one.turn is not None}


def corrected(store: Store, interview: Interview) -> list[tuple[str, str]]:
    """(as understood, as the candidate says it was), in the order of the transcript."""
    said = corrections(store.remarks(interview.organisation_id, interview.id))
    turns = turns_of(interview, store.events(interview.organisation_id, interview.id)) if said else ()
    pairs = [(turns[place].text, text) for place, text in sorted(said.items()) if place < len(turns)]
    return [pair for pair in pairs if pair[0] != pair[1]]
