"""People who are known already, ranked for a job: the exact scores are the Screener's, who may not be asked or was
erased is nowhere, names move nothing, and other weights need no vector. On SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from api.app import build
from api.deps import App
from api.erasing import erase_for
from api.pool_ranked import Page, page_of
from api.routes.pool_job import RankIn
from matching.skills import Vocabulary
from matching.span_index import BLOCK, SpanIndex
from models.errors import BadRequest
from models.settings import ROOT, Settings
from models.values import ParsedResume, Requirement
from screening import ranking
from screening.extract import Limits, read
from screening.parse import parse
from screening.posting import read_posting
from screening.ranking import rank
from screening.screen import Screener
from tests.fakes import FakeEmbedder
from tests.store_world import KIM, NOW, add_application, add_job

POSTING = ROOT / "samples" / "jobs" / "backend_engineer.md"
TEXT = POSTING.read_text("utf-8")
NAMES = ("brandon-yates", "ewan-mackay", "fatima-zahra-idrissi", "kofi-asante", "renate-zoller", "roshni-patel")
PEOPLE = 2 * len(NAMES)


@cache
def asked() -> tuple[Requirement, ...]:
    return read_posting(TEXT, media_type="text/markdown", name=POSTING.name).requirements


@cache
def texts() -> list[str]:
    """Samples, and shorter ones. Into one the posting was pasted: it loses those lines, as in screening."""
    samples = [(ROOT / "samples" / "resumes" / f"{name}.txt").read_text("utf-8") for name in NAMES]
    shorter = ["\n".join(line for at, line in enumerate(text.split("\n")) if at < 9 or at % 4) for text in samples]
    copied = "\n".join(one.sentence for one in asked() if one.sentence)
    samples[3] += f"\n\nEXPERIENCE\n{copied}\n"
    return [*samples, *shorter]


def resumes(*, called: str = "") -> list[ParsedResume]:
    """`called`: all of them by this name instead of their own."""
    found = [parsed_of(text) for text in texts()]
    if called:
        named = zip(texts(), found, strict=True)
        found = [parsed_of(text.replace(one.resume.basics.name or "?", called)) for text, one in named]
    return [reached_at(f"person{at}@example.org", one) for at, one in enumerate(found)]


def parsed_of(text: str) -> ParsedResume:
    return parse(read(text.encode(), "resume.txt", Limits()), now=NOW.date())


def reached_at(email: str, parsed: ParsedResume) -> ParsedResume:
    basics = parsed.resume.basics.model_copy(update={"email": email, "phone": None})
    return parsed.model_copy(update={"resume": parsed.resume.model_copy(update={"basics": basics})})


class World:
    """People of one organisation who all agreed to be asked, a stranger of another, and a new job."""

    def __init__(self, app: App) -> None:
        self.app = app
        with app.database.system() as system:
            self.org = system.add_organisation("Example", NOW).id
            self.strangers = system.add_organisation("Other", NOW).id
        self.parsed: dict[str, ParsedResume] = {}
        self.whose: dict[str, str] = {}
        with app.database.store() as store:
            before = add_job(store, self.org)
            for one in resumes():
                self._add(store, before, one)
            self._add(store, add_job(store, self.strangers), resumes()[0])
            job = add_job(store, self.org)
            job.text, job.title = TEXT, "Backend engineer"
            store.set_requirements(self.org, job.id, asked())
            self.job = job.id
        app.pool.sync(self.org)
        app.pool.sync(self.strangers)

    def _add(self, store, job, parsed: ParsedResume) -> None:  # type: ignore[no-untyped-def]
        case = add_application(store, job)
        store.record_parsed(job.organisation_id, case.id, parsed, NOW)
        store.agree_contact(job.organisation_id, case.candidate_id, how="by e-mail", now=NOW)
        if job.organisation_id == self.org:
            self.parsed[case.document_id], self.whose[case.document_id] = parsed, case.candidate_id

    def page(self, **asked: object) -> Page:
        return page_of(self.app, self.org, self.job, **asked)  # type: ignore[arg-type]

    def ids(self, **asked: object) -> list[str]:
        return [one.known.document_id for one in self.page(**asked).people]

    def screener(self, requirements: tuple[Requirement, ...] | None = None) -> Screener:
        band = self.app.settings.screening.review_band
        return Screener(
            asked() if requirements is None else requirements,
            FakeEmbedder(),
            threshold=0.5,
            review_band=band,
            title="Backend engineer",
            text=TEXT,
        )


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    url = request.getfixturevalue("postgres_template")() if request.param == "postgresql" else ""
    built = build(Settings(home=tmp_path, database_url=url), work=False)
    built.engines._built["embedder"] = FakeEmbedder()
    try:
        yield World(built)
    finally:
        built.engines.close()
        built.database.close()


def test_exact_scores_are_those_of_screening_and_quote_the_resume(world: World) -> None:
    found = world.page()
    assert (found.everybody, found.exact, found.next) == (PEOPLE, PEOPLE, None)
    today = world.app.now.date()
    for one in found.people:
        parsed = world.parsed[one.known.document_id]
        screened = world.screener().screen(parsed, now=today)
        assert one.result is not None
        assert (one.score, one.decision) == (screened.score, screened.decision)
        assert one.result.requirements == screened.requirements
        assert one.result.terms == screened.terms
    scores = [one.score for one in found.people]
    assert scores == sorted(scores, reverse=True)
    assert any(each.evidence for one in found.people if one.result for each in one.result.requirements)


def test_other_weights_and_another_threshold_are_those_of_such_a_job_and_need_no_vector(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.page()
    weights = {one.id: [0.0, 3.0, 0.5][at % 3] for at, one in enumerate(asked())}
    changed = tuple(one.model_copy(update={"weight": weights[one.id]}) for one in asked())
    screener = world.screener(changed)
    with monkeypatch.context() as patched:
        patched.setattr("api.pool.rank", None)
        found = world.page(weights=weights, threshold=0.2)
    for one in found.people:
        screened = screener.screen(world.parsed[one.known.document_id], now=world.app.now.date())
        assert one.score == screened.score
        assert (one.decision == "below") == (one.score < 0.2 - world.app.settings.screening.review_band)
    with pytest.raises(BadRequest):
        world.page(weights={"nothing": 1.0})


def test_who_may_not_be_asked_applied_or_was_erased_is_nowhere(world: World) -> None:
    everybody = world.ids()
    assert len(everybody) == PEOPLE
    silent, taken_back, applied, erased = everybody[:4]
    with world.app.database.store() as store:
        store.opt_out(world.org, world.whose[silent], now=NOW)
        store.withdraw_contact(world.org, world.whose[taken_back])
        store.apply_again(world.org, world.job, applied, now=NOW)
    erase_for(world.app, world.org, world.whose[erased], because="they asked", person=KIM.name)
    assert world.ids() == everybody[4:], "at once, without a new look"
    assert world.ids(again=True) == everybody[4:]
    folder = world.app.settings.home / "pool" / world.org
    kept = b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())
    assert erased.encode() not in kept
    assert everybody[5].encode() in kept


def test_what_people_said_is_sealed_on_disk(world: World) -> None:
    folder = world.app.settings.home / "pool" / world.org
    kept = b"".join(file.read_bytes() for file in folder.rglob("people.db*"))
    parsed = next(iter(world.parsed.values()))
    assert not any(span.text.encode() in kept for span in parsed.spans if len(span.text) > 20)
    people = world.app.pool._searcher(world.org).people
    assert people is not None
    [(_, ready, _)] = people.read([next(iter(world.parsed))])
    assert ready.texts


def test_the_rest_is_approximate_and_stands_below(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranking.rank, "__kwdefaults__", {"exact": 4})
    found = world.page()
    assert [one.result is None for one in found.people] == [False] * 4 + [True] * (PEOPLE - 4)
    assert (found.everybody, found.exact) == (PEOPLE, 4)
    first, second = world.page(limit=5), world.page(start=5, limit=5)
    assert [one.rank for one in (*first.people, *second.people)] == list(range(1, 11))


def test_another_name_moves_nothing(world: World) -> None:
    before = {one.known.document_id: one.score for one in world.page().people}
    people = world.app.pool._searcher(world.org).people
    assert people is not None
    ids = list(world.parsed)
    named = dict(zip(ids, resumes(called="Svetlana Okonkwo"), strict=True))
    assert all(one.resume.basics.name == "Svetlana Okonkwo" for one in named.values())
    world.app.pool._searcher(world.org).put(named, world.whose)
    found = rank(people, world.screener(), ids, now=world.app.now.date())
    order, scores = found.order()
    assert {found.ids[place]: float(scores[place]) for place in order.tolist()} == before


def test_the_first_look_is_each_persons_nearest_span(tmp_path: Path) -> None:
    drawn = np.random.default_rng(3)
    vectors = drawn.normal(size=(60, 32)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    people = {f"p{at}": vectors[at * 5 : at * 5 + 1 + at] for at in range(10)}
    asked = vectors[:7]
    index = SpanIndex(32, tmp_path)
    index.put(people)
    for again in (index, SpanIndex(32, tmp_path)):
        ids, cosines = again.best(asked)
        assert set(ids) == set(people)
        for row, id in enumerate(ids):
            assert (
                np.allclose(cosines[row], (asked @ people[id].T).max(axis=1).clip(min=0), atol=0.06)
                or len(people[id]) % BLOCK == 0
            )
        [(own)] = again.vectors(["p9"])
        assert np.array_equal(own[: len(people["p9"])], people["p9"])
    index.put({"p9": vectors[:1]})
    index.drop(["p3", "nobody"])
    ids, _ = index.best(asked)
    assert set(ids) == set(people) - {"p3"}
    assert len(index.vectors(["p9"])[0]) == BLOCK
    assert len(index.vectors(["p3"])[0]) == 0
    assert vectors[15:19].tobytes() not in (tmp_path / "vectors.f32").read_bytes()
    index.close()


def test_a_vocabulary_that_changed_makes_everybody_ready_anew(world: World) -> None:
    searcher = world.app.pool._searcher(world.org)
    assert searcher.people is not None
    assert searcher.ids == set(world.parsed)
    searcher.people._made = f"{Vocabulary.load().digest}:another"
    assert searcher.ids == set()
    world.app.pool.sync(world.org)
    assert searcher.ids == set(world.parsed)


@pytest.mark.parametrize("odd", [{"start": False}, {"limit": "5"}, {"threshold": True}, {"weights": {"r1": "1"}}])
def test_what_is_no_number_is_not_taken_for_one(odd: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="has to be a number"):
        RankIn.model_validate(odd)
