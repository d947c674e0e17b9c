"""The signatures of what other systems send us: one function a scheme, each raising Unauthorized. Sources and vectors:
docs/integrations; tests/unit/test_signatures.py holds the vectors."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime

from models.errors import Unauthorized

TOLERANCE = 300.0
"""Seconds that a signed moment may differ from now."""


def hex_hmac(secret: str, message: bytes) -> str:
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def check_hex(given: str, secret: str, message: bytes) -> None:
    """A hex HMAC-SHA256 of `message`."""
    if not secret or not hmac.compare_digest(given.strip().lower().encode(), hex_hmac(secret, message).encode()):
        raise Unauthorized("The signature does not fit. Check the secret on both sides.")


def check_any_hex(given: Sequence[str], secrets: Sequence[str], message: bytes) -> None:
    """One of several hex HMAC-SHA256 of `message` by one of several secrets, as while a secret is exchanged."""
    known = [hex_hmac(each, message).encode() for each in secrets if each]
    fits = [hmac.compare_digest(one.strip().lower().encode(), each) for one in given for each in known]
    if not any(fits):
        raise Unauthorized("The signature does not fit. Check the secret on both sides.")


def check_key(given: str, expected: str) -> None:
    """A shared key, compared in constant time."""
    if not expected or not hmac.compare_digest(given.encode(), expected.encode()):
        raise Unauthorized("The key is not the one of this connection.")


def check_moment(seconds: float, now: datetime) -> None:
    """A signed time must be near: a message that somebody kept and sends again is refused."""
    if not abs(now.timestamp() - seconds) <= TOLERANCE:  # no number is near nothing
        raise Unauthorized("The message's time is too far from now.")
