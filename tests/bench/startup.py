"""How soon is it there, and how much does it take? `foyer --help`, start to ready, peak memory of the process tree."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from models.settings import ROOT
from tests.bench.figures import figure, tree_pss
from tests.flow.running import Fresh, wait_for

RUNS = 5


def help_seconds() -> float:
    command = [str(Path(sys.executable).parent / "foyer"), "--help"]
    taken = []
    for _ in range(RUNS + 1):
        began = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken[1:])


class Peak(threading.Thread):
    """Samples the tree's memory until stopped."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid, self._stop_it = pid, threading.Event()
        self.highest = 0

    def run(self) -> None:
        while not self._stop_it.wait(0.5):
            self.highest = max(self.highest, tree_pss(self._pid))

    def stop(self) -> int:
        self._stop_it.set()
        self.join()
        return self.highest


def main() -> bool:
    good = figure("startup", "foyer --help", help_seconds(), "s", at_most=0.5)
    with tempfile.TemporaryDirectory() as folder:
        service = Fresh(Path(folder) / "home")
        began = time.perf_counter()
        service.start()
        good &= figure(
            "startup", "service start to ready, empty database", time.perf_counter() - began, "s", at_most=5.0
        )
        assert service.process is not None
        peak = Peak(service.process.pid)
        peak.start()
        try:
            posting = (ROOT / "samples" / "jobs" / "backend_engineer.md").read_text()
            job = service.post("/api/jobs", {"text": posting})
            accepted = service.upload(job["id"], sorted((ROOT / "samples" / "resumes").iterdir()))
            batch = f"/api/batches/{accepted['batch_id']}"
            wait_for(lambda: service.get(batch), lambda found: found["done"], "samples screened", 300)
        finally:
            highest = peak.stop()
            service.stop()
    good &= figure("startup", "peak memory while screening the samples", highest / 2**30, "GiB PSS", at_most=1.5)
    return good


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
