"""What `models.files.Files` owes, wherever it keeps them: content by its hash, sealed, whole or not at all."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import fsspec
import pytest

from compliance.seal import OpenSeal
from models.errors import BadRequest, EngineError, FoyerError, NotFound
from models.files import PART, Files
from tests.fakes_ftp import Ftp
from tests.fakes_store import MarkedSeal


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path / "files", OpenSeal())


def stored(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


def test_a_file_comes_back_by_the_hash_of_its_content(files: Files, tmp_path: Path) -> None:
    name = files.put(b"resume", subject="ann")
    assert name == hashlib.sha256(b"resume").hexdigest()
    assert files.get(name, subject="ann") == b"resume"
    (path,) = stored(tmp_path)
    assert path.parent == tmp_path / "files" / name[:2]
    assert path.name.startswith(name)
    assert files.get(files.put(b"", subject="ann"), subject="ann") == b""


def test_only_the_service_may_read_it(files: Files, tmp_path: Path) -> None:
    files.put(b"resume", subject="ann")
    (path,) = stored(tmp_path)
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


def test_the_same_content_is_kept_once_for_each_person(files: Files, tmp_path: Path) -> None:
    """One's copy goes, or cannot be read any more, and the other's stays."""
    name = files.put(b"resume", subject="ann")
    assert files.put(b"resume", subject="ann") == files.put(b"resume", subject="ben") == name
    assert len(stored(tmp_path)) == 2
    files.drop(name, subject="ann")
    assert files.get(name, subject="ben") == b"resume"
    with pytest.raises(NotFound):
        files.get(name, subject="ann")


def test_what_was_kept_before_there_were_copies_is_read_and_renewed(tmp_path: Path) -> None:
    files = Files(tmp_path, MarkedSeal())
    name = hashlib.sha256(b"resume").hexdigest()
    old = tmp_path / name[:2] / name
    old.parent.mkdir()
    old.write_bytes(MarkedSeal().seal(b"resume", subject="everybody"))
    assert files.get(name, subject="ann") == b"resume"
    assert files.is_old(name, subject="ann", newest=lambda head: head.startswith(b"ann|"))
    files.renew(name, subject="ann")
    assert not files.is_old(name, subject="ann", newest=lambda head: head.startswith(b"ann|"))
    files.drop_old(name)
    assert not old.exists()
    assert files.get(name, subject="ann") == b"resume"
    path, content = large(tmp_path, 3 * PART)
    big = files.put_file(path, subject="ann")
    files.renew(big, subject="ann")
    assert files.get(big, subject="ann") == content


def test_what_lies_on_disk_went_through_the_seal(tmp_path: Path) -> None:
    files = Files(tmp_path, MarkedSeal())
    name = files.put(b"resume", subject="ann")
    assert name == hashlib.sha256(b"resume").hexdigest()
    (path,) = stored(tmp_path)
    assert path.read_bytes().startswith(b"ann|")
    assert b"resume" not in path.read_bytes()
    assert files.get(name, subject="ann") == b"resume"


def test_a_dropped_file_is_gone_and_dropping_again_is_no_error(files: Files, tmp_path: Path) -> None:
    name = files.put(b"resume", subject="ann")
    files.drop(name, subject="ann")
    files.drop(name, subject="ann")
    assert stored(tmp_path) == []
    with pytest.raises(NotFound, match=name):
        files.get(name, subject="ann")


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "ab" * 31, "AB" * 32, "zz" * 32, "ab" * 32 + "/x"])
def test_a_name_that_is_no_hash_is_not_found(files: Files, name: str) -> None:
    with pytest.raises(NotFound):
        files.get(name, subject="ann")
    with pytest.raises(NotFound):
        files.drop(name, subject="ann")


def test_damage_is_noticed(files: Files, tmp_path: Path) -> None:
    name = files.put(b"resume", subject="ann")
    (path,) = stored(tmp_path)
    path.write_bytes(b"resumE")
    with pytest.raises(FoyerError, match=name):
        files.get(name, subject="ann")


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
    assert files.get(files.put(b"resume", subject="ann"), subject="ann") == b"resume"


# ---------------------------------------------------------------- wherever they lie

Overwrite = Callable[[str, bytes], None]


@pytest.fixture(params=["folder", "file", "memory", "ftp"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Overwrite]]:
    """A root, and how to damage what lies there."""
    if request.param == "memory":
        files = fsspec.filesystem("memory")
        yield "memory://kept", lambda name, content: files.pipe_file(f"/kept/{name}", content)
        files.rm("/kept", recursive=True)
    elif request.param == "ftp":
        server = Ftp(tmp_path / "elsewhere")
        server.start()
        yield server.url, lambda name, content: (server.folder / "kept" / name).write_bytes(content) and None
        server.stop()
    else:
        root = str(tmp_path / "kept") if request.param == "folder" else f"file://{tmp_path}/kept"
        yield root, lambda name, content: (tmp_path / "kept" / name).write_bytes(content) and None


def large(tmp_path: Path, size: int) -> tuple[Path, bytes]:
    path, content = tmp_path / "large", (bytes(range(251)) * (size // 251 + 1))[:size]
    path.write_bytes(content)
    return path, content


def test_files_of_any_size_come_back_and_go(tmp_path: Path, storage: tuple[str, Overwrite]) -> None:
    files = Files(storage[0], MarkedSeal())
    files.probe()
    path, content = large(tmp_path, 2 * PART + 17)
    small, big = files.put(b"resume", subject="ann"), files.put_file(path, subject="ann")
    assert (small, big) == (files.put(b"resume", subject="ann"), files.put_file(path, subject="ann"))
    assert (files.get(small, subject="ann"), files.get(big, subject="ann")) == (b"resume", content)
    stored = files.open(big, subject="ann")
    assert stored.size == len(content)
    assert b"".join(stored.read(PART - 3, 2 * PART + 5)) == content[PART - 3 : 2 * PART + 5]
    assert b"".join(files.open(small, subject="ann").read(2, 4)) == b"su"
    files.check(big, subject="ann")
    for name in (small, big):
        files.drop(name, subject="ann")
        files.drop(name, subject="ann")
        with pytest.raises(NotFound, match=name):
            files.open(name, subject="ann")
        with pytest.raises(NotFound, match=name):
            files.get(name, subject="ann")


@pytest.mark.parametrize("size", [0, 1, PART, PART + 1])
def test_parts_end_where_the_file_does(files: Files, tmp_path: Path, size: int) -> None:
    path, content = large(tmp_path, size)
    name = files.put_file(path, subject="ann")
    assert files.open(name, subject="ann").size == size
    assert b"".join(files.open(name, subject="ann").read(0, size)) == files.get(name, subject="ann") == content


def test_parts_whose_index_is_long_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.files.PART", 7)
    path, content = large(tmp_path, 30_000)
    files = Files(tmp_path / "files", MarkedSeal())
    assert (
        b"".join(files.open(files.put_file(path, subject="ann"), subject="ann").read(29_000, 29_020))
        == content[29_000:29_020]
    )


def test_damage_in_a_part_is_noticed_wherever_it_lies(tmp_path: Path, storage: tuple[str, Overwrite]) -> None:
    files = Files(storage[0], OpenSeal())
    path, content = large(tmp_path, PART + 9)
    name = files.put_file(path, subject="ann")
    mark = hashlib.sha256(b"ann").hexdigest()[:16]
    storage[1](f"{name[:2]}/{name}.{mark}.parts", content[:-1])
    with pytest.raises(FoyerError, match="damaged"):
        files.open(name, subject="ann")
    storage[1](f"{name[:2]}/{name}.{mark}", b"other")
    with pytest.raises(FoyerError, match="damaged"):
        files.get(name, subject="ann")


def test_half_a_file_left_elsewhere_by_a_crash_is_written_again(tmp_path: Path) -> None:
    files, other = fsspec.filesystem("memory"), Files("memory://half", OpenSeal())
    name = hashlib.sha256(b"resume").hexdigest()
    mark = hashlib.sha256(b"ann").hexdigest()[:16]
    files.pipe_file(f"/half/{name[:2]}/{name}.{mark}", b"res")
    assert other.get(other.put(b"resume", subject="ann"), subject="ann") == b"resume"
    files.rm("/half", recursive=True)


def test_storage_that_is_away_says_so_without_its_password_and_goes_on_when_it_is_back(tmp_path: Path) -> None:
    server = Ftp(tmp_path / "elsewhere")
    files = Files(server.url, OpenSeal())  # nothing is opened yet
    server.start()
    kept = files.put(b"resume", subject="ann")
    server.stop()
    for ask in (lambda: files.put(b"new", subject="ann"), lambda: files.get(kept, subject="ann"), files.probe):
        with pytest.raises(EngineError, match="Nothing that was stored is lost") as away:
            ask()
        assert away.value.retry
        assert "127.0.0.1" in away.value.detail
        assert "secret" not in away.value.detail
    server.start()
    assert files.get(kept, subject="ann") == b"resume"
    server.stop()


@pytest.mark.parametrize(("url", "said"), [("gopher://x/y", "gopher"), ("s3nonsense://x", "s3nonsense")])
def test_a_url_that_nobody_knows_is_refused_at_once(url: str, said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        Files(url, OpenSeal())
