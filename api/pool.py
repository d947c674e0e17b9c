"""The talent pool: everyone whose resume was read, found by a query in plain words. Called by `api.routes.search`, by
`foyer search` and by the pipeline, which keeps the index in step with the database.

The index says whom to look at (the nearest by meaning, and who holds the skills); those are then scored exactly, with
quotes, as a job's applicants are.
"""

from __future__ import annotations

import shutil
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from matching.skills import Vocabulary
from matching.talent import TalentIndex
from models.engines import Embedder, Vectors
from models.records import Job
from models.values import ParsedResume, ScreeningResult
from screening.people import People
from screening.prepared import Prepared, prepare
from screening.ranking import Ranking, rank
from screening.screen import Screener
from screening.search import requirements_of, resume_vector

if TYPE_CHECKING:
    from api.deps import App

RECALLED = 2_000
"""Resumes that the index finds; with its ties this is everyone in most pools."""
SCORED = 300
"""The best of them are scored exactly."""
COMPARED = 100
LARGE = 2_000
"""Resumes in an index from which on a search does not ask the database for all of them first."""
STEP = 64
"""Resumes indexed at a time."""
RANKED = 2
"""Jobs whose rankings stay in memory: some 50 MB each with a hundred thousand people."""
FRESH = timedelta(minutes=10)
"""How long a ranking stands before everybody is looked at again."""


@dataclass(frozen=True, slots=True)
class Hit:
    id: str
    resume: ParsedResume
    result: ScreeningResult


@dataclass(frozen=True, slots=True)
class Ranked:
    """People as they were ranked for a job; `screener` judges for that job, `people` has what they said."""

    ranking: Ranking
    screener: Screener
    people: People
    at: datetime
    results: dict[str, ScreeningResult] = field(default_factory=dict)
    """Of those who were shown."""


class Searcher:
    """An index and what it needs to score; knows resumes by id. `people`: where they are made ready for any job."""

    def __init__(
        self,
        embedder: Embedder,
        vocabulary: Vocabulary,
        folder: Path | None = None,
        people: People | None = None,
    ) -> None:
        self._embedder, self._vocabulary, self.people = embedder, vocabulary, people
        self.index = TalentIndex(embedder.dim, folder)
        self._prepared: OrderedDict[str, Prepared] = OrderedDict()

    @property
    def ids(self) -> frozenset[str]:
        return self.index.ids if self.people is None else self.index.ids & self.people.ids

    def put(self, resumes: Mapping[str, ParsedResume], whose: Mapping[str, str] | None = None) -> None:
        """Index these; an id that is known is replaced. Nothing but the index remembers them: thousands are indexed of
        whom nobody asks. `whose`: the candidate of each, where there are `people`."""
        self.add(self.made(resumes), whose or {})

    def made(self, resumes: Mapping[str, ParsedResume]) -> dict[str, tuple[Prepared, Vectors]]:
        """What `add` takes: all of the work, while nothing is kept yet."""
        read = {id: prepare(parsed, self._vocabulary) for id, parsed in resumes.items()}
        vectors = self._embedder.embed([text for one in read.values() for text in one.texts])
        found, at = {}, 0
        for id, one in read.items():
            found[id] = (one, vectors[at : at + len(one.texts)])
            at += len(one.texts)
        return found

    def add(self, made: Mapping[str, tuple[Prepared, Vectors]], whose: Mapping[str, str]) -> None:
        if self.people is not None:
            self.people.put({id: (whose.get(id, id), *one) for id, one in made.items()})
        self.index.put({id: (resume_vector(one, own), list(one.skills)) for id, (one, own) in made.items()})

    def drop(self, ids: set[str]) -> None:
        """A person's resume is to be forgotten."""
        for id in ids:
            self._prepared.pop(id, None)
        self.index.drop(ids)
        if self.people is not None:
            self.people.drop(ids)

    def recalled(self, query: str) -> list[str]:
        """Ids worth a look, best first."""
        asked = requirements_of(query, self._vocabulary)
        skills = [one.text for one in asked if one.kind == "skill"]
        return self.index.candidates(self._embedder.embed([query])[0], skills, RECALLED)

    def search(self, query: str, resumes: Mapping[str, ParsedResume], *, limit: int, now: date) -> list[Hit]:
        """The best `limit` of `resumes` (the recalled ones, at least), scored exactly; ties by id."""
        screener = Screener(
            requirements_of(query, self._vocabulary),
            self._embedder,
            threshold=0.5,
            review_band=0.0,
            vocabulary=self._vocabulary,
        )
        read = {id: self._ready(id, parsed) for id, parsed in resumes.items()}
        results = screener.judge_many(list(read.values()), now=now)
        found = [Hit(id, one.parsed, result) for (id, one), result in zip(read.items(), results, strict=True)]
        return sorted(found, key=lambda hit: (-hit.result.score, hit.id))[:limit]

    def _ready(self, id: str, parsed: ParsedResume) -> Prepared:
        known = self._prepared.get(id)
        if known is None or known.parsed != parsed:
            known = self._prepared[id] = prepare(parsed, self._vocabulary)
        self._prepared.move_to_end(id)
        while len(self._prepared) > RECALLED:
            self._prepared.popitem(last=False)
        return known


class Pool:
    """Every organisation's searcher, in FOYER_HOME/pool. Thread-safe."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._lock, self._syncing = threading.Lock(), threading.Lock()
        self._searchers: dict[str, Searcher] = {}
        self._ranking = threading.Lock()
        self._ranked: OrderedDict[tuple[str, str, int], Ranked] = OrderedDict()

    def rank(self, organisation_id: str, job: Job, *, again: bool = False) -> Ranked:
        """Everybody who may be asked for this job, ranked for it: as FRESH ago, or `again` now. Whoever is shown is to
        be looked up once more: they may have been erased, or have taken their consent back, meanwhile."""
        key = (organisation_id, job.id, job.requirements_version)
        with self._ranking:
            known = self._ranked.get(key)
            if known is None or again or known.at + FRESH <= self._app.now:
                known = self._ranked[key] = self._rank(organisation_id, job)
            self._ranked.move_to_end(key)
            while len(self._ranked) > RANKED:
                self._ranked.popitem(last=False)
            return known

    def _rank(self, organisation_id: str, job: Job) -> Ranked:
        people = self._searcher_now(organisation_id).people
        assert people is not None
        with self._app.database.reading() as store:
            among = store.askable(organisation_id, job.id)
        screener, now = self._app.pipeline.stages.screener(organisation_id, job), self._app.now
        return Ranked(rank(people, screener, among, now=now.date()), screener, people, now)

    def sync(self, organisation_id: str) -> Searcher:
        """Index who was read since, forget who is gone. A missing index is made anew."""
        with self._syncing:
            with self._lock:
                searcher = self._searcher(organisation_id)
            with self._app.database.reading() as store:
                known = set(store.read_documents(organisation_id))
            if gone := searcher.index.ids - known:
                with self._lock:
                    searcher.drop(set(gone))
            missing = sorted(known - searcher.ids)
            for start in range(0, len(missing), STEP):
                made = searcher.made(self._parsed(organisation_id, missing[start : start + STEP]))
                with self._lock:  # only now: whoever is to be forgotten does not wait until thousands were read
                    whose = self._whose(organisation_id, list(made))
                    searcher.add({id: one for id, one in made.items() if id in whose}, whose)
            return searcher

    def sync_all(self) -> None:
        """Called by the pipeline every little while."""
        with self._app.database.asking() as system:
            organisations = [one.id for one in system.organisations()]
        for organisation_id in organisations:
            with self._app.database.reading() as store:
                known = store.read_documents(organisation_id)
            if known or (self._app.settings.home / "pool" / organisation_id).exists():  # else no encoder is loaded
                self.sync(organisation_id)

    def search(self, organisation_id: str, query: str, *, limit: int) -> list[Hit]:
        """Best first. Raises BadRequest for an empty query."""
        searcher = self.sync(organisation_id)
        with self._lock:
            found = searcher.recalled(query)[: max(SCORED, limit)]
            resumes = self._parsed(organisation_id, found)
            return searcher.search(query, resumes, limit=limit, now=self._app.now.date())

    def find(
        self,
        organisation_id: str,
        query: str,
        narrow: Callable[[list[str]], list[str]],
        fits: Callable[[ParsedResume], bool],
    ) -> list[Hit]:
        """As `search`, of those nearest by meaning whom `narrow` leaves and whose resume `fits`; up to COMPARED of
        them are scored. A large index is brought up to date by the pipeline alone."""
        searcher = self._searcher_now(organisation_id)
        with self._lock:
            recalled = searcher.recalled(query)
        return self.among(organisation_id, query, narrow(recalled)[:SCORED], fits)

    def among(
        self, organisation_id: str, query: str, ids: list[str], fits: Callable[[ParsedResume], bool]
    ) -> list[Hit]:
        """Of these documents those that `fits` lets through, scored, best first."""
        searcher = self._searcher_now(organisation_id)
        fitting = {id: one for id, one in self._parsed(organisation_id, ids).items() if fits(one)}
        first = dict(list(fitting.items())[:COMPARED])
        with self._lock:
            return searcher.search(query, first, limit=COMPARED, now=self._app.now.date()) if first else []

    def _searcher_now(self, organisation_id: str) -> Searcher:
        with self._lock:
            searcher = self._searcher(organisation_id)
        return searcher if len(searcher.index) > LARGE else self.sync(organisation_id)

    def drop(self, organisation_id: str, document_ids: set[str]) -> None:
        """Whoever erases a document calls this in the same breath. An index of another encoder, from before, goes as a
        whole."""
        folder = self._app.settings.home / "pool" / organisation_id
        self._unrank(organisation_id)
        with self._lock:
            if not folder.exists() and organisation_id not in self._searchers:
                return  # nobody was ever indexed: no encoder is loaded for nothing
            self._searcher(organisation_id).drop(document_ids)
            for other in folder.iterdir():
                if other.name != self._folder(organisation_id).name:
                    shutil.rmtree(other)

    def _unrank(self, organisation_id: str) -> None:
        with self._ranking:
            for key in [key for key in self._ranked if key[0] == organisation_id]:
                del self._ranked[key]

    def _searcher(self, organisation_id: str) -> Searcher:
        if organisation_id not in self._searchers:
            engines, folder = self._app.engines, self._folder(organisation_id)
            folder.mkdir(parents=True, exist_ok=True)
            people = People(engines.embedder.dim, self._app.seal, engines.vocabulary.digest, folder)
            self._searchers[organisation_id] = Searcher(engines.embedder, engines.vocabulary, folder, people)
        return self._searchers[organisation_id]

    def _folder(self, organisation_id: str) -> Path:
        name = self._app.engines.embedder.name.replace("/", "-")
        return self._app.settings.home / "pool" / organisation_id / name

    def _parsed(self, organisation_id: str, ids: list[str]) -> dict[str, ParsedResume]:
        """In this order, of those that are still there."""
        with self._app.database.reading() as store:
            read = store.resumes(organisation_id, ids)
        return {id: ParsedResume.model_validate(read[id]) for id in ids if id in read}

    def _whose(self, organisation_id: str, ids: list[str]) -> dict[str, str]:
        with self._app.database.reading() as store:
            return store.owners(organisation_id, ids)
