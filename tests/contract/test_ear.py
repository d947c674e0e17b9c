"""The ear of a room over a real recording: nothing missed, nothing heard twice, everything in the order it happened."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest

from api.ear import Ear
from api.fallback import FallbackStt
from api.recording import Recording
from interview import events as ev
from interview import policy
from interview.listen import Listener
from interview.overlap import PREROLL, Overlap
from models.engines import Pcm, Samples, SpeechToText
from models.values import Heard
from tests.fakes_store import MarkedSeal
from tests.fakes_voice import RATE, FakeSpeaker, FakeSpeechToText, FakeTurnDetector, FakeVoiceDetector, timeline

FRAME = 640
MONOLOGUE = [FakeSpeaker(5.0 * n + 0.5, 5.0 * n + 4.0, f"one{n} two{n} three{n}...") for n in range(16)]


class Bench:
    """An ear, and what it told. `listen` and `recognise` run while `during` does."""

    def __init__(self, folder: Path, recogniser: SpeechToText) -> None:
        self.recording = Recording(folder, "a", MarkedSeal(), subject="ann")
        self.detector = FakeVoiceDetector()
        self.told: list[ev.DialogueEvent] = []
        self.captions: list[str] = []
        self.ducked: list[str] = []
        self._recogniser = recogniser

    def record(self, samples: Samples) -> None:
        for start in range(0, len(samples), FRAME):
            seq, at = self.recording.next_seq, self.recording.samples
            self.recording.add(ev.AudioFrame(seq, at, samples[start : start + FRAME].tobytes()), limit=10**9)

    def run(self, during: Callable[[Ear], Awaitable[None]]) -> None:
        async def show(shown: ev.Caption | ev.Duck) -> None:
            if isinstance(shown, ev.Caption):
                self.captions.append(shown.text)
            else:
                self.ducked.append(shown.utterance)

        async def live() -> None:
            with ThreadPoolExecutor(1) as recognition:
                ear = Ear(
                    self.recording,
                    Listener(self.detector, FakeTurnDetector()),
                    self._recogniser,
                    recognition,
                    language="en",
                    prompt="Kubernetes, CRRT.",
                    tell=self.told.append,
                    show=show,
                )
                work = [asyncio.create_task(ear.listen()), asyncio.create_task(ear.recognise())]
                try:
                    async with asyncio.timeout(20):
                        await during(ear)
                        await ear.all_recognised()
                finally:
                    for task in work:
                        task.cancel()
                    with suppress(asyncio.CancelledError):
                        await asyncio.gather(*work)

        asyncio.run(live())

    async def until(self, kind: type[ev.Event]) -> None:
        while not any(isinstance(event, kind) for event in self.told):
            await asyncio.sleep(0.005)

    def kinds(self) -> list[str]:
        return [type(event).__name__ for event in self.told]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Callable[[SpeechToText], Bench]]:
    made: list[Bench] = []

    def make(recogniser: SpeechToText) -> Bench:
        made.append(Bench(tmp_path, recogniser))
        return made[-1]

    yield make
    for each in made:
        each.recording.close()


Make = Callable[[SpeechToText], Bench]


def words(script: Sequence[FakeSpeaker]) -> str:
    return " ".join(speaker.says for speaker in script)


def test_a_long_stretch_is_heard_again_while_more_arrives_and_others_have_their_turn(bench: Make) -> None:
    at = bench(FakeSpeechToText(MONOLOGUE))
    samples = timeline(MONOLOGUE, 84.0)
    at.record(samples[: 60 * RATE])
    turns = 0

    async def during(ear: Ear) -> None:
        nonlocal turns
        ear.start(0.0)
        for start in range(60 * RATE, len(samples), RATE):
            at.record(samples[start : start + RATE])
            ear.more()
            turns += 1
            await asyncio.sleep(0)
        assert at.detector.asked < 70 * RATE // 512, "the live audio waited until the old was heard"
        await at.until(ev.TurnEnded)

    at.run(during)
    assert turns == 24
    segments = [event for event in at.told if isinstance(event, ev.Segment)]
    assert " ".join(segment.text for segment in segments) == words(MONOLOGUE)
    assert " ".join(at.captions) == words(MONOLOGUE)
    assert all(before.end <= after.start for before, after in pairwise(segments))
    end = max(event.at for event in at.told if isinstance(event, ev.TurnEnded))
    assert end == pytest.approx(79.0, abs=0.05)
    assert at.detector.asked <= len(samples) // 512, "no frame was judged twice"


def test_it_begins_again_in_the_middle_of_the_recording(bench: Make) -> None:
    at = bench(FakeSpeechToText(MONOLOGUE))
    at.record(timeline(MONOLOGUE, 84.0))

    async def during(ear: Ear) -> None:
        ear.start(70.0)
        await at.until(ev.TurnEnded)

    at.run(during)
    assert " ".join(at.captions) == words(MONOLOGUE[14:])


class Slow(FakeSpeechToText):
    """Answers when it is let go."""

    def __init__(self, script: Sequence[FakeSpeaker]) -> None:
        super().__init__(script)
        self.go_on = threading.Event()

    def transcribe(self, audio: Pcm, *, language: str | None = None, prompt: str = "") -> Heard:
        assert self.go_on.wait(10)
        return super().transcribe(audio, language=language, prompt=prompt)


def test_what_was_said_counts_before_the_button_and_what_was_typed_after_it(bench: Make) -> None:
    slow = Slow([FakeSpeaker(0.5, 2.0, "said before the button")])
    at = bench(slow)
    at.record(timeline([FakeSpeaker(0.5, 2.0, "said before the button")], 2.0))

    async def during(ear: Ear) -> None:
        ear.in_order(ev.Hidden(hidden=False))
        ear.start(0.0)
        await ear.pressed(ev.Pressed(action="skip"))  # in mid-sentence, before the last audio was listened to
        ear.in_order(ev.Typed(text="typed after the button"))
        assert at.kinds() == ["Hidden", "SpeechStarted"]
        slow.go_on.set()

    at.run(during)
    assert at.kinds() == ["Hidden", "SpeechStarted", "Segment", "Pressed", "Typed"]
    assert at.captions == ["said before the button"]


def test_a_recogniser_that_fails_twice_is_reported_and_the_stretch_is_not_awaited(bench: Make) -> None:
    script = [FakeSpeaker(0.5, 2.0, "lost words"), FakeSpeaker(3.0, 4.0, "kept words...")]
    at = bench(FakeSpeechToText(script, failing=2))
    at.record(timeline(script, 9.0))

    async def during(ear: Ear) -> None:
        ear.start(0.0)
        await at.until(ev.TurnEnded)

    at.run(during)
    assert at.kinds().count("EngineDown") == 1
    assert [event.text for event in at.told if isinstance(event, ev.Segment)] == ["", "kept words..."]


def test_the_recogniser_is_told_which_words_to_expect(bench: Make) -> None:
    script = [FakeSpeaker(0.5, 2.0, "some words")]
    recogniser = FakeSpeechToText(script)
    at = bench(recogniser)
    at.record(timeline(script, 5.0))

    async def during(ear: Ear) -> None:
        ear.start(0.0)
        await at.until(ev.TurnEnded)

    at.run(during)
    assert recogniser.prompts == ["Kubernetes, CRRT."]


def test_what_another_recogniser_heard_is_marked_in_the_log(bench: Make) -> None:
    script = [FakeSpeaker(0.5, 2.0, "some words")]
    spare = FakeSpeechToText(script)
    spare.name = "spare ear"
    at = bench(FallbackStt([FakeSpeechToText(failing=9), spare]))
    at.record(timeline(script, 5.0))

    async def during(ear: Ear) -> None:
        ear.start(0.0)
        await at.until(ev.TurnEnded)

    at.run(during)
    assert [event.engine for event in at.told if isinstance(event, ev.Segment)] == ["spare ear"]
    assert "EngineDown" not in at.kinds()


def test_at_the_first_sound_the_voice_is_lowered_and_raised_again_where_nobody_goes_on(bench: Make) -> None:
    """A third of a second, then silence; later somebody who does speak."""
    at = bench(FakeSpeechToText([]))
    samples = timeline([FakeSpeaker(1.0, 1.3, "hm"), FakeSpeaker(4.0, 6.0, "I want to say")], 7.0)
    seen: list[tuple[float, str]] = []

    async def during(ear: Ear) -> None:
        ear.watch("u7", Overlap(FakeVoiceDetector(), started=0.0, voice=None))
        for start in range(0, len(samples), FRAME):
            at.record(samples[start : start + FRAME])
            ear.more()
            before = len(at.ducked)
            await asyncio.sleep(0.002)
            seen.extend((start / RATE, name) for name in at.ducked[before:])

    at.run(during)
    assert [name for _, name in seen] == ["u7", "", "u7", ""]
    [overlapped] = [event for event in at.told if isinstance(event, ev.Overlapped)]
    lowered, raised, again, _ = [second for second, _ in seen]
    assert 1.1 <= lowered <= 1.35
    assert raised <= 2.3
    assert again < overlapped.at + policy.OVERLAP_VOICED + PREROLL, "before it is decided that somebody speaks"
