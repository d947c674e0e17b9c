"""The XML parts of an office document's archive, unpacked under limits. Called by `docx` and `odt`.

A part with a document type is refused, so neither zip bombs nor entity bombs nor external entities reach the parser.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from screening.raw import corrupt, encrypted, too_big

_MOST_ENTRIES = 5_000
_MOST_PART = 60_000_000  # bytes of one part, unpacked
_MOST_TOTAL = 150_000_000
_MOST_RATIO = 200  # unpacked over packed; the XML of honest documents reaches some 30
_MOST_DEPTH = 200


@contextmanager
def opened(content: bytes, name: str) -> Iterator[Parts]:
    """Raises UnreadableDocument for whatever goes wrong inside: corrupt, encrypted or too_big."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield Parts(archive, name)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, ValueError) as broken:
        raise corrupt(name, "its parts cannot be unpacked") from broken
    except RuntimeError as locked:  # zipfile's way of asking for a password
        raise encrypted(name) from locked
    except ElementTree.ParseError as broken:
        raise corrupt(name, "its XML is broken") from broken


class Parts:
    """The archive's XML parts, each unpacked under limits."""

    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        self._archive, self._name = archive, name
        self._left = _MOST_TOTAL
        entries = archive.infolist()
        if len(entries) > _MOST_ENTRIES:
            raise too_big(name, f"the file holds {len(entries):,} parts")
        self._sizes = {entry.filename: (entry.file_size, entry.compress_size) for entry in entries}

    @property
    def names(self) -> list[str]:
        return list(self._sizes)

    def __contains__(self, path: str) -> bool:
        return path in self._sizes

    def root(self, path: str) -> Element | None:
        """A part's root element; None where there is no such part."""
        if path not in self._sizes:
            return None
        declared, packed = self._sizes[path]
        if declared > _MOST_PART or (declared > 1_000_000 and declared > _MOST_RATIO * max(packed, 1)):
            raise too_big(self._name, "one of its parts unpacks to far more than a document needs")
        with self._archive.open(path) as part:
            data = part.read(_MOST_PART + 1)  # the declared size may lie
        self._left -= len(data)
        if len(data) > _MOST_PART or self._left < 0:
            raise too_big(self._name, "one of its parts unpacks to far more than a document needs")
        if re.search(rb"<!(?:DOCTYPE|ENTITY)", data.replace(b"\x00", b""), re.IGNORECASE):
            raise corrupt(self._name, "a part declares entities, which no word processor writes")
        root = ElementTree.fromstring(data)  # noqa: S314 - size-limited, and no DOCTYPE gets here
        if _depth(root) > _MOST_DEPTH:
            raise corrupt(self._name, "its XML is nested too deeply")
        return root

    def outside(self, path: str) -> list[tuple[str, str, str]]:
        """Those of a part's relations that lead out of the file, and those of its settings (a template is there)."""
        folder = posixpath.dirname(path)
        found = []
        for rels in (path, posixpath.join(folder, "settings.xml")):
            root = self.root(_relations_of(rels))
            external = (one for one in (root if root is not None else ()) if one.get("TargetMode") == "External")
            found += [(one.get("Type", ""), one.get("Id", ""), one.get("Target", "")) for one in external]
        return found

    def related(self, path: str) -> list[tuple[str, str, str]]:
        """(type, id, target) of a part's relations; targets as paths in the archive, or addresses when external."""
        folder = posixpath.dirname(path)
        root = self.root(_relations_of(path))
        found = []
        for relation in root if root is not None else ():
            target = relation.get("Target", "")
            if relation.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/" + folder, target)).lstrip("/")
            found.append((relation.get("Type", ""), relation.get("Id", ""), target))
        return found


def _relations_of(path: str) -> str:
    folder, file = posixpath.split(path)
    return posixpath.join(folder, "_rels", file + ".rels")


def _depth(root: Element) -> int:
    depth, level = 0, [root]
    while level and depth <= _MOST_DEPTH:
        depth, level = depth + 1, [child for node in level for child in node]
    return depth
