"""What deploy/ says may not part from the product: linters, schemas, names of settings, roles and routes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from compose_spec import PyCompose

import models.settings
from models.settings import ROOT, Settings
from tests.dockerfile import Instruction, read, sent
from tests.unit.test_docs import variables

DEPLOY = ROOT / "deploy"
DOCKERFILE = DEPLOY / "Dockerfile"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose" / "compose.yaml").read_text())
OURS = ("migrate", "service", "worker-bulk", "worker-interviews")
UID = "10001:10001"


def test_the_dockerfile_is_linted() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([hadolint, "--no-color", DOCKERFILE], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def chain(target: str) -> list[Instruction]:
    """Every step of a stage and those it is built on, in order."""
    _, stages = read(DOCKERFILE.read_text())
    stage = stages[target]
    return [*(chain(stage.base) if stage.base in stages else []), *stage.steps]


def last(target: str, word: str) -> str:
    return [step.rest for step in chain(target) if step.word == word][-1]


@pytest.mark.parametrize(("target", "command"), [("service", "serve"), ("worker", "worker")])
def test_an_image_runs_as_nobody_and_stops_politely(target: str, command: str) -> None:
    assert last(target, "USER") == UID
    assert last(target, "STOPSIGNAL") == "SIGTERM"
    assert json.loads(last(target, "CMD")) == [command]
    assert json.loads(last(target, "ENTRYPOINT"))[0] == "tini"  # what children of children leave behind is taken away
    assert last(target, "HEALTHCHECK")


def test_nothing_secret_is_built_in() -> None:
    """Nothing whose name is a secret's, nothing fetched past the package managers, no list of packages left."""
    _, stages = read(DOCKERFILE.read_text())
    for step in (step for stage in stages.values() for step in stage.steps):
        if step.word in {"ENV", "ARG"}:
            assert not re.search(r"(KEY|SECRET|PASSWORD|TOKEN|_URL)\b", step.rest), step.rest
        if step.word == "RUN":
            assert not re.search(r"\b(curl|wget|sudo)\b", step.rest), step.rest
            assert "apt-get update" not in step.rest or "rm -rf /var/lib/apt/lists/*" in step.rest
    assert not [path for path in sent(ROOT) if path.suffix in {".key", ".db"} or "secrets" in path.parts]


def test_what_is_sent_to_the_builder_is_what_runs() -> None:
    folders = {path.parts[0] for path in sent(ROOT) if len(path.parts) > 1}
    assert {"api", "web", "samples", "docs", "models", "deploy"} <= folders
    assert not folders & {"tests", ".git", ".venv", "var"}


def test_compose_keeps_to_its_schema() -> None:
    described = PyCompose.from_json(json.dumps(COMPOSE))  # PyYAML has merged the anchors, as Compose does
    described.validate()
    with pytest.raises(ValueError):  # the check sees a slip
        PyCompose.from_json(json.dumps(COMPOSE | {"services": {"one": {"image": "one", "cap_dorp": []}}}))


@pytest.mark.parametrize("name", sorted(COMPOSE["services"]))
def test_a_service_of_compose_is_confined(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert name in OURS or not service["user"].startswith("0")
    assert not service["image"].endswith(":latest")
    assert ":" in service["image"]
    assert name == "migrate" or service["deploy"]["resources"]["limits"]["memory"]
    assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"])
    for variable, value in service.get("environment", {}).items():
        assert variable == "POSTGRES_PASSWORD_FILE" or "PASSWORD" not in variable, f"{variable}={value}"


def test_compose_calls_foyer_as_it_is() -> None:
    commands = [COMPOSE["services"][name]["command"] for name in OURS]
    assert [command[0] for command in commands] == ["migrate", "serve", "worker", "worker"]
    assert COMPOSE["services"]["database"].get("networks") == ["inside"]
    assert COMPOSE["networks"]["inside"] == {"internal": True}


def test_secrets_are_made_once(tmp_path: Path) -> None:
    script = tmp_path / "secrets.sh"
    script.write_text((DEPLOY / "compose" / "secrets.sh").read_text())
    subprocess.run(["sh", script], check=True, capture_output=True)
    made = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    subprocess.run(["sh", script], check=True, capture_output=True)
    assert made == {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    assert set(made) == set(COMPOSE["secrets"])
    assert made["postgres_password"] in made["foyer_database_url"]
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700


def test_settings_lie_in_files_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models.settings, "SECRETS", tmp_path)
    monkeypatch.setenv("FOYER_MAIL__SMTP_HOST", "mail.example.org")
    assert Settings().database_url == ""
    (tmp_path / "foyer_database_url").write_text("postgresql://foyer@database/foyer\n")
    (tmp_path / "foyer_mail__smtp_password").write_text("hush")
    (tmp_path / "postgres_password").write_text("not ours")
    assert Settings().database_url == "postgresql://foyer@database/foyer"
    assert (Settings().mail.smtp_host, Settings().mail.smtp_password) == ("mail.example.org", "hush")
    monkeypatch.setenv("FOYER_DATABASE_URL", "sqlite:///here.db")
    assert Settings().database_url == "sqlite:///here.db"


def test_only_settings_that_exist_are_named() -> None:
    known = set(variables(Settings, "FOYER_"))
    for path in sorted(DEPLOY.rglob("*")):
        if path.is_file() and "secrets" not in path.parts and path.suffix != ".pyc":
            named = set(re.findall(r"FOYER_[A-Z_]+[A-Z]", path.read_text()))
            named |= {
                name.upper() for name in re.findall(r"\bfoyer_(?:[a-z]+__[a-z_]+|[a-z]+_url)\b", path.read_text())
            }
            assert named <= known, f"{path.relative_to(ROOT)}: {sorted(named - known)}"
