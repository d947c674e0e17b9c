"""The seam for data at rest, used through `models.engines.Seal`: one that leaves everything as it is, and one for what
lets one into other systems. `compliance.person_seal` builds on them for people's data."""

from __future__ import annotations

import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from models.errors import EngineError

SECRETS = "secrets:"
"""A subject that begins so is nobody's person: what lets one into other systems, such as keys and tokens."""
_MARK = b"\x00foyer-secret-1\x00"
_NONCE = 12


class OpenSeal:
    """Passes bytes through. IT DOES NOT ENCRYPT: for what holds no person's data, such as migrations, and for tests."""

    def seal(self, clear: bytes, *, subject: str) -> bytes:
        if not subject:
            raise ValueError("Personal data needs a subject: the id of the person it tells about.")
        return clear

    def unseal(self, sealed: bytes) -> bytes:
        return sealed

    def blind(self, digest: str, *, organisation_id: str) -> str:  # noqa: ARG002 - the seam's form
        return digest

    def is_newest(self, sealed: bytes, subject: str) -> bool:  # noqa: ARG002 - the seam's form
        return True

    def prepare(self, subjects: Sequence[str]) -> None:
        pass

    def expect(self, subjects: Sequence[str]) -> None:
        pass

    def destroy(self, subject: str) -> None:
        pass

    def close(self) -> None:
        pass


class SecretSeal(OpenSeal):
    """Encrypts secrets (AES-256-GCM, a fresh nonce each) and passes people's data through, as OpenSeal does. What was
    written before there was a key reads as it is, and is encrypted when it is written again.

    `key`: 32 bytes, of this installation; it lies beside the database, not in it, so that a copy of the database or a
    dump opens no other system."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, clear: bytes, *, subject: str) -> bytes:
        clear = super().seal(clear, subject=subject)
        if not subject.startswith(SECRETS):
            return clear
        nonce = os.urandom(_NONCE)
        return _MARK + nonce + self._cipher.encrypt(nonce, clear, _MARK)

    def is_newest(self, sealed: bytes, subject: str) -> bool:
        return not subject.startswith(SECRETS) or sealed.startswith(_MARK)

    def unseal(self, sealed: bytes) -> bytes:
        if not sealed.startswith(_MARK):
            return super().unseal(sealed)
        rest = sealed[len(_MARK) :]
        try:
            return self._cipher.decrypt(rest[:_NONCE], rest[_NONCE:], _MARK)
        except InvalidTag as wrong:
            raise EngineError(
                "A key of another system was kept under another secret.key. Put that file back into FOYER_HOME, or "
                "remove the connection and connect anew."
            ) from wrong
