"""A language model behind any OpenAI-compatible server (vLLM, llama.cpp, Ollama, a cloud). Optional: nothing in Foyer
needs one. `interview.evaluate` uses it when `api.wiring` was given a base URL.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from models.errors import EngineError
from models.values import Message

RETRY_LATER = frozenset({408, 409, 425, 429})


class OpenAiChat:
    """A LanguageModel. Every answer is one JSON object that has been checked against the schema asked for; anything
    else is an EngineError(retry=True). A request the server refuses for good (key, model name) is retry=False."""

    def __init__(self, base_url: str, model: str, api_key: str = "", timeout: float = 60.0) -> None:
        import httpx2

        if urlsplit(base_url).scheme not in {"http", "https"}:
            raise EngineError(f"FOYER_MODEL__BASE_URL must begin with http:// or https://, not {base_url!r}.")
        self.name = f"{model}@{urlsplit(base_url).netloc}"
        self._model, self._url = model, f"{base_url.rstrip('/')}/chat/completions"
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._client = httpx2.Client(headers=headers, timeout=timeout)

    def complete(self, messages: Sequence[Message], *, schema: Mapping[str, object]) -> dict[str, object]:
        request = {
            "model": self._model,
            "messages": [{"role": message.role, "content": message.content} for message in messages],
            "temperature": 0,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "answer", "strict": True, "schema": dict(schema)},
            },
        }
        return conforming(self._content(self._post(request)), schema, self.name)

    def close(self) -> None:
        self._client.close()

    def _post(self, request: Mapping[str, Any]) -> Any:
        import httpx2

        try:
            response = self._client.post(self._url, json=request)
        except httpx2.HTTPError as unreachable:
            raise EngineError(f"{self.name} did not answer: {unreachable}", retry=True) from unreachable
        if response.status_code >= 400:
            again = response.status_code >= 500 or response.status_code in RETRY_LATER
            raise EngineError(f"{self.name} refused with {response.status_code}: {response.text[:200]}", retry=again)
        try:
            return response.json()
        except ValueError as garbled:
            raise EngineError(f"{self.name} sent no JSON; is FOYER_MODEL__BASE_URL right?", retry=True) from garbled

    def _content(self, body: Any) -> str:
        """The text of the first choice."""
        try:
            choice = body["choices"][0]
            content = choice["message"]["content"]
        except (KeyError, IndexError, TypeError) as strange:
            raise EngineError(f"{self.name} sent a reply without choices", retry=True) from strange
        if choice.get("finish_reason") == "length":
            raise EngineError(f"{self.name} stopped in the middle of its answer", retry=True)
        if not isinstance(content, str):
            raise EngineError(f"{self.name} gave no answer: {choice['message'].get('refusal')}", retry=True)
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
