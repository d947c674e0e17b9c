"""From a file's bytes to its text: type by content, one reader for each type, limits, and a child that can be killed.

`Reader` is what the service and the command line use; `read` is the same in the calling process, for the child itself
and for tests. Formats: PDF (`pdf`), DOCX (`docx`), ODT (`odt`), RTF (`rtf`),
HTML (`html`), plain text (`plain`).
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from models.child import ChildPool
from models.errors import EngineError, FoyerError, UnreadableDocument
from models.settings import Screening
from models.values import DocumentText, Flag, Line
from screening.cargo import refuse_macros, refuse_two_kinds
from screening.raw import (
    DOCX,
    HTML,
    ODT,
    PDF,
    RTF,
    TEXT,
    Raw,
    RawLine,
    as_shown,
    cleaned,
    corrupt,
    encrypted,
    hidden_flags,
    scan,
    too_big,
)

# What `parse` may be given: far above any resume, low enough that no text can keep it busy for long.
_MOST_CHARACTERS = 300_000
_MOST_LINES = 10_000
_MOST_IN_LINE = 4_000
_GAP = re.compile(r"[^\S\n]{41,}")
_START_GRACE = 60.0  # a spawned child imports for a while before its first answer

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
    (b"\xcf\xfa\xed\xfe", "a program"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"#!", "a script"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"BM", "an image"),
    (b"II*\x00", "an image"),
    (b"MM\x00*", "an image"),
    (b"RIFF", "a sound or an image"),
    (b"OggS", "a sound"),
    (b"ID3", "a sound"),
    (b"fLaC", "a sound"),
    (b"\x1f\x8b", "a compressed archive"),
    (b"7z\xbc\xaf", "a compressed archive"),
    (b"Rar!", "a compressed archive"),
    (b"BZh", "a compressed archive"),
    (b"\xfd7zXZ", "a compressed archive"),
    (b"%!PS", "a PostScript file"),
    (b"SQLite format 3", "a database"),
)
_TYPES = "[Content_Types].xml"
_HELP = {
    "a compressed archive": "Unpack it and upload the resumes themselves.",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost: bytes of the file, seconds of wall clock, bytes of address space, pages read."""

    file_bytes: int = 20_000_000
    seconds: float = 20.0
    memory: int = 1_500_000_000
    pages: int = 200

    @classmethod
    def of(cls, settings: Screening) -> Limits:
        return cls(settings.file_bytes, settings.file_seconds, settings.file_memory)


def sniff(content: bytes, name: str) -> str:
    """The media type, from the bytes alone: a name can say anything. Raises UnreadableDocument: empty, encrypted,
    corrupt, scan or unsupported; `name` is only for the message."""
    if not content.strip(b"\x00 \t\r\n\x0c"):
        raise UnreadableDocument(f"{name}: the file is empty. Ask for it again.", reason="empty")
    if b"%PDF-" in content[:1024]:
        refuse_two_kinds(content, name)
        return PDF
    if content[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return _sniff_zip(content, name)
    if content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise encrypted(name)
        raise _unsupported(name, "an old Word or Office file (.doc)", "Save it as DOCX or PDF and upload that.")
    if content.lstrip()[:5] == b"{\\rtf":
        return RTF
    for magic, kind in _MAGIC:
        if content.startswith(magic) and not (len(magic) == 2 and _is_text(content)):
            if kind == "an image":
                raise scan(name, kind)
            raise _unsupported(name, kind, _HELP.get(kind, "Upload the resume as PDF, DOCX, ODT, RTF, HTML or text."))
    if not _is_text(content):
        raise _unsupported(name, "not a document", "Upload the resume as PDF, DOCX, ODT, RTF, HTML or text.")
    return _sniff_text(content, name)


def read(content: bytes, name: str, limits: Limits) -> DocumentText:
    """The text of a file, read in this process. Raises UnreadableDocument with one of its reasons; the limits on time
    and memory are `Reader`'s, because only another process can enforce them."""
    if len(content) > limits.file_bytes:
        megabytes, most = len(content) / 1e6, limits.file_bytes / 1e6
        raise too_big(name, f"the file has {megabytes:.1f} MB and the limit is {most:g} MB")
    media_type = sniff(content, name)
    raw = _reader_of(media_type)(content, name, limits.pages)
    return document_of(content, name, media_type, raw)


class Reader:
    """`read` in killable children. Safe to call from several threads; as many files at once as there are processes."""

    def __init__(self, settings: Screening) -> None:
        self._limits = Limits.of(settings)
        self._pool = ChildPool(
            settings.processes, _child, self._limits, memory=self._limits.memory, start_timeout=_START_GRACE
        )

    def read(self, content: bytes, name: str) -> DocumentText:
        """Raises UnreadableDocument; reason timeout when the file took too long, corrupt when it broke the reader."""
        if len(content) > self._limits.file_bytes:
            return read(content, name, self._limits)  # raises before it looks at a byte
        try:
            answer: bytes = self._pool.ask((content, name), timeout=self._limits.seconds)
        except EngineError as lost:
            raise lost_reader(name, lost, self._limits.seconds) from lost
        return DocumentText.model_validate_json(answer)

    def warm(self) -> None:
        """Start the children now, so that the first file need not wait for them."""
        self._pool.warm()

    def close(self) -> None:
        self._pool.close()


def lost_reader(name: str, lost: EngineError, seconds: float) -> UnreadableDocument:
    """What it means for a file that the child reading it gave no answer. The child answers every failure of its own
    with UnreadableDocument, so what is left is its death (which has a cause: the pipe broke) and silence until the time
    was up."""
    if lost.__cause__ is not None:
        return corrupt(name, "reading it made the reader crash")
    return UnreadableDocument(
        f"{name}: reading took longer than {seconds:g} s and was stopped. "
        "Ask for a simpler copy, for instance a PDF printed anew.",
        reason="timeout",
    )


def read_in_child(content: bytes, name: str, limits: Limits) -> DocumentText:
    """`read` at the edge of a process."""
    return guarded(name, lambda: read(content, name, limits))


def guarded(name: str, reading: Callable[[], DocumentText]) -> DocumentText:
    """Whatever a hostile file does, it costs one answer, an UnreadableDocument."""
    try:
        return reading()
    except FoyerError:
        raise
    except MemoryError as full:
        raise too_big(name, "reading it takes more memory than allowed") from full
    except Exception as broken:
        raise corrupt(name, f"{type(broken).__name__} while reading it") from broken


def load_readers() -> None:
    """Before a child's first file starts the clock."""
    import screening.docx
    import screening.html
    import screening.pdf  # noqa: F401


def _child(limits: Limits) -> Callable[[tuple[bytes, str]], bytes]:
    """Answers with JSON: a document is made of hundreds of values, and pickling each takes three times as long."""
    load_readers()

    def answer(request: tuple[bytes, str]) -> bytes:
        content, name = request
        return read_in_child(content, name, limits).model_dump_json().encode()

    return answer


def _reader_of(media_type: str) -> Callable[[bytes, str, int], Raw]:
    """Imported on first use: pypdfium2 and BeautifulSoup would slow every start of the command line."""
    if media_type == PDF:
        from screening.pdf import read_pdf

        return read_pdf
    if media_type == DOCX:
        from screening.docx import read_docx

        return read_docx
    if media_type == ODT:
        from screening.odt import read_odt

        return read_odt
    if media_type == RTF:
        from screening.rtf import read_rtf

        return read_rtf
    if media_type == HTML:
        from screening.html import read_html

        return read_html
    from screening.plain import read_plain

    return read_plain


def document_of(content: bytes, name: str, media_type: str, raw: Raw) -> DocumentText:
    """What a reader found, made a document. Raises UnreadableDocument: no_text, or scan."""
    shown, unseen = as_shown(raw.lines)
    lines, length, flags = [], 0, [*raw.flags, *hidden_flags(unseen)]
    for number, raw_line in enumerate(_trimmed(shown), start=1):
        text = _GAP.sub(" " * 40, cleaned(raw_line.text).rstrip())
        if length + len(text) > _MOST_CHARACTERS or number > _MOST_LINES:
            flags.append(Flag(code="text_cut", detail=f"Only the first {length:,} characters of {name} were read."))
            break
        lines.append(
            Line(
                text=text,
                number=number,
                page=raw_line.page,
                start=length,
                end=length + len(text),
                box=raw_line.box,
                emphasis=raw_line.emphasis,
                bullet=raw_line.bullet,
            )
        )
        length += len(text) + 1
    text = "\n".join(line.text for line in lines)
    if not re.search(r"\w{2}", text):
        raise _no_text(name, raw)
    return DocumentText(
        sha256=hashlib.sha256(content).hexdigest(),
        name=name,
        media_type=media_type,
        text=text,
        lines=tuple(lines),
        pages=raw.pages,
        links=tuple(dict.fromkeys(cleaned(link)[:500] for link in raw.links)),
        hidden=tuple(filter(None, (cleaned(piece).strip() for piece in (*raw.hidden, *(text for _, text in unseen))))),
        flags=tuple(_merged(flags)),
    )


def _trimmed(lines: list[RawLine]) -> Iterator[RawLine]:
    """Blank lines only between others: `number` stays the line a person finds in an editor. Endless lines are cut."""
    while lines and not cleaned(lines[-1].text).strip():
        lines.pop()
    for line in lines:
        for at in range(0, max(len(line.text), 1), _MOST_IN_LINE):
            yield replace(line, text=line.text[at : at + _MOST_IN_LINE])


def _merged(flags: list[Flag]) -> list[Flag]:
    """The same flag from several pages once, with the first quote."""
    by_detail: dict[tuple[str, str], Flag] = {}
    for flag in flags:
        by_detail.setdefault((flag.code, flag.detail), flag)
    return list(by_detail.values())


def _no_text(name: str, raw: Raw) -> UnreadableDocument:
    if raw.scan and not raw.hidden:
        return scan(name, "a scan, a picture of a page without its text")
    why = "all of its text is hidden from a reader" if raw.hidden else "it holds no readable text"
    return UnreadableDocument(f"{name}: {why}. Ask for another copy.", reason="no_text")


def _unsupported(name: str, kind: str, help_: str) -> UnreadableDocument:
    detail = f"{name}: this is {kind}, which cannot be read as a resume. {help_}"
    return UnreadableDocument(detail, reason="unsupported")


def _beginning(archive: zipfile.ZipFile, part: str) -> bytes:
    """Never more than a type needs: the part may be a bomb."""
    with archive.open(part) as opened:
        return opened.read(200_000)


def _sniff_zip(content: bytes, name: str) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
            kind = _beginning(archive, "mimetype") if "mimetype" in names else b""
            types = _beginning(archive, _TYPES) if _TYPES in names else b""
            refuse_macros(names, types, name)
            if kind.startswith(ODT.encode()):
                return ODT
            if kind.startswith(b"application/vnd.oasis"):
                raise _unsupported(
                    name, "an OpenDocument file other than a text", "Save it as ODT, DOCX or PDF and upload that."
                )
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, OSError, EOFError) as broken:
        if b"word/" in content:
            raise corrupt(name, "its parts cannot be unpacked") from broken
        raise _unsupported(name, "a damaged archive", "Upload the resume itself as PDF or DOCX.") from broken
    if _TYPES in names:
        if any(part.startswith("word/") for part in names):
            return DOCX
        if any(part.startswith(("xl/", "ppt/")) for part in names):
            raise _unsupported(name, "a spreadsheet or a presentation", "Save it as PDF and upload that.")
        return DOCX  # a main part by another name; `docx` follows the relations
    raise _unsupported(name, "a ZIP archive", _HELP["a compressed archive"])


def _is_text(content: bytes) -> bool:
    sample = content[:65536]
    if sample.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        return True
    if sample.count(0) > 0.3 * len(sample) and (sample[1::2].count(0) > 0.6 * len(sample) / 2):
        return True  # UTF-16 without its mark
    control = sum(byte < 32 and byte not in (9, 10, 12, 13, 27) for byte in sample)
    return control <= 0.005 * len(sample)


def _sniff_text(content: bytes, name: str) -> str:
    head = content[:4096].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if re.search(rb"<(?:!doctype\s+html|html|body|head|div|p|table|h1|section)\b", head):
        return HTML
    if head.startswith(b"<?xml"):
        raise _unsupported(name, "an XML file", "Upload the resume as PDF, DOCX, ODT, RTF, HTML or text.")
    return TEXT
