"""Gem as the tests play it: people are read out of a project, results arrive as notes. It sends no events."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import httpx2

from tests.flow.integrations.world import World, resume_of
from tests.simulators.gem import Gem


class Play:
    vendor = "gem"
    writes = "/v0/notes"
    creates = True
    expires = False

    def __init__(self, simulator: Gem) -> None:
        self.simulator = simulator
        self._number = 500

    @property
    def settings(self) -> Mapping[str, str]:
        return self.simulator.settings

    def arrange(self, world: World, connection: Mapping[str, Any], job: str, email: str) -> str:
        self._number += 1
        project = self.simulator.project(self._number, "Backend people")
        self.simulator.person(self._number, "Ada Byron", email, project, resume_of("Ada Byron", email))
        world.post(f"/api/connections/{connection['id']}/read")
        world.link(connection, project, job)
        return str(world.application(job, email)["id"])

    def landed(self) -> list[str]:
        return [found[1] for note in self.simulator.notes if (found := re.search(r"\[(result_\S+)\]", note["body"]))]

    def tell(
        self, connection: Mapping[str, Any], kind: str, *, id: str = "", forged: bool = False, extra: bool = False
    ) -> httpx2.Response | None:
        return None

    def expire(self) -> None:
        """Its key is no token."""
