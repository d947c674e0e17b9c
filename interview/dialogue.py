"""The whole conversation as a pure function: `step(state, event, now) -> (state, effects)`.

`api.live` feeds it what happens and carries out what it answers; `interview.simulate` does the same on a fake clock.
There is no waiting, no randomness and no input but the arguments, so replaying the kept events gives the same state in
another process, and 45 minutes run in milliseconds.

How a turn goes: Say -> Played -> Listen -> SpeechStarted, Segment ... -> TurnEnded -> a request ("repeat, please"),
nothing heard, "I don't know", a planned follow-up, or thanks and the next question in one Say. Every stage has a
watchdog, so that Ticks alone bring any conversation to its Finish.

This file says what an event means; `moves` what the interviewer then does, `state` where a conversation stands,
`policy` the numbers, `phrases` the words, `intents` and `parts` how an utterance is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from interview import interrupted, moves, policy
from interview.events import (
    Adjusted,
    ButtonAction,
    DialogueEvent,
    Effect,
    EngineDown,
    Hidden,
    Joined,
    Left,
    Notice,
    Overlapped,
    Pasted,
    Played,
    Playing,
    Pressed,
    Segment,
    Silenced,
    SpeechStarted,
    Stop,
    StopListening,
    Suspended,
    Tick,
    TurnEnded,
    Typed,
    Worded,
    Writing,
)
from interview.moves import Move
from interview.state import Clocks, DialogueState, Then, advance, enter, outcomes, transcript, view
from models.values import InterviewPlan, Turn

__all__ = ["DialogueState", "begin", "outcomes", "replay", "resume_effects", "step", "transcript", "view"]

_SAME = 0.05
"""Two capture seconds closer than this are one: audio heard again after a break gives the same segment again."""


def begin(plan: InterviewPlan) -> DialogueState:
    """Before anyone has come in."""
    return DialogueState(plan=plan)


def replay(plan: InterviewPlan, log: Iterable[tuple[float, DialogueEvent]]) -> DialogueState:
    """The state after a log of (epoch seconds, event)."""
    state = begin(plan)
    for now, event in log:
        state, _ = step(state, event, now)
    return state


def step(state: DialogueState, event: DialogueEvent, now: float) -> Move:
    """What an event at `now` (epoch seconds) makes of the conversation, and what is to be done about it.

    Returns the very same object and no effects when nothing changed: such an event need not be kept. `Joined` already
    answers with `resume_effects`. StopListening comes with every end of listening, whoever caused it."""
    if state.stage == "ended":
        return state, ()
    if isinstance(event, Joined):
        return _joined(replace(state, telephone=event.by == "telephone"), now)
    present = advance(state, now)
    moved = _dispatch(present, event, state)
    if moved is None:
        return state, ()
    after, effects = moved
    if after is present:
        return state, effects
    if state.stage in _OPEN_EAR and after.stage not in _OPEN_EAR:
        effects = (StopListening(), *effects)
    return after, effects


def resume_effects(state: DialogueState) -> tuple[Effect, ...]:
    """What must be sent (again) to a socket that opens in this state: the utterance in progress, under its old name,
    or Listen from the capture second after the last understood words."""
    if state.stage == "speaking" and state.say is not None:
        return (state.say,)
    if state.stage in _LISTENING:
        return (moves.listen(state),)
    return ()


def _dispatch(state: DialogueState, event: DialogueEvent, before: DialogueState) -> Move | None:
    """`state` is at the time of the event, `before` as it was left. None: the event means nothing here."""
    match event:
        case Tick():
            return _tick(state, before) or _set_back(state, before)
        case Left():
            return _left(state)
        case Played():
            return _played(state, event.at) if _is_current(state, event) else None
        case Playing() | Silenced():
            return _playback(state, event)
        case Overlapped():
            return interrupted.begin(state, event)
        case SpeechStarted() | Segment() | TurnEnded():
            return _heard(state, event)
        case EngineDown():
            return _engine_down(state)
        case Adjusted():
            return _adjusted(state, event)
        case Worded():
            return moves.worded(state, event)
        case Suspended():
            return moves.suspend(_decided(state))
        case Pressed() | Typed() | Hidden() | Pasted() | Writing():
            return _done_by_hand(state, event)
    return None


def _heard(state: DialogueState, event: SpeechStarted | Segment | TurnEnded) -> Move | None:
    if state.stage == "interrupted":
        return _interrupted(state, event)
    match event:
        case SpeechStarted():
            return _speech_started(state, event)
        case Segment():
            return _segment(state, event)
        case TurnEnded():
            return _turn_ended(state, event)


def _done_by_hand(state: DialogueState, event: Pressed | Typed | Hidden | Pasted | Writing) -> Move | None:
    match event:
        case Pressed(action="patient"):
            return _patient(state) if state.stage != "new" else None
        case Pressed():
            return _BUTTONS[event.action](_decided(state)) if state.stage != "new" else None
        case Typed():
            return _typed(_decided(state), event)
        case Hidden():
            return (replace(state, hidden=event.hidden), ()) if event.hidden != state.hidden else None
        case Pasted():
            return (replace(state), ()) if state.stage != "new" else None  # moves nothing; it has to be kept
        case Writing():
            return _writing(state)


# ---------------------------------------------------------------- coming, going, waiting


def _joined(state: DialogueState, now: float) -> Move:
    if state.stage == "new":
        state = replace(state, connected=True, clocks=Clocks(at=now))
        return moves.say(state, state.plan.welcome, "welcome", "begin")
    # A departure that was never recorded (the service was killed) is one at the last event: no clock has run since.
    quiet = state.clocks.quiet
    if state.item.segments:
        quiet = policy.UNENDED - policy.UNENDED_AFTER_RETURN
    clocks = replace(state.clocks, at=now, stage=0.0, voiced=0.0, away=0.0, quiet=quiet)
    state = replace(state, connected=True, hidden=False, clocks=clocks, item=replace(state.item, voiced=()))
    if state.then == "stop":  # nobody comes in before interviews are resumed
        return moves.take_up(state)
    if state.stage == "thinking":
        state = enter(state, "listening")
    state = _decided(state)
    return state, resume_effects(state)


def _adjusted(state: DialogueState, event: Adjusted) -> Move | None:
    """Patience is switched on once: who switches it off again meant it."""
    if event == state.adjusted:
        return None
    begins = event.patient and not state.adjusted.patient
    more = event.extra_minutes > state.adjusted.extra_minutes
    state = replace(state, adjusted=event, patient=state.patient or begins, warned=state.warned and not more)
    words = moves.words(state)
    told = [words.patient] if begins else []
    told += [words.more_time.format(minutes=event.extra_minutes)] if more else []
    effects: tuple[Effect, ...] = (Notice(code="adjusted", text=" ".join(told)),) if told else ()
    return state, (*effects, moves.listen(state)) if begins and state.stage == "listening" else effects


def _left(state: DialogueState) -> Move | None:
    """Who leaves during the closing has finished: without a room there will be no tick to say so later."""
    gone = replace(state, connected=False)
    if state.reason:
        return moves.finish(gone, state.reason)
    return (gone, ()) if state.connected else None


def _tick(state: DialogueState, before: DialogueState) -> Move | None:
    gap = state.clocks.at - before.clocks.at
    if before.running and gap > policy.UNATTENDED:
        clocks = replace(before.clocks, at=state.clocks.at, away=gap)
        gone = replace(before, connected=False, clocks=clocks)
        return _tick(gone, gone) or (gone, ())
    if not state.running:
        if state.reason and not state.connected:
            return moves.finish(state, state.reason)
        if state.stage != "new" and state.clocks.away >= policy.HOLD:
            return moves.finish(state, state.reason or "abandoned")
        return None
    moved: Move | None
    match state.stage:
        case "speaking":
            limit = policy.speaking_limit(state.say.text if state.say else "")
            moved = _played(state, None) if state.clocks.stage >= limit else None
        case "thinking":
            moved = moves.conclude(state) if state.clocks.stage >= policy.RECOGNITION else None
        case "interrupted":
            moved = interrupted.waiting(state)
        case _:
            moved = _waiting(state)
    return moved or _warning(state)


def _set_back(state: DialogueState, before: DialogueState) -> Move | None:
    """A clock that was set back: from now on time passes by it, or it would stand still until it is as late again."""
    return (replace(state), ()) if state.clocks.at < before.clocks.at else None  # a new state: it has to be kept


def _warning(state: DialogueState) -> Move | None:
    due = state.left <= policy.WARN_AT <= state.limit / 3
    if not due or state.warned or state.reason:
        return None
    return replace(state, warned=True), (Notice(code="five_minutes", text=moves.words(state).five_minutes),)


def _waiting(state: DialogueState) -> Move | None:
    """Time passes while we listen."""
    item, clocks = state.item, state.clocks
    if clocks.voiced >= policy.VOICED:
        return replace(state, item=replace(item, voiced=()), clocks=replace(clocks, voiced=0.0)), ()
    if not state.left and not item.voiced:
        return moves.conclude(state) if item.segments else _time_is_up(state)
    if clocks.answer >= policy.LONGEST_ANSWER or state.overrun >= policy.GRACE:
        return _end_turn(replace(state, item=replace(item, cut=True)))
    if item.segments and clocks.quiet >= policy.UNENDED:
        return _end_turn(state)
    if state.hidden and not item.voiced and clocks.stage - clocks.quiet >= policy.HIDDEN_PAUSE_AFTER:
        return moves.spoken_pause(state)
    return _ladder(state)


def _time_is_up(state: DialogueState) -> Move:
    if state.item.said:
        state = moves.settle(state, "answered")
    return moves.close(state, moves.words(state).time_is_up)


def _ladder(state: DialogueState) -> Move | None:
    """Silence before an answer: patience, an offer, a suggestion, a pause. Seconds of silent listening."""
    if state.item.begun:
        return None
    words, quiet = moves.words(state), state.clocks.quiet
    rungs: tuple[tuple[float, str, Then], ...] = (
        (policy.NUDGE_AFTER, words.nudge, "listen"),
        (policy.OFFER_AFTER, words.offer, "listen"),
        (policy.SUGGEST_PAUSE_AFTER, words.suggest_pause, "listen"),
        (policy.PAUSE_AFTER, words.paused, "pause"),
    )
    reached = sum(quiet >= after for after, _, _ in rungs)
    if reached <= state.item.rung:
        return None
    _, text, then = rungs[reached - 1]
    return moves.say(replace(state, item=replace(state.item, rung=reached)), text, "prompt", then)


# ---------------------------------------------------------------- the page has played something


def _playback(state: DialogueState, event: Playing | Silenced) -> Move | None:
    """Moves no conversation: the recording and the transcript know from it when the interviewer was heard."""
    if state.say is None or state.say.utterance != event.utterance:
        return None
    if isinstance(event, Silenced):
        return (replace(state, playing=False), ()) if state.playing else None
    if state.stage not in ("speaking", "interrupted"):
        return None
    return replace(state, playing=True, began=event.at if state.began is None else state.began), ()


def _is_current(state: DialogueState, event: Played) -> bool:
    heard = state.stage in ("speaking", "interrupted")
    return heard and state.say is not None and state.say.utterance == event.utterance


def _played(state: DialogueState, at: float | None) -> Move:
    """`at` None: nobody said so, but it must be over. Then we listen from the last moment we know of, since hearing
    too much is better than too little."""
    state = _heard_interviewer(state, at)
    if state.barge is not None:  # it ended just as the candidate began to speak
        voiced = (*state.item.voiced, state.barge.at)
        state = replace(state, barge=None, item=replace(state.item, voiced=voiced))
    match state.then:
        case "begin":
            return moves.next_question(state)
        case "pause":
            return enter(state, "paused"), ()
        case "stop":
            return enter(state, "paused"), (Stop(),)
        case "finish":
            return moves.finish(state, state.reason or "completed")
    since = min((max(state.item.since, state.capture if at is None else at), *state.item.voiced))
    state = enter(replace(state, item=replace(state.item, heard=True, opened=since, since=since)), "listening")
    return state, (moves.listen(state),)


def _heard_interviewer(state: DialogueState, at: float | None) -> DialogueState:
    assert state.say is not None
    text = f"{state.cut_off} {state.say.text}".strip()
    turn = Turn(role="interviewer", text=text, start=state.began, end=at, question_id=state.say.question_id)
    return replace(state, turns=(*state.turns, turn), capture=max(state.capture, at or 0.0))


# ---------------------------------------------------------------- the candidate says something

_LISTENING = ("listening", "thinking")
_OPEN_EAR = ("listening", "thinking", "interrupted")


def _interrupted(state: DialogueState, event: SpeechStarted | Segment | TurnEnded) -> Move | None:
    """What is said over the interviewer: from its first real words on it is treated like any answer."""
    match event:
        case SpeechStarted():
            return interrupted.speech_started(state, event)
        case Segment():
            after, effects = interrupted.overheard(state, event)
            if after.stage != "interrupted" or not interrupted.is_answer(after, ended=False):
                return after, effects
            return _given_way(after), ()
    if not interrupted.is_answer(state, ended=True):
        return interrupted.go_on(state)
    state = _given_way(state)
    return _turn_ended(state, event) or (state, ())


def _decided(state: DialogueState) -> DialogueState:
    """Something else happens before it was clear whether an answer had begun: it had if there are words."""
    if state.stage != "interrupted" or state.barge is None:
        return state
    return _given_way(state) if state.barge.segments else enter(replace(state, barge=None), "speaking")


def _given_way(state: DialogueState) -> DialogueState:
    state, segments = interrupted.give_way(state)
    for segment in segments:
        moved = _segment(state, segment)
        state = moved[0] if moved else state
    return state


def _answering(state: DialogueState) -> bool:
    """Is what is said now part of the answer to the question in hand?"""
    return state.item.heard and not state.reason


def _speech_started(state: DialogueState, event: SpeechStarted) -> Move | None:
    """Also while we say "take your time": the answer then begins before our last word."""
    open_ear = state.stage == "listening" or (state.stage == "speaking" and state.then == "listen")
    if not open_ear or not _answering(state):
        return None
    if event.at < state.item.since - _SAME or event.at in state.item.voiced:
        return None
    item = replace(state.item, voiced=(*state.item.voiced, event.at))
    clocks = replace(state.clocks, voiced=0.0)
    return replace(state, item=item, clocks=clocks, capture=max(state.capture, event.at)), ()


def _segment(state: DialogueState, event: Segment) -> Move | None:
    item = state.item
    if not _answering(state) or event.start < item.opened - _SAME:
        return _late(state, event)
    if event.end <= item.since + _SAME:
        return None
    item = replace(
        item,
        since=event.end,
        voiced=tuple(start for start in item.voiced if start >= event.end),
        segments=(*item.segments, event) if event.text.strip() else item.segments,
    )
    clocks = replace(state.clocks, voiced=0.0, quiet=0.0)
    state = replace(state, item=item, clocks=clocks, capture=max(state.capture, event.end))
    if state.stage == "thinking" and not item.voiced:
        return moves.conclude(state)
    return state, ()


def _late(state: DialogueState, event: Segment) -> Move | None:
    """Words of an answer from which we have gone on already: they belong to it all the same."""
    place = next((i for i in reversed(range(len(state.turns))) if state.turns[i].role == "candidate"), None)
    if place is None or not event.text.strip():
        return None
    turn = state.turns[place]
    if turn.end is None or event.start < turn.end - _SAME:
        return None
    longer = {"text": f"{turn.text} {event.text.strip()}", "end": event.end, "words": turn.words + event.words}
    turns = (*state.turns[:place], turn.model_copy(update=longer), *state.turns[place + 1 :])
    return replace(state, turns=turns, capture=max(state.capture, event.end)), ()


def _turn_ended(state: DialogueState, event: TurnEnded) -> Move | None:
    if event.at < state.item.opened - _SAME or not _answering(state):
        return None
    return _end_turn(state) if state.stage in _LISTENING else _done(state)


def _end_turn(state: DialogueState) -> Move:
    """The answer is over; where its last words are still being recognised, they are waited for."""
    if not state.item.voiced:
        return moves.conclude(state)
    return enter(state, "thinking") if state.stage == "listening" else state, ()


def _typed(state: DialogueState, event: Typed) -> Move | None:
    question, text = state.question, event.text.strip()
    if question is None or state.reason or not text:
        notice = Notice(code="not_now", text=moves.words(state).not_now)
        return None if state.stage == "new" else (state, (notice,))
    if state.stage == "speaking" and not state.item.heard:
        state = _heard_interviewer(state, None)  # read, if not heard
    state = moves.keep(replace(state, item=replace(state.item, heard=True, voiced=())))
    return moves.respond(state, Turn(role="candidate", text=text, question_id=question.id))


def _writing(state: DialogueState) -> Move | None:
    if state.stage not in ("listening", "speaking"):
        return None
    return replace(state, clocks=replace(state.clocks, writing=policy.WRITING)), ()


def _engine_down(state: DialogueState) -> Move | None:
    if not _answering(state) or state.item.deaf:
        return None
    text = moves.words(state).cannot_hear
    notice = Notice(code="recogniser_down", text=text)
    state = replace(state, item=replace(state.item, deaf=True, voiced=()))
    if state.stage == "paused":
        return state, (notice,)
    state, effects = moves.interrupt(state, text)
    return state, (notice, *effects)


# ---------------------------------------------------------------- buttons


def _skip(state: DialogueState) -> Move | None:
    return moves.skip(state) if state.question is not None and not state.reason else None


def _back(state: DialogueState) -> Move | None:
    return moves.back(state) if state.question is not None and not state.reason else None


def _patient(state: DialogueState) -> Move:
    state = replace(state, patient=not state.patient)
    return state, (moves.listen(state),) if state.stage == "listening" else ()


def _pause(state: DialogueState) -> Move | None:
    """At once, and in silence: the page says so. What is said during a pause is never listened to."""
    if state.stage == "paused":
        return None
    state = moves.keep(state)
    return enter(replace(state, item=replace(state.item, voiced=())), "paused"), ()


def _resume(state: DialogueState) -> Move | None:
    return moves.ask_again(state, moves.words(state).welcome_back) if state.stage == "paused" else None


def _done(state: DialogueState) -> Move | None:
    if state.stage == "listening":
        return _end_turn(state)
    # Said while we were saying "take your time": the answer goes first.
    said = state.stage == "speaking" and _answering(state) and bool(state.item.segments)
    return moves.conclude(state) if said else None


def _withdraw(state: DialogueState) -> Move:
    """The page has asked whether they are sure."""
    return moves.finish(state, state.reason or "withdrawn")


_BUTTONS: dict[ButtonAction, Callable[[DialogueState], Move | None]] = {
    "repeat": moves.repeat,
    "rephrase": moves.rephrase,
    "slower": moves.slower,
    "skip": _skip,
    "back": _back,
    "patient": _patient,
    "pause": _pause,
    "resume": _resume,
    "done": _done,
    "finish": _withdraw,
}
