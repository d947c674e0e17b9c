"""Phenom: applicants come with their status, which can mean an outcome; a result becomes a note where the customer has
said where notes go, and stays in Foyer where not."""

from __future__ import annotations

import pytest

from tests.flow.integrations.played.phenom import Play
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


@pytest.mark.long
def test_a_result_becomes_a_note_where_the_customer_says_that_notes_go(world: World) -> None:
    job, email = world.job(), fresh()
    with Phenom() as phenom:
        connection = world.connect("phenom", phenom.settings)
        play = Play(phenom)
        application = play.arrange(world, connection, job, email)
        world.interviewed(application)
        [delivery] = world.settled(application)
        assert delivery["state"] == "delivered", delivery["last_error"]
        [note] = phenom.notes
        assert len(play.landed()) == 1
        assert "Foyer proposes, a person decides." in note["text"]
        rehearsed = world.get(f"/api/connections/{connection['id']}/rehearsal/{application}")
        assert [one["name"] for one in rehearsed] == ["note"]
        assert phenom.violations == []


@pytest.mark.long
def test_without_a_path_for_notes_the_test_says_so_and_nothing_is_written(world: World) -> None:
    with Phenom() as phenom:
        settings = {key: value for key, value in phenom.settings.items() if not key.startswith("note")}
        connection = world.connect("phenom", settings)
        findings = world.post(f"/api/connections/{connection['id']}/test")
        assert any("not written to Phenom" in one["what"] for one in findings)
        application = Play(phenom).arrange(world, connection, world.job(), fresh())
        world.interviewed(application)
        assert phenom.notes == []
        assert phenom.violations == []
