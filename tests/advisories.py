"""`python -m tests.advisories`: whether a pinned dependency has a known vulnerability, by pip-audit, for `make check`.

Where no database of advisories can be reached nothing is known: that is said aloud and is no failure, so that a machine
without a network can be worked on. Exceptions and their reasons are in pyproject.toml's [tool.advisories]."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib

from models.settings import ROOT

SECONDS = 120
NOT_CHECKED = """
  ****************************************************************************
  DEPENDENCIES WERE NOT CHECKED for known vulnerabilities: {why}
  Run `make check` where pypi.org can be reached before a release.
  ****************************************************************************"""


def audited(output: str) -> tuple[list[str], int]:
    """Of pip-audit's JSON: 'name version: advisories', and how many dependencies were looked up at all."""
    dependencies = json.loads(output)["dependencies"]
    found = [one for one in dependencies if one.get("vulns")]
    told = [f"{one['name']} {one['version']}: {', '.join(vuln['id'] for vuln in one['vulns'])}" for one in found]
    return told, sum("skip_reason" not in one for one in dependencies)


def main() -> int:
    ignored = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["advisories"]
    command = [sys.executable, "-m", "pip_audit", "-r", str(ROOT / "constraints.txt"), "--no-deps", "--disable-pip"]
    command += ["-f", "json", "--progress-spinner", "off", "--timeout", "10"]
    for advisory in ignored:
        command += ["--ignore-vuln", advisory]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
        found, looked_up = audited(done.stdout)
    except (subprocess.TimeoutExpired, ValueError) as error:
        print(NOT_CHECKED.format(why=f"no answer ({type(error).__name__})"), file=sys.stderr)
        return 0
    if not looked_up:
        print(NOT_CHECKED.format(why="the index answers for none of them"), file=sys.stderr)
        return 0
    print("\n".join(found) or f"{looked_up} dependencies, none with a known vulnerability")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
