"""Writes the sample files that the demo and the tests run on. Same sources in, same files out. `make samples` runs it.

Sources: `samples/people/*.toml` (the resumes' words), `samples/answers/*/transcripts.toml` (the words spoken).
Written: `samples/resumes/*`, `samples/expected.toml` (what each file is, for the tests), `samples/answers/*/*.flac`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from samples.writers import bad, speech
from samples.writers.docx import docx
from samples.writers.pdf import pdf
from samples.writers.people import Person, read_people
from samples.writers.text import html, txt

HERE = Path(__file__).parent
WRITERS: dict[str, Callable[[Person], bytes]] = {"pdf": pdf, "docx": docx, "txt": txt, "html": html}


@dataclass(frozen=True, slots=True)
class Bad:
    """A file that cannot be read. `reason` is one of empty, encrypted, corrupt, scan, unsupported."""

    filename: str
    reason: str
    content: bytes


def write_resume(person: Person) -> bytes:
    """The bytes of one person's file."""
    return WRITERS[person.format](person)


def bad_files(people: list[Person]) -> list[Bad]:
    """The unreadable files. Three of them are made from readable people, under other names."""
    by_slug = {person.slug: person for person in people}
    scanned, broken, locked = (by_slug[slug] for slug in ("gareth-pugh", "helen-marsh", "jonas-weidner"))
    return [
        Bad("scanned-resume.pdf", "scan", bad.scan(pdf(scanned))),
        Bad("upload-broke-off.pdf", "corrupt", bad.corrupt(pdf(broken))),
        Bad("locked-resume.pdf", "encrypted", pdf(locked, bad.PASSWORD)),
        Bad("empty-resume.docx", "empty", b""),
        Bad("my-resume-final.pdf", "unsupported", bad.program()),
    ]


def manifest(people: list[Person], unreadable: list[Bad]) -> str:
    """`expected.toml`: one table a file, in the order of the names."""
    tables = {bad.filename: [f'reason = "{bad.reason}"'] for bad in unreadable}
    for person in people:
        rows = [f'job = "{person.job}"', f'level = "{person.level}"', f'name = "{person.name}"']
        if person.layout:
            rows.append(f'layout = "{person.layout}"')
        if person.language != "en":
            rows.append(f'language = "{person.language}"')
        if person.hidden:
            rows.append("hidden_text = true")
        if person.same_person_as:
            rows.append(f'same_person_as = "{person.same_person_as}"')
        tables[person.filename] = rows
    head = "# What each file of samples/resumes is. Written by `python -m samples.build`.\n"
    return head + "".join(f'\n["{name}"]\n' + "\n".join(tables[name]) + "\n" for name in sorted(tables))


def build_resumes(root: Path) -> int:
    """Writes `root/resumes` and `root/expected.toml` anew and returns how many files there are."""
    people = read_people(root / "people")
    unreadable = bad_files(people)
    folder = root / "resumes"
    folder.mkdir(exist_ok=True)
    contents = {person.filename: write_resume(person) for person in people}
    contents |= {bad.filename: bad.content for bad in unreadable}
    for stale in folder.iterdir():
        if stale.name not in contents:
            stale.unlink()
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    (root / "expected.toml").write_text(manifest(people, unreadable), encoding="utf-8")
    return len(contents)


def main() -> None:
    print(f"{build_resumes(HERE)} files in {HERE / 'resumes'}")
    answers = speech.build_answers(HERE / "answers")
    if answers:
        print(f"{len(answers)} spoken answers in {HERE / 'answers'}")
    else:
        print(
            "flite is not installed (Debian: apt-get install flite): the spoken answers stay as they are",
            file=sys.stderr,
        )


if __name__ == "__main__":
    main()
