"""Writes matching/background.npz from open resumes: how often words are used in resumes, as hashes. Run by hand.

`python -m tests.bench.background`. The planted pairs that ranking is measured on are left out.
"""

from __future__ import annotations

import csv
import re
import sys
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matching.lexical import BUNDLED, Bag, bags
from matching.redact import Redactor
from matching.score import stemmed
from tests.bench.figures import DATA, skipped

FEWEST = 5
"""Documents that a word or pair must stand in: rarer ones are names and typing errors."""
KEPT_EVERY = 2
"""One background bag is kept for so many documents; the frequencies are of all."""


def resumes() -> list[str]:
    """810 resumes without labels: the distractors, and the labelled ones with their labels and names taken off."""
    with (DATA / "ranking" / "distractors.csv").open(encoding="utf-8") as file:
        found = [row["Resume"] for row in csv.DictReader(file)]
    with zipfile.ZipFile(DATA / "parsing" / "resumes_310_labelled.zip") as archive:
        for name in sorted(archive.namelist()):
            if name.endswith(".xml"):
                text = archive.read(name).decode("utf-8", "replace")
                text = re.sub(r'<label type="Name">.*?</label>', " ", text, flags=re.DOTALL)
                found.append(re.sub(r"<[^>]+>", " ", text))
    return found


def tables(kind: str, found: list[Bag]) -> dict[str, NDArray[np.generic]]:
    frequency = Counter(int(one) for bag in found for one in bag.hashes)
    known = np.array(sorted(one for one, times in frequency.items() if times >= FEWEST), np.uint32)
    kept = [(bag, np.isin(bag.hashes, known)) for bag in found[::KEPT_EVERY]]
    return {
        f"{kind}_known": known,
        f"{kind}_frequency": np.array([frequency[int(one)] for one in known], np.uint16),
        f"{kind}_mean": np.array(np.mean([bag.length for bag in found])),
        f"{kind}_sizes": np.array([own.sum() for _, own in kept], np.uint16),
        f"{kind}_ids": np.concatenate([np.searchsorted(known, bag.hashes[own]) for bag, own in kept]).astype(np.uint16),
        f"{kind}_counts": np.concatenate([np.minimum(bag.counts[own], 255) for bag, own in kept]).astype(np.uint8),
        f"{kind}_lengths": np.array([bag.length for bag, _ in kept], np.uint16),
    }


def main(path: Path = BUNDLED) -> bool:
    if not DATA.is_dir():
        skipped("background", f"no data at {DATA}")
        return True
    redactor = Redactor()
    found = []
    for text in resumes():
        lines = dict.fromkeys(redactor.redact(line).text for line in text.splitlines())
        found.append(bags([stemmed(line) for line in lines]))
    arrays = tables("words", [one.words for one in found]) | tables("pairs", [one.pairs for one in found])
    np.savez_compressed(path, documents=np.array(len(found)), **arrays)
    sizes = {kind: len(arrays[f"{kind}_known"]) for kind in ("words", "pairs")}
    print(f"{path}: {len(found)} documents, {sizes}, {path.stat().st_size} bytes")
    return True


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
