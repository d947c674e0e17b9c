"""Pictures of the pages for the README: `python -m tests.browser.pictures var/demo docs/images`, by hand, after
`make demo`. They show the demo's people; its folder is copied first and stays as it is. Needs Chromium, as the browser
tests do."""

from __future__ import annotations

import io
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Locator, Page, expect, sync_playwright

from api.demo_service import service
from tests.browser.conftest import CHROMIUM, QUIET
from tests.browser.walk import JOB, SECONDS, Walk, come_in
from tests.flow.running import free_port

WIDTHS = {1440: 900, 820: 1000, 360: 740}
"""Of the window -> its height."""
DARK = ("shortlist", "review")
COLOURS = 192
Pictured = Callable[[Walk], Locator | None]


def shortlist(walk: Walk) -> Locator:
    """The shortlist with somebody's evidence beside it, a quote marked on the page of the resume."""
    walk.job("Candidates")
    walk.shortlist()
    walk.page.keyboard.press("j")
    walk.page.keyboard.press("e")
    evidence = walk.page.get_by_role("complementary", name="Evidence")
    evidence.get_by_role("button", name=re.compile("^Python")).first.click()
    evidence.get_by_role("img", name="Page").first.evaluate("(one) => one.decode()")
    return walk.page.get_by_role("grid")


def compare(walk: Walk) -> None:
    walk.job("Candidates")
    walk.shortlist()
    walk.page.keyboard.press("j")
    for key in "xjxjxc":
        walk.page.keyboard.press(key)
    expect(walk.page.get_by_role("heading", name="Side by side")).to_be_visible()


def review(walk: Walk) -> None:
    """Somebody has rated, and sees Foyer's rating beside theirs."""
    page = walk.page
    walk.job("Candidates")
    page.get_by_role("link", name="Amara Okafor", exact=True).click()
    blind = page.get_by_role("link", name="Rate this interview")
    if blind.is_visible():
        blind.click()
        for part in page.locator("fieldset").all():
            part.get_by_label("4", exact=True).check()
        page.get_by_role("button", name="Save my rating").click()
    else:
        page.get_by_role("link", name="Foyer's rating beside yours").click()
    expect(page.get_by_role("heading", name="Side by side")).to_be_visible()
    page.evaluate("scrollTo(0, 0)")


def insight(walk: Walk) -> None:
    walk.page.get_by_role("navigation", name="Main").get_by_role("link", name="Insight").click()
    expect(walk.page.get_by_role("img", name="How far people come")).to_be_visible()


def sign_in(walk: Walk) -> None:
    page = walk.page
    page.goto(f"{walk.base}/login")
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")
    page.locator("[name=key]").fill((walk.home / "admin.key").read_text().strip())
    page.locator("[name=name]").fill("Maria Lopez")
    page.locator("[name=key]").press("Enter")
    expect(page.get_by_role("link", name="Maria Lopez")).to_be_visible()


def room(walk: Walk) -> Page:
    """A candidate who is asked something."""
    walk.job("Candidates")
    walk.page.get_by_role("link", name="Priya Raghunathan").click()
    walk.page.get_by_role("button", name="Invite to the interview").click()
    theirs = walk.another()
    come_in(walk, theirs, walk.link_sent_to("priya.raghunathan@example.com"))
    theirs.get_by_role("button", name="Turn on the microphone").first.click()
    theirs.get_by_role("button", name="Begin the interview").click()
    expect(theirs.locator("body")).to_have_attribute("data-phase", "listening", timeout=2 * SECONDS)
    return theirs


def kept(page: Page, path: Path) -> None:
    """A PNG of few colours: a quarter of the size, and nobody sees it."""
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    picture.save(path, optimize=True)
    print(f"{path}  {path.stat().st_size // 1024} KB")


def taken(page: Page, name: str, folder: Path, shown: Locator | None = None) -> None:
    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        if shown is not None:
            shown.evaluate("(one) => scrollTo(0, one.getBoundingClientRect().top + scrollY - 130)")
        page.wait_for_timeout(400)
        kept(page, folder / f"{name}-{width}.png")
    page.set_viewport_size({"width": 1440, "height": WIDTHS[1440]})
    if name in DARK:
        page.emulate_media(color_scheme="dark")
        page.wait_for_timeout(400)
        kept(page, folder / f"{name}-dark-1440.png")
        page.emulate_media(color_scheme="light")


def main(demo: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as copied, sync_playwright() as running:
        home = Path(shutil.copytree(demo, Path(copied) / "demo"))
        devices = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
        browser = running.chromium.launch(executable_path=str(CHROMIUM), args=[*QUIET, *devices])
        expect.set_options(timeout=SECONDS / 2)
        with service(home, free_port()) as base:
            walk = Walk(base, home, browser, {"job": JOB})
            sign_in(walk)
            pages: dict[str, Pictured] = {
                "shortlist": shortlist,
                "compare": compare,
                "review": review,
                "insight": insight,
            }
            for name, opened in pages.items():
                taken(walk.page, name, folder, opened(walk))
            taken(room(walk), "room", folder)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
