"""What the audit log is made of: the closed list of deeds, who acts, and how one entry is chained to the one before.
`models.store.audit` appends by it, `compliance.audit` verifies by it; both must hash the same bytes.

An entry holds no personal data in clear: people are pseudonyms, candidates random ids, and of everything else it holds
only a salted commitment to what is kept elsewhere and can be destroyed there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

from models.values import Person

Action = Literal[
    "access.signed_in",
    "access.refused",
    "access.signed_out_everywhere",
    "user.added",
    "user.invited",
    "user.invitation_withdrawn",
    "user.accepted",
    "user.changed",
    "user.disabled",
    "user.enabled",
    "user.reset_link_made",
    "user.password_changed",
    "identity.changed",
    "identity.removed",
    "job.member_added",
    "job.member_removed",
    "agency.added",
    "agency.revoked",
    "key.created",
    "key.revoked",
    "job.created",
    "job.changed",
    "job.removed",
    "organisation.renamed",
    "job.requirements_changed",
    "job.kit_changed",
    "job.approved",
    "job.approval_withdrawn",
    "batch.paused",
    "batch.resumed",
    "batch.cancelled",
    "application.received",
    "application.unreadable",
    "application.retried",
    "screening.made",
    "decision.advance",
    "decision.reject",
    "decision.other",
    "decision.advance_undone",
    "decision.reject_undone",
    "round.confirmed",
    "sample.drawn",
    "note.made",
    "note.changed",
    "note.deleted",
    "interview.invited",
    "interview.link_renewed",
    "interview.extended",
    "interview.reminded",
    "interview.opened",
    "interview.ended",
    "interview.reopened",
    "interview.chosen",
    "consent.given",
    "consent.withdrawn",
    "request.made",
    "request.answered",
    "remark.made",
    "recording.erased",
    "rating.blind",
    "rating.skipped",
    "rating.final",
    "review.revealed",
    "report.made",
    "report.shared",
    "report.link_opened",
    "report.link_revoked",
    "delivery.delivered",
    "delivery.given_up",
    "delivery.replayed",
    "endpoint.added",
    "endpoint.switched_off",
    "endpoint.switched_on",
    "endpoint.removed",
    "connection.added",
    "connection.changed",
    "connection.authorised",
    "connection.removed",
    "template.changed",
    "message.tested",
    "message.bounced",
    "address.corrected",
    "channel.added",
    "channel.changed",
    "channel.removed",
    "subscription.changed",
    "subscription.removed",
    "branding.changed",
    "candidate.erased",
    "candidate.exported",
    "candidate.opted_out",
    "candidate.merged",
    "candidate.unmerged",
    "correction.accepted",
    "hold.placed",
    "hold.lifted",
    "impact.counted",
    "law.changed",
    "retention.purged",
    "processing.suspended",
    "processing.resumed",
    "audit.exported",
    "audit.purged",
]
ObjectKind = Literal[
    "organisation",
    "key",
    "user",
    "agency",
    "job",
    "batch",
    "application",
    "candidate",
    "interview",
    "request",
    "report",
    "link",
    "delivery",
    "endpoint",
    "connection",
    "template",
    "branding",
    "channel",
    "subscription",
    "hold",
    "certificate",
    "audit",
]
GENESIS = "0" * 64
"""What the first entry of a chain is chained to."""


# ---------------------------------------------------------------- who acts


@dataclass(slots=True)
class Acting:
    """Who is at work. `id`: of the account, key, connection or agency; `person`: where somebody is known, or gave a
    name. A visitor has not shown who they are; command: whoever may use the command line on this machine."""

    kind: Literal["foyer", "visitor", "candidate", "user", "key", "connection", "agency", "command"] = "foyer"
    id: str = ""
    person: Person | None = None


_acting: ContextVar[Acting | None] = ContextVar("foyer_acting", default=None)


def acting() -> Acting:
    """The service itself, unless a door (`acting_as`) said otherwise. The holder may be filled in later: a request is
    let in before it has said who it is."""
    return _acting.get() or Acting()


def acts(
    kind: Literal["candidate", "user", "key", "connection", "agency"], id: str = "", person: Person | None = None
) -> None:
    """Whoever came in as a visitor has shown who they are. Outside a request nothing changes."""
    who = _acting.get()
    if who is not None:
        who.kind, who.id, who.person = kind, id, person


@contextmanager
def acting_as(who: Acting) -> Iterator[Acting]:
    """Within the block, and in the threads that it starts by copying its context, `who` acts."""
    token = _acting.set(who)
    try:
        yield who
    finally:
        _acting.reset(token)


# ---------------------------------------------------------------- one entry


@dataclass(frozen=True, slots=True)
class Deed:
    """Something done, not yet in the log. `about`: the candidate it concerns, by whose random id the entry names them
    also where they are the object; `details`: what it was, to which the entry commits."""

    organisation_id: str
    action: Action
    object_kind: ObjectKind
    object_id: str
    about: str | None
    details: Mapping[str, Any]
    who: Acting


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """An entry as it is hashed and exported. `at` is UTC, `hash` hex; `subject`, `commitment` None where nobody, or
    nothing, is behind it."""

    organisation_id: str
    seq: int
    at: datetime
    actor: str
    action: str
    object_kind: str
    object_id: str
    subject: str | None
    commitment: str | None
    hash: str = ""

    def as_json(self) -> dict[str, Any]:
        """One line of an export."""
        return {**self._hashed(), "hash": self.hash}

    def chained(self, before: str) -> AuditEvent:
        """With the hash that it must carry behind `before`: sha256(before || canonical JSON), both as text."""
        return replace(self, hash=hashlib.sha256(before.encode() + canonical(self._hashed())).hexdigest())

    def _hashed(self) -> dict[str, Any]:
        return {
            "kind": "event",
            "v": 1,
            "organisation": self.organisation_id,
            "seq": self.seq,
            "at": instant(self.at),
            "actor": self.actor,
            "action": self.action,
            "object_kind": self.object_kind,
            "object_id": self.object_id,
            "subject": self.subject,
            "commitment": self.commitment,
        }


def canonical(value: Mapping[str, Any]) -> bytes:
    """One spelling of a JSON object: keys in order, no blanks, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def instant(at: datetime) -> str:
    """UTC to the microsecond, always of the same length."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def commitment(salt: str, details: Mapping[str, Any]) -> str:
    """Binds an entry to its details and tells nothing of them: without the salt they cannot be guessed either."""
    return hashlib.sha256(salt.encode() + canonical(details)).hexdigest()


def content_hash(value: Mapping[str, Any]) -> str:
    """Of a row's content, for an entry's details."""
    return hashlib.sha256(canonical(value)).hexdigest()
