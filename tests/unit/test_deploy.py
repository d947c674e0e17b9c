"""What deploy/ says may not part from the product: linters, schemas, names of settings, roles and routes."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from compose_spec import PyCompose
from kubernetes_validate import ValidationError, validate

import models.settings
from api.metrics import STANDING
from api.routes import health
from api.serving import DRAIN_SECONDS
from deploy import sizing
from deploy.keys import NAMES
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
    handed = sent(ROOT)
    assert not [path for path in handed if path.suffix in {".key", ".db"} or "secrets" in path.parts]
    folders = {path.parts[0] for path in handed if len(path.parts) > 1}
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


KUBERNETES = DEPLOY / "kubernetes"


def built(folder: Path) -> list[dict[str, Any]]:
    """The manifests that a kustomization lists, with what it generates and renames, as kubectl puts them."""
    asked = yaml.safe_load((folder / "kustomization.yaml").read_text())
    texts = [(folder / name).read_text() for name in asked["resources"]]
    found = [one for text in texts for one in yaml.safe_load_all(text)]
    for made in asked.get("configMapGenerator", []):
        data = dict(line.split("=", 1) for line in made["literals"])
        found.append({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": made["name"]}, "data": data})
    tags = {image["name"]: image["newTag"] for image in asked.get("images", [])}
    for container in (each for one in found for each in pod(one).get("containers", [])):
        container["image"] += f":{tags[container['image']]}"
    return found


def pod(one: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = one.get("spec", {}).get("template", {}).get("spec", {})
    return found


BASE, MIGRATE = built(KUBERNETES / "base"), built(KUBERNETES / "migrate")
PODS = [one for one in BASE + MIGRATE if pod(one)]


def name_of(one: dict[str, Any]) -> str:
    return f"{one['kind']} {one['metadata']['name']}"


@pytest.mark.parametrize("one", BASE + MIGRATE, ids=name_of)
def test_a_manifest_keeps_to_its_schema(one: dict[str, Any]) -> None:
    validate(one, "1.33", strict=True)


def test_the_schema_sees_a_slip() -> None:
    with pytest.raises(ValidationError):
        validate({**BASE[0], "automountToken": False}, "1.33", strict=True)


@pytest.mark.parametrize("one", PODS, ids=name_of)
def test_a_pod_is_confined(one: dict[str, Any]) -> None:
    around, (container,) = pod(one)["securityContext"], pod(one)["containers"]
    assert f"{around['runAsUser']}:{around['runAsGroup']}" == UID
    assert (around["runAsNonRoot"], around["seccompProfile"]) == (True, {"type": "RuntimeDefault"})
    assert pod(one)["automountServiceAccountToken"] is False
    inside = container["securityContext"]
    assert inside["readOnlyRootFilesystem"] is True
    assert inside["allowPrivilegeEscalation"] is False
    assert inside["capabilities"] == {"drop": ["ALL"]}
    assert not container["image"].endswith(":latest")
    assert container["resources"]["limits"]["memory"]
    assert not container.get("env")  # no value of a secret stands in a manifest
    volumes = {volume["name"] for volume in pod(one)["volumes"]}
    assert {mount["name"] for mount in container["volumeMounts"]} == volumes
    assert one["spec"]["template"]["metadata"]["labels"]["foyer/connects"] == "true"  # or the network policies miss it
    assert not [each for each in BASE + MIGRATE if each["kind"] == "Secret"]


def test_pods_are_given_the_keys_that_machines_share() -> None:
    for one in (each for each in PODS if each["kind"] == "Deployment"):
        mounted = {mount["mountPath"] for mount in pod(one)["containers"][0]["volumeMounts"]}
        assert {f"/var/lib/foyer/{name}" for name in NAMES} <= mounted, name_of(one)


def test_a_stop_has_time_to_drain() -> None:
    """SIGTERM to the end takes under half a minute (`api.serving`), after the pause before it."""
    (api,) = [one for one in PODS if one["metadata"]["name"] == "foyer-api"]
    pause = int(pod(api)["containers"][0]["lifecycle"]["preStop"]["exec"]["command"][-1])
    assert pod(api)["terminationGracePeriodSeconds"] >= pause + DRAIN_SECONDS + 20 + 10
    ingress = next(one for one in BASE if one["kind"] == "Ingress")
    for way in ("read", "send"):
        assert int(ingress["metadata"]["annotations"][f"nginx.ingress.kubernetes.io/proxy-{way}-timeout"]) >= 45 * 60


def test_probes_ask_routes_that_exist() -> None:
    (api,) = [one for one in PODS if one["metadata"]["name"] == "foyer-api"]
    paths = {route.path for route in health.router.routes}  # type: ignore[attr-defined]
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert pod(api)["containers"][0][probe]["httpGet"]["path"] in paths


def test_every_selector_finds_its_pods() -> None:
    labels = [one["spec"]["template"]["metadata"]["labels"] for one in PODS]
    for one in BASE:
        spec = one.get("spec", {})
        asked = spec.get("podSelector") or spec.get("selector") or {}
        asked = asked.get("matchLabels", asked)
        if asked and one["metadata"]["name"] != "foyer-nothing":
            assert any(asked.items() <= each.items() for each in labels), name_of(one)
        if one["kind"] == "HorizontalPodAutoscaler":
            target = next(each for each in PODS if each["metadata"]["name"] == spec["scaleTargetRef"]["name"])
            assert "replicas" not in target["spec"]  # an apply would undo what was scaled


def test_workers_take_roles_that_exist_and_scale_by_figures_that_exist() -> None:
    roles = pytest.importorskip("api.roles")
    taken = [pod(one)["containers"][0]["args"] for one in PODS]
    asked = {role for args in taken if "--queues" in args for role in args[-1].split(",")}
    assert asked == set(roles.ROLES)
    compose = [COMPOSE["services"][name]["command"] for name in OURS]
    assert {role for command in compose if "--queues" in command for role in command[-1].split(",")} == asked
    for one in (each for each in BASE if each["kind"] == "HorizontalPodAutoscaler"):
        metric = one["spec"]["metrics"][0]["external"]["metric"]
        assert metric["name"] in STANDING
        assert roles.ROLES[metric["selector"]["matchLabels"]["role"]]
    for path in (KUBERNETES / "keda" / "scaled-objects.yaml", KUBERNETES / "prometheus-adapter" / "values.yaml"):
        assert set(re.findall(r"foyer_\w+", path.read_text())) == {"foyer_queue_depth"}


@pytest.mark.long
@pytest.mark.skipif(not shutil.which("kubectl"), reason="kubectl is not here; `built` stands in for it")
def test_kubectl_builds_the_same(tmp_path: Path) -> None:
    """And an overlay with KEDA has its ScaledObjects instead of the autoscalers."""
    asked = {"resources": [os.path.relpath(KUBERNETES / "base", tmp_path)]}
    asked |= {"components": [os.path.relpath(KUBERNETES / "keda", tmp_path)], "namespace": "hiring"}
    (tmp_path / "kustomization.yaml").write_text(yaml.safe_dump(asked))
    kinds = Counter(one["kind"] for one in BASE)
    assert Counter(one["kind"] for one in kubectl(KUBERNETES / "base")) == kinds
    del kinds["HorizontalPodAutoscaler"]
    assert Counter(one["kind"] for one in kubectl(tmp_path)) == kinds + Counter(ScaledObject=2)


def kubectl(folder: Path) -> list[dict[str, Any]]:
    done = subprocess.run(["kubectl", "kustomize", folder], capture_output=True, text=True, check=True)
    return list(yaml.safe_load_all(done.stdout))


def test_the_sums_are_those_of_their_figures() -> None:
    """`python -m deploy.sizing` writes them."""
    assert sizing.PAGE.read_text() == sizing.page()
    assert f"| machines for them | {sizing.UNKNOWN} |" not in sizing.tables(1e6, 1e4) or any(
        figure.value is None for figure in sizing.MEASURED.values()
    )
