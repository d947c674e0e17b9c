"""Prints what pyproject.toml asks for, with the extras that are named: so that the image's layer of libraries changes
with them alone, and not with each line of Foyer. Run by deploy/Dockerfile beside that file."""

import sys
import tomllib
from pathlib import Path


def asked(project: dict[str, object], extras: list[str]) -> list[str]:
    """Raises KeyError for an extra that is not there."""
    optional = project["optional-dependencies"]
    assert isinstance(optional, dict)
    found = project["dependencies"]
    assert isinstance(found, list)
    return [*found, *(line for extra in extras for line in optional[extra])]


if __name__ == "__main__":
    described = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))
    print("\n".join(asked(described["project"], sys.argv[1:])))
