"""The seam for personal data at rest, named in `api.wiring`, used through `models.engines.Seal`."""

from __future__ import annotations


class OpenSeal:
    """Passes bytes through. IT DOES NOT ENCRYPT: whoever can read the database or the files reads everything.

    It marks where per-person keys belong; until they exist, protect FOYER_HOME and its backups by other means."""

    def seal(self, clear: bytes, *, subject: str) -> bytes:
        if not subject:
            raise ValueError("Personal data needs a subject: the id of the person it tells about.")
        return clear

    def unseal(self, sealed: bytes) -> bytes:
        return sealed
