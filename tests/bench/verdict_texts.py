"""The texts and requirements of the labelled verdicts, as people label them and as the bench reads them.

`python -m tests.bench.verdict_texts N` prints resume N (from 1), `--jobs` every job's requirements, numbered,
`--job NAME` one job's posting. No label is shown. Where the resumes come from is told in tests/data/verdicts/GUIDE.md.
"""

from __future__ import annotations

import html
import json
import re
import sys
import zipfile
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from functools import cache

from models.settings import ROOT, Settings
from models.values import DocumentText, Requirement
from screening.extract import Reader
from tests.bench.figures import DATA

FOLDER = ROOT / "tests" / "data" / "verdicts"
ARCHIVE = DATA / "parsing" / "resumes_310_labelled.zip"
_MEMBERS = "545_cvs_train_v2/{}.xml"


@dataclass(frozen=True, slots=True)
class Source:
    """A resume of the set: its name as a file, its bytes and the day on which its "Present" ends."""

    name: str
    content: bytes
    now: date


def jobs() -> dict[str, tuple[Requirement, ...]]:
    """Name of a job -> its pinned requirements, in the order of the labels."""
    found = {}
    for file in sorted((FOLDER / "jobs").glob("*.json")):
        found[file.stem] = tuple(Requirement.model_validate(one) for one in json.loads(file.read_text("utf-8")))
    return found


def posting(name: str) -> str:
    return (FOLDER / "jobs" / f"{name}.md").read_text("utf-8")


@cache
def sources() -> tuple[Source, ...]:
    """The 40 resumes in the order of resumes.json; raises FileNotFoundError where the archive is absent."""
    listed = json.loads((FOLDER / "resumes.json").read_text("utf-8"))
    with zipfile.ZipFile(ARCHIVE) as archive:
        texts = [(name, _plain(archive.read(_MEMBERS.format(name)).decode("utf-8"))) for name in listed["zip"]]
    samples = ROOT / "samples" / "resumes"
    return (
        *(Source(f"{name}.txt", text.encode(), date(2020, 1, 1)) for name, text in texts),
        *(Source(name, (samples / name).read_bytes(), date(2026, 11, 1)) for name in listed["samples"]),
    )


def _plain(xml: str) -> str:
    """The text without its labels. The set has lost its line ends to runs of spaces, and holds bytes spelled out."""
    text = html.unescape(re.sub(r"<[^>]+>", "", xml))
    text = re.sub(
        r"(?:\\x[0-9a-f]{2})+", lambda run: bytes.fromhex(run[0].replace("\\x", "")).decode("utf-8", "replace"), text
    )
    lines = (line.strip(" \t\"'") for line in re.split(r"\n|\s{2,}", text))
    return "\n".join(line for line in lines if line) + "\n"


def documents() -> list[DocumentText]:
    """The resumes as the product reads them."""
    with closing(Reader(Settings().screening)) as reader:
        return [reader.read(source.content, source.name) for source in sources()]


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["--jobs"]:
        for name, requirements in jobs().items():
            print(f"\n{name}")
            for number, one in enumerate(requirements, start=1):
                must = "must" if one.must_have else "nice"
                print(f"  {number}. [{one.kind}, {must}] {one.text}")
        return 0
    if arguments[:1] == ["--job"] and len(arguments) == 2:
        print(posting(arguments[1]))
        return 0
    if len(arguments) == 1 and arguments[0].isdigit() and 1 <= int(arguments[0]) <= len(sources()):
        source = sources()[int(arguments[0]) - 1]
        with closing(Reader(Settings().screening)) as reader:
            print(reader.read(source.content, source.name).text)
        return 0
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
