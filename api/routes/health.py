"""Is the process alive, and can it do its work?"""

from __future__ import annotations

from fastapi import APIRouter

from api.deps import Foyer
from models.errors import EngineError

router = APIRouter(tags=["health"])


@router.get("/health")
def health() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/ready")
def ready(app: Foyer) -> dict[str, str]:
    """The database answers and the pipeline's threads live."""
    with app.database.asking() as system:
        system.organisations()
    if not app.pipeline.alive:
        raise EngineError("The background work has stopped. Restart the service; nothing is lost.")
    return {"status": "ready"}
