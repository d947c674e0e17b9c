"""What the interviewer does: ask, follow up, ask again, pause, close. Each move is a pure function of the state.

`interview.dialogue` decides which move an event calls for; `respond` decides what an answer calls for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from interview import facts, intents, parts, policy
from interview.events import Effect, Finish, Listen, Say, Stop, Worded
from interview.phrases import Phrases, by_telephone, phrases
from interview.state import (
    DialogueState,
    Item,
    Outcome,
    Reason,
    Then,
    enter,
    following,
    outcomes,
    pending,
    said_to,
    share,
)
from models.languages import code_of
from models.values import Probe, Turn

Move = tuple[DialogueState, tuple[Effect, ...]]
Kind = Literal["welcome", "question", "probe", "acknowledge", "prompt", "closing"]


def words(state: DialogueState) -> Phrases:
    return by_telephone(state.plan.language) if state.telephone else phrases(state.plan.language)


# ---------------------------------------------------------------- speaking


def say(state: DialogueState, text: str, kind: Kind, then: Then) -> Move:
    spoken = state.spoken + 1
    question_id = state.question.id if state.question and kind not in ("welcome", "closing") else None
    utterance = Say(
        utterance=f"u{spoken}",
        text=text,
        kind=kind,
        question_id=question_id,
        slow=state.slow,
        interruptible=then == "listen" and not state.half_duplex,
    )
    state = replace(enter(state, "speaking"), spoken=spoken, say=utterance, then=then, cut_off="", barge=None)
    state = replace(state, began=None, playing=False)
    return state, (utterance,)


def listen(state: DialogueState, since: float | None = None) -> Listen:
    """From capture second `since` on; None: from the last words that were understood."""
    assert state.question is not None
    return Listen(
        question_id=state.question.id,
        since=state.item.since if since is None else since,
        patient=state.patient or state.item.patient,
    )


def interrupt(state: DialogueState, text: str, then: Then = "listen") -> Move:
    """A word beside the question. The answer so far is kept; the silence before it is counted anew."""
    state = replace(state, item=replace(state.item, rung=0), clocks=replace(state.clocks, quiet=0.0))
    return say(state, text, "prompt", then)


def ask_again(state: DialogueState, preface: str, text: str = "") -> Move:
    """The question in hand once more (`text`: in other words). Welcome and closing are said again whole.

    Speech whose words have not come is given up: heard again after the question, it would end the answer at once."""
    state = keep(state)
    question, probe = state.question, state.item.probe
    if question is None or state.reason:
        assert state.say is not None
        return say(state, state.say.text, state.say.kind, state.then)
    state = replace(state, item=replace(state.item, rung=0, voiced=()), clocks=replace(state.clocks, quiet=0.0))
    asked = text or (probe.text if probe else question.text)
    return say(state, f"{preface} {asked}", "probe" if probe else "question", "listen")


# ---------------------------------------------------------------- the answer


def keep(state: DialogueState) -> DialogueState:
    """The answer so far becomes a turn, whatever comes next."""
    turn = pending(state)
    if turn is None:
        return state
    item = replace(state.item, segments=(), said=f"{state.item.said} {turn.text}".strip())
    return replace(state, turns=(*state.turns, turn), item=item)


def conclude(state: DialogueState) -> Move:
    """The answer is over and all its words are known."""
    turn = pending(state)
    state = replace(state, item=replace(state.item, voiced=(), segments=()))
    if turn is not None:
        return respond(state, turn)
    if state.item.said and state.item.probe is None:
        return next_question(state, _thanks(state))
    return _not_heard(state)


def respond(state: DialogueState, turn: Turn) -> Move:
    """A whole utterance of the candidate: a request to the interviewer, or an answer."""
    intent = intents.read(turn.text)
    request = _request(state, turn.text, intent)
    if request is not None:
        aside = turn.model_copy(update={"question_id": None})
        return request(replace(state, turns=(*state.turns, aside)))
    item = replace(state.item, confirming=False, said=f"{state.item.said} {turn.text}".strip())
    state = replace(state, turns=(*state.turns, turn), item=item)
    question = state.question
    assert question is not None
    if item.cut:
        return next_question(state, words(state).stopped)
    if question.kind == "candidate_questions":
        return next_question(state, _thanks(state)) if intent == "no" else _reply(state, turn.text)
    if intent in ("unknown", "no_example"):
        return next_question(settle(state, "unknown"), words(state).unknown)
    probe = _probe(state)
    return _follow_up(state, probe) if probe is not None else next_question(state, _thanks(state))


def _reply(state: DialogueState, question: str) -> Move:
    """What the recruiter or the posting says to it, and room for another; otherwise a person will answer."""
    found = [fact for fact in facts.told(question, state.plan.facts) if fact.text not in state.item.told]
    if not found or state.left < policy.REPLY_SECONDS or len(state.item.told) >= policy.REPLIES:
        return next_question(state, words(state).noted)
    told = tuple(fact.text for fact in found)
    state = replace(
        state, item=replace(state.item, told=(*state.item.told, *told)), clocks=replace(state.clocks, answer=0.0)
    )
    source = "" if found[0].question else f"{words(state).posting} "
    return interrupt(state, f"{source}{' '.join(told)} {words(state).more}")


def _request(state: DialogueState, text: str, intent: intents.Intent | None) -> Callable[[DialogueState], Move] | None:
    """What the interviewer is asked to do, or None where the words are an answer."""
    if state.item.confirming:
        if intent in ("yes", "finish"):
            return lambda state: finish(state, "withdrawn")
        return _go_on if intent is not None or len(text.split()) < parts.SHORT else None
    question = state.question
    if intent == "yes" and question is not None and question.kind != "check":
        return {2: repeat, 3: spoken_pause}.get(state.item.rung)
    return _REQUESTS.get(intent) if intent is not None else None


def _not_heard(state: DialogueState) -> Move:
    misses = state.item.misses + 1
    if misses > policy.MISSES:
        return next_question(settle(state, "not_heard"), words(state).gave_up)
    asking = words(state).not_caught
    item, clocks = replace(state.item, misses=misses, cut=False), replace(state.clocks, answer=0.0)
    return interrupt(replace(state, item=item, clocks=clocks), asking[min(misses, len(asking)) - 1])


def _probe(state: DialogueState) -> Probe | None:
    """The first planned follow-up whose part the answer lacks, where number and time allow one."""
    question, item = state.question, state.item
    assert question is not None
    if question.kind == "check" or state.clocks.used - item.began >= item.share:
        return None
    if code_of(state.plan.language) not in parts.LANGUAGES:
        return None
    if state.left < policy.last_call(state.plan.minutes) + policy.PROBE_SECONDS:
        return None
    if sum(key == (question.competency_id or question.id) for key, _ in state.probed) >= policy.PROBES:
        return None
    asked, gaps = {probe for _, probe in state.probed}, parts.missing(item.said)
    return next((probe for probe in question.probes if probe.seeks in gaps and probe.id not in asked), None)


def _follow_up(state: DialogueState, probe: Probe) -> Move:
    question, item = state.question, state.item
    assert question is not None
    key = (question.competency_id or question.id, probe.id)
    fresh = Item(index=item.index, probe=probe, began=item.began, share=item.share, since=state.capture, said=item.said)
    clocks = replace(state.clocks, answer=0.0, quiet=0.0)
    state = replace(settle(state, "answered"), item=fresh, probed=(*state.probed, key), clocks=clocks)
    return say(state, f"{_thanks(state)} {probe.text}", "probe", "listen")


def worded(state: DialogueState, event: Worded) -> Move | None:
    """The follow-up that is about to be said, in other words; asked again, it keeps them."""
    utterance, probe = state.say, state.item.probe
    if state.stage != "speaking" or utterance is None or utterance.utterance != event.utterance or probe is None:
        return None
    if not utterance.text.endswith(probe.text):
        return None
    utterance = utterance.model_copy(update={"text": utterance.text.removesuffix(probe.text) + event.text})
    item = replace(state.item, probe=probe.model_copy(update={"text": event.text}))
    return replace(state, say=utterance, item=item), (utterance,)


# ---------------------------------------------------------------- going on


def settle(state: DialogueState, outcome: Outcome) -> DialogueState:
    """How the question in hand went. The first word stands: an answer is not undone by a skipped follow-up."""
    question = state.question
    if question is None or question.id in dict(state.results):
        return state
    return replace(state, results=(*state.results, (question.id, outcome)))


def next_question(state: DialogueState, preface: str = "") -> Move:
    """Thanks and the next question in one breath, or the closing."""
    state = settle(state, "answered")
    index = following(state)
    if index is None:
        return close(state, preface)
    return _ask(state, index, preface)


def _ask(state: DialogueState, index: int, preface: str, *, returned: bool = False) -> Move:
    question = state.plan.questions[index]
    item = Item(
        index=index,
        began=state.clocks.used,
        share=share(state, index),
        since=state.capture,
        said=said_to(state, question),
        returned=returned,
    )
    state = replace(state, item=item, clocks=replace(state.clocks, answer=0.0, quiet=0.0))
    return say(state, f"{preface} {question.text}".strip(), "question", "listen")


def back(state: DialogueState) -> Move:
    """To the question before, where more may be said. What is left open here is asked again afterwards."""
    index = state.item.index - 1
    if index < 0:
        return ask_again(state, words(state).first)
    state, before = keep(state), state.plan.questions[index]
    open_ = tuple(result for result in state.results if result[0] != before.id or result[1] == "answered")
    return _ask(replace(state, results=open_), index, words(state).back, returned=True)


def close(state: DialogueState, preface: str = "") -> Move:
    known = outcomes(state)
    cut_short = any(
        known[question.id] == "not_reached" and question.kind != "candidate_questions"
        for question in state.plan.questions
    )
    state = replace(state, reason="time" if cut_short else "completed")
    return say(state, f"{preface} {state.plan.closing}".strip(), "closing", "finish")


def suspend(state: DialogueState) -> Move | None:
    """The employer has suspended interviews: a farewell, and no end. None where the end, or the farewell, is being said
    already."""
    if state.stage == "paused" and state.then == "stop":  # the candidate pressed pause while it was being said
        return state, (Stop(),)
    if state.stage == "new" or state.reason or state.then == "stop":
        return None
    state = keep(state)
    state = replace(state, item=replace(state.item, rung=0, confirming=False))
    return say(state, words(state).suspended, "prompt", "stop")


def take_up(state: DialogueState) -> Move:
    """After a suspension: the question in hand again, or the welcome, where none was asked yet."""
    if state.question is None:
        return say(state, state.plan.welcome, "welcome", "begin")
    return ask_again(state, words(state).welcome_back)


def finish(state: DialogueState, reason: Reason) -> Move:
    """The end. What was said counts, whatever the reason."""
    return replace(enter(keep(state), "ended"), reason=reason), (Finish(reason=reason),)


# ---------------------------------------------------------------- requests


def repeat(state: DialogueState) -> Move:
    return ask_again(state, words(state).again)


def rephrase(state: DialogueState) -> Move:
    question = state.question
    simpler = question.rephrased if question and not state.item.probe else ""
    return ask_again(state, words(state).other_words, simpler) if simpler else repeat(state)


def slower(state: DialogueState) -> Move:
    return repeat(replace(state, slow=True))


def skip(state: DialogueState) -> Move:
    state = keep(state)
    return next_question(settle(state, "answered" if state.item.said else "skipped"), words(state).skipped)


def spoken_pause(state: DialogueState) -> Move:
    return interrupt(keep(state), words(state).paused, "pause")


def _wait(state: DialogueState) -> Move:
    return interrupt(replace(state, item=replace(state.item, patient=True)), words(state).wait)


def _confirm_finish(state: DialogueState) -> Move:
    """A recogniser may be wrong, and this cannot be undone."""
    return interrupt(replace(state, item=replace(state.item, confirming=True)), words(state).confirm_finish)


def _go_on(state: DialogueState) -> Move:
    return ask_again(replace(state, item=replace(state.item, confirming=False)), words(state).go_on)


_REQUESTS: dict[intents.Intent, Callable[[DialogueState], Move]] = {
    "repeat": repeat,
    "rephrase": rephrase,
    "slower": slower,
    "skip": skip,
    "back": back,
    "pause": spoken_pause,
    "wait": _wait,
    "finish": _confirm_finish,
}


def _thanks(state: DialogueState) -> str:
    thanks = words(state).thanks
    return thanks[len(state.turns) % len(thanks)]
