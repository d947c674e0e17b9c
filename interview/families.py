"""The library of kits for common job families: written by people, kept as data in `kits/`, one file a family.

A job's kit can start from one: competencies that speak of the job's requirements are linked to them, its must-haves
become checks, and what the kit does not cover is named (`interview.kit.uncovered`). Suggested by plain words of the
title and the requirements; a person chooses."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from interview.kit import ASKED, Item, assemble, question
from interview.lint import protected_topics
from interview.plan import probes_ahead
from models.errors import NotFound
from models.values import Anchors, Competency, InterviewPlan, ProbeSeeks, Requirement

FOLDER = Path(__file__).parent / "kits"
SHARE = 0.4
"""Of a job's requirements, from which on a kit is suggested although the title does not say so."""
MOST_SUGGESTED = 3


@dataclass(frozen=True, slots=True)
class Part:
    """One competency as written. `terms`: beginnings of words and phrases of requirements that it speaks of."""

    id: str
    name: str
    description: str
    anchors: Anchors
    terms: tuple[str, ...]
    past: tuple[str, str]
    ahead: tuple[str, str]
    """A question and its simpler wording."""
    probes: tuple[tuple[ProbeSeeks, str], ...]


@dataclass(frozen=True, slots=True)
class Family:
    """`titles`: words of a job's title that mean this family."""

    id: str
    name: str
    about: str
    titles: tuple[str, ...]
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Suggestion:
    family: Family
    reason: str


@cache
def families() -> tuple[Family, ...]:
    """All of them, by name."""
    found = (_read(path) for path in FOLDER.glob("*.toml"))
    return tuple(sorted(found, key=lambda family: family.name))


def family(id: str) -> Family:
    """Raises NotFound naming those there are."""
    known = {one.id: one for one in families()}
    if id not in known:
        raise NotFound(f"The library has no kit {id!r}; it has {', '.join(known)}.")
    return known[id]


def _read(path: Path) -> Family:
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    return Family(
        id=path.stem,
        name=raw["name"],
        about=raw["about"],
        titles=tuple(raw["titles"]),
        parts=tuple(_part(one) for one in raw["competencies"]),
    )


def _part(raw: dict[str, str]) -> Part:
    probes: tuple[tuple[ProbeSeeks, str], ...] = (
        ("situation", raw["situation"]),
        ("action", raw["action"]),
        ("result", raw["result"]),
        ("number", raw["number"]),
    )
    return Part(
        id=raw["id"],
        name=raw["name"],
        description=raw["description"],
        anchors=Anchors(low=raw["low"], medium=raw["medium"], high=raw["high"]),
        terms=tuple(raw["terms"]),
        past=(raw["past"], raw["past_again"]),
        ahead=(raw["ahead"], raw["ahead_again"]),
        probes=probes,
    )


# ---------------------------------------------------------------- a kit for one job


def from_family(
    chosen: Family, title: str, requirements: Sequence[Requirement], *, minutes: int, plan_id: str
) -> InterviewPlan:
    """The family's kit for this job: competencies that the job's must-haves ask for come first, for a short interview
    holds only some of them. Deterministic."""
    links = link(chosen, requirements)
    musts = {one.id for one in requirements if one.must_have}
    order = sorted(
        chosen.parts,
        key=lambda part: (-len(musts & set(links[part.id])), -len(links[part.id]), chosen.parts.index(part)),
    )
    items = [_item(part, links[part.id]) for part in order]
    return assemble(title, items, requirements, minutes=minutes, plan_id=plan_id)


def _item(part: Part, requirement_ids: tuple[str, ...]) -> Item:
    competency = Competency(
        id=part.id,
        name=part.name,
        description=part.description,
        anchors=part.anchors,
        requirement_ids=requirement_ids,
    )
    past = question(part.id, "past_behaviour", *part.past, part.probes)
    return Item(competency, past, question(part.id, "situational", *part.ahead, probes_ahead()))


def link(chosen: Family, requirements: Sequence[Requirement]) -> dict[str, tuple[str, ...]]:
    """Ids of requirements by competency: each requirement goes to the one competency whose terms it names most of (the
    longest terms decide among equals), and to none where it names no term."""
    links: dict[str, list[str]] = {part.id: [] for part in chosen.parts}
    for requirement in requirements:
        if requirement.kind not in ASKED or _protected(f"{requirement.text} {requirement.sentence}"):
            continue
        counted = [(_named(part, requirement.text), part.id) for part in chosen.parts]
        best = max(counted, key=lambda one: one[0])
        if best[0] > (0, 0):
            links[best[1]].append(requirement.id)
    return {id: tuple(found) for id, found in links.items()}


@lru_cache(maxsize=1024)
def _protected(text: str) -> bool:
    return bool(protected_topics(text))


def _named(part: Part, text: str) -> tuple[int, int]:
    found = [term for term in part.terms if _speaks_of(term, text)]
    return len(found), sum(len(term) for term in found)


def _speaks_of(term: str, text: str) -> bool:
    return _pattern(term).search(text) is not None


@cache
def _pattern(term: str) -> re.Pattern[str]:
    """ "incident" is in "incidents"; "api" is not in "rapid"; "sql." with a dot stands for the word alone."""
    whole = r"(?!\w)" if term.endswith(".") else ""
    return re.compile(rf"(?<!\w){re.escape(term.rstrip('.'))}{whole}", re.IGNORECASE)


# ---------------------------------------------------------------- which would fit


def suggest(title: str, requirements: Sequence[Requirement]) -> list[Suggestion]:
    """Kits that may fit, best first; often one, sometimes none. A word of the title decides; where it says nothing, how
    many of the requirements the kit's competencies speak of."""
    asked = [one for one in requirements if one.kind in ASKED]
    found = []
    for each in families():
        named = max((word for word in each.titles if _speaks_of(word, title)), key=len, default="")
        linked = sum(len(ids) for ids in link(each, requirements).values())
        share = linked / len(asked) if asked else 0.0
        if named or (share >= SHARE and linked >= 3):
            found.append(((len(named), share), Suggestion(each, _why(named.rstrip("."), linked, len(asked)))))
    found.sort(key=lambda one: one[0], reverse=True)
    named_only = [one for one in found if one[0][0]] or found
    return [suggestion for _, suggestion in named_only[:MOST_SUGGESTED]]


def _why(named: str, linked: int, asked: int) -> str:
    fits = f"its competencies speak of {linked} of the {asked} things asked for that an interview can show"
    return f"The title says “{named}”; {fits}." if named else f"{fits[0].upper()}{fits[1:]}."
