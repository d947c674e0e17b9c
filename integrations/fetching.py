"""A file at an address that came in a message, without anybody's credentials. Called by `api.incoming`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

from integrations.auth import Headers
from integrations.http import Caller
from integrations.ssrf import check_url
from models.exchange import Request, Response


class _NoTokens:
    def read(self) -> Mapping[str, str]:
        return {}

    def write(self, tokens: Mapping[str, str]) -> None:
        """Nothing is exchanged."""

    @contextmanager
    def alone(self) -> Iterator[None]:
        yield


def fetched(url: str, *, allow_private: bool, seconds: float) -> Response:
    """Raises BadRequest for what is no address that may be called, PushRejected where no file comes of it."""
    check_url(url, allow_private=allow_private)
    name = urlsplit(url).hostname or url
    caller = Caller(name, url, Headers(), _NoTokens(), allow_private=allow_private, seconds=seconds)
    return caller.send(Request("GET", url, headers={"accept": "*/*"}, bare=True))
