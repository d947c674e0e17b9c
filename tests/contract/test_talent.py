"""The talent pool: who is found, that the first stage loses nobody, and that who is forgotten is in no file."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import update

import api.pool
from api.app import build
from api.deps import App
from api.pool import Searcher
from matching.skills import Vocabulary
from matching.talent import TalentIndex
from models.engines import Vectors
from models.errors import BadRequest
from models.records import Document
from models.settings import ROOT, Settings
from models.values import ParsedResume
from screening.extract import Limits, read
from screening.parse import parse
from tests.fakes import FakeEmbedder
from tests.store_world import NOW, add_application, add_job

DIM = 8
TODAY = date(2026, 11, 1)


def unit(rows: int) -> Vectors:
    drawn = np.random.default_rng(4).normal(size=(rows, DIM)).astype(np.float32)
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), np.float32)


def filled(index: TalentIndex, count: int = 30) -> Vectors:
    vectors = unit(count)
    index.put({f"person-{at:02d}": (vectors[at], {"Python", f"Only {at:02d}"}) for at in range(count)})
    return vectors


def contents(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file())


def test_the_forgotten_are_in_memory_and_files_no_more(tmp_path: Path) -> None:
    index = TalentIndex(DIM, tmp_path)
    vectors = filled(index)
    trace = [b"person-07", b"Only 07", vectors[7].tobytes()]
    assert all(one in contents(tmp_path) for one in trace)
    index.drop(["person-07"])
    assert not any(one in contents(tmp_path) for one in trace)
    for again in (index, TalentIndex(DIM, tmp_path)):
        assert again.ids == {f"person-{at:02d}" for at in range(30) if at != 7}
        assert "person-07" not in again.candidates(vectors[7], {"Python", "Only 07"}, 50)


def test_near_ones_and_holders_are_united_best_first(tmp_path: Path) -> None:
    index = TalentIndex(DIM, tmp_path)
    vectors = filled(index)
    assert index.candidates(vectors[3], set(), 1) == ["person-03"]
    found = index.candidates(vectors[3], {"Only 09"}, 1)
    assert set(found) == {"person-03", "person-09"}
    index.put({"person-09": (vectors[9], set())})
    assert index.candidates(vectors[3], {"Only 09"}, 1) == ["person-03"], "a resume put again is replaced"


def test_a_process_with_an_old_copy_brings_nobody_back(tmp_path: Path) -> None:
    vectors = np.eye(4, dtype=np.float32)
    one = TalentIndex(4, tmp_path)
    one.put({"erased": (vectors[0], {"Go"}), "stays": (vectors[1], {"Go"})})
    other = TalentIndex(4, tmp_path)
    one.drop(["erased"])
    other.put({"new": (vectors[2], {"Rust"})})
    assert other.ids == TalentIndex(4, tmp_path).ids == {"stays", "new"}
    assert b"erased" not in contents(tmp_path)


def samples() -> dict[str, ParsedResume]:
    files = sorted((ROOT / "samples" / "resumes").glob("*.txt"))
    return {file.name: parse(read(file.read_bytes(), file.name, Limits()), now=TODAY) for file in files}


def test_the_shortlist_holds_the_best_of_scoring_everyone() -> None:
    resumes, searcher = samples(), Searcher(FakeEmbedder(), Vocabulary.load())
    searcher.put(resumes)
    for query in ("python engineer with kubernetes", "nurse on a ward", "accounts and payroll"):
        everyone = searcher.search(query, resumes, limit=5, now=TODAY)
        recalled = searcher.recalled(query)
        found = searcher.search(query, {id: resumes[id] for id in recalled}, limit=5, now=TODAY)
        assert [hit.id for hit in found] == [hit.id for hit in everyone]
        assert found[0].result.score >= found[-1].result.score
        best = found[0]
        quotes = [evidence.quote for one in best.result.requirements for evidence in one.evidence]
        assert quotes, "with the resume's own words"
        assert all(any(quote in span.text for span in best.resume.spans) for quote in quotes)
    with pytest.raises(BadRequest):
        searcher.recalled(" ?! ")


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    built = build(Settings(home=tmp_path))
    built.engines._built["embedder"] = FakeEmbedder()
    with built.database.system() as system:
        system.add_organisation("Example", NOW)
    yield built
    built.database.close()


def test_the_service_finds_whom_it_has_read_and_rebuilds_a_lost_index(app: App) -> None:
    with app.database.asking() as system:
        org = system.organisations()[0].id
    ids = {}
    for name, parsed in samples().items():
        with app.database.store() as store:
            application = add_application(store, add_job(store, org))
            store.record_parsed(org, application.id, parsed, NOW)
            ids[application.document_id] = name
    found = app.pool.search(org, "python engineer with kubernetes", limit=3)
    assert len(found) == 3
    assert found[0].result.score > 0
    folder = app.settings.home / "pool" / org
    assert found[0].id.encode() in contents(folder)
    app.pool.drop(org, {found[0].id})
    assert found[0].id.encode() not in contents(folder)
    app.pool.sync_all()
    assert {hit.id for hit in app.pool.search(org, "python engineer with kubernetes", limit=3)} == {
        hit.id for hit in found
    }, "still in the database, so indexed again"


class Halting(FakeEmbedder):
    """Waits in its second call until it may go on."""

    def __init__(self) -> None:
        super().__init__()
        self.reached, self.goes_on = threading.Event(), threading.Event()

    def embed(self, texts: Sequence[str]) -> Vectors:
        if len(self.calls) == 1:
            self.reached.set()
            assert self.goes_on.wait(30)
        return super().embed(texts)


def test_nobody_waits_to_be_forgotten_until_all_are_indexed(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.pool, "STEP", 1)
    embedder = app.engines._built["embedder"] = Halting()
    with app.database.asking() as system:
        org = system.organisations()[0].id
    for parsed in list(samples().values())[:3]:
        with app.database.store() as store:
            application = add_application(store, add_job(store, org))
            store.record_parsed(org, application.id, parsed, NOW)
    with app.database.reading() as store:
        first, second, third = sorted(store.read_documents(org))
    indexing = threading.Thread(target=app.pool.sync, args=(org,))
    indexing.start()
    try:
        assert embedder.reached.wait(30)
        with app.database.store() as store:
            gone = update(Document).where(Document.id.in_([first, second])).values(parsed=None)
            store._session.execute(gone)
        forgetting = threading.Thread(target=app.pool.drop, args=(org, {first, second}))
        forgetting.start()
        forgetting.join(10)
        assert not forgetting.is_alive(), "while the second is being read"
    finally:
        embedder.goes_on.set()
        indexing.join(30)
    assert app.pool.sync(org).ids == {third}, "the second was read before it was gone, and kept by nobody after"
