"""Any voice that is a program: it reads the text on its standard input and writes a WAV to its standard output, or to
the file that stands for {output} in its command line. `api.wiring` builds it from a setting such as

    command:en:piper --model /opt/voices/en_GB-alba-medium.onnx --length_scale {stretch} --output_file {output}

No shell is involved, the program sees none of Foyer's settings, and one that takes too long is killed with its
children.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from interview.tts import checked_wav, plain
from models.engines import Pcm
from models.errors import EngineError
from models.languages import code_of

SECONDS, SECONDS_PER_WORD = 10.0, 0.3
"""A sentence is waited for so long."""
USUAL_RATE = 160
"""Words a minute at which {stretch} is 1."""
PLACES = ("{output}", "{language}", "{rate}", "{stretch}")


class CommandTts:
    """A TextToSpeech. `command` may hold {output}, {language} (as the plan has it), {rate} (words a minute) and
    {stretch} (above 1 is slower). `languages`: ISO 639-1 codes that it speaks."""

    def __init__(self, command: str, languages: frozenset[str], words_per_minute: int = USUAL_RATE) -> None:
        self._command = _split(command)
        self.languages = languages
        self._rate = words_per_minute
        digest = hashlib.sha256(command.encode()).hexdigest()[:8]
        self.name = f"command/{Path(self._command[0]).name}-{digest}/{words_per_minute}"

    @classmethod
    def parse(cls, setting: str, words_per_minute: int = USUAL_RATE) -> CommandTts:
        """From "LANGUAGES:COMMAND LINE", as FOYER_VOICE__VOICE has it behind "command:"."""
        codes, colon, command = setting.partition(":")
        languages = frozenset(codes.lower().replace(",", " ").split())
        if not colon or not languages or not all(code.isalpha() and 2 <= len(code) <= 3 for code in languages):
            raise EngineError(
                f"FOYER_VOICE__VOICE must be command:LANGUAGES:COMMAND LINE, not 'command:{setting[:60]}'."
            )
        return cls(command, languages, words_per_minute)

    def synthesize(self, text: str, *, language: str) -> Iterator[Pcm]:
        if code_of(language) not in self.languages:
            raise EngineError(f"the command {self._command[0]!r} was not set up for {language!r}.")
        if not any(char.isalnum() for char in text):
            raise EngineError(f"there is nothing to say in {text[:40]!r}")
        data, rate = checked_wav(self._run(plain(text), language), len(text.split()))
        yield Pcm(data, rate)

    def _run(self, text: str, language: str) -> bytes:
        """What the program wrote. Its standard output and errors go to files, so that no full pipe can hold it up."""
        seconds = SECONDS + SECONDS_PER_WORD * len(text.split())
        with tempfile.TemporaryDirectory(prefix="foyer-voice-") as folder:
            output, printed, complaints = (Path(folder) / name for name in ("spoken.wav", "stdout", "stderr"))
            line = [self._filled(part, output, language) for part in self._command]
            with printed.open("wb") as out, complaints.open("wb") as err:
                status = _finish(line, text.encode() + b"\n", out.fileno(), err.fileno(), seconds)
            if status is None:
                raise EngineError(f"the command {line[0]!r} took more than {seconds:.0f} s and was stopped", retry=True)
            if status != 0:
                said = complaints.read_bytes()[-200:].decode("utf-8", "replace").strip()
                raise EngineError(f"the command {line[0]!r} failed with {status}: {said}", retry=True)
            return output.read_bytes() if output.is_file() else printed.read_bytes()

    def _filled(self, part: str, output: Path, language: str) -> str:
        code = "".join(char for char in language if char.isalnum() or char == "-")
        values = (str(output), code, str(self._rate), f"{USUAL_RATE / self._rate:.2f}")
        for place, value in zip(PLACES, values, strict=True):
            part = part.replace(place, value)
        return part


def _split(command: str) -> list[str]:
    try:
        line = shlex.split(command)
    except ValueError as unclear:
        raise EngineError(f"the voice's command line cannot be read ({unclear}): {command[:80]!r}") from unclear
    if not line or shutil.which(line[0]) is None:
        program = line[0] if line else ""
        raise EngineError(f"the voice's program {program!r} was not found; give its whole path in FOYER_VOICE__VOICE.")
    return line


def _finish(line: list[str], text: bytes, out: int, err: int, seconds: float) -> int | None:
    """Exit status; None: it had to be killed."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FOYER_")}
    try:
        process = subprocess.Popen(  # noqa: S603 - the operator's own command line, and no shell
            line, stdin=subprocess.PIPE, stdout=out, stderr=err, env=environment, start_new_session=True
        )
    except OSError as broken:
        raise EngineError(f"the command {line[0]!r} could not be started: {broken}") from broken
    try:
        process.communicate(text, timeout=seconds)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return None
    return process.returncode
