"""The words of a scan, recognised by Tesseract where the machine has it. Optional: nothing else needs it.

Called for what `extract` refuses as a scan, and after everything else, since a page takes about a second: two hundred
times as long as one with text. Words keep their boxes, so a quote can be marked on the page as any other.
"""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from statistics import median
from typing import TYPE_CHECKING, Any

from models.child import Child
from models.errors import EngineError, UnreadableDocument
from models.settings import Screening
from models.values import DocumentText, Flag
from screening.extract import Limits, Reader, document_of, guarded, lost_reader
from screening.layout import Word
from screening.raw import IMAGE, PDF, Raw, ocr_flag, too_big

if TYPE_CHECKING:
    from PIL import Image

PROGRAM = "tesseract"
SECONDS = 120.0
"""Wall clock for one file."""
PAGES = 10
"""Of one file; a resume has fewer."""
_DOTS = 300 / 72
"""Pixels a point: what Tesseract reads best."""
_WIDTH = 595.0
"""Points that a picture without a page is taken to be wide: A4."""
_MOST_PIXELS = 40_000_000
_LEAST_SURE, _UNSURE = 30.0, 75.0
"""Confidence in percent: words below the first are dropped; a file whose median is below the second is flagged."""

_BULLETS = frozenset("\u00a2\u00a9\u00ab\u00bb\u00b0\u00ae*=+-eo\N{BULLET}\N{MIDDLE DOT}")
"""What a bullet before a line is taken for."""


class Ocr:
    """Scans to text, one at a time and gently, in a child that can be killed. Safe to share between threads."""

    def __init__(self, settings: Screening) -> None:
        self._languages = settings.ocr
        self._limits = Limits.of(settings)
        self._able: dict[str, bool] = {}
        self._child = Child(_child, settings.ocr, memory=settings.file_memory)

    @property
    def available(self) -> bool:
        """Wanted, and on this machine now: who installs Tesseract later need not start Foyer again."""
        program = shutil.which(PROGRAM)
        if not self._languages or program is None:
            return False
        if program not in self._able:
            self._able[program] = set(self._languages.split("+")) <= _installed(program)
        return self._able[program]

    def read(self, content: bytes, name: str) -> DocumentText:
        """Raises UnreadableDocument (never with reason scan), EngineError when Tesseract itself fails."""
        if len(content) > self._limits.file_bytes:
            raise too_big(name, "the scan is larger than the limit")
        try:
            answer: bytes = self._child.ask((content, name), timeout=SECONDS + 30.0)
        except EngineError as lost:
            if lost.retry:
                raise lost_reader(name, lost, SECONDS) from lost
            raise
        return DocumentText.model_validate_json(answer)

    def close(self) -> None:
        self._child.close()


def _installed(program: str) -> set[str]:
    """Languages that Tesseract has."""
    told = subprocess.run([program, "--list-langs"], capture_output=True, text=True, check=False)  # noqa: S603 - fixed
    return set((told.stdout + told.stderr).split())


def read_or_recognise(reader: Reader, ocr: Ocr, content: bytes, name: str) -> DocumentText:
    """The text of a file at once, scans too where Tesseract is there. Raises UnreadableDocument."""
    try:
        return reader.read(content, name)
    except UnreadableDocument as problem:
        if problem.reason != "scan" or not ocr.available:
            raise
    return ocr.read(content, name)


def recognise(content: bytes, name: str, languages: str) -> DocumentText:
    """In this process, for the child itself and for tests. `languages` as Tesseract takes them: "eng+deu"."""
    from screening.pdf import lines_of

    until = time.monotonic() + SECONDS
    raw, words, sure = Raw(flags=[ocr_flag()]), list[Word](), list[float]()
    pdf = b"%PDF-" in content[:1024]
    for number, (picture, scale) in enumerate(_pages(content, raw, name, pdf=pdf), start=1):
        left = until - time.monotonic()
        for word, confidence in _words(_tesseract(picture, languages, left, name), number, scale):
            words.append(word)
            sure.append(confidence)
    if sure and median(sure) < _UNSURE:
        detail = f"Much of the scan {name} is hard to read. Compare the text with the page before you decide."
        raw.flags.append(Flag(code="ocr_unsure", detail=detail))
    raw.lines.extend(lines_of(words))
    return document_of(content, name, PDF if pdf else IMAGE, raw)


def _pages(content: bytes, raw: Raw, name: str, *, pdf: bool) -> Iterator[tuple[Image.Image, float]]:
    """Pictures of the pages and their pixels a point."""
    found = _pdf_pages(content) if pdf else _picture_pages(content, name)
    for number, page in enumerate(found, start=1):
        if number > PAGES:
            detail = f"Only the first {PAGES} pages of the scan {name} were read."
            raw.flags.append(Flag(code="pages_cut", detail=detail))
            return
        raw.pages = number
        yield page


def _pdf_pages(content: bytes) -> Iterator[tuple[Image.Image, float]]:
    import pypdfium2 as pdfium

    with closing(pdfium.PdfDocument(content)) as document:
        for index in range(len(document)):
            with closing(document[index]) as page:
                width, height = page.get_size()
                scale = min(_DOTS, (_MOST_PIXELS / max(width * height, 1.0)) ** 0.5)
                yield page.render(scale=scale, grayscale=True).to_pil(), scale


def _picture_pages(content: bytes, name: str) -> Iterator[tuple[Image.Image, float]]:
    from PIL import Image, ImageOps, ImageSequence

    try:
        opened = Image.open(io.BytesIO(content))
    except Image.DecompressionBombError as bomb:
        raise too_big(name, "the picture has far more pixels than a page needs") from bomb
    with opened as image:
        for frame in ImageSequence.Iterator(image):
            if frame.width * frame.height > _MOST_PIXELS:
                raise too_big(name, f"the picture has {frame.width} x {frame.height} pixels")
            upright = ImageOps.exif_transpose(frame).convert("L")
            yield upright, upright.width / _WIDTH


def _tesseract(picture: Image.Image, languages: str, seconds: float, name: str) -> str:
    """Its table of words. One thread, whatever the machine has: the service has other things to do."""
    written = io.BytesIO()
    picture.save(written, "PNG", compress_level=1)
    command = [PROGRAM, "stdin", "stdout", "-l", languages, "--psm", "3", "tsv"]
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program; settings allow only letters, _ and + here
            command,
            input=written.getvalue(),
            capture_output=True,
            timeout=max(seconds, 0.1),
            check=False,
            env=os.environ | {"OMP_THREAD_LIMIT": "1"},
        )
    except subprocess.TimeoutExpired as slow:
        detail = f"{name}: recognising the scan took longer than {SECONDS:g} s and was stopped. Ask for a text file."
        raise UnreadableDocument(detail, reason="timeout") from slow
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise EngineError(f"Tesseract failed: {said[0] if said else done.returncode}. See FOYER_SCREENING__OCR.")
    return done.stdout.decode("utf-8", "replace")


def _words(table: str, page: int, scale: float) -> Iterator[tuple[Word, float]]:
    """Each with the height of its line, so that a dash stands as high as the words beside it."""
    top, bottom, first = 0.0, 0.0, True
    for row in csv.DictReader(io.StringIO(table), delimiter="\t", quoting=csv.QUOTE_NONE):
        left, width, y0, height = (float(row[name]) / scale for name in ("left", "width", "top", "height"))
        if row["level"] == "4":
            top, bottom, first = y0, y0 + height, True
        text, confidence = (row["text"] or "").strip(), float(row["conf"])
        if row["level"] != "5" or not text or (confidence < _LEAST_SURE and not (first and text in _BULLETS)):
            continue
        text = "\N{BULLET}" if first and text in _BULLETS else text
        yield Word(text, page, left, top, left + width, bottom, round(bottom - top, 1), bold=False), confidence
        first = False


def _child(languages: str) -> Callable[[tuple[bytes, str]], bytes]:
    import PIL.Image
    import pypdfium2  # noqa: F401 - loaded before the first scan's clock starts

    os.nice(10)  # recognition gives way to everything that somebody waits for
    PIL.Image.MAX_IMAGE_PIXELS = _MOST_PIXELS

    def answer(request: Any) -> bytes:
        content, name = request
        return guarded(name, lambda: recognise(content, name, languages)).model_dump_json().encode()

    return answer
