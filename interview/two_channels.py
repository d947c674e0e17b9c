"""Both voices of an interview as one FLAC: left the candidate's microphone, sample by sample, right the interviewer.
Written and read in blocks, so that 45 minutes need no more memory than one. Called by `api.keeping`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from interview.audio import RATE
from models.engines import Samples

BLOCK = 10 * RATE
"""Samples a channel."""

Block = NDArray[np.int16]
"""(n, 2): left, right."""


@dataclass(frozen=True, slots=True)
class Sound:
    """Samples `start` to `end` (excluded) of the right channel. `load` gives at least so many at 16 kHz, or fewer, and
    silence follows; it is called when it is their turn."""

    start: int
    end: int
    load: Callable[[], Samples]


class Raw(Protocol):
    """int16 at 16 kHz, little-endian: a file, or what reads like one."""

    def open(self, mode: Literal["rb"], /) -> BinaryIO: ...


def write_recording(path: Path, candidate: Raw, sounds: Sequence[Sound], tags: Mapping[str, str]) -> int:
    """The FLAC at `path`; returns its samples a channel, which are those of `candidate` (raw int16 at 16 kHz).

    `sounds` are in order and do not overlap. `tags`: names of Vorbis comments that libsndfile knows. The same input
    gives the same bytes."""
    import soundfile

    right, written = _Right(sounds), 0
    with (
        candidate.open("rb") as raw,
        soundfile.SoundFile(path, "w", RATE, channels=2, format="FLAC", subtype="PCM_16") as flac,
    ):
        for name, value in tags.items():
            setattr(flac, name, value)
        for left in _blocks(raw):
            flac.write(np.column_stack([left, right.read(written, len(left))]))
            written += len(left)
    return written


def holds(path: Path, candidate: Raw) -> bool:
    """Does the left channel of the FLAC at `path` hold every sample of `candidate`, and no more?"""
    import soundfile

    with candidate.open("rb") as raw, soundfile.SoundFile(path) as flac:
        if (flac.samplerate, flac.channels) != (RATE, 2):
            return False
        for left in _blocks(raw):
            block: Block = flac.read(len(left), dtype="int16", always_2d=True)
            if not np.array_equal(block[:, 0], left):
                return False
        return len(flac.read(1)) == 0


def _blocks(raw: BinaryIO) -> Iterator[NDArray[Any]]:
    while data := raw.read(BLOCK * 2):
        yield np.frombuffer(data[: len(data) // 2 * 2], dtype="<i2")


class _Right:
    """The interviewer's channel, from left to right; one sound at a time is in memory."""

    def __init__(self, sounds: Sequence[Sound]) -> None:
        self._rest = list(sounds)
        self._loaded: Samples | None = None

    def read(self, start: int, count: int) -> Samples:
        samples = np.zeros(count, dtype=np.int16)
        while self._rest and self._rest[0].start < start + count:
            sound = self._rest[0]
            if self._loaded is None:
                self._loaded = sound.load()[: sound.end - sound.start]
            begin, end = max(start, sound.start), min(start + count, sound.start + len(self._loaded))
            if begin < end:
                samples[begin - start : end - start] = self._loaded[begin - sound.start : end - sound.start]
            if sound.start + len(self._loaded) > start + count:
                break
            self._rest.pop(0)
            self._loaded = None
        return samples
