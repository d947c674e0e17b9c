"""Gem as the beginning of a chain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.flow.integrations.chained import WORDS
from tests.flow.integrations.world import World, resume_of
from tests.simulators.gem import Gem


class Origin:
    pooled = True
    words = WORDS

    def __init__(self, gem: Gem) -> None:
        self._gem = gem
        self._projects = {gem.project(n, name): name for n, name in enumerate(("own", "not selected", "hired"), 50)}
        self._person = ""

    def connect(self, world: World) -> dict[str, Any]:
        by_name = {name: id for id, name in self._projects.items()}
        mapping = {"pool.not_selected": by_name["not selected"], "pool.hired": by_name["hired"]}
        return world.connect("gem", self._gem.settings, mapping=mapping)

    def arrives(self, world: World, connection: Mapping[str, Any], job: str, email: str) -> str:
        own = next(id for id, name in self._projects.items() if name == "own")
        self._person = self._gem.person(60, "Ada Byron", email, own, resume_of("Ada Byron", email))
        world.post(f"/api/connections/{connection['id']}/read")
        world.link(connection, own, job)
        return str(world.application(job, email)["id"])

    def notes(self) -> list[str]:
        return [note["body"] for note in self._gem.notes if note["candidate_id"] == self._person]

    def pools(self) -> list[str]:
        return [self._projects[id] for id in self._gem.candidates[self._person]["project_ids"]]


@contextmanager
def origin() -> Iterator[Origin]:
    with Gem() as running:
        yield Origin(running)
        assert running.violations == []
