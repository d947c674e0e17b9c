"""What rules look up in a resume, worked out when it is first asked and then kept: with another job, and with the next
requirement of the same kind, nothing is read again. Used by `screening.rules`, `conditions` and `degrees`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from models.values import ParsedResume

T = TypeVar("T")


class Noted:
    """About one resume. `of` takes functions of a module, since they are kept by name when this is pickled."""

    __slots__ = ("_found", "parsed")

    def __init__(self, parsed: ParsedResume) -> None:
        self.parsed = parsed
        self._found: dict[Callable[[ParsedResume], Any], Any] = {}

    def of(self, look: Callable[[ParsedResume], T]) -> T:
        """`look(parsed)`, which must depend on nothing else."""
        try:
            found: T = self._found[look]
        except KeyError:
            found = self._found[look] = look(self.parsed)
        return found
