"""Phenom as the tests play it: applicants are read, results arrive as notes where the customer's contract has them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import httpx2

from tests.flow.integrations.world import POSTING, World
from tests.simulators.phenom import Phenom


class Play:
    vendor = "phenom"
    writes = "/notes"
    creates = True
    expires = False

    def __init__(self, simulator: Phenom) -> None:
        self.simulator = simulator
        self._number = 700

    @property
    def settings(self) -> Mapping[str, str]:
        return self.simulator.settings

    def arrange(self, world: World, connection: Mapping[str, Any], job: str, email: str) -> str:
        self._number += 1
        opening = f"R-{self._number}"
        self.simulator.opening(opening, "Backend Engineer", POSTING)
        self.simulator.applies(opening, f"c-{self._number}", "Ada Byron", email)
        world.post(f"/api/connections/{connection['id']}/read")
        world.link(connection, opening, job)
        return str(world.application(job, email)["id"])

    def landed(self) -> list[str]:
        return [found[1] for note in self.simulator.notes if (found := re.search(r"\[(result_\S+)\]", note["text"]))]

    def tell(
        self, connection: Mapping[str, Any], kind: str, *, id: str = "", forged: bool = False, extra: bool = False
    ) -> httpx2.Response | None:
        return None

    def expire(self) -> None:
        """Its token does not end by itself."""
