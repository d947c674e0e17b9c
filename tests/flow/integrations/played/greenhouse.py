"""Greenhouse as the tests play it: it orders, and hears of the result by PATCH, note and file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import httpx2

from tests.flow.integrations.world import World, resume_of
from tests.simulators.greenhouse import Greenhouse


class Play:
    vendor = "greenhouse"
    writes = "/v3/notes"
    creates = True
    expires = True

    def __init__(self, simulator: Greenhouse) -> None:
        self.simulator = simulator
        self._id = 30_000
        self._applied: dict[str, Any] = {}

    @property
    def settings(self) -> Mapping[str, str]:
        return self.simulator.settings

    def arrange(self, world: World, connection: Mapping[str, Any], job: str, email: str) -> str:
        self._id += 10
        self._applied = self.simulator.applies(self._id, 5, "Ada Byron", email, resume_of("Ada Byron", email))
        person = self._applied["candidate_id"]
        order = {
            "partner_test_id": job,
            "candidate": {
                "first_name": "Ada",
                "last_name": "Byron",
                "preferred_name": None,
                "email": email,
                "resume_url": f"{self.simulator.url}/files/{self._id}.txt",
                "phone_number": None,
                "greenhouse_profile_url": f"https://app.greenhouse.io/people/{person}?application_id={self._id}",
            },
            "sent_by": "recruiter@example.org",
            "url": f"{self.simulator.url}/integrations/testing_partners/take_home_tests/{self._id}",
        }
        self.simulator.call(connection["address"], "POST", "send_test", json=order).raise_for_status()
        return str(world.application(job, email)["id"])

    def landed(self) -> list[str]:
        return [
            found[1] for row in self.simulator.rows["notes"] if (found := re.search(r"\[(result_\S+)\]", row["body"]))
        ]

    def tell(
        self, connection: Mapping[str, Any], kind: str, *, id: str = "", forged: bool = False, extra: bool = False
    ) -> httpx2.Response | None:
        action = {"hired": "hire_candidate", "stage": "candidate_stage_change"}[kind]
        at = {"hired": "2026-11-26T10:00:00Z", "stage": "2026-11-25T10:00:00Z"}[kind]
        payload: dict[str, Any] = {"application": {**self._applied, "last_activity_at": at}}
        if extra:
            payload["brand_new"] = payload["application"]["brand_new"] = {"field": [1]}
        secret = "forged" if forged else self.settings["webhook_secret"]
        return self.simulator.webhook(connection["address"], action, payload, id=id, secret=secret)

    def expire(self) -> None:
        self.simulator.tokens.clear()
