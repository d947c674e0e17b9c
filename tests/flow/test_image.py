"""The images, made and run without a container engine: each step of deploy/Dockerfile over an unpacked Debian, then the
service and a worker as an orchestrator runs them: read-only, as nobody, offline. Says what layers weigh and what
the processes need: `python -m pytest -s tests/flow/test_image.py` as root, 15 minutes, most of them pip's.

FOYER_IMAGE_BASE=FOLDER: an unpacked Debian that is there already; else debootstrap makes one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.settings import ROOT
from tests.bench.figures import figure, tree_pss
from tests.dockerfile import Builder, Container, Image
from tests.flow.running import wait_for

NEEDED = ("unshare", "nsenter", "setpriv", "ip")
MISSING = [name for name in NEEDED if not shutil.which(name)]

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(3600),
    pytest.mark.skipif(os.geteuid() != 0 or bool(MISSING), reason=f"needs root and {', '.join(NEEDED)}"),
    pytest.mark.skipif(
        not (os.environ.get("FOYER_IMAGE_BASE") or shutil.which("debootstrap")), reason="there is no debootstrap"
    ),
]

ASKING = """
import sys, time, httpx2
key = open("/var/lib/foyer/admin.key").read().strip()
api = httpx2.Client(base_url="http://127.0.0.1:8000", headers={"Authorization": f"Bearer {key}"}, timeout=60)
posting = open("/opt/foyer/samples/jobs/backend_engineer.md").read()
job = api.post("/api/jobs", json={"text": posting}).raise_for_status().json()["id"]
resume = open("/opt/foyer/samples/resumes/lukasz-kowalczyk.pdf", "rb").read()
sent = api.post(f"/api/jobs/{job}/batches", files=[("files", ("one.pdf", resume))]).raise_for_status().json()
for _ in range(600):
    found = api.get(f"/api/applications/{sent['applications'][0]}").raise_for_status().json()
    if found.get("score") is not None:
        break
    time.sleep(0.2)
print(found["stage"], found["score"])
"""
"""A posting and a resume, until the resume has a score."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    made = tmp_path_factory.mktemp("image")
    yield made
    shutil.rmtree(made, ignore_errors=True)  # gigabytes


@pytest.fixture(scope="module")
def images(folder: Path) -> dict[str, Image]:
    base = Path(os.environ.get("FOYER_IMAGE_BASE") or folder / "debian")
    if not base.exists():
        subprocess.run(["debootstrap", "--variant=minbase", "bookworm", base], check=True, capture_output=True)
    # This machine's own pip settings say where torch comes from.
    builder = Builder(ROOT / "deploy" / "Dockerfile", ROOT, base, folder / "layers", {"TORCH_INDEX": ""})
    try:
        return {target: builder.build(target) for target in ("service", "worker")}
    except subprocess.CalledProcessError as failed:
        pytest.fail(f"{failed.cmd[-1][-500:]}\n{failed.output[-3000:]}")


def size(layer: Path) -> int:
    said = subprocess.run(["du", "-sb", layer], capture_output=True, text=True, check=True).stdout
    return int(said.split()[0])


def test_layers_are_shared_and_foyer_s_own_is_small(images: dict[str, Image]) -> None:
    assert images["service"].layers == images["worker"].layers
    *own, base = images["service"].layers
    weights = sorted(size(layer) for layer in own)
    figure("image", "base", size(base) / 1e6, "MB")
    figure("image", "layers", str([round(each / 1e6, 1) for each in weights]), "MB")
    assert sum(each > 30e6 for each in weights) == 2, "the system's packages and the libraries; all else is small"
    assert weights[-1] < 3e9


def test_service_and_worker_run_as_nobody_in_a_read_only_root(images: dict[str, Image], folder: Path) -> None:
    home = folder / "home"
    home.mkdir(mode=0o700)
    began = time.monotonic()
    service = Container(images["service"], home, folder / "service.log")
    try:
        healthy(service)
        figure("image", "until /healthz answers, first start", time.monotonic() - began, "s")
        ready(service)
        figure("image", "until /readyz holds", time.monotonic() - began, "s")
        confined(service)
    finally:
        left = service.stop()
    assert left in {0, 143}, service.said  # it ends by itself, or by the very signal once all is saved


def confined(container: Container) -> None:
    status = container.run(["cat", "/proc/1/status"]).stdout
    assert "Uid:\t10001\t10001\t10001\t10001" in status
    assert "CapPrm:\t0000000000000000" in status
    assert "NoNewPrivs:\t1" in status
    for path in ("/opt/foyer/new", "/etc/new", "/usr/local/new", "/new"):
        assert container.run(["touch", path]).returncode == 1, path
    assert container.run(["touch", "/tmp/new", "/var/lib/foyer/cache/new"]).returncode == 0
    links = Path(f"/proc/{container.first}/net/dev").read_text().splitlines()[2:]
    assert [line.split(":")[0].strip() for line in links] == ["lo"]


def test_what_the_service_takes_in_the_worker_does(images: dict[str, Image], folder: Path) -> None:
    home = folder / "shared"
    home.mkdir(mode=0o700)
    service = Container(images["service"], home, folder / "doors.log", arguments=["serve", "--no-worker"])
    try:
        ready(service)
        worker = Container(images["worker"], home, folder / "worker.log")
        try:
            assert images["worker"].healthcheck == ()
            asked = service.run(["python", "-"], given=ASKING)
            assert asked.returncode == 0, asked.stderr + worker.said
            assert float(asked.stdout.split()[1]) > 0.4, asked.stdout
            figure("image", "memory, service", tree_pss(service.first) / 2**20, "MiB PSS")
            figure("image", "memory, worker", tree_pss(worker.first) / 2**20, "MiB PSS")
            tried = ["python", "-m", "deploy.load", "--key-file", "/var/lib/foyer/admin.key"]
            load = service.run([*tried, "--clients", "3", "--resumes", "5", "--seconds", "10"])
            assert load.returncode == 0, load.stdout + load.stderr
            assert json.loads(load.stdout)["resumes"] == 5
        finally:
            stopped = time.monotonic()
            left = worker.stop()
        assert left == 0, worker.said
        assert time.monotonic() - stopped < 45
    finally:
        service.stop()


def healthy(container: Container) -> None:
    """As the image itself asks."""
    asked = list(container.image.healthcheck)
    wait_for(lambda: answer(container, asked), lambda code: code == 0, "health", 300)


def ready(container: Container) -> None:
    asked = ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/readyz')"]
    wait_for(lambda: answer(container, asked), lambda code: code == 0, "readiness", 300)


def answer(container: Container, asked: list[str]) -> int:
    assert container.process.poll() is None, container.said
    try:
        return container.run(asked).returncode
    except IndexError:  # it has no first process yet
        return -1
