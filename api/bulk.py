"""Thousands of resumes against one job: reading, encoding and judging side by side, each in its own processes.

    files -> read, parse, prepare (children) -> encode what is new (children) -> judge (children) -> a file of results

Resumes go through in windows; while one is judged, the next is encoded and the one after that is read. A text is
encoded once in the life of the cache, however many resumes hold it. What was read and encoded is kept at once, so that
a run that was killed goes on where it was; at most a few windows are in memory.
"""

from __future__ import annotations

import json
import os
import pickle
import queue
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import date
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any, TypeVar

import numpy as np

from api import bulk_child
from api.bulk_child import Job, Judge, Judged, Lacking, Posting, Read, Text, Words
from integrations.folder import Entry
from matching.vector_file import VectorFile, vector_key
from models.child import ChildPool
from models.engines import Vector
from models.errors import EngineError, UnreadableDocument
from models.settings import Settings
from models.values import JobPosting
from screening.duplicates import Duplicate, compare
from screening.extract import lost_reader
from screening.kept import Kept, KeptFile, kept_key, unpacked
from screening.ocr import Ocr

T = TypeVar("T")

WINDOW = 128
"""Resumes that are encoded together: some five thousand texts, enough to sort by length and to keep all cores busy."""
ENCODED, ENCODED_ON_GPU = 64, 4096
"""Texts of one request to an encoder."""
KEPT = 32
"""Resumes written to the cache together; a kill loses no more."""
RECOGNISED = 4
"""Scans of one window: each takes as long as many files with text."""
JUDGED = 8
"""Resumes of one request to a judging child."""
WORTH_A_CHILD = 50
_TIMEOUT, _START = 300.0, 120.0


def embed_file(settings: Settings) -> VectorFile:
    return VectorFile(settings.home / "cache" / "embeddings.db")


def kept_file(settings: Settings) -> KeptFile:
    return KeptFile(settings.home / "cache" / "resumes.db")


def batched(source: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of `size`, the last one shorter."""
    iterator = iter(source)
    while some := list(islice(iterator, size)):
        yield some


def children(most: int, total: int) -> int:
    """Starting one costs as much as screening some fifty resumes."""
    return max(1, min(most, -(-total // WORTH_A_CHILD)))


class Spool:
    """Bytes in a temporary file without a name: many and large ones fill no memory, and none outlives the process."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as this object
        self._places: list[tuple[int, int]] = []

    def add(self, content: bytes) -> int:
        """The number under which `get` finds it."""
        self._places.append((self._file.seek(0, os.SEEK_END), len(content)))
        self._file.write(content)
        return len(self._places) - 1

    def get(self, number: int) -> bytes:
        at, length = self._places[number]
        self._file.seek(at)
        return self._file.read(length)

    def close(self) -> None:
        self._file.close()


class Candidates(Sequence[dict[str, Any]]):
    """Results best first, parsed from a temporary file one at a time: ten thousand of them fill no memory."""

    def __init__(self) -> None:
        self._spool = Spool()
        self._rows: list[tuple[float, str, int]] = []

    def add(self, judged: Judged) -> None:
        number = self._spool.add(judged.shown)
        self._rows.append((-1.0 if judged.score is None else judged.score, judged.name, number))

    def sort(self) -> None:
        self._rows.sort(key=lambda row: (-row[0], row[1]))

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        return json.loads(self._spool.get(self._rows[index][2]))

    def __del__(self) -> None:
        self._spool.close()


@dataclass(slots=True)
class Window:
    """Some resumes on their way through."""

    kept: list[tuple[str, Kept]]
    vectors: dict[str, Vector] = field(default_factory=dict)


class Encoders:
    """The encoding children and the file of what they have encoded."""

    def __init__(self, settings: Settings, total: int) -> None:
        on_processor = settings.screening.precision not in ("gpu", "bf16")
        count = children(len(os.sched_getaffinity(0)), total) if on_processor else 1
        self._chunk = ENCODED if on_processor else ENCODED_ON_GPU
        self._pool = ChildPool(count, bulk_child.encoder, settings, start_timeout=_START)
        self._threads = ThreadPoolExecutor(count, "encoder")
        self._known = self._threads.submit(self._pool.ask, None, timeout=_TIMEOUT)  # starts a child, meanwhile
        self._file = embed_file(settings)

    @property
    def name(self) -> str:
        return str(self._known.result()[0])

    @property
    def dim(self) -> int:
        return int(self._known.result()[1])

    def encode(self, texts: Iterable[str]) -> dict[str, Vector]:
        """Texts to vectors: known ones from the file, the others shortest first, and kept."""
        keys = {text: vector_key(self.name, text) for text in texts}
        known = self._file.read(list(keys.values()))
        new = sorted((text for text, key in keys.items() if key not in known), key=lambda text: (len(text), text))
        chunks = list(batched(new, self._chunk))
        fresh: dict[bytes, Vector] = {}
        for chunk, rows in zip(chunks, self._threads.map(self._ask, chunks), strict=True):
            fresh |= {keys[text]: row for text, row in zip(chunk, rows, strict=True)}
        self._file.write(fresh)
        known |= fresh
        return {text: known[key] for text, key in keys.items()}

    def _ask(self, texts: list[str]) -> Any:
        return self._pool.ask(texts, timeout=_TIMEOUT)

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)
        self._pool.close()


class Scans:
    """Files that wait until all others are read; on disk meanwhile, since they may be many and large."""

    def __init__(self) -> None:
        self._spool = Spool()
        self._names: list[str] = []

    def add(self, entry: Entry) -> None:
        self._spool.add(entry.content)
        self._names.append(entry.name)

    def entries(self) -> Iterator[Entry]:
        for number, name in enumerate(self._names):
            yield Entry(name, self._spool.get(number))

    def close(self) -> None:
        self._spool.close()


class Resumes:
    """The children that read and judge, and the file of what they have read."""

    def __init__(self, settings: Settings, encoders: Encoders, *, now: date, total: int) -> None:
        screening = settings.screening
        count = children(screening.processes, total)
        self._seconds, self._now, self._encoders = screening.file_seconds, now, encoders
        self._pool = ChildPool(count, bulk_child.resumes, settings, memory=screening.file_memory, start_timeout=_START)
        self._threads = ThreadPoolExecutor(count, "reader")
        self._judges = ThreadPoolExecutor(count, "judge")
        self._file = kept_file(settings)
        self._ocr, self._scans = Ocr(screening), Scans()
        self.count = 0
        limits = screening.model_dump(include={"file_bytes", "file_seconds", "file_memory"})
        self._about = json.dumps([limits, self._pool.ask(Words(), timeout=_TIMEOUT)])
        self._about_scans = self._about + screening.ocr

    def posting(self, file: Path) -> JobPosting:
        """Raises BadRequest, NotFound naming the file."""
        posting: JobPosting = self._pool.ask(Posting(file), timeout=_TIMEOUT)
        return posting

    def read(self, entries: Sequence[Entry]) -> Window:
        """Read what was not read before; keep it."""
        found: list[tuple[bytes | None, Kept, bool]] = []
        for some in batched(entries, KEPT):
            read = list(self._threads.map(self._one, some))
            fresh = [(key, kept) for key, kept, new in read if key is not None and new]
            self._file.write(fresh)
            self.count += len(fresh)
            found += read
        window = Window([])
        for entry, (_, kept, _) in zip(entries, found, strict=True):
            if kept.error is not None and kept.error[1] == "scan" and self._ocr.available:
                self._scans.add(entry)
            else:
                window.kept.append((entry.name, kept))
        return window

    def recognised(self) -> Iterator[Window]:
        """The scans among what was read, which kept nobody else waiting."""
        for some in batched(self._scans.entries(), RECOGNISED):
            yield Window([(entry.name, self._recognise(entry)) for entry in some])

    def _recognise(self, entry: Entry) -> Kept:
        key = kept_key(entry.content, entry.name, settings=self._about_scans, now=self._now)
        known = self._file.read(key)
        if known is not None:
            return known
        try:
            document = self._ocr.read(entry.content, entry.name).model_dump_json().encode()
            kept: Kept = self._pool.ask(Text(document, entry.name, self._now), timeout=_TIMEOUT)
        except UnreadableDocument as problem:
            kept = Kept(error=(problem.detail, problem.reason))
        except EngineError as error:  # costs this file alone, and is tried again another day
            return Kept(error=(f"{entry.name}: its scan could not be recognised ({error.detail})", "failed"))
        self._file.write([(key, kept)])
        self.count += 1
        return kept

    def _one(self, entry: Entry) -> tuple[bytes | None, Kept, bool]:
        """(key, what was read, whether it is new and worth keeping)."""
        if entry.problem is not None:
            return None, Kept(error=(entry.problem.detail, entry.problem.reason)), False
        key = kept_key(entry.content, entry.name, settings=self._about, now=self._now)
        known = self._file.read(key)
        if known is not None:
            return key, known, False
        try:
            kept: Kept = self._pool.ask(Read(entry.content, entry.name, self._now), timeout=self._seconds)
        except EngineError as error:
            lost = lost_reader(entry.name, error, self._seconds)
            return key, Kept(error=(lost.detail, lost.reason)), False  # another day it may go well
        return key, kept, True

    def encode(self, window: Window) -> Window:
        texts = dict.fromkeys(text for _, kept in window.kept if kept.error is None for text in kept.embedded())
        window.vectors = self._encoders.encode(texts)
        return window

    def judge(self, window: Window, job: bytes) -> Iterator[Judged]:
        """In the order of the window; what could not be read comes last."""
        read = [(name, kept) for name, kept in window.kept if kept.error is None]
        few = [tuple(some) for some in batched(read, JUDGED)]
        for judged in self._judges.map(lambda some: self._judge(some, window.vectors, job), few):
            yield from judged
        for name, kept in window.kept:
            problem = kept.problem()
            if problem is not None:
                yield unreadable(name, problem)

    def _judge(self, some: tuple[tuple[str, Kept], ...], vectors: dict[str, Vector], job: bytes) -> list[Judged]:
        texts = list(dict.fromkeys(text for _, kept in some for text in kept.embedded()))
        while True:
            rows = (
                np.stack([vectors[text] for text in texts]) if texts else np.zeros((0, self._encoders.dim), np.float32)
            )
            answer = self._pool.ask(Judge(some, tuple(texts), rows, job), timeout=_TIMEOUT)
            if not isinstance(answer, Lacking):
                judged: list[Judged] = answer
                return judged
            vectors = vectors | self._encoders.encode(answer.texts)
            texts += answer.texts

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)
        self._judges.shutdown(cancel_futures=True)
        self._pool.close()
        self._ocr.close()
        self._scans.close()


@dataclass(frozen=True, slots=True)
class Screened:
    posting: JobPosting
    candidates: Candidates
    duplicates: list[Duplicate]
    read: int
    """Files that no earlier run had read."""


def screen_all(
    settings: Settings,
    entries: Iterable[Entry],
    job: Path,
    *,
    threshold: float,
    now: date,
    total: int,
    done: Callable[[int], None],
) -> Screened:
    """Every entry judged or named unreadable. `total`: about how many there are; `done` hears how many are finished.
    Raises what reading the posting raises."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # children inherit it: many small products, one core each
    candidates, compared = Candidates(), []
    with ExitStack() as open_:
        encoders = open_.enter_context(closing(Encoders(settings, total)))
        resumes = open_.enter_context(closing(Resumes(settings, encoders, now=now, total=total)))
        posting = resumes.posting(job)
        asked = Job(posting, threshold, settings.screening.review_band, now, encoders.name)
        pickled = pickle.dumps(asked)
        first = (resumes.read(some) for some in batched(entries, WINDOW))
        read = open_.enter_context(Ahead(chain(first, resumes.recognised())))
        encoded = open_.enter_context(Ahead(resumes.encode(window) for window in read))
        for window in encoded:
            compared += [kept.compared for _, kept in window.kept if kept.error is None]
            for judged in resumes.judge(window, pickled):
                candidates.add(judged)
                done(len(candidates))
    candidates.sort()
    return Screened(posting, candidates, compare([unpacked(one) for one in compared]), resumes.count)


class Ahead(Iterator[T]):
    """An iterable that runs in its own thread, at most one element ahead of who takes them. Its errors arrive here."""

    def __init__(self, source: Iterable[T]) -> None:
        self._ready: queue.Queue[tuple[str, Any]] = queue.Queue(maxsize=1)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(source,), daemon=True)
        self._thread.start()

    def __next__(self) -> T:
        kind, value = self._ready.get()
        if kind == "one":
            found: T = value
            return found
        self._ready.put((kind, value))
        raise StopIteration if value is None else value

    def __enter__(self) -> Ahead[T]:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()

    def _run(self, source: Iterable[T]) -> None:
        try:
            for one in source:
                if not self._put(("one", one)):
                    return
            self._put(("end", None))
        except BaseException as error:  # noqa: BLE001 - whoever takes the elements must hear of it, whatever it is
            self._put(("end", error))

    def _put(self, item: tuple[str, Any]) -> bool:
        while not self._stop.is_set():
            try:
                self._ready.put(item, timeout=0.2)
            except queue.Full:
                continue
            return True
        return False


def unreadable(name: str, error: UnreadableDocument) -> Judged:
    shown: dict[str, Any] = {
        "file": name,
        "score": None,
        "decision": None,
        "requirements": [],
        "flags": [],
        "error": error.detail,
        "error_reason": error.reason,
    }
    return Judged(name, None, json.dumps(shown, ensure_ascii=False).encode())
