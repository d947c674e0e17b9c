"""SIGKILL right before and right after every commit in the life of an application. The points find themselves: whatever
the code commits, somebody dies there once (`tests.flow.killed_at`)."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.demo_ats import Receiver
from tests.flow.killed_at import Mortal
from tests.flow.lives import POLICIES, Life, Lives

MUST_BE_AMONG = {
    "received": "insert applications",
    "parsed": "insert candidates",
    "screened": "insert screenings",
    "decided": "insert human_decisions",
    "invited": "insert interviews",
    "opened": "insert consents",
    "said": "insert interview_events typed",
    "report": "insert reports",
    "delivery": "insert deliveries",
    "acknowledged": "insert delivery_attempts",
    "queued": "of finish",
}


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.proves(52, 54, 55)
def test_killed_once_at_every_commit(side: str, tmp_path: Path, receiver: Receiver) -> None:
    points = tmp_path / "points"
    service = Mortal(tmp_path / "home", KILLED_FILE=str(points), KILLED_SIDE=side)
    service.start()
    try:
        world = Lives(service, receiver)
        points.touch()
        lives: list[Life] = []
        while True:  # a life may pass a point that the one before it did not: until one dies nowhere
            deaths, more = service.deaths, [Life(policy) for policy in POLICIES]
            world.through(more)
            lives += more
            if service.deaths == deaths:
                break
        world.check(lives)
        found = points.read_text().splitlines()
        print(f"\n{side} commit: {service.deaths} deaths, {len(lives)} applications\n  " + "\n  ".join(found))
        assert service.deaths == len(found)
        missing = {name for name, part in MUST_BE_AMONG.items() if not any(part in point for point in found)}
        assert not missing
    finally:
        service.stop()
