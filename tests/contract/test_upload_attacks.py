"""Every way we know to harm whoever takes in files, a row each: refused with a reason and advice, or read with a flag,
and nothing else happens. Through the reader's child, with its limits on time and memory."""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from integrations.folder import Limits as Taken
from integrations.folder import iter_zip
from models.errors import TooLarge, UnreadableDocument
from models.exchange import CandidateIntake, label_of
from models.settings import Screening
from screening.extract import Reader
from screening.ocr import recognise
from tests import attacks
from tests.attacks import LAUGHS, OUTSIDE, PARAMETER, SAID, SCRIPT, docx, odt, pdf, related, zipped

_ENTITY = "<w:p><w:r><w:t>{}</w:t></w:r></w:p>"
_PART = "word/_rels/document.xml.rels"

REFUSED: dict[str, tuple[Callable[[], bytes], str, str]] = {
    # (file, reason, what the advice says)
    "a program under the name of a resume.pdf": (
        lambda: b"MZ\x90\x00" + bytes(range(256)) * 20,
        "unsupported",
        "program",
    ),
    "an archive under the name of a resume.docx": (lambda: zipped({"cv.txt": SAID}), "unsupported", "Unpack it"),
    "an archive in an archive in an archive.docx": (
        lambda: zipped({"b.zip": zipped({"c.zip": zipped({"cv.txt": SAID})})}),
        "unsupported",
        "Unpack it",
    ),
    "bomb of one part.docx": (lambda: docx(_ENTITY.format("a" * 30_000_000)), "too_big", "unpacks to far more"),
    "bomb of many parts.docx": (
        lambda: docx(more={f"word/x{n}.xml": "" for n in range(5_001)}),
        "too_big",
        "parts",
    ),
    "bomb in the type.odt": (
        lambda: zipped({"mimetype": attacks.ODT_TYPE + " " * 30_000_000}),
        "no_text",
        "no readable text",
    ),
    "deep markup.docx": (lambda: docx("<w:p>" * 3_000 + "</w:p>" * 3_000), "corrupt", "nested too deeply"),
    "entities that double.docx": (lambda: docx(_ENTITY.format("&a9;"), before=LAUGHS), "corrupt", "entities"),
    "entity of a file.docx": (lambda: docx(_ENTITY.format("&x;"), before=OUTSIDE), "corrupt", "entities"),
    "entity of an address.docx": (lambda: docx(before=PARAMETER), "corrupt", "entities"),
    "entity in the relations.docx": (
        lambda: docx(more={_PART: OUTSIDE + related("hyperlink", "&x;")}),
        "corrupt",
        "entities",
    ),
    "entities in UTF-16.docx": (
        lambda: docx(more={"word/document.xml": (OUTSIDE + "<a>&x;</a>").encode("utf-16")}),
        "corrupt",
        "entities",
    ),
    "entity of a file.odt": (lambda: odt("<text:p>&x;</text:p>", before=OUTSIDE), "corrupt", "entities"),
    "entity of a file.xml": (lambda: f'<?xml version="1.0"?>{OUTSIDE}<r>&x;</r>'.encode(), "unsupported", "XML"),
    "macros.docm": (
        lambda: docx(main="application/vnd.ms-word.document.macroEnabled.main+xml"),
        "unsupported",
        "without macros",
    ),
    "macros under another name.docx": (
        lambda: docx(more={"word/vbaProject.bin": b"\x01"}),
        "unsupported",
        "without macros",
    ),
    "macros in an unusual place.docx": (
        lambda: docx(more={"word/x/VBAPROJECT.BIN": b""}),
        "unsupported",
        "without macros",
    ),
    "macros.odt": (lambda: odt(more={"Basic/Standard/Module1.xml": "<x/>"}), "unsupported", "without macros"),
    "script.odt": (lambda: odt(more={"Scripts/python/evil.py": "x"}), "unsupported", "without macros"),
    "PDF and archive.pdf": (lambda: pdf() + zipped({"evil.exe": b"MZ"}), "unsupported", "at once"),
    "PDF and Java.pdf": (lambda: pdf() + zipped({"META-INF/MANIFEST.MF": "x"}) + b"\r\n", "unsupported", "at once"),
    "archive and PDF.docx": (lambda: zipped({"a": pdf()}, 0)[:40] + pdf(), "unsupported", "at once"),
    "web page and PDF.pdf": (lambda: pdf(head=b"<html><script>alert(1)</script>"), "unsupported", "at once"),
    "PDF with a web page behind its head.pdf": (
        lambda: pdf().replace(b"%PDF-1.7\n", b"%PDF-1.7\n%<script>alert(1)</script>\n"),
        "unsupported",
        "at once",
    ),
    "picture that claims 3.6 billion pixels.png": (lambda: attacks.png(60_000, 60_000), "scan", "image"),
}
FLAGGED: dict[str, tuple[Callable[[], bytes], str]] = {
    # (file, flag): read as the page shows it
    "script on opening.pdf": (lambda: pdf(catalog=SCRIPT), "active_content"),
    "script written in numbers.pdf": (lambda: pdf(catalog=SCRIPT.replace(b"JavaS", b"#4aava#53")), "active_content"),
    "script in the list of names.pdf": (
        lambda: pdf(b"null", b"<</Names[(a) 8 0 R]>>", SCRIPT[11:], catalog=b"/Names<</JavaScript 7 0 R>>"),
        "active_content",
    ),
    "script in a packed object.pdf": (
        lambda: pdf(b"null", attacks.object_stream(SCRIPT[11:]), catalog=b"/OpenAction 9 0 R"),
        "active_content",
    ),
    "starts a program.pdf": (
        lambda: pdf(page=b"/AA<</O<</S/Launch/F(cmd.exe)>>>>"),
        "active_content",
    ),
    "sends a form.pdf": (lambda: pdf(page=b"/AA<</O<</S/SubmitForm/F(http://127.0.0.1:9/)>>>>"), "active_content"),
    "holds a program.pdf": (
        lambda: pdf(
            b"null",
            b"<</Type/Filespec/F(evil.exe)/EF<</F 8 0 R>>>>",
            attacks.stream(b"/Type/EmbeddedFile", b"MZ"),
            catalog=b"/Names<</EmbeddedFiles<</Names[(evil.exe) 7 0 R]>>>>",
        ),
        "embedded_files",
    ),
    "template from elsewhere.docx": (
        lambda: docx(more={"word/_rels/settings.xml.rels": related("attachedTemplate", "http://127.0.0.1:9/x.dotm")}),
        "active_content",
    ),
    "object from elsewhere.docx": (
        lambda: docx(more={_PART: related("oleObject", "file://127.0.0.1/x")}),
        "active_content",
    ),
    "holds an object.docx": (lambda: docx(more={"word/embeddings/oleObject1.bin": b"MZ"}), "embedded_files"),
    "holds a document.odt": (lambda: odt(more={"Object 1/content.xml": "<x/>"}), "embedded_files"),
    "holds an object.rtf": (
        lambda: b"{\\rtf1{\\object\\objocx{\\*\\objdata 4d5a90}}" + SAID.encode() + b"}",
        "embedded_files",
    ),
}
READ: dict[str, Callable[[], bytes]] = {
    "page of a thousand kilometres.pdf": lambda: pdf(box=b"0 0 2834645669 2834645669"),
    "page thin as a line.pdf": lambda: pdf(box=b"0 0 595 1000000000"),
    "picture of 900 million pixels.pdf": attacks.flood,
    "page under another name.txt": pdf,
    "script in a page.html": lambda: f"<html><script>alert(1)</script><p>{SAID}</p></html>".encode(),
    "link to a file.html": lambda: (
        f'<html><img src="file:///etc/passwd"><iframe src="http://127.0.0.1:9/"></iframe><p>{SAID}</p></html>'.encode()
    ),
}


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    reader = Reader(Screening(processes=1))
    reader.warm()
    yield reader
    reader.close()


@pytest.fixture
def child(reader: Reader) -> Iterator[int | None]:
    """Its process id; a file that costs the child its life has done harm."""
    before = reader._pool._children[0].pid
    yield before
    assert reader._pool._children[0].pid == before


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.proves(49)
def test_what_could_do_harm_is_refused_with_advice(reader: Reader, child: int, name: str) -> None:
    make, reason, advice = REFUSED[name]
    with pytest.raises(UnreadableDocument) as refused:
        reader.read(make(), name)
    assert refused.value.reason == reason
    assert refused.value.detail.startswith(name)
    assert advice in refused.value.detail


@pytest.mark.parametrize("name", FLAGGED)
@pytest.mark.proves(49)
def test_what_waits_inside_is_told_and_only_the_page_is_read(reader: Reader, child: int, name: str) -> None:
    make, code = FLAGGED[name]
    document = reader.read(make(), name)
    assert document.text == SAID
    assert [flag.code for flag in document.flags] == [code]


@pytest.mark.parametrize("name", READ)
@pytest.mark.proves(49)
def test_what_is_only_large_or_odd_is_read_in_time(reader: Reader, child: int, name: str) -> None:
    document = reader.read(READ[name](), name)
    assert document.text == SAID
    assert document.flags == ()


@pytest.mark.proves(49)
def test_an_honest_file_has_no_such_flag(reader: Reader) -> None:
    named = docx(more={_PART: related("hyperlink", "https://ada.example.org"), "word/media/me.png": b"x"})
    for content in (named, odt(), pdf(), pdf(catalog=b"/OpenAction[3 0 R/Fit]/Lang(JavaScript)")):
        assert reader.read(content, "cv").flags == ()


@pytest.mark.proves(49)
def test_a_picture_too_large_is_not_unpacked() -> None:
    with pytest.raises(UnreadableDocument, match="far more pixels") as refused:
        recognise(attacks.png(60_000, 60_000), "cv.png", "eng")
    assert refused.value.reason == "too_big"


@pytest.mark.proves(49)
def test_the_same_bytes_under_many_names_are_a_bomb() -> None:
    with pytest.raises(TooLarge, match="times its size"):
        next(iter_zip(io.BytesIO(attacks.overlapping()), Taken()))


@pytest.mark.proves(49)
def test_a_file_that_needs_more_memory_than_allowed_costs_one_answer() -> None:
    small = Reader(Screening(processes=1, file_memory=350_000_000))
    try:
        with pytest.raises(UnreadableDocument) as refused:
            small.read(docx(_ENTITY.format(random.Random(1).randbytes(10_000).hex() * 2_500)), "long.docx")
        assert refused.value.reason == "too_big"
        assert small.read(pdf(), "cv.pdf").text == SAID
    finally:
        small.close()


TRICKS = {
    "../../etc/passwd": "etc/passwd",
    "/etc/passwd": "etc/passwd",
    "..\\..\\windows\\system.ini": "windows/system.ini",
    "C:\\Users\\ada\\cv.pdf": "C_/Users/ada/cv.pdf",
    "cv.pdf:evil.exe": "cv.pdf_evil.exe",
    "cv.pdf\x00.exe": "cv.pdf.exe",
    "cv\u202efdp.exe": "cvfdp.exe",
    "c\u200bv.pdf": "cv.pdf",
    "CON": "_CON",
    "aux.pdf": "_aux.pdf",
    "console.pdf": "console.pdf",
    "..": "unnamed",
    "": "unnamed",
    "a\r\nSet-Cookie: x.pdf": "aSet-Cookie_ x.pdf",
    "Zoë Müller – 王.pdf": "Zoë Müller – 王.pdf",
    "\ud800cv.pdf": "cv.pdf",
}


@pytest.mark.parametrize("name", TRICKS)
@pytest.mark.proves(49)
def test_a_name_is_only_a_label_and_a_harmless_one(name: str) -> None:
    assert label_of(name) == TRICKS[name]
    assert CandidateIntake(filename=name).filename == (TRICKS[name] if name else "")
    assert label_of(TRICKS[name]) == TRICKS[name]


@pytest.mark.proves(49)
def test_an_over_long_name_keeps_its_kind() -> None:
    label = label_of("a" * 5_000 + ".pdf")
    assert len(label) <= 150
    assert label.endswith(".pdf")
    assert len(label_of("/".join(["b" * 100] * 50))) <= 300


@pytest.mark.proves(49)
def test_no_file_of_an_archive_is_written_under_its_name(tmp_path: Path) -> None:
    hostile = zipped({"../up.txt": SAID, "nul.txt": SAID, "ok/cv\u202efdp.exe": SAID})
    before = sorted(tmp_path.parent.rglob("*"))
    found = {entry.name: entry.problem is None for entry in iter_zip(io.BytesIO(hostile), Taken())}
    assert found == {"up.txt": False, "_nul.txt": True, "ok/cvfdp.exe": True}
    assert sorted(tmp_path.parent.rglob("*")) == before
