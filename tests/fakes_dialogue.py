"""A candidate, a page and a listener around the dialogue, on a clock that is a number."""

from __future__ import annotations

from collections.abc import Iterable

from interview.dialogue import DialogueState, begin, step, view
from interview.events import (
    ButtonAction,
    DialogueEvent,
    Effect,
    Joined,
    Played,
    Pressed,
    Say,
    Segment,
    SpeechStarted,
    Tick,
    TurnEnded,
)
from models.values import Anchors, Competency, InterviewPlan, Probe, Question

FULL = "Last year our shop was down for two hours, I restarted the server and in the end nothing was lost."
"""Has a situation, an own action, a result and a number: no follow-up."""
VAGUE = "It is always good to be careful and to think about such things"
"""Has none of them."""


def a_plan(*, questions: int = 2, probes: bool = True, minutes: int = 30, check: bool = False) -> InterviewPlan:
    anchors = Anchors(low="none", medium="some", high="much")
    seeks = ("situation", "action", "result", "number") if probes else ()
    core = [
        Question(
            id=f"q{n}",
            competency_id=f"c{n}",
            text=f"Question number {n}?",
            rephrased=f"Simply put, {n}?",
            probes=tuple(Probe(id=f"q{n}_{part}", seeks=part, text=f"The {part} of {n}?") for part in seeks),
        )
        for n in range(1, questions + 1)
    ]
    if check:
        core.insert(0, Question(id="check", kind="check", text="Do you hold a licence?"))
    return InterviewPlan(
        id="plan",
        title="Cook",
        minutes=minutes,
        welcome="Hello, I am an automated interviewer.",
        closing="Goodbye.",
        competencies=tuple(Competency(id=f"c{n}", name=f"C{n}", anchors=anchors) for n in range(1, questions + 1)),
        questions=(*core, Question(id="yours", kind="candidate_questions", text="Your questions?")),
    )


class Talk:
    """A candidate, a page and a listener around the dialogue. Keeps what `api.live` would keep."""

    def __init__(self, plan: InterviewPlan | None = None, *, joined: bool = True) -> None:
        self.plan = plan or a_plan()
        self.state: DialogueState = begin(self.plan)
        self.now = 1_700_000_000.0
        self.capture = 0.0
        self.log: list[tuple[float, DialogueEvent]] = []
        self.effects: list[Effect] = []
        if joined:
            self.do(Joined())

    def do(self, event: DialogueEvent, *, after: float = 0.0) -> tuple[Effect, ...]:
        self.now += after
        self.capture += after
        state, effects = step(self.state, event, self.now)
        if state is not self.state or effects:
            self.log.append((self.now, event))
        self.state = state
        self.effects.extend(effects)
        return effects

    def wait(self, seconds: float) -> list[Effect]:
        """Ticks, twice a second."""
        return [effect for _ in range(int(seconds * 2)) for effect in self.do(Tick(), after=0.5)]

    def hear(self) -> tuple[Effect, ...]:
        """The page plays the utterance in progress."""
        assert self.state.say is not None
        return self.do(Played(utterance=self.state.say.utterance, at=self.capture + 2.0), after=2.0)

    def to_question(self) -> Talk:
        """Up to the moment when the first question is listened to."""
        self.hear()
        self.hear()
        return self

    def speak(self, text: str, *, seconds: float = 5.0) -> None:
        """Words, without the end of the turn."""
        start = self.capture + 0.5
        self.do(SpeechStarted(at=start), after=0.6)
        self.do(Segment(text=text, start=start, end=start + seconds), after=seconds)

    def answer(self, text: str, *, seconds: float = 5.0) -> tuple[Effect, ...]:
        self.speak(text, seconds=seconds)
        return self.do(TurnEnded(at=self.capture), after=0.8)

    def press(self, action: ButtonAction) -> tuple[Effect, ...]:
        return self.do(Pressed(action=action))

    @property
    def saying(self) -> str:
        assert self.state.stage == "speaking"
        assert self.state.say is not None
        return self.state.say.text

    @property
    def left(self) -> float:
        return view(self.state, self.now).seconds_left


def said(effects: Iterable[Effect]) -> list[str]:
    return [effect.text for effect in effects if isinstance(effect, Say)]


def first_asked(talk: Talk) -> list[str]:
    """Question ids in the order in which the conversation came to them."""
    ids = [e.question_id for e in talk.effects if isinstance(e, Say) and e.kind == "question" and e.question_id]
    return [question for n, question in enumerate(ids) if n == 0 or ids[n - 1] != question]
