"""The recording of both voices: everything at its second, whatever is killed or away in between."""

from __future__ import annotations

import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import soundfile

from api import keeping, recording
from api.app import build
from api.deps import App
from api.recording import Recording
from interview import events as ev
from interview.audio import RATE, marked_synthetic, read_audio
from interview.dialogue import begin, step
from interview.two_channels import Sound, holds, write_recording
from models.engines import Samples
from models.errors import EngineError, FoyerError, NotFound
from models.files import Files
from models.settings import ROOT, Settings
from tests import store_world
from tests.fakes_dialogue import a_plan
from tests.fakes_ftp import Ftp
from tests.fakes_store import MarkedSeal
from tests.postgres import PostgresServer
from tests.store_world import LATER, NOW

TOLERANCE = 0.05
ANSWER_AT, INTERRUPTED_AT = 7.3, 16.0
KIT = a_plan(questions=2, probes=False)
LONG = "Please tell me in all detail about the day when everything went wrong at once, and what you did."
PLAN = KIT.model_copy(
    update={"questions": (KIT.questions[0], KIT.questions[1].model_copy(update={"text": LONG}), *KIT.questions[2:])}
)


def found_at(known: Samples, channel: Samples) -> float:
    """The second at which `known` lies in `channel`, by cross-correlation."""
    size = len(known) + len(channel)
    spectrum = np.fft.rfft(channel.astype(float), size) * np.conj(np.fft.rfft(known.astype(float), size))
    return float(np.argmax(np.fft.irfft(spectrum, size)[: len(channel)])) / RATE


def loudness(channel: Samples, start: float, end: float) -> float:
    part = channel[round(start * RATE) : round(end * RATE)].astype(float)
    return float(np.sqrt((part**2).mean()))


def slt() -> Samples:
    return read_audio(ROOT / "samples" / "answers" / "slt" / "outage.flac").samples[: 6 * RATE]


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    built = build(Settings(home=tmp_path / "home"))
    built.recordings.mkdir(parents=True)
    yield built
    built.engines.close()
    built.database.close()


class Held:
    """An interview of 24 s: the welcome, a question, an answer; a question that the candidate breaks into."""

    def __init__(self, app: App, *, told: bool = True) -> None:
        """`told`: the page said when playback began."""
        self.app, self._seq, self._state = app, 0, begin(PLAN)
        with app.database.system() as system:
            self.org = system.add_organisation("Example", NOW).id
        with app.database.store() as store:
            job = store_world.add_job(store, self.org)
            application = store_world.add_application(store, job)
            self.candidate = application.candidate_id
            self.id = store.add_interview(
                self.org, application_id=application.id, plan=PLAN, link_hash="l", expires_at=LATER, now=NOW
            )[0].id
            store.open_interview(self.org, self.id, session_hash="s", consent_version="1", consent_sha256="c", now=NOW)
        self.voices = {
            text: app.engines.voice.path(text, language="en") for text in ("Question number 1?", PLAN.welcome)
        }
        self._hold(told)

    def _hold(self, told: bool) -> None:
        self.do(ev.Joined())
        self.play(PLAN.welcome, 1.0, told)
        self.play("Question number 1?", 4.0, told)
        self.do(ev.Segment(text="We had an outage.", start=ANSWER_AT, end=ANSWER_AT + 6))
        self.do(ev.TurnEnded(at=ANSWER_AT + 6))
        assert self._state.say is not None
        self.broken_off = self.app.engines.voice.path(self._state.say.text, language="en")
        if told:
            self.do(ev.Playing(utterance=self._state.say.utterance, at=15.0, voice=self.broken_off.stem))
            self.do(ev.Overlapped(utterance=self._state.say.utterance, at=INTERRUPTED_AT, share=0.9))
        microphone = np.random.default_rng(3).integers(-20, 20, 24 * RATE).astype("<i2")
        microphone[round(ANSWER_AT * RATE) :][: 6 * RATE] += slt()
        self.microphone = microphone
        (self.app.recordings / f"{self.id}.pcm").write_bytes(microphone.tobytes())
        (self.app.recordings / f"{self.id}.pos").write_bytes(b"")

    def do(self, event: ev.DialogueEvent) -> None:
        with self.app.database.store() as store:
            store.append_events(self.org, self.id, self._seq, [(1e9 + self._seq, event.model_dump(mode="json"))])
        self._seq += 1
        self._state, _ = step(self._state, event, 1e9 + self._seq)

    def play(self, text: str, at: float, told: bool) -> None:
        assert self._state.say is not None
        assert self._state.say.text == text
        voice, utterance = self.voices[text], self._state.say.utterance
        if told:
            self.do(ev.Playing(utterance=utterance, at=at, voice=voice.stem))
        self.do(ev.Played(utterance=utterance, at=at + soundfile.info(voice).duration))

    def complete(self) -> None:
        with self.app.database.store() as store:
            engines = {"voice": "espeak-ng/en", "recogniser": "sphinx"}
            store.set_interview_state(self.org, self.id, "completed", now=NOW, engines=engines)

    def report(self) -> None:
        with self.app.database.store() as store:
            store.finish_report(
                self.org,
                interview_id=self.id,
                scorecard=store_world.SCORECARD,
                html_sha256="cd" * 32,
                payloads={},
                now=NOW,
            )

    def keep(self) -> None:
        keeping.keep_recording(self.app, self.org, self.id)

    @property
    def sha(self) -> str | None:
        with self.app.database.reading() as store:
            return store.interview(self.org, self.id).recording_sha256

    def flac(self, tmp_path: Path) -> tuple[Samples, Samples]:
        path = tmp_path / "kept.flac"
        path.write_bytes(self.app.files.get(self.sha or "", subject=self.candidate))
        both, rate = soundfile.read(path, dtype="int16")
        assert rate == RATE
        return both[:, 0], both[:, 1]


@pytest.mark.parametrize("told", [True, False], ids=["as the page told", "from ends alone"])
def test_each_voice_lies_in_its_channel_at_its_second(app: App, tmp_path: Path, told: bool) -> None:
    held = Held(app, told=told)
    held.complete()
    held.keep()
    left, right = held.flac(tmp_path)
    assert np.array_equal(left, held.microphone), "the candidate's words are kept sample by sample"
    assert found_at(slt(), left) == pytest.approx(ANSWER_AT, abs=TOLERANCE)
    for text, at in ((PLAN.welcome, 1.0), ("Question number 1?", 4.0)):
        known = read_audio(held.voices[text]).samples
        assert found_at(known, right) == pytest.approx(at, abs=TOLERANCE)
        assert np.array_equal(right[round(at * RATE) :][: len(known) - 100], known[:-100])
    assert loudness(right, 0, 0.99) == loudness(right, 8, 14.5) == 0, "it says nothing while it listens"
    assert recording.waiting(app.recordings) == []
    assert list(app.recordings.iterdir()) == []


@pytest.mark.parametrize("reported", [None, 16.7])
def test_the_interviewer_falls_silent_where_the_candidate_breaks_in(
    app: App, tmp_path: Path, reported: float | None
) -> None:
    held = Held(app)
    ends = INTERRUPTED_AT
    if reported is not None:
        held.do(ev.Silenced(utterance="u3", at=reported))
        ends = reported
    held.complete()
    held.keep()
    _, right = held.flac(tmp_path)
    known = read_audio(held.broken_off).samples
    assert len(known) > 2 * RATE
    heard = known[: round((ends - 15) * RATE)]
    assert found_at(heard, right) == pytest.approx(15.0, abs=TOLERANCE)
    assert np.array_equal(right[15 * RATE : round(ends * RATE)], heard)
    assert loudness(right, ends, 24) == 0


@pytest.mark.proves(24)
def test_it_says_what_it_is_and_nobodys_name(app: App, tmp_path: Path) -> None:
    held = Held(app)
    held.complete()
    held.keep()
    held.flac(tmp_path)
    with soundfile.SoundFile(tmp_path / "kept.flac") as file:
        assert file.title == f"Interview {held.id}"
        assert "Right: the interviewer, synthetic speech" in file.comment
        assert "espeak-ng/en" in file.software
        assert not file.artist
    assert "synthetic speech" in marked_synthetic(tmp_path / "kept.flac"), "as a detector finds it"


def test_speech_that_the_cache_no_longer_holds_is_spoken_again(app: App, tmp_path: Path) -> None:
    held = Held(app)
    held.complete()
    known = {text: read_audio(path).samples for text, path in held.voices.items()}
    for path in app.engines.spoken("ab").parent.parent.rglob("*.wav"):
        path.unlink()
    held.keep()
    _, right = held.flac(tmp_path)
    assert found_at(known[PLAN.welcome], right) == pytest.approx(1.0, abs=TOLERANCE)


def test_a_damaged_voice_file_costs_its_own_sound_only(app: App, tmp_path: Path) -> None:
    held = Held(app)
    held.complete()
    held.voices[PLAN.welcome].write_bytes(b"no sound")
    held.keep()
    left, right = held.flac(tmp_path)
    assert np.array_equal(left, held.microphone)
    assert loudness(right, 0, 3.9) == 0
    assert found_at(read_audio(held.voices["Question number 1?"]).samples, right) == pytest.approx(4.0, abs=TOLERANCE)


def test_it_is_kept_under_the_candidates_seal_in_parts(app: App) -> None:
    held = Held(app)
    held.complete()
    app.files = Files(app.settings.files_root, MarkedSeal())
    held.keep()
    sha = held.sha
    assert sha is not None
    (stored,) = (Path(app.settings.files_root) / sha[:2]).glob(f"{sha}.*.parts")
    assert stored.read_bytes().startswith(held.candidate.encode() + b"|")
    assert app.files.get(sha, subject=held.candidate).startswith(b"fLaC")


def test_twice_is_once(app: App) -> None:
    held = Held(app)
    held.complete()
    held.keep()
    first = held.sha
    held.keep()
    assert held.sha == first
    (app.recordings / f"{held.id}.pcm").write_bytes(held.microphone.tobytes())  # killed before the raw file went
    held.keep()
    assert (held.sha, recording.waiting(app.recordings)) == (first, [])


LONG_SECONDS = 15 * 60
CHILD = """
import sys
from pathlib import Path
from api import keeping
from api.app import build
from models.settings import Settings
app = build(Settings(home=Path(sys.argv[1])))
keeping.keep_recording(app, sys.argv[2], sys.argv[3])
"""


def writing(child: subprocess.Popen[bytes], home: Path) -> bool:
    """The draft lies in the child's memory."""
    with suppress(FileNotFoundError):  # one that was closed meanwhile
        opened = Path(f"/proc/{child.pid}/fd").iterdir()
        return any("foyer-recording" in str(each.readlink()) and each.stat().st_size for each in opened)
    return False


def storing(child: subprocess.Popen[bytes], home: Path) -> bool:
    return any(path.stat().st_size for path in home.rglob("*.parts"))


@pytest.mark.parametrize("moment", [writing, storing])
def test_killed_at_any_moment_it_is_kept_by_the_next_run(
    app: App, tmp_path: Path, moment: Callable[[subprocess.Popen[bytes], Path], bool]
) -> None:
    held = Held(app)
    held.complete()
    raw = np.tile(held.microphone, LONG_SECONDS // 24)
    (app.recordings / f"{held.id}.pcm").write_bytes(raw.tobytes())
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(app.settings.home), held.org, held.id], cwd=ROOT)
    while child.poll() is None and not moment(child, app.settings.home):
        time.sleep(0.001)
    assert child.poll() is None, "it was over before it could be killed: make the recording longer"
    child.kill()
    child.wait()
    assert recording.waiting(app.recordings) == [held.id], "the only copy is still there"
    held.keep()
    left, right = held.flac(tmp_path)
    assert np.array_equal(left, raw)
    welcome = read_audio(held.voices[PLAN.welcome]).samples
    assert found_at(welcome, right[: 60 * RATE]) == pytest.approx(1.0, abs=TOLERANCE)
    assert list(app.recordings.iterdir()) == []
    assert len(list(Path(app.settings.files_root).rglob("*.parts"))) == 1


def test_storage_that_is_away_keeps_the_raw_file_until_it_is_back(app: App, tmp_path: Path) -> None:
    held = Held(app)
    held.complete()
    server = Ftp(tmp_path / "elsewhere")
    app.files = Files(server.url, MarkedSeal())
    with pytest.raises(EngineError, match="Nothing that was stored is lost"):
        held.keep()
    held.report()
    keeping.keep_waiting(app)  # still away: said in the log, no more
    assert (held.sha, recording.waiting(app.recordings)) == (None, [held.id])
    server.start()
    keeping.keep_waiting(app)
    left, _ = held.flac(tmp_path)
    assert np.array_equal(left, held.microphone)
    assert list(app.recordings.iterdir()) == []
    server.stop()


def test_what_was_damaged_on_its_way_is_stored_anew_from_the_raw_file(app: App, tmp_path: Path) -> None:
    held = Held(app)
    held.complete()
    held.keep()
    (stored,) = Path(app.settings.files_root).rglob("*.parts")
    whole, sha = stored.read_bytes(), held.sha
    stored.write_bytes(whole[:5000] + b"damage" + whole[5006:])
    with app.database.store() as store:
        store.forget_recording(held.org, held.id)
        store.interview(held.org, held.id).captured = 0  # as if not kept yet: what was erased never is again
    (app.recordings / f"{held.id}.pcm").write_bytes(held.microphone.tobytes())
    with pytest.raises(FoyerError, match="damaged"):
        held.keep()
    assert (held.sha, recording.waiting(app.recordings)) == (None, [held.id])
    held.keep()
    left, _ = held.flac(tmp_path)
    assert np.array_equal(left, held.microphone)
    assert held.sha == sha, "the same interview gives the same bytes"


@pytest.fixture
def node(tmp_path: Path, postgres_server: PostgresServer) -> Iterator[App]:
    """One of several: its database and its storage are shared."""
    url = postgres_server.create("keeping")
    built = build(Settings(home=tmp_path / "home", database_url=url, files_url=str(tmp_path / "files")))
    built.recordings.mkdir(parents=True)
    yield built
    built.engines.close()
    built.database.close()
    postgres_server.drop("keeping")


def hear(held: Held, recorded: Recording, start: int, end: int, first: int) -> None:
    """Seconds of the microphone, in frames numbered from `first`."""
    for seq, at in enumerate(range(start * RATE, end * RATE, 640), first):
        frame = ev.AudioFrame(seq, at, held.microphone[at : at + 640].tobytes())
        assert recorded.add(frame, limit=10**9) == "kept"


@pytest.mark.long
def test_what_a_machine_holds_that_is_away_is_missing_until_it_is_back(node: App, tmp_path: Path) -> None:
    held, away = Held(node), tmp_path / "away"
    recording.drop(node.recordings, held.id)
    opened = partial(Recording, interview_id=held.id, seal=node.database.seal, subject=held.candidate)
    dead = opened(away, pieces=node.pieces(held.id))
    hear(held, dead, 0, 6, 0)
    dead.put()
    hear(held, dead, 6, 10, 150)
    dead.commit()
    dead.close()
    with node.database.store() as store:
        store.note_captured(held.org, held.id, *dead.durable)
    follower = opened(node.recordings, pieces=node.pieces(held.id), captured=dead.durable)
    assert follower.begins[1] == 15 * RATE
    hear(held, follower, 15, 24, follower.begins[0])
    follower.put()
    follower.close()
    held.complete()
    held.report()
    held.keep()
    former, (left, _) = held.sha, held.flac(tmp_path)
    with node.database.reading() as store:
        assert store.interview(held.org, held.id).recording_missing == [[6.0, 10.0]]
    assert not left[6 * RATE : 15 * RATE].any()
    assert np.array_equal(left[: 6 * RATE], held.microphone[: 6 * RATE])
    assert np.array_equal(left[15 * RATE :], held.microphone[15 * RATE :]), "on its second"
    for file in away.iterdir():  # the disk is back
        file.rename(node.recordings / file.name)
    keeping.keep_waiting(node)
    left, _ = held.flac(tmp_path)
    assert np.array_equal(left[: 10 * RATE], held.microphone[: 10 * RATE])
    assert np.array_equal(left[15 * RATE :], held.microphone[15 * RATE :])
    with node.database.reading() as store:
        assert store.interview(held.org, held.id).recording_missing is None
    assert recording.waiting(node.recordings) == []
    pieces = node.pieces(held.id)
    assert pieces is not None
    assert pieces.all() == []
    with pytest.raises(NotFound):
        node.files.get(former or "", subject=held.candidate)
    keeping.erase_recording(node, held.org, held.id)
    assert held.sha is None


def test_an_interview_that_is_not_over_keeps_its_raw_file(app: App) -> None:
    held = Held(app)
    keeping.keep_waiting(app)
    assert (held.sha, recording.waiting(app.recordings)) == (None, [held.id])


def test_what_is_erased_is_gone_raw_or_kept(app: App) -> None:
    held = Held(app)
    held.complete()
    held.keep()
    sha = held.sha
    assert sha is not None
    (app.recordings / f"{held.id}.pcm").write_bytes(b"left over")
    keeping.erase_recording(app, held.org, held.id)
    keeping.erase_recording(app, held.org, held.id)
    assert (held.sha, list(app.recordings.iterdir())) == (None, [])
    with pytest.raises(NotFound):
        app.files.get(sha, subject=held.candidate)
    assert not list(Path(app.settings.files_root).rglob("*.parts"))
    with pytest.raises(NotFound):
        keeping.erase_recording(app, "somebody-else", held.id)


def test_a_long_recording_needs_no_more_memory_than_a_block(tmp_path: Path) -> None:
    raw, flac = tmp_path / "raw", tmp_path / "flac"
    minute = np.tile(slt(), 10)
    with raw.open("wb") as file:
        for _ in range(10):
            minute.tofile(file)
    sounds = [Sound(60 * RATE * n, 60 * RATE * n + len(minute) // 4, slt) for n in range(10)]
    tracemalloc.start()
    assert write_recording(flac, raw, sounds, {}) == 600 * RATE
    assert holds(flac, raw)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < raw.stat().st_size / 3, "the raw file alone would be three times as much"


def test_a_recording_that_lost_a_sample_is_found_out(tmp_path: Path) -> None:
    raw, other = tmp_path / "raw", tmp_path / "other"
    slt().tofile(raw)
    write_recording(tmp_path / "flac", raw, [], {})
    assert holds(tmp_path / "flac", raw)
    changed = slt().copy()
    changed[50_000] ^= 1
    for samples in (changed, slt()[:-1], np.append(slt(), np.int16(0))):
        samples.tofile(other)
        assert not holds(tmp_path / "flac", other)
