"""Byte ranges, as a player asks for them when it jumps to a second."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from starlette.responses import StreamingResponse

from api.routes.interviews import ranged
from models.files import PART, Files
from tests.fakes_store import MarkedSeal

CONTENT = bytes(range(100))


async def body_of(answer: object) -> bytes:
    if not isinstance(answer, StreamingResponse):
        return b""
    return b"".join([bytes(piece) async for piece in answer.body_iterator])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wanted", "status", "body", "content_range"),
    [
        (None, 200, CONTENT, None),
        ("bytes=0-", 206, CONTENT, "bytes 0-99/100"),
        ("bytes=10-19", 206, CONTENT[10:20], "bytes 10-19/100"),
        ("bytes=90-500", 206, CONTENT[90:], "bytes 90-99/100"),
        ("bytes=-5", 206, CONTENT[95:], "bytes 95-99/100"),
        ("bytes=-500", 206, CONTENT, "bytes 0-99/100"),
        ("bytes=100-", 416, b"", "bytes */100"),
        ("bytes=20-10", 416, b"", "bytes */100"),
        ("bytes=-", 200, CONTENT, None),
        ("bytes=1-2,5-6", 200, CONTENT, None),
        ("seconds=1-2", 200, CONTENT, None),
    ],
)
def test_ranges(tmp_path: Path, wanted: str | None, status: int, body: bytes, content_range: str | None) -> None:
    files = Files(tmp_path, MarkedSeal())
    answer = ranged(files.open(files.put(CONTENT, subject="ann"), subject="ann"), wanted, "audio/flac")
    assert (answer.status_code, answer.headers.get("content-range")) == (status, content_range)
    assert asyncio.run(body_of(answer)) == body
    assert status == 416 or answer.headers["content-length"] == str(len(body))
    assert answer.headers["accept-ranges"] == "bytes"


def test_of_a_large_file_only_the_parts_asked_for_are_read(tmp_path: Path) -> None:
    class Counting(MarkedSeal):
        opened = 0

        def unseal(self, sealed: bytes) -> bytes:
            self.opened += 1
            return super().unseal(sealed)

    seal, content = Counting(), bytes(range(256)) * (5 * PART // 256) + b"end"
    (tmp_path / "large").write_bytes(content)
    files = Files(tmp_path / "files", seal)
    stored = files.open(files.put_file(tmp_path / "large", subject="ann"), subject="ann")
    start = 2 * PART - 10
    answer = ranged(stored, f"bytes={start}-{start + 19}", "audio/flac")
    assert asyncio.run(body_of(answer)) == content[start : start + 20]
    assert seal.opened == 2
    assert asyncio.run(body_of(ranged(stored, "bytes=-7", "audio/flac"))) == content[-7:]
    assert seal.opened == 4, "the end, and the part before it"
