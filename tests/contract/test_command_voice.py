"""A voice that is a program: a real one where the machine has it, and little ones that do everything wrong."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from interview import command_tts
from interview.command_tts import CommandTts
from models.errors import EngineError

QUESTION = "Tell me about a time when something broke, and what you did in the first hour."
TONE = """
import io, math, struct, sys, wave
text = sys.stdin.read()
def spoken(seconds=0.4 * len(text.split()), rate=22050, channels=1):
    packed = io.BytesIO()
    with wave.open(packed, "wb") as file:
        file.setnchannels(channels); file.setsampwidth(2); file.setframerate(rate)
        file.writeframes(b"".join(struct.pack("<h", int(8000 * math.sin(n / 20))) for n in range(int(seconds * rate))))
    return packed.getvalue()
"""
STDOUT = TONE + "sys.stdout.buffer.write(spoken())"
OUTPUT = TONE + "open(sys.argv[1], 'wb').write(spoken())\nprint('done')"

Make = Callable[..., CommandTts]


@pytest.fixture(name="voice")
def _voice(tmp_path: Path) -> Make:
    """A voice made of a little Python program."""

    def make(program: str, arguments: str = "", **settings: int) -> CommandTts:
        (tmp_path / "a voice.py").write_text(program)
        return CommandTts.parse(f"en,de:{sys.executable} '{tmp_path / 'a voice.py'}' {arguments}", **settings)

    return make


def seconds(voice: CommandTts, text: str = QUESTION, language: str = "en") -> float:
    return sum(chunk.seconds for chunk in voice.synthesize(text, language=language))


def test_a_real_program_speaks() -> None:
    flite = shutil.which("flite")
    espeak = shutil.which("espeak-ng")
    if not flite and not espeak:
        pytest.skip("neither flite nor espeak-ng is on PATH: no real command-line voice was tried")
    line = f"{flite} -f /dev/stdin -o {{output}}" if flite else f"{espeak} -v {{language}} -s {{rate}} --stdin --stdout"
    voice = CommandTts.parse(f"en:{line}")
    assert 3.0 < seconds(voice) < 15.0
    assert seconds(voice, "Yes.") < seconds(voice)


@pytest.mark.parametrize(("program", "arguments"), [(STDOUT, ""), (OUTPUT, "{output}")], ids=["stdout", "output"])
def test_it_reads_the_text_and_writes_a_wav(voice: Make, program: str, arguments: str) -> None:
    speaking = voice(program, arguments)
    (chunk,) = speaking.synthesize(QUESTION, language="de-AT")
    assert chunk.rate == 22_050
    assert chunk.seconds == pytest.approx(0.4 * len(QUESTION.split()), abs=0.1)
    assert speaking.languages == {"en", "de"}


def test_places_are_filled_and_no_shell_reads_them(voice: Make, tmp_path: Path) -> None:
    noted = tmp_path / "noted"
    program = TONE + f"open({str(noted)!r}, 'w').write(repr([sys.argv[1:], text]))\nsys.stdout.buffer.write(spoken())"
    slow = voice(program, "{language} {rate} x{stretch} '$HOME;' '>'", words_per_minute=120)
    seconds(slow, "Hello\x00 $(touch /tmp/x) `id`", "de-AT")
    assert noted.read_text() == repr([["de-AT", "120", "x1.33", "$HOME;", ">"], "Hello $(touch /tmp/x) `id`\n"])
    assert slow.name != voice(program, "{language} {rate} x{stretch} '$HOME;' '>'").name


def test_the_program_sees_no_secret(voice: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOYER_MODEL__API_KEY", "sk-secret")
    program = TONE + "import os\nassert not [name for name in os.environ if name.startswith('FOYER_')]\n"
    assert seconds(voice(program + "sys.stdout.buffer.write(spoken())")) > 1.0


@pytest.mark.parametrize(
    ("program", "says"),
    [
        ("import sys; sys.exit('no such voice')", r"failed with 1: no such voice"),
        (TONE + "print('hello')", "no readable WAV"),
        (TONE, "no readable WAV"),
        (TONE + "sys.stdout.buffer.write(spoken(0.1))", "stopped after"),
        (TONE + "sys.stdout.buffer.write(spoken(5, channels=2))", "16-bit mono"),
        (TONE + "sys.stdout.buffer.write(spoken()[:40])", "without sound"),
    ],
)
def test_a_program_that_fails_says_how(voice: Make, program: str, says: str) -> None:
    with pytest.raises(EngineError, match=says) as failure:
        seconds(voice(program))
    assert failure.value.retry


def test_one_that_takes_too_long_is_killed_with_its_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command_tts, "SECONDS", 1.0)
    monkeypatch.setattr(command_tts, "SECONDS_PER_WORD", 0.0)
    noted, script = tmp_path / "pids", tmp_path / "voice.sh"
    script.write_text(f"echo $$ > {noted}\nsleep 600 &\necho $! >> {noted}\nwait\n")
    with pytest.raises(EngineError, match="was stopped") as failure:
        seconds(CommandTts.parse(f"en:sh {script}"))
    assert failure.value.retry
    pids = [int(pid) for pid in noted.read_text().split()]
    assert len(pids) == 2
    until = time.monotonic() + 5
    while any(alive(pid) for pid in pids):
        assert time.monotonic() < until, "it is still running"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_a_flood_of_complaints_holds_nobody_up(voice: Make) -> None:
    assert seconds(voice(STDOUT + "\nsys.stderr.write('x' * 10_000_000)")) > 1.0


def test_text_that_the_program_does_not_read_is_no_failure(voice: Make) -> None:
    deaf = "import sys; sys.stdin.close()\n" + TONE.replace("sys.stdin.read()", "'a b c d'")
    assert seconds(voice(deaf + "sys.stdout.buffer.write(spoken())"), "word " * 5) > 1.0


@pytest.mark.parametrize("setting", ["piper", "en", ":piper", "english!:piper", "en:", "en:no-such-program x", "en:'x"])
def test_a_mistake_in_the_setting_is_named_at_once(setting: str) -> None:
    with pytest.raises(EngineError, match=r"FOYER_VOICE__VOICE|command line") as failure:
        CommandTts.parse(setting)
    assert not failure.value.retry


def test_nothing_to_say_and_other_languages_start_nothing(voice: Make) -> None:
    speaking = voice("raise SystemExit(7)")
    with pytest.raises(EngineError, match="nothing to say"):
        seconds(speaking, "...")
    with pytest.raises(EngineError, match="'fr'"):
        seconds(speaking, QUESTION, "fr")
