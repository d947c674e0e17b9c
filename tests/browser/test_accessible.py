"""axe-core over the screens of an interview and the way into it: nothing serious, WCAG 2.2 A and AA. All other pages
are in `test_every_page`."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from interview import events as ev
from tests.browser.axe import serious
from tests.browser.conftest import OpenPage, Service
from tests.browser.test_pages import agree, invited_link
from tests.browser.test_room import begin, say, state
from tests.fakes_room import ScriptedRoom
from tests.simulators.icims import Icims, assessment


@pytest.mark.parametrize("width", [360, 1200])
@pytest.mark.proves(35)
def test_every_screen_of_the_room(open_page: OpenPage, scripted: ScriptedRoom, width: int) -> None:
    scripted.greeting = [say("u1", aloud=False), state("listening")]
    page = open_page(f"{scripted.url}/room", width=width)
    assert serious(page) == []
    begin(page)
    expect(page.get_by_text("Question 2 of 6")).to_be_visible()
    page.get_by_text("Type your answer instead").click()
    scripted.send(ev.Notice(code="text_only", text="The voice is out of order; please read."))
    expect(page.get_by_text("The voice is out of order")).to_be_visible()
    assert serious(page) == []
    scripted.send(state("paused"))
    expect(page.get_by_role("button", name="Resume", exact=True)).to_be_visible()
    assert serious(page) == []
    page.get_by_role("button", name="Finish", exact=True).click()
    assert serious(page) == []
    page.get_by_role("button", name="Go on").click()
    scripted.send(ev.Completed(text="We will write to you within a week."))
    expect(page.get_by_role("heading", name="Thank you, your interview is complete")).to_be_visible()
    assert serious(page) == []
    scripted.refusal = ev.Refused(code="already_open", text="This interview is open in another tab.")
    page.reload()
    page.get_by_role("button", name="type your answers").click()
    expect(page.get_by_role("button", name="Go on in this tab")).to_be_visible()
    assert serious(page) == []


@pytest.mark.proves(35)
def test_the_way_into_an_interview(open_page: OpenPage, real: Service) -> None:
    page = open_page(invited_link(real, "amara-okafor.pdf"))
    assert serious(page) == []
    agree(page, real)
    expect(page.get_by_role("heading", name="Check your microphone")).to_be_visible()
    assert serious(page) == []


def test_the_page_that_an_order_leads_to(open_page: OpenPage, real: Service) -> None:
    with Icims() as icims:
        with real.api() as api:
            made = api.post("/api/connections", json={"vendor": "icims", "settings": icims.settings}).raise_for_status()
            connection = made.json()["id"]
            api.patch(f"/api/connections/{connection}", json={"enabled": True}).raise_for_status()
        address = icims.event(f"{real.base}/connect/{connection}", assessment("1")).headers["location"]
    page = open_page(real.base + urlsplit(address).path, width=360)
    expect(page.get_by_role("heading", name="Your invitation is on its way")).to_be_visible()
    expect(page.get_by_role("link", name="Back to your application")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert serious(page) == []
    with real.api() as api:
        api.delete(f"/api/connections/{connection}").raise_for_status()
    page.set_viewport_size({"width": 1200, "height": 800})
    page.reload()
    expect(page.get_by_role("heading", name="This page is not there")).to_be_visible()
    assert serious(page) == []


def test_axe_sees_what_is_wrong(open_page: OpenPage, scripted: ScriptedRoom) -> None:
    page = open_page(f"{scripted.url}/room")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=\"/x.png\"><input>')")
    assert any(line.startswith("image-alt") for line in serious(page))
