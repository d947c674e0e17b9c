"""Real files, good and bad, through the reader in child processes and the parser: what every batch upload goes through.

The samples of the project, and, where `FOYER_BENCH_DATA` names it, the collection of hostile and odd files there."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from models.errors import UnreadableDocument
from models.settings import ROOT, Screening
from models.values import DocumentText
from samples.writers.people import Person, read_people
from screening.extract import Reader
from screening.parse import parse

NOW = date(2026, 11, 23)
SAMPLES = ROOT / "samples"
REASONS = {"empty", "encrypted", "corrupt", "no_text", "scan", "too_big", "timeout", "unsupported"}


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    reader = Reader(Screening(processes=2))
    yield reader
    reader.close()


@pytest.fixture(scope="module")
def batch(reader: Reader) -> dict[str, DocumentText | UnreadableDocument]:
    """Every sample at once, from more threads than there are children, bad and good mixed."""
    files = sorted((SAMPLES / "resumes").iterdir()) if (SAMPLES / "resumes").is_dir() else []
    if not files:
        pytest.skip("no samples: run `make samples` first")
    with ThreadPoolExecutor(4) as pool:
        return dict(zip((f.name for f in files), pool.map(lambda f: _read(reader, f), files), strict=True))


def _read(reader: Reader, path: Path) -> DocumentText | UnreadableDocument:
    try:
        return reader.read(path.read_bytes(), path.name)
    except UnreadableDocument as refused:
        return refused


def test_each_bad_sample_has_its_reason_and_the_rest_is_read(
    batch: dict[str, DocumentText | UnreadableDocument],
) -> None:
    expected = tomllib.loads((SAMPLES / "expected.toml").read_text(encoding="utf-8"))
    outcome = {name: found.reason for name, found in batch.items() if isinstance(found, UnreadableDocument)}
    assert outcome == {name: row["reason"] for name, row in expected.items() if "reason" in row}
    for name, found in batch.items():
        if isinstance(found, UnreadableDocument):
            assert found.detail.startswith(name)


def test_every_readable_sample_is_read_as_its_person_wrote_it(
    batch: dict[str, DocumentText | UnreadableDocument],
) -> None:
    people = [person for person in read_people(SAMPLES / "people") if person.filename in batch]
    assert people
    for person in people:
        document = batch[person.filename]
        assert isinstance(document, DocumentText), person.filename
        resume = parse(document, now=NOW)
        basics = resume.resume.basics
        assert basics.name, person.filename
        assert basics.name in person.name, person.filename
        assert basics.email in person.contact, person.filename
        spans = {span.text for span in resume.spans}
        assert [bullet for bullet in _bullets(person) if bullet not in spans] == [], person.filename
        assert any(flag.code == "hidden_text" for flag in document.flags) == bool(person.hidden), person.filename
        if person.hidden:
            assert not any(word in document.text for word in person.hidden.split(", ")[:2])


def _bullets(person: Person) -> list[str]:
    """Bullets that fit into one span; longer ones are cut, on purpose."""
    found = [*(b for s in person.sections for b in s.bullets)]
    found += [b for s in person.sections for entry in s.entries for b in entry.bullets]
    return [bullet for bullet in found if len(bullet) <= 300]


def test_hostile_files_neither_crash_nor_hang_the_reader(reader: Reader) -> None:
    folder = Path(os.environ.get("FOYER_BENCH_DATA") or ROOT.parent / "shared" / "data") / "bad_files"
    files = sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []
    if not files:
        pytest.skip(f"no hostile files to read: {folder} is missing (set FOYER_BENCH_DATA)")
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda path: _read(reader, path), files))
    assert len(outcomes) == len(files)
    for path, found in zip(files, outcomes, strict=True):
        if isinstance(found, UnreadableDocument):
            assert found.reason in REASONS - {"timeout"}, path.name
            assert path.name in found.detail
            assert "made the reader crash" not in found.detail, found.detail
        else:
            for span in parse(found, now=NOW).spans:
                assert span.text == " ".join(found.text[span.start : span.end].split())
