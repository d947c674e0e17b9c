"""A virus scanner of the operator's: its verdict comes before anything is read, and while it fails nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from api import scanning
from api.app import build
from api.deps import App
from models.settings import Settings
from tests.store_world import NOW, add_job

SCANNER = """#!/bin/sh
test -z "$(env | grep ^FOYER_)" || exit 7
test -f broken && exit 2
if test $# = 1; then exec grep -c -v EICAR "$1" >/dev/null; fi
if grep -q EICAR; then exit 1; else exit 0; fi
"""
CLEAN, INFECTED = b"Ada Example, cook since 2014", b"Ada Example EICAR-TEST-FILE"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    built = build(Settings(home=tmp_path))
    with built.database.system() as system:
        system.add_organisation("Example", NOW)
    yield built
    built.engines.close()
    built.database.close()


def wanted(app: App, where: Path, arguments: str = "") -> None:
    program = where / "scanner.sh"
    program.write_text(SCANNER)
    program.chmod(0o700)
    (app.settings.home / scanning.COMMAND).write_text(f"{program}{arguments}\n")


def taken(app: App, content: bytes) -> tuple[str, str]:
    """(organisation, application): a file has come in."""
    with app.database.asking() as system:
        own = system.organisations()[0].id
    with app.database.store() as store:
        job = add_job(store, own)
        whose = store.add_candidate(own, name=None, email=None, phone=None, now=app.now)
        row = store.add_application(
            own,
            job.id,
            filename="cv.txt",
            sha256=app.files.put(content, subject=whose.id),
            size=len(content),
            media_type="text/plain",
            batch_id=None,
            source="upload",
            external_id=None,
            candidate=whose,
            now=app.now,
        )
        return own, row.id


def stands(app: App, own: str, id: str) -> tuple[str, str | None]:
    with app.database.reading() as store:
        row = store.application(own, id)
        return row.stage, row.problem_reason


@pytest.mark.proves(49)
def test_clean_is_read_found_is_refused_and_without_a_verdict_it_waits(
    app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FOYER_MODEL__KEY", "secret")
    read = app.pipeline.stages.read_and_parse
    assert read(*taken(app, INFECTED)), "no scanner is wanted"
    wanted(app, tmp_path)
    assert read(*taken(app, CLEAN))
    infected = taken(app, INFECTED)
    assert not read(*infected)
    assert stands(app, *infected) == ("unreadable", "infected")
    (tmp_path / "broken").touch()
    held = taken(app, CLEAN)
    assert not read(*held)
    assert stands(app, *held) == ("unreadable", "held")
    with app.database.asking() as system:
        assert system.held(app.now + timedelta(minutes=2)) == [held], "the infected one is not tried again"
        assert system.held(app.now - timedelta(minutes=1)) == []
    (tmp_path / "broken").unlink()
    with app.database.store() as store:  # as the sweep does
        store.set_stage(*held, "received", now=app.now, expected={"unreadable"})
    assert read(*held)


@pytest.mark.proves(49)
@pytest.mark.parametrize("line", ["/no/such/scanner", "unclosed 'quote", "", "sleep 9"])
def test_a_scanner_that_cannot_run_holds_the_file(app: App, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "SECONDS", 0.3)
    (app.settings.home / scanning.COMMAND).write_text(line)
    with pytest.raises(scanning.UnreadableDocument) as held:
        scanning.scan(app.settings.home, CLEAN, "cv.txt", subject="a")
    assert held.value.reason == "held"
    assert "tried again every minute" in held.value.detail


def test_a_copy_is_private_and_gone_afterwards(app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr("os.environ", {"PATH": "/usr/bin:/bin"})
    wanted(app, tmp_path, " {file}")
    before = sorted(tmp_path.iterdir())
    scanning.scan(app.settings.home, CLEAN, "cv.txt", subject="a")
    with pytest.raises(scanning.UnreadableDocument, match="refuses this file"):
        scanning.scan(app.settings.home, INFECTED, "cv.txt", subject="a")
    assert sorted(tmp_path.iterdir()) == before
