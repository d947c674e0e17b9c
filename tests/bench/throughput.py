"""Thousands of resumes as PDF through `foyer screen`: how near to the bare encoder, how far from a script, what memory.

The command, the bare encoder on the same distinct texts (same graph, texts of a request and processes; its loading not
counted) and the script that people write run by turns of a few seconds, the others stopped meanwhile, so that whatever
else the machine does slows all alike. The script's time is that of a sample, scaled by resumes.

`python -m tests.bench.throughput --size 1000 --size 10000` measures other sizes than `make bench` does.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from api import bulk_child
from api.bulk import ENCODED, batched, embed_file
from matching.embedder import CachedEmbedder
from matching.onnx_encoder import OnnxEmbedder
from matching.torch_encoder import SentenceEmbedder
from matching.vector_file import vector_key
from models.settings import ROOT, Settings
from tests.bench import corpus, ranking
from tests.bench.figures import DATA, figure, skipped
from tests.bench.startup import Peak

BENCH = "throughput"
SIZES = (250, 500, 1000)
JUDGED_FROM = 1000
"""Resumes from which the bars hold: below, the start of the processes weighs more than they do."""
SAMPLE = 60
"""Resumes that the script reads."""
PAIRS = 60
"""Planted resumes on which the two rankings are compared."""
PROCESSES = 2
TURN = 4.0
"""Seconds."""
JOBS = ("backend_engineer", "intensive_care_nurse")


# ---------------------------------------------------------------- the three that are compared; each in its own process


def bare(texts: Path) -> None:
    """Encodes a JSON list of texts, shortest first, in as many processes as the command does."""
    with get_context("spawn").Pool(PROCESSES, _open_encoder) as pool:
        pool.map(_encode, [["ready"]] * PROCESSES * 4, chunksize=1)
        _wait_for_the_start()
        for _ in pool.imap_unordered(_encode, batched(json.loads(texts.read_text()), ENCODED)):
            pass


def _open_encoder() -> None:
    global _answer
    _answer = bulk_child.encoder(Settings())


def _encode(texts: list[str]) -> Any:
    return _answer(texts)


def script(folder: Path, job: Path) -> None:
    """What people write: for each resume one `encode` of its lines, for each line of the ad its nearest one."""
    import pypdfium2
    from sentence_transformers import SentenceTransformer

    from matching.weights import BUNDLED, find_weights

    weights = find_weights(BUNDLED)
    assert weights is not None
    model = SentenceTransformer(str(weights.folder), device="cpu")
    model.encode(["ready"])
    _wait_for_the_start()
    asked = model.encode(ranking.lines(job.read_text()), normalize_embeddings=True)
    for file in sorted(folder.iterdir())[:SAMPLE]:
        pages = pypdfium2.PdfDocument(file)
        text = "\n".join(page.get_textpage().get_text_range() for page in pages)
        given = model.encode(ranking.lines(text), normalize_embeddings=True)
        (asked @ given.T).max(axis=1).mean()


def _wait_for_the_start() -> None:
    print("ready", flush=True)
    sys.stdin.readline()


# ---------------------------------------------------------------- turns


class Runner:
    """A process and all below it, that runs only while it is its turn. `wall` and `cpu`: seconds, once it has ended;
    of one that loads first, those since it was ready."""

    def __init__(self, command: Sequence[str], home: Path, *, loads: bool, output: Path | None = None) -> None:
        self.wall = self.cpu = 0.0
        self.ended = False
        environment = {**os.environ, "FOYER_HOME": str(home)}
        with (output or Path(os.devnull)).open("wb") as out:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE if loads else out,
                start_new_session=True,
            )
        self._loading = 0.0
        if loads:
            assert self.process.stdout is not None
            assert self.process.stdin is not None
            if self.process.stdout.readline() != b"ready\n":
                raise RuntimeError(f"{command} did not start")
            self._loading = _cpu_below(self.process.pid)
            self.process.stdin.write(b"\n")
            self.process.stdin.flush()
        self._signal(signal.SIGSTOP)

    def turn(self) -> None:
        began = time.perf_counter()
        self._signal(signal.SIGCONT)
        while time.perf_counter() - began < TURN and not self.ended:
            time.sleep(0.01)
            pid, status, usage = os.wait4(self.process.pid, os.WNOHANG)
            if pid:
                self.ended = True
                self.cpu = usage.ru_utime + usage.ru_stime - self._loading
                self.process.returncode = os.waitstatus_to_exitcode(status)
                if self.process.returncode:
                    raise RuntimeError(f"{self.process.args!r} ended with {self.process.returncode}")
        if not self.ended:
            self._signal(signal.SIGSTOP)
        self.wall += time.perf_counter() - began

    def stop(self) -> None:
        if not self.ended:
            self._signal(signal.SIGKILL)
            self.process.wait()

    def _signal(self, number: int) -> None:
        os.killpg(self.process.pid, number)


def _cpu_below(pid: int) -> float:
    import psutil

    root = psutil.Process(pid)
    times = [one.cpu_times() for one in [root, *root.children(recursive=True)]]
    return sum(one.user + one.system for one in times)


def by_turns(runners: Sequence[Runner]) -> None:
    try:
        while any(not runner.ended for runner in runners):
            for runner in runners:
                if not runner.ended:
                    runner.turn()
    finally:
        for runner in runners:
            runner.stop()


# ---------------------------------------------------------------- what is measured


def screening(home: Path, folder: Path, job: str, output: Path | None = None) -> Runner:
    posting = ROOT / "samples" / "jobs" / f"{job}.md"
    command = [sys.executable, "-m", "api.cli", "screen", "--job", str(posting), "--resumes", str(folder), "--json"]
    return Runner(command, home, loads=False, output=output)


def part(name: str, *arguments: str) -> Runner:
    return Runner([sys.executable, "-m", "tests.bench.throughput", name, *arguments], Path("var"), loads=True)


@contextmanager
def resumes(size: int) -> Iterator[tuple[Path, Path]]:
    """(folder of PDF, an empty folder beside it), removed afterwards."""
    with tempfile.TemporaryDirectory() as made:
        corpus.write(Path(made) / "resumes", size)
        (Path(made) / "home").mkdir()
        yield Path(made) / "resumes", Path(made) / "home"


def texts_of(folder: Path) -> tuple[list[str], int]:
    """Distinct texts of all resumes, shortest first; the fewest in any one resume that stand in no other."""
    files = sorted(folder.iterdir())
    with get_context("spawn").Pool(PROCESSES, _open_reader) as pool:
        found = pool.map(_texts, files, chunksize=20)
    counted = Counter(text for texts in found for text in set(texts))
    fewest = min(sum(counted[text] == 1 for text in set(texts)) for texts in found)
    return sorted(counted, key=lambda text: (len(text), text)), fewest


def _open_reader() -> None:
    global _answer
    _answer = bulk_child.resumes(Settings())


def _texts(file: Path) -> list[str]:
    found: list[str] = _answer(bulk_child.Read(file.read_bytes(), file.name, ranking.NOW)).embedded()
    return found


def measured(size: int, *, with_script: bool) -> tuple[float, bool]:
    """Seconds of the command; whether all bars hold."""
    with resumes(size) as (folder, home):
        texts, fewest = texts_of(folder)
        held = figure(BENCH, f"fewest spans of a resume found nowhere else, {size}", fewest, "spans", at_least=15)
        listed = home / "texts.json"
        listed.write_text(json.dumps(texts))
        runners = [screening(home, folder, JOBS[0], home / "first.json"), part("bare", str(listed))]
        if with_script:
            runners.append(part("script", str(folder), str(ROOT / "samples" / "jobs" / f"{JOBS[0]}.md")))
        peak = Peak(runners[0].process.pid)
        peak.start()
        by_turns(runners)
        highest = peak.stop()
        own, encoder = runners[0], runners[1]
        held &= _all_encoded(home, texts)
        about = {"resumes": size, "distinct_spans": len(texts), "processes": PROCESSES}
        figure(BENCH, f"end to end, {size}", size / own.wall, "resumes/s", seconds=round(own.wall, 1), **about)
        figure(BENCH, f"bare encoder, {size}", len(texts) / encoder.wall, "spans/s", seconds=round(encoder.wall, 1))
        bars: dict[str, float] = {"at_most": 1.15} if size >= JUDGED_FROM else {}
        ratio = own.wall / encoder.wall
        held &= figure(
            BENCH, f"end to end / bare encoder, {size}", ratio, "", of_cpu=round(own.cpu / encoder.cpu, 3), **bars
        )
        if with_script:
            sample = min(SAMPLE, size)
            scaled = runners[2].wall * size / sample
            held &= figure(BENCH, f"times a naive script, {size}", scaled / own.wall, "x", at_least=3.0, sample=sample)
        held &= figure(BENCH, f"peak memory of all processes, {size}", highest / 2**30, "GiB PSS", at_most=2.0)
        held &= _cached(home, folder, size)
        return own.wall, held


def _all_encoded(home: Path, texts: Sequence[str]) -> bool:
    """That the command encoded what the bare encoder did."""
    name = str(bulk_child.encoder(Settings())(None)[0])
    known = 0
    for some in batched(texts, 10_000):
        known += len(embed_file(Settings(home=home)).read([vector_key(name, text) for text in some]))
    return figure(BENCH, "share of the bare encoder's spans that the command encoded", known / len(texts), at_least=1.0)


def _cached(home: Path, folder: Path, size: int) -> bool:
    """The same job again, and another one."""
    held = True
    for job, what in zip(JOBS, ("the same job again", "another job"), strict=True):
        output = home / "again.json"
        runner = screening(home, folder, job, output)
        by_turns([runner])
        figure(BENCH, f"everything cached, {what}, {size}", size / runner.wall, "resumes/s")
        if job == JOBS[0]:
            same = _candidates(output) == _candidates(home / "first.json")
            held &= figure(BENCH, f"the same bytes when cached, {size}", int(same), "bool", at_least=1)
    return held


def _candidates(output: Path) -> bytes:
    return output.read_bytes().partition(b'"timing"')[0]


def compared() -> bool:
    """Does the faster one rank as well?"""
    if not (DATA / "ranking").is_dir():
        skipped(BENCH, f"no data at {DATA}: rankings are not compared")
        return True
    pairs = ranking.planted()[:PAIRS]
    ranking.CACHE.mkdir(parents=True, exist_ok=True)
    vectors = ranking.CACHE / "vectors.db"
    naive = ranking.reciprocal_ranks(ranking.max_sim(pairs, CachedEmbedder(SentenceEmbedder(), vectors)))
    own = ranking.reciprocal_ranks(ranking.product(pairs, CachedEmbedder(OnnxEmbedder(folder=ranking.CACHE), vectors)))
    figure(BENCH, "planted MRR, naive script", float(naive.mean()), jobs=PAIRS, ci95=ranking.interval(naive))
    return figure(
        BENCH,
        "planted MRR, Foyer",
        float(own.mean()),
        jobs=PAIRS,
        ci95=ranking.interval(own),
        at_least=round(float(naive.mean()), 4),
    )


def main(sizes: Sequence[int] = SIZES) -> bool:
    taken, held = [], True
    for size in sizes:
        seconds, good = measured(size, with_script=size == max(sizes))
        taken.append(seconds)
        held &= good
    if len(sizes) > 1:
        slope = float(np.polyfit([math.log(size) for size in sizes], [math.log(one) for one in taken], 1)[0])
        held &= figure(BENCH, "time grows with resumes to the power of", slope, at_most=1.1, sizes=list(sizes))
    return compared() and held


def _arguments() -> bool:
    if sys.argv[1:2] == ["bare"]:
        bare(Path(sys.argv[2]))
        return True
    if sys.argv[1:2] == ["script"]:
        script(Path(sys.argv[2]), Path(sys.argv[3]))
        return True
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, action="append", help=f"resumes; may be repeated (default {SIZES})")
    return main(parser.parse_args().size or SIZES)


if __name__ == "__main__":
    sys.exit(0 if _arguments() else 1)
