"""Lever as the end of a chain."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.flow.integrations.world import POSTING, World
from tests.simulators.lever import AT, Lever

SOURCE, POSTED = "Foyer interviews", "p-chain"
REASONS = {"hired": "r-2", "rejected": "r-1"}


class Destination:
    def __init__(self, lever: Lever) -> None:
        self._lever = lever

    def connect(self, world: World) -> dict[str, Any]:
        return world.connect("lever", self._lever.settings, mapping={"source.create": SOURCE})

    def opening(self, world: World, connection: Mapping[str, Any], job: str) -> None:
        self._lever.opening(POSTED, "Backend Engineer", POSTING)
        world.post(f"/api/connections/{connection['id']}/read")
        world.link(connection, POSTED, job)

    def people(self, email: str) -> list[dict[str, Any]]:
        """A person there is whoever their opportunities have in common."""
        ours = [one for one in self._lever.rows["opportunities"] if email in one["emails"]]
        return [{"contact": contact} for contact in {one["contact"] for one in ours}]

    def applications(self, email: str) -> list[dict[str, Any]]:
        ours = [one for one in self._lever.rows["opportunities"] if email in one["emails"]]
        return [{**one, "source": one["sources"] == [SOURCE], "resume": self._resumes(one["id"]) == 1} for one in ours]

    def _resumes(self, id: str) -> int:
        files = [one["name"] for one in self._lever.rows["files"] if one["opportunity"] == id]
        return len([name for name in files if not name.startswith("Foyer report")])

    def results(self, email: str) -> list[str]:
        ids = [one["id"] for one in self.applications(email)]
        notes = [one["fields"][0]["value"] for one in self._lever.rows["notes"] if one["opportunity"] in ids]
        return [found[1] for text in notes if (found := re.search(r"\[(result_\S+)\]", text))]

    def says(self, connection: Mapping[str, Any], email: str, kind: str) -> None:
        """A hire is told twice: as one, and as what it does to the archive."""
        [application] = self.applications(email)
        events = {
            "applied": ["applicationCreated"],
            "hired": ["candidateHired", "candidateArchiveChange"],
            "rejected": ["candidateArchiveChange"],
        }[kind]
        if kind in REASONS:
            self._lever.archives(application["id"], REASONS[kind], AT + 4000)
        for event in events:
            self._lever.webhook(connection["address"], event, application["id"]).raise_for_status()


@contextmanager
def destination() -> Iterator[Destination]:
    with Lever() as running:
        yield Destination(running)
        assert running.violations == []
