"""Hearing a report: any word of an answer plays from its second, by pointer and by keyboard, and is marked."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest
from playwright.sync_api import Locator, Page, Response, expect

from models.settings import Settings
from models.values import Signal
from tests.browser.axe import serious
from tests.browser.conftest import OpenPage, Service, served
from tests.browser.held import held
from tests.browser.test_pages import sign_in
from tests.flow.running import wait_for

LEAD = 0.3
NOTED = Signal(code="pasted", at=2.0, question=1, detail="840 characters were pasted.", innocent="Their own draft.")
REMEMBER = """() => {
  const player = document.getElementById('recording');
  window.sought = [];
  window.marks = [];
  player.addEventListener('seeked', () => window.sought.push(player.currentTime));
  new MutationObserver((changes) => {
    for (const { target } of changes) {
      if (target.className === 'now') window.marks.push([target.dataset.at, target.dataset.to, player.currentTime]);
    }
  }).observe(document.querySelector('.talk'), { subtree: true, attributeFilter: ['class'] });
}"""


@pytest.fixture(scope="module")
def held_here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, str, str]]:
    """A service over two interviews whose recordings were still to be made when it started."""
    home = tmp_path_factory.mktemp("held")
    ids = (
        held(Settings(home=home)),
        held(Settings(home=home), answers=1, name="two", before="Um, so we, we", signals=(NOTED,)),
    )
    with served(home) as running:
        with running.api() as api:
            for id in ids:
                path = f"/api/interviews/{id}/recording"
                wait_for(lambda path=path: api.get(path).status_code, lambda status: status == 200, "the recording")
        yield running, *ids


@pytest.fixture
def real(held_here: tuple[Service, str, str]) -> Service:
    return held_here[0]


@pytest.fixture
def interview(held_here: tuple[Service, str, str]) -> str:
    return held_here[1]


def look(real: Service, interview: str) -> None:
    """Who has said so may see a report without having rated the interview."""
    with real.api() as api:
        way = {"url": f"/api/interviews/{interview}/review/look", "json": {"reason": "to hear it"}}
        assert api.post(**way, headers={"Foyer-Person": "Maria Lopez"}).status_code in (201, 409)


@pytest.fixture
def report(open_page: OpenPage, real: Service, interview: str) -> Page:
    look(real, interview)
    page = open_page(f"{real.base}/login?next=/interviews/{interview}/report")
    sign_in(page, real.key)
    expect(page.get_by_role("heading", name="Transcript")).to_be_visible()
    page.evaluate(REMEMBER)
    return page


def heard_from(page: Page) -> float:
    """Where the last jump led to; the player plays from there."""
    ready = "window.sought.length > 0 && !document.getElementById('recording').paused"
    wait_for(lambda: page.evaluate(ready), bool, "it plays")
    return float(page.evaluate("window.sought.pop()"))


def at(word: Locator) -> float:
    return float(word.get_attribute("data-at") or "nan")


def stop(page: Page) -> None:
    page.evaluate("document.getElementById('recording').pause(); window.sought = []")


def test_a_word_plays_from_just_before_it_and_is_marked_as_it_sounds(report: Page) -> None:
    answers: list[Response] = []
    report.on("response", lambda response: answers.append(response) if response.url.endswith("/recording") else None)
    word = report.locator("[data-words]").nth(1).locator("[data-at]").nth(20)
    word.click()
    assert heard_from(report) == pytest.approx(at(word) - LEAD, abs=0.05)
    marks = wait_for(
        lambda: report.evaluate("window.marks"), lambda marks: len(marks) >= 5, "five words are marked", 20
    )
    stop(report)
    starts = [float(start) for start, _, _ in marks]
    assert at(word) in starts
    assert starts == sorted(starts)
    assert all(float(start) <= heard < float(end) + 0.1 for start, end, heard in marks)
    assert report.locator(".now").count() <= 1
    assert {response.status for response in answers} == {206}
    for response in answers:
        assert response.headers["content-type"] == "audio/flac"
        assert response.headers["content-range"].startswith("bytes ")


def test_arrow_keys_choose_a_word_and_enter_plays_it(report: Page) -> None:
    answer = report.locator("[data-words]").nth(2)
    first = answer.locator("[data-at]").first
    expect(first).to_have_role("button")
    report.locator("#recording").focus()
    stops = report.evaluate("document.querySelectorAll('[data-at][tabindex=\"0\"]').length")
    assert stops == report.locator("[data-words]").count() == 3, "one stop an answer, not one a word"
    first.focus()
    for _ in range(3):
        report.keyboard.press("ArrowRight")
    chosen = answer.locator("[data-at]").nth(3)
    expect(chosen).to_be_focused()
    report.keyboard.press("Enter")
    assert heard_from(report) == pytest.approx(at(chosen) - LEAD, abs=0.05)
    stop(report)
    report.keyboard.press("ArrowDown")
    sentence = report.locator(":focus")
    previous = sentence.evaluate("it => it.previousElementSibling.textContent")
    assert previous.endswith(".")
    report.keyboard.press("Space")
    assert heard_from(report) == pytest.approx(at(sentence) - LEAD, abs=0.05)
    stop(report)
    report.keyboard.press("End")
    expect(answer.locator("[data-at]").last).to_be_focused()
    report.keyboard.press("ArrowRight")
    expect(answer.locator("[data-at]").last).to_be_focused()
    report.keyboard.press("Home")
    expect(first).to_be_focused()
    assert report.evaluate("document.querySelectorAll('[data-at][tabindex]').length") == 3
    assert serious(report) == []


def test_marking_text_to_copy_it_makes_no_sound_and_times_play_too(report: Page) -> None:
    word = report.locator("[data-words]").first.locator("[data-at]").nth(4)
    word.scroll_into_view_if_needed()
    box = word.bounding_box()
    assert box is not None
    report.mouse.move(box["x"] + 2, box["y"] + box["height"] / 2)
    report.mouse.down()
    report.mouse.move(box["x"] + box["width"] - 2, box["y"] + box["height"] / 2, steps=4)
    report.mouse.up()
    assert report.evaluate("getSelection().toString().length") > 1
    report.wait_for_timeout(100)
    assert report.evaluate("document.getElementById('recording').paused")
    line = report.locator("li.candidate .time").nth(1)
    line.click()
    assert heard_from(report) == pytest.approx(float(line.get_attribute("data-start") or "nan"), abs=0.05)


def test_the_transcript_reads_without_fillers_at_a_click_and_context_stands_apart(
    open_page: OpenPage, held_here: tuple[Service, str, str]
) -> None:
    real, _, id = held_here
    look(real, id)
    page = open_page(f"{real.base}/login?next=/interviews/{id}/report")
    sign_in(page, real.key)
    answer = page.locator("[data-words]").first
    expect(answer).to_contain_text("Um, so we, we")
    box = page.get_by_role("checkbox", name="Leave out fillers")
    box.check()
    assert answer.inner_text().split()[:2] == ["so", "we"]
    assert "we," not in answer.inner_text().split()
    assert page.evaluate("document.querySelectorAll('[data-at][tabindex=\"0\"]:not([hidden])').length") == 1
    box.uncheck()
    assert answer.inner_text().split()[:4] == ["Um,", "so", "we,", "we"]
    context = page.locator("section", has=page.get_by_role("heading", name="Context, not scored"))
    expect(context).to_contain_text("Pasted text question 1")
    expect(context).to_contain_text("Their own draft.")
    expect(context.get_by_role("link")).to_have_attribute("data-start", "2.00")
    assert serious(page) == []


def test_a_quote_plays_where_it_is_read_and_no_longer_than_it_is(report: Page) -> None:
    quote = report.locator(".quotes a.time").first
    starts, ends = (float(quote.get_attribute(name) or "nan") for name in ("data-start", "data-end"))
    assert starts < ends < starts + 15
    quote.scroll_into_view_if_needed()
    place = report.evaluate("scrollY")
    quote.click()
    assert heard_from(report) == pytest.approx(starts - LEAD, abs=0.05)
    assert report.url.endswith("/report"), "reading goes on where it was"
    assert report.evaluate("scrollY") == place
    paused = "document.getElementById('recording').paused"
    wait_for(lambda: report.evaluate(paused), bool, "it stops at the quote's end", 30)
    assert report.evaluate("document.getElementById('recording').currentTime") == pytest.approx(ends + LEAD, abs=0.5)
    block = report.locator(".course rect[data-start]").nth(3)
    block.click()
    assert heard_from(report) == pytest.approx(float(block.get_attribute("data-start") or "nan"), abs=0.05)
    stop(report)
    report.locator(".quotes a.context").first.click()
    assert "#t" in report.url


def test_a_report_is_shared_from_the_application_s_page(
    open_page: OpenPage, report: Page, real: Service, interview: str
) -> None:
    with real.api() as api:
        application = api.get(f"/api/interviews/{interview}").json()["application_id"]
    report.goto(f"{real.base}/applications/{application}")
    report.get_by_text("Share the report").click()
    report.get_by_label("For whom").fill("Zoë, hiring manager")
    report.get_by_label("With the recording").check()
    report.get_by_role("button", name="Make a link").click()
    address = report.get_by_label("New link, shown only now").input_value()
    expect(report.locator("#links .log")).to_contain_text("Not opened yet.")
    assert serious(report) == []
    stranger = open_page(address)
    expect(stranger.get_by_role("heading", name="Transcript")).to_be_visible()
    stranger.evaluate(REMEMBER)
    stranger.locator(".quotes a.time").first.click()
    heard_from(stranger)
    report.goto(f"{real.base}/applications/{application}")
    expect(report.locator("#links .log")).to_contain_text("Opened 1 time")
    report.get_by_role("button", name="Take back Zoë, hiring manager").click()
    expect(report.locator("#links .log")).to_contain_text("Taken back by Maria Lopez")
    stranger.reload()
    expect(stranger.get_by_role("heading", name="This link is closed")).to_be_visible()
    assert serious(stranger) == []


def test_only_recruiters_of_the_organisation_hear_it(real: Service, interview: str) -> None:
    path = f"{real.base}/api/interviews/{interview}/recording"
    assert httpx2.get(path).status_code == 401
    with real.api() as api:
        whole = api.get(path)
        piece = api.get(path, headers={"Range": "bytes=100-299"})
        assert (whole.status_code, piece.status_code) == (200, 206)
        assert whole.content[:4] == b"fLaC"
        assert piece.content == whole.content[100:300]
        assert piece.headers["content-range"] == f"bytes 100-299/{len(whole.content)}"


def test_an_erased_recording_is_gone_and_the_report_stays(held_here: tuple[Service, str, str]) -> None:
    real, _, erased = held_here
    with real.api() as api:
        assert api.delete(f"/api/interviews/{erased}/recording").status_code == 204
        assert api.delete(f"/api/interviews/{erased}/recording").status_code == 204
        assert api.get(f"/api/interviews/{erased}/recording").status_code == 404
        assert api.get(f"/api/interviews/{erased}/report.html").status_code == 200
        assert api.delete("/api/interviews/nobody/recording").status_code == 404
    assert list((real.home / "recordings").iterdir()) == []
    assert len(list((real.home / "files").rglob("*.parts"))) == 1
