"""Beamery as the beginning of a chain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.flow.integrations.chained import WORDS
from tests.flow.integrations.world import World, resume_of
from tests.simulators.beamery import Beamery


class Origin:
    pooled = True
    words = WORDS

    def __init__(self, beamery: Beamery) -> None:
        self._beamery = beamery
        beamery.pools.update({"p-own": "own", "p-not": "not selected", "p-hired": "hired"})

    def connect(self, world: World) -> dict[str, Any]:
        mapping = {"pool.not_selected": "p-not", "pool.hired": "p-hired"}
        return world.connect("beamery", self._beamery.settings, mapping=mapping)

    def arrives(self, world: World, connection: Mapping[str, Any], job: str, email: str) -> str:
        self._beamery.person("c-1", "Ada Byron", email, "p-own", resume_of("Ada Byron", email))
        world.post(f"/api/connections/{connection['id']}/read")
        world.link(connection, "p-own", job)
        return str(world.application(job, email)["id"])

    def notes(self) -> list[str]:
        return [note["text"] for note in self._beamery.notes]

    def pools(self) -> list[str]:
        return [one["name"] for one in self._beamery.contact("c-1")["lists"]]


@contextmanager
def origin() -> Iterator[Origin]:
    with Beamery() as running:
        yield Origin(running)
        assert running.violations == []
