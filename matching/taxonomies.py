"""O*NET and ESCO files that a user has -> a vocabulary file of ours. Called by `foyer vocabulary import`.

Read as their publishers offer them: O*NET's tab-separated Technology Skills and Alternate Titles, ESCO's tables of
occupations and skills (and the same as others pass them on). Both may be used freely if they are cited; the text
to cite stands at the head of every file written.

A list made for people holds words that in running text mean something else. What is one everyday word is left out where
it is written small, and matched only as written where it is a name ("Slack").
"""

from __future__ import annotations

import csv
import io
import re
import textwrap
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from matching.lexicon import TITLE, Lexicon
from matching.weights import BUNDLED, find_weights
from models.errors import BadRequest

CITE = {
    "onet": "Includes information from the O*NET Database by the U.S. Department of Labor, Employment and Training "
    "Administration (USDOL/ETA), used under the CC BY 4.0 licence. O*NET is a trademark of USDOL/ETA. Changed: words "
    "that are everyday language were left out.",
    "esco": "This file uses the ESCO classification of the European Commission. Changed: words that are everyday "
    "language were left out.",
}
LONGEST = 6
"""Words in a name; a longer one is a description and stands in no resume."""


def onet(files: Iterable[Path]) -> Lexicon:
    """Technology skills become tools, alternate titles job titles under the occupation's first title."""
    found = Lexicon()
    for file in files:
        for row in _rows(file, "\t"):
            if tool := row.get("example"):
                _add(found, _kind_of(row.get("commodity title", "")), tool, ())
            elif other := row.get("alternate title"):
                _add_title(found, other, (row.get("short title", ""),))
            elif title := row.get("title"):
                _add_title(found, title, ())
            else:
                raise _unknown(file, "O*NET's Technology Skills, Alternate Titles or Occupation Data")
    return found


def esco(files: Iterable[Path]) -> Lexicon:
    """Occupations become job titles, skills and knowledge become skills, each with its alternative labels."""
    found = Lexicon()
    for file in files:
        for row in _rows(file, ","):
            label = row.get("preferredlabel", "")
            if not label:
                raise _unknown(file, "ESCO's occupations or skills (column preferredLabel)")
            others = re.split(r"\n|\|", row.get("altlabels", ""))
            if "occupation" in " ".join((row.get("occupationtype", ""), row.get("concepttype", ""))).lower():
                _add_title(found, label, others)
            else:
                _add(found, "esco", label, others)
    return found


def as_toml(words: Lexicon, cite: str) -> str:
    """The text of a vocabulary file, see `matching.lexicon`."""
    kinds: dict[str, list[str]] = {}
    for normal, (kind, names) in words.entries.items():
        marked = [f"{name}!" if name in words.exact else name for name in (normal, *names)]
        kinds.setdefault(kind, []).append(" | ".join(marked))
    if words.titles:
        kinds[TITLE] = [" | ".join((normal, *names)) for normal, names in words.titles.items()]
    body = "".join(f"{kind} = '''\n{chr(10).join(sorted(lines))}\n'''\n" for kind, lines in sorted(kinds.items()))
    return "".join(f"# {line}\n" for line in textwrap.wrap(cite, 118)) + f"\n[kinds]\n{body}"


def _add(found: Lexicon, kind: str, name: str, others: Iterable[str]) -> None:
    kept = [form for form in map(_tidy, (name, *others)) if form and not _everyday(form)]
    if kept:
        found.exact.update(form for form in kept if _common(form))
        found.add(kind, kept[0], [form for form in kept[1:] if form.casefold() != kept[0].casefold()])


def _add_title(found: Lexicon, name: str, others: Iterable[str]) -> None:
    short = re.search(r"\(([^()]+)\)$", name)
    kept = [form for form in map(_tidy, (name, *others, short[1] if short else "")) if form and form.lower() != "n/a"]
    if kept:
        found.add(TITLE, kept[0], [form for form in kept[1:] if form.casefold() != kept[0].casefold()])


def _tidy(name: str) -> str:
    """Without what stands in brackets; empty for what is no name. " | " and "!" mean something in our files."""
    name = " ".join(re.sub(r"\([^()]*\)", " ", name).replace("|", " ").split()).strip(" .,;!'")
    usable = len(name) > 1 and len(name.split()) <= LONGEST and "'''" not in name and " > " not in name
    return name if usable and re.search(r"[^\W\d_]", name) else ""


def _everyday(name: str) -> bool:
    """One everyday word, written small: no name."""
    return name.islower() and _common(name)


def _common(name: str) -> bool:
    return " " not in name and name.lower() in _everyday_words()


@cache
def _everyday_words() -> frozenset[str]:
    """The whole words that the bundled encoder reads as one piece: the 20,000 or so that are met most often."""
    weights = find_weights(BUNDLED)
    assert weights is not None
    listed = (weights.folder / "vocab.txt").read_text("utf-8").splitlines()
    return frozenset(word for word in listed if word.isalpha())


def _kind_of(commodity: str) -> str:
    """Our group for O*NET's: what is built with, what holds data, and the rest."""
    lowered = commodity.lower()
    if "data base" in lowered or "database" in lowered or "analytical" in lowered:
        return "data"
    if "development" in lowered or "object or component" in lowered or "web platform" in lowered:
        return "framework"
    return "software"


def _rows(file: Path, separator: str) -> Iterator[dict[str, str]]:
    """Rows as lower-case column -> text. Raises BadRequest for what is no table."""
    try:
        text = file.read_text("utf-8-sig")
    except UnicodeDecodeError as odd:
        raise BadRequest(f"{file}: not a UTF-8 text; give the file as its publisher offers it") from odd
    csv.field_size_limit(1 << 24)
    if not text.strip():
        raise BadRequest(f"{file}: this file is empty")
    try:
        for row in csv.DictReader(io.StringIO(text), delimiter=separator):
            yield {key.strip().lower(): value.strip() for key, value in row.items() if key and isinstance(value, str)}
    except csv.Error as odd:
        raise BadRequest(f"{file}: not a table ({odd}); give the file as its publisher offers it") from odd


def _unknown(file: Path, wanted: str) -> BadRequest:
    return BadRequest(f"{file}: not a file that is known here; expected {wanted}")
