"""SmartRecruiters as the tests play it: it orders, and gets an order's result, its file and a note."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any

import httpx2

from tests.flow.integrations.world import World, resume_of
from tests.simulators.smartrecruiters import HOOK, SmartRecruiters


class Play:
    vendor = "smartrecruiters"
    writes = "/results$"
    creates = False
    expires = True

    def __init__(self, simulator: SmartRecruiters) -> None:
        self.simulator = simulator
        self.person = ""

    @property
    def settings(self) -> Mapping[str, str]:
        return self.simulator.settings

    def arrange(self, world: World, connection: Mapping[str, Any], job: str, email: str) -> str:
        self.person = self.simulator.applies("j1", "Ada Byron", email, resume_of("Ada Byron", email))
        order = {
            "orderId": f"order-{self.person}",
            "packageId": job,
            "applicationId": f"application-{self.person}",
            "candidate": {"id": self.person},
            "job": {"id": "j1"},
        }
        self.simulator.call(connection["address"], "POST", "orders", order).raise_for_status()
        return str(world.application(job, email)["id"])

    def landed(self) -> list[str]:
        rows = [str(row["description"]) for row in self.simulator.results.values()]
        return [found[1] for row in rows if (found := re.search(r"\[(result_\S+)\]", row))]

    def tell(
        self, connection: Mapping[str, Any], kind: str, *, id: str = "", forged: bool = False, extra: bool = False
    ) -> httpx2.Response | None:
        status, at = {
            "hired": ("HIRED", "2026-11-26T10:00:00.000Z"),
            "stage": ("INTERVIEW", "2026-11-25T10:00:00.000Z"),
        }[kind]
        self.simulator.becomes(self.person, status, at)
        body: dict[str, Any] = {"job_id": "j1", "candidate_id": self.person}
        body |= {"brand_new": {"field": [1]}} if extra else {}
        name = "application.status.updated"
        secret = "forged" if forged else HOOK
        return self.simulator.webhook(connection["address"], name, body, id=id, secret=secret, at=int(time.time()))

    def expire(self) -> None:
        self.simulator.tokens.clear()
