"""What happened beside the answers of an interview, from its event log: `interview.context` says what, this file reads
and writes. Used by `api.outcomes`, the recruiters' API and the candidate's copy of their data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import structlog

from api.keeping import Log, microphone_of
from api.pieces import Sound
from interview.audio import RATE
from interview.context import signals, spoken
from interview.events import OtherVoice, read_log
from interview.voices import Stretch, others
from models.errors import FoyerError
from models.records import Interview
from models.values import InterviewPlan, Signal

if TYPE_CHECKING:
    from api.deps import App

log = structlog.get_logger("foyer.beside")

AGREED = "2026-11-27"
"""The consent text that first told of it (`api.security.CONSENT_VERSION`): voices are compared from it on."""


def signals_of(interview: Interview, kept: Log) -> tuple[Signal, ...]:
    return signals(InterviewPlan.model_validate(interview.plan), read_log(kept))


def compare_voices(app: App, organisation_id: str, interview_id: str) -> None:
    """Whether somebody else spoke too becomes part of the event log: only when, never how they sound. Again changes
    nothing. Whatever goes wrong is logged; recording and report must not wait for this."""
    try:
        _compare(app, organisation_id, interview_id)
    except (FoyerError, OSError):
        log.exception("voices.not_compared", interview=interview_id)


def _compare(app: App, organisation_id: str, interview_id: str) -> None:
    with app.database.reading() as store:
        interview = store.interview(organisation_id, interview_id)
        kept = store.events(organisation_id, interview_id)
        agreed = store.consent_text_version(organisation_id, interview_id)
    events = read_log(kept)
    if agreed is None or agreed < AGREED:
        return  # they were told of less
    if interview.state != "completed" or any(isinstance(event, OtherVoice) for _, event in events):
        return
    raw = microphone_of(app, interview)
    if raw is None:
        return
    found = others(_stretches(raw, spoken(InterviewPlan.model_validate(interview.plan), events)))
    after = [(app.clock.now(), OtherVoice(start=start, end=end).model_dump(mode="json")) for start, end in found]
    with app.database.store() as store:
        store.append_events(organisation_id, interview_id, kept[-1][0] + 1 if kept else 0, after)


def _stretches(raw: Sound, spans: list[tuple[float, float]]) -> Iterator[Stretch]:
    for start, end in spans:
        first, last = round(start * RATE), round(end * RATE)
        yield Stretch(start, end, raw.read(first, last - first))
