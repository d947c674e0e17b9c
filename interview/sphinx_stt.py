"""PocketSphinx as it runs in a recogniser's child process; `interview.stt.SphinxStt` is its other end.

Kept apart, and free of numpy, pydantic and torch, so that a child starts in a third of a second and holds little more
than the acoustic model.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

SphinxWord = tuple[str, float, float, float]
"""text, start and end in seconds, posterior probability."""

FRAME_RATE = 100


def start_sphinx() -> Callable[[bytes], list[SphinxWord]]:
    """Load the model that comes with the wheel. The handler takes 16 kHz int16 PCM."""
    from pocketsphinx import Decoder

    warnings.filterwarnings("ignore", message=r"start_stream\(\) is deprecated")
    decoder = Decoder(samprate=16_000, cmn="batch", maxhmmpf=6_000, maxwpf=15, loglevel="FATAL")

    def recognise(pcm: bytes) -> list[SphinxWord]:
        # A new stream, and levels taken from the whole utterance: otherwise what was heard before, perhaps from
        # another person, changes the words (measured: 5 of 14 repetitions).
        decoder.start_stream()
        decoder.start_utt()
        decoder.process_raw(pcm, full_utt=True)
        decoder.end_utt()
        if decoder.hyp() is None:
            return []
        return [
            (part.word.partition("(")[0], part.start_frame / FRAME_RATE, (part.end_frame + 1) / FRAME_RATE, part.prob)
            for part in decoder.seg()
            if part.word[0] not in "<["
        ]

    return recognise
