"""The candidate's channel, written to disk as it arrives: int16 16 kHz mono, gap-free, aligned by capture offset, each
frame sealed for the candidate by itself, so that no word lies there open.

The file is MARK, then for each frame its first sample, its samples, its sealed length (`_FRAME`) and the sealed bytes.
A file without MARK is the samples themselves, as they were kept before there were keys.

Only what `commit` has made durable is acknowledged to the browser, which keeps and resends the rest; so neither a cut
line nor a killed server loses a word. `api.live` writes it; at the end `api.keeping` lays it into the recording of both
voices.
"""

from __future__ import annotations

import io
import os
import struct
import threading
from array import array
from bisect import bisect_right
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple, cast

import numpy as np

from interview.events import AudioFrame
from models.engines import Samples, Seal

RATE = 16_000
MAX_GAP_SECONDS = 600
SHORTEST_FRAME = 160
"""Samples (10 ms). A hole of so many samples lost one frame at most, so sequence numbers cannot run away from it."""
SPARE_FRAMES = 50
_POSITION, _OLD_POSITION = struct.Struct("<QQQ"), struct.Struct("<QQ")
_FRAME = struct.Struct("<QII")
MARK = b"foyermic"
SEALED = 1.2
"""Of a frame's bytes, at most, for what comes with each."""

Verdict = Literal["kept", "known", "ahead", "out_of_step", "absurd"]
"""What became of a frame: appended; had already; too early; after an absence too long to be kept as silence; numbered
as no microphone would. The last three are not counted: the browser may send them again."""


class Position(NamedTuple):
    """The first frame that is missing, the samples before it, and the file's bytes that hold them."""

    next_seq: int
    samples: int
    end: int


class _Frames:
    """Where which samples lie in a file."""

    def __init__(self) -> None:
        self._starts, self._counts, self._places, self._lengths = (array("Q") for _ in range(4))

    def add(self, start: int, count: int, place: int, length: int) -> None:
        self._starts.append(start)
        self._counts.append(count)
        self._places.append(place)
        self._lengths.append(length)

    def read(self, descriptor: int, seal: Seal, start: int, count: int) -> Samples:
        """What no frame holds is silence."""
        found = np.zeros(count, dtype="<i2")
        for at in range(max(0, bisect_right(self._starts, start) - 1), len(self._starts)):
            first, size = self._starts[at], self._counts[at]
            if first >= start + count:
                break
            begin, end = max(start, first), min(start + count, first + size)
            if begin < end:
                clear = seal.unseal(os.pread(descriptor, self._lengths[at], self._places[at]))
                found[begin - start : end - start] = np.frombuffer(clear, "<i2")[begin - first : end - first]
        return found

    @classmethod
    def of(cls, descriptor: int, end: int) -> _Frames:
        """Of a sealed file, up to byte `end`; a frame that was cut off is none."""
        found, at = cls(), len(MARK)
        while at + _FRAME.size <= end:
            start, count, length = _FRAME.unpack(os.pread(descriptor, _FRAME.size, at))
            at += _FRAME.size
            if at + length > end:
                break
            found.add(start, count, at, length)
            at += length
        return found

    @property
    def samples(self) -> int:
        return self._starts[-1] + self._counts[-1] if self._starts else 0


class Microphone:
    """What an interview's microphone gave, for reading. `path`: as `raw_file` finds it."""

    def __init__(self, path: Path, seal: Seal) -> None:
        self._path, self._seal = path, seal
        descriptor = os.open(path, os.O_RDONLY)
        try:
            size = os.fstat(descriptor).st_size
            sealed = os.pread(descriptor, len(MARK), 0) == MARK
            self._frames = _Frames.of(descriptor, size) if sealed else None
        finally:
            os.close(descriptor)
        self.samples = self._frames.samples if self._frames is not None else size // 2

    def read(self, start: int, count: int) -> Samples:
        """Up to `count` samples from `start` on."""
        count = max(0, min(count, self.samples - start))
        descriptor = os.open(self._path, os.O_RDONLY)
        try:
            if self._frames is None:
                return np.frombuffer(os.pread(descriptor, count * 2, start * 2), dtype="<i2")
            return self._frames.read(descriptor, self._seal, start, count)
        finally:
            os.close(descriptor)

    def open(self, _mode: str = "rb", /) -> BinaryIO:
        return cast(BinaryIO, _Reader(self))


class _Reader(io.RawIOBase):
    """A microphone as a file of samples, read from its beginning."""

    def __init__(self, microphone: Microphone) -> None:
        self._microphone, self._at = microphone, 0

    def read(self, size: int = -1) -> bytes:
        count = self._microphone.samples if size < 0 else size // 2
        found = self._microphone.read(self._at, count)
        self._at += len(found)
        return found.tobytes()


class Recording:
    """One interview's recording, open for appending. One thread adds, reads and, after all else, closes; `commit` may
    run in any other. Raises NotFound where the candidate was erased."""

    def __init__(self, folder: Path, interview_id: str, seal: Seal, *, subject: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._seal, self._subject = seal, subject
        self._committing = threading.Lock()
        self._closed = False
        _seal_old(folder, interview_id, seal, subject)
        self._position = os.open(folder / f"{interview_id}.pos", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            self._data = os.open(folder / f"{interview_id}.pcm", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            os.close(self._position)
            raise
        kept = os.pread(self._position, _POSITION.size, 0)
        self._at = Position(*_POSITION.unpack(kept)) if len(kept) == _POSITION.size else Position(0, 0, 0)
        os.ftruncate(self._data, self._at.end)  # what was never acknowledged will be sent again
        self._frames = _Frames.of(self._data, self._at.end)

    @property
    def next_seq(self) -> int:
        return self._at.next_seq

    @property
    def samples(self) -> int:
        return self._at.samples

    def add(self, frame: AudioFrame, *, limit: int) -> Verdict:
        """Append a frame that ends within `limit` samples of the recording's beginning.

        A hole that the browser can no longer fill is kept as silence, so that every later time stays true."""
        next_seq, at, place = self._at
        if frame.seq < next_seq:
            return "known"
        hole, end = max(0, frame.offset - at), frame.offset + len(frame.pcm) // 2
        if frame.seq - next_seq > hole // SHORTEST_FRAME + SPARE_FRAMES:
            return "absurd"
        if hole > MAX_GAP_SECONDS * RATE:
            return "out_of_step" if end <= limit else "absurd"
        if end > limit:
            return "ahead"
        fresh = frame.pcm[max(0, at - frame.offset) * 2 :]
        if fresh:
            place = self._append(fresh, at + hole, place)
        self._at = Position(frame.seq + 1, max(at, end), place)
        return "kept"

    def _append(self, fresh: bytes, start: int, place: int) -> int:
        """The samples `fresh` from `start` on, at `place` in the file; returns the place behind."""
        sealed = self._seal.seal(fresh, subject=self._subject)
        head = (MARK if place == 0 else b"") + _FRAME.pack(start, len(fresh) // 2, len(sealed))
        _write(self._data, head + sealed, place)
        place += len(head)
        self._frames.add(start, len(fresh) // 2, place, len(sealed))
        return place + len(sealed)

    def reserve(self) -> None:
        """Is there space for another minute? Raises OSError."""
        try:
            os.posix_fallocate(self._data, self._at.end, round(60 * RATE * 2 * SEALED))
        finally:
            os.ftruncate(self._data, self._at.end)

    def commit(self) -> int:
        """Make everything so far durable; returns the highest sequence number that now is."""
        with self._committing:  # a descriptor that is closed meanwhile may by then be somebody else's file
            at = self._at
            if not self._closed:
                os.fdatasync(self._data)
                _write(self._position, _POSITION.pack(*at), 0)
                os.fdatasync(self._position)
            return at.next_seq - 1

    def read(self, start: int, count: int) -> Samples:
        """Up to `count` samples from capture sample `start` on."""
        count = max(0, min(count, self.samples - start))
        return self._frames.read(self._data, self._seal, start, count)

    def close(self) -> None:
        """After the last `add`. Waits for a commit under way; a later one does nothing. Twice is once."""
        with self._committing:
            if not self._closed:
                self._closed = True
                os.close(self._data)
                os.close(self._position)


def _write(descriptor: int, data: bytes, at: int) -> None:
    """All of it: a disk that is nearly full takes a part and says so only the next time."""
    while data:
        written = os.pwrite(descriptor, data, at)
        data, at = data[written:], at + written


def _seal_old(folder: Path, interview_id: str, seal: Seal, subject: str) -> None:
    """An interview that began before there were keys goes on sealed. Killed at any moment, it begins again."""
    data, position = folder / f"{interview_id}.pcm", folder / f"{interview_id}.pos"
    old = position.read_bytes() if position.exists() else b""
    if len(old) != _OLD_POSITION.size or not data.exists():
        return
    next_seq, samples = _OLD_POSITION.unpack(old)
    content = data.read_bytes()
    if not content.startswith(MARK):
        sealed = seal.seal(content[: samples * 2], subject=subject)
        content = MARK + _FRAME.pack(0, samples, len(sealed)) + sealed if samples else b""
        beside = data.with_suffix(".pcm.part")
        beside.touch(mode=0o600)
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(data)
    position.write_bytes(_POSITION.pack(next_seq, samples, len(content)))


def raw_file(folder: Path, interview_id: str) -> Path | None:
    """What the microphone gave; None where there is nothing (a typed interview), or nothing any more."""
    path = folder / f"{interview_id}.pcm"
    return path if path.exists() and path.stat().st_size >= 2 else None


def waiting(folder: Path) -> list[str]:
    """Interviews, under way or over, with raw files."""
    return sorted(path.stem for path in folder.glob("*.pcm"))


def drop(folder: Path, interview_id: str) -> None:
    """Remove the raw files, once the sealed FLAC is safe; the samples go last, for they tell that work is left."""
    for suffix in (".pos", ".pcm"):
        (folder / f"{interview_id}{suffix}").unlink(missing_ok=True)
