"""Ashby as the tests play it: it orders, and hears of the result as an assessment, a note and a file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import httpx2

from tests.flow.integrations.world import World, resume_of
from tests.simulators.ashby import Ashby, listed


class Play:
    vendor = "ashby"
    writes = "/candidate.createNote"
    creates = True
    expires = False

    def __init__(self, simulator: Ashby) -> None:
        self.simulator = simulator
        self._job = simulator.opening("Backend Engineer", "Wanted: Python")
        self._applied: dict[str, Any] = {}
        self._said: dict[str, tuple[str, dict[str, Any]]] = {}
        self._told = 0

    @property
    def settings(self) -> Mapping[str, str]:
        return self.simulator.settings

    def arrange(self, world: World, connection: Mapping[str, Any], job: str, email: str) -> str:
        self._applied = self.simulator.applies(self._job, "Ada Byron", email, resume_of("Ada Byron", email))
        self.simulator.orders(connection["address"], job, self._applied).raise_for_status()
        return str(world.application(job, email)["id"])

    def landed(self) -> list[str]:
        found = [re.search(r"\[(result_\S+)\]", one["content"]) for one in self.simulator.notes]
        return [one[1] for one in found if one]

    def tell(
        self, connection: Mapping[str, Any], kind: str, *, id: str = "", forged: bool = False, extra: bool = False
    ) -> httpx2.Response | None:
        secret = "forged" if forged else self.settings["webhook_secret"]
        if id in self._said:
            action, data = self._said[id]
            return self.simulator.webhook(connection["address"], action, data, secret=secret)
        stage, at = {"stage": (1, "2026-11-25T10:00:00.000Z"), "hired": (2, "2026-11-26T10:00:00.000Z")}[kind]
        titles = [step["title"] for step in self._applied["applicationHistory"]]
        if self.simulator.stages[stage]["title"] not in titles:
            self.simulator.moves_to(self._applied, stage, at)
        action = {"stage": "candidateStageChange", "hired": "candidateHire"}[kind]
        self._told += 1
        data: dict[str, Any] = {"application": {**listed(self._applied), "submitterUserAgent": f"event {self._told}"}}
        if extra:
            data["brand_new"] = data["application"]["brand_new"] = {"field": [1]}
        if id:
            self._said[id] = (action, data)
        return self.simulator.webhook(connection["address"], action, data, secret=secret)

    def expire(self) -> None:
        """Its key does not."""
