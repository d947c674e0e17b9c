"""The command line as another machine, or another version, runs it: `python -m tests.flow.cluster.elsewhere serve`.

NODE_MACHINE names the machine, so that no other process can look whether this one still lives and its lease has to say
it; NODE_VERSION is the version of the steps. Nothing of this is in the product."""

from __future__ import annotations

import os

from api import pipeline, process
from api.cli import main


def pretend() -> None:
    if machine := os.environ.get("NODE_MACHINE"):
        process.machine = lambda: machine  # type: ignore[assignment]
    if version := os.environ.get("NODE_VERSION"):
        pipeline.VERSION = version


if __name__ == "__main__":
    pretend()
    main()
