"""Forgetting a person, wholly: rows, files, recordings, vectors, what waits to be sent. Called when another system says
that it has erased somebody.

Rows go first, in one transaction; a run that dies after that leaves files that no row names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from api import recording
from models.errors import NotFound

if TYPE_CHECKING:
    from api.deps import App

log = structlog.get_logger("foyer.erasing")


def erase(app: App, organisation_id: str, candidate_id: str, *, because: str) -> None:
    """Somebody who is gone already is no error. What was delivered to other systems lies there and is theirs to
    erase."""
    try:
        with app.database.store() as store:
            gone = store.erase_candidate(organisation_id, candidate_id)
    except NotFound:
        return
    for interview_id in gone.interviews:
        recording.drop(app.recordings, interview_id)
        for rest in app.recordings.glob(f"{interview_id}.*"):
            rest.unlink(missing_ok=True)
    for sha256 in gone.files:
        app.files.drop(sha256)
    app.pool.drop(organisation_id, set(gone.documents))
    log.info("candidate.erased", candidate=candidate_id, because=because, files=len(gone.files))
