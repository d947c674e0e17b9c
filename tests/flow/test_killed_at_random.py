"""SIGKILL at random commits, again and again: each run is two applications, from the upload to the acknowledged
result, by a service that dies one to three times under them. KILL_RUNS=20 in the environment makes fewer, KILL_SEED=1
others; each prints a line."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest

from api.demo_ats import Receiver
from tests.flow.killed_at import Mortal
from tests.flow.lives import POLICIES, Life, Lives

RUNS = int(os.environ.get("KILL_RUNS", "200"))
SEED = int(os.environ.get("KILL_SEED", "20261127"))
DEATHS = 3
COMMITS = 45
"""Of one run of two applications, about: where a death is drawn from."""


@pytest.mark.long
@pytest.mark.timeout(RUNS * 120)
@pytest.mark.proves(52, 54, 55)
def test_killed_at_random_everything_happens_once(tmp_path: Path, receiver: Receiver) -> None:
    chance, armed = random.Random(SEED), tmp_path / "armed"
    told = armed.with_suffix(".struck")
    service = Mortal(tmp_path / "home", KILLED_ARMED=str(armed))
    service.start()
    try:
        world = Lives(service, receiver)
        print(f"\n{'run':>4} {'deaths':>6} {'seconds':>8}  where")
        for run in range(1, RUNS + 1):
            began, before, lives = time.monotonic(), service.deaths, [Life(policy) for policy in POLICIES]
            armed.write_text("\n".join(_drawn(chance)))
            world.through(lives)
            world.check(lives)
            struck = told.read_text().splitlines() if told.exists() else []
            told.unlink(missing_ok=True)
            print(
                f"{run:>4} {service.deaths - before:>6} {time.monotonic() - began:>8.1f}  {'; '.join(struck)}",
                flush=True,
            )
        print(f"{RUNS} runs, {service.deaths} deaths: one screening, interview, report and accepted result each")
        assert service.deaths >= RUNS / 2
    finally:
        armed.unlink(missing_ok=True)
        service.stop()


def _drawn(chance: random.Random) -> list[str]:
    """Commits to die at, each counted from the death before it."""
    number = chance.randint(1, DEATHS)
    return [f"{chance.randint(1, COMMITS // number)} {chance.choice(('before', 'after'))}" for _ in range(number)]
