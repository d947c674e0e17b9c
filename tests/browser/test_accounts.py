"""From a fresh installation to a second person at work, in a real browser: the setup page, first steps, an invitation
that is accepted, and what axe finds on the way."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import serious
from tests.browser.conftest import OpenPage
from tests.flow.running import Service

PASSWORD = "four grey herons"


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """An installation of its own: the others' has nobody with an account."""
    running = Service(tmp_path_factory.mktemp("accounts") / "home")
    running.start()
    yield running
    running.stop()


def fits(page: Page) -> None:
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.mark.long
def test_from_a_fresh_installation_to_a_second_person(open_page: OpenPage, fresh: Service) -> None:
    page = open_page(fresh.base, width=360)
    expect(page).to_have_url(f"{fresh.base}/setup")
    fits(page)
    page.get_by_label("Name", exact=True).fill("City Hospital")
    page.get_by_label("Your name").fill("Ada Minh")
    page.get_by_label("E-mail address").fill("ada@hospital.example")
    page.get_by_label("Password").fill("adaadaadaada")
    page.get_by_role("button", name="Set up and sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("repeats itself")
    expect(page.get_by_label("Your name")).to_have_value("Ada Minh")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Set up and sign in").press("Enter")
    expect(page.get_by_role("heading", name="First steps")).to_be_visible()
    fits(page)
    page.goto(f"{fresh.base}/people")
    fits(page)
    page.get_by_label("E-mail address").fill("bo@hospital.example")
    page.get_by_label("Role", exact=True).select_option("hiring manager")
    page.get_by_role("button", name="Invite", exact=True).click()
    link = page.get_by_label("Link", exact=True).input_value()
    fits(page)
    page.get_by_role("button", name="Sign out").click()
    page.goto(link)
    fits(page)
    page.get_by_label("Your name").fill("Bo Berg")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Open the account").click()
    expect(page).to_have_url(f"{fresh.base}/")
    expect(page.get_by_role("link", name=re.compile("Bo Berg"))).to_be_visible()
    page.goto(f"{fresh.base}/me")
    fits(page)
    page.get_by_role("button", name="Sign out", exact=True).click()
    fits(page)
    page.get_by_label("E-mail address").fill("ada@hospital.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("link", name=re.compile("Ada Minh"))).to_be_visible()
