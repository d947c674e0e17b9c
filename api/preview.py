"""What would another threshold, other weights or other requirements do to those who are screened? Nothing is saved.

Called by `api.routes.jobs` and `api.routes.requirements`. A job's results stand in a `screening.board.Board`, kept for
the jobs asked about last, so that a slider moves without waiting; only requirements that are new are judged, over
vectors that are in the cache. While somebody edits, a few people are looked at, those nearest to the threshold, since
reading thousands of resumes again for each word typed would not keep up.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from models.errors import Conflict
from models.values import Requirement
from screening.board import Board, Floats, Spans
from screening.prepared import prepare

if TYPE_CHECKING:
    from api.deps import App

KEPT = 4
"""Jobs whose boards stay in memory."""
MOST_SEEN = 20
"""People looked at while somebody edits."""
BINS = 20
Decided = NDArray[np.int8]
DECISIONS = ("advance", "review", "below")


@dataclass(frozen=True, slots=True)
class Preview:
    """`counts` by decision; `histogram`: how many scores lie in each of BINS equal steps from 0 to 1; `moved`: how many
    decisions differ from those that stand."""

    screened: int
    counts: dict[str, int]
    histogram: list[int]
    moved: int


@dataclass(frozen=True, slots=True)
class Seen:
    """One person, before and after. Ranks count from 1 among those looked at; decisions are of DECISIONS."""

    application_id: str
    name: str
    rank: tuple[int, int]
    score: tuple[float, float]
    decision: tuple[str, str]

    @property
    def crosses(self) -> int:
        """1: would be let through and is not; -1: the other way round; 0: stays."""
        return (self.decision[1] == "advance") - (self.decision[0] == "advance")


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
        self._few_lock = threading.Lock()
        self._few: OrderedDict[tuple[str, int, tuple[tuple[str, str], ...]], _Kept] = OrderedDict()

    def forget(self) -> None:
        """Somebody's resume is to be in memory no more. Boards are made again when they are asked for."""
        with self._lock:
            self._kept.clear()
        with self._few_lock:
            self._few.clear()

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
        return _counted(scores, standing, found)

    def people(
        self,
        organisation_id: str,
        job_id: str,
        *,
        requirements: Sequence[Requirement] | None,
        threshold: float | None,
        most: int = MOST_SEEN,
    ) -> tuple[Preview, list[Seen]]:
        """As `preview`, of at most `most` people, those whose standing score is nearest to the threshold; and each of
        them, in the order they would have."""
        with self._app.database.reading() as store:
            job = store.job(organisation_id, job_id)
            near = store.near_threshold(organisation_id, job_id, job.threshold, most)
        band = self._app.settings.screening.review_band
        with self._few_lock:
            kept = self._board_of(organisation_id, job_id, job.requirements_version, near)
            board = kept.board if requirements is None else self._changed(kept, organisation_id, tuple(requirements))
        before, after = kept.board.scores(), board.scores()
        standing = kept.board.decisions(job.threshold, band)
        found = board.decisions(job.threshold if threshold is None else threshold, band, after)
        names, ids = {id: name or "" for id, name, _ in near}, kept.applications
        first, then = _ranks(before, ids), _ranks(after, ids)
        seen = [
            Seen(
                application_id=id,
                name=names[id],
                rank=(first[at], then[at]),
                score=(float(before[at]), float(after[at])),
                decision=(DECISIONS[standing[at]], DECISIONS[found[at]]),
            )
            for at, id in enumerate(ids)
        ]
        return _counted(after, standing, found), sorted(seen, key=lambda one: one.rank[1])

    def _board_of(
        self, organisation_id: str, job_id: str, version: int, near: list[tuple[str, str | None, datetime]]
    ) -> _Kept:
        key = (job_id, version, tuple((id, at.isoformat()) for id, _, at in near))
        if key not in self._few:
            with self._app.database.reading() as store:
                asked = store.requirements(organisation_id, job_id, version)
                found = store.screenings(organisation_id, [id for id, _, _ in near])
            ids = [one.id for one in asked]
            current = [
                (id, found[id])
                for id, _, _ in near
                if id in found and [one.requirement_id for one in found[id].requirements] == ids
            ]
            board = Board.of(asked, [result for _, result in current])
            self._few[key] = _Kept(board, tuple(id for id, _ in current))
        self._few.move_to_end(key)
        while len(self._few) > KEPT:
            self._few.popitem(last=False)
        return self._few[key]

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


def _counted(scores: Floats, standing: Decided, found: Decided) -> Preview:
    counted = np.bincount(found, minlength=len(DECISIONS)).tolist()
    steps = np.bincount(np.minimum((scores * BINS).astype(int), BINS - 1), minlength=BINS)
    return Preview(
        screened=len(scores),
        counts=dict(zip(DECISIONS, counted, strict=True)),
        histogram=[int(one) for one in steps],
        moved=int((found != standing).sum()),
    )


def _ranks(scores: Floats, ids: Sequence[str]) -> list[int]:
    """Place of each, from 1; of equal scores the older application comes first."""
    order = sorted(range(len(ids)), key=lambda at: (-scores[at], ids[at]))
    places = {at: place for place, at in enumerate(order, start=1)}
    return [places[at] for at in range(len(ids))]


def _judged_by(requirement: Requirement) -> Requirement:
    """What a verdict depends on: neither the weight nor whether it is a must."""
    return requirement.model_copy(update={"weight": 1.0, "must_have": False, "sentence": "", "line": None})
