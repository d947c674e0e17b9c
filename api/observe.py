"""Logs, the request id, and who acts in a request. One JSON line an event on stderr; never a name, an address or a word
of a resume."""

from __future__ import annotations

import logging
import sys
from contextlib import suppress
from typing import TextIO, cast

import structlog
import uuid_utils
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict

from api.metrics import count_event
from models.deeds import Acting, acting_as


def configure_logs(level: str) -> None:
    number = logging.getLevelNamesMapping()[level.upper()]
    logging.basicConfig(level=max(number, logging.WARNING), stream=sys.stderr, format="%(message)s")
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            _Counted(number),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),  # they hold people
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(min(number, logging.WARNING)),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, _Unfailing(sys.stderr))),
    )


class _Counted:
    """Warnings and errors are counted, also those that the level keeps out of the log."""

    def __init__(self, level: int) -> None:
        self._level = level

    def __call__(self, _logger: object, _method: str, event: EventDict) -> EventDict:
        count_event(str(event["event"]), event["level"])
        if logging.getLevelNamesMapping()[event["level"].upper()] < self._level:
            raise structlog.DropEvent
        return event


class _Unfailing:
    """A log that loses a line rather than stop what it tells of: where nothing can be written (a full disk), the rest
    of the work must go on."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()


class RequestId:
    """Gives every request an id: in the logs, in the answer's X-Request-ID and in every error body. What is done in it
    is a visitor's doing for the audit log, until somebody shows who they are (`models.deeds.acts`)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        request_id = str(uuid_utils.uuid7())
        scope.setdefault("state", {})["request_id"] = request_id

        async def tagged(message: Message) -> None:
            if message["type"] == "http.response.start":
                message.setdefault("headers", []).append((b"x-request-id", request_id.encode()))
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id), acting_as(Acting("visitor")):
            await self._app(scope, receive, tagged)
