"""Ten thousand inputs that nobody wrote: resumes of every format the reader knows, damaged by rule. Input number n is
the same on every machine. `tests.bench.robustness` reads them.

Plain damage (bits, cuts, chunks said twice or moved, words of the formats' own languages), and damage that keeps a file
whole enough to get past its first check: inside an archive's parts, inside a PDF's packed streams, in its numbers and
references."""

from __future__ import annotations

import io
import json
import random
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from models.settings import ROOT
from tests import attacks

SEED = 20261127
Damage = Callable[[bytes, random.Random], bytes]

_WORDS: dict[str, tuple[bytes, ...]] = {
    "pdf": (b"endobj", b"endstream", b"stream\n", b"0 0 R", b"3 0 R", b"<<", b">>", b"[", b"/Kids", b"/Length -1",
        b"BT", b"ET", b"/Filter[/FlateDecode/FlateDecode]", b"/Rotate 90", b"/MediaBox[0 0 -1 1e30]", b"q " * 50,
        b"Do", b"/Contents", b"/ObjStm", b"xref", b"%PDF-1.7", b"trailer", b"/Encrypt", b"/ToUnicode",
        b"99999999999999999999", b"-0.0"),
    "xml": (b"<w:p>", b"</w:p>", b"<w:t>", b"<w:tbl>", b"<w:tr>", b"<w:vanish/>", b"&#0;", b"&#x10FFFF;",
        b"<![CDATA[", b"]]>", b"<!--", b"<!DOCTYPE a>", b"<?x?>", b'w:val="-99999999999"', b"<text:p>",
        b"<text:s/>", b"\xff\xfe", b"<a>" * 300),
    "rtf": (b"{", b"}", b"\\par ", b"\\bin99999999 ", b"\\bin-1 ", b"\\u-65536?", b"\\u55296?", b"\\'zz",
        b"\\ansicpg99999 ", b"\\fs0 ", b"{\\colortbl;", b"\\*", b"\\uc99 ", b"\\cell\\row ", b"{" * 600),
    "html": (b"<div>" * 300, b"</table>", b"<td>", b"<li>", b"<style>a{", b"}</style>", b"<!--", b"-->",
        b"<script>", b"&#x110000;", b"<p style='font-size:1e999px;color:rgb(1'>", b"<![CDATA[", b"<svg>", b"\x00"),
    "text": (b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"\r", b"\x0c", b"\t" * 500, b"2019 - 2031", b"0000-00-00",
        b"@" * 200, b"\xe2\x80\xae", b"Experience\n", b"+1 " * 100, b"| " * 300, b"{", b'"',
        b"(((((((((((((((((((("),
}  # fmt: skip
_NUMBERS = (
    b"0",
    b"-1",
    b"1",
    b"65536",
    b"2147483648",
    b"-2147483649",
    b"4294967296",
    b"1e38",
    b"0.00000001",
    b"999999999999",
)


def bits(data: bytes, draw: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(draw.choice((1, 4, 32, max(1, len(out) // 200)))):
        out[draw.randrange(len(out))] ^= 1 << draw.randrange(8)
    return bytes(out)


def cut(data: bytes, draw: random.Random) -> bytes:
    at = draw.randrange(len(data))
    return data[:at] if draw.random() < 0.7 else data[at:]


def chunk(data: bytes, draw: random.Random) -> bytes:
    """A piece said again, gone, or somewhere else."""
    start = draw.randrange(len(data))
    piece = data[start : start + draw.choice((1, 16, 256, 4096))]
    at = draw.randrange(len(data))
    match draw.randrange(3):
        case 0:
            return data[:at] + piece * draw.choice((1, 2, 50)) + data[at:]
        case 1:
            return data[:start] + data[start + len(piece) :]
        case _:
            return data[:at] + piece + data[at + len(piece) :]


def words(kind: str) -> Damage:
    def damage(data: bytes, draw: random.Random) -> bytes:
        for _ in range(draw.choice((1, 3, 10))):
            at = draw.randrange(len(data) + 1)
            word = draw.choice(_WORDS[kind])
            data = data[:at] + word + data[at + draw.choice((0, len(word))) :]
        return data

    return damage


def numbers(data: bytes, draw: random.Random) -> bytes:
    """Some of its numbers are others: sizes, places, references, colours."""
    found = list(re.finditer(rb"-?\d+(?:\.\d+)?", data))
    for one in sorted(draw.sample(found, min(len(found), draw.choice((1, 3, 12)))), key=lambda m: -m.start()):
        data = data[: one.start()] + draw.choice(_NUMBERS) + data[one.end() :]
    return data


def tags(data: bytes, draw: random.Random) -> bytes:
    """Elements that are gone, twice or swapped with others, so that some of it is XML still."""
    found = list(re.finditer(rb"<[^<>]{1,300}>", data))
    if len(found) < 2:
        return data
    one, other = sorted(draw.sample(found, 2), key=lambda m: m.start())
    middle = data[one.end() : other.start()]
    swapped = (other[0] + middle + one[0], middle, one[0] * 2 + middle + other[0], one[0] + middle * 2 + other[0])
    return data[: one.start()] + draw.choice(swapped) + data[other.end() :]


def inside_archive(data: bytes, draw: random.Random) -> bytes:
    """One part is damaged, and the archive packed anew."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    texts = [name for name in parts if parts[name] and name.endswith((".xml", ".rels"))]
    main = [name for name in texts if name.endswith(("document.xml", "content.xml"))]
    name = draw.choice(main if draw.random() < 0.7 else texts)
    parts[name] = draw.choice((bits, cut, chunk, words("xml"), numbers, tags, tags, tags))(parts[name], draw)
    if draw.random() < 0.1:
        parts.pop(draw.choice(list(parts)))
    return attacks.zipped(parts, draw.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED)))


def table_of_contents(data: bytes, draw: random.Random) -> bytes:
    """Bytes of the archive's own tables."""
    out = bytearray(data)
    places = [found.start() for found in re.finditer(rb"PK[\x01\x03\x05]", data)]
    for _ in range(draw.choice((1, 3, 9))):
        at = draw.choice(places) + draw.randrange(4, 46)
        if at < len(out):
            out[at] = draw.choice((0, 1, 0x7F, 0xFF, draw.randrange(256)))
    return bytes(out)


def inside_stream(data: bytes, draw: random.Random) -> bytes:
    """What a PDF has packed is damaged, and packed anew."""
    found = list(re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", data, re.DOTALL))
    if not found:
        return numbers(data, draw)
    one = draw.choice(found)
    plain, packed = one[1], False
    with suppress(zlib.error):
        plain, packed = zlib.decompress(plain), True
    plain = draw.choice((bits, cut, chunk, words("pdf"), numbers, numbers))(plain or b" ", draw)
    return data[: one.start(1)] + (zlib.compress(plain, 1) if packed else plain) + data[one.end(1) :]


_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    LookupError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
    EOFError,
)
_ANY: tuple[Damage, ...] = (bits, cut, chunk)
_OWN: dict[str, tuple[Damage, ...]] = {
    "pdf": (words("pdf"), numbers, numbers, inside_stream, inside_stream, inside_stream),
    "docx": (inside_archive, inside_archive, inside_archive, table_of_contents),
    "odt": (inside_archive, inside_archive, inside_archive, table_of_contents),
    "rtf": (words("rtf"), numbers),
    "html": (words("html"), tags, tags, numbers),
    "txt": (words("text"),),
    "json": (words("text"), numbers),
}


def seeds() -> dict[str, list[bytes]]:
    """Whole files by format: the smaller samples, and attacks."""
    found: dict[str, list[bytes]] = {kind: [] for kind in _OWN}
    folder = Path(ROOT) / "samples" / "resumes"
    files = sorted(folder.iterdir(), key=lambda path: (path.stat().st_size, path.name)) if folder.is_dir() else []
    for path in files:
        kind = path.suffix.lower().lstrip(".")
        if kind in found and 300 < path.stat().st_size < 200_000 and len(found[kind]) < 6:
            found[kind].append(path.read_bytes())
    hidden = "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>Kubernetes</w:t></w:r></w:p>"
    table = "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>2019</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
    found["docx"].append(attacks.docx(f"<w:p><w:r><w:t>{attacks.SAID}</w:t></w:r></w:p>{hidden}{table}"))
    found["odt"] += [
        attacks.odt(),
        attacks.odt(f"<text:list><text:list-item><text:p>{attacks.SAID}</text:p></text:list-item></text:list>"),
    ]
    found["pdf"] += [attacks.pdf(), attacks.pdf(b"null", attacks.object_stream(attacks.SCRIPT[11:]))]
    said = (found["txt"] or [attacks.SAID.encode()])[0]
    lines = said.decode("utf-8", "replace").splitlines()
    rtf = "\\par\n".join(
        line.encode("ascii", "replace").decode().replace("\\", "").translate({123: 40, 125: 41}) for line in lines
    )
    found["rtf"].append(
        ("{\\rtf1\\ansi\\ansicpg1252{\\colortbl;\\red255\\green255\\blue255;}\\b Head\\b0\\par " + rtf + "}").encode()
    )
    found["html"].append(("<html><body>" + "".join(f"<p>{line}</p>" for line in lines) + "</body></html>").encode())
    found["json"].append(
        json.dumps({"basics": {"name": "Ada Example"}, "work": [{"summary": line} for line in lines]}).encode()
    )
    found["txt"].append(said)
    return found


def inputs(count: int) -> Iterator[tuple[str, bytes]]:
    """(name, content). The name carries the format that it began as, and its number."""
    known = seeds()
    kinds = sorted(known)
    for number in range(count):
        draw = random.Random(f"{SEED}:{number}")
        kind = kinds[number % len(kinds)]
        data = draw.choice(known[kind])
        for _ in range(draw.choice((1, 1, 1, 2, 4))):
            try:
                data = draw.choice((*_ANY, *_OWN[kind], *_OWN[kind]))(data, draw) or b" "
            except _BROKEN:
                data = bits(data, draw)  # too broken for damage of its own kind
        yield f"{kind}-{number}.{kind}", data[:2_000_000]
