"""Alembic's entry. `models.db.Database.migrate` runs it on its own connection; `alembic` on the command line (see
alembic.ini) opens one to the database the settings name. Both run every migration in one transaction."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection

from models import vectors
from models.columns import Sealed, SealedJson, Utc
from models.db import migrating
from models.records import Base
from models.settings import Settings


def run(connection: Connection) -> None:
    on_postgresql = connection.dialect.name == "postgresql"
    context.configure(
        connection=connection,
        target_metadata=[Base.metadata, vectors.metadata] if on_postgresql else Base.metadata,
        transactional_ddl=True,  # SQLite can, since we begin its transactions ourselves
        render_as_batch=True,  # SQLite changes a table by building it anew
        render_item=render,
    )
    context.run_migrations()


def render(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write migrations in SQLAlchemy's own types: they must outlive any change of ours."""
    if kind == "type" and isinstance(item, Sealed | SealedJson):
        return "sa.LargeBinary()"
    if kind == "type" and isinstance(item, Utc):
        return "sa.DateTime(timezone=True)"
    return False


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with migrating(Settings().store_url) as opened:
        run(opened)
