"""Broken, odd and hostile files through the reader's child processes: what becomes of each, and what it leaves behind.

Every file is read twice by the same children. No child may die (its process id changes), none may hang (a time-out),
memory and open files may not grow from the first round to the second, and each refusal must name its file and reason.
"""

from __future__ import annotations

import sys
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import psutil

from models.errors import UnreadableDocument
from models.settings import Screening
from screening.extract import Reader
from tests.bench.figures import DATA, figure, skipped

BENCH = "robustness"
PROCESSES = 2
REASONS = frozenset({"empty", "encrypted", "corrupt", "no_text", "scan", "too_big", "timeout", "unsupported"})


def one(reader: Reader, path: Path) -> tuple[str, float, str]:
    """(outcome, milliseconds, what is wrong with the refusal or "")."""
    content = path.read_bytes()
    began = time.perf_counter()
    try:
        reader.read(content, path.name)
        outcome, wrong = "read", ""
    except UnreadableDocument as refused:
        outcome, wrong = str(refused.reason), ""
        if refused.reason not in REASONS or not refused.detail.startswith(path.name):
            wrong = f"does not name its file and a known reason: {refused.detail[:120]}"
        if "made the reader crash" in refused.detail or refused.reason == "timeout":
            wrong = refused.detail[:120]
    except Exception as escaped:  # noqa: BLE001 - anything else is the finding
        outcome, wrong = "escaped", f"{type(escaped).__name__}: {escaped}"
    return outcome, (time.perf_counter() - began) * 1000, wrong


def children() -> dict[int, int]:
    """Resident bytes by process id, of the children that read (multiprocessing's own resource tracker aside)."""
    found = {}
    for child in psutil.Process().children(recursive=True):
        if "resource_tracker" not in " ".join(child.cmdline()):
            found[child.pid] = child.memory_info().rss
    return found


def main() -> bool:
    folder = DATA / "bad_files"
    files = sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []
    if not files:
        skipped(BENCH, f"{folder} is missing (set FOYER_BENCH_DATA)")
        return True
    rounds = []
    states = []
    open_files = []
    with closing(Reader(Screening(processes=PROCESSES))) as reader, ThreadPoolExecutor(PROCESSES) as pool:
        reader.warm()
        started = set(children())
        for _ in range(2):
            rounds.append(list(pool.map(lambda path: one(reader, path), files)))
            states.append(children())
            open_files.append(len(list(Path("/proc/self/fd").iterdir())))
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for path, (outcome, _, _) in zip(files, rounds[0], strict=True):
        table[path.suffix.lower().lstrip(".") or "none"][outcome] += 1
    for kind in sorted(table):
        figure(
            BENCH, f"outcomes of .{kind} files", sum(table[kind].values()), "files", **dict(sorted(table[kind].items()))
        )
    wrong = [f"{p.name}: {w}" for p, (_, _, w) in zip(files, rounds[0], strict=True) if w]
    moved = [
        f"{path.name}: {first[0]}, {second[0]}"
        for path, first, second in zip(files, *rounds, strict=True)
        if first[0] != second[0]
    ]
    worst = max(zip((ms for _, ms, _ in rounds[0]), files, strict=True), key=lambda one: one[0])
    growth = (sum(states[1].values()) - sum(states[0].values())) / 1e6
    left = len(children())
    return all(
        [
            figure(BENCH, "files", len(files), "files"),
            figure(
                BENCH, "crashes, hangs and refusals without name or reason", len(wrong), at_most=0, which=wrong[:10]
            ),
            figure(BENCH, "outcomes that differ in the second round", len(moved), at_most=0, which=moved),
            figure(BENCH, "children that died", len(started - set(states[1])), at_most=0, started=len(started)),
            figure(BENCH, "children more than asked for", len(states[1]) - PROCESSES, at_most=0),
            figure(BENCH, "memory grown in the second round", growth, "MB", at_most=60, rss=sum(states[1].values())),
            figure(BENCH, "open files grown in the second round", open_files[1] - open_files[0], at_most=0),
            figure(BENCH, "children left after closing", left, at_most=0),
            figure(BENCH, "worst file", worst[0], "ms", at_most=20_000, file=worst[1].name),
        ]
    )


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
