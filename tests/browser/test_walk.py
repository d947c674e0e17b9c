"""The whole console walked as people walk it: from an empty folder to a report that has arrived in an applicant
tracking system, by what is written on links, buttons and fields. Each step rests on those before it: one that fails is
named, and the rest is skipped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Playwright, expect

from tests.browser.conftest import CHROMIUM, QUIET, Service
from tests.browser.walk import (
    ANSWER,
    FILES,
    JOB,
    KIT,
    MAIL,
    PASSWORD,
    SAMPLES,
    SECONDS,
    SETTINGS,
    TWICE,
    Walk,
    come_in,
    sign_in,
    type_through,
)
from tests.flow.running import wait_for
from tests.simulators.base import Fault
from tests.simulators.greenhouse import Greenhouse

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def walk(playwright: Playwright, real: Service) -> Iterator[Walk]:
    arguments = [*QUIET, "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=arguments)
    expect.set_options(timeout=SECONDS / 2)
    yield Walk(real.base, real.home, browser, {"job": JOB})
    expect.set_options(timeout=5_000)
    browser.close()


@pytest.fixture(scope="module")
def greenhouse() -> Iterator[Greenhouse]:
    with Greenhouse() as running:
        running.opening(500, "Backend Engineer", (SAMPLES / "jobs" / "backend_engineer.md").read_text())
        yield running
        assert running.violations == []


def test_first_run_with_a_sample_and_a_checklist(walk: Walk) -> None:
    with walk.step("first run") as page:
        page.goto(walk.base)
        page.get_by_label("Name", exact=True).fill("City Hospital")
        page.get_by_label("Your name").fill("Ada Minh")
        page.get_by_label("E-mail address").fill("ada@hospital.example")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Set up and sign in").click()
        steps = page.get_by_role("region", name="First steps")
        expect(steps).to_be_visible()
        steps.get_by_role("button", name="Load the sample job").click()
        expect(page.get_by_role("note")).to_contain_text("A sample")
        best = page.get_by_role("region", name="The best")
        expect(best).to_contain_text(re.compile("[45] could not be read"), timeout=2 * SECONDS)
        expect(best).not_to_contain_text("being read", timeout=2 * SECONDS)
        best.get_by_role("link", name="Amara Okafor").click()
        expect(page.get_by_role("heading", name="Requirement by requirement")).to_be_visible()
        page.get_by_role("link", name="Foyer").click()
        for done in ("Create a job", "Upload resumes", "Look at the shortlist"):
            expect(steps.get_by_role("listitem").filter(has_text=done)).to_contain_text("(done)")
        page.get_by_role("main").get_by_role("link", name=JOB).click()
        page.get_by_role("button", name="Remove the sample").click()
        expect(steps.get_by_role("button", name="Load the sample job")).to_be_visible()


def test_people_are_invited_and_see_what_their_role_may(walk: Walk) -> None:
    with walk.step("people") as page:
        walk.more("People")
        for name, role in (("Bo Berg", "hiring manager"), ("Cy Ito", "reviewer")):
            page.get_by_label("E-mail address").fill(f"{name[:2].lower()}@hospital.example")
            page.get_by_label("Role", exact=True).select_option(role)
            page.get_by_role("button", name="Invite", exact=True).click()
            theirs = walk.another()
            theirs.goto(page.get_by_label("Link", exact=True).input_value())
            theirs.get_by_label("Your name").fill(name)
            theirs.get_by_label("Password").fill(PASSWORD)
            theirs.get_by_role("button", name="Open the account").click()
            expect(theirs.get_by_role("heading", name="No job yet")).to_be_visible()
            expect(theirs.get_by_role("link", name=re.compile("New job|first job"))).to_have_count(0)
            theirs.context.close()
        walk.more("People")
        expect(page.get_by_role("row").filter(has_text="Bo Berg")).to_contain_text("active")


def test_a_posting_becomes_a_job_and_a_batch_its_people(walk: Walk, tmp_path: Path) -> None:
    with walk.step("job and batch") as page:
        page.get_by_role("navigation", name="Main").get_by_role("link", name="Jobs").click()
        page.get_by_role("link", name="New job").first.click()
        page.get_by_label("Job posting").fill((SAMPLES / "jobs" / "backend_engineer.md").read_text())
        page.get_by_label("Interview length").select_option("15 minutes at most")
        page.get_by_role("button", name="Create job").click()
        expect(page.get_by_text("Strong Python, including at least one web framework").first).to_be_visible()
        twice = [tmp_path / "noor.txt", tmp_path / "haddad.txt"]
        for path, mail in zip(twice, ("noor@first.example", "haddad@second.example"), strict=True):
            path.write_text(TWICE.format(mail=mail))
        walk.tab("Batches")
        page.get_by_label("Files or zip").set_input_files([*(SAMPLES / "resumes" / name for name in FILES), *twice])
        expect(page.get_by_text("This page may be closed")).to_be_visible()
        expect(page.get_by_role("progressbar").first).to_be_visible()
        page.get_by_role("link", name="Open", exact=True).click()
        expect(page.get_by_text("Could not be read: 1")).to_be_visible(timeout=2 * SECONDS)
        expect(page.get_by_text("10 of 10 read")).to_be_visible(timeout=2 * SECONDS)
        expect(page.get_by_text("Save it without one, then hand it in again.")).to_be_visible()
        page.get_by_role("button", name="Try those again: encrypted").click()
        expect(page.get_by_role("link", name="locked-resume.pdf")).to_be_visible()


def row_of(page: Page, requirement: str) -> Locator:
    return page.get_by_role("listitem").filter(has=page.get_by_label(f"Move up: {requirement}"))


def test_requirements_are_weighed_moved_split_and_merged_with_a_preview(walk: Walk) -> None:
    with walk.step("requirements") as page:
        walk.job("Requirements")
        preview = page.get_by_role("complementary", name="What it would do")
        expect(preview.get_by_role("link", name="Amara Okafor")).to_be_visible()
        row_of(page, "Kubernetes").get_by_label("Weight").fill("5")
        expect(preview).to_contain_text("before:")
        page.get_by_label("Move up: Kubernetes").click()
        row_of(page, "Docker").get_by_role("checkbox").check()
        row_of(page, "continuous integration").get_by_role("checkbox").check()
        page.get_by_role("button", name="Merge picked").click()
        expect(page.get_by_label("Move up: Docker or continuous integration")).to_be_visible()
        page.get_by_label("Split: AWS, Google Cloud or Azure").click()
        expect(page.get_by_label("Remove: Google Cloud")).to_be_visible()
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_label("Split: AWS, Google Cloud or Azure")).to_be_visible()
        page.get_by_role("button", name="Save as a new version").click()
        expect(page.get_by_role("status").first).to_contain_text("Saved.")
        page.wait_for_load_state()  # what is said stands above the rows, which may not be there yet
        order = [box.input_value() for box in page.get_by_role("textbox", name=re.compile("^Requirement ")).all()]
        assert order.index("Kubernetes") + 1 == order.index("Kafka, RabbitMQ or another message broker")
        expect(row_of(page, "Kubernetes").get_by_label("Weight")).to_have_value("5")


def test_a_kit_is_edited_and_rehearsed(walk: Walk) -> None:
    with walk.step("kit") as page:
        walk.tab("Interview kit")
        page.get_by_role("button", name="Start from Software engineer").click()
        for name in KIT:
            part = page.get_by_role("group").filter(has=page.get_by_text(name, exact=True)).first
            out = part.get_by_label("Take this competency and its questions out")
            if out.is_visible():  # the first is open, and stays
                imagined = part.get_by_role("group", name="About a case to imagine").first
                imagined.get_by_label("In the interview").select_option("In reserve: no time for it")
                continue
            page.get_by_text(name, exact=True).first.click()
            out.check()
        page.get_by_label("Weak answer (level 1), in behaviour").first.fill("Waits until others have seen it.")
        page.get_by_text("Must-have checks, asked first").click()
        for check in page.get_by_label("Take this check out").all():
            check.check()
        page.get_by_text("Welcome, end and length").click()
        page.get_by_label("Welcome. It says").fill("Hello, I am an automated interviewer.")
        page.get_by_label("Minutes at most").fill("5")
        page.get_by_label("What you changed, and why").fill("One question is enough.")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_role("status").first).to_contain_text("Saved.")
        page.get_by_text("Versions (2)").click()
        expect(page.get_by_role("listitem").filter(has_text="One question is enough.")).to_contain_text(
            "Ada Minh (account)"
        )
        page.get_by_role("button", name="Rehearse as a candidate").click()
        ready = page.get_by_role("region", name="Your rehearsal is ready")
        link = ready.get_by_role("link", name="Open the rehearsal").get_attribute("href") or ""
        code = (ready.get_by_text(re.compile("^Code")).inner_text()).removeprefix("Code").strip()
        chair = walk.another()
        come_in(walk, chair, link, code)
        type_through(chair, ANSWER)
        chair.context.close()


def test_the_shortlist_by_keys_and_its_threshold(walk: Walk) -> None:
    with walk.step("shortlist") as page:
        walk.job("Shortlist")
        expect(page.get_by_role("grid")).to_have_attribute("aria-rowcount", "11")
        handle = page.get_by_role("slider", name="Threshold")
        handle.focus()
        for _ in range(5):
            page.keyboard.press("ArrowLeft")
        expect(page.get_by_label("Threshold", exact=True).and_(page.get_by_role("spinbutton"))).to_have_value("35")
        expect(page.get_by_text("pass at 35")).to_be_visible()
        page.get_by_role("button", name="Save the threshold").click()
        expect(page.get_by_role("status").first).to_contain_text("Saved.")
        walk.shortlist()
        page.keyboard.press("j")
        page.keyboard.press("e")
        evidence = page.get_by_role("complementary", name="Evidence")
        expect(evidence.get_by_role("heading", name="Amara Okafor")).to_be_visible()
        evidence.get_by_role("button", name=re.compile("^Python")).click()
        sheet = evidence.get_by_role("img", name="Page").first
        expect(sheet).to_be_visible()
        sheet.evaluate("(one) => one.decode()")
        evidence.get_by_role("button", name="Text", exact=True).click()
        expect(evidence.locator("mark").first).to_be_in_viewport()
        page.keyboard.press("Escape")
        for key in "xjxc":
            page.keyboard.press(key)
        expect(page.get_by_role("heading", name="Side by side")).to_be_visible()
        expect(page.get_by_role("columnheader", name="Daniel Osei")).to_be_visible()


def test_a_hiring_manager_who_sees_this_job_alone_approves_it(walk: Walk) -> None:
    with walk.step("approval") as page:
        walk.job("Settings")
        page.get_by_label("Needs approval before the first invitation").check()
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_role("status").first).to_contain_text("Saved.")
        walk.tab("Sharing")
        page.get_by_label("Hiring manager", exact=True).select_option("Bo Berg")
        page.get_by_role("button", name="Add", exact=True).click()
        expect(page.get_by_role("button", name="Remove Bo Berg")).to_be_visible()
        theirs = walk.another()
        sign_in(theirs, walk.base, "bo@hospital.example")
        expect(theirs.get_by_role("article")).to_have_count(1)
        expect(theirs.get_by_role("link", name=re.compile("Rehearsal"))).to_have_count(0)
        theirs.get_by_role("link", name=JOB).click()
        theirs.get_by_role("link", name="Versions").click()
        expect(theirs.get_by_text("invitations wait")).to_be_visible()
        theirs.get_by_role("button", name="Approve this").click()
        expect(theirs.get_by_text("approved", exact=True)).to_be_visible()
        theirs.context.close()


def test_deciding_with_a_preview_a_reason_an_undo_and_a_note(walk: Walk) -> None:
    with walk.step("deciding") as page:
        walk.job("Candidates")
        page.get_by_role("link", name="Invite everyone who passes").click()
        expect(page.get_by_role("heading", name="Invite 2 people")).to_be_visible()
        expect(page.get_by_text("We would like to hear from you in a spoken interview")).to_be_visible()
        page.get_by_role("button", name="Invite these 2").click()
        expect(page.get_by_text("Done: 2 invited.")).to_be_visible()
        page.get_by_role("link", name="Back to the job").click()
        walk.shortlist()
        evidence = walk.find("Brenda Colley")
        page.keyboard.press("Escape")
        page.keyboard.press("r")
        evidence.get_by_label("Reason").fill("No years of software development.")
        evidence.get_by_role("button", name="Reject", exact=True).click()
        expect(evidence.get_by_text("rejected", exact=True)).to_be_visible()
        evidence.get_by_role("link", name="Full application").click()
        page.get_by_text("Undo the rejection").first.click()
        page.get_by_label("Reason", exact=True).first.fill("It was the wrong person.")
        page.get_by_role("button", name="Undo the rejection").click()
        expect(page.get_by_role("status").first).to_contain_text("The rejection is undone.")
        page.get_by_label("A note for colleagues").fill("Wants to change trades.")
        page.get_by_role("button", name="Add the note").click()
        expect(page.get_by_role("region", name="Notes")).to_contain_text("Wants to change trades.")


def test_the_queue_the_sample_and_two_who_are_one(walk: Walk) -> None:
    with walk.step("queue") as page:
        walk.job("Below the line")
        page.get_by_role("button", name="Keep Ewan Mackay waiting").click()
        expect(page.get_by_role("status").first).to_contain_text("Kept waiting")
        page.get_by_role("link", name="What the line misses").click()
        page.get_by_label("How many").fill("1")
        page.get_by_role("button", name="Draw and invite them").click()
        expect(page.get_by_role("region", name="Draws")).to_contain_text("by Ada Minh")
        walk.shortlist()
        walk.find("Noor Haddad").get_by_role("link", name="Full application").click()
        page.get_by_role("link", name="The same person as somebody else?").click()
        page.get_by_role("link", name="Compare Noor Haddad").click()
        page.get_by_role("checkbox", name=re.compile("^Set aside")).first.check()
        page.get_by_label("How do you know?").fill("The same number and the same work.")
        page.get_by_role("button", name="It is one person: merge").click()
        expect(page.get_by_text("set aside", exact=True)).to_be_visible()
        expect(page.get_by_role("button", name="Undo it")).to_be_visible()


def test_a_system_is_connected_and_somebody_comes_from_it(walk: Walk, greenhouse: Greenhouse) -> None:
    with walk.step("connection") as page:
        walk.more("Connections")
        page.get_by_role("link", name="Connect a system").first.click()
        page.get_by_role("link", name="Greenhouse").click()
        page.get_by_text("Addresses and the like").click()
        for key, label in SETTINGS.items():
            page.get_by_label(label).fill(greenhouse.settings[key])
        page.get_by_role("button", name="Save").click()
        page.get_by_role("button", name="Test connection").click()
        expect(page.get_by_text("Harvest: notes can be read.")).to_be_visible()
        page.get_by_role("button", name="Switch on").click()
        expect(page.get_by_text("1 opening")).to_be_visible(timeout=SECONDS)
        resume = (SAMPLES / "resumes" / "ewan-mackay.txt").read_text().splitlines()
        greenhouse.applies(9000, 500, "Ida Marsh", MAIL, "\n".join(["Ida Marsh", MAIL, *resume[3:]]).encode())
        page.get_by_role("link", name="Openings", exact=True).click()
        page.get_by_role("link", name="Link Backend Engineer").click()
        page.get_by_label("Job", exact=True).select_option(JOB)
        page.get_by_role("button", name="Link", exact=True).click()
        expect(page.get_by_role("button", name="Unlink Backend Engineer")).to_be_visible()
        page.get_by_role("link", name="Overview").click()
        page.get_by_role("button", name="Read from the beginning").click()
        expect(page.get_by_text("1 person")).to_be_visible(timeout=SECONDS)
        walk.job("Candidates")
        came = page.get_by_role("link", name="Ida Marsh")
        wait_for(lambda: page.reload() and came.is_visible(), bool, "somebody from Greenhouse")
        came.click()
        page.get_by_role("button", name="Invite to the interview").click()
        expect(page.get_by_text("invited, not started")).to_be_visible()


def test_the_interviews_are_looked_after_and_one_is_held(walk: Walk) -> None:
    with walk.step("interview") as page:
        walk.job("Interviews")
        page.get_by_label("Choose Daniel Osei").check()
        page.get_by_label("Open for").fill("30")
        page.get_by_role("button", name="Keep open").click()
        page.get_by_role("button", name="Keep open for 30 days from now").click()
        expect(page.get_by_role("status").first).to_be_visible()
        page.get_by_label("Choose Daniel Osei").check()
        page.get_by_role("button", name="Remind").click()
        page.get_by_role("button", name="Remind").click()
        expect(page.get_by_role("status").first).to_contain_text("Reminded: 1")
        theirs = walk.another()
        come_in(walk, theirs, walk.link_sent_to(MAIL))
        type_through(theirs, ANSWER)
        theirs.get_by_role("link", name="Read the transcript").click()
        expect(theirs.get_by_text("a bad query").first).to_be_visible()
        theirs.context.close()
        page.get_by_role("link", name="Completed").click()
        expect(page.get_by_role("rowheader", name="Ida Marsh")).to_be_visible()


def test_a_review_is_blind_first_and_the_report_arrives_after_a_failure(walk: Walk, greenhouse: Greenhouse) -> None:
    with walk.step("review and report") as page:
        greenhouse.faults.append(Fault(method="POST", path="/v3/notes", status=500, times=1))
        page.get_by_role("link", name="Ida Marsh").click()
        page.get_by_role("link", name="Rate this interview").click()
        expect(page.get_by_text("Foyer's recommendation")).to_have_count(0)
        page.get_by_label("3", exact=True).check()
        page.get_by_role("button", name="Save my rating").click()
        wait_for(lambda: page.reload() and page.get_by_text("Foyer's recommendation").is_visible(), bool, "the report")
        final = page.get_by_role("region", name="Your final rating")
        final.get_by_label("5", exact=True).check()
        why = final.get_by_label("Why it differs from Foyer's")
        if why.is_visible():
            why.select_option("I stand by my own rating for another reason")
            final.get_by_label("In a few words").fill("We know the case.")
        page.get_by_role("button", name="Save my final rating").click()
        expect(page.get_by_text("Kept, and sent beside Foyer's")).to_be_visible()
        page.get_by_role("link", name="Open Foyer's report with its quotes").click()
        expect(page.get_by_text("a bad query").first).to_be_visible()
        page.go_back()
        walk.more("Operations")
        page.get_by_role("link", name="Deliveries").first.click()
        page.get_by_label("Kind").select_option("Connected system")
        page.get_by_role("button", name="Search").click()
        replay = page.get_by_role("button", name="Replay").first
        wait_for(lambda: page.reload() and (replay.is_visible() or bool(greenhouse.rows["notes"])), bool, "a failure")
        if replay.is_visible():
            replay.click()
        wait_for(lambda: greenhouse.rows["notes"], bool, "the report in Greenhouse")
        assert any("Backend" in one["body"] or "recommend" in one["body"] for one in greenhouse.rows["notes"])
        arrived = page.get_by_role("row").filter(has_text="delivered")
        wait_for(lambda: bool(page.reload()) and arrived.count() > 0, bool, "delivered")


def test_the_pool_insight_and_fairness(walk: Walk, tmp_path: Path) -> None:
    with walk.step("pool and insight") as page:
        main = page.get_by_role("navigation", name="Main")
        main.get_by_role("link", name="Talent pool").click()
        page.get_by_label("Whom do you look for?").fill("engineer with Python in Leeds who applied since 2020")
        page.keyboard.press("Enter")
        expect(page.get_by_role("list", name="Filters")).to_contain_text("Python")
        expect(page.get_by_role("checkbox", name=re.compile("^Choose ")).first).to_be_visible()
        main.get_by_role("link", name="Insight").click()
        chart = page.get_by_role("region", name="How far people come")
        for kind, begins in (("CSV", b""), ("PNG", b"\x89PNG")):
            with page.expect_download() as taken:
                chart.get_by_role("link", name=re.compile(kind)).click()
            taken.value.save_as(tmp_path / kind)
            assert (tmp_path / kind).read_bytes().startswith(begins)
            assert (tmp_path / kind).stat().st_size > 50
        for name, heading in (("Equal chances", "Equal chances"), ("Oversight", "Oversight")):
            walk.more(name)
            expect(page.get_by_role("heading", name=re.compile(heading), level=1)).to_be_visible()


def test_messages_and_operations(walk: Walk) -> None:
    with walk.step("messages and operations") as page:
        walk.more("Messages")
        expect(page.get_by_role("heading", name="Messages", level=1)).to_be_visible()
        page.get_by_role("link", name="Templates").click()
        page.get_by_role("link", name=re.compile("Invitation")).first.click()
        page.get_by_label("Words").fill("Dear {candidate}, come.")
        expect(page.get_by_text("Dear Robin Sample, come.", exact=True)).to_be_visible()
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_text("Saved.").first).to_be_visible()
        walk.more("Operations")
        for name in ("Audit log", "Retention", "Engines", "Usage"):
            page.get_by_role("navigation", name="Operations").get_by_role("link", name=name).click()
            expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


def test_the_checklist_is_gone_when_all_is_done(walk: Walk) -> None:
    with walk.step("checklist") as page:
        page.get_by_role("navigation", name="Main").get_by_role("link", name="Jobs").click()
        expect(page.get_by_role("heading", name="Jobs", level=1)).to_be_visible()
        expect(page.get_by_role("link", name=JOB).first).to_be_visible()
        expect(page.get_by_role("region", name="First steps")).to_have_count(0)
