"""One running Foyer for all vendors' tests of a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.flow.integrations.world import World, running


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running(tmp_path_factory.mktemp("connected") / "home") as found:
        yield found
