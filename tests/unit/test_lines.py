"""Whose resume is read next."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from api.turns import Line, turns

BIG, SMALL = Line("big", "job", "5000"), Line("small", "job", "20")


def test_five_thousand_of_one_keep_twenty_of_another_waiting_for_a_few_places() -> None:
    under_way = {BIG: 48}
    first = turns({BIG: 4952, SMALL: 20}, under_way, 16)
    assert first == [SMALL] * 16, "who has nothing under way is next"
    assert turns({BIG: 4936, SMALL: 4}, {BIG: 20, SMALL: 16}, 10) == [SMALL] * 4 + [BIG] * 6


def test_in_an_organisation_its_batches_take_turns_and_share_its_part() -> None:
    many = [Line("many", "job", str(number)) for number in range(4)]
    one = Line("one", "job", None)
    found = turns({**dict.fromkeys(many, 100), one: 100}, {}, 16)
    assert Counter(line.organisation for line in found) == {"many": 8, "one": 8}
    assert Counter(line for line in found if line in many) == dict.fromkeys(many, 2)
    assert found[:2] == [many[0], one], "among equals who waits longest"


def test_alone_one_has_everything() -> None:
    assert turns({BIG: 3}, {BIG: 100}, 8) == [BIG] * 3
    assert turns({}, {BIG: 1}, 8) == turns({BIG: 1}, {}, 0) == []


LINES = st.builds(Line, st.sampled_from("ABC"), st.just("j"), st.sampled_from(["1", "2", "3", None]))
NUMBERS = st.dictionaries(LINES, st.integers(0, 30), max_size=12)


@settings(max_examples=60, deadline=None)
@given(NUMBERS, NUMBERS, st.integers(0, 60))
def test_nobody_has_two_more_than_another_who_still_waits(
    waiting: dict[Line, int], under_way: dict[Line, int], room: int
) -> None:
    found = Counter(turns(waiting, under_way, room))
    assert found.total() == min(room, sum(waiting.values())), "no place is left empty"
    assert all(number <= waiting[line] for line, number in found.items())
    having: Counter[str] = Counter()
    for line, number in (*under_way.items(), *found.items()):
        having[line.organisation] += number
    given_to = {line.organisation for line in found}
    for line, number in waiting.items():
        if found[line] < number:  # it still waits
            assert all(having[other] <= having[line.organisation] + 1 for other in given_to)
