"""The walls hold: a clean tree passes import-linter, and each planted violation fails it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from models.settings import ROOT

PACKAGES = ("api", "screening", "interview", "matching", "models", "integrations", "compliance")
PLANTED = {
    "a lower layer imports the edge": ("matching/redact.py", "import api.deps"),
    "siblings import each other": ("screening/parse.py", "import interview.events"),
    "values import the store": ("models/values.py", "import models.store"),
    "SQL outside the store": ("interview/plan.py", "import sqlalchemy"),
    "the web framework below the edge": ("integrations/webhook.py", "import fastapi"),
    "the workflow engine outside the pipeline": ("api/live.py", "import dbos"),
    "a concrete engine outside the wiring": ("api/live.py", "import interview.sphinx_stt"),
}


def lint(tree: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("tree")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    return copy


def test_the_tree_as_it_is_keeps_every_contract(tree: Path) -> None:
    checked = lint(tree)
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("violation", PLANTED)
def test_a_planted_violation_is_caught(tree: Path, violation: str) -> None:
    file, line = PLANTED[violation]
    path = tree / file
    clean = path.read_text()
    path.write_text(f"{clean}\n{line}\n")
    try:
        checked = lint(tree)
    finally:
        path.write_text(clean)
    assert checked.returncode == 1, f"{violation} was not noticed"
    assert "BROKEN" in checked.stdout
