"""Whose time is over: what is due to go by the periods of the law and the house, shown before, deleted, certified. The
sweep of `api.pipeline` calls `sweep`; `foyer retention` and the routes show the same plan.

Nothing is deleted by itself until the organisation has said so (`purges`). A recording that its owner wants gone goes
without that. A legal hold beats both, and where floor and ceiling contradict each other a person decides."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import structlog

from api import keeping, receivers
from api.erasing import erase
from api.legal import law_of
from compliance.law import Law, RecordClass
from compliance.retention import PURGED, SAYS, Period, goes_on, is_due, period
from models.errors import Conflict, NotFound
from models.records import Application
from models.store import Store
from models.store.rights import Case
from models.values import ParsedResume
from screening.prepared import prepare

if TYPE_CHECKING:
    from api.deps import App

log = structlog.get_logger("foyer.retaining")

DELETED = "Your recording is deleted, and links by which it could be heard are closed. The transcript is kept."


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is kept. `id`: an interview's for media and transcript, a document's, a candidate's for decision.
    `goes_on` None: it stays, for nobody says when, floor and ceiling contradict each other, or it is held."""

    record_class: RecordClass
    id: str
    candidate_id: str
    last: date
    goes_on: date | None
    held: bool
    because: tuple[str, ...]
    conflict: tuple[str, str] | None
    due: bool


def plan(app: App, store: Store, organisation_id: str) -> list[Item]:
    """Everything that is kept of anybody, what is due first."""
    law, today = law_of(app.settings), app.now.date()
    places = lru_cache(maxsize=None)(lambda job_id: store.jurisdictions(organisation_id, job_id))
    cases, interviews, holds = store.cases(organisation_id), store.kept(organisation_id), store.holds(organisation_id)
    jobs_held = {hold.job_id for hold in holds if hold.job_id}
    held = {hold.candidate_id for hold in holds} | {case.candidate_id for case in cases if case.job_id in jobs_held}
    periods = lru_cache(maxsize=None)(lambda codes, kind: period(law, codes, today, kind))

    def item(kind: RecordClass, id: str, candidate_id: str, jobs: Iterable[str], last: datetime) -> Item:
        codes = tuple(sorted({code for job_id in jobs for code in places(job_id)}))
        return _item(kind, id, candidate_id, last.date(), today, periods(codes, kind), held=candidate_id in held)

    found = [
        item("media", one.interview_id, one.candidate_id, [one.job_id], one.ended)
        for one in interviews
        if one.has_recording
    ]
    last = {case.application_id: case.last for case in cases}
    found += [
        item("transcript", one.interview_id, one.candidate_id, [one.job_id], last.get(one.application_id, one.ended))
        for one in interviews
        if one.has_transcript
    ]
    for documents in _by(cases, lambda case: case.document_id if case.has_document else ""):
        newest = documents[-1]
        jobs = [case.job_id for case in documents]
        found.append(item("documents", newest.document_id, newest.candidate_id, jobs, newest.last))
    for of_one in _by(cases, lambda case: case.candidate_id):
        jobs = [case.job_id for case in of_one]
        found.append(item("decision", of_one[-1].candidate_id, of_one[-1].candidate_id, jobs, of_one[-1].last))
    return sorted(_whole(found), key=lambda one: (not one.due, one.goes_on or date.max, one.record_class, one.id))


def periods(app: App, store: Store, application: Application) -> list[tuple[str, int]]:
    """(what, days) of what is kept of a candidate, for them to read."""
    places, law = store.jurisdictions(application.organisation_id, application.job_id), law_of(app.settings)
    found = [period(law, places, app.now.date(), kind) for kind in PURGED]
    return [(SAYS[each.record_class], each.days) for each in found if each.days is not None and not each.conflict]


def shown(app: App, organisation_id: str, *, due_only: bool = False) -> dict[str, Any]:
    """JSON types: the plan, legal holds, certificates, and whether what is due goes by itself."""
    with app.database.reading() as store:
        items = plan(app, store, organisation_id)
        holds, purges = store.holds(organisation_id), store.purges(organisation_id, 100)
        here = store.organisation(organisation_id)
    return {
        "law_version": law_of(app.settings).version,
        "jurisdictions": here.jurisdictions or [],
        "purges_by_itself": here.purges,
        "due": sum(one.due for one in items),
        "items": [
            {
                "record_class": one.record_class,
                "id": one.id,
                "candidate_id": one.candidate_id,
                "last": one.last.isoformat(),
                "goes_on": one.goes_on.isoformat() if one.goes_on else None,
                "due": one.due,
                "held": one.held,
                "because": list(one.because),
                "conflict": list(one.conflict) if one.conflict else None,
            }
            for one in items
            if one.due or not due_only
        ],
        "holds": [
            {
                "id": one.id,
                "candidate_id": one.candidate_id,
                "job_id": one.job_id,
                "reason": one.reason,
                "placed_by": one.placed_by,
                "placed_at": one.placed_at.isoformat(),
            }
            for one in holds
        ],
        "certificates": [
            {
                "subject_sha256": one.subject,
                "record_class": one.record_class,
                "number": one.number,
                "because": one.because,
                "law_version": one.law_version,
                "at": one.at.isoformat(),
            }
            for one in purges
        ],
    }


def sweep(app: App) -> None:
    """Whatever is due, of every organisation that has said so."""
    with app.database.asking() as system:
        organisations = [one.id for one in system.organisations() if one.purges]
    for organisation_id in organisations:
        purge(app, organisation_id)


def purge(app: App, organisation_id: str) -> int:
    """Whatever is due goes now; returns how many things. What fails is logged, and tried again by the next run."""
    law = law_of(app.settings)
    with app.database.reading() as store:
        due = [one for one in plan(app, store, organisation_id) if one.due]
    done = 0
    for one in due:
        try:
            _purge(app, organisation_id, one, law)
            done += 1
        except (NotFound, Conflict):  # gone with the person, or by another process, or held, meanwhile
            continue
        except Exception:  # the edge of a background job: one that fails keeps no other waiting
            log.exception("retention.failed", record_class=one.record_class, id=one.id)
    if done:
        log.info("retention.purged", organisation=organisation_id, number=done)
    return done


def delete_unwanted(app: App) -> None:
    """Recordings whose owners have asked for that. What is held stays, and the request waits for a person."""
    with app.database.asking() as system:
        asked = system.recordings_unwanted()
    for organisation_id, interview_id in asked:
        try:
            delete_recordings(app, organisation_id, interview_id)
        except Exception:  # the edge of a background job
            log.exception("recording.not_deleted", interview=interview_id)


def delete_recordings(app: App, organisation_id: str, interview_id: str) -> bool:
    """All of that application: raw, stored, the ways that others have to hear them; receivers of results are told to
    delete copies of theirs. False: held by law, nothing is done."""
    with app.database.reading() as store:
        application = store.application(organisation_id, store.interview(organisation_id, interview_id).application_id)
        if store.is_held(organisation_id, application.candidate_id):
            return False
        held = [one.id for one in store.interviews_of(organisation_id, application.id)]
    for one in held:
        keeping.erase_recording(app, organisation_id, one)
    with app.database.store() as store:
        _certify(app, store, organisation_id, application.candidate_id, "media", "request", law_of(app.settings))
        for one in held:
            _close(app, store, organisation_id, one, application.candidate_id)
        receivers.tell_recording_deleted(app, store, application)
    return True


def _close(app: App, store: Store, organisation_id: str, interview_id: str, candidate_id: str) -> None:
    for link in store.report_links(organisation_id, interview_id):
        if link.audio and link.revoked_at is None:
            store.revoke_link(organisation_id, link.id, by="Foyer", now=app.now)
    for request in store.requests(organisation_id, interview_id):
        if request.kind == "recording" and request.answered_at is None:
            store.answer_request(organisation_id, request.id, DELETED, subject=candidate_id, by="Foyer", now=app.now)


def _purge(app: App, organisation_id: str, one: Item, law: Law) -> None:
    def certify(store: Store) -> None:
        _certify(app, store, organisation_id, one.candidate_id, one.record_class, ", ".join(one.because), law)

    if one.record_class == "decision":
        erase(app, organisation_id, one.id, because="retention", also=certify)
    elif one.record_class == "media":
        keeping.erase_recording(app, organisation_id, one.id)
        with app.database.store() as store:
            certify(store)
    elif one.record_class == "transcript":
        with app.database.store() as store:
            store.not_held(organisation_id, one.candidate_id)
            store.forget_transcript(organisation_id, one.id)
            certify(store)
    elif one.record_class == "documents":
        with app.database.store() as store:
            store.not_held(organisation_id, one.candidate_id)
            parsed = store.document(organisation_id, one.id).parsed
            sha256 = store.forget_document(organisation_id, one.id)
            certify(store)
            if sha256 is not None:
                app.files.drop(sha256, subject=one.candidate_id)
                if not store.is_named(organisation_id, sha256):
                    app.files.drop_old(sha256)
        if parsed is not None:
            app.engines.forget(list(prepare(ParsedResume.model_validate(parsed), app.engines.vocabulary).texts))
        app.pool.drop(organisation_id, {one.id})


def _certify(
    app: App, store: Store, organisation_id: str, candidate_id: str, kind: RecordClass, why: str, law: Law
) -> None:
    store.certify(organisation_id, candidate_id, kind, number=1, because=why, law=law.version, now=app.now)


def _item(kind: RecordClass, id: str, candidate_id: str, last: date, today: date, kept: Period, *, held: bool) -> Item:
    day = None if held else goes_on(kept, last)
    due = is_due(kept, last, today, held=held)
    return Item(kind, id, candidate_id, last, day, held, kept.because, kept.conflict, due)


def _whole(items: list[Item]) -> list[Item]:
    """A person goes as a whole, so not before the last of what is kept of them."""
    waits = {one.candidate_id for one in items if not one.due and one.record_class != "decision"}
    theirs: dict[str, list[Item]] = {}
    for one in items:
        theirs.setdefault(one.candidate_id, []).append(one)
    return [
        _later(one, theirs[one.candidate_id]) if one.record_class == "decision" and one.candidate_id in waits else one
        for one in items
    ]


def _later(one: Item, theirs: list[Item]) -> Item:
    days = [each.goes_on for each in theirs]
    last = None if None in days else max(day for day in days if day is not None)
    conflict = next((each.conflict for each in theirs if each.conflict), None)
    return Item(one.record_class, one.id, one.candidate_id, one.last, last, one.held, one.because, conflict, due=False)


def _by(cases: Iterable[Case], key: Callable[[Case], str]) -> list[list[Case]]:
    """In groups, each in the order given; without those whose key is empty."""
    groups: dict[str, list[Case]] = {}
    for case in cases:
        if key(case):
            groups.setdefault(key(case), []).append(case)
    return list(groups.values())
