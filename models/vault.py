"""What people say voluntarily of their sex, race and age: apart from everything else Foyer keeps. `api.demographics` is
the only file that may import this one, and nothing that reads, scores, interviews or decides may import that (import
contracts, tests/unit/test_vault.py).

With SQLite it is a file of its own (vault.db), in PostgreSQL a schema of its own (foyer_vault) that no table of ours
refers to and no `Store` reaches. Whose answer a row is stands in it as a keyed hash, and the answer is encrypted, both
by a key that lies in a file of its own (vault.key): a copy of the databases tells nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
    text,
)
from sqlalchemy.schema import CreateTable

from models.columns import Utc
from models.db import migrating
from models.errors import EngineError
from models.records import new_id

SCHEMA = "foyer_vault"
metadata = MetaData()
ANSWERS = Table(
    "answers",
    metadata,
    Column("organisation_id", String(64), primary_key=True),
    Column("subject", String(64), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("given_at", Utc, nullable=False),
)
READINGS = Table(
    "readings",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("organisation_id", String(64), nullable=False),
    Column("at", Utc, nullable=False),
    Column("actor", Text, nullable=False),
    Column("purpose", Text, nullable=False),
)
"""Who had answers counted, when and for what. Only ever added to."""
_NONCE = 12


class Vault:
    """`url`: of the SQLite file, or of Foyer's own PostgreSQL. `key`: any secret bytes of the installation."""

    def __init__(self, url: str, key: bytes) -> None:
        self._url = url
        self._naming = hmac.new(key, b"vault:subject", hashlib.sha256).digest()
        self._cipher = AESGCM(hmac.new(key, b"vault:answer", hashlib.sha256).digest())

    def keep(self, organisation_id: str, candidate_id: str, answers: Mapping[str, str], now: datetime) -> None:
        """Replaces what they said before."""
        self.keep_all(organisation_id, {candidate_id: answers}, now)

    def keep_all(self, organisation_id: str, said: Mapping[str, Mapping[str, str]], now: datetime) -> None:
        """Of several people, by candidate, in one transaction."""
        with self._open() as connection:
            for candidate_id, answers in said.items():
                subject = self._subject(organisation_id, candidate_id)
                row = {"organisation_id": organisation_id, "subject": subject, "given_at": now}
                connection.execute(delete(ANSWERS).where(_of(organisation_id, subject)))
                connection.execute(insert(ANSWERS).values(**row, sealed=self._seal(subject, answers)))

    def forget(self, organisation_id: str, candidate_id: str) -> bool:
        """Was there anything?"""
        gone = delete(ANSWERS).where(_of(organisation_id, self._subject(organisation_id, candidate_id)))
        with self._open() as connection:
            return connection.execute(gone.returning(ANSWERS.c.subject)).first() is not None

    def own(self, organisation_id: str, candidate_id: str) -> tuple[dict[str, str], datetime] | None:
        """What one person said, and when: for themselves."""
        subject = self._subject(organisation_id, candidate_id)
        query = select(ANSWERS.c.sealed, ANSWERS.c.given_at).where(_of(organisation_id, subject))
        with self._open() as connection:
            row = connection.execute(query).first()
        return None if row is None else (self._unseal(subject, row.sealed), row.given_at)

    def counted(
        self,
        organisation_id: str,
        candidate_ids: Collection[str],
        *,
        before: datetime,
        actor: str,
        purpose: str,
        now: datetime,
    ) -> dict[str, dict[str, str]]:
        """Candidate -> what they had said before a moment; the reading is noted first. For counting alone."""
        query = select(ANSWERS.c.subject, ANSWERS.c.sealed)
        query = query.where(ANSWERS.c.organisation_id == organisation_id, ANSWERS.c.given_at < before)
        self.note(organisation_id, actor=actor, purpose=purpose, now=now)
        with self._open() as connection:
            rows = {subject: sealed for subject, sealed in connection.execute(query)}  # noqa: C416 - typed
        subjects = {id: self._subject(organisation_id, id) for id in candidate_ids}
        return {id: self._unseal(subject, rows[subject]) for id, subject in subjects.items() if subject in rows}

    def note(self, organisation_id: str, *, actor: str, purpose: str, now: datetime) -> None:
        """Somebody has figures made of answers, or is shown some that were made a little earlier."""
        entry = {"organisation_id": organisation_id, "at": now, "actor": actor, "purpose": purpose}
        with self._open() as connection:
            connection.execute(insert(READINGS).values(id=new_id(), **entry))

    def readings(self, organisation_id: str) -> list[tuple[datetime, str, str]]:
        """(when, who, for what), oldest first."""
        query = select(READINGS).where(READINGS.c.organisation_id == organisation_id).order_by(READINGS.c.id)
        with self._open() as connection:
            return [(row.at, row.actor, row.purpose) for row in connection.execute(query)]

    @contextmanager
    def _open(self) -> Iterator[Connection]:
        """One transaction; the tables are there. Seldom used, so nothing is kept open between."""
        with migrating(self._url) as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
                connection = connection.execution_options(schema_translate_map={None: SCHEMA})
            for table in metadata.sorted_tables:
                connection.execute(CreateTable(table, if_not_exists=True))
            yield connection

    def _subject(self, organisation_id: str, candidate_id: str) -> str:
        named = f"{organisation_id}:{candidate_id}".encode()
        return hmac.new(self._naming, named, hashlib.sha256).hexdigest()

    def _seal(self, subject: str, answers: Mapping[str, str]) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, json.dumps(dict(answers)).encode(), subject.encode())

    def _unseal(self, subject: str, sealed: bytes) -> dict[str, str]:
        try:
            clear = self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], subject.encode())
        except InvalidTag as wrong:
            raise EngineError(
                "Voluntary answers were kept under another vault.key. Put that file back into FOYER_HOME."
            ) from wrong
        found: dict[str, str] = json.loads(clear)
        return found


def _of(organisation_id: str, subject: str) -> ColumnElement[bool]:
    return (ANSWERS.c.organisation_id == organisation_id) & (ANSWERS.c.subject == subject)
