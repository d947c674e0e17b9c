"""Reports, webhook endpoints and deliveries: what leaves the house. Part of `models.store.Store`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.exc import IntegrityError

from models.deeds import Action, content_hash
from models.errors import BadRequest, Conflict
from models.records import (
    Application,
    Candidate,
    Connection,
    Delivery,
    DeliveryAttempt,
    DeliveryKind,
    DeliveryState,
    Endpoint,
    Interview,
    Personal,
    PersonalJson,
    Report,
    secrets_of,
)
from models.store.base import DECIDED, Rows
from models.values import Scorecard

_OPEN = ","
INVITING = ("invitation:", "booking:", "reminder:", "nudge:")
"""Keys of messages that nobody is sent who has withdrawn, and that wait while invitations are suspended."""
CHECKPOINTS = "checkpoint:"
"""Keys of deliveries that tell where the audit log stands."""


class Deliveries(Rows):
    # ------------------------------------------------------------ reports

    def finish_report(
        self,
        organisation_id: str,
        *,
        interview_id: str,
        scorecard: Scorecard,
        html_sha256: str,
        json_sha256: str | None = None,
        payloads: Mapping[str, Mapping[str, Any]],
        now: datetime,
    ) -> tuple[Report, list[Delivery]]:
        """The report, one delivery for each endpoint id of `payloads`, and the stage `reported`, in this transaction.

        With a report there already it is returned with its deliveries, and nothing is added."""
        interview = self._lock(Interview, organisation_id, interview_id)
        if (known := self.report_of(organisation_id, interview_id)) is not None:
            return known, self._deliveries_of(known)
        application = self._lock(Application, organisation_id, interview.application_id)
        report = self._add(_report(application, interview_id, 1, scorecard, html_sha256, json_sha256, now))
        interview.reported_at = now
        deliveries = [
            self.add_delivery(
                organisation_id,
                kind="webhook",
                key=f"report:{report.id}:{endpoint_id}",
                payload=payload,
                subject=application.candidate_id,
                endpoint_id=endpoint_id,
                application_id=application.id,
                now=now,
            )[0]
            for endpoint_id, payload in payloads.items()
        ]
        if application.stage not in DECIDED:
            application.stage = "reported"
        _stands(application, report)
        application.updated_at = now
        self._session.flush()
        about = application.candidate_id
        self._note(
            organisation_id,
            "report.made",
            "report",
            report.id,
            about=about,
            interview=interview_id,
            html_sha256=html_sha256,
            json_sha256=json_sha256,
        )
        return report, deliveries

    def add_report_version(
        self,
        organisation_id: str,
        interview_id: str,
        scorecard: Scorecard,
        *,
        html_sha256: str,
        json_sha256: str,
        now: datetime,
    ) -> Report:
        """Beside the reports there are, which stay as they were. Raises Conflict where there is none yet."""
        interview = self._lock(Interview, organisation_id, interview_id)
        known = self.report_of(organisation_id, interview_id)
        if known is None:
            raise Conflict("There is no report yet: it is written within moments of the interview's end.")
        application = self._own(Application, organisation_id, interview.application_id)
        version = known.version + 1
        made = self._add(_report(application, interview_id, version, scorecard, html_sha256, json_sha256, now))
        if application.overall == known.scorecard.get("overall"):  # else another interview's report stands
            _stands(application, made)
        facts: dict[str, Any] = {"version": made.version, "html_sha256": html_sha256, "json_sha256": json_sha256}
        about = application.candidate_id
        self._note(organisation_id, "correction.accepted", "report", made.id, about=about, **facts)
        return made

    def report_versions(self, organisation_id: str, interview_id: str) -> list[Report]:
        """Oldest first; the newest stands."""
        self._own(Interview, organisation_id, interview_id)
        query = select(Report).where(Report.interview_id == interview_id)
        return list(self._session.scalars(query.order_by(Report.version)))

    def report_of(self, organisation_id: str, interview_id: str) -> Report | None:
        """The newest version."""
        self._own(Interview, organisation_id, interview_id)
        query = select(Report).where(Report.interview_id == interview_id).order_by(Report.version.desc()).limit(1)
        return self._session.scalar(query)

    def report(self, organisation_id: str, id: str) -> Report:
        return self._own(Report, organisation_id, id)

    def _deliveries_of(self, report: Report) -> list[Delivery]:
        query = select(Delivery).where(
            Delivery.organisation_id == report.organisation_id, Delivery.key.startswith(f"report:{report.id}:")
        )
        return list(self._session.scalars(query.order_by(Delivery.id)))

    def results_of(self, organisation_id: str, application_id: str) -> list[dict[str, Any]]:
        """The results queued for receivers, as JSON, each id once, oldest first."""
        self._own(Application, organisation_id, application_id)
        query = select(Delivery).where(
            Delivery.organisation_id == organisation_id,
            Delivery.application_id == application_id,
            Delivery.key.startswith("report:"),
        )
        found = self._session.scalars(query.order_by(Delivery.created_at, Delivery.id))
        payloads = [each.payload.get("result", each.payload) for each in found]
        return list({payload["id"]: payload for payload in payloads if "id" in payload}.values())

    def supersede(self, organisation_id: str, application_id: str, report_id: str) -> None:
        """Another report stands: what is still on its way of the others is given up."""
        self._own(Application, organisation_id, application_id)
        others = ~Delivery.key.startswith(f"report:{report_id}:")
        waiting = Delivery.key.startswith("report:") & Delivery.state.in_(["pending", "failed"])
        mine = (Delivery.organisation_id == organisation_id) & (Delivery.application_id == application_id)
        for delivery in self._session.scalars(select(Delivery).where(mine & waiting & others)):
            delivery.state, delivery.next_at = "dead", None
            delivery.last_error = Personal(
                "Another interview of this application counts now.", subject=delivery.subject
            )
        self._session.flush()

    # ------------------------------------------------------------ endpoints

    def add_endpoint(self, organisation_id: str, *, url: str, secret: str, description: str, now: datetime) -> Endpoint:
        endpoint = self._add(
            Endpoint(
                organisation_id=organisation_id,
                url=url,
                secret=Personal(secret, subject=secrets_of(organisation_id)),
                description=description,
                created_at=now,
            )
        )
        self._note(organisation_id, "endpoint.added", "endpoint", endpoint.id, url=url)
        return endpoint

    def endpoints(self, organisation_id: str, *, enabled_only: bool = False) -> list[Endpoint]:
        """Oldest first."""
        query = select(Endpoint).where(Endpoint.organisation_id == organisation_id)
        if enabled_only:
            query = query.where(Endpoint.enabled)
        return list(self._session.scalars(query.order_by(Endpoint.created_at, Endpoint.id)))

    def endpoint(self, organisation_id: str, id: str) -> Endpoint:
        return self._own(Endpoint, organisation_id, id)

    def disable_endpoint(self, organisation_id: str, id: str, reason: str) -> Endpoint:
        """Its deliveries stay, and wait."""
        endpoint = self._lock(Endpoint, organisation_id, id)
        endpoint.enabled, endpoint.disabled_reason = False, reason
        self._note(organisation_id, "endpoint.switched_off", "endpoint", id)
        self._session.flush()
        return endpoint

    def enable_endpoint(self, organisation_id: str, id: str) -> Endpoint:
        endpoint = self._lock(Endpoint, organisation_id, id)
        endpoint.enabled, endpoint.disabled_reason = True, None
        self._note(organisation_id, "endpoint.switched_on", "endpoint", id)
        self._session.flush()
        return endpoint

    def remove_endpoint(self, organisation_id: str, id: str) -> None:
        """Forgets address and secret. What was still on its way there is given up."""
        endpoint = self._lock(Endpoint, organisation_id, id)
        for delivery in self._session.scalars(select(Delivery).where(Delivery.endpoint_id == id)):
            delivery.endpoint_id = None
            if delivery.state != "delivered":
                delivery.state, delivery.next_at = "dead", None
                delivery.last_error = Personal("The endpoint was removed.", subject=delivery.subject)
        self._note(organisation_id, "endpoint.removed", "endpoint", id)
        self._session.flush()
        self._session.delete(endpoint)
        self._session.flush()

    # ------------------------------------------------------------ deliveries

    def add_delivery(
        self,
        organisation_id: str,
        *,
        kind: DeliveryKind,
        key: str,
        payload: Mapping[str, Any],
        subject: str,
        endpoint_id: str | None = None,
        connection_id: str | None = None,
        application_id: str | None = None,
        now: datetime,
        due: datetime | None = None,
    ) -> tuple[Delivery, bool]:
        """Due at once, or when `due`. Says whether it was added: one `key` is sent once. `subject`: whose data the
        payload is."""
        if endpoint_id is not None:
            self._own(Endpoint, organisation_id, endpoint_id)
        elif kind == "webhook":
            raise BadRequest("A webhook delivery needs an endpoint to go to.")
        if connection_id is not None:
            self._own(Connection, organisation_id, connection_id)
        elif kind == "connection":
            raise BadRequest("A delivery to another system needs a connection to go to.")
        if application_id is not None:
            self._own(Application, organisation_id, application_id)
        delivery = Delivery(
            organisation_id=organisation_id,
            kind=kind,
            key=key,
            subject=subject,
            endpoint_id=endpoint_id,
            connection_id=connection_id,
            application_id=application_id,
            payload=PersonalJson(payload, subject=subject),
            done={},
            begun="",
            state="pending",
            next_at=due or now,
            created_at=now,
        )
        same = select(Delivery).where(Delivery.organisation_id == organisation_id, Delivery.key == key)
        if (known := self._session.scalar(same)) is not None:
            return known, False
        try:
            with self._session.begin_nested():
                self._session.add(delivery)
        except IntegrityError:  # another process added the same key a moment ago
            return self._session.scalars(same).one(), False
        return delivery, True

    def drop_unsent(self, organisation_id: str, prefix: str) -> int:
        """Forget messages whose key begins so and that nobody has tried to send; how many they were."""
        unsent = (Delivery.state == "pending") & (Delivery.attempts == 0)
        mine = (Delivery.organisation_id == organisation_id) & Delivery.key.startswith(prefix, autoescape=True)
        return self._session.execute(delete(Delivery).where(mine & unsent)).rowcount  # type: ignore[attr-defined, no-any-return]

    def messages_of(self, organisation_id: str, application_id: str, prefix: str) -> list[Delivery]:
        """Of an application, those whose key begins so, newest first."""
        self._own(Application, organisation_id, application_id)
        mine = (Delivery.application_id == application_id) & Delivery.key.startswith(prefix, autoescape=True)
        return list(self._session.scalars(select(Delivery).where(mine).order_by(Delivery.id.desc())))

    def offered_before(self, organisation_id: str, interview_ids: Collection[str]) -> set[str]:
        """Which of these interviews another way was offered for."""
        keys = [f"alternative:{id}" for id in interview_ids]
        query = select(Delivery.key).where(Delivery.organisation_id == organisation_id, Delivery.key.in_(keys))
        return {key.partition(":")[2] for key in self._session.scalars(query)}

    def told_of_decision(self, organisation_id: str, application_id: str, since: datetime) -> list[tuple[str, str]]:
        """("adverse" or "outcome", name of the system) of what was delivered since then and tells of a rejection."""
        self._own(Application, organisation_id, application_id)
        query = (
            select(Delivery.key, Connection.name)
            .outerjoin(Connection, Connection.id == Delivery.connection_id)
            .where(Delivery.application_id == application_id, Delivery.state == "delivered")
            .where(Delivery.created_at >= since)
            .where(or_(Delivery.key.startswith("outcome:"), Delivery.key.startswith("adverse:")))
        )
        found = self._session.execute(query.order_by(Delivery.created_at, Delivery.id))
        return [(key.partition(":")[0], name or "") for key, name in found]

    def was_sent(self, organisation_id: str, prefix: str) -> bool:
        """Whether a message whose key begins so has been delivered."""
        mine = (Delivery.organisation_id == organisation_id) & Delivery.key.startswith(prefix, autoescape=True)
        query = select(Delivery.id).where(mine, Delivery.state == "delivered").limit(1)
        return self._session.scalar(query) is not None

    def delivery(self, organisation_id: str, id: str) -> Delivery:
        return self._own(Delivery, organisation_id, id)

    def deliveries(
        self, organisation_id: str, *, state: DeliveryState | None = None, limit: int = 100
    ) -> list[Delivery]:
        """Newest first."""
        query = select(Delivery).where(Delivery.organisation_id == organisation_id)
        if state is not None:
            query = query.where(Delivery.state == state)
        return list(self._session.scalars(query.order_by(Delivery.created_at.desc(), Delivery.id.desc()).limit(limit)))

    def attempts(self, organisation_id: str, delivery_id: str) -> list[DeliveryAttempt]:
        """Oldest first."""
        self._own(Delivery, organisation_id, delivery_id)
        query = select(DeliveryAttempt).where(DeliveryAttempt.delivery_id == delivery_id)
        return list(self._session.scalars(query.order_by(DeliveryAttempt.at, DeliveryAttempt.id)))

    def record_attempt(
        self,
        organisation_id: str,
        delivery_id: str,
        *,
        at: datetime,
        state: DeliveryState,
        status: int | None,
        error: str | None,
        seconds: float,
        next_at: datetime | None,
        reference: str | None,
    ) -> Delivery:
        """What one attempt led to. `next_at` None: no further one. What was delivered stays delivered, whatever a
        second attempt that ran beside it reports; what was given up meanwhile is not tried again."""
        delivery = self._lock(Delivery, organisation_id, delivery_id)
        sealed = None if error is None else Personal(error, subject=delivery.subject)
        self._session.add(
            DeliveryAttempt(
                organisation_id=organisation_id,
                delivery_id=delivery_id,
                at=at,
                status=status,
                error=sealed,
                seconds=seconds,
            )
        )
        delivery.attempts += 1
        if delivery.state == "pending" or state == "delivered":
            delivery.state, delivery.last_error = state, sealed
            delivery.next_at = None if state == "delivered" else next_at
            delivery.delivered_at = at if state == "delivered" else None
            delivery.reference = reference if reference is not None else delivery.reference
            self._note_outcome(delivery, status)
        self._session.flush()
        return delivery

    def _note_outcome(self, delivery: Delivery, status: int | None) -> None:
        """Not of checkpoints: a log that logs its own receipts never comes to rest."""
        if delivery.key.startswith(CHECKPOINTS) or delivery.state not in ("delivered", "dead"):
            return
        action: Action = "delivery.delivered" if delivery.state == "delivered" else "delivery.given_up"
        mine = select(Candidate.id).where(Candidate.id == delivery.subject)
        about = self._session.scalar(mine)
        to = delivery.endpoint_id or delivery.connection_id
        self._note(
            delivery.organisation_id,
            action,
            "delivery",
            delivery.id,
            about=about,
            way=delivery.kind,
            to=to,
            status=status,
            content=content_hash(delivery.payload),
        )

    def begin_write(self, organisation_id: str, delivery_id: str, name: str, begun: Collection[str]) -> bool:
        """Before a write is made: should nothing be heard of it again, it may have arrived. `begun`: those that were
        left open, as the caller knows them. False, and nothing is noted: another attempt has written meanwhile."""
        delivery = self._lock(Delivery, organisation_id, delivery_id)
        if name in delivery.done or open_writes(delivery) != set(begun):
            return False
        delivery.begun = _OPEN.join(sorted({*begun, name}))
        self._session.flush()
        return True

    def end_write(self, organisation_id: str, delivery_id: str, name: str, reference: str | None) -> None:
        """Made, or found; None: certainly not made, so that it is free to be tried again."""
        delivery = self._lock(Delivery, organisation_id, delivery_id)
        delivery.begun = _OPEN.join(sorted(open_writes(delivery) - {name}))
        if reference is not None:
            delivery.done = {**delivery.done, name: reference}
        self._session.flush()

    def replay_delivery(self, organisation_id: str, delivery_id: str, now: datetime) -> Delivery:
        """Send it (again), now, with the same id for the receiver."""
        delivery = self._lock(Delivery, organisation_id, delivery_id)
        if delivery.kind == "webhook" and delivery.endpoint_id is None:
            raise BadRequest("The endpoint of this delivery was removed; there is nowhere to send it.")
        if delivery.endpoint_id is not None and not self.endpoint(organisation_id, delivery.endpoint_id).enabled:
            raise Conflict("The endpoint of this delivery is switched off. Switch it on, then replay.")
        if delivery.kind == "connection" and delivery.connection_id is None:
            raise BadRequest("The connection of this delivery was removed; there is nowhere to send it.")
        delivery.state, delivery.next_at, delivery.delivered_at = "pending", now, None
        self._note(organisation_id, "delivery.replayed", "delivery", delivery_id)
        self._session.flush()
        return delivery


def open_writes(delivery: Delivery) -> set[str]:
    """Names of those that were begun and not heard of again: each may have arrived."""
    return set(filter(None, delivery.begun.split(_OPEN)))


def _stands(application: Application, report: Report) -> None:
    """Its score and recommendation, where they can be counted."""
    application.overall = report.scorecard.get("overall")
    application.recommendation = report.scorecard.get("recommendation")


def _report(
    application: Application,
    interview_id: str,
    version: int,
    scorecard: Scorecard,
    html_sha256: str,
    json_sha256: str | None,
    now: datetime,
) -> Report:
    return Report(
        organisation_id=application.organisation_id,
        interview_id=interview_id,
        application_id=application.id,
        version=version,
        scorecard=PersonalJson(scorecard.model_dump(mode="json"), subject=application.candidate_id),
        html_sha256=html_sha256,
        json_sha256=json_sha256,
        created_at=now,
    )
