"""The shortlist in a real browser: keys all the way, evidence on the page of the resume, the threshold, comparing."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from models.settings import ROOT
from tests.browser.axe import serious
from tests.browser.conftest import OpenPage, Service
from tests.browser.test_pages import add_job, sign_in

pytestmark = pytest.mark.long

RESUMES = ("amara-okafor.pdf", "daniel-osei.pdf", "ewan-mackay.txt", "gareth-pugh.pdf")


def screened(real: Service) -> str:
    """A job with these people in it."""
    job_id = add_job(real)
    with real.api() as api:
        files = [("files", (name, (ROOT / "samples" / "resumes" / name).read_bytes())) for name in RESUMES]
        taken = api.post(f"/api/jobs/{job_id}/batches", files=files).raise_for_status().json()
        with api.stream("GET", taken["events_url"]) as events:
            for _ in events.iter_lines():
                pass
    return job_id


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.querySelector('.who')?.textContent ?? ''"))


def test_a_shortlist_by_keys(open_page: OpenPage, real: Service) -> None:
    job_id = screened(real)
    page = open_page(f"{real.base}/login", width=1400)
    sign_in(page, real.key)
    page.goto(f"{real.base}/jobs/{job_id}")
    page.get_by_role("link", name=re.compile("^Shortlist")).first.click()
    expect(page.locator("[data-ready]")).to_be_attached()
    expect(page.get_by_role("grid")).to_have_attribute("aria-rowcount", "5")
    assert serious(page) == []
    first = moves(page)
    evidence(page, first)
    search_and_switch(page)
    for _ in range(2):
        page.keyboard.press("x")
        page.keyboard.press("j")
    page.keyboard.press("c")
    expect(page.get_by_role("heading", name="Side by side")).to_be_visible()
    assert page.locator("table.compare thead th").count() == 3
    assert serious(page) == []


def moves(page: Page) -> str:
    page.keyboard.press("j")
    first = focused(page)
    page.keyboard.press("j")
    assert focused(page) not in ("", first)
    page.keyboard.press("k")
    assert focused(page) == first
    rows = page.locator("[data-rows] .line")
    assert rows.evaluate_all("(all) => all.filter((row) => row.tabIndex === 0).length") == 1, "one stop for the tab key"
    return first


def evidence(page: Page, first: str) -> None:
    page.keyboard.press("e")
    panel = page.locator("#panel")
    expect(panel.get_by_role("heading", level=2)).to_be_focused()
    panel.locator("button.judge[data-page]").first.click()
    picture = panel.locator(".sheet img")
    expect(picture).to_be_visible()
    page.wait_for_function("document.querySelector('.sheet img').naturalWidth > 0")
    panel.get_by_role("button", name="Text", exact=True).click()
    expect(panel.locator("mark").first).to_be_in_viewport()
    assert serious(page) == []
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    assert focused(page) == first, "the focus is where it was"

    page.keyboard.press("r")
    expect(panel.get_by_label("Reason")).to_be_focused()
    page.keyboard.type("jk?")
    expect(panel.get_by_label("Reason")).to_have_value("jk?")
    page.keyboard.press("Escape")


def search_and_switch(page: Page) -> None:
    rows, panel = page.locator("[data-rows] .line"), page.locator("#panel")
    page.keyboard.press("/")
    page.keyboard.type("okafor")
    expect(rows).to_have_count(1)
    expect(page.get_by_role("status").filter(has_text="1 of 4")).to_be_visible()
    page.get_by_role("searchbox").fill("")
    page.keyboard.press("Escape")
    expect(rows).to_have_count(4)

    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_label("Single keys work on this page").uncheck()
    page.get_by_role("button", name="Close", exact=True).click()
    rows.first.focus()
    page.keyboard.press("e")
    expect(panel).to_be_hidden()
    page.evaluate("localStorage.clear()")


def test_the_threshold_says_what_it_would_do(open_page: OpenPage, real: Service) -> None:
    job_id = screened(real)
    page = open_page(f"{real.base}/login", width=360)
    sign_in(page, real.key)
    page.goto(f"{real.base}/jobs/{job_id}/shortlist")
    handle = page.get_by_role("slider")
    expect(page.get_by_role("button", name="Save the threshold")).to_be_disabled()
    handle.focus()
    page.keyboard.press("Home")
    expect(handle).to_have_attribute("aria-valuenow", "0")
    expect(handle).to_have_attribute("aria-valuetext", re.compile("Lowering it to 0 lets|as many as now"))
    page.keyboard.press("PageUp")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_label("Threshold", exact=True).and_(page.locator("input"))).to_have_value("11")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360, "nothing sticks out"
    assert serious(page) == []
    page.get_by_role("button", name="Save the threshold").click()
    expect(page).to_have_url(re.compile("done=moved"))
    with real.api() as api:
        assert api.get(f"/api/jobs/{job_id}").json()["threshold"] == 0.11
