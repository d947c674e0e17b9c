"""Is the audit log whole? Verifies chains, signs and checks what is kept of them elsewhere. Pure: used by
`api.auditing` (the service, `foyer audit`) and by whoever holds an export and checkpoints and nothing else.

A chain alone shows that an entry was changed, taken out or moved. Whoever owns the database can cut its end off, or
write all of it anew; that is shown by checkpoints (signed heads of the chain) which lie where they cannot reach.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from models.deeds import GENESIS, AuditEvent, canonical, commitment, instant
from models.errors import BadRequest, Conflict

FLOOR = timedelta(days=183)
"""Entries are kept for six months at least (EU AI Act, articles 19 and 26(6)), whatever a rule pack says."""
CHECKPOINT_EVENTS, CHECKPOINT_EVERY = 1_000, timedelta(hours=1)
"""A checkpoint is due after so many entries, or so long after the last where there is any new entry."""
EVENT_TYPE = "audit.checkpoint"
"""What endpoints are sent it as."""

FaultKind = Literal["flip", "drop", "swap", "truncate", "rewrite", "forged", "details"]


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing that is wrong. `seq`: at which entry.

    flip: an entry was changed; drop: entries were taken out; swap: entries changed places, or one stands twice;
    truncate: the end is missing; rewrite: all was written anew, or began anew; forged: a checkpoint or stub was not
    signed by this key; details: what an entry commits to was changed."""

    kind: FaultKind
    seq: int
    detail: str


# ---------------------------------------------------------------- signatures


def private_key(seed: bytes) -> Ed25519PrivateKey:
    """`seed`: 32 bytes of the installation's own secret."""
    return Ed25519PrivateKey.from_private_bytes(seed)


def public_hex(key: Ed25519PrivateKey) -> str:
    """What an outsider needs, and may know."""
    return key.public_key().public_bytes_raw().hex()


def checkpoint(key: Ed25519PrivateKey, organisation_id: str, seq: int, hash: str, at: datetime) -> dict[str, Any]:
    """The chain's entry `seq` has this hash: signed, for those who keep it elsewhere."""
    facts = {"organisation": organisation_id, "seq": seq, "hash": hash, "at": instant(at)}
    return _signed(key, {"kind": "checkpoint", "v": 1, **facts})


def stub(key: Ed25519PrivateKey, last: AuditEvent, count: int, at: datetime) -> dict[str, Any]:
    """Stands for `count` entries up to `last` that are purged at `at`; the rest verifies behind it."""
    return _signed(
        key,
        {
            "kind": "stub",
            "v": 1,
            "organisation": last.organisation_id,
            "seq": last.seq,
            "hash": last.hash,
            "count": count,
            "last_at": instant(last.at),
            "at": instant(at),
        },
    )


def _signed(key: Ed25519PrivateKey, record: Mapping[str, Any]) -> dict[str, Any]:
    full = {**record, "key": public_hex(key)}
    return {**full, "signature": key.sign(_to_sign(full)).hex()}


def is_signed(record: Mapping[str, Any], key: str = "") -> bool:
    """By `key` (hex), or by the one it names, where none is given: then only as good as that key is known."""
    unsigned = {name: value for name, value in record.items() if name != "signature"}
    named = str(record.get("key", ""))
    if key and named != key:
        return False
    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(named))
        public.verify(bytes.fromhex(str(record.get("signature", ""))), _to_sign(unsigned))
    except (InvalidSignature, ValueError):
        return False
    return True


def _to_sign(record: Mapping[str, Any]) -> bytes:
    return b"foyer audit 1\n" + canonical(record)


# ---------------------------------------------------------------- verifying


def verify(
    events: Sequence[AuditEvent],
    checkpoints: Iterable[Mapping[str, Any]] = (),
    *,
    stub: Mapping[str, Any] | None = None,
    key: str = "",
) -> Fault | None:
    """The first fault of one organisation's chain, entries in the order they are kept in; None: there is none. `stub`:
    what stands for purged ones; `key`: the installation's public key, hex, if it is known from elsewhere."""
    base, before = 0, GENESIS
    if stub is not None:
        if not is_signed(stub, key):
            return Fault("forged", int(stub.get("seq", 0)), "The stub that stands for purged entries is not signed.")
        base, before = int(stub["seq"]), str(stub["hash"])
    chain = _chain_fault(events, base, before)
    if chain is not None:
        return chain
    return _checkpoint_fault(events, checkpoints, base, before, key)


def _chain_fault(events: Sequence[AuditEvent], base: int, before: str) -> Fault | None:
    for seq, event in enumerate(events, base + 1):
        if event.seq == seq and event.chained(before).hash == event.hash:
            before = event.hash
            continue
        return _fault_at(events, event, seq, before)
    return None


def _fault_at(events: Sequence[AuditEvent], event: AuditEvent, seq: int, before: str) -> Fault:
    """What was done to the entry found at the place `seq`: does any other entry belong here?"""
    if event.seq > seq and all(other.seq != seq for other in events):
        last = event.seq - 1
        return Fault("drop", seq, f"Entries {seq} to {last} are missing." if last > seq else f"Entry {seq} is missing.")
    for other in events:
        fitting = replace(other, seq=seq).chained(before).hash
        if other is not event and fitting in (other.hash, event.hash):
            return Fault("swap", seq, f"Entry {seq} is out of its place: another one belongs there.")
    if event.seq != seq:
        return Fault("swap", seq, f"Entry {event.seq} stands where {seq} belongs, or stands twice.")
    return Fault("flip", seq, f"Entry {seq}, or the one before it, is not as it was written.")


def _checkpoint_fault(
    events: Sequence[AuditEvent], checkpoints: Iterable[Mapping[str, Any]], base: int, before: str, key: str
) -> Fault | None:
    hashes = {base: before} | {event.seq: event.hash for event in events}
    last = max(hashes)
    for each in sorted(checkpoints, key=lambda one: int(one.get("seq", 0))):
        seq = int(each.get("seq", 0))
        if not is_signed(each, key):
            return Fault("forged", seq, f"The checkpoint of entry {seq} is not signed by this installation's key.")
        if seq > last:
            return Fault("truncate", last + 1, f"The log ends at {last}; it had {seq} entries on {each['at']}.")
        if seq >= base and hashes[seq] != each["hash"]:
            return Fault("rewrite", seq, f"The log was written anew: entry {seq} is another one than on {each['at']}.")
    return None


def details_fault(events: Sequence[AuditEvent], details: Iterable[tuple[int, str, Mapping[str, Any]]]) -> Fault | None:
    """Of entries whose details are still kept (number, salt, details): are they those that were committed to? Such as
    were erased are no fault."""
    by_seq = {event.seq: event.commitment for event in events}
    for seq, salt, kept in details:
        if seq in by_seq and by_seq[seq] != commitment(salt, kept):
            return Fault("details", seq, f"What entry {seq} commits to was changed.")
    return None


# ---------------------------------------------------------------- files


def read_lines(lines: Iterable[str]) -> list[dict[str, Any]]:
    """JSON Lines: exports and checkpoints. Raises BadRequest, which names the line."""
    found = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                record = json.loads(line)
            except ValueError as error:
                raise BadRequest(f"Line {number} is no JSON: {error}.") from None
            if not isinstance(record, dict) or not isinstance(record.get("organisation"), str):
                raise BadRequest(f"Line {number} is no entry, stub or checkpoint of an audit log.")
            found.append(record)
    return found


def event_of(record: Mapping[str, Any]) -> AuditEvent:
    """A line of an export. Raises BadRequest."""
    try:
        return AuditEvent(
            organisation_id=record["organisation"],
            seq=int(record["seq"]),
            at=datetime.fromisoformat(record["at"]),
            **{name: record[name] for name in ("actor", "action", "object_kind", "object_id", "subject")},
            commitment=record["commitment"],
            hash=record["hash"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadRequest(f"An entry of the export cannot be read ({error!r}).") from None


# ---------------------------------------------------------------- retention


def purgeable(before: datetime, *, now: datetime, floor: timedelta = FLOOR) -> None:
    """Raises Conflict where entries younger than the floor would go; a `floor` below FLOOR counts as FLOOR."""
    youngest = now - max(floor, FLOOR)
    if before > youngest:
        raise Conflict(
            f"Audit entries are kept for {max(floor, FLOOR).days} days at least: only those before "
            f"{youngest:%Y-%m-%d} can be purged."
        )
