"""Every page there is, as an administrator and as a candidate sees it, in a real Chromium: axe in two widths, light and
dark, all of it reached by Tab and seen to be reached, nothing wider than a telephone, and hostile words run nowhere.
Made from `api.access.NEEDS`: a page added later is looked at by itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, Dialog, Page, Playwright

from tests.browser.axe import serious
from tests.browser.conftest import CHROMIUM, QUIET
from tests.console_world import GETS, World, filled
from tests.flow.running import free_port, wait_for
from tests.hostile_words import said

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]

NO_PAGE = ("/openapi.json", "/metrics", "/health", "/healthz", "/ready", "/readyz", "/static")
ROVING = ".line, [role=radio], [role=tab], [role=option], [role=gridcell]"
"""Of a group one is reached by Tab, the others from there by arrow keys: the rows of the shortlist, choices."""
MOST_STEPS = 400
SIGNED_OUT = ("/login", "/password", "/interviews", "/i/nobody")
"""What somebody sees who is not signed in: the forms, and where they are led."""
TABLE_ALONE = "/impact/new-york"
"""A table of eight columns to be published without any style: it may be wider than a telephone."""
WIDER = "document.documentElement.scrollWidth > innerWidth"
WIDEST = """() => [...document.body.querySelectorAll('*')]
  .filter((one) => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest('pre, .scroll'))
  .slice(-5).map((one) => one.outerHTML.slice(0, 80)).join(' | ')"""
LONG_WORD = "Donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunterbeamtengesellschaft" * 2


def long(text: str) -> str:
    """A word without end, and markup; what is long already is hostile as everywhere."""
    return said(text) if len(text) > 40 else f"{LONG_WORD[:90]}{text}<foyer-evil><img src=x onerror=alert(1)>"


REACHABLE = "a[href], button, input:not([type=hidden]), select, textarea, summary, audio[controls], iframe, [tabindex]"
LISTED = """(reachable, roving) => {
  const own = [...document.querySelectorAll(reachable)].filter((one) => {
    if (one.disabled || one.closest('[inert]') || one.tabIndex < 0) return false;
    if (one.matches(roving)) return false;
    if (one.type === 'radio') {
      const group = `input[name="${CSS.escape(one.name)}"]`;
      return one === (document.querySelector(`${group}:checked`) ?? document.querySelector(group));
    }
    return one.checkVisibility({visibilityProperty: true}) && one.getClientRects().length > 0;
  });
  own.forEach((one, at) => { one.dataset.reach = at; });
  document.activeElement?.blur();
  window.scrollTo(0, 0);
  return own.map((one) => one.outerHTML.slice(0, 120));
}"""
FOCUSED = """() => {
  const one = document.activeElement;
  if (!one || one === document.body || one === document.documentElement) return null;
  const label = one.labels?.[0];
  const outlined = (style) => style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
  const shown = (style) => outlined(style) || style.boxShadow !== 'none';
  const around = [one, label, one.closest('label'), one.nextElementSibling, one.parentElement].filter(Boolean);
  const seen = around.some((each) => shown(getComputedStyle(each)));
  return { at: one.dataset.reach ?? '', what: one.outerHTML.slice(0, 120), seen };
}"""


def pages(world: World) -> list[str]:
    """Addresses that answer with a page of HTML, as somebody who may see all of it."""
    client, found = world.client(), []
    for door in GETS:
        if door.path.startswith(("/api/", "/v1/", "/scim/", "/branding/", "/connect")) or door.path in NO_PAGE:
            continue
        if door.path.endswith((".pdf", ".json", ".csv", ".ics", ".txt", ".png")):
            continue
        for path in world.addresses(door):
            answer = client.get(path)
            if answer.text[:1000].lower().count("<!doctype html>") and answer.status_code < 300:  # no part of a page
                found.append(path)
    assert len(found) > 75
    return found


@contextmanager
def served(home: Path, say: Callable[[str], str]) -> Iterator[tuple[World, str]]:
    port = free_port()
    with filled(home, say, base_url=f"http://127.0.0.1:{port}") as world:
        server = uvicorn.Server(uvicorn.Config(world.api, port=port, log_level="warning", lifespan="off"))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        wait_for(lambda: server.started, bool, "the service")
        yield world, f"http://127.0.0.1:{port}"
        server.should_exit = True
        thread.join(timeout=30)


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    running = playwright.chromium.launch(executable_path=str(CHROMIUM), args=QUIET)
    yield running
    running.close()


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, str]]:
    with served(tmp_path_factory.mktemp("every") / "home", str) as found:
        yield found


def opened(browser: Browser, world: World, base: str, *, width: int, scheme: str) -> Page:
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
    context.add_cookies([{"name": name, "value": value, "url": base} for name, value in world.cookies.items()])
    return context.new_page()


@pytest.mark.proves(35)
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (360, "light"), (360, "dark")])
def test_axe_finds_nothing_serious(plain: tuple[World, str], browser: Browser, width: int, scheme: str) -> None:
    world, base = plain
    page, wrong = opened(browser, world, base, width=width, scheme=scheme), []
    for path in pages(world):
        page.goto(base + path, wait_until="load")
        wrong += [f"{path}: {each}" for each in serious(page)]
        if path != TABLE_ALONE and page.evaluate(WIDER):
            wrong.append(f"{path}: wider than {width}")
    page.context.clear_cookies()
    for path in SIGNED_OUT:
        page.goto(base + path, wait_until="load")
        wrong += [f"{path}: {each}" for each in [*serious(page), *not_reached(page)]]
    page.context.close()
    assert not wrong, "\n".join(wrong)


@pytest.mark.proves(35)
def test_all_of_it_is_reached_by_tab_and_seen(plain: tuple[World, str], browser: Browser) -> None:
    world, base = plain
    page, wrong = opened(browser, world, base, width=1280, scheme="light"), []
    for path in pages(world):
        page.goto(base + path, wait_until="load")
        wrong += [f"{path}: {each}" for each in not_reached(page)]
    page.context.close()
    assert not wrong, "\n".join(wrong)


def not_reached(page: Page) -> list[str]:
    """What Tab does not come to, where the focus cannot be seen, and where it does not get out again."""
    wanted: list[str] = page.evaluate(f"([a, b]) => ({LISTED})(a, b)", [REACHABLE, ROVING])
    seen, wrong, steps, ends, last = set(), [], 0, 0, ""
    while steps < MOST_STEPS:
        page.keyboard.press("Tab")
        steps += 1
        focused = page.evaluate(f"({FOCUSED})()")
        if focused is None:  # past the end; a page that begins in a field has what lies before it still to come
            ends += 1
            if ends == 2:
                break
            continue
        if focused["at"] in seen and focused["at"] != last:
            break
        again = (
            focused["at"] != "" and focused["at"] == last
        )  # a date is several steps in one field, marked by the browser
        last = focused["at"]
        if focused["at"]:
            seen.add(focused["at"])
        if not focused["seen"] and not again:
            wrong.append(f"not seen: {focused['what']}")
    if steps == MOST_STEPS:
        wrong.append("Tab does not come round")
    return wrong + [f"not reached: {what}" for at, what in enumerate(wanted) if str(at) not in seen]


def test_hostile_words_run_nowhere(tmp_path: Path, browser: Browser) -> None:
    with served(tmp_path / "home", long) as (world, base):
        wrong: list[str] = []
        page = opened(browser, world, base, width=360, scheme="light")

        def asked(dialog: Dialog) -> None:
            wrong.append(f"{page.url}: {dialog.message}")
            dialog.dismiss()

        page.on("dialog", asked)
        page.on("pageerror", lambda error: wrong.append(f"{page.url}: {error}"))
        for path in pages(world):
            page.goto(base + path, wait_until="load")
            if page.locator("foyer-evil, img[src=x], script:not([src])").count():
                wrong.append(f"{path}: markup of somebody's")
            if path != TABLE_ALONE and page.evaluate(WIDER):
                wrong.append(f"{path}: wider than 360 for {page.evaluate(WIDEST)}")
        page.context.close()
    assert not wrong, "\n".join(wrong)
