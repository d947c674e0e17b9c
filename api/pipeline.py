"""The life of an application, top to bottom, as durable workflows. The only file that imports dbos.

    submit -> screen:  read, parse, score against the job's requirements, invite whoever the job's policy lets through
    a file was a scan -> ocr:  one at a time, recognise its text, then as above
    somebody confirms many invitations -> round:  one person after the other, each in a transaction of their own
    what the job asks changes -> rejudge:  those screened and not yet invited are judged anew
    (the wait for the candidate, days, lies in the database, not in a workflow)
    interview ends -> finish:  evaluate (each competency by the second rater first, where there is one), write the
        report and its deliveries in one transaction
    deliver:  one attempt of one delivery, in the queue "push" where it goes to another system, so that no mail waits
        behind a receiver that hangs; later attempts are started by the sweep when `next_at` is due
    another system calls, or is asked -> inbox, poll:  people, openings and outcomes are taken in, then as above

What keeps this exactly-once in effect: workflow ids are deterministic, arguments are ids only, every step may run twice
and finds its work done, workflows start after the commit that needs them, the sweep starts whatever is missing.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import psutil
import structlog
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetEnqueueOptions, SetWorkflowID, StepOptions
from sqlalchemy import Engine

from api import auditing, batches, bounces, insight, keeping, news, nudging, orphans, retaining, shortlisting
from api.deps import App
from api.outcomes import Outcomes
from api.reading import READING, Reading
from api.rounds import Rounds
from api.second_opinion import SecondOpinion
from api.stages import Stages
from interview.slots import LATE
from models.db import queue_at
from models.errors import FoyerError, NotFound, Suspended
from models.store.erasure import Forgotten
from models.values import Person

log = structlog.get_logger("foyer.pipeline")

VERSION = "1"
"""Bumped only when the steps of a workflow change: jobs of another version wait for a worker of that version."""
QUEUES = {"screen": 8, "ocr": 1, "rejudge": 1, "finish": 2, "deliver": 4, "push": 16, "inbox": 2, "poll": 1, "round": 1}
"""Queue name -> workflows at once in one process (per process, so free of contention between processes)."""
BUSY = frozenset({"screen", "deliver", "push", "inbox"})
"""Queues that are looked at ten times a second; the others twice, since each look is a transaction."""
TO_ONE = 8
"""Pushes at once to one receiver."""
LOOKED_AT = 200
"""Deliveries to one receiver, and files, that are started at one look."""
FAILED = frozenset({"ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"})
OVER = FAILED | {"SUCCESS"}
RETRY_SECONDS, KNOWN_SECONDS = 60.0, 600.0
"""When the sweep looks again at a workflow it started, or found started."""
KEEP_DAYS, FORGET_SECONDS = 30, 3600.0
LEASE_SECONDS = 30.0
SWEEP_SECONDS = 2.0
HELD_AGAIN = timedelta(minutes=1)
"""A file that the virus scanner gave no verdict on is tried again so often."""
POLL_EVERY = timedelta(minutes=5)
POOL_SECONDS = 30.0
LOOK_SECONDS = 10.0
SUSPENDED = "suspended"
"""What a step leaves that found itself suspended."""


class Pipeline:
    """Starts workflows and runs them. One a process (DBOS is a process-wide singleton)."""

    def __init__(self, app: App, *, role: str = "serve", work: bool = True) -> None:
        self._app, self._role, self._work = app, role, work
        self.stages, self.outcomes, self.second = Stages(app), Outcomes(app), SecondOpinion(app)
        self.reading, self.rounds = Reading(app), Rounds(app, self.stages)
        self._not_before: dict[str, float] = {}
        self._suspended: frozenset[str] = frozenset()
        self._next_forget = self._next_keep = self._next_look = 0.0
        self._workflows: dict[str, Callable[[str, str], None]] = {}
        self._stop, self._due = threading.Event(), threading.Event()
        self._threads: list[threading.Thread] = []
        self._executor = ""
        self._queue: Engine | None = None
        self._holder = f"{socket.gethostname()}:{os.getpid()}:{psutil.Process().create_time():.0f}"

    # ------------------------------------------------------------ life of the engine

    def launch(self) -> None:
        """Register, recover what this executor left behind, start the queues, the heartbeat and the sweep."""
        self._executor = self._take_slot()
        url = self._app.settings.dbos_url
        self._queue = queue_at(url) if url.startswith("sqlite") else None
        config: DBOSConfig = {
            "name": "foyer",
            "system_database_url": url.replace("postgresql+psycopg://", "postgresql://"),
            "system_database_engine": self._queue,
            "application_version": VERSION,
            "executor_id": self._executor,
            "log_level": "WARNING",
            "serializer": DBOSPortableJSONSerializer(),
            "max_executor_threads": sum(QUEUES.values()) + 4,
        }
        DBOS(config=config)
        self._register()
        if not self._work:
            DBOS.listen_queues([])
        DBOS.launch()
        for queue, width in QUEUES.items():
            each = TO_ONE if queue == "push" else None
            seconds = 0.1 if queue in BUSY else 0.5
            DBOS.register_queue(
                queue, worker_concurrency=width, partition_worker_concurrency=each, polling_interval_sec=seconds
            )
        self._spawn("heartbeat", self._heartbeat, LEASE_SECONDS / 3)
        if self._work:
            self._spawn("sweep", self.sweep, SWEEP_SECONDS)
            self._spawn("deliver", self.deliver_due, SWEEP_SECONDS, wake=self._due)
            self._spawn("pool", self._app.pool.sync_all, POOL_SECONDS)

    def _register(self) -> None:
        """DBOS finds workflows by these names when it recovers them: never rename, bump VERSION to change steps."""

        @DBOS.workflow(name="screen")
        def screen(organisation_id: str, application_id: str) -> None:
            self._screen(organisation_id, application_id)

        @DBOS.workflow(name="ocr")
        def ocr(organisation_id: str, application_id: str) -> None:
            self._recognise(organisation_id, application_id)

        @DBOS.workflow(name="finish")
        def finish(organisation_id: str, interview_id: str) -> None:
            self._finish(organisation_id, interview_id)

        @DBOS.workflow(name="deliver")
        def deliver(organisation_id: str, delivery_id: str) -> None:
            # No step: what the attempt led to stands with the delivery, and noting it twice takes as long as sending.
            self.outcomes.attempt_delivery(organisation_id, delivery_id)

        @DBOS.workflow(name="rejudge")
        def rejudge(organisation_id: str, job_id: str) -> None:
            while step("judge", self.stages.rejudge, organisation_id, job_id):
                pass
            step("invite", self.stages.invite_by_policy, organisation_id, job_id)
            self._due.set()

        @DBOS.workflow(name="round")
        def round_(organisation_id: str, round_id: str) -> None:
            while step("invite", self.rounds.invite_some, organisation_id, round_id):
                self._due.set()

        @DBOS.workflow(name="inbox")
        def inbox(organisation_id: str, connection_id: str) -> None:
            step("read", self.reading.read_inbox, organisation_id, connection_id)

        @DBOS.workflow(name="poll")
        def poll(organisation_id: str, connection_id: str) -> None:
            step("poll", self.reading.poll, organisation_id, connection_id)

        self._workflows = {
            "screen": screen,
            "ocr": ocr,
            "rejudge": rejudge,
            "finish": finish,
            "deliver": deliver,
            "inbox": inbox,
            "poll": poll,
            "round": round_,
        }

    def close(self) -> None:
        """Stop taking work, wait for steps in flight, free the slot."""
        self._stop.set()
        self._due.set()
        for thread in self._threads:
            thread.join(timeout=10)
        DBOS.destroy(workflow_completion_timeout_sec=5, destroy_registry=True)
        if self._queue is not None:
            self._queue.dispose()
        with self._app.database.system() as system:
            system.release_lease(self._lease(self._executor), self._holder)

    # ------------------------------------------------------------ what routes call

    def submit(self, organisation_id: str, application_id: str) -> None:
        """Screen an application whose row is committed, once nothing suspends that and its batch runs. Calling again is
        harmless."""
        if self._rests(f"screen:{application_id}") or self._waits(organisation_id, application_id, to_read=True):
            return
        self._start("screen", f"screen:{application_id}", organisation_id, application_id)

    def submit_many(self, organisation_id: str, application_ids: list[str]) -> None:
        """As `submit`, for rows that are new: what is asked of the database is asked once for all of them."""
        for at in range(0, len(application_ids), LOOKED_AT):
            with self._app.database.reading() as store:
                ready = store.to_read(organisation_id, application_ids[at : at + LOOKED_AT])
            for id in ready:
                self._read(organisation_id, id)

    def _read(self, organisation_id: str, application_id: str) -> None:
        """Of one that nothing keeps from being read."""
        self._start("screen", f"screen:{application_id}", organisation_id, application_id)

    def recognise(self, organisation_id: str, application_id: str) -> None:
        """Have a scan's text recognised, after the files that need no such thing. Calling again is harmless."""
        self._start("ocr", f"ocr:{application_id}", organisation_id, application_id)

    def rejudge(self, organisation_id: str, job_id: str) -> None:
        """What a job asks has changed: judge those anew who are not invited yet. Calling again is harmless."""
        with self._app.database.reading() as store:
            version = store.job(organisation_id, job_id).requirements_version
            waiting = store.outdated(organisation_id, job_id, 1)
        if waiting:  # who was screened while the version changed makes it start again: its first id is new then
            id = f"rejudge:{job_id}:{version}:{waiting[0]}"
            # It is over, and somebody still waits: something else was answered since.
            self._start("rejudge", id, organisation_id, job_id, anew=OVER)

    def retry(self, organisation_id: str, application_id: str) -> None:
        """A person asks for another try at an unreadable application."""
        with self._app.database.store() as store:
            store.set_stage(
                organisation_id, application_id, "received", now=self._app.now, expected={"unreadable", "received"}
            )
        for workflow_id in (f"screen:{application_id}", f"ocr:{application_id}"):
            DBOS.delete_workflow(workflow_id)
            self._not_before.pop(workflow_id, None)
        self.submit(organisation_id, application_id)

    def advance(
        self, organisation_id: str, application_id: str, *, actor: str, reason: str, person: Person | None = None
    ) -> str:
        """Somebody confirmed this application: invite now. Returns the interview's id."""
        interview_id = self.stages.advance(organisation_id, application_id, actor=actor, reason=reason, person=person)
        self.deliver_due()
        return interview_id

    def invite_many(self, organisation_id: str, round_id: str) -> None:
        """A round of invitations that is committed. Calling again is harmless."""
        self._start("round", f"round:{round_id}", organisation_id, round_id)

    def finish(self, organisation_id: str, interview_id: str) -> None:
        """The interview's last event is committed: evaluate, report, push; once nothing suspends that."""
        if self._rests(f"finish:{interview_id}"):
            return
        with self._app.database.reading() as store:
            application_id = store.interview(organisation_id, interview_id).application_id
        if self._waits(organisation_id, application_id):
            return
        self._start("finish", f"finish:{interview_id}", organisation_id, interview_id)

    def _waits(self, organisation_id: str, application_id: str, *, to_read: bool = False) -> bool:
        """A person has suspended it, or paused its batch: the sweep starts it when one resumes it."""
        with self._app.database.reading() as store:
            if to_read:
                try:
                    store.must_read(organisation_id, application_id)
                except Suspended:
                    return True
            return store.halted(organisation_id, application_id) is not None

    def resumed(self) -> None:
        """Something that waited may go on: what was looked at meanwhile is looked at again now, here at once, in other
        processes at their next sweep."""
        self._not_before.clear()

    def unfinish(self, interview_id: str) -> None:
        """What was made of its end is taken back: when it ends again, that is evaluated anew."""
        DBOS.delete_workflow(f"finish:{interview_id}")
        self._not_before.pop(f"finish:{interview_id}", None)

    def deliver_due(self) -> None:
        """Start an attempt for every delivery that is due. Not from within a workflow, whose steps have to be the same
        when it is run again after a crash: it sets `_due`, and the thread that waits for that comes here."""
        with self._app.database.asking() as system:
            due = system.due_deliveries(self._app.now, LOOKED_AT)
        for organisation_id, delivery_id, attempts, receiver in due:
            # The attempt's number makes the id new for each try. One that is over and has counted no attempt found the
            # delivery given up, and a person has replayed it since: it is started anew.
            id = f"deliver:{delivery_id}:{attempts}"
            self._start("deliver", id, organisation_id, delivery_id, receiver=receiver, anew=OVER)

    def redeliver(self, delivery_id: str, attempts: int) -> None:
        """A person has said that this delivery goes out again: at once, whenever it was last looked at."""
        self._not_before.pop(f"deliver:{delivery_id}:{attempts}", None)
        self.deliver_due()

    def forget(self, gone: Forgotten) -> None:
        """Ids of somebody who is erased stand in no queue: what was done about them is over; what waits finds nothing
        and is over soon."""
        if not self._executor:
            return
        mine = [f"{name}:{id}" for name in ("screen", "ocr") for id in gone.applications]
        mine += [f"finish:{id}" for id in gone.interviews]
        mine += [f"deliver:{id}:{number}" for id, attempts in gone.deliveries for number in range(attempts + 1)]
        for id in mine:
            self._not_before.pop(id, None)
        known = DBOS.list_workflows(workflow_ids=mine, load_input=False) if mine else []
        DBOS.delete_workflows([each.workflow_id for each in known if each.status in OVER])

    def read_due(self) -> None:
        """Start reading what other systems have sent, and whatever is due of those that send nothing."""
        with self._app.database.asking() as system:
            sent = system.due_events(self._app.now, 100)
            silent = system.due_polls(self._app.now - POLL_EVERY, self._app.now)
            under_way = {each.name for each in system.leases(READING) if each.expires_at > self._app.now}
        for organisation_id, connection_id, mark in sent:
            if f"{READING}{connection_id}" not in under_way:
                self._start("inbox", f"inbox:{connection_id}:{mark}", organisation_id, connection_id)
        for organisation_id, connection_id, mark in silent:
            self._start("poll", f"poll:{connection_id}:{mark}", organisation_id, connection_id)

    # ------------------------------------------------------------ the workflows

    def _recognise(self, organisation_id: str, application_id: str) -> None:
        try:
            found = step("recognise", self.stages.recognise, organisation_id, application_id)
        except Suspended:
            raise
        except Exception as error:  # the edge of a job, as below
            log.exception("ocr.failed", application=application_id)
            detail = f"Recognising the scan failed: {error} Press retry; if it fails again, run `foyer doctor`."
            self.stages.record_problem(organisation_id, application_id, "failed", detail)
            return
        if found:
            self._screen(organisation_id, application_id)

    def _screen(self, organisation_id: str, application_id: str) -> None:
        try:
            if step("read", self.stages.read_and_parse, organisation_id, application_id):
                job_id = step("score", self.stages.score, organisation_id, application_id)
                invited = step("invite", self.stages.invite_by_policy, organisation_id, job_id)
            else:
                invited = step("others", self.stages.invite_waiting, organisation_id, application_id)
            if invited:
                self._due.set()
        except Suspended:  # it failed, for the queue: the sweep starts it again when it may go on
            raise
        except NotFound:  # erased, or dropped with its batch, meanwhile
            return
        except Exception as error:  # the edge of a job: whatever broke, the person is told and may retry
            log.exception("screen.failed", application=application_id)
            detail = f"Screening failed: {error}. Press retry; if it fails again, run `foyer doctor`."
            self.stages.record_problem(organisation_id, application_id, "failed", detail)

    def _finish(self, organisation_id: str, interview_id: str) -> None:
        try:
            step("recording", self.outcomes.keep_recording, organisation_id, interview_id)
        except Suspended:
            raise
        except Exception:  # the raw recording stays where it is, for the sweep; the report must not wait for it
            log.exception("recording.failed", interview=interview_id)
        kept = self._ask_second(organisation_id, interview_id)
        try:
            step("report", self._report, organisation_id, interview_id, *kept)
        except NotFound:  # whose interview it was has been erased meanwhile
            self.second.drop(interview_id, kept)
            return
        except Suspended:
            raise
        except Exception as error:  # shown to a person; the failed workflow is started again by the sweep
            self.outcomes.record_problem(organisation_id, interview_id, _reason(error))
            raise
        self._due.set()

    def _ask_second(self, organisation_id: str, interview_id: str) -> list[str]:
        """A step a competency, where there is a second rater: after a restart only those not answered yet are asked.
        Without one there is no step here, so that workflows of installations without one stay what they were."""
        kept: list[str] = []
        try:
            if self._app.engines.second_rater is not None:
                for competency_id in step("raters", self.second.due, organisation_id, interview_id):
                    kept.append(step("rate", self.second.ask, organisation_id, interview_id, competency_id))
        except Exception:  # the report is written with what was answered
            log.exception("second.failed", interview=interview_id)
        return kept

    def _report(self, organisation_id: str, interview_id: str, *kept: str) -> None:
        self.outcomes.evaluate_and_report(organisation_id, interview_id, self.second.read(kept))
        self.second.drop(interview_id, kept)

    # ------------------------------------------------------------ keeping it alive

    def sweep(self) -> None:
        """Start whatever is missing and let go of what is over. Safe to run at any time, by several processes. One
        subject that fails is logged and never keeps the others waiting."""
        with self._app.database.asking() as system:
            paused, cancelled = system.resting()
            suspended = system.suspended() | paused
            unscreened, unreported = system.unscreened(), system.unreported()
            outdated = system.outdated()
            scans = system.scans() if self._app.engines.ocr.available else []
            held = system.held(self._app.now - HELD_AGAIN)
            uninvited, overdue = system.uninvited(), system.overdue(self._app.now)
            idle = system.idle_places(self._app.now, self._app.now - LATE)
            reuses = system.due_reuses(self._app.now)
            ordered, rounds = system.ordered(), system.unfinished_rounds()
            silent = system.to_remind(self._app.now, nudging.AHEAD)
        if self._suspended - suspended:  # resumed: what was looked at while it waited is looked at again now
            self._not_before.clear()
        self._suspended = suspended
        jobs: list[tuple[Callable[[str, str], object], list[tuple[str, str]]]] = [
            (self._drop_unread, cancelled),
            (self._read, self._fresh(unscreened)),
            (self.recognise, scans),
            (self.retry, held),
            (self.rejudge, outdated),
            (self.stages.invite_by_policy, uninvited),
            (self.reading.invite_ordered, ordered),
            (self.invite_many, rounds),
            (partial(nudging.remind_due, self._app), silent),
            (self.outcomes.use_earlier, reuses),
            (self.outcomes.close_overdue, overdue),
            (self.outcomes.release_place, idle),
            (self.finish, unreported),
        ]
        for work, subjects in jobs:
            for organisation_id, subject_id in subjects:
                self._attempt(work, organisation_id, subject_id)
        self._attempt_checkpoints()
        self.read_due()
        self._due.set()
        self._rescue()
        self._keep_recordings()
        self._look_around()
        self._forget()

    def _fresh(self, unscreened: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """Those that were not looked at moments ago, as many as keep nothing else of the sweep waiting for long."""
        return [(own, id) for own, id in unscreened if not self._rests(f"screen:{id}")][:LOOKED_AT]

    def _drop_unread(self, organisation_id: str, batch_id: str) -> None:
        batches.drop_unread(self._app, organisation_id, batch_id)

    def _attempt(self, work: Callable[[str, str], object], organisation_id: str, subject_id: str) -> None:
        try:
            work(organisation_id, subject_id)
        except Exception:  # the edge of a background job
            log.exception("sweep.failed", work=getattr(work, "__name__", "reminder"), subject=subject_id)

    def _attempt_checkpoints(self) -> None:
        try:
            auditing.checkpoint_due(self._app)
        except Exception:  # a full disk, or none: what waits must not wait for it
            log.exception("checkpoint.failed")

    def _rescue(self) -> None:
        """Resume what a dead executor left pending: the open-source engine leaves that to us."""
        with self._app.database.asking() as system:
            dead = [lease for lease in system.leases("executor:") if self._is_dead(lease.holder, lease.expires_at)]
        for lease in dead:
            with self._app.database.system() as system:  # of several rescuers, one gets the dead executor's lease
                system.release_lease(lease.name, lease.holder)
                if not system.acquire_lease(lease.name, self._holder, self._app.now, LEASE_SECONDS):
                    continue
            executor = lease.name.removeprefix("executor:")
            for workflow in DBOS.list_workflows(status="PENDING", executor_id=executor):
                DBOS.resume_workflow(workflow.workflow_id, queue_name=workflow.queue_name)
            with self._app.database.system() as system:
                system.release_lease(lease.name, self._holder)
            log.info("executor.rescued", executor=executor)

    def _look_around(self) -> None:
        """Mail that came back and lies in the folder; what recruiters are told."""
        now = self._app.clock.now()
        if now < self._next_look:
            return
        self._next_look = now + LOOK_SECONDS
        for work in (bounces.collect, news.tell):
            try:
                work(self._app)
            except Exception:  # a folder that another program holds: the next look finds it
                log.exception("look.failed", work=work.__name__)

    def _keep_recordings(self) -> None:
        """Of interviews whose report is there already: their storage was away, or their raw files are on this machine
        and the report was written on another."""
        now = self._app.clock.now()
        if now >= self._next_keep:
            self._next_keep = now + RETRY_SECONDS
            keeping.keep_waiting(self._app)
            retaining.delete_unwanted(self._app)

    def _forget(self) -> None:
        """Finished workflows older than KEEP_DAYS leave the queue's database, some at a time."""
        now = self._app.clock.now()
        if now < self._next_forget:
            return
        self._next_forget = now + FORGET_SECONDS
        retaining.sweep(self._app)
        insight.make_good(self._app)
        shortlisting.make_good(self._app)
        self._app.database.survey()
        before = (self._app.now - timedelta(days=KEEP_DAYS)).isoformat()
        old = DBOS.list_workflows(status=sorted(OVER), end_time=before, limit=1000, load_input=False)
        if old:
            DBOS.delete_workflows([workflow.workflow_id for workflow in old])
        orphans.drop(self._app)

    @property
    def alive(self) -> bool:
        """Heartbeat and sweep are running."""
        return bool(self._threads) and all(thread.is_alive() for thread in self._threads)

    def _take_slot(self) -> str:
        """The lowest free `role-slot`: stable over restarts, never shared by two live processes."""
        for slot in range(256):
            executor = f"{self._role}-{slot}"
            name = self._lease(executor)
            with self._app.database.system() as system:
                held = next((lease for lease in system.leases(name) if lease.name == name), None)
                if held is not None and self._is_dead(held.holder, held.expires_at):
                    system.release_lease(name, held.holder)
                if system.acquire_lease(name, self._holder, self._app.now, LEASE_SECONDS):
                    return executor
        raise FoyerError(f"256 {self._role} processes already run on this database; stop some of them")

    def _heartbeat(self) -> None:
        with self._app.database.system() as system:
            kept = system.acquire_lease(self._lease(self._executor), self._holder, self._app.now, LEASE_SECONDS)
        if not kept:  # another process took the slot: two of us would run the same steps
            log.critical("executor.lost", executor=self._executor)
            os._exit(70)

    def _is_dead(self, holder: str, expires_at: datetime) -> bool:
        """Expired, or a process of this very machine that is no more (no need to wait for the lease then)."""
        if expires_at < self._app.now:
            return True
        host, pid, started = holder.rsplit(":", 2)
        if host != socket.gethostname():
            return False
        try:
            return bool(abs(psutil.Process(int(pid)).create_time() - float(started)) > 2)
        except (psutil.NoSuchProcess, ValueError):
            return True

    @staticmethod
    def _lease(executor: str) -> str:
        return f"executor:{executor}"

    def _start(
        self,
        name: str,
        workflow_id: str,
        organisation_id: str,
        subject_id: str,
        *,
        receiver: str = "",
        anew: frozenset[str] = FAILED,
    ) -> None:
        """Enqueue once; a workflow that ended in one of `anew` is started again, at most every RETRY_SECONDS."""
        if self._rests(workflow_id):
            return
        now = self._app.clock.now()
        status = DBOS.get_workflow_status(workflow_id)
        if status is not None and status.status not in anew:
            self._not_before[workflow_id] = now + KNOWN_SECONDS
            return
        if status is not None:
            DBOS.delete_workflow(workflow_id)
        with SetWorkflowID(workflow_id), SetEnqueueOptions(queue_partition_key=receiver or None):
            queue = "push" if receiver else name
            DBOS.enqueue_workflow(queue, self._workflows[name], organisation_id, subject_id)
        if len(self._not_before) > 50_000:
            self._not_before.clear()
        self._not_before[workflow_id] = now + RETRY_SECONDS

    def _rests(self, workflow_id: str) -> bool:
        """It was looked at moments ago: the sweep comes by every two seconds, for whatever waits."""
        return self._not_before.get(workflow_id, 0.0) > self._app.clock.now()

    def _spawn(
        self, name: str, work: Callable[[], None], seconds: float, *, wake: threading.Event | None = None
    ) -> None:
        """Do `work` every so many seconds, and as soon as `wake` is set."""

        def loop() -> None:
            while True:
                if wake is not None:
                    wake.clear()
                if self._stop.is_set():  # asked after the clearing: `close` sets the one, then the other
                    return
                try:
                    work()
                except Exception:
                    log.exception("background.failed", job=name)
                (wake or self._stop).wait(seconds)

        thread = threading.Thread(target=loop, name=f"foyer-{name}", daemon=True)
        thread.start()
        self._threads.append(thread)


def step(name: str, work: Callable[..., Any], *ids: str) -> Any:
    """Run one step of the current workflow: its outcome is kept, a passing failure is tried three times."""
    options: StepOptions = {
        "name": name,
        "retries_allowed": True,
        "max_attempts": 3,
        "interval_seconds": 1.0,
        "should_retry": _passing,
    }
    found = DBOS.run_step(options, _unless_suspended, work, *ids)
    if found == SUSPENDED:  # raised here, so that a workflow that is run again after a crash raises the same
        raise Suspended("Automated processing is suspended. It goes on when a person resumes it.")
    return found


def _unless_suspended(work: Callable[..., Any], *ids: str) -> Any:
    try:
        return work(*ids)
    except Suspended:
        return SUSPENDED


def _reason(error: BaseException) -> str:
    """What a step failed for in the end, rather than how often."""
    return str((getattr(error, "errors", None) or [error])[-1])


def _passing(error: BaseException) -> bool:
    return error.retry if isinstance(error, FoyerError) else True
