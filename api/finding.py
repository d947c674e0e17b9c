"""`foyer search`: the talent pool of this installation, or a folder, from the command line. Called by `api.cli`."""

from __future__ import annotations

from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from api.pool import STEP, Hit, Searcher
from api.wiring import Engines
from integrations.folder import FolderSource, Limits
from models.errors import BadRequest, UnreadableDocument
from models.settings import Settings
from models.values import ParsedResume
from screening.parse import parse


def find(settings: Settings, query: str, resumes: Path | None, *, limit: int) -> dict[str, Any]:
    """{query, pool: how many were searched, found: best first}. Raises BadRequest where there is nobody to search."""
    return _in_service(settings, query, limit) if resumes is None else _in_folder(settings, query, resumes, limit)


def _in_service(settings: Settings, query: str, limit: int) -> dict[str, Any]:
    from api.app import build

    app = build(settings, work=False)
    try:
        with app.database.asking() as system:
            organisations = system.organisations()
        if not organisations:
            raise BadRequest("No resume was read here yet. Start the service, or name a folder with --resumes.")
        organisation_id = organisations[0].id
        hits = app.pool.search(organisation_id, query, limit=limit)
        with app.database.reading() as store:
            files = {hit.id: store.document(organisation_id, hit.id).filename for hit in hits}
            total = len(store.read_documents(organisation_id))
        return {"query": query, "pool": total, "found": [_shown(hit, files[hit.id]) for hit in hits]}
    finally:
        app.engines.close()
        app.database.close()


def _in_folder(settings: Settings, query: str, folder: Path, limit: int) -> dict[str, Any]:
    now = datetime.now(UTC).date()
    read: dict[str, ParsedResume] = {}
    engines = Engines(settings)
    with closing(engines):
        for entry in FolderSource(folder, Limits.of(settings.screening)).entries():
            with suppress(UnreadableDocument):
                if entry.problem is None:
                    read[entry.name] = parse(engines.read(entry.content, entry.name), now=now)
        if not read:
            raise BadRequest(f"{folder} holds no readable resume.")
        searcher = Searcher(engines.embedder, engines.vocabulary)
        names = sorted(read)
        for start in range(0, len(names), STEP):
            searcher.put({name: read[name] for name in names[start : start + STEP]})
        recalled = searcher.recalled(query)
        hits = searcher.search(query, {name: read[name] for name in recalled}, limit=limit, now=now)
    return {"query": query, "pool": len(read), "found": [_shown(hit, hit.id) for hit in hits]}


def _shown(hit: Hit, file: str) -> dict[str, Any]:
    verdicts = sorted(hit.result.requirements, key=lambda one: -one.score)
    return {
        "file": file,
        "name": hit.resume.resume.basics.name,
        "score": hit.result.score,
        "requirements": [
            one.model_dump(mode="json", include={"requirement_id", "status", "score", "reason", "evidence"})
            for one in hit.result.requirements
        ],
        "quotes": list(dict.fromkeys(evidence.quote for one in verdicts for evidence in one.evidence)),
    }
