"""Kills processes of an installation at random, for a bounded time, and says how long each was missed. Run it beside
`python -m deploy.load`, which says whether anything was lost or done twice:

    python -m deploy.chaos --compose deploy/compose/compose.yaml --seconds 300
    python -m deploy.chaos --namespace hiring --seconds 300          # by kubectl

Only where you may: candidates in an interview notice a pause. `--show` prints what it would do. What the product itself
promises under this is proved by tests/flow/cluster."""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

MOST_SECONDS = 3600.0
WORKERS = ("worker-bulk", "worker-interviews")


@dataclass(frozen=True)
class Place:
    """How things are killed somewhere, and how one sees that they are back. Lines are commands."""

    targets: Sequence[str]
    kill: Callable[[str], list[str]]
    back: Callable[[str], list[str]]


def compose(file: str) -> Place:
    """The service and both workers; never the database, whose loss is a runbook's, not a test's."""
    base = ["docker", "compose", "--file", file]
    return Place(
        ("service", *WORKERS),
        lambda name: [*base, "kill", "--signal", "SIGKILL", name],
        lambda name: [*base, "up", "--detach", "--wait", "--no-recreate", name],
    )


def cluster(namespace: str) -> Place:
    base = ["kubectl", "--namespace", namespace]
    names = ("foyer-api", "foyer-screen", "foyer-evaluate", "foyer-deliver", "foyer-speech")
    return Place(
        names,
        lambda name: [
            "sh", "-c",
            f"kubectl --namespace {namespace} get pod -l app.kubernetes.io/name={name} -o name | shuf -n 1 | "
            f"xargs kubectl --namespace {namespace} delete --force --grace-period=0",
        ],
        lambda name: [*base, "rollout", "status", f"deployment/{name}", "--timeout=300s"],
    )  # fmt: skip


def run(place: Place, seconds: float, pause: float, seed: int, *, show: bool) -> list[dict[str, object]]:
    dice, until, told = random.Random(seed), time.monotonic() + seconds, []  # noqa: S311 - whom to kill
    while time.monotonic() < until:
        name = dice.choice(place.targets)
        line: dict[str, object] = {"killed": name, "by": " ".join(place.kill(name))}
        if show:
            print(json.dumps(line))
            return [line]
        subprocess.run(place.kill(name), check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - commands of ours
        began = time.monotonic()
        subprocess.run(place.back(name), check=True, stdout=subprocess.DEVNULL)  # noqa: S603
        line["back_after_s"] = round(time.monotonic() - began, 1)
        print(json.dumps(line), flush=True)
        told.append(line)
        time.sleep(dice.uniform(0.5, 1.5) * pause)
    return told


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    where = options.add_mutually_exclusive_group(required=True)
    where.add_argument("--compose", metavar="FILE")
    where.add_argument("--namespace")
    options.add_argument("--seconds", type=float, default=300.0)
    options.add_argument("--pause", type=float, default=15.0, help="about so long between two kills")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--show", action="store_true")
    asked = options.parse_args()
    place = compose(asked.compose) if asked.compose else cluster(asked.namespace)
    run(place, min(asked.seconds, MOST_SECONDS), asked.pause, asked.seed, show=asked.show)
    return 0


if __name__ == "__main__":
    sys.exit(main())
