"""A posting's text from a file or from its address, before a job is made of it (`POST /api/jobs`)."""

from __future__ import annotations

from fastapi import APIRouter, UploadFile

from api import postings
from api.deps import Foyer, Signed
from api.schemas import PostingAt, PostingOut

router = APIRouter(prefix="/api/postings", tags=["jobs"])


@router.post("/read")
def read(file: UploadFile, app: Foyer, who: Signed) -> PostingOut:  # noqa: ARG001 - whoever is signed in
    """Text, Markdown, HTML, JSON-LD, PDF, DOCX, ODT or RTF. Nothing is kept."""
    text, media_type = postings.of_file(app, file.filename or "the file", file.file.read(postings.POSTING_BYTES + 1))
    return PostingOut(text=text, media_type=media_type)


@router.post("/fetch")
def fetch(body: PostingAt, app: Foyer, who: Signed) -> PostingOut:  # noqa: ARG001 - whoever is signed in
    """The page at a public address: its schema.org JobPosting, or what it shows. Nothing is kept."""
    text, media_type = postings.of_address(app, body.url)
    return PostingOut(text=text, media_type=media_type)
