"""Lists that come in pages, from servers that may never end them. Every connector that follows pages asks here, and so
does `api.carrying` where it looks for what may have arrived."""

from __future__ import annotations

import hashlib

MOST = 100_000
"""Pages of one list."""


class Endless(ValueError):
    """The same page, or the same way to the next one, came twice."""


class Turning:
    """One list being read: call it once a page, with what tells this page, or the way to it, from every other."""

    def __init__(self) -> None:
        self._seen: set[bytes] = set()

    def __call__(self, mark: object) -> None:
        """Raises Endless."""
        key = hashlib.sha256(repr(mark).encode()).digest()
        if key in self._seen or len(self._seen) >= MOST:
            raise Endless
        self._seen.add(key)
