"""Printing figures, and the measurements that several benches share."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import psutil

DATA = Path(os.environ.get("FOYER_BENCH_DATA", "../shared/data"))
"""Open data for benches; never part of the project."""


def figure(bench: str, name: str, value: float | int | str | None, unit: str = "", **more: Any) -> bool:
    """One JSON line. `bar` and `at_most`/`at_least` in `more` make it a judged figure; returns whether it holds."""
    shown = round(value, 4) if isinstance(value, float) else value
    holds = True
    if isinstance(value, (int, float)):
        holds = value <= more.get("at_most", value) and value >= more.get("at_least", value)
    line: dict[str, Any] = {"bench": bench, "figure": name, "value": shown, "unit": unit, **more}
    if "at_most" in more or "at_least" in more:
        line["holds"] = holds
    print(json.dumps(line, ensure_ascii=False), flush=True)
    return holds


def skipped(bench: str, why: str) -> None:
    """Said, not hidden: a skipped bench has no figure."""
    print(json.dumps({"bench": bench, "skipped": why}), flush=True)


def tree_pss(pid: int) -> int:
    """Proportional set size of a process and all below it, bytes: shared pages counted once."""
    total = 0
    try:
        root = psutil.Process(pid)
        tree = [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0
    for process in tree:
        try:
            total += process.memory_full_info().pss
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return total


def used(pid: int) -> float:
    """Processor seconds of a process, its children and theirs, those that ended included."""
    root, total = psutil.Process(pid), 0.0
    for process in [root, *root.children(recursive=True)]:
        times = process.cpu_times()
        total += times.user + times.system + times.children_user + times.children_system
    return total


def percentile(values: list[float], share: float) -> float:
    """Nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered) + 0.5) - 1))]
