"""The recruiter's and the candidate's pages over the real service: from signing in to reading a report."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import numpy as np
import pytest
import soundfile
import soxr
from playwright.sync_api import Page, expect

from api.outbox import code_for
from models.settings import ROOT
from tests.browser.axe import serious
from tests.browser.conftest import OpenPage, Service

SAMPLES = ROOT / "samples"
BRIEFLY = {"release": "One test keeps failing. Would you release?", "on_call": "Could you be on call?"}
"""Questions in fewer words, where tests hear them out."""


def sign_in(page: Page, key: str, name: str = "Maria Lopez") -> None:
    page.get_by_label("Your name").fill(name)
    page.get_by_label("API key").fill(key)
    page.get_by_role("button", name="Sign in").click()


def short_kit(*asked: str) -> dict[str, Any]:
    """The sample kit with these questions only: what a browser can talk through in under a minute."""
    kit: dict[str, Any] = json.loads((SAMPLES / "kits" / "backend_engineer.json").read_text())
    kit["questions"] = [
        each | {"probes": [], "text": BRIEFLY.get(each["id"], each["text"])}
        for each in kit["questions"]
        if each["id"] in asked
    ]
    rated = {each["competency_id"] for each in kit["questions"]}
    kit["competencies"] = [each for each in kit["competencies"] if each["id"] in rated]
    kit["welcome"], kit["closing"] = "Hello, I am an automated interviewer.", "Goodbye."
    return kit


def add_job(real: Service, *asked: str) -> str:
    posting = (SAMPLES / "jobs" / "backend_engineer.md").read_text()
    with real.api() as api:
        job_id = api.post("/api/jobs", json={"text": posting, "minutes": 15}).raise_for_status().json()["id"]
        api.put(f"/api/jobs/{job_id}/kit", json=short_kit(*(asked or ("outage",)))).raise_for_status()
    return str(job_id)


def invited_link(real: Service, resume: str, *asked: str) -> str:
    """Upload one resume, invite the person to an interview of these questions, and hand out a fresh link."""
    job_id = add_job(real, *asked)
    with real.api() as api:
        files = [("files", (resume, (SAMPLES / "resumes" / resume).read_bytes()))]
        taken = api.post(f"/api/jobs/{job_id}/batches", files=files).raise_for_status().json()
        with api.stream("GET", taken["events_url"]) as events:
            for _ in events.iter_lines():
                pass
        invited = api.post(f"/api/applications/{taken['applications'][0]}/invite", json={}).raise_for_status().json()
        return str(api.post(f"/api/interviews/{invited['id']}/link").raise_for_status().json()["url"])


def agree(page: Page, real: Service) -> None:
    """Consent, and the code from the candidate's mail."""
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_role("heading", name="Enter your code")).to_be_visible()
    page.get_by_label("Code").fill(code_for(page.content(), real.home / "outbox") or "")
    page.get_by_role("button", name="Continue").click()


@pytest.fixture(scope="session")
def answering_wav(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An answer and then silence, to be looped: whenever the question ends, an answer follows."""
    samples, rate = soundfile.read(SAMPLES / "answers" / "slt" / "outage.flac", dtype="float32")
    spoken = soxr.resample(samples, rate, 48_000)
    path = tmp_path_factory.mktemp("microphone") / "answer.wav"
    soundfile.write(path, np.concatenate([spoken, np.zeros(12 * 48_000, np.float32)]), 48_000, subtype="PCM_16")
    return path


def test_a_wrong_key_is_refused_and_nothing_is_seen_without_one(open_page: OpenPage, real: Service) -> None:
    page = open_page(f"{real.base}/deliveries")
    expect(page).to_have_url(re.compile(r"/login(\?next=.*)?$"))
    sign_in(page, "foyer_wrong")
    expect(page.get_by_role("alert")).to_contain_text("not known or was revoked")
    sign_in(page, real.key)
    expect(page.get_by_role("heading", name="Deliveries", exact=True)).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{real.base}/deliveries")
    expect(page).to_have_url(re.compile(r"/login(\?next=.*)?$"))


def test_a_posting_that_asks_for_nothing_is_sent_back_with_what_was_typed(open_page: OpenPage, real: Service) -> None:
    page = open_page(f"{real.base}/login")
    sign_in(page, real.key)
    page.goto(f"{real.base}/jobs/new")
    page.get_by_label("Threshold").fill("61")
    page.get_by_role("button", name="Create job").click()
    expect(page.get_by_role("alert")).to_contain_text("Paste the job posting")
    expect(page.get_by_label("Threshold")).to_have_value("61")


def test_from_a_posting_to_a_ranked_list(open_page: OpenPage, real: Service) -> None:
    page = open_page(f"{real.base}/login")
    sign_in(page, real.key)
    page.get_by_role("link", name="job").last.click()
    page.get_by_label("Job posting").fill((SAMPLES / "jobs" / "intensive_care_nurse.md").read_text())
    page.get_by_role("button", name="Create job").click()
    expect(page.get_by_text("requirements)")).to_be_visible()
    expect(page.get_by_text("must have", exact=True).first).to_be_visible()
    resumes = ["aisha-rahman.docx", "ewan-mackay.txt", "thomas-brandt-rn.docx", "locked-resume.pdf"]
    page.locator("input[type=file]").first.set_input_files([SAMPLES / "resumes" / name for name in resumes])
    expect(page.get_by_text("4 of 4 done, 1 could not be read")).to_be_visible(timeout=60_000)
    expect(page.locator(".ranked > li")).to_have_count(3)
    expect(page.locator(".ranked q").first).not_to_be_empty()
    expect(page.get_by_text("Could not be read (1)")).to_be_visible()
    expect(page.locator(".files")).to_contain_text("locked-resume.pdf")
    page.locator(".ranked .who").first.click()
    expect(page.get_by_role("heading", name="Requirement by requirement")).to_be_visible()
    expect(page.get_by_text("the threshold of 40")).to_be_visible()
    page.get_by_text("Reject this application").click()
    page.get_by_label("Reason").fill("No licence for this state.")
    page.get_by_role("button", name="Reject", exact=True).click()
    expect(page.get_by_text("by Maria Lopez")).to_be_visible()
    expect(page.get_by_text("rejected", exact=True)).to_be_visible()


@pytest.mark.long
def test_a_kit_is_started_edited_and_what_is_wrong_is_said_at_its_field(open_page: OpenPage, real: Service) -> None:
    page = open_page(f"{real.base}/login")
    sign_in(page, real.key)
    posting = (SAMPLES / "jobs" / "intensive_care_nurse.md").read_text()
    with real.api() as api:
        job_id = api.post("/api/jobs", json={"text": posting}).raise_for_status().json()["id"]
    page.goto(f"{real.base}/jobs/{job_id}")
    page.get_by_role("link", name="Interview kit").click()
    assert serious(page) == []
    page.get_by_role("button", name="Start from Nursing and care").click()
    expect(page.get_by_role("paragraph").filter(has_text="Not covered by this kit")).to_be_visible()
    assert serious(page) == []
    weak = page.get_by_label("Weak answer (level 1), in behaviour").first
    before = weak.input_value()
    weak.fill("")
    page.get_by_label("Your name").fill("Maria Lopez")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("was not saved")
    expect(page.get_by_label("Your name")).to_have_value("Maria Lopez")
    assert serious(page) == []
    page.get_by_role("link", name="has no low anchor").click()
    weak = page.get_by_label("Weak answer (level 1), in behaviour").first
    expect(weak).to_have_attribute("aria-invalid", "true")
    weak.fill(f"{before} Names nobody.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Saved")
    page.get_by_text("Versions (2)").click()
    expect(page.get_by_text("Maria Lopez (key: admin)")).to_have_count(2)


def test_a_link_opens_once_and_leads_its_own_browser_back(open_page: OpenPage, real: Service) -> None:
    link = invited_link(real, "daniel-osei.pdf")
    page = open_page(link)
    page.goto(link)  # looking does not use it up
    agree(page, real)
    expect(page.get_by_role("heading", name="Check your microphone")).to_be_visible()
    page.goto(link)
    page.get_by_role("link", name="Go on with the interview").click()
    expect(page).to_have_url(f"{real.base}/room")
    other = open_page(link)
    expect(other.get_by_role("heading", name="This link was used already")).to_be_visible()
    other.goto(f"{real.base}/room")
    expect(other.get_by_role("heading", name="Please use your link")).to_be_visible()
    other.goto(f"{real.base}/i/forged")
    expect(other.get_by_role("heading", name="This link does not work")).to_be_visible()


def test_a_second_tab_is_refused_while_the_first_goes_on(open_page: OpenPage, real: Service) -> None:
    page = open_page(invited_link(real, "daniel-osei.pdf"))
    agree(page, real)
    page.get_by_role("button", name="type your answers").click()
    expect(page.locator("body")).to_have_attribute("data-connection", "open")
    second = refused_tab(page)
    expect(page.locator("body")).to_have_attribute("data-connection", "open")
    page.reload()
    page.get_by_role("button", name="type your answers").click()
    expect(page.locator("body")).to_have_attribute("data-connection", "open")
    second.get_by_role("button", name="Try again").click()
    expect(second.get_by_role("heading", name="Check your microphone")).to_be_visible()


def refused_tab(page: Page) -> Page:
    """A second tab of the same browser, which has tried to come in."""
    second = page.context.new_page()
    second.goto(urljoin(page.url, "/room"))
    second.get_by_role("button", name="type your answers").click()
    expect(second.get_by_role("heading", name="You cannot join here right now")).to_be_visible()
    expect(second.get_by_text("This interview is open in another tab.")).to_be_visible()
    return second


@pytest.mark.long
def test_a_second_tab_may_take_the_interview_over_and_the_first_take_it_back(
    open_page: OpenPage, real: Service
) -> None:
    page = open_page(invited_link(real, "daniel-osei.pdf", "on_call"))
    agree(page, real)
    page.get_by_role("button", name="type your answers").click()
    expect(page.locator("body")).to_have_attribute("data-phase", "listening", timeout=60_000)
    second = refused_tab(page)
    for here, there in ((second, page), (page, second)):
        here.get_by_role("button", name="Go on in this tab").click()
        expect(here.locator("body")).to_have_attribute("data-phase", "listening", timeout=60_000)
        expect(here.locator("#spoken")).to_contain_text(BRIEFLY["on_call"])
        expect(there.get_by_text("Your interview goes on in another tab. You can close this one.")).to_be_visible()
        there.wait_for_timeout(1000)
        expect(there.locator("body")).to_have_attribute("data-screen", "refused")
        expect(here.locator("body")).to_have_attribute("data-connection", "open")
    page.get_by_label("Your answer").fill("Yes, one week in six.")
    page.get_by_role("button", name="Send answer").click()
    expect(page.get_by_role("heading", name="Thank you, your interview is complete")).to_be_visible(timeout=60_000)


@pytest.mark.long
def test_without_a_microphone_an_interview_is_typed_to_its_end_and_a_reload_costs_nothing(
    open_page: OpenPage, real: Service
) -> None:
    page = open_page(invited_link(real, "daniel-osei.pdf", "release", "on_call"), microphone=False)
    agree(page, real)
    page.get_by_role("button", name="Turn on the microphone").first.click()
    expect(page.get_by_text("allow the microphone, and try again").first).to_be_visible()
    page.get_by_role("button", name="type your answers").click()
    answer, body = page.get_by_label("Your answer"), page.locator("body")
    expect(body).to_have_attribute("data-question", "1", timeout=60_000)
    answer.fill("I would read the test first.")
    page.get_by_role("button", name="Send answer").click()
    expect(body).to_have_attribute("data-question", "2", timeout=60_000)
    expect(body).to_have_attribute("data-phase", "listening", timeout=60_000)
    answer.fill("Yes, one week")
    page.reload()
    expect(page.get_by_text("Your interview goes on where it stopped.")).to_be_visible()
    page.get_by_role("button", name="Continue and type your answers").click()
    expect(body).to_have_attribute("data-phase", "listening")
    expect(body).to_have_attribute("data-question", "2")
    expect(page.locator("#spoken")).to_have_text(BRIEFLY["on_call"])
    expect(answer).to_have_value("Yes, one week")
    answer.fill("Yes, one week in six.")
    page.get_by_role("button", name="Send answer").click()
    expect(page.get_by_role("heading", name="Thank you, your interview is complete")).to_be_visible(timeout=60_000)
    page.get_by_role("link", name="Read the transcript").click()
    for text in ("I would read the test first.", "Yes, one week in six."):
        expect(page.get_by_text(text).first).to_be_visible()


def correct_an_answer(page: Page) -> None:
    page.get_by_role("link", name="Read the transcript").click()
    expect(page.get_by_role("heading", name="What happens next")).to_be_visible()
    page.get_by_text("Correct this").first.click()
    page.get_by_label("What you said").first.fill("I rolled the release back within ten minutes.")
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_text("You corrected this to: I rolled the release back")).to_be_visible()
    page.get_by_label("Good", exact=True).check()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("status")).to_contain_text("Thank you")
    assert serious(page) == []
    page.get_by_role("link", name="What was assessed, and how").click()
    expect(page.get_by_role("heading", name="What was not assessed")).to_be_visible()
    page.get_by_label("What should they look at?").fill("My second answer.")
    page.get_by_role("button", name="Ask for a review by a person").click()
    expect(page.get_by_role("status")).to_contain_text("has reached the employer")
    assert serious(page) == []


def test_an_interview_by_voice_ends_in_a_report(open_page: OpenPage, real: Service, answering_wav: Path) -> None:
    page = open_page(invited_link(real, "daniel-osei.pdf"), wav=answering_wav, loop=True)
    agree(page, real)
    page.get_by_role("button", name="Turn on the microphone").first.click()
    page.get_by_role("button", name="Begin the interview").click()
    expect(page.locator("body")).to_have_attribute("data-phase", "listening", timeout=60_000)
    expect(page.locator("#captions [data-role=candidate]").first).to_be_visible(timeout=60_000)
    expect(page.get_by_role("heading", name="Thank you, your interview is complete")).to_be_visible(timeout=120_000)
    correct_an_answer(page)
    recruiter = open_page(f"{real.base}/login")
    sign_in(recruiter, real.key)
    for _ in range(60):  # the page is a moment's picture; a recruiter looks again
        if recruiter.get_by_text("1 report ready").count():
            break
        recruiter.wait_for_timeout(1000)
        recruiter.reload()
    recruiter.locator("article", has_text="report ready").get_by_role("link").first.click()
    recruiter.get_by_role("link", name="Report on").click()
    expect(recruiter).to_have_url(re.compile("/interviews/.+/review$"))
    expect(recruiter.get_by_role("heading", name="Rate this interview")).to_be_visible()
    recruiter.get_by_text("Look without rating").first.click()
    recruiter.get_by_label("Why?").fill("A rehearsal.")
    recruiter.get_by_role("button", name="Look without rating").click()
    recruiter.get_by_role("link", name="Open Foyer's report with its quotes").click()
    expect(recruiter).to_have_url(re.compile("/interviews/.+/report$"))
    expect(recruiter.locator("body")).to_contain_text("Incident ownership")
    recruiter.locator("[data-words] [data-at]").first.click()
    player = "document.getElementById('recording')"
    for _ in range(100):
        if recruiter.evaluate(f"{player}.currentTime > 0.5 && !{player}.paused && !{player}.error"):
            break
        recruiter.wait_for_timeout(100)
    assert recruiter.evaluate(f"{player}.currentTime") > 0.5, "what was recorded here plays here"
