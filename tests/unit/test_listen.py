"""The ear on scripted timelines: when it reports speech, what it hands to the recogniser, when an answer is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pytest

from interview.listen import (
    AnswerEnded,
    Listener,
    ListenEvent,
    ListenPolicy,
    SegmentReady,
    SpeechBegan,
    transcribe_recording,
)
from models.engines import Pcm, Samples
from models.errors import BadRequest
from tests.fakes_voice import (
    RATE,
    FakeSpeaker,
    FakeSpeechToText,
    FakeTurnDetector,
    FakeVoiceDetector,
    timeline,
)

FRAME = 512 / RATE
SLACK = FRAME + 1e-6
"""Everything is judged in frames of 32 ms."""
WHOLE = "I rewrote the scheduler and the errors went away"


@dataclass
class Session:
    """Feeds a script to a Listener and recognises every stretch as soon as `feed` returns it."""

    script: Sequence[FakeSpeaker]
    chunk: int = 640
    events: list[ListenEvent] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    ended_at: float | None = None

    def __post_init__(self) -> None:
        self.stt = FakeSpeechToText(self.script)
        self.listener = Listener(FakeVoiceDetector(), FakeTurnDetector())
        self.listener.start(0.0)

    def run(self, seconds: float) -> Session:
        samples = timeline(self.script, seconds)
        for offset in range(0, len(samples), self.chunk):
            self.take(self.listener.feed(samples[offset : offset + self.chunk], offset / RATE))
        for _ in range(3):
            self.take(self.listener.feed(samples[:0], len(samples) / RATE))
        return self

    def take(self, events: list[ListenEvent]) -> None:
        self.events += events
        for event in events:
            if isinstance(event, SegmentReady):
                self.texts.append(self.stt.transcribe(event.audio).text)
                self.listener.heard(self.texts[-1], start=event.start)
            elif isinstance(event, AnswerEnded):
                self.ended_at = self.listener.position

    def only(self, kind: type[SpeechBegan] | type[SegmentReady] | type[AnswerEnded]) -> list[ListenEvent]:
        return [event for event in self.events if isinstance(event, kind)]

    def waited(self) -> float:
        """Silence after the last voiced sample before the answer was judged over, seconds of audio."""
        assert self.ended_at is not None, "the answer has not ended"
        (ended,) = self.only(AnswerEnded)
        assert isinstance(ended, AnswerEnded)
        return self.ended_at - ended.at


def feed_all(listener: Listener, samples: Samples, since: float = 0.0) -> list[ListenEvent]:
    events: list[ListenEvent] = []
    for offset in range(0, len(samples), 512):
        events += listener.feed(samples[offset : offset + 512], since + offset / RATE)
    return events


def test_a_finished_answer_ends_after_the_short_wait_with_the_times_of_the_voice() -> None:
    session = Session([FakeSpeaker(1.0, 4.0, WHOLE)]).run(8.0)
    began, segment, ended = session.events
    assert isinstance(began, SpeechBegan)
    assert isinstance(segment, SegmentReady)
    assert isinstance(ended, AnswerEnded)
    assert began.at == pytest.approx(1.0, abs=SLACK)
    assert ended.at == pytest.approx(4.0, abs=SLACK)
    assert segment.start == pytest.approx(1.0 - 0.4, abs=SLACK)
    assert segment.end == pytest.approx(4.0 + 0.2, abs=SLACK)
    assert segment.audio.seconds == pytest.approx(segment.end - segment.start)
    assert session.texts == [WHOLE]
    assert session.waited() == pytest.approx(0.8, abs=SLACK)


def test_a_think_pause_after_because_does_not_cut_the_answer() -> None:
    script = [FakeSpeaker(0.5, 2.0, "we moved the whole cluster because..."), FakeSpeaker(4.0, 6.0, "it kept falling")]
    session = Session(script).run(9.0)
    (ended,) = session.only(AnswerEnded)
    assert ended == session.events[-1]
    assert session.texts == ["we moved the whole cluster because...", "it kept falling"]
    np.testing.assert_allclose(session.listener.speech, [(0.5, 2.0), (4.0, 6.0)], atol=SLACK)


@pytest.mark.parametrize(
    ("says", "wait"),
    [
        (WHOLE, 0.8),
        (WHOLE + "...", 4.3),
        ("", 1.5),  # heard, but not understood: the dialogue shall say so
        ("so...", 4.3),  # short, and clearly going on
    ],
)
def test_the_wait_follows_what_was_said(says: str, wait: float) -> None:
    assert Session([FakeSpeaker(0.5, 2.0, says)]).run(8.0).waited() == pytest.approx(wait, abs=SLACK)


def test_a_word_that_begins_in_the_last_moment_keeps_the_answer_open() -> None:
    session = Session([FakeSpeaker(0.5, 2.0, WHOLE), FakeSpeaker(2.75, 3.5, "and more")]).run(6.0)
    assert session.texts == [WHOLE, "and more"]
    assert session.waited() == pytest.approx(0.8, abs=SLACK)


class Undecided(FakeTurnDetector):
    def __init__(self, p: float) -> None:
        self._p = p

    def p_complete(self, so_far: object) -> float:
        return self._p


@pytest.mark.parametrize(("p", "wait"), [(0.5, 0.8), (0.49, 1.5), (0.29, 2.1), (0.14, 4.3)])
def test_the_wait_follows_what_the_detector_believes(p: float, wait: float) -> None:
    session = Session([FakeSpeaker(0.5, 2.0, WHOLE)])
    session.listener = Listener(FakeVoiceDetector(), Undecided(p))
    session.listener.start(0.0)
    assert session.run(8.0).waited() == pytest.approx(wait, abs=SLACK)


BUSY = [
    FakeSpeaker(0.3, 1.5, "we had an outage and..."),
    FakeSpeaker(2.1, 2.15),  # a click
    FakeSpeaker(3.0, 4.2, "nobody knew..."),
    FakeSpeaker(4.7, 6.0, "why it came back every night"),
    FakeSpeaker(6.85, 7.4, "too soon"),
    FakeSpeaker(9.0, 9.6, "after the end"),
]


@pytest.mark.parametrize("chunk", [160, 512, 640, 1777, 4800, 16_000, 200_000])
def test_the_same_audio_gives_the_same_events_in_chunks_of_any_size(chunk: int) -> None:
    one_by_one = Session(BUSY, chunk=512).run(12.0)
    session = Session(BUSY, chunk=chunk).run(12.0)
    assert session.events == one_by_one.events
    assert session.texts == ["we had an outage and...", "nobody knew...", "why it came back every night"]


def test_an_answer_waits_for_a_slow_recogniser_and_ends_with_the_next_audio() -> None:
    listener = Listener(FakeVoiceDetector(), FakeTurnDetector())
    listener.start(0.0)
    samples = timeline([FakeSpeaker(0.5, 2.0, WHOLE)], 10.0)
    assert [type(event) for event in feed_all(listener, samples[: 8 * RATE])] == [SpeechBegan, SegmentReady]
    listener.heard(WHOLE)
    (ended,) = listener.feed(samples[8 * RATE : 8 * RATE + 160], 8.0)
    assert isinstance(ended, AnswerEnded)
    assert ended.at == pytest.approx(2.0, abs=SLACK)


def test_who_speaks_on_while_the_recogniser_is_slow_is_not_cut_off() -> None:
    listener = Listener(FakeVoiceDetector(), FakeTurnDetector())
    listener.start(0.0)
    samples = timeline([FakeSpeaker(0.5, 2.0, "first"), FakeSpeaker(4.0, 6.0, "second")], 10.0)
    feed_all(listener, samples[: 5 * RATE])
    listener.heard("first")
    events = feed_all(listener, samples[5 * RATE :], since=5.0)
    assert [type(event) for event in events] == [SegmentReady]
    listener.heard("second")
    assert [type(event) for event in listener.feed(samples[:160], 10.0)] == [AnswerEnded]


def test_a_click_is_not_speech() -> None:
    assert Session([FakeSpeaker(1.0, 1.06, "t"), FakeSpeaker(2.0, 2.09, "k")]).run(6.0).events == []


def test_nothing_before_since_is_heard_not_even_as_pre_roll() -> None:
    script = [FakeSpeaker(0.5, 2.0, "the interviewer"), FakeSpeaker(2.2, 4.0, "an early candidate")]
    listener = Listener(FakeVoiceDetector(), FakeTurnDetector())
    listener.start(2.1)
    began, segment = feed_all(listener, timeline(script, 5.0))[:2]
    assert isinstance(began, SpeechBegan)
    assert isinstance(segment, SegmentReady)
    assert began.at == pytest.approx(2.2, abs=SLACK)
    assert segment.start >= 2.1
    assert FakeSpeechToText(script).transcribe(segment.audio).text == "an early candidate"


def test_an_answer_may_begin_a_little_before_start_was_called() -> None:
    script = [FakeSpeaker(9.0, 11.0, WHOLE)]
    samples = timeline(script, 13.0)
    listener = Listener(FakeVoiceDetector(), FakeTurnDetector())
    assert feed_all(listener, samples[: 10 * RATE]) == []
    listener.start(8.5)
    began, segment = feed_all(listener, samples[10 * RATE :], since=10.0)
    assert isinstance(began, SpeechBegan)
    assert began.at == pytest.approx(9.0, abs=SLACK)
    assert isinstance(segment, SegmentReady)
    assert FakeSpeechToText(script).transcribe(segment.audio).text == WHOLE


def test_a_resumed_session_hears_again_what_the_recording_kept() -> None:
    script = [FakeSpeaker(1.0, 4.0, WHOLE)]
    samples = timeline(script, 8.0)
    uncut = feed_all(started(0.0), samples)
    listener = started(0.0)
    feed_all(listener, samples[: 7 * RATE])
    listener.start(0.0)
    again = listener.feed(samples[: 3 * RATE], 0.0) + feed_all(listener, samples[2 * RATE :], since=2.0)
    assert again == uncut


def started(since: float) -> Listener:
    listener = Listener(FakeVoiceDetector(), FakeTurnDetector())
    listener.start(since)
    return listener


def test_one_start_gives_one_answer_and_the_next_start_another() -> None:
    script = [FakeSpeaker(0.5, 2.0, WHOLE), FakeSpeaker(4.0, 5.0, "more"), FakeSpeaker(8.0, 9.0, "the next answer")]
    session = Session(script).run(7.0)
    assert session.texts == [WHOLE]
    assert len(session.only(AnswerEnded)) == 1
    session.listener.start(7.0)
    rest = timeline(script, 12.0)[7 * RATE :]
    for offset in range(0, len(rest), 512):
        session.take(session.listener.feed(rest[offset : offset + 512], 7.0 + offset / RATE))
    assert session.texts == [WHOLE, "the next answer"]
    assert len(session.only(AnswerEnded)) == 2


def test_every_answer_starts_with_a_fresh_voice_detector() -> None:
    vad = FakeVoiceDetector()
    listener = Listener(vad, FakeTurnDetector())
    listener.start(0.0)
    feed_all(listener, timeline([], 2.0))
    assert vad.asked > 0
    listener.start(2.0)
    assert vad.asked == 0


def test_a_monologue_is_split_where_it_is_quietest_and_loses_nothing() -> None:
    words = " ".join(f"word{n}" for n in range(100))
    script = [FakeSpeaker(0.5, 40.5, words)]
    samples = timeline(script, 43.0)
    hush = slice(int(11.0 * RATE), int(11.05 * RATE))  # softer, yet not a pause
    loud = samples[hush]
    samples[hush] = 0
    samples[hush][: len(loud) // 3] = loud[: len(loud) // 3]
    listener = started(0.0)
    segments = [event for event in feed_all(listener, samples) if isinstance(event, SegmentReady)]
    assert len(segments) >= 3
    assert all(segment.audio.seconds <= 15.0 + FRAME for segment in segments)
    assert segments[0].end == pytest.approx(11.03, abs=0.1)
    for before, after in pairwise(segments):
        assert after.start == before.end
    assert [start for start, _ in listener.speech[1:]] == [segment.end for segment in segments[:-1]]
    heard = " ".join(FakeSpeechToText(script).transcribe(segment.audio).text for segment in segments)
    assert heard == words
    assert listener.speech[0][0] == pytest.approx(0.5, abs=SLACK)
    assert listener.speech[-1][1] == pytest.approx(40.5, abs=SLACK)


def test_done_in_mid_sentence_keeps_what_was_said() -> None:
    script = [FakeSpeaker(0.5, 3.0, "one two three four five")]
    listener = started(0.0)
    feed_all(listener, timeline(script, 5.0)[: int(2.6 * RATE)])
    (segment,) = listener.flush()
    assert FakeSpeechToText(script).transcribe(segment.audio).text == "one two three four"
    assert listener.flush() == []
    listener.stop()
    assert listener.feed(timeline(script, 5.0)[:RATE], 2.6) == []


def test_texts_of_an_earlier_answer_do_not_end_the_present_one() -> None:
    script = [FakeSpeaker(0.5, 1.5, "early"), FakeSpeaker(5.5, 6.5, "late...")]
    samples = timeline(script, 12.0)
    listener = started(0.0)
    early = next(e for e in feed_all(listener, samples[: 3 * RATE]) if isinstance(e, SegmentReady))
    listener.start(3.0)
    events = feed_all(listener, samples[3 * RATE : 8 * RATE], since=3.0)
    late = next(event for event in events if isinstance(event, SegmentReady))
    listener.heard("early", start=early.start)
    assert feed_all(listener, samples[8 * RATE : 11 * RATE], since=8.0) == []
    listener.heard("late...", start=late.start)
    assert [type(event) for event in listener.feed(samples[:160], 11.0)] == [AnswerEnded]


def test_lost_audio_counts_as_silence_but_not_without_end() -> None:
    listener = started(0.0)
    samples = timeline([FakeSpeaker(0.5, 2.0, WHOLE)], 3.0)
    feed_all(listener, samples)
    listener.heard(WHOLE + "...")
    (ended,) = listener.feed(samples[:512], 20.0)
    assert isinstance(ended, AnswerEnded)
    with pytest.raises(BadRequest, match="missing"):
        listener.feed(samples[:512], 3600.0)


def test_memory_does_not_grow_with_the_interview() -> None:
    listener = started(0.0)
    quiet = np.zeros(RATE, dtype=np.int16)
    for second in range(120):
        listener.feed(quiet, float(second))
    assert listener._audio.nbytes < 20 * RATE * 2


def test_a_recording_becomes_turns_with_the_times_of_the_file() -> None:
    script = [
        FakeSpeaker(1.0, 2.0, "the system was slow"),
        FakeSpeaker(2.4, 4.0, "so I measured it"),
        FakeSpeaker(7.0, 9.0, "cut off by the end of the"),
    ]
    audio = Pcm(timeline(script, 9.0).tobytes())
    recording = transcribe_recording(audio, FakeSpeechToText(script), FakeVoiceDetector(), FakeTurnDetector())
    assert [turn.text for turn in recording.turns] == [
        "the system was slow so I measured it",
        "cut off by the end of the",
    ]
    first, last = recording.turns
    np.testing.assert_allclose([first.start, first.end], [1.0, 4.0], atol=SLACK)
    assert last.end == pytest.approx(9.0, abs=SLACK)
    assert first.words[4].text == "so"
    assert first.words[4].start == pytest.approx(2.4, abs=SLACK)
    assert len(recording.speech) == 3
    np.testing.assert_allclose(recording.waits, [0.8], atol=SLACK)


def test_silence_has_no_turns_and_a_wrong_rate_is_refused() -> None:
    engines = FakeSpeechToText(), FakeVoiceDetector(), FakeTurnDetector()
    assert transcribe_recording(Pcm(bytes(64_000)), *engines).turns == ()
    with pytest.raises(BadRequest, match="22050"):
        transcribe_recording(Pcm(bytes(64_000), 22_050), *engines)


def test_the_policy_is_data() -> None:
    patient = ListenPolicy(complete_wait=1.6)
    script = [FakeSpeaker(0.5, 2.0, WHOLE), FakeSpeaker(3.4, 4.4, "and more")]
    audio = Pcm(timeline(script, 7.0).tobytes())
    hasty, calm = (
        transcribe_recording(audio, FakeSpeechToText(script), FakeVoiceDetector(), FakeTurnDetector(), policy)
        for policy in (ListenPolicy(), patient)
    )
    assert [len(hasty.turns), len(calm.turns)] == [2, 1]
