"""What would another threshold, other weights or other requirements do to those who are screened? Nothing is saved.

Called by `api.routes.jobs`. A job's results stand in a `screening.board.Board`, kept for the jobs asked about last, so
that a slider moves without waiting; only requirements that are new are judged, over vectors that are in the cache.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from models.errors import Conflict
from models.values import Requirement
from screening.board import Board, Spans
from screening.prepared import prepare

if TYPE_CHECKING:
    from api.deps import App

KEPT = 4
"""Jobs whose boards stay in memory."""
BINS = 20
DECISIONS = ("advance", "review", "below")


@dataclass(frozen=True, slots=True)
class Preview:
    """`counts` by decision; `histogram`: how many scores lie in each of BINS equal steps from 0 to 1; `moved`: how many
    decisions differ from those that stand."""

    screened: int
    counts: dict[str, int]
    histogram: list[int]
    moved: int


@dataclass(slots=True)
class _Kept:
    board: Board
    applications: tuple[str, ...]
    spans: Spans | None = None


class Previews:
    """Boards by job. Thread-safe: one preview at a time."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, int, int, str, str], _Kept] = OrderedDict()

    def forget(self) -> None:
        """Somebody's resume is to be in memory no more. Boards are made again when they are asked for."""
        with self._lock:
            self._kept.clear()

    def preview(
        self, organisation_id: str, job_id: str, *, requirements: Sequence[Requirement] | None, threshold: float | None
    ) -> Preview:
        """Of everyone screened and not decided on. What is None stays as it is."""
        with self._app.database.reading() as store:
            job = store.job(organisation_id, job_id)
        band = self._app.settings.screening.review_band
        with self._lock:
            kept = self._board(organisation_id, job_id, job.requirements_version)
            standing = kept.board.decisions(job.threshold, band)
            board = kept.board if requirements is None else self._changed(kept, organisation_id, tuple(requirements))
        scores = board.scores()
        found = board.decisions(job.threshold if threshold is None else threshold, band, scores)
        counted = np.bincount(found, minlength=len(DECISIONS)).tolist()
        steps = np.bincount(np.minimum((scores * BINS).astype(int), BINS - 1), minlength=BINS)
        return Preview(
            screened=len(board),
            counts=dict(zip(DECISIONS, counted, strict=True)),
            histogram=[int(one) for one in steps],
            moved=int((found != standing).sum()),
        )

    def _board(self, organisation_id: str, job_id: str, version: int) -> _Kept:
        with self._app.database.reading() as store:
            key = (job_id, version, *store.screened_so_far(organisation_id, job_id))
            if key not in self._kept:
                asked = store.requirements(organisation_id, job_id)
                ids = [one.id for one in asked]
                current = [
                    (id, result)
                    for id, result in store.screened(organisation_id, job_id)
                    if [one.requirement_id for one in result.requirements] == ids
                ]
                board = Board.of(asked, [result for _, result in current])
                self._kept[key] = _Kept(board, tuple(id for id, _ in current))
        self._kept.move_to_end(key)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return self._kept[key]

    def _changed(self, kept: _Kept, organisation_id: str, asked: tuple[Requirement, ...]) -> Board:
        board = kept.board.without({one.id for one in kept.board.requirements} - {one.id for one in asked})
        known = {one.id: one for one in board.requirements}
        for one in asked:
            if one.id not in known or _judged_by(known[one.id]) != _judged_by(one):
                if kept.spans is None:
                    kept.spans = self._spans(kept, organisation_id)
                engines = self._app.engines
                board = board.with_requirement(
                    one, kept.spans, engines.embedder, engines.vocabulary, now=self._app.now.date()
                )
        weighed = {one.id: one for one in asked}
        return replace(board, requirements=tuple(weighed[one.id] for one in board.requirements))

    def _spans(self, kept: _Kept, organisation_id: str) -> Spans:
        read = []
        with self._app.database.reading() as store:
            for id in kept.applications:
                parsed = store.parsed(organisation_id, id)
                if parsed is None:
                    raise Conflict("Somebody of this job was erased meanwhile; ask again.")
                read.append(prepare(parsed, self._app.engines.vocabulary))
        return Spans.of(read, self._app.engines.embedder.embed([text for one in read for text in one.texts]))


def _judged_by(requirement: Requirement) -> Requirement:
    """What a verdict depends on: neither the weight nor whether it is a must."""
    return requirement.model_copy(update={"weight": 1.0, "must_have": False, "sentence": "", "line": None})
