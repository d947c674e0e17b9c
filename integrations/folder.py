"""Resumes from a folder or a .zip file. Called by `foyer screen`, the demo, and the upload route (`iter_zip`).

Nothing is unpacked to disk and nothing trusts a name: entries are read one at a time into memory, at most one byte
beyond the limit of a single file, so that the reader that comes next refuses an over-long file by itself.
"""

from __future__ import annotations

import lzma
import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from models.errors import BadRequest, NotFound, TooLarge, UnreadableDocument
from models.exchange import CandidateIntake, Cursor, label_of
from models.settings import Screening

_RATIO = 200
"""Unpacked to packed, for a whole archive. Text packs 3 to 20 times, a bomb over 1000 times."""
_RATIO_FLOOR = 10_000_000
"""Below this unpacked size the ratio does not matter."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes and counts; `of` takes them from the settings."""

    file_bytes: int = 20_000_000
    files: int = 20_000
    total_bytes: int = 4_000_000_000

    @classmethod
    def of(cls, screening: Screening) -> Limits:
        return cls(screening.file_bytes, screening.batch_files, screening.batch_bytes)


@dataclass(frozen=True, slots=True)
class Entry:
    """One file. `name` is relative, with forward slashes. `problem` is set, and `content` empty, where the file is
    there but cannot be read: it is to be listed, not dropped."""

    name: str
    content: bytes = b""
    problem: UnreadableDocument | None = None


class FolderSource:
    """A CandidateSource over a folder (recursive, sorted), a .zip file or a single file.

    A folder keeps no history, so `since` changes nothing: it offers every file each time, and whoever takes them in
    knows a known file by its hash."""

    def __init__(self, path: Path, limits: Limits | None = None) -> None:
        if not path.exists():
            raise NotFound(f"There is no '{path}'. Give a folder, a .zip file or a resume.")
        self._path, self._limits = path, limits or Limits()
        self.name = f"folder {path.name}"

    def candidates(self, since: Cursor | None) -> Iterator[CandidateIntake]:  # noqa: ARG002 - see the class
        for entry in self.entries():
            yield CandidateIntake(filename=entry.name, content=entry.content, source="folder")

    def count(self) -> int:
        """How many entries there will be, for progress; reads no file."""
        if self._path.is_dir():
            return sum(1 for _ in _walk(self._path))
        if self._path.suffix.lower() != ".zip":
            return 1
        with _opened(self._path, self._path.name) as archive:
            return len(_wanted(archive))

    def entries(self) -> Iterator[Entry]:
        """As `candidates`, with the reason beside what could not be read."""
        if self._path.is_dir():
            return _iter_folder(self._path, self._limits)
        if self._path.suffix.lower() == ".zip":
            return iter_zip(self._path, self._limits)
        return iter([_read_file(self._path, self._path.name, self._limits)])


def _iter_folder(root: Path, limits: Limits) -> Iterator[Entry]:
    files = sorted(_walk(root), key=lambda path: path.relative_to(root).as_posix())
    if len(files) > limits.files:
        raise TooLarge(f"'{root}' holds {len(files)} files, more than {limits.files}. Split it.")
    inside = root.resolve()
    for path in files:
        name = path.relative_to(root).as_posix()
        if not path.is_symlink() or _within(path, inside):
            yield _read_file(path, name, limits)
        else:
            yield Entry(
                name, problem=_unreadable(name, "is a link that leads nowhere inside the folder", "unsupported")
            )


def _within(link: Path, root: Path) -> bool:
    try:
        return link.resolve(strict=True).is_relative_to(root)
    except (OSError, RuntimeError):  # dangling, or a circle
        return False


def _walk(root: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(root, followlinks=False):
        folders[:] = [name for name in folders if not _skipped(name)]
        yield from (Path(folder) / name for name in files if not _skipped(name))


def _skipped(name: str) -> bool:
    return (name.startswith(".") and name != "..") or name in ("__MACOSX", "Thumbs.db", "desktop.ini")


def _read_file(path: Path, name: str, limits: Limits) -> Entry:
    if not path.is_file():  # a pipe or device would block the reader for ever
        return Entry(name, problem=_unreadable(name, "is not a regular file", "unsupported"))
    try:
        with path.open("rb") as file:
            return Entry(name, file.read(limits.file_bytes + 1))
    except OSError as error:
        return Entry(name, problem=_unreadable(name, f"could not be read ({error.strerror})", "corrupt"))


def iter_zip(archive: Path | IO[bytes], limits: Limits) -> Iterator[Entry]:
    """The files of a .zip, sorted by name; folders, dot files and __MACOSX are left out.

    Raises BadRequest when it is no readable zip, TooLarge when it holds too much: before reading where its table of
    contents admits it, while reading where the table lies."""
    label = archive.name if isinstance(archive, Path) else "The archive"
    with _opened(archive, label) as opened:
        wanted = _wanted(opened)
        _check_contents(label, [info for _, info in wanted], limits, _size(opened))
        left = limits.total_bytes
        for name, info in sorted(_distinct(wanted), key=lambda pair: pair[0]):
            entry = _read_entry(opened, name, info, limits)
            left -= len(entry.content)
            if left < 0:
                raise TooLarge(f"'{label}' unpacks to more than {limits.total_bytes} bytes. Split it.")
            yield entry


def _opened(archive: Path | IO[bytes], label: str) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(archive)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError) as broken:
        raise BadRequest(f"'{label}' is not a readable .zip file ({broken}). Pack it again.") from broken


def _wanted(opened: zipfile.ZipFile) -> list[tuple[str, zipfile.ZipInfo]]:
    named = [(_name(info), info) for info in opened.infolist() if not info.is_dir()]
    return [(name, info) for name, info in named if not any(_skipped(part) for part in name.split("/"))]


def _size(opened: zipfile.ZipFile) -> int:
    """Bytes of the archive itself: entries that lie over each other claim more, packed, than there is."""
    file = opened.fp
    return file.seek(0, os.SEEK_END) if file is not None else 0


def _check_contents(label: str, infos: list[zipfile.ZipInfo], limits: Limits, size: int) -> None:
    if len(infos) > limits.files:
        raise TooLarge(f"'{label}' holds {len(infos)} files, more than {limits.files}. Split it.")
    unpacked = sum(info.file_size for info in infos)
    packed = min(size, sum(info.compress_size for info in infos))
    if unpacked > limits.total_bytes:
        raise TooLarge(f"'{label}' unpacks to {unpacked} bytes, more than {limits.total_bytes}. Split it.")
    if unpacked > _RATIO_FLOOR and unpacked > _RATIO * max(packed, 1):
        raise TooLarge(f"'{label}' unpacks to {unpacked // max(packed, 1)} times its size, as no resumes do.")


def _name(info: zipfile.ZipInfo) -> str:
    """Forward slashes; UTF-8 where the packer wrote it without saying so (macOS does), which zipfile reads as cp437."""
    name = info.filename
    if not info.flag_bits & 0x800:
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            name = info.filename
    parts = name.replace("\\", "/").split("/")
    return "/".join(part for part in parts if part != ".")


def _distinct(named: list[tuple[str, zipfile.ZipInfo]]) -> Iterator[tuple[str, zipfile.ZipInfo]]:
    """A zip may hold one name twice; both are people's files."""
    seen: dict[str, int] = {}
    for name, info in named:
        seen[name] = seen.get(name, 0) + 1
        stem, dot, extension = name.rpartition(".")
        again = f"{stem or extension} ({seen[name]}){dot}{extension if dot else ''}"
        yield (name if seen[name] == 1 else again), info


def _read_entry(opened: zipfile.ZipFile, name: str, info: zipfile.ZipInfo, limits: Limits) -> Entry:
    parts = name.split("/")
    if name.startswith("/") or ".." in parts or ":" in parts[0] or any(ord(char) < 32 for char in name):
        safe = label_of(parts[-1])
        return Entry(safe, problem=_unreadable(safe, "has a path that leaves the archive", "unsupported"))
    if stat.S_ISLNK(info.external_attr >> 16):
        return Entry(label_of(name), problem=_unreadable(name, "is a link, not a file", "unsupported"))
    name = label_of(name)
    if info.flag_bits & 0x1:
        return Entry(name, problem=_unreadable(name, "is encrypted; pack it without a password", "encrypted"))
    try:
        with opened.open(info) as file:
            return Entry(name, file.read(limits.file_bytes + 1))
    except (
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
        NotImplementedError,
        EOFError,
        OSError,
        RuntimeError,
    ) as error:
        return Entry(name, problem=_unreadable(name, f"could not be unpacked ({error})", "corrupt"))


def _unreadable(name: str, what: str, reason: str) -> UnreadableDocument:
    return UnreadableDocument(f"'{name}' {what}.", reason=reason)
