"""Ashby as the end of a chain."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.flow.integrations.world import POSTING, World
from tests.simulators.ashby import Ashby, listed

STAGES = {"hired": 2, "rejected": 3}
EVENTS = {
    "applied": ("applicationSubmit",),
    "hired": ("candidateHire", "candidateStageChange", "applicationUpdate"),
    "rejected": ("candidateStageChange", "applicationUpdate"),
}
"""One thing that happens is told by so many messages."""


class Destination:
    def __init__(self, ashby: Ashby) -> None:
        self._ashby = ashby

    def connect(self, world: World) -> dict[str, Any]:
        return world.connect("ashby", self._ashby.settings, mapping={"source.create": self._ashby.source["id"]})

    def opening(self, world: World, connection: Mapping[str, Any], job: str) -> None:
        there = self._ashby.opening("Backend Engineer", POSTING)
        world.post(f"/api/connections/{connection['id']}/read")
        world.link(connection, there, job)

    def people(self, email: str) -> list[dict[str, Any]]:
        return [one for one in self._ashby.people.values() if one["primaryEmailAddress"]["value"] == email]

    def applications(self, email: str) -> list[dict[str, Any]]:
        return [
            {**one, "source": one["source"] == self._ashby.source, "resume": "resumeFileHandle" in person}
            for person in self.people(email)
            for one in self._of(person)
        ]

    def _of(self, person: Mapping[str, Any]) -> list[dict[str, Any]]:
        return [one for one in self._ashby.applications if one["candidate"]["id"] == person["id"]]

    def results(self, email: str) -> list[str]:
        ids = [one["id"] for one in self.people(email)]
        notes = [one["content"] for one in self._ashby.notes if one["candidateId"] in ids]
        return [found[1] for text in notes if (found := re.search(r"\[(result_\S+)\]", text))]

    def says(self, connection: Mapping[str, Any], email: str, kind: str) -> None:
        [person] = self.people(email)
        [application] = self._of(person)
        if kind in STAGES:
            self._ashby.moves_to(application, STAGES[kind], "2026-11-26T10:00:00.000Z")
        for event in EVENTS[kind]:
            data = {"application": listed(application)}
            self._ashby.webhook(connection["address"], event, data).raise_for_status()


@contextmanager
def destination() -> Iterator[Destination]:
    with Ashby() as running:
        yield Destination(running)
        assert running.violations == []
        assert running.refusals == []
