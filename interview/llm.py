"""A language model behind any OpenAI-compatible server. Optional: nothing in Foyer needs one. `api.wording` asks it for
the words of a follow-up, `interview.second_rater` for a second opinion, where the operator wants that.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from interview.openai_service import OpenAiService
from models.errors import EngineError
from models.values import Message

SETTING = "FOYER_MODEL__BASE_URL"


class OpenAiChat:
    """A LanguageModel. Every answer is one JSON object that has been checked against the schema asked for; anything
    else is an EngineError(retry=True). A request the server refuses for good (key, model name) is retry=False.
    `timeout`: seconds for one whole answer."""

    def __init__(self, base_url: str, model: str, api_key: str = "", timeout: float = 60.0) -> None:
        self._service = OpenAiService(base_url, api_key, setting=SETTING)
        self.name = f"{model}@{self._service.host}"
        self._model, self._timeout = model, timeout

    def complete(self, messages: Sequence[Message], *, schema: Mapping[str, object]) -> dict[str, object]:
        request = {
            "model": self._model,
            "messages": [{"role": message.role, "content": message.content} for message in messages],
            "temperature": 0,
            "seed": 0,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "answer", "strict": True, "schema": dict(schema)},
            },
        }
        body = self._service.json("/chat/completions", json=request, seconds=self._timeout)
        return conforming(self._content(body), schema, self.name)

    def close(self) -> None:
        self._service.close()

    def _content(self, body: Any) -> str:
        """The text of the first choice. A model that calls tools was offered none: such a reply is no answer, whatever
        it says besides."""
        try:
            choice = body["choices"][0]
            content = choice["message"].get("content")
            tools = choice["message"].get("tool_calls") or choice["message"].get("function_call")
        except (KeyError, IndexError, TypeError, AttributeError) as strange:
            raise EngineError(f"{self.name} sent a reply without choices", retry=True) from strange
        if choice.get("finish_reason") == "length":
            raise EngineError(f"{self.name} stopped in the middle of its answer", retry=True)
        if tools:
            raise EngineError(f"{self.name} called a tool, of which it has none; nothing was run", retry=True)
        if not isinstance(content, str):
            raise EngineError(f"{self.name} gave no answer: {str(choice['message'].get('refusal'))[:200]}", retry=True)
        return content


def conforming(content: str, schema: Mapping[str, object], name: str) -> dict[str, object]:
    """The JSON object in `content`, if it satisfies `schema`; else EngineError(retry=True). `name` is who said it."""
    from jsonschema import Draft202012Validator

    try:
        answer = json.loads(content)
    except ValueError as prose:
        raise EngineError(f"{name} answered with something that is not JSON: {content[:80]!r}", retry=True) from prose
    problem = next(iter(Draft202012Validator(dict(schema)).iter_errors(answer)), None)
    if problem is not None:
        raise EngineError(f"{name} left the schema at {problem.json_path}: {problem.message[:120]}", retry=True)
    if not isinstance(answer, dict):
        raise EngineError(f"{name} answered with {type(answer).__name__}, not an object", retry=True)
    return answer
