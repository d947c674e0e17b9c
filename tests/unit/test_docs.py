"""Documentation and code may not disagree: commands, settings, links, versions and the file tour are checked."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel
from typer.main import get_command

from api.cli import app
from api.metrics import REGISTRY, STANDING
from integrations.capabilities import BEGIN, END, HEADS, table
from integrations.vendors import VENDORS
from models.exchange import Capabilities
from models.settings import ROOT, Settings
from tests import checklist

README = (ROOT / "README.md").read_text()
INTEGRATIONS = (ROOT / "docs" / "integrations.md").read_text()
OPERATING = (ROOT / "docs" / "operating.md").read_text()
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


def commands() -> list[str]:
    found = []
    for name, command in get_command(app).commands.items():  # type: ignore[attr-defined]
        children = getattr(command, "commands", None)
        found += [f"{name} {child}" for child in children] if children else [name]
    return found


def variables(model: type[BaseModel], prefix: str) -> list[str]:
    found = []
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            found += variables(kind, f"{prefix}{name.upper()}__")
        else:
            found.append(prefix + name.upper())
    return found


@pytest.mark.parametrize("command", commands())
def test_every_command_is_in_the_readme(command: str) -> None:
    assert f"`foyer {command}`" in README


@pytest.mark.parametrize("variable", variables(Settings, "FOYER_"))
def test_every_setting_is_documented(variable: str) -> None:
    assert f"`{variable}`" in OPERATING


def test_no_documented_setting_is_gone() -> None:
    assert set(re.findall(r"^\| `(FOYER_[A-Z_]+)`", OPERATING, re.M)) == set(variables(Settings, "FOYER_"))


def test_settings_stay_few() -> None:
    assert len(variables(Settings, "FOYER_")) <= 40


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_the_file_tour_names_files_that_exist() -> None:
    tour = README.split("## A tour of the files")[1]
    paths = re.findall(r"`([a-z_]+/[a-z_/.]*)`", tour)
    assert len(paths) > 12
    for path in paths:
        assert (ROOT / path).exists(), path


def test_one_version_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    changelog = re.search(r"^## (\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text(), re.M)
    assert changelog is not None
    assert changelog[1] == project
    assert f'version="{project}"' in (ROOT / "api" / "app.py").read_text()


def test_every_decision_is_one_page() -> None:
    for page in (ROOT / "docs" / "decisions").glob("*.md"):
        assert len(page.read_text().splitlines()) <= 60, page.name


def test_the_table_of_capabilities_is_the_code_s() -> None:
    """`python -m integrations.capabilities` writes it."""
    assert set(HEADS) == set(Capabilities.__slots__)
    assert f"{BEGIN}\n{table()}\n{END}" in INTEGRATIONS


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_connector_has_a_page(vendor: str) -> None:
    assert (ROOT / "docs" / "integrations" / f"{vendor}.md").read_text().startswith("# ")


def test_the_compliance_page_is_the_tests_own() -> None:
    """`python -m tests.checklist` writes it."""
    assert checklist.PAGE.read_text() == checklist.page()


def test_alerts_ask_for_figures_that_exist() -> None:
    known = {sample for family in REGISTRY.collect() for sample in _samples(family.name, family.type)} | set(STANDING)
    rules = yaml.safe_load((ROOT / "docs" / "alerts.yml").read_text())["groups"][0]["rules"]
    asked = {name for rule in rules for name in re.findall(r"foyer_\w+", rule["expr"])}
    assert len(asked) >= 6
    assert asked <= known
    watching = OPERATING.split("## Watching")[1].split("\n## ")[0]
    assert set(re.findall(r"`(foyer_\w+)`", watching)) <= known | {name.removesuffix("_bucket") for name in known}


def _samples(name: str, kind: str) -> list[str]:
    return [f"{name}_total"] if kind == "counter" else [f"{name}_{part}" for part in ("bucket", "sum", "count")]


def test_the_checklist_is_whole() -> None:
    asked = [row.number for row in checklist.rows()]
    assert asked == list(range(1, 60))
    assert set(checklist.proofs()) <= set(asked), "a test proves a row that nobody asks for"
