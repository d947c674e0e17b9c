"""The words of a follow-up by a language model, where the operator wants that (`FOYER_MODEL__TASKS`). `api.live` asks
here once for each; whatever goes wrong, the plan's own words are said."""

from __future__ import annotations

import asyncio

import structlog

from interview import events as ev
from interview import wording
from interview.state import DialogueState
from models.engines import LanguageModel
from models.errors import EngineError
from models.languages import code_of
from models.values import Probe, Question

log = structlog.get_logger("foyer.wording")

SECONDS = 3.0
"""A candidate waits no longer than this, whatever the model's server does."""


async def worded(model: LanguageModel | None, before: DialogueState, after: DialogueState) -> ev.Worded | None:
    """What makes of the follow-up that `after` is about to say for the first time the model's; None: nothing does."""
    probe, say, question = after.item.probe, after.say, after.question
    if model is None or probe is None or say is None or say.kind != "probe" or question is None:
        return None
    known = before.item.probe
    if (known is not None and known.id == probe.id) or code_of(after.plan.language) != "en":
        return None
    try:
        asked = asyncio.to_thread(_ask, model, question, probe, after.item.said)
        text = await asyncio.wait_for(asked, SECONDS)
    except TimeoutError:
        log.warning("wording.late", seconds=SECONDS)
        return None
    return ev.Worded(utterance=say.utterance, text=text) if text else None


def _ask(model: LanguageModel, question: Question, probe: Probe, answer: str) -> str | None:
    try:
        reply = model.complete(wording.request(question, probe, answer), schema=wording.SCHEMA)
    except EngineError as error:
        log.warning("wording.failed", detail=error.detail)
        return None
    text = " ".join(str(reply["question"]).split())
    problem = wording.refused(text, question, probe, answer)
    if problem is not None:
        log.info("wording.refused", why=problem)
    return text if problem is None else None
