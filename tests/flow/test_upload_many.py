"""Five thousand small resumes in one batch: by the API, and from a folder in a real Chromium whose tab is closed.

Figures are printed. Arriving and being read both count as progress; the service's own anonymous memory is sampled."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import CHROMIUM, QUIET
from tests.flow.running import Fresh, Service, wait_for

FILES = int(os.environ.get("FOYER_UPLOAD_FILES", "5000"))
PART = 40
STALL_SECONDS = 2.0
GROWTH = 1.05
"""Anonymous memory of the last quarter of the time to that of the second: models are loaded and pools filled by then.
What stays of a person is two or three kilobytes, in the index of the talent pool."""
POSTING = "# Backend engineer\n\n## You bring\n- 3 years of Python\n- PostgreSQL\n- English, fluent\n"

pytestmark = [pytest.mark.long, pytest.mark.timeout(3500)]


def resume(number: int) -> bytes:
    return (
        f"Person Number{number}\nperson{number}@example.org\n\nExperience\nPython developer, Acme {number}, 2015-2020\n"
        "PostgreSQL and tests.\n\nSkills\nPython, SQL, English fluent\n"
    ).encode()


def name(number: int) -> str:
    return f"folder/{number % 10}/resume-{number:05}.txt"


@dataclass
class Watch:
    """What a batch's own count did over time: when it last moved, the longest it stood still, memory at each look."""

    service: Service
    batch: str
    seconds: list[float] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    worst: float = 0.0
    when: str = ""
    last: dict[str, Any] = field(default_factory=dict)
    resting: bool = False
    """Nobody sends and nothing is to be read, on purpose: standing still is no stall."""

    def look(self, client: httpx2.Client) -> bool:
        """Whether it is done."""
        found = client.get(f"/api/batches/{self.batch}").json()
        now = time.monotonic()
        moved = (found["total"], found["waiting"]) != (self.last.get("total"), self.last.get("waiting"))
        if self.seconds and not self.resting and now - self.seconds[-1] > self.worst:
            self.worst, self.when = now - self.seconds[-1], f"{found['total']} here, {found['waiting']} waiting"
        if moved or self.resting:
            self.seconds.append(now)
        self.last = found
        self.memory.append(anonymous_mb(self.service))
        return bool(found["done"])

    def until_done(self) -> None:
        with self.client() as client:
            while not self.look(client):
                time.sleep(0.25)

    def client(self) -> httpx2.Client:
        key = self.service.api.headers["Authorization"]
        return httpx2.Client(base_url=self.service.base, headers={"Authorization": key}, timeout=60)

    def figures(self, what: str, began: float, arrived: float) -> None:
        length = max(1, len(self.memory) // 4)
        quarters = [sum(part) / len(part) for at in range(4) if (part := self.memory[at * length : (at + 1) * length])]
        took = time.monotonic() - began
        print(f"\n{what}: {FILES} files; arrived in {arrived:.0f} s ({FILES / arrived:.0f}/s)")
        print(f"all read after {took:.0f} s ({FILES / took:.1f}/s)")
        print(f"longest without progress: {self.worst:.2f} s ({self.when})")
        gaps = sorted((later - each for each, later in pairwise(self.seconds)), reverse=True)
        print(
            f"the longest of {len(gaps)}: {[round(gap, 2) for gap in gaps[:12]]}; {sum(g > 1 for g in gaps)} over 1 s"
        )
        shown = ", ".join(f"{each:.0f}" for each in quarters)
        print(f"anonymous memory of the service, MB, by quarters of the time: {shown}", flush=True)
        assert self.worst <= STALL_SECONDS, self.when
        assert quarters[-1] <= quarters[1] * GROWTH


def anonymous_mb(service: Service) -> int:
    assert service.process is not None
    for line in Path(f"/proc/{service.process.pid}/status").read_text().splitlines():
        if line.startswith("RssAnon"):
            return int(line.split()[1]) // 1024
    raise AssertionError("no RssAnon")


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    running = Fresh(tmp_path / "home")
    running.start()
    warm = running.post("/api/jobs", {"text": POSTING})["id"]  # models are loaded before memory is looked at
    taken = running.api.post(f"/api/jobs/{warm}/batches", files=[("files", ("warm.txt", resume(10**6)))]).json()
    Watch(running, taken["batch_id"]).until_done()
    yield running
    running.stop()


def send(service: Service, batch: str, numbers: list[int]) -> dict[str, Any]:
    files = [("files", (name(number), resume(number))) for number in numbers]
    answer = service.api.post(f"/api/batches/{batch}/files", files=files)
    assert answer.status_code == 202, answer.text
    found: dict[str, Any] = answer.json()
    return found


def parts(numbers: list[int]) -> list[list[int]]:
    return [numbers[at : at + PART] for at in range(0, len(numbers), PART)]


def test_five_thousand_by_the_api_and_gone_on_with_after_a_cut(service: Service) -> None:
    job = service.post("/api/jobs", {"text": POSTING})["id"]
    batch = service.post(f"/api/jobs/{job}/batches/start", {"name": "Many", "expected": FILES})["id"]
    watch, began = Watch(service, batch), time.monotonic()
    watching = threading.Thread(target=watch.until_done)
    watching.start()
    half = list(range(FILES * 6 // 10))
    with ThreadPoolExecutor(2) as senders:
        list(senders.map(lambda some: send(service, batch, some), parts(half)))
    asked = [
        {"name": name(number), "size": len(resume(number)), "sha256": sha256(resume(number)).hexdigest()}
        for number in range(FILES)
    ]
    missing = [
        at + place
        for at in range(0, FILES, 1000)
        for place in service.post(f"/api/batches/{batch}/missing", {"files": asked[at : at + 1000]})["missing"]
    ]
    assert missing == list(range(len(half), FILES))
    rest = [0, *missing]  # one too many: it is known
    with ThreadPoolExecutor(2) as senders:
        known = sum(found["known"] for found in senders.map(lambda some: send(service, batch, some), parts(rest)))
    assert known == 1
    service.post(f"/api/batches/{batch}/complete", {})
    arrived = time.monotonic() - began
    watching.join()
    watch.figures("by the API", began, arrived)
    assert (watch.last["total"], watch.last["screened"], watch.last["unreadable"]) == (FILES, FILES, 0)


def test_five_thousand_from_a_folder_whose_tab_is_closed_half_way(service: Service, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    for number in range(FILES):
        file = tmp_path / name(number)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(resume(number))
    job = service.post("/api/jobs", {"text": POSTING})["id"]
    key = service.api.headers["Authorization"].removeprefix("Bearer ")
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=str(CHROMIUM), args=QUIET)
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{service.base}/login")
        page.get_by_label("Your name").fill("Maria Lopez")
        page.get_by_label("API key").fill(key)
        page.get_by_role("button", name="Sign in").click()
        page.goto(f"{service.base}/jobs/{job}/batches")
        began = time.monotonic()
        page.locator("input[webkitdirectory]").set_input_files(folder)
        page.locator("[data-open][href^='/batches/']").wait_for()
        [found] = service.get(f"/api/jobs/{job}/batches")
        watch = Watch(service, found["id"])
        with watch.client() as client:
            bars = follow(watch, client, page, lambda: sent(page) >= FILES // 2)
            page.close(run_before_unload=False)
            watch.resting = True
            page = context.new_page()
            page.goto(f"{service.base}/batches/{watch.batch}")
            here = watch.last["total"]
            page.get_by_text(f"of {FILES} files have arrived").wait_for()
            page.locator("input[webkitdirectory]").set_input_files(folder)
            wait_for(lambda: sent(page), lambda value: value > 0, "what is missing is known", 120)
            watch.look(client)
            watch.resting = False
            bars += follow(watch, client, page, lambda: page.get_by_text("This page may be closed").is_visible())
            arrived = time.monotonic() - began
            assert watch.last["total"] == FILES, "each once"
            until = time.monotonic() + 30
            while time.monotonic() < until and not watch.look(client):
                time.sleep(0.25)
        browser.close()
    print(f"\nclosed with {here} here; the page's own bars stood still for {max(bars):.2f} s at most")
    cancelled(service, watch.batch)
    watch.figures("from a folder in the browser", began, arrived)
    assert max(bars) <= STALL_SECONDS


def cancelled(service: Service, batch: str) -> None:
    """Reading thousands is the other test's: here they are paused, and what is left is dropped."""
    service.post(f"/api/batches/{batch}/pause", {})
    time.sleep(5)  # what was under way is finished
    before = service.get(f"/api/batches/{batch}")
    time.sleep(5)
    assert service.get(f"/api/batches/{batch}")["waiting"] == before["waiting"], "a paused batch is not read"
    began = time.monotonic()
    service.post(f"/api/batches/{batch}/cancel", {})
    left = wait_for(lambda: service.get(f"/api/batches/{batch}"), lambda one: one["waiting"] == 0, "dropped", 900)
    print(f"cancelled: {before['waiting']} files that nobody had read dropped in {time.monotonic() - began:.0f} s")
    assert left["total"] == left["screened"] == before["screened"], "nobody who was read is lost"


def sent(page: Page) -> float:
    return float(page.evaluate("document.querySelector('[data-sent-bar]')?.value ?? 0"))


def follow(watch: Watch, client: httpx2.Client, page: Page, enough: Any) -> list[float]:
    """Looks until it is; how long the page's two bars stood still each time."""
    still, moved = [0.0], time.monotonic()
    shown = ""
    while not enough():
        watch.look(client)
        bars = page.evaluate("[...document.querySelectorAll('progress')].map((bar) => bar.value).join()")
        if bars != shown:
            still.append(time.monotonic() - moved)
            shown, moved = bars, time.monotonic()
        time.sleep(0.1)
    return still
