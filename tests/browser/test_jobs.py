"""The pages of a job in a real browser, over one service: requirements with their preview."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from models.settings import ROOT
from tests.browser.axe import serious
from tests.browser.conftest import OpenPage, Service
from tests.browser.test_pages import add_job, sign_in
from tests.browser.test_systems import fits
from tests.flow.running import wait_for

pytestmark = pytest.mark.long

RESUMES = ["aisha-rahman.docx", "ewan-mackay.txt", "brandon-yates.txt"]


@pytest.fixture(scope="module")
def job_id(real: Service) -> str:
    """A job with three people screened."""
    made = add_job(real)
    files = [("files", (name, (ROOT / "samples" / "resumes" / name).read_bytes())) for name in RESUMES]
    with real.api() as api:
        taken = api.post(f"/api/jobs/{made}/batches", files=files).raise_for_status().json()
        batch = f"/api/batches/{taken['batch_id']}"
        wait_for(lambda: api.get(batch).json(), lambda found: bool(found["done"]), "screened")
    return made


def opened(open_page: OpenPage, real: Service, path: str, *, width: int = 1280) -> Page:
    page = open_page(f"{real.base}/login", width=width)
    sign_in(page, real.key)
    page.goto(real.base + path)
    return page


def texts(page: Page) -> list[str]:
    return [box.input_value() for box in page.locator(".req-main textarea").all()]


def test_requirements_are_edited_by_keyboard_with_undo_and_a_live_preview(
    open_page: OpenPage, real: Service, job_id: str
) -> None:
    page = opened(open_page, real, f"/jobs/{job_id}/requirements")
    before = texts(page)
    expect(page.locator("#preview tbody tr")).to_have_count(3)
    expect(page.locator("#preview")).to_contain_text("Nobody here would cross the line.")
    assert serious(page) == []

    page.locator(".req").nth(1).get_by_label("Move up").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".req-main textarea").first).to_have_value(before[1])
    expect(page.locator(".req").first).to_contain_text("line")
    assert page.evaluate("document.activeElement.closest('.req').dataset.id") == page.locator(
        ".req"
    ).first.get_attribute("data-id"), "the focus follows the requirement"
    page.locator(".req").nth(0).get_by_role("checkbox").check()
    page.locator(".req").nth(1).get_by_role("checkbox").check()
    page.get_by_role("button", name="Merge picked").click()
    expect(page.locator(".req")).to_have_count(len(before) - 1)
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".req-main textarea").first).to_have_value(before[0])
    assert texts(page) == before
    page.locator(".grip").nth(0).drag_to(page.locator(".req").nth(2))
    expect(page.locator(".req-main textarea").nth(2)).to_have_value(before[0])

    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#preview")).to_contain_text("not complete yet")
    page.keyboard.type("Welding of pipes")
    page.locator(".req").last.get_by_label("Weight").fill("400")
    expect(page.locator("#preview s").first).to_be_visible()
    page.get_by_role("button", name="Save as a new version").click()
    expect(page.get_by_role("status").first).to_contain_text("Saved.")
    assert texts(page)[-1] == "Welding of pipes"
    with real.api() as api:
        assert api.get(f"/api/jobs/{job_id}").json()["requirements_version"] == 2
        stale = api.put(f"/api/jobs/{job_id}/requirements?based_on=1", json=[])
        assert stale.status_code in (400, 409)


def test_every_page_of_a_job_is_accessible_on_a_small_screen(open_page: OpenPage, real: Service, job_id: str) -> None:
    page = opened(open_page, real, f"/jobs/{job_id}", width=360)
    for path in ("", "/requirements", "/batches", "/settings", "/versions", "/versions/1"):
        page.goto(f"{real.base}/jobs/{job_id}{path}")
        assert serious(page) == [], path
        assert fits(page), path


def test_a_folder_is_sent_in_parts_gone_on_with_paused_and_what_failed_says_what_helps(
    open_page: OpenPage, real: Service, tmp_path: Path
) -> None:
    made = add_job(real)
    (tmp_path / "may" / "more").mkdir(parents=True)
    for number in range(60):
        (tmp_path / "may" / f"{number:02}.txt").write_text(
            f"Ann Example {number}\nann{number}@example.org\nPython, Go\n"
        )
    (tmp_path / "may" / "more" / "empty.txt").write_text("")
    (tmp_path / "may" / "more" / "copy.txt").write_bytes((tmp_path / "may" / "07.txt").read_bytes())
    page = opened(open_page, real, f"/jobs/{made}/batches")
    assert serious(page) == []
    page.locator("input[webkitdirectory]").set_input_files(tmp_path / "may")
    expect(page.get_by_text("This page may be closed")).to_be_visible(timeout=60_000)
    with real.api() as api:
        [batch] = api.get(f"/api/jobs/{made}/batches").json()
        assert (batch["name"], batch["total"], batch["expected"], batch["complete"]) == ("may", 62, 62, True)
        path = f"/api/batches/{batch['id']}"
        api.post(f"{path}/pause").raise_for_status()
        (tmp_path / "may" / "late.txt").write_text("Late Comer\nlate@example.org\nPython\n")
        asked = [{"name": "may/late.txt", "size": 1, "sha256": "ab" * 32}]
        assert api.post(f"{path}/missing", json={"files": asked, "expected": 63}).json() == {"missing": [0]}
    page.goto(f"{real.base}/batches/{batch['id']}")
    expect(page.get_by_text("62 of 63 files have arrived.")).to_be_visible()
    expect(page.get_by_text("Paused by")).to_be_visible()
    assert serious(page) == []
    page.locator("input[webkitdirectory]").set_input_files(tmp_path / "may")
    expect(page.get_by_text("This page may be closed")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("63 of 63 sent")).to_be_visible()
    page.reload()
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_text("Could not be read: 1")).to_be_visible(timeout=120_000)
    expect(page.get_by_text("The file holds nothing.")).to_be_visible()
    expect(page.get_by_role("heading", name="Exact copies: 1")).to_be_visible()
    assert serious(page) == []
    with real.api() as api:
        found = api.get(path).json()
        assert (found["total"], found["screened"], found["unreadable"]) == (63, 62, 1)
        lines = api.get(f"{path}/problems.csv").text.splitlines()
        assert lines[1].startswith("may/more/empty.txt,empty,")
    page.get_by_role("button", name="Try all again").click()
    expect(page.get_by_role("heading", name="Progress")).to_be_visible()


def test_a_job_waits_for_its_approval_and_says_what_changed_since(
    open_page: OpenPage, real: Service, job_id: str
) -> None:
    page = opened(open_page, real, f"/jobs/{job_id}/settings")
    page.get_by_label("Needs approval before the first invitation").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").first).to_contain_text("Saved.")
    with real.api() as api:
        [first, *_] = api.get(f"/api/jobs/{job_id}/applications").json()
        refused = api.post(f"/api/applications/{first['id']}/invite", json={})
        assert (refused.status_code, refused.json()["error"]) == (409, "conflict")
        assert "approves its requirements, kit and threshold" in refused.json()["detail"]
    page.goto(f"{real.base}/jobs/{job_id}/versions")
    expect(page.get_by_text("invitations wait")).to_be_visible()
    page.get_by_role("button", name="Approve this").click()
    expect(page.get_by_text("approved", exact=True)).to_be_visible()
    with real.api() as api:
        api.patch(f"/api/jobs/{job_id}", json={"threshold": 0.99}).raise_for_status()
    page.reload()
    expect(page.get_by_text("Threshold 99 instead of").first).to_be_visible()
    assert serious(page) == []
    page.get_by_role("button", name="Approve this").click()
    page.get_by_role("button", name="Withdraw the approval").click()
    expect(page.get_by_text("invitations wait")).to_be_visible()


def test_a_kit_is_rehearsed_in_the_candidate_s_chair_and_marked_as_that(
    open_page: OpenPage, real: Service, job_id: str
) -> None:
    page = opened(open_page, real, f"/jobs/{job_id}/kit")
    page.get_by_role("button", name="Rehearse as a candidate").click()
    expect(page.get_by_role("heading", name="Your rehearsal is ready")).to_be_visible()
    assert serious(page) == []
    code = page.locator("section strong.number").first.inner_text()
    page.goto(page.get_by_role("link", name="Open the rehearsal").get_attribute("href") or "")
    expect(page.get_by_text("Rehearsal: ").first).to_be_visible()
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Check your microphone")).to_be_visible()
    with real.api() as api:
        [made] = [job for job in api.get("/api/jobs").json() if job["title"].startswith("Rehearsal: ")]
        assert made["is_sample"]
        assert api.post("/api/sample-job").status_code == 201, "it stands in nobody's way"
