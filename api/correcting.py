"""A transcript that was wrong is put right: the candidate says what they said, a person compares it with the recording
and accepts, and the interview is judged anew (GDPR Art. 16). Nothing is overwritten: the transcript, the remarks and
the earlier report stay. Called by `api.routes.law` and the console.

It takes a person because a correction may change what somebody is judged by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.outcomes import said
from api.remarks import corrections
from api.security import digest
from models.errors import Conflict
from models.records import Interview, Report
from models.store import Store
from models.values import Scorecard, Turn

if TYPE_CHECKING:
    from api.deps import App

CORRECTED = "corrected_turns"
"""In a scorecard's versions: the places of the turns that were put right, with commas."""


def accept(app: App, organisation_id: str, interview_id: str, *, by: str) -> dict[str, Any]:
    """JSON types, as `versions`. Raises NotFound; Conflict where there is nothing to correct, or no report yet."""
    with app.database.reading() as store:
        interview = store.interview(organisation_id, interview_id)
        turns, places = as_corrected(store, interview)
        before = store.report_of(organisation_id, interview_id)
    if before is None:
        raise Conflict("There is no report yet: it is written within moments of the interview's end.")
    if not places or _has(before, turns):
        raise Conflict("The candidate has corrected nothing that the report does not have already.")
    also = {
        CORRECTED: ",".join(map(str, places)),
        "corrected_sha256": _mark(turns),
        "accepted_by": by,
        "supersedes": before.id,
    }
    outcomes = app.pipeline.outcomes
    scorecard, (page, data) = outcomes.written(interview, turns, {}, also)
    with app.database.store() as store:
        made = store.add_report_version(
            organisation_id, interview_id, scorecard, html_sha256=page, json_sha256=data, now=app.now
        )
        counting = store.counting(organisation_id, interview.application_id)
        if counting is not None and counting.id == interview_id:
            outcomes.deliver_anew(store, interview, turns)
    return _shown(made.version, made.id, made.created_at.isoformat(), scorecard)


def waiting(store: Store, interview: Interview, report: Report | None) -> bool:
    """Did the candidate correct what the newest report does not have yet?"""
    turns, places = as_corrected(store, interview) if report is not None else ((), ())
    return bool(places) and report is not None and not _has(report, turns)


def as_corrected(store: Store, interview: Interview) -> tuple[tuple[Turn, ...], tuple[int, ...]]:
    """The turns with the candidate's newest corrections of their own words in place, and which they are; nothing where
    nothing was corrected. A corrected
    turn has no times by word any more: what was recognised then is not what counts."""
    meant = corrections(store.remarks(interview.organisation_id, store.held(interview).id))
    if not meant:
        return (), ()
    turns, places = list(said(store, interview)), []
    for place, text in sorted(meant.items()):
        if place < len(turns) and turns[place].role == "candidate" and turns[place].text != text:
            turns[place] = turns[place].model_copy(update={"text": text, "words": ()})
            places.append(place)
    return tuple(turns), tuple(places)


def versions(store: Store, organisation_id: str, interview_id: str) -> list[dict[str, Any]]:
    """JSON types, oldest first."""
    return [
        _shown(one.version, one.id, one.created_at.isoformat(), Scorecard.model_validate(one.scorecard))
        for one in store.report_versions(organisation_id, interview_id)
    ]


def _shown(number: int, id: str, at: str, card: Scorecard) -> dict[str, Any]:
    return {
        "version": number,
        "report_id": id,
        "at": at,
        "overall": card.overall,
        "recommendation": card.recommendation,
        "corrected_turns": card.versions.get(CORRECTED, ""),
        "accepted_by": card.versions.get("accepted_by", ""),
        "supersedes": card.versions.get("supersedes", ""),
    }


def _has(report: Report, turns: tuple[Turn, ...]) -> bool:
    return Scorecard.model_validate(report.scorecard).versions.get("corrected_sha256") == _mark(turns)


def _mark(turns: tuple[Turn, ...]) -> str:
    return digest("\0".join(turn.text for turn in turns))
