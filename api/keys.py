"""API keys of the first organisation, for `foyer keys`: made, listed, revoked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from api.access import checked
from models.db import Database
from models.errors import BadRequest
from models.settings import Settings


@contextmanager
def _first(settings: Settings) -> Iterator[tuple[Database, str]]:
    from api.app import build, organisation_here

    running = build(settings)
    organisation = organisation_here(running)
    try:
        yield running.database, organisation
    finally:
        running.database.close()


def create(settings: Settings, name: str, role: str, scopes: list[str]) -> str:
    """The clear key, shown once. Raises BadRequest for a role or scope that there is not."""
    role, has = checked(role, tuple(scopes))
    with _first(settings) as (database, organisation), database.store() as store:
        _, clear = store.add_api_key(organisation, name=name, now=datetime.now(UTC), role=role, scopes=has)
    return clear


def listed(settings: Settings) -> list[dict[str, Any]]:
    """Oldest first, revoked ones too; never a key itself."""
    with _first(settings) as (database, organisation), database.reading() as store:
        return [
            {
                "id": key.id,
                "prefix": key.prefix,
                "name": key.name,
                "role": key.role,
                "scopes": list(key.scopes),
                "created_at": key.created_at.isoformat(),
                "revoked_at": key.revoked_at.isoformat() if key.revoked_at else None,
            }
            for key in store.api_keys(organisation)
        ]


def revoke(settings: Settings, which: str) -> str:
    """The name of the key that is revoked. Raises BadRequest unless exactly one is meant."""
    with _first(settings) as (database, organisation), database.store() as store:
        known = store.api_keys(organisation)
        found = [key for key in known if which in (key.id, key.prefix)]
        if len(found) != 1:
            raise BadRequest(f"{len(found)} keys are meant by {which!r}. Give an id: foyer keys list")
        others = [key for key in known if key.revoked_at is None and key.role == "admin" and key.id != found[0].id]
        if found[0].role == "admin" and not others:
            raise BadRequest("This is the last administrator's key. Create another first: foyer keys create NAME")
        return store.revoke_api_key(organisation, found[0].id, datetime.now(UTC)).name
