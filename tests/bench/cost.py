"""What one resume and one minute of interview cost, in processor seconds and bytes: what docs/scale.md multiplies.

Processor time hardly depends on what else the machine does, so these figures hold where wall time would not. A served
process with its children does everything (SQLite); what a PostgreSQL server needs beside it is not counted.

`python -m tests.bench.cost [RESUMES]`; 400 unless said. Not part of `make bench`, whose figures are judged.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from models.settings import ROOT
from tests import fluent_whisper
from tests.bench.corpus import pdf_of
from tests.bench.figures import figure, tree_pss, used
from tests.bench.latency import SENTENCE, held, invited, serving
from tests.flow.running import Service, wait_for

BENCH, RESUMES, FIRST = "cost", 400, 40
"""The first resumes load models and fill what is shared; they are not counted."""


def worked(service: Service) -> float:
    """Processor seconds so far."""
    assert service.process is not None
    return used(service.process.pid)


def kept(service: Service) -> dict[str, int]:
    """Bytes of what stays: rows, queue and files. Caches can be made again."""
    found = {"rows": 0, "queue": 0, "files": 0}
    for path in service.home.rglob("*"):
        top = path.relative_to(service.home).parts[0]
        kind = "files" if top == "files" else "queue" if top.startswith("queue") else "rows" if ".db" in top else ""
        if kind and path.is_file():
            found[kind] += path.stat().st_size
    return found


def screened(service: Service, job: str, numbers: range) -> None:
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for number in numbers:
            files.append(Path(folder) / f"{number}.pdf")
            files[-1].write_bytes(pdf_of(number))
        for begin in range(0, len(files), 100):
            batch = f"/api/batches/{service.upload(job, files[begin : begin + 100])['batch_id']}"
            wait_for(lambda batch=batch: service.get(batch), lambda found: found["done"], "screened", 1800)  # type: ignore[misc]


def resumes(count: int) -> None:
    with serving(FOYER_VOICE__RECOGNISER="sphinx") as service:
        posting = (ROOT / "samples" / "jobs" / "backend_engineer.md").read_text()
        job = service.post("/api/jobs", {"text": posting, "invite_policy": "after_confirmation"})["id"]
        screened(service, job, range(FIRST))
        cpu, disk = worked(service), kept(service)
        screened(service, job, range(FIRST, FIRST + count))
        figure(
            BENCH, "processor time, a resume from upload to score", (worked(service) - cpu) / count, "s", resumes=count
        )
        for kind, size in kept(service).items():
            figure(BENCH, f"bytes kept of a resume, {kind}", (size - disk[kind]) / count / 1e3, "kB")
        figure(BENCH, "size of a resume's file", sum(len(pdf_of(n)) for n in range(40)) / 40 / 1e3, "kB")
        assert service.process is not None
        figure(BENCH, "memory after screening", tree_pss(service.process.pid) / 2**20, "MiB PSS")


def interviews(label: str, **settings: str) -> None:
    with serving(**settings) as service:
        links = invited(service, 3)
        held(service, links[:1])  # models are loaded
        time.sleep(2)
        cpu, disk, began = worked(service), kept(service), time.monotonic()
        (account,) = held(service, links[1:2])
        minutes = (time.monotonic() - began) / 60
        figure(BENCH, f"processor time, a minute of interview, {label}", (worked(service) - cpu) / minutes, "s",
               minutes=round(minutes, 2), answers=len(account.replies))  # fmt: skip
        path, begun = f"/api/interviews/{account.interview_id}", worked(service)
        wait_for(lambda: service.get(path), lambda found: bool(found.get("report_id")), "report", 300)
        figure(BENCH, f"processor time, from an interview's end to its report, {label}", worked(service) - begun, "s")
        for kind, size in kept(service).items():
            figure(BENCH, f"bytes kept of a minute of interview, {kind}", (size - disk[kind]) / minutes / 1e3, "kB")
        assert service.process is not None
        figure(BENCH, f"memory, {label}", tree_pss(service.process.pid) / 2**20, "MiB PSS")


def main(count: int = RESUMES) -> bool:
    resumes(count)
    interviews("fallback recogniser", FOYER_VOICE__RECOGNISER="sphinx")
    with tempfile.TemporaryDirectory() as folder:
        checkpoint = Path(folder) / "base.en.pt"
        fluent_whisper.write(checkpoint, "base.en", SENTENCE)
        interviews("Whisper of base.en's size", FOYER_VOICE__RECOGNISER=str(checkpoint))
    return True


if __name__ == "__main__":
    sys.exit(0 if main(*(int(each) for each in sys.argv[1:2])) else 1)
