"""What is said on the telephone before an interview: pure, whatever is pressed or said in whatever order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from interview import dial_in as di

OPENED = di.Opened("en", employer="Northwind", job="nurse", minutes=30, notices=("The law says so.",))


def after(*events: di.Event) -> tuple[di.DialIn, list[di.Effect]]:
    state, done = di.DialIn(), list[di.Effect]()
    for event in events:
        state, effects = di.step(state, event)
        done += effects
    return state, done


def keys(text: str) -> list[di.Event]:
    return [di.Pressed(key) for key in text]


def said(done: list[di.Effect]) -> str:
    return " ".join(each.text for each in done if isinstance(each, di.Speak))


def test_code_notice_and_a_spoken_yes() -> None:
    state, done = after(di.Came(), *keys("1234567890"), OPENED)
    assert di.Try("1234567890") in done
    assert state.hears
    for words in ("Northwind", "nurse", "30 minutes", "automated interviewer", "recorded", "The law says so.", "human"):
        assert words in said(done), words
    assert di.Agreed() not in done
    assert di.Agreed() in after(di.Came(), *keys("1234567890"), OPENED, di.Said("Yes."))[1]
    assert di.Agreed() in after(di.Came(), *keys("1234567890"), OPENED, di.Pressed("1"))[1]


def test_no_is_no_and_so_is_nothing_and_something_else() -> None:
    opened = (di.Came(), *keys("1234567890"), OPENED)
    for refused in (
        (di.Said("no"),),
        (di.Pressed("2"),),
        (di.Pressed("*"),),
        (di.Quiet(),) * 3,
        (di.Said("maybe"),) * 3,
    ):
        state, done = after(*opened, *refused)
        assert state.stage == "over", refused
        assert di.Agreed() not in done, refused
        assert done[-1] == di.HangUp(), refused
        assert "does not count against you" in said(done), refused


def test_a_wrong_code_is_told_alike_and_the_last_one_ends_the_call() -> None:
    _, done = after(di.Came(), *keys("11#"), di.Wrong(again=True), *keys("2222222222"))
    assert [each.code for each in done if isinstance(each, di.Try)] == ["11", "2222222222"]
    assert after(di.Came(), *keys("1#"), di.Wrong(again=False))[1][-1] == di.HangUp()


def test_keys_and_words_before_their_time_do_nothing() -> None:
    state, done = after(di.Came(), di.Said("yes"), di.Pressed("#"), OPENED, *keys("12"))
    assert (state.stage, state.digits, len(done)) == ("code", "12", 1)


def test_in_german_it_is_said_in_german() -> None:
    opened = di.Opened("de", employer="Nordwind", job="Pflegekraft", minutes=30)
    text = said(after(di.Came(), *keys("1234567890"), opened)[1])
    assert "Hier ist Nordwind" in text
    assert "drücken Sie die Eins" in text


EVENTS = st.one_of(
    st.sampled_from("0123456789*#").map(di.Pressed),
    st.sampled_from(["yes", "no", "", "what"]).map(di.Said),
    st.sampled_from([di.Quiet(), di.Came(), OPENED, di.Wrong(again=True), di.Wrong(again=False)]),
)


@given(st.lists(EVENTS, max_size=60))
def test_nobody_agrees_but_after_a_code_and_the_notice(events: list[di.Event]) -> None:
    state, opened = di.DialIn(), False
    for event in events:
        before = state
        state, effects = di.step(state, event)
        opened = opened or (before.stage == "trying" and event == OPENED)
        if di.Agreed() in effects:
            assert opened
            assert event in (di.Pressed("1"), di.Said("yes"))
        if before.stage == "over":
            assert (state, effects) == (before, ())
