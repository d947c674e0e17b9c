"""The same person, the same text."""

from __future__ import annotations

from models.values import Basics, ParsedResume, Resume, Span
from screening.duplicates import find_duplicates, groups, near_duplicates, same_person_key


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


def parsed(
    name: str | None, text: str, email: str | None = None, phone: str | None = None, file: str = ""
) -> ParsedResume:
    spans = [Span(id=0, text=text, line=1, start=0, end=len(text))]
    return ParsedResume(
        resume=Resume(basics=Basics(name=name, email=email, phone=phone)), spans=tuple(spans), document=file
    )


def kinds(**resumes: ParsedResume) -> dict[tuple[str, str], str]:
    found = find_duplicates(resumes)
    assert find_duplicates(dict(reversed(resumes.items()))) == found, "in any order"
    return {(pair.one, pair.other): pair.kind for pair in found}


def test_files_texts_and_people_are_told_apart() -> None:
    assert kinds(a=parsed("Ann Ash", words(0), file="f"), b=parsed("Ann Ash", words(0), file="f")) == {
        ("a", "b"): "same_file"
    }
    assert kinds(a=parsed("Ann Ash", words(0), file="f"), b=parsed("Ann Ash", words(0).upper(), file="g")) == {
        ("a", "b"): "same_text"
    }
    one, other = parsed("Ann Ash", words(0), "ann@mail.example"), parsed("A. Ash", words(500), "Ann+x@mail.example")
    assert kinds(a=one, b=other) == {("a", "b"): "same_person"}


def test_a_family_that_shares_a_telephone_is_not_one_person() -> None:
    ann, bob = parsed("Ann Ash", words(0), phone="+49 30 901820"), parsed("Bob Ash", words(500), phone="030 901820")
    assert kinds(a=ann, b=bob) == {}, "too short to be compared without the prefix"
    ann, bob = parsed("Ann Ash", words(0), phone="+4930 9018201"), parsed("Bob Ash", words(500), phone="(030) 90182 01")
    assert kinds(a=ann, b=bob) == {("a", "b"): "shared_contact"}
    assert [group.kind for group in groups(find_duplicates({"a": ann, "b": bob}))] == ["shared_contact"]


def test_what_a_template_printed_names_nobody() -> None:
    for email, phone in (("jane.doe@email.com", None), (None, "(123) 456-7890"), (None, "+1 555 555 5555")):
        assert kinds(a=parsed("Jane", words(0), email, phone), b=parsed("Jane", words(500), email, phone)) == {}


def test_strangers_with_one_template_stay_apart_and_a_copied_text_does_not() -> None:
    common = words(0, 80)
    ann = parsed("Ann Ash", f"{common} {words(300, 20)}", "ann@a.example")
    bob = parsed("Bob Oak", f"{common} {words(600, 20)}", "bob@b.example")
    assert kinds(a=ann, b=bob) == {}
    thief = parsed("Bob Oak", f"{common} {words(300, 20)} yes", "bob@b.example")
    assert kinds(a=ann, b=thief) == {("a", "b"): "near_text"}


def test_a_job_more_and_misspelt_words_are_still_found() -> None:
    text = words(0, 100)
    assert kinds(a=parsed(None, text), b=parsed(None, f"{text} {words(700, 70)}")) == {("a", "b"): "near_text"}
    misspelt = " ".join(
        word[1] + word[0] + word[2:] if number % 20 == 5 else word for number, word in enumerate(text.split())
    )
    assert kinds(a=parsed(None, text), b=parsed(None, misspelt)) == {("a", "b"): "near_text"}


def test_a_crowd_of_one_template_costs_no_square_of_comparisons() -> None:
    texts = {f"{at:04d}": f"{words(0, 30)} {words(1000 * at + 1000, 60)}" for at in range(2000)}
    assert near_duplicates(texts) == []
