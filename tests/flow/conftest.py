"""Fixtures of the flow tests: a running service, a receiver that plays the ATS, and the sample kit."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.demo import recordings, sample_kit, shortened
from api.demo_ats import Receiver
from models.engines import Pcm
from models.settings import ROOT
from models.values import InterviewPlan
from tests.flow.kinds import use
from tests.flow.running import Service

SAMPLES = ROOT / "samples"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each module's tests on SQLite, then, as a long proof, on PostgreSQL: the quick suite has ten minutes, and both
    kinds keep the same promises to the store's own tests there. What is long by itself, or marked `one_database` (what
    it is about lies in none), runs once."""
    once = [metafunc.definition.get_closest_marker(name) for name in ("long", "one_database")]
    also = [] if any(once) else [pytest.param("postgresql", marks=pytest.mark.long)]
    metafunc.parametrize("database_kind", ["sqlite", *also], indirect=True, scope="module")


@pytest.fixture(scope="module", autouse=True)
def database_kind(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "postgresql":
        use(request.getfixturevalue("postgres_template"))
    yield request.param
    use(None)


@pytest.fixture(scope="module")
def tmp_path_factory(database_kind: str, tmp_path_factory: pytest.TempPathFactory) -> pytest.TempPathFactory:
    """As ever; whatever a module keeps in such a folder is made anew for the other kind of database."""
    return tmp_path_factory


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One for a module's tests: they differ in jobs, not in installations."""
    running = Service(tmp_path_factory.mktemp("service") / "home")
    running.start()
    yield running
    running.stop()


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    with Receiver(tmp_path / "ats") as running:
        yield running


@pytest.fixture
def kit() -> InterviewPlan:
    """Two questions, no follow-ups: an interview of under a minute."""
    short = shortened(sample_kit())
    questions = short.questions[:2]
    asked = {question.competency_id for question in questions}
    competencies = tuple(competency for competency in short.competencies if competency.id in asked)
    return short.model_copy(update={"questions": questions, "competencies": competencies})


@pytest.fixture
def answers(kit: InterviewPlan) -> dict[str, Pcm]:
    return recordings("slt", kit)


@pytest.fixture
def backend_resumes() -> list[Path]:
    """Four strong backend engineers, eight others, and two files that cannot be read."""
    expected = tomllib.loads((SAMPLES / "expected.toml").read_text())
    strong = [
        n for n, facts in expected.items() if (facts.get("job"), facts.get("level")) == ("backend_engineer", "strong")
    ]
    others = [n for n, facts in expected.items() if facts.get("level") in ("middling", "weak")]
    broken = [n for n, facts in expected.items() if "reason" in facts]
    return [SAMPLES / "resumes" / name for name in strong[:4] + others[:8] + broken[:2]]
