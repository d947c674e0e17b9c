"""Where a conversation stands: one immutable value, its clocks, and what can be read from it.

`interview.dialogue` is the only writer. Nothing here knows the time of day: a clock is a number of seconds as of the
last event that changed something, and `advance` brings all of them to `now`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from interview import policy
from interview.events import Adjusted, Phase, Say, Segment, State
from models.values import InterviewPlan, Probe, Question, Turn

Stage = Literal["new", "speaking", "interrupted", "listening", "thinking", "paused", "ended"]
"""interrupted: the candidate speaks over the interviewer, and it is not yet clear whether that is an answer."""
Then = Literal["begin", "listen", "pause", "stop", "finish"]
"""What follows when the utterance has been heard: the first question, an answer, a pause, a break until the employer
resumes interviews, the end."""
Outcome = Literal["answered", "unknown", "skipped", "not_heard", "not_reached"]
Reason = Literal["completed", "time", "withdrawn", "abandoned"]

RUNNING: frozenset[Stage] = frozenset({"speaking", "interrupted", "listening", "thinking"})


@dataclass(frozen=True, slots=True)
class Clocks:
    """Seconds as of `at` (epoch seconds). All but `away` run only while somebody is connected and nothing is paused."""

    at: float = 0.0
    used: float = 0.0
    """Of the interview's minutes."""
    stage: float = 0.0
    """In the present stage."""
    quiet: float = 0.0
    """Listening to nobody since the question was asked, or since the last words of the answer."""
    voiced: float = 0.0
    """Since speech began whose words have not come."""
    answer: float = 0.0
    """Listening since the first sound of the answer."""
    away: float = 0.0
    """Paused or disconnected."""
    writing: float = 0.0
    """What is left of the time after a key press in which silence is not counted."""


@dataclass(frozen=True, slots=True)
class Item:
    """The question in hand, and the answer to it so far. A new question is a new Item."""

    index: int = -1
    """Into plan.questions; -1 before the first."""
    probe: Probe | None = None
    began: float = 0.0
    """clocks.used when the core question was asked."""
    share: float = 0.0
    """Seconds this question may take before follow-ups are left out."""
    heard: bool = False
    """Its words were played to the end at least once: what is said from now on is an answer."""
    opened: float = 0.0
    """Capture second at which the listener was last opened."""
    since: float = 0.0
    """Capture second up to which the answer has been understood."""
    voiced: tuple[float, ...] = ()
    """Capture seconds at which speech began whose words have not come yet."""
    segments: tuple[Segment, ...] = ()
    """With words, not yet a Turn."""
    said: str = ""
    """Everything answered to the core question, follow-ups included."""
    told: tuple[str, ...] = ()
    """Texts of the facts already given to the candidate's questions."""
    rung: int = 0
    """How far up the silence ladder."""
    misses: int = 0
    confirming: bool = False
    """The candidate asked to end the interview, and was asked whether they mean it."""
    patient: bool = False
    """The candidate asked for a moment to think: this answer may hold longer silences."""
    returned: bool = False
    """The candidate has gone back to it."""
    cut: bool = False
    """The answer was stopped for its length; its last words are still awaited."""
    deaf: bool = False
    """The recogniser failed on this answer; the candidate was asked to type."""

    @property
    def begun(self) -> bool:
        return bool(self.voiced or self.segments)


@dataclass(frozen=True, slots=True)
class Barge:
    """Somebody speaks over the interviewer, who has fallen silent."""

    at: float
    """Capture second at which they began."""
    said: str
    """The sentences of the utterance that were heard whole ..."""
    rest: str
    """... and from the one that was cut on."""
    late: bool
    """The utterance was nearly over: a short answer is one."""
    speaking: bool = False
    """The listener hears it too."""
    segments: tuple[Segment, ...] = ()


@dataclass(frozen=True, slots=True)
class DialogueState:
    """Made by `dialogue.begin`, moved by `dialogue.step`. Two states with equal fields are the same conversation."""

    plan: InterviewPlan
    stage: Stage = "new"
    connected: bool = False
    telephone: bool = False
    """There is no page: what it would show and do is said and done by keys."""
    hidden: bool = False
    clocks: Clocks = Clocks()
    spoken: int = 0
    """Utterances so far; the next one is called u{spoken + 1}."""
    say: Say | None = None
    """The utterance in progress, or the last one."""
    then: Then = "begin"
    cut_off: str = ""
    """What of the utterance was heard before a false alarm; `say` holds the rest."""
    began: float | None = None
    """Capture second at which the utterance began to be heard; before a false alarm, where there was one."""
    playing: bool = False
    barge: Barge | None = None
    alarms: int = 0
    """How often the interviewer fell silent for nothing."""
    half_duplex: bool = False
    """Nobody listens while the interviewer speaks: the microphone hears the loudspeaker, or a noisy room."""
    slow: bool = False
    patient: bool = False
    """Longer silences in every answer, at the candidate's wish."""
    adjusted: Adjusted = field(default_factory=Adjusted)
    """What was arranged, as far as it was applied."""
    item: Item = Item()
    capture: float = 0.0
    """The latest capture second we know of."""
    turns: tuple[Turn, ...] = ()
    probed: tuple[tuple[str, str], ...] = ()
    """(competency or question id, probe id) of every follow-up asked."""
    results: tuple[tuple[str, Outcome], ...] = ()
    """(question id, how it went), one for each question that was left behind."""
    warned: bool = False
    reason: Reason | None = field(default=None)
    """Set as soon as it is decided that and why the interview ends."""

    @property
    def running(self) -> bool:
        return self.connected and self.stage in RUNNING

    @property
    def question(self) -> Question | None:
        return self.plan.questions[self.item.index] if self.item.index >= 0 else None

    @property
    def asked(self) -> str:
        """What the candidate is to answer; empty where there is nothing, or where it is being said."""
        if self.question is None or self.reason or self.stage not in ("listening", "thinking", "paused"):
            return ""
        return self.item.probe.text if self.item.probe else self.question.text

    @property
    def left(self) -> float:
        """Seconds of the interview that remain as of `clocks.at`; never negative."""
        return max(0.0, self.limit - self.clocks.used)

    @property
    def limit(self) -> float:
        """Seconds of the interview: the plan's, and what was granted."""
        return (self.plan.minutes + self.adjusted.extra_minutes) * 60

    @property
    def overrun(self) -> float:
        return max(0.0, self.clocks.used - self.limit)


def advance(state: DialogueState, now: float) -> DialogueState:
    """The same conversation at `now`. A clock that jumps back counts as no time."""
    clocks = state.clocks
    passed = max(0.0, now - clocks.at)
    if not state.running:
        return replace(state, clocks=replace(clocks, at=now, away=clocks.away + passed))
    listening, voiced = state.stage == "listening", bool(state.item.voiced)
    silent = max(0.0, passed - clocks.writing)
    return replace(
        state,
        clocks=Clocks(
            at=now,
            used=clocks.used + passed,
            stage=clocks.stage + passed,
            quiet=clocks.quiet + (silent if listening and not voiced and not state.hidden else 0.0),
            voiced=clocks.voiced + passed if voiced else 0.0,
            answer=clocks.answer + (passed if listening and state.item.begun else 0.0),
            writing=max(0.0, clocks.writing - passed),
        ),
    )


def enter(state: DialogueState, stage: Stage) -> DialogueState:
    return replace(state, stage=stage, clocks=replace(state.clocks, stage=0.0, away=0.0))


def pending(state: DialogueState) -> Turn | None:
    """The answer in progress as a turn, or None where no words have come."""
    return turn_of(state.item.segments, state.question.id if state.question else None)


def turn_of(segments: tuple[Segment, ...], question_id: str | None) -> Turn | None:
    if not segments:
        return None
    return Turn(
        role="candidate",
        text=" ".join(segment.text.strip() for segment in segments),
        start=segments[0].start,
        end=segments[-1].end,
        question_id=question_id,
        words=tuple(word for segment in segments for word in segment.words),
    )


def transcript(state: DialogueState) -> tuple[Turn, ...]:
    """All turns in order. The interviewer's are what was heard to its end (`start` and `end` as far as the page told);
    the candidate's carry `start`, `end` and words unless typed. A request such as "repeat,
    please" has no question_id: it answers nothing."""
    said_over = turn_of(state.barge.segments, None) if state.barge else None
    return (*state.turns, *(turn for turn in (said_over, pending(state)) if turn))


def outcomes(state: DialogueState) -> dict[str, Outcome]:
    """How each question of the plan went, by id, in the plan's order."""
    known = dict(state.results)
    if state.question is not None and (state.item.said or state.item.segments):
        known.setdefault(state.question.id, "answered")
    elif state.question is not None and state.item.returned:
        known.setdefault(state.question.id, "skipped")
    return {question.id: known.get(question.id, "not_reached") for question in state.plan.questions}


def view(state: DialogueState, now: float) -> State:
    """What the page shows. `question` counts from 1; 0 before the first."""
    return State(
        phase=_phase(state),
        question=state.item.index + 1,
        questions=len(state.plan.questions),
        seconds_left=advance(state, now).left,
        patient=state.patient,
    )


def _phase(state: DialogueState) -> Phase:
    match state.stage:
        case "new":
            return "welcome"
        case "ended":
            return "completed"
        case "speaking" if state.then == "begin":
            return "welcome"
        case "interrupted":
            return "listening"
        case stage:
            return stage


def said_to(state: DialogueState, question: Question) -> str:
    """Everything that was answered to a question so far, over all visits."""
    return " ".join(turn.text for turn in state.turns if turn.role == "candidate" and turn.question_id == question.id)


def following(state: DialogueState) -> int | None:
    """Index of the next question for which there is time; None: close."""
    last_call, settled = policy.last_call(state.plan.minutes), dict(state.results)
    for index in range(state.item.index + 1, len(state.plan.questions)):
        if state.plan.questions[index].id in settled:
            continue  # answered before the candidate went back
        needed = policy.LAST_QUESTIONS if state.plan.questions[index].kind == "candidate_questions" else last_call
        if state.left >= min(needed, last_call):
            return index
    return None


def share(state: DialogueState, index: int) -> float:
    """Seconds for question `index`: an even part of what remains before the last call."""
    remaining = sum(question.kind != "candidate_questions" for question in state.plan.questions[index:])
    return max(0.0, state.left - policy.last_call(state.plan.minutes)) / max(1, remaining)
