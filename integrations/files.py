"""A Service over files, for systems that exchange nothing else: GET of "folder/" lists it, GET, PUT and DELETE of a
name do what they say, PATCH puts one line into a CSV file. `api.connections` picks it by the address' scheme;
`integrations.file_exchange` speaks to it.

Where it may reach: a folder's name lies below FOYER_HOME/exchange/ORGANISATION. Storage elsewhere is named by its URL
and opened with this service's own credentials. Other folders of this machine, and servers in private networks, only
where the operator has opened these (FOYER_WEBHOOK_PRIVATE).
"""

from __future__ import annotations

import csv
import errno
import io
import json
import re
import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import urlsplit

from integrations.http import LARGEST
from integrations.ssrf import judge, resolve
from models.errors import BadRequest, EngineError, PushRejected
from models.exchange import Request, Response
from models.storage import Folder, storage_at

SCHEME = "files:"
"""What the address of a connection over files begins with."""
ELSEWHERE: Mapping[str, int] = {"s3": 0, "gs": 0, "gcs": 0, "abfs": 0, "abfss": 0, "az": 0, "sftp": 22, "ftp": 21}
"""Kinds of storage, each with its port where the URL names a server."""
_URL = re.compile(r"([a-z][a-z0-9+.-]+):", re.IGNORECASE)
_NO_FILE = frozenset({errno.EISDIR, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL})
_NAME = re.compile(r"[^/\\\x00-\x1f]+(/[^/\\\x00-\x1f]+)*")


def place(address: str, home: Path, *, allow_private: bool) -> str:
    """Where an address leads: a folder or a URL. Raises PushRejected, whose detail says what to enter instead."""
    typed = address.removeprefix(SCHEME).strip()
    found = _URL.match(typed)
    if found is None and not typed.startswith(("/", "~")):
        if not _safe(typed):
            raise PushRejected(f"{typed!r} is no name of a folder. Give one such as 'avature', or a URL.", scope=True)
        return str(home / typed)
    kind = found[1].lower() if found is not None else "file"
    if kind in ("file", "local"):
        if not allow_private:
            raise PushRejected(
                "Folders of this machine are closed to connections but for those below FOYER_HOME/exchange: give a "
                "folder's name, or have the operator set FOYER_WEBHOOK_PRIVATE.",
                scope=True,
            )
        return typed
    if kind not in ELSEWHERE or "::" in typed:
        raise PushRejected(f"Storage of kind {kind}: is not used. It may be {', '.join(ELSEWHERE)}.", scope=True)
    if ELSEWHERE[kind]:
        _check_host(urlsplit(typed).hostname or "", ELSEWHERE[kind], allow_private=allow_private)
    return typed


def _check_host(host: str, port: int, *, allow_private: bool) -> None:
    try:
        addresses = resolve(host, port)
    except (OSError, socket.gaierror, UnicodeError) as unknown:
        raise PushRejected(f"{host!r} is no known server.", retry=True) from unknown
    for each in addresses:
        why = judge(each, allow_private=allow_private)
        if why is not None:
            raise PushRejected(f"{host} leads to {each} ({why}), which Foyer does not call.", scope=True)


def _safe(name: str) -> bool:
    return bool(_NAME.fullmatch(name)) and not any(part in (".", "..") for part in name.split("/"))


class FileService:
    """`alone`: while it lasts, no other thread or process changes a CSV file of this connection."""

    def __init__(self, name: str, root: str, *, alone: Callable[[], AbstractContextManager[None]]) -> None:
        self._name, self._alone = name, alone
        try:
            self._storage = storage_at(root, shared=True)
        except BadRequest as unknown:
            raise PushRejected(
                f"The storage of {name} cannot be opened: its driver is not installed beside Foyer ({unknown.detail})",
                scope=True,
            ) from unknown

    def send(self, request: Request) -> Response:
        name = request.path.rstrip("/")
        if name and not _safe(name):
            raise PushRejected(f"{name!r} is no name of a file here.", answered=400)
        try:
            return self._sent(request, name)
        except FileNotFoundError as missing:
            raise PushRejected(f"There is no file {name!r} in {self._storage.where}.", answered=404) from missing
        except PermissionError as denied:
            detail = f"{self._storage.where} may not be read and written by this service: give its account the rights."
            raise PushRejected(detail, scope=True) from denied
        except (OSError, EngineError) as broken:
            if isinstance(broken, OSError) and broken.errno in _NO_FILE:
                raise PushRejected(f"{name!r} is no file in {self._storage.where}.", answered=404) from broken
            said = broken.__cause__ if isinstance(broken, EngineError) else broken
            detail = f"The storage of {self._name}, {self._storage.where}, cannot be used ({type(said).__name__})"
            raise PushRejected(detail, retry=True, unsure=request.method != "GET") from broken

    def _sent(self, request: Request, name: str) -> Response:
        where = {"where": self._storage.where}
        if request.method == "GET" and (not name or request.path.endswith("/")):
            return Response(200, where, json.dumps(self._storage.names(name)).encode())
        self._inside(name)
        if request.method == "GET":
            if self._storage.size(name) > LARGEST:
                raise PushRejected(f"{name} has more than {LARGEST // 1_000_000} MB.", answered=413)
            return Response(200, where, self._storage.read(name))
        if request.method == "PUT":
            self._storage.write(name, [request.content or b""])
        elif request.method == "DELETE":
            self._storage.drop(name)
        elif request.method == "PATCH":
            with self._alone():
                self._line(name, request.json)
        return Response(204, where, b"")

    def _inside(self, name: str) -> None:
        """A link that somebody laid into the folder leads nowhere else."""
        if isinstance(self._storage, Folder):
            root = Path(self._storage.where).resolve()
            if not (root / name).resolve().is_relative_to(root):
                raise PushRejected(f"{name!r} is a link out of its folder.", answered=400)

    def _line(self, name: str, line: Mapping[str, Sequence[str]]) -> None:
        """`header` and `row`: the row replaces the one whose first cell is the same, or is the last."""
        header, row = list(line["header"]), list(line["row"])
        try:
            known = list(csv.reader(io.StringIO(self._storage.read(name).decode("utf-8-sig", "replace"), newline="")))
        except FileNotFoundError:
            known = []
        rows = [each for each in known[1:] if each]
        at = next((number for number, each in enumerate(rows) if each[0] == row[0]), len(rows))
        rows[at : at + 1] = [row]
        written = io.StringIO(newline="")
        csv.writer(written).writerows([header, *rows])
        self._storage.write(name, [written.getvalue().encode()])
