"""Words shared, against frozen statistics: rare ones count, long texts do not win by length, repeats earn nothing."""

from __future__ import annotations

import numpy as np

from matching.lexical import BUNDLED, Background, LexicalQuery, bags, rarities, share
from matching.nearness import SHARES, Nearness, spans_kept
from matching.score import similarities, stemmed
from tests.fakes_matching import FakeEmbedder

POSTING = "Django developer\n\nBuild REST services in Django\nTune PostgreSQL queries"
LIKE = ("Built REST services in Django for a bank", "Tuned slow PostgreSQL queries", "Django developer, 2019 - 2023")
UNLIKE = ("Grilled fish for eighty guests", "Trained two apprentices in the kitchen", "Ordered vegetables")


def counted(*texts: str):  # type: ignore[no-untyped-def]
    return bags([stemmed(text) for text in texts])


def values(*texts: str) -> dict[str, float]:
    embedder = FakeEmbedder()
    nearness = Nearness("Django developer", POSTING)
    nearness.ready(embedder.embed(nearness.texts))
    kept = [texts[index] for index in spans_kept(texts)]
    stems = [frozenset(stemmed(text)) for text in kept]
    vectors = embedder.embed(kept)
    near = similarities(embedder.embed(nearness.texts), vectors)
    return nearness.values(near, vectors, stems, counted(*kept))


def test_the_statistics_are_small_and_hold_no_text() -> None:
    assert BUNDLED.stat().st_size < 5_000_000
    with np.load(BUNDLED) as file:
        assert {array.dtype.kind for array in file.values()} <= {"u", "i", "f"}
    table = Background.load().words
    assert int(table.frequency.min()) >= 5
    assert np.all(np.diff(table.known.astype(np.int64)) > 0)


def test_rare_words_weigh_more_than_common_ones_and_unknown_ones_most() -> None:
    found = rarities(stemmed("software django frobnicator"), Background.load().words)
    common, rare, unknown = (found[stemmed(word)[0]] for word in ("software", "django", "frobnicator"))
    assert common < rare <= unknown


def test_pairs_are_near_words_in_either_order_and_within_one_text() -> None:
    one, other = counted("services designed").pairs, counted("design of services").pairs
    assert one.hashes.tolist() == other.hashes.tolist()
    assert len(counted("services", "designed").pairs.hashes) == 0


def test_a_standing_says_how_far_above_unrelated_resumes_a_text_lies() -> None:
    query = LexicalQuery(counted(*POSTING.splitlines()).words, Background.load().words)
    assert query.standing(counted(*LIKE).words) > 3 > 1 > query.standing(counted(*UNLIKE).words)
    padded = counted(*LIKE, *UNLIKE, *(f"{text} again" for text in UNLIKE)).words
    assert query.bm25(padded) < query.bm25(counted(*LIKE).words)
    assert query.bm25(counted().words) == 0.0


def test_the_share_of_words_is_by_weight() -> None:
    assert share({"a": 3.0, "b": 1.0}, frozenset({"a", "c"})) == 0.75
    assert share({}, frozenset({"a"})) == 0.0


def test_every_number_is_higher_for_the_same_kind_of_work() -> None:
    near, far = values(*LIKE), values(*UNLIKE)
    assert set(near) == set(SHARES)
    assert all(0 <= far[name] < near[name] <= 1 for name in SHARES)


def test_order_and_repeats_move_nothing() -> None:
    assert values(*LIKE[::-1]) == values(*LIKE) == values(*LIKE, *LIKE) == values(*LIKE, LIKE[1].upper() + "!")


def test_a_job_without_a_text_or_a_resume_without_spans() -> None:
    silent = Nearness("", "")
    assert silent.texts == []
    assert silent.values(np.zeros((0, 0)), np.zeros((0, 4), np.float32), [], counted()) == {}
    assert set(values().values()) == {0.0}
