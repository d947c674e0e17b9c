"""Fakes of what the store and the files are given."""

from __future__ import annotations


class MarkedSeal:
    """Turns every bit round and puts the subject in front, so that a test sees what passed through it."""

    def seal(self, clear: bytes, *, subject: str) -> bytes:
        if not subject:
            raise ValueError("Personal data needs a subject.")
        return subject.encode() + b"|" + bytes(byte ^ 0xFF for byte in clear)

    def unseal(self, sealed: bytes) -> bytes:
        return bytes(byte ^ 0xFF for byte in sealed.split(b"|", 1)[1])
