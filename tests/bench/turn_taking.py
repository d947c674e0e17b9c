"""Does the ear cut people off, and how long does it keep them waiting? Real speech of three people, none of whom any
weight was made from; recognised by the offline fallback, stretch by stretch, as in an interview.

Every clip is opened at every word boundary in turn (found by forced alignment) for 0.6, 1.2, 2 or 4 s. A cut-off is a
turn that ends in a pause after which the answer goes on. Waits count from the last sound of a finished clip; two clips
end on a comma, so their waits are printed apart, as are pauses after whole sentences. Room noise in every second
recording, a cough-like burst in every third: in the pause and after the end.
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from interview.audio import RATE, read_audio
from interview.listen import AnswerEnded, Listener, ListenPolicy, SegmentReady
from interview.smart_turn import SmartTurn, SmartTurnDetector
from interview.stt import SphinxStt
from interview.turns import TextTurnDetector
from interview.vad import SileroVad
from models.engines import Samples, TurnDetector
from tests.bench.figures import DATA, figure, skipped
from tests.smart_turn import network

SPEECH = DATA / "speech"
PAUSES = (0.6, 1.2, 2.0, 4.0)
COMMA = {"LJ001-0004.wav", "LJ001-0006.wav"}
WHOLE_INSIDE = {("jfk.flac", 14)}
"""Words after which a sentence is whole although the clip goes on: "ask not what your country can do for you"."""
AFTER = 6.0
"""Seconds of silence after an answer."""
FADE = 320
MOST_CUT, LONGEST_WAIT = 0.05, 1.0


@dataclass(frozen=True)
class Clip:
    file: str
    samples: Samples
    words: tuple[tuple[str, float], ...]
    """Word and its end, seconds."""
    end: float

    @property
    def speaker(self) -> str:
        return self.file[:2]


@dataclass(frozen=True)
class Recorded:
    """`pause`: where it is, seconds, and its length; None in a recording without one. `end`: last sound."""

    clip: Clip
    samples: Samples
    pause: tuple[float, float] | None
    whole: bool
    end: float
    words: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Outcome:
    cut: bool
    wait: float | None


def aligned(samples: Samples, text: str) -> tuple[tuple[str, float], ...]:
    from pocketsphinx import Decoder

    decoder = Decoder(samprate=RATE, loglevel="FATAL", lm=None)
    decoder.set_align_text(re.sub(r"[^a-z' ]", "", text.lower()))
    decoder.start_utt()
    decoder.process_raw(samples.tobytes(), full_utt=True)
    decoder.end_utt()
    return tuple((s.word.partition("(")[0], (s.end_frame + 1) / 100) for s in decoder.seg() if s.word[0] not in "<[")


def clips() -> list[Clip]:
    found = []
    with (SPEECH / "transcripts.tsv").open() as table:
        for row in csv.DictReader(table, delimiter="\t"):
            samples = read_audio(SPEECH / row["file"]).samples
            loud = np.abs(samples.astype(float))
            end = int(np.flatnonzero(loud > 0.02 * loud.max())[-1])
            found.append(Clip(row["file"], samples, aligned(samples, row["transcript"]), end / RATE))
    return found


def room(samples: Samples, number: int, bursts: list[float]) -> Samples:
    """Noise at about 30 dB under speech in every second recording (a quiet room in the others), coughs in each third:
    a burst of 100 ms, shaped as a cough's first thump is."""
    random = np.random.default_rng(number)
    level = 100.0 if number % 2 else 10.0
    mixed = samples.astype(np.float64) + random.normal(0, level, len(samples))
    for at in bursts if number % 3 == 0 else ():
        thump = random.normal(0, 2500, RATE // 10) * np.exp(-np.linspace(0, 5, RATE // 10))
        mixed[round(at * RATE) :][: len(thump)] += thump
    return np.clip(mixed, -32768, 32767).astype(np.int16)


def opened(first: Samples, second: Samples, seconds: float) -> Samples:
    before, after = first.astype(np.float64), second.astype(np.float64)
    before[-FADE:] *= np.linspace(1, 0, FADE)
    after[:FADE] *= np.linspace(0, 1, FADE)
    silence, rest = np.zeros(round(seconds * RATE)), np.zeros(round(AFTER * RATE))
    return np.concatenate([before, silence, after, rest]).astype(np.int16)


def recordings(known: list[Clip]) -> Iterator[Recorded]:
    number = 0
    for clip in known:
        for index, (_, at) in enumerate(clip.words[:-1]):
            number += 1
            seconds, middle = PAUSES[number % 4], round(at * RATE)
            plain = opened(clip.samples[:middle], clip.samples[middle:], seconds)
            end = clip.end + seconds
            words = tuple((word, t if t <= at else t + seconds) for word, t in clip.words)
            sound = room(plain, number, [at + seconds / 2, end + 0.4])
            yield Recorded(clip, sound, (at, seconds), (clip.file, index + 1) in WHOLE_INSIDE, end, words)
    for first, second in ((a, b) for a in known for b in known if a.speaker == b.speaker and a is not b):
        if first.file in COMMA:
            continue
        number += 1
        seconds, length = PAUSES[number % 4], round((first.end + 0.05) * RATE)
        plain = opened(first.samples[:length], second.samples, seconds)
        shift = length / RATE + seconds
        words = (*first.words, *((word, t + shift) for word, t in second.words))
        sound = room(plain, number, [length / RATE + seconds / 2, second.end + shift + 0.4])
        yield Recorded(second, sound, (first.end, seconds), True, second.end + shift, words)


def outcome(one: Recorded, text: Callable[[SegmentReady], str], turns: TurnDetector, policy: ListenPolicy) -> Outcome:
    vad = SileroVad()
    listener = Listener(vad, turns, policy)
    listener.start(0.0)
    for offset in range(0, len(one.samples), vad.frame):
        for event in listener.feed(one.samples[offset : offset + vad.frame], offset / RATE):
            if isinstance(event, SegmentReady):
                listener.heard(text(event), start=event.start)
            elif isinstance(event, AnswerEnded):
                # An end within the last word's fading is the end; before that, words were still to come.
                early = event.at < one.end - 0.5
                return Outcome(early, None if early else listener.position - one.end)
    return Outcome(False, AFTER)


def fixed(seconds: float) -> ListenPolicy:
    usual = ListenPolicy()
    pause = min(usual.pause, seconds)
    waits = dict.fromkeys(("complete_wait", "short_wait", "doubtful_wait", "incomplete_wait"), seconds)
    return replace(usual, pause=pause, **waits)


def measured(name: str, made: list[Recorded], found: list[Outcome], *, judged: bool = False) -> bool:
    pairs = list(zip(made, found, strict=True))
    cuts = [out.cut for one, out in pairs if not one.whole]
    apart = [out.cut for one, out in pairs if one.whole]
    waits = [out.wait for one, out in pairs if out.wait is not None and one.clip.file not in COMMA]
    commas = [out.wait for one, out in pairs if out.wait is not None and one.clip.file in COMMA]
    bar = {"at_most": MOST_CUT} if judged else {}
    holds = figure("turn_taking", f"{name}: cut off in mid-clause", float(np.mean(cuts)), "", n=len(cuts), **bar)
    figure("turn_taking", f"{name}: cut off after a whole sentence", float(np.mean(apart)), "", n=len(apart))
    bar = {"at_most": LONGEST_WAIT} if judged else {}
    mean = float(np.mean(waits)) if waits else None
    holds &= figure("turn_taking", f"{name}: mean wait after the end", mean, "s", n=len(waits), **bar)
    comma = float(np.mean(commas)) if commas else None
    figure("turn_taking", f"{name}: mean wait after an end on a comma", comma, "s", n=len(commas))
    for part in (*PAUSES, *sorted({one.clip.speaker for one in made})) if judged else ():
        own = [(one, out) for one, out in pairs if part in (one.pause and one.pause[1], one.clip.speaker)]
        cuts = [out.cut for one, out in own if not one.whole]
        waits = [out.wait for one, out in own if out.wait is not None and one.clip.file not in COMMA]
        mean = float(np.mean(waits)) if waits else None
        figure(
            "turn_taking", f"{name}, {part}: cut off in mid-clause", float(np.mean(cuts)), "", n=len(cuts), wait=mean
        )
    return holds


def main() -> bool:
    if not (SPEECH / "transcripts.tsv").is_file():
        skipped("turn_taking", f"{SPEECH} is not there; set FOYER_BENCH_DATA")
        return True
    known = clips()
    made = list(recordings(known))
    for name, seconds in (("plain Silero (0.1 s)", 0.1), ("fixed 0.6 s", 0.6), ("fixed 2.0 s", 2.0)):
        nothing = TextTurnDetector()
        measured(name, made, [outcome(one, lambda _: "", nothing, fixed(seconds)) for one in made])
    stt, heard, holds = SphinxStt(), dict[bytes, str](), True

    def recognised(segment: SegmentReady) -> str:
        if segment.audio.data not in heard:
            heard[segment.audio.data] = stt.transcribe(segment.audio).text
        return heard[segment.audio.data]

    try:
        detectors: list[tuple[str, TurnDetector]] = [("words alone", TextTurnDetector())]
        path = network()
        if path is None:
            skipped("turn_taking", "Smart Turn is not installed: run `make setup` again")
        else:
            detectors.append(("words and voice", SmartTurnDetector(SmartTurn(path))))
        for name, judge in detectors:
            found = [outcome(one, recognised, judge, ListenPolicy()) for one in made]
            holds = measured(name, made, found, judged=True)
            true = [outcome(one, true_words(one), judge, ListenPolicy()) for one in made]
            measured(f"{name}, true words", made, true)
        speech = next(clip for clip in known if clip.file == "jfk.flac")
        silence = np.zeros(round(AFTER * RATE), dtype=np.int16)
        jfk = Recorded(speech, np.concatenate([speech.samples, silence]), None, False, speech.end, speech.words)
        turns = max(1 + outcome(jfk, recognised, judge, ListenPolicy()).cut for _, judge in detectors)
    finally:
        stt.close()
    return figure("turn_taking", "jfk.flac: turns (2: or more)", turns, "", at_most=1) and holds


def true_words(one: Recorded) -> Callable[[SegmentReady], str]:
    """An upper bound: a recogniser that hears everything. A word counts where its end lies."""
    return lambda part: " ".join(w for w, end in one.words if part.start - 0.05 < end - 0.1 <= part.end)


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
