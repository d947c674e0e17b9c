"""A posting from wherever it is: a file (read by the same isolated reader as resumes), or a page at its address, called
as every address that other people chose. Used by the console's form and `api.routes.postings`."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bs4 import UnicodeDammit

from integrations.fetching import fetched
from models.errors import BadRequest, PushRejected, TooLarge, UnreadableDocument
from screening.posting import read_posting

if TYPE_CHECKING:
    from api.deps import App

POSTING_BYTES = 2_000_000
FETCH_SECONDS = 15.0
MEDIA_TYPES = {
    ".html": "text/html",
    ".htm": "text/html",
    ".txt": "text/plain",
    ".text": "text/plain",
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".json": "application/ld+json",
    ".jsonld": "application/ld+json",
}
"""Of files that are text; every other kind is the reader's."""
BINARY = (b"%PDF", b"PK\x03\x04", b"{\\rtf", b"\xd0\xcf\x11\xe0")


def of_file(app: App, name: str, raw: bytes) -> tuple[str, str]:
    """(text, media type). Raises BadRequest, TooLarge, naming the file and what helps."""
    if len(raw) > POSTING_BYTES:
        raise TooLarge(f"{name} is larger than 2 MB. Paste the text of the posting instead.")
    suffix = PurePath(name).suffix.lower()
    if raw.startswith(BINARY) or suffix not in {"", *MEDIA_TYPES}:
        return _by_reader(app, name, raw), "text/markdown"
    try:
        text = raw.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise BadRequest(
            f"{name} is no UTF-8 text. Save the posting as text, Markdown, HTML, PDF or DOCX, or paste its text."
        ) from error
    return text, MEDIA_TYPES.get(suffix, "text/markdown")


def _by_reader(app: App, name: str, raw: bytes) -> str:
    try:
        return app.engines.reader.read(raw, name).text.strip()
    except UnreadableDocument as problem:
        detail = problem.detail.rstrip(".")
        raise BadRequest(f"{detail}. Or paste the posting's text.") from problem


def of_address(app: App, url: str) -> tuple[str, str]:
    """(text, media type) of the page: what it tells search engines of the job if it does, else what it shows. Raises
    BadRequest with what to do instead."""
    url = url.strip()
    host = urlsplit(url).hostname if "://" in url else None
    try:
        answer = fetched(url, allow_private=app.settings.webhook_private, seconds=FETCH_SECONDS)
    except PushRejected as refused:
        raise BadRequest(
            f"The posting could not be fetched: {refused.detail.rstrip('.')}. If this installation has no way to the "
            "internet, open the page yourself and paste the posting's text, or save the page and upload the file."
        ) from refused
    if len(answer.body) > POSTING_BYTES:
        raise TooLarge(f"The page at {host} is larger than 2 MB. Paste the text of the posting instead.")
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if answer.body.startswith(BINARY):
        return _by_reader(app, PurePath(urlsplit(url).path).name or "the file", answer.body), "text/markdown"
    text = UnicodeDammit(answer.body, ["utf-8"]).unicode_markup or ""
    if "\0" in text or not text.strip():
        raise BadRequest(f"{host} did not answer with a page. Paste the posting's text instead.")
    media_type = "application/ld+json" if "json" in kind else "text/plain" if kind == "text/plain" else "text/html"
    found = read_posting(text, media_type=media_type, name=host or "the page")
    if len(found.text) < 20 or not found.requirements:
        raise BadRequest(
            f"The page at {host} shows no posting that could be read; many build theirs with scripts. Paste its text."
        )
    return found.text, "text/markdown"
