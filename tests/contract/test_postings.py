"""A posting from a file of any kind that resumes come in, and from a page at its address."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import docx
import pytest

from api import postings
from api.app import build as build_app
from api.deps import App
from models.errors import BadRequest, TooLarge
from models.settings import ROOT, Settings
from screening.posting import read_posting

POSTING = (ROOT / "samples" / "jobs" / "backend_engineer.md").read_text()
LD = (
    '<html><head><script type="application/ld+json">{"@type": "JobPosting", "title": "Nurse", "description": '
    '"<ul><li>Three years of intensive care nursing</li><li>A nursing degree and a licence to practise</li></ul>"}'
    "</script></head><body><p>Cookies?</p></body></html>"
)


@contextmanager
def serving(pages: dict[str, str]) -> Iterator[str]:
    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path in pages else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(pages.get(self.path, "Not here.").encode())

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    built = build_app(Settings(home=tmp_path, webhook_private=True))
    yield built
    built.engines.close()
    built.database.close()


def test_a_posting_is_read_from_word_as_from_markdown(app: App) -> None:
    document = docx.Document()
    document.add_heading("Backend engineer", 1)
    document.add_heading("What you bring", 2)
    for line in ("5 years of Python", "PostgreSQL", "English, fluent"):
        document.add_paragraph(line, style="List Bullet")
    kept = io.BytesIO()
    document.save(kept)
    text, media_type = postings.of_file(app, "posting.docx", kept.getvalue())
    asked = [one.text for one in read_posting(text, media_type=media_type).requirements]
    assert any("Python" in one for one in asked)
    assert any("English" in one for one in asked)
    assert postings.of_file(app, "posting.md", POSTING.encode())[1] == "text/markdown"
    with pytest.raises(BadRequest, match="paste the posting's text"):
        postings.of_file(app, "posting.pdf", b"%PDF-1.4 broken")
    with pytest.raises(BadRequest, match="no UTF-8 text"):
        postings.of_file(app, "posting.txt", b"\xff\xfe\x00\x12")
    with pytest.raises(TooLarge):
        postings.of_file(app, "posting.txt", b"x" * (postings.POSTING_BYTES + 1))


def test_a_page_is_read_by_what_it_tells_search_engines_and_failing_says_what_to_do(app: App) -> None:
    with serving({"/job": LD, "/empty": "<html><body><div id=app></div></body></html>"}) as there:
        text, _ = postings.of_address(app, f"{there}/job")
        assert "intensive care" in text
        assert "Cookies" not in text
        with pytest.raises(BadRequest, match=r"[Pp]aste"):
            postings.of_address(app, f"{there}/empty")
        with pytest.raises(BadRequest, match="404"):
            postings.of_address(app, f"{there}/gone")
    with pytest.raises(BadRequest, match="no way to the internet"):
        postings.of_address(app, f"{there}/job")
    for wrong in ("file:///etc/passwd", "http://169.254.169.254/latest", "nonsense"):
        with pytest.raises(BadRequest):
            postings.of_address(app, wrong)
