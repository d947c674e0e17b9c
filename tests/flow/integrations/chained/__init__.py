"""The two ends of a chain as `test_chains` plays it: where somebody comes from, and the ATS that they are handed over
to. One file a vendor: `Origin` in one, `Destination` in the other, made inside the simulator's `with` block. Another
pair is one parameter of `test_chains`; another vendor one class here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from tests.flow.integrations.world import World

WORDS: Mapping[str, str] = {"hired": "was hired", "rejected": "was not selected"}
"""What a note of ours calls an outcome."""


class Origin(Protocol):
    """Somebody is in a CRM, or in a file."""

    def connect(self, world: World) -> dict[str, Any]:
        """The connection, with its pools chosen, where there are any."""

    def arrives(self, world: World, connection: Mapping[str, Any], job: str, email: str) -> str:
        """Ada Byron, for the job; the id of their application here."""

    def notes(self) -> list[str]:
        """What was written about them, a result before what became of them."""

    def pools(self) -> list[str]:
        """The pools they are in now: "own", "not selected" or "hired"."""

    @property
    def pooled(self) -> bool:
        """Whether people are in pools there."""

    @property
    def words(self) -> Mapping[str, str]:
        """What `notes` says of each outcome."""


class Destination(Protocol):
    """The ATS."""

    def connect(self, world: World) -> dict[str, Any]:
        """The connection, with a source chosen for people whom Foyer creates, where there is such a choice."""

    def opening(self, world: World, connection: Mapping[str, Any], job: str) -> None:
        """There is one, and it is linked to the job."""

    def people(self, email: str) -> list[dict[str, Any]]:
        """Persons with this address there."""

    def applications(self, email: str) -> list[dict[str, Any]]:
        """Theirs. Each says "source", as far as the system keeps it: what `connect` chose."""

    def results(self, email: str) -> list[str]:
        """Ids of our results that stand there."""

    def says(self, connection: Mapping[str, Any], email: str, kind: str) -> None:
        """ "applied" (as it tells of every application), "hired" or "rejected"."""


@contextmanager
def ends(origin: str, destination: str) -> Iterator[tuple[Origin, Destination]]:
    """By the vendors' names."""
    import importlib

    first = importlib.import_module(f"tests.flow.integrations.chained.{origin}")
    last = importlib.import_module(f"tests.flow.integrations.chained.{destination}")
    with first.origin() as one, last.destination() as other:
        yield one, other
