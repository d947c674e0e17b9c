"""The candidate's home in a real Chromium, on a phone and on a desktop: booking in the browser's own zone, the code,
asking in mid-interview, starting again, using an earlier interview, leaving. axe
finds nothing serious on any page, and nothing is wider than the screen."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from api.outbox import code_for
from interview import events as ev
from tests.browser.axe import serious
from tests.browser.conftest import OpenPage, Service
from tests.browser.test_pages import agree, invited_link, sign_in
from tests.browser.test_room import begin, say, state
from tests.fakes_room import ScriptedRoom
from tests.flow.behind import behind, happened

PHONE = 390
DOWN = ev.EngineDown(engine="pocketsphinx")


def fits(page: Page) -> None:
    """On a desktop and on a phone."""
    for width in (1280, PHONE):
        page.set_viewport_size({"width": width, "height": 800})
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide == 0, f"{page.url} is {wide} px wider than a screen of {width}"
    assert serious(page) == []


def zone(page: Page) -> str:
    found: str = page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone")
    return found


@pytest.mark.long
def test_from_a_booked_time_to_leaving(open_page: OpenPage, real: Service) -> None:
    page = open_page(invited_link(real, "amara-okafor.pdf"), width=PHONE)
    home = page.url
    fits(page)
    page.get_by_role("link", name="Book a time").click()
    expect(page.get_by_label("Your time zone")).to_have_value(zone(page))
    page.get_by_label("Your time zone").select_option("Asia/Kathmandu")
    page.get_by_role("button", name="Show in this zone").click()
    expect(page.get_by_label("Your time zone")).to_have_value("Asia/Kathmandu")
    fits(page)
    page.get_by_role("navigation", name="Days").get_by_role("link").nth(2).click()
    chosen = page.locator(".times button").first
    time = chosen.inner_text()
    assert time.endswith((":15", ":45")), "the half-hours of Kathmandu"
    chosen.click()
    booked = page.get_by_role("heading", name="Booked for")
    expect(booked).to_contain_text(f"{time} (Asia/Kathmandu, UTC+5:45)")
    fits(page)
    page.goto(f"{home}/ask")
    fits(page)
    page.get_by_label("Typing instead of speaking").check()
    page.get_by_role("button", name="Send to").click()
    expect(page.get_by_role("status")).to_contain_text("has reached the employer")
    page.goto(f"{home}/data")
    fits(page)
    page.goto(home)
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_label("Code").fill("12345")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert")).to_contain_text("6 digits")
    fits(page)
    page.goto(home)
    agree(page, real)
    expect(page.get_by_role("heading", name="Check your microphone")).to_be_visible()
    leave(page, home)


def leave(page: Page, home: str) -> None:
    page.goto(home)
    expect(page.get_by_text("Typing instead of speaking")).to_be_visible()
    page.get_by_role("link", name="Withdraw your application").click()
    fits(page)
    page.get_by_role("button", name="Yes, withdraw").click()
    expect(page.get_by_role("heading", name="You have withdrawn")).to_be_visible()
    fits(page)


def test_asking_in_mid_interview_pauses_it(open_page: OpenPage, scripted: ScriptedRoom) -> None:
    page = open_page(f"{scripted.url}/room", width=PHONE)
    scripted.greeting = [say("u1", aloud=False), state("welcome", 0)]
    begin(page)
    page.get_by_role("button", name="Ask for help").click()
    expect(page.get_by_role("heading", name="What do you need?")).to_be_visible()
    assert not [press for press in scripted.of(ev.Button) if press.action == "pause"]
    scripted.send(state("listening"))
    scripted.wait(
        lambda: [p for p in scripted.of(ev.Button) if p.action == "pause"], "it was not paused once it could be"
    )
    scripted.send(state("paused"))
    fits(page)
    page.get_by_label("Longer pauses", exact=True).check()
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("#ask-says")).to_contain_text("could not be sent")
    expect(page.get_by_label("Longer pauses", exact=True)).to_be_checked()
    page.get_by_role("button", name="Close").click()
    assert [press.action for press in scripted.of(ev.Button)] == ["pause"]


@pytest.mark.long
def test_the_recruiter_answers_and_hands_a_code_out(open_page: OpenPage, real: Service) -> None:
    link = invited_link(real, "daniel-osei.pdf")
    page = open_page(f"{link}/ask", width=PHONE)
    page.get_by_label("In your own words").fill("I stammer.")
    page.get_by_role("button", name="Send to").click()
    recruiter = open_page(f"{real.base}/login", width=PHONE)
    sign_in(recruiter, real.key)
    recruiter.locator("article", has_text="request").first.get_by_role("link").first.click()
    recruiter.get_by_role("link", name="asks something").first.click()
    fits(recruiter)
    recruiter.get_by_role("button", name="Make a one-time code").click()
    code = recruiter.get_by_label("One-time code").input_value()
    fits(recruiter)
    assert "I stammer." not in recruiter.content(), "why is for whoever arranges it"
    recruiter.get_by_role("link", name="Read and answer").click()
    expect(recruiter.get_by_text("I stammer.")).to_be_visible()
    fits(recruiter)
    assert serious(recruiter) == []
    recruiter.get_by_label("More time").select_option(index=2)
    recruiter.get_by_label("Your answer").fill("Take all the time you need.")
    recruiter.get_by_role("button", name="Send", exact=True).click()
    expect(recruiter.get_by_text("more minutes granted")).to_be_visible()
    page.get_by_role("link", name="Enter a code").click()
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("Take all the time you need.")).to_be_visible()
    expect(page.get_by_text("Granted: ")).to_be_visible()
    fits(page)


@pytest.mark.long
def test_starting_again_and_using_it_for_the_next_application(open_page: OpenPage, real: Service) -> None:
    page = open_page(invited_link(real, "brandon-yates.txt"), width=PHONE)
    home = page.url
    agree(page, real)
    expect(page.get_by_role("heading", name="Check your microphone")).to_be_visible()
    first = newest(real)
    page.goto("about:blank")
    happened(real.home, first, ev.Joined(), ev.Played(utterance="u1", at=1), ev.Played(utterance="u2", at=2), DOWN)
    page.goto(home)
    expect(page.get_by_role("heading", name="Something technical went wrong")).to_be_visible()
    fits(page)
    page.get_by_role("button", name="Start again").click()
    expect(page.get_by_role("heading", name="Once more, from the beginning")).to_be_visible()
    fits(page)
    second = newest(real)
    assert second != first
    with behind(real.home) as (store, organisation):
        now = datetime.now(UTC)
        store.open_interview(organisation, second, session_hash="s", consent_version="1", consent_sha256="c", now=now)
        store.set_interview_state(organisation, second, "completed", now=now, reason="completed")
        application = store.interview(organisation, second).application_id
    recruiter = open_page(f"{real.base}/login", width=PHONE)
    sign_in(recruiter, real.key)
    recruiter.goto(f"{real.base}/applications/{application}")
    expect(recruiter.get_by_role("heading", name="Held again")).to_contain_text("counts")
    recruiter.get_by_text("Let this interview count instead").click()
    fits(recruiter)

    page.goto(invited_link(real, "brandon-yates.txt"))
    home = page.url
    expect(page.get_by_role("heading", name="A choice for you")).to_be_visible()
    fits(page)
    page.get_by_role("link", name="Enter a code").click()
    page.get_by_role("button", name="Send").click()
    page.get_by_label("Code").fill(code_for(page.content(), real.home / "outbox") or "")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="You had an interview on")).to_be_visible()
    fits(page)
    page.get_by_label("Use my interview of").check()
    page.get_by_role("button", name="Use that interview").click()
    expect(page.get_by_role("heading", name="Your earlier interview will be used")).to_be_visible()
    fits(page)
    page.get_by_role("button", name="I want a new interview").click()
    expect(page.get_by_role("heading", name="Not started yet")).to_be_visible()


def newest(real: Service) -> str:
    with real.api() as api:
        jobs = api.get("/api/jobs").json()
        found = [each["id"] for job in jobs for each in api.get(f"/api/jobs/{job['id']}/interviews").json()]
    return max(found)
