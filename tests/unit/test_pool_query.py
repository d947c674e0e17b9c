"""What is typed becomes filters; what cannot be read stays in the words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from api.pool_query import Search, fits, read, window
from matching.skills import Vocabulary
from models.values import Basics, Location, ParsedResume, Resume, Work


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary.load()


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        (
            "ICU nurse with ECMO in Lyon who applied in 2025",
            {"place": "Lyon", "since": "2025-01-01", "until": "2025-12-31"},
        ),
        ("senior python engineer near New York", {"place": "New York", "seniority": "senior", "skills": ("Python",)}),
        ("experience in Python since March 2024", {"since": "2024-03-01", "place": "", "skills": ("Python",)}),
        ("baker with 5+ years of experience, applied before 2026", {"years": "5", "until": "2025-12-31"}),
        ("who bakes bread", {"text": "bakes bread", "place": "", "since": ""}),
        ("in February 2024", {"since": "2024-02-01", "until": "2024-02-29", "text": ""}),
    ],
)
def test_words_become_filters(vocabulary: Vocabulary, typed: str, wanted: dict[str, object]) -> None:
    found = read(typed, lambda text: [(one.normal, one.text) for one in vocabulary.find(text)])
    assert {name: getattr(found, name) for name in wanted} == wanted
    assert "2025" not in found.text
    assert not found.text.casefold().endswith(("who", "with", "in"))
    assert Search.of(found.as_json()) == found


def test_filters_are_taken_off_one_by_one_and_days_are_whole() -> None:
    search = Search("nurse", place="Lyon", skills=("ECMO", "ICU"), since="2025-01-01", until="2025-12-31")
    assert search.without("skills", "ECMO").skills == ("ICU",)
    assert search.without("place").place == ""
    assert search.words == "nurse ECMO ICU Lyon"
    assert window(search) == (datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC))


def test_a_resume_fits_by_what_it_says() -> None:
    work = (Work(position="Head of Nursing", location="Lyon, France"),)
    parsed = ParsedResume(resume=Resume(basics=Basics(location=Location(city="Paris")), work=work), spans=(), years=8.0)
    for asked, wanted in (
        (Search(place="lyon"), True),
        (Search(place="Lyo"), False),
        (Search(place="Berlin"), False),
        (Search(seniority="lead"), True),
        (Search(seniority="junior"), False),
        (Search(seniority="senior"), True),
        (Search(years="8"), True),
        (Search(years="9"), False),
    ):
        assert fits(parsed, asked) is wanted, asked
