"""What other systems have for us: messages that were kept are read, systems that send none are asked. Steps of
`api.pipeline`; each may run twice and then finds its work done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog

from api.intake import Intake
from api.order_desk import ORDER, OrderDesk
from api.unexpected import UNEXPECTED, where, words
from integrations.vendor import Vendor
from integrations.webhook import next_attempt
from models.engines import Service
from models.errors import Conflict, FoyerError, PushRejected, Unprocessable
from models.exchange import AssessmentOrder, Cursor, Item, JobIntake, Outcome, Request, Unusable
from models.records import Connection, InboxEvent, new_id

if TYPE_CHECKING:
    from api.deps import App

log = structlog.get_logger("foyer.reading")

POLL_EVERY = timedelta(minutes=5)
READING = "reading:"
"""Begins the name of the lease of whoever reads what a connection has sent."""
READING_SECONDS = 120.0
"""Longer than one message takes."""
ITEM = "item"
"""Key of an event that holds what a reading could not take in, without its file."""


class Reading:
    """The steps, over one running App. Thread-safe."""

    def __init__(self, app: App) -> None:
        self._app = app
        self.intake = Intake(app)

    # ------------------------------------------------------------ messages

    def read_inbox(self, organisation_id: str, connection_id: str) -> None:
        """All that is due, in the order it came. One that must be tried again holds up those behind it; one that cannot
        be used waits for a person and holds up nothing. Raises Conflict while another process reads it, which takes
        what is there; the sweep starts what it leaves."""
        with self._app.database.reading() as store:
            row = store.connection(organisation_id, connection_id)
        connector, service = self._app.connections.connector(row), self._app.connections.service(row)
        name, holder = f"{READING}{connection_id}", new_id()
        if not self._is_mine(name, holder):
            raise Conflict(f"What {row.name} has sent is being read already.")
        try:
            while events := self._waiting(row):
                for event in events:
                    if not self._is_mine(name, holder) or not self._read_event(row, event, connector, service):
                        return
        finally:
            with self._app.database.system() as system:
                system.release_lease(name, holder)

    def _is_mine(self, name: str, holder: str) -> bool:
        with self._app.database.system() as system:
            return system.acquire_lease(name, holder, self._app.now, READING_SECONDS)

    def _waiting(self, row: Connection) -> list[InboxEvent]:
        with self._app.database.reading() as store:
            return store.waiting_events(row, self._app.now)

    def _read_event(self, row: Connection, event: InboxEvent, connector: Vendor, service: Service) -> bool:
        problem: str | None = None
        again: float | None = None
        try:
            if event.key.startswith(f"{ITEM}:"):  # only the system itself has the file that came with it
                self._anew(row)
            elif ORDER in event.event:
                self._order(row, AssessmentOrder.model_validate(event.event[ORDER]), connector, service)
            else:
                for item in connector.read(event.event, service):
                    self._hand(row, item)
        except FoyerError as failure:
            problem = failure.detail
            if failure.retry:
                wish = getattr(failure, "retry_after", None)
                again = next_attempt(event.attempts + 1, now=self._app.clock.now(), retry_after=wish, jitter=0.5)
            if isinstance(failure, PushRejected):
                self._app.connections.went(row, failure)
        except UNEXPECTED as broken:
            problem = f"This message is not as expected ({type(broken).__name__}: {broken})."
        next_at = datetime.fromtimestamp(again, UTC) if again is not None else None
        with self._app.database.store() as store:
            store.event_read(row.organisation_id, event.id, problem=problem, next_at=next_at, now=self._app.now)
        return next_at is None

    def _hand(self, row: Connection, item: Item) -> None:
        """An order that had to be fetched goes over the desk like one that was sent whole, and is read next."""
        if isinstance(item, Unusable):
            raise Unprocessable(item.problem)
        if isinstance(item, AssessmentOrder):
            OrderDesk(self._app, row).order(item)
        else:
            self.intake.take(row, item)

    def _anew(self, row: Connection) -> None:
        with self._app.database.store() as store:
            store.read_anew(row.organisation_id, row.id)

    def _order(self, row: Connection, order: AssessmentOrder, connector: Vendor, service: Service) -> None:
        """The person is taken in, and interviewed whatever the threshold: a person there has asked for it."""
        person = connector.person(order, service)
        if order.resume_url and not person.content:
            file = service.send(Request("GET", order.resume_url, bare=True))
            name = person.filename or order.resume_url.partition("?")[0].rpartition("/")[2] or "resume"
            person = person.model_copy(update={"content": file.body, "filename": name})
        application_id = self.intake.take(row, person, job_id=order.package_id or None, ordered=True)
        with self._app.database.store() as store:
            store.remember(row, "order", order.key[:300], local_id=application_id, now=self._app.now)

    def invite_ordered(self, organisation_id: str, application_id: str) -> None:
        """Read and screened, so that the interviewer's report has both: now they are invited."""
        with self._app.database.reading() as store:
            orders = store.remotes_of(organisation_id, "order", application_id)
            by = {each.id: each.name for each in store.connections(organisation_id)}
        cancelled = orders and all((each.data or {}).get("cancelled") for each in orders)
        actor = ", ".join(dict.fromkeys(by.get(each.connection_id, "") for each in orders)) or "another system"
        if cancelled:
            with self._app.database.store() as store:
                store.mark_ordered(organisation_id, application_id, ordered=False)
            return
        self._app.pipeline.advance(organisation_id, application_id, actor=actor, reason="Ordered there.")

    # ------------------------------------------------------------ asking

    def poll_due(self, organisation_id: str, connection_id: str) -> None:
        """`poll`, unless a reading that began after this one was asked for has done it: a second one, right after it,
        would say that there is nobody. By whatever clock: the sweep starts it again where it is due after all."""
        with self._app.database.reading() as store:
            row = store.connection(organisation_id, connection_id)
        done = row.progress.get("done") and row.polled_at is not None and row.polled_at > self._app.now - POLL_EVERY
        if not done:
            self.poll(organisation_id, connection_id)

    def poll(self, organisation_id: str, connection_id: str) -> None:
        """What is new there. Where it breaks off, the next reading goes on from the last cursor."""
        with self._app.database.reading() as store:
            row = store.connection(organisation_id, connection_id)
            jobs = [each.remote_id for each in store.jobs_there(row)]
        connector, counts = self._app.connections.connector(row), Counter[str]()
        since = Cursor(token=row.cursor) if row.cursor else None
        failure: PushRejected | None = None
        strange = False
        try:
            for item in connector.poll(since, self._app.connections.service(row), jobs):
                if isinstance(item, Cursor):
                    self._progress(row, counts, cursor=item.token)
                else:
                    self._take(row, item, counts)
        except PushRejected as refused:
            failure = refused
            log.warning("reading.refused", connection=row.id, answered=refused.answered, retry=refused.retry)
        except UNEXPECTED as broken:
            said = f"{row.name} gave an answer that Foyer does not understand: {words(broken)}."
            failure = PushRejected(f"{said} What was read before it is kept; it is asked again later.", retry=True)
            strange = True
            log.warning("reading.unexpected", connection=row.id, kind=type(broken).__name__, where=where(broken))
        self._app.connections.went(row, failure, show=strange)
        counts["done"] = int(failure is None)
        self._progress(row, counts, now=self._app.now)

    def _take(self, row: Connection, item: Item, counts: Counter[str]) -> None:
        kind = "jobs" if isinstance(item, JobIntake) else "outcomes" if isinstance(item, Outcome) else "people"
        counts[kind] += int(not isinstance(item, Unusable))
        try:
            self._hand(row, item)
        except FoyerError as failure:
            if failure.retry:
                raise PushRejected(failure.detail, retry=True) from failure
            self._keep(row, item, failure.detail, counts)
        except UNEXPECTED as broken:  # one entry does not hold up those behind it
            log.warning("reading.entry", connection=row.id, kind=type(broken).__name__, where=where(broken))
            self._keep(row, item, f"This entry cannot be taken in: {words(broken)}.", counts)
        if sum(counts.values()) % 20 == 0:
            self._progress(row, counts)

    def _keep(self, row: Connection, item: Item, problem: str, counts: Counter[str]) -> None:
        """For a person to see, once, and again where it was dealt with in vain; reading it again means reading the
        system anew."""
        counts["problems"] += 1
        said: dict[str, Any] = item.model_dump(mode="json", exclude={"content": True, "candidate": {"content"}})
        names = ("external_id", "remote_application_id", "remote_id", "key")
        key = f"{ITEM}:{next((said[name] for name in names if said.get(name)), None)}".replace("\0", "")
        with self._app.database.store() as store:
            store.keep_problem(row, key, {ITEM: said}, problem, self._app.now)

    def _progress(
        self, row: Connection, counts: Mapping[str, int], *, cursor: str | None = None, now: datetime | None = None
    ) -> None:
        with self._app.database.store() as store:
            store.polled(row, cursor=cursor, progress=counts, now=now)
