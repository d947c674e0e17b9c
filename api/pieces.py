"""An interview's microphone in the storage that all nodes share, piece by piece: `microphone/<interview>/<first
sample>-<sample behind>-<next frame>-<chance>`. A piece is a stretch of a node's raw file as `api.recording` wrote it,
its frames sealed for the candidate. Written by `api.recording`, joined by `api.keeping`.

Where two nodes have the same stretch, it is the same: a page sends again what no piece holds. What neither has is
missing, and said so, until the node that wrote it is back."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator, Sequence
from secrets import token_hex
from typing import BinaryIO, NamedTuple, Protocol, cast

import numpy as np

from models.engines import Samples, Seal
from models.storage import Storage

MARK = b"foyermic"
FRAME = struct.Struct("<QII")
"""Before each frame: its first sample, its samples, its sealed length. Length 0: another node has these samples."""


class Piece(NamedTuple):
    """Samples `start` to `end` (excluded). `next_seq`: the first frame that is in no piece up to this one."""

    start: int
    end: int
    next_seq: int
    name: str


class Pieces:
    """Of one interview. Each method may raise what a storage raises."""

    def __init__(self, storage: Storage, interview_id: str) -> None:
        self._storage, self._folder = storage, f"microphone/{interview_id}"

    def all(self) -> list[Piece]:
        """By their first sample."""
        found = (self._named(name) for name in self._storage.names(self._folder))
        return sorted(piece for piece in found if piece is not None)

    def put(self, start: int, end: int, next_seq: int, frames: bytes) -> None:
        name = f"{start:012d}-{end:012d}-{next_seq:09d}-{token_hex(4)}"
        self._storage.write(f"{self._folder}/{name}", [MARK, frames])

    def read(self, piece: Piece) -> bytes:
        """Its frames."""
        return self._storage.read(f"{self._folder}/{piece.name}").removeprefix(MARK)

    def drop(self) -> None:
        """All of them. Again is no error."""
        for name in self._storage.names(self._folder):
            self._storage.drop(f"{self._folder}/{name}")

    @staticmethod
    def _named(name: str) -> Piece | None:
        parts = name.split("-")
        if len(parts) != 4 or not all(part.isdecimal() for part in parts[:3]):
            return None
        return Piece(int(parts[0]), int(parts[1]), int(parts[2]), name)


class Frame(NamedTuple):
    start: int
    size: int
    sealed: bytes


def frames_in(data: bytes) -> Iterator[Frame]:
    """Of a stretch of a raw file; a frame that was cut off is none."""
    at = 0
    while at + FRAME.size <= len(data):
        start, count, length = FRAME.unpack_from(data, at)
        at += FRAME.size
        if at + length > len(data):
            return
        yield Frame(start, count, data[at : at + length])
        at += length


class Sound(Protocol):
    """What reads like a microphone."""

    samples: int

    def read(self, start: int, count: int) -> Samples: ...


class Joined:
    """The microphone of an interview from all pieces there are. `captured`: samples it ought to have at least."""

    def __init__(self, pieces: Pieces, seal: Seal, captured: int) -> None:
        self._pieces, self._seal = pieces, seal
        self._all = pieces.all()
        self._loaded: dict[Piece, Samples] = {}
        self.samples = max((piece.end for piece in self._all), default=0)
        self.missing = without(self._all, max(self.samples, captured))
        """(first sample, sample behind) of what no piece holds."""

    def __bool__(self) -> bool:
        return bool(self._all)

    def read(self, start: int, count: int) -> Samples:
        """Up to `count` samples from `start` on; silence where nothing was recorded, or is missing."""
        count = max(0, min(count, self.samples - start))
        found = np.zeros(count, dtype="<i2")
        for piece in self._all:
            begin, end = max(start, piece.start), min(start + count, piece.end)
            if begin < end:
                heard = self._clear(piece)[begin - piece.start : end - piece.start]
                np.copyto(found[begin - start : end - start], heard, where=heard != 0)
        return found

    def _clear(self, piece: Piece) -> Samples:
        """Two are kept: they are read in order, and may overlap."""
        if piece not in self._loaded:
            clear = np.zeros(piece.end - piece.start, dtype="<i2")
            for start, count, sealed in frames_in(self._pieces.read(piece)):
                begin, end = max(start, piece.start), min(start + count, piece.end)
                if sealed and begin < end:
                    samples = np.frombuffer(self._seal.unseal(sealed), "<i2")
                    clear[begin - piece.start : end - piece.start] = samples[begin - start : end - start]
            while len(self._loaded) > 1:
                del self._loaded[next(iter(self._loaded))]
            self._loaded[piece] = clear
        return self._loaded[piece]

    def open(self, _mode: str = "rb", /) -> BinaryIO:
        return cast(BinaryIO, Reader(self))


class Reader(io.RawIOBase):
    """A microphone as a file of samples, read from its beginning."""

    def __init__(self, sound: Sound) -> None:
        self._sound, self._at = sound, 0

    def read(self, size: int = -1) -> bytes:
        count = self._sound.samples if size < 0 else size // 2
        found = self._sound.read(self._at, count)
        self._at += len(found)
        return found.tobytes()


def without(pieces: Sequence[Piece], samples: int) -> list[tuple[int, int]]:
    """What of the first `samples` no piece holds."""
    gaps, at = [], 0
    for piece in sorted(pieces):
        if piece.start > at:
            gaps.append((at, piece.start))
        at = max(at, piece.end)
    return [*gaps, (at, samples)] if at < samples else gaps
