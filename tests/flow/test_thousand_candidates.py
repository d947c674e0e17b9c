"""Whole interviews of 45 minutes on a fake clock, with a thousand candidates of every kind.

Each is drawn by Hypothesis: how they speak, what they ask for, when their line or our engines fail. The page and the
listener around the dialogue behave as the real ones do, and now and then fail to report."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interview import policy
from interview.dialogue import outcomes, replay
from interview.events import (
    ButtonAction,
    EngineDown,
    Finish,
    Hidden,
    Joined,
    Left,
    Overlapped,
    Played,
    Pressed,
    Segment,
    SpeechStarted,
    Tick,
    TurnEnded,
    Typed,
    Writing,
)
from tests.fakes_dialogue import FULL, VAGUE, Talk, a_plan, first_asked

MINUTES = 45
TICK = 1.0
RAMBLING = " ".join([VAGUE] * 20)
ASKING = (
    "Could you repeat the question?",
    "What do you mean by that?",
    "A bit slower, please.",
    "Let me think about it.",
    "Can we go back to the previous question?",
    "Can we take a break?",
)
ANGRY = ("I want to stop the interview.", "no", "Next question.", "I do not know.", "What?")
PRESSES: tuple[ButtonAction, ...] = ("repeat", "rephrase", "slower", "skip", "back", "patient", "pause", "done")


@dataclass(frozen=True)
class Habits:
    """What somebody does when it is their turn: one of these, by weight."""

    terse: int
    full: int
    rambling: int
    silent: int
    hostile: int
    asking: int
    pressing: int
    typing: int
    leaving: int
    eager: int
    broken: int

    def choose(self, chance: Random) -> str:
        names = list(self.__dataclass_fields__)
        return chance.choices(names, [getattr(self, name) for name in names])[0]


weight = st.integers(0, 3)
habits = st.builds(
    Habits,
    terse=weight,
    full=st.integers(1, 4),
    rambling=weight,
    silent=weight,
    hostile=weight,
    asking=weight,
    pressing=weight,
    typing=weight,
    leaving=weight,
    eager=weight,
    broken=st.integers(0, 1),
)


class Candidate:
    """Acts whenever the dialogue listens, speaks or is paused; checks after every second that nothing is stuck."""

    def __init__(self, kind: Habits, seed: int) -> None:
        self._habits, self._chance = kind, Random(seed)
        self.talk = Talk(a_plan(questions=8, minutes=MINUTES, check=True))
        self.backs = 0

    def interview(self) -> Talk:
        talk = self.talk
        for _ in range(4000):
            if talk.state.stage == "ended":
                return talk
            match talk.state.stage:
                case "speaking":
                    self._hear()
                case "listening":
                    getattr(self, f"_{self._habits.choose(self._chance)}")()
                case "interrupted":
                    self._over()
                case "paused":
                    self._wait(self._chance.choice((5, 60, 300, 1000)))
                    self._press("resume")
                case _:
                    self._wait(3)
        raise AssertionError("no end in sight")

    def _wait(self, seconds: float) -> None:
        for _ in range(int(seconds / TICK)):
            self.talk.do(Tick(), after=TICK)
            self._check()

    def _check(self) -> None:
        """Every watchdog fires in time."""
        state = self.talk.state
        if not state.running:
            assert state.stage == "ended" or state.clocks.away < policy.HOLD + TICK
            return
        limits = {
            "speaking": policy.speaking_limit(state.say.text if state.say else ""),
            "thinking": policy.RECOGNITION,
            "interrupted": policy.OVERHEARD,
        }
        assert state.clocks.stage <= limits.get(state.stage, float("inf")) + TICK
        assert state.clocks.quiet <= policy.PAUSE_AFTER + TICK
        assert state.clocks.voiced <= policy.VOICED + TICK
        assert state.clocks.answer <= policy.LONGEST_ANSWER + 2 * TICK
        closing = policy.speaking_limit(state.say.text if state.say else "") + policy.RECOGNITION
        assert state.overrun <= policy.GRACE + closing + 2 * TICK

    def _hear(self) -> None:
        if self._chance.random() < 0.03:  # the page never says that it has played it
            self._wait(20)
            return
        say = self.talk.state.say
        assert say is not None
        seconds = len(say.text.split()) / 2.5
        if self._chance.random() < 0.1 * self._habits.eager:
            share = self._chance.random()
            self._wait(seconds * share)
            echo = self._chance.random() < 0.02
            self.talk.do(Overlapped(utterance=say.utterance, at=self.talk.capture, share=share, echo=echo))
            if not echo:
                return
        self._wait(seconds)
        self.talk.do(Played(utterance=say.utterance, at=self.talk.capture))

    def _over(self) -> None:
        """Words over the interviewer, a cough, or nothing."""
        if self._chance.random() < 0.2:
            self._wait(40)
            return
        start = self.talk.capture
        self.talk.do(SpeechStarted(at=start))
        self._wait(2)
        text = self._chance.choice(("", "mm-hm", "cup", FULL, "What?", "Tell me about the fire in the kitchen"))
        self.talk.do(Segment(text=text, start=start, end=self.talk.capture))
        self._wait(self._chance.choice((0, 2, 60)))
        self.talk.do(TurnEnded(at=self.talk.capture))

    def _eager(self) -> None:
        self._wait(1)

    def _say(self, text: str, seconds: float) -> None:
        """In stretches of at most 15 s, as the listener hands them on, while the clock ticks."""
        words = text.split()
        stretches = max(1, round(seconds / 12))
        self._wait(self._chance.choice((0, 1, 4, 10)))
        for n in range(stretches):
            if self.talk.state.stage != "listening":
                return
            part = words[len(words) * n // stretches : len(words) * (n + 1) // stretches]
            start = self.talk.capture + 0.5
            self.talk.do(SpeechStarted(at=start), after=0.6)
            self._wait(seconds / stretches)
            if n == stretches - 1 and self._chance.random() < 0.1:  # the words come late, or never
                self.talk.do(Pressed(action="done"))
                self._wait(self._chance.choice((4, 30)))
                if self._chance.random() < 0.3:
                    return
            self.talk.do(Segment(text=" ".join(part), start=start, end=self.talk.capture))
        if self._chance.random() < 0.95:  # otherwise nobody says that the answer is over
            self.talk.do(TurnEnded(at=self.talk.capture), after=0.8)
        else:
            self._wait(policy.UNENDED + 5)

    def _terse(self) -> None:
        self._say(self._chance.choice(("yes", "no", "I did.", "Sales.", "")), 1.0)

    def _full(self) -> None:
        self._say(FULL, self._chance.uniform(10, 90))

    def _rambling(self) -> None:
        self._say(RAMBLING, self._chance.uniform(120, 400))

    def _silent(self) -> None:
        self._wait(self._chance.choice((5, 15, 60, 150)))

    def _hostile(self) -> None:
        self._say(self._chance.choice(ANGRY), 2.0)

    def _asking(self) -> None:
        text = self._chance.choice(ASKING)
        self.backs += "back" in text
        self._say(text, 2.0)

    def _pressing(self) -> None:
        self._press(self._chance.choice(PRESSES))

    def _press(self, action: ButtonAction) -> None:
        self.backs += action == "back"
        self.talk.press(action)

    def _typing(self) -> None:
        for _ in range(self._chance.randrange(6)):
            self.talk.do(Writing())
            self._wait(5)
        self.talk.do(Typed(text=self._chance.choice((FULL, "ok", "skip"))))

    def _leaving(self) -> None:
        self.talk.do(Left())
        self._wait(self._chance.choice((1, 20, 120, 800, 1200)))
        self.talk.do(Joined())

    def _broken(self) -> None:
        if self._chance.random() < 0.5:
            self.talk.do(EngineDown(engine="whisper"))
        else:
            self.talk.do(Hidden(hidden=self._chance.random() < 0.5))
            self._wait(10)


@pytest.mark.long
@settings(max_examples=1000, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(kind=habits, seed=st.integers(0, 2**32 - 1))
def test_a_thousand_candidates(kind: Habits, seed: int) -> None:
    candidate = Candidate(kind, seed)
    talk = candidate.interview()
    state = talk.state
    assert [e for e in talk.effects if isinstance(e, Finish)] == [Finish(reason=state.reason or "completed")]
    assert set(outcomes(state)) == {question.id for question in talk.plan.questions}
    asked = first_asked(talk)
    assert len(asked) - len(set(asked)) <= 2 * candidate.backs
    if not candidate.backs:
        assert asked == [q.id for q in talk.plan.questions if q.id in asked]
    by_competency = [key for key, _ in state.probed]
    assert all(by_competency.count(key) <= policy.PROBES for key in by_competency)
    assert len(set(state.probed)) == len(state.probed)
    assert replay(talk.plan, talk.log) == state
