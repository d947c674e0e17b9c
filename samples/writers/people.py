"""The people of `samples/people/*.toml`, as values. Read by `samples.build`, handed to the writers of each format.

A file names the job and the level of its people. A person's `text` is the body of the resume in four marks:
`# Section`, `## Title | Organisation, place | dates`, `- bullet`, and plain lines, one paragraph each.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Entry:
    """A job or a course of study: what, where, when (as the person writes it) and its bullets."""

    title: str
    where: str = ""
    dates: str = ""
    bullets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part of a resume. Paragraphs come first, then bullets, then entries."""

    title: str
    paragraphs: tuple[str, ...] = ()
    bullets: tuple[str, ...] = ()
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """One resume file to write. `hidden` is white text; `encoding` is for TXT files alone."""

    slug: str
    job: str
    level: str
    format: str
    layout: str
    name: str
    label: str
    contact: tuple[str, ...]
    sections: tuple[Section, ...]
    hidden: str = ""
    encoding: str = "utf-8"
    language: str = "en"
    same_person_as: str = ""

    @property
    def filename(self) -> str:
        return f"{self.slug}.{self.format}"


def read_people(folder: Path) -> list[Person]:
    """Everyone in `folder/*.toml`, in the order of the files; two people under one file name are refused."""
    people: list[Person] = []
    for path in sorted(folder.glob("*.toml")):
        people += read_file(path)
    names = [person.filename for person in people]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"two people under {folder} would be written to the same file: {', '.join(twice)}")
    return people


def read_file(path: Path) -> list[Person]:
    """The people of one file."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    return [read_person(row, data["job"], data["level"]) for row in data["person"]]


def read_person(row: dict[str, Any], job: str, level: str) -> Person:
    """One `[[person]]` table as a Person."""
    kind, _, layout = row["file"].partition(" ")
    return Person(
        slug=row["slug"],
        job=job,
        level=level,
        format=kind,
        layout=layout,
        name=row["name"],
        label=row["label"],
        contact=tuple(row["contact"]),
        sections=read_sections(row["text"]),
        hidden=row.get("hidden", ""),
        encoding=row.get("encoding", "utf-8"),
        language=row.get("language", "en"),
        same_person_as=row.get("same_person_as", ""),
    )


def read_sections(text: str) -> tuple[Section, ...]:
    """The body's marks as sections. A line before the first `# Section` is a mistake in the source and is refused."""
    sections = []
    for part in text.strip().removeprefix("# ").split("\n# "):
        title, *lines = part.strip().splitlines()
        if title.startswith(("-", "##")):
            raise ValueError(f"a resume's text must begin with '# Section', not with {title!r}")
        sections.append(read_section(title, [line.strip() for line in lines if line.strip()]))
    return tuple(sections)


def read_section(title: str, lines: list[str]) -> Section:
    """The lines of one section, without its title."""
    starts = [number for number, line in enumerate(lines) if line.startswith("## ")]
    head = lines[: starts[0]] if starts else lines
    blocks = [lines[start:end] for start, end in pairwise([*starts, len(lines)])]
    return Section(
        title=title,
        paragraphs=tuple(line for line in head if not line.startswith("- ")),
        bullets=bullets_of(head),
        entries=tuple(read_entry(block) for block in blocks),
    )


def read_entry(block: list[str]) -> Entry:
    """`## Title | Organisation, place | dates` and the bullets below it."""
    title, where, dates = [*(part.strip() for part in block[0].removeprefix("## ").split(" | ")), "", ""][:3]
    return Entry(title, where, dates, bullets_of(block[1:]))


def bullets_of(lines: list[str]) -> tuple[str, ...]:
    """The lines marked `- `, without the mark."""
    return tuple(line.removeprefix("- ") for line in lines if line.startswith("- "))
