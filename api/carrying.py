"""What goes to other systems: a delivery becomes a connector's writes, each made once. Called by the delivery step.

Every write is noted before it is made and after. One that was begun and never heard of again is looked for first, also
when the process died in between. A refusal of one write does not keep the next from being made.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import structlog

from api import receivers, report_links
from api.unexpected import UNEXPECTED, where, words
from integrations.paging import Turning
from integrations.vendors import vendor
from models.engines import Service
from models.errors import BadRequest, Conflict, PushRejected
from models.exchange import (
    CandidateIntake,
    Decision,
    Handover,
    Lookup,
    Outcome,
    Outgoing,
    References,
    Request,
    Target,
    Write,
)
from models.records import Connection, Delivery
from models.store import Store
from models.store.deliveries import open_writes
from models.values import AssessmentResult, Receipt

if TYPE_CHECKING:
    from api.deps import App

log = structlog.get_logger("foyer.carrying")

LONGEST_REFERENCE = 60
"""Characters of one that a receipt shows: an id fits, what a connector wants to know again need not."""


class Carrier:
    """Over one running App. Thread-safe."""

    def __init__(self, app: App) -> None:
        self._app = app

    def push(self, delivery: Delivery) -> Receipt:
        """One attempt at everything of it that is not done. Raises PushRejected."""
        with self._app.database.reading() as store:
            row = store.connection(delivery.organisation_id, delivery.connection_id or "")
            if _is_overtaken(store, row, delivery):
                raise PushRejected("A newer result of this application has gone there, or is on its way there.")
        try:
            receipt = self._push(delivery, row)
        except PushRejected as refused:
            self._app.connections.went(row, refused, show=isinstance(refused.__cause__, UNEXPECTED))
            raise
        self._app.connections.went(row, None)
        return receipt

    def _push(self, delivery: Delivery, row: Connection) -> Receipt:
        attempt = _Attempt(self._app, delivery, row)
        for write in self.writes(delivery, row):
            attempt.make(write)
        if attempt.refused:
            raise PushRejected("; ".join(attempt.refused), scope=attempt.scope)
        self._learn(delivery, row, attempt.done)
        made = [f"{name} {reference[:LONGEST_REFERENCE]}".strip() for name, reference in attempt.done.items()]
        return Receipt(reference=", ".join(made)[:300] or "nothing to send")

    # ------------------------------------------------------------ what is to be written

    def writes(self, delivery: Delivery, row: Connection) -> Sequence[Write]:
        """Of a delivery, by what its payload is. Raises Conflict where the customer has not chosen what it needs."""
        try:
            return self._writes(delivery, row)
        except KeyError as missing:
            raise Conflict(_unchosen(row, str(missing.args[0]))) from missing

    def _writes(self, delivery: Delivery, row: Connection) -> Sequence[Write]:
        connector, payload = self._app.connections.connector(row), delivery.payload
        with self._app.database.reading() as store:
            target = target_of(store, row, delivery.application_id, delivery.subject)
        what = payload.get("what")
        if what == "result":
            result = AssessmentResult.model_validate(payload["result"])
            pdf = self._pdf(delivery.organisation_id, result) if connector.about.can.pdf is not None else None
            return connector.writes(Outgoing(result, target, row.mapping, pdf))
        if what == "create":
            person = CandidateIntake.model_validate(payload["candidate"])
            person = person.model_copy(update={"content": self._resume(delivery)})
            return connector.create(Handover(person, payload["job"], row.mapping, delivery.key, payload.get("url", "")))
        if what == "outcome":
            return connector.tell(Outcome.model_validate(payload["outcome"]), target, row.mapping)
        if what == "decision":
            if not row.may_decide:
                raise PushRejected("Decisions are not passed on: allow it on the connection's page.")
            decision = Decision(
                payload["kind"], target, row.mapping, payload["person"], payload.get("reason", ""), delivery.key
            )
            return connector.decide(decision)
        raise BadRequest(f"What this delivery is ({what!r}) is not known to this version.")

    def rehearse(self, delivery: Delivery, row: Connection) -> list[tuple[Write, Request]]:
        """Every write as it would be made, for a person to see; nothing is sent. What depends on an id that only the
        other side can give shows <name>."""
        return [(write, write.request(Unknown())) for write in self.writes(delivery, row)]

    def _pdf(self, organisation_id: str, result: AssessmentResult) -> bytes | None:
        if not result.report_pdf_url or result.type == "assessment.withdrawn":
            return None
        made = report_links.pdf_of(self._app, organisation_id, receivers.interview_of(result), "A4")
        return made if isinstance(made, bytes) else None

    def _resume(self, delivery: Delivery) -> bytes:
        if delivery.application_id is None:
            return b""
        with self._app.database.reading() as store:
            application = store.application(delivery.organisation_id, delivery.application_id)
        return self._app.files.get(application.document.sha256, subject=application.candidate_id)

    def _learn(self, delivery: Delivery, row: Connection, done: dict[str, str]) -> None:
        """Whom we created is known there from now on, so that results follow."""
        if delivery.payload.get("what") != "create" or delivery.application_id is None:
            return
        with self._app.database.store() as store:
            for kind, local in (("candidate", delivery.subject), ("application", delivery.application_id)):
                if done.get(kind):
                    store.remember(row, kind, done[kind], local_id=local, now=self._app.now)  # type: ignore[arg-type]
            application = store.application(delivery.organisation_id, delivery.application_id)
            if done.get("candidate") and not done.get("application"):  # a pool took them
                store.came_from_pool(row, done["candidate"], delivery.payload["job"], application, now=self._app.now)
            result = self._app.pipeline.outcomes.newest(store, application)
            if result is not None:
                receivers.to_system(store, row, application, result, f"report:{result.id}", now=self._app.now)


def _is_overtaken(store: Store, row: Connection, delivery: Delivery) -> bool:
    """Most systems have one place for a result: an older one that comes late would take the newer one's."""
    if delivery.payload.get("what") != "result" or delivery.application_id is None:
        return False
    others = store.connected_deliveries(row, application_id=delivery.application_id)
    results = [each for each in others if each.payload.get("what") == "result" and each.state != "dead"]
    own = delivery.payload["result"]["revision"]
    return any(each.payload["result"]["revision"] > own for each in results)


class _Attempt:
    """One attempt at the writes of a delivery. `done`: those that are made, with their references."""

    def __init__(self, app: App, delivery: Delivery, row: Connection) -> None:
        self._app, self._delivery, self._row = app, delivery, row
        self._service = app.connections.service(row)
        self.done = dict(delivery.done)
        self.refused: list[str] = []
        self.scope = False
        self._begun = open_writes(delivery)
        self._fleeting: dict[str, str] = {}

    def make(self, write: Write) -> None:
        """Unless it is done. What is refused is noted, and those that build on it are left out. Raises PushRejected
        for what is worth another try."""
        if write.name in self.done or write.prepares in self.done:
            return None
        known = {**self.done, **self._fleeting}
        try:
            request = write.request(known)
        except PushRejected as failure:
            return self._note(write, failure)
        except UNEXPECTED as odd:
            if not (self.refused and isinstance(odd, KeyError)):  # what it builds on was refused, which says enough
                self._note(write, PushRejected(f"it cannot be put into words ({type(odd).__name__})."))
            return None
        try:
            if write.prepares:
                self._fleeting[write.name] = write.reference(self._service.send(request))
            else:
                self.done[write.name] = self._once(write, request, known)
        except PushRejected as failure:
            return self._note(write, failure)
        except UNEXPECTED as odd:
            log.warning("delivery.unexpected", connection=self._row.id, kind=type(odd).__name__, where=where(odd))
            raise PushRejected(_odd(self._row, odd), retry=True, unsure=not write.prepares) from odd
        return None

    def _note(self, write: Write, failure: PushRejected) -> None:
        if failure.retry:
            raise failure
        self.refused.append(f"{write.says.rstrip('.')}: {failure.detail}")
        self.scope |= failure.scope

    def _once(self, write: Write, request: Request, known: References) -> str:
        if write.found is not None and (write.look_first or write.name in self._begun):
            there = look(write.found, known, self._service)
            if there is not None:
                return self._ended(write, there)
        own = (self._delivery.organisation_id, self._delivery.id, write.name)
        with self._app.database.store() as store:
            alone = store.begin_write(*own, self._begun)
        if not alone:
            raise PushRejected("Another attempt at this delivery is under way.", retry=True)
        self._begun.add(write.name)
        try:
            response = self._service.send(request)
        except PushRejected as failure:
            if not failure.unsure:
                self._ended(write, None)
            raise
        return self._ended(write, write.reference(response))

    def _ended(self, write: Write, reference: str | None) -> str:
        with self._app.database.store() as store:
            store.end_write(self._delivery.organisation_id, self._delivery.id, write.name, reference)
        self._begun.discard(write.name)
        return reference or ""


def _odd(row: Connection, odd: Exception) -> str:
    """Without what an answer holds, which may be about people."""
    said = f"{row.name} gave an answer that Foyer does not understand: {words(odd)}."
    return f"{said} It is tried again; what is there is not written twice."


def _unchosen(row: Connection, key: str) -> str:
    label = next((each.label for each in vendor(row.vendor).about.mapped if each.key == key), key)
    return f"{row.name} needs a choice of yours first: {label!r}. Make it on the connection's page, under Choices."


def look(lookup: Lookup, done: References, service: Service) -> str | None:
    """Through all pages. Raises Endless."""
    request: Request | None = lookup.request(done)
    turning = Turning()
    while request is not None:
        turning(request)
        answer = service.send(request)
        there = lookup.pick(answer)
        if there is not None:
            return there
        request = lookup.following(answer)
    return None


class Unknown(dict[str, str]):
    """References before there are any."""

    def __missing__(self, name: str) -> str:
        return f"<{name}>"


def target_of(store: Store, row: Connection, application_id: str | None, candidate_id: str) -> Target:
    """What the other system calls them; "" where it does not know them."""
    own = row.organisation_id

    def named(kind: Any, local: str | None) -> tuple[str, dict[str, Any], str]:
        if local is None:
            return "", {}, ""
        found = next((one for one in store.remotes_of(own, kind, local) if one.connection_id == row.id), None)
        return (found.remote_id, found.data or {}, found.id) if found is not None else ("", {}, "")

    application, about_application, _ = named("application", application_id)
    order, about_order, ours = named("order", application_id)
    job_id = store.application(own, application_id).job_id if application_id is not None else None
    extra = {key: str(value) for key, value in {**about_application, **about_order}.items()}
    candidate, pools, _ = named("candidate", candidate_id)
    if application_id is not None and pools.get(application_id):
        extra["pool"] = str(pools[application_id])
    return Target(candidate, application, extra.get("pool") or named("job", job_id)[0], order, extra, ours)
