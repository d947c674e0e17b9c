"""Is a resume's result the same whatever it is screened with? Order, batch size, pool, processes, again, after a kill.

The bytes of each ScreeningResult are compared on the default path, where every text is encoded anew each time; on the
fp32 paths of torch, where a batch's mates move a vector by some 1e-7, the largest difference of any score. Then the
command: the bytes of every candidate it prints. `--size 10000` takes a larger pool than `make bench` does.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np

from api.bulk import kept_file
from matching.onnx_encoder import OnnxEmbedder
from matching.skills import Vocabulary
from matching.torch_encoder import SentenceEmbedder
from models.engines import Embedder
from models.settings import ROOT, Settings
from models.values import ScreeningResult
from screening.extract import Limits, read
from screening.parse import parse
from screening.posting import read_posting
from screening.prepared import Prepared, prepare
from screening.screen import Screener
from tests.bench.corpus import lines_of
from tests.bench.figures import figure, skipped
from tests.bench.ranking import CACHE

BENCH = "determinism"
NOW = date(2026, 11, 1)
SIZE, SMALL = 1000, 10
BATCHES = (1, 7, 32, 256)
NEARLY = (32, 256)
"""Batches on the fp32 paths beside one at a time: torch is slow."""
LOOKED = 256
"""Resumes of the pool that are screened in every order and batch size."""
JOB = ROOT / "samples" / "jobs" / "backend_engineer.md"

Results = dict[int, ScreeningResult]
"""By the resume's number."""


def text_of(number: int) -> str:
    """A short resume: two of its tasks, so that ten thousand are affordable."""
    lines = lines_of(number)
    tasks = [text for kind, text in lines if kind == "bullet"][:2]
    return "\n".join(text for kind, text in lines if kind != "bullet" or text in tasks)


class Pool:
    """Resumes by number, ready to be judged, and one job."""

    def __init__(self, size: int) -> None:
        self.vocabulary, limits = Vocabulary.load(), Limits.of(Settings().screening)
        self.posting = read_posting(JOB.read_text("utf-8"), media_type="text/markdown", name=JOB.name)
        self.resumes: list[Prepared] = []
        for number in range(size):
            document = read(text_of(number).encode(), f"{number}.txt", limits)
            self.resumes.append(prepare(parse(document, now=NOW), self.vocabulary))

    def screened(self, numbers: Sequence[int], batch: int, embedder: Embedder) -> Results:
        screener = Screener(
            self.posting.requirements,
            embedder,
            threshold=0.5,
            review_band=0.08,
            vocabulary=self.vocabulary,
            title=self.posting.title,
            text=self.posting.text,
        )
        found: Results = {}
        for at in range(0, len(numbers), batch):
            some = numbers[at : at + batch]
            judged = screener.judge_many([self.resumes[number] for number in some], now=NOW)
            found |= dict(zip(some, judged, strict=True))
        return found


def differing(one: Results, other: Results) -> int:
    """Resumes of both whose results are not the same bytes."""
    return sum(one[at].model_dump_json() != other[at].model_dump_json() for at in one.keys() & other.keys())


def largest(one: Results, other: Results) -> float:
    """The largest difference of any score, a requirement's or the whole one."""
    return max(
        float(np.abs(np.subtract(_scores(one[at]), _scores(other[at]))).max()) for at in one.keys() & other.keys()
    )


def _scores(result: ScreeningResult) -> list[float]:
    return [result.score, *(one.score for one in result.requirements)]


def shuffled(numbers: Iterable[int], seed: int) -> list[int]:
    mixed = list(numbers)
    random.Random(seed).shuffle(mixed)
    return mixed


# ---------------------------------------------------------------- the library


def byte_equal(pool: Pool, embedder: Embedder, name: str) -> bool:
    """Everything against the first: in order, one at a time."""
    few = range(LOOKED)
    first = pool.screened(few, 1, embedder)
    held = True
    for batch in BATCHES:
        other = pool.screened(shuffled(few, batch), batch, embedder)
        held &= _none(f"{name}: another order, batches of {batch}", differing(first, other), compared=LOOKED)
    large = pool.screened(shuffled(range(len(pool.resumes)), 0), len(pool.resumes), embedder)
    for size, other in ((SMALL, pool.screened(range(SMALL), SMALL, embedder)), (LOOKED, first)):
        what = f"{name}: a pool of {size} and one of {len(pool.resumes)} in one call"
        held &= _none(what, differing(other, large), compared=size)
    return held


def nearly(pool: Pool, embedder: Embedder, name: str) -> bool:
    """fp32 in batches: within 1e-5."""
    few = range(LOOKED)
    first = pool.screened(few, 1, embedder)
    others = [pool.screened(shuffled(few, batch), batch, embedder) for batch in NEARLY]
    others.append(pool.screened(range(SMALL), SMALL, embedder))
    most = max(largest(first, other) for other in others)
    return figure(
        BENCH,
        f"{name}: largest difference of a score over orders, batches and pools",
        f"{most:.1e}" if most else 0.0,
        compared=LOOKED,
        differing=sum(differing(first, other) for other in others),
    ) and figure(BENCH, f"{name}: within 1e-5", int(most <= 1e-5), "bool", at_least=1)


def _none(what: str, count: int, **more: int) -> bool:
    return figure(BENCH, what, count, "results that differ", at_most=0, **more)


# ---------------------------------------------------------------- the command


def command(folder: Path) -> list[str]:
    return [sys.executable, "-m", "api.cli", "screen", "--job", str(JOB), "--resumes", str(folder), "--json"]


def printed(home: Path, folder: Path, *, processes: int) -> dict[str, str]:
    """Each candidate as printed, by file. `processes`: that read, that judge, and that encode, as many cores."""
    cores = sorted(os.sched_getaffinity(0))[:processes]
    run = subprocess.run(
        command(folder),
        cwd=ROOT,
        env=_environment(home, processes),
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=partial(os.sched_setaffinity, 0, cores),
    )
    return {one["file"]: json.dumps(one) for one in json.loads(run.stdout)["candidates"]}


def _environment(home: Path, processes: int) -> dict[str, str]:
    return {**os.environ, "FOYER_HOME": str(home), "FOYER_SCREENING__PROCESSES": str(processes)}


def killed(home: Path, folder: Path) -> int:
    """Starts the command and kills it once it has read something; how many resumes it had kept."""
    running = subprocess.Popen(
        command(folder), cwd=ROOT, env=_environment(home, 2), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    settings, until = Settings(home=home), time.monotonic() + 120
    while not kept_file(settings).count() and time.monotonic() < until and running.poll() is None:
        time.sleep(0.02)
    running.send_signal(signal.SIGKILL)
    running.wait()
    return kept_file(settings).count()


def commands(size: int) -> bool:
    with tempfile.TemporaryDirectory() as made:
        root = Path(made)
        for number in range(size):
            for name in ("many", "few")[: 1 + (number < SMALL)]:
                (root / name).mkdir(exist_ok=True)
                (root / name / f"{number:06d}.txt").write_text(text_of(number))
        first = printed(root / "home", root / "many", processes=2)
        before = killed(root / "stopped", root / "many")
        others = {
            "a re-run": printed(root / "home", root / "many", processes=2),
            "one process in place of two": printed(root / "single", root / "many", processes=1),
            f"a pool of {SMALL} in place of {size}": printed(root / "alone", root / "few", processes=2),
            f"killed after {before} and continued": printed(root / "stopped", root / "many", processes=2),
        }
        held = figure(BENCH, "the killed run was in the middle", int(0 < before < size), "bool", at_least=1)
        for what, found in others.items():
            differ = sum(first[file] != shown for file, shown in found.items())
            held &= _none(f"foyer screen: {what}", differ, compared=len(found))
    return held


def main(size: int = SIZE) -> bool:
    pool = Pool(size)
    CACHE.mkdir(parents=True, exist_ok=True)
    held = byte_equal(pool, OnnxEmbedder(folder=CACHE, threads=2), "int8")
    held &= nearly(pool, SentenceEmbedder(), "fp32 in torch")
    import torch

    if torch.cuda.is_available():
        held &= nearly(pool, SentenceEmbedder(device="cuda"), "GPU")
    else:
        skipped(BENCH, "no CUDA device here: the GPU path is not measured")
    del pool
    return commands(size) and held


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, default=SIZE, help="resumes of the larger pool")
    sys.exit(0 if main(parser.parse_args().size) else 1)
