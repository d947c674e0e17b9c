"""Workday as the tests play it: the customer's integration orders, the result lands as an assessment, nothing is told
but what polling sees."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import httpx2

from tests.flow.integrations.world import World, resume_of
from tests.simulators.workday import Workday


class Play:
    vendor = "workday"
    writes = "/Assess_Candidate$"
    creates = False
    expires = False

    def __init__(self, simulator: Workday) -> None:
        self.simulator = simulator

    @property
    def settings(self) -> Mapping[str, str]:
        return self.simulator.settings

    def arrange(self, world: World, connection: Mapping[str, Any], job: str, email: str) -> str:
        world.patch(f"/api/connections/{connection['id']}", {"mapping": self.simulator.mapping})
        person = self.simulator.applies("R1", "Ada Byron", email, resume_of("Ada Byron", email))
        assessment = self.simulator.assigns(person, job)
        self.simulator.order(connection["address"], person, assessment).raise_for_status()
        return str(world.application(job, email)["id"])

    def landed(self) -> list[str]:
        comments = [each.comment for each in self.simulator.assessments.values()]
        return [found[1] for comment in comments if (found := re.search(r"\[(result_\S+)\]", comment))]

    def tell(
        self, connection: Mapping[str, Any], kind: str, *, id: str = "", forged: bool = False, extra: bool = False
    ) -> httpx2.Response | None:
        """Workday sends no events; what can be forged is an order."""
        if not forged:
            return None
        person = next(iter(self.simulator.people.values()))
        return self.simulator.order(connection["address"], person, "FORGED", key="wrong")

    def expire(self) -> None:
        """Nothing does."""
