"""The pages about connected systems in a real browser, over the real service and a simulated Greenhouse."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import serious
from tests.browser.conftest import OpenPage, Service
from tests.browser.test_pages import sign_in
from tests.flow.integrations.world import POSTING, fresh, resume_of
from tests.flow.running import wait_for
from tests.simulators.base import Fault
from tests.simulators.greenhouse import Greenhouse

pytestmark = pytest.mark.long


@pytest.fixture
def greenhouse() -> Iterator[Greenhouse]:
    with Greenhouse() as running:
        running.opening(500, "Backend Engineer", POSTING)
        running.opening(600, "Cook", "")
        yield running
        assert running.violations == []


def signed_in(open_page: OpenPage, real: Service, *, width: int = 1280) -> Page:
    page = open_page(f"{real.base}/login", width=width)
    sign_in(page, real.key)
    return page


def connected(real: Service, greenhouse: Greenhouse, name: str) -> str:
    """The address of its page, once its openings are known."""
    with real.api() as api:
        made = api.post(
            "/api/connections", json={"vendor": "greenhouse", "name": name, "settings": greenhouse.settings}
        )
        path = f"/api/connections/{made.json()['id']}"
        api.patch(path, json={"enabled": True}).raise_for_status()
        wait_for(lambda: len(api.get(f"{path}/jobs").json()), lambda count: count == 2, "the openings")
    return f"{real.base}{path.replace('/api/connections', '/systems')}"


def press(page: Page, name: str, *, role: str = "button") -> None:
    """By keyboard alone: Tab until it has the focus, then Enter."""
    wanted = page.get_by_role(role, name=name, exact=True).first  # type: ignore[arg-type]
    for _ in range(60):
        page.keyboard.press("Tab")
        if wanted.evaluate("node => node === document.activeElement"):
            break
    expect(wanted).to_be_focused()
    page.keyboard.press("Enter")


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def test_a_connection_is_tested_and_switched_by_keyboard_and_every_page_of_it_is_accessible(
    open_page: OpenPage, real: Service, greenhouse: Greenhouse
) -> None:
    address = connected(real, greenhouse, "Leeds")
    page = signed_in(open_page, real, width=360)
    page.goto(address)
    greenhouse.faults.append(Fault(path="/v3/notes", status=403))
    press(page, "Test connection")
    expect(page.get_by_text("Give the client the scope harvest:notes:list.")).to_be_visible()
    assert serious(page) == []
    press(page, "Switch off")
    expect(page.get_by_text("It is switched off")).to_be_visible()
    for path in ("", "/settings", "/openings", "/choices", "/log"):
        page.goto(address + path)
        assert serious(page) == [], path
        assert fits(page), path
    page.goto(address + "/settings")
    assert greenhouse.settings["client_secret"] not in page.content()
    expect(page.get_by_label("Harvest v3 client secret")).to_have_value("")


@pytest.mark.long
def test_from_connecting_a_system_to_its_people(open_page: OpenPage, real: Service, greenhouse: Greenhouse) -> None:
    page = signed_in(open_page, real)
    page.locator(".more > summary").click()
    page.get_by_role("link", name="Connections").click()
    page.get_by_role("link", name="Connect a system").click()
    assert serious(page) == []
    page.get_by_role("link", name="Greenhouse").click()
    page.get_by_text("Addresses and the like").click()
    assert serious(page) == []
    page.get_by_label("Name").fill("York")
    for key, value in greenhouse.settings.items():
        page.locator(f'[name="set.{key}"]').fill(value)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").first).to_contain_text("switched off")
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_text("Harvest: notes can be read.")).to_be_visible()
    page.get_by_role("button", name="Switch on").click()
    expect(page.locator("#reading")).to_contain_text("2 openings", timeout=60_000)
    address = page.url.split("?")[0]

    email = fresh("ada")
    greenhouse.applies(9000, 500, "Ada Byron", email, resume_of("Ada Byron", email))
    page.get_by_role("link", name="Openings").click()
    page.get_by_role("link", name="Link Cook").click()
    expect(page.get_by_label("The posting")).to_have_value("")
    page.get_by_label("The posting").fill("Too short.")
    page.get_by_role("button", name="Make the job").click()
    expect(page.get_by_role("alert")).to_contain_text("Paste the whole posting")
    expect(page.get_by_label("The posting")).to_have_value("Too short.")
    assert serious(page) == []
    page.get_by_role("link", name="Openings").last.click()
    page.get_by_role("link", name="Link Backend Engineer").click()
    page.get_by_role("button", name="Make the job").click()
    expect(page.get_by_role("status").first).to_contain_text("Linked", timeout=120_000)
    expect(page.get_by_role("button", name="Unlink Backend Engineer")).to_be_visible()
    page.goto(address)
    expect(page.locator("#reading")).to_contain_text("1 person", timeout=60_000)

    page.get_by_role("link", name="Choices").click()
    page.get_by_label("Reason when a person rejects somebody").select_option("Not this time")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Reason when a person rejects somebody")).to_have_value("81")
    decide_there(page, real, greenhouse, address, email)
    look_and_leave(page, real, address)


def decide_there(page: Page, real: Service, greenhouse: Greenhouse, address: str, email: str) -> None:
    page.goto(address)
    page.get_by_text("Pass decisions on").click()
    expect(page.get_by_text("may write to candidates")).to_be_visible()
    assert serious(page) == []
    page.get_by_role("button", name="Allow it").click()
    page.goto(f"{address}/dry-run")
    page.get_by_label("Application").select_option(index=0)
    page.get_by_role("button", name="Show what would be written").click()
    expect(page.get_by_role("alert")).to_contain_text("no result yet")
    page.get_by_role("link", name="To this application").click()
    expect(page.get_by_role("heading", name="Where they come from")).to_be_visible()
    expect(page.get_by_text("York: Jobs page")).to_be_visible()
    page.get_by_text("Decide in York too").click()
    assert serious(page) == []
    page.get_by_label("Reason", exact=True).last.fill("No licence.")
    page.get_by_role("button", name="Reject there").click()
    wait_for(lambda: len(greenhouse.moved), lambda count: count == 1, "the rejection there")
    assert greenhouse.moved[0]["notes"] == "No licence."


def look_and_leave(page: Page, real: Service, address: str) -> None:
    page.goto(f"{address}/log")
    expect(page.get_by_text("delivered").first).to_be_visible()
    assert serious(page) == []
    page.goto(f"{real.base}/deliveries")
    expect(page.get_by_role("link", name="York")).to_be_visible()
    assert serious(page) == []
    page.goto(f"{address}/settings")
    page.get_by_role("link", name="Remove it").click()
    assert serious(page) == []
    page.get_by_role("button", name="Remove it").click()
    expect(page.get_by_role("status")).to_contain_text("removed")
    expect(page.get_by_role("link", name="York")).to_have_count(0)
