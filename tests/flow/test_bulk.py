"""Bulk screening: killed and continued, over broken files, in order, within memory of a few windows."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import pytest

from api.bulk import Ahead, Candidates, batched
from api.bulk_child import Judged
from api.routes.batches import timed
from api.schemas import Progress
from models.settings import ROOT
from tests.bench.corpus import lines_of

FILES = 160


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Short resumes as text, one broken file and one copy."""
    made = tmp_path_factory.mktemp("resumes")
    for number in range(FILES):
        lines = [text for kind, text in lines_of(number) if kind != "bullet"]
        (made / f"{number:03d}.txt").write_text("\n".join(lines))
    (made / "broken.pdf").write_bytes(b"%PDF-1.7 nothing follows")
    (made / "copy.txt").write_bytes((made / "007.txt").read_bytes())
    return made


def command(home: Path, folder: Path) -> tuple[list[str], dict[str, str]]:
    job = ROOT / "samples" / "jobs" / "backend_engineer.md"
    line = [sys.executable, "-m", "api.cli", "screen", "--job", str(job), "--resumes", str(folder), "--json"]
    return line, {**os.environ, "FOYER_HOME": str(home)}


def screened(home: Path, folder: Path) -> tuple[str, dict[str, Any]]:
    """What was printed, without the timing, and the timing."""
    line, environment = command(home, folder)
    run = subprocess.run(line, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    text, _, timing = run.stdout.partition('"timing": ')
    return text, json.loads(timing.rstrip().removesuffix("}"))


def kept(home: Path) -> int:
    file = home / "cache" / "resumes.db"
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as opened:
            return int(opened.execute("SELECT count(*) FROM resumes").fetchone()[0])
    except sqlite3.OperationalError:  # not there yet
        return 0


@pytest.mark.long
@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGINT])
def test_a_stopped_run_goes_on_where_it_was(folder: Path, tmp_path: Path, stop: signal.Signals) -> None:
    line, environment = command(tmp_path / "killed", folder)
    running = subprocess.Popen(line, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 120
    while not kept(tmp_path / "killed") and time.monotonic() < until:
        time.sleep(0.01)
    children = psutil.Process(running.pid).children(recursive=True)
    running.send_signal(stop)
    assert running.wait(30) == (130 if stop is signal.SIGINT else -signal.SIGKILL)
    assert not psutil.wait_procs(children, timeout=10)[1]
    before = kept(tmp_path / "killed")
    assert 0 < before < FILES + 2
    text, timing = screened(tmp_path / "killed", folder)
    undisturbed, whole = screened(tmp_path / "undisturbed", folder)
    assert text == undisturbed
    assert timing["files_read"] == FILES + 2 - before
    assert whole["files_read"] == whole["files"] == FILES + 2
    again, cached = screened(tmp_path / "undisturbed", folder)
    assert again == undisturbed
    assert cached["files_read"] == 0
    found = json.loads(undisturbed + '"timing": {}}')
    scores = [one["score"] for one in found["candidates"]]
    assert scores[-1] is None
    assert found["candidates"][-1]["file"] == "broken.pdf"
    assert scores[:-1] == sorted(scores[:-1], reverse=True)
    assert {"007.txt", "copy.txt"} in [set(group["files"]) for group in found["duplicates"]]


def test_the_cache_is_private_and_can_be_cleared(folder: Path, tmp_path: Path) -> None:
    one = folder / "000.txt"
    screened(tmp_path, one)
    assert (tmp_path / "cache" / "resumes.db").stat().st_mode & 0o077 == 0
    _, environment = command(tmp_path, one)
    subprocess.run([sys.executable, "-m", "api.cli", "cache", "clear"], env=environment, cwd=ROOT, check=True)
    assert not (tmp_path / "cache").exists()
    assert screened(tmp_path, one)[1]["files_read"] == 1


def test_candidates_are_read_back_best_first() -> None:
    candidates = Candidates()
    for name, score in (("b", 0.5), ("none", None), ("a", 0.5), ("best", 0.9)):
        candidates.add(Judged(name, score, json.dumps({"file": name, "score": score}).encode()))
    candidates.sort()
    assert [one["file"] for one in candidates] == ["best", "a", "b", "none"]
    assert candidates[1:3] == [{"file": "a", "score": 0.5}, {"file": "b", "score": 0.5}]


def test_ahead_keeps_order_and_never_runs_far_ahead() -> None:
    made: list[int] = []

    def numbers() -> Iterator[int]:
        for number in range(50):
            made.append(number)
            yield number

    with Ahead(numbers()) as ahead:
        for number in ahead:
            assert len(made) <= number + 3
            if number == 20:
                break
    time.sleep(0.5)
    assert len(made) < 30


def test_ahead_hands_on_an_error() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    with Ahead(broken()) as ahead:
        assert next(ahead) == 1
        with pytest.raises(ValueError, match="broken"):
            next(ahead)


def test_batches_are_full_but_the_last() -> None:
    assert list(batched(range(5), 2)) == [[0, 1], [2, 3], [4]]


def test_a_batch_knows_its_rate_and_the_time_left() -> None:
    first = Progress(batch_id="b", total=100, waiting=90, screened=10, unreadable=0, done=False)
    later = first.model_copy(update={"waiting": 60, "screened": 40})
    assert timed(first, first, 5.0).rate is None
    told = timed(first, later, 10.0)
    assert (told.rate, told.seconds_left) == (3.0, 20.0)
