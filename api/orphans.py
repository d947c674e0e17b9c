"""Files of nobody: an upload that is killed between a file and its row leaves a sealed file that no row names. The
sweep looks for them every hour (`api.pipeline`).

Whose file it is, its key says: an id that tells when it was made. Is it older than an hour, and neither a candidate nor
an organisation, then nothing can ever lead to the file, and file and key go."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import structlog

from models.keys import Keys

if TYPE_CHECKING:
    from api.deps import App

log = structlog.get_logger("foyer.orphans")

AGE = timedelta(hours=1)
AT_ONCE = 500
MOST = 500
"""More than broken uploads leave: then the database is rather an older one than the files, and nothing is touched."""


def drop(app: App) -> int:
    """Returns how many files went."""
    nobody = _nobody(app)
    if not nobody:
        return 0
    if len(nobody) > MOST:
        log.warning("orphans.kept", people=len(nobody), why="so many files without rows: is this their database?")
        return 0
    found = app.files.copies(nobody)
    for sha256, subject in found:
        app.files.drop(sha256, subject=subject)
        app.seal.destroy(subject)
    if found:
        log.info("orphans.dropped", files=len(found))
    return len(found)


def _nobody(app: App) -> set[str]:
    """Ids that have a key and no row, made more than an hour ago."""
    found: set[str] = set()
    after = ""
    with closing(Keys(app.settings.store_url)) as keys:
        while some := keys.subjects(after, AT_ONCE):
            after = some[-1]
            old = [one for one in some if _is_old(one, app.now)]
            with app.database.asking() as system:
                found |= system.unknown(old)
    return found


def _is_old(subject: str, now: datetime) -> bool:
    """An id of ours (UUIDv7, which begins with its time); keys of other things are never looked at."""
    try:
        id = UUID(subject)
    except ValueError:
        return False
    return id.version == 7 and datetime.fromtimestamp((id.int >> 80) / 1000, UTC) < now - AGE
