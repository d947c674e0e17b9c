"""Messages in a real browser: words are written with a preview beside them, and every page is accessible and fits."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import serious
from tests.browser.conftest import OpenPage, Service

pytestmark = pytest.mark.long

PAGES = (
    "/messages",
    "/messages/templates",
    "/messages/template?kind=invitation",
    "/messages/branding",
    "/messages/channels",
)


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def test_words_are_written_with_a_preview_and_every_page_is_accessible(open_page: OpenPage, real: Service) -> None:
    page = open_page(f"{real.base}/login", width=360)
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    page.locator("[name=key]").fill(real.key)
    page.locator("[name=name]").fill("Maria Lopez")
    page.locator("[name=key]").press("Enter")
    expect(page.get_by_role("link", name="Maria Lopez")).to_be_visible()

    page.goto(f"{real.base}/messages/template?kind=invitation")
    words, preview = page.get_by_label("Words"), page.locator("#preview")
    words.fill("Dear {candidate}, welcome to ")
    page.get_by_role("button", name="{employer}").press("Enter")
    expect(words).to_have_value("Dear {candidate}, welcome to {employer}")
    expect(preview).to_contain_text("Dear Robin Sample, welcome to My organisation")
    expect(preview).to_contain_text("Who decides")
    words.fill("Dear {somebody}")
    expect(preview.get_by_role("alert")).to_contain_text("There is no placeholder {somebody}")
    words.fill("Dear {candidate}, come.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_text("Your words")).to_be_visible()

    for path in PAGES:
        page.goto(f"{real.base}/messages{path}")
        assert serious(page) == [], path
        assert fits(page), path
