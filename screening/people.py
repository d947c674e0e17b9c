"""Everybody whom an organisation knows, ready to be ranked for a new job: their spans' vectors for a first look at all,
and, of each, what `prepare` made of the resume, for the exact score. Called by `api.pool`.

What tells about a person is sealed under their own key (`models.engines.Seal`); vectors lie as those of the pool's
other index do. Files may be deleted at any time: they are made again from the database.
"""

from __future__ import annotations

import json
import pickle
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from matching.span_index import SpanIndex
from matching.sqlite_file import SqliteFile
from models.engines import Seal, Vectors
from models.errors import FoyerError
from models.values import Basics, ParsedResume, Resume
from screening.kept import code_digest
from screening.noted import Noted
from screening.prepared import Prepared
from screening.rules import look_up
from screening.stuffing import lines
from screening.verdicts import certifying

_LEVEL = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS people (
    id TEXT PRIMARY KEY, subject TEXT NOT NULL, made TEXT NOT NULL, sealed BLOB NOT NULL
) WITHOUT ROWID;
"""


class People:
    """By document. With `folder`, changes are on disk before a call returns, and what is dropped is overwritten. What
    another release, or other words, made ready counts as not there."""

    def __init__(self, dim: int, seal: Seal, words: str, folder: Path | None = None) -> None:
        """`words`: the digest of the vocabulary."""
        self._seal, self._made = seal, f"{code_digest()}:{words}"
        self.spans = SpanIndex(dim, None if folder is None else folder / "spans")
        self._file = SqliteFile(
            None if folder is None else folder / "people.db",
            _SCHEMA,
            called=f"{folder}: who is known",
            cure="delete its folder; it is made again",
        )

    @property
    def ids(self) -> frozenset[str]:
        with self._file.reading() as db:
            return frozenset(id for (id,) in db.execute("SELECT id FROM people WHERE made = ?", (self._made,)))

    def put(self, people: Mapping[str, tuple[str, Prepared, Vectors]]) -> None:
        """document -> (whose it is, what was made ready, a vector for each span). A known one is replaced."""
        self.spans.put({id: vectors for id, (_, _, vectors) in people.items() if len(vectors)})
        self.keep({id: (subject, read) for id, (subject, read, _) in people.items()})

    def keep(self, people: Mapping[str, tuple[str, Prepared]]) -> None:
        """What was made ready of those whose vectors are there."""
        self._seal.prepare(sorted({subject for subject, _ in people.values()}))
        rows = [
            (id, subject, self._made, self._seal.seal(_packed(read), subject=subject))
            for id, (subject, read) in people.items()
        ]
        with self._file.together() as db:
            db.executemany("INSERT OR REPLACE INTO people VALUES (?, ?, ?, ?)", rows)

    def drop(self, ids: Iterable[str]) -> None:
        """Erasure must reach here."""
        gone = sorted(set(ids))
        with self._file.together() as db:
            db.execute("DELETE FROM people WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(gone),))
        self._file.forget()
        self.spans.drop(gone)

    def read(self, ids: Sequence[str]) -> Iterator[tuple[str, Prepared, Vectors]]:
        """Of those that are there, in this order. Who cannot be unsealed any more is left out."""
        query = "SELECT id, subject, sealed FROM people WHERE made = ? AND id IN (SELECT value FROM json_each(?))"
        with self._file.reading() as db:
            rows = {id: (subject, sealed) for id, subject, sealed in db.execute(query, (self._made, json.dumps(ids)))}
        self._seal.expect([subject for subject, _ in rows.values()])
        there = [id for id in ids if id in rows]
        for id, vectors in zip(there, self.spans.vectors(there), strict=True):
            try:
                read = _unpacked(self._seal.unseal(rows[id][1]))
            except FoyerError:  # erased, or under a key that was renewed since
                continue
            if len(vectors) >= len(read.texts):
                yield id, read, vectors[: len(read.texts)]

    def close(self) -> None:
        self.spans.close()
        self._file.close()


def _packed(read: Prepared) -> bytes:
    """Without what no score needs: addresses, sources and the like stay in the database alone. The name is there to be
    taken out, should some lines have to be made ready anew (`Screener.own`)."""
    resume = read.parsed.resume
    basics = Basics(name=resume.basics.name)
    bare = Resume(basics=basics, work=resume.work, education=resume.education, languages=resume.languages)
    parsed = ParsedResume(resume=bare, spans=read.parsed.spans, years=read.parsed.years, document=read.parsed.document)
    noted = Noted(parsed)
    look_up(noted)
    for look in (lines, certifying):
        noted.of(look)
    return zlib.compress(pickle.dumps(replace(read, parsed=parsed, noted=noted), 5), _LEVEL)


def _unpacked(packed: bytes) -> Prepared:
    read: Prepared = pickle.loads(zlib.decompress(packed))  # noqa: S301 - written by ourselves, sealed
    return read
