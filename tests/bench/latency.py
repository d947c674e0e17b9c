"""From the end of a candidate's speech to the first audio of the reply, over the real socket, in real time: one
interview alone, then three side by side with the fallback recogniser, then alone with Whisper of tiny.en's and
base.en's true size. Those are untrained and say one sentence of a dozen tokens to every stretch
(`tests.fluent_whisper`), which costs what a trained one would for so many words.

Parts, by the interview's own event log: the pause that closes a stretch and its recognition; what is left of the wait
for the end of the answer; the decision, its commit and the voice; the fetch of the first byte.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from api.demo import recordings, sample_kit, shortened
from api.rehearsal import Account, Rehearsal, Reply
from models.settings import ROOT
from tests import fluent_whisper
from tests.bench.figures import figure, percentile
from tests.flow.behind import database_of
from tests.flow.running import Fresh, Service, wait_for

BENCH = "latency"
VOICES = ("slt", "rms", "awb")
SENTENCE = "I led a team and we cut the delay by half."
BARS = {"p50": 1.2, "p95": 2.0}
PARTS = ("pause and recognition", "rest of the wait for the end", "decision and voice", "first byte")
Log = list[tuple[int, float, dict[str, Any]]]


def held(service: Service, links: Sequence[str]) -> list[Account]:
    """Interviews at the same time, the voices in turn."""
    kit = shortened(sample_kit())

    async def together() -> list[Account]:
        voices = [VOICES[n % len(VOICES)] for n in range(len(links))]
        outbox = service.home / "outbox"
        rehearsals = [
            Rehearsal(link, recordings(voice, kit), outbox=outbox) for link, voice in zip(links, voices, strict=True)
        ]
        return list(await asyncio.gather(*(rehearsal.run() for rehearsal in rehearsals)))

    return asyncio.run(together())


def invited(service: Service, people: int) -> list[str]:
    posting = (ROOT / "samples" / "jobs" / "backend_engineer.md").read_text()
    job = service.post("/api/jobs", {"text": posting, "minutes": 5})
    service.put(f"/api/jobs/{job['id']}/kit", shortened(sample_kit()).model_dump(mode="json"))
    files = sorted((ROOT / "samples" / "resumes").glob("*.txt"))[:people]
    before = service.invitations()
    accepted = service.upload(job["id"], files)
    batch = f"/api/batches/{accepted['batch_id']}"
    wait_for(lambda: service.get(batch), lambda found: found["done"], "screened", 120)
    interviews = [service.post(f"/api/applications/{each}/invite", {})["id"] for each in accepted["applications"]]
    wait_for(service.invitations, lambda found: len(found) >= min(len(before) + 1, people), "invitations")
    return [service.post(f"/api/interviews/{each}/link", {})["url"] for each in interviews]


@contextmanager
def serving(**settings: str) -> Iterator[Service]:
    with tempfile.TemporaryDirectory() as folder:
        service = Fresh(Path(folder) / "home", **settings)
        service.start()
        try:
            yield service
        finally:
            service.stop()


def voiced(accounts: Sequence[Account]) -> list[float]:
    """Seconds from the end of speech to the first audio of each reply."""
    return [reply.voiced - reply.spoken for account in accounts for reply in account.replies if reply.voiced]


def printed(label: str, accounts: Sequence[Account], *, judged: bool) -> bool:
    delays, kept = voiced(accounts), True
    for share, name in ((0.5, "p50"), (0.95, "p95")):
        bar = {"at_most": BARS[name]} if judged else {}
        title = f"end of speech to first audio, {label}, {name}"
        kept &= figure(BENCH, title, percentile(delays, share), "s", n=len(delays), **bar)
    return kept


def print_parts(label: str, service: Service, accounts: Sequence[Account]) -> None:
    rows = [
        part
        for account in accounts
        for reply in account.replies
        if (part := parts(reply, events(service, account.interview_id))) is not None
    ]
    for n, name in enumerate(PARTS):
        column = [row[n] for row in rows]
        title = f"of it {name}, {label}, p50"
        figure(BENCH, title, percentile(column, 0.5), "s", p95=round(percentile(column, 0.95), 3), n=len(column))


def events(service: Service, interview_id: str) -> Log:
    database = database_of(service.home)
    try:
        with database.system() as system:
            [organisation] = system.organisations()
        with database.reading() as store:
            return store.events(organisation.id, interview_id)
    finally:
        database.close()


def parts(reply: Reply, log: Log) -> tuple[float, float, float, float] | None:
    """Seconds, in the order of PARTS; None where the reply had another cause than the end of an answer."""
    during = [(at, event["type"]) for _, at, event in log if reply.spoken <= at <= reply.said]
    heard = [at for at, kind in during if kind == "segment"]
    ended = [at for at, kind in during if kind in ("segment", "turn.ended")]
    if not heard or not ended or reply.voiced is None:
        return None
    return heard[-1] - reply.spoken, ended[-1] - heard[-1], reply.said - ended[-1], reply.voiced - reply.said


def main() -> bool:
    with serving() as service:
        links = invited(service, 4)
        alone = held(service, links[:1])
        kept = printed("fallback recogniser, one interview", alone, judged=True)
        print_parts("fallback recogniser, one interview", service, alone)
        printed("fallback recogniser, three interviews side by side", held(service, links[1:4]), judged=False)
    for size in ("tiny.en", "base.en"):
        with tempfile.TemporaryDirectory() as folder:
            checkpoint = Path(folder) / f"{size}.pt"
            fluent_whisper.write(checkpoint, size, SENTENCE)
            with serving(FOYER_VOICE__RECOGNISER=str(checkpoint)) as service:
                alone = held(service, invited(service, 1))
                printed(f"Whisper of {size}'s size, one interview", alone, judged=False)
                print_parts(f"Whisper of {size}'s size, one interview", service, alone)
    return kept


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
