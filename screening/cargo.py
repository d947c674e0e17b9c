"""What a file carries beside its text: macros, scripts, programs to start, other files. Called by `extract` and the
readers.

Nothing of it is ever run, opened or fetched here. Macros and two kinds of file in one are refused, since whoever opens
the file in another program would be at risk; scripts, launch actions and embedded files of a document that can be read
are flagged. After ISO 32000-1 (12.6 actions, 7.11 file specifications) and ECMA-376 (parts and relations).
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Collection, Iterable, Iterator

from models.errors import UnreadableDocument
from models.values import Flag

_END_OF_ZIP = b"PK\x05\x06"
_MARKUP = re.compile(rb"<(?:!doctype\s+html|html|script|body|iframe|svg)\b", re.IGNORECASE)
_MACROS = re.compile(
    r"(?:^|/)vba(?:project\.bin|data\.xml)$|^basic/.+/(?!script-l[bc]\.xml$)[^/]+\.xml$|^scripts/.+[^/]$", re.IGNORECASE
)
_OBJECTS = re.compile(r"^(?:word|xl|ppt)/(?:embeddings|activex)/.+|^object[^/]*/content\.xml$", re.IGNORECASE)
_FETCHED = ("/attachedTemplate", "/oleObject", "/frame", "/subDocument", "/aFChunk", "/control")
_OBJECT_STREAM = re.compile(rb"/ObjStm\b.{0,400}?stream\r?\n", re.DOTALL)
_STREAMS, _STREAM, _UNPACKED = 400, 1_000_000, 16_000_000
"""Object streams that are looked into, and bytes of one and of all."""


def _name(word: str) -> bytes:
    """A PDF name as it may be written: any letter of it in hexadecimal."""
    return b"/" + b"".join(b"(?:%c|#%02x|#%02X)" % (ord(c), ord(c), ord(c)) for c in word) + rb"(?![A-Za-z0-9#])"


_SCRIPT, _LAUNCH, _EMBEDDED = (
    re.compile(_name("JavaScript")),
    re.compile(b"|".join(map(_name, ("Launch", "ImportData", "SubmitForm")))),
    re.compile(b"|".join(map(_name, ("EmbeddedFile", "EmbeddedFiles", "RichMedia")))),
)


def refuse_two_kinds(content: bytes, name: str) -> None:
    """Raises UnreadableDocument for a PDF that is an archive or a web page as well: which of the two a program shows is
    up to the program, and what was screened need not be what is opened. A PDF with an attachment is none."""
    head = content[:1024]
    if _MARKUP.search(head):
        raise _both(name, "a PDF and a web page")
    if head.startswith(b"PK\x03\x04") or _ends_as_zip(content):
        raise _both(name, "a PDF and an archive")


def _ends_as_zip(content: bytes) -> bool:
    """Whether a ZIP's table of contents ends right where the file ends, but for white space."""
    tail = content[-66_000:]
    at = tail.rfind(_END_OF_ZIP)
    if at < 0 or len(tail) < at + 22:
        return False
    (comment,) = struct.unpack_from("<H", tail, at + 20)
    return not tail[at + 22 + comment :].strip()


def _both(name: str, what: str) -> UnreadableDocument:
    detail = f"{name}: this is {what} at once, as no program writes it. Ask for the resume as a plain PDF."
    return UnreadableDocument(detail, reason="unsupported")


def refuse_macros(names: Collection[str], types: bytes, name: str) -> None:
    """`names`: of an office file's parts; `types`: its [Content_Types].xml. Raises UnreadableDocument."""
    if any(_MACROS.search(part) for part in names) or b"macroenabled" in types.lower():
        detail = f"{name}: this file holds macros, which are programs. Save it as DOCX without macros or as PDF."
        raise UnreadableDocument(detail, reason="unsupported")


def office_flags(names: Iterable[str], relations: Iterable[tuple[str, str, str]]) -> list[Flag]:
    """`relations`: (type, id, target) that lead out of the file."""
    flags = []
    inside = [part for part in names if _OBJECTS.search(part)]
    if inside:
        flags.append(_embedded(inside[0]))
    fetched = [target for kind, _, target in relations if kind.endswith(_FETCHED)]
    if fetched:
        detail = (
            "The file would load a part of itself from elsewhere when it is opened. Foyer has not; open it with care."
        )
        flags.append(Flag(code="active_content", detail=detail, quote=fetched[0][:300]))
    return flags


def pdf_flags(content: bytes, attachments: int) -> list[Flag]:
    """`attachments`: as the reader of PDF counts them."""
    script = launch = False
    embedded = attachments > 0
    for text in _plain_parts(content):
        script = script or _SCRIPT.search(text) is not None
        launch = launch or _LAUNCH.search(text) is not None
        embedded = embedded or _EMBEDDED.search(text) is not None
    flags = []
    if script:
        flags.append(_active("a script"))
    if launch:
        flags.append(_active("an action that starts a program or sends a form"))
    if embedded:
        flags.append(_embedded(""))
    return flags


def _plain_parts(content: bytes) -> Iterator[bytes]:
    """The file as it lies there, and its packed object streams, so far as they unpack within limits."""
    yield content
    left = _UNPACKED
    for number, found in enumerate(_OBJECT_STREAM.finditer(content)):
        if number >= _STREAMS or left <= 0:
            return
        try:
            plain = zlib.decompressobj().decompress(content[found.end() : found.end() + _STREAM], min(_STREAM, left))
        except zlib.error:
            continue
        left -= len(plain)
        yield plain


def object_flag() -> Flag:
    """For the formats whose embedded objects have no names."""
    return _embedded("")


def _active(what: str) -> Flag:
    return Flag(
        code="active_content", detail=f"The file holds {what}. Foyer has run nothing of it; open the file with care."
    )


def _embedded(first: str) -> Flag:
    detail = "The file holds other files. Foyer has not opened them, and they count for nothing."
    return Flag(code="embedded_files", detail=detail, quote=first[:300])
