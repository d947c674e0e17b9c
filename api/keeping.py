"""The recording of an interview: both voices in one FLAC, made when it is over, kept in the sealed store, heard by
recruiters. Used by `api.outcomes` (a step of the pipeline), `api.pipeline`'s sweep and `api.routes.interviews`.

The raw microphone is the only copy until the FLAC is stored and read back; then it goes. A kill at any moment leaves
one of both, and the next run goes on: the same interview always gives the same bytes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from api import recording
from api.pieces import Joined
from api.recording import Microphone
from interview.audio import RATE, read_audio
from interview.events import read_log
from interview.playback import Playback, laid_out, playbacks
from interview.two_channels import Sound, holds, write_recording
from models.engines import Samples
from models.errors import EngineError, FoyerError, NotFound
from models.records import Interview
from models.values import InterviewPlan

if TYPE_CHECKING:
    from api.deps import App

log = structlog.get_logger("foyer.keeping")

OWNERLESS_SECONDS = 86_400.0

Spans = list[tuple[float, float]]

Log = list[tuple[int, float, dict[str, Any]]]
"""(seq, epoch seconds, event), as the store gives it."""


def keep_recording(app: App, organisation_id: str, interview_id: str) -> None:
    """Raw microphone and event log -> FLAC in the store -> the interview knows it -> the raw files go. May run twice,
    or be killed and run again. Raises EngineError while the storage is away."""
    with app.database.reading() as store:
        interview = store.interview(organisation_id, interview_id)
        subject = store.application(organisation_id, interview.application_id).candidate_id
        log_ = store.events(organisation_id, interview_id)
    raw = microphone_of(app, interview)
    missing = _missing(raw, interview)
    if raw is not None and (interview.recording_sha256 is None or missing != _known_missing(interview)):
        _keep(app, interview, log_, raw, subject, missing)
    elif raw is None and missing and not interview.recording_sha256:
        with app.database.store() as store:
            store.set_recording(organisation_id, interview_id, None, missing=missing)
    if not missing and (pieces := app.pieces(interview_id)) is not None:
        pieces.drop()
    recording.drop(app.recordings, interview_id)
    for draft in app.recordings.glob(f"{interview_id}.*.part"):  # of runs that were killed
        draft.unlink(missing_ok=True)


def microphone_of(app: App, interview: Interview) -> Microphone | Joined | None:
    """What was heard: of all nodes, as far as they have put it where all of them reach it; of this one alone where
    there are no others. None: nothing (any more). Raises what a storage raises."""
    raw = recording.raw_file(app.recordings, interview.id)
    pieces = app.pieces(interview.id)
    if interview.captured < 0:  # erased, and a machine that was away has brought it back
        if pieces is not None:
            pieces.drop()
        return None
    if pieces is not None and (raw is None or recording.put_left(app.recordings, interview.id, pieces)):
        return Joined(pieces, app.database.seal, interview.captured) or None
    return recording.Microphone(raw, app.database.seal) if raw is not None else None


def _missing(raw: Microphone | Joined | None, interview: Interview) -> Spans:
    """Seconds that another machine holds, which is away."""
    if raw is None:
        return [(0.0, interview.captured / RATE)] if interview.captured > 0 else []
    gaps = raw.missing if isinstance(raw, Joined) else []
    return [(start / RATE, end / RATE) for start, end in gaps]


def _known_missing(interview: Interview) -> Spans:
    return [(start, end) for start, end in interview.recording_missing or []]


def _keep(app: App, interview: Interview, log_: Log, raw: Microphone | Joined, subject: str, missing: Spans) -> None:
    """In the place of an earlier one that lacked more."""
    organisation_id, former = interview.organisation_id, interview.recording_sha256
    sha256 = _store(app, interview, log_, raw, subject)
    try:
        with app.database.store() as store:
            now = store.interview(organisation_id, interview.id, lock=True)
            if microphone_is_there(app, now) and now.recording_sha256 == former:
                store.set_recording(organisation_id, interview.id, sha256, missing=missing)
            elif now.recording_sha256 != sha256:
                app.files.drop(sha256, subject=subject)  # erased meanwhile, or another was faster
                return
    except NotFound:  # and so was the candidate
        app.files.drop(sha256, subject=subject)
        return
    if former is not None and former != sha256:
        app.files.drop(former, subject=subject)


def microphone_is_there(app: App, interview: Interview) -> bool:
    """In pieces, or as a raw file of this machine."""
    pieces = app.pieces(interview.id)
    return bool(pieces is not None and pieces.all()) or recording.raw_file(app.recordings, interview.id) is not None


def drop_microphone(app: App, interview_id: str) -> None:
    """Pieces and what this machine has."""
    if (pieces := app.pieces(interview_id)) is not None:
        pieces.drop()
    recording.drop(app.recordings, interview_id)


def _store(app: App, interview: Interview, log_: Log, raw: Microphone | Joined, subject: str) -> str:
    """Made, stored, read back: its sha256. The draft is a file in memory: open speech lies on no disk."""
    handle = os.memfd_create("foyer-recording")
    draft = Path(f"/proc/self/fd/{handle}")
    try:
        _write(app, interview, log_, raw, draft)
        sha256 = app.files.put_file(draft, subject=subject)
    finally:
        os.close(handle)
    try:
        app.files.check(sha256, subject=subject)
    except EngineError:
        raise
    except FoyerError:
        app.files.drop(sha256, subject=subject)  # damaged on its way: the next run stores it anew
        raise
    return sha256


def keep_waiting(app: App) -> None:
    """What could not be kept when its interview ended, and what another machine lacks. An interview that is not over
    keeps its raw files; other nodes can have what is in them."""
    with app.database.asking() as system:
        unkept = system.unkept()
    for own, interview_id in unkept:
        _try_to_keep(app, own, interview_id)
    for interview_id in recording.waiting(app.recordings):
        with app.database.asking() as system:
            organisation_id, known = system.reported(interview_id), system.is_interview(interview_id)
        if not known:
            _drop_ownerless(app, interview_id)
        if organisation_id is not None:
            _try_to_keep(app, organisation_id, interview_id)
        elif known and (pieces := app.pieces(interview_id)) is not None:
            with suppress(FoyerError, OSError):  # the next look tries again
                recording.put_left(app.recordings, interview_id, pieces)


def _try_to_keep(app: App, organisation_id: str, interview_id: str) -> None:
    try:
        keep_recording(app, organisation_id, interview_id)
    except (FoyerError, OSError, RuntimeError):  # RuntimeError: libsndfile
        log.exception("recording.failed", interview=interview_id)


def _drop_ownerless(app: App, interview_id: str) -> None:
    """Of a candidate who was erased by another machine. A day is waited: who puts an older database back may still put
    the right one."""
    raw = recording.raw_file(app.recordings, interview_id)
    if raw is not None and raw.stat().st_mtime < app.clock.now() - OWNERLESS_SECONDS:
        for rest in app.recordings.glob(f"{interview_id}.*"):
            rest.unlink(missing_ok=True)


def erase_recording(app: App, organisation_id: str, interview_id: str) -> None:
    """Whatever there is of it, raw or kept. Again is no error. Raises NotFound for an interview of somebody else,
    Conflict under a legal hold."""
    with app.database.store() as store:
        interview = store.interview(organisation_id, interview_id)
        whose = store.application(organisation_id, interview.application_id).candidate_id
        store.not_held(organisation_id, whose)
        sha256 = store.forget_recording(organisation_id, interview_id)
        if sha256 is not None:
            app.files.drop(sha256, subject=whose)
            app.files.drop_old(sha256)
    drop_microphone(app, interview_id)


def _write(app: App, interview: Interview, log_: Log, raw: Microphone | Joined, to: Path) -> None:
    plan = InterviewPlan.model_validate(interview.plan)
    played = playbacks(plan, read_log(log_))
    files = [_voice_file(app, plan, one) for one in played]
    lengths = [_seconds(file) if file is not None else 0.0 for file in files]
    found = dict(zip(played, files, strict=True))
    sounds = []
    for stretch in laid_out(played, lengths, raw.samples / RATE):
        file, first = found[stretch.playback], round(stretch.position * RATE)
        if file is not None:
            sounds.append(Sound(round(stretch.start * RATE), round(stretch.end * RATE), partial(_from, file, first)))
    write_recording(to, raw, sounds, _tags(interview))
    if not holds(to, raw):
        raise FoyerError(f"The recording of interview {interview.id} came out different from what was recorded.")


def _voice_file(app: App, plan: InterviewPlan, played: Playback) -> Path | None:
    """What the candidate heard; spoken again where the cache was cleared meanwhile. None: silence, for only text was
    shown, or the voice is out of order: that must not cost us the candidate's words."""
    if played.voice == "":
        return None
    if played.voice is not None:
        file = app.engines.spoken(played.voice)
        if file.is_file():
            return file
    with suppress(FoyerError):
        voice = app.engines.slow_voice if played.say.slow else app.engines.voice
        return voice.path(played.say.text, language=plan.language)
    log.warning("recording.voice_missing", utterance=played.say.utterance)
    return None


def _seconds(file: Path) -> float:
    """0 for a file that is damaged: silence, as where there is none."""
    import soundfile

    try:
        return float(soundfile.info(file).duration)
    except soundfile.SoundFileError:
        log.warning("recording.voice_damaged", file=file.name)
        return 0.0


def _from(file: Path, first: int) -> Samples:
    return read_audio(file).samples[first:]


def _tags(interview: Interview) -> Mapping[str, str]:
    """Whose voices these are is for the database to know."""
    engines = interview.engines or {}
    ran = ", ".join(f"{role} {engines[role]}" for role in ("recogniser", "voice") if role in engines)
    return {
        "title": f"Interview {interview.id}",
        "comment": "Left: the candidate's microphone. Right: the interviewer, synthetic speech generated by Foyer, "
        "not a recording of a person.",
        "software": f"Foyer; {ran}" if ran else "Foyer",
    }
