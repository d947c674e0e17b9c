"""Reading files: the reader in this process and the one in killable children must agree, format by format.

The documents are made here, by the libraries that write such files in the world (reportlab, python-docx)."""

from __future__ import annotations

import io
import os
import time
import zipfile
from collections.abc import Callable, Iterator

import docx
import pytest
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen import canvas

import screening.extract
from models.child import ChildPool
from models.errors import UnreadableDocument
from models.settings import Screening
from models.values import DocumentText
from screening.extract import Limits, Reader, read, sniff
from screening.raw import DOCX, HTML, PDF, TEXT

Read = Callable[[bytes, str], DocumentText]
WIDTH, HEIGHT = A4


@pytest.fixture(scope="module")
def children() -> Iterator[Reader]:
    reader = Reader(Screening(processes=1, file_bytes=3_000_000))
    yield reader
    reader.close()


@pytest.fixture(params=["in this process", "in a child"])
def reading(request: pytest.FixtureRequest, children: Reader) -> Read:
    if request.param == "in a child":
        return children.read
    limits = Limits(file_bytes=3_000_000)
    return lambda content, name: read(content, name, limits)


def pdf(draw: Callable[[canvas.Canvas], object], **options: object) -> bytes:
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=A4, **options)
    draw(page)
    page.save()
    return out.getvalue()


def draw_text(page: canvas.Canvas, rows: list[tuple[float, float, str]], *, font: str = "Helvetica") -> None:
    page.setFont(font, 10)
    for x, y, text in rows:
        page.drawString(x, HEIGHT - y, text)


def two_columns(page: canvas.Canvas) -> None:
    draw_text(page, [(40, 50, "Ada Example")], font="Helvetica-Bold")
    left = ["SKILLS", "Python", "SQL", "Kafka", "LANGUAGES", "Polish"]
    right = ["EXPERIENCE", "Engineer at Acme since 2019", "Built the ledger in", "Python for banks", "EDUCATION", "MSc"]
    for n, (a, b) in enumerate(zip(left, right, strict=True)):
        draw_text(page, [(40, 90 + 15 * n, a), (220, 90 + 15 * n, b)])


def word(build: Callable[[docx.document.Document], object]) -> bytes:
    document, out = docx.Document(), io.BytesIO()
    build(document)
    document.save(out)
    return out.getvalue()


def rezipped(content: bytes, part: str, change: Callable[[str], str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.namelist():
            data = old.read(item)
            new.writestr(item, change(data.decode()) if item == part else data)
    return out.getvalue()


def check_lines(document: DocumentText) -> list[str]:
    assert document.text == "\n".join(line.text for line in document.lines)
    for number, line in enumerate(document.lines, start=1):
        assert line.number == number
        assert document.text[line.start : line.end] == line.text
    return [line.text for line in document.lines]


def test_pdf_columns_are_read_one_after_the_other_with_boxes(reading: Read) -> None:
    document = reading(pdf(two_columns), "columns.pdf")
    lines = check_lines(document)
    assert lines[:3] == ["Ada Example", "SKILLS", "Python"]
    assert lines.index("Polish") < lines.index("EXPERIENCE")
    assert lines[lines.index("Built the ledger in") + 1] == "Python for banks"
    assert (document.media_type, document.pages) == (PDF, 1)
    first = document.lines[0]
    assert first.emphasis
    assert first.page == 1
    assert first.box is not None
    assert 38 < first.box.x0 < 42
    assert 36 < first.box.y0 < 52


def test_pdf_dates_at_the_right_margin_stay_with_their_line(reading: Read) -> None:
    def table(page: canvas.Canvas) -> None:
        for n in range(6):
            draw_text(page, [(40, 60 + 14 * n, f"Nurse, ward {n}"), (430, 60 + 14 * n, f"201{n} - 201{n + 1}")])

    lines = check_lines(reading(pdf(table), "table.pdf"))
    assert lines[0] == "Nurse, ward 0\t2010 - 2011"
    assert len(lines) == 6


def test_pdf_hidden_text_is_set_apart_and_flagged(reading: Read) -> None:
    def stuffed(page: canvas.Canvas) -> None:
        draw_text(page, [(40, 60, "Cook with ten years of experience")])
        page.setFillColorRGB(1, 1, 1)
        draw_text(page, [(40, 90, "kubernetes terraform")])
        page.setFillColorRGB(0, 0, 0.3)
        page.rect(0, HEIGHT - 140, WIDTH, 30, fill=1, stroke=0)
        page.setFillColorRGB(1, 1, 1)
        draw_text(page, [(40, 130, "Visible on a banner")])
        page.setFillColorRGB(0, 0, 0)
        page.setFont("Helvetica", 2)
        page.drawString(40, HEIGHT - 200, "microscopic haskell")
        text = page.beginText(40, HEIGHT - 220)
        text.setFont("Helvetica", 10)
        text.setTextRenderMode(3)
        text.textOut("invisible erlang")
        page.drawText(text)

    document = reading(pdf(stuffed), "stuffed.pdf")
    assert check_lines(document) == ["Cook with ten years of experience", "Visible on a banner"]
    assert {flag.quote for flag in document.flags if flag.code == "hidden_text"} == {
        "kubernetes terraform",
        "microscopic haskell",
        "invisible erlang",
    }
    assert "erlang" in " ".join(document.hidden)


def test_docx_reads_headers_tables_text_boxes_and_leaves_hidden_runs_out(reading: Read) -> None:
    box = (
        '<w:p><w:r><mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        '<mc:Choice Requires="wps"><w:drawing><w:txbxContent><w:p><w:r><w:t>Boxed once</w:t></w:r></w:p>'
        "</w:txbxContent></w:drawing></mc:Choice><mc:Fallback><w:pict><w:txbxContent><w:p><w:r><w:t>Boxed once"
        "</w:t></w:r></w:p></w:txbxContent></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )

    def build(document: docx.document.Document) -> None:
        document.sections[0].header.paragraphs[0].text = "ada@example.org"
        document.add_heading("Experience", 1)
        document.add_paragraph("Ran the ward", style="List Bullet")
        table = document.add_table(1, 2)
        table.rows[0].cells[0].text, table.rows[0].cells[1].text = "Languages", "Polish"
        secret = document.add_paragraph("Seen ").add_run("kubernetes")
        secret.font.hidden = True
        white = document.add_paragraph().add_run("terraform")
        white.font.color.rgb = docx.shared.RGBColor(255, 255, 255)

    content = rezipped(word(build), "word/document.xml", lambda xml: xml.replace("<w:sectPr", box + "<w:sectPr", 1))
    document = reading(content, "ada.docx")
    assert check_lines(document) == [
        "ada@example.org",
        "Experience",
        "Ran the ward",
        "Languages\tPolish",
        "Seen",
        "Boxed once",
    ]
    assert document.media_type == DOCX
    assert [line.emphasis for line in document.lines[:3]] == [False, True, False]
    assert [line.bullet for line in document.lines[:3]] == [False, False, True]
    assert set(document.hidden) == {"kubernetes", "terraform"}


def test_html_as_a_browser_shows_it(reading: Read) -> None:
    page = b"""<!DOCTYPE html><html><head><title>t</title><style>.no{display:none}
    .bar{background:#123;color:#fff}</style>
    <script>var x = "script"</script></head><body><h1>Ada <i>Example</i></h1><div class="bar">On a dark bar</div>
    <p class="no">secret one</p><p style="color:#FFFFFF">secret two</p><ul><li>First<li>Second &amp; last</ul>
    <table><tr><td>2019</td><td>Acme</td></tr></table><a href="https://example.org/ada">Home</a></body></html>"""
    document = reading(page, "ada.html")
    assert check_lines(document) == [
        "Ada Example",
        "On a dark bar",
        "First",
        "Second & last",
        "2019\tAcme",
        "Home",
    ]
    assert document.media_type == HTML
    assert document.lines[0].emphasis
    assert document.lines[2].bullet
    assert document.hidden == ("secret one", "secret two")
    assert document.links == ("https://example.org/ada",)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_text_in_any_usual_encoding_keeps_its_line_numbers(reading: Read, encoding: str) -> None:
    document = reading("Zoë Müller\r\n\r\nKöchin – 10 Jahre\r\n".encode(encoding), "cv.txt")
    assert check_lines(document) == ["Zoë Müller", "", "Köchin – 10 Jahre"]
    assert document.media_type == TEXT


ODT_SPACES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"'
    for short, long in [("office", "office"), ("text", "text"), ("style", "style"), ("table", "table"),
                        ("draw", "drawing"), ("fo", "xsl-fo-compatible")]
)  # fmt: skip


def odt(body: str, *, styles: str = "", kind: str = "text", manifest: str = "<m/>") -> bytes:
    """An OpenDocument file as LibreOffice lays it out."""
    content = (
        f"<office:document-content {ODT_SPACES}><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as files:
        files.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}")
        files.writestr("META-INF/manifest.xml", manifest)
        files.writestr("content.xml", content)
    return out.getvalue()


def test_odt_reads_lists_tables_frames_and_notes_and_leaves_hidden_text_out(reading: Read) -> None:
    styles = (
        '<style:style style:name="B"><style:text-properties fo:font-weight="bold"/></style:style>'
        '<style:style style:name="V"><style:text-properties text:display="none"/></style:style>'
        '<style:style style:name="W" style:parent-style-name="White"/>'
        '<style:style style:name="White"><style:text-properties fo:color="#fefefe"/></style:style>'
        '<style:style style:name="Bar"><style:paragraph-properties fo:background-color="#112233"/></style:style>'
    )
    body = (
        "<text:tracked-changes><text:p>deleted</text:p></text:tracked-changes><text:h>Ada Example</text:h>"
        '<text:p text:style-name="B">Skills</text:p><text:list><text:list-item><text:p>Python<text:s/>and SQL</text:p>'
        "</text:list-item></text:list><table:table><table:table-row><table:table-cell><text:p>2019</text:p>"
        "</table:table-cell><table:table-cell><text:p>Acme</text:p></table:table-cell></table:table-row></table:table>"
        '<text:p>Seen <text:span text:style-name="V">kubernetes</text:span><text:note><text:note-citation>1'
        "</text:note-citation><text:note-body><text:p>A note</text:p></text:note-body></text:note></text:p>"
        '<text:p text:style-name="W">terraform</text:p>'
        '<text:p text:style-name="Bar"><text:span text:style-name="W">On a bar</text:span></text:p>'
        "<text:p><draw:frame><draw:text-box><text:p>Boxed<office:annotation><text:p>remark</text:p></office:annotation>"
        "</text:p></draw:text-box></draw:frame></text:p>"
    )
    document = reading(odt(body, styles=styles), "ada.odt")
    lines = ["Ada Example", "Skills", "Python and SQL", "2019\tAcme", "Seen", "On a bar", "Boxed", "A note"]
    assert check_lines(document) == lines
    assert [line.emphasis for line in document.lines[:3]] == [True, True, False]
    assert document.lines[2].bullet
    assert set(document.hidden) == {"kubernetes", "terraform"}


def test_rtf_reads_tables_and_every_alphabet_and_leaves_hidden_text_out(reading: Read) -> None:
    content = (
        rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}{\colortbl;\red255\green255\blue255;\red10\green20\blue30;}"
        rb"{\*\generator Writer}{\info{\title secret title}}{\b Zo\'eb M\u252\'fcller}\par "
        rb"{\pntext\'b7\tab}Cook \endash  ten years\par 2019\cell Acme\cell\row "
        rb"{\v kubernetes}Seen{\cf1 terra}{\cf1 form} {\fs4 haskell}\par "
        rb"{\cf1\highlight2 On a bar}\par {\deleted gone}\uc0\u1046\u1072\par\pard{\pict 00ffaa}"
        rb"{\shp{\*\shpinst{\sp{\sn a}{\sv 1}}{\shptxt Boxed\par}}}End\}}"
    )
    document = reading(content, "zoe.rtf")
    assert check_lines(document) == [
        "Zoë Müller",
        "Cook – ten years",
        "2019\tAcme",
        "Seen",
        "On a bar",
        "Жа",
        "Boxed",
        "End}",
    ]
    assert document.lines[0].emphasis
    assert document.lines[1].bullet
    assert set(document.hidden) == {"kubernetes", "terraform", "haskell"}


def bomb() -> bytes:
    document = word(lambda d: d.add_paragraph("x"))
    return rezipped(document, "word/document.xml", lambda xml: xml.replace("<w:t>x", "<w:t>" + "a" * 30_000_000))


def entities() -> bytes:
    evil = '<!DOCTYPE r [<!ENTITY a "expanded">]>'
    document = word(lambda d: d.add_paragraph("x"))
    return rezipped(
        document, "word/document.xml", lambda xml: xml.replace("?>", "?>" + evil, 1).replace(">x<", ">&a;<")
    )


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as files:
        files.writestr("cv.txt", "Ada")
    return out.getvalue()


def locked(page: canvas.Canvas) -> None:
    draw_text(page, [(40, 60, "secret")])


UNREADABLE: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing.pdf": (lambda: b"", "empty"),
    "zeros.docx": (lambda: b"\x00" * 5000, "empty"),
    "program.pdf": (lambda: b"MZ\x90\x00" + bytes(range(256)) * 20, "unsupported"),
    "image.pdf": (lambda: b"\x89PNG\r\n\x1a\n" + b"\x00\x01" * 50, "scan"),
    "empty.rtf": (lambda: b"{\\rtf1{\\info{\\title hello}}}", "no_text"),
    "deep.rtf": (lambda: b"{\\rtf1 " + b"{" * 5_000, "corrupt"),
    "sheet.ods": (lambda: odt("", kind="spreadsheet"), "unsupported"),
    "locked.odt": (lambda: odt("", manifest="<m><encryption-data/></m>"), "encrypted"),
    "cut.odt": (lambda: odt("<text:p>"), "corrupt"),
    "old.doc": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "unsupported"),
    "many.docx": (archive, "unsupported"),
    "locked.pdf": (lambda: pdf(locked, encrypt="sesame"), "encrypted"),
    "cut.pdf": (lambda: pdf(two_columns)[:300], "corrupt"),
    "cut.docx": (lambda: word(lambda d: d.add_paragraph("x"))[:9000], "corrupt"),
    "scan.pdf": (lambda: pdf(lambda page: page.rect(50, 50, 300, 300, fill=1)), "no_text"),
    "bomb.docx": (bomb, "too_big"),
    "entities.docx": (entities, "corrupt"),
    "huge.txt": (lambda: b"word " * 700_000, "too_big"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_says_why_and_names_the_file(reading: Read, name: str) -> None:
    make, reason = UNREADABLE[name]
    with pytest.raises(UnreadableDocument) as failed:
        reading(make(), name)
    assert failed.value.reason == reason
    assert failed.value.detail.startswith(name)


def test_a_pdf_without_pages_is_corrupt_whatever_was_read_before(reading: Read) -> None:
    reasons = []
    pageless = pdf(two_columns).replace(b"/Kids [ 4 0 R ]", b"/Kids [       ]").replace(b"/Count 1", b"/Count 0")
    for content in (pageless, pdf(locked, encrypt="sesame"), pageless):
        with pytest.raises(UnreadableDocument) as failed:
            reading(content, "cv.pdf")
        reasons.append(failed.value.reason)
    assert reasons == ["corrupt", "encrypted", "corrupt"]


def test_pages_beyond_the_limit_are_not_read_and_that_is_said() -> None:
    def pages(page: canvas.Canvas) -> None:
        for n in range(5):
            draw_text(page, [(40, 60, f"Page number {n}")])
            page.showPage()

    document = read(pdf(pages), "long.pdf", Limits(pages=2))
    assert check_lines(document) == ["Page number 0", "Page number 1"]
    assert [flag.code for flag in document.flags] == ["pages_cut"]
    assert document.pages == 5


def test_the_type_comes_from_the_content_never_from_the_name() -> None:
    assert sniff(pdf(two_columns), "cv.txt") == PDF
    assert sniff(b"Just a text about PDF", "cv.pdf") == TEXT


def _sleepy(limits: Limits) -> Callable[[object], object]:
    def answer(request: object) -> object:
        match request:
            case (b"sleep", _):
                time.sleep(60)
            case (b"die", _):
                os._exit(3)
        return read(b"Ada Example, cook", "cv.txt", limits).model_dump_json().encode()

    return answer


@pytest.mark.proves(49)
def test_a_reader_that_hangs_or_dies_costs_one_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screening.extract, "_child", _sleepy)
    reader = Reader(Screening(processes=1, file_seconds=1.0))
    try:
        assert isinstance(reader._pool, ChildPool)
        with pytest.raises(UnreadableDocument) as slow:
            reader.read(b"sleep", "slow.pdf")
        assert slow.value.reason == "timeout"
        with pytest.raises(UnreadableDocument) as dead:
            reader.read(b"die", "deadly.pdf")
        assert dead.value.reason == "corrupt"
        assert "deadly.pdf" in dead.value.detail
        assert reader.read(b"fine", "cv.txt").text == "Ada Example, cook"
    finally:
        reader.close()


def test_an_endless_line_is_cut_and_endless_text_is_said_to_be_cut() -> None:
    document = read(b"words " * 60_000, "endless.txt", Limits())
    check_lines(document)
    assert max(len(line.text) for line in document.lines) <= 4_000
    assert [flag.code for flag in document.flags] == ["text_cut"]
