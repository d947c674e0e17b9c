"""Plain text (and Markdown) to lines. Called by `extract.read`."""

from __future__ import annotations

from screening.raw import Raw, RawLine


def read_plain(content: bytes, name: str, max_pages: int) -> Raw:  # noqa: ARG001 - one signature for all readers
    """Blank lines are kept: they part the entries of a resume, and line numbers stay those an editor shows."""
    text = decoded(content).replace("\r\n", "\n").replace("\r", "\n").replace("\x0c", "\n")
    return Raw(lines=[RawLine(line) for line in text.split("\n")])


def decoded(content: bytes) -> str:
    """By byte order mark, else UTF-8, else the Windows code page, which every byte string but a few fits."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    if content[1:64:2].count(0) > 16 or (len(content) < 64 and content[1::2].count(0) > len(content) // 3):
        return content.decode("utf-16-le", "replace")
    for encoding in ("utf-8", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1")
