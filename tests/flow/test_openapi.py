"""The service against its own description: schemathesis makes thousands of requests from openapi.json, well- and
ill-formed, and every answer has to be one that is described. No answer may be our fault."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flow.hostile import World, build

CASES = 5000
EACH = int(os.environ.get("OPENAPI_EACH", "8"))
"""Random requests an operation, beside those that cover each constraint."""
CONFIG = """
# What no schema can say (a kit's rules, text that a database keeps, an opening that is closed) is refused in words.
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", 400, 401, 403, 404, 409, 410, 413, 415, 422, 429]

[checks.not_a_server_error]
expected-statuses = ["2xx", "3xx", "4xx", 502, 503]

"""
FORMS = {"/api/postings/read": 200, "/api/jobs/{job_id}/batches": 202, "/api/batches/{batch_id}/files": 202}
"""And what each answers. What is uploaded is bytes, whatever they were before: in a form no value has a wrong type."""
CONFIG += "".join(
    f"""
[[operations]]
include-path = "{path}"

[operations.checks.negative_data_rejection]
expected-statuses = [{done}, 400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 429]
"""
    for path, done in FORMS.items()
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    yield from build(tmp_path_factory.mktemp("openapi") / "home")


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_no_answer_is_our_fault_and_every_answer_is_described(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    generated = 0
    for name, ids in (("anything", {}), ("our ids", world.ids)):
        config = tmp_path / "schemathesis.toml"
        known = "".join(f'"path.{key}" = {json.dumps(value)}\n' for key, value in ids.items() if key.endswith("_id"))
        config.write_text(("[parameters]\n" + known if known else "") + CONFIG)
        limits = world.service.home / "limits.toml"
        assert limits.is_file()
        done = subprocess.run(
            [
                str(Path(sys.executable).parent / "schemathesis"),
                *("--config-file", str(config), "run", f"{world.service.base}/openapi.json"),
                *("-H", f"Authorization: {world.api.headers['Authorization']}", "-H", "Foyer-Person: Maria Lopez"),
                *("--checks", "all", "-n", str(EACH), "--continue-on-failure", "--no-shrink"),
                *("--suppress-health-check", "all", "--seed", "20261127", "--request-timeout", "60"),
                *("--warnings", "off", "--no-color"),
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        found = re.search(r"(\d+) generated", done.stdout)
        assert found, done.stdout[-3000:] + done.stderr[-3000:]
        generated += int(found[1])
        assert done.returncode == 0, f"{name}: {done.stdout[-20000:]}"
    with capsys.disabled():
        print(f"\nopenapi: {generated} cases, no answer of 500, none that is not described")
    assert generated >= CASES
    assert "request.failed" not in world.service.log.read_text()
