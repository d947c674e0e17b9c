"""Systems that sign in to us by OAuth2 client credentials: the token they get, and knowing it again. Connectors call it
in `serve`.

A token says until when it holds and is signed with the client's secret. Nothing is kept, so every process knows it, and
a new secret ends every token.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from urllib.parse import parse_qs, unquote

from integrations.signatures import check_key, hex_hmac
from models.errors import BadRequest, Unauthorized
from models.exchange import Inbound, Reply

SECONDS = 3600


def grant(inbound: Inbound, client_id: str, secret: str) -> Reply:
    """The token endpoint: id and secret as Basic or in the form. Raises Unauthorized, BadRequest."""
    form = {name: values[0] for name, values in parse_qs(inbound.body.decode("utf-8", "replace")).items()}
    given_id, given_secret = basic_of(inbound) or (form.get("client_id", ""), form.get("client_secret", ""))
    check_key(f"{given_id}:{given_secret}", f"{client_id}:{secret}" if secret else "")
    if form.get("grant_type") != "client_credentials":
        raise BadRequest("Only grant_type=client_credentials is served here.")
    until = str(int(inbound.now.timestamp()) + SECONDS)
    body = {"access_token": f"{until}.{_signed(until, secret)}", "token_type": "Bearer", "expires_in": SECONDS}
    return Reply(json=body, headers={"Cache-Control": "no-store"})


def check_granted(inbound: Inbound, secret: str) -> None:
    """A call with a token of `grant`. Raises Unauthorized."""
    scheme, _, token = inbound.headers.get("authorization", "").partition(" ")
    until, _, signature = token.strip().partition(".")
    check_key(signature if scheme.lower() == "bearer" else "", _signed(until, secret) if secret else "")
    if not until.isdecimal() or int(until) < inbound.now.timestamp():
        raise Unauthorized("The token has expired. Ask for a new one.")


def basic_of(inbound: Inbound) -> tuple[str, str] | None:
    """User and password of a Basic header; None without a usable one. OAuth2 wants both percent-encoded."""
    scheme, _, value = inbound.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, _, password = b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return unquote(user), unquote(password)


def _signed(until: str, secret: str) -> str:
    return hex_hmac(secret, f"token until {until}".encode())
