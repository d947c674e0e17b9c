"""Recordings for the voice contracts: the samples of this project and, where they lie ready, the open speech set that
`FOYER_BENCH_DATA` names."""

from __future__ import annotations

import csv
import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from rapidfuzz.distance import Levenshtein

from interview.audio import read_audio
from models.engines import Pcm
from models.settings import ROOT

SPEECH = Path(os.environ.get("FOYER_BENCH_DATA") or ROOT.parent / "shared" / "data") / "speech"
ANSWERS = ROOT / "samples" / "answers"


def real_speech() -> Iterator[tuple[str, Pcm, str]]:
    """(name, audio, transcript) of short real English recordings; skips the test where they are not there."""
    table = SPEECH / "transcripts.tsv"
    if not table.is_file():
        pytest.skip(f"no real speech to listen to: {table} is missing (set FOYER_BENCH_DATA)")
    with table.open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows, delimiter="\t"):
            yield row["file"], read_audio(SPEECH / row["file"]), row["transcript"]


def sample_answer(voice: str = "awb", question: str = "release") -> tuple[Pcm, str]:
    """One recorded answer of the project's samples and the words spoken in it."""
    path = ANSWERS / voice / f"{question}.flac"
    if not path.is_file():
        pytest.skip(f"the sample answer {path} is missing; `python -m samples.build` speaks it")
    spoken = tomllib.loads((path.parent / "transcripts.toml").read_text(encoding="utf-8"))
    return read_audio(path), spoken[question]


def word_errors(spoken: str, heard: str) -> tuple[int, int]:
    """Substitutions, deletions and insertions; and the number of words spoken."""
    reference, hypothesis = (re.sub(r"[^a-z' ]", " ", text.lower()).split() for text in (spoken, heard))
    return Levenshtein.distance(reference, hypothesis), len(reference)
