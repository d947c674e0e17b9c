"""The conversation: what must hold whatever happens."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interview import policy
from interview.context import signals
from interview.dialogue import replay, transcript
from interview.events import (
    Adjusted,
    ButtonAction,
    EngineDown,
    Finish,
    Hidden,
    Joined,
    Left,
    Pasted,
    Played,
    Say,
    Segment,
    SpeechStarted,
    Tick,
    TurnEnded,
    Typed,
    Worded,
)
from tests.fakes_dialogue import FULL, VAGUE, Talk, a_plan, first_asked

BUTTONS: tuple[ButtonAction, ...] = ("repeat", "rephrase", "slower", "skip", "pause", "resume", "done", "finish")
UTTERANCES = (FULL, VAGUE, "", "yes", "no", "repeat please", "skip", "pause", "stop the interview", "I don't know")
KINDS = "play play play speak speak say end tick tick press type leave join hide down odd"
MOVES = st.lists(st.tuples(st.sampled_from(KINDS.split()), st.integers(0, 9)), max_size=60)


def happen(talk: Talk, kind: str, n: int) -> None:
    match kind:
        case "play":
            talk.do(Played(utterance=f"u{talk.state.spoken}", at=talk.capture + n), after=n)
        case "speak":
            talk.answer(UTTERANCES[n], seconds=n + 0.5)
        case "say":
            talk.speak(UTTERANCES[n], seconds=3.0 * n + 0.1)
        case "end":
            talk.do(TurnEnded(at=talk.capture - n))
        case "tick":
            talk.do(Tick(), after=(0.5, 1, 2, 5, 9, 20, 60, 130, 400, 1000)[n])
        case "press":
            talk.press(BUTTONS[n % 7 if n < 9 else 7])
        case "type":
            talk.do(Typed(text=UTTERANCES[n] or " "))
        case "leave":
            talk.do(Left(), after=n)
        case "join":
            talk.do(Joined(), after=n * n)
        case "hide":
            pasted, arranged = Pasted(characters=40 * n + 1), Adjusted(patient=n > 5, extra_minutes=n)
            talk.do((Hidden(hidden=True), pasted, Hidden(hidden=False), arranged)[n % 4])
        case "down":
            worded = Worded(utterance=f"u{talk.state.spoken - n // 8}", text=f"Follow-up {n}?")
            talk.do((EngineDown(engine="whisper"), worded)[n % 2])
        case _:
            talk.do(SpeechStarted(at=talk.capture - n))
            talk.do(Segment(text=UTTERANCES[n], start=float(n), end=float(n) + 1))


@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(moves=MOVES, minutes=st.sampled_from([1, 5, 30]))
@pytest.mark.proves(1, 3)
def test_whatever_happens(moves: list[tuple[str, int]], minutes: int) -> None:
    talk = Talk(a_plan(questions=2, minutes=minutes, check=True))
    for kind, n in moves:
        happen(talk, kind, n)
        assert 0 <= talk.left <= (minutes + talk.state.adjusted.extra_minutes) * 60
    for _ in range(400):
        if talk.state.stage == "ended":
            break
        talk.do(Tick(), after=30.0)
    assert [e for e in talk.effects if isinstance(e, Finish)] == [Finish(reason=talk.state.reason or "completed")]
    assert isinstance(talk.effects[-1], Finish)
    assert replay(talk.plan, talk.log) == talk.state
    noted = signals(talk.plan, talk.log)
    assert [one.at for one in noted] == sorted(one.at for one in noted)
    asked = first_asked(talk)
    assert len(asked) == len(set(asked))
    assert asked == [q.id for q in talk.plan.questions if q.id in asked]
    assert len(talk.state.probed) <= policy.PROBES * 2
    assert len(set(talk.state.probed)) == len(talk.state.probed)
    names = list(dict.fromkeys(e.utterance for e in talk.effects if isinstance(e, Say)))
    assert names == [f"u{n}" for n in range(1, len(names) + 1)]
    times = [t.start for t in transcript(talk.state) if t.start is not None]
    assert len(times) == len([t for t in transcript(talk.state) if t.role == "candidate" and t.end is not None])
