"""What people do with a connection: set it up, test it, link its openings to jobs, see what would be written, hand
somebody over, pass a decision on. `api.routes.connections` and the command line call it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from api import receivers, reviewing
from api.carrying import Carrier
from api.connections import knowing, required
from api.mailing import address_of
from api.reading import ITEM
from api.security import Recruiter
from api.trying import Watched, explained
from integrations.vendors import vendor
from models.errors import BadRequest, Conflict, Forbidden, FoyerError
from models.exchange import CandidateIntake, Finding, Request, Write
from models.records import Application, Connection, Delivery, PersonalJson
from models.store import Store

if TYPE_CHECKING:
    from api.deps import App

TEST_SECONDS = 10.0
ECHO = timedelta(minutes=1)


def add(app: App, organisation_id: str, name: str, title: str, settings: Mapping[str, str]) -> Connection:
    about = vendor(name).about
    known = {each.key for each in about.settings}
    if unknown := sorted(settings.keys() - known):
        raise BadRequest(f"{about.name} has no setting {', '.join(unknown)}; it has {', '.join(sorted(known))}.")
    with app.database.store() as store:
        return store.add_connection(
            organisation_id, vendor=name, name=title.strip() or about.name, settings=stripped(settings), now=app.now
        )


def stripped(settings: Mapping[str, str]) -> dict[str, str]:
    """Without the blanks and line ends that come along when a key is copied."""
    return {key: value.strip() for key, value in settings.items()}


def change(app: App, organisation_id: str, id: str, **changes: Any) -> Connection:
    """As `keep`, and what is due is begun at once."""
    row = keep(app, organisation_id, id, **changes)
    if row.enabled:
        app.pipeline.read_due()
        app.pipeline.deliver_due()
    return row


def keep(app: App, organisation_id: str, id: str, **changes: Any) -> Connection:
    """As `Store.change_connection`; settings are laid over the known ones. Raises Conflict when it is to be switched on
    and something required is missing. A running service finds what is due within moments."""
    with app.database.store() as store:
        row = store.connection(organisation_id, id)
        if changes.get("settings") is not None:
            changes["settings"] = {**row.settings, **stripped(changes["settings"])}
        row = store.change_connection(organisation_id, id, **changes)
        if row.enabled:
            required(row)
        return row


def tested(app: App, row: Connection) -> list[Finding]:
    """A live test, each line by itself. Never raises for what it finds."""
    try:
        required(row, to_test=True)
        watched = Watched(app.connections.service(row, seconds=TEST_SECONDS))
        found = explained(app.connections.connector(row).check(watched), watched)
    except FoyerError as failure:
        return [Finding(ok=False, what=failure.detail, cure="Correct it under Settings, then test again.")]
    public = app.settings.base_url.startswith("https://")
    if vendor(row.vendor).about.can.webhooks is not None or vendor(row.vendor).about.can.orders is not None:
        address = app.connections.address(row)
        cure = "" if public else "Other systems call only https addresses: set FOYER_BASE_URL to one they can reach."
        found.append(Finding(ok=public, what=f"Our address for {row.name}: {address}", cure=cure))
    return found


def rehearsed(app: App, who: Recruiter, row: Connection, application_id: str) -> list[tuple[Write, Request]]:
    """What would be written about an application: its newest result, or its creation there. Raises Conflict where
    there is neither, and where a result would lead past the rating that is `who`'s to give first."""
    with app.database.store() as store:
        application = store.application(row.organisation_id, application_id)
        result = app.pipeline.outcomes.newest(store, application)
        there = row.id in knowing(store, application)
    if not there:
        payload = _creation(app, row, application)
    elif result is not None:
        if result.type != "assessment.withdrawn":
            reviewing.let_in(app, who, receivers.interview_of(result))
        payload = {"what": "result", "result": result.model_dump(mode="json")}
    else:
        raise Conflict("There is no result yet: it is written when the interview is over.")
    delivery = Delivery(
        organisation_id=row.organisation_id,
        kind="connection",
        key=f"rehearsal:{application_id}",
        subject=application.candidate_id,
        connection_id=row.id,
        application_id=application_id,
        payload=PersonalJson(payload, subject=application.candidate_id),
        done={},
        begun="",
    )
    return Carrier(app).rehearse(delivery, row)


def hand_over(app: App, organisation_id: str, application_id: str, connection_id: str) -> Delivery:
    """Create person and application in another system, once; results follow. One that was given up is tried again.
    Raises Conflict where it is known there, or its job is linked to no opening there."""
    with app.database.reading() as store:
        row = switched_on(store.connection(organisation_id, connection_id))
        application = store.application(organisation_id, application_id)
        known = store.remotes_of(organisation_id, "application", application_id)
    if any(each.connection_id == connection_id for each in known):
        raise Conflict(f"{row.name} knows this application already.")
    payload = _creation(app, row, application)
    with app.database.store() as store:
        key = f"create:{application_id}:{connection_id}"
        delivery, new = receivers.post(store, row, application, payload, key, now=app.now)
        if not new and delivery.state == "dead":
            delivery = store.replay_delivery(organisation_id, delivery.id, now=app.now)
    app.pipeline.deliver_due()
    return delivery


def _creation(app: App, row: Connection, application: Application) -> dict[str, Any]:
    if vendor(row.vendor).about.can.create is None:
        raise Conflict(f"{row.name} takes no new people from us.")
    with app.database.reading() as store:
        linked = store.remotes_of(row.organisation_id, "job", application.job_id)
        opening = next((each.remote_id for each in linked if each.connection_id == row.id), None)
        sources = store.sources(row.organisation_id, application.candidate_id)
    if opening is None:
        raise Conflict(f"This job is linked to no opening in {row.name}. Link it on the connection's page first.")
    candidate = application.candidate
    person = CandidateIntake(
        filename=application.document.filename,
        name=candidate.name,
        email=candidate.email,
        phone=candidate.phone,
        external_id=application.id,
        source=sources[0].source if sources else application.source,
        origin="upload",
    )
    url = address_of(app, f"/applications/{application.id}")
    return {"what": "create", "candidate": person.model_dump(mode="json"), "job": opening, "url": url}


def decide(app: App, who: Recruiter, application_id: str, connection_id: str, kind: str, reason: str) -> Delivery:
    """Pass a person's decision on. Raises Forbidden without a person's name, Conflict where it is not allowed, or could
    not be carried out: the person hears it now, not from the log. The same again, while it holds, is the same."""
    with app.database.reading() as store:
        row = store.connection(who.organisation_id, connection_id)
        application = store.application(who.organisation_id, application_id)
        known = store.remotes_of(who.organisation_id, "application", application_id)
    if who.person is None:
        raise Forbidden("Only a named person can decide: sign in with your name, or send Foyer-Person.")
    switched_on(row)
    if vendor(row.vendor).about.can.decide is None:
        raise Conflict(f"{row.name} takes no decisions from us. Decide there.")
    if not row.may_decide:
        raise Conflict(f"Decisions are not passed on to {row.name}. Allow it on the connection's page.")
    if all(each.connection_id != connection_id for each in known):
        raise Conflict(f"{row.name} does not know this application, so there is nothing to decide there.")
    with app.database.reading() as store:
        last, holds = _decided(store, row, application)
    if last is not None and holds and last.payload.get("kind") == kind:
        return last
    delivery = Delivery(
        organisation_id=who.organisation_id,
        kind="connection",
        key=f"decision:{application_id}:{kind}:{connection_id}:{last.id if last is not None else ''}",
        subject=application.candidate_id,
        connection_id=connection_id,
        application_id=application_id,
        payload={"what": "decision", "kind": kind, "person": who.person.signature, "reason": reason},
    )
    Carrier(app).writes(delivery, row)
    with app.database.store() as store:
        delivery, _ = receivers.post(store, row, application, delivery.payload, delivery.key, now=app.now)
    app.pipeline.deliver_due()
    return delivery


def _decided(store: Store, row: Connection, application: Application) -> tuple[Delivery | None, bool]:
    """The newest decision that was passed on, and whether it holds: one that was given up does not, nor one after which
    the other system has told of a change. What it tells within a minute is this decision's own echo."""
    sent = store.connected_deliveries(row, application_id=application.id)
    last = next((each for each in sent if each.payload.get("what") == "decision"), None)
    if last is None or last.state == "dead":
        return last, False
    told = [each for each in store.outcomes(row.organisation_id, application.id) if each.connection_id == row.id]
    changed = [each for each in told if each.kind in ("undone", "stage") and each.at > last.created_at + ECHO]
    return last, not changed


def switched_on(row: Connection) -> Connection:
    """Raises Conflict where it is switched off: what is to be done would wait unseen."""
    if not row.enabled:
        raise Conflict(f"{row.name} is switched off. Switch it on, on the connection's page, and try again.")
    return row


def link(app: App, row: Connection, remote_id: str, job_id: str | None) -> None:
    """An opening's people are wanted for a job from now on (None: no longer). What came before the link is read now,
    and the results of those who are here already are sent."""
    with app.database.store() as store:
        if job_id is None:
            store.unlink(row, "job", remote_id)
            return
        store.job(row.organisation_id, job_id)
        store.remember(row, "job", remote_id, local_id=job_id, now=app.now)
        for event in store.inbox(row, state="dead"):
            if "problem" not in event.event.get(ITEM, {}):  # a line that cannot be used is no more usable now
                store.reread(row.organisation_id, event.id, app.now)
        store.read_anew(row.organisation_id, row.id)
    app.pipeline.read_due()


def send_again(app: App, row: Connection) -> int:
    """Back-fill: the newest result of every application that the system knows and has not got it; returns how many."""
    sent = 0
    with app.database.reading() as store:
        known = [each.local_id for kind in ("application", "order") for each in store.remotes(row, kind)]
        out_of_pools = [id for each in store.remotes(row, "candidate") for id in each.data or {}]
    for application_id in dict.fromkeys([*known, *out_of_pools]):
        if application_id is not None:
            with app.database.store() as store:
                sent += _newest(store, row, application_id, app)
    app.pipeline.deliver_due()
    return sent


def _newest(store: Store, row: Connection, application_id: str, app: App) -> int:
    """One that was given up is tried again; one that is there, or on its way, is left alone."""
    application = store.application(row.organisation_id, application_id)
    result = app.pipeline.outcomes.newest(store, application)
    if result is None:
        return 0
    sent = [
        each
        for each in store.connected_deliveries(row, application_id=application_id)
        if each.payload.get("what") == "result" and each.payload["result"]["id"] == result.id
    ]
    if not sent:
        return receivers.to_system(store, row, application, result, f"report:{result.id}", now=app.now)
    if sent[0].state != "dead":
        return 0
    store.replay_delivery(row.organisation_id, sent[0].id, now=app.now)
    return 1


def read_now(app: App, row: Connection, *, anew: bool) -> None:
    """Ask the system now; `anew`: for everything, not only what is new. Raises Conflict while it is switched off."""
    switched_on(row)
    with app.database.store() as store:
        if anew:
            store.read_anew(row.organisation_id, row.id)
        else:
            store.read_soon(row.organisation_id, row.id)
    app.pipeline.read_due()
