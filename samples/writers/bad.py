"""The files that a real inbox also holds: a scan, a broken and a locked PDF, an empty file, a renamed program.

Called by `samples.build`. Nothing here can run: the program is a header and a sentence.
"""

from __future__ import annotations

from io import BytesIO

import pypdfium2
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

PASSWORD = "harbour-2026"


def scan(content: bytes) -> bytes:
    """The first page of a PDF as a slightly crooked black and white picture: what an office scanner makes."""
    document = pypdfium2.PdfDocument(content)
    try:
        picture = document[0].render(scale=110 / 72).to_pil().convert("L")
    finally:
        document.close()
    crooked = picture.rotate(0.6, expand=False, fillcolor=255).convert("1")
    out = BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1)
    canvas.drawImage(ImageReader(crooked), 0, 0, *A4)
    canvas.save()
    return out.getvalue()


def corrupt(content: bytes) -> bytes:
    """A PDF whose upload broke off: without its end, which holds the table of objects, no page can be found."""
    return content[: len(content) * 3 // 5]


def program() -> bytes:
    """A Windows header with nothing behind it, to be named .pdf."""
    return b"MZ" + bytes(58) + b"\x40\x00\x00\x00" + b"Header only. There is no code in this file.\n"
