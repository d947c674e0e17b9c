"""The vocabulary's files: how they are written, read and merged. Used by `matching.skills` and by the import of lists.

A file is TOML: `[kinds]` holds a string a kind, one entry a line:

    Kubernetes | K8s | kubectl > containers > container orchestration

that is the normal form, its other names, and what it is evidence for. A name that is also an ordinary word ends in "!"
and is matched only as written ("Go!"). `blockers` is a string of phrases, one a line, that contain a skill's letters
but do not mean it. A kind may also be a table of normal form -> list of names, `exact` and `blockers` lists, `implies`
a table.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from models.errors import EngineError


@dataclass(slots=True)
class Lexicon:
    """`entries`: normal form -> (kind, its other names). `exact`: names matched only as written. `implies`: what a
    normal form is evidence for. Titles (kind "title") are kept apart: they have names in common with skills."""

    entries: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    titles: dict[str, tuple[str, ...]] = field(default_factory=dict)
    exact: set[str] = field(default_factory=set)
    blockers: list[str] = field(default_factory=list)
    implies: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def add(self, kind: str, normal: str, names: Iterable[str], implied: Iterable[str] = ()) -> None:
        """Adds an entry; a normal form that is there already keeps its kind and gains the names."""
        known = tuple(names)
        if kind == TITLE:
            self.titles[normal] = tuple(dict.fromkeys((*self.titles.get(normal, ()), *known)))
            return
        kind, before = self.entries.get(normal, (kind, ()))
        self.entries[normal] = (kind, tuple(dict.fromkeys((*before, *known))))
        if shown := tuple(dict.fromkeys((*self.implies.get(normal, ()), *implied))):
            self.implies[normal] = shown

    def update(self, other: Lexicon) -> None:
        """Takes in another: what is known here stands, so a list brought in later renames nothing."""
        known = _normals({normal: names for normal, (_, names) in self.entries.items()})
        for normal, (kind, names) in other.entries.items():
            here = known.get(normal.casefold(), normal)
            fresh = [name for name in (normal, *names) if name.casefold() not in known and name != here]
            self.add(kind, here, fresh, other.implies.get(normal, ()))
            self.exact.update(name for name in (here, *fresh) if name in other.exact and name.casefold() not in known)
        known = _normals(self.titles)
        for normal, names in other.titles.items():
            here = known.get(normal.casefold(), normal)
            self.add(TITLE, here, [one for one in (normal, *names) if one.casefold() not in known and one != here])
        self.blockers += other.blockers

    def digest(self) -> str:
        """The first 12 hex digits of the sha256 of all that it says: results name the vocabulary they rest on."""
        said = (
            sorted(self.entries.items()),
            sorted(self.titles.items()),
            sorted(self.exact),
            sorted(self.blockers),
            sorted(self.implies.items()),
        )
        return hashlib.sha256(repr(said).encode()).hexdigest()[:12]


TITLE = "title"


def _normals(names: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Any name, in small letters -> its normal form."""
    found = {name.casefold(): normal for normal, others in names.items() for name in others}
    return found | {normal.casefold(): normal for normal in names}


def read(paths: Iterable[Path]) -> Lexicon:
    """All files together, in the order of their names; a folder stands for the *.toml in it."""
    whole = Lexicon()
    for path in paths:
        for file in sorted(path.glob("*.toml")) if path.is_dir() else [path]:
            whole.update(_read(file))
    return whole


def _read(path: Path) -> Lexicon:
    one = Lexicon()
    try:
        with path.open("rb") as file:
            content = tomllib.load(file)
        for kind, group in content["kinds"].items():
            if isinstance(group, str):
                for normal, names, implied in _lines(group, one.exact):
                    one.add(kind, normal, names, implied)
            else:
                for normal, names in group.items():
                    one.add(kind, normal, names)
        blockers = content.get("blockers", ())
        one.blockers += [line for line in blockers.splitlines() if line] if isinstance(blockers, str) else blockers
        one.exact.update(content.get("exact", ()))
        implied_by: Mapping[str, list[str]] = content.get("implies", {})
        one.implies |= {normal: tuple(shown) for normal, shown in implied_by.items()}
    except (OSError, tomllib.TOMLDecodeError, KeyError, AttributeError, TypeError) as broken:
        raise EngineError(f"{path}: the skill vocabulary cannot be read ({broken}); restore the file") from broken
    return one


def _lines(group: str, exact: set[str]) -> Iterator[tuple[str, list[str], list[str]]]:
    for line in group.splitlines():
        if not line.strip():
            continue
        said, *implied = line.split(" > ")
        names = []
        for name in said.split(" | "):
            form = name.strip()
            if form.endswith("!"):
                form = form[:-1]
                exact.add(form)
            names.append(form)
        yield names[0], names[1:], [one.strip() for one in implied]


_AMERICAN = [
    (re.compile(old), new)
    for old, new in (
        (r"is(?=(?:e|ed|er|ers|es|ing|ation|ations)\b)", "iz"),
        (r"(?<=[lv])our\b", "or"),
        (r"(?<=[lv])our(?=[ai])", "or"),
        (r"(?<=col)our", "or"),
        (r"(?<=behavi)our", "or"),
        (r"centre", "center"),
        (r"licence", "license"),
        (r"programme\b", "program"),
        (r"programmes\b", "programs"),
        (r"(?<=mode)ll(?=ing|er)", "l"),
        (r"(?<=labe)ll(?=ing)", "l"),
        (r"(?<=counse)ll(?=ing|or)", "l"),
        (r"mould", "mold"),
        (r"fibre", "fiber"),
        (r"catalogue", "catalog"),
        (r"fulfil\b|fulfil(?=ment)", "fulfill"),
        (r"aesth", "esth"),
        (r"haem", "hem"),
        (r"paed(?=i)", "ped"),
        (r"orthopaed", "orthoped"),
        (r"gynaec", "gynec"),
        (r"defence", "defense"),
        (r"analogue", "analog"),
        (r"aluminium", "aluminum"),
        (r"jewellery", "jewelry"),
        (r"tyre", "tire"),
        (r"fertiliser", "fertilizer"),
    )
]
_KEEP = re.compile(
    r"\b(?:advertis|supervis|precis|expertise|exercise|franchis|televis|merchandis|enterprise|rais|nois|devis|apprais"
    r"|improvis|rise|wise\b|cruise|disease)"
)
"""Words whose "is" is no "iz" in America."""


def variants(name: str) -> list[str]:
    """Other ways to write a name: American spelling, without hyphens, singular or plural ("fire alarm systems")."""
    found = [name]
    if not _KEEP.search(name):
        american = name
        for old, new in _AMERICAN:
            american = old.sub(new, american)
        found.append(american)
    found += [one.replace("-", " ") for one in list(found) if "-" in one and one.islower()]
    if " " in name and name.islower():
        found += [plural for one in list(found) if (plural := _other_number(one))]
    return list(dict.fromkeys(found))


def _other_number(name: str) -> str | None:
    if name[-1].isalpha() and name[-1] not in "sy" and not name.endswith(("ing", "sh", "ch", "x", "ware", "ance")):
        return name + "s"
    if name.endswith("s") and not name.endswith(("ss", "us", "is", "ics", "ies", "ches", "shes", "xes", "ses")):
        return name[:-1]
    return None
