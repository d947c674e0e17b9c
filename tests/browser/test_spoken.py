"""Whole interviews by voice in a real browser, over the real service: with a pause, and over a line that is cut."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import httpx2
import numpy as np
import pytest
import soundfile
from playwright.sync_api import Page, expect

from api.demo import recordings, sample_kit, transcripts, word_errors
from interview import events as ev
from models.engines import Samples
from tests.browser.conftest import OpenPage, Service
from tests.browser.test_pages import BRIEFLY, agree, invited_link
from tests.browser.test_room import best_correlation
from tests.browser.voice import MICROPHONE, hear_out, say
from tests.browser.wire import Log, Proxy, listen_in
from tests.flow.behind import database_of

RATE = 16_000
SPOKEN = {name: pcm.samples for name, pcm in recordings("slt", sample_kit()).items()}
WORDS = transcripts("slt")
Timed = tuple[float, ev.DialogueEvent]


@pytest.fixture
def proxy(real: Service) -> Iterator[Proxy]:
    between = Proxy(urlsplit(real.base).port or 0)
    between.start()
    yield between
    between.stop()


def sentences(name: str, first: int, last: int) -> tuple[Samples, str]:
    """Some of a recording's sentences, spoken and written. Their voice rests between them."""
    samples = SPOKEN[name]
    loud = np.flatnonzero(np.abs(samples.astype(int)) > 300)
    rests = [(loud[at] + loud[at + 1]) // 2 for at in np.flatnonzero(np.diff(loud) > 0.35 * RATE)]
    edges, words = [0, *rests, len(samples)], re.findall(r"[^.]+\.", WORDS[name])
    assert len(words) == len(edges) - 1
    return samples[edges[first] : edges[last]], "".join(words[first:last])


# ---------------------------------------------------------------- on the page


def until(page: Page, arrived: Callable[[], object], what: str, seconds: float = 60.0) -> None:
    """Waits in the browser, so that what its sockets carry is seen meanwhile."""
    deadline = time.monotonic() + seconds
    while not arrived():
        assert time.monotonic() < deadline, f"{what}: not within {seconds:g} s"
        page.wait_for_timeout(50)


def come_in(page: Page, real: Service) -> None:
    """Consent, the microphone, into the room."""
    agree(page, real)
    page.get_by_role("button", name="Turn on the microphone").first.click()
    page.get_by_role("button", name="Begin the interview").click()


def asked(page: Page, number: int) -> None:
    """Wait until question `number` was heard to its end and the interviewer listens."""
    body = page.locator("body")
    expect(body).to_have_attribute("data-question", str(number), timeout=60_000)
    expect(body).to_have_attribute("data-phase", "listening", timeout=60_000)


def press(page: Page, name: str, phase: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()
    expect(page.locator("body")).to_have_attribute("data-phase", phase, timeout=30_000)


def to_the_end(page: Page) -> None:
    heading = page.get_by_role("heading", name="Thank you, your interview is complete")
    expect(heading).to_be_visible(timeout=60_000)
    expect(page.locator("body")).to_have_attribute("data-screen", "completed")


# ---------------------------------------------------------------- behind it


def logged(real: Service, interview_id: str) -> list[Timed]:
    """The conversation as the service keeps it: epoch seconds and events."""
    database = database_of(real.home)
    try:
        with database.system() as system:
            [organisation] = system.organisations()
        with database.reading() as store:
            kept = store.events(organisation.id, interview_id)
    finally:
        database.close()
    return ev.read_log(kept)


def used(events: list[Timed]) -> float:
    """Seconds, up to the last of these events, in which somebody was there and nothing was paused."""
    total, since = 0.0, None
    for at, event in events:
        if since is not None:
            total += at - since
        match event:
            case ev.Joined() | ev.Pressed(action="resume"):
                since = at
            case ev.Left() | ev.Pressed(action="pause"):
                since = None
            case _:
                since = at if since is not None else None
    return total


def answers(api: httpx2.Client, interview_id: str) -> dict[str, str]:
    """Question id -> everything said to it."""
    turns = api.get(f"/api/interviews/{interview_id}/transcript").raise_for_status().json()["turns"]
    said: dict[str, str] = {}
    for turn in turns:
        if turn["role"] == "candidate":
            said[turn["question_id"]] = f"{said.get(turn['question_id'], '')} {turn['text']}".strip()
    return said


def fetched(page: Page, api: httpx2.Client, path: str) -> httpx2.Response:
    until(page, lambda: api.get(path).status_code == 200, path)
    return api.get(path)


def recording_of(page: Page, api: httpx2.Client, log: Log, interview_id: str) -> Samples:
    """What the service kept: sample by sample what the page's microphone gave."""
    flac = fetched(page, api, f"/api/interviews/{interview_id}/recording").content
    both, rate = soundfile.read(io.BytesIO(flac), dtype="int16")
    assert rate == RATE
    kept = both[:, 0]
    assert log.altered == []
    assert np.array_equal(kept, log.spoken[: len(kept)])
    samples: Samples = kept
    return samples


# ---------------------------------------------------------------- the proofs


@pytest.mark.long
def test_a_whole_interview_is_spoken_with_a_pause_in_it(open_page: OpenPage, real: Service) -> None:
    page = open_page(invited_link(real, "daniel-osei.pdf", "release", "on_call"), script=MICROPHONE)
    log = listen_in(page)
    come_in(page, real)
    asked(page, 1)
    release, on_call = sentences("release", 0, 2), sentences("on_call", 0, 2)
    say(page, release[0])
    asked(page, 2)

    press(page, "Pause", "paused")
    stopped, left = log.offset, log.left
    shown = page.locator("#time-left").inner_text()
    expect(page.get_by_role("button", name="I am done")).to_be_disabled()
    say(page, SPOKEN["disagreement"][: 3 * RATE])
    hear_out(page)
    assert log.left == left, "no state came, or the clock went on"
    expect(page.locator("#time-left")).to_have_text(shown)
    told = len(log.of(ev.State))
    page.get_by_role("button", name="Resume", exact=True).click()
    expect(page.locator("body")).to_have_attribute("data-phase", "speaking")
    resumed = log.offset
    first = log.of(ev.State)[told]  # a later one comes as soon as the voice is heard
    assert (first.phase, first.seconds_left) == ("speaking", left), "the clock stood still"
    assert resumed - stopped >= 3 * RATE

    asked(page, 2)
    say(page, on_call[0])
    to_the_end(page)
    [ready] = log.of(ev.SessionReady)
    with real.api() as api:
        said = answers(api, ready.interview)
        assert word_errors(release[1], said["release"]) < 0.35, said
        assert word_errors(on_call[1], said["on_call"]) < 0.35, said
        segments = [event for _, event in logged(real, ready.interview) if isinstance(event, ev.Segment)]
        during = [each for each in segments if each.end * RATE > stopped and each.start * RATE < resumed]
        assert during == [], "what is said during a pause is nobody's business"
        report = fetched(page, api, f"/api/interviews/{ready.interview}/report").json()
    assert [each["name"] for each in report["competencies"]] == ["Judgement about releases"]


@pytest.mark.long
def test_an_answer_goes_on_after_a_reload_in_the_middle_of_it(open_page: OpenPage, real: Service) -> None:
    page = open_page(invited_link(real, "daniel-osei.pdf", "release"), script=MICROPHONE)
    log = listen_in(page)
    come_in(page, real)
    asked(page, 1)
    say(page, sentences("release", 0, 2)[0])
    hear_out(page)
    page.wait_for_timeout(200)  # the last frames go out; longer, and the answer would be over
    page.reload()
    page.get_by_role("button", name="Turn on the microphone").first.click()
    page.get_by_role("button", name="Continue the interview").click()
    asked(page, 1)
    expect(page.locator("#spoken")).to_have_text(BRIEFLY["release"])
    say(page, sentences("release", 2, 3)[0])
    to_the_end(page)
    assert len([each for each in log.of(ev.Say) if each.kind == "question"]) == 1, "the question is not asked again"
    with real.api() as api:
        said = answers(api, log.of(ev.SessionReady)[0].interview)
    assert word_errors(WORDS["release"], said["release"]) < 0.35, said


CUTS = [
    pytest.param(6.0, ["release"], id="6 s", marks=pytest.mark.long),
    pytest.param(20.0, ["outage", "slow_system"], id="20 s", marks=pytest.mark.long),
]


@pytest.mark.parametrize(("seconds", "spoken"), CUTS)
def test_an_answer_goes_on_over_a_cut_line(
    open_page: OpenPage, real: Service, proxy: Proxy, seconds: float, spoken: list[str]
) -> None:
    link = invited_link(real, "amara-okafor.pdf", "release")
    page = open_page(link.replace(real.base, f"http://127.0.0.1:{proxy.port}"), script=MICROPHONE)
    log = listen_in(page)
    come_in(page, real)
    asked(page, 1)
    answer = np.concatenate([SPOKEN[name] for name in spoken])
    began = log.offset
    say(page, answer)
    until(page, lambda: log.offset > began + 3 * RATE, "three seconds were spoken")
    interview_id, minutes = log.of(ev.SessionReady)[0].interview, log.of(ev.SessionReady)[0].minutes

    with real.api() as api:
        proxy.cut()
        expect(page.locator("#reconnecting")).to_be_visible()
        expect(page.get_by_text("The connection was lost; reconnecting.")).to_be_visible()
        page.wait_for_timeout(seconds * 1000)
        until(page, lambda: not api.get(f"/api/interviews/{interview_id}").json()["live"], "nobody is in the room")
        assert len(log.of(ev.SessionReady)) == 1, "the line was not cut"
        away = logged(real, interview_id)
        assert isinstance(away[-1][1], ev.Left)
        page.wait_for_timeout(1500)  # however long the service took to notice: the candidate was away for a while
        states = len(log.of(ev.State))
        proxy.restore()
        expect(page.locator("body")).to_have_attribute("data-connection", "open", timeout=30_000)
        expect(page.locator("#reconnecting")).to_be_hidden()
        until(page, lambda: len(log.of(ev.State)) > states, "the service says where we are")
        back = log.of(ev.State)[states]
        assert (back.phase, back.question) == ("listening", 1)
        assert back.seconds_left == pytest.approx(minutes * 60 - used(away), abs=0.05), "the clock stood still"

        to_the_end(page)
        first, second = log.of(ev.SessionReady)
        assert first.interview == second.interview
        assert second.resumed
        assert second.next_seq > 0
        assert {urlsplit(url).port for url in log.urls} == {proxy.port}
        questions = [each.utterance for each in log.of(ev.Say) if each.kind != "welcome" and each.kind != "closing"]
        assert len(questions) == 1, "the question is not asked again"
        events = logged(real, interview_id)
        assert sum(isinstance(event, ev.Joined) for _, event in events) == 2
        [text] = answers(api, interview_id).values()
        assert word_errors(" ".join(WORDS[name] for name in spoken), text) < 0.35, text
        kept = recording_of(page, api, log, interview_id)
    assert len(kept) >= began + len(answer)
    around = kept[began : began + len(answer) + 5 * RATE]
    assert best_correlation(answer.astype(float), around.astype(float)) > 0.95, "what was said is what was kept"
