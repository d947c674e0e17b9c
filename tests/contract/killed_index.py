"""A process that changes a vector index and is killed at one step of it. Run by `test_vector_index`."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import numpy as np

from matching.index import FaissIndex
from matching.rows import VectorRows


def main(folder: str, step: str, vectors: str) -> None:
    """Drops "gone", replaces "old" and puts thirty more, from the .npy file `vectors`."""
    given = np.load(vectors)
    index = FaissIndex(given.shape[1], Path(folder))
    index.drop(["gone"])
    method = {"claimed": "_claimed", "written": "_write", "named": "_free", "wiped": "_wipe"}[step]
    honest = getattr(VectorRows, method)
    calls = []

    def then_killed(*some: object, **more: object) -> None:
        calls.append(some)
        honest(*some, **more)
        if step != "wiped" or len(calls) == 2:  # the first is of what an earlier change left
            os.kill(os.getpid(), signal.SIGKILL)

    setattr(VectorRows, method, staticmethod(then_killed) if step == "named" else then_killed)
    index.put(["old", *(f"new-{at}" for at in range(30))], given[3:34])


if __name__ == "__main__":
    main(*sys.argv[1:])
