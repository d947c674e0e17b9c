"""When the interviewer was heard: the event log of an interview as stretches of sound on the capture clock. Used by
`api.keeping`, which lays them into the recording.

Capture seconds run as long as the microphone does. What was played while none ran took no time on that clock, and is
not in the recording."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from interview.dialogue import begin, step
from interview.events import DialogueEvent, Overlapped, Played, Playing, Say, Silenced
from models.values import InterviewPlan

SLACK = 0.25
"""Seconds by which a page's two reports of one playback may differ from its length: it counts in frames of 40 ms."""


@dataclass(frozen=True, slots=True)
class Playback:
    """Part of an utterance as it was played. All but `position` and `until` are capture seconds."""

    say: Say
    voice: str | None
    """What was played, as `Playing` names it: empty where there was only text; None where the log does not tell."""
    began: float | None
    """None: the page did not say; it ended at `ended`."""
    ended: float | None = None
    whole: bool = False
    """`ended` is its end, and not where it was broken off."""
    position: float = 0.0
    """Second of the utterance at which it began ..."""
    until: float | None = None
    """... and at which it stalled."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Seconds `position` to `position + end - start` of a playback's sound, at capture seconds `start` to `end`."""

    playback: Playback
    start: float
    end: float
    position: float


def playbacks(plan: InterviewPlan, log: Iterable[tuple[float, DialogueEvent]]) -> tuple[Playback, ...]:
    """Everything that was played, in the order in which it began."""
    state, says, found = begin(plan), dict[str, Say](), list[Playback]()
    for now, event in log:
        match event:
            case Playing() if event.utterance in says:
                _stall(found, event)
                found.append(Playback(says[event.utterance], event.voice, event.at, position=event.position))
            case Played() if event.utterance in says:
                _finish(found, event, says[event.utterance])
            case Silenced():
                _break_off(found, event.utterance, event.at)
        before = state
        state, effects = step(state, event, now)
        if isinstance(event, Overlapped) and state is not before and not event.echo:
            _break_off(found, event.utterance, event.at)  # until the page says when it fell silent
        says |= {effect.utterance: effect for effect in effects if isinstance(effect, Say)}
    return tuple(found)


def _stall(found: list[Playback], event: Playing) -> None:
    """The same utterance goes on from a later second of it: so far had it been heard."""
    if found and found[-1].say.utterance == event.utterance and event.position > found[-1].position:
        found[-1] = replace(found[-1], until=event.position)


def _finish(found: list[Playback], event: Played, say: Say) -> None:
    last = found[-1] if found else None
    if last is not None and last.say.utterance == event.utterance:
        found[-1] = replace(last, ended=event.at, whole=True)
    else:
        found.append(Playback(say, None, None, event.at, whole=True))


def _break_off(found: list[Playback], utterance: str, at: float) -> None:
    if found and found[-1].say.utterance == utterance and not found[-1].whole:
        found[-1] = replace(found[-1], ended=at)


def laid_out(played: Sequence[Playback], lengths: Sequence[float], seconds: float) -> list[Stretch]:
    """Where each playback sounds, for a recording of `seconds`; `lengths`: of their whole sound, 0 where there is none.
    No two stretches overlap: what begins next ends what sounded before."""
    stretches: list[Stretch] = []
    for playback, length in zip(played, lengths, strict=True):
        start, end, position = _span(playback, length)
        if stretches and start < stretches[-1].end:
            if playback.began is None:  # an estimate gives way
                position, start = position + stretches[-1].end - start, stretches[-1].end
            else:
                stretches[-1] = replace(stretches[-1], end=max(stretches[-1].start, start))
        stretches.append(Stretch(playback, start, min(end, seconds), position))
    return [stretch for stretch in stretches if stretch.end > stretch.start]


def _span(playback: Playback, length: float) -> tuple[float, float, float]:
    """Its start and end in capture seconds, and the second of the utterance at its start."""
    if playback.began is None:
        ended = playback.ended or 0.0
        start = max(0.0, ended - length)
        return start, ended, 0.0
    rest = max(0.0, min(length, playback.until or length) - playback.position)
    end = playback.began + rest
    if playback.ended is not None and not (playback.whole and end - playback.ended <= SLACK):
        end = min(end, playback.ended)
    return playback.began, end, playback.position
