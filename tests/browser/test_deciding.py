"""Deciding and the interviews in a real browser: from the preview to the round, the queue, and every page accessible,
by keyboard and on a small screen."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from playwright.sync_api import expect

from tests.browser.axe import serious
from tests.browser.conftest import OpenPage, Service
from tests.browser.test_pages import sign_in
from tests.browser.test_systems import fits, press
from tests.flow.hostile import RESUME
from tests.flow.running import wait_for
from tests.flow.test_deciding import POSTING

pytestmark = pytest.mark.long


def applied(api: httpx2.Client, job: str, *names: str) -> list[str]:
    files = []
    for name in names:
        text = RESUME.replace(b"brandon.yates@example.org", f"{name.lower()}@mail.example".encode())
        files.append(("files", (f"{name}.txt", text.replace(b"Brandon Yates", name.encode()))))
    taken = api.post(f"/api/jobs/{job}/batches", files=files).raise_for_status().json()
    batch = f"/api/batches/{taken['batch_id']}"
    wait_for(lambda: api.get(batch).json(), lambda found: found["done"], "screened")
    ids: list[str] = taken["applications"]
    return ids


def test_from_the_preview_to_the_interviews_and_every_page_is_accessible(open_page: OpenPage, real: Service) -> None:
    with real.api() as api:
        job: dict[str, Any] = api.post("/api/jobs", json={"text": POSTING, "threshold": 0.0}).json()
        ada, ben = applied(api, job["id"], "Ada", "Ben")
        high = api.post("/api/jobs", json={"text": POSTING, "threshold": 1.0}).json()["id"]
        applied(api, high, "Cleo", "Dan")
        candidate = api.get(f"/api/applications/{ada}").json()["candidate_id"]
        other = api.get(f"/api/applications/{ben}").json()["candidate_id"]
    base = f"{real.base}/jobs/{job['id']}"
    page = open_page(f"{real.base}/login", width=360)
    sign_in(page, real.key)
    page.goto(f"{base}/invite/preview?ids={ada},{ben}")
    expect(page.get_by_role("heading", name="Invite 2 people")).to_be_visible()
    assert serious(page) == []
    assert fits(page)
    press(page, "Invite these 2")
    expect(page.get_by_role("status").first).to_contain_text("Done: 2 invited", timeout=30_000)
    assert serious(page) == []
    page.goto(f"{base}/interviews")
    page.get_by_role("checkbox", name="Choose all on this page").check()
    page.get_by_role("button", name="Remind").click()
    expect(page.get_by_role("heading", name="Remind: 2")).to_be_visible()
    assert serious(page) == []
    press(page, "Remind")
    expect(page.get_by_role("status").first).to_contain_text("Reminded: 2")
    page.goto(f"{real.base}/jobs/{high}/queue")
    press(page, "Keep Cleo waiting")
    expect(page.get_by_role("status").first).to_contain_text("Kept waiting")
    paths = [f"{base}/interviews", f"{real.base}/interviews", f"{real.base}/jobs/{high}/queue"]
    paths += [f"{real.base}/jobs/{high}/line?threshold=10", f"{real.base}/jobs/{high}/sample"]
    paths += [f"{real.base}/candidates/{candidate}/merge", f"{real.base}/candidates/{candidate}/merge?other={other}"]
    for path in [*paths, f"{real.base}/applications/{ada}"]:
        page.goto(path)
        assert serious(page) == [], path
        assert fits(page), path
    page.get_by_label("A note for colleagues").fill("Calls back on Friday.")
    page.get_by_role("button", name="Add the note").click()
    expect(page.get_by_text("Calls back on Friday.").first).to_be_visible()
    page.get_by_text("Take the invitation back").click()
    page.get_by_label("Reason").first.fill("By mistake.")
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_role("status").first).to_contain_text("Taken back")
    assert serious(page) == []
