"""Messages as people look for them: what went to whom, and what came back. Part of `models.store.Store`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select, tuple_

from models.errors import BadRequest
from models.records import (
    Application,
    Candidate,
    Delivery,
    DeliveryAttempt,
    DeliveryKind,
    DeliveryState,
    Job,
    Personal,
    PersonalJson,
)
from models.store.base import Rows

TO_PEOPLE: tuple[DeliveryKind, ...] = ("email", "sms", "chat")
BAD = "Mail to this address comes back. Correct it on the application's page; then this can be sent again."


@dataclass(frozen=True, slots=True)
class Listed:
    """A message, and whom it is about; nobody, where it is about no candidate."""

    delivery: Delivery
    candidate: Candidate | None
    job_title: str


class Messages(Rows):
    def messages(
        self,
        organisation_id: str,
        *,
        states: Sequence[DeliveryState] = (),
        address: str = "",
        before: tuple[datetime, str] | None = None,
        limit: int = 50,
    ) -> list[Listed]:
        """Newest first. `address`: of a candidate, whole; `before`: what follows this one."""
        wanted: list[ColumnElement[bool]] = [
            Delivery.organisation_id == organisation_id,
            Delivery.kind.in_(TO_PEOPLE),
        ]
        if states:
            wanted.append(Delivery.state.in_(states))
        if address:
            key = self._email_key(organisation_id, address)
            named = select(Candidate.id).where(Candidate.organisation_id == organisation_id, Candidate.email_key == key)
            wanted.append(Delivery.subject.in_(named))
        if before is not None:
            wanted.append(tuple_(Delivery.created_at, Delivery.id) < tuple_(*before))
        query = (
            select(Delivery, Candidate, Job.title)
            .outerjoin(Application, Application.id == Delivery.application_id)
            .outerjoin(Candidate, Candidate.id == Application.candidate_id)
            .outerjoin(Job, Job.id == Application.job_id)
            .where(*wanted)
            .order_by(Delivery.created_at.desc(), Delivery.id.desc())
            .limit(limit)
        )
        return [Listed(delivery, candidate, title or "") for delivery, candidate, title in self._session.execute(query)]

    def message_called(self, organisation_id: str, reference: str) -> Delivery | None:
        """By the id that was on it when it went out."""
        query = select(Delivery).where(Delivery.organisation_id == organisation_id, Delivery.reference == reference)
        return self._session.scalar(query.order_by(Delivery.created_at.desc()).limit(1))

    def called_by_address(self, organisation_id: str, email: str) -> list[Candidate]:
        key = self._email_key(organisation_id, email)
        query = select(Candidate).where(Candidate.organisation_id == organisation_id, Candidate.email_key == key)
        return list(self._session.scalars(query.order_by(Candidate.id)))

    def last_mail(self, organisation_id: str, candidate_id: str) -> Delivery | None:
        """The newest that was delivered to somebody."""
        self._own(Candidate, organisation_id, candidate_id)
        query = select(Delivery).where(
            Delivery.organisation_id == organisation_id,
            Delivery.subject == candidate_id,
            Delivery.kind == "email",
            Delivery.state == "delivered",
        )
        return self._session.scalar(query.order_by(Delivery.delivered_at.desc()).limit(1))

    def record_bounce(self, organisation_id: str, delivery_id: str, reason: str, *, at: datetime) -> bool:
        """It came back after it was delivered. False: that is known, or it has not gone out."""
        delivery = self._lock(Delivery, organisation_id, delivery_id)
        if delivery.state != "delivered":
            return False
        delivery.state, delivery.next_at = "bounced", None
        delivery.last_error = Personal(reason, subject=delivery.subject)
        self._session.add(
            DeliveryAttempt(
                organisation_id=organisation_id,
                delivery_id=delivery_id,
                at=at,
                status=None,
                error=Personal(reason, subject=delivery.subject),
                seconds=0.0,
            )
        )
        about = self._session.scalar(select(Candidate.id).where(Candidate.id == delivery.subject))
        self._note(organisation_id, "message.bounced", "delivery", delivery_id, about=about)
        self._session.flush()
        return True

    def mark_address(self, organisation_id: str, candidate_id: str, reason: str, *, now: datetime) -> None:
        """Bad, until somebody corrects it."""
        candidate = self._lock(Candidate, organisation_id, candidate_id)
        if candidate.bounced_at is None:
            candidate.bounced_at, candidate.bounce = now, Personal(reason, subject=candidate_id)
            self._session.flush()

    def correct_address(self, organisation_id: str, candidate_id: str, email: str) -> Candidate:
        """Nothing is known against the new one."""
        candidate = self._lock(Candidate, organisation_id, candidate_id)
        candidate.email = Personal(email, subject=candidate_id)
        candidate.email_key = self._email_key(organisation_id, email)
        candidate.bounced_at, candidate.bounce = None, None
        self._note(organisation_id, "address.corrected", "candidate", candidate_id, about=candidate_id)
        self._session.flush()
        return candidate

    def mails_to(self, organisation_id: str, candidate_id: str) -> list[Delivery]:
        """Those that have not arrived: waiting, given up, come back. Oldest first."""
        self._own(Candidate, organisation_id, candidate_id)
        query = select(Delivery).where(
            Delivery.organisation_id == organisation_id,
            Delivery.subject == candidate_id,
            Delivery.kind == "email",
            Delivery.state.in_(("pending", "failed", "dead", "bounced")),
        )
        return list(self._session.scalars(query.order_by(Delivery.created_at, Delivery.id)))

    def rewrite(self, organisation_id: str, delivery_id: str, message: str) -> None:
        """The same message with another header. Raises BadRequest for one that has arrived."""
        delivery = self._lock(Delivery, organisation_id, delivery_id)
        if delivery.state == "delivered":
            raise BadRequest("This message has arrived.")
        delivery.payload = PersonalJson({**delivery.payload, "message": message}, subject=delivery.subject)
        self._session.flush()

    def agree_to_texts(self, organisation_id: str, candidate_id: str, at: datetime | None) -> None:
        """None: they take it back."""
        candidate = self._lock(Candidate, organisation_id, candidate_id)
        candidate.texts_at = at
        self._session.flush()
