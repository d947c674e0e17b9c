"""Files made to harm whoever opens them, each made here in a few lines: what `tests.contract.test_upload_attacks` sends
through the reader and `tests.bench.robustness` begins to mutate from."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

SAID = "Ada Example, cook since 2014"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
ODT_TYPE = "application/vnd.oasis.opendocument.text"


def zipped(parts: Mapping[str, bytes | str], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packing) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def docx(
    body: str = f"<w:p><w:r><w:t>{SAID}</w:t></w:r></w:p>",
    *,
    before: str = "",
    more: Mapping[str, bytes | str] | None = None,
    main: str = _MAIN,
) -> bytes:
    parts: dict[str, bytes | str] = {
        "[Content_Types].xml": f'<Types xmlns="{_TYPES}"><Override PartName="/word/document.xml" '
        f'ContentType="{main}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="a" Type="{_OFFICE}/officeDocument" '
        'Target="word/document.xml"/></Relationships>',
        "word/document.xml": f'<?xml version="1.0"?>{before}<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body>'
        "</w:document>",
    }
    return zipped(parts | dict(more or {}))


def related(kind: str, target: str) -> str:
    return (
        f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="x" Type="{_OFFICE}/{kind}" Target="{target}" '
        'TargetMode="External"/></Relationships>'
    )


def odt(
    body: str = f"<text:p>{SAID}</text:p>", *, before: str = "", more: Mapping[str, bytes | str] | None = None
) -> bytes:
    content = (
        f'<?xml version="1.0"?>{before}<office:document-content '
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
        f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"
    )
    return zipped({"mimetype": ODT_TYPE, "content.xml": content} | dict(more or {}))


def pdf(
    *more: bytes,
    catalog: bytes = b"",
    page: bytes = b"",
    box: bytes = b"0 0 595 842",
    content: bytes = b"",
    head: bytes = b"",
) -> bytes:
    """One page that says SAID. `more`: objects from number 6 on; `catalog`, `page`: entries of these dictionaries."""
    content = content or b"BT /F 12 Tf 60 700 Td (%s) Tj ET" % SAID.encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R %s>>" % catalog,
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[%s]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>/XObject<</I 6 0 R>>>>%s>>"
        % (box, page),
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        *(more or (b"null",)),
    ]
    out, places = head + b"%PDF-1.7\n", []
    for number, one in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % at for at in places)
    return out + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)


def stream(entries: bytes, plain: bytes) -> bytes:
    packed = zlib.compress(plain, 9)
    return b"<<%s/Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (entries, len(packed), packed)


def object_stream(inside: bytes) -> bytes:
    return stream(b"/Type/ObjStm/N 1/First 4", b"9 0 " + inside)


def flood(side: int = 30_000) -> bytes:
    """A picture of 900 million pixels in some kilobytes, drawn over the page."""
    image = stream(
        b"/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 1" % (side, side),
        bytes(side // 8) * side,
    )
    words = b"BT /F 12 Tf 60 700 Td (%s) Tj ET q 500 0 0 500 50 50 cm /I Do Q" % SAID.encode()
    return pdf(image, content=words)


def png(width: int, height: int) -> bytes:
    """A picture that says it is so large; its pixels are not there."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


def overlapping(entries: int = 200, unpacked: int = 1_000_000) -> bytes:
    """A table of contents that names the same packed bytes again and again (David Fifield, 2019)."""
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    plain = bytes(unpacked)
    data = packed.compress(plain) + packed.flush()
    name = b"cv.txt"
    sizes = struct.pack("<III", zlib.crc32(plain), len(data), unpacked)
    local = b"PK\x03\x04" + struct.pack("<HHHHH", 20, 0, 8, 0, 33) + sizes + struct.pack("<HH", len(name), 0) + name
    entry = b"PK\x01\x02" + struct.pack("<HHHHHH", 20, 20, 0, 8, 0, 33) + sizes
    entry += struct.pack("<HHHHHII", len(name), 0, 0, 0, 0, 0, 0) + name
    start = len(local) + len(data)
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, entries, entries, len(entry) * entries, start, 0)
    return local + data + entry * entries + end


LAUGHS = (
    "<!DOCTYPE l ["
    + '<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    + "]>"
)
OUTSIDE = '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
PARAMETER = '<!DOCTYPE r [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x.dtd"> %x;]>'
SCRIPT = b"/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>"
