"""The one organisation of an app."""

from __future__ import annotations

import pytest

from api.deps import App


@pytest.fixture
def org(app: App) -> str:
    with app.database.asking() as system:
        return system.organisations()[0].id
