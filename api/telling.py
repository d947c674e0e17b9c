"""What became of somebody goes back to the systems they came from. Called by `api.intake` for what other systems say,
and by `api.stages` for what a person decides here."""

from __future__ import annotations

from datetime import datetime, timedelta

from api import receivers
from integrations.vendors import vendor
from models.exchange import Outcome
from models.records import Application, Connection
from models.store import Store

TOLD = frozenset({"hired", "rejected", "withdrew", "undone"})
"""Kinds of outcome that are passed on."""


GRACE = timedelta(seconds=30)
"""So long a rejection made here waits before other systems hear of it: undone within it, they never do."""


def tell(store: Store, application: Application, outcome: Outcome, key: str, *, by: Connection, now: datetime) -> None:
    """Every system that sent us this person and listens, except the one that says it, once a `key`."""
    if outcome.kind not in TOLD:
        return
    own = application.organisation_id
    came = {each.connection_id for each in store.sources(own, application.candidate_id)}
    for other in store.connections(own, enabled_only=True):
        if other.id in came and other.id != by.id:
            _deliver(store, other, application, outcome, key, by=by.name, now=now)


def tell_of_rejection(store: Store, application: Application, *, now: datetime) -> None:
    """A person decided here. Where an ATS knows the application too, it will say so itself."""
    _tell_pools(store, application, Outcome(kind="rejected", at=now), now=now, due=now + GRACE)


def tell_of_undoing(store: Store, application: Application, *, now: datetime) -> None:
    """A rejection made here is taken back: who was not told yet is not told at all, the others hear that it is."""
    own = application.organisation_id
    if store.drop_unsent(own, f"outcome:{application.id}:"):
        return
    _tell_pools(store, application, Outcome(kind="undone", at=now), now=now, due=now)


def _tell_pools(store: Store, application: Application, outcome: Outcome, *, now: datetime, due: datetime) -> None:
    own = application.organisation_id
    if store.remotes_of(own, "application", application.id):
        return
    pools = {each.connection_id for each in store.pools_of(own, application)}
    for other in store.connections(own, enabled_only=True):
        if other.id in pools:
            _deliver(store, other, application, outcome, f"here:{now.isoformat()}", by="Foyer", now=now, due=due)


def _deliver(
    store: Store,
    to: Connection,
    application: Application,
    outcome: Outcome,
    key: str,
    *,
    by: str,
    now: datetime,
    due: datetime | None = None,
) -> None:
    if vendor(to.vendor).about.can.tell is None:
        return
    title = store.job(application.organisation_id, application.job_id).title
    told = outcome.model_copy(update={"title": title, "said_by": by})
    payload = {"what": "outcome", "outcome": told.model_dump(mode="json")}
    receivers.post(store, to, application, payload, f"outcome:{application.id}:{to.id}:{key}"[:200], now=now, due=due)
