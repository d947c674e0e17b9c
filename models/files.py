"""Files by content: FOYER_HOME/files/ab/<sha256 of the clear bytes>. Used by `api`; rows keep only the hash.

Two people may hand in the same bytes and then share one file: drop it only when no other row names its hash.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from pathlib import Path

from models.engines import Seal
from models.errors import FoyerError, NotFound

_SHA256 = re.compile(r"[0-9a-f]{64}")


class Files:
    """Whatever `put` has returned from is on disk, whole; a crash leaves no half a file under its name."""

    def __init__(self, root: Path, seal: Seal) -> None:
        self._root, self._seal = root, seal

    def put(self, content: bytes, *, subject: str) -> str:
        """Keeps the bytes, sealed for `subject`, and returns the sha256 of the clear ones."""
        sha256 = hashlib.sha256(content).hexdigest()
        path = self._path(sha256)
        if not path.exists():
            _write(path, self._seal.seal(content, subject=subject))
        return sha256

    def get(self, sha256: str) -> bytes:
        """The clear bytes. Raises NotFound, and FoyerError when the disk gives back something else than was kept."""
        path = self._path(sha256)
        try:
            content = self._seal.unseal(path.read_bytes())
        except FileNotFoundError:
            raise NotFound(f"There is no file {sha256} here; it was removed, or {self._root} is incomplete.") from None
        if hashlib.sha256(content).hexdigest() != sha256:
            raise FoyerError(f"The file {path} is damaged; restore it from a backup.")
        return content

    def drop(self, sha256: str) -> None:
        """Removes the file; one that is not there is no error."""
        path = self._path(sha256)
        path.unlink(missing_ok=True)
        if path.parent.exists():
            _sync_folder(path.parent)

    def _path(self, sha256: str) -> Path:
        if not _SHA256.fullmatch(sha256):
            raise NotFound(f"{sha256!r} is not the sha256 of a file.")
        return self._root / sha256[:2] / sha256


def _write(path: Path, content: bytes) -> None:
    """Atomic and durable: written beside, flushed to disk, renamed, and the name flushed too."""
    if not path.parent.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sync_folder(path.parent.parent)
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")  # mode 600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
