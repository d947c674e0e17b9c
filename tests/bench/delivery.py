"""Ten thousand results to a receiver that often fails and sometimes hangs, by a worker that is killed again and again:
is each accepted exactly once by its key, is nothing lost, and how many a second is that?

What the receiver does with an attempt follows from the result's id and the attempt's number, so that runs are alike: of
all attempts it answers 20 % with 500, 503 or 429 and a Retry-After, and lets 2 % hang, half of them after it has taken
the result, so that it is sent again although it arrived. The worker is a real process over a real store; its waits are
those of `tests.bench.delivery_worker`.

`python -m tests.bench.delivery --size 1000` sends fewer.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

from api import receivers
from api.pipeline import TO_ONE
from integrations.webhook import new_secret
from models.db import Database
from models.settings import ROOT
from models.store import Store
from models.values import AssessmentResult, Turn
from tests import store_world
from tests.bench.figures import figure
from tests.flow.behind import database_of

BENCH = "delivery"
SIZE = 10_000
KILLS = 5
FAILS, HANGS = 0.20, 0.02
LONGEST = 600.0
"""Seconds for all of it."""
ROWS = 200
"""Applications with their results in one transaction."""
REFUSALS: tuple[tuple[int, str], ...] = ((500, ""), (503, ""), (503, "retry-after: 1\r\n"), (429, "retry-after: 1\r\n"))
SENTENCE = "We found that the nightly import had counted late bookings twice, so I wrote a check and told both teams. "


# ---------------------------------------------------------------- the receiver


class Receiver:
    """Listens on loopback while the `with` block lasts. `accepted`: id -> how often it was taken, which is more than
    once where our side did not hear that it was; `told`: id -> whose it is. `differing`: repeats with other bytes."""

    def __init__(self, secret: str) -> None:
        self._signer = Webhook(secret)
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="receiver", daemon=True)
        self._seen: Counter[str] = Counter()
        self.accepted: Counter[str] = Counter()
        self.told: dict[str, str] = {}
        self.differing = 0
        self._first: dict[str, bytes] = {}
        self.answers: Counter[str] = Counter()
        self.url = ""

    def __enter__(self) -> Receiver:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    def _serve(self) -> None:
        asyncio.run(self._until_over())

    async def _until_over(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/results"
        self._ready.set()
        await self._over.wait()
        server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):  # a worker that was killed in the middle
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            lines = (line.partition(":") for line in head.split("\r\n")[1:])
            headers = {name.lower(): value.strip() for name, _, value in lines}
            body = await reader.readexactly(int(headers["content-length"]))
            status, more = await self._judged(headers, body)
            answer = f"HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n{more}\r\n"
            writer.write(answer.encode())
            await writer.drain()
        writer.close()

    async def _judged(self, headers: Mapping[str, str], body: bytes) -> tuple[int, str]:
        try:
            self._signer.verify(body, dict(headers))
        except WebhookVerificationError:
            self.answers["wrong signature"] += 1
            return 401, ""
        if not json.loads(body)["type"].startswith("assessment."):  # receipts of the audit log come here too
            self.answers["no result"] += 1
            return 204, ""
        id = headers["webhook-id"]
        self._seen[id] += 1
        lot = int(hashlib.sha256(f"{id}:{self._seen[id]}".encode()).hexdigest()[:8], 16) / 2**32
        if lot < FAILS:
            self.answers["failed"] += 1
            return REFUSALS[int(lot / FAILS * len(REFUSALS))]
        if lot < FAILS + HANGS / 2:
            self.answers["hung"] += 1
            await self._over.wait()
        self._take(id, body)
        if lot < FAILS + HANGS:
            self.answers["hung after it was taken"] += 1
            await self._over.wait()
        self.answers["taken"] += 1
        return 204, ""

    def _take(self, id: str, body: bytes) -> None:
        self.accepted[id] += 1
        digest = hashlib.sha256(body).digest()
        self.differing += self._first.setdefault(id, digest) != digest
        self.told[id] = json.loads(body)["data"]["application_id"]


# ---------------------------------------------------------------- what is sent, by whom


def queue(database: Database, own: str, url: str, secret: str, size: int) -> list[str]:
    """As many applications of the organisation `own`, each with a result for its one endpoint; the results' ids."""
    with database.store() as store:
        store.add_endpoint(own, url=url, secret=secret, description="", now=store_world.NOW)
        job = store_world.add_job(store, own)
    ids = []
    for first in range(0, size, ROWS):
        with database.store() as store:
            for number in range(first, min(first + ROWS, size)):
                ids.append(_queued(store, store_world.add_application(store, job).id, own, number))
    return ids


def _queued(store: Store, application_id: str, organisation_id: str, number: int) -> str:
    application = store.set_stage(organisation_id, application_id, "reported", now=store_world.NOW)
    result = AssessmentResult(
        id=f"result_{application_id}_1",
        created_at=store_world.NOW,
        **receivers.about(store, application),
        screening=store_world.screening(),
        scorecard=store_world.SCORECARD.model_copy(update={"reason": f"Number {number}."}),
        transcript=tuple(
            Turn(role="candidate", text=SENTENCE * 4, start=10.0 * turn, end=10.0 * turn + 9) for turn in range(12)
        ),
        report_url=f"https://foyer.example/reports/{number}",
    )
    receivers.queue(store, application, result, f"report:{application_id}", now=datetime.now(UTC))
    return result.id


class Worker:
    """One at a time; its output goes into `log`."""

    def __init__(self, home: Path) -> None:
        self.log = home / "worker.log"
        self._environment = {**os.environ, "FOYER_HOME": str(home), "FOYER_WEBHOOK_PRIVATE": "true"}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> int:
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.bench.delivery_worker"],
                cwd=ROOT,
                env=self._environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        return self._process.pid

    def end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(60)
            self._process = None

    @property
    def dead(self) -> bool:
        return self._process is None or self._process.poll() is not None


@contextmanager
def working(home: Path) -> Iterator[Worker]:
    worker = Worker(home)
    worker.start()
    try:
        yield worker
    finally:
        worker.end(signal.SIGKILL)


# ---------------------------------------------------------------- the run


@dataclass
class Run:
    """One worker after another, until nothing is pending or the time is up."""

    database: Database
    receiver: Receiver
    organisation_id: str
    sent: list[str]
    seconds: float = 0.0
    kills: int = 0

    def carry(self, worker: Worker, kills: int) -> None:
        began = shown = time.monotonic()
        kill_at = [len(self.sent) * (number + 1) // (kills + 1) for number in range(kills)]
        while self._pending() and time.monotonic() - began < LONGEST:
            if self.kills < kills and len(self.receiver.accepted) >= kill_at[self.kills]:
                self.kills += 1
                worker.end(signal.SIGKILL)
                worker.start()
            if worker.dead:
                raise RuntimeError(f"the worker ended by itself: {worker.log.read_text()[-3000:]}")
            if time.monotonic() - shown > 10:
                shown = time.monotonic()
                print(f"{shown - began:.0f} s: {len(self.receiver.accepted)} of {len(self.sent)}", file=sys.stderr)
            time.sleep(0.2)
        self.seconds = time.monotonic() - began

    def _pending(self) -> bool:
        with self.database.reading() as store:
            return bool(store.deliveries(self.organisation_id, state="pending", limit=1))

    def judge(self, kills: int) -> bool:
        size, receiver = len(self.sent), self.receiver
        with self.database.reading() as store:
            rows = store.deliveries(self.organisation_id, limit=size + 1)
        attempts = sum(row.attempts for row in rows)
        again = sum(receiver.accepted.values()) - len(receiver.accepted)
        explained = receiver.answers["hung after it was taken"] + self.kills * TO_ONE
        about: dict[str, Any] = {"results": size, "seconds": round(self.seconds, 1), **receiver.answers}
        held = figure(BENCH, "the worker was killed", self.kills, "times", at_least=kills)
        held &= figure(
            BENCH, "results that arrived", len(receiver.accepted.keys() & {*self.sent}), at_least=size, **about
        )
        held &= figure(BENCH, "ids that were never sent", len(receiver.accepted.keys() - {*self.sent}), at_most=0)
        held &= figure(
            BENCH, "results under a second id", len(receiver.told) - len({*receiver.told.values()}), at_most=0
        )
        held &= figure(BENCH, "recorded as delivered", sum(row.state == "delivered" for row in rows), at_least=size)
        held &= figure(BENCH, "repeats, each known by the id of the first", again, at_most=explained, attempts=attempts)
        held &= figure(BENCH, "repeats that differ from the first", receiver.differing, at_most=0)
        held &= figure(BENCH, "wrong signatures", receiver.answers["wrong signature"], at_most=0)
        figure(BENCH, "attempts a second", attempts / self.seconds)
        return held & figure(BENCH, "throughput", size / self.seconds, "results/s", at_least=size / LONGEST)


def main(size: int = SIZE, kills: int = KILLS) -> bool:
    secret = new_secret()
    with tempfile.TemporaryDirectory() as made, Receiver(secret) as receiver:
        home = Path(made)
        with closing(database_of(home)) as database:
            database.migrate()
            with database.system() as system:
                own = system.add_organisation("Example", store_world.NOW).id
            run = Run(database, receiver, own, queue(database, own, receiver.url, secret, size))
            with working(home) as worker:
                run.carry(worker, kills)
            return run.judge(kills)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, default=SIZE)
    parser.add_argument("--kills", type=int, default=KILLS)
    chosen = parser.parse_args()
    sys.exit(0 if main(chosen.size, chosen.kills) else 1)
