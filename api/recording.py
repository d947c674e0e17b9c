"""The candidate's channel, written to disk as it arrives: raw int16 16 kHz mono, gap-free, aligned by capture offset.

Only what `commit` has made durable is acknowledged to the browser, which keeps and resends the rest; so neither a cut
line nor a killed server loses a word. `api.live` writes it, `api.stages` turns it into a sealed FLAC when all is said.
"""

from __future__ import annotations

import io
import os
import struct
from pathlib import Path

import numpy as np

from interview.events import AudioFrame
from models.engines import Samples

RATE = 16_000
MAX_GAP_SECONDS = 600
_POSITION = struct.Struct("<QQ")


class Recording:
    """One interview's recording, open for appending. `samples` and `next_seq` say where it stands."""

    def __init__(self, folder: Path, interview_id: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / f"{interview_id}.pcm"
        self._position = os.open(folder / f"{interview_id}.pos", os.O_RDWR | os.O_CREAT, 0o600)
        self._data = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        kept = os.pread(self._position, _POSITION.size, 0)
        self.next_seq: int
        self.samples: int
        self.next_seq, self.samples = _POSITION.unpack(kept) if len(kept) == _POSITION.size else (0, 0)
        os.ftruncate(self._data, self.samples * 2)  # what was never acknowledged will be sent again

    def add(self, frame: AudioFrame) -> tuple[Samples, int]:
        """Append a frame. Returns the new samples and the capture offset of the first of them; none for a duplicate.

        A hole that the browser can no longer fill is kept as silence, so that every later time stays true.
        Raises ValueError when the hole is longer than ten minutes."""
        at = self.samples
        if frame.seq < self.next_seq:
            return np.zeros(0, np.int16), at
        self.next_seq = frame.seq + 1
        pcm = np.frombuffer(frame.pcm, dtype="<i2")
        if frame.offset > at:
            hole = frame.offset - at
            if hole > MAX_GAP_SECONDS * RATE:
                raise ValueError("the audio jumps by more than ten minutes")
            pcm = np.concatenate([np.zeros(hole, np.int16), pcm])
        else:
            pcm = pcm[at - frame.offset :]
        os.pwrite(self._data, pcm.tobytes(), at * 2)
        self.samples = at + len(pcm)
        return pcm, at

    def commit(self) -> int:
        """Make everything so far durable; returns the highest sequence number that now is."""
        position = _POSITION.pack(self.next_seq, self.samples)
        seq = self.next_seq - 1
        os.fdatasync(self._data)
        os.pwrite(self._position, position, 0)
        os.fdatasync(self._position)
        return seq

    def read(self, since: float) -> tuple[Samples, int]:
        """Samples from capture second `since` to the end, and the offset of the first."""
        start = min(max(0, round(since * RATE)), self.samples)
        raw = os.pread(self._data, (self.samples - start) * 2, start * 2)
        return np.frombuffer(raw, dtype="<i2"), start

    def close(self) -> None:
        os.close(self._data)
        os.close(self._position)


def take_flac(folder: Path, interview_id: str) -> bytes | None:
    """The finished recording as FLAC; None if there is none (a typed interview) or it was taken already."""
    import soundfile

    path = folder / f"{interview_id}.pcm"
    if not path.exists() or path.stat().st_size == 0:
        return None
    packed = io.BytesIO()
    soundfile.write(packed, np.fromfile(path, dtype="<i2"), RATE, format="FLAC", subtype="PCM_16")
    return packed.getvalue()


def drop(folder: Path, interview_id: str) -> None:
    """Remove the raw files, once the sealed FLAC is safe."""
    for suffix in (".pcm", ".pos"):
        (folder / f"{interview_id}{suffix}").unlink(missing_ok=True)
