"""The organisation itself and its API keys. Part of `models.store.Store`; `models.store.system` finds a key by what
the caller shows."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from models.records import ApiKey, Organisation
from models.store.base import Rows

PREFIX = "foyer_"


def key_hash(clear: str) -> str:
    """What is kept of an API key. A fast hash will do: the key is 192 random bits, not a person's password."""
    return hashlib.sha256(clear.encode()).hexdigest()


class Access(Rows):
    def organisation(self, organisation_id: str) -> Organisation:
        return self._own(Organisation, organisation_id, organisation_id)

    def add_api_key(
        self, organisation_id: str, *, name: str, now: datetime, role: str = "admin", scopes: Sequence[str] = ()
    ) -> tuple[ApiKey, str]:
        """The row and the clear key, which cannot be shown a second time. `role` and `scopes` as `api.access` has
        checked them."""
        clear = PREFIX + secrets.token_urlsafe(24)
        key = ApiKey(
            organisation_id=organisation_id,
            name=name,
            prefix=clear[:12],
            hash=key_hash(clear),
            role=role,
            scopes=list(scopes),
            created_at=now,
        )
        self._add(key)
        self._note(organisation_id, "key.created", "key", key.id, role=role, scopes=list(scopes) or None)
        return key, clear

    def api_keys(self, organisation_id: str) -> list[ApiKey]:
        """Oldest first, revoked ones too."""
        query = select(ApiKey).where(ApiKey.organisation_id == organisation_id)
        return list(self._session.scalars(query.order_by(ApiKey.created_at, ApiKey.id)))

    def revoke_api_key(self, organisation_id: str, id: str, now: datetime) -> ApiKey:
        """From this commit on it opens nothing. Revoking again changes nothing."""
        key = self._lock(ApiKey, organisation_id, id)
        if key.revoked_at is None:
            self._note(organisation_id, "key.revoked", "key", id)
        key.revoked_at = key.revoked_at or now
        self._session.flush()
        return key
