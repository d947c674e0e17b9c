"""Where files lie: a folder of this machine, or anything `fsspec` has a driver for, by its URL. Names are paths below
it. `models.files` keeps ours in it, `integrations.files` exchanges files with other systems; it knows nothing of seals
and people.

What `write` has returned from is there, whole. A folder shows no half a file, not even after a crash. Storage elsewhere
may, after one; its writer finds the wrong length and writes again."""

from __future__ import annotations

import os
import re
import tempfile
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Protocol, TypeVar

from models.errors import BadRequest, EngineError, FoyerError

T = TypeVar("T")
_URL = re.compile(r"([a-z][a-z0-9+.-]*):(?::|//)", re.I)
_SECRETS = re.compile(r"(?<=//)[^/@]*@|\?.*$")


class Storage(Protocol):
    """Reading what is not there raises FileNotFoundError, dropping it is no error. Where the storage cannot be used,
    each method raises OSError (a folder) or EngineError (elsewhere, worth another try)."""

    @property
    def where(self) -> str:
        """For people; without passwords."""

    def has(self, name: str, size: int) -> bool:
        """Is it there, whole? `size`: as it would be written now."""

    def size(self, name: str) -> int: ...
    def names(self, folder: str) -> list[str]:
        """Of the files right below it, sorted, without hidden ones; none where it is not there."""

    def read(self, name: str, start: int = 0, stop: int | None = None) -> bytes:
        """Bytes `start` to `stop` (excluded), fewer at the end."""

    def write(self, name: str, parts: Iterable[bytes]) -> None: ...
    def drop(self, name: str) -> None: ...


def storage_at(root: Path | str, *, shared: bool = False) -> Storage:
    """Raises BadRequest for a URL that no installed driver knows. Nothing is opened before it is used. `shared`: others
    of this service's group read and write in a folder too."""
    found = _URL.match(str(root))
    if found is None:
        return Folder(Path(root), shared=shared)
    if found[1].lower() in ("file", "local"):
        return Folder(Path(re.sub(r"^[^:]+:(//)?", "", str(root))), shared=shared)
    return Remote(str(root), found[1].lower())


class Folder:
    """On this machine: atomic and durable, readable for its owner only, or, `shared`, for its group."""

    def __init__(self, root: Path, *, shared: bool = False) -> None:
        self._root, self._shared = root, shared

    @property
    def where(self) -> str:
        return str(self._root)

    def has(self, name: str, size: int) -> bool:  # noqa: ARG002 - whatever is there is whole
        return (self._root / name).exists()

    def size(self, name: str) -> int:
        return (self._root / name).stat().st_size

    def names(self, folder: str) -> list[str]:
        try:
            found = list((self._root / folder).iterdir())
        except FileNotFoundError:
            return []
        return sorted(each.name for each in found if each.is_file() and not each.name.startswith("."))

    def read(self, name: str, start: int = 0, stop: int | None = None) -> bytes:
        with (self._root / name).open("rb") as file:
            file.seek(start)
            return file.read() if stop is None else file.read(stop - start)

    def write(self, name: str, parts: Iterable[bytes]) -> None:
        """Written beside, flushed to disk, renamed, and the name flushed too."""
        path = self._root / name
        if not path.parent.exists():
            path.parent.mkdir(mode=0o770 if self._shared else 0o700, parents=True, exist_ok=True)
            _sync_folder(path.parent.parent)
        handle, beside = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")  # mode 600
        try:
            with os.fdopen(handle, "wb") as file:
                for part in parts:
                    file.write(part)
                file.flush()
                if self._shared:
                    os.fchmod(file.fileno(), 0o660)
                os.fsync(file.fileno())
            Path(beside).replace(path)
        except BaseException:
            Path(beside).unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)

    def drop(self, name: str) -> None:
        path = self._root / name
        path.unlink(missing_ok=True)
        if path.parent.exists():
            _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Remote:
    """Elsewhere, through `fsspec`. Each thread has a connection of its own: not every driver shares one. After any
    trouble it is made anew."""

    def __init__(self, url: str, protocol: str) -> None:
        self._url = url
        self._mine = threading.local()
        _driver(protocol)

    @property
    def where(self) -> str:
        return _SECRETS.sub("", self._url)

    def has(self, name: str, size: int) -> bool:
        try:
            return self.size(name) == size
        except FileNotFoundError:
            return False

    def size(self, name: str) -> int:
        return self._try(lambda files, root: int(files.info(f"{root}/{name}")["size"]))

    def names(self, folder: str) -> list[str]:
        try:
            found = self._try(lambda files, root: list(files.ls(f"{root}/{folder}".rstrip("/"), detail=True)))
        except FileNotFoundError:
            return []
        names = [str(each["name"]).rpartition("/")[2] for each in found if each["type"] == "file"]
        return sorted(each for each in names if each and not each.startswith("."))

    def read(self, name: str, start: int = 0, stop: int | None = None) -> bytes:
        return self._try(lambda files, root: bytes(files.cat_file(f"{root}/{name}", start=start, end=stop)))

    def write(self, name: str, parts: Iterable[bytes]) -> None:
        """Through a file of this machine, so that a driver can send it as it does best, and again."""
        with tempfile.NamedTemporaryFile(prefix="foyer-") as spool:
            for part in parts:
                spool.write(part)
            spool.flush()
            size = spool.tell()
            try:
                self._try(lambda files, root: _send(files, spool.name, f"{root}/{name}"))
            except FileNotFoundError as missing:  # such as a bucket that nobody has made
                raise self._trouble(f"{name} could not be put there", missing) from missing
        if not self.has(name, size):
            raise self._trouble("a file that was just written is not there as it was sent", None)

    def drop(self, name: str) -> None:
        def drop(files: Any, root: str) -> None:
            try:
                files.rm_file(f"{root}/{name}")
            except Exception:
                if files.exists(f"{root}/{name}"):
                    raise

        self._try(drop)

    def _try(self, work: Callable[[Any, str], T]) -> T:
        """A connection of earlier work may have been closed meanwhile, which some drivers call "not found": then once
        more. Those over HTTP (`async_impl`) connect for each request."""
        fresh = not hasattr(self._mine, "opened")
        try:
            try:
                return work(*self._opened())
            except Exception:
                if fresh or self._opened()[0].async_impl:
                    raise
                self._mine.__dict__.clear()
                return work(*self._opened())
        except (FileNotFoundError, FoyerError):
            raise
        except Exception as error:  # each driver has errors of its own
            self._mine.__dict__.clear()
            raise self._trouble(f"{type(error).__name__}: {error}", error) from error

    def _opened(self) -> tuple[Any, str]:
        if not hasattr(self._mine, "opened"):
            self._mine.opened = _open(self._url)
        return self._mine.opened  # type: ignore[no-any-return]

    def _trouble(self, detail: str, cause: BaseException | None) -> EngineError:
        error = EngineError(
            f"The file storage {self.where} cannot be used: {_SECRETS.sub('', detail)[:300]}. Nothing that was stored "
            "is lost, and what waits in the background is tried again; repeat what was refused just now when `foyer "
            "doctor` says that the storage is back.",
            retry=True,
        )
        error.__cause__ = cause
        return error


def _driver(protocol: str) -> None:
    import fsspec

    try:
        fsspec.get_filesystem_class(protocol)
    except ValueError as unknown:
        raise BadRequest(
            f"FOYER_FILES_URL begins with {protocol}:, which no file storage is known by. Give a folder, or a URL "
            "such as s3://bucket/folder."
        ) from unknown
    except ImportError as missing:
        raise BadRequest(f"FOYER_FILES_URL begins with {protocol}:, whose driver is missing: {missing}.") from missing


def _open(url: str) -> tuple[Any, str]:
    """A file system, and the root's path in it. What others write is seen at once: no listing is remembered."""
    import fsspec

    files, root = fsspec.core.url_to_fs(url, skip_instance_cache=True, use_listings_cache=False)
    return files, str(root).rstrip("/")


def _send(files: Any, source: str, target: str) -> None:
    """Most storage knows no folders; where there must be one, the first try fails."""
    try:
        files.put_file(source, target)
    except Exception:  # noqa: BLE001 - each driver has errors of its own; the second try's is raised
        files.makedirs(target.rsplit("/", 1)[0], exist_ok=True)
        files.put_file(source, target)
