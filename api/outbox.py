"""Reads the outbox folder as people read their mail. For rehearsals and tests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path


def messages(outbox: Path) -> Iterator[EmailMessage]:
    """Oldest first: their names begin with the time."""
    for file in sorted(outbox.glob("*.eml")):
        yield message_from_bytes(file.read_bytes(), _class=EmailMessage, policy=policy.default)


def words(message: EmailMessage) -> list[str]:
    """Of the plain text."""
    body = message.get_body(("plain",))
    return body.get_content().split() if body is not None else []


def invitation_links(outbox: Path) -> dict[str, str]:
    """E-mail address -> interview link; the newest link counts."""
    found = {}
    for message in messages(outbox):
        link = next((word for word in words(message) if "/i/" in word), None)
        if link is not None:
            found[message["To"].addresses[0].addr_spec] = link
    return found


def code_for(page: str, outbox: Path) -> str | None:
    """The code that a page (HTML) waits for, from the message whose mark it names; None: it asks for none."""
    mark = re.search(r'data-mark="(\w+)"', page)
    if mark is None:
        return None
    for message in messages(outbox):
        if message["Subject"].endswith(f"(message {mark[1]})"):
            return next((word for word in words(message) if re.fullmatch(r"\d{6}", word)), None)
    return None
