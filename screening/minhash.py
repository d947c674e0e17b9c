"""Which texts share most of their five-word runs? MinHash with locality-sensitive hashing, verified exactly.

Called by `screening.duplicates`. No seed is drawn and no order matters: the same texts give the same pairs. Broder, "On
the resemblance and containment of documents", 1997; banding as in Leskovec, Rajaraman and Ullman, chapter 3.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

RUN = 5
"""Words a run."""
FEWEST = 20
"""A text of fewer words is alike to much and is left out."""

_BANDS, _ROWS = 42, 3
"""126 permutations: a pair that shares half its runs meets in some band with p = .996, one that shares a tenth, .04."""
_CROWD = 64
"""A bucket with more texts than this is a template's: it is split by the next bands before pairs are made."""
_WINDOW = 8
"""Neighbours that are compared where even six bands together do not split a bucket."""
_LIKELY = 0.3
"""Estimated likeness from which a pair is looked at; 4.5 standard deviations of the estimate below one half."""

_MULTIPLIERS = np.random.default_rng(20_240_817).integers(1, 2**63, _BANDS * _ROWS, np.uint64) * 2 + 1
_RUN_WEIGHTS = np.random.default_rng(5).integers(1, 2**63, RUN, np.uint64) * 2 + 1
_WORD = re.compile(r"[^\W_]+")
_REACHES = re.compile(r"\S+@\S+|(?:https?://|www\.)\S+|\+?\(?\d[\d\s().-]{6,}\d")
_DATES = re.compile(
    r"(?:19|20)\d\d|\d{1,2}|jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|present|current|now|today|till|until"
)

Hashes = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Worded:
    """A text's words without addresses, numbers and dates (which are what an updated resume changes), and the hashes of
    its runs, sorted, each once."""

    words: tuple[str, ...]
    runs: Hashes

    @classmethod
    def of(cls, text: str) -> Worded:
        return cls.counted(tuple(word for word in plain_words(text) if not _DATES.fullmatch(word)))

    @classmethod
    def counted(cls, words: tuple[str, ...]) -> Worded:
        if len(words) < FEWEST:
            return cls(words, np.zeros(0, np.uint64))
        hashed = np.array([_hash(word) for word in words], np.uint64)
        windows = np.lib.stride_tricks.sliding_window_view(hashed, RUN)
        return cls(words, np.unique(_mixed((windows * _RUN_WEIGHTS).sum(axis=1, dtype=np.uint64))))


def plain_words(text: str) -> list[str]:
    """Lower-case words without accents' variants, e-mail addresses, links and telephone numbers."""
    return _WORD.findall(_REACHES.sub(" ", unicodedata.normalize("NFKC", text)).casefold())


def likely_pairs(texts: Sequence[Worded]) -> list[tuple[int, int]]:
    """Pairs (row, later row) of texts that probably share a third of their runs or more; sorted."""
    rows = [row for row, text in enumerate(texts) if len(text.runs)]
    if len(rows) < 2:
        return []
    signatures = _signatures([texts[row].runs for row in rows])
    found: set[tuple[int, int]] = set()
    for band in range(_BANDS):
        first, second = _meeting(signatures, band)
        for start in range(0, len(first), 100_000):
            one, other = first[start : start + 100_000], second[start : start + 100_000]
            alike = (signatures[one] == signatures[other]).mean(axis=1) >= _LIKELY
            found.update(zip(one[alike].tolist(), other[alike].tolist(), strict=True))
    return sorted((rows[one], rows[other]) for one, other in found)


def likeness(one: Worded, other: Worded) -> tuple[float, float]:
    """Of their runs: the share in common (Jaccard), and the share of the shorter text that is in the longer."""
    if not len(one.runs) or not len(other.runs):
        return 0.0, 0.0
    shared = len(np.intersect1d(one.runs, other.runs, assume_unique=True))
    return shared / (len(one.runs) + len(other.runs) - shared), shared / min(len(one.runs), len(other.runs))


def respelt(one: Worded, other: Worded) -> Worded:
    """`one` with each word that `other` lacks, and has in another spelling, spelt as there: a misspelt word breaks the
    five runs around it."""
    mine, theirs = set(one.words), set(other.words)
    spare = sorted(theirs - mine)
    mended = {word: next((known for known in spare if misspelt(word, known)), word) for word in sorted(mine - theirs)}
    return Worded.counted(tuple(mended.get(word, word) for word in one.words))


def misspelt(one: str, other: str) -> bool:
    """Of four letters or more, and one letter added, left out, replaced, or two neighbours exchanged."""
    if min(len(one), len(other)) < 4 or abs(len(one) - len(other)) > 1:
        return False
    at = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    rest, others = one[at:], other[at:]
    if len(rest) == len(others):
        return rest[1:] == others[1:] or (rest[:2] == others[:2][::-1] and rest[2:] == others[2:])
    return rest[1:] == others if len(rest) > len(others) else rest == others[1:]


@lru_cache(maxsize=500_000)
def _hash(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def _mixed(values: Hashes) -> Hashes:
    """A finaliser (of MurmurHash3): every bit of the result depends on every bit given."""
    values = (values ^ (values >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    values = (values ^ (values >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return values ^ (values >> np.uint64(33))


def _signatures(runs: Sequence[Hashes]) -> NDArray[np.uint32]:
    """(texts, permutations): the least value of each multiply-shift hash over a text's runs."""
    signatures = np.empty((len(runs), len(_MULTIPLIERS)), np.uint32)
    for at in range(0, len(runs), 512):
        some = runs[at : at + 512]
        starts = np.cumsum([0, *(len(own) for own in some[:-1])])
        flat = np.concatenate(some)
        for column, multiplier in enumerate(_MULTIPLIERS):
            hashed = ((flat * multiplier) >> np.uint64(32)).astype(np.uint32)
            signatures[at : at + len(some), column] = np.minimum.reduceat(hashed, starts)
    return signatures


def _meeting(signatures: NDArray[np.uint32], band: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows that share a bucket of this band, as (earlier, later)."""
    keys = _bucket(signatures, band, 1)
    for bands in (2, 4, 6):
        _, place, size = np.unique(keys, return_inverse=True, return_counts=True)
        crowded = size[place] > _CROWD
        if not crowded.any():
            break
        keys = np.where(crowded, _bucket(signatures, band, bands), keys)
    order = np.argsort(keys, kind="stable")
    _, place, size = np.unique(keys[order], return_inverse=True, return_counts=True)
    reach = np.where(size > _CROWD, _WINDOW, size)[place]
    first, second = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for step in range(1, _CROWD):
        near = (place[step:] == place[:-step]) & (reach[step:] >= step)
        if not near.any():
            break
        first.append(order[:-step][near])
        second.append(order[step:][near])
    return np.concatenate(first), np.concatenate(second)


def _bucket(signatures: NDArray[np.uint32], band: int, bands: int) -> Hashes:
    columns = np.arange(band * _ROWS, (band + bands) * _ROWS) % signatures.shape[1]
    key = np.zeros(len(signatures), np.uint64)
    for column in columns:
        key = _mixed(key * np.uint64(0x9E3779B97F4A7C15) + signatures[:, column].astype(np.uint64) + np.uint64(1))
    return key
