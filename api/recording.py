"""The candidate's channel, written to disk as it arrives: int16 16 kHz mono, gap-free, aligned by capture offset, each
frame sealed for the candidate by itself, so that no word lies there open.

The file is MARK, then for each frame its first sample, its samples, its sealed length (`api.pieces.FRAME`) and the
sealed bytes. A file without MARK is the samples themselves, as they were kept before there were keys.

Only what `commit` has made durable is acknowledged to the browser, which keeps and resends the rest; so neither a cut
line nor a killed server loses a word. Where there may be other nodes (`pieces`), only what `put` has laid into the
storage they share: who takes over begins where the pieces end, and the page sends again what came after. `api.live`
writes it; at the end `api.keeping` lays it into the recording of both voices.
"""

from __future__ import annotations

import fcntl
import os
import struct
import threading
from array import array
from bisect import bisect_right
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple, cast

import numpy as np
import structlog

from api.pieces import FRAME, MARK, Pieces, Reader, frames_in
from interview.events import AudioFrame
from models.engines import Samples, Seal
from models.errors import Busy, EngineError

log = structlog.get_logger("foyer.recording")

RATE = 16_000
MAX_GAP_SECONDS = 600
SHORTEST_FRAME = 160
"""Samples (10 ms). A hole of so many samples lost one frame at most, so sequence numbers cannot run away from it."""
SPARE_FRAMES = 50
_POSITION, _OLD_POSITION = struct.Struct("<QQQ"), struct.Struct("<QQ")
_PUT = struct.Struct("<QQQ")
"""Behind the position: up to which sample, byte and frame it lies in the shared storage."""
HEARD_AGAIN = 180 * RATE
"""Samples of other nodes that who takes over brings in: an unfinished answer is heard from its beginning."""
IN_DOUBT = 5 * RATE
"""Samples that a node may have recorded and not told of before it died: a page without counters begins behind them."""
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


class Put(NamedTuple):
    """What of a raw file lies in the shared storage: samples, bytes, and the first frame that does not."""

    samples: int
    end: int
    next_seq: int


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
        while at + FRAME.size <= end:
            start, count, length = FRAME.unpack(os.pread(descriptor, FRAME.size, at))
            at += FRAME.size
            if at + length > end:
                break
            if length:
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
        return cast(BinaryIO, Reader(self))


class Recording:
    """One interview's recording, open for appending. One thread adds, reads and, after all else, closes; `commit` may
    run in any other. Raises NotFound where the candidate was erased, Busy where another process has it open.

    `pieces`: where other nodes may take over. `captured`: samples and frames that some node is known to have had."""

    def __init__(
        self,
        folder: Path,
        interview_id: str,
        seal: Seal,
        *,
        subject: str,
        pieces: Pieces | None = None,
        captured: tuple[int, int] = (0, 0),
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._seal, self._subject = seal, subject
        self._pieces, self._captured = pieces, captured
        self._committing = threading.Lock()
        self._putting = threading.Lock()
        self._closed = False
        _seal_old(folder, interview_id, seal, subject)
        self._position = os.open(folder / f"{interview_id}.pos", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            self._data = os.open(folder / f"{interview_id}.pcm", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            os.close(self._position)
            raise
        try:
            if pieces is not None:
                _lock(self._position)
            self._at, self._put = _read_position(self._position)
            os.ftruncate(self._data, self._at.end)  # what was never acknowledged will be sent again
            self._frames = _Frames.of(self._data, self._at.end)
            self._durable = self._at
            if pieces is not None:
                self._take_over(pieces)
        except BaseException:
            self.close()
            raise

    @property
    def next_seq(self) -> int:
        return self._at.next_seq

    @property
    def samples(self) -> int:
        return self._at.samples

    @property
    def shared(self) -> bool:
        """Other nodes may take over."""
        return self._pieces is not None

    @property
    def durable(self) -> tuple[int, int]:
        """Samples and frames that the last `commit` found."""
        return self._durable.samples, self._durable.next_seq

    @property
    def begins(self) -> tuple[int, int]:
        """Frame and sample at which a page without counters of its own begins. A node that is away may have more than
        is known: nobody else's voice is laid there."""
        samples, frames = self._captured
        if samples <= self._at.samples:
            return self._at.next_seq, self._at.samples
        return frames + SPARE_FRAMES, samples + IN_DOUBT

    @property
    def safe(self) -> int:
        """The first frame that a page must keep."""
        return self._at.next_seq if self._pieces is None else self._put.next_seq

    def _take_over(self, pieces: Pieces) -> None:
        """Other nodes went on meanwhile: what they put is known here too, the last minutes of it to be heard again."""
        try:
            self._bring_in_all(pieces)
        except (EngineError, OSError):  # positions are known all the same, and what is missing here is not elsewhere
            log.exception("pieces.away")

    def _bring_in_all(self, pieces: Pieces) -> None:
        known = pieces.all()
        furthest = max(known, key=lambda piece: piece.end, default=None)
        if furthest is None or furthest.end <= self._at.samples:
            return
        if self._put.samples < self._at.samples:
            self.put()
        place, first = self._at.end, max(self._at.samples, furthest.end - HEARD_AGAIN)
        for piece in known:
            if piece.end > first:
                place, first = self._bring_in(pieces.read(piece), place, first)
        self._at = Position(furthest.next_seq, furthest.end, place)
        self._put = Put(furthest.end, place, furthest.next_seq)

    def _bring_in(self, frames: bytes, place: int, first: int) -> tuple[int, int]:
        """Of a piece, what begins at sample `first` or later. Returns the place behind it, and the sample."""
        for start, count, sealed in frames_in(frames):
            if sealed and start >= first:
                head = (MARK if place == 0 else b"") + FRAME.pack(start, count, len(sealed))
                _write(self._data, head + sealed, place)
                self._frames.add(start, count, place + len(head), len(sealed))
                place, first = place + len(head) + len(sealed), start + count
        return place, first

    def add(self, frame: AudioFrame, *, limit: int) -> Verdict:
        """Append a frame that ends within `limit` samples of the recording's beginning.

        A hole that the browser can no longer fill is kept as silence, so that every later time stays true."""
        next_seq, at, place = self._at
        if frame.seq < next_seq:
            return "known"
        hole, end = max(0, frame.offset - at), frame.offset + len(frame.pcm) // 2
        if frame.seq - next_seq > hole // SHORTEST_FRAME + SPARE_FRAMES:
            return "absurd"
        if frame.offset - self.begins[1] > MAX_GAP_SECONDS * RATE:
            return "out_of_step" if end <= limit else "absurd"
        if end > limit:
            return "ahead"
        elsewhere = min(frame.offset, self._captured[0])
        if elsewhere > at:  # as far as another node had it, it is no silence
            place = self._skip(at, elsewhere, place)
        fresh = frame.pcm[max(0, at - frame.offset) * 2 :]
        if fresh:
            place = self._append(fresh, at + hole, place)
        self._at = Position(frame.seq + 1, max(at, end), place)
        return "kept"

    def _append(self, fresh: bytes, start: int, place: int) -> int:
        """The samples `fresh` from `start` on, at `place` in the file; returns the place behind."""
        sealed = self._seal.seal(fresh, subject=self._subject)
        head = (MARK if place == 0 else b"") + FRAME.pack(start, len(fresh) // 2, len(sealed))
        _write(self._data, head + sealed, place)
        place += len(head)
        self._frames.add(start, len(fresh) // 2, place, len(sealed))
        return place + len(sealed)

    def _skip(self, start: int, end: int, place: int) -> int:
        """Another node has these samples; returns the place behind the note of it."""
        note = (MARK if place == 0 else b"") + FRAME.pack(start, end - start, 0)
        _write(self._data, note, place)
        return place + len(note)

    def put(self) -> None:
        """Lay what is durable and no other node can have yet into the shared storage. Raises what a storage raises."""
        if self._pieces is None:
            return
        self.commit()
        with self._putting:
            if self._closed:
                return
            at = self._durable
            put_rest(self._data, at, self._put, self._pieces)
            self._put = Put(at.samples, at.end, at.next_seq)
        self.commit()

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
                _write(self._position, _POSITION.pack(*at) + _PUT.pack(*self._put), 0)
                os.fdatasync(self._position)
                self._durable = at
            return at.next_seq - 1

    def read(self, start: int, count: int) -> Samples:
        """Up to `count` samples from capture sample `start` on."""
        count = max(0, min(count, self.samples - start))
        return self._frames.read(self._data, self._seal, start, count)

    def close(self) -> None:
        """After the last `add`. Waits for a commit, or what is being put; a later one does nothing. Twice is once."""
        with self._putting, self._committing:
            if not self._closed:
                self._closed = True
                os.close(self._data)
                os.close(self._position)


def _lock(descriptor: int) -> None:
    """Two nodes in one FOYER_HOME never write one file. The lock goes with its process."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as held:
        busy = Busy(0)
        busy.detail = "Another process still has this recording open. It is closed in a moment."
        raise busy from held


def _read_position(descriptor: int) -> tuple[Position, Put]:
    kept = os.pread(descriptor, _POSITION.size + _PUT.size, 0)
    if len(kept) < _POSITION.size:
        return Position(0, 0, 0), Put(0, 0, 0)
    put = _PUT.unpack_from(kept, _POSITION.size) if len(kept) == _POSITION.size + _PUT.size else (0, 0, 0)
    return Position(*_POSITION.unpack_from(kept)), Put(*put)


def put_rest(data: int, at: Position, put: Put, pieces: Pieces) -> None:
    """What the file `data` holds behind `put`, up to `at`, piece by piece: where another node has samples, a new one
    begins."""
    if at.end <= put.end and at.samples <= put.samples:
        return
    stretch = os.pread(data, at.end - put.end, put.end)
    first, begins, size = put.samples, 0, 0
    stretch = stretch[len(MARK) :] if put.end == 0 else stretch
    for start, count, sealed in frames_in(stretch):
        if not sealed:
            if begins < size:
                pieces.put(first, start, put.next_seq, stretch[begins:size])
            first, begins = start + count, size + FRAME.size
        size += FRAME.size + len(sealed)
    if first < at.samples:
        pieces.put(first, at.samples, at.next_seq, stretch[begins:size])


def put_left(folder: Path, interview_id: str, pieces: Pieces) -> bool:
    """A raw file that nobody writes: what of it is not in the shared storage is put there. False: it is of before there
    were pieces. Raises what a storage raises."""
    try:
        position = os.open(folder / f"{interview_id}.pos", os.O_RDWR)
        try:
            data = os.open(folder / f"{interview_id}.pcm", os.O_RDONLY)
        except OSError:
            os.close(position)
            raise
    except FileNotFoundError:
        return False
    try:
        _lock(position)
        at, put = _read_position(position)
        if os.pread(data, len(MARK), 0) != MARK:
            return at.end == 0
        put_rest(data, at, put, pieces)
        _write(position, _POSITION.pack(*at) + _PUT.pack(at.samples, at.end, at.next_seq), 0)
        os.fdatasync(position)
    except Busy:  # whoever has it open puts it there
        return True
    finally:
        os.close(data)
        os.close(position)
    return True


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
        content = MARK + FRAME.pack(0, samples, len(sealed)) + sealed if samples else b""
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
