"""Somebody speaks while the interviewer does: the interviewer falls silent and listens.

Real words make an answer, from the first of them on. A cough, a "mm-hm" or nothing at all was a false alarm: the
interviewer goes on from the beginning of the sentence that was cut. Where the microphone hears the interviewer, or
alarms are false again and again, it no longer listens while it speaks (half duplex), and says so.

Pure functions of the state, called by `interview.dialogue`."""

from __future__ import annotations

import re
from dataclasses import replace

from interview import intents, moves, policy
from interview.events import Hush, Notice, Overlapped, Segment, SpeechStarted
from interview.moves import Move
from interview.state import Barge, DialogueState, enter, turn_of
from models.values import Turn

_SENTENCE = re.compile(r"(?<=[.!?…])\s+")
_WORD = re.compile(r"[a-z']+")


def begin(state: DialogueState, event: Overlapped) -> Move | None:
    """Half a second of voice over an utterance. None where it is not ours to interrupt."""
    say = state.say
    current = state.stage == "speaking" and say is not None and say.utterance == event.utterance
    if say is None or not current or not say.interruptible or state.half_duplex:
        return None
    if event.echo:
        return replace(state, half_duplex=True), (Notice(code="echo", text=moves.words(state).echo),)
    said, rest = _cut(say.text, event.share)
    barge = Barge(at=event.at, said=f"{state.cut_off} {said}".strip(), rest=rest, late=event.share >= policy.LATE)
    return enter(replace(state, barge=barge), "interrupted"), (
        Hush(utterance=say.utterance),
        moves.listen(state, event.at),
    )


def speech_started(state: DialogueState, event: SpeechStarted) -> Move | None:
    barge = state.barge
    if barge is None or barge.speaking or event.at < barge.at - 0.05:
        return None
    return replace(state, barge=replace(barge, speaking=True)), ()


def waiting(state: DialogueState) -> Move | None:
    """The watchdog of this stage."""
    assert state.barge is not None
    limit = policy.OVERHEARD if state.barge.speaking else policy.FALSE_ALARM
    return go_on(state) if state.clocks.stage >= limit else None


def overheard(state: DialogueState, event: Segment) -> Move:
    """The next words that were said over the interviewer. Whether they are an answer is for `is_answer` to say."""
    barge = state.barge
    assert barge is not None
    segments = (*barge.segments, event) if event.text.strip() else barge.segments
    text = " ".join(segment.text for segment in segments)
    state = replace(state, barge=replace(barge, segments=segments, speaking=True))
    if not text or (intents.is_backchannel(text) and not barge.late):
        return go_on(state)
    if _is_echo(state, text):
        state, effects = go_on(replace(state, half_duplex=True, barge=replace(barge, segments=())))
        return state, (Notice(code="echo", text=moves.words(state).echo), *effects)
    return enter(state, "interrupted"), ()


def is_answer(state: DialogueState, *, ended: bool) -> bool:
    """Are the words so far enough to give up the floor for good?"""
    barge = state.barge
    if barge is None or not barge.segments:
        return False
    text = " ".join(segment.text for segment in barge.segments)
    request = intents.read(text) not in (None, "yes", "no")
    return request or len(text.split()) >= policy.REAL_WORDS or (ended and barge.late)


def give_way(state: DialogueState) -> tuple[DialogueState, tuple[Segment, ...]]:
    """The floor is the candidate's: the listening state, and the segments that are still to be put into it."""
    barge, say = state.barge, state.say
    assert barge is not None
    assert say is not None
    heard = f"{barge.said} {_SENTENCE.split(barge.rest)[0]} …".strip()
    turn = Turn(role="interviewer", text=heard, start=state.began, end=barge.at, question_id=say.question_id)
    item = replace(state.item, heard=True, opened=barge.at, since=barge.at, voiced=())
    state = replace(state, barge=None, item=item, turns=(*state.turns, turn), capture=max(state.capture, barge.at))
    return enter(state, "listening"), barge.segments


def go_on(state: DialogueState) -> Move:
    """A false alarm: from the beginning of the sentence that was cut. What was said stands in the transcript, as an
    answer to nothing."""
    barge, say = state.barge, state.say
    assert barge is not None
    assert say is not None
    alarms = state.alarms + 1
    noisy = alarms >= policy.FALSE_ALARMS and not state.half_duplex
    state = replace(state, alarms=alarms, half_duplex=state.half_duplex or noisy)
    notice = (Notice(code="half_duplex", text=moves.words(state).noisy),) if noisy else ()
    aside, began = turn_of(barge.segments, None), state.began
    state = replace(state, turns=(*state.turns, aside) if aside else state.turns)
    state, effects = moves.say(state, barge.rest, say.kind, state.then)
    return replace(state, cut_off=barge.said, began=began if barge.said else None), (*notice, *effects)


def _cut(text: str, share: float) -> tuple[str, str]:
    """What was said of `text` and what is still to say, cut before the sentence that sounds at `share` of its length.
    Voices speak letters evenly enough for that; in doubt the earlier sentence."""
    sentences, heard = _SENTENCE.split(text), 0.0
    for number, sentence in enumerate(sentences):
        heard += (len(sentence) + 1) / (len(text) + 1)
        if share < heard or number == len(sentences) - 1:
            return " ".join(sentences[:number]), " ".join(sentences[number:])
    return text, ""


def _is_echo(state: DialogueState, text: str) -> bool:
    """The words are the interviewer's own."""
    heard, said = _WORD.findall(text.lower()), set(_WORD.findall(state.say.text.lower() if state.say else ""))
    return len(heard) >= policy.REAL_WORDS and sum(word in said for word in heard) >= policy.ECHO_WORDS * len(heard)
