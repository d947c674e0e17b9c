"""One OpenAI-compatible HTTP service (vLLM, llama.cpp, Ollama, speaches, a cloud), as the language model
(`interview.llm`), the recogniser and the voice (`interview.speech_service`) talk to it.

The address is the operator's own setting, so it may lie on this machine or the local network. The key travels in a
header and is kept out of every message.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from models.errors import EngineError

RETRY_LATER = frozenset({408, 409, 425, 429})
LARGEST = 50_000_000
"""Bytes of one answer."""


class Refusal(EngineError):
    """The service answered with an error status; `status` says which."""

    status_code = 0


class OpenAiService:
    """Every failure is one EngineError. A request that the service refuses for good (key, model name) is retry=False,
    everything else may be tried again. `setting` is named where the address is to blame."""

    def __init__(self, base_url: str, api_key: str = "", *, setting: str) -> None:
        import httpx2

        parts = urlsplit(base_url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise EngineError(f"{setting} must begin with http:// or https:// and name a host, not {base_url!r}.")
        self.host = parts.hostname if parts.port is None else f"{parts.hostname}:{parts.port}"
        self._base, self._key, self._setting = base_url.rstrip("/"), api_key, setting
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._client = httpx2.Client(headers=headers)

    def post(
        self,
        path: str,
        *,
        seconds: float,
        json: Mapping[str, Any] | None = None,
        form: Mapping[str, str | list[str]] | None = None,
        file: tuple[str, bytes, str] | None = None,
    ) -> bytes:
        """The body of a successful answer that was complete within `seconds`, however slowly it came. `file`: name,
        content and media type, sent as the form's "file"."""
        import httpx2

        until = time.monotonic() + seconds
        try:
            with self._client.stream(
                "POST",
                f"{self._base}{path}",
                json=json,
                data=form,
                files={"file": file} if file else None,
                timeout=httpx2.Timeout(seconds, connect=min(5.0, seconds)),
            ) as response:
                content = self._read(response.iter_bytes(), until, seconds)
        except httpx2.TimeoutException as late:
            raise self._late(seconds) from late
        except httpx2.HTTPError as unreachable:
            raise EngineError(self._safe(f"{self.host} did not answer: {unreachable}"), retry=True) from unreachable
        if not response.is_success:
            raise self._refusal(response.status_code, content.decode("utf-8", "replace"))
        return content

    def json(self, path: str, **request: Any) -> Any:
        """`post` for an answer that is JSON."""
        import json

        content = self.post(path, **request)
        try:
            return json.loads(content)
        except ValueError as garbled:
            raise EngineError(f"{self.host} sent no JSON; is {self._setting} right?", retry=True) from garbled

    def close(self) -> None:
        self._client.close()

    def _read(self, parts: Any, until: float, seconds: float) -> bytes:
        content = bytearray()
        for part in parts:
            content += part
            if time.monotonic() > until:
                raise self._late(seconds)
            if len(content) > LARGEST:
                raise EngineError(f"{self.host} sent more than {LARGEST // 1_000_000} MB.")
        return bytes(content)

    def _late(self, seconds: float) -> EngineError:
        return EngineError(f"{self.host} did not answer within {seconds:.0f} s", retry=True)

    def _refusal(self, status: int, text: str) -> Refusal:
        again = status >= 500 or status in RETRY_LATER
        error = Refusal(self._safe(f"{self.host} refused with {status}: {text[:200]}"), retry=again)
        error.status_code = status
        return error

    def _safe(self, text: str) -> str:
        """Some services repeat the key that they refuse."""
        return text.replace(self._key, "[key]") if self._key else text
