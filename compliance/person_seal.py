"""People's data at rest: each person's under a key of their own, that key under the master key. Chosen in
`api.sealing`, used through `models.engines.Seal`.

A sealed value is MARK, the key's id (16 bytes), a nonce (12), the AES-256-GCM ciphertext and its tag (16). MARK, id and
subject are authenticated with it. What was written before there were keys has no mark and reads as it is, until
`foyer keys seal` seals it.

Keys are remembered for LIFE seconds, so that one that was destroyed is gone from every process soon."""

from __future__ import annotations

import hashlib
import hmac
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import uuid_utils
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from compliance.master import LENGTH, MasterKeys
from compliance.seal import SECRETS, SecretSeal
from models.engines import BLIND, KeyStore, WrappedKey
from models.errors import EngineError, FoyerError, NotFound

MARK = b"\x00fyr1\x00"
INDEX = "index:"
"""Subjects that begin so are organisations' keys for looking things up; they are never renewed."""
LIFE = 30.0
MOST = 20_000
"""Keys in memory."""
_ID, _NONCE = 16, 12
_HEAD = len(MARK) + _ID
ERASED = "This person was erased: what was kept of them cannot be read any more."


@dataclass(frozen=True, slots=True)
class _Key:
    id: str
    subject: str
    version: int
    raw: bytes
    until: float


class PersonSeal(SecretSeal):
    """Thread-safe. `secret`: the key for what opens other systems, as SecretSeal has it."""

    def __init__(
        self, secret: bytes, store: KeyStore, masters: MasterKeys, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(secret)
        self._store, self.masters, self._clock = store, masters, clock
        self._lock = threading.Lock()
        self._by_id: OrderedDict[str, _Key] = OrderedDict()
        self._by_subject: OrderedDict[str, _Key] = OrderedDict()

    def seal(self, clear: bytes, *, subject: str) -> bytes:
        if not subject or subject.startswith(SECRETS):
            return super().seal(clear, subject=subject)
        key = self._of(subject)
        head, nonce = MARK + UUID(key.id).bytes, os.urandom(_NONCE)
        return head + nonce + AESGCM(key.raw).encrypt(nonce, clear, head + subject.encode())

    def unseal(self, sealed: bytes) -> bytes:
        id = key_id(sealed)
        if id is None:
            return super().unseal(sealed)
        key = self._by(id)
        nonce, rest = sealed[_HEAD : _HEAD + _NONCE], sealed[_HEAD + _NONCE :]
        try:
            return AESGCM(key.raw).decrypt(nonce, rest, sealed[:_HEAD] + key.subject.encode())
        except InvalidTag as wrong:
            raise FoyerError(
                "Something that was kept of a person is damaged or was tampered with. Put it back from a backup."
            ) from wrong

    def blind(self, digest: str, *, organisation_id: str) -> str:
        raw = self._of(f"{INDEX}{organisation_id}").raw
        mac = hmac.new(raw, digest.encode(), hashlib.sha256).hexdigest()
        return BLIND + mac[:62]  # no longer than what was kept before there was a key

    def close(self) -> None:
        self._store.close()

    def prepare(self, subjects: Sequence[str]) -> None:
        """In one go, for each key that is made alone costs a write to the disk."""
        now = self._clock()
        with self._lock:
            known = {one for one in subjects if one in self._by_subject and self._by_subject[one].until > now}
        lacking = [one for one in subjects if one not in known]
        there = {one.subject for one in self._store.of(lacking)}.union(self._store.destroyed(lacking))
        fresh = [one for one in lacking if one not in there]
        for key in self._make(dict.fromkeys(fresh, 1)) if fresh else ():
            with self._lock:
                _remember(self._by_subject, key.subject, key)
                _remember(self._by_id, key.id, key)

    def expect(self, subjects: Sequence[str]) -> None:
        now = self._clock()
        with self._lock:
            known = {one for one in subjects if one in self._by_subject and self._by_subject[one].until > now}
        keys = [
            self._opened(one) for one in self._store.of([one for one in dict.fromkeys(subjects) if one not in known])
        ]
        with self._lock:
            for key in keys:
                _remember(self._by_subject, key.subject, key)
                _remember(self._by_id, key.id, key)

    def is_newest(self, sealed: bytes, subject: str) -> bool:
        if subject.startswith(SECRETS):
            return super().is_newest(sealed, subject)
        return key_id(sealed) == self._of(subject).id

    def renew(self, subjects: Sequence[str]) -> None:
        """From now on, and in other processes within LIFE seconds, what is written of them is sealed under a new key;
        the old one opens what is there."""
        found = {one: self._store.newest(one) for one in subjects if not one.startswith(INDEX)}
        self._make({one: key.version + 1 for one, key in found.items() if key is not None and key.wrapped})
        with self._lock:
            for subject in found:
                self._by_subject.pop(subject, None)

    def destroy(self, subject: str) -> None:
        """What was sealed for them is noise from now on; other processes forget the key within LIFE seconds."""
        self._store.destroy(subject)
        with self._lock:
            self._by_subject.pop(subject, None)
            for id in [id for id, key in self._by_id.items() if key.subject == subject]:
                del self._by_id[id]

    def any_destroyed(self) -> bool:
        return self._store.any_destroyed()

    def destroyed(self, among: Sequence[str]) -> list[str]:
        """Subjects whose keys were destroyed."""
        return self._store.destroyed(among)

    def rewrap(self, limit: int = 500) -> int:
        """Keys under earlier master keys, some of them, are wrapped under the present one. Returns how many."""
        master, kek = self.masters.current(first=False)
        some = self._store.others(master, limit)
        self._store.rewrap(
            [replace(one, master=master, wrapped=_wrap(kek, self._unwrap(one), one.id, one.subject)) for one in some]
        )
        return len(some)

    # ------------------------------------------------------------ keys in memory

    def _of(self, subject: str) -> _Key:
        now = self._clock()
        with self._lock:
            known = self._by_subject.get(subject)
        if known is not None and known.until > now:
            return known
        kept = self._store.newest(subject)
        key = self._opened(kept) if kept is not None else self._make({subject: 1})[0]
        with self._lock:
            _remember(self._by_subject, subject, key)
            _remember(self._by_id, key.id, key)
        return key

    def _by(self, id: str) -> _Key:
        now = self._clock()
        with self._lock:
            known = self._by_id.get(id)
        if known is not None and known.until > now:
            return known
        found = self._store.around(id)
        if not found or found[0].id != id:
            raise EngineError(
                "Something was sealed under a key that is not here. Put the keys back that belong to this database: "
                "keys.db in FOYER_HOME (SQLite), or the table person_keys (PostgreSQL)."
            )
        if not found[0].wrapped:
            with self._lock:
                self._by_id.pop(id, None)
            raise NotFound(ERASED)
        opened = [self._opened(one) for one in found if one.wrapped]
        with self._lock:
            for one in reversed(opened):
                _remember(self._by_id, one.id, one)
        return opened[0]

    def _make(self, subjects: Mapping[str, int]) -> list[_Key]:
        """New keys, with the version of each."""
        master, kek = self.masters.current(first=self._store.is_empty())
        fresh = []
        for subject, version in subjects.items():
            id = UUID(str(uuid_utils.uuid7())).hex
            fresh.append(WrappedKey(id, subject, version, master, _wrap(kek, os.urandom(LENGTH), id, subject)))
        kept = self._store.add(fresh)
        if self.masters.current(first=False)[0] != master:  # changed meanwhile: who changes it may not have seen these
            while self.rewrap():
                pass
        return [self._opened(one) for one in kept]

    def _opened(self, kept: WrappedKey) -> _Key:
        if not kept.wrapped:
            raise NotFound(ERASED)
        return _Key(kept.id, kept.subject, kept.version, self._unwrap(kept), self._clock() + LIFE)

    def _unwrap(self, kept: WrappedKey) -> bytes:
        nonce, rest = kept.wrapped[:_NONCE], kept.wrapped[_NONCE:]
        try:
            return AESGCM(self.masters.get(kept.master)).decrypt(nonce, rest, _bound(kept.id, kept.subject))
        except InvalidTag as wrong:
            raise EngineError("A person's key is damaged. Put the keys back from a backup.") from wrong


def key_id(sealed: bytes) -> str | None:
    """Of the key that it was sealed under; None for what was written before there were keys, and for secrets."""
    if not sealed.startswith(MARK) or len(sealed) < _HEAD + _NONCE:
        return None
    return UUID(bytes=bytes(sealed[len(MARK) : _HEAD])).hex


def _wrap(kek: bytes, raw: bytes, id: str, subject: str) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(kek).encrypt(nonce, raw, _bound(id, subject))


def _bound(id: str, subject: str) -> bytes:
    return f"foyer key {id} of {subject}".encode()


def _remember(where: OrderedDict[str, _Key], name: str, key: _Key) -> None:
    where[name] = key
    where.move_to_end(name)
    while len(where) > MOST:
        where.popitem(last=False)
