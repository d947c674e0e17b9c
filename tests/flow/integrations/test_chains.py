"""From one system through Foyer into another and back: somebody in a pool, or in a line of a file, is interviewed and
handed over to the ATS, where they exist once with where they came from; what became of them goes back."""

from __future__ import annotations

import pytest

from tests.flow.integrations.chained import ends
from tests.flow.integrations.world import World, fresh
from tests.flow.running import wait_for

PAIRS = [
    ("gem", "greenhouse"),
    ("loxo", "greenhouse"),
    ("beamery", "greenhouse"),
    ("files", "greenhouse"),
    ("loxo", "lever"),
    ("files", "ashby"),
]
POOLS = {"hired": ["own", "hired"], "rejected": ["own", "not selected"]}


@pytest.mark.long
@pytest.mark.parametrize("became", ["hired", "rejected"])
@pytest.mark.parametrize(("first", "last"), PAIRS, ids=["-".join(pair) for pair in PAIRS])
def test_from_pool_to_ats_and_back(world: World, first: str, last: str, became: str) -> None:
    job, email = world.job(), fresh()
    with ends(first, last) as (origin, ats):
        there, handed = origin.connect(world), ats.connect(world)
        ats.opening(world, handed, job)
        application = origin.arrives(world, there, job, email)
        interview = world.interviewed(application)
        wait_for(origin.notes, lambda notes: len(notes) == 1, "the result where they came from")
        assert interview in origin.notes()[0]
        assert ats.people(email) == [], "nobody is created without being handed over"

        world.post(f"/api/applications/{application}/hand-over", {"connection_id": handed["id"]})
        wait_for(lambda: ats.results(email), bool, "the result in the ATS")
        world.settled(application)
        again = world.api.post(f"/api/applications/{application}/hand-over", json={"connection_id": handed["id"]})
        assert again.status_code == 409
        ats.says(handed, email, "applied")
        [_], [case] = ats.people(email), ats.applications(email)
        assert (case["source"], case["resume"]) == (True, True)
        assert len(ats.results(email)) == 1

        ats.says(handed, email, became)
        path = f"/api/applications/{application}"
        wait_for(lambda: world.get(path)["outcomes"], bool, "the outcome")
        assert [each["kind"] for each in world.get(path)["outcomes"]] == [became]
        wait_for(origin.notes, lambda notes: len(notes) > 1, "what became of them")
        assert [origin.words[became] in note for note in origin.notes()] == [False, True]
        if origin.pooled:
            wait_for(origin.pools, lambda pools: pools == POOLS[became], "the pool")
        listed = world.get(f"/api/jobs/{job}/applications")
        assert len(listed["applications"] if isinstance(listed, dict) else listed) == 1, "one person, one case"
