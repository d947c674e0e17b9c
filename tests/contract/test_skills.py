"""The vocabulary: one word for many, and no skill where there is only a word."""

from __future__ import annotations

from pathlib import Path

import pytest

from matching.skills import Vocabulary
from models.errors import EngineError


def named(text: str) -> list[str]:
    return [mention.normal for mention in Vocabulary.load().find(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("K8s/Docker,Terraform;AWS", ["Kubernetes", "Docker", "Terraform", "AWS"]),
        ("C++, C#/.NET and Node.js; CI/CD", ["C++", "C#", ".NET", "Node.js", "CI/CD"]),
        ("Experience with Postgres.", ["PostgreSQL"]),
        ("Two years on the ICU, ACLS certified RN", ["intensive care", "ACLS", "Registered Nurse"]),
        ("Knowledge of Go or Rust", ["Go", "Rust"]),
        ("We use Go, R and C.", ["Go", "R", "C"]),
        ("proficient in Excel and Word", ["Excel", "Word"]),
    ],
)
def test_it_finds_skills_by_any_of_their_names(text: str, expected: list[str]) -> None:
    assert named(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Go to the ward and react quickly",
        "You excel at talking to people",
        "Head of R&D, vitamin C research",
        "Spring 2019 semester",
        "a word of thanks",
        "a teaching hospital",
    ],
)
def test_it_leaves_ordinary_words_alone(text: str) -> None:
    assert named(text) == []


def test_a_mention_points_into_the_text_and_the_longest_wins() -> None:
    text = "Built with Spring Boot."
    (mention,) = Vocabulary.load().find(text)
    assert (mention.normal, mention.kind) == ("Spring Boot", "framework")
    assert text[mention.start : mention.end] == mention.text == "Spring Boot"


def test_normal_forms_and_what_they_show() -> None:
    vocabulary = Vocabulary.load()
    assert vocabulary.normal(" k8s ") == "Kubernetes"
    assert vocabulary.normal("basket weaving") is None
    assert {"SQL", "relational databases"} <= vocabulary.shows("PostgreSQL")
    assert "PostgreSQL" not in vocabulary.shows("SQL")


def test_every_word_of_the_file_finds_its_own_normal_form_and_no_other() -> None:
    vocabulary = Vocabulary.load()
    astray = {name: found for name in vocabulary if len(name) > 1 and (found := named(name)) != [name]}
    assert astray == {}
    assert len(vocabulary) > 600


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "words.toml"
    path.write_text("kinds = 3")
    with pytest.raises(EngineError, match=r"words\.toml"):
        Vocabulary.load(path)
