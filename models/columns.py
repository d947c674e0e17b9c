"""Column types: personal data behind the seal, JSON, instants. Used by `models.records` alone; what the store binds
(`Personal`, `PersonalJson`) is re-exported there.
"""

# ruff: noqa: ARG002 - TypeDecorator hands every hook the dialect

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Self

from sqlalchemy import JSON, DateTime, Dialect, LargeBinary, TypeDecorator

from models.engines import Seal
from models.errors import NotFound

Json = JSON(none_as_null=True)
"""JSON that is not personal; None is SQL NULL."""


def secrets_of(organisation_id: str) -> str:
    """The subject of what lets the organisation into other systems: keys, tokens, signing secrets."""
    return f"secrets:{organisation_id}"


class Personal(str):
    """Text about a person. `subject` is whose it is: a candidate's id, for secrets of an organisation its id."""

    __slots__ = ("subject",)
    subject: str

    def __new__(cls, text: str, *, subject: str) -> Self:
        made = super().__new__(cls, text)
        made.subject = subject
        return made


class PersonalJson(dict[str, Any]):
    """A JSON object about a person. `subject` as in Personal."""

    def __init__(self, value: Mapping[str, Any], *, subject: str) -> None:
        super().__init__(value)
        self.subject = subject


def seal_of(dialect: Dialect) -> Seal:
    seal: Seal | None = getattr(dialect, "foyer_seal", None)
    if seal is None:
        raise TypeError("This engine has no seal: reach the database through models.db.Database.")
    return seal


_EMPTY: ContextVar[bool] = ContextVar("foyer_erased_is_empty", default=False)


@contextmanager
def erased_is_empty() -> Iterator[None]:
    """Within the block what was sealed for somebody whose key is destroyed reads as None instead of raising NotFound:
    for deleting such rows, which an older copy of the database brought back."""
    token = _EMPTY.set(True)
    try:
        yield
    finally:
        _EMPTY.reset(token)


class Sealed(TypeDecorator[str]):
    """Text at rest as sealed bytes. Bind a `Personal`; reading gives a plain str."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        if value is None:
            return None
        if not isinstance(value, Personal):
            raise TypeError("A Sealed column takes Personal(text, subject=...), not a bare str: whose text is it?")
        return seal_of(dialect).seal(value.encode(), subject=value.subject)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        try:
            return None if value is None else seal_of(dialect).unseal(value).decode()
        except NotFound:
            if _EMPTY.get():
                return None
            raise


class SealedJson(TypeDecorator[dict[str, Any]]):
    """A JSON object at rest as sealed bytes. Bind a `PersonalJson`; reading gives a plain dict."""

    impl = Sealed
    cache_ok = True

    def process_bind_param(self, value: dict[str, Any] | None, dialect: Dialect) -> Personal | None:
        if value is None:
            return None
        if not isinstance(value, PersonalJson):
            raise TypeError("A SealedJson column takes PersonalJson(value, subject=...), not a bare dict.")
        return Personal(json.dumps(value, ensure_ascii=False, separators=(",", ":")), subject=value.subject)

    def process_result_value(self, value: str | None, dialect: Dialect) -> dict[str, Any] | None:
        loaded: dict[str, Any] | None = None if value is None else json.loads(value)
        return loaded


class Utc(TypeDecorator[datetime]):
    """An instant. Takes any aware datetime, gives UTC, on databases with and without time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError(f"{value!r} has no time zone; pass datetime.now(UTC) or the like.")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
