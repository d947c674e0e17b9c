"""The dossier of an installation: whole or refused, its figures those of the cards, no secret in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api import dossier as gathered
from api.app import build, first_organisation
from api.deps import App
from compliance.dossier import OPEN, QUESTIONS, TITLES, dossier, read_answers, read_card
from models.errors import BadRequest
from models.settings import ROOT, Mail, Model, Settings, Voice

ANSWERS = {key: f"Our answer about {key}." for key in QUESTIONS}
TEMPLATES = {name: (gathered.TEMPLATES / f"{name}.md").read_text() for name in TITLES}
NAME = "The | ATS\n# <b>"
SECRETS = ("hunter2", "sk-voice", "sk-model", "db-pass", "whsec")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    home = tmp_path_factory.mktemp("dossier")
    running = build(
        Settings(home=home, files_url="", mail=Mail(smtp_password="hunter2", smtp_user="hunter2@example.org")),
        work=False,
    )
    first_organisation(running)
    with running.database.asking() as system:
        org = system.organisations()[0].id
    with running.database.store() as store:
        store.set_law(org, jurisdictions=("us-ny-nyc", "de"))
        store.add_endpoint(
            org, url="https://ats.example.org/hook?token=whsec", secret="whsec", description=NAME, now=running.now
        )
    yield running
    running.engines.close()
    running.database.close()


@pytest.fixture(scope="module")
def facts(app: App) -> dict[str, Any]:
    return gathered.facts(app, organisation(app))


def organisation(app: App) -> str:
    with app.database.asking() as system:
        return system.organisations()[0].id


@pytest.mark.proves(45)
def test_the_whole_of_it_is_written_from_configuration_and_answers(app: App, tmp_path: Path) -> None:
    answers = tmp_path / "answers.toml"
    answers.write_text("".join(f"{key} = {json.dumps(text)}\n" for key, text in ANSWERS.items()))
    written = gathered.write(app, organisation(app), tmp_path / "out", answers, draft=False)
    assert {path.name for path in written} == {*(f"{name}.md" for name in TITLES), "facts.json"}
    everything = "\n".join(path.read_text() for path in written)
    assert OPEN not in everything
    for text in ANSWERS.values():
        assert text in everything
    for told in ("us-ny-nyc", "nyc.", "gdpr", "webhook to ats.example.org", "pocketsphinx", "1461 days"):
        assert told in everything, told
    assert not [secret for secret in SECRETS if secret in everything]
    assert "| The \\| ATS # &lt;b> |" in everything, "a name makes no cell, no heading and no markup"
    assert json.loads((tmp_path / "out" / "facts.json").read_text())["cards"][0]["version"]


@pytest.mark.proves(45)
def test_the_figures_are_those_of_the_cards(facts: dict[str, Any]) -> None:
    texts = dossier(facts, ANSWERS, TEMPLATES, draft=False)
    for page in gathered.CARDS.values():
        rows = [_cells(line) for line in page.read_text().splitlines() if re.match(r"\|.*\d", line)]
        assert len(rows) > 5
        for name in ("technical_file", "instructions_for_use"):
            assert [row for row in rows if row not in [_cells(line) for line in texts[name].splitlines()]] == []
    limits = (ROOT / "docs" / "evaluation.md").read_text().split("## Limits")[1].split("\n## ")[0].strip()
    assert limits in texts["instructions_for_use"]
    assert "Accuracy for groups of people is unmeasured" in texts["instructions_for_use"]


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


@pytest.mark.proves(45)
@pytest.mark.parametrize("key", [key for key, each in QUESTIONS.items() if not each.optional])
def test_a_question_without_an_answer_is_an_error_that_names_it(facts: dict[str, Any], key: str) -> None:
    rest = {name: text for name, text in ANSWERS.items() if name != key}
    with pytest.raises(BadRequest, match=f"{key}: "):
        dossier(facts, rest, TEMPLATES, draft=False)
    texts = dossier(facts, rest, TEMPLATES, draft=True)
    assert any(f"{OPEN} {QUESTIONS[key].text} (`{key}`)" in text for text in texts.values())


@pytest.mark.proves(45)
@pytest.mark.parametrize(
    ("fact", "name", "section"),
    [
        ("settings", "technical_file", "4. Settings"),
        ("hashes", "technical_file", "5. Versions of what rates and asks"),
        ("datasets", "technical_file", "7. Data it was made and measured with"),
        ("cards", "technical_file", "8. Measured figures"),
        ("cards", "instructions_for_use", "How well it rates, and on what that was measured"),
        ("roles", "processing_register", "Security measures"),
    ],
)
def test_an_empty_section_is_an_error_that_names_it(facts: dict[str, Any], fact: str, name: str, section: str) -> None:
    less = facts | {fact: type(facts[fact])()}
    with pytest.raises(BadRequest, match=f"{name}: the section '{section}' is empty"):
        dossier(less, ANSWERS, TEMPLATES, draft=False)
    assert f"## {section}\n\n{OPEN} nothing is known" in dossier(less, ANSWERS, TEMPLATES, draft=True)[name]


def test_a_place_must_be_named(facts: dict[str, Any]) -> None:
    nowhere = facts | {"law": facts["law"] | {"jurisdictions": []}}
    with pytest.raises(BadRequest, match="No jurisdiction is named"):
        dossier(nowhere, ANSWERS, TEMPLATES, draft=False)


def test_a_card_without_figures_or_of_another_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadRequest, match="no figures"):
        read_card("# Page\n\n## Validation card, version 1\n\nGood.\n\n## Limits\n\n- Some.\n", "Ratings")
    monkeypatch.setattr(gathered, "_coefficients", lambda: "99")
    with pytest.raises(Exception, match=r"version 3 of the coefficients, but version 99 rates"):
        gathered.cards()


def test_answers_are_read_strictly() -> None:
    assert read_answers("controller = ' We '\npurpose = ''\n") == {"controller": "We"}
    for wrong in ("nonsense = 'x'", "controller = 3", "controller ="):
        with pytest.raises(BadRequest):
            read_answers(wrong)


def test_settings_are_shown_without_what_opens_a_door() -> None:
    shown = gathered.settings_shown(
        Settings(
            database_url="postgresql://foyer:db-pass/x@db.example.org/foyer?password=db-pass",
            voice=Voice(voice="command:de:say --key sk-voice", api_key="sk-voice"),
            model=Model(api_key="sk-model", base_url="https://sk-model@models.example.org/v1?key=sk-model"),
        )
    )
    assert shown["FOYER_DATABASE_URL"] == "postgresql://db.example.org/foyer"
    assert shown["FOYER_VOICE__VOICE"] == "command:de:a command"
    assert (shown["FOYER_MODEL__API_KEY"], shown["FOYER_MAIL__SMTP_PASSWORD"]) == ("set", "not set")
    assert not [secret for secret in SECRETS if secret in str(shown)]
