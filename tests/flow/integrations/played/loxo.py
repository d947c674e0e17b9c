"""Loxo as the tests play it: somebody is a candidate of a job there, results arrive as activities."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import httpx2

from tests.flow.integrations.world import POSTING, World, resume_of
from tests.simulators.loxo import Loxo


class Play:
    vendor = "loxo"
    writes = "/person_events"
    creates = True
    expires = False

    def __init__(self, simulator: Loxo) -> None:
        self.simulator = simulator
        self._number = 500
        self._candidate: dict[str, Any] = {}

    @property
    def settings(self) -> Mapping[str, str]:
        return self.simulator.settings

    def arrange(self, world: World, connection: Mapping[str, Any], job: str, email: str) -> str:
        self._number += 1
        self.simulator.opening(self._number, "Backend Engineer", POSTING)
        self.simulator.person(self._number, "Ada Byron", email, resume=resume_of("Ada Byron", email))
        self._candidate = self.simulator.candidate(self._number, self._number)
        world.post(f"/api/connections/{connection['id']}/read")
        world.link(connection, str(self._number), job)
        return str(world.application(job, email)["id"])

    def landed(self) -> list[str]:
        return [
            found[1] for event in self.simulator.events if (found := re.search(r"\[(result_\S+)\]", event["notes"]))
        ]

    def tell(
        self, connection: Mapping[str, Any], kind: str, *, id: str = "", forged: bool = False, extra: bool = False
    ) -> httpx2.Response | None:
        """Loxo's stages are no outcomes until they mean one, so only hires are told; its messages have no ids."""
        if kind != "hired":
            return None
        self._candidate.update(workflow_stage_id=32, updated_at="2026-11-26T10:00:00Z")
        said: dict[str, Any] = {"item_id": self._candidate["id"], "job_id": self._candidate["job_id"]}
        more = {"brand_new": {"field": [1]}} if extra else {}
        key = "forged" if forged else self.settings["hook_key"]
        return self.simulator.webhook(connection["address"], "candidate", "update", key, **said, **more)

    def expire(self) -> None:
        """Its key is no token."""
