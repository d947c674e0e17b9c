"""The report's page as a PDF, by WeasyPrint, an optional part (`pip install foyer[pdf]`, and Pango on the machine).

The same HTML is printed, in a child of its own: setting thirty pages would hold up the conversations of a service. The
child fetches nothing, and ends when the PDF is there. Where it cannot be made, the error says why and the page stands
in.
"""

from __future__ import annotations

import ctypes.util
import importlib.util
import logging
import re
import threading
from dataclasses import dataclass
from functools import cache
from typing import Any

from models.child import Child, Handler
from models.engines import Paper
from models.errors import EngineError

SECONDS, BYTES = 90.0, 2_000_000_000
"""For one report: the longest took under 10 s."""
_NOT_INSTALLED = "WeasyPrint is not installed on this server (see Reports in docs/operating.md)."
_NO_PANGO = "WeasyPrint needs Pango, which this server lacks (see Reports in docs/operating.md)."


@dataclass(frozen=True, slots=True)
class Order:
    html: str
    paper: Paper


class WeasyPrinter:
    """A Printer. One PDF at a time; thread-safe."""

    name = "WeasyPrint"

    def __init__(self) -> None:
        self._lock = threading.Lock()

    @property
    def why_not(self) -> str:
        return _lacking()

    def pdf(self, html: str, paper: Paper) -> bytes:
        """Raises EngineError, also where the fonts here lack a letter of the page: boxes are nobody's name."""
        if self.why_not:
            raise EngineError(self.why_not)
        with self._lock:
            child = Child(start_printing, memory=BYTES)
            try:
                pdf, unknown = child.ask(Order(html, paper), timeout=SECONDS)
            except EngineError as error:
                raise EngineError(f"Making the PDF failed: {error.detail}") from error
            finally:
                child.close()
        letters = "".join(sorted({letter for letter in unknown if letter.isalpha()}))
        if letters:
            raise EngineError(f"The fonts of this server have no {letters[:20]} (see Reports in docs/operating.md).")
        assert isinstance(pdf, bytes)
        return pdf


@cache
def _lacking() -> str:
    if importlib.util.find_spec("weasyprint") is None:
        return _NOT_INSTALLED
    return "" if ctypes.util.find_library("pango-1.0") else _NO_PANGO


def start_printing() -> Handler:
    """In the child: Order -> (PDF, letters that no font has)."""
    from weasyprint import CSS, HTML
    from weasyprint.urls import URLFetcher

    class Nothing(URLFetcher):  # type: ignore[misc]  # untyped, and only here when it is installed
        """A report needs nothing from elsewhere, and nobody's words may make the server ask for something."""

        def fetch(self, url: str, headers: Any = None) -> Any:  # noqa: ARG002 - WeasyPrint's own signature
            raise ValueError(f"not fetched: {url[:80]}")

    unknown = _Unknown()
    logging.getLogger("weasyprint").addHandler(unknown)

    def print_(order: Order) -> tuple[bytes, str]:
        sheet = CSS(string=f"@page {{ size: {order.paper} }}")
        page: bytes = HTML(string=order.html, url_fetcher=Nothing()).write_pdf(stylesheets=[sheet])
        return page, "".join(unknown.letters)

    return print_


class _Unknown(logging.Handler):
    """WeasyPrint tells of letters without a glyph in its log alone."""

    def __init__(self) -> None:
        super().__init__()
        self.letters: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        found = re.search(r'unsupported by fonts: "(.+?)"', record.getMessage())
        if found:
            self.letters += found[1]
