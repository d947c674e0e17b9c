"""What a person is called, how old they are and where they live leaves no trace in what is scored."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.redact import KINDS, Redactor

TEMPLATE = """{name}
{name}, RN · write to {first}.{last}@example.org
{first} led the night team; in {first}'s first year the team praised {last} for calm.
Reference: Dr. {last}, who met {name} in 2015"""

NAMES = ["Adam Erickson", "Shanice O'Neal", "José García-López", "Nguyễn Thị Mai", "Zoë K. Müller", "SARAH COHEN"]


def redacted(name: str) -> str:
    first, *_, last = name.split()
    redactor = Redactor([name])
    text = TEMPLATE.format(name=name, first=first, last=last)
    return "\n".join(redactor.redact(line).text for line in text.splitlines())


@pytest.mark.proves(13)
def test_every_name_leaves_the_same_text() -> None:
    assert len({redacted(name) for name in NAMES}) == 1
    assert "[name] led the night team" in redacted(NAMES[0])


@pytest.mark.parametrize(
    "line",
    [
        "Marital status: married, three children",
        "Familienstand: verheiratet, 2 Kinder",
        "Divorced, two sons and a daughter",
        "État civil : mariée, deux enfants",
    ],
)
def test_of_a_family_nothing_is_left(line: str) -> None:
    """Whoever has children reads like whoever has none."""
    assert Redactor().redact(line).text == "[family]"


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("mail@example.org", ("email",)),
        ("linkedin.com/in/someone and https://example.org/cv", ("url",)),
        ("+44 20 7946 0958", ("phone",)),
        ("(614) 555-0134", ("phone",)),
        ("+49 171 3920056", ("phone",)),
        ("They call their work calm (they/them)", ("pronoun",)),
        ("Date of birth: 12 May 1990", ("birth_date",)),
        ("Aged 34", ("age",)),
        ("Nationality: German, married, two children", ("nationality", "family")),
        ("Gender: female", ("gender",)),
        ("Captain of the Women's Chess Club", ("gender",)),
        ("12 Baker Street, London NW1 6XE", ("address", "postcode")),
        ("Schillerstraße 12, D-70173 Stuttgart", ("address", "postcode")),
        ("Columbus, OH 43215", ("postcode",)),
        ("BSc Computer Science, 2008 - 2012", ("graduation_year",)),
        ("She led the ward (she/her)", ("pronoun",)),
    ],
)
def test_it_takes_out(text: str, kinds: tuple[str, ...]) -> None:
    assert Redactor().redact(text).removed == kinds
    assert set(kinds) <= set(KINDS)


@pytest.mark.parametrize(
    "text",
    [
        "Senior engineer, 01/2016 - 12/2020, 2021 - 2023",
        "Windows Server 2016 and SQL Server 2019",
        "Raised revenue by 1,200,000 and served 45000 people",
        "Cared for senior citizens; women's health ward",
        "HIS integration and IT support",
        "Use of race conditions as a test: 12 found",
    ],
)
def test_it_leaves_work_alone(text: str) -> None:
    assert Redactor(["Adam Erickson"]).redact(text).text == text


def test_pronouns_and_sexes_leave_the_same_text() -> None:
    redact = Redactor().redact
    assert redact("He raised his team").text == redact("She raised her team").text
    assert redact("Male nurse, men's rowing team").text == redact("Female nurse, women's rowing team").text


def test_graduation_years_leave_the_same_text() -> None:
    redact = Redactor().redact
    assert redact("University of Leeds, 1988").text == redact("University of Leeds, 2021").text
    assert redact("1988 - 1991", section="education").text == redact("2018 - 2021", section="education").text
    assert redact("1988 - 1991", section="experience").text == "1988 - 1991"


def test_names_that_are_words_do_not_eat_the_text() -> None:
    redact = Redactor(["Will Chase"]).redact
    assert redact("Will relocate. JPMorgan Chase, 2015. We will chase invoices.").removed == ()
    assert redact("Will Chase").text == "[name]"
    assert Redactor(["Austin Young"]).redact("Dell, Austin, Texas").removed == ()


def test_a_labelled_name_goes_even_if_nobody_told() -> None:
    assert Redactor().redact("**Name:** Adam Erickson").text == Redactor().redact("**Name:** Mai Thị").text
    assert Redactor().redact("Company name: Erickson Ltd").removed == ()


def test_names_without_spaces() -> None:
    assert Redactor(["王小明"]).redact("王小明, Python").text == "[name], Python"


@given(st.text(max_size=200))
@settings(max_examples=60, deadline=None)
def test_any_text_survives_and_a_second_pass_changes_nothing(text: str) -> None:
    redact = Redactor(["Adam Erickson"]).redact
    once = redact(text).text
    assert redact(once).text == once


@pytest.mark.parametrize("word", ["Hey", "Thanks", "Great", "Then", "Hi"])
def test_a_greeting_before_a_name_does_not_make_it_somebody_else_s(word: str) -> None:
    assert Redactor(["Arjun Mehta"]).redact(f"{word} Arjun, go on.").text == f"{word} [name], go on."


@pytest.mark.parametrize("name", ["May Zhang", "Grace Obi", "Zhen Zhang"])
def test_whoever_is_greeted_is_the_person_though_the_name_is_a_month(name: str) -> None:
    first = name.split()[0]
    redactor = Redactor([name])
    assert redactor.redact(f"Hey {first}, how did you begin?").text == "Hey [name], how did you begin?"
    assert redactor.redact(f"Thanks, {first}. And then?").text == "Thanks, [name]. And then?"
    assert Redactor(["May Zhang"]).redact("Thanks. May I ask since when? Since May 2020.").removed == ()
