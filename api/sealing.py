"""The seal of this installation, and its upkeep: what was written before there were keys is sealed, keys are changed.
Used by `api.app`, which builds it, by `foyer keys seal` and `foyer keys rotate`, and by the tests.

All of it can be done while the service runs, killed at any moment and done again."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

from api import recording
from api.security import Signer
from compliance.master import MasterKeys
from compliance.person_seal import LIFE, PersonSeal
from models import reseal
from models.errors import Conflict, FoyerError, NotFound
from models.keys import Keys
from models.settings import Settings

if TYPE_CHECKING:
    from api.deps import App

SETTLE = 3.0
"""Seconds that a process may take from choosing a master key to having a person's key kept."""
REPLACED_SECONDS = 3600.0
"""A replaced key stays so long: a transaction that was begun before may still write what it sealed."""
STEP = 100

Told = Callable[[str], None]


def seal_of(settings: Settings, signer: Signer | None = None) -> PersonSeal:
    """For a database that is migrated: in PostgreSQL the keys lie in a table of its own."""
    signer = signer or Signer.from_home(settings.home)
    return PersonSeal(signer.key("secrets"), Keys(settings.store_url), MasterKeys(settings.home))


def change_master(seal: PersonSeal, *, settle: float = SETTLE) -> int:
    """A new master key, and every person's key wrapped under it; then the earlier ones are no more. Returns how many
    keys were wrapped anew. Raises Conflict while another process does the same."""
    done = 0
    with seal.masters.changing():
        fresh = seal.masters.add()
        for wait in (settle, 0.0):  # what another process was wrapping just now is found the second time
            while some := seal.rewrap():
                done += some
            time.sleep(wait)
        seal.masters.keep_only(fresh)
    return done


def renew_people(app: App, *, life: float = LIFE) -> int:
    """A new key for every person and organisation; returns when no process seals under an earlier one. What is there
    is sealed under the new ones by `seal_what_is_old`."""
    keys, after, done = Keys(app.settings.store_url), "", 0
    while some := keys.subjects(after, STEP):
        app.seal.renew(some)
        after, done = some[-1], done + len(some)
    keys.close()
    time.sleep(life)
    return done


def seal_what_is_old(app: App, told: Told) -> dict[str, int]:
    """Rows and files that are not sealed as they would be now. Replaced keys that open nothing any more go. Returns
    counts of "values", "files" and "keys"."""
    began = app.clock.now()
    values = 0
    for step in reseal.reseal(app.database.engine, app.seal):
        told(f"{step.table}: {step.seen} rows looked at, {step.sealed} values sealed")
        values += step.sealed if step.last else 0
    app.database.tidy()
    files, left = _seal_files(app, told)
    keys = Keys(app.settings.store_url)
    with app.database.asking() as system:
        waiting = {*recording.waiting(app.recordings), *system.partly_kept()}
    held = left | reseal.applicants(app.database.engine, sorted(waiting))
    unused = [id for id, subject in keys.replaced(began - REPLACED_SECONDS) if subject not in held]
    try:
        with app.seal.masters.changing():  # a backup may have copied the rows that they open, and not yet the keys
            keys.remove(unused)
    except Conflict as busy:
        told(f"{busy.detail} Replaced keys go the next time.")
        unused = []
    keys.close()
    return {"values": values, "files": files, "keys": len(unused)}


def _seal_files(app: App, told: Told) -> tuple[int, set[str]]:
    """A copy for each person who has a file; one that was kept for all of them goes when all have theirs. Returns how
    many were sealed, and whose could not be: the storage may be away, and a file may be back tomorrow."""
    done, left = 0, set[str]()
    for number, (sha256, pairs) in enumerate(groupby(reseal.kept_files(app.database.engine), lambda pair: pair[0])):
        whole = True
        for _, whose in pairs:
            try:
                if app.files.is_old(sha256, subject=whose, newest=partial(app.seal.is_newest, subject=whose)):
                    app.files.renew(sha256, subject=whose)
                    done += 1
            except NotFound:  # erased meanwhile, or not stored yet
                left.add(whose)
            except FoyerError as damaged:
                told(damaged.detail)
                left.add(whose)
                whole = False
        if whole:
            app.files.drop_old(sha256)
        if number % STEP == STEP - 1:
            told(f"files: {number + 1} looked at, {done} sealed")
    return done, left
