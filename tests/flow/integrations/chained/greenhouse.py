"""Greenhouse as the end of a chain."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.flow.integrations.world import POSTING, World
from tests.simulators.greenhouse import Greenhouse

ACTIONS = {"applied": "new_candidate_application", "hired": "hire_candidate", "rejected": "reject_candidate"}


class Destination:
    def __init__(self, greenhouse: Greenhouse) -> None:
        self._greenhouse = greenhouse

    def connect(self, world: World) -> dict[str, Any]:
        return world.connect("greenhouse", self._greenhouse.settings, mapping={"source.create": "91"})

    def opening(self, world: World, connection: Mapping[str, Any], job: str) -> None:
        self._greenhouse.opening(500, "Backend Engineer", POSTING)
        world.post(f"/api/connections/{connection['id']}/read")
        world.link(connection, "500", job)

    def people(self, email: str) -> list[dict[str, Any]]:
        found = self._greenhouse.rows["candidates"]
        return [one for one in found if email in [each["value"] for each in one["email_addresses"]]]

    def applications(self, email: str) -> list[dict[str, Any]]:
        ids = [one["id"] for one in self.people(email)]
        found = [one for one in self._greenhouse.rows["applications"] if one["candidate_id"] in ids]
        resumes = [one["application_id"] for one in self._greenhouse.rows["attachments"] if one["type"] == "resume"]
        return [{**one, "source": one.get("source_id") == 91, "resume": one["id"] in resumes} for one in found]

    def results(self, email: str) -> list[str]:
        ids = [one["id"] for one in self.people(email)]
        notes = [one["body"] for one in self._greenhouse.rows["notes"] if one["candidate_id"] in ids]
        return [found[1] for body in notes if (found := re.search(r"\[(result_\S+)\]", body))]

    def says(self, connection: Mapping[str, Any], email: str, kind: str) -> None:
        [person], [application] = self.people(email), self.applications(email)
        told = {
            **{key: application[key] for key in ("id", "candidate_id", "job_id")},
            "candidate": person,
            "jobs": [{"id": application["job_id"]}],
            "last_activity_at": "2026-11-26T10:00:00Z",
            "rejection_reason": {"name": "Not this time", "type": {"name": "We rejected them"}},
        }
        answer = self._greenhouse.webhook(connection["address"], ACTIONS[kind], {"application": told})
        answer.raise_for_status()


@contextmanager
def destination() -> Iterator[Destination]:
    with Greenhouse() as running:
        yield Destination(running)
        assert running.violations == []
