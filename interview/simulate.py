"""The dialogue over scripted answers on a fake clock: 45 minutes in a blink, to try out plans and policies.

Called by `foyer simulate`. The interviewer speaks 2.5 words a second; a scripted turn begins at its time, or as soon
as somebody listens; the capture clock is the interview's. Ticks come twice a second, as they do in `api.live`, and are
shown when they changed something. When the script is over, the candidate is silent."""

from __future__ import annotations

import itertools
import json
import math
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from interview.dialogue import DialogueState, begin, outcomes, step, transcript, view
from interview.events import (
    DialogueEvent,
    Effect,
    Joined,
    Listen,
    Played,
    Say,
    Segment,
    SpeechStarted,
    StopListening,
    Tick,
    TurnEnded,
)
from models.engines import TurnDetector, TurnView
from models.errors import BadRequest
from models.values import InterviewPlan, Word

WORDS_PER_SECOND = 2.5
TICK = 0.5
COMPLETE_WAIT, INCOMPLETE_WAIT = 0.8, 2.5
"""Silence after which a finished, or an unfinished, answer ends."""
STRETCH = 15.0
"""Longer speech is recognised in stretches of this many seconds."""


class ScriptedTurn(BaseModel):
    """One thing the candidate says. `at`: seconds from the interview's start, None: as soon as somebody listens."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    text: str
    at: float | None = Field(None, ge=0, allow_inf_nan=False)
    seconds: float = Field(0.0, ge=0, le=7200, allow_inf_nan=False)
    """0: as long as its words take."""

    @property
    def lasts(self) -> float:
        return self.seconds or max(0.5, len(self.text.split()) / WORDS_PER_SECOND)


_turn: TypeAdapter[ScriptedTurn] = TypeAdapter(ScriptedTurn)


def read_script(text: str) -> list[ScriptedTurn]:
    """A JSON list of turns, an object with `turns`, or one turn a line; the interviewer's turns are left out. Raises
    BadRequest naming the line (of JSON Lines and broken JSON) or the turn."""
    stripped = text.strip()
    if not stripped:
        raise BadRequest("The script is empty: it needs at least one turn with a text.")
    whole = _load(stripped)
    if whole is not None:
        return _turns(whole, "turn")
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    turns = []
    for number, line in lines:
        try:
            turns.append((number, json.loads(line)))
        except json.JSONDecodeError as error:
            raise BadRequest(f"Line {number} of the script is not JSON: {error.msg} (column {error.colno}).") from error
    return [turn for number, raw in turns for turn in _one(raw, f"Line {number}")]


def _load(text: str) -> list[object] | None:
    """The list of turns where the whole text is one JSON value; None: try line by line."""
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        if text[0] == "[" or (text[0] == "{" and '"turns"' in text.splitlines()[0]):
            raise BadRequest(
                f"Line {error.lineno} of the script is not JSON: {error.msg} (column {error.colno})."
            ) from error
        return None
    turns = value.get("turns", [value]) if isinstance(value, dict) else value
    if not isinstance(turns, list):
        raise BadRequest('The script must be a list of turns, an object {"turns": [...]}, or one turn a line.')
    return turns


def _turns(values: Sequence[object], what: str) -> list[ScriptedTurn]:
    return [turn for number, value in enumerate(values, 1) for turn in _one(value, f"{what.title()} {number}")]


def _one(value: object, where: str) -> list[ScriptedTurn]:
    """None or one turn."""
    if not isinstance(value, dict):
        raise BadRequest(f'{where} of the script must be an object such as {{"text": "...", "seconds": 12}}.')
    if value.get("role", "candidate") != "candidate":
        return []
    try:
        return [_turn.validate_python(value)]
    except ValidationError as error:
        problem = error.errors()[0]
        field = ".".join(str(part) for part in problem["loc"]) or "the turn"
        raise BadRequest(f"{where} of the script: {field}: {problem['msg']}.") from error


def simulate(
    plan: InterviewPlan, script: Sequence[ScriptedTurn], *, turns: TurnDetector | None = None
) -> Iterator[dict[str, object]]:
    """Everything that happens, in order: {"t", "event"} or {"t", "effect"}, then one {"t", "transcript", "state",
    "outcomes"}. `turns` judges whether an answer sounds finished; without it every answer does. Ends at the
    interview's Finish, which comes for any script."""
    stage = _Stage(plan, script, turns)
    yield from stage.run()


@dataclass(frozen=True, slots=True)
class _Due:
    at: float
    event: DialogueEvent


class _Stage:
    """The clock, the loudspeaker and the candidate."""

    def __init__(self, plan: InterviewPlan, script: Sequence[ScriptedTurn], turns: TurnDetector | None) -> None:
        self._state: DialogueState = begin(plan)
        self._script = deque(script)
        self._turns = turns
        self._due: deque[_Due] = deque()
        self._now = 0.0

    def run(self) -> Iterator[dict[str, object]]:
        yield from self._happens(Joined())
        while self._state.stage != "ended":
            tick = (self._now // TICK + 1) * TICK
            if self._due and self._due[0].at <= tick:
                due = self._due.popleft()
                self._now = max(self._now, due.at)
                yield from self._happens(due.event)
            else:
                self._now = tick
                yield from self._happens(Tick())
        yield {
            "t": round(self._now, 3),
            "transcript": [turn.model_dump(mode="json", exclude={"words"}) for turn in transcript(self._state)],
            "state": view(self._state, self._now).model_dump(mode="json"),
            "outcomes": outcomes(self._state),
        }

    def _happens(self, event: DialogueEvent) -> Iterator[dict[str, object]]:
        state, effects = step(self._state, event, self._now)
        if state is self._state and not effects:
            return
        self._state = state
        if isinstance(event, SpeechStarted):
            self._script.popleft()
        t = round(self._now, 3)
        yield {"t": t, "event": event.model_dump(mode="json", exclude={"words"})}
        for effect in effects:
            self._act(effect)
            yield {"t": t, "effect": effect.model_dump(mode="json")}

    def _act(self, effect: Effect) -> None:
        match effect:
            case Say():
                heard = self._now + len(effect.text.split()) / WORDS_PER_SECOND
                self._due = deque([_Due(heard, Played(utterance=effect.utterance, at=round(heard, 3)))])
            case Listen():
                self._answer()
            case StopListening():
                self._due.clear()
            case _:
                pass

    def _answer(self) -> None:
        """Queue what will be heard: the next turn, and those that follow before its end would have been declared. A
        turn leaves the script when it has begun; until then the interviewer may speak first."""
        said: list[str] = []
        ended = 0.0
        for turn in self._script:
            if said and (turn.at is None or turn.at > ended + self._wait(said)):
                break
            start = max(self._now, turn.at or 0.0, ended)
            ended = start + turn.lasts
            said.append(turn.text)
            self._due.append(_Due(start, SpeechStarted(at=round(start, 3))))
            self._due.extend(_Due(segment.end, segment) for segment in _segments(turn.text, start, ended))
        if said:
            self._due.append(_Due(ended + self._wait(said), TurnEnded(at=round(ended, 3))))

    def _wait(self, said: Sequence[str]) -> float:
        if self._turns is None or self._turns.p_complete(TurnView(" ".join(said))) >= 0.5:
            return COMPLETE_WAIT
        return INCOMPLETE_WAIT


def _segments(text: str, start: float, end: float) -> list[Segment]:
    """The turn as it is recognised: in stretches, with evenly spread words."""
    words = text.split()
    each = (end - start) / max(1, len(words))
    timed = [
        Word(text=word, start=round(start + n * each, 3), end=round(start + (n + 1) * each, 3))
        for n, word in enumerate(words)
    ]
    stretches = max(1, min(len(words), math.ceil((end - start) / STRETCH)))
    borders = [len(timed) * n // stretches for n in range(stretches + 1)]
    spans = [tuple(timed[a:b]) for a, b in itertools.pairwise(borders)]
    return [
        Segment(
            text=" ".join(word.text for word in span),
            start=span[0].start if span else round(start, 3),
            end=span[-1].end if span else round(end, 3),
            words=span,
        )
        for span in spans
    ]
