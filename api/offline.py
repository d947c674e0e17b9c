"""The commands that need no server: screening a folder, parsing, requirements, listening, speaking, evaluating.

Each returns what the command line prints; `api.cli` owns options and output.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

from api.wiring import Engines
from integrations.folder import Entry, FolderSource, Limits
from models.errors import BadRequest, FoyerError, NotFound, UnreadableDocument
from models.settings import Settings
from models.values import JobPosting, ParsedResume, ScreeningResult
from screening.duplicates import Duplicate, compare, filed, groups
from screening.experience import skill_years
from screening.extract import Reader
from screening.parse import parse
from screening.posting import read_posting
from screening.prepared import prepare
from screening.screen import Screener

CHUNK = 64
"""Resumes embedded in one call: long enough to sort by length, short enough to show progress."""
MEDIA_TYPES = {
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".txt": "text/plain",
    ".html": "text/html",
    ".htm": "text/html",
    ".json": "application/ld+json",
    ".jsonld": "application/ld+json",
}
Told = Callable[[int, int], None]
"""Progress: done, total."""


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
    """Bulk screening; every file of the folder or archive has one entry in the answer."""
    began = time.perf_counter()
    line = settings.screening.threshold if threshold is None else threshold
    engines = Engines(settings)
    with closing(engines):
        posting = posting_of(job, engines)
        entries = list(FolderSource(resumes, Limits.of(settings.screening)).entries())
        if not entries:
            raise BadRequest(f"{resumes} holds no file to screen.")
        parsed, errors = _read_all(engines.reader, entries, now, told)
        read_seconds = time.perf_counter() - began
        screener = Screener(
            posting.requirements,
            engines.embedder,
            threshold=line,
            review_band=settings.screening.review_band,
            vocabulary=engines.vocabulary,
            title=posting.title,
            text=posting.text,
        )
        results = _screen_all(screener, parsed, now, len(entries), told)
    candidates = [_candidate(name, result) for name, result in results.items()]
    candidates += [_unreadable(name, error) for name, error in errors.items()]
    candidates.sort(key=lambda found: (-(found["score"] if found["score"] is not None else -1.0), found["file"]))
    total = time.perf_counter() - began
    timing = {
        "files": len(entries),
        "seconds": round(total, 3),
        "reading_seconds": round(read_seconds, 3),
        "resumes_per_second": round(len(entries) / total, 2),
    }
    return {
        "job": {"title": posting.title, "location": posting.location, "threshold": line, "file": job.name},
        "requirements": [_requirement(requirement) for requirement in posting.requirements],
        "candidates": candidates,
        "duplicates": duplicate_groups(compare([filed(name, resume) for name, resume in parsed.items()])),
        "timing": timing,
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
                if entry is None:
                    raise NotFound(f"There is no file {file}.")
                found = _read(engines.reader, entry, now)
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


def _read(reader: Reader, entry: Entry, now: date) -> ParsedResume:
    if entry.problem is not None:
        raise entry.problem
    return parse(reader.read(entry.content, entry.name), now=now)


def _read_all(
    reader: Reader, entries: Sequence[Entry], now: date, told: Told
) -> tuple[dict[str, ParsedResume], dict[str, UnreadableDocument]]:
    """Reading children work side by side; parsing follows in this process."""
    parsed: dict[str, ParsedResume] = {}
    errors: dict[str, UnreadableDocument] = {}

    def one(entry: Entry) -> ParsedResume | UnreadableDocument:
        try:
            return _read(reader, entry, now)
        except UnreadableDocument as error:
            return error

    with ThreadPoolExecutor(max_workers=4) as pool:
        for done, (entry, outcome) in enumerate(zip(entries, pool.map(one, entries), strict=True)):
            if isinstance(outcome, UnreadableDocument):
                errors[entry.name] = outcome
            else:
                parsed[entry.name] = outcome
            told(done + 1, 2 * len(entries))
    return parsed, errors


def _screen_all(
    screener: Screener, parsed: dict[str, ParsedResume], now: date, total: int, told: Told
) -> dict[str, ScreeningResult]:
    names = list(parsed)
    results: dict[str, ScreeningResult] = {}
    for start in range(0, len(names), CHUNK):
        chunk = names[start : start + CHUNK]
        judged = screener.screen_many([parsed[name] for name in chunk], now=now)
        results.update(zip(chunk, judged, strict=True))
        told(total + len(results), 2 * total)
    told(2 * total, 2 * total)
    return results


def _requirement(requirement: Any) -> dict[str, Any]:
    dumped: dict[str, Any] = requirement.model_dump(mode="json")
    return dumped


def _candidate(name: str, result: ScreeningResult) -> dict[str, Any]:
    return {
        "file": name,
        "score": result.score,
        "decision": result.decision,
        "reason": result.reason,
        "requirements": [
            {
                "id": verdict.requirement_id,
                "status": verdict.status,
                "score": verdict.score,
                "reason": verdict.reason,
                "evidence": [
                    evidence.model_dump(mode="json", include={"quote", "page", "line", "similarity"})
                    for evidence in verdict.evidence
                ],
            }
            for verdict in result.requirements
        ],
        "flags": [flag.model_dump(mode="json") for flag in result.flags],
        "error": None,
    }


def _unreadable(name: str, error: UnreadableDocument) -> dict[str, Any]:
    return {
        "file": name,
        "score": None,
        "decision": None,
        "requirements": [],
        "flags": [],
        "error": error.detail,
        "error_reason": error.reason,
    }


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
