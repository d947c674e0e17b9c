"""The cleaned view leaves words out, and does nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interview.cleaned import cleaned, is_hesitation, left_out

SAID = st.lists(
    st.sampled_from(
        ("um", "uh", "the", "i", "we", "was", "server,", "it.", "It", "and", "again", "ER", "5", "mm", "serv-")
    ),
    max_size=40,
)


@pytest.mark.parametrize(
    ("said", "easier"),
    [
        ("Um, so I, I went to the the shop.", "so I went to the shop."),
        ("I was, I was going to the serv- the server, uh, room", "I was going to the server, room"),
        ("In the, in the morning we we left", "in the morning we left"),
        ("So we had, er, two servers", "So we had, two servers"),
        ("Um", "Um"),
        ("", ""),
    ],
)
def test_fillers_repeats_and_false_starts_go(said: str, easier: str) -> None:
    assert cleaned(said) == easier


@pytest.mark.parametrize(
    "said",
    [
        "We shipped it. It worked. What it is is a queue.",
        "We shipped it, it worked, and I gave it to her, her manager agreed.",
        "Again and again and again it was very, very good.",
        "Two two nine, I mean, two three nine.",
        "I said no, no, no.",
        "The plans that that team had had were mid- and long-term.",
        "Uh-huh, mm-hm, yes.",
        "5 mm of rain in the ER",
        "You know the system, and like I said, it actually works.",
    ],
)
def test_what_is_said_on_purpose_stays(said: str) -> None:
    assert cleaned(said) == said


def test_um_is_a_word_in_german_and_other_languages_are_left_alone() -> None:
    assert cleaned("Ähm, wir, wir kamen um 8 Uhr, äh, zurück", "de") == "wir kamen um 8 Uhr, zurück"
    assert cleaned("um, the the", "fi") == "um, the the"
    assert not is_hesitation("um", "de-DE")


@given(SAID)
def test_the_view_is_the_verbatim_text_without_some_of_its_words(words: list[str]) -> None:
    out = left_out(words)
    rest = [word for place, word in enumerate(words) if place not in out]
    assert cleaned(" ".join(words)) == (" ".join(rest) or " ".join(words))
    assert out <= set(range(len(words)))
    assert left_out(rest) == frozenset(), "cleaned once is clean"
