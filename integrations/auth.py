"""How a connection proves itself to the other system. Used by `integrations.http`; connectors name one in `auth`.

Tokens that are exchanged live with the connection (`Tokens`), so that every process uses the same and a refresh token
that rotates is spent once.
"""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Protocol
from urllib.parse import urlencode

from models.errors import PushRejected
from models.exchange import Request, Response

EARLY = 60.0
"""Seconds before its end that an access token counts as spent."""

Send = Callable[[Request], Response]


class Tokens(Protocol):
    """What a connection's token endpoint gave: "access", "expires_at" (seconds since the epoch), "refresh"."""

    def read(self) -> Mapping[str, str]: ...
    def write(self, tokens: Mapping[str, str]) -> None: ...
    def alone(self) -> AbstractContextManager[None]:
        """While it lasts, no other thread or process exchanges this connection's tokens."""


class Auth(Protocol):
    def apply(self, request: Request, tokens: Tokens, send: Send) -> Request:
        """With credentials; `send` is for the token endpoint and adds none."""

    def renew(self, tokens: Tokens, refused: Request) -> bool:
        """After a 401 for `refused`, as it was sent: whether other credentials can be had, so that trying again makes
        sense."""


@dataclass(frozen=True)
class Headers:
    """Keys that go along in headers."""

    headers: Mapping[str, str] = field(default_factory=dict)

    def apply(self, request: Request, tokens: Tokens, send: Send) -> Request:  # noqa: ARG002 - the protocol's shape
        return replace(request, headers={**request.headers, **self.headers})

    def renew(self, tokens: Tokens, refused: Request) -> bool:  # noqa: ARG002 - the protocol's shape
        return False


def basic(user: str, password: str = "") -> Headers:
    return Headers({"authorization": basic_value(user, password)})


def basic_value(user: str, password: str = "") -> str:
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


@dataclass(frozen=True)
class QueryKey:
    """A key in the address, for systems that know nothing else. Nothing of ours logs addresses of calls."""

    name: str
    key: str

    def apply(self, request: Request, tokens: Tokens, send: Send) -> Request:  # noqa: ARG002 - the protocol's shape
        return replace(request, query=(*request.query, (self.name, self.key)))

    def renew(self, tokens: Tokens, refused: Request) -> bool:  # noqa: ARG002 - the protocol's shape
        return False


@dataclass(frozen=True)
class OAuth2:
    """RFC 6749: client credentials, or a refresh token that came from an authorisation code and may rotate.

    `form`: what the vendor wants besides. `in_body`: client id and secret as form fields instead of Basic. `carry`: the
    header that takes the access token, with {token}."""

    token_url: str
    client_id: str
    client_secret: str
    grant: str = "client_credentials"
    form: Mapping[str, str] = field(default_factory=dict)
    in_body: bool = False
    carry: tuple[str, str] = ("authorization", "Bearer {token}")

    def apply(self, request: Request, tokens: Tokens, send: Send) -> Request:
        access = self._valid(tokens)
        if access is None:
            with tokens.alone():
                access = self._valid(tokens) or self._exchange(tokens, send)
        name, value = self.carry
        return replace(request, headers={**request.headers, name: value.format(token=access)})

    def renew(self, tokens: Tokens, refused: Request) -> bool:
        """The token that was refused is void; one that somebody else has got meanwhile is not."""
        name, value = self.carry
        with tokens.alone():
            kept = tokens.read()
            if refused.headers.get(name) == value.format(token=kept.get("access", "")):
                tokens.write({**kept, "access": "", "expires_at": "0"})
        return True

    def redeem(self, code: str, redirect_uri: str, tokens: Tokens, send: Send) -> None:
        """An authorisation code for the first tokens."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri, **self.form}
        with tokens.alone():
            self._ask(form, tokens, send)

    @staticmethod
    def _valid(tokens: Tokens) -> str | None:
        kept = tokens.read()
        fresh = float(kept.get("expires_at") or 0) - EARLY > time.time()
        return kept.get("access") or None if fresh else None

    def _exchange(self, tokens: Tokens, send: Send) -> str:
        form = {"grant_type": self.grant, **self.form}
        if self.grant == "refresh_token":
            refresh = tokens.read().get("refresh", "")
            if not refresh:
                raise PushRejected("Not authorised yet: open the connection's page and press 'Authorise'.", scope=True)
            form["refresh_token"] = refresh
        return self._ask(form, tokens, send)

    def _ask(self, form: Mapping[str, str], tokens: Tokens, send: Send) -> str:
        headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
        if self.in_body:
            form = {**form, "client_id": self.client_id, "client_secret": self.client_secret}
        else:
            headers["authorization"] = basic_value(self.client_id, self.client_secret)
        try:
            answer = send(
                Request("POST", self.token_url, headers=headers, content=urlencode(form).encode(), bare=True)
            ).json
        except PushRejected as refused:
            if refused.answered in (400, 401, 403):
                by_person = self.grant == "refresh_token"
                again = "Authorise again." if by_person else "Check client id and secret under Settings."
                raise PushRejected(f"The token was refused: {refused.detail}. {again}", scope=True) from refused
            raise
        except ValueError:
            answer = None
        if not isinstance(answer, dict) or not answer.get("access_token"):
            raise PushRejected("The token endpoint answered without a token. Check its address.", scope=True)
        kept = {
            "access": str(answer["access_token"]),
            "expires_at": str(time.time() + float(answer.get("expires_in") or 3600)),
            "refresh": str(answer.get("refresh_token") or tokens.read().get("refresh", "")),
        }
        tokens.write(kept)
        return kept["access"]
