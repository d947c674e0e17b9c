"""Foyer's side of what an ATS calls: packages, orders, their states, events. A connector gets it while it answers.

An order is kept and answered at once; the person behind it is taken in a moment later (`api.reading`), since their
resume may have to be fetched. Its id, which the ATS asks by, is our own id of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import structlog

from api.mailing import address_of
from models.errors import Conflict, NotFound
from models.exchange import AssessmentOrder, AssessmentPackage, OrderState
from models.records import Connection, Remote
from models.store import Store
from models.values import AssessmentResult

if TYPE_CHECKING:
    from api.deps import App

log = structlog.get_logger("foyer.orders")

State = Literal["open", "started", "completed", "cancelled"]
ORDER = "order"
"""Key of an event that is an order, and what it is kept under."""
PAGE = "/orders"
"""Candidates who are led to us by an order find its page here."""


class OrderDesk:
    """A Desk for one call to one connection."""

    def __init__(self, app: App, row: Connection) -> None:
        self._app, self._row = app, row
        self.kept = 0
        """Events that came with this call, to be read now."""

    def packages(self) -> list[AssessmentPackage]:
        """An interview for each open job."""
        with self._app.database.reading() as store:
            jobs = [job for job in store.jobs(self._row.organisation_id) if job.state == "open"]
        return [
            AssessmentPackage(id=job.id, name=job.title, description=f"Voice interview of {job.minutes} minutes")
            for job in jobs
        ]

    def order(self, order: AssessmentOrder) -> OrderState:
        if order.package_id and order.package_id not in {each.id for each in self.packages()}:
            raise NotFound(f"There is no open job {order.package_id!r}. List what there is again.")
        with self._app.database.store() as store:
            data = {"package": order.package_id, "reply_to": order.reply_to, **order.extra}
            remote = store.remember(self._row, "order", order.key[:300], data=data, now=self._app.now)
            event = {ORDER: order.model_dump(mode="json")}
            new = store.keep_event(self._row, f"{ORDER}:{order.key}", event, self._app.now)
            self.kept += new
            return self._state(store, remote).model_copy(update={"again": not new})

    def status(self, order_id: str) -> OrderState:
        with self._app.database.reading() as store:
            return self._state(store, self._found(store, order_id))

    def cancel(self, order_id: str, reason: str) -> OrderState:
        """The invitation is taken back, unless another order for the same interview stands."""
        with self._app.database.store() as store:
            remote = self._found(store, order_id)
            own = remote.organisation_id
            interview = store.interview_of(own, remote.local_id) if remote.local_id else None
            if interview is not None and interview.state in ("in_progress", "paused", "completed"):
                raise Conflict("The interview has begun or is over; it cannot be cancelled any more.")
            data = {"cancelled": reason or "cancelled"}
            remote = store.remember(self._row, "order", remote.remote_id, data=data, now=self._app.now)
            orders = store.remotes_of(own, "order", remote.local_id) if remote.local_id else []
            if remote.local_id and all((each.data or {}).get("cancelled") for each in orders):
                store.mark_ordered(own, remote.local_id, ordered=False)
                if interview is not None and interview.state == "invited":
                    store.take_back_order(own, interview.id, now=self._app.now)
            return self._state(store, remote)

    def keep(self, key: str, event: Mapping[str, object]) -> bool:
        with self._app.database.store() as store:
            new = store.keep_event(self._row, key, event, self._app.now)
        self.kept += new
        return new

    def settle(self, settings: Mapping[str, str]) -> None:
        with self._app.database.store() as store:
            known = store.connection(self._row.organisation_id, self._row.id).settings
            store.change_connection(self._row.organisation_id, self._row.id, settings={**known, **settings})

    def report_error(self, what: str, detail: str) -> None:
        problem = f"{self._row.name} could not use our answer to {what}: {detail}"[:500]
        log.warning("orders.refused", connection=self._row.id)  # what they say may be about people
        with self._app.database.store() as store:
            store.went(self._row.organisation_id, self._row.id, failure=problem, mend=True, now=self._app.now)

    def _found(self, store: Store, order_id: str) -> Remote:
        remote = store.remote_by_id(self._row.organisation_id, order_id)
        if remote.connection_id != self._row.id or remote.kind != "order":
            raise NotFound(f"There is no order {order_id!r} here. Check the id.")
        return remote

    def _state(self, store: Store, remote: Remote) -> OrderState:
        data, link = remote.data or {}, address_of(self._app, f"{PAGE}/{remote.id}")
        if data.get("cancelled"):
            return OrderState(id=remote.id, state="cancelled", link=link)
        if remote.local_id is None:
            return OrderState(id=remote.id, state="open", link=link)
        results = store.results_of(remote.organisation_id, remote.local_id)
        if results:
            result = AssessmentResult.model_validate(results[-1])
            return OrderState(id=remote.id, state="completed", result=result, link=link)
        interview = store.interview_of(remote.organisation_id, remote.local_id)
        begun = interview is not None and interview.state in ("in_progress", "paused", "completed")
        return OrderState(id=remote.id, state="started" if begun else "open", link=link)
