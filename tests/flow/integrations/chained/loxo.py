"""Loxo as the beginning of a chain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.flow.integrations.chained import WORDS
from tests.flow.integrations.world import World, resume_of
from tests.simulators.loxo import Loxo

LISTS = {50: "own", 51: "not selected", 52: "hired"}
ADA = 60


class Origin:
    pooled = True
    words = WORDS

    def __init__(self, loxo: Loxo) -> None:
        self._loxo = loxo
        loxo.lists.update(LISTS)

    def connect(self, world: World) -> dict[str, Any]:
        return world.connect("loxo", self._loxo.settings, mapping={"pool.not_selected": "51", "pool.hired": "52"})

    def arrives(self, world: World, connection: Mapping[str, Any], job: str, email: str) -> str:
        self._loxo.person(ADA, "Ada Byron", email, 50, resume=resume_of("Ada Byron", email))
        world.post(f"/api/connections/{connection['id']}/read")
        world.link(connection, "list-50", job)
        return str(world.application(job, email)["id"])

    def notes(self) -> list[str]:
        return [event["notes"] for event in self._loxo.events if event["person_id"] == ADA]

    def pools(self) -> list[str]:
        return [LISTS[id] for id in self._loxo.people[ADA]["list_ids"]]


@contextmanager
def origin() -> Iterator[Origin]:
    with Loxo() as running:
        yield Origin(running)
        assert running.violations == []
