"""Did something technical spoil an interview? Read from its event log, by replaying it. Used by `api.retakes`.

A failure counts only where it cost the candidate something: a question that was left without an answer. What they did
themselves (a pause, a skipped question, leaving a room they could come back to) is none, and a break after which the
interview went on to its end cost nothing, for its clock stood still."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from interview.dialogue import begin, outcomes, step
from interview.events import DialogueEvent, EngineDown, Joined, Playing, Segment, SpeechStarted, Typed
from interview.state import DialogueState
from models.values import InterviewPlan

Reason: TypeAlias = Literal["recogniser", "voice", "line", "server", "microphone"]

LONGEST: dict[Reason, float] = {"recogniser": 0.0, "voice": 30.0, "line": 60.0, "server": 60.0, "microphone": 60.0}
"""Seconds that are borne; more is a failure. A recogniser is given up only when every stand-in has failed too."""
BRIEF = 5.0
"""How long so short a time was is not worth saying."""
REASONS: dict[Reason, str] = {
    "recogniser": "What was said could not be understood any more, because speech recognition had failed",
    "voice": "The interviewer's voice had failed",
    "line": "The connection was broken",
    "server": "The interview service had stopped",
    "microphone": "No sound came from the microphone",
}


@dataclass(frozen=True, slots=True)
class Failure:
    """`seconds`: for how long it lasted, in all."""

    reason: Reason
    seconds: float

    @property
    def text(self) -> str:
        """One sentence, for the candidate and for the recruiter."""
        if self.seconds < BRIEF:
            return f"{REASONS[self.reason]}."
        minutes, rest = divmod(round(self.seconds), 60)
        lasted = f"{minutes} min {rest} s" if minutes else f"{rest} s"
        return f"{REASONS[self.reason]}, for {lasted}."


def technical_failure(
    plan: InterviewPlan, log: Sequence[tuple[float, DialogueEvent]], *, until: float | None = None
) -> Failure | None:
    """What went wrong for longest, in an interview with this log of (epoch seconds, event). `until`: epoch seconds of
    its end, where it is over: who was gone then could not come back any more. None where it can still go on."""
    lasted, state = _lasted(plan, log, until)
    spoiled = [
        Failure(reason, seconds)
        for reason, seconds in lasted.items()
        if seconds > LONGEST[reason] and _cost(state, reason)
    ]
    return max(spoiled, key=lambda failure: failure.seconds, default=None)


def _cost(state: DialogueState, reason: Reason) -> bool:
    """Was a question left without an answer because of it?"""
    gone = reason in ("line", "server")
    if gone and state.reason in ("completed", "time"):
        return False
    core = {each.id for each in state.plan.questions if each.kind != "candidate_questions"}
    lost = {"not_heard", "not_reached"} if gone else {"not_heard", "not_reached", "skipped"}
    return any(how in lost for question, how in outcomes(state).items() if question in core)


def _lasted(
    plan: InterviewPlan, log: Sequence[tuple[float, DialogueEvent]], until: float | None
) -> tuple[dict[Reason, float], DialogueState]:
    """Seconds of each trouble, and the state at the end."""
    lasted: dict[Reason, float] = defaultdict(float)
    deaf_to_all = not any(isinstance(event, SpeechStarted | Segment | Typed) for _, event in log)
    state, before, spoke, mute = begin(plan), log[0][0] if log else 0.0, False, False
    for now, event in log:
        trouble = _trouble(state, event, mute=mute, silent=deaf_to_all)
        if trouble is not None:
            lasted[trouble] += max(0.0, now - before)
        if isinstance(event, Playing):
            spoke, mute = spoke or bool(event.voice), spoke and not event.voice
        if isinstance(event, EngineDown) and not state.item.deaf:
            lasted["recogniser"] += 1.0  # however short it was, this answer was lost to it
        state, _ = step(state, event, now)
        before = max(before, now)
    if until is not None and state.stage not in ("new", "ended", "paused"):
        lasted["server" if state.connected else "line"] += max(0.0, until - before)
    return lasted, state


def _trouble(state: DialogueState, event: DialogueEvent, *, mute: bool, silent: bool) -> Reason | None:
    """What was wrong in the time before this event, in which the conversation stood at `state`."""
    if state.stage in ("new", "ended", "paused"):
        return None
    if isinstance(event, Joined):  # without a departure that was recorded: the service was killed
        return "server" if state.connected else "line"
    if not state.connected:
        return "line"
    if state.item.deaf:
        return "recogniser"
    if silent and state.stage == "listening":
        return "microphone"
    return "voice" if mute else None
