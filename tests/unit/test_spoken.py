"""The words of a transcript and when they were said."""

from __future__ import annotations

from collections.abc import Sequence

from interview.report import render_html
from interview.spoken import spoken_words
from models.values import Turn, Word
from tests.unit.test_report import report


def answer(text: str, heard: Sequence[str], **more: object) -> Turn:
    words = tuple(Word(text=word, start=10 + n, end=10.8 + n) for n, word in enumerate(heard))
    return Turn(role="candidate", text=text, words=words, start=10, **more)  # type: ignore[arg-type]


def times(turn: Turn) -> list[tuple[str, float | None]]:
    return [(word.text, word.start) for word in spoken_words(turn)]


def test_words_are_paired_one_by_one() -> None:
    assert times(answer("We, er, fixed it.", ["we", "her", "fixed", "it"])) == [
        ("We,", 10),
        ("er,", 11),
        ("fixed", 12),
        ("it.", 13),
    ]


def test_where_counts_differ_only_words_that_are_spelt_alike_have_times() -> None:
    text = "At 5 a.m. we rolled it back, twenty-two people."
    assert times(answer(text, ["at", "five", "am", "we", "rolled", "it", "back", "twenty", "two", "people"])) == [
        ("At", 10),
        ("5", None),
        ("a.m.", 12),
        ("we", 13),
        ("rolled", 14),
        ("it", 15),
        ("back,", 16),
        ("twenty-two", None),
        ("people.", 19),
    ]


def test_typed_answers_and_the_interviewer_have_no_word_times() -> None:
    assert spoken_words(answer("Typed.", [])) == ()
    assert spoken_words(answer("Hello.", ["hello"]).model_copy(update={"role": "interviewer"})) == ()


def test_the_page_holds_every_word_once_and_escaped() -> None:
    turn = answer("I <b>led</b> it & won", ["i", "led", "it", "and", "won"])
    page = render_html(report(turns=(turn, *report().turns[1:]), audio_url="/audio"))
    assert '<span data-at="11.0" data-to="11.8">&lt;b&gt;led&lt;/b&gt;</span>' in page
    assert page.count("data-at=") == 5
    assert '<script type="module" src="/static/report.js"></script>' in page
    silent = render_html(report(turns=(turn, *report().turns[1:]), audio_url=None))
    assert "<span data-at=" not in silent
    assert "report.js" not in silent
    assert "I &lt;b&gt;led&lt;/b&gt; it &amp; won" in silent
