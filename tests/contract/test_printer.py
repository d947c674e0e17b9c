"""Printer: WeasyPrint where it is installed, its stand-in where it is not; and what a reader is given in each case."""

from __future__ import annotations

import importlib.util
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pypdfium2
import pytest

from api.app import build
from api.deps import App
from api.report_links import pdf_of
from interview.report import render_html
from interview.report_pdf import WeasyPrinter
from models.engines import Paper, Printer
from models.errors import EngineError
from models.settings import Settings
from tests.report_world import NAMES, full_report
from tests.store_world import build as world_of

HAVE = importlib.util.find_spec("weasyprint") is not None
needs_weasyprint = pytest.mark.skipif(not HAVE, reason="weasyprint is not installed: no PDF is TESTED")
LETTER, A4 = (612.0, 792.0), (595.0, 842.0)


@dataclass
class FakePrinter:
    """A Printer that makes the shortest of PDFs, or cannot."""

    why_not: str = ""
    problem: str = ""
    name: str = "fake"

    def pdf(self, html: str, paper: Paper) -> bytes:
        if self.why_not or self.problem:
            raise EngineError(self.why_not or self.problem)
        return f"%PDF-1.7 {paper} {len(html)}".encode()


def app_with(tmp_path: Path, printer: Printer) -> tuple[App, str, str]:
    """An App with one report; the organisation and the interview."""
    app = build(Settings(home=tmp_path))
    world = world_of(app.database)
    sha = app.files.put(render_html(full_report()).encode(), subject=world.candidate_id)
    with app.database.store() as store:
        store.report(world.organisation_id, world.report_id).html_sha256 = sha
    app.engines._built["printer"] = printer
    return app, world.organisation_id, world.interview_id


def test_the_pdf_is_handed_out_as_it_is(tmp_path: Path) -> None:
    app, organisation, interview = app_with(tmp_path, FakePrinter())
    made = pdf_of(app, organisation, interview, "Letter")
    assert isinstance(made, bytes)
    assert made.startswith(b"%PDF-1.7 Letter")
    app.database.close()


@pytest.mark.parametrize("printer", [FakePrinter(why_not="No Pango <here>."), FakePrinter(problem="No Pango <here>.")])
def test_without_one_the_page_stands_in_and_says_so(tmp_path: Path, printer: FakePrinter) -> None:
    app, organisation, interview = app_with(tmp_path, printer)
    page = pdf_of(app, organisation, interview, "A4")
    assert isinstance(page, str)
    assert page.index("No Pango &lt;here&gt;. This page stands in for the PDF") < page.index("<h1>")
    assert page.replace(page[page.index('<p class="notice stop" id="notice">') : page.index("</p>") + 4], "", 1) == (
        render_html(full_report())
    )
    app.database.close()


@pytest.mark.skipif(HAVE, reason="weasyprint is installed")
def test_where_weasyprint_is_missing_that_is_said() -> None:
    assert "not installed" in WeasyPrinter().why_not
    with pytest.raises(EngineError, match="not installed"):
        WeasyPrinter().pdf("<p>x", "A4")


@needs_weasyprint
@pytest.mark.parametrize(("paper", "size"), [("A4", A4), ("Letter", LETTER)])
def test_a_full_report_prints_on_both_papers(paper: Paper, size: tuple[float, float]) -> None:
    document = pypdfium2.PdfDocument(WeasyPrinter().pdf(render_html(full_report()), paper))
    assert document[0].get_size() == pytest.approx(size, abs=1)
    assert 5 < len(document) < 15
    words = document[0].get_textpage().get_text_bounded()
    assert NAMES[0] in words
    assert "Not assessed".casefold() in words.casefold()


@needs_weasyprint
def test_right_to_left_and_cyrillic_names_are_in_the_pdf() -> None:
    for name in (NAMES[2], NAMES[3]):
        document = pypdfium2.PdfDocument(WeasyPrinter().pdf(render_html(full_report(candidate_name=name)), "A4"))
        words = document[0].get_textpage().get_text_bounded()
        assert set(name.split()[0]) <= set(words)


@needs_weasyprint
def test_a_letter_that_no_font_has_is_no_box_but_a_reason() -> None:
    with pytest.raises(EngineError, match="fonts of this server"):
        WeasyPrinter().pdf("<p>ok \U000104b0</p>", "A4")  # Osage, which hardly any font has


@pytest.mark.proves(58)
@needs_weasyprint
def test_nothing_is_fetched() -> None:
    asked: list[str] = []

    class Noting(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Noting)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    page = f'<img src="{base}/x.png"><link rel=stylesheet href="{base}/x.css"><style>@import "{base}/y.css"</style>'
    assert WeasyPrinter().pdf(page, "A4").startswith(b"%PDF")
    server.shutdown()
    server.server_close()
    assert asked == []
