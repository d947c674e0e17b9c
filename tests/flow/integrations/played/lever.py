"""Lever as the tests play it: somebody signs in there, people are read, a result lands as a note, webhooks name an
opportunity."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import httpx2

from tests.flow.integrations.world import POSTING, World, resume_of
from tests.simulators.lever import AT, SIGNING, Lever


class Play:
    vendor = "lever"
    writes = "/v1/opportunities/[^/]+/notes"
    creates = True
    expires = True

    def __init__(self, simulator: Lever) -> None:
        self.simulator = simulator
        self._count = 0
        self._id = ""

    @property
    def settings(self) -> Mapping[str, str]:
        return self.simulator.signed_in

    def arrange(self, world: World, connection: Mapping[str, Any], job: str, email: str) -> str:
        if not self.simulator.refresh:
            self.simulator.opening("p-play", "Backend Engineer", POSTING)
            let_in(world, connection)
        self._count += 1
        self._id = f"play-{self._count}"
        self.simulator.applies(self._id, "p-play", "Ada Byron", email, resume_of("Ada Byron", email))
        world.post(f"/api/connections/{connection['id']}/read")
        world.link(connection, "p-play", job)
        return str(world.application(job, email)["id"])

    def landed(self) -> list[str]:
        notes = [row["fields"][0]["value"] for row in self.simulator.rows["notes"]]
        return [found[1] for text in notes if (found := re.search(r"\[(result_\S+)\]", text))]

    def tell(
        self, connection: Mapping[str, Any], kind: str, *, id: str = "", forged: bool = False, extra: bool = False
    ) -> httpx2.Response | None:
        more: dict[str, Any] = {"brand_new": {"field": [1]}} if extra else {}
        if not forged:
            self._happens(kind)
        event = {"hired": "candidateHired", "stage": "candidateStageChange"}[kind]
        key = "forged" if forged else SIGNING
        return self.simulator.webhook(connection["address"], event, self._id, token=id, key=key, **more)

    def _happens(self, kind: str) -> None:
        if kind == "hired":
            self.simulator.archives(self._id, "r-2", AT + 4000)
        else:
            self.simulator.moves(self._id, "st-2", AT + 3000)

    def expire(self) -> None:
        self.simulator.tokens.clear()


def let_in(world: World, connection: Mapping[str, Any]) -> httpx2.Response:
    """Somebody follows the address, agrees there, and is led back; the answer they get here."""
    begun = world.get(f"/api/connections/{connection['id']}/authorise")
    agreed = httpx2.get(begun["address"], timeout=30)
    assert agreed.status_code == 302, agreed.text
    return world.api.get(agreed.headers["location"])
