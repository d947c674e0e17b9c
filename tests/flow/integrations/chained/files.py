"""An uploaded resume as the beginning of a chain: nobody there listens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.flow.integrations.world import World, resume_of


class Origin:
    listens = False

    def connect(self, world: World) -> dict[str, Any]:
        return {}

    def arrives(self, world: World, connection: Mapping[str, Any], job: str, email: str) -> str:
        files = [("files", ("ada.txt", resume_of("Ada Byron", email)))]
        world.api.post(f"/api/jobs/{job}/batches", files=files).raise_for_status()
        return str(world.application(job, email)["id"])

    def notes(self) -> list[str]:
        return []

    def pools(self) -> list[str]:
        return []


@contextmanager
def origin() -> Iterator[Origin]:
    yield Origin()
