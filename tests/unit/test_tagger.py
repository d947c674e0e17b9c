"""The tagger's own arithmetic: words, features, the best sequence, a vocabulary that knows a sentence's phrases."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from matching.skills import Vocabulary
from matching.tagger import Phrase, SentenceVocabulary, _gelu, features, phrases, spans_of, split


def test_words_keep_what_belongs_to_them() -> None:
    text = "C++, Node.js (v18); CI/CD/TDD pipelines. Ask: R&D?"
    assert [text[a:b] for a, b in split(text)] == (
        ["C++", ",", "Node.js", "(", "v18", ")", ";", "CI/CD/TDD", "pipelines", ".", "Ask", ":", "R&D", "?"]
    )
    assert split("  ") == []


def test_features_say_where_a_known_name_begins_and_goes_on() -> None:
    found = features(["Uses", "Spring", "Boot", "for", "machine", "learning"], Vocabulary.load())
    assert found.shape == (6, 17)
    assert found[:, :5].argmax(1).tolist() == [0, 1, 2, 0, 3, 4]


def test_no_phrase_goes_on_that_has_not_begun() -> None:
    outside, begin, inside = np.log([0.6, 0.1, 0.3]), np.log([0.2, 0.5, 0.3]), np.log([0.05, 0.05, 0.9])
    assert phrases(np.array([inside, inside], np.float32)) == [(0, 2)]
    assert phrases(np.array([outside, begin, inside, outside], np.float32)) == [(1, 3)]
    assert phrases(np.zeros((0, 3), np.float32)) == []
    rng = np.random.default_rng(0)
    for _ in range(50):
        scores = rng.normal(size=(7, 3)).astype(np.float32)
        ways = [[*way] for way in np.ndindex(*[3] * 7) if way[0] != 2 and (0, 2) not in pairwise(way)]
        best = max(ways, key=lambda way: sum(scores[at, tag] for at, tag in enumerate(way)))
        assert phrases(scores) == spans_of(best)


def test_the_error_function_is_close_to_the_exact_one() -> None:
    x = np.linspace(-6, 6, 400, dtype=np.float32)
    exact = [0.5 * v * (1 + math.erf(v / math.sqrt(2))) for v in x.tolist()]
    assert np.abs(_gelu(x) - exact).max() < 2e-6


def test_a_sentence_s_phrases_stand_beside_the_known_names() -> None:
    text = "Python, wafer gnomics and Blackfyre"
    found = [Phrase(word, text.index(word), text.index(word) + len(word)) for word in ("wafer gnomics", "Blackfyre")]
    known = SentenceVocabulary(Vocabulary.load(), [*found, Phrase("Python", 0, 6)])
    assert [(one.normal, one.kind) for one in known.find(text)] == [
        ("Python", "language_code"),
        ("wafer gnomics", "phrase"),
        ("blackfyre", "phrase"),
    ]
    assert known.find("Blackfyres") == []
    assert known.normal("k8s") == "Kubernetes"
