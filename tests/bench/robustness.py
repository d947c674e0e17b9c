"""Broken, odd and hostile files through the reader's child processes: what becomes of each, and what it leaves behind.

Every file is read twice by the same children. No child may die (its process id changes), none may hang (a time-out),
memory and open files may not grow from the first round to the second, and each refusal must name its file and reason.

Then ten thousand inputs made by rule (`fuzzed`; `FOYER_BENCH_FUZZ` takes another number), honest files among them that
must read the same to the byte each time. Nothing may be written anywhere, and the children's memory has a bound.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from itertools import islice
from pathlib import Path

import psutil

from models.errors import UnreadableDocument
from models.settings import Screening
from screening.extract import Reader
from screening.parse import parse
from tests import attacks
from tests.bench.figures import DATA, figure, percentile, skipped
from tests.bench.fuzzed import inputs, seeds

BENCH = "robustness"
PROCESSES = 2
NOW = date(2026, 11, 27)
REASONS = frozenset({"empty", "encrypted", "corrupt", "no_text", "scan", "too_big", "timeout", "unsupported"})


def one(reader: Reader, name: str, content: bytes, *, parsed: bool = False) -> tuple[str, float, str]:
    """(outcome, milliseconds, what is wrong with the refusal or ""). `parsed`: what is read is parsed too."""
    began = time.perf_counter()
    try:
        document = reader.read(content, name)
        if parsed:
            parse(document, now=NOW)
        outcome, wrong = "read", ""
    except UnreadableDocument as refused:
        outcome, wrong = str(refused.reason), ""
        if refused.reason not in REASONS or not refused.detail.startswith(name):
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


def peak() -> int:
    """Bytes: the most that a child alive now has held at once."""
    most = 0
    for pid in children():
        status = Path(f"/proc/{pid}/status").read_text()
        most = max(most, int(status.split("VmHWM:")[1].split()[0]) * 1024)
    return most


def fuzz(count: int) -> bool:
    """The generated inputs, some hundred at a time; after each hundred the honest files."""
    honest = {"honest.docx": attacks.docx(), "honest.pdf": attacks.pdf(), "honest.odt": attacks.odt()}
    table: dict[str, Counter[str]] = defaultdict(Counter)
    wrong: list[str] = []
    times: list[tuple[float, str]] = []
    changed, began, source = 0, time.perf_counter(), inputs(count)
    with tempfile.TemporaryDirectory() as scratch:
        kept, os.environ["TMPDIR"] = os.environ.get("TMPDIR"), scratch  # for the children, which begin below
        with closing(Reader(Screening(processes=PROCESSES))) as reader, ThreadPoolExecutor(PROCESSES) as pool:
            reader.warm()
            started = set(children())
            one(reader, "warm.html", seeds()["html"][0], parsed=True)  # what is loaded once is no input's time
            first = {name: reader.read(content, name).model_dump_json() for name, content in honest.items()}
            while some := list(islice(source, 100)):
                found = list(pool.map(lambda pair: one(reader, *pair, parsed=True), some))
                for (name, _), (outcome, took, what) in zip(some, found, strict=True):
                    table[name.partition("-")[0]][outcome] += 1
                    times.append((took, name))
                    wrong += [f"{name}: {what}"] if what else []
                changed += sum(reader.read(honest[name], name).model_dump_json() != first[name] for name in honest)
            memory, died = peak(), len(started - set(children()))
        os.environ.pop("TMPDIR") if kept is None else os.environ.update(TMPDIR=kept)
        written = sum(1 for _ in Path(scratch).rglob("*"))
    for kind in sorted(table):
        total = sum(table[kind].values())
        figure(BENCH, f"generated from .{kind}", total, "files", **dict(sorted(table[kind].items())))
    worst = max(times)
    figure(BENCH, "generated: 99 of 100 take at most", percentile([took for took, _ in times], 0.99), "ms")
    figure(BENCH, "generated: wall time", round(time.perf_counter() - began), "s")
    return all(
        [
            figure(BENCH, "generated: inputs", len(times), "files", at_least=count),
            figure(BENCH, "generated: crashes, hangs, odd refusals", len(wrong), at_most=0, which=wrong[:10]),
            figure(BENCH, "generated: children that died", died, at_most=0),
            figure(BENCH, "generated: honest files read otherwise", changed, at_most=0),
            figure(BENCH, "generated: files written", written, at_most=0),
            figure(
                BENCH, "generated: most memory of a child", memory / 1e6, "MB", at_most=Screening().file_memory / 1e6
            ),
            figure(BENCH, "generated: worst input", worst[0], "ms", at_most=20_000, file=worst[1]),
        ]
    )


def main() -> bool:
    return all([fuzz(int(os.environ.get("FOYER_BENCH_FUZZ", "10000"))), collected()])


def collected() -> bool:
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
            rounds.append(list(pool.map(lambda path: one(reader, path.name, path.read_bytes()), files)))
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
