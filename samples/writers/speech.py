"""Spoken answers: flite says the words of `transcripts.toml`, libsndfile packs them. Called by `samples.build`.

flite is a system package (Debian: `apt-get install flite`), wanted only by those who change the words; the recordings
themselves are kept beside them.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import tomllib
from pathlib import Path

import numpy as np
import soundfile

from models.engines import Samples

VOICES = ("slt", "rms", "awb")
RATE = 16_000
BREATH = 0.1
"""Seconds; the voices add about 0.4 of their own, which makes half a second of quiet between sentences."""


def transcripts(folder: Path) -> dict[str, str]:
    """Question id to the words spoken, as `folder/transcripts.toml` has them."""
    return tomllib.loads((folder / "transcripts.toml").read_text(encoding="utf-8"))


def flite() -> str | None:
    """Where the flite program lies, None where it is not installed."""
    return shutil.which("flite")


def record(program: str, voice: str, text: str, target: Path) -> None:
    """Writes `text` in `voice` as 16 kHz mono FLAC, with a short breath between sentences, which flite leaves out."""
    pieces: list[Samples] = []
    for sentence in re.split(r"(?<=[.?!]) ", text):
        pieces += [speak(program, voice, sentence), np.zeros(int(BREATH * RATE), dtype=np.int16)]
    soundfile.write(target, np.concatenate(pieces[:-1]), RATE, format="FLAC", subtype="PCM_16")


def speak(program: str, voice: str, sentence: str) -> Samples:
    """One sentence as int16 at `RATE`."""
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder) / "spoken.wav"
        subprocess.run([program, "-voice", voice, "-t", sentence, "-o", str(wav)], check=True, capture_output=True)
        samples, rate = soundfile.read(wav, dtype="int16")
    if rate != RATE:
        raise ValueError(f"flite's voice {voice} spoke at {rate} Hz; {RATE} Hz is needed, choose another voice")
    return np.asarray(samples, dtype=np.int16)


def build_answers(root: Path) -> list[Path]:
    """Speaks every answer below `root` (`samples/answers`) again and returns the files written, none without flite."""
    program = flite()
    if program is None:
        return []
    written = []
    for voice in VOICES:
        for question, text in transcripts(root / voice).items():
            target = root / voice / f"{question}.flac"
            record(program, voice, text, target)
            written.append(target)
    return written
