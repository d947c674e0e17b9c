"""Files by content and person: <storage>/ab/<sha256 of the clear bytes>.<mark of the subject>. Used by `api`; rows keep
only the hash. Two people who handed in the same bytes have a copy each, sealed for them: one's can go, or become
unreadable, without the other's.

A file without a subject's mark was kept before there were copies, open and for all of them: it is read where there is
no other, and dropped when no row names its hash (`drop_old`).

Large files are sealed in parts of 1 MiB (`.parts`), so that a player can begin at any second and nobody holds
one whole: sealed parts, then an index of their lengths, its length (8 bytes) and a mark (8 bytes). Where the seal
changes nothing, players read such a file as it is."""

from __future__ import annotations

import hashlib
import json
import os
import re
import struct
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from pathlib import Path

from models.engines import Seal
from models.errors import FoyerError, NotFound
from models.storage import Storage, storage_at

_SHA256 = re.compile(r"[0-9a-f]{64}")
PART = 2**20
_END = struct.Struct("<Q8s")
_MARK = b"foyerprt"
PARTS = ".parts"
HEAD = 64
"""Bytes of a file's beginning that tell under which key it lies."""
_TAIL = 2**14
"""Bytes of a file's end that are read for its index: enough for a thousand parts."""


class Stored:
    """A file that is there, for reading in pieces."""

    def __init__(self, files: Files, name: str, sizes: list[int], size: int, whole: bytes | None = None) -> None:
        self._files, self._name, self._sizes, self._whole = files, name, sizes, whole
        self.size = size
        """Of the clear bytes."""
        self.in_parts = whole is None

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
    def storage(self) -> Storage:
        """For what lies beside the files by content, under names of its own."""
        return self._storage

    @property
    def where(self) -> str:
        return self._storage.where

    def put(self, content: bytes, *, subject: str) -> str:
        """Keeps the bytes, sealed for `subject`, and returns the sha256 of the clear ones."""
        sha256 = hashlib.sha256(content).hexdigest()
        name, sealed = _name(sha256, subject), self._seal.seal(content, subject=subject)
        if not self._storage.has(name, len(sealed)):
            self._storage.write(name, [sealed])
        return sha256

    def put_file(self, path: Path, *, subject: str) -> str:
        """The same for a large file, in parts. It must not change meanwhile."""
        sha256 = _digest(path)
        name = _name(sha256, subject) + PARTS
        sealed = sum(len(part) for part in self._sealed(_pieces(path), subject))
        if not self._storage.has(name, sealed):
            self._storage.write(name, self._sealed(_pieces(path), subject))
        return sha256

    def get(self, sha256: str, *, subject: str) -> bytes:
        """The clear bytes. Raises NotFound, also for somebody who was erased, and FoyerError when the storage gives
        back something else than was kept."""
        return self._whole(self.open(sha256, subject=subject), sha256)

    def _whole(self, stored: Stored, sha256: str) -> bytes:
        content = b"".join(stored.read(0, stored.size))
        if hashlib.sha256(content).hexdigest() != sha256:
            raise self._damaged(sha256)
        return content

    def open(self, sha256: str, *, subject: str) -> Stored:
        """For reading in pieces; one that was not kept in parts is held whole. Raises as `get` does."""
        for name in (_name(sha256, subject), _name(sha256)):
            with suppress(FileNotFoundError):
                content = self._seal.unseal(self._storage.read(name))
                return Stored(self, name, [], len(content), content)
            with suppress(FileNotFoundError):
                return self._parts(name + PARTS)
        raise NotFound(f"There is no file {sha256} here; it was removed, or {self.where} is incomplete.")

    def check(self, sha256: str, *, subject: str) -> None:
        """Reads it back, in parts. Raises as `get` does."""
        stored, digest = self.open(sha256, subject=subject), hashlib.sha256()
        for part in stored.read(0, stored.size):
            digest.update(part)
        if digest.hexdigest() != sha256:
            raise self._damaged(sha256)

    def drop(self, sha256: str, *, subject: str) -> None:
        """Removes this person's copy; one that is not there is no error."""
        self._drop(_name(sha256, subject))

    def copies(self, subjects: Collection[str]) -> list[tuple[str, str]]:
        """(sha256, whose) of every file that is kept for one of these. Looks at all names there are."""
        whose = {_mark(subject): subject for subject in subjects}
        found: set[tuple[str, str]] = set()
        for folder in range(256):
            for name in self._storage.names(f"{folder:02x}"):
                sha256, _, mark = name.removesuffix(PARTS).partition(".")
                if mark in whose:
                    found.add((sha256, whose[mark]))
        return sorted(found)

    def drop_old(self, sha256: str) -> None:
        """Removes what was kept before there were copies. Only where no row names the hash, or all have copies."""
        self._drop(_name(sha256))

    def is_old(self, sha256: str, *, subject: str, newest: Callable[[bytes], bool]) -> bool:
        """Has this person no copy that is sealed as it would be now? `newest`: asked with the beginning of it."""
        for end in ("", PARTS):
            with suppress(FileNotFoundError):
                return not newest(self._storage.read(_name(sha256, subject) + end, 0, HEAD))
        return True

    def renew(self, sha256: str, *, subject: str) -> None:
        """A copy sealed as it would be now, in the place of what is there. Raises as `get` does."""
        stored, name = self.open(sha256, subject=subject), _name(sha256, subject)
        if stored.in_parts:
            self._storage.write(name + PARTS, self._sealed(stored.read(0, stored.size), subject))
        else:
            self._storage.write(name, [self._seal.seal(self._whole(stored, sha256), subject=subject)])

    def _drop(self, name: str) -> None:
        self._storage.drop(name)
        self._storage.drop(name + PARTS)

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

    def _sealed(self, pieces: Iterator[bytes], subject: str) -> Iterator[bytes]:
        sizes, clear = [], 0
        for part in pieces:
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


def _name(sha256: str, subject: str = "") -> str:
    if not _SHA256.fullmatch(sha256):
        raise NotFound(f"{sha256!r} is not the sha256 of a file.")
    mark = f".{_mark(subject)}" if subject else ""
    return f"{sha256[:2]}/{sha256}{mark}"


def _mark(subject: str) -> str:
    return hashlib.sha256(subject.encode()).hexdigest()[:16]


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    for part in _pieces(path):
        digest.update(part)
    return digest.hexdigest()


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while part := file.read(PART):
            yield part
