"""Beamery as the tests play it: people are read out of a pool, results arrive as notes. It sends no events."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import httpx2

from tests.flow.integrations.world import World, resume_of
from tests.simulators.beamery import Beamery


class Play:
    vendor = "beamery"
    writes = "/notes"
    creates = True
    expires = True

    def __init__(self, simulator: Beamery) -> None:
        self.simulator = simulator
        self._number = 500

    @property
    def settings(self) -> Mapping[str, str]:
        return self.simulator.settings

    def arrange(self, world: World, connection: Mapping[str, Any], job: str, email: str) -> str:
        self._number += 1
        pool = f"pool-{self._number}"
        self.simulator.pools[pool] = "Backend people"
        self.simulator.person(f"c-{self._number}", "Ada Byron", email, pool, resume_of("Ada Byron", email))
        world.post(f"/api/connections/{connection['id']}/read")
        world.link(connection, pool, job)
        return str(world.application(job, email)["id"])

    def landed(self) -> list[str]:
        return [found[1] for note in self.simulator.notes if (found := re.search(r"\[(result_\S+)\]", note["text"]))]

    def tell(
        self, connection: Mapping[str, Any], kind: str, *, id: str = "", forged: bool = False, extra: bool = False
    ) -> httpx2.Response | None:
        return None

    def expire(self) -> None:
        self.simulator.tokens.clear()
