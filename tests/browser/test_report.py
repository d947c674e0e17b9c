"""A full report in a real browser: nobody is shut out, it fits a phone, and it prints on A4 and Letter."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
import pytest

from interview.report import render_html
from tests.browser.axe import serious
from tests.browser.conftest import OpenPage
from tests.report_world import NAMES, full_report

PAPERS = {"A4": (595, 842), "Letter": (612, 792)}


@pytest.fixture
def written(tmp_path: Path) -> str:
    path = tmp_path / "report.html"
    path.write_text(render_html(full_report(candidate_name=NAMES[3])))
    return path.as_uri()


@pytest.mark.parametrize("width", [360, 1200])
def test_it_hinders_nobody_and_fits(open_page: OpenPage, written: str, width: int) -> None:
    page = open_page(written, width=width)
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.get_by_role("heading", level=1).inner_text() == NAMES[3]
    assert page.evaluate("getComputedStyle(document.querySelector('.player')).position") == "sticky"


def test_it_prints_on_both_papers(open_page: OpenPage, written: str) -> None:
    page = open_page(written)
    for paper, size in PAPERS.items():
        printed = pypdfium2.PdfDocument(page.pdf(format=paper))
        assert printed[0].get_size() == pytest.approx(size, abs=1.5)
        assert 5 < len(printed) < 14
        texts = [sheet.get_textpage().get_text_bounded() for sheet in printed]
        assert "Recommendation".casefold() in texts[0].casefold()
        assert "At a glance" in texts[0]
        assert f"1 / {len(printed)}" in texts[0]
        assert all(len(text.strip()) > 60 for text in texts), "no sheet is all but empty"
        assert not any("context" in text.split() for text in texts), "what only a screen can do is left out"
