"""Scans, recognised by the real Tesseract where the machine has it; and what is said where it has not."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from PIL import Image

from models.errors import UnreadableDocument
from models.settings import ROOT, Screening
from screening.extract import Reader
from screening.ocr import Ocr, read_or_recognise
from screening.parse import parse

SETTINGS = Screening(processes=1)
needs_tesseract = pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")


def pictures() -> list[Image.Image]:
    """The pages of a real resume, as a scanner would see them."""
    document = pdfium.PdfDocument((ROOT / "samples" / "resumes" / "maria-delgado-reyes.pdf").read_bytes())
    return [page.render(scale=200 / 72, grayscale=True).to_pil() for page in document]


def scanned(kind: str) -> bytes:
    first, *others = pictures()
    out = io.BytesIO()
    if kind == "PDF":
        first.save(out, "PDF", resolution=200.0, save_all=True, append_images=others)
    else:
        first.save(out, kind)
    return out.getvalue()


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    found = Reader(SETTINGS)
    yield found
    found.close()


@pytest.fixture(scope="module")
def ocr() -> Iterator[Ocr]:
    found = Ocr(SETTINGS)
    yield found
    found.close()


@needs_tesseract
def test_a_scanned_resume_is_read_like_its_original(reader: Reader, ocr: Ocr) -> None:
    original = reader.read((ROOT / "samples" / "resumes" / "maria-delgado-reyes.pdf").read_bytes(), "maria.pdf")
    found = read_or_recognise(reader, ocr, scanned("PDF"), "scan.pdf")
    words, kept = set(original.text.split()), set(found.text.split())
    assert len(words & kept) > 0.9 * len(words)
    assert [flag.code for flag in found.flags] == ["ocr_text"]
    mine, theirs = parse(found, now=date(2026, 11, 1)), parse(original, now=date(2026, 11, 1))
    assert mine.resume.basics.email == theirs.resume.basics.email
    assert [one.start_date for one in mine.resume.work] == [one.start_date for one in theirs.resume.work]


@needs_tesseract
def test_recognised_lines_lie_where_they_stand_on_the_page(reader: Reader, ocr: Ocr) -> None:
    original = reader.read((ROOT / "samples" / "resumes" / "maria-delgado-reyes.pdf").read_bytes(), "maria.pdf")
    found = ocr.read(scanned("PDF"), "scan.pdf")
    boxes = {line.text: (line.page, line.box) for line in original.lines if len(line.text) > 20}
    same = [(line, boxes[line.text]) for line in found.lines if line.text in boxes]
    assert len(same) > 10
    for line, (page, box) in same:
        assert line.page == page
        assert line.box is not None
        assert box is not None
        assert abs(line.box.x0 - box.x0) < 6
        assert abs((line.box.y0 + line.box.y1) - (box.y0 + box.y1)) < 12


@needs_tesseract
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF"])
def test_a_photographed_page_is_read(reader: Reader, ocr: Ocr, kind: str) -> None:
    found = read_or_recognise(reader, ocr, scanned(kind), f"page.{kind.lower()}")
    assert "Delgado" in found.text


@needs_tesseract
def test_a_picture_without_words_and_a_broken_one_end_with_a_reason(ocr: Ocr) -> None:
    out = io.BytesIO()
    Image.new("L", (600, 800), 255).save(out, "PNG")
    with pytest.raises(UnreadableDocument) as empty:
        ocr.read(out.getvalue(), "white.png")
    assert empty.value.reason == "no_text"
    with pytest.raises(UnreadableDocument) as broken:
        ocr.read(out.getvalue()[:60], "broken.png")
    assert broken.value.reason == "corrupt"


def test_without_tesseract_a_scan_is_named_and_told_what_helps(
    reader: Reader, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    unable = Ocr(SETTINGS)
    assert not unable.available
    for name, content in (("scan.pdf", scanned("PDF")), ("photo.jpg", scanned("JPEG"))):
        with pytest.raises(UnreadableDocument, match="install Tesseract") as caught:
            read_or_recognise(reader, unable, content, name)
        assert caught.value.reason == "scan"
        assert caught.value.detail.startswith(name)


def test_recognition_can_be_switched_off() -> None:
    assert not Ocr(Screening(ocr="")).available
    assert os.environ["PATH"]
