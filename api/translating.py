"""In which language the interface is shown, and its catalogues (gettext) in `web/locales/<code>/LC_MESSAGES/foyer.mo`.
`api.app` tells here whom a request comes from, `api.deps` makes its templates from here.

English is the language of the templates and needs no catalogue. A recruiter reads what their browser asks for, a
candidate the language of their interview; English where there is no catalogue of it. The standard library reads the
catalogues, Babel knows which languages are written from right to left."""

from __future__ import annotations

import gettext
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from babel import Locale, UnknownLocaleError
from jinja2 import Environment

from models.settings import ROOT
from models.visible import page_of

DOMAIN = "foyer"
LOCALES = ROOT / "web" / "locales"
MOST_ASKED = 20
"""Languages of an Accept-Language that are looked at."""


@dataclass(frozen=True, slots=True)
class Language:
    """`tag`: as HTML names it, "pt-BR"."""

    tag: str
    texts: gettext.NullTranslations = field(default_factory=gettext.NullTranslations)
    leftward: bool = False


ENGLISH = Language("en")
_language: ContextVar[Language] = ContextVar("foyer.language", default=ENGLISH)


def current() -> Language:
    return _language.get()


@cache
def catalogues(folder: Path) -> Mapping[str, Language]:
    """What is installed, by lower-case tag. Read once: a new catalogue needs a restart."""
    found: dict[str, Language] = {}
    for path in sorted(folder.glob(f"*/LC_MESSAGES/{DOMAIN}.mo")):
        name = path.parts[-3]
        with path.open("rb") as file:
            texts = gettext.GNUTranslations(file)
        tag = name.replace("_", "-")
        found[tag.lower()] = Language(tag, texts, _leftward(name))
    return found


def installed(tag: str) -> Language | None:
    """The language of a tag, or its main one: "de" for "de-AT". None: there is no catalogue of it."""
    known, asked = catalogues(LOCALES), tag.strip().replace("_", "-").lower()
    while asked:
        if asked in known:
            return known[asked]
        if asked == "en":
            return ENGLISH
        asked = asked.rpartition("-")[0]
    return None


def asked_for(accept: str) -> Language:
    """The first language of an Accept-Language header, by its weights, that is installed."""
    weighed: list[tuple[float, str]] = []
    for one in accept.split(",")[:MOST_ASKED]:
        tag, _, weight = one.partition(";")
        try:
            weighed.append((float(weight.strip().removeprefix("q=") or 1), tag))
        except ValueError:
            continue
    for share, tag in sorted(weighed, key=lambda each: -each[0]):
        if share > 0 and (found := installed(tag)):
            return found
    return ENGLISH


def read_in(accept: str) -> None:
    """From here on this request is answered in the language that its reader asks for."""
    _language.set(asked_for(accept))


@contextmanager
def shown_in(tag: str | None) -> Iterator[None]:
    """What is rendered within is in this language; in the request's own where `tag` is None."""
    before = _language.set(current() if tag is None else installed(tag) or ENGLISH)
    try:
        yield
    finally:
        _language.reset(before)


class Reader:
    """The tongue of the templates: that of whoever reads this answer."""

    def say(self, text: str) -> str:
        return current().texts.gettext(text)

    def say_of_some(self, one: str, more: str, number: int) -> str:
        return current().texts.ngettext(one, more, number)


def install(environment: Environment) -> None:
    """Pages of this environment speak the language of each request; `page_language()` is what `<html>` is told."""
    page_of(environment, Reader())
    environment.globals["page_language"] = current


def _leftward(name: str) -> bool:
    try:
        return Locale.parse(name).text_direction == "rtl"
    except (ValueError, UnknownLocaleError):
        return False
