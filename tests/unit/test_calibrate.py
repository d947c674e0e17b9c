"""`foyer calibrate`: labelled outcomes in, chances beside scores out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.calibrate import calibrate, load, with_chances
from api.cli import app
from models.errors import BadRequest, NotFound


def labels(folder: Path, *rows: str, head: str = "score,label,job") -> Path:
    file = folder / "labels.csv"
    file.write_text("\n".join([head, *rows]) + "\n")
    return file


OUTCOMES = [f"{score / 20},{int(score > 8 + job)},job {job}" for job in (1, 2, 3) for score in range(20)]


def test_labels_become_a_file_that_puts_chances_beside_scores(tmp_path: Path) -> None:
    printed = CliRunner().invoke(app, ["calibrate", "--labels", str(labels(tmp_path, *OUTCOMES))])
    assert printed.exit_code == 0
    file = tmp_path / "calibration.json"
    file.write_text(printed.stdout)
    found = json.loads(printed.stdout)
    assert (found["pairs"], found["jobs"], found["kind"]) == (60, 3, "platt")
    assert 0 < found["brier"] < 0.2
    screened = {"candidates": [{"file": "a", "score": 0.9}, {"file": "b", "score": 0.1}, {"file": "c", "score": None}]}
    high, low, unread = with_chances(screened, load(file))["candidates"]
    assert high["chance"] > 0.8 > 0.2 > low["chance"]
    assert unread["chance"] is None


def test_one_job_cannot_be_held_out(tmp_path: Path) -> None:
    assert calibrate(labels(tmp_path, "0.2,0", "0.8,1", head="score,label"))["brier"] is None


@pytest.mark.parametrize("row", ["0.5,2,x", "1.5,1,x", "high,1,x", "0.5,,x"])
def test_a_line_that_cannot_be_read_is_named(tmp_path: Path, row: str) -> None:
    with pytest.raises(BadRequest, match="line 3"):
        calibrate(labels(tmp_path, "0.2,0,x", row))


def test_files_that_are_no_calibration_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        load(tmp_path / "none.json")
    for text in ("nonsense", "[]", "{}"):
        (tmp_path / "bad.json").write_text(text)
        with pytest.raises(BadRequest):
            load(tmp_path / "bad.json")
