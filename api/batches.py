"""A batch of files from the first to the last: begun, sent in parts, paused, gone on with, cancelled, its failures
tried again; what failed, why, and what helps. Shared by the JSON routes and the pages of `api.routes.batches`; the
sweep calls `drop_unread`."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

import structlog

from api.audits import check_use
from api.schemas import BatchIn, BatchOut, BatchProblemOut, FileIn
from integrations.csv_files import shown as cell
from models.errors import Conflict
from models.records import Application, Batch
from models.sentences import N_
from models.store import BatchProgress
from models.store.batches import Count

if TYPE_CHECKING:
    from api.deps import App
    from api.security import Recruiter

log = structlog.get_logger("foyer.batches")

DROPPED = 25
"""Files of a cancelled batch that go in one transaction."""
KEYS = 500
"""Files looked for in one statement."""
RETRIED = 200
Act = Literal["paused", "running", "cancelled"]

FIXES = {
    "empty": N_("The file holds nothing. Ask for it again, or take it from where it came from once more."),
    "encrypted": N_("It is locked with a password. Save it without one, then hand it in again."),
    "corrupt": N_("It is damaged or cut off. Open it, save it anew as PDF or DOCX, then hand it in again."),
    "no_text": N_("It holds no text that could be read. Save it as PDF from the program that made it."),
    "scan": N_("It is a picture of a page. Where OCR is installed it is recognised; else ask for a file with text."),
    "too_big": N_("It is larger than a resume needs to be. Save it with smaller pictures, or as text."),
    "timeout": N_("Reading it took too long. Try again; if it fails once more, save it anew as PDF."),
    "unsupported": N_("This kind of file is not read. Save it as PDF, DOCX, ODT, RTF, HTML or text."),
    "infected": N_("The virus scanner found something, so it was not opened. Ask the candidate for a clean file."),
    "held": N_("The virus scanner gave no verdict yet. It is tried again by itself every minute."),
    "failed": N_("Something broke on our side. Try again; if it fails once more, run `foyer doctor`."),
}
"""Reason (`UnreadableDocument`) -> what helps."""


def start(app: App, organisation_id: str, job_id: str, body: BatchIn) -> Batch:
    """A batch without a file yet. Raises NotFound."""
    now = app.now
    with app.database.store() as store:
        check_use(store, organisation_id, now)
        name = body.name or f"Upload of {now:%Y-%m-%d %H:%M} UTC"
        return store.add_batch(
            organisation_id, job_id=job_id, name=name, now=now, expected=body.expected, complete=False
        )


def missing(app: App, organisation_id: str, batch_id: str, files: list[FileIn], *, expected: int | None) -> list[int]:
    """Places of the files that the batch does not have. Whoever asks means to go on: it is complete no more."""
    with app.database.store() as store:
        if store.batch(organisation_id, batch_id).state == "cancelled":
            raise Conflict("This batch was cancelled, so nothing more is taken into it. Start another one.")
        store.expect(organisation_id, batch_id, expected, complete=False)
        keys = [store.file_key(organisation_id, each.name, each.size, each.sha256) for each in files]
        here: set[str] = set()
        for at in range(0, len(keys), KEYS):
            here |= store.taken(organisation_id, batch_id, keys[at : at + KEYS])
    return [place for place, key in enumerate(keys) if key not in here]


def complete(app: App, organisation_id: str, batch_id: str) -> Batch:
    """Nothing more is to come."""
    with app.database.store() as store:
        return store.expect(organisation_id, batch_id, None, complete=True)


def change(app: App, who: Recruiter, batch_id: str, state: Act) -> Batch:
    """Pause, resume or cancel. Raises Conflict for one that is cancelled already."""
    with app.database.store() as store:
        batch, new = store.set_batch(who.organisation_id, batch_id, state, by=who.actor, now=app.now)
    if new and state == "running":
        app.pipeline.resumed()
    return batch


def retry(app: App, organisation_id: str, batch_id: str, reason: str = "") -> list[str]:
    """Ids of those whose file could not be read, to be tried again. Raises Conflict while the batch rests."""
    with app.database.reading() as store:
        batch = store.batch(organisation_id, batch_id)
        if batch.state != "running":
            raise Conflict(f"This batch is {batch.state}. Resume it first.")
        failed = store.problems(organisation_id, batch_id)
    return [each.id for each in failed if not reason or (each.problem_reason or "failed") == reason]


def try_again(app: App, organisation_id: str, ids: list[str]) -> None:
    """In the background. One that was tried meanwhile is no error."""
    for id in ids:
        try:
            app.pipeline.retry(organisation_id, id)
        except Conflict:
            log.info("retry.passed", application=id)


def drop_unread(app: App, organisation_id: str, batch_id: str) -> int:
    """What a cancelled batch has left that nobody read goes, with its files and keys; returns how many. Killed in
    between, it goes on: their keys go before their rows do."""
    dropped = 0
    while True:
        with app.database.store() as store:
            gone = store.drop_unread(organisation_id, batch_id, DROPPED)
            for each in gone:
                app.files.drop(each.sha256, subject=each.candidate_id)
                app.seal.destroy(each.candidate_id)
        dropped += len(gone)
        if len(gone) < DROPPED:
            break
    log.info("batch.dropped", batch=batch_id, files=dropped)
    return dropped


# ---------------------------------------------------------------- what is shown


def shown(count: Count) -> BatchOut:
    batch = count.batch
    return BatchOut(
        id=batch.id,
        job_id=batch.job_id,
        name=batch.name,
        state=batch.state,
        complete=batch.complete,
        expected=batch.expected,
        total=count.total,
        waiting=count.waiting,
        screened=count.total - count.waiting - count.unreadable,
        unreadable=count.unreadable,
        changed_by=batch.changed_by,
        changed_at=batch.changed_at,
        created_at=batch.created_at,
    )


def one(app: App, organisation_id: str, batch_id: str) -> BatchOut:
    with app.database.reading() as store:
        batch = store.batch(organisation_id, batch_id)
        found: BatchProgress = store.batch_progress(organisation_id, batch_id)
    return shown(Count(batch, found.total, found.waiting, found.unreadable))


def problem(application: Application) -> BatchProblemOut:
    reason = application.problem_reason or "failed"
    return BatchProblemOut(
        application_id=application.id,
        file=application.document.filename,
        reason=reason,
        detail=application.problem_detail or "",
        fix=FIXES.get(reason, FIXES["failed"]),
    )


def problems_csv(app: App, organisation_id: str, batch_id: str) -> Iterator[str]:
    """A line for each file that could not be read, some at a time, so that thousands fill no memory."""
    yield _line("file", "reason", "what happened", "what helps", "application")
    at = 0
    while True:
        with app.database.reading() as store:
            page = store.problem_page(organisation_id, batch_id, limit=RETRIED, offset=at)
        for each in map(problem, page):
            yield _line(each.file, each.reason, each.detail, each.fix, each.application_id)
        at += len(page)
        if len(page) < RETRIED:
            return


def _line(*fields: str) -> str:
    written = io.StringIO()
    csv.writer(written).writerow([cell(field) for field in fields])
    return written.getvalue()
