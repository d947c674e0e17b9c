"""How many of a job's words a resume uses, against frozen statistics: BM25 over words and over pairs of near words.

Pure; called by `matching.nearness`. Nothing is taken from the pool of resumes at hand, so a resume's number never
depends on its batch mates: document frequencies, mean lengths and the bags of background resumes (to say how much BM25
an unrelated resume gets for this very job) are read from `background.npz` beside this file. Its words are kept as
32-bit hashes; see `background.md` for source, date and what was left out.

A bag is counted over the set of a resume's distinct spans, so repeating a line changes nothing.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.errors import EngineError

BUNDLED = Path(__file__).with_name("background.npz")
K1, B = 4.0, 1.0
"""BM25's parameters. Resumes differ in length by wordiness more than by substance: full length normalisation and late
saturation were best on all three folds of the planted pairs."""
REACH = 3
"""Two words are a pair up to this many words apart, in either order: "design of services" meets "services designed"."""
SPREAD = 0.01
"""The least standard deviation of the background, as a share of the most a text could get: no job is so odd that one
shared word stands for ten."""

Hashes = NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Bag:
    """Counted features of one text: `hashes` ascending and distinct, `counts` beside them, `length` their sum (of all
    features, known to the tables or not)."""

    hashes: Hashes
    counts: NDArray[np.float64]
    length: int


@dataclass(frozen=True, slots=True)
class Bags:
    """A text's words and its pairs of near words."""

    words: Bag
    pairs: Bag


def bags(texts: Iterable[Sequence[str]]) -> Bags:
    """Words and pairs of distinct texts, each given as its stems in order (`matching.score.stemmed`); pairs do not
    cross from one text into another."""
    words: list[int] = []
    of: list[int] = []
    for number, stems in enumerate(texts):
        words += [_hash(stem) for stem in stems]
        of += [number] * len(stems)
    return _bags(np.array(words, np.uint32), np.array(of, np.int64))


def _hash(stem: str) -> int:
    return zlib.crc32(stem.encode("utf-8", "surrogatepass"))


def _bags(words: Hashes, of: NDArray[np.int64]) -> Bags:
    near = []
    for apart in range(1, REACH + 1):
        left, right = words[:-apart], words[apart:]
        together = of[:-apart] == of[apart:]
        low, high = np.minimum(left, right)[together], np.maximum(left, right)[together]
        near.append(low * np.uint32(0x9E3779B1) + high * np.uint32(0x85EBCA77))  # wraps, as a hash may
    return Bags(_bag(words), _bag(np.concatenate(near)))


def _bag(hashes: Hashes) -> Bag:
    distinct, counts = np.unique(hashes, return_counts=True)
    return Bag(distinct, counts.astype(np.float64), len(hashes))


@dataclass(frozen=True, slots=True)
class Table:
    """One kind of feature in the background: `known` ascending hashes, `frequency` of documents beside them, `mean`
    length of a document, and bags of background documents over the known features."""

    known: Hashes
    frequency: NDArray[np.int64]
    documents: int
    mean: float
    bags: tuple[Bag, ...]

    def idf(self, hashes: Hashes) -> NDArray[np.float64]:
        """Rarity of each; what the table does not know counts as one below its rarest."""
        at = np.minimum(np.searchsorted(self.known, hashes), len(self.known) - 1)
        rarest = max(1, int(self.frequency.min()) - 1)
        seen = np.where(self.known[at] == hashes, self.frequency[at], rarest)
        idf: NDArray[np.float64] = np.log1p((self.documents - seen + 0.5) / (seen + 0.5))
        return idf


@dataclass(frozen=True, slots=True)
class Background:
    words: Table
    pairs: Table

    @classmethod
    def load(cls, path: Path | None = None) -> Background:
        """The bundled tables, or a file of the same shape. Read once in a process for each path."""
        return _load(path or BUNDLED)


class LexicalQuery:
    """What one job's text asks for in one kind of feature. `standing` is BM25 in standard deviations of the background
    resumes' BM25 for the same text."""

    def __init__(self, bag: Bag, table: Table) -> None:
        self._hashes, self._mean_length = bag.hashes, table.mean
        self._weights = (1 + np.log(bag.counts)) * table.idf(bag.hashes)
        usual = np.array([self.bm25(one) for one in table.bags])
        self._usual = float(usual.mean()) if len(usual) else 0.0
        least = SPREAD * (K1 + 1) * float(self._weights.sum())
        self._spread = max(float(usual.std()) if len(usual) else 0.0, least) or 1.0

    def bm25(self, bag: Bag) -> float:
        if not len(bag.hashes) or not len(self._hashes):
            return 0.0
        at = np.minimum(np.searchsorted(bag.hashes, self._hashes), len(bag.hashes) - 1)
        shared = bag.hashes[at] == self._hashes
        often = bag.counts[at[shared]]
        length = 1 - B + B * bag.length / self._mean_length
        return float(np.dot(self._weights[shared], often * (K1 + 1) / (often + K1 * length)))

    def standing(self, bag: Bag) -> float:
        return (self.bm25(bag) - self._usual) / self._spread


def share(asked: Mapping[str, float], given: frozenset[str]) -> float:
    """The share of the asked words that are given, by weight, 0..1."""
    if asked.keys().isdisjoint(given):
        return 0.0
    total = math.fsum(asked.values())
    return math.fsum(weight for word, weight in asked.items() if word in given) / total if total else 0.0


def rarities(stems: Iterable[str], table: Table) -> dict[str, float]:
    """Stem -> inverse document frequency."""
    distinct = sorted(set(stems))
    idf = table.idf(np.array([_hash(stem) for stem in distinct], np.uint32)) if distinct else ()
    return {stem: float(value) for stem, value in zip(distinct, idf, strict=True)}


@cache
def _load(path: Path) -> Background:
    try:
        with np.load(path) as file:
            return Background(_table(file, "words"), _table(file, "pairs"))
    except (OSError, KeyError, ValueError) as broken:
        raise EngineError(f"{path}: the word statistics cannot be read ({broken}); restore the file") from broken


def _table(file: Mapping[str, NDArray[np.generic]], kind: str) -> Table:
    known = np.asarray(file[f"{kind}_known"], np.uint32)
    ends = np.cumsum(np.asarray(file[f"{kind}_sizes"], np.int64))
    ids = np.split(np.asarray(file[f"{kind}_ids"], np.int64), ends[:-1])
    counts = np.split(np.asarray(file[f"{kind}_counts"], np.float64), ends[:-1])
    lengths = np.asarray(file[f"{kind}_lengths"], np.int64)
    return Table(
        known=known,
        frequency=np.asarray(file[f"{kind}_frequency"], np.int64),
        documents=int(np.asarray(file["documents"])),
        mean=float(np.asarray(file[f"{kind}_mean"])),
        bags=tuple(Bag(known[own], many, int(length)) for own, many, length in zip(ids, counts, lengths, strict=True)),
    )
