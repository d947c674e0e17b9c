"""A reviewer rates an interview with the keyboard, sees Foyer's rating beside theirs, and overrides it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import serious
from tests.browser.conftest import OpenPage, Service
from tests.browser.test_pages import agree, invited_link, sign_in
from tests.flow.running import wait_for

pytestmark = pytest.mark.long


def typed_interview(page: Page, real: Service) -> None:
    agree(page, real)
    page.get_by_role("button", name="type your answers").click()
    for text in ("I read the failing test, found the race in our cache and fixed it the same day.", "Yes, one in six."):
        expect(page.locator("body")).to_have_attribute("data-phase", "listening", timeout=60_000)
        page.get_by_label("Your answer").fill(text)
        page.get_by_role("button", name="Send answer").click()
    expect(page.get_by_role("heading", name="Thank you, your interview is complete")).to_be_visible(timeout=60_000)


@pytest.fixture
def interview(open_page: OpenPage, real: Service) -> str:
    typed_interview(open_page(invited_link(real, "daniel-osei.pdf", "release", "on_call")), real)
    with real.api() as api:
        job = api.get("/api/jobs").json()[0]["id"]
        found = wait_for(
            lambda: api.get(f"/api/jobs/{job}/interviews").json()[0], lambda found: found["report_id"], "a report"
        )
    return str(found["id"])


def test_from_a_blind_rating_to_an_override(open_page: OpenPage, real: Service, interview: str, tmp_path: Path) -> None:
    page = open_page(f"{real.base}/login?next=/interviews/{interview}/report")
    sign_in(page, real.key, "Ann Lee")
    expect(page).to_have_url(re.compile(f"/interviews/{interview}/review$"))
    expect(page.get_by_role("heading", name="Rate this interview")).to_be_visible()
    expect(page.get_by_text("confidence")).to_have_count(0)
    assert serious(page) == []
    page.screenshot(path=tmp_path / "rate.png", full_page=True)

    for group in page.locator("fieldset").all():
        group.get_by_role("radio").first.focus()
        page.keyboard.press("ArrowRight")
        expect(group.get_by_label("2", exact=True)).to_be_checked()
    page.get_by_label("Note (optional)").first.fill("One case, no check afterwards.")
    page.reload()
    expect(page.get_by_label("Note (optional)").first).to_have_value("One case, no check afterwards.")
    page.get_by_role("button", name="Save my rating").press("Enter")

    expect(page.get_by_role("heading", name="Side by side")).to_be_visible()
    expect(page.get_by_text("2 of 5").first).to_be_visible()
    assert serious(page) == []
    page.screenshot(path=tmp_path / "beside.png", full_page=True)
    final = page.locator("form[action$=final]")
    for group in final.locator("fieldset").all():
        group.get_by_label("1", exact=True).press("Space")
        why = group.get_by_label("Why it differs from Foyer's")
        if why.is_visible():
            why.select_option(label="Foyer took what was said for something it is not")
            group.get_by_label("In a few words").fill("He does not say what he did.")
    final.get_by_role("button", name="Save my final rating").press("Enter")
    expect(page.get_by_text("Kept, and sent beside Foyer's")).to_be_visible()
    page.screenshot(path=tmp_path / "kept.png", full_page=True)
    page.locator(".more > summary").click()
    page.get_by_role("link", name="Oversight").click()
    expect(page.get_by_role("rowheader", name="Ann Lee").first).to_be_visible()
    expect(page.get_by_text("That is no all-clear")).to_be_visible()
    assert serious(page) == []
    page.screenshot(path=tmp_path / "oversight.png", full_page=True)
    page.set_viewport_size({"width": 360, "height": 740})
    page.screenshot(path=tmp_path / "oversight-phone.png", full_page=True)
    page.goto(f"{real.base}/interviews/{interview}/review")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert serious(page) == []
    page.screenshot(path=tmp_path / "beside-phone.png", full_page=True)


def test_several_are_rejected_once_some_were_opened(open_page: OpenPage, real: Service, tmp_path: Path) -> None:
    invited_link(real, "daniel-osei.pdf")
    page = open_page(f"{real.base}/login")
    sign_in(page, real.key)
    page.locator("article").get_by_role("link").first.click()
    page.get_by_role("link", name="Reject several").click()
    page.get_by_role("checkbox").check()
    page.get_by_label("Reason").fill("The position is filled.")
    page.get_by_role("button", name="Reject those chosen").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("open at least 1 first")
    expect(page.get_by_role("checkbox")).to_be_checked()
    assert serious(page) == []
    page.screenshot(path=tmp_path / "several.png", full_page=True)
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Open").click()
    expect(opened.value.get_by_role("heading", name="Requirement by requirement")).to_be_visible()
    page.get_by_role("button", name="Reject those chosen").press("Enter")
    expect(page.get_by_text("rejected", exact=True)).to_be_visible()
