"""Fakes of what the store and the files are given."""

from __future__ import annotations

from collections.abc import Sequence


class MarkedSeal:
    """Turns every bit round and puts the subject in front, so that a test sees what passed through it."""

    def seal(self, clear: bytes, *, subject: str) -> bytes:
        if not subject:
            raise ValueError("Personal data needs a subject.")
        return subject.encode() + b"|" + bytes(byte ^ 0xFF for byte in clear)

    def unseal(self, sealed: bytes) -> bytes:
        return bytes(byte ^ 0xFF for byte in sealed.split(b"|", 1)[1])

    def blind(self, digest: str, *, organisation_id: str) -> str:
        return digest

    def is_newest(self, sealed: bytes, subject: str) -> bool:
        return True

    def prepare(self, subjects: Sequence[str]) -> None:
        pass

    def expect(self, subjects: Sequence[str]) -> None:
        pass

    def destroy(self, subject: str) -> None:
        pass

    def close(self) -> None:
        pass
