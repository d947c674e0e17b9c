"""In which language a page is shown, and the template of catalogues."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment

from api import translating
from models.sentences import N_, sentence, sentences
from tests.catalogue import POT, extracted, pseudo, written

PAGE = (
    '<p title="{{ _("One \\"word\\"") }}">{{ told }}</p><b>{{ label|translated }}</b>'
    "<i>{% trans n=n %}{{ n }} file{% pluralize %}{{ n }} files{% endtrans %}</i>"
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("locales")
    for code in ("de", "pt_BR", "ar"):
        pseudo(folder, code)
    return folder


@pytest.fixture
def folder(made: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(translating, "LOCALES", made)
    return made


@pytest.mark.parametrize(
    ("accept", "tag"),
    [
        ("", "en"),
        ("*", "en"),
        ("fr, it;q=0.8", "en"),
        ("de-AT, en;q=0.7", "de"),
        ("en-GB, de;q=0.9", "en"),
        ("fr;q=0.9, pt-br;q=0.8, de;q=0.7", "pt-BR"),
        ("de;q=0, ar;q=0.1", "ar"),
        ("de;q=x, ar", "ar"),
        ("../../etc, %s, ;;;,", "en"),
    ],
)
def test_the_reader_s_language_is_the_first_that_is_installed(folder: Path, accept: str, tag: str) -> None:
    assert translating.asked_for(accept).tag == tag


def test_right_to_left_and_what_a_page_is_shown_in(folder: Path) -> None:
    assert [translating.catalogues(folder)[each].leftward for each in ("de", "pt-br", "ar")] == [False, False, True]
    with translating.shown_in("de-CH"):
        assert translating.current().tag == "de"
        with translating.shown_in("tlh"):
            assert translating.current().tag == "en"
        with translating.shown_in(None):
            assert translating.current().tag == "de"
    assert translating.current().tag == "en"


def test_sentences_made_in_python_are_english_until_they_are_shown(folder: Path) -> None:
    environment = Environment(autoescape=True, loader=DictLoader({"page": PAGE}))
    translating.install(environment)
    told = sentences("That is not the code. %(num)s try is left.", "That is not the code. %(num)s tries are left.", 2)
    assert told == "That is not the code. 2 tries are left."
    assert sentence("Booked for %(when)s", when="<noon> 5 %") == "Booked for <noon> 5 %"
    page = environment.get_template("page")
    shown = page.render(told=told, label=N_("Invited"), n=1)
    assert shown == (
        '<p title="One &#34;word&#34;">That is not the code. 2 tries are left.</p><b>Invited</b><i>1 file</i>'
    )
    with translating.shown_in("de"):
        shown = page.render(told=sentence("Booked for %(when)s", when="<noon>"), label="Invited", n=2)
    assert '<p title="One &#34;word&#34;">⟦Booked for &lt;noon&gt;⟧</p><b>⟦Invited⟧</b>' in shown


def test_the_template_of_catalogues_is_up_to_date() -> None:
    """Else: `python -m tests.catalogue`."""
    assert POT.read_text() == written(extracted())
