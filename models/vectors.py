"""Nearest neighbours by cosine inside PostgreSQL (pgvector), exact, shared by all processes. Fits `VectorIndex`; its
twin in memory is `matching.index`. The table comes from the migrations, wherever the extension is available.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pgvector.sqlalchemy import VECTOR
from sqlalchemy import Column, Engine, MetaData, Numeric, String, Table, cast, delete, func, inspect, select, text
from sqlalchemy.dialects.postgresql import insert

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
_DIGITS = 6


class PgVectorIndex:
    """The index `name` of one organisation. Unit vectors; cosines are rounded to 6 decimals, where fp32 sums agree
    between machines. Every change is on disk before the call returns."""

    def __init__(self, engine: Engine, *, organisation_id: str, name: str, dim: int) -> None:
        self._engine, self._dim = engine, dim
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
        inner = -VECTORS.c.embedding.max_inner_product(np.asarray(vector, np.float32).reshape(self._dim))
        cosine = func.round(cast(inner, Numeric), _DIGITS)
        query = (
            select(VECTORS.c.id, cosine).where(self._ours).order_by(cosine.desc(), VECTORS.c.id.collate("C")).limit(k)
        )
        with self._engine.connect() as connection:
            return [(id, float(value)) for id, value in connection.execute(query)]
