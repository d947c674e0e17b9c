"""Avature as the tests play it: it exports a line and a resume, and imports the results. It calls nobody and is called
by nobody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx2

from tests.flow.integrations.world import World, resume_of
from tests.simulators.avature import Avature


class Play:
    vendor = "avature"
    writes = ""
    """It makes no calls."""
    creates = False
    expires = False

    def __init__(self, simulator: Avature) -> None:
        self.simulator = simulator
        self.arranged: dict[str, str] = {}

    @property
    def settings(self) -> Mapping[str, str]:
        return self.simulator.settings

    def arrange(self, world: World, connection: Mapping[str, Any], job: str, email: str) -> str:
        self.arranged = self.simulator.person("500", "Ada Byron", email, resume_of("Ada Byron", email))
        self.simulator.export("candidates", [self.arranged])
        world.post(f"/api/connections/{connection['id']}/read")
        world.link(connection, "500", job)
        return str(world.application(job, email)["id"])

    def landed(self) -> list[str]:
        return [row["result_id"] for row, _ in self.simulator.results()]

    def tell(
        self, connection: Mapping[str, Any], kind: str, *, id: str = "", forged: bool = False, extra: bool = False
    ) -> httpx2.Response | None:
        """It sends no events; outcomes come as files."""
        return None

    def expire(self) -> None:
        """Nothing does."""
