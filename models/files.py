"""Files by content: <storage>/ab/<sha256 of the clear bytes>. Used by `api`; rows keep only the hash.

Two people may hand in the same bytes and then share one file: drop it only when no other row names its hash.

Large files are sealed in parts of 1 MiB (`<sha256>.parts`), so that a player can begin at any second and nobody holds
one whole: sealed parts, then an index of their lengths, its length (8 bytes) and a mark (8 bytes). Where the seal
changes nothing, players read such a file as it is."""

from __future__ import annotations

import hashlib
import json
import os
import re
import struct
from collections.abc import Iterator
from pathlib import Path

from models.engines import Seal
from models.errors import FoyerError, NotFound
from models.storage import storage_at

_SHA256 = re.compile(r"[0-9a-f]{64}")
PART = 2**20
_END = struct.Struct("<Q8s")
_MARK = b"foyerprt"
_TAIL = 2**14
"""Bytes of a file's end that are read for its index: enough for a thousand parts."""


class Stored:
    """A file that is there, for reading in pieces."""

    def __init__(self, files: Files, name: str, sizes: list[int], size: int, whole: bytes | None = None) -> None:
        self._files, self._name, self._sizes, self._whole = files, name, sizes, whole
        self.size = size
        """Of the clear bytes."""

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        """Clear bytes `start` to `stop` (excluded), at most PART at a time. Raises as `Files.get` does; a damaged part
        is only noticed by a seal that notices."""
        if self._whole is not None:
            yield self._whole[start:stop]
            return
        offset = 0
        for number, size in enumerate(self._sizes):
            first = number * PART
            if first < stop and start < first + PART:
                clear = self._files.part(self._name, offset, size)
                yield clear[max(0, start - first) : stop - first]
            offset += size


class Files:
    """Whatever `put` and `put_file` have returned from is stored, whole. `root`: a folder, or a URL that fsspec knows;
    there each method may raise EngineError (`models.storage`)."""

    def __init__(self, root: Path | str, seal: Seal) -> None:
        self._storage, self._seal = storage_at(root), seal

    @property
    def where(self) -> str:
        return self._storage.where

    def put(self, content: bytes, *, subject: str) -> str:
        """Keeps the bytes, sealed for `subject`, and returns the sha256 of the clear ones."""
        sha256 = hashlib.sha256(content).hexdigest()
        name, sealed = _name(sha256), self._seal.seal(content, subject=subject)
        if not self._storage.has(name, len(sealed)):
            self._storage.write(name, [sealed])
        return sha256

    def put_file(self, path: Path, *, subject: str) -> str:
        """The same for a large file, in parts. It must not change meanwhile."""
        sha256 = _digest(path)
        name = _name(sha256) + ".parts"
        sealed = sum(len(part) for part in self._sealed(path, subject))
        if not self._storage.has(name, sealed):
            self._storage.write(name, self._sealed(path, subject))
        return sha256

    def get(self, sha256: str) -> bytes:
        """The clear bytes. Raises NotFound, and FoyerError when the storage gives back something else than was kept."""
        try:
            content = self._seal.unseal(self._storage.read(_name(sha256)))
        except FileNotFoundError:
            stored = self.open(sha256)
            content = b"".join(stored.read(0, stored.size))
        if hashlib.sha256(content).hexdigest() != sha256:
            raise self._damaged(sha256)
        return content

    def open(self, sha256: str) -> Stored:
        """For reading in pieces; one that was not kept in parts is held whole. Raises as `get` does."""
        name = _name(sha256)
        try:
            return self._parts(name + ".parts")
        except FileNotFoundError:
            pass
        try:
            content = self._seal.unseal(self._storage.read(name))
        except FileNotFoundError:
            raise NotFound(f"There is no file {sha256} here; it was removed, or {self.where} is incomplete.") from None
        return Stored(self, name, [], len(content), content)

    def check(self, sha256: str) -> None:
        """Reads it back, in parts. Raises as `get` does."""
        stored, digest = self.open(sha256), hashlib.sha256()
        for part in stored.read(0, stored.size):
            digest.update(part)
        if digest.hexdigest() != sha256:
            raise self._damaged(sha256)

    def drop(self, sha256: str) -> None:
        """Removes the file; one that is not there is no error."""
        name = _name(sha256)
        self._storage.drop(name)
        self._storage.drop(name + ".parts")

    def probe(self) -> None:
        """Writes, reads back and removes a file, for `foyer doctor`. Raises what the storage raises, or FoyerError."""
        name, content = f".doctor-{os.urandom(4).hex()}", os.urandom(64)
        self._storage.write(name, [content])
        same = self._storage.read(name, 0, len(content)) == content
        self._storage.drop(name)
        if not same:
            raise FoyerError(f"{self.where} gives back something else than was written.")

    def part(self, name: str, offset: int, size: int) -> bytes:
        """One part, clear. For `Stored`."""
        return self._seal.unseal(self._storage.read(name, offset, offset + size))

    def _sealed(self, path: Path, subject: str) -> Iterator[bytes]:
        sizes, clear = [], 0
        for part in _pieces(path):
            sealed = self._seal.seal(part, subject=subject)
            sizes.append(len(sealed))
            clear += len(part)
            yield sealed
        index = json.dumps({"size": clear, "sealed": sizes}).encode()
        yield index + _END.pack(len(index), _MARK)

    def _parts(self, name: str) -> Stored:
        total = self._storage.size(name)
        tail = self._storage.read(name, max(0, total - _TAIL), total)
        length, mark = _END.unpack(tail[-_END.size :]) if len(tail) >= _END.size else (0, b"")
        if mark != _MARK or length + _END.size > total:
            raise self._damaged(name)
        if length + _END.size > len(tail):
            tail = self._storage.read(name, total - length - _END.size, total)
        index = json.loads(tail[-_END.size - length : -_END.size])
        return Stored(self, name, index["sealed"], index["size"])

    def _damaged(self, name: str) -> FoyerError:
        return FoyerError(f"The file {name} in {self.where} is damaged; restore it from a backup.")


def _name(sha256: str) -> str:
    if not _SHA256.fullmatch(sha256):
        raise NotFound(f"{sha256!r} is not the sha256 of a file.")
    return f"{sha256[:2]}/{sha256}"


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    for part in _pieces(path):
        digest.update(part)
    return digest.hexdigest()


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while part := file.read(PART):
            yield part
