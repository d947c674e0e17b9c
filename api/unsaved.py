"""When the disk takes nothing more, or the database no write: an interview stands still until it does. Typing would not
help, for nothing can be kept, and what cannot be kept must not be asked for."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Iterable
from typing import Any

import structlog

from api.line import RESTART, Line
from interview import events as ev
from models.errors import Busy, NoSpace

log = structlog.get_logger("foyer.unsaved")

NOTICE = ev.Notice(
    code="not_saved",
    text="Please wait a moment before you go on: your answer cannot be saved just now. What you said before is kept. "
    "Leave this page open; the interview goes on by itself as soon as it can.",
)
_CAUSES = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO})


def is_unsaved(error: BaseException | None) -> bool:
    return isinstance(error, NoSpace | Busy) or (isinstance(error, OSError) and error.errno in _CAUSES)


def first_unsaved(tasks: Iterable[asyncio.Task[Any]]) -> BaseException | None:
    failures = [task.exception() for task in tasks if task.done() and not task.cancelled()]
    return next((failure for failure in failures if is_unsaved(failure)), None)


async def excuse(line: Line, interview_id: str, error: BaseException) -> None:
    """Ask for patience and close. The page keeps what is said meanwhile, for a minute, and comes back by itself."""
    log.error("room.cannot_save", interview=interview_id, detail=str(error))
    await line.send(NOTICE)
    await line.close(RESTART)
