"""A real Chromium whose microphone is a WAV file, and servers for it to look at."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
import soundfile
import soxr
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from models.settings import ROOT
from tests.fakes_room import ScriptedRoom
from tests.flow import running as flow

CHROMIUM = Path("/usr/bin/chromium")
QUIET = ["--no-sandbox", "--disable-background-networking", "--disable-quic", "--no-first-run", "--mute-audio"]
OpenPage = Callable[..., Page]
Chromium = Callable[..., Browser]


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


@pytest.fixture(scope="package")
def chromium(playwright: Playwright) -> Iterator[Chromium]:
    """chromium(wav=..., loop=..., microphone=...): a browser, started when first asked for, for all who ask alike."""
    browsers: dict[tuple[Path, bool, bool], Browser] = {}

    def started(*, wav: Path, loop: bool, microphone: bool) -> Browser:
        if (wav, loop, microphone) not in browsers:
            source = str(wav) if loop else f"{wav}%noloop"
            devices = ["--use-fake-device-for-media-stream", f"--use-file-for-fake-audio-capture={source}"]
            answer = ["--use-fake-ui-for-media-stream"] if microphone else ["--deny-permission-prompts"]
            browsers[wav, loop, microphone] = playwright.chromium.launch(
                executable_path=str(CHROMIUM), args=[*QUIET, *devices, *answer]
            )
        return browsers[wav, loop, microphone]

    yield started
    for browser in browsers.values():
        browser.close()


@pytest.fixture
def open_page(chromium: Chromium, spoken_wav: Path) -> Iterator[OpenPage]:
    """open_page(url, wav=..., loop=..., microphone=..., width=..., script=...): a page that shares nothing with any
    other, as in a browser of its own. `microphone` False: permission is denied. `script` runs before the page's own.
    Script errors and broken content security rules fail the test."""
    contexts: list[BrowserContext] = []
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
        browser = chromium(wav=wav, loop=loop, microphone=microphone)
        contexts.append(browser.new_context(viewport={"width": width, "height": 800}))
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda line: problems.append(line.text) if "Content Security" in line.text else None)
        page.add_init_script(script)
        page.goto(url)
        return page

    yield open_
    for context in contexts:
        context.close()
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


@contextmanager
def served(home: Path) -> Iterator[Service]:
    """The service over what stands in `home`."""
    running = flow.Service(home)
    running.start()
    try:
        yield Service(running.base, home)
    finally:
        running.stop()


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The service itself, over an empty folder."""
    with served(tmp_path_factory.mktemp("service")) as running:
        yield running
