"""What `models.files.Files` owes: content by its hash, sealed, whole or not at all."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from compliance.seal import OpenSeal
from models.errors import FoyerError, NotFound
from models.files import Files
from tests.fakes_store import MarkedSeal


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path / "files", OpenSeal())


def stored(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


def test_a_file_comes_back_by_the_hash_of_its_content(files: Files, tmp_path: Path) -> None:
    name = files.put(b"resume", subject="ann")
    assert name == hashlib.sha256(b"resume").hexdigest()
    assert files.get(name) == b"resume"
    assert stored(tmp_path) == [tmp_path / "files" / name[:2] / name]
    assert files.get(files.put(b"", subject="ann")) == b""


def test_only_the_service_may_read_it(files: Files, tmp_path: Path) -> None:
    files.put(b"resume", subject="ann")
    (path,) = stored(tmp_path)
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


def test_the_same_content_is_kept_once(files: Files, tmp_path: Path) -> None:
    assert files.put(b"resume", subject="ann") == files.put(b"resume", subject="ben")
    assert len(stored(tmp_path)) == 1


def test_what_lies_on_disk_went_through_the_seal(tmp_path: Path) -> None:
    files = Files(tmp_path, MarkedSeal())
    name = files.put(b"resume", subject="ann")
    assert name == hashlib.sha256(b"resume").hexdigest()
    (path,) = stored(tmp_path)
    assert path.read_bytes().startswith(b"ann|")
    assert b"resume" not in path.read_bytes()
    assert files.get(name) == b"resume"


def test_a_dropped_file_is_gone_and_dropping_again_is_no_error(files: Files, tmp_path: Path) -> None:
    name = files.put(b"resume", subject="ann")
    files.drop(name)
    files.drop(name)
    assert stored(tmp_path) == []
    with pytest.raises(NotFound, match=name):
        files.get(name)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "ab" * 31, "AB" * 32, "zz" * 32, "ab" * 32 + "/x"])
def test_a_name_that_is_no_hash_is_not_found(files: Files, name: str) -> None:
    with pytest.raises(NotFound):
        files.get(name)
    with pytest.raises(NotFound):
        files.drop(name)


def test_damage_is_noticed(files: Files, tmp_path: Path) -> None:
    name = files.put(b"resume", subject="ann")
    (path,) = stored(tmp_path)
    path.write_bytes(b"resumE")
    with pytest.raises(FoyerError, match=name):
        files.get(name)


def test_a_write_that_fails_leaves_nothing_behind(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    (tmp_path / "files" / hashlib.sha256(b"resume").hexdigest()[:2]).mkdir(parents=True)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            files.put(b"resume", subject="ann")
    assert stored(tmp_path) == []
    assert files.get(files.put(b"resume", subject="ann")) == b"resume"
