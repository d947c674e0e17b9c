"""JazzHR as the tests play it: people are exported to us, results land as notes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import httpx2

from tests.flow.integrations.world import POSTING, World, resume_of
from tests.simulators.jazzhr import SECRET, JazzHR

STEPS = {"hired": ("Hired", "Hired", "2026-11-26T10:00:00Z"), "stage": ("Interview", "Active", "2026-11-25T10:00:00Z")}


class Play:
    vendor = "jazzhr"
    writes = "/v1/notes"
    creates = True
    expires = False

    def __init__(self, simulator: JazzHR) -> None:
        self.simulator = simulator
        self._id = ""
        self._count = 0
        self._sent: dict[str, bytes] = {}

    @property
    def settings(self) -> Mapping[str, str]:
        return self.simulator.settings

    def arrange(self, world: World, connection: Mapping[str, Any], job: str, email: str) -> str:
        if not self.simulator.rows["jobs"]:
            self.simulator.opening("job_play", "Backend Engineer", POSTING)
        world.post(f"/api/connections/{connection['id']}/read")
        world.link(connection, "job_play", job)
        self._id = self.simulator.applies("job_play", "Ada Byron", email, resume_of("Ada Byron", email))
        body = self.simulator.exported(self._id, "job_play", "New", "New")
        self.simulator.send(connection["address"], body).raise_for_status()
        return str(world.application(job, email)["id"])

    def landed(self) -> list[str]:
        texts = [row["contents"] for row in self.simulator.rows["notes"]]
        return [found[1] for text in texts if (found := re.search(r"\[(result_\S+)\]", text))]

    def tell(
        self, connection: Mapping[str, Any], kind: str, *, id: str = "", forged: bool = False, extra: bool = False
    ) -> httpx2.Response | None:
        """The id of a message is in a header that is not signed, so the same message is the same body."""
        step, category, at = STEPS[kind]
        body = self.simulator.exported(self._id, "job_play", step, category, at=at)
        if extra:
            body["brand_new"] = body["candidate"]["person"]["brand_new"] = {"field": [1]}
        body["candidate"]["documentId"] = {"value": id}
        return self.simulator.send(connection["address"], body, secret="forged" if forged else SECRET)

    def expire(self) -> None:
        """A key lasts."""
