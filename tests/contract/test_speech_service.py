"""Recognition and speech by an OpenAI-compatible service: what it is asked, what is made of its answers, and one clear
error for each way to fail. The service is scripted; the HTTP is real."""

from __future__ import annotations

import io
import json
import struct
import wave
from pathlib import Path

import numpy as np
import pytest

from interview import speech_service
from interview.speech_service import Address, ServiceStt, ServiceTts
from interview.tts import CachedTts
from models.engines import Pcm
from models.errors import EngineError
from tests.contract.voice_data import sample_answer
from tests.fakes_service import Reply, ScriptedService, scripted_service

KEY = "sk-very-secret"
SETTING = "FOYER_VOICE__RECOGNISER"
SAID = "I led the team. We cut the delay by half."
SEGMENTS = [
    {"text": " I led the team.", "start": 0.2, "end": 2.0, "avg_logprob": -0.2, "no_speech_prob": 0.01},
    {"text": " We cut the delay by half.", "start": 2.4, "end": 4.5, "avg_logprob": -0.3, "no_speech_prob": 0.02},
    {"text": " Thanks for watching!", "start": 4.5, "end": 4.9, "avg_logprob": -0.2, "no_speech_prob": 0.97},
]
WORDS = [
    {"word": word, "start": 0.2 + 0.35 * place, "end": 0.5 + 0.35 * place}
    for place, word in enumerate(["I", "led", "the", "team."])
] + [
    {"word": word, "start": 2.38 + 0.35 * place, "end": 2.6 + 0.35 * place}
    for place, word in enumerate(["We", "cut", "the", "delay", "by", "half."])
]
DETAILED = {"task": "transcribe", "language": "english", "duration": 5.0, "text": SAID, "segments": SEGMENTS}


@pytest.fixture(scope="module", name="audio")
def _audio() -> Pcm:
    return Pcm(sample_answer()[0].data[: 5 * 32_000])


def stt(service: ScriptedService, query: str = "model=small&languages=en,de", key: str = KEY) -> ServiceStt:
    return ServiceStt(f"{service.base_url}?{query}", key, setting=SETTING)


# ---------------------------------------------------------------- recognition


def test_words_with_times_come_back_and_invented_segments_do_not(audio: Pcm) -> None:
    with scripted_service(Reply({**DETAILED, "words": WORDS})) as service:
        recogniser = stt(service)
        heard = recogniser.transcribe(audio, language="en-GB", prompt="Kubernetes, PostgreSQL.")
        recogniser.close()
        (asked,) = service.received
    assert heard.text == SAID
    assert [word.text for word in heard.words] == SAID.split()
    assert heard.words[4].start == pytest.approx(2.38), "a word that begins a little before its segment is of it"
    assert (heard.language, heard.end) == ("en", audio.seconds)
    assert heard.confidence == pytest.approx(0.78, abs=0.01)
    assert heard.no_speech == 0.01
    assert recogniser.name.startswith("small@127.0.0.1")

    assert asked.path == "/v1/audio/transcriptions"
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.form == {
        "model": ["small"],
        "language": ["en"],
        "prompt": ["Kubernetes, PostgreSQL."],
        "temperature": ["0"],
        "response_format": ["verbose_json"],
        "timestamp_granularities[]": ["word", "segment"],
    }
    with wave.open(io.BytesIO(asked.file)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16_000, 1, 2)
        assert file.readframes(file.getnframes()) == audio.data


def test_words_inside_segments_are_taken_as_well(audio: Pcm) -> None:
    first = {**SEGMENTS[0], "words": [{**word, "probability": 0.9} for word in WORDS[:4]]}
    with scripted_service(Reply({**DETAILED, "text": "I led the team.", "segments": [first]})) as service:
        heard = stt(service).transcribe(audio)
    assert [(word.text, word.confidence) for word in heard.words] == [(w, 0.9) for w in ["I", "led", "the", "team."]]


@pytest.mark.parametrize("reply", [{"text": SAID}, {"text": SAID, "segments": []}, {**DETAILED, "segments": None}])
def test_an_answer_without_times_is_its_text(audio: Pcm, reply: dict[str, object]) -> None:
    with scripted_service(Reply(reply)) as service:
        heard = stt(service).transcribe(audio, language="en")
    assert (heard.text, heard.words, heard.confidence) == (SAID, (), None)


def test_a_model_that_gives_its_text_alone_is_asked_for_that_from_then_on(audio: Pcm) -> None:
    refusal = Reply({"error": {"message": "response_format 'verbose_json' is not compatible with model"}}, status=400)
    with scripted_service(refusal, Reply({"text": SAID})) as service:
        recogniser = stt(service)
        assert [recogniser.transcribe(audio).text for _ in range(2)] == [SAID, SAID]
        recogniser.close()
        formats = [asked.form["response_format"] for asked in service.received]
    assert formats == [["verbose_json"], ["json"], ["json"]]


@pytest.mark.parametrize(
    "text", ["Thank you for watching.", "Kubernetes, PostgreSQL, Ansible.", "word " * 60, "no no no " * 40, " ", ""]
)
def test_the_guards_stand_before_a_service_too(text: str) -> None:
    """Over half a second of a voice, and with no figures from the service to go by."""
    noise = np.zeros(16_000, np.int16)
    noise[4_000:12_000] = (3_000 * np.sin(np.arange(8_000) / 5)).astype(np.int16)
    with scripted_service(Reply({"text": text})) as service:
        assert stt(service).transcribe(Pcm(noise.tobytes()), prompt="Kubernetes, PostgreSQL, Ansible.").text == ""


def test_silence_is_not_even_sent(audio: Pcm) -> None:
    with scripted_service(Reply({"text": "Thank you."})) as service:
        assert stt(service).transcribe(Pcm(bytes(64_000))).text == ""
        with pytest.raises(EngineError, match="8000"):
            stt(service).transcribe(Pcm(audio.data, 8_000))
        with pytest.raises(EngineError, match="languages="):
            stt(service).transcribe(audio, language="fr")
        assert service.received == []


@pytest.mark.parametrize(
    ("reply", "retry", "says"),
    [
        (Reply(f"invalid key {KEY}", status=401), False, "refused with 401"),
        (Reply("no such model", status=404), False, "refused with 404"),
        (Reply("cannot decode the file", status=400), False, "refused with 400"),
        (Reply("", status=302), False, "refused with 302"),
        (Reply("slow down", status=429), True, "refused with 429"),
        (Reply("CUDA out of memory", status=500), True, "refused with 500"),
        (Reply("<html>a proxy</html>"), True, "no JSON"),
        (Reply("[]"), True, "no transcription"),
        (Reply({"result": "hello"}), True, "no transcription: text"),
        (Reply({"text": None}), True, "no transcription: text"),
        (Reply({"text": "x", "segments": [{"text": "x"}]}), True, r"segments\.0\.start"),
        (Reply('{"text": "x", "segments": [{"text": "x", "start": NaN, "end": 1}]}'), True, r"segments\.0\.start"),
        (Reply(hang=True), True, "did not answer within"),
        (Reply({"text": SAID}, drip=0.05), True, "did not answer within"),
    ],
)
def test_each_way_to_fail_is_one_clear_error(
    audio: Pcm, reply: Reply, retry: bool, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speech_service, "RECOGNITION_SECONDS", 0.3)
    monkeypatch.setattr(speech_service, "RECOGNITION_SHARE", 0.0)
    with scripted_service(reply) as service:
        recogniser = stt(service)
        with pytest.raises(EngineError, match=says) as failure:
            recogniser.transcribe(audio)
        recogniser.close()
        assert len(service.received) == 1, "engines do not retry by themselves"
    assert failure.value.retry is retry
    assert KEY not in failure.value.detail


def test_a_service_that_is_not_there_is_worth_another_try(audio: Pcm) -> None:
    with scripted_service() as service:
        recogniser = stt(service)
    with pytest.raises(EngineError, match="did not answer") as failure:
        recogniser.transcribe(audio)
    assert failure.value.retry


# ---------------------------------------------------------------- the address


def test_an_address_says_all_that_there_is_to_set() -> None:
    read = Address.parse("http://h:1/v1?model=org/m.en&voice=v&format=pcm&rate=16000&languages=en,DE", SETTING)
    assert read == Address("http://h:1/v1", "org/m.en", frozenset({"en", "de"}), "v", "pcm", 16_000)


@pytest.mark.parametrize(
    "address",
    ["http://h/v1", "http://h/v1?model=m&modle=x", "http://h/v1?model=m&format=mp3", "http://h/v1?model=m&rate=fast"],
)
def test_an_address_with_a_mistake_in_it_names_the_setting(address: str) -> None:
    with pytest.raises(EngineError, match=SETTING):
        Address.parse(address, SETTING)


def test_neither_name_nor_errors_repeat_a_password_in_the_address(audio: Pcm) -> None:
    recogniser = ServiceStt("http://user:hidden@127.0.0.1:1/v1?model=m", setting=SETTING)
    assert "hidden" not in recogniser.name
    with pytest.raises(EngineError) as failure:
        recogniser.transcribe(audio)
    assert "hidden" not in failure.value.detail


# ---------------------------------------------------------------- speech


def wav(seconds: float, rate: int = 24_000, channels: int = 1) -> bytes:
    packed = io.BytesIO()
    with wave.open(packed, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        tone = 8_000 * np.sin(np.arange(round(seconds * rate * channels)) / 20)
        file.writeframes(tone.astype("<i2").tobytes())
    return packed.getvalue()


def streamed(sound: bytes) -> bytes:
    """As services send what they are still making: the header does not know how long it will be."""
    return sound[:4] + struct.pack("<I", 0xFFFFFFFF) + sound[8:40] + struct.pack("<I", 0xFFFFFFFF) + sound[44:]


def tts(service: ScriptedService, query: str = "model=kokoro&voice=af_heart", speed: float = 1.0) -> ServiceTts:
    return ServiceTts(f"{service.base_url}?{query}", KEY, setting="FOYER_VOICE__VOICE", speed=speed)


@pytest.mark.parametrize(
    ("body", "query", "rate"),
    [
        (wav(1.5), "model=kokoro&voice=af_heart", 24_000),
        (wav(1.5, 48_000), "model=kokoro&voice=af_heart", 48_000),
        (streamed(wav(1.5)), "model=kokoro&voice=af_heart", 24_000),
        (wav(1.5)[44:], "model=kokoro&voice=af_heart&format=pcm", 24_000),
        (wav(1.5, 16_000)[44:], "model=kokoro&voice=af_heart&format=pcm&rate=16000", 16_000),
    ],
    ids=["wav", "another rate", "streamed", "pcm", "pcm of another rate"],
)
def test_text_becomes_sound(body: bytes, query: str, rate: int, tmp_path: Path) -> None:
    with scripted_service(Reply(body)) as service:
        voice = tts(service, query, speed=0.75)
        kept = CachedTts(voice, tmp_path).path("Hello,\nand\x00 welcome.", language="en-GB")
        voice.close()
        (asked,) = service.received
    with wave.open(str(kept)) as file:
        assert (file.getframerate(), file.getnframes()) == (rate, round(1.5 * rate))
    assert asked.path == "/v1/audio/speech"
    assert asked.json == {
        "model": "kokoro",
        "voice": "af_heart",
        "input": "Hello, and welcome.",
        "response_format": "pcm" if "pcm" in query else "wav",
        "speed": 0.75,
    }


@pytest.mark.parametrize(
    ("reply", "retry", "says"),
    [
        (Reply(f"{KEY} is no key", status=401), False, "refused with 401"),
        (Reply("busy", status=503), True, "refused with 503"),
        (Reply(json.dumps({"error": "no such voice"})), True, "no readable WAV"),
        (Reply(b""), True, "no readable WAV"),
        (Reply(wav(0.05)), True, "stopped after"),
        (Reply(wav(2.0)[:60]), True, "stopped after"),
        (Reply(wav(2.0, channels=2)), True, "16-bit mono"),
        (Reply(wav(2.0)[:30]), True, "without sound"),
        (Reply(hang=True), True, "did not answer within"),
        (Reply(wav(2.0), drip=0.05), True, "did not answer within"),
    ],
)
def test_a_voice_that_fails_says_how(
    reply: Reply, retry: bool, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speech_service, "SPEECH_SECONDS", 0.3)
    monkeypatch.setattr(speech_service, "SPEECH_PER_WORD", 0.0)
    with scripted_service(reply) as service:
        voice = tts(service)
        with pytest.raises(EngineError, match=says) as failure:
            CachedTts(voice, tmp_path).path("Tell me about a time when it broke.", language="en")
        voice.close()
    assert failure.value.retry is retry
    assert KEY not in failure.value.detail
    assert list(tmp_path.rglob("*.wav")) == []


def test_nothing_to_say_and_another_language_are_not_sent() -> None:
    with scripted_service(Reply(wav(1.0))) as service:
        with pytest.raises(EngineError, match="nothing to say"):
            list(tts(service).synthesize("... ", language="en"))
        with pytest.raises(EngineError, match="languages="):
            list(tts(service).synthesize("Guten Tag", language="de"))
        assert service.received == []


def test_slower_is_another_voice_for_the_cache() -> None:
    with scripted_service(Reply(wav(1.0))) as service:
        assert tts(service).name != tts(service, speed=0.75).name
