"""Nothing looks at a face, and no voiceprint is kept: what is installed, imported, stored and asked of a browser."""

from __future__ import annotations

import ast
import re
import tomllib

import pytest

from models.records import Base
from models.settings import ROOT

PACKAGES = ("api", "screening", "interview", "matching", "models", "integrations", "compliance")
FACES_AND_VOICEPRINTS = re.compile(
    r"opencv|\bcv2\b|^dlib|mediapipe|(?<!inter)(?<!hugging)face|deepface|insightface|retinaface|speechbrain|resemblyzer|pyannote|titanet|ecapa|"
    r"fer$|emotion|openface",
    re.IGNORECASE,
)
KEPT = re.compile(r"face|voiceprint|speaker|biometr|embedding|emotion", re.IGNORECASE)


def imported() -> set[str]:
    found = set()
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    found |= {each.name for each in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module:
                    found.add(node.module)
    return found


@pytest.mark.proves(36)
def test_nothing_that_knows_faces_or_voiceprints_is_installed_or_imported() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    pinned = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    names = {re.split(r"[\[<>=~!; ]", one)[0] for one in [*wanted, *pinned]} | imported()
    assert {"fastapi", "numpy"} <= names, "the scan does look"
    assert [name for name in names if FACES_AND_VOICEPRINTS.search(name)] == []
    assert FACES_AND_VOICEPRINTS.search("face-recognition")
    assert FACES_AND_VOICEPRINTS.search("speechbrain")


@pytest.mark.proves(36)
def test_no_column_keeps_one_and_no_camera_is_asked_for() -> None:
    columns = [f"{table.name}.{column.name}" for table in Base.metadata.sorted_tables for column in table.columns]
    assert "candidates.email" in columns
    assert [name for name in columns if KEPT.search(name)] == []
    scripts = [path for path in (ROOT / "web").rglob("*.js") if "vendor" not in path.parts]
    asks = [path.name for path in scripts if re.search(r"getUserMedia\(\{[^}]*video\s*:\s*(?!false)", path.read_text())]
    assert scripts
    assert asks == []
