"""Byte ranges, as a player asks for them when it jumps to a second."""

from __future__ import annotations

import pytest

from api.routes.interviews import ranged

CONTENT = bytes(range(100))


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
def test_ranges(wanted: str | None, status: int, body: bytes, content_range: str | None) -> None:
    answer = ranged(CONTENT, wanted, "audio/flac")
    assert (answer.status_code, answer.body, answer.headers.get("content-range")) == (status, body, content_range)
