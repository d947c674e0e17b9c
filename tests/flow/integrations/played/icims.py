"""iCIMS as the tests play it: somebody applies and is sent on to us, the result becomes a row."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import httpx2

from tests.flow.integrations.world import POSTING, World, resume_of
from tests.simulators.icims import Icims, assessment, status_change

HIRED, STAGE = "C1", "C5"


class Play:
    vendor = "icims"
    writes = "/fields/assessmentresults$"
    creates = False
    expires = True

    def __init__(self, simulator: Icims) -> None:
        self.simulator = simulator
        self.workflow = ""

    @property
    def settings(self) -> Mapping[str, str]:
        return self.simulator.settings

    def arrange(self, world: World, connection: Mapping[str, Any], job: str, email: str) -> str:
        """What a status means has to be chosen, and iCIMS orders for the job that its opening is linked to."""
        own = f"/api/connections/{connection['id']}"
        world.patch(own, {"mapping": {"assessment.name": "D55", "status.hired": HIRED}})
        opening = self.simulator.opening("Backend Engineer", POSTING)
        world.post(f"{own}/read")
        world.link(connection, opening, job)
        self.workflow = self.simulator.applies(opening, "Ada Byron", email, resume_of("Ada Byron", email))
        answer = self.simulator.event(connection["address"], assessment(self.workflow))
        assert answer.status_code == 303, answer.text
        return str(world.application(job, email)["id"])

    def landed(self) -> list[str]:
        notes = [str(row["assessmentnotes"]) for rows in self.simulator.rows.values() for row in rows]
        return [found[1] for each in notes if (found := re.search(r"\[(result_\S+)\]", each))]

    def tell(
        self, connection: Mapping[str, Any], kind: str, *, id: str = "", forged: bool = False, extra: bool = False
    ) -> httpx2.Response | None:
        """Its events have no id: the same one again is the same status, set at the same moment."""
        status, at = {"hired": (HIRED, "2026-11-26 10:00 AM"), "stage": (STAGE, "2026-11-25 10:00 AM")}[kind]
        self.simulator.becomes(self.workflow, status, at)
        body = status_change(self.workflow, status) | ({"links": [], "brand_new": {"field": [1]}} if extra else {})
        if forged:
            return self.simulator.event(connection["address"], body, password="forged")
        return self.simulator.event(connection["address"], body)

    def expire(self) -> None:
        self.simulator.tokens.clear()
