"""What goes to other systems: a delivery becomes a connector's writes, each made once. Called by the delivery step.

Every write is noted before it is made and after. One that was begun and never heard of again is looked for first, also
when the process died in between. A refusal of one write does not keep the next from being made.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import structlog
from pydantic import ValidationError

from api import receivers, report_links
from api.unexpected import UNEXPECTED, where, words
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
        try:
            receipt = self._push(delivery, row)
        except PushRejected as refused:
            self._app.connections.went(row, refused)
            raise
        except ValidationError:  # what was kept here, not what came from there
            raise
        except UNEXPECTED as broken:
            log.warning("delivery.unexpected", connection=row.id, kind=type(broken).__name__, where=where(broken))
            said = f"{row.name} gave an answer that Foyer does not understand: {words(broken)}."
            strange = PushRejected(f"{said} It is tried again; what is there is not written twice.", retry=True)
            self._app.connections.went(row, strange, show=True)
            raise strange from broken
        self._app.connections.went(row, None)
        return receipt

    def _push(self, delivery: Delivery, row: Connection) -> Receipt:
        service, done = self._app.connections.service(row), dict(delivery.done)
        refused: list[str] = []
        scope = False
        fleeting: dict[str, str] = {}
        writes = self.writes(delivery, row)
        for write in writes:
            if write.name in done or write.prepares in done:
                continue
            try:
                request = write.request({**done, **fleeting})
            except KeyError:  # what it builds on was refused
                continue
            try:
                if write.prepares:
                    fleeting[write.name] = write.reference(service.send(request))
                else:
                    done[write.name] = self._make(delivery, write, request, {**done, **fleeting}, service)
            except PushRejected as failure:
                if failure.retry:
                    raise
                refused.append(f"{write.says.rstrip('.')}: {failure.detail}")
                scope |= failure.scope
        if refused:
            raise PushRejected("; ".join(refused), scope=scope)
        self._learn(delivery, row, done)
        made = [f"{name} {reference[:LONGEST_REFERENCE]}".strip() for name, reference in done.items()]
        return Receipt(reference=", ".join(made)[:300] or "nothing to send")

    def _make(self, delivery: Delivery, write: Write, request: Request, done: dict[str, str], service: Service) -> str:
        own = (delivery.organisation_id, delivery.id, write.name)
        if write.found is not None and (write.look_first or delivery.begun == write.name):
            there = look(write.found, done, service)
            if there is not None:
                return self._ended(own, there)
        with self._app.database.store() as store:
            store.begin_write(*own)
        try:
            response = service.send(request)
        except PushRejected as failure:
            if not failure.unsure:
                with self._app.database.store() as store:
                    store.end_write(*own, None)
            raise
        return self._ended(own, write.reference(response))

    def _ended(self, own: tuple[str, str, str], reference: str) -> str:
        with self._app.database.store() as store:
            store.end_write(*own, reference)
        return reference

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
        interview_id = result.id.removeprefix("result_").rpartition("_")[0]
        made = report_links.pdf_of(self._app, organisation_id, interview_id, "A4")
        return made if isinstance(made, bytes) else None

    def _resume(self, delivery: Delivery) -> bytes:
        if delivery.application_id is None:
            return b""
        with self._app.database.reading() as store:
            application = store.application(delivery.organisation_id, delivery.application_id)
            sha256 = application.document.sha256
        return self._app.files.get(sha256)

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


def _unchosen(row: Connection, key: str) -> str:
    label = next((each.label for each in vendor(row.vendor).about.mapped if each.key == key), key)
    return f"{row.name} needs a choice of yours first: {label!r}. Make it on the connection's page, under Choices."


def look(lookup: Lookup, done: References, service: Service) -> str | None:
    """Through all pages."""
    request: Request | None = lookup.request(done)
    while request is not None:
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
