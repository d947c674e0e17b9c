"""The console's bar and its pages about figures, people and operations, in a real browser over one service."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import serious
from tests.browser.conftest import OpenPage, Service
from tests.browser.test_pages import SAMPLES, add_job, sign_in
from tests.browser.test_systems import fits
from tests.flow.running import wait_for

pytestmark = pytest.mark.long


def screened(real: Service) -> str:
    """A job with a few people."""
    job_id = add_job(real)
    with real.api() as api:
        names = ["brandon-yates.txt", *sorted(each.name for each in (SAMPLES / "resumes").glob("*.txt"))[:5]]
        files = [("files", (name, (SAMPLES / "resumes" / name).read_bytes())) for name in dict.fromkeys(names)]
        batch = api.post(f"/api/jobs/{job_id}/batches", files=files).raise_for_status().json()["batch_id"]
        wait_for(lambda: api.get(f"/api/batches/{batch}").json(), lambda found: found["done"], "screened")
    return job_id


def the_bar_is_used_by_keyboard(page: Page) -> None:
    more = page.locator(".more > summary")
    more.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Oversight")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Oversight")).to_be_hidden()
    expect(more).to_be_focused()


def test_the_bar_and_insight_are_used_by_keyboard_read_on_a_telephone_and_taken_away(
    open_page: OpenPage, real: Service, tmp_path: Path
) -> None:
    screened(real)
    page = open_page(f"{real.base}/login")
    sign_in(page, real.key)
    the_bar_is_used_by_keyboard(page)
    page.get_by_role("link", name="Insight").click()
    expect(page.get_by_role("img", name="How far people come")).to_be_visible()
    assert serious(page) == []
    page.locator("#chart-funnel summary").press("Enter")
    expect(page.get_by_role("rowheader", name="Applied")).to_be_visible()
    with page.expect_download() as taken:
        page.locator("#chart-funnel").get_by_role("link", name=re.compile("PNG")).click()
    taken.value.save_as(tmp_path / "funnel.png")
    assert (tmp_path / "funnel.png").read_bytes()[:4] == b"\x89PNG"
    page.set_viewport_size({"width": 360, "height": 800})
    assert fits(page)
    the_bar_is_used_by_keyboard(page)
    the_pool_is_searched_and_operations_are_read(page, real.base)


def the_pool_is_searched_and_operations_are_read(page: Page, base: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{base}/pool")
    page.get_by_label("Whom do you look for?").fill("senior engineer with Python who applied since 2020")
    page.keyboard.press("Enter")
    expect(page.get_by_role("list", name="Filters")).to_contain_text("Python")
    expect(page.get_by_role("list", name="Filters")).to_contain_text("2020-01-01")
    page.get_by_role("link", name=re.compile("senior.*remove this filter")).press("Enter")
    somebody = page.get_by_role("checkbox", name=re.compile("Choose ")).first
    expect(somebody).to_be_visible()
    assert serious(page) == []
    page.get_by_label("Keep this search as").fill("Python people")
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_role("link", name="Python people")).to_be_visible()
    somebody.check()
    page.get_by_label("Job", exact=True).select_option(index=1)
    page.get_by_role("button", name="Preview").press("Enter")
    expect(page.get_by_text("They have applied for this job already.")).to_be_visible()
    assert serious(page) == []
    for path, heading in (("operations", "Operations"), ("audit", "Audit log"), ("engines", "Engines")):
        page.goto(f"{base}/{path}")
        expect(page.get_by_role("heading", name=heading, level=1)).to_be_visible()
        assert serious(page) == [], path
    for path in ("usage", "retention", "deliveries", "audit", "pool"):
        page.set_viewport_size({"width": 360, "height": 800})
        page.goto(f"{base}/{path}")
        assert fits(page), path
        assert serious(page) == [], path
