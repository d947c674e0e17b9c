"""Passwords: how they are kept, and which are refused. Used by `api.accounts` alone.

Length counts, not signs and digits (NIST SP 800-63B, 5.1.1.2): what everybody tries, what repeats, what runs along the
keyboard and what stands in the person's own name is refused. argon2id with OWASP's parameters for a server: 19 MiB, two
passes; a few at once, for each takes its memory."""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Iterable

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from models.errors import BadRequest

SHORTEST = 12
LONGEST = 256
FEWEST_SIGNS = 5
"""Different ones, in all."""
_AT_ONCE = threading.BoundedSemaphore(4)
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
NOBODY_S = "$argon2id$v=19$m=19456,t=2,p=1$l6vNen+Tj84kkzaEnBCRMQ$bWf9w50rgnYEltGvWMkhPueeZFcQ1E4QEJP6JZ9mxg8"
"""A hash with the same cost that belongs to nobody: an unknown address takes as long as a known one."""

_TRIED = """
123456789012 1234567890123 12345678901234 123456789101112 1234567891011 qwertyuiop123 qwertyuiopasdf
1q2w3e4r5t6y 1qaz2wsx3edc 1qaz2wsx3edc4rfv qazwsxedcrfv zaq12wsxcde3 password1234 password12345 password123456
passw0rd1234 p@ssw0rd1234 p@ssword1234 passwordpassword password1password iloveyou1234 iloveyouforever
iloveyou123456 ilovemyfamily administrator admin1234567 admin123456789 adminadmin123 adminadminadmin
welcome12345 welcome123456 welcometothejungle letmeinletmein letmein123456 changeme1234 changemenow12
changeme123456 football1234 baseball1234 basketball12 basketball123 superman1234 spiderman123 spiderman1234
dragonball123 pokemon123456 starwars1234 manchesterunited liverpool1234 arsenalarsenal barcelona1234
juventus1234 realmadrid123 princess1234 princess123456 sunshine1234 monkey1234567 michael12345 jessica12345
jennifer1234 alexander1234 abcdefghijkl abcdefghijklm abcd12345678 abc123456789 abcdef123456 a1b2c3d4e5f6
a123456789012 qwerty123456 qwerty1234567 qwertyqwerty qwerty12345678 asdfghjkl123 asdfghjklqwerty zxcvbnm12345
zxcvbnm123456 correcthorsebatterystaple trustno1trustno1 whatever1234 computer1234 internet1234 samsung12345
christopher1 christopher123 unbelievable kamehameha123 motherfucker fuckyou123456 godisgood123 jesuschrist123
thankyoujesus hallo1234567 passwort1234 passwort123456 geheim123456 schalke04schalke motdepasse123
contrasena123 contraseña123 senha1234567 parola123456 welkom123456 sommer2024! summer2024!! winter2024!!
spring2024!! summer2025!! winter2025!! spring2025!! autumn2025!! summer2026!! winter2026!! spring2026!!
company12345 companyname123 recruiting123 recruitment1 humanresources interview123 resume123456
"""
COMMON = frozenset(_TRIED.split())
"""What is tried first, of that length; everything shorter is refused anyway."""
_RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
)


def hashed(password: str) -> str:
    """As it is kept."""
    with _AT_ONCE:
        return _hasher.hash(_normal(password))


def matches(kept: str | None, password: str) -> bool:
    """Takes as long where nothing is kept."""
    with _AT_ONCE:
        try:
            _hasher.verify(kept or NOBODY_S, _normal(password[:LONGEST]))
        except (VerificationError, InvalidHashError):
            return False
    return kept is not None


def is_old(kept: str) -> bool:
    """Hashed otherwise than it would be now."""
    return _hasher.check_needs_rehash(kept)


def checked(password: str, told: Iterable[str] = ()) -> str:
    """The password, if it will do. `told`: what anybody knows of the person (name, address, organisation). Raises
    BadRequest with what to do."""
    normal = _normal(password)
    plain = normal.casefold()
    if len(normal) < SHORTEST:
        raise BadRequest(f"Choose a password of at least {SHORTEST} characters. A few words in a row are easy to keep.")
    if len(normal) > LONGEST:
        raise BadRequest(f"Choose a password of at most {LONGEST} characters.")
    if "\0" in password:
        raise BadRequest("This password holds a character that no keyboard has. Choose another.")
    if plain in COMMON or "".join(plain.split()) in COMMON:
        raise BadRequest("This is one of the first passwords that are tried. Choose another.")
    if len(set(plain)) < FEWEST_SIGNS or _runs(plain):
        raise BadRequest("This password repeats itself or runs along the keyboard. A few words in a row are better.")
    rest = plain
    for each in sorted({word for text in told for word in _words(text)} | {"foyer", "password"}, key=len, reverse=True):
        rest = rest.replace(each, "")
    if len(rest) < SHORTEST // 2:
        raise BadRequest("This password is made of your name, your address or the word for it. Choose another.")
    return password


def _normal(password: str) -> str:
    """However it was typed: composed and decomposed letters are one."""
    return unicodedata.normalize("NFKC", password)


def _words(text: str) -> list[str]:
    parts = "".join(sign if sign.isalnum() else " " for sign in _normal(text).casefold()).split()
    return [part for part in parts if len(part) > 2]


def _runs(plain: str) -> bool:
    """Half of it or more is one run of a row, forwards or backwards, or the same few signs over and over."""
    half = (len(plain) + 1) // 2
    if any(plain == (plain[:size] * len(plain))[: len(plain)] for size in range(1, min(half, 6) + 1)):
        return True
    rows = (*_RUNS, *(row[::-1] for row in _RUNS))
    parts = (plain[start : start + 8] for start in range(len(plain) - 7))
    return len(plain) < 16 and any(part in row for part in parts for row in rows)
