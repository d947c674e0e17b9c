"""Who walks through the console in `test_walk`: people in browser contexts of their own, their mail, and a chain of
steps of which each rests on those before it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from api.outbox import code_for, invitation_links
from models.settings import ROOT
from tests.flow.running import wait_for

SAMPLES = ROOT / "samples"
PASSWORD = "four grey herons"
SECONDS = 60_000
"""How long the background may take for one thing, in milliseconds."""

JOB = "Backend Engineer (Python)"
FILES = (
    *("amara-okafor.pdf", "daniel-osei.pdf", "gareth-pugh.pdf", "alfie-brook.docx", "ewan-mackay.txt"),
    *("brenda-colley.txt", "chiara-bellini.html", "locked-resume.pdf"),
)
MAIL = "ida.marsh@mail.example"
SETTINGS = {
    "assessment_key": "Key for Greenhouse",
    "webhook_secret": "Secret of the webhooks",
    "client_id": "Harvest v3 client id",
    "client_secret": "Harvest v3 client secret",
    "user_id": "Greenhouse user id",
    "harvest_url": "Harvest address",
    "token_url": "Token address",
}
KIT = (
    *("Building software that works", "Weighing technical choices"),
    *("Finding the cause of faults", "Care for running services"),
)
ANSWER = (
    "Last spring our payment service was down for twenty minutes. First I turned it back to the old program. Then I "
    "found the reason, which was a bad query, and wrote a check for it, so that it has not happened again."
)
TWICE = """Noor Haddad
{mail}
+44 113 496 0123
Leeds, United Kingdom

Experience
Backend Developer, Parcel Ltd, 2019-2024
Python and Django services on PostgreSQL, run in Docker on AWS.
"""


@dataclass
class Walk:
    """`page`: the administrator's. `said`: what a step leaves for those after it."""

    base: str
    home: Path
    browser: Browser
    said: dict[str, str]
    page: Page = field(init=False)
    broken: str = ""
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page = self.another()

    def another(self) -> Page:
        """Somebody else's browser: no cookie, no memory."""
        page = self.browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        page.set_default_timeout(SECONDS)
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", lambda line: self.problems.append(line.text) if "Content Security" in line.text else None)
        return page

    @contextmanager
    def step(self, name: str) -> Iterator[Page]:
        """A failure in it names it; what rests on it is skipped."""
        if self.broken:
            pytest.skip(f"rests on: {self.broken}")
        self.broken = name
        yield self.page
        assert not self.problems, f"a page complained: {self.problems}"
        self.broken = ""

    def link_sent_to(self, address: str) -> str:
        """The candidate's link, out of their mail."""
        outbox = self.home / "outbox"
        return wait_for(lambda: invitation_links(outbox), lambda found: address in found, f"mail to {address}")[address]

    def code_for(self, page: Page) -> str:
        """The code that the open page asks for, out of the candidate's mail."""
        outbox = self.home / "outbox"
        return wait_for(lambda: code_for(page.content(), outbox) or "", bool, "a code by mail")

    def job(self, tab: str) -> None:
        """To the job that the walk is about, by the list of jobs, and there to one of its tabs."""
        self.page.get_by_role("navigation", name="Main").get_by_role("link", name="Jobs").click()
        expect(self.page.get_by_role("heading", name="Jobs", level=1)).to_be_visible()
        self.page.get_by_role("main").get_by_role("link", name=self.said["job"], exact=True).click()
        self.tab(tab)

    def tab(self, name: str) -> None:
        """From one page of the job to another."""
        self.page.get_by_role("navigation", name=self.said["job"]).get_by_role("link", name=name, exact=True).click()
        self.page.wait_for_load_state()  # its scripts have run

    def shortlist(self) -> None:
        """The tab of the job, with everybody loaded."""
        self.tab("Shortlist")
        expect(self.page.locator("[data-ready]")).to_be_attached()

    def find(self, name: str) -> Locator:
        """Somebody in the shortlist, by search and keys: the panel with their evidence."""
        self.page.keyboard.press("/")
        self.page.get_by_role("searchbox").fill(name)
        self.page.keyboard.press("Enter")
        self.page.keyboard.press("e")
        evidence = self.page.get_by_role("complementary", name="Evidence")
        expect(evidence.get_by_role("heading", name=name)).to_be_visible()
        return evidence

    def more(self, name: str) -> None:
        """A page under More in the bar."""
        self.page.get_by_text("More", exact=True).click()
        self.page.get_by_role("navigation", name="Main").get_by_role("link", name=name).click()


def sign_in(page: Page, base: str, email: str) -> None:
    page.goto(base)
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def come_in(walk: Walk, page: Page, link: str, code: str = "") -> None:
    """Consent, and the code from the mail."""
    page.goto(link)
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_role("heading", name="Enter your code")).to_be_visible()
    page.get_by_label("Code").fill(code or walk.code_for(page))
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Check your microphone")).to_be_visible()


def type_through(page: Page, *answers: str) -> None:
    """The interview without a microphone: each question is answered with the next of these, or the last of them."""
    page.get_by_role("button", name="type your answers").click()
    body, over = page.locator("body"), page.get_by_role("heading", name="Thank you, your interview is complete")
    left = list(answers)
    while True:
        expect(body.and_(page.locator("[data-phase=listening]")).or_(over)).to_be_visible(timeout=SECONDS)
        if over.is_visible():
            return
        page.get_by_label("Your answer").fill(left.pop(0) if len(left) > 1 else left[0])
        page.get_by_role("button", name="Send answer").click()
        expect(body.and_(page.locator("[data-phase=listening]"))).to_have_count(0)
