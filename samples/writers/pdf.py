"""PDF resumes in four layouts: `single` column, two `columns`, `table`, and contact details in the page `header`.

Called by `samples.build`. Text that Latin-1 fonts cannot show is set in Bitstream Vera, which comes with reportlab and
may be embedded; a letter that Vera lacks stops the build, so that no resume goes out with holes in it.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, LETTER
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    FrameBreak,
    HRFlowable,
    NextPageTemplate,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
)

from samples.writers.people import Entry, Person, Section

BLUE = colors.HexColor("#33506b")
MARGIN = 18 * mm
SIDEBAR = 58 * mm
ASIDE = ("skill", "language", "certifi", "licen", "education", "interest", "training")
"""Sections whose titles hold one of these words stand in the narrow column of the two-column layout."""
FAMILIES = {"single": "Helvetica", "columns": "Helvetica", "table": "Helvetica", "header": "Times-Roman"}
BOLD = {"Helvetica": "Helvetica-Bold", "Times-Roman": "Times-Bold", "Vera": "VeraBd"}


class Look:
    """The paragraph styles of one person's resume."""

    def __init__(self, person: Person) -> None:
        font = font_for(person)
        size = 8.5 if font == "Vera" else 10.0
        bold = BOLD[font]
        self.font = font
        self.body = ParagraphStyle("body", fontName=font, fontSize=size, leading=size * 1.32, spaceAfter=2)
        self.bullet = ParagraphStyle("bullet", parent=self.body, leftIndent=11, bulletIndent=2, bulletFontName=font)
        self.name = ParagraphStyle("name", fontName=bold, fontSize=size * 2, leading=size * 2.4)
        self.label = ParagraphStyle(
            "label", parent=self.body, fontSize=size * 1.15, textColor=colors.HexColor("#33506b")
        )
        self.title = ParagraphStyle(
            "title", fontName=bold, fontSize=size * 1.2, leading=size * 1.6, spaceBefore=8, spaceAfter=1
        )
        self.entry = ParagraphStyle("entry", parent=self.body, fontName=bold, spaceBefore=5, spaceAfter=0)
        self.dates = ParagraphStyle("dates", parent=self.body, textColor=colors.HexColor("#444444"))


def pdf(person: Person, password: str = "") -> bytes:
    """The person's resume as PDF bytes, the same ones every time. With a password, it is needed to open the file."""
    out = BytesIO()
    document = BaseDocTemplate(
        out,
        pagesize=LETTER if person.job == "intensive_care_nurse" else A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title="Resume",
        author=person.name,
        invariant=1,
        encrypt=StandardEncryption(password, strength=128) if password else None,
    )
    look = Look(person)
    document.addPageTemplates(templates(person, look, document))
    document.build(story(person, look))
    return out.getvalue()


def font_for(person: Person) -> str:
    """A standard font where it has every letter, else Vera."""
    text = repr(person)
    if can_encode(text):
        return FAMILIES[person.layout]
    if "Vera" not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont("Vera", "Vera.ttf"))
        pdfmetrics.registerFont(TTFont("VeraBd", "VeraBd.ttf"))
    glyphs = pdfmetrics.getFont("Vera").face.charToGlyph
    lacking = sorted({letter for letter in text if letter.isprintable() and ord(letter) not in glyphs})
    if lacking:
        raise ValueError(f"{person.filename}: no glyph for {''.join(lacking)}; write this resume as docx, html or txt")
    return "Vera"


def can_encode(text: str) -> bool:
    """Whether the standard PDF fonts can show `text`."""
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def templates(person: Person, look: Look, document: BaseDocTemplate) -> list[PageTemplate]:
    """The pages' frames, and what is drawn on every page."""
    width, height = document.pagesize

    def draw(canvas: Canvas, _document: Any) -> None:
        if person.layout == "header":
            draw_header(canvas, person, look, height)
        if person.hidden:
            draw_white(canvas, person.hidden, look)

    if person.layout == "columns":
        side = Frame(MARGIN, MARGIN, SIDEBAR, height - 2 * MARGIN, id="side", leftPadding=0)
        main = Frame(
            MARGIN + SIDEBAR + 5 * mm, MARGIN, width - 2 * MARGIN - SIDEBAR - 5 * mm, height - 2 * MARGIN, id="main"
        )
        return [
            PageTemplate("first", [side, main], onPage=draw),
            PageTemplate("later", [main], onPage=draw),
        ]
    top = 16 * mm if person.layout == "header" else 0
    body = Frame(MARGIN, MARGIN, width - 2 * MARGIN, height - 2 * MARGIN - top, leftPadding=0, rightPadding=0)
    return [PageTemplate("page", [body], onPage=draw)]


def draw_header(canvas: Canvas, person: Person, look: Look, height: float) -> None:
    """Name and contact details above the frame of every page."""
    canvas.setFont(BOLD[look.font], 15)
    canvas.drawString(MARGIN, height - 17 * mm, person.name)
    canvas.setFont(look.font, 9)
    canvas.drawString(MARGIN, height - 22.5 * mm, "  |  ".join(person.contact))
    canvas.line(MARGIN, height - 25 * mm, MARGIN + 174 * mm, height - 25 * mm)


def draw_white(canvas: Canvas, text: str, look: Look) -> None:
    """Keywords in white along the bottom edge, as people who stuff a resume set them."""
    canvas.saveState()
    canvas.setFillColor(colors.white)
    canvas.setFont(look.font, 5)
    words = text.split()
    for number, start in enumerate(range(0, len(words), 22)):
        canvas.drawString(MARGIN, MARGIN - 4 - 6 * number, " ".join(words[start : start + 22]))
    canvas.restoreState()


def story(person: Person, look: Look) -> list[Flowable]:
    """What flows through the frames."""
    if person.layout == "columns":
        aside = [section for section in person.sections if is_aside(section)]
        rest = [section for section in person.sections if not is_aside(section)]
        contact = [text(line, look.body) for line in person.contact]
        left = [*contact, *flow(aside, person, look)]
        right = [text(person.name, look.name), text(person.label, look.label), *flow(rest, person, look)]
        return [NextPageTemplate("later"), *left, FrameBreak(), *right]
    if person.layout == "header":
        return [text(person.label, look.label), *flow(person.sections, person, look)]
    head = [text(person.name, look.name), text(person.label, look.label), text(" | ".join(person.contact), look.body)]
    return [*head, *flow(person.sections, person, look)]


def is_aside(section: Section) -> bool:
    """Whether a section belongs in the narrow column."""
    return any(word in section.title.lower() for word in ASIDE)


def flow(sections: Any, person: Person, look: Look) -> list[Flowable]:
    """Sections one below the other."""
    flowables: list[Flowable] = []
    for section in sections:
        flowables += [text(section.title, look.title), HRFlowable(width="100%", thickness=0.6, color=colors.grey)]
        flowables += [text(paragraph, look.body) for paragraph in section.paragraphs]
        flowables += bullets(section.bullets, look)
        if person.layout == "table" and section.entries:
            flowables += [Spacer(1, 3), table(section.entries, look)]
        else:
            for entry in section.entries:
                flowables += [text(entry.title, look.entry), *place(entry, look), *bullets(entry.bullets, look)]
    return flowables


def place(entry: Entry, look: Look) -> list[Flowable]:
    """Organisation and dates on a line of their own."""
    line = " | ".join(part for part in (entry.where, entry.dates) if part)
    return [text(line, look.dates)] if line else []


def table(entries: tuple[Entry, ...], look: Look) -> Table:
    """Dates on the left, everything else on the right, with thin rules: the layout of many European resumes."""
    rows = [
        [
            text(entry.dates, look.dates),
            [text(entry.title, look.entry), text(entry.where, look.dates), *bullets(entry.bullets, look)],
        ]
        for entry in entries
    ]
    style = [("VALIGN", (0, 0), (-1, -1), "TOP"), ("LINEBELOW", (0, 0), (-1, -2), 0.3, colors.lightgrey)]
    return Table(rows, colWidths=[36 * mm, 138 * mm], style=style)


def bullets(lines: tuple[str, ...], look: Look) -> list[Flowable]:
    """Bulleted paragraphs."""
    return [Paragraph(escape(line), look.bullet, bulletText="•") for line in lines]


def text(line: str, style: ParagraphStyle) -> Paragraph:
    """One paragraph of literal text."""
    return Paragraph(escape(line), style)
