"""Which kind of database the services of a flow test work on. `tests.flow.conftest` chooses, module by module: each
runs on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from models.settings import Settings

_fresh: Callable[[], str] | None = None
_urls: dict[Path, str] = {}


def use(fresh: Callable[[], str] | None) -> None:
    """From now on every home has a database of its own, as `fresh` makes them; None: the SQLite file in the home."""
    global _fresh
    _fresh = fresh
    _urls.clear()


def url_of(home: Path) -> str:
    """As FOYER_DATABASE_URL says it; the same at each start of a home."""
    if _fresh is None:
        return ""
    if home not in _urls:
        _urls[home] = _fresh()
    return _urls[home]


def settings_of(home: Path, **said: Any) -> Settings:
    """Of a service in this process."""
    return Settings(home=home, **{"database_url": url_of(home), **said})
