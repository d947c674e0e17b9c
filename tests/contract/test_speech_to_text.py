"""What every SpeechToText owes: words inside the audio's time, silence as empty text, the same words for the same
audio whoever was heard in between. And what the two real ones owe besides."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import psutil
import pytest

from interview import stt
from interview.invented import WhisperAnswer, WhisperRequest, WhisperSegment, invented, voiced_seconds
from interview.listen import transcribe_recording
from interview.stt import FasterStt, SphinxStt, WhisperStt, find_whisper
from interview.turns import TextTurnDetector
from interview.vad import SileroVad
from models.engines import Pcm, SpeechToText
from models.errors import EngineError
from tests import fluent_ct2
from tests.contract.voice_data import real_speech, sample_answer, word_errors
from tests.fakes_voice import FakeSpeaker, FakeSpeechToText, timeline

SENTENCE = "I led the team and we cut the delay by half."
PROMPT = "Kubernetes, PostgreSQL."
SCRIPT = [FakeSpeaker(0.2, 2.0, "a few plain words"), FakeSpeaker(2.5, 3.5, "and more")]


@pytest.fixture(scope="module", name="sphinx")
def _sphinx() -> Iterator[SphinxStt]:
    recogniser = SphinxStt()
    yield recogniser
    recogniser.close()


@pytest.fixture(scope="module", name="weights")
def _weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Whisper of the real architecture, a thousandth of the size, that has learnt nothing."""
    folder = tmp_path_factory.mktemp("whisper")
    script = """
import sys, torch
from whisper.model import ModelDimensions, Whisper
torch.manual_seed(3)
dims = ModelDimensions(80, 1500, 32, 2, 1, 51864, 32, 32, 2, 1)  # 16 tokens a window: fast
model = Whisper(dims)
for weights in model.parameters():
    torch.nn.init.normal_(weights, std=0.1)
torch.save({"dims": dims.__dict__, "model_state_dict": model.state_dict()}, sys.argv[1])
"""
    subprocess.run([sys.executable, "-c", script, str(folder / "tiny.en.pt")], check=True)
    return folder


@pytest.fixture(scope="module", name="whisper")
def _whisper(weights: Path) -> Iterator[WhisperStt]:
    recogniser = WhisperStt("tiny.en", folder=weights)
    yield recogniser
    recogniser.close()


@pytest.fixture(scope="module", name="converted")
def _converted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CTranslate2 Whisper that says SENTENCE to whatever it hears, after the PROMPT."""
    pytest.importorskip("ctranslate2", reason="faster-whisper is not installed: pip install '.[faster]'")
    folder = tmp_path_factory.mktemp("converted") / "tiny.en"
    fluent_ct2.write(folder, SENTENCE, prompt=PROMPT)
    return folder


@pytest.fixture(scope="module", name="faster")
def _faster(converted: Path) -> Iterator[FasterStt]:
    recogniser = FasterStt(converted)
    yield recogniser
    recogniser.close()


@dataclass(frozen=True)
class Case:
    stt: SpeechToText
    audio: Pcm
    trained: bool = True


@pytest.fixture(
    params=["sphinx", pytest.param("whisper", marks=pytest.mark.long), "faster", "fake"], name="case"
)  # an untrained Whisper talks for long
def _case(request: pytest.FixtureRequest) -> Case:
    if request.param == "fake":
        return Case(FakeSpeechToText(SCRIPT), Pcm(timeline(SCRIPT, 4.0).tobytes()))
    audio = Pcm(sample_answer()[0].data[: 5 * 32_000])
    return Case(request.getfixturevalue(request.param), audio, trained=request.param != "whisper")


def test_words_lie_in_order_inside_the_audio(case: Case) -> None:
    heard = case.stt.transcribe(case.audio, language="en", prompt=PROMPT)
    assert (heard.start, heard.end) == (0.0, case.audio.seconds)
    assert heard.language == "en"
    assert heard.confidence is None or 0.0 <= heard.confidence <= 1.0
    if case.trained:
        assert heard.text == " ".join(word.text for word in heard.words)
        assert len(heard.words) >= 4
    starts = [word.start for word in heard.words]
    assert starts == sorted(starts)
    assert all(0.0 <= word.start <= word.end <= case.audio.seconds for word in heard.words)
    assert all(word.text == word.text.strip() and word.text for word in heard.words)


@pytest.mark.parametrize("seconds", [0.0, 0.05, 2.0])
def test_silence_is_empty_text(case: Case, seconds: float) -> None:
    heard = case.stt.transcribe(Pcm(bytes(2 * round(seconds * 16_000))))
    assert (heard.text, heard.words) == ("", ())


def test_a_quiet_room_is_empty_text(case: Case) -> None:
    noise = np.random.default_rng(5).normal(0, 30, 2 * 16_000).astype("<i2")
    assert case.stt.transcribe(Pcm(noise.tobytes())).text == ""


def test_what_was_heard_before_changes_nothing(case: Case) -> None:
    first = case.stt.transcribe(case.audio)
    case.stt.transcribe(Pcm(case.audio.data[len(case.audio.data) // 2 // 2 * 2 :]))
    assert case.stt.transcribe(case.audio) == first


def test_calls_from_many_threads_get_their_own_words(case: Case) -> None:
    half = Pcm(case.audio.data[: len(case.audio.data) // 2 // 2 * 2])
    expected = [case.stt.transcribe(case.audio), case.stt.transcribe(half)]
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(case.stt.transcribe, [case.audio, half] * 2))
    assert answers == expected * 2


def test_another_rate_is_refused(case: Case) -> None:
    with pytest.raises(EngineError, match="8000"):
        case.stt.transcribe(Pcm(case.audio.data, 8_000))


# ---------------------------------------------------------------- pocketsphinx


def test_sphinx_understands_the_sample_answer(sphinx: SphinxStt) -> None:
    audio, spoken = sample_answer()
    recording = transcribe_recording(audio, sphinx, SileroVad(), TextTurnDetector())
    errors, words = word_errors(spoken, " ".join(turn.text for turn in recording.turns))
    assert errors / words < 0.3


def test_sphinx_understands_real_people_far_above_chance(sphinx: SphinxStt) -> None:
    pairs = [word_errors(spoken, sphinx.transcribe(audio).text) for _, audio, spoken in real_speech()]
    errors, words = np.sum(pairs, axis=0)
    print(f"word error rate of {sphinx.name} on {len(pairs)} real recordings: {errors / words:.3f}")
    assert errors / words < 0.45


def test_the_pauses_of_a_speech_do_not_end_the_turn(sphinx: SphinxStt) -> None:
    """Kennedy pauses for a whole second in mid-sentence, twice."""
    audio = next(audio for name, audio, _ in real_speech() if name == "jfk.flac")
    recording = transcribe_recording(audio, sphinx, SileroVad(), TextTurnDetector())
    assert len(recording.turns) == 1
    assert len(recording.speech) == 4


def test_sphinx_refuses_what_it_cannot_hear(sphinx: SphinxStt) -> None:
    with pytest.raises(EngineError, match="English only"):
        sphinx.transcribe(Pcm(bytes(64_000)), language="de")


def test_a_killed_sphinx_comes_back(sphinx: SphinxStt) -> None:
    audio = Pcm(sample_answer()[0].data[: 3 * 32_000])
    expected = sphinx.transcribe(audio)
    process = sphinx._pool._children[0]._process
    assert process is not None
    process.kill()
    process.join()
    assert sphinx.transcribe(audio) == expected


def test_a_sphinx_child_holds_no_torch(sphinx: SphinxStt) -> None:
    sphinx.warm()
    pid = sphinx._pool._children[0].pid
    assert pid is not None
    mapped = {Path(region.path).name for region in psutil.Process(pid).memory_maps()}
    assert any(name.startswith("_pocketsphinx") for name in mapped)
    assert not [name for name in mapped if name.startswith(("libtorch", "libonnx"))]


# ---------------------------------------------------------------- whisper


def test_whisper_weights_are_found_never_fetched(weights: Path, tmp_path: Path) -> None:
    assert find_whisper("tiny.en", weights) == weights / "tiny.en.pt"
    assert find_whisper(str(weights / "tiny.en.pt"), tmp_path) == weights / "tiny.en.pt"
    assert find_whisper("base.en", weights) is None
    assert find_whisper(str(tmp_path / "none.pt"), weights) is None
    (tmp_path / "large-v3-turbo.pt").touch()
    assert find_whisper("turbo", tmp_path) == tmp_path / "large-v3-turbo.pt"
    with pytest.raises(EngineError, match=r"foyer models fetch base\.en"):
        WhisperStt("base.en", folder=weights)


def test_a_file_that_is_no_model_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "broken.pt").write_bytes(b"not a checkpoint")
    recogniser = WhisperStt("broken", folder=tmp_path)
    with pytest.raises(EngineError):
        recogniser.warm()
    recogniser.close()


def test_an_untrained_whisper_is_not_believed(whisper: WhisperStt) -> None:
    """Its babble is what Whisper's inventions look like at their worst."""
    assert whisper.transcribe(Pcm(sample_answer()[0].data[: 5 * 32_000])).text == ""


BELIEVED = WhisperSegment("I moved the service to two regions.", 0.2, 2.8, -0.3, 0.05, 1.1)


@pytest.mark.parametrize(
    ("segment", "voiced", "why"),
    [
        (BELIEVED, 2.5, None),
        (replace(BELIEVED, text="Yes."), 0.3, None),
        (replace(BELIEVED, text="Thank you for watching my presentations grow."), 2.5, None),
        (replace(BELIEVED, text="  "), 2.5, "nothing there"),
        (BELIEVED, 0.0, "nothing there"),
        (replace(BELIEVED, no_speech=0.95), 2.5, "no speech"),
        (replace(BELIEVED, no_speech=0.7, logprob=-0.8), 2.5, "no speech"),
        (replace(BELIEVED, logprob=-1.3), 2.5, "improbable"),
        (replace(BELIEVED, compression=2.9), 2.5, "repetitive"),
        (replace(BELIEVED, text=" ".join(["word"] * 20)), 2.5, "faster than anyone speaks"),
        (replace(BELIEVED, text="Thanks for watching!"), 0.8, "stock phrase"),
        (replace(BELIEVED, text="Subtitles by the Amara.org community"), 1.2, "stock phrase"),
        (replace(BELIEVED, text="Kubernetes, Ansible, Grafana."), 0.9, "the prompt again"),
        (replace(BELIEVED, text="kubernetes ansible"), 0.3, "the prompt again"),
        (replace(BELIEVED, text="Python.", end=0.5), 0.3, "the prompt again"),
        (replace(BELIEVED, text="Python.", end=0.9), 0.5, None),
        (replace(BELIEVED, text="Kubernetes, Ansible, Grafana."), 1.8, None),
        (replace(BELIEVED, text="Kubernetes and Grafana."), 0.9, None),
        (replace(BELIEVED, text="I did.", end=0.9), 0.5, None),
    ],
)
def test_text_that_nobody_said_is_left_out(segment: WhisperSegment, voiced: float, why: str | None) -> None:
    assert invented(segment, voiced, "Python, Kubernetes, Ansible, Grafana.") == why


# ---------------------------------------------------------------- faster-whisper


def test_the_prompt_reaches_the_model(faster: FasterStt) -> None:
    """This model speaks only after a prompt of just that length."""
    audio = Pcm(sample_answer()[0].data[: 8 * 32_000])
    assert faster.transcribe(audio, language="en", prompt=PROMPT).text == SENTENCE
    assert faster.transcribe(audio, language="en").text != SENTENCE


def test_what_faster_whisper_says_has_words_times_and_confidence(faster: FasterStt) -> None:
    heard = faster.transcribe(Pcm(sample_answer()[0].data[: 8 * 32_000]), language="en", prompt=PROMPT)
    assert [word.text for word in heard.words] == SENTENCE.split()
    assert heard.words[-1].end > 1.0
    assert heard.confidence is not None
    assert heard.confidence > 0.5
    assert heard.no_speech is not None
    assert heard.no_speech < 0.5


def test_a_fluent_sentence_over_a_click_is_not_believed(faster: FasterStt) -> None:
    """The guards stand before this recogniser too: nobody says ten words in a fifth of a second."""
    click = np.zeros(2 * 16_000, np.int16)
    click[8_000:11_200] = (3_000 * np.sin(np.arange(3_200) / 5)).astype(np.int16)
    assert faster.transcribe(Pcm(click.tobytes()), language="en", prompt=PROMPT).text == ""


def test_a_killed_faster_whisper_comes_back(faster: FasterStt) -> None:
    audio = Pcm(sample_answer()[0].data[: 5 * 32_000])
    expected = faster.transcribe(audio, prompt=PROMPT)
    process = faster._pool._children[0]._process
    assert process is not None
    process.kill()
    process.join()
    assert faster.transcribe(audio, prompt=PROMPT) == expected


def test_a_folder_without_a_model_says_what_is_missing(converted: Path, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"model\.bin, config\.json, tokenizer\.json missing"):
        FasterStt(tmp_path)
    for name in ("model.bin", "config.json"):
        (tmp_path / name).write_bytes(b"{}")
    with pytest.raises(EngineError, match=r"Whisper: tokenizer\.json missing"):
        FasterStt(tmp_path)  # which the library would otherwise fetch from the network
    (tmp_path / "tokenizer.json").write_bytes((converted / "tokenizer.json").read_bytes())
    recogniser = FasterStt(tmp_path)
    with pytest.raises(EngineError):
        recogniser.warm()
    recogniser.close()


def test_each_recogniser_declares_what_it_hears(
    sphinx: SphinxStt, faster: FasterStt, whisper: WhisperStt, weights: Path, tmp_path: Path
) -> None:
    for english in (sphinx, faster, whisper):
        assert english.languages == {"en"}
        with pytest.raises(EngineError, match="'de'"):
            english.transcribe(Pcm(bytes(64_000)), language="de")
    (tmp_path / "base.pt").write_bytes((weights / "tiny.en.pt").read_bytes())
    mistaken = WhisperStt("base", folder=tmp_path)  # by its name it hears all of them
    assert {"de", "en", "fr"} < mistaken.languages
    with pytest.raises(EngineError, match="English only"):
        mistaken.transcribe(sample_answer()[0], language="de")
    mistaken.close()


def fluent(_checkpoint: Path, _threads: int) -> Callable[[WhisperRequest], WhisperAnswer]:
    """A child that answers as a trained Whisper would, one of its segments invented."""
    words = (("I", 0.2, 0.4, 0.9), ("moved", 0.4, 9.9, 0.8), ("", 0.5, 0.5, 0.1))
    thanks = replace(BELIEVED, text="Thanks for watching!", no_speech=0.97)
    return lambda request: WhisperAnswer("en", (replace(BELIEVED, words=words), thanks))


def test_what_whisper_says_becomes_words_with_times_and_confidence(
    weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stt, "start_whisper", fluent)
    recogniser = WhisperStt("tiny.en", folder=weights)
    heard = recogniser.transcribe(Pcm(timeline([FakeSpeaker(0.2, 2.8, "anything")], 3.0).tobytes()))
    recogniser.close()
    assert heard.text == BELIEVED.text
    assert [word.text for word in heard.words] == ["I", "moved"]
    assert heard.words[-1].end == 3.0, "no word ends after the audio"
    assert heard.confidence == pytest.approx(0.74, abs=0.01)
    assert heard.no_speech == 0.05


def test_voiced_seconds_count_what_is_loud() -> None:
    audio = Pcm(timeline([FakeSpeaker(1.0, 2.5, "some words")], 4.0).tobytes())
    assert voiced_seconds(audio) == pytest.approx(1.5, abs=0.1)
    assert voiced_seconds(Pcm(b"")) == 0.0
