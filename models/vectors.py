"""Nearest neighbours by cosine inside PostgreSQL (pgvector), shared by all processes. Fits `VectorIndex`; its twin in
files is `matching.index`. The table and its HNSW index come from the migrations, wherever the extension is available.

All organisations share the HNSW index, which knows nothing of whose a vector is. So an index of FLAT vectors or fewer
is compared as a whole, by its primary key, and of a larger one the HNSW index is read on until enough of its own were
found; where that ends too early, all is compared again. Cosines that are given are exact in every case.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

import numpy as np
from pgvector.sqlalchemy import VECTOR
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Index,
    MetaData,
    Numeric,
    String,
    Table,
    cast,
    delete,
    func,
    inspect,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql import FromClause

from models.engines import Vector, Vectors
from models.errors import EngineError

metadata = MetaData()
"""Apart from the other tables: this one exists on PostgreSQL alone."""

VECTORS = Table(
    "vectors",
    metadata,
    Column("organisation_id", String(64), primary_key=True),
    Column("name", String(200), primary_key=True),
    Column("id", String(200), primary_key=True),
    Column("embedding", VECTOR(), nullable=False),  # no dimension: indexes of several encoders share the table
)
HNSW = 384
"""Dimensions of the bundled encoder's vectors, for which there is an index. Others are compared one by one."""
NEAREST = Index(
    "ix_vectors_nearest",
    cast(VECTORS.c.embedding, VECTOR(HNSW)).label("embedding"),
    postgresql_using="hnsw",
    postgresql_ops={"embedding": "vector_ip_ops"},
    postgresql_where=func.vector_dims(VECTORS.c.embedding) == HNSW,
)
FLAT = 100_000
"""As many are compared one by one."""
FOUND, MORE = 2, 200
"""Of FLAT vectors a query for k looks at k * FOUND + MORE of the HNSW index's, which are then compared exactly; of ten
times as many at twice that, since the graph finds fewer of the nearest the larger it is."""
_LOOKED_AT = 1_000
"""The most that pgvector keeps in view at once (hnsw.ef_search)."""
_COUNTED = 60.0
"""Seconds for which it is known how many there are."""
_DIGITS = 6


class PgVectorIndex:
    """The index `name` of one organisation. Unit vectors; cosines are rounded to 6 decimals, where fp32 sums agree
    between machines. Every change is on disk before the call returns."""

    def __init__(self, engine: Engine, *, organisation_id: str, name: str, dim: int, flat: int = FLAT) -> None:
        self._engine, self._dim, self._flat = engine, dim, flat
        self._own, self._counted_until = 0, 0.0
        self._organisation_id, self._name = organisation_id, name
        self._ours = (VECTORS.c.organisation_id == organisation_id) & (VECTORS.c.name == name)
        if not inspect(engine).has_table(VECTORS.name):
            raise EngineError(
                "This database has no pgvector table. It takes PostgreSQL with the pgvector extension installed before "
                "`foyer migrate` runs for the first time; without it the index in memory is used."
            )

    def put(self, ids: Sequence[str], vectors: Vectors) -> None:
        given = np.asarray(vectors, np.float32).reshape(-1, self._dim)
        if len(ids) != len(given):
            raise EngineError(f"{len(ids)} ids came with {len(given)} vectors; give one id a vector")
        rows = [
            {"organisation_id": self._organisation_id, "name": self._name, "id": id, "embedding": vector}
            for id, vector in sorted(dict(zip(ids, given, strict=True)).items())  # sorted: two writers do not deadlock
        ]
        if not rows:
            return
        added = insert(VECTORS)
        replaced = added.on_conflict_do_update(
            index_elements=["organisation_id", "name", "id"], set_={"embedding": added.excluded.embedding}
        )
        with self._engine.begin() as connection:
            connection.execute(replaced, rows)

    def drop(self, ids: Sequence[str]) -> None:
        """Deleted and vacuumed, so that the space is free to be overwritten. PostgreSQL's write-ahead log keeps a copy
        until it is recycled, and a transaction still open elsewhere delays the vacuum to the next one."""
        if not ids:
            return
        with self._engine.begin() as connection:
            connection.execute(delete(VECTORS).where(self._ours, VECTORS.c.id.in_(ids)))
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f"VACUUM {VECTORS.name}"))

    def nearest(self, vector: Vector, k: int) -> list[tuple[str, float]]:
        """At most k (id, cosine), best first; ties by id."""
        if k <= 0:
            return []
        query = np.asarray(vector, np.float32).reshape(self._dim)
        with self._engine.begin() as connection:
            if self._dim == HNSW and (own := self._size(connection)) > self._flat:
                found = self._by_hnsw(connection, query, k, own)
                if len(found) == min(k, own):
                    return found
            return self._ordered(connection, query, VECTORS, k)

    def _ordered(self, connection: Connection, query: Vector, table: FromClause, k: int) -> list[tuple[str, float]]:
        inner = -table.c.embedding.max_inner_product(query)
        cosine = func.round(cast(inner, Numeric), _DIGITS)
        asked = select(table.c.id, cosine).order_by(cosine.desc(), table.c.id.collate("C")).limit(k)
        if table is VECTORS:
            asked = asked.where(self._ours)
        return [(id, float(value)) for id, value in connection.execute(asked)]

    def _by_hnsw(self, connection: Connection, query: Vector, k: int, own: int) -> list[tuple[str, float]]:
        """Read on past the vectors of others: as many as there are of them for each of ours, and some."""
        wanted = round((k * FOUND + MORE) * (1 + max(0.0, math.log10(own / FLAT))))
        everybody = connection.scalar(text("SELECT reltuples::bigint FROM pg_class WHERE relname = 'vectors'")) or own
        reach = 20 * wanted * max(1, everybody // own)
        for setting in (
            f"hnsw.ef_search = {min(wanted, _LOOKED_AT)}",
            "hnsw.iterative_scan = relaxed_order",
            f"hnsw.max_scan_tuples = {min(max(reach, 20_000), 2**31 - 1)}",
            "hnsw.scan_mem_multiplier = 4",
            "enable_seqscan = off",
            "enable_bitmapscan = off",
            "enable_sort = off",
        ):
            connection.execute(text(f"SET LOCAL {setting}"))
        distance = cast(VECTORS.c.embedding, VECTOR(HNSW)).max_inner_product(query)
        near = (
            select(VECTORS.c.id, VECTORS.c.embedding)
            .where(self._ours, func.vector_dims(VECTORS.c.embedding) == HNSW)
            .order_by(distance)
            .limit(wanted)
            .cte("near")
            .prefix_with("MATERIALIZED")
        )
        return self._ordered(connection, query, near, k)

    def _size(self, connection: Connection) -> int:
        """How many there are, counted every little while."""
        now = time.monotonic()
        if now > self._counted_until:
            self._own = connection.scalar(select(func.count()).select_from(VECTORS).where(self._ours)) or 0
            self._counted_until = now + _COUNTED
        return self._own
