"""The interview page against a scripted server: what it captures, plays, keeps over a broken line, and says."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
import soxr
from playwright.sync_api import Page, expect

from interview import events as ev
from tests.browser.conftest import OpenPage
from tests.fakes_room import RATE, ScriptedRoom, tone

FRAME = 640
Signal = npt.NDArray[np.float64]


def say(utterance: str, text: str = "Tell me about a hard day.", *, aloud: bool = True) -> ev.Say:
    return ev.Say(
        utterance=utterance, text=text, kind="question", audio_url=f"/room/audio/{utterance}" if aloud else None
    )


def state(phase: ev.Phase, question: int = 2) -> ev.State:
    return ev.State(phase=phase, question=question, questions=6, seconds_left=754)


def begin(page: Page) -> None:
    page.get_by_role("button", name="Turn on the microphone").first.click()
    page.get_by_role("button", name="Begin the interview").click()
    expect(page.locator("body")).to_have_attribute("data-connection", "open")


def captured(frames: list[ev.AudioFrame]) -> Signal:
    """The frames as one signal, each at its offset; asserts that they agree where they overlap."""
    end = max(frame.offset + len(frame.pcm) // 2 for frame in frames)
    signal = np.zeros(end, np.int16)
    for frame in frames:
        samples = np.frombuffer(frame.pcm, "<i2")
        signal[frame.offset : frame.offset + len(samples)] = samples
    return signal.astype(np.float64)


def envelope(signal: Signal, hop: int = 320) -> Signal:
    blocks = signal[: len(signal) // hop * hop].reshape(-1, hop)
    loudness: Signal = np.sqrt((blocks**2).mean(axis=1))
    return loudness


def best_correlation(heard: Signal, spoken: Signal) -> float:
    """Of the two loudness curves, over every shift at which `heard` lies inside `spoken`."""
    a = envelope(heard)
    b = envelope(spoken)
    shifts = range(max(1, len(b) - len(a)))
    return max(float(np.corrcoef(a, b[shift : shift + len(a)])[0, 1]) for shift in shifts)


def test_frames_arrive_contiguous_and_carry_what_was_said(
    open_page: OpenPage, scripted: ScriptedRoom, spoken_wav: Path, tmp_path: Path
) -> None:
    own = shutil.copy(spoken_wav, tmp_path / "own.wav")  # a browser whose microphone nobody else has begun to hear
    begin(open_page(f"{scripted.url}/room", wav=Path(own)))
    scripted.wait(lambda: len(scripted.frames) >= 150, "six seconds of audio did not arrive")
    frames = scripted.frames
    assert [frame.seq for frame in frames] == list(range(len(frames)))
    assert [frame.offset for frame in frames] == [FRAME * n for n in range(len(frames))]
    assert {len(frame.pcm) for frame in frames} == {2 * FRAME}
    samples, rate = soundfile.read(spoken_wav, dtype="float64")
    heard = captured(frames)
    assert np.sqrt((heard**2).mean()) > 100, "the microphone's signal is missing"
    assert best_correlation(heard, soxr.resample(samples, rate, RATE)) > 0.8


def test_a_candidate_who_speaks_silences_the_voice_at_once(open_page: OpenPage, scripted: ScriptedRoom) -> None:
    scripted.audio = {"long": tone(30.0), "rest": tone(0.5)}
    page = open_page(f"{scripted.url}/room")
    begin(page)
    scripted.send(say("long"), state("speaking"))
    started = scripted.wait(lambda: scripted.of(ev.PlaybackStarted), "the voice did not begin")[0]
    assert started.offset is not None
    assert 0 <= started.offset <= scripted.next_offset + RATE
    scripted.send(ev.Hush(utterance="long"), state("listening"))
    page.wait_for_function("document.getElementById('voice').paused")
    stopped = scripted.wait(lambda: scripted.of(ev.PlaybackStopped), "nobody said where it was broken off")
    assert [message.utterance for message in stopped] == ["long"]
    scripted.send(say("rest"), state("speaking"))
    ended = scripted.wait(lambda: scripted.of(ev.PlaybackEnded), "what follows was not played")
    assert [message.utterance for message in ended] == ["rest"]


def test_the_voice_is_lowered_while_somebody_may_be_speaking(open_page: OpenPage, scripted: ScriptedRoom) -> None:
    scripted.audio = {"long": tone(30.0), "next": tone(20.0)}
    page = open_page(f"{scripted.url}/room")
    begin(page)

    def volume(wanted: float) -> None:
        voice = "(() => { const it = document.getElementById('voice'); return it.paused ? -1 : it.volume; })()"
        scripted.wait(lambda: page.evaluate(voice) == pytest.approx(wanted), f"the volume did not become {wanted}", 6)

    scripted.send(say("long"), state("speaking"))
    scripted.wait(lambda: scripted.of(ev.PlaybackStarted), "the voice did not begin")
    scripted.send(ev.Duck(utterance="another"), ev.Duck(utterance="long"))
    volume(0.3)
    scripted.send(ev.Duck())
    volume(1)
    scripted.send(ev.Duck(utterance="long"))
    volume(0.3)
    scripted.send(ev.Hush(utterance="long"), say("next"))
    volume(1)
    scripted.send(ev.Duck(utterance="next"))
    volume(0.3)
    volume(1)  # by itself: the line may be lost


def test_a_paste_tells_its_length_and_nothing_of_its_text(open_page: OpenPage, scripted: ScriptedRoom) -> None:
    scripted.greeting = [state("listening", question=1)]
    page = open_page(f"{scripted.url}/room")
    begin(page)
    page.get_by_text("Type your answer instead").click()
    box = page.locator("#answer")
    box.fill("Forty characters that were typed by hand.")
    scripted.wait(lambda: scripted.of(ev.Composing), "typing was not told")
    box.press("Control+a")
    box.press("Control+c")
    box.press("End")
    box.press("Control+v")
    box.press("Control+a")
    box.press("Control+v")
    scripted.wait(lambda: len(scripted.of(ev.Paste)) == 2, "the paste was not told")
    assert [message.characters for message in scripted.of(ev.Paste)] == [41, 41]
    told = [message.model_dump_json() for message in scripted.messages]
    assert not any("typed by hand" in message for message in told)


def test_nothing_is_sent_before_the_candidate_begins(open_page: OpenPage, scripted: ScriptedRoom) -> None:
    page = open_page(f"{scripted.url}/room")
    page.get_by_role("button", name="Turn on the microphone").first.click()
    expect(page.get_by_role("button", name="Begin the interview")).to_be_visible()
    page.wait_for_timeout(500)
    assert scripted.lines == []


def test_speech_is_played_and_its_end_reported_where_the_capture_stands(
    open_page: OpenPage, scripted: ScriptedRoom
) -> None:
    scripted.audio["u1"] = tone(0.5)
    scripted.greeting = [say("u1"), state("speaking")]
    page = open_page(f"{scripted.url}/room")
    begin(page)
    ended = scripted.wait(lambda: scripted.of(ev.PlaybackEnded), "playback.ended did not come")[0]
    assert scripted.of(ev.PlaybackStarted)[0].utterance == ended.utterance == "u1"
    assert 0.4 * RATE < ended.offset <= scripted.frames[-1].offset + FRAME
    expect(page.locator("#spoken")).to_have_text("Tell me about a hard day.")
    expect(page.locator("#captions")).to_contain_text("Tell me about a hard day.")


def test_sentences_are_played_one_after_the_other(open_page: OpenPage, scripted: ScriptedRoom) -> None:
    scripted.audio.update(a=tone(0.4), b=tone(0.4))
    scripted.greeting = [say("a", "Thank you."), say("b", "And then?"), state("speaking")]
    begin(open_page(f"{scripted.url}/room"))
    scripted.wait(lambda: len(scripted.of(ev.PlaybackEnded)) == 2, "two sentences were not heard to their end")
    heard = [
        (type(m).__name__, m.utterance)
        for m in scripted.messages
        if isinstance(m, ev.PlaybackStarted | ev.PlaybackEnded)
    ]
    assert heard == [("PlaybackStarted", "a"), ("PlaybackEnded", "a"), ("PlaybackStarted", "b"), ("PlaybackEnded", "b")]


@pytest.mark.parametrize("aloud", [True, False], ids=["audio is missing", "text only"])
def test_what_cannot_be_played_is_read(open_page: OpenPage, scripted: ScriptedRoom, aloud: bool) -> None:
    scripted.greeting = [say("u1", "Can you read this?", aloud=aloud), state("speaking")]
    page = open_page(f"{scripted.url}/room")
    begin(page)
    expect(page.locator("#spoken")).to_have_text("Can you read this?")
    ended = scripted.wait(lambda: scripted.of(ev.PlaybackEnded), "the reading pause never ended")
    assert ended[0].offset > RATE, "no time was given to read"


def test_a_cut_line_loses_no_audio(open_page: OpenPage, scripted: ScriptedRoom) -> None:
    scripted.greeting = [state("listening")]
    page = open_page(f"{scripted.url}/room")
    begin(page)
    scripted.wait(lambda: len(scripted.frames) >= 25, "no audio before the cut")
    scripted.away = True
    scripted.drop()
    expect(page.locator("#reconnecting")).to_be_visible()
    expect(page.get_by_role("button", name="I am done")).to_be_disabled()
    page.wait_for_timeout(2500)
    scripted.away = False
    expect(page.locator("body")).to_have_attribute("data-connection", "open", timeout=15_000)
    expect(page.locator("#reconnecting")).to_be_hidden()
    resumed = scripted.wait(lambda: scripted.lines[1:], "the page did not come back")[0]
    scripted.wait(lambda: len(resumed.frames) >= 80, "what was said meanwhile was not sent")
    first = next(m for m in resumed.messages if isinstance(m, ev.SessionStart))
    assert first.tab == next(m for m in scripted.lines[0].messages if isinstance(m, ev.SessionStart)).tab != ""
    sequence = sorted({frame.seq for frame in scripted.frames})
    assert sequence == list(range(len(sequence))), "frames are missing"
    assert all(frame.offset == frame.seq * FRAME for frame in scripted.frames)
    assert resumed.frames[0].seq >= first.next_seq


def test_frames_that_were_not_safe_are_sent_again(open_page: OpenPage, scripted: ScriptedRoom) -> None:
    scripted.acknowledges = False
    begin(open_page(f"{scripted.url}/room"))
    scripted.wait(lambda: len(scripted.frames) >= 20, "no audio")
    before = list(scripted.lines[0].frames)
    scripted.drop()
    scripted.wait(lambda: scripted.lines[1:] and scripted.lines[1].frames[20:], "nothing was sent again")
    again = scripted.lines[1].frames
    assert [frame.seq for frame in again[:20]] == list(range(20))
    assert [frame.pcm for frame in again[:20]] == [frame.pcm for frame in before[:20]]


def test_a_reloaded_page_goes_on_where_the_recording_ends(open_page: OpenPage, scripted: ScriptedRoom) -> None:
    scripted.next_seq, scripted.next_offset = 50, 50 * FRAME + 7
    begin(open_page(f"{scripted.url}/room"))
    frames = scripted.wait(lambda: scripted.frames[2:] and scripted.frames, "no audio")
    assert (frames[0].seq, frames[0].offset) == (50, 50 * FRAME + 7)
    assert (frames[1].seq, frames[1].offset) == (51, 51 * FRAME + 7)


def test_a_page_that_lost_step_loads_itself_again(open_page: OpenPage, scripted: ScriptedRoom) -> None:
    page = open_page(f"{scripted.url}/room")
    begin(page)
    scripted.send(ev.Notice(code="out_of_step", text="Your recording has lost step with ours."))
    expect(page.get_by_role("button", name="Turn on the microphone").first).to_be_visible()
    scripted.next_seq, scripted.next_offset = 9000, 9000 * FRAME
    begin(page)
    scripted.wait(lambda: scripted.frames and scripted.frames[-1].seq > 9000, "no audio after the reload")
    assert scripted.frames[-1].offset == scripted.frames[-1].seq * FRAME


def test_a_page_names_its_interview_when_it_comes_back(open_page: OpenPage, scripted: ScriptedRoom) -> None:
    page = open_page(f"{scripted.url}/room")
    begin(page)
    scripted.refusal = ev.Refused(code="expired", text="Another interview was opened in this browser.")
    scripted.drop()
    expect(page.get_by_text("Another interview was opened in this browser.")).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_be_hidden()
    assert [start.interview for start in scripted.of(ev.SessionStart)] == ["", "i-1"]


def test_a_heard_sentence_is_not_played_again_after_a_reconnect(open_page: OpenPage, scripted: ScriptedRoom) -> None:
    scripted.audio["u1"] = tone(0.3)
    scripted.greeting = [say("u1"), state("speaking")]
    begin(open_page(f"{scripted.url}/room"))
    first = scripted.wait(lambda: scripted.of(ev.PlaybackEnded), "not played")[0]
    scripted.drop()
    scripted.wait(lambda: len(scripted.of(ev.PlaybackEnded)) == 2, "not confirmed")
    assert scripted.of(ev.PlaybackEnded)[1] == first
    assert len(scripted.of(ev.PlaybackStarted)) == 1


def test_a_second_tab_is_told_and_can_retry(open_page: OpenPage, scripted: ScriptedRoom) -> None:
    scripted.refusal = ev.Refused(code="already_open", text="This interview is open in another tab.")
    page = open_page(f"{scripted.url}/room")
    page.get_by_role("button", name="type your answers").click()
    expect(page.get_by_text("This interview is open in another tab.")).to_be_visible()
    page.wait_for_timeout(1500)
    assert len(scripted.lines) == 1, "a refused page must not try again by itself"
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("button", name="Turn on the microphone").first).to_be_visible()


def test_a_tab_takes_over_when_asked_to_once_and_with_its_microphone(
    open_page: OpenPage, scripted: ScriptedRoom
) -> None:
    scripted.next_seq, scripted.next_offset = 50, 50 * FRAME
    scripted.refusal = ev.Refused(code="already_open", text="This interview is open in another tab.")
    page = open_page(f"{scripted.url}/room")
    page.get_by_role("button", name="Turn on the microphone").first.click()
    page.get_by_role("button", name="Begin the interview").click()
    expect(page.get_by_text("This interview is open in another tab.")).to_be_visible()
    expect(page.locator("body")).to_have_attribute("data-screen", "refused")
    scripted.refusal = None
    page.get_by_role("button", name="Go on in this tab").click()
    expect(page.locator("body")).to_have_attribute("data-connection", "open")
    frames = scripted.wait(lambda: scripted.frames[5:] and scripted.frames, "the microphone is not on")
    assert [frame.seq for frame in frames[:3]] == [50, 51, 52]
    scripted.drop()
    scripted.wait(lambda: len(scripted.lines) == 3, "the page did not come back")
    starts = scripted.of(ev.SessionStart)
    assert [start.take_over for start in starts] == [False, True, False], "a page that comes back does not take over"
    assert len({start.tab for start in starts}) == 1


def test_a_full_house_offers_no_take_over(open_page: OpenPage, scripted: ScriptedRoom) -> None:
    scripted.refusal = ev.Refused(code="full", text="All our interview rooms are taken at the moment.")
    page = open_page(f"{scripted.url}/room")
    page.get_by_role("button", name="type your answers").click()
    expect(page.get_by_text("All our interview rooms are taken")).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    expect(page.get_by_role("button", name="Go on in this tab")).to_be_hidden()


def test_an_end_reached_while_the_line_was_down_is_shown_as_one(open_page: OpenPage, scripted: ScriptedRoom) -> None:
    page = open_page(f"{scripted.url}/room")
    begin(page)
    scripted.refusal = ev.Refused(code="ended", text="This interview is complete.")
    scripted.drop()
    expect(page.get_by_role("heading", name="Thank you, your interview is complete")).to_be_visible()


def test_without_a_microphone_the_cure_is_shown_and_typing_works(open_page: OpenPage, scripted: ScriptedRoom) -> None:
    scripted.greeting = [state("listening")]
    page = open_page(f"{scripted.url}/room", microphone=False)
    page.get_by_role("button", name="Turn on the microphone").first.click()
    expect(page.get_by_text("allow the microphone, and try again").first).to_be_visible()
    page.get_by_role("button", name="type your answers").click()
    page.get_by_label("Your answer").fill("I checked the dosage twice.")
    page.get_by_role("button", name="Send answer").click()
    scripted.wait(lambda: scripted.of(ev.TextAnswer), "the typed answer did not arrive")
    assert scripted.of(ev.TextAnswer) == [ev.TextAnswer(text="I checked the dosage twice.")]
    assert scripted.frames == []
    assert page.get_by_label("Your answer").input_value() == ""


def test_typing_ahead_of_the_voice_silences_it(open_page: OpenPage, scripted: ScriptedRoom) -> None:
    scripted.audio["u1"] = tone(20)
    scripted.greeting = [say("u1"), state("speaking")]
    page = open_page(f"{scripted.url}/room")
    page.get_by_role("button", name="type your answers").click()
    scripted.wait(lambda: scripted.of(ev.PlaybackStarted), "not played")
    page.get_by_label("Your answer").fill("I read faster than you speak.")
    page.get_by_label("Your answer").press("Control+Enter")
    scripted.wait(lambda: scripted.of(ev.TextAnswer), "the typed answer did not arrive")
    expect(page.locator("#voice")).not_to_have_attribute("src", "/room/audio/u1")
    assert scripted.of(ev.PlaybackEnded) == []
    assert [stopped.utterance for stopped in scripted.of(ev.PlaybackStopped)] == ["u1"]
    started = scripted.of(ev.PlaybackStarted)[0]
    assert started.aloud
    assert 0 <= started.position < 1


def test_before_the_first_question_there_is_nothing_to_answer_or_skip(
    open_page: OpenPage, scripted: ScriptedRoom
) -> None:
    scripted.audio["w"] = tone(20)
    scripted.greeting = [say("w", "Welcome."), state("welcome", question=0)]
    page = open_page(f"{scripted.url}/room")
    begin(page)
    expect(page.get_by_role("button", name="Finish", exact=True)).to_be_enabled()
    page.get_by_text("Type your answer instead").click()
    for name in ("Send answer", "Skip", "Repeat", "I am done"):
        expect(page.get_by_role("button", name=name, exact=True)).to_be_disabled()


def test_buttons_say_what_they_do(open_page: OpenPage, scripted: ScriptedRoom) -> None:
    scripted.greeting = [state("listening")]
    page = open_page(f"{scripted.url}/room")
    begin(page)
    expect(page.get_by_text("Question 2 of 6")).to_be_visible()
    expect(page.get_by_text("about 13 minutes left")).to_be_visible()
    for name in ("Repeat", "I am done", "Pause"):
        page.get_by_role("button", name=name, exact=True).click()
    scripted.send(state("paused"))
    page.get_by_role("button", name="Resume", exact=True).click()
    scripted.send(state("listening"))
    page.get_by_role("button", name="Skip", exact=True).click()
    page.get_by_role("button", name="Stay").click()
    page.get_by_role("button", name="Finish", exact=True).click()
    page.locator("#confirm-finish").get_by_role("button", name="Finish").click()
    scripted.wait(lambda: len(scripted.of(ev.Button)) == 5, "a button was not heard")
    assert [button.action for button in scripted.of(ev.Button)] == ["repeat", "done", "pause", "resume", "finish"]


def test_a_candidate_can_go_back_and_ask_for_time_and_is_left_alone_while_writing(
    open_page: OpenPage, scripted: ScriptedRoom
) -> None:
    scripted.greeting = [state("listening", question=1)]
    page = open_page(f"{scripted.url}/room")
    begin(page)
    expect(page.get_by_role("button", name="Slower", exact=True)).to_be_enabled()
    expect(page.get_by_role("button", name="Previous question", exact=True)).to_be_disabled()
    scripted.send(state("listening"))
    for name in ("Previous question", "Slower"):
        page.get_by_role("button", name=name, exact=True).click()
    page.get_by_label("I need longer pauses").check()
    scripted.wait(lambda: len(scripted.of(ev.Button)) == 3, "a button was not heard")
    assert [button.action for button in scripted.of(ev.Button)] == ["back", "slower", "patient"]
    scripted.send(state("listening").model_copy(update={"patient": False}))
    expect(page.get_by_label("I need longer pauses")).not_to_be_checked()
    page.get_by_text("Type your answer instead").click()
    page.get_by_label("Your answer").press_sequentially("In my second year")
    scripted.wait(lambda: scripted.of(ev.Composing), "nobody was told that somebody writes")
    assert len(scripted.of(ev.Composing)) == 1, "one message for many keys"


def test_before_it_begins_the_candidate_hears_what_we_hear(open_page: OpenPage, scripted: ScriptedRoom) -> None:
    page = open_page(f"{scripted.url}/room")
    page.get_by_role("button", name="Turn on the microphone").first.click()
    page.get_by_role("button", name="Record four seconds").click()
    expect(page.get_by_text("Speak now")).to_be_visible()
    expect(page.get_by_text("You are heard well")).to_be_visible(timeout=15_000)
    page.wait_for_timeout(1000)
    played, length = page.evaluate(
        "() => { const it = document.getElementById('playback'); return [it.currentTime, it.duration]; }"
    )
    assert played > 0.2
    assert 3.9 < length < 4.2
    assert scripted.lines == [], "nothing leaves the page before the interview begins"
    page.get_by_role("button", name="Begin the interview").click()
    scripted.wait(lambda: len(scripted.frames) > 20, "the microphone must go on into the interview")
    assert scripted.frames[0].offset == 0


def test_a_trial_says_what_is_wrong(open_page: OpenPage, scripted: ScriptedRoom) -> None:
    page = open_page(f"{scripted.url}/room")
    sounds = page.evaluate(
        """async () => {
          const { judged } = await import('/static/rehearse.js');
          const made = (level) => Int16Array.from({ length: 16000 }, (_, n) => level * Math.sin(n / 5));
          return [0, 600, 8000].map((level) => judged(made(level)).sound);
        }"""
    )
    assert sounds == ["silent", "faint", "clear"]
    loud = page.evaluate(
        """async () => {
          const { judged } = await import('/static/rehearse.js');
          return judged(Int16Array.from({ length: 16000 }, (_, n) => (n % 3 ? 32767 : 0))).sound;
        }"""
    )
    assert loud == "distorted"


def test_repeat_silences_the_voice_and_plays_the_new_one(open_page: OpenPage, scripted: ScriptedRoom) -> None:
    scripted.audio.update(long=tone(20), again=tone(0.3))
    scripted.greeting = [say("long"), state("speaking")]
    page = open_page(f"{scripted.url}/room")
    begin(page)
    scripted.wait(lambda: scripted.of(ev.PlaybackStarted), "not played")
    page.get_by_role("button", name="Repeat").click()
    scripted.wait(lambda: scripted.of(ev.Button), "not pressed")
    scripted.send(say("again"))
    ended = scripted.wait(lambda: scripted.of(ev.PlaybackEnded), "the new sentence was not heard to its end")
    assert [end.utterance for end in ended] == ["again"]


def test_captions_notices_and_the_end(open_page: OpenPage, scripted: ScriptedRoom) -> None:
    page = open_page(f"{scripted.url}/room")
    begin(page)
    scripted.send(
        ev.Caption(role="candidate", text="I had", final=False),
        ev.Caption(role="candidate", text="I had two patients."),
        ev.Notice(code="text_only", text="The voice is out of order; please read."),
    )
    expect(page.locator("#captions li")).to_have_count(1)
    expect(page.locator("#captions")).to_contain_text("I had two patients.")
    expect(page.get_by_text("The voice is out of order")).to_be_visible()
    page.get_by_label("Show the conversation as text").uncheck()
    expect(page.locator("#captions")).to_be_hidden()
    scripted.send(ev.Completed(text="We will write to you within a week."))
    expect(page.get_by_role("heading", name="Thank you, your interview is complete")).to_be_visible()
    expect(page.get_by_text("We will write to you within a week.")).to_be_visible()
    after = len(scripted.frames)
    page.wait_for_timeout(400)
    assert len(scripted.frames) == after, "the microphone must be off after the end"
    assert len(scripted.lines) == 1


def test_a_phone_needs_no_sideways_scrolling(open_page: OpenPage, scripted: ScriptedRoom) -> None:
    scripted.greeting = [state("listening"), ev.Notice(code="n", text="Speech is recognised by a small fallback.")]
    page = open_page(f"{scripted.url}/room", width=360)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    begin(page)
    page.get_by_text("Type your answer instead").click()
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_the_resampler_keeps_speech_and_lets_nothing_fold_back(open_page: OpenPage, scripted: ScriptedRoom) -> None:
    page = open_page(f"{scripted.url}/room")
    script = """async ([rate, hertz]) => {
        const { Resampler } = await import('/static/resample.js');
        const resampler = new Resampler(rate, 16000);
        const out = [];
        for (let at = 0; at < rate; at += 128) {
            const block = Float32Array.from({ length: 128 }, (_, i) => Math.sin(2 * Math.PI * hertz * (at + i) / rate));
            out.push(...resampler.push(block));
        }
        return out;
    }"""
    for rate in (48_000, 44_100, 96_000, 8_000):
        kept = np.array(page.evaluate(script, [rate, 1000]))
        assert abs(len(kept) - 16_000) < 100
        steady = kept[400:-400]
        spectrum = np.abs(np.fft.rfft(steady * np.hanning(len(steady))))
        peak = np.argmax(spectrum) * 16_000 / len(steady)
        assert abs(peak - 1000) < 2, rate
        assert abs(np.sqrt(2 * (steady**2).mean()) - 1) < 0.01, rate
    for rate, hertz in ((48_000, 9_000), (44_100, 15_000), (48_000, 8_200)):
        folded = np.array(page.evaluate(script, [rate, hertz]))[400:-400]
        assert 20 * np.log10(np.sqrt(2 * (folded**2).mean()) + 1e-9) < -60, (rate, hertz)
