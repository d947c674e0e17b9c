"""Scans on their way through the service and the command line; without Tesseract they wait, named and explained."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from models.settings import ROOT
from tests.flow.running import Service, wait_for

JOB = ROOT / "samples" / "jobs" / "intensive_care_nurse.md"
SCAN = ROOT / "samples" / "resumes" / "scanned-resume.pdf"
TEXT = ROOT / "samples" / "resumes" / "maria-delgado-reyes.pdf"
needs_tesseract = pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")


def uploaded(service: Service) -> tuple[str, list[dict[str, Any]]]:
    job = service.post("/api/jobs", {"text": JOB.read_text()})["id"]
    service.upload(job, [SCAN, TEXT])
    return job, wait_for(
        lambda: service.get(f"/api/jobs/{job}/applications"),
        lambda found: all(row["stage"] != "received" for row in found),
        "both were read",
        120,
    )


@needs_tesseract
@pytest.mark.long
def test_a_scan_is_recognised_in_its_own_time_and_then_screened(service: Service) -> None:
    job, _ = uploaded(service)
    rows = wait_for(
        lambda: service.get(f"/api/jobs/{job}/applications"),
        lambda found: all(row["score"] is not None for row in found),
        "the scan is screened",
        120,
    )
    scan = next(row for row in rows if row["file"] == SCAN.name)
    shown = service.get(f"/api/applications/{scan['id']}")
    assert "ocr_text" in {flag["code"] for flag in shown["flags"]}
    assert shown["problem"] is None


@pytest.mark.long
def test_without_tesseract_a_scan_waits_and_says_what_helps(tmp_path: Path) -> None:
    service = Service(tmp_path, FOYER_SCREENING__OCR="")
    try:
        service.start()
        _, rows = uploaded(service)
    finally:
        service.stop()
    by_file = {row["file"]: row for row in rows}
    assert by_file[SCAN.name]["stage"] == "unreadable"
    assert "install Tesseract" in by_file[SCAN.name]["problem"]
    assert by_file[TEXT.name]["score"] is not None


@needs_tesseract
@pytest.mark.long
def test_foyer_screen_reads_scans_after_the_others_and_remembers_them(tmp_path: Path) -> None:
    folder = tmp_path / "resumes"
    folder.mkdir()
    for file in (SCAN, TEXT):
        shutil.copy(file, folder / file.name)
    line = [sys.executable, "-m", "api.cli", "screen", "--job", str(JOB), "--resumes", str(folder), "--json"]
    environment = {**os.environ, "FOYER_HOME": str(tmp_path / "home")}
    found = []
    for _ in range(2):
        run = subprocess.run(line, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stderr
        found.append(json.loads(run.stdout))
    first, again = found
    assert all(one["score"] is not None for one in first["candidates"])
    assert first["timing"]["files_read"] == 3, "the scan counts twice: it was looked at, then recognised"
    assert again["timing"]["files_read"] == 0
    assert first["candidates"] == again["candidates"]
