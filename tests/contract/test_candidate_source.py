"""CandidateSource: a folder, an archive and the fake offer the same people; then what hostile archives try."""

from __future__ import annotations

import io
import os
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from integrations.folder import FolderSource, Limits, iter_zip
from models.engines import CandidateSource
from models.errors import BadRequest, NotFound, TooLarge
from models.exchange import CandidateIntake
from tests.fakes_integrations import FakeCandidateSource

FILES = {"a.txt": b"Ada", "north/z.txt": b"Zoe", "north/éé 王.txt": b"Wang", "same.pdf": b"%PDF-1.4"}
CLUTTER = {".DS_Store": b"x", "__MACOSX/._a.txt": b"x", "north/.hidden": b"x", ".git/config": b"x", "Thumbs.db": b"x"}


def pack(files: dict[str, bytes], path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.mkdir("north")
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def unpack(files: dict[str, bytes], root: Path) -> Path:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return root


@pytest.fixture(params=["folder", "zip", "fake"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> CandidateSource:
    if request.param == "folder":
        return FolderSource(unpack({**FILES, **CLUTTER}, tmp_path / "in"))
    if request.param == "zip":
        return FolderSource(pack({**FILES, **CLUTTER}, tmp_path / "in.zip"))
    people = [CandidateIntake(filename=name, content=FILES[name], source="folder") for name in sorted(FILES)]
    return FakeCandidateSource(people)


def test_contract(source: CandidateSource) -> None:
    people = list(source.candidates(None))
    assert source.name
    assert {person.filename: person.content for person in people} == FILES
    assert [person.filename for person in people] == sorted(FILES)
    assert {person.source for person in people} == {"folder"}
    assert list(source.candidates(None)) == people


def test_a_missing_path_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        FolderSource(tmp_path / "nowhere")


def test_a_single_file_is_a_source(tmp_path: Path) -> None:
    (tmp_path / "cv.txt").write_bytes(b"Ada")
    assert [(p.filename, p.content) for p in FolderSource(tmp_path / "cv.txt").candidates(None)] == [("cv.txt", b"Ada")]


def test_an_over_long_file_arrives_one_byte_too_long(tmp_path: Path) -> None:
    """So that the reader, which knows what to say, refuses it; here in both kinds of source."""
    limits = Limits(file_bytes=10)
    folder = FolderSource(unpack({"long.txt": b"x" * 100}, tmp_path / "in"), limits)
    archive = FolderSource(pack({"long.txt": b"x" * 100}, tmp_path / "in.zip"), limits)
    assert [len(p.content) for s in (folder, archive) for p in s.candidates(None)] == [11, 11]


def test_links_out_of_the_folder_and_pipes_are_listed_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    root = unpack({"a.txt": b"Ada"}, tmp_path / "in")
    (root / "b-link.txt").symlink_to(tmp_path / "secret.txt")
    (root / "c-circle.txt").symlink_to(root / "c-circle.txt")
    (root / "d-inside.txt").symlink_to(root / "a.txt")
    os.mkfifo(root / "e-pipe.txt")
    entries = list(FolderSource(root).entries())
    assert [(e.name, e.content, e.problem is not None) for e in entries] == [
        ("a.txt", b"Ada", False),
        ("b-link.txt", b"", True),
        ("c-circle.txt", b"", True),
        ("d-inside.txt", b"Ada", False),
        ("e-pipe.txt", b"", True),
    ]
    assert all(entry.name in entry.problem.detail for entry in entries if entry.problem)


def test_what_is_no_zip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK\x03\x04 not really")
    with pytest.raises(BadRequest, match=r"x\.zip"):
        list(FolderSource(tmp_path / "x.zip").entries())
    with pytest.raises(BadRequest, match="The archive"):
        list(iter_zip(io.BytesIO(b""), Limits()))


@pytest.mark.parametrize(
    "name", ["../up.txt", "/etc/passwd", "a/../../b.txt", "C:\\x\\cv.txt", "..\\up.txt", "a\tb.txt"]
)
@pytest.mark.proves(49)
def test_paths_that_leave_the_archive_are_listed_not_read(tmp_path: Path, name: str) -> None:
    [entry] = iter_zip(pack({name: b"evil"}, tmp_path / "x.zip"), Limits())
    assert entry.content == b""
    assert entry.problem is not None
    assert ".." not in entry.name
    assert "/" not in entry.name


def test_an_archive_packed_from_the_inside_is_read(tmp_path: Path) -> None:
    assert [entry.name for entry in iter_zip(pack({"./a.txt": b"Ada"}, tmp_path / "x.zip"), Limits())] == ["a.txt"]


@pytest.mark.proves(49)
def test_links_in_an_archive_are_not_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        link = zipfile.ZipInfo("cv.txt")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    [entry] = iter_zip(tmp_path / "x.zip", Limits())
    assert (entry.content, entry.problem is not None) == (b"", True)


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    with pytest.raises(TooLarge, match="times its size"):
        next(iter_zip(pack({"bomb.txt": bytes(30_000_000)}, tmp_path / "x.zip"), Limits()))
    with pytest.raises(TooLarge, match="more than 3"):
        next(iter_zip(pack(FILES, tmp_path / "many.zip"), Limits(files=3)))
    with pytest.raises(TooLarge, match="more than 10"):
        next(iter_zip(pack(FILES, tmp_path / "big.zip"), Limits(total_bytes=10)))


def test_a_table_of_contents_that_lies_is_caught_while_reading(tmp_path: Path) -> None:
    path = pack({"one.txt": os.urandom(4000), "two.txt": os.urandom(4000)}, tmp_path / "x.zip")
    data = path.read_bytes().replace(struct.pack("<L", 4000), struct.pack("<L", 4))
    problems = [entry.problem for entry in iter_zip(io.BytesIO(data), Limits())]
    assert all(problem is not None and problem.reason == "corrupt" for problem in problems)


def test_broken_and_encrypted_entries_leave_the_others_alone(tmp_path: Path) -> None:
    data = bytearray(pack({"a.txt": b"A" * 50, "b.txt": b"B" * 50}, tmp_path / "x.zip").read_bytes())
    directory = data.rindex(b"PK\x01\x02")
    data[directory + 8] |= 1
    entries = list(iter_zip(io.BytesIO(bytes(data)), Limits()))
    assert entries[0].content == b"A" * 50
    assert entries[1].problem is not None
    assert entries[1].problem.reason == "encrypted"


def test_one_name_twice_is_two_people(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("cv.txt", b"one")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("cv.txt", b"two")
    entries = [(entry.name, entry.content) for entry in iter_zip(tmp_path / "x.zip", Limits())]
    assert entries == [("cv (2).txt", b"two"), ("cv.txt", b"one")]


def test_names_packed_without_saying_they_are_utf8(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("xxxx.txt", b"Jose")
    data = (tmp_path / "x.zip").read_bytes().replace(b"xxxx.txt", "Jös.txt".encode())
    assert [entry.name for entry in iter_zip(io.BytesIO(data), Limits())] == ["Jös.txt"]
