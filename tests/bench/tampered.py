"""Resumes with something done to them that no reader sees, as files: what `tests.bench.tampering` measures with.

Each maker gives (the clean file, the tampered one), which show the same to a person. The base is a person of the
samples, set anew here so that the hidden text can be put anywhere.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from functools import partial
from html import escape
from xml.sax.saxutils import escape as xml

import docx
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import simpleSplit
from reportlab.pdfgen.canvas import Canvas

from samples.writers.people import Person

WIDTH, HEIGHT = A4
Pair = tuple[bytes, bytes]
Block = tuple[str, str]
"""("title", "bullet" or "", text)."""


def blocks_of(person: Person) -> list[Block]:
    """The resume from top to bottom."""
    found: list[Block] = [("title", person.name), ("", person.label), ("", " | ".join(person.contact))]
    for section in person.sections:
        found.append(("title", section.title))
        found += [("", one) for one in section.paragraphs] + [("bullet", one) for one in section.bullets]
        for entry in section.entries:
            found.append(("", " | ".join(part for part in (entry.title, entry.where, entry.dates) if part)))
            found += [("bullet", one) for one in entry.bullets]
    return found


# ------------------------------------------------------------------ PDF

Draw = Callable[[Canvas, str], None]


def pdf_pair(person: Person, payload: str, hide: Draw, *, first: bool, ground: Draw | None = None) -> Pair:
    """`hide` draws the payload before (`first`) or after the resume's own text; `ground` is drawn in both files."""
    made = [_pdf(person, told, hide, first=first, ground=ground) for told in ("", payload)]
    return made[0], made[1]


def _pdf(person: Person, payload: str, hide: Draw, *, first: bool, ground: Draw | None) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1)
    if ground:
        ground(canvas, "")
    if payload and first:
        _apart(canvas, hide, payload)
    y = HEIGHT - 60
    pages = 0
    for kind, text in blocks_of(person):
        font = "Helvetica-Bold" if kind == "title" else "Helvetica"
        for number, line in enumerate(simpleSplit(text, font, 10, WIDTH - 190)):
            if y < 90:
                if payload and not first and not pages:
                    _apart(canvas, hide, payload)
                canvas.showPage()
                pages, y = pages + 1, HEIGHT - 60
            canvas.setFont(font, 10)
            canvas.setFillColorRGB(0, 0, 0)
            canvas.drawString(130, y, ("• " if kind == "bullet" and not number else "") + line)
            y -= 13
        y -= 6 if kind == "title" else 2
    if payload and not first and not pages:
        _apart(canvas, hide, payload)
    canvas.save()
    return out.getvalue()


def _apart(canvas: Canvas, hide: Draw, payload: str) -> None:
    canvas.saveState()
    hide(canvas, payload)
    canvas.restoreState()


def _text(canvas: Canvas, payload: str, x: float = 130, y: float = 70, *, size: float = 8, mode: int = 0) -> None:
    """The payload in lines upwards from the bottom margin, where no resume text stands."""
    lines = simpleSplit(payload, "Helvetica", size, WIDTH - 190)[:5]
    text = canvas.beginText(x, y)
    text.setFont("Helvetica", size)
    text.setTextRenderMode(mode)
    for line in lines:
        text.textLine(line)
    canvas.drawText(text)


def _coloured(red: float, green: float, blue: float) -> Draw:
    def draw(canvas: Canvas, payload: str) -> None:
        canvas.setFillColorRGB(red, green, blue)
        _text(canvas, payload)

    return draw


def _panel(canvas: Canvas, _payload: str) -> None:
    canvas.setFillColorRGB(0.1, 0.2, 0.4)
    canvas.rect(0, 0, 120, HEIGHT, fill=1, stroke=0)


def _on_panel(canvas: Canvas, payload: str) -> None:
    canvas.setFillColorRGB(0.12, 0.22, 0.42)
    for number, line in enumerate(simpleSplit(payload, "Helvetica", 8, 100)[:40]):
        canvas.setFont("Helvetica", 8)
        canvas.drawString(10, 700 - 11 * number, line)


def _transparent(canvas: Canvas, payload: str) -> None:
    canvas.setFillAlpha(0)
    _text(canvas, payload)


def _clipped(canvas: Canvas, payload: str) -> None:
    path = canvas.beginPath()
    path.rect(0, 0, 3, 3)
    canvas.clipPath(path, stroke=0, fill=0)
    _text(canvas, payload)


def _covered(canvas: Canvas, payload: str) -> None:
    _text(canvas, payload)
    canvas.setFillColorRGB(1, 1, 1)
    canvas.rect(100, 20, WIDTH - 150, 62, fill=1, stroke=0)


def _under_image(canvas: Canvas, payload: str) -> None:
    from PIL import Image
    from reportlab.lib.utils import ImageReader

    _text(canvas, payload)
    canvas.drawImage(ImageReader(Image.new("RGB", (40, 10), (255, 255, 255))), 100, 20, WIDTH - 150, 62)


def _in_form(canvas: Canvas, payload: str) -> None:
    canvas.beginForm("hiding")
    canvas.setFillColorRGB(1, 1, 1)
    _text(canvas, payload)
    canvas.endForm()
    canvas.doForm("hiding")


def _squeezed(canvas: Canvas, payload: str) -> None:
    text = canvas.beginText(130, 70)
    text.setFont("Helvetica", 10)
    text.setHorizScale(1)
    text.textOut(payload[:400])
    canvas.drawText(text)


def _scaled(canvas: Canvas, payload: str) -> None:
    canvas.translate(130, 70)
    canvas.scale(0.05, 0.05)
    canvas.setFont("Helvetica", 12)
    canvas.drawString(0, 0, payload[:400])


def _on_layer(canvas: Canvas, payload: str) -> None:
    canvas._code.append("/OC /Hidden BDC")
    _text(canvas, payload)
    canvas._code.append("EMC")


def _white_stroke(canvas: Canvas, payload: str) -> None:
    canvas.setStrokeColorRGB(1, 1, 1)
    _text(canvas, payload, mode=1)


def _annotated(canvas: Canvas, payload: str) -> None:
    canvas.textAnnotation(payload, Rect=[0, 0, 10, 10], addtopage=1)


def _described(canvas: Canvas, payload: str) -> None:
    canvas.setKeywords(payload)
    canvas.setSubject(payload)


PDF_HIDING: dict[str, tuple[Draw, bool, Draw | None]] = {
    "white on white": (_coloured(1, 1, 1), False, None),
    "nearly white": (_coloured(0.95, 0.96, 0.95), False, None),
    "white on white, drawn first": (_coloured(1, 1, 1), True, None),
    "colour of a side panel": (_on_panel, False, _panel),
    "3 point type": (lambda canvas, payload: _text(canvas, payload, size=3), False, None),
    "scaled down by its matrix": (_scaled, False, None),
    "squeezed to a line": (_squeezed, False, None),
    "beyond the edge of the page": (lambda canvas, payload: _text(canvas, payload, x=WIDTH + 20), False, None),
    "below the page": (lambda canvas, payload: _text(canvas, payload, y=-300), False, None),
    "render mode 3": (lambda canvas, payload: _text(canvas, payload, mode=3), False, None),
    "render mode 7": (lambda canvas, payload: _text(canvas, payload, mode=7), False, None),
    "white outlines": (_white_stroke, False, None),
    "no opacity": (_transparent, False, None),
    "clipped away": (_clipped, False, None),
    "covered by a rectangle": (_covered, True, None),
    "covered by a picture": (_under_image, True, None),
    "white in a form": (_in_form, False, None),
    "layer switched off": (_on_layer, False, None),
}
PDF_UNREAD: dict[str, Draw] = {"annotation": _annotated, "keywords of the file": _described}


def layered(content: bytes) -> bytes:
    """A PDF of `_on_layer` whose layer exists and is off. (reportlab writes no optional content itself.)"""
    import pypdfium2 as pdfium

    body = content.replace(
        b"/Type /Catalog", b"/Type /Catalog /OCProperties << /OCGs [ 900 0 R ] /D << /OFF [ 900 0 R ] >> >>"
    )
    body = body.replace(b"/ProcSet [", b"/Properties << /Hidden 900 0 R >> /ProcSet [")
    body = body.replace(b"xref\n", b"900 0 obj\n<< /Type /OCG /Name (Hidden) >>\nendobj\nxref\n", 1)
    out = io.BytesIO()
    with pdfium.PdfDocument(body) as document:  # opened by search, since its offsets are wrong, and written anew
        document.save(out)
    return out.getvalue()


# ------------------------------------------------------------------ DOCX

_SPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"'
)


def run(properties: str, paragraph: str = "") -> str:
    return f"<w:p><w:pPr>{paragraph}</w:pPr><w:r><w:rPr>{properties}</w:rPr><w:t>PAYLOAD</w:t></w:r></w:p>"


def _box(extent: str, offset: int, *, hidden: bool = False) -> str:
    shown = ' hidden="1"' if hidden else ""
    return (
        '<w:p><w:r><w:drawing><wp:anchor><wp:positionH relativeFrom="page"><wp:posOffset>'
        f'{offset}</wp:posOffset></wp:positionH><wp:extent cx="{extent}" cy="{extent}"/>'
        f'<wp:docPr id="9" name="b"{shown}/>'
        "<a:graphic><a:graphicData><wps:wsp><wps:txbx><w:txbxContent><w:p><w:r><w:t>PAYLOAD</w:t></w:r></w:p>"
        "</w:txbxContent></wps:txbx></wps:wsp></a:graphicData></a:graphic></wp:anchor></w:drawing></w:r></w:p>"
    )


DOCX_HIDING: dict[str, str] = {
    "w:vanish": run("<w:vanish/>"),
    "white": run('<w:color w:val="FFFFFF"/>'),
    "nearly white": run('<w:color w:val="F8F8F8"/>'),
    "background colour of the theme": run('<w:color w:val="auto" w:themeColor="background1"/>'),
    "colour of its shading": run('<w:color w:val="1F3864"/><w:shd w:val="clear" w:fill="1F3864"/>'),
    "black on black": run('<w:shd w:val="clear" w:fill="000000"/>'),
    "2 point type": run('<w:sz w:val="4"/>'),
    "squeezed to a line": run('<w:w w:val="1"/>'),
    "letters over each other": run('<w:spacing w:val="-200"/>'),
    "no fill": run("<w14:textFill><w14:noFill/></w14:textFill>"),
    "indented off the page": run("", '<w:ind w:left="-30000"/>'),
    "frame off the page": run("", '<w:framePr w:x="-20000" w:y="10"/>'),
    "lines without height": run("", '<w:spacing w:line="1" w:lineRule="exact"/>'),
    "text box off the page": _box("900000", -9_000_000),
    "text box without size": _box("1", 100),
    "hidden text box": _box("900000", 100, hidden=True),
    "hidden by its style": run("", '<w:pStyle w:val="Ghost"/>'),
    "hidden by the style its style is based on": run("", '<w:pStyle w:val="Child"/>'),
    "white by a character style": run('<w:rStyle w:val="Pale"/>'),
    "row without height": (
        '<w:tbl><w:tr><w:trPr><w:trHeight w:val="1" w:hRule="exact"/></w:trPr><w:tc><w:p><w:r><w:t>PAYLOAD</w:t></w:r>'
        "</w:p></w:tc></w:tr></w:tbl>"
    ),
}
DOCX_UNREAD: dict[str, str] = {
    "deleted revision": '<w:p><w:del w:id="1" w:author="a"><w:r><w:delText>PAYLOAD</w:delText></w:r></w:del></w:p>',
    "moved away": '<w:p><w:moveFrom w:id="2" w:author="a"><w:r><w:t>PAYLOAD</w:t></w:r></w:moveFrom></w:p>',
    "field instruction": "<w:p><w:r><w:instrText>PAYLOAD</w:instrText></w:r></w:p>",
    "imported part (altChunk)": '<w:altChunk w:id="PAYLOAD"/>',
}
_STYLES = (
    '<w:style w:type="paragraph" w:styleId="Ghost"><w:name w:val="Ghost"/><w:rPr><w:vanish/></w:rPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="Child"><w:name w:val="Child"/><w:basedOn w:val="Ghost"/></w:style>'
    '<w:style w:type="character" w:styleId="Pale"><w:name w:val="Pale"/>'
    '<w:rPr><w:color w:val="FFFFFF"/></w:rPr></w:style>'
)


def docx_pair(person: Person, payload: str, hidden: str) -> Pair:
    """`hidden` is WordprocessingML with PAYLOAD in it, put before the end of the body."""
    document, out = docx.Document(), io.BytesIO()
    for kind, text in blocks_of(person):
        if kind == "title":
            document.add_heading(text, 1)
        else:
            document.add_paragraph(text, style="List Bullet" if kind == "bullet" else None)
    document.save(out)
    clean = _changed(out.getvalue(), "")
    return clean, _changed(out.getvalue(), hidden.replace("PAYLOAD", xml(payload)))


def _changed(content: bytes, hidden: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.namelist():
            data = old.read(item)
            if item == "word/document.xml":
                text = data.decode().replace("<w:sectPr", hidden + "<w:sectPr", 1)
                data = text.replace("<w:document ", f"<w:document {_missing(text)} ", 1).encode()
            if item == "word/styles.xml":
                data = data.decode().replace("</w:styles>", _STYLES + "</w:styles>").encode()
            new.writestr(item, data)
    return out.getvalue()


def _missing(text: str) -> str:
    """The name spaces that python-docx does not declare."""
    head = text[: text.index(">", text.index("<w:document"))]
    return " ".join(one for one in _SPACES.split() if one.split("=")[0] not in head)


# ------------------------------------------------------------------ HTML

HTML_HIDING: dict[str, str] = {
    "display:none": '<p style="display:none">PAYLOAD</p>',
    "visibility:hidden": '<p style="visibility:hidden">PAYLOAD</p>',
    "opacity:0": '<p style="opacity:0">PAYLOAD</p>',
    "opacity:0.01": '<div style="opacity:.01"><p>PAYLOAD</p></div>',
    "font-size:0": '<p style="font-size:0">PAYLOAD</p>',
    "font-size:1px": '<p style="font-size:1px">PAYLOAD</p>',
    "font-size in em of a tiny parent": '<div style="font-size:2px"><p style="font-size:1.2em">PAYLOAD</p></div>',
    "white": '<p style="color:white">PAYLOAD</p>',
    "white by rgb()": '<p style="color: rgb(254, 254, 254)">PAYLOAD</p>',
    "white by hsl()": '<p style="color: hsl(0, 0%, 99%)">PAYLOAD</p>',
    "transparent colour": '<p style="color: rgba(0,0,0,0)">PAYLOAD</p>',
    "colour of its background": '<div style="background:#204060"><p style="color:#204161">PAYLOAD</p></div>',
    "font element": '<font color="#FFFFFF">PAYLOAD</font>',
    "hidden attribute": "<p hidden>PAYLOAD</p>",
    "text-indent": '<p style="text-indent:-9999px">PAYLOAD</p>',
    "off screen": '<p style="position:absolute;left:-9999px">PAYLOAD</p>',
    "far below": '<p style="position:absolute;top:99999px">PAYLOAD</p>',
    "margin": '<p style="margin-left:-2000px">PAYLOAD</p>',
    "clip": '<p style="position:absolute;clip:rect(0,0,0,0)">PAYLOAD</p>',
    "clip-path": '<p style="clip-path: inset(100%)">PAYLOAD</p>',
    "no height": '<div style="height:0;overflow:hidden">PAYLOAD</div>',
    "screen readers only": '<span class="sr-only" aria-hidden="true">PAYLOAD</span>',
    "scaled to nothing": '<p style="transform:scale(0)">PAYLOAD</p>',
    "a class": '<p class="quiet">PAYLOAD</p>',
    "a class of an ancestor": '<div class="wrap"><div><p>PAYLOAD</p></div></div>',
    "a nested selector": '<div class="outer"><span class="inner">PAYLOAD</span></div>',
    "an attribute selector": '<p data-k="x">PAYLOAD</p>',
    "squeezed letters": '<p style="letter-spacing:-1em">PAYLOAD</p>',
}
HTML_UNREAD: dict[str, str] = {
    "comment": "<!-- PAYLOAD -->",
    "template": "<template>PAYLOAD</template>",
    "input of type hidden": '<input type="hidden" value="PAYLOAD">',
    "alternative text": '<img alt="PAYLOAD">',
}
_CSS = (
    "body{color:#222}.quiet{color:#fff}.wrap{visibility:hidden}.outer > .inner{font-size:1pt}[data-k=x]{display:none}"
    ".sr-only{position:absolute;width:1px;height:1px;overflow:hidden;clip:rect(0 0 0 0)}"
)


def html_pair(person: Person, payload: str, hidden: str) -> Pair:
    shown = {"title": "<h2>{}</h2>", "bullet": "<ul><li>{}</li></ul>", "": "<p>{}</p>"}
    body = "\n".join(shown[kind].format(escape(text)) for kind, text in blocks_of(person))
    page = f"<!DOCTYPE html><html><head><style>{_CSS}</style></head><body>{body}HIDDEN</body></html>"
    clean, stuffed = page.replace("HIDDEN", ""), page.replace("HIDDEN", hidden.replace("PAYLOAD", escape(payload)))
    return clean.encode(), stuffed.encode()


def techniques(person: Person, payload: str) -> list[tuple[str, str, bool, Callable[[], Pair]]]:
    """(format, technique, whether the text counts as hidden rather than never read, makes the files)."""

    def layered_pdf(name: str, hide: Draw, first: bool, ground: Draw | None) -> Pair:
        clean, made = pdf_pair(person, payload, hide, first=first, ground=ground)
        return clean, layered(made) if "layer" in name else made

    found: list[tuple[str, str, bool, Callable[[], Pair]]] = []
    for name, (hide, first, ground) in PDF_HIDING.items():
        found.append(("PDF", name, True, partial(layered_pdf, name, hide, first, ground)))
    for name, hide in PDF_UNREAD.items():
        found.append(("PDF", name, False, partial(pdf_pair, person, payload, hide, first=False)))
    for name, hidden in (*DOCX_HIDING.items(), *DOCX_UNREAD.items()):
        found.append(("DOCX", name, name in DOCX_HIDING, partial(docx_pair, person, payload, hidden)))
    for name, hidden in (*HTML_HIDING.items(), *HTML_UNREAD.items()):
        found.append(("HTML", name, name in HTML_HIDING, partial(html_pair, person, payload, hidden)))
    return found
