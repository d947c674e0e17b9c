"""BambooHR as the tests play it: it is asked for people, and gets the result as a comment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import httpx2

from tests.flow.integrations.world import World, resume_of
from tests.simulators.bamboohr import BambooHR


class Play:
    vendor = "bamboohr"
    writes = "/comments$"
    creates = True
    expires = False

    def __init__(self, simulator: BambooHR) -> None:
        self.simulator = simulator
        self._job = simulator.opening("Backend Engineer", "Wanted: Python")
        self.applied: dict[str, Any] = {}

    @property
    def settings(self) -> Mapping[str, str]:
        return self.simulator.settings

    def arrange(self, world: World, connection: Mapping[str, Any], job: str, email: str) -> str:
        self.applied = self.simulator.applies(self._job, "Ada Byron", email, resume_of("Ada Byron", email))
        world.post(f"/api/connections/{connection['id']}/read")
        world.link(connection, str(self._job), job)
        return str(world.application(job, email)["id"])

    def landed(self) -> list[str]:
        found = [re.search(r"\[(result_\S+)\]", one["comment"]) for one in self.simulator.comments]
        return [one[1] for one in found if one]

    def tell(
        self, connection: Mapping[str, Any], kind: str, *, id: str = "", forged: bool = False, extra: bool = False
    ) -> httpx2.Response | None:
        """It sends nothing about applications; what it sends about employees has a test of its own."""
        return None

    def expire(self) -> None:
        """Its key does not."""
