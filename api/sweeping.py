"""The sweep: starts whatever is missing and lets go of what is over, for the roles of this process. Run by
`api.pipeline` every two seconds; safe at any time, by several processes. One subject that fails is logged and never
keeps the others waiting."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import structlog

from api import auditing, batches, bounces, insight, keeping, news, nudging, orphans, retaining, shortlisting
from interview.slots import LATE

if TYPE_CHECKING:
    from api.deps import App
    from api.pipeline import Pipeline
    from models.store.system import System

log = structlog.get_logger("foyer.sweeping")

KEEP_SECONDS, LOOK_SECONDS, FORGET_SECONDS = 60.0, 10.0, 3600.0
HELD_AGAIN = timedelta(minutes=1)
"""A file that the virus scanner gave no verdict on is tried again so often."""

Work = tuple[Callable[[str, str], object], list[tuple[str, str]]]
"""What is done, and for whom: (organisation, subject)."""


class Sweep:
    def __init__(self, app: App, pipeline: Pipeline) -> None:
        self._app, self._pipeline = app, pipeline
        self._suspended: frozenset[str] = frozenset()
        self._next: dict[str, float] = {}

    def run(self) -> None:
        roles = self._pipeline.roles
        with self._app.database.asking() as system:
            paused, cancelled = system.resting()
            suspended = system.suspended() | paused
            jobs: list[Work] = []
            if "screen" in roles:
                jobs += [(self._drop_unread, cancelled), *self._of_screening(system)]
            if "evaluate" in roles:
                jobs += self._of_interviews(system)
            if "deliver" in roles:
                jobs.append((partial(nudging.remind_due, self._app), system.to_remind(self._app.now, nudging.AHEAD)))
        if self._suspended - suspended:  # resumed: what was looked at while it waited is looked at again now
            self._pipeline.resumed()
        self._suspended = suspended
        for work, subjects in jobs:
            for organisation_id, subject_id in subjects:
                attempt(work, organisation_id, subject_id)
        self._attempt_checkpoints()
        if "deliver" in roles:
            self._pipeline.read_due()
            self._seldom("look", LOOK_SECONDS, self._look_around)
        if "speech" in roles:
            self._seldom("keep", KEEP_SECONDS, self._keep_recordings)
        self._seldom("forget", FORGET_SECONDS, self._forget)

    def _of_screening(self, system: System) -> list[Work]:
        pipeline = self._pipeline
        return [
            (pipeline.retry, system.held(self._app.now - HELD_AGAIN)),
            (pipeline.rejudge, system.outdated()),
            (pipeline.stages.invite_by_policy, system.uninvited()),
            (pipeline.reading.invite_ordered, system.ordered()),
            (pipeline.invite_many, system.unfinished_rounds()),
        ]

    def _of_interviews(self, system: System) -> list[Work]:
        outcomes, now = self._pipeline.outcomes, self._app.now
        return [
            (outcomes.use_earlier, system.due_reuses(now)),
            (outcomes.close_overdue, system.overdue(now)),
            (outcomes.release_place, system.idle_places(now, now - LATE)),
            (self._pipeline.finish, system.unreported()),
        ]

    def _drop_unread(self, organisation_id: str, batch_id: str) -> None:
        batches.drop_unread(self._app, organisation_id, batch_id)

    def _attempt_checkpoints(self) -> None:
        try:
            auditing.checkpoint_due(self._app)
        except Exception:  # a full disk, or none: what waits must not wait for it
            log.exception("checkpoint.failed")

    def _seldom(self, name: str, seconds: float, work: Callable[[], None]) -> None:
        now = self._app.clock.now()
        if now >= self._next.get(name, 0.0):
            self._next[name] = now + seconds
            work()

    def _look_around(self) -> None:
        """Mail that came back and lies in the folder; what recruiters are told."""
        for work in (bounces.collect, news.tell):
            try:
                work(self._app)
            except Exception:  # a folder that another program holds: the next look finds it
                log.exception("look.failed", work=work.__name__)

    def _keep_recordings(self) -> None:
        """Of interviews whose report is there already: their storage was away, or their raw files are on this machine
        and the report was written on another."""
        keeping.keep_waiting(self._app)
        retaining.delete_unwanted(self._app)

    def _forget(self) -> None:
        retaining.sweep(self._app)
        insight.make_good(self._app)
        shortlisting.make_good(self._app)
        with self._app.database.system() as system:
            system.notice_unreported()
        self._app.database.survey()
        self._pipeline.forget_old()
        orphans.drop(self._app)


def attempt(work: Callable[[str, str], object], organisation_id: str, subject_id: str) -> None:
    try:
        work(organisation_id, subject_id)
    except Exception:  # the edge of a background job
        log.exception("sweep.failed", work=getattr(work, "__name__", "reminder"), subject=subject_id)
