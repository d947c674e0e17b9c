"""What happened beside the answers: signals for the person who decides, each with its time and what it may well be.

Nothing here is scored, ranked, counted up or put before the ratings, and `interview.evaluate` never sees it. Pure: the
event log goes in, `Signal`s come out. Called by `api.context`; the numbers are in `interview.policy`, what they are
worth in docs/signals.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from interview import policy
from interview.dialogue import begin, step
from interview.events import DialogueEvent, Hidden, OtherVoice, Pasted, Segment
from interview.reading import read_aloud
from interview.state import DialogueState, advance, transcript
from models.values import InterviewPlan, Signal, SignalCode, Turn

Log = Sequence[tuple[float, DialogueEvent]]

INNOCENT: Mapping[SignalCode, str] = {
    "tab_hidden": "A call, a message, or their own notes or resume; on a phone, a screen that went dark.",
    "pasted": "Their own draft, a name or a link that is hard to type, text from a dictation or an accessibility tool.",
    "second_voice": "A person who came into the room, a television, a helper who was agreed on, or their own voice "
    "changed by a cold, a laugh or another microphone.",
    "read_aloud": "A well-prepared or often told story, an answer in a foreign language, an even way of speaking, or a "
    "speaking aid.",
}


def signals(plan: InterviewPlan, log: Log) -> tuple[Signal, ...]:
    """In the order of their time. The same log gives the same signals."""
    state, found, gone = begin(plan), list[Signal](), None
    for now, event in log:
        before, (state, _) = state, step(state, event, now)
        moment = advance(before, now)
        if gone is not None and not (state.hidden and state.running):
            found += _was_hidden(gone, moment, event)
            gone = None
        match event:
            case Hidden(hidden=True, at=at) if gone is None and state.hidden and state.running:
                gone = (moment, at)
            case Pasted() if event.characters >= policy.PASTED_SHORTEST:
                found.append(_pasted(event, moment))
    turns = transcript(state)
    found += [_second_voice(event, plan, turns) for _, event in log if isinstance(event, OtherVoice)]
    found += [_read_aloud(turns[number], plan) for number in read_aloud(turns, plan.language)]
    return tuple(sorted(found, key=lambda signal: (signal.at, signal.code)))


def spoken(plan: InterviewPlan, log: Log) -> list[tuple[float, float]]:
    """Capture seconds of the stretches in which the candidate's microphone heard a voice, without what was said over
    the interviewer, whose own voice the microphone may have heard."""
    state, stretches = begin(plan), list[tuple[float, float]]()
    for now, event in log:
        state, _ = step(state, event, now)
        if isinstance(event, Segment):
            stretches.append((event.start, event.end))
    played = [
        (turn.start, turn.end)
        for turn in transcript(state)
        if turn.role == "interviewer" and turn.start is not None and turn.end is not None
    ]
    return [rest for start, end in stretches if (rest := _without(start, end, played)) is not None]


def _without(start: float, end: float, played: Iterable[tuple[float, float]]) -> tuple[float, float] | None:
    """What is left of start..end behind the utterances that reach into it; None where one lies in it or covers it."""
    for first, last in played:
        if first < end and last > start:
            if last >= end or first > start:
                return None
            start = last
    return start, end


# ---------------------------------------------------------------- one signal each


def _was_hidden(
    gone: tuple[DialogueState, float | None], moment: DialogueState, event: DialogueEvent
) -> tuple[Signal, ...]:
    """`gone`: the conversation when the tab went, and the capture second. Time counts while the interview runs."""
    left, at = gone
    seconds = moment.clocks.used - left.clocks.used
    if seconds < policy.HIDDEN_SHORTEST:
        return ()
    back = event.at if isinstance(event, Hidden) else None
    start = left.clocks.used if at is None else at
    until = start + seconds if at is None or back is None or back < start else back
    detail = f"The page was in the background for {seconds:.0f} s."
    return (_signal("tab_hidden", start, detail, until=until, question=left.item.index + 1),)


def _pasted(event: Pasted, moment: DialogueState) -> Signal:
    at = moment.clocks.used if event.at is None else event.at
    detail = f"{event.characters:,} characters were pasted into the text box. What they were is not recorded."
    return _signal("pasted", at, detail, question=moment.item.index + 1)


def _second_voice(event: OtherVoice, plan: InterviewPlan, turns: Sequence[Turn]) -> Signal:
    detail = f"For about {event.end - event.start:.0f} s the voice sounded unlike that of the rest of the interview."
    turn = next((turn for turn in turns if _holds(turn, event.start)), None)
    return _signal("second_voice", event.start, detail, until=event.end, question=_place(turn, plan))


def _read_aloud(turn: Turn, plan: InterviewPlan) -> Signal:
    detail = "A long answer, spoken much more evenly and with far fewer hesitations than the others of the same person."
    return _signal("read_aloud", turn.start or 0.0, detail, until=turn.end, question=_place(turn, plan))


def _holds(turn: Turn, second: float) -> bool:
    return (
        turn.role == "candidate" and turn.start is not None and turn.end is not None and turn.start <= second < turn.end
    )


def _place(turn: Turn | None, plan: InterviewPlan) -> int:
    ids = [question.id for question in plan.questions]
    return ids.index(turn.question_id) + 1 if turn is not None and turn.question_id in ids else 0


def _signal(code: SignalCode, at: float, detail: str, *, until: float | None = None, question: int = 0) -> Signal:
    return Signal(
        code=code,
        at=round(at, 1),
        until=round(until, 1) if until is not None else None,
        question=question or None,
        detail=detail,
        innocent=INNOCENT[code],
    )
