"""The same person, the same text."""

from __future__ import annotations

from models.values import Basics, Resume
from screening.duplicates import near_duplicates, same_person_key


def person(email: str | None, phone: str | None = None) -> Resume:
    return Resume(basics=Basics(email=email, phone=phone))


def test_one_mailbox_has_one_key_however_it_is_written() -> None:
    keys = {tuple(same_person_key(person(mail))) for mail in ("A.Nn+jobs@Gmail.com", "ann@googlemail.com")}
    assert keys == {("email:ann@gmail.com",)}
    assert same_person_key(person("a.nn@example.org")) != same_person_key(person("ann@example.org"))


def test_one_line_has_one_key_and_short_numbers_none() -> None:
    written = ("+44 (0)20 7946 0958", "0044 20 7946 0958", "+442079460958")
    assert {tuple(same_person_key(person(None, phone))) for phone in written} == {("phone:442079460958",)}
    assert same_person_key(person(None, "555-0134")) == []


def words(start: int, count: int = 60) -> str:
    return " ".join(f"word{number}" for number in range(start, start + count))


def test_near_equal_texts_are_suggested_in_any_order() -> None:
    texts = {"b": words(0), "a": words(0) + " and one line more", "c": words(500), "d": words(40)}
    expected = [("a", "b", near_duplicates(texts)[0][2])]
    assert near_duplicates(texts) == expected
    assert near_duplicates(dict(reversed(texts.items()))) == expected
    assert expected[0][2] > 0.9


def test_short_texts_suggest_nothing() -> None:
    assert near_duplicates({"a": "the same few words", "b": "the same few words"}) == []
