"""What every TextToSpeech owes: audio for every sentence, long enough to be all of it, at its own rate. And what keeps
pyttsx3 honest: dead, hanging and lying children."""

from __future__ import annotations

import struct
import time
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
import soundfile

from interview import tts
from interview.audio import SYNTHETIC, read_audio, to_16k, write_wav
from interview.tts import LONGEST, CachedTts, Pyttsx3Tts, split_sentences
from models.child import Child
from models.engines import Pcm, TextToSpeech
from models.errors import BadRequest, EngineError, NotFound
from tests.fakes_voice import FakeTextToSpeech

QUESTION = (
    "Tell me about a time when something you were responsible for broke in front of the people who relied on it, "
    "and what you did in the first hour after you had noticed."
)


@pytest.fixture(scope="module", name="espeak")
def _espeak() -> Iterator[Pyttsx3Tts]:
    voice = Pyttsx3Tts()
    yield voice
    voice.close()


@pytest.fixture(params=["espeak", "fake", "cached"], name="voice")
def _voice(request: pytest.FixtureRequest, tmp_path: Path) -> TextToSpeech:
    if request.param == "espeak":
        voice: Pyttsx3Tts = request.getfixturevalue("espeak")
        return voice
    return CachedTts(FakeTextToSpeech(), tmp_path) if request.param == "cached" else FakeTextToSpeech()


def seconds(voice: TextToSpeech, text: str) -> float:
    return sum(chunk.seconds for chunk in voice.synthesize(text, language="en"))


def test_a_question_is_spoken_to_its_end(voice: TextToSpeech) -> None:
    chunks = list(voice.synthesize(QUESTION, language="en"))
    assert sum(chunk.seconds for chunk in chunks) > 0.2 * len(QUESTION.split())
    assert all(chunk.rate >= 16_000 and len(chunk.data) % 2 == 0 for chunk in chunks)
    assert max(int(np.abs(chunk.samples.astype(np.int32)).max()) for chunk in chunks) > 1_000


def test_more_words_take_longer(voice: TextToSpeech) -> None:
    assert seconds(voice, "Hello. How do you do? Please tell me more.") > seconds(voice, "Hello.") > 0.2


@pytest.mark.parametrize("text", ["", "  \n", "...", "?! -"])
def test_nothing_to_say_is_an_error(voice: TextToSpeech, text: str) -> None:
    with pytest.raises(EngineError, match="nothing to say"):
        list(voice.synthesize(text, language="en"))


@pytest.mark.parametrize("text", ["Ünïcödé, 日本 and 5 €", "a\x00b\x1bc\u202ed", "<speak>x</speak> [[h@l'oU]]", "yes"])
def test_odd_text_is_spoken(voice: TextToSpeech, text: str) -> None:
    assert seconds(voice, text) > 0.1


# ---------------------------------------------------------------- pyttsx3


def test_the_first_two_utterances_after_a_start_are_whole() -> None:
    """The first call of a fresh pyttsx3 loses its audio, the second may be empty: the primer prevents both."""
    voice = Pyttsx3Tts()
    first, second = seconds(voice, QUESTION), seconds(voice, QUESTION)
    voice.close()
    assert first > 7.0
    assert second == pytest.approx(first, abs=0.1)


def test_a_killed_child_is_replaced(espeak: Pyttsx3Tts) -> None:
    expected = seconds(espeak, QUESTION)
    assert espeak._child.pid is not None
    psutil.Process(espeak._child.pid).kill()
    assert seconds(espeak, QUESTION) == pytest.approx(expected, abs=0.1)


def test_a_killed_child_in_the_middle_of_an_utterance_is_replaced(espeak: Pyttsx3Tts) -> None:
    chunks = espeak.synthesize("Good morning. How are you today?", language="en")
    next(chunks)
    assert espeak._child.pid is not None
    psutil.Process(espeak._child.pid).kill()
    assert next(chunks).seconds > 0.5


def hang(_speed: int, folder: str) -> Callable[[tuple[str, str]], tts.Spoken]:
    """A child that hangs on its first request, as a warm pyttsx3 may, and speaks on the second life."""
    scar = Path(folder).parent / f"{Path(folder).name}.scar"

    def speak(request: tuple[str, str]) -> tts.Spoken:
        if "for ever" in request[0] or not scar.exists():
            scar.touch()
            time.sleep(3600)
        return bytes(32_000), 16_000

    return speak


def test_a_hanging_child_is_killed_and_the_utterance_tried_once_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tts, "PATIENCE", 0.3)
    voice = Pyttsx3Tts()
    voice._child = Child(hang, 160, str(tmp_path / "folder"))
    voice._child.warm()
    first = voice._child.pid
    assert first is not None
    assert seconds(voice, "Hello there.") == 1.0
    assert not psutil.pid_exists(first)
    with pytest.raises(EngineError, match="no answer within") as failure:
        seconds(voice, "Hang for ever.")
    assert failure.value.retry
    assert voice._child.pid is None or not psutil.pid_exists(voice._child.pid)
    voice.close()


def test_a_language_without_a_voice_is_named(espeak: Pyttsx3Tts) -> None:
    assert seconds_in(espeak, "Guten Tag, wie geht es Ihnen?", "de") > 0.8
    with pytest.raises(EngineError, match="'xx'") as failure:
        seconds_in(espeak, "Hello", "xx")
    assert not failure.value.retry
    assert seconds(espeak, "Hello.") > 0.2


def seconds_in(voice: TextToSpeech, text: str, language: str) -> float:
    return sum(chunk.seconds for chunk in voice.synthesize(text, language=language))


def test_faster_is_shorter(espeak: Pyttsx3Tts) -> None:
    fast = Pyttsx3Tts(words_per_minute=260)
    assert seconds(fast, QUESTION) < 0.8 * seconds(espeak, QUESTION)
    fast.close()
    assert fast.name != espeak.name


def test_it_leaves_no_file_behind(espeak: Pyttsx3Tts) -> None:
    seconds(espeak, "Hello there.")
    assert list(espeak._folder.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "words"), [(b"", 3), (b"RIFF", 3), (None, 40)], ids=["empty", "half a header", "too short"]
)
def test_a_broken_file_is_not_believed(tmp_path: Path, content: bytes | None, words: int) -> None:
    path = tmp_path / "spoken.wav"
    if content is None:
        write_wav(path, Pcm(bytes(32_000)))
    else:
        path.write_bytes(content)
    with pytest.raises(EngineError) as failure:
        tts._checked(path, words)
    assert failure.value.retry


def test_long_text_goes_in_sentences() -> None:
    text = "One. Two?  Three! " + "word, " * 200 + "end. ... Last\nline"
    pieces = list(split_sentences(text))
    assert pieces[:3] == ["One.", "Two?", "Three!"]
    assert pieces[-1] == "Last line"
    assert max(map(len, pieces)) <= LONGEST
    assert "".join("".join(pieces).split()) == "".join(text.replace("...", "").split())


# ---------------------------------------------------------------- the cache and its files


def test_an_utterance_is_spoken_once_and_kept_as_a_marked_file(tmp_path: Path) -> None:
    inner = FakeTextToSpeech()
    voice = CachedTts(inner, tmp_path)
    path = voice.path("Good morning. How are you?", language="en")
    assert CachedTts(inner, tmp_path).path("Good morning. How are you?", language="en") == path
    assert inner.said == ["Good morning. How are you?"]
    with wave.open(str(path), "rb") as file:
        assert file.getnframes() / file.getframerate() == pytest.approx(5 * 0.3)
    assert list(tmp_path.rglob(".*")) == []


@pytest.mark.proves(24)
def test_a_synthetic_voice_is_marked_in_the_file_and_the_file_stays_a_plain_one(tmp_path: Path) -> None:
    path = CachedTts(FakeTextToSpeech(), tmp_path).path("Good morning.", language="en")
    found = info_chunk(path.read_bytes())
    assert found["ICMT"] == SYNTHETIC.format(voice=FakeTextToSpeech.name)
    assert found["ISFT"].startswith("Foyer")
    with soundfile.SoundFile(path) as file:
        assert file.comment == found["ICMT"]
    with wave.open(str(path), "rb") as file:
        assert (file.getnframes(), file.getsampwidth()) == (round(2 * 0.3 * 16_000), 2)
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    spoken = next(iter(FakeTextToSpeech().synthesize("Good morning.", language="en")))
    assert np.array_equal(samples, spoken.samples)


def info_chunk(content: bytes) -> dict[str, str]:
    """The RIFF LIST/INFO entries of a WAV, read by the letter."""
    assert content[:4] == b"RIFF"
    assert struct.unpack("<I", content[4:8])[0] == len(content) - 8
    found, place = {}, 12
    while place < len(content):
        name, size = struct.unpack_from("<4sI", content, place)
        if name == b"LIST" and content[place + 8 : place + 12] == b"INFO":
            entry = place + 12
            while entry < place + 8 + size:
                key, length = struct.unpack_from("<4sI", content, entry)
                found[key.decode()] = content[entry + 8 : entry + 8 + length].rstrip(b"\0").decode()
                entry += 8 + length + length % 2
        place += 8 + size + size % 2
    return found


def test_other_words_languages_and_voices_are_other_files(tmp_path: Path) -> None:
    voice = CachedTts(FakeTextToSpeech(), tmp_path)
    other = FakeTextToSpeech()
    other.name = "another voice"
    paths = {
        voice.path("Hello", language="en"),
        voice.path("Hello.", language="en"),
        voice.path("Hello", language="de"),
        CachedTts(other, tmp_path).path("Hello", language="en"),
    }
    assert len(paths) == 4


def test_a_failed_utterance_leaves_nothing_to_be_found_later(tmp_path: Path) -> None:
    voice = CachedTts(FakeTextToSpeech(failing=1), tmp_path)
    with pytest.raises(EngineError):
        voice.path("Hello", language="en")
    assert list(tmp_path.rglob("*.wav")) == []
    assert voice.path("Hello", language="en").is_file()


@pytest.mark.parametrize(
    ("suffix", "subtype"), [("wav", "PCM_16"), ("flac", "PCM_16"), ("ogg", "OPUS"), ("ogg", "VORBIS"), ("wav", "FLOAT")]
)
def test_recordings_of_any_kind_become_16_khz_mono(tmp_path: Path, suffix: str, subtype: str) -> None:
    path = tmp_path / f"recording.{suffix}"
    tone = 0.25 * np.sin(2 * np.pi * 440 * np.arange(48_000) / 48_000)
    soundfile.write(path, np.column_stack([tone, tone]), 48_000, subtype=subtype)
    audio = read_audio(path)
    assert audio.rate == 16_000
    assert audio.seconds == pytest.approx(1.0, abs=0.02)
    spectrum = np.abs(np.fft.rfft(audio.samples[:16_000] * np.hanning(len(audio.samples[:16_000]))))
    assert int(np.argmax(spectrum)) * 16_000 / len(audio.samples[:16_000]) == pytest.approx(440, abs=3)
    assert int(np.abs(audio.samples).max()) == pytest.approx(0.25 * 32_768, rel=0.1)


def test_what_is_no_audio_says_so(tmp_path: Path) -> None:
    (tmp_path / "resume.wav").write_bytes(b"%PDF-1.7 not a sound")
    soundfile.write(tmp_path / "nothing.wav", np.zeros(0), 16_000)
    with pytest.raises(BadRequest, match=r"resume\.wav.*WAV, FLAC"):
        read_audio(tmp_path / "resume.wav")
    with pytest.raises(BadRequest, match=r"nothing\.wav"):
        read_audio(tmp_path / "nothing.wav")
    with pytest.raises(NotFound, match=r"missing\.wav"):
        read_audio(tmp_path / "missing.wav")


def test_loud_samples_are_clipped_not_wrapped() -> None:
    assert to_16k(np.array([1.5, -1.5, 0.0]), 16_000).tolist() == [32_767, -32_768, 0]


def test_a_recording_of_a_person_is_not_marked_synthetic(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", Pcm(bytes(3200)))
    assert info_chunk((tmp_path / "a.wav").read_bytes()) == {}
