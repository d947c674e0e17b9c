"""The vocabulary's files: their shape, no name that means two things, and what a name may be written like."""

from __future__ import annotations

from pathlib import Path

import pytest

from matching.lexicon import Lexicon, read, variants
from matching.skills import BUNDLED, Vocabulary
from models.errors import EngineError

BUNDLED_WORDS = read([BUNDLED])


def test_it_is_large_and_covers_all_job_families() -> None:
    kinds = [kind for kind, _ in BUNDLED_WORDS.entries.values()]
    assert len(kinds) >= 3000
    assert len(BUNDLED_WORDS.titles) >= 600
    for kind in (
        "framework",
        "data",
        "cloud",
        "technical",
        "manufacturing",
        "trades",
        "transport",
        "health",
        "science",
    ):
        assert kinds.count(kind) >= 80, kind
    for kind in ("education", "law", "finance", "hr", "marketing", "sales", "design", "hospitality", "agriculture"):
        assert kinds.count(kind) >= 40, kind


@pytest.mark.parametrize("group", ["skills", "titles"])
def test_no_name_means_two_things(group: str) -> None:
    names = {normal: names for normal, (_, names) in BUNDLED_WORDS.entries.items()}
    meant: dict[str, str] = {}
    for normal, others in (names if group == "skills" else BUNDLED_WORDS.titles).items():
        for name in (normal, *others):
            assert meant.setdefault(name.casefold(), normal) == normal, name
            assert name == " ".join(name.split()), name
            assert name, normal


def test_what_is_implied_is_known_and_never_the_thing_itself() -> None:
    for normal, implied in BUNDLED_WORDS.implies.items():
        assert normal in BUNDLED_WORDS.entries
        for one in implied:
            assert one in BUNDLED_WORDS.entries, (normal, one)
            assert one != normal


def test_names_matched_as_written_are_names() -> None:
    names = {name for normal, (_, others) in BUNDLED_WORDS.entries.items() for name in (normal, *others)}
    assert names >= BUNDLED_WORDS.exact


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("data visualisation", "data visualization"),
        ("colour theory", "color theory"),
        ("paediatric nursing", "pediatric nursing"),
        ("on-page optimisation", "on page optimization"),
        ("fire alarm system", "fire alarm systems"),
        ("wiring diagrams", "wiring diagram"),
        ("lead generation", "lead generations"),
    ],
)
def test_a_name_may_be_written_in_other_ways(name: str, other: str) -> None:
    assert other in variants(name)


@pytest.mark.parametrize("name", ["physics", "cold chain analysis", "executive supervision", "GPS", "exercise science"])
def test_no_word_is_bent_into_another(name: str) -> None:
    assert all(one.rstrip("s") == name.rstrip("s") for one in variants(name))


def test_titles_are_no_skills() -> None:
    vocabulary = Vocabulary.load()
    assert vocabulary.title("senior  project manager") == "Project Manager"
    assert vocabulary.title("juggler of cats") is None
    assert [one.normal for one in vocabulary.titles("Backend engineer, then ICU nurse.")] == [
        "Back-End Developer",
        "ICU Nurse",
    ]
    assert vocabulary.kind("ICU Nurse") == "title"
    assert all(one.kind != "title" for one in vocabulary.find("Zookeeper at a zoo"))


def test_files_are_merged_and_what_is_known_stands(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(
        '[kinds]\ndata = """\nWidgetDB | Widget DB > SQL\n"""\ncloud = """\nNimbus!\n"""\n'
    )
    (tmp_path / "b.toml").write_text('[kinds.other]\nWidgetDB = ["WDB"]\n[implies]\nNimbus = ["clouds"]\n')
    words = read([tmp_path])
    assert words.entries["WidgetDB"] == ("data", ("Widget DB", "WDB"))
    assert words.implies["WidgetDB"] == ("SQL",)
    assert words.exact == {"Nimbus"}
    assert words.digest() != read([tmp_path / "a.toml"]).digest() != Lexicon().digest()


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text("kinds = [")
    with pytest.raises(EngineError, match=r"broken\.toml"):
        read([tmp_path])
