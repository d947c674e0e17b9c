"""Which passwords are refused, how they are kept."""

from __future__ import annotations

import pytest

from api import passwords
from models.errors import BadRequest

TOLD = ("Maria Lopez", "maria.lopez@hospital.example", "City Hospital")


@pytest.mark.parametrize(
    "password",
    ["four grey herons", "Tr0ub4dor&3-2026", "wéll-tempered clavier", "鍵盤の上を歩く猫たちのうた", "x7Kq9mZt2LpW"],
)
def test_long_enough_and_nobody_s_first_guess_will_do(password: str) -> None:
    assert passwords.checked(password, TOLD) == password


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short one", "at least 12"),
        ("x" * 300, "at most 256"),
        ("password1234", "first passwords"),
        ("PassWord1234", "first passwords"),
        ("correct horse battery staple", "first passwords"),
        ("aaaaaaaaaaaa", "repeats"),
        ("abcabcabcabc", "repeats"),
        ("123456789012!", "repeats"),
        ("qwertyuiop-1", "repeats"),
        ("0987654321ab", "repeats"),
        ("marialopez12", "your name"),
        ("MariaHospital1", "your name"),
        ("foyerpassword7", "your name"),
        ("twelve signs\0!", "no keyboard"),
    ],
)
def test_what_everybody_tries_is_refused_with_what_to_do(password: str, why: str) -> None:
    with pytest.raises(BadRequest, match=why):
        passwords.checked(password, TOLD)


def test_only_the_same_password_matches_however_its_letters_are_composed() -> None:
    kept = passwords.hashed("wéll-tempered clavier")
    assert kept != passwords.hashed("wéll-tempered clavier"), "each with its own salt"
    assert passwords.matches(kept, "we\u0301ll-tempered clavier")
    for wrong in ("well-tempered clavier", "", "\0", "x" * 1_000_000):
        assert not passwords.matches(kept, wrong)
    assert not passwords.is_old(kept)


def test_nobody_s_password_matches_nothing_and_costs_as_much() -> None:
    assert not passwords.matches(None, "anything at all")
    assert not passwords.is_old(passwords.NOBODY_S), "or an unknown address would answer in another time"
