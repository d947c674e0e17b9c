"""The commands that need no server: screening a folder, parsing, requirements, listening, speaking, evaluating.

Each returns what the command line prints; `api.cli` owns options and output.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

from api.progress import Told
from api.wiring import Engines
from integrations.folder import Entry, FolderSource, Limits
from models.errors import BadRequest, FoyerError, NotFound
from models.settings import Settings
from models.values import JobPosting, ParsedResume
from screening.duplicates import Duplicate, groups
from screening.experience import skill_years
from screening.parse import parse
from screening.posting import read_posting
from screening.prepared import prepare

MEDIA_TYPES = {
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".txt": "text/plain",
    ".html": "text/html",
    ".htm": "text/html",
    ".json": "application/ld+json",
    ".jsonld": "application/ld+json",
}


def posting_of(path: Path, engines: Engines | None = None) -> JobPosting:
    """Raises BadRequest, NotFound naming the file. Without `engines`: by the bundled words alone."""
    if not path.is_file():
        raise NotFound(f"There is no file {path}.")
    media_type = MEDIA_TYPES.get(path.suffix.lower())
    if media_type is None:
        raise BadRequest(f"{path.name}: a posting is Markdown (.md), text (.txt), HTML (.html) or JSON-LD (.json).")
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError:
        raise BadRequest(f"{path.name} is not UTF-8 text. Save it as UTF-8 and try again.") from None
    if engines is None:
        return read_posting(text, media_type=media_type, name=path.name)
    return read_posting(
        text, media_type=media_type, name=path.name, vocabulary=engines.vocabulary, tagger=engines.tagger
    )


def screen_folder(
    settings: Settings, job: Path, resumes: Path, *, threshold: float | None, now: date, told: Told
) -> dict[str, Any]:
    """Bulk screening; every file of the folder or archive has one entry in the answer. `candidates` is a sequence that
    reads each from a temporary file."""
    from api.bulk import screen_all

    began = time.perf_counter()
    line = settings.screening.threshold if threshold is None else threshold
    source = FolderSource(resumes, Limits.of(settings.screening))
    total = source.count()
    if not total:
        raise BadRequest(f"{resumes} holds no file to screen.")
    told(0, total)
    found = screen_all(
        settings, source.entries(), job, threshold=line, now=now, total=total, done=lambda count: told(count, total)
    )
    seconds = time.perf_counter() - began
    return {
        "job": {"title": found.posting.title, "location": found.posting.location, "threshold": line, "file": job.name},
        "requirements": [requirement.model_dump(mode="json") for requirement in found.posting.requirements],
        "candidates": found.candidates,
        "duplicates": duplicate_groups(found.duplicates),
        "timing": {
            "files": len(found.candidates),
            "files_read": found.read,
            "seconds": round(seconds, 3),
            "resumes_per_second": round(len(found.candidates) / seconds, 2),
        },
    }


def duplicate_groups(pairs: Sequence[Duplicate]) -> list[dict[str, Any]]:
    """Files that may be one person's, each group with its reasons. Suggested: nobody is left out."""
    return [{"files": list(one.names), "kind": one.kind, "why": list(one.why)} for one in groups(pairs)]


def parse_files(settings: Settings, files: Sequence[Path], *, now: date) -> Iterator[dict[str, Any]]:
    """One entry a file, errors included. `sources` says where each field stands; `claims` are years as stated, `years`
    and `skill_years` those that the dates show."""
    limits = Limits.of(settings.screening)
    engines = Engines(settings)
    with closing(engines):
        for file in files:
            try:
                entry = next(FolderSource(file, limits).entries()) if file.is_file() else None
                if file.is_dir():
                    raise BadRequest(f"{file} is a folder: name its files, or screen it whole with `foyer screen`.")
                if entry is None:
                    raise NotFound(f"There is no file {file}.")
                found = _read(engines, entry, now)
            except FoyerError as error:
                yield {"file": str(file), "resume": None, "spans": [], "flags": [], "error": error.detail}
                continue
            yield {
                "file": str(file),
                "resume": found.resume.model_dump(mode="json", by_alias=True, exclude_none=True),
                "spans": [span.model_dump(mode="json") for span in found.spans],
                "flags": [flag.model_dump(mode="json") for flag in found.flags],
                "years": found.years,
                "claims": [claim.model_dump(mode="json") for claim in found.claims],
                "skill_years": skill_years(found, prepare(found, engines.vocabulary).shown, now=now),
                "sources": {path: source.model_dump(mode="json") for path, source in found.sources.items()},
                "language": found.language,
                "document": found.document,
                "error": None,
            }


def _read(engines: Engines, entry: Entry, now: date) -> ParsedResume:
    if entry.problem is not None:
        raise entry.problem
    return parse(engines.read(entry.content, entry.name), now=now)


# ---------------------------------------------------------------- voice and judgement


def listen_to(settings: Settings, files: Sequence[Path], *, raw_vad: bool) -> Iterator[dict[str, Any]]:
    """Recordings through the ear, one entry each."""
    from interview.audio import read_audio
    from interview.listen import transcribe_recording

    engines = Engines(settings)
    with closing(engines):
        for file in files:
            audio = read_audio(file)
            began = time.perf_counter()
            heard = transcribe_recording(audio, engines.recogniser, engines.voice_detector(), engines.turn_detector)
            seconds = time.perf_counter() - began
            found: dict[str, Any] = {
                "file": str(file),
                "turns": [
                    {
                        "start": round(turn.start, 3),
                        "end": round(turn.end, 3),
                        "text": turn.text,
                        "words": [word.model_dump(mode="json") for word in turn.words],
                    }
                    for turn in heard.turns
                ],
                "engine": engines.recogniser.name,
                "realtime_factor": round(seconds / audio.seconds, 3) if audio.seconds else None,
            }
            if raw_vad:
                found["speech"] = [{"start": round(start, 3), "end": round(end, 3)} for start, end in heard.speech]
            yield found


def speak_to(settings: Settings, text: str, output: Path) -> float:
    """Seconds of speech written to `output`."""
    from interview.audio import read_audio

    if not text.strip():
        raise BadRequest("There is nothing to say: the text is empty.")
    if not output.parent.is_dir():
        raise NotFound(f"There is no folder {output.parent} to write to.")
    engines = Engines(settings)
    with closing(engines):
        spoken = engines.voice.path(text, language="en")
        output.write_bytes(spoken.read_bytes())
    return read_audio(output).seconds


def evaluate_file(settings: Settings, interview: Path, rubric: Path) -> Iterator[dict[str, Any]]:
    """One Scorecard an interview, in the input's order."""
    from interview.evaluate import Evaluator, read_interviews, read_rubric, verify

    competencies = read_rubric(_json(rubric))
    records = read_interviews(_text(interview))
    engines = Engines(settings)
    with closing(engines):
        evaluator = Evaluator(engines.precise_embedder)
        for record in records:
            card = evaluator.evaluate(record, competencies)
            verify(card, record.turns)
            yield card.model_dump(mode="json")


def simulate_file(interview: Path, plan: Path) -> Iterator[dict[str, Any]]:
    from pydantic import ValidationError

    from interview.simulate import read_script, simulate
    from models.values import InterviewPlan

    try:
        kit = InterviewPlan.model_validate(_json(plan))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadRequest(f"{plan.name} is not an interview plan: {where}: {first['msg']}.") from None
    yield from simulate(kit, read_script(_text(interview)))


def _text(path: Path) -> str:
    if not path.is_file():
        raise NotFound(f"There is no file {path}.")
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise BadRequest(f"{path.name} is not UTF-8 text.") from None


def _json(path: Path) -> Any:
    try:
        return json.loads(_text(path))
    except json.JSONDecodeError as error:
        raise BadRequest(f"{path.name} is not JSON: {error.msg} at line {error.lineno}.") from None
