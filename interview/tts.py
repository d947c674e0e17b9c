"""Text to speech: espeak-ng through pyttsx3, in a child process, and a cache on disk in front of it.

pyttsx3 2.99 hangs, crashes or writes nothing when it is used from threads, twice in a row, on a path it cannot write,
or for its first utterance. Hence the recipe: a spawned child with one engine, primed by an empty run, one sentence a
request into a file of its own, the file checked before it is believed, a short deadline, and a fresh child on any
doubt. `api.wiring` builds both classes; `api.live` asks for files by `CachedTts.path`.
"""

from __future__ import annotations

import ctypes
import hashlib
import io
import json
import os
import re
import shutil
import struct
import tempfile
import time
import wave
import weakref
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from importlib.metadata import version
from pathlib import Path

from interview.audio import write_wav
from models.child import Child
from models.engines import Pcm, TextToSpeech
from models.errors import EngineError
from models.languages import code_of

LONGEST = 400
"""Characters a request. espeak-ng itself cuts clauses at some hundred characters."""
PATIENCE = 2.0
"""Seconds before a silent child is killed, and SECONDS_PER_WORD on top; a sentence takes 0.02 s."""
SECONDS_PER_WORD = 0.05
"""Nobody's voice is faster than 20 words a second: a shorter file is a broken file."""

_WRITING = 1.0
"""Seconds a file may go on growing after the engine called it done."""

_PAUSES = 0.02, 0.1, 0.3
"""Seconds before the second, third and last attempt at an utterance."""

_PCM, _EXTENSIBLE = 1, 0xFFFE
"""Format tags of a WAV that may hold plain samples."""

Spoken = tuple[bytes, int]
"""PCM and its rate."""


class Pyttsx3Tts:
    """A TextToSpeech. `voice` is an espeak-ng voice ("en", "en-us", "de" ...); a text in another language than the
    voice's is read by that language's own voice. Yields one Pcm a sentence, 22,050 Hz."""

    def __init__(self, voice: str = "en", words_per_minute: int = 160) -> None:
        self._voice = voice
        self.name = f"pyttsx3-{version('pyttsx3')}/espeak-ng/{voice}/{words_per_minute}"
        self.languages = _espeak_languages()
        self._folder = Path(tempfile.mkdtemp(prefix="foyer-voice-"))
        self._cleanup = weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._child = Child(start_voice, words_per_minute, str(self._folder))

    def synthesize(self, text: str, *, language: str) -> Iterator[Pcm]:
        sentences = list(split_sentences(text))
        if not sentences:
            raise EngineError(f"there is nothing to say in {text[:40]!r}")
        voice = self._voice if _same_language(self._voice, language) else language
        for sentence in sentences:
            data, rate = self._say(sentence, voice)
            yield Pcm(data, rate)

    def warm(self) -> None:
        self._child.warm()

    def close(self) -> None:
        self._child.close()
        self._cleanup()

    def _say(self, sentence: str, voice: str) -> Spoken:
        request, timeout = (sentence, voice), PATIENCE + SECONDS_PER_WORD * len(sentence.split())
        spoken: Spoken
        try:
            spoken = self._child.ask(request, timeout=timeout)
        except EngineError as error:
            if not error.retry:
                raise
            self._child.close()  # an engine that failed once is not asked again
            spoken = self._child.ask(request, timeout=timeout)
        return spoken


class CachedTts:
    """A TextToSpeech that keeps each utterance as a WAV file: a job's questions are the same for every candidate."""

    def __init__(self, inner: TextToSpeech, folder: Path) -> None:
        self._inner, self._folder = inner, folder
        self.name, self.languages = inner.name, inner.languages

    def synthesize(self, text: str, *, language: str) -> Iterator[Pcm]:
        with wave.open(str(self.path(text, language=language)), "rb") as file:
            yield Pcm(file.readframes(file.getnframes()), file.getframerate())

    def path(self, text: str, *, language: str) -> Path:
        """The WAV file of the whole utterance, spoken now if nobody asked for it before."""
        key = hashlib.sha256(json.dumps([self.name, language, text]).encode()).hexdigest()
        path = self._folder / key[:2] / f"{key}.wav"
        if not path.is_file():
            parts = list(self._inner.synthesize(text, language=language))
            rates = {part.rate for part in parts}
            if len(rates) != 1:
                raise EngineError(f"{self.name} gave audio at {sorted(rates)} Hz for one utterance; expected one rate")
            write_wav(path, Pcm(b"".join(part.data for part in parts), rates.pop()), voice=self.name)
        return path

    def warm(self) -> None:
        warm = getattr(self._inner, "warm", None)
        if callable(warm):
            warm()

    def close(self) -> None:
        close = getattr(self._inner, "close", None)
        if callable(close):
            close()


def plain(text: str) -> str:
    """Without control characters, and one space where there was any."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def split_sentences(text: str) -> Iterator[str]:
    """Sentences of at most LONGEST characters without control characters; longer ones break at a comma or a space.
    Pieces without anything to pronounce are left out."""
    for sentence in re.split(r"(?<=[.!?…])\s+", plain(text)):
        rest = sentence
        while len(rest) > LONGEST:
            cut = max(rest.rfind(", ", 0, LONGEST), rest.rfind("; ", 0, LONGEST)) + 1
            cut = cut or rest.rfind(" ", 0, LONGEST) + 1 or LONGEST
            yield rest[:cut].strip()
            rest = rest[cut:].strip()
        if any(char.isalnum() for char in rest):
            yield rest


def checked_wav(content: bytes, words: int) -> Spoken:
    """The sound of a WAV that should hold `words` words. Raises EngineError(retry=True) where it cannot be all of them,
    or is not 16-bit mono. A stream whose header does not know its length is read to its end."""
    data, rate = _riff(content)
    data = data[: len(data) // 2 * 2]
    if len(data) / 2 / rate <= SECONDS_PER_WORD * words:
        raise EngineError(f"the voice stopped after {len(data) / 2 / rate:.2f} s of {words} words", retry=True)
    return data, rate


def _riff(content: bytes) -> Spoken:
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise EngineError("the voice wrote no readable WAV", retry=True)
    rate, place = 0, 12
    while place + 8 <= len(content):
        name, size = struct.unpack_from("<4sI", content, place)
        place += 8
        if name == b"fmt " and place + 16 <= len(content):
            form, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", content, place)
            if form not in (_PCM, _EXTENSIBLE) or (channels, bits) != (1, 16):
                raise EngineError("the voice wrote a WAV that is not 16-bit mono", retry=True)
        elif name == b"data" and rate:
            return content[place : place + size], rate
        place += size + size % 2
    raise EngineError("the voice wrote a WAV without sound in it", retry=True)


def _espeak_languages() -> frozenset[str]:
    """As espeak-ng's own voice files name them."""
    import espeakng_loader

    files = [file for file in (Path(espeakng_loader.get_data_path()) / "lang").rglob("*") if file.is_file()]
    named = [re.findall(r"^language +([a-z]+)", file.read_text("utf-8"), re.MULTILINE) for file in files]
    return frozenset(code for codes in named for code in codes)


def _same_language(voice: str, language: str) -> bool:
    return code_of(voice) == code_of(language)


# ---------------------------------------------------------------- in the child


def start_voice(words_per_minute: int, folder: str) -> Callable[[tuple[str, str]], Spoken]:
    """One engine, primed. The handler takes (sentence, voice)."""
    for stale in Path(folder).iterdir():
        stale.unlink()
    _load_espeak()
    import pyttsx3

    complaints: list[str] = []
    engine = pyttsx3.init("espeak")
    engine.connect("error", lambda name, exception: complaints.append(str(exception)))  # noqa: ARG005
    engine.setProperty("rate", words_per_minute)
    engine.runAndWait()  # the first run returns before its work is done; this one has none

    def speak(request: tuple[str, str]) -> Spoken:
        sentence, voice = request
        complaints.clear()
        engine.setProperty("voice", voice)
        if complaints:
            raise EngineError(f"espeak-ng has no voice {voice!r}; it knows language codes such as en, en-us, de, fr.")
        handle, name = tempfile.mkstemp(dir=folder, suffix=".wav")
        os.close(handle)
        try:
            engine.save_to_file(sentence, name)
            with redirect_stdout(io.StringIO()):  # it prints a line for every file
                engine.runAndWait()
            return _checked(Path(name), len(sentence.split()))
        finally:
            Path(name).unlink(missing_ok=True)

    return lambda request: _again(lambda: speak(request))


def _again(speak: Callable[[], Spoken]) -> Spoken:
    """On a busy machine the driver cancels an utterance that starts before espeak-ng is idle again: its file is
    whole and empty. The pause before another attempt lets it come to rest."""
    for pause in _PAUSES:
        try:
            return speak()
        except EngineError as error:
            if not error.retry:
                raise
        time.sleep(pause)
    return speak()


def _load_espeak() -> None:
    """Prefer the library of the espeakng_loader wheel: pyttsx3 then finds it by its name, no system package needed."""
    import espeakng_loader

    library = Path(espeakng_loader.get_library_path())
    os.environ.setdefault("ESPEAK_DATA_PATH", espeakng_loader.get_data_path())
    ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)


def _checked(path: Path, words: int) -> Spoken:
    """The sound in a file that pyttsx3 says it wrote. On a busy machine its first run returns while espeak-ng's thread
    still writes, so a file that is not whole is looked at again for a moment."""
    deadline = time.monotonic() + _WRITING
    while True:
        try:
            content = path.read_bytes()
            if _is_whole(content) or time.monotonic() > deadline:
                return checked_wav(content, words)
        except OSError as broken:
            raise EngineError("the voice wrote no readable file", retry=True) from broken
        time.sleep(0.01)


def _is_whole(content: bytes) -> bool:
    """Whether a RIFF file is as long as its header says."""
    return len(content) > 8 and len(content) >= 8 + int.from_bytes(content[4:8], "little")
