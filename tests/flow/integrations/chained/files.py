"""CSV files in a folder as the beginning of a chain: results and outcomes come back as lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.flow.integrations.world import World, resume_of
from tests.simulators.files import Files


class Origin:
    pooled = False
    words: Mapping[str, str] = {"hired": "hired", "rejected": "rejected"}

    def __init__(self, files: Files) -> None:
        self._files = files
        self._row: dict[str, str] = {}

    def connect(self, world: World) -> dict[str, Any]:
        return world.connect("files", self._files.settings)

    def arrives(self, world: World, connection: Mapping[str, Any], job: str, email: str) -> str:
        self._row = self._files.person("500", "Ada Byron", email, resume_of("Ada Byron", email))
        self._files.export("candidates", [self._row])
        world.post(f"/api/connections/{connection['id']}/read")
        world.link(connection, "500", job)
        return str(world.application(job, email)["id"])

    def notes(self) -> list[str]:
        results = [row["result_id"] for row, _ in self._files.results() if self._hers(row)]
        return results + [row["kind"] for row in self._files.rows("outcomes.csv") if self._hers(row)]

    def _hers(self, row: Mapping[str, str]) -> bool:
        return all(row[name] == self._row[name] for name in ("application_id", "candidate_id"))

    def pools(self) -> list[str]:
        return []


@contextmanager
def origin() -> Iterator[Origin]:
    with Files() as running:
        yield Origin(running)
        assert running.violations == []
