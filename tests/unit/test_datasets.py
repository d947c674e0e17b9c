"""Open data is registered in compliance/datasets.toml with source, licence and use before anything may read it."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.settings import ROOT

REGISTER = ROOT / "compliance" / "datasets.toml"
FOLDER = Path(os.environ.get("FOYER_BENCH_DATA") or ROOT.parent / "shared" / "data")
_READ = re.compile(r"""(?:\bDATA|/ "data"\)|shared/data"\)+) / f?"(\w+)""")


def registered() -> dict[str, dict[str, str]]:
    return {name: row for name, row in tomllib.loads(REGISTER.read_text("utf-8")).items() if name != "blocked"}


def blocked() -> list[re.Pattern[str]]:
    rows = tomllib.loads(REGISTER.read_text("utf-8"))["blocked"].values()
    return [re.compile(name, re.IGNORECASE) for row in rows for name in row["names"]]


def unregistered(read: dict[str, list[str]]) -> list[str]:
    """`read`: folders by the file that reads them. What may not be read, with where."""
    known = registered()
    wrong = [f"{file} reads {name}" for file, names in read.items() for name in names if name not in known]
    return wrong + [
        f"{file}: {n}" for file, names in read.items() for n in names if any(b.search(n) for b in blocked())
    ]


def sources() -> Iterator[Path]:
    for folder in (
        "api",
        "compliance",
        "integrations",
        "interview",
        "matching",
        "models",
        "samples",
        "screening",
        "tests",
    ):
        yield from sorted(path for path in (ROOT / folder).rglob("*.py") if path.name != Path(__file__).name)


def folders_in(text: str) -> list[str]:
    return _READ.findall(text)


@pytest.mark.proves(59)
def test_nothing_reads_data_that_is_not_registered() -> None:
    read = {str(path.relative_to(ROOT)): folders_in(path.read_text("utf-8")) for path in sources()}
    found = {name for names in read.values() for name in names}
    assert unregistered(read) == []
    assert found == set(registered()), "registered and read by nothing, or the other way round"


@pytest.mark.proves(59)
def test_every_data_set_has_source_licence_and_use() -> None:
    for name, row in registered().items():
        assert row.keys() >= {"source", "licence", "use"}, name
        assert all(str(value).strip() for value in row.values()), name
        assert not any(block.search(f"{name} {row['source']}") for block in blocked()), name


@pytest.mark.proves(59)
def test_an_unregistered_folder_and_a_blocked_one_are_found() -> None:
    for line in ('DATA / "voices"', 'Path(os.environ["FOYER_BENCH_DATA"] or ROOT / "shared" / "data") / "voices"',
                 'Path(os.environ.get("FOYER_BENCH_DATA", "../shared/data")) / "voices" / "a.csv"'):  # fmt: skip
        assert unregistered({"x.py": folders_in(line)}) == ["x.py reads voices"]
    assert len(unregistered({"x.py": ["MIT_Interview"]})) == 2
    assert len(unregistered({"x.py": ["mit-interview-dataset"]})) == 2


@pytest.mark.proves(59)
def test_the_data_beside_the_project_is_all_registered() -> None:
    if not FOLDER.is_dir():
        pytest.skip(f"no data at {FOLDER}: set FOYER_BENCH_DATA")
    there = [path.name for path in FOLDER.iterdir() if path.is_dir()]
    assert unregistered({str(FOLDER): there}) == []
