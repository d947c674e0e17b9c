"""Is this the same file, the same text or the same person as one we have? Called after parsing by `foyer screen` and by
the pipeline. Everything here is a suggestion with its reason: nothing is merged and nobody is dropped.

Deterministic, and the same whatever the order of the files. A text alone never outweighs two people's different names
and addresses unless nearly all of it is the same, since templates make strangers alike; an address alone that two
names share (a family's telephone, an agency's mailbox) is said and taken for no more than that.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from models.values import ParsedResume, Resume
from screening.minhash import RUN, Worded, likely_pairs, likeness, misspelt, respelt

Kind = Literal["same_file", "same_text", "same_person", "near_text", "shared_contact"]
"""From the strongest to the weakest. The last says only that an address is shared."""

SAME = 0.7
"""Share of five-word runs in common (Jaccard) from which two texts of unknown authors are suggested as the same.
Resumes written by one model for one advertisement share up to .59 (`tests/bench/duplicates.py`)."""
SAME_NAME = 0.6
"""The same where both carry the same name."""
OTHER_NAME = 0.9
"""The same where names differ and no address is shared: a copied text, not a common template."""

_WORTH_MENDING = 0.25
"""Share of runs in common from which two texts are compared again with their spelling evened."""
_GROWN_RUNS, _GROWN = 0.45, 0.985
"""Fewer do where one text holds nearly all of the other: a job was added, which breaks four runs where it is put in."""

_PLACEHOLDER_NAMES = re.compile(
    r"(?:john|jane) (?:doe|smith)|(?:your|full|first|last|candidate) name|name|resume", re.I
)
_MOST_NAMES = 50
"""An address with more names than this is an agency's."""

_NO_DOTS = frozenset({"gmail.com", "googlemail.com"})
_TAIL = 9
"""Last digits of a telephone number, which are alike with and without the country's prefix."""
_PLACEHOLDER_HOSTS = re.compile(r"(?:e?mail|domain|yourdomain|company|test)\.(?:com|org|net)")
_PLACEHOLDER_BOXES = re.compile(r"(?:your|my)?[._-]?(?:e?mail|name|address|username)|j(?:ohn|ane)[._-]?(?:doe|smith)")
"""What templates print where an address belongs. People forget to fill it in, so it names nobody."""


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Two names of what was given, in alphabetical order. `likeness`: share of five-word runs in common, 0..1."""

    one: str
    other: str
    kind: Kind
    why: str
    likeness: float


@dataclass(frozen=True, slots=True)
class Group:
    """Everything that is connected: `names` in alphabetical order; `kind` the weakest link, `why` each reason once."""

    names: tuple[str, ...]
    kind: Kind
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Filed:
    """What of a resume is compared: small, so that thousands may be kept while their files are read and let go."""

    name: str
    sha256: str
    text: Worded
    text_hash: str
    person: str
    keys: tuple[str, ...]


def same_person_key(resume: Resume) -> list[str]:
    """Keys such as "email:ann@example.org" and "phone:442079460958"; two resumes that share one are one person's.

    E-mail without case, "+tag" and gmail's dots; phone as digits, a leading 00 or + alike, from 9 digits on, since
    shorter ones are local and shared."""
    keys = []
    if resume.basics.email and "@" in resume.basics.email:
        keys.append(f"email:{_plain_email(resume.basics.email)}")
    if resume.basics.phone:
        digits = re.sub(r"\(0\)|\D", "", resume.basics.phone)
        digits = digits[2:] if digits.startswith("00") else digits
        if len(digits) >= _TAIL:
            keys.append(f"phone:{digits}")
    return keys


def filed(name: str, parsed: ParsedResume) -> Filed:
    """A resume made ready to be compared."""
    text = " ".join(span.text for span in parsed.spans)
    letters = re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())
    return Filed(
        name=name,
        sha256=parsed.document,
        text=Worded.of(text),
        text_hash=hashlib.sha256(letters.encode("utf-8", "surrogatepass")).hexdigest() if letters else "",
        person=parsed.resume.basics.name or "",
        keys=tuple(same_person_key(parsed.resume)),
    )


def find_duplicates(resumes: Mapping[str, ParsedResume]) -> list[Duplicate]:
    """`compare` for resumes by name."""
    return compare([filed(name, parsed) for name, parsed in resumes.items()])


def compare(resumes: Iterable[Filed]) -> list[Duplicate]:
    """Pairs that are suggested, sorted by name. Of many equal files or texts each is paired with the first. Names are
    unique; their order does not matter."""
    given = sorted(resumes, key=lambda one: one.name)
    found: dict[tuple[str, str], Duplicate] = {}
    unequal = _equal(given, found)
    for members in _by_key(unequal).values():
        for pair in _sharing_address(members):
            _keep(found, pair)
    for one, other in likely_pairs([each.text for each in unequal]):
        alike = _alike(unequal[one], unequal[other])
        if alike is not None:
            _keep(found, alike)
    return [found[pair] for pair in sorted(found)]


def near_duplicates(texts: Mapping[str, str]) -> list[tuple[str, str, float]]:
    """Pairs (name, name, likeness) of texts of unknown authors that are suggested as the same, most alike first.

    Names within a pair and equal pairs are in alphabetical order. Texts of fewer than 20 words are left out."""
    names = sorted(texts)
    worded = [Worded.of(texts[name]) for name in names]
    found = []
    for one, other in likely_pairs(worded):
        share = _near(worded[one], worded[other], SAME)
        if share is not None:
            found.append((names[one], names[other], round(share, 4)))
    return sorted(found, key=lambda pair: (-pair[2], pair[0], pair[1]))


def groups(duplicates: Iterable[Duplicate]) -> list[Group]:
    """Connected suggestions. A shared address alone connects nobody: such pairs make groups of their own."""
    firm: list[Duplicate] = []
    loose: list[Duplicate] = []
    for pair in duplicates:
        (loose if pair.kind == "shared_contact" else firm).append(pair)
    return sorted([*_connected(firm), *_connected(loose)], key=lambda group: (group.names, group.kind))


def same_name(one: str, other: str) -> bool | None:
    """Whether two printed names can be one person's: every part of the shorter is in the longer, as a word or an
    initial ("J. Smith", "Smith, John A."). None where a name is not known."""
    if any(not name.strip() or _PLACEHOLDER_NAMES.fullmatch(name.strip()) for name in (one, other)):
        return None
    mine, theirs = sorted((_name_parts(one), _name_parts(other)), key=len)
    if not mine:
        return None
    return all(any(_same_part(part, whole) for whole in theirs) for part in mine) and (
        len(mine) > 1 or len(theirs) == 1 or len(mine[0]) > 1
    )


# ---------------------------------------------------------------- the kinds


def _equal(given: Sequence[Filed], found: dict[tuple[str, str], Duplicate]) -> list[Filed]:
    """Notes equal files and texts; returns one of each, the first."""
    by_file: dict[str, Filed] = {}
    by_text: dict[str, Filed] = {}
    unequal = []
    for one in given:
        twin = by_file.get(one.sha256) if one.sha256 else None
        if twin is not None:
            _keep(found, _pair(twin, one, "same_file", "The same file, byte by byte.", 1.0))
            continue
        by_file[one.sha256] = one
        twin = by_text.get(one.text_hash) if one.text_hash else None
        if twin is not None:
            _keep(found, _pair(twin, one, "same_text", "The same text, letter by letter.", 1.0))
            continue
        by_text[one.text_hash] = one
        unequal.append(one)
    return unequal


def _by_key(given: Sequence[Filed]) -> dict[str, list[Filed]]:
    holders: dict[str, list[Filed]] = defaultdict(list)
    for one in given:
        for key in filter(_is_real, one.keys):
            kind, _, value = key.partition(":")
            holders[f"phone:{value[-_TAIL:]}" if kind == "phone" else key].append(one)
    return {key: holders[key] for key in sorted(holders) if len(holders[key]) > 1}


def _sharing_address(members: Sequence[Filed]) -> Iterator[Duplicate]:
    """One person each name: paired with the first who can be the same; the first ones of other names share."""
    firsts: list[Filed] = []
    for one in members:
        first = next((first for first in firsts[:_MOST_NAMES] if _one_person(first, one)), None)
        if first is not None:
            why = f"The same {_shared_address(first, one)}."
            yield _pair(first, one, "same_person", why, likeness(first.text, one.text)[0])
            continue
        if firsts:
            why = f"The same {_shared_address(firsts[0], one)}, but another name: perhaps a family or an agency."
            yield _pair(firsts[0], one, "shared_contact", why, 0.0)
        firsts.append(one)


def _one_person(one: Filed, other: Filed) -> bool:
    """Of two who share an address."""
    return same_name(one.person, other.person) is not False or likeness(one.text, other.text)[0] >= SAME_NAME


def _shared_address(one: Filed, other: Filed) -> str:
    email = any(key.startswith("email:") and key in other.keys for key in one.keys)
    return "e-mail address" if email else "telephone number"


def _alike(one: Filed, other: Filed) -> Duplicate | None:
    name = same_name(one.person, other.person)
    if name is False and _misspelt_name(one.person, other.person):
        name = None
    if name is False and not any(key in other.keys for key in filter(_is_real, one.keys)):
        share, _ = likeness(one.text, other.text)
        if share < OTHER_NAME:
            return None
        return _pair(one, other, "near_text", f"{share:.0%} of the text is the same, under another name.", share)
    found = _near(one.text, other.text, SAME_NAME if name else SAME)
    if found is None:
        return None
    return _pair(one, other, "near_text", f"{found:.0%} of the text is the same.", found)


def _near(one: Worded, other: Worded, least: float) -> float | None:
    """The share of runs in common, where that is enough to suggest the two as one text; else None."""
    share = _enough(one, other, least)
    if share is None and likeness(one, other)[0] >= _WORTH_MENDING:
        share = _enough(respelt(one, other), other, least)
    return share


def _enough(one: Worded, other: Worded, least: float) -> float | None:
    share, held = likeness(one, other)
    shorter = min(len(one.runs), len(other.runs))
    grown = share >= _GROWN_RUNS and (held >= _GROWN or (1 - held) * shorter < RUN)
    return share if share >= least or grown else None


# ---------------------------------------------------------------- pairs, names, addresses

_STRENGTH: tuple[Kind, ...] = ("same_file", "same_text", "same_person", "near_text", "shared_contact")


def _pair(one: Filed, other: Filed, kind: Kind, why: str, share: float) -> Duplicate:
    first, second = sorted((one.name, other.name))
    return Duplicate(first, second, kind, why, round(share, 4))


def _keep(found: dict[tuple[str, str], Duplicate], pair: Duplicate) -> None:
    """Of several reasons for a pair the strongest stands."""
    known = found.get((pair.one, pair.other))
    if known is None or _STRENGTH.index(pair.kind) < _STRENGTH.index(known.kind):
        found[pair.one, pair.other] = pair


def _connected(pairs: Sequence[Duplicate]) -> Iterator[Group]:
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for pair in pairs:
        one, other = sorted((root(pair.one), root(pair.other)))
        parent[other] = one
    members: dict[str, list[Duplicate]] = defaultdict(list)
    for pair in pairs:
        members[root(pair.one)].append(pair)
    for own in members.values():
        names = tuple(sorted({name for pair in own for name in (pair.one, pair.other)}))
        kind = max((pair.kind for pair in own), key=_STRENGTH.index)
        yield Group(names, kind, tuple(dict.fromkeys(pair.why for pair in own)))


def _name_parts(name: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", name).casefold()
    return re.findall(r"[^\W\d_]+", "".join(letter for letter in plain if not unicodedata.combining(letter)))


def _same_part(part: str, whole: str) -> bool:
    short, long = sorted((part, whole), key=len)
    return short == long or (len(short) == 1 and long.startswith(short))


def _is_real(key: str) -> bool:
    """Not an address that a template printed ("jane.doe@email.com") or a number that somebody typed along the keys."""
    kind, _, value = key.partition(":")
    if kind == "email":
        box, _, host = value.rpartition("@")
        return not (_PLACEHOLDER_BOXES.fullmatch(box) or _PLACEHOLDER_HOSTS.fullmatch(host))
    digits = [int(digit) for digit in value[-_TAIL:]]
    leaps = sum((after - before) % 10 not in (0, 1, 9) for before, after in pairwise(digits))
    return leaps > 1


def _misspelt_name(one: str, other: str) -> bool:
    mine, theirs = _name_parts(one), _name_parts(other)
    return len(mine) == len(theirs) and all(a == b or misspelt(a, b) for a, b in zip(mine, theirs, strict=True))


def _plain_email(address: str) -> str:
    local, _, domain = address.strip().lower().rpartition("@")
    local = local.split("+")[0]
    if domain in _NO_DOTS:
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"
