"""From the end of a candidate's speech to the first audio of the reply, over the real socket with the fallback
recogniser, in real time: one interview alone, then three side by side."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from api.demo import recordings, sample_kit, shortened
from api.rehearsal import Account, Rehearsal
from models.settings import ROOT
from tests.bench.figures import figure, percentile
from tests.flow.running import Service, wait_for

VOICES = ("slt", "rms", "awb")


def held(service: Service, links: list[str]) -> list[Account]:
    kit = shortened(sample_kit())

    async def together() -> list[Account]:
        rehearsals = [Rehearsal(link, recordings(voice, kit)) for link, voice in zip(links, VOICES, strict=False)]
        return list(await asyncio.gather(*(rehearsal.run() for rehearsal in rehearsals)))

    return asyncio.run(together())


def invited(service: Service, people: int) -> list[str]:
    posting = (ROOT / "samples" / "jobs" / "backend_engineer.md").read_text()
    job = service.post("/api/jobs", {"text": posting, "minutes": 5})
    service.put(f"/api/jobs/{job['id']}/kit", shortened(sample_kit()).model_dump(mode="json"))
    files = sorted((ROOT / "samples" / "resumes").glob("*.txt"))[:people]
    accepted = service.upload(job["id"], files)
    batch = f"/api/batches/{accepted['batch_id']}"
    wait_for(lambda: service.get(batch), lambda found: found["done"], "screened", 120)
    for application in accepted["applications"]:
        service.post(f"/api/applications/{application}/invite", {})
    links = wait_for(service.invitations, lambda found: len(found) >= people, "invitations")
    return list(links.values())


def main() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        service = Service(Path(folder) / "home")
        service.start()
        try:
            links = invited(service, 4)
            alone, crowd = held(service, links[:1]), held(service, links[1:4])
        finally:
            service.stop()
    for label, accounts in (("one interview", alone), ("three interviews side by side", crowd)):
        delays = [delay for account in accounts for delay in account.reply_delays]
        for share, name in ((0.5, "p50"), (0.95, "p95")):
            title = f"end of speech to first audio, {label}, {name}"
            figure("latency", title, percentile(delays, share), "s", n=len(delays))
    return True


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
