"""The tagger with its real weights: names that no list has, the same answer every time, postings read with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from api.wiring import Engines
from matching.skills import Vocabulary
from matching.tagger import KnowledgeTagger
from models.settings import Settings
from screening.posting import read_posting


@pytest.fixture(scope="module")
def tagger() -> Iterator[KnowledgeTagger]:
    with closing(Engines(Settings())) as engines:
        yield engines.tagger


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Experience with Blackfyre, Zorblax and wafer dicing.", ["Blackfyre", "Zorblax", "wafer dicing"]),
        ("Knowledge of Fluxion or Quandary is a plus", ["Fluxion", "Quandary"]),
        ("Strong communication skills and a passion for cars", []),
        ("", []),
    ],
)
def test_it_finds_names_that_no_list_has(tagger: KnowledgeTagger, text: str, expected: list[str]) -> None:
    assert not {one.text for one in Vocabulary.load().find(text)} & set(expected)
    found = tagger.spans(text)
    assert [one.text for one in found] == expected
    assert all(text[one.start : one.end] == one.text for one in found)


def test_the_same_text_is_read_the_same_way_whatever_came_before(tagger: KnowledgeTagger) -> None:
    text = "You know cloud adoption, telemetry pipelines and rotor balancing."
    before = tagger.spans(text)
    tagger.spans("Something else entirely, twice as long, about gardens and their keepers " * 40)
    assert tagger.spans(text) == before


def test_a_long_text_is_read_to_its_end(tagger: KnowledgeTagger) -> None:
    found = tagger.tagged([*(["we", "like", "tea", "and", "cake", "."] * 60), "Experience", "with", "Blackfyre", "."])
    assert (362, 363) in found


def test_a_posting_s_unknown_names_become_asks_of_their_own(tagger: KnowledgeTagger) -> None:
    text = "# Technician\n\n## Requirements\n\n- Experience with wafer dicing, rotor balancing and flux brazing\n"
    plain = [one.text for one in read_posting(text).requirements]
    tagged = [one.text for one in read_posting(text, tagger=tagger).requirements]
    assert {"wafer dicing", "rotor balancing"} <= set(tagged)
    assert len(tagged) > len(plain)
