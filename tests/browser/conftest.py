"""A real Chromium whose microphone is a WAV file, and servers for it to look at."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
import soundfile
import soxr
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from api.demo_service import service
from models.settings import ROOT
from tests.fakes_room import ScriptedRoom
from tests.flow.running import free_port

CHROMIUM = Path("/usr/bin/chromium")
QUIET = ["--no-sandbox", "--disable-background-networking", "--disable-quic", "--no-first-run", "--mute-audio"]
OpenPage = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    if not CHROMIUM.exists():
        reason = f"{CHROMIUM} is not installed: the pages are NOT tested in a real browser"
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def spoken_wav(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recorded answer at a sound card's rate."""
    recording = sorted((ROOT / "samples" / "answers").rglob("*.flac"))[0]
    samples, rate = soundfile.read(recording, dtype="float32")
    path = tmp_path_factory.mktemp("microphone") / "spoken.wav"
    soundfile.write(path, soxr.resample(samples, rate, 48_000), 48_000, subtype="PCM_16")
    return path


@pytest.fixture
def open_page(playwright: Playwright, spoken_wav: Path) -> Iterator[OpenPage]:
    """open_page(url, wav=..., loop=..., microphone=..., width=..., script=...): a page in a fresh browser. `microphone`
    False: permission is denied. `script` runs before the page's own. Script errors and broken content security
    rules fail the test."""
    browsers: list[Browser] = []
    problems: list[str] = []

    def open_(
        url: str,
        *,
        wav: Path = spoken_wav,
        loop: bool = False,
        microphone: bool = True,
        width: int = 1280,
        script: str = "",
    ) -> Page:
        source = str(wav) if loop else f"{wav}%noloop"
        devices = ["--use-fake-device-for-media-stream", f"--use-file-for-fake-audio-capture={source}"]
        answer = ["--use-fake-ui-for-media-stream"] if microphone else ["--deny-permission-prompts"]
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=[*QUIET, *devices, *answer])
        browsers.append(browser)
        page = browser.new_context(viewport={"width": width, "height": 800}).new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda line: problems.append(line.text) if "Content Security" in line.text else None)
        page.add_init_script(script)
        page.goto(url)
        return page

    yield open_
    for browser in browsers:
        browser.close()
    assert not problems, f"the page complained: {problems}"


@pytest.fixture
def scripted() -> Iterator[ScriptedRoom]:
    room = ScriptedRoom()
    room.start()
    yield room
    room.stop()


@dataclass(frozen=True)
class Service:
    """A running `foyer serve`, its folder and its admin key."""

    base: str
    home: Path

    @property
    def key(self) -> str:
        return (self.home / "admin.key").read_text().strip()

    def api(self) -> httpx2.Client:
        return httpx2.Client(base_url=self.base, headers={"Authorization": f"Bearer {self.key}"}, timeout=60)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The service itself, over an empty folder."""
    home = tmp_path_factory.mktemp("service")
    with service(home, free_port()) as base:
        yield Service(base, home)
