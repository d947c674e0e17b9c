"""The index at 10^4, 10^5 and 10^6 vectors: FAISS in files and pgvector side by side, by the same queries.

For each: how long it takes to build, what a process that opens it takes of memory, disk, a query for 100, and how many
of the true 100 nearest it finds (at least RECALL); then how these grow, as the exponent between two sizes. What the
vectors are stands in `tests.bench.spans`. Times are of this machine as it is: CPU seconds stand beside them.

`python -m tests.bench.index --sizes 10000,100000 --kinds faiss,pgvector` measures some of it.
"""

from __future__ import annotations

import argparse
import math
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Engine, create_engine, text

from compliance.seal import OpenSeal
from matching.index import FLAT, FaissIndex
from matching.onnx_encoder import OnnxEmbedder
from models.db import Database
from models.engines import VectorIndex, Vectors
from models.vectors import NEAREST, PgVectorIndex
from tests.bench import spans
from tests.bench.figures import DATA, figure, percentile, skipped
from tests.bench.ranking import CACHE
from tests.postgres import PostgresServer, installed

BENCH = "index"
SIZES = (10_000, 100_000, 1_000_000)
QUERIES, K = 200, 100
RECALL = 0.98
STEP = 10_000
"""Vectors of one put."""


@dataclass(slots=True)
class Measured:
    """`memory`, `disk`: MiB. `build`, `query`: seconds."""

    build: float
    build_cpu: float
    memory: float
    disk: float
    query: float = 0.0
    more: dict[str, Any] = field(default_factory=dict)


def truth(vectors: Vectors, queries: Vectors) -> list[set[str]]:
    """The K nearest of all, by comparing all."""
    best = np.full((len(queries), K), -2.0, np.float32)
    names = np.zeros((len(queries), K), np.int64)
    for at in range(0, len(vectors), 50_000):
        near = np.hstack([best, queries @ vectors[at : at + 50_000].T])
        rows = np.hstack(
            [names, np.broadcast_to(np.arange(at, at + near.shape[1] - K), (len(queries), near.shape[1] - K))]
        )
        top = np.argpartition(-near, K, axis=1)[:, :K]
        best, names = np.take_along_axis(near, top, 1), np.take_along_axis(rows, top, 1)
    return [{f"{row}" for row in some.tolist()} for some in names]


def asked(index: VectorIndex, queries: Vectors, nearest: list[set[str]]) -> tuple[float, float, float]:
    """(p50, p95, recall@K)."""
    for query in queries[:5]:
        index.nearest(query, K)
    taken, shares = [], []
    for query, true in zip(queries, nearest, strict=True):
        began = time.perf_counter()
        found = index.nearest(query, K)
        taken.append(time.perf_counter() - began)
        shares.append(len(true & {name for name, _ in found}) / K)
    return percentile(taken, 0.5), percentile(taken, 0.95), float(np.mean(shares))


def put_all(index: VectorIndex, vectors: Vectors) -> None:
    for at in range(0, len(vectors), STEP):
        some = np.asarray(vectors[at : at + STEP])
        index.put([f"{row}" for row in range(at, at + len(some))], some)


def timed(work: Callable[[], object]) -> tuple[float, float]:
    began, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - began, time.process_time() - cpu


# ---------------------------------------------------------------- the kinds


def faiss(vectors: Vectors, folder: Path, flat: int) -> tuple[FaissIndex, Measured]:
    made = FaissIndex(vectors.shape[1], folder, flat=flat)
    build, cpu = timed(lambda: put_all(made, vectors))
    made.close()
    with get_context("spawn").Pool(1) as other:
        memory = other.apply(memory_of, (folder, np.asarray(vectors[0]), flat))
    index = FaissIndex(vectors.shape[1], folder, flat=flat)
    opened, _ = timed(lambda: index.nearest(vectors[0], K))
    found = Measured(build, cpu, memory, size_of(folder))
    found.more["open_s"] = round(opened, 3)
    last = f"{len(vectors) - 1}"
    found.more["one_put_s"] = round(timed(lambda: index.put([last], vectors[-1:]))[0], 4)
    found.more["one_drop_s"] = round(timed(lambda: index.drop([last]))[0], 4)
    index.put([last], vectors[-1:])
    return index, found


def memory_of(folder: Path, query: Vectors, flat: int) -> float:
    """MiB that a process needs to open the index and ask it; run in one of its own."""
    import faiss as _  # noqa: F401 - its code is no part of the index

    before = own_memory()
    index = FaissIndex(len(query), folder, flat=flat)
    index.nearest(query, K)
    return own_memory() - before


def own_memory() -> float:
    """Of this process alone: files that are mapped are the system's to drop."""
    found = re.search(r"RssAnon:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024 if found else math.nan


def size_of(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.iterdir()) / 2**20


def pgvector(vectors: Vectors, engine: Engine, flat: int) -> tuple[PgVectorIndex, Measured]:
    """Loaded as a table is, then indexed: one by one would take pgvector about a millisecond each."""
    from pgvector.psycopg import register_vector

    def load() -> None:
        with engine.begin() as connection:
            NEAREST.drop(connection, checkfirst=True)
            connection.execute(text("TRUNCATE vectors"))
            raw = connection.connection.driver_connection
            assert raw is not None
            register_vector(raw)
            copy = "COPY vectors (organisation_id, name, id, embedding) FROM STDIN WITH (FORMAT BINARY)"
            with raw.cursor().copy(copy) as rows:
                rows.set_types(["varchar", "varchar", "varchar", "vector"])
                for row, vector in enumerate(vectors):
                    rows.write_row(("bench", "spans", f"{row}", np.asarray(vector)))

    def build() -> None:
        with engine.begin() as connection:
            connection.execute(text("SET LOCAL maintenance_work_mem = '4GB'"))
            NEAREST.create(connection)

    loading, _ = timed(load)
    building = timed(build)[0] if flat == 0 else 0.0
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE vectors"))
        sizes = connection.execute(
            text(
                "SELECT pg_total_relation_size('vectors'), "
                "coalesce(pg_relation_size(to_regclass('ix_vectors_nearest')), 0)"
            )
        ).one()
    found = Measured(loading + building, math.nan, sizes[1] / 2**20, sizes[0] / 2**20)
    found.more["loading_s"] = round(loading, 2)
    return PgVectorIndex(engine, organisation_id="bench", name="spans", dim=vectors.shape[1], flat=flat), found


def kinds(size: int, wanted: list[str]) -> list[tuple[str, str, int]]:
    """(what it is called, engine, `flat`) for a size: what the product does there, and at FLAT both ways."""
    flat, beyond = size <= FLAT, size >= FLAT
    found = []
    if "faiss" in wanted:
        found += [("faiss flat", "faiss", FLAT)] if flat else []
        found += [("faiss cells, compared again", "faiss", 1)] if beyond else []
    if "pgvector" in wanted:
        found += [("pgvector exact", "pgvector", FLAT)] if flat else []
        found += [("pgvector hnsw, compared again", "pgvector", 0)]
    return found


# ---------------------------------------------------------------- all of it


def main(arguments: list[str] | None = None) -> bool:
    given = argparse.ArgumentParser()
    given.add_argument("--sizes", default=",".join(map(str, SIZES)))
    given.add_argument("--kinds", default="faiss,pgvector")
    options = given.parse_args(arguments if arguments is not None else [])
    if not (DATA / "ranking" / "distractors.csv").is_file():
        skipped(BENCH, f"no data in {DATA}")
        return True
    wanted = options.kinds.split(",")
    ok = True
    grown: dict[str, list[tuple[int, Measured]]] = {}
    real = spans.spans(OnnxEmbedder(folder=CACHE, threads=2))
    with tempfile.TemporaryDirectory() as folder:
        server = started() if "pgvector" in wanted else None
        engine_of = opened(server) if server is not None else None
        for size in map(int, options.sizes.split(",")):
            vectors, queries, count = spans.filled(real, QUERIES, size, Path(folder) / "vectors")
            nearest = truth(vectors, queries)
            for name, engine, flat in kinds(size, wanted):
                if engine == "pgvector" and engine_of is None:
                    continue
                with tempfile.TemporaryDirectory() as place:
                    index, found = (
                        faiss(vectors, Path(place) / "index", flat)
                        if engine == "faiss"
                        else pgvector(vectors, engine_of, flat)  # type: ignore[arg-type]
                    )
                    ok &= told(name, size, count, index, found, queries, nearest)
                grown.setdefault(name, []).append((size, found))
        if engine_of is not None and server is not None:
            engine_of.dispose()
            server.stop()
    for name, measured in grown.items():
        growth(name, measured)
    return ok


def told(
    name: str, size: int, count: int, index: VectorIndex, found: Measured, queries: Vectors, nearest: list[set[str]]
) -> bool:
    found.query, p95, recall = asked(index, queries, nearest)
    return figure(
        BENCH,
        f"recall@{K}, {name}",
        recall,
        vectors=size,
        at_least=RECALL,
        real_spans=count,
        mixtures=size - count,
        build_s=round(found.build, 2),
        build_cpu_s=None if math.isnan(found.build_cpu) else round(found.build_cpu, 2),
        memory_mib=round(found.memory, 1),
        disk_mib=round(found.disk, 1),
        query_p50_ms=round(found.query * 1000, 2),
        query_p95_ms=round(p95 * 1000, 2),
        load=round(os.getloadavg()[0], 1),
        **found.more,
    )


def growth(name: str, measured: list[tuple[int, Measured]]) -> None:
    """From each size to the next: 1 is in proportion to it."""
    for (small, before), (large, after) in pairwise(measured):
        whole = math.log(large / small)
        told: dict[str, Any] = {
            what: round(math.log(max(getattr(after, what), 1e-9) / max(getattr(before, what), 1e-9)) / whole, 2)
            for what in ("build", "memory", "disk", "query")
        }
        figure(BENCH, f"growth, {name}", told["query"], "exponent of a query's time", **told, vectors=[small, large])


def started() -> PostgresServer | None:
    """A PostgreSQL of our own; None where there is none."""
    if not installed():
        skipped(f"{BENCH} pgvector", "no PostgreSQL with pgvector is installed")
        return None
    return PostgresServer()


def opened(server: PostgresServer) -> Engine:
    """With Foyer's tables."""
    url = server.create("bench_index")
    database = Database(url, OpenSeal())
    database.migrate()
    database.close()
    return create_engine(url)


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1:]) else 1)
