"""How long the recruiter's console takes over 100,000 candidates: every page that there is, found from the routes,
the first rows of a shortlist, and the threshold in a real browser.

`python -m tests.bench.console [--sqlite | --postgresql] [--keep FOLDER [--url URL]] [--candidates N] [--only TEXT]`: on
SQLite and on a PostgreSQL of its own, or on one of them. `--keep` fills a folder (and the database of `--url`) once and
measures it again the next time. `value` of a page is the p95 of what it took, judged; `cpu` beside it the median and
`cpu_p95` the p95 of what this process worked: where others use the machine, the rest is waiting for it. On PostgreSQL
the server's work is not in it. A page that is counted beside is measured once its figures are there."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import select

from api.access import NEEDS, OPEN
from api.app import create_app
from api.deps import App
from api.serving import settle
from models.records import Application, Interview
from models.settings import Settings
from models.store import Store
from models.store.shortlist import Wanted
from tests.bench import people
from tests.bench.figures import figure, percentile, skipped
from tests.postgres import PostgresServer, installed

BENCH = "console"
ROUNDS = 40
"""Of fifteen the p95 would be the slowest one."""
PATIENCE_MS, COUNTED_WITHIN = 8_000, 900.0
PAGE_MS, FIRST_ROWS_MS, MOVE_MS = 150, 200, 100
CHROMIUM = Path("/usr/bin/chromium")
HTML = {"Accept": "text/html"}
FREELY = "\n".join(f"[{kind}]\nper_minute = 1000000\nburst = 1000000" for kind in ("api", "other"))
QUERIES = {
    "/jobs/{job_id}/compare": "?ids={application_id},{other_id}",
    "/jobs/{job_id}/line": "?threshold=45",
    "/jobs/{job_id}/invite/preview": "?passing=1",
    "/applications/{application_id}/text": "?requirement=r1",
}
"""What a page shows little without."""


@contextmanager
def filled(folder: Path, candidates: int, url: str) -> Iterator[Settings]:
    """Settings of a database with everybody in it; made where the folder has none yet."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "limits.toml").write_text(FREELY)
    settings = Settings(home=folder, database_url=url)
    done = folder / "filled"
    if not done.is_file():
        began = time.perf_counter()
        app = people.fill(settings, people.openings(candidates))
        app.database.close()
        figure(BENCH, "seconds to fill the database", time.perf_counter() - began, "s", candidates=candidates)
        done.touch()
    yield settings


def pages() -> list[str]:
    """Paths of everything a signed-in person may look at that is no API."""
    found = [door.removeprefix("GET ") for door, need in NEEDS.items() if door.startswith("GET ") and need not in OPEN]
    return [path for path in found if not path.startswith(("/api/", "/v1/"))]


def ids(app: App) -> tuple[str, dict[str, str]]:
    """(organisation, what to put into paths): of the largest job, with somebody in the middle of it."""
    with app.database.asking() as system:
        own = system.organisations()[0].id
    with app.database.reading() as store:
        counts = {job.id: sum(store.stage_counts(own, job.id).values()) for job in store.jobs(own)}
        job = max(counts, key=lambda id: counts[id])
        some = [one.id for one in store.applications(own, job, stage="screened", limit=2, offset=counts[job] // 2)]
        found = {"job_id": job, "application_id": some[0], "other_id": some[1]}
        found |= {name: id for name, id in _others(store, own, job) if id}
    return own, found


def _others(store: Store, own: str, job: str) -> Iterator[tuple[str, str]]:
    session = store._session
    query = select(Interview.id).join(Application, Application.id == Interview.application_id)
    query = query.where(Application.job_id == job, Interview.state == "completed", Interview.organisation_id == own)
    yield "interview_id", session.scalar(query.limit(1)) or ""
    yield "number", "1"
    yield "batch_id", next((one.id for one in store.batches(own, job)), "")
    yield "candidate_id", next((one.candidate_id for one in store.shortlist(own, job, Wanted(), 1)), "")
    yield "connection_id", next((one.id for one in store.connections(own)), "")
    yield "request_id", next((one.id for one in people.requests(session, own)), "")


def settled(client: TestClient, path: str, where: str) -> None:
    """Asks until the page has its figures, as a browser does."""
    began = time.perf_counter()
    while "data-counting" in client.get(path).text:
        if time.perf_counter() - began > COUNTED_WITHIN:
            raise RuntimeError(f"{path} is still being counted after {COUNTED_WITHIN:.0f} s")
        time.sleep(0.5)
    if (seconds := time.perf_counter() - began) > 0.5:
        figure(BENCH, f"{path.partition('?')[0]}, to its figures at first", seconds, "s", database=where)


def measured(client: TestClient, path: str, rounds: int = ROUNDS) -> tuple[Response, list[float], list[float]]:
    """(the last answer, ms of each, ms of CPU of each). A page that takes seconds is not asked for often."""
    taken: list[float] = []
    worked: list[float] = []
    while len(taken) <= rounds and sum(taken) < PATIENCE_MS:
        began, at_work = time.perf_counter(), time.process_time()
        answer = client.get(path)
        taken.append((time.perf_counter() - began) * 1000)
        worked.append((time.process_time() - at_work) * 1000)
    return answer, taken, worked


def every_page(client: TestClient, known: Mapping[str, str], only: str, where: str) -> bool:
    held = True
    for path in sorted(pages()):
        if only not in path:
            continue
        try:
            address = (path + QUERIES.get(path, "")).format_map(known)
        except KeyError as lacking:
            skipped(BENCH, f"{path}: nothing here is called {lacking}")
            continue
        settled(client, address, where)
        answer, taken, worked = measured(client, address)
        status, kind = answer.status_code, answer.headers.get("content-type", "")
        again = taken[1:] or taken
        if status >= 500:
            held &= figure(BENCH, f"{path}, answered", status, at_most=499, database=where)
            continue
        if status >= 300 or not kind.startswith("text/html"):
            skipped(BENCH, f"{path}: answered {status}, {kind or 'nothing'}")
            continue
        bar = FIRST_ROWS_MS if path.endswith("/shortlist") else PAGE_MS
        held &= figure(
            *(BENCH, f"{path}, p95", percentile(again, 0.95), "ms"),
            at_most=bar,
            median=round(percentile(again, 0.5), 1),
            cpu=round(percentile(worked[1:] or worked, 0.5), 1),
            cpu_p95=round(percentile(worked[1:] or worked, 0.95), 1),
            first=round(taken[0], 1),
            database=where,
        )
    return held


def feed(client: TestClient, job: str, where: str) -> None:
    began = time.perf_counter()
    answer = client.get(f"/api/jobs/{job}/shortlist/feed")
    seconds = time.perf_counter() - began
    total = json.loads(answer.text[: answer.text.index("\n")])["total"]
    size = len(answer.content) / 2**20
    figure(BENCH, "the feed of a job", seconds, "s", candidates=total, mib=round(size, 1), database=where)


def move(client: TestClient, job: str) -> bool:
    """The threshold of the page, moved by keys through all its places in Chromium: the slowest move, to the painted
    number."""
    if not CHROMIUM.exists():
        skipped(BENCH, f"{CHROMIUM} is not installed: the threshold is not moved")
        return True
    from playwright.sync_api import sync_playwright

    def serve(route: Any) -> None:
        path = route.request.url.removeprefix("http://console.test")
        if path.endswith("/feed"):
            route.abort()
            return
        answer = client.get(path)
        route.fulfill(status=answer.status_code, headers=dict(answer.headers), body=answer.content)

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page = browser.new_page()
        page.route("**/*", serve)
        page.goto(f"http://console.test/jobs/{job}/shortlist")
        page.locator("[data-handle]").wait_for()
        taken = page.evaluate(MOVES)
        browser.close()
    waiting = client.get(f"/api/jobs/{job}/scores").json()
    counted = sum(waiting["clear"]) + sum(waiting["held"])
    return figure(BENCH, "a move of the threshold to its new count", max(taken), "ms", at_most=MOVE_MS, of=counted)


MOVES = """async () => {
  const handle = document.querySelector('[data-handle]'), said = document.querySelector('[data-means]');
  const taken = [];
  handle.focus();
  for (const key of ['Home', ...Array(100).fill('ArrowRight')]) {
    const before = said.textContent, began = performance.now();
    handle.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
    if (said.textContent === before) throw new Error(`${key} said nothing new`);
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    taken.push(performance.now() - began);
  }
  return taken;
}"""


def run(settings: Settings, only: str, where: str) -> bool:
    api = create_app(settings, work=False, loaded=settle)
    with TestClient(
        api, headers=HTML, follow_redirects=False, base_url="http://console.test", raise_server_exceptions=False
    ) as client:
        app: App = api.state.foyer
        for thread in threading.enumerate():
            if thread.name == "foyer-warm":  # models are being loaded
                thread.join(120)
        own, known = ids(app)
        with app.database.store() as store:
            _, key = store.add_api_key(own, name="bench", role="admin", now=app.now)
        signed = client.post("/login", data={"key": key, "name": "Kim"})
        if signed.status_code != 303:
            raise RuntimeError(signed.text)
        held = every_page(client, known, only, where)
        feed(client, known["job_id"], where)
        return move(client, known["job_id"]) and held


def main(arguments: list[str] | None = None) -> bool:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sqlite", action="store_true")
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--url", default="", help="of a PostgreSQL database that is filled once, beside --keep")
    parser.add_argument("--candidates", type=int, default=people.EVERYBODY)
    parser.add_argument("--only", default="", help="paths with this in them")
    asked = parser.parse_args(arguments if arguments is not None else [])
    held, of_one = True, bool(asked.keep or asked.url)
    if asked.sqlite or of_one or not asked.postgresql:
        with _folder(asked.keep) as folder, filled(folder, asked.candidates, asked.url) as settings:
            held &= run(settings, asked.only, "postgresql" if asked.url else "sqlite")
    if of_one or (asked.sqlite and not asked.postgresql):
        return held
    if not installed():
        skipped(BENCH, "the wheel with PostgreSQL is not installed")
        return held
    server = PostgresServer()
    try:
        with _folder(None) as folder, filled(folder, asked.candidates, server.create("console")) as settings:
            return run(settings, asked.only, "postgresql") and held
    finally:
        server.stop()


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    if kept is not None:
        yield kept
        return
    with tempfile.TemporaryDirectory() as made:
        yield Path(made)


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1:]) else 1)
