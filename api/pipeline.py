"""The life of an application, top to bottom, as durable workflows. The only file that imports dbos.

    submit -> screen:  read, parse, score against the job's requirements, invite whoever the job's policy lets through
    (the queue holds what is read next, organisations and batches taking turns: `api.feeding`)
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

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from dbos import (
    DBOS,
    DBOSConfig,
    DBOSPortableJSONSerializer,
    SetEnqueueOptions,
    SetWorkflowID,
    StepOptions,
    WorkflowStatus,
)
from sqlalchemy import Engine

from api import feeding, pace, slots
from api.deps import App
from api.gate import Gate, Rank
from api.outcomes import Outcomes
from api.pace import Pace
from api.reading import POLL_EVERY, READING, Reading
from api.roles import ALL, AT_ONCE, QUEUES, queues_of
from api.rounds import Rounds
from api.second_opinion import SecondOpinion
from api.slots import Slots
from api.stages import Stages
from api.sweeping import Sweep
from models.db import queue_at
from models.errors import FoyerError, NotFound, Suspended
from models.store.erasure import Forgotten
from models.values import Person

log = structlog.get_logger("foyer.pipeline")

VERSION = "1"
"""Bumped only when the steps of a workflow change. Work of another version is left to processes of that version while
one of them lives that takes it, and is then begun anew by ours (`_take_over`)."""
TO_ONE = 8
"""Pushes at once to one receiver."""
AFTER_OTHERS = 1
"""Priority in the queue of invitations and reminders, of which there may be thousands: what follows an interview, and
whatever else somebody waits for (none: first), goes before them."""
LOOKED_AT = 200
"""Deliveries to one receiver, and files, that are started at one look."""
FAILED = frozenset({"ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"})
OVER = FAILED | {"SUCCESS"}
ACTIVE = ["ENQUEUED", "PENDING"]
RETRY_SECONDS, KNOWN_SECONDS = 60.0, 600.0
"""When the sweep looks again at a workflow it started, or found started."""
KEEP_DAYS = 30
SWEEP_SECONDS, FEED_SECONDS = 2.0, 0.5
POOL_SECONDS = 30.0
WORKING, STARTING = 10, 4
"""Connections to the queue's PostgreSQL of a process that takes work, and of one that only starts it; one more each
listens."""
DRAIN_SECONDS, STOP_SECONDS = 20.0, 5.0
"""A worker that stops waits so long at most for steps in flight, and a service, which has let sentences end before. All
of it takes under half a minute, which is what supervisors usually allow."""
SUSPENDED = "suspended"
"""What a step leaves that found itself suspended."""


class Pipeline:
    """Starts workflows and runs them. One a process (DBOS is a process-wide singleton)."""

    def __init__(self, app: App, *, kind: str = "serve", roles: tuple[str, ...] = ALL, at_once: int = AT_ONCE) -> None:
        """`kind`: what its slot is called. `roles`: whose work it takes; none: it only starts work. `at_once`: files
        read and interviews evaluated at a time."""
        self._app, self.roles = app, roles
        self.stages, self.outcomes, self.second = Stages(app), Outcomes(app), SecondOpinion(app)
        self.reading, self.rounds = Reading(app), Rounds(app, self.stages)
        self._not_before: dict[str, float] = {}
        self._workflows: dict[str, Callable[[str, str], None]] = {}
        self._stop, self._ended = threading.Event(), threading.Event()
        self._due, self._came = threading.Event(), threading.Event()
        self._threads: list[threading.Thread] = []
        self._queue: Engine | None = None
        self._slots = Slots(app, kind, VERSION, roles)
        self._pace = Pace(lambda queue: bool(self._queued(queue, 1)))
        self._gate = Gate(at_once, lambda: len(app.rooms) > 0)
        self._sweep = Sweep(app, self)
        self._feeds = [
            feeding.Feed(app, feeding.Queue(name, partial(self._queued, name), start, partial(self._rests_in, name)))
            for name, start in (("screen", self._read), ("ocr", self.recognise))
        ]

    # ------------------------------------------------------------ life of the engine

    def launch(self) -> None:
        """Register, recover what this executor left behind, start the queues, the heartbeat and the sweep."""
        executor = self._slots.take()
        url = self._app.settings.dbos_url
        self._queue = queue_at(url) if url.startswith("sqlite") else None
        config: DBOSConfig = {
            "name": "foyer",
            "system_database_url": url.replace("postgresql+psycopg://", "postgresql://"),
            "system_database_engine": self._queue,
            "application_version": VERSION,
            "executor_id": executor,
            "log_level": "WARNING",
            "serializer": DBOSPortableJSONSerializer(),
            "max_executor_threads": sum(QUEUES.values()) + 4,
            "sys_db_pool_size": WORKING if queues_of(self.roles) else STARTING,
        }
        DBOS(config=config)
        self._register()
        DBOS.listen_queues(queues_of(self.roles))
        DBOS.launch()
        for queue, width in QUEUES.items():
            each = TO_ONE if queue == "push" else None
            made = DBOS.register_queue(
                queue,
                worker_concurrency=width,
                partition_worker_concurrency=each,
                polling_interval_sec=pace.usual(queue),
            )
            self._pace.add(queue, made.set_polling_interval_sec)
        self._spawn("heartbeat", self._slots.beat, slots.HEARTBEAT_SECONDS, until=self._ended)
        self._spawn("pace", self._pace.settle, SWEEP_SECONDS)
        self._spawn("feed", self._feed, FEED_SECONDS if "screen" in self.roles else SWEEP_SECONDS, wake=self._came)
        if not self.roles:
            return
        self._spawn("rescue", self._rescue, slots.LOOK_SECONDS)
        self._spawn("sweep", self.sweep, SWEEP_SECONDS)
        if "deliver" in self.roles:
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
            with self._gate.passing(Rank.OUTSIDE):
                self.outcomes.attempt_delivery(organisation_id, delivery_id)

        @DBOS.workflow(name="rejudge")
        def rejudge(organisation_id: str, job_id: str) -> None:
            while self._step("judge", self.stages.rejudge, organisation_id, job_id, rank=Rank.BULK):
                pass
            self._step("invite", self.stages.invite_by_policy, organisation_id, job_id)
            self._due.set()

        @DBOS.workflow(name="round")
        def round_(organisation_id: str, round_id: str) -> None:
            while self._step("invite", self.rounds.invite_some, organisation_id, round_id):
                self._due.set()

        @DBOS.workflow(name="inbox")
        def inbox(organisation_id: str, connection_id: str) -> None:
            self._step("read", self.reading.read_inbox, organisation_id, connection_id)

        @DBOS.workflow(name="poll")
        def poll(organisation_id: str, connection_id: str) -> None:
            self._step("poll", self.reading.poll_due, organisation_id, connection_id)

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

    def close(self, seconds: float = STOP_SECONDS) -> int:
        """Take no more work, let steps in flight end (so many seconds at most), free the slot: what is left is
        another's at once. Returns how many steps still run; while any does, the slot is kept, to end with the
        process."""
        self._stop.set()
        self._due.set()
        self._came.set()
        self._gate.close(0.0)
        for thread in self._threads:
            if thread.name != "foyer-heartbeat":
                thread.join(timeout=10)
        DBOS.destroy(workflow_completion_timeout_sec=int(seconds), destroy_registry=True)
        self._ended.set()
        if self._queue is not None:
            self._queue.dispose()
        if (left := self._gate.running) == 0:
            self._slots.free()
        return left

    def abandon(self) -> None:
        """Free the slot although steps still run. Only for a process that ends with its next breath."""
        self._slots.free()

    # ------------------------------------------------------------ what routes call

    def received(self) -> None:
        """Applications are committed and wait to be screened: each is when its turn comes."""
        self._came.set()

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
        self.received()

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

    def _waits(self, organisation_id: str, application_id: str) -> bool:
        """A person has suspended it: the sweep starts it when one resumes it."""
        with self._app.database.reading() as store:
            return store.halted(organisation_id, application_id) is not None

    def resumed(self) -> None:
        """Something that waited may go on: what was looked at meanwhile is looked at again now, here at once, in other
        processes at their next sweep."""
        self._not_before.clear()
        self._came.set()

    def unfinish(self, interview_id: str) -> None:
        """What was made of its end is taken back: when it ends again, that is evaluated anew."""
        DBOS.delete_workflow(f"finish:{interview_id}")
        self._not_before.pop(f"finish:{interview_id}", None)

    def deliver_due(self) -> None:
        """Start an attempt for every delivery that is due. Not from within a workflow, whose steps have to be the same
        when it is run again after a crash: it sets `_due`, and the thread that waits for that comes here."""
        with self._app.database.asking() as system:
            due = system.due_deliveries(self._app.now, LOOKED_AT)
        for organisation_id, delivery_id, attempts, receiver, invites in due:
            # The attempt's number makes the id new for each try. One that is over and has counted no attempt found the
            # delivery given up, and a person has replayed it since: it is started anew.
            id = f"deliver:{delivery_id}:{attempts}"
            bulk = AFTER_OTHERS if invites and not receiver else None
            self._start("deliver", id, organisation_id, delivery_id, receiver=receiver, anew=OVER, priority=bulk)

    def redeliver(self, delivery_id: str, attempts: int) -> None:
        """A person has said that this delivery goes out again: at once, whenever it was last looked at."""
        self._not_before.pop(f"deliver:{delivery_id}:{attempts}", None)
        self.deliver_due()

    def forget(self, gone: Forgotten) -> None:
        """Ids of somebody who is erased stand in no queue: what was done about them is over; what waits finds nothing
        and is over soon."""
        if not self._slots.executor:
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
            self._start("poll", f"poll:{connection_id}:{mark}", organisation_id, connection_id, anew=OVER)

    # ------------------------------------------------------------ the workflows

    def _recognise(self, organisation_id: str, application_id: str) -> None:
        try:
            found = self._step("recognise", self.stages.recognise, organisation_id, application_id)
        except Suspended:
            raise
        except Exception as error:  # the edge of a job, as below
            if self._is_away(error):
                raise
            log.exception("ocr.failed", application=application_id)
            detail = f"Recognising the scan failed: {error} Press retry; if it fails again, run `foyer doctor`."
            self.stages.record_problem(organisation_id, application_id, "failed", detail)
            return
        if found:
            self._screen(organisation_id, application_id)

    def _screen(self, organisation_id: str, application_id: str) -> None:
        try:
            if self._step("read", self.stages.read_and_parse, organisation_id, application_id, rank=Rank.BULK):
                job_id = self._step("score", self.stages.score, organisation_id, application_id, rank=Rank.BULK)
                invited = self._step("invite", self.stages.invite_by_policy, organisation_id, job_id)
            else:
                invited = self._step("others", self.stages.invite_waiting, organisation_id, application_id)
            if invited:
                self._due.set()
        except Suspended:  # it failed, for the queue: the sweep starts it again when it may go on
            raise
        except NotFound:  # erased, or dropped with its batch, meanwhile
            return
        except Exception as error:  # the edge of a job: whatever broke, the person is told and may retry
            if self._is_away(error):  # it failed, for the queue, and is started again, as one that is suspended
                raise
            log.exception("screen.failed", application=application_id)
            detail = f"Screening failed: {error}. Press retry; if it fails again, run `foyer doctor`."
            self.stages.record_problem(organisation_id, application_id, "failed", detail)

    def _finish(self, organisation_id: str, interview_id: str) -> None:
        try:
            self._step("recording", self.outcomes.keep_recording, organisation_id, interview_id, rank=Rank.INTERVIEW)
        except Suspended:
            raise
        except Exception:  # the raw recording stays where it is, for the sweep; the report must not wait for it
            log.exception("recording.failed", interview=interview_id)
        kept = self._ask_second(organisation_id, interview_id)
        try:
            self._step("report", self._report, organisation_id, interview_id, *kept, rank=Rank.INTERVIEW)
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
                for competency_id in self._step("raters", self.second.due, organisation_id, interview_id):
                    kept.append(self._step("rate", self.second.ask, organisation_id, interview_id, competency_id))
        except Exception:  # the report is written with what was answered
            log.exception("second.failed", interview=interview_id)
        return kept

    def _report(self, organisation_id: str, interview_id: str, *kept: str) -> None:
        self.outcomes.evaluate_and_report(organisation_id, interview_id, self.second.read(kept))
        self.second.drop(interview_id, kept)

    # ------------------------------------------------------------ keeping it alive

    def sweep(self) -> None:
        """Start whatever is missing and let go of what is over, for the roles of this process."""
        self._sweep.run()
        self._due.set()

    def _feed(self) -> None:
        """Those who wait to be read, as many as are read next."""
        reading, recognising = self._feeds
        reading.top_up()
        if self._app.engines.ocr.available:
            recognising.top_up()

    def _queued(self, queue: str, most: int) -> list[str]:
        found = DBOS.list_workflows(queue_name=queue, status=ACTIVE, limit=most, load_input=False, load_output=False)
        return [each.workflow_id.removeprefix(f"{queue}:") for each in found]

    def _rescue(self) -> None:
        """Put back what dead executors left pending: the open-source engine leaves that to us."""
        self._slots.rescue(self._working, self._resume)
        self._take_over()

    def _take_over(self) -> None:
        """Work of another version, before ours or after, that nobody alive would do any more is begun anew by our
        steps: each finds its own work done. What is put back for a dead process is of its version: this comes after."""
        others = [each["version_name"] for each in DBOS.list_application_versions() if each["version_name"] != VERSION]
        if not others or not (orphaned := self._slots.orphaned(others)):
            return
        left = [
            each
            for version, queues in orphaned.items()
            for each in DBOS.list_workflows(
                app_version=version, queue_name=queues, status="ENQUEUED", limit=LOOKED_AT, load_output=False
            )
        ]
        if not left:  # as nearly always: nobody writes anything
            return
        with self._slots.alone("takeover") as mine:
            for each in left if mine else ():
                self._begin_anew(each)

    def _begin_anew(self, each: WorkflowStatus) -> None:
        work = self._workflows.get(each.name)
        now = DBOS.get_workflow_status(each.workflow_id)
        if work is None or each.queue_name is None or each.input is None:
            return  # unknown to our version
        if now is None or (now.status, now.app_version) != ("ENQUEUED", each.app_version):
            return  # begun by a process of its own that came meanwhile, or taken over by another of ours
        DBOS.delete_workflow(each.workflow_id)
        options = SetEnqueueOptions(queue_partition_key=each.queue_partition_key, priority=each.priority or None)
        with SetWorkflowID(each.workflow_id), options:
            DBOS.enqueue_workflow(each.queue_name, work, *each.input["args"])
        log.info("workflow.taken_over", workflow=each.workflow_id, of=each.app_version)

    @staticmethod
    def _working() -> set[str]:
        found = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
        return {each.executor_id for each in found if each.executor_id}

    @staticmethod
    def _resume(executor: str) -> int:
        found = DBOS.list_workflows(status="PENDING", executor_id=executor, load_input=False, load_output=False)
        for each in found:
            DBOS.resume_workflow(each.workflow_id, queue_name=each.queue_name)
        return len(found)

    def forget_old(self) -> None:
        """Finished workflows older than KEEP_DAYS leave the queue's database, some at a time."""
        before = (self._app.now - timedelta(days=KEEP_DAYS)).isoformat()
        old = DBOS.list_workflows(status=sorted(OVER), end_time=before, limit=1000, load_input=False)
        if old:
            DBOS.delete_workflows([workflow.workflow_id for workflow in old])

    @property
    def alive(self) -> bool:
        """Heartbeat and sweep are running."""
        return bool(self._threads) and all(thread.is_alive() for thread in self._threads)

    def _start(
        self,
        name: str,
        workflow_id: str,
        organisation_id: str,
        subject_id: str,
        *,
        receiver: str = "",
        priority: int | None = None,
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
        queue = "push" if receiver else name
        self._pace.quicken(queue)
        with SetWorkflowID(workflow_id), SetEnqueueOptions(queue_partition_key=receiver or None, priority=priority):
            DBOS.enqueue_workflow(queue, self._workflows[name], organisation_id, subject_id)
        if len(self._not_before) > 50_000:
            self._not_before.clear()
        self._not_before[workflow_id] = now + RETRY_SECONDS

    def _rests(self, workflow_id: str) -> bool:
        """It was looked at moments ago: the sweep comes by every two seconds, for whatever waits."""
        return self._not_before.get(workflow_id, 0.0) > self._app.clock.now()

    def _rests_in(self, queue: str, application_id: str) -> bool:
        return self._rests(f"{queue}:{application_id}")

    def _spawn(
        self,
        name: str,
        work: Callable[[], object],
        seconds: float,
        *,
        wake: threading.Event | None = None,
        until: threading.Event | None = None,
    ) -> None:
        """Do `work` every so many seconds, and as soon as `wake` is set, `until` that; else until the process stops."""
        over = until or self._stop

        def loop() -> None:
            while True:
                if wake is not None:
                    wake.clear()
                if over.is_set():  # asked after the clearing: `close` sets the one, then the other
                    return
                try:
                    work()
                except Exception:
                    log.exception("background.failed", job=name)
                (wake or over).wait(seconds)

        thread = threading.Thread(target=loop, name=f"foyer-{name}", daemon=True)
        thread.start()
        self._threads.append(thread)

    def _step(self, name: str, work: Callable[..., Any], *ids: str, rank: Rank = Rank.OUTSIDE) -> Any:
        """Run one step of the current workflow: its outcome is kept, a passing failure is tried three times."""
        options: StepOptions = {
            "name": name,
            "retries_allowed": True,
            "max_attempts": 3,
            "interval_seconds": 1.0,
            "should_retry": _passing,
        }

        def passed(*ids: str) -> Any:
            with self._gate.passing(rank):
                return _unless_suspended(work, *ids)

        found = DBOS.run_step(options, passed, *ids)
        if found == SUSPENDED:  # raised here, so that a workflow that is run again after a crash raises the same
            raise Suspended("Automated processing is suspended. It goes on when a person resumes it.")
        return found

    def _is_away(self, error: BaseException) -> bool:
        """The step failed, each time or in the end, for want of the database: no fault of what it was about."""
        return self._app.database.is_away((getattr(error, "errors", None) or [error])[-1])


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
