"""Forgetting a person, wholly: rows, files, recordings, vectors, what waits to be sent, what was noted of them on the
way. Called when another system says that it has erased somebody, by `foyer erase`, `DELETE /v1/candidates/ID` and the
button beside a candidate's request.

A live interview is ended first. Then everything goes within one transaction, files before it ends: a run that dies in
between is made again. What has left the house lies with others and is theirs to erase.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal, get_args

import structlog

from api import demographics, keeping
from api.bulk import kept_file
from api.metrics import ERASURES
from api.outcomes import as_record, said
from api.schemas import ErasedOut
from api.security import person_named
from integrations import mail
from interview.evaluate import Evaluator
from models.columns import erased_is_empty
from models.errors import BadRequest, NotFound
from models.records import Erasure
from models.store import Store
from models.store.erasure import Forgotten
from screening.prepared import prepare

if TYPE_CHECKING:
    from api.deps import App

log = structlog.get_logger("foyer.erasing")

RESTORED = "erased before, and back with an older copy of the database"
Because = Literal["they asked", "kept long enough", "another reason"]
LEAVE_SECONDS = 15.0
"""For a room here to close its line and its recording; one on another machine closes by itself."""


def erase(
    app: App,
    organisation_id: str,
    candidate_id: str,
    *,
    because: str,
    person: str = "",
    also: Callable[[Store], object] = lambda _: None,
) -> None:
    """Somebody who is gone already is no error. Raises Conflict under a legal hold. `also`: done in the transaction
    that forgets them, before it does. `person`: who ordered it; empty where another system or the law did."""
    try:
        with app.database.reading() as store:
            candidate_id = store.whole_person(organisation_id, candidate_id)
        with app.database.store() as store:
            store.not_held(organisation_id, candidate_id)
            live = store.end_live(organisation_id, candidate_id, now=app.now)
        _wait_until_left(app, live)
        texts = _embedded(app, organisation_id, candidate_id)
        with app.database.store() as store:
            store.one_at_a_time(organisation_id)
            store.not_held(organisation_id, candidate_id)
            also(store)
            formers = store.formers(organisation_id, candidate_id)
            gone = _forgotten(app, store, organisation_id, candidate_id, person=person, because=because)
            app.engines.forget(texts)
    except NotFound:
        return
    for id in (*formers, candidate_id):
        _finish(app, organisation_id, id)
    app.pool.drop(organisation_id, set(gone.documents))
    app.previews.forget()
    app.pipeline.forget(gone)
    ERASURES.inc()
    log.info("candidate.erased", candidate=candidate_id, because=because, files=len(gone.copies))


def erase_for(app: App, organisation_id: str, candidate_id: str, *, because: Because, person: str) -> Erasure:
    """As a person of the organisation orders it; the record, also where it was done before. Raises NotFound."""
    if not erased(app, organisation_id, candidate_id):
        erase(app, organisation_id, candidate_id, because=because, person=person)
    with app.database.reading() as store:
        record = store.erasure_of(organisation_id, candidate_id)
    if record is None:
        raise NotFound(f"There is no candidate {candidate_id!r} here. Check the id; they may have been erased.")
    return record


def erased(app: App, organisation_id: str, candidate_id: str) -> bool:
    """Was it done before? Raises NotFound when nobody was ever known by this id."""
    with app.database.reading() as store:
        if store.erasure_of(organisation_id, candidate_id) is not None:
            return True
        store.candidate(organisation_id, candidate_id)
    return False


def erase_typed(app: App, candidate_id: str, *, because: str, person: str) -> dict[str, Any]:
    """For the command line, in whatever organisation they are. Raises NotFound, BadRequest."""
    reasons = {reason: reason for reason in get_args(Because)}
    name = person_named(person)
    if because not in reasons or not name:
        raise BadRequest(f"--person takes the name of a human being, --because one of: {', '.join(reasons)}.")
    with app.database.asking() as system:
        organisations = [one.id for one in system.organisations()]
    for organisation_id in organisations:
        with suppress(NotFound):
            record = erase_for(app, organisation_id, candidate_id, because=reasons[because], person=f"{name} (here)")
            return ErasedOut.model_validate(record, from_attributes=True).model_dump(mode="json")
    raise NotFound(f"There is no candidate {candidate_id!r} here. An application's JSON names its candidate_id.")


def finish(app: App) -> None:
    """Erasures that were killed between the rows and the key, and rows of people erased before that an older copy of
    the database has brought back: noise now, over which every list would stumble. At every start."""
    with app.database.asking() as system:
        left = system.unfinished_erasures()
        everybody = system.everybody() if left or app.seal.any_destroyed() else []
    for organisation_id, candidate_id in left:
        _finish(app, organisation_id, candidate_id)
    back = set(app.seal.destroyed([candidate_id for _, candidate_id in everybody]))
    for organisation_id, candidate_id in everybody:
        if candidate_id in back:
            _erase_again(app, organisation_id, candidate_id)


def _erase_again(app: App, organisation_id: str, candidate_id: str) -> None:
    with suppress(NotFound), erased_is_empty():  # NotFound: another process was first
        with app.database.store() as store:
            store.one_at_a_time(organisation_id)
            gone = _forgotten(app, store, organisation_id, candidate_id, person="", because=RESTORED)
        _finish(app, organisation_id, candidate_id)
        log.info("candidate.erased", candidate=candidate_id, because=RESTORED, files=len(gone.copies))


def _forgotten(
    app: App, store: Store, organisation_id: str, candidate_id: str, *, person: str, because: str
) -> Forgotten:
    """Their rows, files and voluntary answers go, and that is noted, in the caller's transaction; what lies under other
    ids of theirs goes with them."""
    formers = store.formers(organisation_id, candidate_id)
    gone = store.erase_candidate(organisation_id, candidate_id)
    _noted(app, store, organisation_id, candidate_id, gone, person=person, because=because)
    for former in formers:
        rest = store.erase_candidate(organisation_id, former)
        _noted(app, store, organisation_id, former, rest, person=person, because=because)
        for sha256 in gone.copies:
            app.files.drop(sha256, subject=former)
    return gone


def _noted(
    app: App, store: Store, organisation_id: str, candidate_id: str, gone: Forgotten, *, person: str, because: str
) -> None:
    store.note_erasure(organisation_id, candidate_id, gone=gone, person=person, because=because, now=app.now)
    _let_go(app, gone, candidate_id)
    demographics.forget(app, organisation_id, candidate_id)


def _finish(app: App, organisation_id: str, candidate_id: str) -> None:
    app.database.seal.destroy(candidate_id)
    with app.database.store() as store:
        store.erasure_finished(organisation_id, candidate_id)
    app.database.tidy()


def _wait_until_left(app: App, live: list[str]) -> None:
    until = time.monotonic() + LEAVE_SECONDS
    while time.monotonic() < until:
        with app.database.reading() as store:
            if app.rooms.live(store).isdisjoint(live):
                return
        time.sleep(0.1)


def _embedded(app: App, organisation_id: str, candidate_id: str) -> list[str]:
    """The texts of theirs that have vectors."""
    with app.database.reading() as store:
        resumes, records = [], []
        for application in store.applications_by(organisation_id, candidate_id):
            parsed = store.parsed(organisation_id, application.id)
            resumes += [parsed] if parsed is not None else []
            for interview in store.interviews_of(organisation_id, application.id):
                records.append(as_record(interview.id, parsed, said(store, interview)))
    read = [text for parsed in resumes for text in prepare(parsed, app.engines.vocabulary).texts]
    return [*read, *(text for record in records for text in Evaluator.embedded(record))]


def _let_go(app: App, gone: Forgotten, candidate_id: str) -> None:
    for interview_id in gone.interviews:
        keeping.drop_microphone(app, interview_id)
        for rest in app.recordings.glob(f"{interview_id}.*"):
            rest.unlink(missing_ok=True)
    for sha256 in gone.copies:
        app.files.drop(sha256, subject=candidate_id)
    for sha256 in gone.files:
        app.files.drop_old(sha256)
    outbox = app.settings.home / "outbox"
    theirs = [file for reference in gone.messages for file in mail.written(outbox, reference)]
    for file in [*theirs, *mail.addressed(outbox, gone.email)]:
        file.unlink(missing_ok=True)
    cached = app.settings.home / "cache" / "resumes.db"
    if cached.exists():  # by the bytes, name and day of a file: theirs cannot be told from others'
        kept_file(app.settings).clear()
