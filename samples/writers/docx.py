"""DOCX resumes in four layouts: `plain`, `table`, contact details in a `textbox`, or in the page `header`.

Called by `samples.build`. python-docx writes the document; the archive is packed again with fixed times, because a zip
records when it was made.
"""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docx import Document
from docx.oxml import parse_xml
from docx.shared import Cm, Pt

from samples.writers.people import Entry, Person, Section

WRITTEN = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)
SPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:v="urn:schemas-microsoft-com:vml"'
)


def docx(person: Person) -> bytes:
    """The person's resume as DOCX bytes, the same ones every time."""
    document = Document()
    document.styles["Normal"].font.name = "Calibri"
    document.styles["Normal"].font.size = Pt(10.5)
    page = document.sections[0]
    page.left_margin = page.right_margin = Cm(2.2)
    page.top_margin = page.bottom_margin = Cm(2)
    properties = document.core_properties
    properties.author, properties.title = person.name, "Resume"
    properties.created = properties.modified = WRITTEN
    document.add_heading(person.name, 0)
    write_contact(document, person)
    for section in person.sections:
        write_section(document, section, person.layout)
    out = BytesIO()
    document.save(out)
    return repacked(out.getvalue())


def write_contact(document: Any, person: Person) -> None:
    """Label and contact details, where the layout wants them."""
    document.add_paragraph(person.label)
    if person.layout == "header":
        page = document.sections[0]
        page.header.paragraphs[0].text = " | ".join((person.name, *person.contact))
        page.footer.paragraphs[0].text = f"{person.name} · References on request"
    elif person.layout == "textbox":
        document.add_paragraph()._p.append(textbox(person.contact))
    else:
        document.add_paragraph(" | ".join(person.contact))


def textbox(lines: tuple[str, ...]) -> Any:
    """A run with a text box as Word writes it: a drawing, and the same again in VML for old readers."""
    inner = "".join(f"<w:p><w:r><w:t>{escape(line)}</w:t></w:r></w:p>" for line in lines)
    height = 220_000 * len(lines)
    return parse_xml(f"""<w:r {SPACES}><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing>
<wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="3600000" cy="{height}"/>
<wp:docPr id="1" name="Text Box 1"/><wp:cNvGraphicFramePr/>
<a:graphic><a:graphicData uri="http://schemas.microsoft.com/office/word/2010/wordprocessingShape">
<wps:wsp><wps:cNvSpPr txBox="1"/><wps:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="3600000" cy="{height}"/></a:xfrm>
<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></wps:spPr>
<wps:txbx><w:txbxContent>{inner}</w:txbxContent></wps:txbx><wps:bodyPr/></wps:wsp>
</a:graphicData></a:graphic></wp:inline></w:drawing></mc:Choice>
<mc:Fallback><w:pict><v:shape style="width:283pt;height:{height // 12_700}pt"><v:textbox>
<w:txbxContent>{inner}</w:txbxContent></v:textbox></v:shape></w:pict></mc:Fallback></mc:AlternateContent></w:r>""")


def write_section(document: Any, section: Section, layout: str) -> None:
    """Heading, paragraphs, bullets, entries."""
    document.add_heading(section.title, 1)
    if layout == "table" and section.paragraphs and all(": " in line for line in section.paragraphs):
        write_pairs(document, section.paragraphs)
    else:
        for paragraph in section.paragraphs:
            document.add_paragraph(paragraph)
    write_bullets(document, section.bullets)
    if layout == "table" and section.entries:
        write_rows(document, section.entries)
        return
    for entry in section.entries:
        document.add_heading(entry.title, 2)
        if entry.where or entry.dates:
            document.add_paragraph(" | ".join(part for part in (entry.where, entry.dates) if part))
        write_bullets(document, entry.bullets)


def write_pairs(document: Any, lines: tuple[str, ...]) -> None:
    """`Databases: PostgreSQL, Redis` as a row of two cells."""
    table = document.add_table(rows=0, cols=2, style="Table Grid")
    for line in lines:
        head, _, rest = line.partition(": ")
        cells = table.add_row().cells
        cells[0].text, cells[1].text = head, rest


def write_rows(document: Any, entries: tuple[Entry, ...]) -> None:
    """Entries as a table: dates on the left, the rest on the right."""
    table = document.add_table(rows=0, cols=2, style="Table Grid")
    for entry in entries:
        left, right = table.add_row().cells
        left.text = entry.dates
        right.text = entry.title
        right.paragraphs[0].runs[0].bold = True
        if entry.where:
            right.add_paragraph(entry.where)
        for bullet in entry.bullets:
            right.add_paragraph(bullet, style="List Bullet")


def write_bullets(document: Any, bullets: tuple[str, ...]) -> None:
    for bullet in bullets:
        document.add_paragraph(bullet, style="List Bullet")


def repacked(content: bytes) -> bytes:
    """The same archive with every entry dated `WRITTEN`."""
    out = BytesIO()
    with ZipFile(BytesIO(content)) as source, ZipFile(out, "w", ZIP_DEFLATED) as target:
        for name in sorted(source.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            data = source.read(name)
            target.writestr(ZipInfo(name, WRITTEN.timetuple()[:6]), data, ZIP_DEFLATED)
    return out.getvalue()
