"""Phenom: applicants come with their status, which can mean an outcome; nothing can be written to it."""

from __future__ import annotations

import pytest

from tests.flow.integrations.world import POSTING, World, fresh
from tests.flow.running import wait_for
from tests.simulators.phenom import Phenom


@pytest.mark.long
def test_applicants_come_without_a_file_and_a_status_means_hired(world: World) -> None:
    job = world.job()
    with Phenom() as phenom:
        for number in range(3):
            phenom.opening(f"R-{number}", "Backend Engineer", POSTING)
        people = [(f"Person {n}", fresh(f"p{n}")) for n in range(3)]
        rows = [phenom.applies("R-2", f"c{n}", name, email) for n, (name, email) in enumerate(people)]
        connection = world.connect("phenom", phenom.settings)
        world.post(f"/api/connections/{connection['id']}/read")
        world.link(connection, "R-2", job)
        found = [world.application(job, email) for _, email in people]
        rows[0]["hiringStatus"] = "Hired"
        world.post(f"/api/connections/{connection['id']}/read")
        path = f"/api/applications/{found[0]['id']}"
        kinds = wait_for(lambda: [one["kind"] for one in world.get(path)["outcomes"]], bool, "the hire")
        assert kinds == ["hired"]
        assert world.get(f"/api/applications/{found[1]['id']}")["outcomes"] == []
        assert phenom.violations == []
